//! Which account fails when, and how; and how it comes back.
//!
//! One account at a time. A process dies or freezes while no answer is on its way, and people keep silent
//! until a frozen one is found out: of a message that is just then on its way into such a process nobody
//! can say whether WeChat got it, and the gateway tells the bot so rather than send it twice. The demo is
//! about all the others.

use std::{io, time::Duration};

use ha_wechaty_sim::{Fault, Phone, RpcSelection};
use tokio::time::Instant;
use tonic::Status;

/// When the first account fails, unless they fail more often than that.
const FIRST: Duration = Duration::from_secs(8);
/// How long an account stays away, at most.
const AWAY: Duration = Duration::from_secs(7);
/// How long the gateway gets to heal what it can heal itself.
const SELF_HEALING: Duration = Duration::from_secs(25);
const RETRY: Duration = Duration::from_millis(20);

/// How an account fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Killed,
    Scan,
    Frozen,
    Deaf,
    LoggedOut,
    Throttled,
}

impl Manner {
    /// In the order in which a visitor sees them.
    pub(super) const ALL: [Self; 6] =
        [Self::Killed, Self::Scan, Self::Frozen, Self::Deaf, Self::LoggedOut, Self::Throttled];

    fn fault(self) -> Fault {
        match self {
            Self::Killed => Fault::Drop,
            Self::Scan => Fault::Scan("https://login.weixin.qq.com/l/demo".to_owned()),
            Self::Frozen => Fault::Hang,
            Self::Deaf => Fault::Deaf,
            Self::LoggedOut => Fault::LogOut("logged in on another device".to_owned()),
            Self::Throttled => {
                let status = Status::unknown("操作过于频繁，请稍后再试");
                Fault::Answer { calls: RpcSelection::Sends, status, times: u32::MAX }
            }
        }
    }

    /// Whether what is being sent at that moment may or may not arrive.
    fn is_sudden(self) -> bool {
        matches!(self, Self::Killed | Self::Frozen)
    }

    /// Whether the account gets no work meanwhile.
    pub(super) fn is_away(self) -> bool {
        self != Self::Throttled
    }

    fn lasts(self, every: Duration) -> Duration {
        if self == Self::Deaf { SELF_HEALING } else { AWAY.min(every / 2) }
    }
}

/// What an account is going through.
#[derive(Debug)]
pub(super) struct Mishap {
    pub(super) account: usize,
    pub(super) manner: Manner,
    pub(super) at: Instant,
    /// When the gateway found out.
    pub(super) noticed: Option<Instant>,
    /// When its cause was taken away.
    pub(super) mended: Option<Instant>,
    mend_at: Instant,
}

impl Mishap {
    #[cfg(test)]
    pub(super) fn of(account: usize, manner: Manner, at: Instant) -> Self {
        Self { account, manner, at, noticed: None, mended: None, mend_at: at }
    }

    /// Whether the gateway still takes a frozen process for a living one.
    pub(super) fn is_unnoticed_freeze(&self) -> bool {
        self.manner == Manner::Frozen && self.noticed.is_none() && self.mended.is_none()
    }
}

/// What has just been done.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Struck,
    Mended,
}

/// All mishaps, one after the other.
pub(super) struct Mishaps {
    phones: Vec<Phone>,
    every: Duration,
    dice: fastrand::Rng,
    plan: Vec<Manner>,
    next_at: Instant,
    last: usize,
    current: Option<Mishap>,
    past: Vec<Manner>,
}

impl Mishaps {
    pub(super) fn new(phones: &[Phone], every: Duration, seed: u64) -> Self {
        let mut plan = Manner::ALL.to_vec();
        plan.reverse();
        Self {
            phones: phones.to_vec(),
            every,
            dice: fastrand::Rng::with_seed(seed),
            plan,
            next_at: Instant::now() + FIRST.min(every),
            last: 0,
            current: None,
            past: Vec::new(),
        }
    }

    /// When to call [`step`](Self::step). `None` while the gateway is to do something.
    pub(super) fn next_at(&self) -> Option<Instant> {
        match &self.current {
            None => Some(self.next_at),
            Some(mishap) if mishap.mended.is_none() => Some(mishap.mend_at),
            Some(_) => None,
        }
    }

    /// Does what is due. `is_quiet` says that no question is open.
    pub(super) async fn step(&mut self, now: Instant, is_quiet: bool) -> io::Result<Option<Step>> {
        if let Some(mishap) = &mut self.current {
            mishap.mended = Some(now);
            self.phones[mishap.account].restore().await?;
            return Ok(Some(Step::Mended));
        }
        let manner = self.plan.last().copied().unwrap_or(Manner::Killed);
        if manner.is_sudden() && !is_quiet {
            self.next_at = now + RETRY;
            return Ok(None);
        }
        // Never the same one twice in a row.
        self.last = (self.last + self.dice.usize(1..self.phones.len())) % self.phones.len();
        let at = Instant::now();
        self.phones[self.last].fail(manner.fault());
        self.current = Some(Mishap {
            account: self.last,
            manner,
            at,
            noticed: None,
            mended: None,
            mend_at: at + manner.lasts(self.every),
        });
        self.past.push(manner);
        self.plan.pop();
        if self.plan.is_empty() {
            self.plan = Manner::ALL.to_vec();
            self.dice.shuffle(&mut self.plan);
        }
        Ok(Some(Step::Struck))
    }

    pub(super) fn current(&self) -> Option<&Mishap> {
        self.current.as_ref()
    }

    pub(super) fn current_mut(&mut self) -> Option<&mut Mishap> {
        self.current.as_mut()
    }

    /// The account is back: the next one may fail.
    pub(super) fn over(&mut self) -> Option<Mishap> {
        let mishap = self.current.take()?;
        // At the usual beat, but not at once.
        self.next_at = (mishap.at + self.every).max(Instant::now() + self.every / 4);
        Some(mishap)
    }

    /// No more of it: what is broken is mended now.
    pub(super) async fn end(&mut self) -> io::Result<Option<Step>> {
        self.next_at = Instant::now() + Duration::from_secs(365 * 24 * 60 * 60);
        match &self.current {
            Some(mishap) if mishap.mended.is_none() => self.step(Instant::now(), true).await,
            _ => Ok(None),
        }
    }

    /// How accounts have failed so far.
    pub(super) fn past(&self) -> &[Manner] {
        &self.past
    }
}
