//! Finds in the bytes of a peer who it is, and whether it goes away.

/// What a peer's first bytes say it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Greeting {
    /// It speaks HTTP/2.
    Http2,
    /// The status line.
    Http1(String),
    /// It answers in TLS.
    Tls,
    /// Something else: its first bytes.
    Foreign(Vec<u8>),
}

/// Something worth knowing.
pub(super) enum Word {
    Greeting(Greeting),
    GoAway(String),
}

/// Splits what is read into frames, and keeps of them what a [`Word`] needs.
pub(super) enum Ear {
    /// Until it is clear who speaks: the bytes so far.
    Greeting(Vec<u8>),
    Header([u8; HEADER], usize),
    Payload {
        left: usize,
        /// The beginning of a GOAWAY's payload.
        goaway: Option<Vec<u8>>,
    },
    /// It is not HTTP/2, or nothing that matters will follow.
    Deaf,
}

const HEADER: usize = 9;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// Longest status line, and GOAWAY payload, that is kept.
const KEPT: usize = 256;

impl Default for Ear {
    fn default() -> Self {
        Self::Greeting(Vec::new())
    }
}

impl Ear {
    /// What the peer seems to be, if it ended before that was clear.
    pub(super) fn cut_short(&self) -> Option<Greeting> {
        if let Self::Greeting(seen) = self
            && !seen.is_empty()
        {
            Some(greeting(seen))
        } else {
            None
        }
    }

    /// Takes bytes up to the next word, or all of them.
    pub(super) fn hear(&mut self, bytes: &mut &[u8]) -> Option<Word> {
        match self {
            Self::Greeting(seen) => {
                let first = bytes.first().copied()?;
                *bytes = &bytes[1..];
                seen.push(first);
                if !is_greeting(seen) {
                    return None;
                }
                let greeting = greeting(seen);
                *self = if let Greeting::Http2 = &greeting { Self::payload(seen) } else { Self::Deaf };
                Some(Word::Greeting(greeting))
            }
            Self::Header(header, have) => {
                let taken = bytes.len().min(HEADER - *have);
                header[*have..*have + taken].copy_from_slice(&bytes[..taken]);
                *bytes = &bytes[taken..];
                *have += taken;
                if *have == HEADER {
                    *self = Self::payload(header);
                }
                None
            }
            Self::Payload { left, goaway } => {
                let taken = bytes.len().min(*left);
                let (payload, rest) = bytes.split_at(taken);
                *bytes = rest;
                *left -= taken;
                if let Some(kept) = goaway {
                    kept.extend_from_slice(&payload[..taken.min(KEPT.saturating_sub(kept.len()))]);
                }
                if *left > 0 {
                    return None;
                }
                let word = goaway.as_deref().map(|payload| Word::GoAway(reason(payload)));
                *self = Self::Header([0; HEADER], 0);
                word
            }
            Self::Deaf => {
                *bytes = &[];
                None
            }
        }
    }

    /// After a frame's header.
    fn payload(header: &[u8]) -> Self {
        let left = header.iter().take(3).fold(0, |length, byte| (length << 8) | usize::from(*byte));
        if left == 0 {
            return Self::Header([0; HEADER], 0);
        }
        Self::Payload { left, goaway: (header.get(3) == Some(&GOAWAY)).then(Vec::new) }
    }
}

/// Whether the bytes are enough to say who speaks.
fn is_greeting(seen: &[u8]) -> bool {
    match seen {
        // An HTTP/1 peer: its whole status line.
        _ if seen.starts_with(b"HTTP/") => seen.ends_with(b"\n") || seen.len() >= KEPT,
        _ if b"HTTP/".starts_with(seen) => false,
        [first, ..] if is_tls(*first) => true,
        _ => seen.len() >= HEADER,
    }
}

fn greeting(seen: &[u8]) -> Greeting {
    match seen {
        _ if seen.starts_with(b"HTTP/") => {
            Greeting::Http1(String::from_utf8_lossy(seen).trim_end().to_owned())
        }
        [first, ..] if is_tls(*first) => Greeting::Tls,
        // SETTINGS, not an acknowledgement, on stream 0.
        [_, _, _, SETTINGS, 0, 0, 0, 0, 0] => Greeting::Http2,
        _ => Greeting::Foreign(seen.to_vec()),
    }
}

/// A TLS record that a server may begin with: an alert, or a handshake message.
fn is_tls(first: u8) -> bool {
    matches!(first, 0x15 | 0x16)
}

fn reason(payload: &[u8]) -> String {
    let code = payload.get(4..8).map_or(0, |code| code.iter().fold(0, |n, byte| (n << 8) | u32::from(*byte)));
    let reason = h2::Reason::from(code);
    match payload.get(8..) {
        Some(text) if !text.is_empty() => {
            format!("{} ({})", reason.description(), String::from_utf8_lossy(text))
        }
        _ => reason.description().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pieces: &[&[u8]]) -> Vec<String> {
        let mut ear = Ear::default();
        let mut words = Vec::new();
        for piece in pieces {
            let mut bytes = *piece;
            while !bytes.is_empty() {
                words.extend(ear.hear(&mut bytes).map(|word| match word {
                    Word::Greeting(greeting) => format!("{greeting:?}"),
                    Word::GoAway(reason) => reason,
                }));
            }
        }
        words
    }

    const SETTINGS_WITH_ONE: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0];
    const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7, 7];
    const BYE: &[u8] = &[0, 0, 11, 7, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 11, b'b', b'y', b'e'];

    #[test]
    fn a_goaway_is_found_wherever_the_bytes_are_cut() {
        let bytes = [SETTINGS_WITH_ONE, PING, BYE].concat();
        let whole = words(&[&bytes]);
        assert_eq!(whole.len(), 2, "{whole:?}");
        assert!(whole[0] == "Http2" && whole[1].ends_with("(bye)"), "{whole:?}");
        for cut in 1..bytes.len() {
            assert_eq!(words(&[&bytes[..cut], &bytes[cut..]]), whole, "cut at {cut}");
        }
    }

    #[test]
    fn an_http_1_peer_is_known_by_its_whole_status_line() {
        assert_eq!(words(&[b"HT", b"TP/1.0 200 OK\r", b"\nServer: x"]), ["Http1(\"HTTP/1.0 200 OK\")"]);
    }

    #[test]
    fn a_peer_that_talks_without_end_is_not_remembered() {
        assert_eq!(words(&[b"HTTP/", &[b'x'; 100_000]]).len(), 1);
        let long = [&[0, 0x0f, 0xff, 7, 0, 0, 0, 0, 0], [b'x'; 0x0fff].as_slice()].concat();
        let words = words(&[&[0, 0, 0, 4, 0, 0, 0, 0, 0], &long]);
        assert!(words[1].len() < 2 * KEPT, "{}", words[1].len());
    }
}
