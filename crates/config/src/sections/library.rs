//! How a program that holds the team itself is told of what happens: key `library`.

use super::{Effect, Section};
use crate::reader::{COUNT, Keys};

/// How a program that holds the team itself is told of what happens. Key `library`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LibraryConfig {
    /// How many events may wait in one stream, or for one callback, before all others wait too.
    pub queue: usize,
    /// How many runs of one callback may be under way at once.
    pub callbacks: usize,
}

impl Default for LibraryConfig {
    fn default() -> Self {
        Self { queue: 256, callbacks: 64 }
    }
}

impl Section for LibraryConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { queue, callbacks } = self;
        keys.set("queue", queue).within(COUNT);
        keys.set("callbacks", callbacks).within(COUNT);
    }
}
