//! One account's phone and puppet service: what is true of them, whether or not anybody can tell.

use std::{collections::VecDeque, time::Duration};

use ha_wechaty_core::Time;

use super::Message;
use crate::faults::{Fault, Kind};

/// Who waits for a service to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Caller {
    /// Nobody.
    #[default]
    Nobody,
    /// One call that is under way; it ends with the next crash.
    Once,
    /// Somebody who calls until it is there.
    Patient,
}

/// One phone.
#[derive(Debug, Default)]
pub(super) struct Phone {
    /// What is wrong with it beside its service, by a number.
    pub(super) trouble: Option<(u64, Fault)>,
    /// When its service comes back.
    pub(super) down: Option<Time>,
    /// It is down since its puppet is restarted: calls wait for it.
    pub(super) restarting: bool,
    /// Whether somebody has its event stream.
    pub(super) attached: bool,
    pub(super) caller: Caller,
    pub(super) alarmed: bool,
    /// Something that it said has vanished since.
    pub(super) is_felt: bool,
    missed: VecDeque<(Time, Message)>,
}

impl Phone {
    pub(super) fn is(&self, is_so: impl Fn(Kind) -> bool) -> bool {
        self.trouble.is_some_and(|(_, fault)| is_so(fault.kind))
    }

    pub(super) fn is_logged_out(&self) -> bool {
        self.is(|kind| kind == Kind::LoggedOut)
    }

    pub(super) fn is_throttled(&self) -> bool {
        self.is(|kind| kind == Kind::Throttled)
    }

    /// Whether nothing is wrong with it; being throttled is no illness of its own.
    pub(super) fn is_sound(&self) -> bool {
        self.down.is_none() && (self.trouble.is_none() || self.is_throttled())
    }

    pub(super) fn hears(&self) -> bool {
        self.attached && !self.is(Kind::is_deaf)
    }

    /// Keeps what it should have been shown, as WeChat does.
    pub(super) fn miss(&mut self, now: Time, message: Message, patience: Duration) {
        self.forget(now, patience);
        self.missed.push_back((now, message));
    }

    /// What it missed, and is shown now that it hears again.
    pub(super) fn catch_up(&mut self, now: Time, patience: Duration) -> impl Iterator<Item = Message> {
        self.forget(now, patience);
        std::mem::take(&mut self.missed).into_iter().map(|(_, message)| message)
    }

    fn forget(&mut self, now: Time, patience: Duration) {
        while self.missed.pop_front_if(|(at, _)| now - *at > patience).is_some() {}
    }
}
