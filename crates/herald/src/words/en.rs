//! English.

use ha_wechaty_core::{AlarmKind, AlarmStep, Severity};

use super::Words;

pub(super) const WORDS: Words = Words {
    kind,
    step,
    severity: Severity::name,
    over: "over",
    // The team's own words are English.
    remedy: |_| None,
    todo: "Do:",
    scan: "Scan, once, within 10 minutes:",
    since: |since, ended| match ended {
        Some(ended) => format!("from {since} to {ended}"),
        None => format!("since {since}"),
    },
    times: |times| format!("{times} times"),
    seen: |who| format!("seen to by {who}"),
    happened: |alarm| &alarm.text,
    acknowledge: |id| format!("seen to by nobody yet: ha-wechaty alarms ack {id}"),
    many: |alarms| format!("{alarms} alarms"),
    more: |alarms| format!("and {alarms} more: ha-wechaty alarms"),
    colon: ":",
};

fn step(step: AlarmStep) -> &'static str {
    match step {
        AlarmStep::Opened | AlarmStep::Closed => "",
        AlarmStep::Changed => "changed, ",
        AlarmStep::Reminded => "still, ",
        AlarmStep::Escalated => "nobody has seen to it, ",
        AlarmStep::Acknowledged => "seen to, ",
    }
}

fn kind(kind: AlarmKind) -> &'static str {
    match kind {
        AlarmKind::Scan => "an account must be scanned",
        AlarmKind::LoggedOut => "an account was logged out",
        AlarmKind::Offline => "an account's puppet service can't be reached",
        AlarmKind::NotLoggedIn => "nobody is logged in at an account",
        AlarmKind::Failed => "an account is silent, and a reset did not help",
        AlarmKind::Taken => "somebody else takes an account's events",
        AlarmKind::SamePerson => "two accounts are one person",
        AlarmKind::NoHeartbeat => "an account can't reach the heartbeat contact",
        AlarmKind::DomainDown => "accounts fail together",
        AlarmKind::TeamDegraded => "one account is left",
        AlarmKind::TeamDown => "team down, no account gets work",
        AlarmKind::BotGone => "a bot is gone, and events wait for it",
        AlarmKind::CoverageLost => "rooms without any account",
        AlarmKind::PaceLimit => "an account's limit is used up",
        AlarmKind::QueueFull => "too many calls wait, and some are refused",
        AlarmKind::DiskLow => "little room on the disk",
        AlarmKind::StoreUnwritable => "the store can't be written",
        AlarmKind::Certificate => "a certificate ends",
        AlarmKind::Clock => "this machine's clock is wrong",
        AlarmKind::Test => "a test of this way",
    }
}
