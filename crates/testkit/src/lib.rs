//! A house for tests: simulated phones, a gateway before them, bots in front of it, and programs that end with the test.
//! It must never decide what is right: a test asserts, this sets up and waits.
//!
//! | module | what it holds |
//! |---|---|
//! | [`Town`] | accounts, a person and a room, in a simulated WeChat |
//! | [`Setup`] | a team as a test wants it |
//! | [`House`] | a town, and a gateway in front of it |
//! | [`Bot`] | a bot at a gateway |
//! | [`program`] | a program that was started, what it says, and its end |
//! | [`text`] | a configuration as a file |
//! | [`wait`] | waiting for what must come, with a deadline |
//!
//! A gateway of three accounts, one of which answers to nothing:
//!
//! ```no_run
//! # async fn test() {
//! use ha_wechaty_testkit::Setup;
//! use ha_wechaty_sim::Fault;
//!
//! let house = Setup::new("bot").config(|config| config.team.burst = std::time::Duration::ZERO).start().await;
//! house.phones[0].fail(Fault::Hang);
//! let mut bot = house.bot().await;
//! bot.say(house.room.id(), "hello").await.expect("it is sent by another");
//! # }
//! ```
#![allow(clippy::expect_used, reason = "a test that can't go on says why")]

mod bot;
mod house;
pub mod program;
mod setup;
pub mod text;
mod town;
pub mod wait;

use std::fmt::Display;

use ha_wechaty_team::view::Status;
use tokio::net::ToSocketAddrs;

pub use bot::{Bot, target};
pub use house::House;
pub use setup::{SELF, Setup, TOKEN, quick};
pub use town::Town;
pub use wait::DEADLINE;

/// How a gateway stands, by its admin's port.
///
/// # Panics
/// Nobody answers there, or with something else.
pub async fn status(admin: impl ToSocketAddrs + Display) -> Status {
    let (code, json) = ha_wechaty_admin::client::get(admin, "/status", None).await.expect("an answer");
    assert_eq!(code, 200, "{json}");
    serde_json::from_str(&json).expect("a status")
}
