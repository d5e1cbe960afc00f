//! Puppets that we run ourselves: each in a Node process of its own, as a puppet service on this machine.
//!
//! | module | what it holds |
//! |---|---|
//! | [`catalogue`] | the puppets that are known, and what each needs |
//! | `state` | where each account's host stands |
//! | `keeper` | keeps one account's host running |
//! | `process`, `message`, `log` | a host's process, what we say to each other, and what it logs |
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
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use error::{HostError, Program};
pub(crate) use folders::Folders;
pub use install::Progress;
pub(crate) use installed::Installed;
pub(crate) use state::{HostState, Hosts};

use crate::shared::Shared;
use install::Installer;
use keeper::Keeper;

/// Runs the puppets of all accounts that have one of their own, until they are told to stop.
pub(crate) fn run_all(shared: &Arc<Shared>, stop: &CancellationToken) -> JoinSet<()> {
    let installer = Arc::new(Installer::new(shared.config.host.clone()));
    let mut keepers = JoinSet::new();
    for (index, account) in shared.config.accounts.iter().enumerate() {
        let Some(hosted) = account.hosted() else { continue };
        let account = AccountId(index as u8);
        let keeper = Keeper::new(shared.clone(), account, hosted.clone(), installer.clone(), stop.clone());
        keepers.spawn(keeper.run());
    }
    keepers
}
