//! Text as JavaScript peers write it, made text that everybody can read.
//!
//! A string of JavaScript may hold half of a surrogate pair: half an emoji. Its Protocol Buffers library writes the
//! half as three bytes that are no UTF-8, and `JSON.stringify` as an escape that stands for no character. Both are
//! text to other JavaScript peers; here each lone half becomes U+FFFD.

use std::borrow::Cow;

/// Bytes as text. What is no UTF-8 becomes U+FFFD, one for each half of a surrogate pair; both halves, one after
/// the other, become the character that they stand for.
pub fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    let mut rest = bytes;
    let mut text = String::new();
    loop {
        let error = match std::str::from_utf8(rest) {
            Ok(valid) if text.is_empty() => return Cow::Borrowed(valid),
            Ok(valid) => {
                text.push_str(valid);
                return Cow::Owned(text);
            }
            Err(error) => error,
        };
        let (valid, broken) = rest.split_at(error.valid_up_to());
        // The error says that this much is valid.
        text.push_str(std::str::from_utf8(valid).unwrap_or_default());
        let (character, length) = match (half(broken), broken.get(3..).and_then(half)) {
            (Some(high), Some(low)) if is_high(high) && !is_high(low) => (whole(high, low), 6),
            (Some(_), _) => (char::REPLACEMENT_CHARACTER, 3),
            (None, _) => (char::REPLACEMENT_CHARACTER, error.error_len().unwrap_or(broken.len())),
        };
        text.push(character);
        rest = broken.get(length..).unwrap_or_default();
    }
}

/// JSON in which each escape of a lone half is one of U+FFFD. What is no JSON stays none.
pub fn in_json(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut mended = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.iter().position(|byte| *byte == b'\\')) {
        at += found;
        match (escaped_half(bytes, at), escaped_half(bytes, at + ESCAPE)) {
            (Some(high), Some(low)) if is_high(high) && !is_high(low) => at += 2 * ESCAPE,
            (Some(_), _) => {
                // Both ends are at an ASCII character.
                mended.push_str(json.get(copied..at).unwrap_or_default());
                mended.push_str("\\ufffd");
                at += ESCAPE;
                copied = at;
            }
            // Also `\\`, whose second half escapes nothing.
            (None, _) => at += 2,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    mended.push_str(json.get(copied..).unwrap_or_default());
    Cow::Owned(mended)
}

/// The length of `\uXXXX`.
const ESCAPE: usize = 6;

/// Half of a pair, as three bytes.
fn half(bytes: &[u8]) -> Option<u16> {
    match *bytes {
        [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf, ..] => {
            Some(0xd000 | u16::from(second & 0x3f) << 6 | u16::from(third & 0x3f))
        }
        _ => None,
    }
}

/// Half of a pair, as an escape that begins here.
fn escaped_half(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    // `from_str_radix` would take a sign.
    let digits =
        std::str::from_utf8(digits).ok().filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

/// Whether a half is the first of a pair.
fn is_high(half: u16) -> bool {
    half < 0xdc00
}

fn whole(high: u16, low: u16) -> char {
    let decoded = char::decode_utf16([high, low]).next();
    decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_emoji_is_one_replacement_and_two_halves_are_an_emoji() {
        assert_eq!(from_bytes(b"a\xed\xa0\xbdb"), "a\u{fffd}b");
        assert_eq!(from_bytes(b"\xed\xb8\x80"), "\u{fffd}");
        assert_eq!(from_bytes(b"\xed\xa0\xbd\xed\xb8\x80!"), "\u{1f600}!");
        assert_eq!(from_bytes(b"\xed\xb8\x80\xed\xa0\xbd"), "\u{fffd}\u{fffd}", "in the wrong order");
    }

    #[test]
    fn other_bytes_that_are_no_text_become_what_they_become_everywhere() {
        for bytes in [&b"\xff\xfea"[..], b"a\xe2\x82", b"\xc0\x80", b"\xf5\x80\x80\x80", b"\xed\x7f"] {
            assert_eq!(from_bytes(bytes), String::from_utf8_lossy(bytes));
        }
        assert!(matches!(from_bytes("妈妈 \u{1f469}\u{200d}\u{1f467}".as_bytes()), Cow::Borrowed(_)));
    }

    #[test]
    fn an_escaped_half_is_replaced_and_nothing_else_is_touched() {
        assert_eq!(in_json(r#"{"a":"x\ud83dy\uDE00"}"#), r#"{"a":"x\ufffdy\ufffd"}"#);
        assert_eq!(in_json(r#""\ud83d\ud83d\ude00""#), r#""\ufffd\ud83d\ude00""#);
        for fine in
            [r#""\ud83d\ude00""#, r#""\\ud83d""#, r#""妈\"\u00e9\n""#, "\"\\", "\"\\u", "\\妈", "", "{"]
        {
            assert!(matches!(in_json(fine), Cow::Borrowed(_)), "{fine}");
        }
        assert_eq!(in_json(r#"\ud83d"#), r"\ufffd");
    }
}
