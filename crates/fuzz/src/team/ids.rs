//! Ids and times as accounts tell them.

use arbitrary::Unstructured;

use super::ROOM;
use crate::draw::{byte, text};

/// Whom a heartbeat is written to.
pub(super) const DONG_FROM: &str = "gh_dong";

const WHO: [&str; 18] = [
    "alice",
    "bob",
    "wxid_north",
    "wxid_south",
    "wxid_west",
    "wxid_east",
    "bot",
    DONG_FROM,
    ROOM,
    "filehelper",
    "other@chatroom",
    "alice~north",
    "wxid_south~west",
    "1~north",
    "~",
    "~north",
    "@all",
    "",
];

/// An id or a name, mostly one that others have too.
pub(super) fn id(bytes: &mut Unstructured<'_>) -> String {
    match byte(bytes) {
        it @ 0..=239 => WHO[usize::from(it) % WHO.len()].to_owned(),
        240..=247 => text(bytes, 40),
        248..=251 => byte(bytes).to_string(),
        it => char::from(b'a' + it % 4).to_string().repeat(3_000),
    }
}

pub(super) fn ids(bytes: &mut Unstructured<'_>) -> Vec<String> {
    match byte(bytes) {
        it @ 0..=250 => (0..it % 5).map(|_| id(bytes)).collect(),
        // Long enough to be worked through piece by piece.
        it => (0..5_000 + u32::from(it)).map(|it| it.to_string()).collect(),
    }
}

/// When it was said, as far as that is told.
pub(super) fn stamp(bytes: &mut Unstructured<'_>) -> Option<i64> {
    match byte(bytes) {
        0..=99 => None,
        it @ 100..=219 => Some(1_700_000_000_000 + i64::from(it) * 500),
        it @ 220..=239 => Some(1_700_000_000 + i64::from(it)),
        it => Some([0, 1, -1, i64::MIN, i64::MAX, 99_999_999_999][usize::from(it) % 6]),
    }
}

pub(super) fn room(bytes: &mut Unstructured<'_>) -> String {
    if byte(bytes) < 200 { ROOM.to_owned() } else { id(bytes) }
}
