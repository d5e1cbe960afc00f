//! One account's life: where it stands, and what is due.
//!
//! ```text
//!             dialled               login   ┌──────────── LoggedIn ────────────┐
//!  Connecting ───────▶ NotLoggedIn ────────▶│ available ⇄ suspect ──▶ failed   │
//!   ▲      │             │ ▲    ▲           └──────────────────────────────────┘
//!   │      │ refused     │ │    │  evidence, login  ▲ │  by its health
//!   │ due  ▼        scan ▼ │    └───────────────────┤ │
//!   └── Offline ◀─ WaitingScan ◀─▶ LoggedOut ◀──────┘─┘ scan, logout
//!          ▲  ▲            connection lost, wherever it stands
//!          │  └──────────────────────────────────────────────────────
//!          │ joins, for the first time or again         Removed ◀── leaves, wherever it stands
//! ```
//!
//! No phase waits for one event alone. What ends each, should that event never come:
//!
//! | phase | ended by | and if that never comes |
//! |---|---|---|
//! | `Connecting` | opened, lost | the link gives up after `reconnect.connect`, and tells that it is lost |
//! | `Preparing` | opened, lost | the host starts its puppet again, for ever; it has deadlines of its own |
//! | `Offline` | its time | – (of a stream that somebody else holds, see `claim`) |
//! | `NotLoggedIn` | login, scan | evidence; else after each `fail_after` its stream is opened anew, on which a service tells how it stands, and the next time its puppet is restarted: so ends a `Start` that hangs |
//! | `WaitingScan` | login | evidence; else its stream is opened anew after each `fail_after` without a new code; a proof that nobody speaks of any more is given up, and its puppet restarted. If it was logged in when it asked, it is asked for a sign of life at once, and reset like a silent one; for 10 s it still works if nobody else is left |
//! | `LoggedOut` | login, scan | evidence, but for what was under way; else its stream is opened anew, as above |
//! | `LoggedIn` | logout, scan, lost | silence: asked, suspect, failed, reset |
//! | `Removed` | joins | – |
//!
//! Evidence here is what shows that the account itself is shown what others say: a message, a `dong`, a teammate's
//! words. That a teammate saw what it said may be its person's phone. Where its contact id was never told, evidence
//! has its stream opened anew, since nobody could tell its own words from a stranger's.

mod claim;
mod duty;
mod evidence;
mod follow;
mod heard;
mod history;
mod probation;
mod proof;
mod restart;
mod scanning;
mod shown;
mod spell;
mod stream;
mod unwell;
mod voice;

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{
    backoff::Backoff,
    challenge::LoginChallenge,
    ejection::Ejections,
    hand::Withdrawal,
    health::{Care, Health, Vigil},
    phase::{LinkFact, PendingScan, Phase, Standing},
    ramp::Ramp,
    time::Time,
};
use claim::Claim;
use history::History;
use probation::Probation;
use proof::Proof;
use voice::Voice;

pub(crate) use evidence::Seen;
pub use heard::LastHeard;
pub use history::Step;
pub use spell::Spell;
pub(crate) use unwell::Unwell;

/// An account of the team, by its place: in the configuration, or behind, for one that joined later. A place
/// is one name's for good, so an account that has left and comes back has its place again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccountId(pub u8);

impl AccountId {
    /// The account at a place in a list of the team's accounts; behind the last place that a team can have, nobody.
    pub fn at(index: usize) -> Self {
        Self(u8::try_from(index).unwrap_or(u8::MAX))
    }

    /// The accounts at the first so many places, in their order.
    pub fn first(count: usize) -> impl Iterator<Item = Self> + Clone {
        (0..count).map(Self::at)
    }

    /// The place in a list of the team's accounts.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// What is to be done for an account now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// Dial it.
    Connect,
    /// Dial it, and take its event stream from whoever holds it.
    Evict,
    /// Open its event stream anew: a service tells on a new one how it stands.
    Reopen,
    /// Ask it for a sign of life.
    Ding,
    /// Have its puppet tell something by its event stream.
    PuppetDing,
    /// Restart its puppet.
    Reset,
    /// Have its puppet log it out.
    Logout,
}

/// What people are to be told of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum News {
    /// It stands somewhere else.
    Step(Step),
    /// It stands where it stood, and it was tried again.
    Still(Spell),
}

/// What an account's login is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Trust {
    /// It works.
    Full,
    /// We reset it: it is to show that this has helped.
    Reset,
    /// We asked it, since we doubted its login: it is to show that others can be heard.
    Doubt,
}

