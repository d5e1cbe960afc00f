//! Puppets that we run ourselves: each in a Node process of its own, as a puppet service on this machine.
//!
//! | module | what it holds |
//! |---|---|
//! | [`catalogue`] | the puppets that are known, and what each needs |
//! | `state` | where each account's host stands |
//! | `keeper` | keeps one account's host running |
//! | `process`, `lines`, `message`, `log` | a host's process, what we say to each other, and what it logs |
//! | `folders` | where packages and sessions are kept |
//! | `recipe`, `install`, `npm`, `installed` | what is installed, how, and what is there already |
//! | `scripts` | the host's own JavaScript (`crates/ha-wechaty/host`) |
//! | `program`, `error` | Node and npm; why something can't be run, and what to do |

pub mod catalogue;
mod error;
mod folders;
mod install;
mod installed;
mod keeper;
mod lines;
mod log;
mod message;
mod npm;
mod process;
mod program;
mod recipe;
mod scripts;
mod state;

use std::sync::Arc;

use ha_wechaty_core::AccountId;
use tokio_util::sync::CancellationToken;

pub use error::{HostError, Program};
pub(crate) use folders::Folders;
pub use install::Progress;
pub(crate) use installed::Installed;
pub(crate) use state::{HostState, Hosts};

use crate::{config::Hosted, shared::Shared};
use keeper::Keeper;

/// Runs an account's own puppet until it is told to stop.
pub(crate) fn keep(
    shared: Arc<Shared>,
    account: AccountId,
    hosted: Hosted,
    stop: CancellationToken,
) -> impl Future<Output = ()> + Send {
    Keeper::new(shared, account, hosted, stop).run()
}
