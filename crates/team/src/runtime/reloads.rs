//! Whoever runs a gateway reads its configuration again, if somebody asks for that.

use std::sync::{Arc, Mutex, PoisonError};

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
pub struct Reloads(Arc<Mutex<Option<mpsc::Sender<ReloadRequest>>>>);

impl Reloads {
    /// Whoever takes this is asked from now on.
    pub fn take(&self) -> mpsc::Receiver<ReloadRequest> {
        let (asks, asked) = mpsc::channel(AT_ONCE);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(asks);
        asked
    }

    /// Has the configuration read again; what came of it. A dry reload changes nothing, and tells what would change.
    ///
    /// # Errors
    /// It was not, or was not taken.
    pub async fn ask(&self, by: String, is_dry: bool) -> Result<ReloadDone, ReloadError> {
        let asks = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let asks = asks.ok_or(ReloadError::Nobody)?;
        let (answer, answered) = oneshot::channel();
        asks.try_send(ReloadRequest { by, is_dry, answer }).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ReloadError::Busy,
            mpsc::error::TrySendError::Closed(_) => ReloadError::Gone,
        })?;
        answered.await.map_err(|_| ReloadError::Gone)?.map_err(ReloadError::Mistakes)
    }
}
