//! Messages whose texts are none: a JavaScript peer writes half an emoji as bytes that are no UTF-8, and other peers
//! refuse the whole message for it.
//!
//! Nobody pays for it but those that meet it: a message is mended once it could not be read. By its descriptor,
//! since only that says which of its bytes are text.

use std::borrow::Cow;

use bytes::{Buf as _, Bytes};
use ha_wechaty_wire::text;
use prost::{
    DecodeError, Message,
    encoding::{WireType, decode_varint, encode_varint},
};
use prost_reflect::{DynamicMessage, Kind, MessageDescriptor};

/// Messages within messages; no reader goes deeper.
const DEPTH: u32 = 100;

/// Reads a message with whatever text it has.
pub(crate) fn dynamic(of: &MessageDescriptor, bytes: &[u8]) -> Result<DynamicMessage, DecodeError> {
    read(of, bytes, |bytes| DynamicMessage::decode(of.clone(), bytes))
}

/// The same, as a type of the protocol.
pub(crate) fn typed<T: Message + Default>(of: &MessageDescriptor, bytes: &[u8]) -> Result<T, DecodeError> {
    read(of, bytes, |bytes| T::decode(bytes))
}

/// A message that is passed on as it is: every text in it is one that any reader takes.
pub(crate) fn passed(of: &MessageDescriptor, bytes: Bytes) -> Bytes {
    match mended(of, &bytes, DEPTH) {
        Some(Some(mended)) => mended.into(),
        // Whoever reads it says what is wrong.
        Some(None) | None => bytes,
    }
}

fn read<T>(
    of: &MessageDescriptor,
    bytes: &[u8],
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    decode(bytes).or_else(|error| match mended(of, bytes, DEPTH) {
        Some(Some(mended)) => decode(&mended),
        Some(None) | None => Err(error),
    })
}

