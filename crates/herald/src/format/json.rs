//! Events for programs: one for each alarm and step, so that a receiver that keeps their ids takes each once.
//!
//! `docs/webhooks.md` describes them; a test holds its example against this.

use ha_wechaty_core::{AlarmKind, AlarmStep};
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

/// By which a receiver knows an event that it has had: the same each time that it is sent again.
pub(crate) fn id(alarm: &AlarmStatus) -> String {
    format!("alarm-{}-{}", alarm.id, alarm.revision)
}
