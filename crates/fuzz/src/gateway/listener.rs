//! The bots' port: whatever is said there first, and then.
//!
//! The first byte says how far it gets without guessing: nothing but bytes, bytes behind the preface of HTTP/2, or
//! frames of it, with their heads right.

use ha_wechaty::fuzzing::House;

use super::{Shared, house, watched};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

thread_local! {
    static PLAIN: Shared<House> = const { Shared::new() };
    static SECURE: Shared<House> = const { Shared::new() };
}

/// Says it.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let Some((way, said)) = input.split_first() else { return };
    let said = match way >> 1 & 3 {
        0 => said.to_vec(),
        1 => [PREFACE, SETTINGS, said].concat(),
        _ => [PREFACE, SETTINGS, &frames(said)].concat(),
    };
    let (kept, tls) = if way % 2 == 0 { (&PLAIN, "off") } else { (&SECURE, "community") };
    let heard =
        kept.with(|shared| shared.with(10_000, || house(tls, ""), |house| watched(|| house.ask_port(&said))));
    crate::told(|| heard.escape_ascii().to_string());
    for secret in ["b0t_", "n0rth", "s0uth", "w3st"] {
        let is_it = |bytes: &[u8]| bytes.windows(secret.len()).any(|it| it == secret.as_bytes());
        assert!(is_it(&said) || !is_it(&heard), "{}", heard.escape_ascii());
    }
}

/// Frames of HTTP/2: of each its length, type, flags and stream in a byte each, then what is in it.
fn frames(mut said: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    while let Some((&[length, kind, flags, stream], rest)) = said.split_first_chunk::<4>() {
        let (payload, rest) = rest.split_at(usize::from(length).min(rest.len()));
        frames.extend([0, 0, payload.len() as u8, kind % 12, flags, 0, 0, 0, stream]);
        frames.extend(payload);
        said = rest;
    }
    frames
}
