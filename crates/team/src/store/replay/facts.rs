//! What happened, in words, or that it matters to nobody by itself.

use std::time::Duration;

use ha_wechaty_core::{
    AccountId, BotId, ChallengeProgress, ClientId, Holder, Input, LinkFact, LoginChallenge, ScanProgress,
    SendResult, Standing, Team, Time,
};

use super::{super::record::Noted, news::span, quiet::Quietly};

/// A note in words.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// What, in one plain line.
    pub(super) what: String,
    /// The account that it happened to, or that told of it.
    pub(super) account: Option<String>,
    /// It matters to nobody by itself.
    pub(super) quiet: Option<Quietly>,
}

/// The team as it was before, and when.
type Before<'a> = Option<(&'a Team, Time)>;

impl Happened {
    /// A note, before the team takes it.
    pub(super) fn of(noted: &Noted, before: Before<'_>) -> Self {
        match noted {
            Noted::Begins { setup, .. } => {
                let names: Vec<&str> = setup.accounts.iter().map(|it| it.name.as_str()).collect();
                Self::told(None, format!("a team begins, of {}", listed(&names)))
            }
            Noted::Team { team, .. } => {
                let works = team.accounts().iter().filter(|it| it.shown() == Standing::Available).count();
                let all = team.accounts().iter().filter(|it| it.shown() != Standing::Removed).count();
                Self::told(None, format!("a snapshot: {works} of {all} accounts get work"))
            }
            Noted::Fact { at, input } => Self::of_input(*at, input, before),
            // What became due is told by what the team makes of it.
            Noted::Timeout { .. } | Noted::Work { .. } => {
                Self { what: String::from("time passes"), ..Self::quietly(Quietly::Inner, None) }
            }
            Noted::Send { .. } | Noted::Page { .. } => Self::quietly(Quietly::Inner, None),
        }
    }

    fn told(account: Option<String>, what: String) -> Self {
        Self { what, account, quiet: None }
    }

    /// Its line is needed only if the team makes something of it.
    fn quietly(of: Quietly, account: Option<String>) -> Self {
        Self { what: String::new(), account, quiet: Some(of) }
    }

    fn with(self, what: &str) -> Self {
        let what = match &self.account {
            Some(account) => format!("{account} {what}"),
            None => what.to_owned(),
        };
        Self { what, ..self }
    }

