//! Bots, what their streams are to each other, and what a stream is given.

use alloc::string::String;

use crate::words::words;

words! {
    /// What the streams of one bot are to each other.
    #[derive(Default)]
    pub enum BotMode {
        /// Programs that know nothing of each other: each gets every event.
        #[default]
        All = "all",
        /// One works, and the others wait: the one that opened first is given the events.
        Standby = "standby",
        /// They share the work: each conversation is one stream's alone.
        Shard = "shard",
    }
}

words! {
    /// What a stream is given of its bot's events.
    pub enum Role {
        /// Everything.
        All = "all",
        /// Everything, while others wait.
        Active = "active",
        /// Nothing yet: it waits for the active one to break.
        Standby = "standby",
        /// The conversations that are its own, among those that share them.
        Shard = "shard",
    }
}

/// A bot that has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BotSetup {
    /// By this it is known again after a restart, wherever it stands in the configuration then.
    pub name: String,
    /// What its streams are to each other.
    pub mode: BotMode,
}
