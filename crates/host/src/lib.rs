//! Puppets that we run ourselves: each in a Node process of its own, as a puppet service on this machine.
//!
//! | module | what it holds |
//! |---|---|
//! | `state` | where each account's host stands |
//! | `keeper` | keeps one account's host running |
//! | `process`, `lines`, `message`, `log` | a host's process, what we say to each other, and what it logs |
//! | `port` | what a host needs of the team whose account it drives |
//! | `session` | an account's own folder, which one program has open |
//! | `recipe`, `install`, `npm`, `installed` | what is installed, how, and what is there already |
//! | `scripts` | the host's own JavaScript (`crates/host/js`) |
//! | `program`, `error` | Node and npm; why something can't be run, and what to do |

mod error;
mod install;
mod installed;
mod keeper;
mod lines;
mod log;
mod message;
mod npm;
mod port;
mod process;
mod program;
mod recipe;
mod scripts;
mod session;
mod state;

use tokio_util::sync::CancellationToken;

pub use error::{HostError, Program};
pub use install::{Progress, install};
pub use installed::Installed;
pub use port::{Home, Lines};
pub use program::{node_version, npm_version};
pub use state::{HostState, Hosts, Said};

use ha_wechaty_config::Hosted;
use keeper::Keeper;

/// Runs an account's own puppet until it is told to stop.
pub fn keep(home: Home, hosted: Hosted, stop: CancellationToken) -> impl Future<Output = ()> + Send {
    Keeper::new(home, hosted, stop).run()
}
