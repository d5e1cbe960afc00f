//! Why a puppet can't be run, and what to do.

use std::{io, path::PathBuf, process::ExitStatus, time::Duration};

use ha_wechaty_config::NoFolder;

/// Why a puppet's host doesn't run. It is tried again after each.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// Nobody said where to keep things.
    #[error("there is no place for packages and sessions: set host.data_dir, or HOME")]
    NoDataDir,
    /// A folder or file can't be used.
    #[error("{} can't be used ({cause}): give ha-wechaty the right to write there, or set host.data_dir", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// The system's words.
        #[source]
        cause: io::Error,
    },
    /// Two gateways would be one account.
    #[error(
        "another ha-wechaty on this machine runs this account ({}): end it, or give one of them another \
         account name, self_id or host.data_dir", path.display()
    )]
    SessionInUse {
        /// The lock.
        path: PathBuf,
    },
    /// A program can't be run.
    #[error("{} can't be run ({cause}): {}", program.display(), remedy(*which))]
    Program {
        /// Which of them.
        which: Program,
        /// As it was looked for.
        program: PathBuf,
        /// The system's words.
        #[source]
        cause: io::Error,
    },
    /// Node is too old, or no Node.
    #[error("{} is {found}, but Node {least} or newer is needed: {}", program.display(), remedy(Program::Node))]
    Version {
        /// As it was looked for.
        program: PathBuf,
        /// What it says of itself.
        found: String,
        /// The oldest that does.
        least: u32,
    },
    /// Node does not even say which it is.
    #[error(
        "{} --version has not answered within {limit:?} (host.start): {}", program.display(),
        remedy(Program::Node)
    )]
    Mute {
        /// As it was looked for.
        program: PathBuf,
        /// How long it had.
        limit: Duration,
    },
    /// The puppet runs on other systems only.
    #[error(
        "{puppet} runs on Windows only: run it there behind a puppet service (a Wechaty gateway), and set \
         puppet = \"wechaty-puppet-service\" with that service's token and endpoint"
    )]
    Windows {
        /// Which.
        puppet: String,
    },
    /// npm could not install.
    #[error("npm could not install {puppet}: {why}")]
    Install {
        /// What.
        puppet: String,
        /// npm's words.
        why: String,
    },
    /// npm took too long.
    #[error(
        "npm did not install {puppet} within {limit:?} (host.install): is the network up, and npm's registry \
         reachable? Try `npm ping`"
    )]
    Slow {
        /// What.
        puppet: String,
        /// How long it had.
        limit: Duration,
    },
    /// The host said that it can't go on.
    #[error("its host could not run the puppet: {why}")]
    Failed {
        /// Its words.
        why: String,
    },
    /// The host did not come up.
    #[error("its host did not serve within {limit:?} (host.start)")]
    Silent {
        /// How long it had.
        limit: Duration,
    },
    /// The host is gone.
    #[error("its host ended ({status}){}", last_words(last))]
    Ended {
        /// How.
        status: ExitStatus,
        /// What it said last, if it was an error.
        last: Option<String>,
    },
}

impl From<NoFolder> for HostError {
    fn from(error: NoFolder) -> Self {
        match error {
            NoFolder::NoHome => Self::NoDataDir,
            NoFolder::Relative { path, cause } => Self::Folder { path, cause },
        }
    }
}

/// A program that running puppets needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Runs JavaScript.
    Node,
    /// Installs packages.
    Npm,
}

fn remedy(which: Program) -> &'static str {
    match which {
        Program::Node => {
            "install Node 18 or newer (https://nodejs.org, or `apt install nodejs npm`), or set host.node to it"
        }
        Program::Npm => {
            "install npm, which comes with Node (https://nodejs.org, or `apt install nodejs npm`), or set \
             host.npm to it"
        }
    }
}

fn last_words(last: &Option<String>) -> String {
    last.as_ref().map(|last| format!(": {last}")).unwrap_or_default()
}
