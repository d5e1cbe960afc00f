//! What matters to nobody by itself.

use serde::{Deserialize, Serialize};

/// What a fact is of that is worth no line: these are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quietly {
    /// A message that an account was shown.
    Messages,
    /// Something else that an account was told of WeChat.
    Events,
    /// A send that an account says it sent.
    Sends,
    /// Something else that WeChat counts.
    Acts,
    /// What bots did: calls that stood in line, events that they acknowledged, pings.
    Bots,
    /// Signs of life that were asked for, and came.
    Dings,
    /// Who is in which room, and has which contact.
    Lists,
    /// An account that can't be reached was dialled again, in vain.
    Attempts,
    /// Steps of the team's own: what it reads, what is due, what it remembers.
    Inner,
}

impl Quietly {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Messages,
        Self::Events,
        Self::Sends,
        Self::Acts,
        Self::Bots,
        Self::Dings,
        Self::Lists,
        Self::Attempts,
        Self::Inner,
    ];

    /// Its word.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Messages => "messages",
            Self::Events => "events",
            Self::Sends => "sends",
            Self::Acts => "acts",
            Self::Bots => "bots",
            Self::Dings => "dings",
            Self::Lists => "lists",
            Self::Attempts => "attempts",
            Self::Inner => "inner",
        }
    }
}
