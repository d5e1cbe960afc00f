//! Alarms as people and their receivers read them.

use std::time::{Duration, UNIX_EPOCH};

use ha_wechaty_core::{Alarm, AlarmKind, AlarmStep, Severity, Stamp, Subject, Team, Time, WayHad, WayState};
use serde::{Deserialize, Serialize};

use crate::text::human;

/// An alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmStatus {
    /// Its number: what is told of it again has the same.
    pub id: u64,
    /// How often something became of it that is told. A receiver that had this number and this revision before was told
    /// the same twice.
    pub revision: u32,
    /// What it is about.
    pub kind: AlarmKind,
    /// How much it matters.
    pub severity: Severity,
    /// What became of it last.
    pub step: AlarmStep,
    /// The accounts that are concerned, by their names.
    pub accounts: Vec<String>,
    /// The bots that are concerned, by their names.
    pub bots: Vec<String>,
    /// One line that says all: what, since when, why.
    pub text: String,
    /// Why alone, in English.
    pub cause: String,
    /// What to do about it, in one line.
    pub remedy: String,
    /// Since when it is so (RFC 3339).
    pub since: String,
    /// When it was over (RFC 3339), if it is.
    pub ended: Option<String>,
    /// For how many seconds it has been so, or was.
    pub seconds: u64,
    /// How often, if it came again.
    pub times: u32,
    /// 1 for those who are told first, 2 once nobody acknowledged it in time.
    pub level: u8,
    /// Who acknowledged it, if somebody did.
    pub seen_by: Option<String>,
    /// Until when (RFC 3339), if not until it is over or changes.
    #[serde(default)]
    pub seen_until: Option<String>,
}

/// All alarms, and how people are told of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlarmsStatus {
    /// Those that are open, what matters most first.
    pub open: Vec<AlarmStatus>,
    /// Those that closed within the last day, newest first.
    pub closed: Vec<AlarmStatus>,
    /// The ways by which people are told.
    pub ways: Vec<WayStatus>,
}

/// A way by which people are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayStatus {
    /// Its name.
    pub name: String,
    /// How many alarms have something that it has not been told yet.
    pub waiting: usize,
    /// Since when the one waits that waits longest (RFC 3339).
    pub since: Option<String>,
    /// Why it could not be told the last time, unless that has succeeded since.
    pub last_error: Option<String>,
    /// When it was told something last (RFC 3339).
    pub last_told: Option<String>,
    /// What it has had of which alarm, or is to be told; of others it is told nothing.
    #[serde(default)]
    pub alarms: Vec<WayAlarm>,
}

/// What a way has had of an alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayAlarm {
    /// The alarm's number.
    pub alarm: u64,
    /// When it was told of it last (RFC 3339), if it was.
    pub told: Option<String>,
    /// When it is to be told what it does not know yet (RFC 3339), if there is anything. If that is over, it could not be told:
    /// see `last_error`.
    pub due: Option<String>,
}

impl AlarmsStatus {
    /// As they are now.
    pub fn new(team: &Team, now: Time) -> Self {
        let epoch = team.epoch();
        let status = |it: &Alarm| AlarmStatus::new(it, epoch, now);
        let mut open: Vec<_> = team.alarms().filter(|it| it.ended.is_none()).collect();
        open.sort_by_key(|it| (std::cmp::Reverse(it.severity), it.seen_by.is_some(), it.since));
        let mut closed: Vec<_> = team.alarms().filter(|it| it.ended.is_some()).collect();
        closed.sort_by_key(|it| std::cmp::Reverse(it.ended));
        Self {
            open: open.into_iter().map(status).collect(),
            closed: closed.into_iter().map(status).collect(),
            ways: team.ways().into_iter().map(|it| WayStatus::new(it, epoch)).collect(),
        }
    }
}

impl WayStatus {
    fn new(way: WayState, epoch: Stamp) -> Self {
        let WayState { name, waiting, since, last_error, last_told, alarms } = way;
        let wall = |it: Option<Time>| it.map(|at| wall(epoch, at));
        let had = |it: &WayHad| WayAlarm { alarm: it.alarm.0, told: wall(it.told), due: wall(it.due) };
        let alarms = alarms.iter().map(had).collect();
        Self { name, waiting, since: wall(since), last_error, last_told: wall(last_told), alarms }
    }
}

