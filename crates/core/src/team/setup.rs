//! What a team is made of.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::time::Duration;

use crate::{
    alarm::AlarmRule,
    backoff::Backoff,
    balance::Policy,
    bots::{BotSetup, Replay},
    dedup::Recall,
    ejection::EjectionRule,
    health::Vigil,
    identity::Ids,
    invite::InviteRule,
    pace::{Allowance, Limit},
    time::Stamp,
};

/// What a team is made of, and its limits.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Setup {
    /// The virtual self's contact id.
    pub self_id: String,
    /// The accounts, in the order of the configuration; at most [`crate::MAX_ACCOUNTS`].
    pub accounts: Vec<Member>,
    /// The bots that have a token.
    pub bots: Vec<BotSetup>,
    /// How work on rooms is spread.
    pub policy: Policy,
    /// When a lost account is dialled again.
    pub backoff: Backoff,
    /// Who answers `dong` to `ding`, by the accounts' own ids; without one the puppets' own ding must do.
    pub heartbeat_contact: Option<String>,
    /// How long an account that comes back takes to get its whole share of the work again.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub ramp_up: Duration,
    /// When an account is kept from a kind of work.
    pub ejection: EjectionRule,
    /// How copies of one message are told from other messages.
    pub recall: Recall,
    /// What a right clock shows at [`Time::ZERO`](crate::Time::ZERO). It is one for good: a restart does not change it.
    pub epoch: Stamp,
    /// How long a send of which nobody knows whether it was sent waits for somebody who saw it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub witness_window: Duration,
    /// What is kept for bots that are away.
    pub replay: Replay,
    /// How often each account's lists, and each room, are read again; `None`: only when they are in doubt.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds_or_none"))]
    pub refresh: Option<Duration>,
    /// What may be known of who reaches whom, in bytes.
    pub directory: usize,
    /// How many messages one conversation may get, of all accounts together.
    pub per_conversation: Vec<Limit>,
    /// Whether, where and how fast teammates are invited into rooms.
    pub invite: InviteRule,
    /// Ids that are the same for every account, besides those that WeChat has.
    pub common_ids: BTreeSet<String>,
    /// Whom alarms are told, and when.
    #[cfg_attr(feature = "serde", serde(default))]
    pub alarms: AlarmRule,
}

/// An account of the team.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Member {
    /// Its name, which tags what it owns.
    pub name: String,
    /// Its share of the work, relative to the others'.
    pub weight: u32,
    /// Whether its contact and room ids are everybody's.
    pub ids: Ids,
    /// When its silence means something.
    pub vigil: Vigil,
    /// How much it may do.
    pub allowance: Allowance,
    /// What it shares with others that then fail together: a provider, an address, a host.
    #[cfg_attr(feature = "serde", serde(default))]
    pub domains: Vec<String>,
}
