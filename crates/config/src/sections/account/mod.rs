//! Who connects to us, and the accounts that work for them.

pub(crate) mod hosted;
pub(crate) mod package;
pub(crate) mod provider;

use ha_wechaty_core::{Allowance, BotMode, Ids, Vigil};
use ha_wechaty_wire::Token;

use crate::{Hosted, Provider, WhenUnsure};

/// A program that may connect. Key `bot`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Bot {
    /// Its name, for people.
    pub name: String,
    /// What it shows when it connects.
    pub token: Token,
    /// How files reach it.
    pub files: Files,
    /// What its streams are to each other, when it connects several times.
    pub mode: BotMode,
    /// What becomes of its sends that may have been sent and that nobody saw, if not what `delivery` says.
    pub when_unsure: Option<WhenUnsure>,
}

impl Bot {
    /// A bot with the defaults.
    pub fn new(name: impl Into<String>, token: Token) -> Self {
        Self { name: name.into(), token, files: Files::Auto, mode: BotMode::All, when_unsure: None }
    }
}

/// How files reach a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// Inside the answer for clients that know no uuid (Python), by uuid for the others.
    #[default]
    Auto,
    /// Always inside the answer.
    Inline,
    /// By uuid when they are large; the client downloads them.
    Uuid,
}

/// An account of the team. Key `account`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Account {
    /// Its name: 1 to 32 characters of `a-z`, `0-9` and `-`. It is part of the ids that bots keep.
    pub name: String,
    /// What drives it.
    pub provider: Provider,
    /// Its share of the work, relative to the others' (1 to 1000).
    pub weight: u32,
    /// Whether its contact and room ids are the same for every account; its provider knows, unless it is set.
    pub ids: Ids,
    /// When its silence means something, if not as for the others (keys `ding_after`, `fail_after`,
    /// `jitter` of the account).
    pub vigil: Option<Vigil>,
    /// What it may do, if not as much as the others (keys `messages`, `friend_adds`, `room_creations`,
    /// `room_invitations` of the account).
    pub allowance: Option<Allowance>,
}

impl Account {
    /// An account with the defaults.
    pub fn new(name: impl Into<String>, provider: impl Into<Provider>) -> Self {
        let provider = provider.into();
        Self { name: name.into(), weight: 1, ids: provider.ids(), vigil: None, allowance: None, provider }
    }

    /// The puppet that we run for it, if we do.
    pub fn hosted(&self) -> Option<&Hosted> {
        match &self.provider {
            Provider::Hosted(hosted) => Some(hosted),
            Provider::Service(_) => None,
        }
    }
}
