//! Events for programs: one for each alarm and step, so that a receiver that keeps their ids takes each once.
//!
//! `docs/webhooks.md` describes them; a test holds its example against this.

use std::fmt::Write as _;

use ha_wechaty_core::{AlarmKind, AlarmStep, Stamp};
use serde::Serialize;

use crate::news::{News, ScanNews};
use ha_wechaty_team::view::AlarmStatus;

/// An event.
#[derive(Debug, Serialize)]
pub(crate) struct AlarmEvent<'a> {
    /// Such as `alarm.opened`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// When it is sent (RFC 3339).
    pub(crate) timestamp: String,
    data: EventData<'a>,
}

#[derive(Debug, Serialize)]
struct EventData<'a> {
    team: &'a str,
    alarm: &'a AlarmStatus,
    /// One-time links to codes that wait to be scanned, by account.
    links: Vec<LinkTo<'a>>,
}

#[derive(Debug, Serialize)]
struct LinkTo<'a> {
    account: &'a str,
    url: &'a str,
}

impl<'a> AlarmEvent<'a> {
    /// Of one of the alarms.
    pub(crate) fn new(news: &'a News, alarm: &'a AlarmStatus, timestamp: String) -> Self {
        let link = |scan: &'a ScanNews| Some(LinkTo { account: &scan.account, url: scan.link.as_deref()? });
        let links = news.scans_of(alarm).filter_map(link).collect();
        Self { kind: name(alarm).to_owned(), timestamp, data: EventData { team: &news.team, alarm, links } }
    }
}

/// The event's name.
pub(crate) fn name(alarm: &AlarmStatus) -> &'static str {
    match (alarm.kind, alarm.step) {
        (AlarmKind::Test, _) => "alarm.test",
        (_, AlarmStep::Opened) => "alarm.opened",
        (_, AlarmStep::Changed) => "alarm.changed",
        (_, AlarmStep::Reminded) => "alarm.reminded",
        (_, AlarmStep::Escalated) => "alarm.escalated",
        (_, AlarmStep::Acknowledged) => "alarm.acknowledged",
        (_, AlarmStep::Closed) => "alarm.closed",
    }
}

/// By which a receiver knows an event that it has had: the same each time that it is sent again, and no other team's.
pub(crate) fn id(news: &News, alarm: &AlarmStatus) -> String {
    format!("{}-{}", thread(news, alarm), alarm.revision)
}

/// What all events of an alarm begin with.
pub(crate) fn thread(news: &News, alarm: &AlarmStatus) -> String {
    format!("alarm-{}-{}", news.source, alarm.id)
}

/// Who tells it, for ids: a team, and when it began, since a team that begins anew counts its alarms from one again.
/// Headers and mails take letters and digits of ASCII alone.
pub(crate) fn source(team: &str, began: Stamp) -> String {
    let mut source = String::new();
    for byte in team.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => source.push(char::from(byte)),
            _ => {
                // Writing into a text can't fail.
                let _ = write!(source, "_{byte:02x}");
            }
        }
    }
    format!("{source}-{}", began.milliseconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_team_has_ids_of_its_own_that_headers_take() {
        let began = Stamp::new(1_795_000_000).expect("a moment");
        let all = ["shop", "shop-2", "店", "shop_2d2"].map(|team| source(team, began));
        assert_eq!(all[0], "shop-1795000000000");
        assert_eq!(all[2], "_e5_ba_97-1795000000000");
        let different: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(different.len(), all.len(), "{all:?}");
        assert_ne!(source("shop", Stamp::DAWN), all[0], "nor one that began anew");
    }
}
