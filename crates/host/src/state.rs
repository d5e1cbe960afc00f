//! Where an account's host stands.

use std::{fmt, sync::Mutex, time::Duration};

use ha_wechaty_core::{AccountId, MAX_ACCOUNTS};
use ha_wechaty_wire::Token;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::install::{Installer, Progress};
use ha_wechaty_config::HostConfig;

/// Where an account's host stands.
#[derive(Debug, Clone, PartialEq)]
pub enum HostState {
    /// Its packages are being installed.
    Installing(Progress),
    /// Its process was started.
    Starting,
    /// Its puppet service takes connections on this port of this machine, with this token.
    Serving {
        /// The port.
        port: u16,
        /// What connections to it show.
        token: Token,
    },
    /// It doesn't run; it is started again at `retry_at`.
    Down {
        /// Why, in words for people.
        cause: String,
        /// When it is started again.
        retry_at: Instant,
    },
}

impl HostState {
    /// Nothing was done yet.
    const NOT_BEGUN: Self = Self::Installing(Progress::Waiting);

    /// The kind of step, which does not change while it makes progress.
    pub fn step(&self) -> String {
        match self {
            Self::Installing(_) => String::from("waiting for its host to be installed"),
            Self::Down { cause, .. } => format!("waiting for its host: {cause}"),
            Self::Starting | Self::Serving { .. } => String::from("waiting for its host to start"),
        }
    }

    /// Why it is down, if it is.
    pub fn cause(&self) -> Option<&str> {
        if let Self::Down { cause, .. } = self { Some(cause) } else { None }
    }

    /// How long it is until it is started again, if it is down.
    pub fn retry_in(&self) -> Option<Duration> {
        if let Self::Down { retry_at, .. } = self {
            Some(retry_at.saturating_duration_since(Instant::now()))
        } else {
            None
        }
    }
}

impl fmt::Display for HostState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Installing(progress) => write!(f, "{}: {progress}", self.step()),
            Self::Starting | Self::Serving { .. } | Self::Down { .. } => f.write_str(&self.step()),
        }
    }
}

/// All accounts' hosts, by place. That of an account that somebody else serves never begins.
#[derive(Debug)]
pub struct Hosts {
    slots: [Slot; MAX_ACCOUNTS],
    installer: Installer,
}

#[derive(Debug)]
struct Slot {
    state: watch::Sender<HostState>,
    /// It is not to wait any longer for its next start.
    wake: Notify,
    said: Mutex<Option<Said>>,
}

/// Something that a puppet said.
#[derive(Debug, Clone)]
pub struct Said {
    /// When.
    pub at: Instant,
    /// Without secrets.
    pub text: String,
}

impl Hosts {
    /// None has begun.
    pub fn new(host: HostConfig) -> Self {
        let begin = |_| Slot {
            state: watch::Sender::new(HostState::NOT_BEGUN),
            wake: Notify::new(),
            said: Mutex::default(),
        };
        Self { slots: std::array::from_fn(begin), installer: Installer::new(host) }
    }

    /// What installs for all of them.
    pub(super) fn installer(&self) -> &Installer {
        &self.installer
    }

    /// What the account's puppet said last.
    pub fn said(&self, account: AccountId) -> Option<Said> {
        self.slots.get(account.index())?.said.lock().ok()?.clone()
    }

    pub(super) fn hear(&self, account: AccountId, text: String) {
        if let Some(mut said) = self.slots.get(account.index()).and_then(|slot| slot.said.lock().ok()) {
            *said = Some(Said { at: Instant::now(), text });
        }
    }

    /// Has the account's host started now, if it is down and waits for its time.
    pub fn wake(&self, account: AccountId) {
        if let Some(slot) = self.slots.get(account.index()) {
            slot.wake.notify_waiters();
        }
    }

    /// Somebody has it started now.
    pub(super) async fn woken(&self, account: AccountId) {
        match self.slots.get(account.index()) {
            Some(slot) => slot.wake.notified().await,
            None => std::future::pending().await,
        }
    }

    /// Where the account's host stands, as it changes.
    pub fn watch(&self, account: AccountId) -> watch::Receiver<HostState> {
        match self.slots.get(account.index()) {
            Some(slot) => slot.state.subscribe(),
            // Nobody is there to change it.
            None => watch::Sender::new(HostState::NOT_BEGUN).subscribe(),
        }
    }

    /// Where the account's host stands now.
    pub fn state(&self, account: AccountId) -> HostState {
        self.slots.get(account.index()).map_or(HostState::NOT_BEGUN, |slot| slot.state.borrow().clone())
    }

    /// What is being installed: the first of it, since one bar is drawn.
    pub fn installing(&self) -> Option<Progress> {
        self.slots.iter().find_map(|slot| match &*slot.state.borrow() {
            HostState::Installing(Progress::Waiting) => None,
            HostState::Installing(progress) => Some(progress.clone()),
            HostState::Starting | HostState::Serving { .. } | HostState::Down { .. } => None,
        })
    }

    /// The account has left: should it come back, its host begins anew.
    pub fn end(&self, account: AccountId) {
        if let Some(slot) = self.slots.get(account.index()) {
            slot.state.send_replace(HostState::NOT_BEGUN);
            if let Ok(mut said) = slot.said.lock() {
                *said = None;
            }
        }
    }

    pub(super) fn set(&self, account: AccountId, state: HostState) {
        if let Some(slot) = self.slots.get(account.index()) {
            slot.state.send_replace(state);
        }
    }
}
