//! What was written down, as lines of JSON for people and their tools: when, who, which message, what came of it; never what
//! anybody said, no topic, no token, no code to be scanned.
//!
//! What is told is a list of names: a field that is new is left out until it stands there.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ha_wechaty_core::{AccountId, BotId, Input, SendId, Setup, Team, Time};
use ha_wechaty_journal::{JournalError, JournalPast, Position};
use serde_json::{Map, Value, json};

use super::{
    past::{Restoring, unread},
    record::{Noted, Notes},
};
use crate::state::{knowledge::PageRecord, sends::SendRecord};

/// Fields of facts that say who, where and how, and never what was said.
const TOLD: [&str; 53] = [
    "account",
    "act",
    "admins",
    "after",
    "alarm",
    "author",
    "bot",
    "by",
    "changer",
    "client",
    "contact_id",
    "contacts",
    "conversation",
    "copies",
    "fact",
    "force",
    "hand",
    "how",
    "id",
    "inviter",
    "is_behind",
    "is_done",
    "is_over",
    "kind",
    "lasts",
    "listener",
    "members",
    "message",
    "number",
    "outcome",
    "owner",
    "paced",
    "pause",
    "people",
    "recalls",
    "refused",
    "result",
    "room",
    "rooms",
    "rpc",
    "send",
    "seq",
    "stamp",
    "talker",
    "teammate",
    "telling",
    "timestamp",
    "event",
    "way",
    "why",
    "work",
    "age",
    "bytes",
];

/// Fields whose number is an account's place.
const PLACES: [&str; 3] = ["account", "author", "teammate"];

/// A line of JSON for each note.
///
/// # Errors
/// A note can't be read, or `tell` does not take a line.
pub fn export(
    past: JournalPast,
    tell: &mut dyn FnMut(&str) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    let JournalPast { snapshot, records, damaged: _, stuck: _, is_of_another: _ } = past;
    let snapshot = snapshot.map(|it| (it.position, it.bytes, true));
    let records = records.into_iter().map(|it| (it.position, it.bytes, false));
    let mut restoring = Restoring::default();
    for (position, bytes, is_snapshot) in snapshot.into_iter().chain(records) {
        let name = if is_snapshot {
            format!("the snapshot of record {position}")
        } else {
            format!("record {position}")
        };
        for noted in Notes::read(&bytes).map_err(|cause| unread(&name, &cause))? {
            let (at, (what, fields)) = (noted.at(), fields(&noted));
            restoring.note(noted).map_err(|cause| unread(&name, cause))?;
            if let Some(team) = restoring.team() {
                tell(&line(team, position, at, what, &fields).to_string())?;
            }
        }
    }
    Ok(())
}

fn line(team: &Team, position: Position, at: Time, what: String, fields: &Value) -> Value {
    let mut line = Map::new();
    line.insert("position".into(), position.0.into());
    line.insert("at".into(), on_the_wall(team, at).into());
    line.insert("what".into(), what.into());
    if let Value::Object(told) = told(team, fields) {
        line.extend(told);
    }
    Value::Object(line)
}

/// What a clock on the wall shows at a time of the team's.
pub(crate) fn on_the_wall(team: &Team, at: Time) -> String {
    let epoch = u64::try_from(team.epoch().milliseconds()).unwrap_or(0);
    let at = UNIX_EPOCH + Duration::from_millis(epoch) + at.since_origin();
    humantime::format_rfc3339_millis(at).to_string()
}

/// What time it is for a team when a right clock shows this.
pub(crate) fn at_wall(team: &Team, now: SystemTime) -> Time {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let epoch = u64::try_from(team.epoch().milliseconds()).unwrap_or(0);
    Time::after_origin(now.saturating_sub(Duration::from_millis(epoch)))
}

/// What a note is called, and what is in it.
pub(super) fn fields(noted: &Noted) -> (String, Value) {
    match noted {
        Noted::Begins { setup, .. } => ("Begins".into(), of_setup(setup)),
        Noted::Fact { input: Input::Restarts { setup }, .. } => ("Restarts".into(), of_setup(setup)),
        Noted::Fact { input: Input::Follows { setup, bots }, .. } => {
            let bots: Vec<&str> = bots.iter().flatten().map(|it| it.name.as_str()).collect();
            let accounts: Vec<&str> = setup.accounts.iter().map(|it| it.name.as_str()).collect();
            ("Follows".into(), json!({ "accounts": accounts, "bots": bots }))
        }
        Noted::Fact { input: Input::Joins { account, member }, .. } => {
            ("Joins".into(), json!({ "account": account, "accounts": [member.name] }))
        }
        Noted::Fact { input, .. } => match serde_json::to_value(input) {
            Ok(Value::Object(variant)) => variant.into_iter().next().unwrap_or_default(),
            _ => ("Unknown".into(), Value::Null),
        },
        Noted::Team { team, .. } => {
            let accounts = AccountId::first(team.accounts().len());
            let accounts: Vec<&str> = accounts.map(|account| team.identity().name(account)).collect();
            ("Snapshot".into(), json!({ "accounts": accounts }))
        }
        Noted::Timeout { .. } => ("Timeout".into(), Value::Null),
        Noted::Work { .. } => ("Work".into(), Value::Null),
        Noted::Send { send, open, .. } => ("Send".into(), of_send(*send, &open.row)),
        Noted::Page { page, .. } => ("Page".into(), of_page(page)),
    }
}

fn of_setup(setup: &Setup) -> Value {
    let accounts: Vec<&str> = setup.accounts.iter().map(|it| it.name.as_str()).collect();
    let bots: Vec<&str> = setup.bots.iter().map(|it| it.name.as_str()).collect();
    json!({ "accounts": accounts, "bots": bots })
}

fn of_send(send: SendId, row: &SendRecord) -> Value {
    let account = row.tried.last().map(|it| &it.account);
    json!({ "send": send, "bot": row.bot, "conversation": row.conversation, "rpc": row.rpc, "account": account })
}

fn of_page(page: &PageRecord) -> Value {
    let PageRecord { payload, draft, copies, author, age } = page;
    let bytes: usize = [payload, draft].into_iter().flatten().map(bytes::Bytes::len).sum();
    json!({ "copies": copies, "author": author, "age": age, "bytes": bytes })
}

/// As much of it as may be told, with names for numbers.
pub(super) fn told(team: &Team, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            // Facts of a message are no words; a provider's message to a person is.
            let is_words = |name: &str, value: &Value| name == "message" && value.is_string();
            let told_fields = fields.iter().filter(|(name, it)| may_be_told(name) && !is_words(name, it));
            let fields = told_fields.map(|(name, value)| {
                let value = match value.as_u64() {
                    Some(place) if PLACES.contains(&name.as_str()) => {
                        let place = AccountId::first(team.accounts().len())
                            .nth(usize::try_from(place).unwrap_or(usize::MAX));
                        place.map_or(Value::Null, |place| team.identity().name(place).into())
                    }
                    Some(number) if name == "bot" => {
                        team.bots().name(BotId(u16::try_from(number).unwrap_or(u16::MAX))).into()
                    }
                    _ => told(team, value),
                };
                (name.clone(), value)
            });
            Value::Object(fields.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(|value| told(team, value)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// A name of one of our variants begins with a capital letter, and none of our fields does.
fn may_be_told(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        || TOLD.contains(&name)
        || name == "accounts"
        || name == "bots"
}
