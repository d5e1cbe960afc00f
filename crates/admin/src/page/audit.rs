//! Who did what: the audit trail.

use askama::Template;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use ha_wechaty_team::state::records::AuditLine;

use super::{Desk, Frame, Lang, Place, Tone, Words, Wrong, page};

/// So many are shown.
const SHOWN: usize = 100;

#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub(super) struct AuditPage {
    frame: Frame,
    w: &'static Words,
    lines: Vec<AuditRow>,
}

/// A line of it.
#[derive(Debug)]
struct AuditRow {
    line: AuditLine,
    when: String,
    tone: Tone,
}

impl AuditPage {
    pub(super) fn of(frame: Frame, lang: Lang, lines: Vec<AuditLine>) -> Self {
        let row = |line: AuditLine| AuditRow {
            when: line.at.get(..19).unwrap_or(&line.at).replace('T', " "),
            tone: match &*line.end {
                _ if line.act == "refused" => Tone::Bad,
                "done" | "begun" => Tone::Good,
                _ => Tone::Odd,
            },
            line,
        };
        Self { frame, w: lang.words(), lines: lines.into_iter().map(row).collect() }
    }
}

pub(super) async fn answer(State(desk): State<Desk>, headers: HeaderMap) -> Response {
    let lang = Lang::of(&headers);
    match desk.shared.records.audit.find(SHOWN).await {
        Ok(lines) => {
            let frame = Frame::new(&desk, lang, Place::Below, lang.words().audit);
            page(StatusCode::OK, &AuditPage::of(frame, lang, lines))
        }
        Err(error) => {
            let said = (error.to_string(), String::from("ha-wechaty store check"));
            Wrong::answer(&desk, lang, StatusCode::INTERNAL_SERVER_ERROR, said)
        }
    }
}