impl AlarmStatus {
    /// An alarm as it is now; `epoch` is what a right clock showed at the origin of time.
    pub fn new(alarm: &Alarm, epoch: Stamp, now: Time) -> Self {
        let Alarm { id, kind, severity, about, since, cause, step, revision, level, times, seen_by, .. } =
            alarm;
        let (seen_until, ended) = (alarm.seen_until, alarm.ended);
        let accounts = about.iter().filter_map(|it| match it {
            Subject::Account(name) => Some(name.clone()),
            Subject::Team | Subject::Bot(_) => None,
        });
        let bots = about.iter().filter_map(|it| match it {
            Subject::Bot(name) => Some(name.clone()),
            Subject::Team | Subject::Account(_) => None,
        });
        let (accounts, bots): (Vec<_>, Vec<_>) = (accounts.collect(), bots.collect());
        let lasted = ended.unwrap_or(now) - *since;
        let who = accounts.iter().chain(&bots).cloned().collect::<Vec<_>>().join(", ");
        Self {
            id: id.0,
            revision: *revision,
            kind: *kind,
            severity: *severity,
            step: *step,
            text: text(alarm, &who, lasted),
            cause: cause.clone(),
            remedy: remedy(*kind, accounts.first().map_or("ACCOUNT", String::as_str)),
            accounts,
            bots,
            since: wall(epoch, *since),
            ended: ended.map(|at| wall(epoch, at)),
            seconds: lasted.as_secs(),
            times: *times,
            level: *level,
            seen_by: seen_by.clone(),
            seen_until: seen_until.map(|at| wall(epoch, at)),
        }
    }
}

/// What a right clock showed then.
fn wall(epoch: Stamp, at: Time) -> String {
    let epoch = Duration::from_millis(u64::try_from(epoch.milliseconds()).unwrap_or_default());
    humantime::format_rfc3339_seconds(UNIX_EPOCH + epoch + at.since_origin()).to_string()
}

/// What it is, in one line.
fn text(alarm: &Alarm, who: &str, lasted: Duration) -> String {
    let what = what(alarm.kind, who);
    let cause = &alarm.cause;
    let lasted = human(lasted.as_secs_f64());
    if alarm.kind == AlarmKind::Test {
        return format!("{what}, {cause}: nothing is wrong");
    }
    let again = if alarm.times > 1 { format!(", {} times by now", alarm.times) } else { String::new() };
    match (alarm.step, &alarm.seen_by) {
        (AlarmStep::Closed, _) => format!("over after {lasted}{again}: {what} ({cause})"),
        (_, Some(by)) => format!("{what}, for {lasted}{again}: {cause}; {by} sees to it"),
        (_, None) => format!("{what}, for {lasted}{again}: {cause}"),
    }
}

fn what(kind: AlarmKind, who: &str) -> String {
    match kind {
        AlarmKind::Scan => format!("{who} asks for its code to be scanned"),
        AlarmKind::LoggedOut => format!("{who} is logged out"),
        AlarmKind::Offline => format!("{who} can't be reached"),
        AlarmKind::NotLoggedIn => format!("{who} is connected, and nobody is logged in"),
        AlarmKind::Failed => format!("{who} is silent, and resets do not help"),
        AlarmKind::Taken => format!("another client takes the event stream of {who}"),
        AlarmKind::SamePerson => format!("{who} are the same WeChat person"),
        AlarmKind::NoHeartbeat => format!("{who} can't write to the heartbeat contact"),
        AlarmKind::DomainDown => format!("{who} have failed together"),
        AlarmKind::TeamDegraded => String::from("one account alone gets work"),
        AlarmKind::TeamDown => String::from("no account gets work: bots are logged out"),
        AlarmKind::BotGone => format!("bot {who} is gone"),
        AlarmKind::CoverageLost => String::from("no account is left in rooms"),
        AlarmKind::PaceLimit => String::from("a limit of the pace is used up, and calls wait"),
        AlarmKind::QueueFull => String::from("calls are refused, since too many wait"),
        AlarmKind::DiskLow => String::from("little room is left on the disk"),
        AlarmKind::StoreUnwritable => String::from("the store can't be written"),
        AlarmKind::Certificate => String::from("a certificate ends"),
        AlarmKind::Clock => String::from("this machine's clock is wrong"),
        AlarmKind::Test => String::from("a test"),
    }
}

