//! The team as a pure state machine; it must never do IO, read a clock or draw randomness of its own.
//!
//! ```text
//!   facts                         Team                                wishes
//!   ─────                         ────                                ──────
//!   Joins, Leaves ──────────────▶ members: who is of the team
//!   Link (opened, lost, login) ─▶ account: phase, backoff ──────────▶ Connect, Learn
//!   silence, evidence ──────────▶ health: well, suspect, failed ────▶ Ding, Reset
//!   Hand ───────────────────────▶ account: whether it is on duty ───▶ Reset, Reopen, Logout
//!   Worked (or throttled) ──────▶ ejection: kinds of work
//!   Message, Event ─────────────▶ identity: virtual self, tags
//!                                 directory: who reaches whom
//!                                 dedup: every event once ──────────▶ Join
//!   SendBegins, SendEnds ───────▶ dedup, directory
//!   Lists, Room, Unreachable ───▶ directory ────────────────────────▶ Publish(Routing)
//!   DIRTY, time ────────────────▶ refresh: who reads what, slowly ──▶ Learn, ReadRoom
//!   Invited, Invitation, time ──▶ invite: who invites whom, slowly ─▶ Invite, AcceptInvitation
//!   ActBegins, ActEnds, SendEnds ▶ spent: what counts for whose pace, over restarts
//!   Follows ────────────────────▶ limits, accounts, bots: what the configuration says now
//!   Restarts ───────────────────▶ all of them: what was under way may have been done
//!   BotConnected, Acknowledged ─▶ bots: sessions, backlog ──────────▶ Deliver
//!   time ───────────────────────▶ all of them ──────────────────────▶ Note
//!
//!   a bot's call reads Routing: aim ─▶ reach ─▶ balance ─▶ the accounts to try, in order
//! ```
//!
//! Drive a [`Team`] so: one `handle` or `handle_timeout`, then `poll_command` until there is none, then
//! sleep until `poll_timeout` or the next fact. `no_std` holds it to its promise: clocks, sockets, files,
//! threads, the environment and hash maps are out of its reach.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod account;
mod account_set;
mod alarm;
mod backoff;
mod balance;
mod bots;
mod challenge;
mod command;
mod content;
mod coverage;
mod dedup;
mod directory;
mod ejection;
mod event;
mod hand;
mod health;
mod identity;
mod incident;
mod input;
mod invite;
mod kind;
mod lately;
mod latency;
mod pace;
mod past;
mod phase;
mod quitting;
mod ramp;
mod refresh;
mod remedy;
mod routing;
pub mod rpc;
mod team;
mod thinning;
mod ties;
mod time;
mod uptime;
mod words;
#[cfg(feature = "serde")]
mod written;

pub use account::{AccountId, AccountState, LastHeard, Spell, Step};
pub use account_set::{AccountSet, MAX_ACCOUNTS};
pub use alarm::{
    Alarm, AlarmId, AlarmKind, AlarmRule, AlarmStep, Quiet, Severity, WayHad, WayRule, WayState,
};
pub use backoff::Backoff;
pub use balance::{Draw, Policy, Round, fingerprint};
pub use bots::{Away, BotId, BotMode, BotSetup, Bots, ClientId, Replay, Role, seq_of};
pub use challenge::{ChallengeProgress, LoginChallenge, PendingCode, PendingSlide};
pub use command::{Command, Notice, Settled, Tell};
pub use content::{content_of, content_of_text};
pub use coverage::{Covered, Rank, Risk};
pub use dedup::{Dedup, Key, MessageCopy, Recall, SendId, Sort, Verdict};
pub use directory::{Directory, Reach};
pub use ejection::{EjectionRule, Ejections, Work};
pub use event::{MessageFacts, RoomChange, TagChange, WeChatEvent};
pub use hand::{Hand, HandEnd, Withdrawal, Withdrawn};
pub use health::{Condition, Evidence, Health, Vigil};
pub use identity::{COMMON_IDS, Identity, Ids};
pub use incident::{Incident, Noticed, Subject};
pub use input::{Input, SendResult, WorkResult};
pub use invite::{Hold, Invitation, InviteResult, InviteRule};
pub use kind::{DirtyType, MessageKind};
pub use pace::{
    Allowance, Errand, Expiry, Full, Limit, Meter, Opening, Pace, Paced, Queue, Seek, SpentPace, Ticket,
    TryEnd, Turn,
};
pub use phase::{Holder, LinkFact, PendingScan, Phase, ScanProgress, Standing};
pub use refresh::Refresh;
pub use remedy::Remedy;
pub use routing::{Aim, Routing};
pub use rpc::{Class, Conduct, Id, IdField, Local, Rpc, Twin};
pub use team::{MAX_OWED, Member, NextNumbers, Setup, Team};
pub use thinning::Thinned;
pub use time::{Stamp, Time};
pub use uptime::{Footing, SLICE, SLICES, Share, Uptime};
