//! Who did what: the audit trail.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use ha_wechaty_team::state::records::AuditLine;

use super::{Desk, Frame, Lang, Place, Tone, Words, Wrong, day_time, page};

/// So many are shown.
const SHOWN: usize = 100;

#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub(super) struct AuditPage {
    frame: Frame,
    w: &'static Words,
    lines: Vec<AuditRow>,
    /// Whether it is about who was not let in, and nothing else.
    of_refusals: bool,
}

/// A line of it.
#[derive(Debug)]
struct AuditRow {
    line: AuditLine,
    when: String,
    tone: Tone,
}

impl AuditPage {
    pub(super) fn of(frame: Frame, lang: Lang, lines: Vec<AuditLine>, of_refusals: bool) -> Self {
        let row = |line: AuditLine| AuditRow {
            when: day_time(&line.at),
            tone: match &*line.end {
                _ if line.is_refusal() => Tone::Bad,
                "done" | "begun" => Tone::Good,
                _ => Tone::Odd,
            },
            line,
        };
        Self { frame, w: lang.words(), lines: lines.into_iter().map(row).collect(), of_refusals }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap, query: RawQuery) -> Response {
    let lang = Lang::of(&headers);
    // Whoever guesses must not hide what was done.
    let of_refusals = query.0.as_deref() == Some("act=refused");
    match desk.shared.records.audit.find(SHOWN, |line| line.is_refusal() == of_refusals).await {
        Ok(lines) => {
            let frame = Frame::new(&desk, lang, Place::Below, lang.words().audit);
            page(StatusCode::OK, &AuditPage::of(frame, lang, lines, of_refusals))
        }
        Err(error) => {
            let said = (error.to_string(), String::from("ha-wechaty store check"));
            Wrong::answer(&desk, lang, StatusCode::INTERNAL_SERVER_ERROR, said)
        }
    }
}