/// What an account passes through while it comes or is reset is told only if it stays there so long.
const PASSING: Duration = Duration::from_secs(10);
/// One account's state.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AccountState {
    phase: Phase,
    /// Since when it is in this phase.
    entered: Time,
    spell: Spell,
    /// Until when passing phases are no news.
    quiet: Option<Time>,
    /// An operator keeps it from work.
    #[cfg_attr(feature = "serde", serde(default))]
    withdrawal: Option<Withdrawal>,
    failures: u32,
    contact_id: Option<String>,
    vigil: Vigil,
    ramp: Ramp,
    /// When it is to be asked how it stands, while it is connected and not logged in.
    ask_at: Option<Time>,
    /// How often it was asked since.
    asked: u32,
    reopened: Option<Time>,
    /// What its next login is worth.
    trust: Trust,
    /// How often it asked for a scan and worked all the same, since its login.
    strays: u32,
    /// A scan that it is believed to ask for only if it does not show by then that it works.
    stray: Option<(Time, PendingScan)>,
    /// Until when it still works when nobody else is left, though it asks for a scan.
    benefit: Option<Time>,
    /// What its login asked for when its connection was lost: its provider may still wait for that.
    #[cfg_attr(feature = "serde", serde(default))]
    challenge: Option<LoginChallenge>,
    #[cfg_attr(feature = "serde", serde(default))]
    proof: Proof,
    /// When it last could not write to the heartbeat contact; `None` if it can, as far as is known.
    no_heartbeat: Option<Time>,
    /// Whether what it says arrives.
    #[cfg_attr(feature = "serde", serde(default))]
    voice: Voice,
    /// Whose its event stream is, if it is not ours.
    claim: Claim,
    /// Its event stream may be deaf, and is watched.
    probation: Option<Probation>,
    /// How often its event stream was found deaf.
    deaf_streams: u32,
    /// Its puppet was asked for a sign of life, for want of something better.
    is_puppet_asked: bool,
    #[cfg_attr(feature = "serde", serde(default))]
    last_heard: Option<LastHeard>,
    /// Since when it has not worked, and what was tried since.
    #[cfg_attr(feature = "serde", serde(default))]
    unwell: Option<Unwell>,
    /// How it was unwell last, if it was reset then.
    #[cfg_attr(feature = "serde", serde(default))]
    lapse: Option<Unwell>,
    pub(crate) ejections: Ejections,
    history: History,
    news: Vec<News>,
}

impl AccountState {
    /// An account that is to be dialled at once.
    pub(crate) fn new(now: Time, vigil: Vigil, ramp_up: Duration) -> Self {
        let cause = String::from("not dialled yet");
        Self {
            phase: Phase::Offline { cause: cause.clone(), retry_at: now },
            entered: now,
            spell: Spell::new(now, Standing::Connecting, cause),
            quiet: None,
            withdrawal: None,
            failures: 0,
            contact_id: None,
            vigil,
            ramp: Ramp::new(ramp_up),
            ask_at: None,
            asked: 0,
            reopened: None,
            trust: Trust::Full,
            strays: 0,
            stray: None,
            benefit: None,
            challenge: None,
            proof: Proof::default(),
            no_heartbeat: None,
            voice: Voice::default(),
            claim: Claim::default(),
            probation: None,
            deaf_streams: 0,
            is_puppet_asked: false,
            last_heard: None,
            unwell: None,
            lapse: None,
            ejections: Ejections::default(),
            history: History::default(),
            news: Vec::new(),
        }
    }

    /// What people have not been told yet.
    pub(crate) fn take_news(&mut self) -> Vec<News> {
        core::mem::take(&mut self.news)
    }

