//! A team of WeChat accounts that acts as one Wechaty puppet, and does not go down.
//!
//! | module | what it holds |
//! |---|---|
//! | [`HaWechaty`] … | the bot's API: the team in one's own program |
//! | [`typescript`] | what each name of TypeScript's Wechaty is here |
//! | [`plugins`] | behaviour that any bot can take in |
//! | [`gateway`] | the team, served to bots of any language |
//! | `runtime` | what runs a team, with or without a gateway |
//! | `engine` | drives the pure core: facts in, wishes out |
//! | `account` | the account side: one link per account |
//! | `bot` | the bot side: the services that bots connect to |
//! | `call` | one call of a bot: which accounts are asked, and what becomes of their answers |
//! | `discovery` | where bots find the gateway by their tokens |
//! | [`admin`] | where operators look: status, health, metrics |
//! | `files` | files on their way between both sides |
//! | [`transport`] | connections: to accounts, and of bots |
//! | [`host`] | puppets that we run ourselves |
//! | [`config`] | what an operator can set |
//! | [`cli`] | the commands of the binary |
//! | `demo` | a simulated team to look at (feature `demo`) |
//! | [`year`] | what a team is good for, in figures |

mod account;
pub mod admin;
mod api;
mod bot;
mod call;
pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
mod discovery;
mod engine;
mod files;
pub mod gateway;
pub mod host;
pub mod plugins;
pub mod prelude;
mod runtime;
mod shared;
pub mod transport;
pub mod typescript;
pub mod year;

#[doc(inline)]
pub use api::*;
pub use config::Config;
pub use gateway::Gateway;
pub use runtime::StartError;
