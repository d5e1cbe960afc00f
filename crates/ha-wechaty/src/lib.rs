//! A team of WeChat accounts that acts as one Wechaty puppet, and does not go down.
//!
//! A program of yours holds the team itself, by [`HaWechaty`]; or a [`Gateway`] (`ha-wechaty serve`) serves it
//! to bots in any language, which change their endpoint and token and nothing else. Either way an account that
//! is logged out, throttled or silent costs no message, as long as a teammate is well.
//!
//! ```
//! use ha_wechaty::{plugins::DingDong, prelude::*};
//! # use ha_wechaty_sim::{Fault, World};
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let world = World::new(1);
//! # let alice = world.person("alice");
//! # let north = world.phone("north").serve().await?;
//! # let south = world.phone("south").serve().await?;
//! # let room = world.room("ding room", &[&alice, &north, &south]);
//! # let (one, other) = (north.addr(), south.addr());
//! let ha = HaWechaty::builder()
//!     .account(Account::service("insecure_north").endpoint(one))
//!     .account(Account::service("insecure_south").endpoint(other))
//!     .plugin(DingDong::new())
//!     .build()?;
//! ha.start().await?;
//! # north.fail(Fault::Drop);
//! # alice.says(&room, "ding");
//! # world.until(|| world.ledger().times(room.id(), "dong") == 1).await;
//! // Here one of them may go down: whoever says "ding" is answered by the other.
//! ha.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! [`prelude`] is what nearly every bot needs; [`typescript`] says what each name of TypeScript's Wechaty is here;
//! the folder `examples` has a complete bot in each file.
//!
//! | module | what it holds |
//! |---|---|
//! | [`HaWechaty`] … | the bot's API: the team in one's own program |
//! | [`typescript`] | what each name of TypeScript's Wechaty is here |
//! | [`plugins`] | behaviour that any bot can take in |
//! | [`gateway`] | the team, served to bots of any language |
//! | `runtime` | what runs a team, with or without a gateway |
//! | `reload` | a new configuration while a gateway serves |
//! | `members` | what runs for each account: its link, its host |
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
mod bounded;
mod call;
pub mod cli;
pub mod config;
#[cfg(feature = "demo")]
pub mod demo;
mod discovery;
mod engine;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
pub mod gateway;
pub mod host;
mod hush;
mod intake;
mod members;
pub mod plugins;
pub mod prelude;
mod reload;
mod runtime;
pub mod sends;
mod services;
mod shared;
pub mod transport;
pub mod typescript;
pub mod year;

#[doc(inline)]
pub use api::*;
pub use call::How;
pub use config::Config;
pub use gateway::Gateway;
pub use reload::Reloaded;
pub use runtime::{ChangeError, StartError};