    /// When something is due, or its share of the work grows.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        let life = match &self.phase {
            Phase::Offline { retry_at, .. } => Some(*retry_at),
            Phase::LoggedIn(health) | Phase::WaitingScan { doubted: Some(health), .. } => {
                (!self.is_let_be()).then(|| health.poll_timeout())
            }
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::NotLoggedIn
            | Phase::WaitingScan { doubted: None, .. }
            | Phase::LoggedOut { .. }
            | Phase::Removed => None,
        };
        let stray = self.stray.as_ref().map(|(at, _)| *at);
        let others = [
            self.ramp.poll_timeout(),
            self.ejections.poll_timeout(),
            self.ask_at,
            self.quiet,
            stray,
            self.benefit,
            self.poll_duty(),
            self.poll_proof(),
        ];
        others.into_iter().chain([life]).flatten().min()
    }

    /// Does what is due; true besides, if calls should see it differently. `may_reset` says whether the team
    /// can spare it.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        may_reset: bool,
        draw: &mut dyn FnMut() -> f64,
    ) -> (Option<Due>, bool) {
        let changed =
            self.ejections.handle_timeout(now) | self.ramp.handle_timeout(now) | self.forgets_code(now);
        if self.poll_duty().is_some_and(|until| until <= now) {
            self.resume(now, draw);
        }
        let is_let_be = self.is_let_be();
        if self.quiet.is_some_and(|until| until <= now) {
            self.quiet = None;
            self.judge(now);
        }
        self.benefit.take_if(|until| *until <= now);
        if let Some((_, scan)) = self.stray.take_if(|(at, _)| *at <= now) {
            self.doubt(now, scan, draw);
        }
        if self.ask_at.is_some_and(|at| at <= now) {
            return (Some(self.ask(now, draw)), changed);
        }
        let due = match &mut self.phase {
            Phase::Offline { retry_at, .. } if *retry_at <= now => {
                self.enter(now, Phase::Connecting, draw);
                Some(if !is_let_be && self.claim.evicts(now) { Due::Evict } else { Due::Connect })
            }
            Phase::LoggedIn(health) | Phase::WaitingScan { doubted: Some(health), .. } if !is_let_be => {
                match health.handle_timeout(now, may_reset, draw) {
                    Some(Care::Ding) => Some(Due::Ding),
                    Some(Care::Reset) => {
                        self.is_reset(now);
                        Some(Due::Reset)
                    }
                    None => None,
                }
            }
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedIn(_)
            | Phase::WaitingScan { .. }
            | Phase::LoggedOut { .. }
            | Phase::Removed => None,
        };
        self.judge(now);
        (due, changed)
    }

    /// It can't write to the heartbeat contact. True if that is news.
    pub(crate) fn lose_heartbeat(&mut self, now: Time) -> bool {
        self.has_voice();
        self.no_heartbeat.replace(now).is_none()
    }

    /// It leaves the team: nothing is due for it any more. True if it was there.
    pub(crate) fn leave(&mut self, now: Time) -> bool {
        if self.has_left() {
            return false;
        }
        self.enter(now, Phase::Removed, &mut || 0.5);
        (self.contact_id, self.no_heartbeat, self.ejections) = (None, None, Ejections::default());
        (self.quiet, self.stray, self.last_heard) = (None, None, None);
        self.ramp.end();
        true
    }

    /// It is in the team again, as if for the first time; its history tells that it was there before, what its service may
    /// do to its stream has not changed, and an operator who keeps it from work still does.
    pub(crate) fn rejoin(&mut self, now: Time, vigil: Vigil, ramp_up: Duration) {
        let fresh = Self::new(now, vigil, ramp_up);
        (self.phase, self.entered) = (fresh.phase.clone(), now);
        let cause = match self.is_let_be().then_some(&self.withdrawal) {
            Some(Some(withdrawal)) => withdrawal.to_string(),
            Some(None) | None => fresh.spell.cause().to_string(),
        };
        let standing = if self.is_let_be() { Standing::Maintenance } else { fresh.spell.standing };
        self.begin(now, standing, cause);
        let (history, news) = (core::mem::take(&mut self.history), self.take_news());
        let (probation, withdrawal) = (self.probation.take(), self.withdrawal.take());
        *self = Self { history, news, probation, withdrawal, spell: self.spell.clone(), ..fresh };
    }

    /// Takes a fact; `draw` gives numbers uniform in `0.0..1.0`. True if the phase changed.
    pub(crate) fn handle(
        &mut self,
        now: Time,
        fact: LinkFact,
        backoff: &Backoff,
        draw: &mut dyn FnMut() -> f64,
    ) -> bool {
        if self.has_left() {
            return false;
        }
        let next = match fact {
            LinkFact::Preparing { step } => {
                if !self.is_dialled() {
                    return false;
                }
                Phase::Preparing { step }
            }
            LinkFact::Opened | LinkFact::Evicted if self.is_connected() => return false,
            LinkFact::Opened => self.open(now, false),
            LinkFact::Evicted => self.open(now, true),
            // The same loss may be told twice: by the stream and by a call.
            LinkFact::Lost { .. } | LinkFact::Taken { .. } if matches!(self.phase, Phase::Offline { .. }) => {
                return false;
            }
            LinkFact::Lost { cause } => {
                self.claim.is_lost(now);
                self.lose(now, cause, backoff.delay(self.failures + 1, draw()))
            }
            LinkFact::Taken { holder } => {
                self.claim.is_held(now, holder);
                self.lose(now, self.claim.cause(), backoff.delay(self.failures + 1, draw()))
            }
            // What a stream said before it was lost can't make its account work.
            _ if !self.is_connected() => return false,
            LinkFact::Login { contact_id } => self.log_in(now, contact_id, draw),
            LinkFact::Logout { reason } => Phase::LoggedOut { reason },
            LinkFact::Scan(scan) => return self.scan(now, scan, draw),
            LinkFact::Challenge(challenge) => return self.ask_for(now, challenge, draw),
            LinkFact::CodeRefused { id } => return self.refuses_code(&id),
        };
        let changed = match (&self.phase, &next) {
            // Logged in anew while it was well: a fresh start, and no step of its life.
            (Phase::LoggedIn(_), Phase::LoggedIn(_)) => self.phase.standing() != next.standing(),
            (before, next) => before != next,
        };
        if changed {
            self.enter(now, next, draw);
        } else {
            self.phase = next;
        }
        changed
    }

    fn log_in(&mut self, now: Time, contact_id: String, draw: &mut dyn FnMut() -> f64) -> Phase {
        (self.failures, self.strays, self.challenge) = (0, 0, None);
        // It may have made friends meanwhile.
        self.no_heartbeat = None;
        self.is_now(&contact_id);
        // One that was there before comes back; a new one has nothing to recover from.
        if self.contact_id.replace(contact_id).is_some() && !self.is_available() {
            self.ramp.begin(now);
        }
        let trust = core::mem::replace(&mut self.trust, Trust::Full);
        let make = match trust {
            Trust::Full => Health::new,
            Trust::Reset => Health::on_probation,
            Trust::Doubt => Health::doubted,
        };
        self.quiet = None;
        let mut health = make(now, self.vigil, draw);
        if self.keeps_doubt(trust == Trust::Reset) {
            health.still_doubts_voice(now, draw);
        }
        Phase::LoggedIn(health)
    }

    fn next_ask(&self, now: Time, draw: &mut dyn FnMut() -> f64) -> Time {
        now + self.vigil.fail_after.mul_f64(1.0 + self.vigil.jitter * (2.0 * draw() - 1.0))
    }

    fn enter(&mut self, now: Time, phase: Phase, draw: &mut dyn FnMut() -> f64) {
        self.keeps_challenge(&phase);
        let may_hang = match &phase {
            Phase::NotLoggedIn | Phase::LoggedOut { .. } | Phase::WaitingScan { doubted: None, .. } => true,
            // It is asked and reset as its health is.
            Phase::LoggedIn(_) | Phase::WaitingScan { doubted: Some(_), .. } => false,
            Phase::Connecting | Phase::Preparing { .. } | Phase::Offline { .. } | Phase::Removed => false,
        };
        (self.phase, self.entered, self.asked, self.benefit) = (phase, now, 0, None);
        self.ask_at = may_hang.then(|| self.next_ask(now, draw));
        self.attend_stream(now);
        if self.health().is_none() {
            self.stray = None;
        }
        self.judge(now);
    }

    /// A spell ends where the account truly stands elsewhere; anything else is a repeat.
    fn judge(&mut self, now: Time) {
        let standing = self.standing();
        if standing == self.spell.standing || (standing.is_passing() && self.quiet.is_some()) {
            return;
        }
        let cause = match (&self.withdrawal, &self.phase) {
            (Some(it), _) if standing.is_withdrawn() => it.to_string(),
            (_, Phase::Offline { cause, .. }) => cause.clone(),
            (_, phase) => phase.to_string(),
        };
        self.begin(now, standing, cause);
    }

    fn begin(&mut self, now: Time, standing: Standing, cause: String) {
        // What it passed through was not told until it stayed there; what went on below a withdrawal, not until that ended.
        let is_passing = standing.is_passing() && !self.spell.standing.is_withdrawn();
        let at = if is_passing { self.entered.max(self.spell.since()) } else { now };
        let before = core::mem::replace(&mut self.spell, Spell::new(at, standing, cause));
        self.feels(at, standing);
        let (from, to, cause) = (before.standing, standing, self.text());
        let step = Step { at, from, to, cause, after: at - before.since(), times: 1, last: at };
        self.history.push(step.clone());
        self.news.push(News::Step(step));
    }
}

#[cfg(test)]
mod tests;