    fn of_input(at: Time, input: &Input, before: Before<'_>) -> Self {
        let team = before.map(|(team, _)| team);
        let name = |account: &AccountId| account_name(team, *account);
        let quiet = |of, account: &AccountId, what: &str| {
            Self::quietly(of, Some(account_name(team, *account))).with(what)
        };
        let of_bot = |what: &str| Self::quietly(Quietly::Bots, None).with(what);
        let inner = |what: &str| Self::quietly(Quietly::Inner, None).with(what);
        match input {
            Input::Joins { member, .. } => {
                let name = member.name.clone();
                Self::told(Some(name.clone()), format!("{name} joins the team"))
            }
            Input::Leaves { account } => {
                Self::told(Some(name(account)), format!("{} leaves the team", name(account)))
            }
            Input::Restarts { .. } => {
                let away = before.map_or(Duration::ZERO, |(_, last)| at - last);
                let away =
                    if away.is_zero() { String::from("at once") } else { format!("after {}", span(away)) };
                Self::told(
                    None,
                    format!("the gateway starts again, {away}: what it had in its hands is gone"),
                )
            }
            Input::Follows { .. } => {
                Self::told(None, String::from("another configuration counts from now on"))
            }
            Input::Link { account, fact } => {
                let state = team.and_then(|team| team.accounts().get(account.index()));
                let is_offline = state.is_some_and(|it| it.shown() == Standing::Offline);
                Self::of_link(name(account), fact, is_offline)
            }
            Input::Message { account, .. } | Input::OldMessage { account, .. } => {
                quiet(Quietly::Messages, account, "shows a message")
            }
            Input::Heard { account, .. } | Input::HeardOf { account, .. } => {
                quiet(Quietly::Inner, account, "is told of something, which is read")
            }
            Input::Unshown { account, .. } => {
                quiet(Quietly::Inner, account, "was told of a message that can't be read")
            }
            Input::Behind { account, is_behind: true } => {
                quiet(Quietly::Inner, account, "can't read what it was told of yet")
            }
            Input::Behind { account, is_behind: false } => {
                quiet(Quietly::Inner, account, "has read what it was told of")
            }
            Input::Event { account, .. } => {
                quiet(Quietly::Events, account, "tells of something that happened")
            }
            Input::Lists { account, .. } => quiet(Quietly::Lists, account, "tells its contacts and rooms"),
            Input::Reaches { account, .. } => quiet(Quietly::Lists, account, "names contacts and rooms"),
            Input::Room { account, .. } => quiet(Quietly::Lists, account, "tells who is in a room"),
            Input::RoomMade { account, .. } => quiet(Quietly::Lists, account, "has made a room"),
            Input::RoomUnread { account, .. } => quiet(Quietly::Lists, account, "can't read a room"),
            Input::Invited { account, .. } => {
                quiet(Quietly::Lists, account, "was asked to invite a teammate")
            }
            Input::Invitation { account, .. } => quiet(Quietly::Lists, account, "is invited into a room"),
            Input::Unreachable { account, .. } => {
                quiet(Quietly::Lists, account, "does not reach a conversation that another one does")
            }
            Input::Quits { .. } => Self::quietly(Quietly::Lists, None).with("a bot leaves a room"),
            Input::HasQuit { account, .. } => quiet(Quietly::Lists, account, "has left a room"),
            Input::Reads { .. } => inner("a bot reads something anew"),
            Input::SendBegins { account, .. } => quiet(Quietly::Inner, account, "is asked to send"),
            Input::SendEnds { account, outcome, send, .. } => {
                let account = name(account);
                let end = match outcome {
                    SendResult::Sent { .. } => {
                        return Self::quietly(Quietly::Sends, Some(account)).with("has sent");
                    }
                    SendResult::NotSent => "was not there: not sent",
                    SendResult::Refused => "refuses: not sent",
                    SendResult::Unsure { .. } => "does not say what became of it: unsure",
                };
                let what = format!("send {}: {account} {end}", send.0);
                Self::told(Some(account), what)
            }
            Input::ActBegins { account, .. } => quiet(Quietly::Inner, account, "is asked for something"),
            Input::ActEnds { account, .. } => quiet(Quietly::Acts, account, "was asked for something"),
            Input::Worked { account, .. } => quiet(Quietly::Inner, account, "was asked for work"),
            Input::DingFailed { account, cause } => {
                let account = name(account);
                let what = format!("{account} can't write its ding: {cause}");
                Self::told(Some(account), what)
            }
            Input::PuppetDinged { account } => quiet(Quietly::Dings, account, "takes a ding"),
            Input::StreamTells { account } => quiet(Quietly::Dings, account, "tells something after a ding"),
            Input::PuppetDong { account } => quiet(Quietly::Dings, account, "answers a ding"),
            Input::Hand { account, hand, by, why, .. } => {
                let account = name(account);
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                let what = format!("an operator: {} {account}, by {by}{why}", hand.name());
                Self::told(Some(account), what)
            }
            Input::Told { telling, error } => {
                let way = team.and_then(|team| team.told_by(*telling)).unwrap_or("a way that is gone");
                Self::told(
                    None,
                    match error {
                        None => format!("people are told by {way} (telling {telling})"),
                        Some(error) => format!("people can't be told by {way} (telling {telling}): {error}"),
                    },
                )
            }
            Input::AlarmSeen { alarm, by, .. } => {
                let which = alarm.map_or_else(|| String::from("all alarms"), |it| format!("alarm {}", it.0));
                Self::told(None, format!("an operator sees to {which}: {by}"))
            }
            Input::AlarmTest { by, .. } => {
                Self::told(None, format!("it is tried how people are told, by {by}"))
            }
            Input::Machine { kind, about, trouble: Some((severity, why)) } => {
                Self::told(None, format!("this machine, {kind} ({severity}): {about}: {why}"))
            }
            Input::Machine { kind, about, trouble: None } => {
                inner(&format!("this machine, {kind}: {about} is well"))
            }
            Input::HeardUpTo { account, .. } => {
                quiet(Quietly::Inner, account, "has told something under a number")
            }
            Input::BotKnows { bot, seq, .. } => Self::told(
                None,
                format!("bot {} has what it was given up to number {seq}", bot_name(team, *bot)),
            ),
            Input::BotConnected { bot, client, .. } => {
                Self::told(None, format!("bot {} opens event stream {}", bot_name(team, *bot), client.0))
            }
            Input::BotDisconnected { client } => {
                let bot = team.and_then(|team| whose(team, *client)).unwrap_or("that is gone");
                Self::told(None, format!("event stream {} of bot {bot} ends", client.0))
            }
            Input::LoggedOut { client } => {
                let bot = team.and_then(|team| whose(team, *client)).unwrap_or("that is gone");
                Self::told(None, format!("bot {bot} logs out: the team stays logged in"))
            }
            Input::BotSays { .. } => of_bot("a bot is about to say something"),
            Input::BotSaid { .. } => of_bot("what a bot was about to say is over"),
            Input::Acknowledged { .. } => of_bot("a bot has taken an event"),
            Input::Ding { .. } => of_bot("a bot pings the team"),
        }
    }

