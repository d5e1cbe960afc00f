//! A team of accounts, as it runs: its core driven, its accounts connected, the calls of its bots answered. Whoever
//! serves it to bots, or gives it to one program, is above this.
//!
//! | module | what it holds |
//! |---|---|
//! | [`text`], [`error`], [`trace`] | words for people, why a call came to nothing, and spans of what it went through |
//! | `event`, `signals` | events, between the protocol and the core; when the process is to end |
//! | [`schema`] | what can be called: the core's table, joined with the protocol's descriptors |
//! | [`state`] | what the team holds: whatever is decided above it is decided from that |
//! | [`store`] | what of it outlives the process |
//! | [`intake`] | requests on their way in, and answers on their way out: what they count |
//! | [`bot`] | each bot's event streams |
//! | [`view`] | how it stands, as people and pages see it |
//! | [`engine`] | drives the pure core: facts in, wishes out |
//! | [`call`] | one call of a bot: which accounts are asked, and what becomes of their answers |
//! | [`account`] | the account side: one link per account |
//! | [`runtime`] | what runs a team: links, hosts, engine, and their end |
//!
//! The modules are rooms on floors, lowest first: none knows one that stands below it in this table, and `cargo xtask
//! test lint` holds them to that.

pub mod account;
pub mod bot;
pub mod call;
pub mod engine;
pub mod error;
mod event;
pub mod intake;
pub mod runtime;
pub mod schema;
mod signals;
pub mod state;
pub mod store;
pub mod text;
pub mod trace;
pub mod view;

pub use signals::stop_signal;
