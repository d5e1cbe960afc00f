//! Choices out of an input's bytes; once these have run out, the first of each.

use arbitrary::Unstructured;

/// A number below `end`.
pub(crate) fn pick(bytes: &mut Unstructured<'_>, end: usize) -> usize {
    // One byte for each choice: then changing a byte changes one thing.
    match end {
        0 => 0,
        1..=256 => usize::from(byte(bytes)) % end,
        _ => usize::from(u16::from_le_bytes([byte(bytes), byte(bytes)])) % end,
    }
}

/// One of these.
pub(crate) fn pick_from<T, const N: usize>(bytes: &mut Unstructured<'_>, all: [T; N]) -> T {
    let mut all = Vec::from(all);
    let index = pick(bytes, N);
    all.swap_remove(index)
}

/// Yes or no.
pub(crate) fn yes(bytes: &mut Unstructured<'_>) -> bool {
    byte(bytes) % 2 == 1
}

/// A byte.
pub(crate) fn byte(bytes: &mut Unstructured<'_>) -> u8 {
    bytes.bytes(1).map_or(0, |bytes| bytes[0])
}

/// So many bytes, as a byte before them says, of which there may be up to `most`.
pub(crate) fn text(bytes: &mut Unstructured<'_>, most: usize) -> String {
    let length = pick(bytes, most.min(255) + 1).min(bytes.len());
    String::from_utf8_lossy(bytes.bytes(length).unwrap_or_default()).into_owned()
}
