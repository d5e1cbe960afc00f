//! How much is remembered, and for how long: key `memory`.

use std::time::Duration;

use bytesize::ByteSize;

use super::{Effect, Section};
use crate::reader::{Keys, SIZE, TIME};

/// How much is remembered, and for how long. Beyond that the oldest goes first. Key `memory`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct MemoryConfig {
    /// What messages may weigh: their payloads, and who has copies of them.
    pub messages: ByteSize,
    /// How long a message's payload is kept for bots that ask for it; then its account tells it again.
    pub payload_age: Duration,
    /// How long it is known which accounts have copies of a message.
    pub message_age: Duration,
    /// What files that wait to be sent may take in memory, all together; more go to disk.
    pub uploads: ByteSize,
    /// What requests of bots may weigh that are on their way in, and answers until they are read, without files that flow;
    /// and 16 KiB for each call until its answer is gone. Of more, those are refused that would be too much. At least 256 KiB
    /// for each bot.
    pub requests: ByteSize,
    /// What calls that wait for their turn may weigh, all together; and so much again, what those weigh that accounts have
    /// been asked to do. More are refused.
    pub waiting: ByteSize,
    /// What an account has told may weigh until the core has taken it; then the account waits.
    pub facts: ByteSize,
    /// What event streams of bots have not taken yet may weigh, all together, as if they shared nothing; of more, the
    /// stream ends that is furthest behind.
    pub streams: ByteSize,
    /// What is remembered of sends may weigh.
    pub sends: ByteSize,
    /// What is known of who reaches which conversation may weigh.
    pub conversations: ByteSize,
    /// What is remembered of messages and events, to tell copies of them, may weigh.
    pub dedup: ByteSize,
    /// What payloads of contacts and of rooms may weigh that a program with the library has read; each.
    pub cache: ByteSize,
}

impl Default for MemoryConfig {
    fn default() -> Self {
        Self {
            messages: ByteSize::mib(32),
            payload_age: Duration::from_secs(10 * 60),
            message_age: Duration::from_secs(60 * 60),
            uploads: ByteSize::mib(64),
            requests: ByteSize::mib(128),
            waiting: ByteSize::mib(256),
            facts: ByteSize::kib(64),
            streams: ByteSize::mib(128),
            sends: ByteSize::mib(16),
            conversations: ByteSize::mib(64),
            dedup: ByteSize::mib(128),
            cache: ByteSize::mib(16),
        }
    }
}

impl Section for MemoryConfig {
    const EFFECT: Effect = Effect::AtNextStart;

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self {
            messages,
            payload_age,
            message_age,
            uploads,
            requests,
            waiting,
            facts,
            streams,
            sends,
            conversations,
            dedup,
            cache,
        } = self;
        keys.set("messages", messages).within(SIZE);
        keys.set("payload_age", payload_age).within(TIME);
        keys.set("message_age", message_age).within(TIME);
        keys.set("uploads", uploads).within(SIZE);
        // How much is needed depends on the bots: `between.rs`.
        keys.set("requests", requests);
        keys.set("waiting", waiting).within(SIZE);
        keys.set("facts", facts).within(ByteSize::kib(1)..=*SIZE.end());
        keys.set("streams", streams).within(SIZE);
        keys.set("sends", sends).within(SIZE);
        keys.set("conversations", conversations).within(SIZE);
        keys.set("dedup", dedup).within(SIZE);
        keys.set("cache", cache).within(SIZE);
    }
}

/// A size as it is counted with.
pub fn bytes(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX)
}
