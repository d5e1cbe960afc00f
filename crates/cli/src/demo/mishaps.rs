//! Which account fails when, and how; and how it comes back.
//!
//! By themselves one account at a time; as many as they like by visitors, on the page. A process dies or freezes while no
//! answer is on its way, and people keep silent until a frozen one is found out: of a message that is just then on its
//! way into such a process nobody can say whether WeChat got it, and the gateway tells the bot so rather than send it
//! twice. The demo is about all the others.

use std::{collections::VecDeque, io, time::Duration};

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
/// How long an account stays away that a visitor took down, unless the visitor mends it: whoever asked it something waits
/// no longer than that.
const BY_VISITOR: Duration = Duration::from_secs(20);
/// How many clicks of visitors wait, at most.
const WISHES: usize = 16;

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

    /// Its word in the page's addresses.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Killed => "kill",
            Self::Scan => "scan",
            Self::Frozen => "freeze",
            Self::Deaf => "deaf",
            Self::LoggedOut => "logout",
            Self::Throttled => "throttle",
        }
    }

    /// What a visitor reads on its button.
    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Killed => "kill it",
            Self::Scan => "ask for a scan",
            Self::Frozen => "freeze it",
            Self::Deaf => "make it deaf",
            Self::LoggedOut => "log it out",
            Self::Throttled => "throttle it",
        }
    }

    /// What an account is that goes through it.
    pub(super) fn state(self) -> &'static str {
        match self {
            Self::Killed => "killed",
            Self::Scan => "waits for a scan",
            Self::Frozen => "frozen",
            Self::Deaf => "deaf",
            Self::LoggedOut => "logged out",
            Self::Throttled => "throttled",
        }
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
    /// Whether a visitor did it.
    pub(super) by_visitor: bool,
    mend_at: Instant,
}

impl Mishap {
    pub(super) fn of(account: usize, manner: Manner, at: Instant) -> Self {
        Self { account, manner, at, noticed: None, mended: None, by_visitor: false, mend_at: at }
    }

    /// Whether the gateway still takes a frozen process for a living one.
    fn is_unnoticed_freeze(&self) -> bool {
        self.manner == Manner::Frozen && self.noticed.is_none() && self.mended.is_none()
    }
}

/// What has just been done to an account, by its place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    Struck(usize),
    Mended(usize),
}

/// All mishaps.
pub(super) struct Mishaps {
    phones: Vec<Phone>,
    every: Duration,
    dice: fastrand::Rng,
    plan: Vec<Manner>,
    /// When the next one of the plan is due; none is any more at the end.
    next_at: Option<Instant>,
    last: usize,
    /// What each account is going through.
    now: Vec<Option<Mishap>>,
    /// What visitors want, and when that is tried next.
    wishes: VecDeque<(usize, Manner)>,
    wish_at: Instant,
    past: Vec<Manner>,
}

impl Mishaps {
    pub(super) fn new(phones: &[Phone], every: Duration, seed: u64) -> Self {
        let mut plan = Manner::ALL.to_vec();
        plan.reverse();
        let now = Instant::now();
        Self {
            phones: phones.to_vec(),
            every,
            dice: fastrand::Rng::with_seed(seed),
            plan,
            next_at: Some(now + FIRST.min(every)),
            last: 0,
            now: phones.iter().map(|_| None).collect(),
            wishes: VecDeque::new(),
            wish_at: now,
            past: Vec::new(),
        }
    }

    /// When to call [`step`](Self::step). `None` while the gateway is to do something.
    pub(super) fn next_at(&self) -> Option<Instant> {
        let mends = self.all().filter(|it| it.mended.is_none()).map(|it| it.mend_at);
        let wish = (!self.wishes.is_empty()).then_some(self.wish_at);
        let planned = self.next_at.filter(|_| self.all().next().is_none());
        mends.chain(wish).chain(planned).min()
    }

