//! Other messages that a message names: what it recalls, by its text, and what it quotes.

use ha_wechaty_core::{AccountId, Id, Identity, MessageKind};
use prost_reflect::{DynamicMessage, Value};

use crate::{schema::Path, state::knowledge::Book};

/// Of the payload of a recall, which has the team's ids otherwise: has it name what was recalled by the id that bots know
/// that by, or, if it was said before the gateway was there, by one that its account knows it by.
pub fn name_recalled(identity: &Identity, book: &Book, account: AccountId, payload: &mut DynamicMessage) {
    let kind = payload.get_field_by_name("type").and_then(|it| it.as_enum_number());
    if kind.map(MessageKind::from_wire) != Some(MessageKind::Recalled) {
        return;
    }
    let text = payload.get_field_by_name("text").and_then(|it| it.as_str().map(str::to_owned));
    if let Some(text) = text.filter(|text| is_id(text)) {
        let own = identity.tag(account, &text);
        let id = book.known_id(identity, &own).unwrap_or(own);
        payload.set_field_by_name("text", Value::String(id));
    }
}

/// Of a payload that has the team's ids: has it name what it quotes by the ids that bots know that by.
pub fn name_quoted(identity: &Identity, book: &Book, fields: &[(Path, Id)], payload: &mut DynamicMessage) {
    for (path, _) in fields.iter().filter(|(_, id)| *id == Id::Quote) {
        let named = path.each(payload, &mut |value| {
            if let Value::String(id) = value
                && let Some(known) = book.known_id(identity, id)
            {
                *id = known;
            }
            Ok::<_, std::convert::Infallible>(())
        });
        let Ok(()) = named;
    }
}

/// Whether it is an id. Some puppets say in words, or in XML, what was recalled.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_no_id() {
        assert!(is_id("5102386289484000001") && is_id("a1B2-_~"));
        let words = ["", "\"bob\" recalled a message", "bob撤回了一条消息", "<sysmsg/>"];
        assert_eq!(words.map(is_id), [false; 4]);
    }
}
