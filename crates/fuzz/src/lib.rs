//! What must hold whatever comes from outside: the same for the fuzzer and for a short run among the tests.
//!
//! Each target is a function of bytes that panics if something does not hold. `cargo xtask fuzz` runs them under
//! libFuzzer, from `fuzz/`, for as long as one likes; `tests/short.rs` tries their seeds and a few thousand changes of
//! these, with stable Rust.

#![allow(clippy::expect_used, reason = "what does not hold is a panic")]

pub mod callback;
pub mod config;
mod draw;
pub mod events;
pub mod files;
pub mod gateway;
pub mod team;
pub mod tokens;

use std::sync::OnceLock;

/// Something that others may say what they like to.
#[derive(Debug, Clone, Copy)]
pub struct FuzzTarget {
    /// Its name: of the binary in `fuzz/`, and of its folder in `seeds/`.
    pub name: &'static str,
    /// Lets bytes do their worst.
    pub challenge: fn(&[u8]),
}

/// Tells what goes on in an input, if `HA_WECHATY_FUZZ_TOLD` is set: for who looks into a finding.
#[allow(clippy::print_stderr, reason = "it is asked for")]
fn told(what: impl FnOnce() -> String) {
    static IS_ASKED_FOR: OnceLock<bool> = OnceLock::new();
    if *IS_ASKED_FOR.get_or_init(|| std::env::var_os("HA_WECHATY_FUZZ_TOLD").is_some()) {
        eprintln!("{}", what());
    }
}

/// All of them.
pub const TARGETS: &[FuzzTarget] = &[
    FuzzTarget { name: "team", challenge: team::challenge },
    FuzzTarget { name: "calls", challenge: gateway::calls::challenge },
    FuzzTarget { name: "events", challenge: events::challenge },
    FuzzTarget { name: "files", challenge: files::challenge },
    FuzzTarget { name: "config", challenge: config::file },
    FuzzTarget { name: "environment", challenge: config::environment },
    FuzzTarget { name: "listener", challenge: gateway::listener::challenge },
    FuzzTarget { name: "discovery_answers", challenge: gateway::discovery::answered },
    FuzzTarget { name: "discovery_requests", challenge: gateway::discovery::asked },
    FuzzTarget { name: "admin", challenge: gateway::admin::challenge },
    FuzzTarget { name: "tokens", challenge: tokens::challenge },
    FuzzTarget { name: "callback", challenge: callback::challenge },
];

/// Words that changed seeds are given: what the formats are made of, and what breaks them.
pub const WORDS: &[&str] = &[
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE xml [",
    "<!ENTITY a \"b\">",
    "&a;",
    "&#0;",
    "&lt;",
    "</Content>",
    "<Content>",
    "<Encrypt/>",
    "&encrypt_type=aes",
    "<",
    "&",
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "=",
    "\0",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "%00",
    "~",
    "_",
    "\u{feff}",
    "长",
    "-1",
    "0",
    "18446744073709551616",
    "1e999",
    "null",
    "true",
    "\\ud83d",
    "\\",
    "HTTP/1.1",
    "Host: ",
];