    fn of_link(account: String, fact: &LinkFact, is_offline: bool) -> Self {
        let what = match fact {
            LinkFact::Preparing { step } => {
                return Self::quietly(Quietly::Inner, Some(account)).with(&format!("is prepared: {step}"));
            }
            LinkFact::Opened => String::from("its event stream is open"),
            LinkFact::Evicted => String::from("its event stream is open, taken from who held it"),
            LinkFact::Taken { holder } => format!(
                "its event stream is another client's{}",
                match holder {
                    Holder::Unknown => "",
                    Holder::TookIt => ", which took it",
                    Holder::KeptIt => ", which keeps it",
                }
            ),
            // The team tells now and then how often it was, and what the last attempt said.
            LinkFact::Lost { .. } if is_offline => {
                return Self::quietly(Quietly::Attempts, Some(account)).with("is dialled again, in vain");
            }
            LinkFact::Lost { cause } => format!("no connection: {cause}"),
            LinkFact::Login { contact_id } => format!("logged in as {contact_id}"),
            LinkFact::Logout { reason } if reason.is_empty() => String::from("logged out"),
            LinkFact::Logout { reason } => format!("logged out: {reason}"),
            LinkFact::Scan(scan) => format!(
                "asks for a scan ({})",
                match scan.status {
                    ScanProgress::Unknown => "how far it is is not told",
                    ScanProgress::Cancel => "given up",
                    ScanProgress::Waiting => "a code waits",
                    ScanProgress::Scanned => "scanned",
                    ScanProgress::Confirmed => "confirmed",
                    ScanProgress::Timeout => "its code is too old",
                }
            ),
            LinkFact::Challenge(LoginChallenge::Code(it)) => {
                format!("asks for a code that was sent to its person ({})", how_far(it.status))
            }
            LinkFact::CodeRefused { .. } => String::from("did not take the code that was entered"),
            LinkFact::Challenge(LoginChallenge::Slide(it)) => {
                format!("asks for a slide puzzle ({})", how_far(it.status))
            }
        };
        let what = format!("{account}: {what}");
        Self::told(Some(account), what)
    }
}

fn how_far(status: ChallengeProgress) -> &'static str {
    match status {
        ChallengeProgress::Unknown => "how far it is is not told",
        ChallengeProgress::Waiting => "it waits",
        ChallengeProgress::Expired => "it is too late",
        ChallengeProgress::Wrong => "what was entered was wrong",
        ChallengeProgress::Entered => "it was entered",
    }
}

fn account_name(team: Option<&Team>, account: AccountId) -> String {
    let name = team.filter(|team| account.index() < team.accounts().len());
    name.map_or_else(|| String::from("an account"), |team| team.identity().name(account).to_owned())
}

fn bot_name(team: Option<&Team>, bot: BotId) -> String {
    let name = team.filter(|team| bot.0 < team.bots().count()).map(|team| team.bots().name(bot).to_owned());
    name.unwrap_or_else(|| String::from("that is not known"))
}

/// The bot that has this stream.
fn whose(team: &Team, client: ClientId) -> Option<&str> {
    let bots = team.bots();
    let mut all = (0..bots.count()).map(BotId);
    let has = |bot: &BotId| bots.streams_of(*bot).iter().any(|(its, ..)| *its == client);
    all.find(has).map(|bot| bots.name(bot))
}

/// Names in a row; of many the first.
fn listed(names: &[&str]) -> String {
    const SOME: usize = 8;
    let some = names.iter().take(SOME).copied().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(SOME) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}