    /// Does what is due, if anything is. `is_quiet` says that no question is open, but of those who wait for one that is away.
    pub(super) async fn step(&mut self, now: Instant, is_quiet: bool) -> io::Result<Option<Step>> {
        let is_due = |it: &&mut Mishap| it.mended.is_none() && it.mend_at <= now;
        if let Some(mishap) = self.now.iter_mut().flatten().find(is_due) {
            mishap.mended = Some(now);
            let account = mishap.account;
            self.phones[account].restore().await?;
            return Ok(Some(Step::Mended(account)));
        }
        if let Some((account, manner)) = self.wishes.front().copied() {
            if self.of(account).is_some() {
                self.wishes.pop_front();
            } else if !is_quiet {
                // It may be the last that can answer.
                self.wish_at = now + RETRY;
            } else {
                self.wishes.pop_front();
                self.strike(Mishap {
                    by_visitor: true,
                    mend_at: now + BY_VISITOR,
                    ..Mishap::of(account, manner, now)
                });
                return Ok(Some(Step::Struck(account)));
            }
            return Ok(None);
        }
        if self.all().next().is_some() || self.next_at.is_none_or(|at| at > now) {
            return Ok(None);
        }
        let manner = self.plan.last().copied().unwrap_or(Manner::Killed);
        if manner.is_sudden() && !is_quiet {
            self.next_at = Some(now + RETRY);
            return Ok(None);
        }
        // Never the same one twice in a row.
        self.last = (self.last + self.dice.usize(1..self.phones.len())) % self.phones.len();
        self.strike(Mishap { mend_at: now + manner.lasts(self.every), ..Mishap::of(self.last, manner, now) });
        self.plan.pop();
        if self.plan.is_empty() {
            self.plan = Manner::ALL.to_vec();
            self.dice.shuffle(&mut self.plan);
        }
        Ok(Some(Step::Struck(self.last)))
    }

    fn strike(&mut self, mishap: Mishap) {
        self.phones[mishap.account].fail(mishap.manner.fault());
        self.past.push(mishap.manner);
        let account = mishap.account;
        self.now[account] = Some(mishap);
    }

    /// A visitor wants an account to fail so, as soon as that is fair.
    pub(super) fn wish(&mut self, account: usize, manner: Manner) {
        let is_new = self.of(account).is_none() && self.wishes.iter().all(|(it, _)| *it != account);
        if is_new && self.wishes.len() < WISHES && self.next_at.is_some() {
            self.wishes.push_back((account, manner));
            self.wish_at = Instant::now();
        }
    }

    /// A visitor wants an account to be well.
    pub(super) fn mend(&mut self, account: usize) {
        self.wishes.retain(|(it, _)| *it != account);
        if let Some(mishap) = self.of_mut(account) {
            mishap.mend_at = Instant::now();
        }
    }

    /// What accounts are going through.
    pub(super) fn all(&self) -> impl Iterator<Item = &Mishap> {
        self.now.iter().flatten()
    }

    /// What this one is going through.
    pub(super) fn of(&self, account: usize) -> Option<&Mishap> {
        self.now.get(account)?.as_ref()
    }

    pub(super) fn of_mut(&mut self, account: usize) -> Option<&mut Mishap> {
        self.now.get_mut(account)?.as_mut()
    }

    /// Whether this one gets no work.
    pub(super) fn is_away(&self, account: usize) -> bool {
        self.of(account).is_some_and(|it| it.manner.is_away())
    }

    /// Whether people had better say nothing now: the gateway still takes a frozen process for a living one, or a visitor waits
    /// for a moment in which nobody waits for an answer.
    pub(super) fn is_unfair(&self) -> bool {
        !self.wishes.is_empty() || self.all().any(Mishap::is_unnoticed_freeze)
    }

    /// The account is back: the next one may fail.
    pub(super) fn over(&mut self, account: usize) -> Option<Mishap> {
        let mishap = self.now.get_mut(account)?.take()?;
        // At the usual beat, but not at once.
        let next = (mishap.at + self.every).max(Instant::now() + self.every / 4);
        self.next_at = self.next_at.map(|_| next);
        Some(mishap)
    }

    /// No more of it: what is broken is to be mended now.
    pub(super) fn end(&mut self) {
        self.next_at = None;
        self.wishes.clear();
        let now = Instant::now();
        self.now.iter_mut().flatten().for_each(|it| it.mend_at = now);
    }

    /// How accounts have failed so far.
    pub(super) fn past(&self) -> &[Manner] {
        &self.past
    }
}
