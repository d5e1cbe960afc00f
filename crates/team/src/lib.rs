//! A team of accounts, as it runs: its core driven, its accounts connected, the calls of its bots answered. Whoever
//! serves it to bots, or gives it to one program, is above this.
//!
//! | module | what it holds |
//! |---|---|
//! | [`runtime`] | what runs a team: links, engine, and their end |
//! | [`engine`] | drives the pure core: facts in, wishes out |
//! | [`view`] | how it stands, as people and pages see it |
//! | [`call`] | one call of a bot: which accounts are asked, and what becomes of their answers |
//! | [`bot`] | each bot's event streams |
//! | [`intake`] | requests on their way in, and answers on their way out: what they hold |
//! | [`sends`] | the ledger of what bots sent |
//! | [`files`] | files on their way between both sides |
//! | [`shared`] | the state that calls work on |
//! | [`account`] | the account side: one link per account |
//! | [`metrics`], [`refusals`] | numbers, and who was not let in |
//! | [`bounded`] | values by id, for as long as they do not weigh too much |
//! | [`text`] | words for people |
//! | `members` | what runs for each account: its link, its host |
//! | `hush` | the log's lines that accounts, puppets and bots write, limited per kind |
//! | `signals` | when the process is to end |

pub mod account;
pub mod bot;
pub mod bounded;
pub mod call;
pub mod engine;
pub mod files;
mod hush;
pub mod intake;
mod members;
pub mod metrics;
pub mod refusals;
pub mod runtime;
pub mod sends;
pub mod shared;
mod signals;
pub mod text;
pub mod view;

pub use signals::stop_signal;
