//! How long one attempt of a call at one account may take: key `calls`.

use std::time::Duration;

use super::{Effect, Section};
use crate::reader::{Keys, TIME};

/// How long one attempt of a call at one account may take. Key `calls`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallsConfig {
    /// A call that only reads.
    pub read: Duration,
    /// A call that sends or changes.
    pub send: Duration,
    /// A call that carries a file.
    pub file: Duration,
    /// How long a call that asks all accounts waits for the slow ones.
    pub union: Duration,
}

impl Default for CallsConfig {
    fn default() -> Self {
        Self {
            read: Duration::from_secs(10),
            send: Duration::from_secs(30),
            file: Duration::from_secs(5 * 60),
            union: Duration::from_secs(5),
        }
    }
}

impl Section for CallsConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { read, send, file, union } = self;
        keys.set("read", read).within(TIME);
        keys.set("send", send).within(TIME);
        keys.set("file", file).within(TIME);
        keys.set("union", union).within(TIME);
    }
}
