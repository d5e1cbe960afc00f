//! `ha-wechaty store`: what outlives the gateway, as an operator looks after it.
//!
//! | module | what it holds |
//! |---|---|
//! | `serving` | what can be told and copied while a gateway serves it: that one is asked then |
//! | `closed` | what needs a store that nobody has open |

mod closed;
mod serving;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use clap::{Args, Subcommand};
use ha_wechaty_config::{Environment, ServedStore, StoreConfig, StorePlace};
use ha_wechaty_journal::{Journal, JournalError};
use ha_wechaty_team::store;

use super::{complain, flags, runtime};
use closed::Closed;
pub(super) use closed::told;
use serving::{Backup, Info};

/// Exit code when nobody could look.
const NOT_LOOKED_AT: u8 = 2;

/// Looks after the store.
#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Say where it is, how large it is, and how much it holds; a gateway that serves it is asked
    Info(Info),
    /// Look whether all of it is there and can be read; exit with 1 if not, with 2 if nobody can look, as while a gateway
    /// serves it (check a backup then)
    Check(Closed),
    /// Write a copy of it, while a gateway serves it or not. It is sealed: keep its key file as well, elsewhere
    Backup(Backup),
    /// Give back the room on the disk that it does not need any more; no gateway may serve it
    Vacuum(Closed),
    /// Write what happened as JSON, a line for each note: when, which account, which message, what came of it. Never what
    /// was said, no topic, no token. No gateway may serve it; export a backup then
    Export(Closed),
}

/// Which store.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The store, or a backup of one [default: store.path of the configuration]
    #[arg(long, value_name = "FILE")]
    store: Option<PathBuf>,
    /// Its key [default: store.key_file of the configuration, or the file beside the store that ends in .key]
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
}

/// A store's file, and its key's.
pub(super) struct Place {
    store: PathBuf,
    key: PathBuf,
    /// How much room it may need, in bytes, if a configuration says so.
    max_bytes: Option<u64>,
    /// Whether somebody has said where it is, here or in a configuration: else the gateway that serves the team knows
    /// better, since it may run as another user.
    is_placed: bool,
    /// Stores of a team of its name in other usual places.
    others: Vec<PathBuf>,
}

impl Place {
    /// Where else one is, for whoever may have meant that.
    pub(super) fn elsewhere(&self) -> String {
        let others: Vec<_> = self.others.iter().map(|it| it.display().to_string()).collect();
        match others.as_slice() {
            [] => String::new(),
            others => {
                format!(". A team of this name has a store in {} too: --store names it", others.join(", "))
            }
        }
    }

    /// Its key's file.
    pub(super) fn key(&self) -> &Path {
        &self.key
    }

    /// Whether somebody has said where it is.
    pub(super) fn is_placed(&self) -> bool {
        self.is_placed
    }

    /// Opens it, if it is there.
    pub(super) fn open(&self) -> Result<Arc<dyn Journal>, JournalError> {
        store::open_existing(&self.store)
    }
}

impl Store {
    pub(super) fn run(&self) -> ExitCode {
        let failed =
            if let Act::Check(_) = self.act { ExitCode::from(NOT_LOOKED_AT) } else { ExitCode::FAILURE };
        let done = match &self.act {
            Act::Info(info) => info.run(),
            Act::Check(closed) => closed.check(),
            Act::Backup(backup) => backup.run(),
            Act::Vacuum(closed) => closed.vacuum(),
            Act::Export(closed) => closed.export(),
        };
        done.unwrap_or_else(|why| {
            complain(&format_args!("ha-wechaty store {}: {why}", self.act.name()));
            failed
        })
    }
}

impl Act {
    fn name(&self) -> &'static str {
        match self {
            Self::Info(_) => "info",
            Self::Check(_) => "check",
            Self::Backup(_) => "backup",
            Self::Vacuum(_) => "vacuum",
            Self::Export(_) => "export",
        }
    }
}

impl Which {
    /// Whether it is named here.
    pub(super) fn is_named(&self) -> bool {
        self.store.is_some()
    }

    /// The store that is named here, or that a configuration names.
    pub(super) fn place(&self, config: Option<&Path>) -> Result<Place, String> {
        let mut served = ServedStore { config: StoreConfig::default(), is_placed: true, others: Vec::new() };
        if self.store.is_none() {
            let mut draft = flags::draft_or_installed(config).map_err(|error| error.to_string())?;
            draft.lay(&Environment::of_process());
            served = draft.finish_store().map_err(|error| error.to_string())?;
        }
        let ServedStore { config: configured, is_placed, others } = served;
        let store = match (&self.store, &configured.path) {
            (Some(store), _) | (None, StorePlace::File(store)) => store.clone(),
            (None, StorePlace::Memory) => {
                return Err(String::from(
                    "there is none: [store] path is \"memory\", so all that it would hold ends with the gateway. Name a file \
                     there, or here with --store",
                ));
            }
            (None, StorePlace::Unset) => {
                return Err(String::from(
                    "no place is set for it ([store] path), and the team has no name or this user no home folder: name the file \
                     with --store",
                ));
            }
        };
        let key = self.key_file.clone().unwrap_or_else(|| configured.key_of(&store));
        let max_bytes = self.store.is_none().then_some(configured.max_bytes.as_u64());
        Ok(Place { store, key, max_bytes, is_placed, others })
    }
}

/// Waits for what takes a runtime.
pub(super) fn wait<T>(what: impl Future<Output = T>) -> Result<T, String> {
    Ok(runtime().map_err(|error| error.to_string())?.block_on(what))
}
