//! Messages of the protocol, made by their descriptors out of bytes: of the right shape mostly, with ids that mean
//! something here mostly; and bytes that are none of that.

use arbitrary::Unstructured;
use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value};

use crate::draw::{byte, pick, pick_from, text, yes};

/// Messages within messages, and items of a list.
const DEPTH: usize = 4;
const ITEMS: usize = 4;

/// Texts that mean something to the team, or nearly.
const TEXTS: [&str; 32] = [
    "",
    "alice",
    "bob",
    "team",
    "wxid_north",
    "wxid_south",
    "wxid_west",
    "room@chatroom",
    "other@chatroom",
    "alice~west",
    "room@chatroom~west",
    "m1~north",
    "m2~south",
    "m3~west",
    "f1~north",
    "i1~south",
    "~",
    "~north",
    "x~nobody",
    "filehelper",
    "@all",
    "@team hello",
    "@\u{2005}",
    "ding",
    "操作过于频繁",
    "not a friend",
    r#"{"type":1,"boxType":1,"name":"a.bin","base64":"AAH/"}"#,
    r#"{"type":2,"url":"http://127.0.0.1:9/x","name":"n"}"#,
    r#"{"type":7,"uuid":"u1~north","name":"n"}"#,
    r#"{"type":3,"qrCode":"x","name":"q"}"#,
    r#"{"type":7,"uuid":"u1","name":"\ud83d"}"#,
    "{",
];

/// A message of this sort; now and then none.
pub(super) fn message(bytes: &mut Unstructured<'_>, of: &MessageDescriptor) -> Vec<u8> {
    let mut wire = filled(bytes, of, 0).encode_to_vec();
    match byte(bytes) {
        0..=199 => {}
        // A byte is another one.
        200..=229 if !wire.is_empty() => {
            let at = pick(bytes, wire.len());
            wire[at] = byte(bytes);
        }
        // Half an emoji, as JavaScript writes it, where a text ends.
        230..=239 => wire.extend([0x0a, 3, 0xed, 0xa0, 0xbd]),
        // It ends early, or there is more.
        240..=247 => wire.truncate(pick(bytes, wire.len() + 1)),
        _ => wire.extend(text(bytes, 40).bytes()),
    }
    wire
}

/// A message as gRPC frames it, mostly.
pub(super) fn framed(bytes: &mut Unstructured<'_>, wire: &[u8]) -> Vec<Bytes> {
    let (mut flag, mut length) = (0, wire.len() as u32);
    match byte(bytes) {
        0..=229 => {}
        230..=239 => flag = byte(bytes),
        240..=249 => length = length.wrapping_add(u32::from(byte(bytes))).wrapping_sub(128),
        _ => length = u32::from_le_bytes([byte(bytes), byte(bytes), byte(bytes), byte(bytes)]),
    }
    let frame = Bytes::from([&[flag][..], &length.to_be_bytes(), wire].concat());
    match byte(bytes) {
        // As a network cuts it.
        0..=40 => {
            let at = pick(bytes, frame.len() + 1);
            vec![frame.slice(..at), frame.slice(at..)]
        }
        41..=45 => vec![frame.slice(..pick(bytes, frame.len() + 1))],
        46..=50 => vec![frame.clone(), frame],
        _ => vec![frame],
    }
}

fn filled(bytes: &mut Unstructured<'_>, of: &MessageDescriptor, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    // Each field by a bit of its own: most are there.
    for field in of.fields() {
        if bytes.is_empty() || byte(bytes) < 60 {
            continue;
        }
        if let Some(value) = value(bytes, &field, depth) {
            message.set_field(&field, value);
        }
    }
    message
}

fn value(bytes: &mut Unstructured<'_>, field: &FieldDescriptor, depth: usize) -> Option<Value> {
    if field.is_map() {
        let key = || MapKey::String("k".to_owned());
        return Some(Value::Map([(key(), Value::String(words(bytes)))].into()))
            .filter(|value| value.is_valid_for_field(field));
    }
    if field.is_list() {
        let items = (0..pick(bytes, ITEMS)).filter_map(|_| one(bytes, field, depth));
        return Some(Value::List(items.collect()));
    }
    one(bytes, field, depth)
}

fn one(bytes: &mut Unstructured<'_>, field: &FieldDescriptor, depth: usize) -> Option<Value> {
    Some(match field.kind() {
        Kind::String => Value::String(words(bytes)),
        Kind::Bytes => Value::Bytes(text(bytes, 64).into_bytes().into()),
        Kind::Bool => Value::Bool(yes(bytes)),
        Kind::Enum(of) => {
            let known: Vec<i32> = of.values().map(|it| it.number()).collect();
            Value::EnumNumber(known.get(pick(bytes, known.len() + 1)).copied().unwrap_or(-7))
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => Value::I32(number(bytes) as i32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(number(bytes)),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(number(bytes) as u32),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(number(bytes) as u64),
        Kind::Double => Value::F64(number(bytes) as f64),
        Kind::Float => Value::F32(number(bytes) as f32),
        Kind::Message(of) if depth < DEPTH => Value::Message(filled(bytes, &of, depth + 1)),
        Kind::Message(_) => return None,
    })
}

/// A text, mostly one that means something.
pub(super) fn words(bytes: &mut Unstructured<'_>) -> String {
    match byte(bytes) {
        it @ 0..=229 => TEXTS[usize::from(it) % TEXTS.len()].to_owned(),
        230..=249 => text(bytes, 60),
        it => "长".repeat(usize::from(it - 249) * 700),
    }
}

fn number(bytes: &mut Unstructured<'_>) -> i64 {
    match byte(bytes) {
        it @ 0..=199 => i64::from(it % 32),
        _ => pick_from(bytes, [-1, i64::MIN, i64::MAX, 1_700_000_000, 1_700_000_000_123, 1 << 32]),
    }
}
