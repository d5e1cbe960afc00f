//! Where an account's host stands.

use std::{fmt, sync::Mutex, time::Duration};

use ha_wechaty_core::AccountId;
use ha_wechaty_wire::Token;
use tokio::{sync::watch, time::Instant};

use super::install::Progress;

/// Where an account's host stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HostState {
    /// Its packages are being installed.
    Installing(Progress),
    /// Its process was started.
    Starting,
    /// Its puppet service takes connections on this port of this machine, with this token.
    Serving { port: u16, token: Token },
    /// It doesn't run; it is started again at `retry_at`.
    Down { cause: String, retry_at: Instant },
}

impl HostState {
    /// The kind of step, which does not change while it makes progress.
    pub(crate) fn step(&self) -> String {
        match self {
            Self::Installing(_) => String::from("waiting for its host to be installed"),
            Self::Down { cause, .. } => format!("waiting for its host: {cause}"),
            Self::Starting | Self::Serving { .. } => String::from("waiting for its host to start"),
        }
    }

    /// Why it is down, if it is.
    pub(crate) fn cause(&self) -> Option<&str> {
        match self {
            Self::Down { cause, .. } => Some(cause),
            _ => None,
        }
    }

    /// How long it is until it is started again, if it is down.
    pub(crate) fn retry_in(&self) -> Option<Duration> {
        match self {
            Self::Down { retry_at, .. } => Some(retry_at.saturating_duration_since(Instant::now())),
            _ => None,
        }
    }
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installing(progress) => write!(f, "{}: {progress}", self.step()),
            other => f.write_str(&other.step()),
        }
    }
}

/// All accounts' hosts, by account. That of an account that somebody else serves never begins.
#[derive(Debug)]
pub(crate) struct Hosts {
    states: Vec<watch::Sender<HostState>>,
    said: Vec<Mutex<Option<Said>>>,
}

/// Something that a puppet said.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) at: Instant,
    /// Without secrets.
    pub(crate) text: String,
}

impl Hosts {
    pub(crate) fn new(accounts: usize) -> Self {
        let begin = || watch::Sender::new(HostState::Installing(Progress::Waiting));
        Self {
            states: (0..accounts).map(|_| begin()).collect(),
            said: (0..accounts).map(|_| Mutex::default()).collect(),
        }
    }

    /// What the account's puppet said last.
    pub(crate) fn said(&self, account: AccountId) -> Option<Said> {
        self.said[account.index()].lock().ok()?.clone()
    }

    pub(super) fn hear(&self, account: AccountId, text: String) {
        if let Ok(mut said) = self.said[account.index()].lock() {
            *said = Some(Said { at: Instant::now(), text });
        }
    }

    /// Where the account's host stands, as it changes.
    pub(crate) fn watch(&self, account: AccountId) -> watch::Receiver<HostState> {
        self.states[account.index()].subscribe()
    }

    /// Where the account's host stands now.
    pub(crate) fn state(&self, account: AccountId) -> HostState {
        self.states[account.index()].borrow().clone()
    }

    /// What is being installed; one thing at a time is.
    pub(crate) fn installing(&self) -> Option<Progress> {
        self.states.iter().find_map(|state| match &*state.borrow() {
            HostState::Installing(Progress::Waiting) => None,
            HostState::Installing(progress) => Some(progress.clone()),
            _ => None,
        })
    }

    pub(super) fn set(&self, account: AccountId, state: HostState) {
        self.states[account.index()].send_replace(state);
    }
}
