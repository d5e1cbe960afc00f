//! HTTP/2 by hand, for peers that break it or wear it out.

/// What every connection begins with.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Settings, empty, or an acknowledgement of the peer's.
pub(super) fn settings(is_answer: bool) -> Vec<u8> {
    frame(4, u8::from(is_answer), 0, &[])
}

/// A setting that changes, so that the peer has to take note of it.
pub(super) fn a_setting(value: u32) -> Vec<u8> {
    // The window of new streams.
    frame(4, 0, 0, &[&[0, 4], value.to_be_bytes().as_slice()].concat())
}

/// A ping, or the answer to one.
pub(super) fn ping(is_answer: bool) -> Vec<u8> {
    frame(6, u8::from(is_answer), 0, &[7; 8])
}

/// The end of a stream, by who opened it.
pub(super) fn reset(stream: u32) -> Vec<u8> {
    // CANCEL.
    frame(3, 0, stream, &8_u32.to_be_bytes())
}

/// A header that the peer's table does not get to know, in plain letters.
pub(super) fn header(name: &str, value: &str) -> Vec<u8> {
    [&[0], text(name).as_slice(), &text(value)].concat()
}

/// The same, and the peer's table remembers it.
pub(super) fn remembered(name: &str, value: &str) -> Vec<u8> {
    [&[0x40], text(name).as_slice(), &text(value)].concat()
}

fn text(text: &str) -> Vec<u8> {
    let mut length = Vec::new();
    match text.len() {
        short @ 0..127 => length.push(short as u8),
        long => {
            length.push(127);
            let mut rest = long - 127;
            while rest >= 128 {
                length.push((rest % 128 + 128) as u8);
                rest /= 128;
            }
            length.push(rest as u8);
        }
    }
    [length.as_slice(), text.as_bytes()].concat()
}

/// The headers of a call, and no more of it.
pub(super) fn call(stream: u32, path: &str, is_end: bool) -> Vec<u8> {
    // END_HEADERS, and perhaps END_STREAM.
    frame(1, 4 | u8::from(is_end), stream, &call_headers(path))
}

/// The same as a block of headers.
pub(super) fn call_headers(path: &str) -> Vec<u8> {
    [
        header(":method", "POST"),
        header(":scheme", "http"),
        header(":path", path),
        header(":authority", "gateway"),
        header("content-type", "application/grpc"),
        header("te", "trailers"),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_long_texts_are_as_the_rfc_says() {
        assert_eq!(frame(6, 1, 3, b"x"), [0, 0, 1, 6, 1, 0, 0, 0, 3, b'x']);
        // RFC 7541, 5.1: 1337 with a prefix of five bits is 31, 154, 10; with seven bits it is 127 and 1210.
        assert_eq!(text(&"y".repeat(1_337))[..3], [127, 186, 9]);
        assert_eq!(header("a", "b"), [0, 1, b'a', 1, b'b']);
    }
}
