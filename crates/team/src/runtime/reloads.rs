//! Whoever runs a gateway reads its configuration again, if somebody asks for that.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use ha_wechaty_config::{AccountConfig, Config, ConfigError, Written};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

/// So many may ask at once; who comes after is told to ask again.
const AT_ONCE: usize = 4;

/// What became of a configuration that was read again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ReloadDone {
    /// Accounts that were added.
    pub added: Vec<String>,
    /// Accounts that were removed.
    pub removed: Vec<String>,
    /// Accounts that are reached otherwise than before, which were connected anew.
    pub changed: Vec<String>,
    /// Accounts of which something else is new, which counts at once, on the connection that there is.
    #[serde(default)]
    pub adjusted: Vec<String>,
    /// Accounts that could not be added, or changed, and why. If nothing else is told, nothing was changed.
    pub failed: Vec<ReloadFailure>,
    /// Tables of keys of which something counts at once.
    #[serde(default)]
    pub live: Vec<String>,
    /// Keys, or tables of them, that changed too, and count from the next start on.
    pub later: Vec<String>,
}

/// An account that could not be added, or changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadFailure {
    /// Its name.
    pub account: String,
    /// Why.
    pub why: String,
}

/// Somebody asks that the configuration is read again.
#[derive(Debug)]
pub struct ReloadRequest {
    /// Who, and from where.
    pub by: String,
    /// Whether it is only to be told what would change.
    pub is_dry: bool,
    answer: oneshot::Sender<Result<ReloadDone, String>>,
}

impl ReloadRequest {
    /// What came of it; or that the configuration is not taken, and why.
    pub fn answer(self, done: Result<ReloadDone, String>) {
        // Whoever asked may have gone.
        let _ = self.answer.send(done);
    }
}

/// Why a configuration was not read again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// Nobody here reads one.
    #[error("this gateway was started by a program, and reads no configuration again")]
    Nobody,
    /// Others wait for the same.
    #[error("{AT_ONCE} others wait for a reload already")]
    Busy,
    /// There are mistakes in it. Nothing was changed.
    #[error("the configuration is not taken, nothing was changed: {0}")]
    Mistakes(String),
    /// The gateway ended before it was done.
    #[error("the gateway is ending")]
    Gone,
}

impl ReloadError {
    /// What to do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Nobody => "change its accounts by that program, or start the gateway with ha-wechaty serve",
            Self::Busy => "ask again in a moment",
            Self::Mistakes(_) => "correct it (ha-wechaty check says the same), and say it again",
            Self::Gone => "start the gateway again: it reads its configuration then",
        }
    }
}

/// Where it is asked for.
#[derive(Debug, Clone, Default)]
pub struct Reloads(Arc<Parts>);

#[derive(Debug, Default)]
struct Parts {
    asks: Mutex<Option<mpsc::Sender<ReloadRequest>>>,
    reads: OnceLock<Reader>,
    /// What was written of what runs, if that was read again.
    written: Mutex<Option<Written>>,
}

/// What reads a configuration again, which changes nothing.
type Read = dyn Fn() -> Result<Config, ConfigError> + Send + Sync;

struct Reader(Box<Read>);

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reader")
    }
}

impl Reloads {
    /// Whoever takes this is asked from now on.
    pub fn take(&self) -> mpsc::Receiver<ReloadRequest> {
        let (asks, asked) = mpsc::channel(AT_ONCE);
        *locked(&self.0.asks) = Some(asks);
        asked
    }

    /// This reads the configuration again for whoever wants to see it; it is told once.
    pub fn read_by(&self, read: impl Fn() -> Result<Config, ConfigError> + Send + Sync + 'static) {
        // Whoever comes later reads the same.
        let _ = self.0.reads.set(Reader(Box::new(read)));
    }

    /// What is written by now; none if nobody here reads it. Files are read: it may take a while.
    pub fn read(&self) -> Option<Result<Config, ConfigError>> {
        self.0.reads.get().map(|read| (read.0)())
    }

    /// A configuration was taken, but for these keys and tables of keys, and these accounts.
    pub fn took(&self, start: &Config, new: &Written, later: &[&str], failed: &BTreeSet<String>) {
        let mut written = locked(&self.0.written);
        let account = |key: &str| {
            let name = key.strip_prefix("account[").and_then(|rest| rest.split_once(']')).map(|it| it.0);
            name.is_some_and(|name| failed.contains(name))
        };
        let stays = |key: &str| later.contains(&key) || later.contains(&Written::table(key)) || account(key);
        let next = written.as_ref().unwrap_or(&start.written).with(new, stays);
        *written = Some(next);
    }

    /// The configuration that runs: what counts now, with the accounts that there are.
    pub fn running(&self, settings: &Config, accounts: Vec<AccountConfig>) -> Config {
        let written = locked(&self.0.written).clone().unwrap_or_else(|| settings.written.clone());
        Config { accounts, written, ..settings.clone() }
    }

    /// Has the configuration read again; what came of it. A dry reload changes nothing, and tells what would change.
    ///
    /// # Errors
    /// It was not, or was not taken.
    pub async fn ask(&self, by: String, is_dry: bool) -> Result<ReloadDone, ReloadError> {
        let asks = locked(&self.0.asks).clone();
        let asks = asks.ok_or(ReloadError::Nobody)?;
        let (answer, answered) = oneshot::channel();
        asks.try_send(ReloadRequest { by, is_dry, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ReloadError::Busy,
            mpsc::error::TrySendError::Closed(_) => ReloadError::Gone,
        })?;
        answered.await.map_err(|_| ReloadError::Gone)?.map_err(ReloadError::Mistakes)
    }
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    // Each is whole between any two statements.
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