fn remedy(kind: AlarmKind, account: &str) -> String {
    match kind {
        AlarmKind::Scan => format!("scan its code: ha-wechaty login {account}, or the page"),
        AlarmKind::LoggedOut => format!("log it in again: ha-wechaty login {account}, or the page"),
        AlarmKind::Offline => {
            format!("see whether its puppet service runs; ha-wechaty reconnect {account} dials it now")
        }
        AlarmKind::NotLoggedIn => {
            format!("ha-wechaty login {account}; if no code comes, see what its provider says")
        }
        AlarmKind::Failed => format!(
            "open WeChat on its phone, and send something; then ha-wechaty reset {account}; if that does not help, log it \
             out and in"
        ),
        AlarmKind::Taken => {
            format!("end the other client that has the token of {account}, or give it another token")
        }
        AlarmKind::SamePerson => String::from("log one of them in as somebody else, or remove it"),
        AlarmKind::NoHeartbeat => {
            format!("let {account} follow that contact in WeChat, or set health.heartbeat_contact")
        }
        AlarmKind::DomainDown => {
            String::from("see whether what they share works: the provider, the host, the network")
        }
        AlarmKind::TeamDegraded => String::from("bring another account back: ha-wechaty status says how"),
        AlarmKind::TeamDown => String::from("bring an account back: ha-wechaty status says how"),
        AlarmKind::BotGone => String::from("see whether the bot runs, and reaches the gateway"),
        AlarmKind::CoverageLost => {
            String::from("have accounts invited again: ha-wechaty rooms --at-risk says where")
        }
        AlarmKind::PaceLimit => String::from("send less, add accounts, or change [pace]"),
        AlarmKind::QueueFull => String::from("send less, or add accounts"),
        AlarmKind::DiskLow => String::from("make room on that disk"),
        AlarmKind::StoreUnwritable => {
            String::from("make room on its disk, or see what ha-wechaty status says of the store")
        }
        AlarmKind::Certificate => String::from("renew it, and start the gateway again"),
        AlarmKind::Clock => String::from("let the system keep its time: timedatectl set-ntp true"),
        AlarmKind::Test => String::from("nothing is to be done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_core::AlarmId;

    fn alarm(kind: AlarmKind) -> Alarm {
        Alarm {
            id: AlarmId(7),
            kind,
            severity: Severity::Warning,
            about: vec![Subject::Account("south".into())],
            since: Time::after_origin(Duration::from_secs(60)),
            cause: "kicked".into(),
            step: AlarmStep::Opened,
            revision: 1,
            level: 1,
            times: 1,
            seen_by: None,
            seen_until: None,
            ended: None,
        }
    }

    #[test]
    fn a_line_says_who_what_for_how_long_why_and_what_to_do() {
        let (epoch, now) =
            (Stamp::new(1_700_000_000).expect("a moment"), Time::after_origin(Duration::from_secs(360)));
        let mut it = alarm(AlarmKind::LoggedOut);
        let told = AlarmStatus::new(&it, epoch, now);
        assert_eq!(told.text, "south is logged out, for 5m: kicked");
        assert_eq!(told.remedy, "log it in again: ha-wechaty login south, or the page");
        assert_eq!((told.since.as_str(), told.seconds), ("2023-11-14T22:14:20Z", 300));
        (it.seen_by, it.times) = (Some("ann".into()), 3);
        let told = AlarmStatus::new(&it, epoch, now);
        assert_eq!(told.text, "south is logged out, for 5m, 3 times by now: kicked; ann sees to it");
        (it.step, it.ended) = (AlarmStep::Closed, Some(Time::after_origin(Duration::from_secs(90))));
        let told = AlarmStatus::new(&it, epoch, now);
        assert_eq!(told.text, "over after 30s, 3 times by now: south is logged out (kicked)");
    }

    #[test]
    fn every_kind_has_words_and_a_remedy_of_its_own() {
        for kind in AlarmKind::ALL {
            let told =
                AlarmStatus::new(&alarm(kind), Stamp::DAWN, Time::after_origin(Duration::from_secs(60)));
            assert!(told.text.contains("kicked") && !told.remedy.is_empty(), "{told:?}");
            assert!(told.text.len() < 200 && told.remedy.len() < 200, "{told:?}");
        }
    }
}
