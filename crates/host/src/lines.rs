//! The lines that a host writes, whatever it writes: one that is too long is passed over, and what is no UTF-8 is
//! shown as far as it is.

use std::io;

use bytes::BytesMut;
use tokio_util::codec::Decoder;

/// The longest line that is read of a host; a longer one is passed over.
const LONGEST: usize = 64 << 10;

/// Lines of bytes. It never fails by itself: a decoder that fails stands still until more comes in, and a host
/// whose lines nobody reads comes to a halt as soon as its pipe is full.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Within a line that is too long.
    is_passing: bool,
}

impl Decoder for Lines {
    type Item = String;
    type Error = io::Error;

    fn decode(&mut self, bytes: &mut BytesMut) -> io::Result<Option<String>> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line = bytes.split_to(end + 1);
            if std::mem::take(&mut self.is_passing) || end > LONGEST {
                tracing::debug!("a line of a host is longer than {LONGEST} bytes, and is passed over");
            } else {
                return Ok(Some(text(&line[..end])));
            }
        }
        if bytes.len() > LONGEST {
            bytes.clear();
            self.is_passing = true;
        }
        Ok(None)
    }

    fn decode_eof(&mut self, bytes: &mut BytesMut) -> io::Result<Option<String>> {
        match self.decode(bytes)? {
            None if !bytes.is_empty() && !self.is_passing => Ok(Some(text(&bytes.split()))),
            line => {
                if line.is_none() {
                    bytes.clear();
                }
                Ok(line)
            }
        }
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of these pieces, each looked at as it comes.
    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut decoder, mut bytes, mut lines) = (Lines::default(), BytesMut::new(), Vec::new());
        for piece in pieces {
            bytes.extend_from_slice(piece);
            while let Some(line) = decoder.decode(&mut bytes).expect("it never fails") {
                lines.push(line);
            }
        }
        while let Some(line) = decoder.decode_eof(&mut bytes).expect("it never fails") {
            lines.push(line);
        }
        lines
    }

    #[test]
    fn what_follows_a_line_that_is_too_long_is_read_though_it_came_with_it() {
        let long = [b"x".repeat(200_000), b"\nshort\nlast".to_vec()].concat();
        assert_eq!(lines(&[&long]), ["short", "last"]);
        let pieces: Vec<&[u8]> = long.chunks(1_000).collect();
        assert_eq!(lines(&pieces), ["short", "last"]);
        assert_eq!(lines(&[b"one\n", &b"x".repeat(LONGEST + 1)]), ["one"], "an end is one too");
        assert_eq!(lines(&[&b"x".repeat(LONGEST), b"\n"])[0].len(), LONGEST, "that is not too long");
    }

    #[test]
    fn what_is_no_utf_8_is_shown_as_far_as_it_is() {
        assert_eq!(lines(&[b"a\xffb\r\n\nc"]), ["a\u{fffd}b", "", "c"]);
    }
}
