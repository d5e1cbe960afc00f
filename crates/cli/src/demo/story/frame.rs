//! How it begins and ends: what one is about to see, and the sum of what one saw.

use std::{fmt::Display, io, net::SocketAddr, time::Duration};

use tokio::time::Instant;

use super::{Story, WIDTH, cut, short};
use crate::{
    demo::{
        invitation::{Invitation, Language},
        mishaps::Manner,
        page::Addresses,
        stage::{ACCOUNTS, SELF},
        tally::{DEADLINE, Tally},
    },
    text::{Ink, Line},
};

impl Story {
    pub(in crate::demo) fn heading(
        &mut self,
        visitor: &Invitation,
        at: Addresses,
        every: Duration,
    ) -> io::Result<()> {
        let ([north, south, west], every) = (ACCOUNTS, humantime::format_duration(every));
        self.blank()?;
        self.say(Ink::Bold, "  HAWechaty: three WeChat accounts, one bot")?;
        self.blank()?;
        for text in [
            format!("  WeChat is simulated here; all else is real: three accounts ({north}, {south},"),
            format!("  {west}), each behind its own puppet service, and the gateway that makes them"),
            format!(
                "  one, \"{SELF}\". People ask \"ding\", a bot answers \"dong\". Every {every} an account"
            ),
            "  fails, each time in another way, and the others do its work: nothing may be".to_owned(),
            "  lost, and nothing answered twice. Timers are shorter here than in service.".to_owned(),
        ] {
            self.say(Ink::Plain, text)?;
        }
        self.blank()?;
        if let Some(page) = at.page {
            self.place("Take accounts down yourself, with a click:", page)?;
        }
        if let Some(operators) = at.operators {
            self.place("What an operator sees of it:", operators)?;
        }
        self.blank()?;
        self.invitation(visitor)?;
        self.blank()?;
        self.screen.told().clear();
        self.began = Instant::now();
        Ok(())
    }

    fn place(&mut self, what: &str, at: SocketAddr) -> io::Result<()> {
        let line = Line::new().put(Ink::Plain, format!("  {what:<43}"));
        self.screen.line(line.put(Ink::Good, format!("http://{at}/")))
    }

    /// How a visitor's own bot joins.
    fn invitation(&mut self, visitor: &Invitation) -> io::Result<()> {
        if let Some(taken) = visitor.taken {
            let text = format!("  Another program has port {}, so this is a free one.", taken.port());
            self.say(Ink::Warn, text)?;
        }
        self.say(Ink::Plain, "  Your own bot can join, and is asked \"ding\" too. One in TypeScript needs:")?;
        for (name, value) in visitor.variables(Language::TypeScript) {
            self.say(Ink::Good, format!("    export {name}={value}"))?;
        }
        if visitor.plaintext {
            self.say(Ink::Plain, "  One in Python:")?;
            for (name, value) in visitor.variables(Language::Python) {
                self.say(Ink::Good, format!("    export {name}={value}"))?;
            }
        } else {
            self.say(Ink::Plain, "  One in Python speaks no TLS: start the demo with --plaintext for it.")?;
        }
        self.say(Ink::Dim, "  Ctrl-C ends the demo and sums it up.")
    }

    /// The whole of it.
    pub(in crate::demo) fn summary(&mut self, tally: &Tally, failures: &[Manner]) -> io::Result<()> {
        self.screen.end_status()?;
        let counts = tally.counts();
        self.blank()?;
        let lasted = Duration::from_secs(self.began.elapsed().as_secs());
        self.say(Ink::Bold, format!("  Summary of {}", humantime::format_duration(lasted)))?;
        let by: Vec<_> = ACCOUNTS.iter().map(|it| format!("{it} {}", tally.answered_by(it))).collect();
        self.row("questions asked", &counts.asked, Ink::Plain, "")?;
        self.row("answers seen", &counts.answered, Ink::Plain, &format!("by {}", by.join(", ")))?;
        let kinds = kinds(failures);
        let mut rows = kinds.chunks(3).map(|it| it.join(", "));
        if let Some((asked, answered)) = tally.yours() {
            self.row(
                "your bot's dongs",
                &answered,
                Ink::Plain,
                &format!("it alone was asked {asked} dings"),
            )?;
        }
        self.row("failures", &failures.len(), Ink::Plain, &rows.next().unwrap_or_default())?;
        for more in rows {
            self.row("", &"", Ink::Plain, &more)?;
        }
        for (waited, what) in [(false, "longest wait"), (true, "… for one away")] {
            if let Some((question, wait)) = tally.longest(waited) {
                let note = format!("{}, {}: {}", question.who, question.place, question.text);
                self.row(what, &short(wait), Ink::Plain, &note)?;
            }
        }
        let ink = |count: usize| if count == 0 { Ink::Good } else { Ink::Bad };
        self.row("answered twice", &counts.twice, ink(counts.twice), "")?;
        let seconds = DEADLINE.as_secs();
        self.row("LOST", &counts.lost, ink(counts.lost), &format!("no answer seen within {seconds} s"))?;
        self.blank()
    }

    fn row(&mut self, what: &str, value: &dyn Display, ink: Ink, note: &str) -> io::Result<()> {
        let line = Line::new().put(Ink::Plain, format!("    {what:<16}"));
        let line = line.put(ink, format!("{:>8}", value.to_string()));
        self.screen.line(line.put(Ink::Dim, format!("   {}", cut(note, WIDTH - 31))))
    }
}

/// How often accounts failed in which way.
fn kinds(failures: &[Manner]) -> Vec<String> {
    let count = |manner: &Manner| failures.iter().filter(|it| *it == manner).count();
    let name = |manner: &Manner| match manner {
        Manner::Killed => "killed",
        Manner::Scan => "scan asked",
        Manner::Frozen => "frozen",
        Manner::Deaf => "deaf",
        Manner::LoggedOut => "logged out",
        Manner::Throttled => "throttled",
    };
    Manner::ALL
        .iter()
        .filter(|it| count(it) > 0)
        .map(|it| match count(it) {
            1 => name(it).to_owned(),
            many => format!("{many}× {}", name(it)),
        })
        .collect()
}
