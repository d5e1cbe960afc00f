//! How many fields a message may have: who reads one makes much more of each than the bytes that it comes in.

use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{Kind, MessageDescriptor};

/// How many fields a message has at the most: who reads one makes much more of each than the two bytes that it may be.
const FIELDS: usize = 20_000;

/// Whether a message has no more fields than anybody needs, however deep they are. What is no message is for its reader to
/// say.
pub(crate) fn is_reasonable(of: &MessageDescriptor, message: &[u8]) -> bool {
    // Short ones can't have so many.
    message.len() <= 2 * FIELDS || count(of, message, FIELDS, DEPTH).is_some()
}

/// What a field of an answer has in bytes, on the average, if it has very many: its key, its length, and an id. No id that
/// WeChat gave anybody is shorter.
const SHORT_FIELD: usize = 8;
/// How many fields an answer has at the most; of all the contacts and rooms of ten accounts there are not so many.
const MOST_FIELDS: usize = 1_000_000;

/// The same for an answer of an account's, which may be a list of all that it knows.
pub(super) fn is_reasonable_answer(of: &MessageDescriptor, message: &[u8]) -> bool {
    let most = (FIELDS + message.len() / SHORT_FIELD).min(MOST_FIELDS);
    message.len() <= 2 * FIELDS || count(of, message, most, DEPTH).is_some()
}

/// Messages within messages, as in histories of histories; no reader goes deeper.
const DEPTH: usize = 100;

/// How many more fields it may have; `None` if it has too many, or groups, which are of a time before gRPC.
fn count(of: &MessageDescriptor, mut message: &[u8], mut left: usize, depth: usize) -> Option<usize> {
    while !message.is_empty() {
        left = left.checked_sub(1)?;
        let Ok((field, wire)) = decode_key(&mut message) else { return Some(left) };
        if matches!(wire, WireType::StartGroup | WireType::EndGroup) {
            return None;
        }
        let before = message;
        if skip_field(wire, field, &mut message, DecodeContext::default()).is_err() {
            return Some(left);
        }
        if let (WireType::LengthDelimited, Some(Kind::Message(inner))) =
            (wire, of.get_field(field).map(|field| field.kind()))
        {
            let mut nested = &before[..before.len() - message.len()];
            let _ = decode_varint(&mut nested);
            left = count(&inner, nested, left, depth.checked_sub(1)?)?;
        }
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use ha_wechaty_core::rpc;
    use ha_wechaty_wire::puppet::{ContactListResponse, MessageSendTextRequest};
    use prost::Message as _;

    use super::*;
    use crate::schema::Schema;

    #[test]
    fn a_long_text_is_reasonable_and_a_million_names_are_not() {
        let text = |length: usize, names: usize| {
            let text = "x".repeat(length);
            MessageSendTextRequest { text, mentional_ids: vec![String::new(); names], ..Default::default() }
                .encode_to_vec()
        };
        let schema = Schema::new().expect("the table follows the protocol");
        let sort = |rpc| &schema.method(rpc).request;
        let is_reasonable = |message: &[u8]| is_reasonable(sort(rpc::MESSAGE_SEND_TEXT), message);
        assert!(is_reasonable(&text(1 << 20, 500)) && is_reasonable(&text(0, 15_000)));
        assert!(!is_reasonable(&text(0, 1_000_000)) && is_reasonable(&vec![0xff; 1 << 20]));
        // However deep they are.
        let mut nested = Vec::new();
        prost::encoding::bytes::encode(2, &[0x10, 0x00].repeat(100_000), &mut nested);
        assert!(!super::is_reasonable(sort(rpc::CONTACT_ALIAS), &nested), "in a wrapped text");
        assert!(
            !is_reasonable(&[&[0x0b][..], &[0x10, 0x00].repeat(100_000), &[0x0c]].concat()),
            "in a group"
        );
    }

    #[test]
    fn a_list_of_all_that_somebody_knows_is_reasonable_and_one_of_nothing_is_not() {
        let schema = Schema::new().expect("the table follows the protocol");
        let sort = &schema.method(rpc::CONTACT_LIST).answer;
        let list = |count: usize, id: &dyn Fn(usize) -> String| {
            ContactListResponse { ids: (0..count).map(id).collect() }.encode_to_vec()
        };
        let is_reasonable = |message: &[u8]| is_reasonable_answer(sort, message);
        for count in [10, 20_000, 100_000, 500_000] {
            assert!(is_reasonable(&list(count, &|n| format!("wxid_{n}"))), "{count} contacts");
        }
        assert!(is_reasonable(&list(100_000, &|n| format!("c{n}"))), "short ids");
        assert!(is_reasonable(&list(15_000, &|_| String::new())));
        assert!(!is_reasonable(&list(1_000_000, &|_| String::new())), "two bytes each");
        assert!(!is_reasonable(&list(1_000_000, &|n| format!("{}", n % 1_000))), "five bytes each");
        assert!(!is_reasonable(&list(2_000_000, &|n| format!("wxid_{n}"))), "more than anybody knows");
    }
}
