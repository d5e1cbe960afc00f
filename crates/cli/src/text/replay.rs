//! What happened, step by step, as a person reads it in a terminal: beside each step where the accounts stand.

use std::collections::BTreeMap;

use ha_wechaty_team::{
    text::human,
    view::{Quietly, ReplayRow, ReplayScene, ReplayStand, ReplayStatus, ReplayStep, Standing},
};

use super::wrap::wrap;

/// So many accounts have a letter each beside each step; of more it is said how many get work.
const LETTERS: usize = 12;

/// Writes steps, one behind another.
#[derive(Debug, Default)]
pub struct ReplayText {
    columns: Option<usize>,
    stand: Vec<ReplayStand>,
    day: String,
    /// Steps of the team's own that stand in no line yet: they are told with what else was quiet.
    inner: u64,
}

impl ReplayText {
    /// For a terminal that is so wide.
    pub fn new(columns: Option<usize>) -> Self {
        Self { columns, ..Self::default() }
    }

    /// What is told, and from when on that can be.
    pub fn head(&self, status: &ReplayStatus) -> Vec<String> {
        let Some(since) = &status.since else { return vec![String::from("The store holds nothing yet.")] };
        let since = since.get(..19).unwrap_or(since).replace('T', " ");
        let mut line = format!("It can be told from {since} UTC on; what was before is gone from the store.");
        for (word, at) in [("From", &status.from), ("Up to", &status.to)] {
            if let Some(at) = at {
                line += &format!(" {word} {}.", at.get(..19).unwrap_or(at).replace('T', " "));
            }
        }
        if status.gone {
            line += " That is before it begins: the store no longer has it, but a backup may (--store FILE).";
        }
        wrap(&line, self.columns, 0)
    }

    /// A step.
    pub fn row(&mut self, row: &ReplayRow) -> Vec<String> {
        let mut lines = self.fold(&row.quiet);
        let ReplayStep { at, what, news, .. } = &row.step;
        let day = at.get(..10).unwrap_or_default();
        let is_new = day != self.day;
        if let Some(stand) = &row.stand {
            let names = |stand: &[ReplayStand]| stand.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
            let (before, now) = (names(&self.stand), names(stand));
            self.stand.clone_from(stand);
            if before != now || is_new {
                lines.extend(self.legend());
            }
        }
        if is_new {
            day.clone_into(&mut self.day);
            lines.push(format!("{day} (UTC)"));
        }
        let time = at.get(11..19).unwrap_or("        ");
        let head = format!("{time} {} ", self.beside());
        let rest = " ".repeat(head.chars().count());
        // That time passes is no news by itself.
        let mut told: Vec<String> = (what != PASSES).then(|| what.clone()).into_iter().collect();
        told.extend(news.iter().map(|it| format!("→ {}", it.text)));
        for (index, line) in told.iter().enumerate() {
            let line = line.replace(char::is_control, " ");
            let more = if line.starts_with('→') { 2 } else { 0 };
            let room = self.columns.map(|it| it.saturating_sub(rest.len()));
            for (piece, text) in wrap(&line, room, more).into_iter().enumerate() {
                let before = if index == 0 && piece == 0 { &head } else { &rest };
                lines.push(format!("{before}{text}"));
            }
        }
        lines
    }

    /// What was worth no line; steps of the team's own alone wait for the next.
    fn fold(&mut self, quiet: &BTreeMap<Quietly, u64>) -> Vec<String> {
        if quiet.keys().all(|of| *of == Quietly::Inner) {
            self.inner += quiet.values().sum::<u64>();
            return Vec::new();
        }
        self.quiet(quiet)
    }