/// The message with every text made text; the inner `None` if all were, the outer if it is no message.
fn mended(of: &MessageDescriptor, bytes: &[u8], depth: u32) -> Option<Option<Vec<u8>>> {
    let depth = depth.checked_sub(1)?;
    let (mut whole, mut copied) = (Vec::new(), 0);
    let mut rest = bytes;
    // What is within a group that is not known here may be anything.
    let mut groups = 0_u32;
    while rest.has_remaining() {
        let key = decode_varint(&mut rest).ok()?;
        match WireType::try_from(key & 7).ok()? {
            WireType::Varint => drop(decode_varint(&mut rest).ok()?),
            WireType::SixtyFourBit => rest = rest.get(8..)?,
            WireType::ThirtyTwoBit => rest = rest.get(4..)?,
            WireType::StartGroup => groups += 1,
            WireType::EndGroup => groups = groups.checked_sub(1)?,
            WireType::LengthDelimited => {
                let start = bytes.len() - rest.len();
                let length = usize::try_from(decode_varint(&mut rest).ok()?).ok()?;
                let (content, behind) = rest.split_at_checked(length)?;
                rest = behind;
                let number = u32::try_from(key >> 3).ok()?;
                let field = of.get_field(number).filter(|_| groups == 0);
                let other = match field.map(|field| field.kind()) {
                    Some(Kind::String) => match text::from_bytes(content) {
                        Cow::Owned(text) => Some(text.into_bytes()),
                        Cow::Borrowed(_) => None,
                    },
                    Some(Kind::Message(inner)) => mended(&inner, content, depth)?,
                    _ => None,
                };
                if let Some(other) = other {
                    whole.extend_from_slice(bytes.get(copied..start)?);
                    encode_varint(other.len() as u64, &mut whole);
                    whole.extend(other);
                    copied = bytes.len() - rest.len();
                }
            }
        }
    }
    if copied == 0 {
        return Some(None);
    }
    whole.extend_from_slice(bytes.get(copied..)?);
    Some(Some(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_wire::puppet;
    use proptest::prelude::*;
    use prost_reflect::{DescriptorPool, Value};

    fn descriptor(name: &str) -> MessageDescriptor {
        let pool = DescriptorPool::decode(ha_wechaty_wire::DESCRIPTORS).expect("descriptors");
        pool.get_message_by_name(&format!("wechaty.puppet.{name}")).expect("a message")
    }

    /// Every text of a message, however deep.
    fn texts(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Message(message) => message.fields().for_each(|(_, value)| texts(value, found)),
            Value::List(items) => items.iter().for_each(|item| texts(item, found)),
            Value::Map(_)
            | Value::Bool(_)
            | Value::I32(_)
            | Value::I64(_)
            | Value::U32(_)
            | Value::U64(_)
            | Value::F32(_)
            | Value::F64(_)
            | Value::Bytes(_)
            | Value::EnumNumber(_) => {}
        }
    }

    /// A field that holds bytes.
    fn field(number: u32, content: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        encode_varint(u64::from(number << 3 | 2), &mut bytes);
        encode_varint(content.len() as u64, &mut bytes);
        bytes.extend_from_slice(content);
        bytes
    }

    #[test]
    fn half_an_emoji_costs_the_half_only() {
        let of = descriptor("MessageSendTextRequest");
        let mut bytes = field(1, b"room@chatroom");
        bytes.extend(field(2, b"a\xed\xa0\xbdb"));
        bytes.extend(field(3, b"alice"));
        bytes.extend(field(3, b"\xed\xb8\x80"));
        let read: puppet::MessageSendTextRequest = typed(&of, &bytes).expect("readable");
        let expected = puppet::MessageSendTextRequest {
            conversation_id: "room@chatroom".into(),
            text: "a\u{fffd}b".into(),
            mentional_ids: vec!["alice".into(), "\u{fffd}".into()],
            ..Default::default()
        };
        assert_eq!(read, expected);
        assert_eq!(dynamic(&of, &bytes).expect("readable").encode_to_vec(), expected.encode_to_vec());
        assert_eq!(passed(&of, bytes.into()), expected.encode_to_vec());
    }

    #[test]
    fn a_text_within_a_message_within_a_message_is_mended_and_lengths_follow() {
        let of = descriptor("ContactAvatarRequest");
        let mut bytes = field(2, &field(1, b"{\"name\":\"\xed\xa0\xbd\"}"));
        bytes.extend(field(1, b"alice"));
        #[allow(deprecated)]
        let wrapped = typed::<puppet::ContactAvatarRequest>(&of, &bytes)
            .expect("readable")
            .filebox_string_value_deprecated;
        assert_eq!(wrapped.as_deref(), Some("{\"name\":\"\u{fffd}\"}"));
    }

    #[test]
    fn bytes_are_no_text_and_what_is_unknown_is_left_alone() {
        let of = descriptor("UploadRequest");
        let chunk = field(1, &[0xff, 0xed, 0xa0]);
        assert_eq!(typed::<puppet::UploadRequest>(&of, &chunk).expect("readable").chunk, [0xff, 0xed, 0xa0]);
        let of = descriptor("DingRequest");
        let mut unknown = field(900, &[0xff, 0xfe]);
        // A group with what would be a text outside of it.
        encode_varint(901 << 3 | 3, &mut unknown);
        unknown.extend(field(1, &[0xff]));
        encode_varint(901 << 3 | 4, &mut unknown);
        assert_eq!(passed(&of, unknown.clone().into()), unknown);
        unknown.extend(field(1, &[0xff]));
        assert!(typed::<puppet::DingRequest>(&of, &unknown).is_ok());
    }

    #[test]
    fn what_is_no_message_is_refused_as_before() {
        let of = descriptor("MessageSendTextRequest");
        for bytes in [&[0xff; 8][..], &[10, 200, 1], &[8, 2], &[0x0c]] {
            assert!(dynamic(&of, bytes).is_err(), "{bytes:?}");
            assert_eq!(passed(&of, Bytes::copy_from_slice(bytes)), bytes);
        }
    }

    proptest! {
        /// Whatever bytes are where texts should be, the message is read, and all else in it is what it was.
        #[test]
        fn any_bytes_in_a_text_are_read(
            id in any::<Vec<u8>>(), text in any::<Vec<u8>>(), ids in prop::collection::vec(any::<Vec<u8>>(), 0..4),
            time in any::<u64>(),
        ) {
            let of = descriptor("MessagePayloadResponse");
            let number = |name: &str| of.get_field_by_name(name).expect("a field").number();
            let mut bytes = field(number("id"), &id);
            encode_varint(u64::from(number("timestamp_deprecated") << 3), &mut bytes);
            encode_varint(time, &mut bytes);
            bytes.extend(field(number("text"), &text));
            ids.iter().for_each(|it| bytes.extend(field(number("mention_ids"), it)));
            let read = typed::<puppet::MessagePayloadResponse>(&of, &bytes).expect("readable");
            #[allow(deprecated)]
            let told = read.timestamp_deprecated;
            prop_assert_eq!(told, time);
            prop_assert_eq!(&read.text, &text::from_bytes(&text));
            prop_assert_eq!(read.mention_ids.len(), ids.len());
            let passed = passed(&of, bytes.into());
            prop_assert_eq!(puppet::MessagePayloadResponse::decode(passed).expect("readable"), read);
        }

        /// What has only texts is passed on to the byte.
        #[test]
        fn valid_messages_are_unchanged(text in ".*", ids in prop::collection::vec(".*", 0..4)) {
            let of = descriptor("MessageSendTextRequest");
            let message = puppet::MessageSendTextRequest { conversation_id: text.clone(), text, mentional_ids: ids, ..Default::default() };
            let bytes = Bytes::from(message.encode_to_vec());
            prop_assert_eq!(mended(&of, &bytes, DEPTH), Some(None));
            let mut found = Vec::new();
            texts(&Value::Message(dynamic(&of, &bytes).expect("readable")), &mut found);
            prop_assert!(found.contains(&message.text) || message.text.is_empty());
        }

        /// Nothing that comes in makes it fail in another way than to say no.
        #[test]
        fn garbage_is_garbage(bytes in any::<Vec<u8>>()) {
            let of = descriptor("FriendshipAddRequest");
            let _ = (dynamic(&of, &bytes), passed(&of, bytes.clone().into()));
        }
    }
}
