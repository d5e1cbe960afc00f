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
//! | [`config`] | what an operator can set: the crate `ha-wechaty-config` |
//! | [`Gateway`] | the team, served to bots of any language: the crate `ha-wechaty-gateway` |
//! | [`admin`], [`sends`] | how a gateway stands, and what became of what bots sent, as its admin's port tells it |
//! | [`transport`] | connections: the crate `ha-wechaty-transport` |
//! | [`host`] | puppets that run here: the crate `ha-wechaty-host` |

#[cfg(feature = "gateway")]
pub mod admin;
mod api;
pub mod config;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use ha_wechaty_gateway::fuzzing;
pub mod host;
pub mod plugins;
pub mod prelude;
pub mod transport;
pub mod typescript;

#[doc(inline)]
pub use api::*;
pub use config::Config;
#[cfg(feature = "gateway")]
pub use ha_wechaty_gateway::{Gateway, Reloaded};
pub use ha_wechaty_team::{
    runtime::{ChangeError, StartError},
    state::sends::How,
};

/// What became of what bots sent.
pub mod sends {
    pub use ha_wechaty_team::state::sends::{Attempt, Proof, SendOutcome, SendRecord};
}