    /// The same at the end: nothing waits any more.
    pub fn quiet(&mut self, quiet: &BTreeMap<Quietly, u64>) -> Vec<String> {
        let mut quiet = quiet.clone();
        let inner = std::mem::take(&mut self.inner);
        if inner > 0 {
            *quiet.entry(Quietly::Inner).or_default() += inner;
        }
        let all: u64 = quiet.values().sum();
        if all == 0 {
            return Vec::new();
        }
        let each: Vec<String> = quiet.iter().map(|(of, count)| format!("{count} {}", word(*of))).collect();
        let rest = " ".repeat(9);
        let room = self.columns.map(|it| it.saturating_sub(rest.len()));
        let line = format!("· {all} quiet: {}", each.join(", "));
        wrap(&line, room, 2).into_iter().map(|line| format!("{rest}{line}")).collect()
    }

    /// What the team knew.
    pub fn scene(&self, scene: &ReplayScene) -> Vec<String> {
        let mut lines = vec![format!("  the team {}", if scene.is_up { "is available" } else { "IS DOWN" })];
        for it in &scene.accounts {
            let evidence =
                it.evidence.map(|ago| format!("; last sign of life {} ago", human(ago))).unwrap_or_default();
            let (name, text) = (&it.name, &it.text);
            lines.push(format!("  {name} {} for {}: {text}{evidence}", it.standing, human(it.seconds)));
        }
        for it in &scene.bots {
            let name = &it.name;
            lines.push(match it.away {
                Some(away) => {
                    format!(
                        "  bot {name} has no event stream for {}, {} events wait",
                        human(away),
                        it.waiting
                    )
                }
                None => format!("  bot {name} has {} event streams", it.streams),
            });
        }
        lines.extend(scene.incidents.iter().map(|it| {
            format!("  incident {} ({}) goes on for {}: {}", it.number, it.about, human(it.seconds), it.cause)
        }));
        lines.extend(scene.alarms.iter().map(|it| format!("  {} alarm {}: {}", it.severity, it.id, it.text)));
        let lines = lines.iter().map(|line| line.replace(char::is_control, " "));
        lines.flat_map(|line| wrap(&line, self.columns, 4)).collect()
    }

    /// Where accounts stand.
    fn beside(&self) -> String {
        if self.stand.len() <= LETTERS {
            return self.stand.iter().map(|it| letter(it.standing)).collect();
        }
        let works = self.stand.iter().filter(|it| it.standing == Standing::Available).count();
        format!("{works:>2}/{}", self.stand.len())
    }

    /// What stands beside steps.
    fn legend(&self) -> Vec<String> {
        let line = if self.stand.len() <= LETTERS {
            let names: Vec<&str> = self.stand.iter().map(|it| it.name.as_str()).collect();
            let mut line = format!("Beside each step, where accounts stand: {}.", names.join(", "));
            line += " + works, ? suspect, x offline or failed, s waits for a scan, o logged out or not logged in, \
                     . connecting, d draining, m maintenance";
            line
        } else {
            String::from("Beside each step: how many accounts get work.")
        };
        wrap(&line, self.columns, 2)
    }
}

/// The line of what became due.
const PASSES: &str = "time passes";

fn letter(standing: Standing) -> char {
    match standing {
        Standing::Available => '+',
        Standing::Suspect => '?',
        Standing::Offline | Standing::Failed => 'x',
        Standing::WaitingScan => 's',
        Standing::NotLoggedIn | Standing::LoggedOut => 'o',
        Standing::Connecting | Standing::Preparing => '.',
        Standing::Draining => 'd',
        Standing::Maintenance => 'm',
        Standing::Removed => '-',
    }
}

fn word(of: Quietly) -> &'static str {
    match of {
        Quietly::Messages => "messages",
        Quietly::Events => "events",
        Quietly::Sends => "sends",
        Quietly::Acts => "other acts",
        Quietly::Bots => "bots' calls",
        Quietly::Dings => "dings",
        Quietly::Lists => "lists and rooms",
        Quietly::Attempts => "attempts in vain",
        Quietly::Inner => "steps of its own",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(at: &str, what: &str, news: &[&str], stand: Option<&[(&str, &str)]>) -> ReplayRow {
        let news: Vec<_> = news
            .iter()
            .map(|text| json!({ "kind": "standing", "about": "south", "standing": null, "number": null, "text": text }))
            .collect();
        let stand = stand.map(|all| {
            all.iter()
                .map(|(name, standing)| json!({ "name": name, "standing": standing }))
                .collect::<Vec<_>>()
        });
        let row = json!({
            "quiet": { "messages": 60, "inner": 72 }, "mark": "3.7", "position": 3, "at": at, "fact": "Link",
            "what": what, "account": "south", "fields": {}, "news": news, "stand": stand, "scene": null,
        });
        serde_json::from_value(row).expect("a row")
    }

    fn steps() -> Vec<ReplayRow> {
        vec![
            row(
                "2026-11-28T03:12:44.123Z",
                "south: no connection: 127.0.0.1:8788 does not answer: connection refused (os error 111)",
                &[
                    "south is offline: 127.0.0.1:8788 does not answer: connection refused (os error 111); available \
                     for 2h 3m before",
                    "incident 7 (south) begins, noticed at once by its connection: 127.0.0.1:8788 does not answer",
                ],
                Some(&[("north", "available"), ("south", "offline"), ("west", "waiting-scan")]),
            ),
            row(
                "2026-11-28T03:22:44.123Z",
                PASSES,
                &["alarm 3 (account-offline, warning, south) opens:\u{1b}[2J"],
                None,
            ),
        ]
    }

    #[test]
    fn each_step_stands_beside_where_accounts_stand_and_fits() {
        for columns in [40, 80, 120] {
            let mut text = ReplayText::new(Some(columns));
            let lines: Vec<String> = steps().iter().flat_map(|row| text.row(row)).collect();
            let widest = lines.iter().map(|it| it.chars().count()).max();
            assert!(widest <= Some(columns), "{widest:?} of {columns}");
            assert!(!lines.concat().contains('\u{1b}'), "nothing steers a terminal");
            insta::assert_snapshot!(format!("replay_{columns}"), lines.join("\n"));
        }
    }

    #[test]
    fn what_the_store_no_longer_has_is_said() {
        let head = |gone: bool| {
            let status = json!({
                "since": "2026-11-28T03:00:00.000Z", "from": null, "to": "2026-11-27T03:00:00.000Z", "steps": [],
                "quiet": {}, "earlier": null, "before": null, "next": null, "gone": gone,
            });
            ReplayText::new(None).head(&serde_json::from_value(status).expect("a status")).concat()
        };
        let words = "the store no longer has it, but a backup may (--store FILE)";
        assert!(head(true).contains(words) && !head(false).contains(words), "{}", head(true));
    }

    #[test]
    fn steps_of_its_own_are_counted_with_what_else_was_quiet() {
        let mut text = ReplayText::new(None);
        let mut some = row("2026-11-28T03:12:44.123Z", "something", &[], None);
        some.quiet = BTreeMap::from([(Quietly::Inner, 5)]);
        let lines = text.row(&some);
        assert!(!lines.concat().contains("quiet"), "{lines:?}");
        assert_eq!(text.row(&steps()[1])[0], "         · 137 quiet: 60 messages, 77 steps of its own");
        text.row(&some);
        assert_eq!(text.quiet(&BTreeMap::new()), ["         · 5 quiet: 5 steps of its own"]);
    }

    #[test]
    fn of_many_accounts_it_is_said_how_many_get_work() {
        let names: Vec<String> = (0..64).map(|n| format!("a{n}")).collect();
        let stand: Vec<(&str, &str)> = names
            .iter()
            .enumerate()
            .map(|(n, it)| (it.as_str(), if n < 3 { "failed" } else { "available" }))
            .collect();
        let mut text = ReplayText::new(Some(80));
        let lines = text.row(&row("2026-11-28T03:12:44.123Z", "something", &[], Some(&stand)));
        assert!(lines.iter().any(|it| it.starts_with("03:12:44 61/64 something")), "{lines:?}");
    }
}
