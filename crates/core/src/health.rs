//! Whether an account works, judged by what WeChat shows, not by what its process says.
//!
//! A service process can be alive while its account neither sends nor receives. So health is silence,
//! measured on two clocks, since an account may be deaf or mute:
//!
//! * **heard**: how long since it was shown anything that somebody else said. Always runs.
//! * **spoken**: how long since it said something that nobody has confirmed. Runs only while something is
//!   unconfirmed: an account that says nothing can't be mute.
//!
//! ```text
//!   evidence ──┐   ding_after         ding_after / 3             fail_after        fail_after
//!   ───────────┴──────────────▶ ding ──────────────▶ ding … ──────────────▶ reset ──────────────▶ reset …
//!     well                        └ GRACE ▶ suspect                         failed
//! ```
//!
//! To be asked is no fault: an account is suspect only once its first ding was not answered for a grace. One that
//! was reset, and one that logged in after we had doubted its login, is on probation: suspect and asked at once.
//!
//! A `dong` stops both clocks: the ding went out, and the dong came in. Evidence is free, a ding is not: a
//! busy account is never asked.

mod clock;
#[cfg(test)]
mod tests;

use core::time::Duration;

use clock::Clock;

use crate::{latency::Latency, time::Time, words::words};

/// The intervals of one account's health.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Vigil {
    /// Silence after which the account is asked for a sign of life; again after each third of it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub ding_after: Duration,
    /// Silence after which it has failed and is reset; again after each of it.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    pub fail_after: Duration,
    /// By which share, up or down, each interval is off, so that accounts are not asked all at once.
    pub jitter: f64,
}

impl Default for Vigil {
    fn default() -> Self {
        Self { ding_after: Duration::from_secs(300), fail_after: Duration::from_secs(600), jitter: 0.1667 }
    }
}

/// How long a ding may go unanswered before the account is suspect; at most until the next one.
const GRACE: Duration = Duration::from_secs(10);

words! {
    /// What showed that an account works.
    pub enum Evidence {
        /// It was shown a message of somebody who is not of the team.
        Message = "message",
        /// The heartbeat contact answered.
        Dong = "dong",
        /// It saw what a teammate said: it receives.
        SawTeammate = "saw-teammate",
        /// A teammate saw what it said: it sends.
        SeenByTeammate = "seen-by-teammate",
        /// Its puppet answered a ding of its own. Weaker: it says nothing of WeChat.
        PuppetDong = "puppet-dong",
        /// It logged in.
        Login = "login",
    }
}

/// Each question is answered for each of them: what is new can be forgotten nowhere.
impl Evidence {
    /// Whether it shows that the account itself is shown what others say: so it is logged in. That a teammate saw
    /// what it said may be its person's phone.
    pub(crate) fn shows_login(self) -> bool {
        match self {
            Self::Message | Self::Dong | Self::SawTeammate => true,
            Self::SeenByTeammate | Self::PuppetDong | Self::Login => false,
        }
    }

    /// Whether it answers a ding.
    pub(crate) fn is_dong(self) -> bool {
        match self {
            Self::Dong | Self::PuppetDong => true,
            Self::Message | Self::SawTeammate | Self::SeenByTeammate | Self::Login => false,
        }
    }

    /// Whether it says only that a process lives.
    pub fn is_weak(self) -> bool {
        match self {
            Self::PuppetDong => true,
            Self::Message | Self::Dong | Self::SawTeammate | Self::SeenByTeammate | Self::Login => false,
        }
    }

    fn proves_hearing(self) -> bool {
        match self {
            Self::Message | Self::Dong | Self::SawTeammate | Self::PuppetDong | Self::Login => true,
            Self::SeenByTeammate => false,
        }
    }

    pub(crate) fn proves_speaking(self) -> bool {
        match self {
            Self::Dong | Self::SeenByTeammate | Self::PuppetDong | Self::Login => true,
            Self::Message | Self::SawTeammate => false,
        }
    }
}

/// How well an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Condition {
    /// There is evidence.
    Well,
    /// It was asked for a sign of life, and has not given one.
    Suspect,
    /// It has been silent for too long.
    Failed,
}

/// What is to be done about an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Ask it for a sign of life.
    Ding,
    /// Restart its puppet.
    Reset,
}

/// One account's health, from a login until it is logged out, asked to scan, or lost.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Health {
    vigil: Vigil,
    heard: Clock,
    /// Since the first thing said that nobody has confirmed.
    spoken: Option<Clock>,
    last: (Time, Evidence),
    condition: Condition,
    /// Dings since the last evidence.
    dings: u32,
    /// When it is suspect, if the ding that it was sent is not answered.
    suspect_at: Option<Time>,
    resets: u32,
    reset_at: Option<Time>,
    /// Only what shows that it is logged in makes it well.
    is_doubted: bool,
    #[cfg_attr(feature = "serde", serde(default))]
    latency: Latency,
}

impl Health {
    /// An account that has just logged in. `draw` gives numbers uniform in `0.0..1.0`.
    pub(crate) fn new(now: Time, vigil: Vigil, draw: &mut dyn FnMut() -> f64) -> Self {
        Self {
            heard: Clock::start(now, &vigil, draw),
            spoken: None,
            last: (now, Evidence::Login),
            condition: Condition::Well,
            dings: 0,
            suspect_at: None,
            resets: 0,
            reset_at: None,
            is_doubted: false,
            latency: Latency::default(),
            vigil,
        }
    }

    /// An account that must show first that it works: it is asked at once.
    pub(crate) fn on_probation(now: Time, vigil: Vigil, draw: &mut dyn FnMut() -> f64) -> Self {
        let mut health = Self::new(now, vigil, draw);
        (health.condition, health.heard.silent, health.heard.ding_at) = (Condition::Suspect, true, now);
        health
    }

    /// The same, where even its login is in doubt: that its puppet answers is not enough.
    pub(crate) fn doubted(now: Time, vigil: Vigil, draw: &mut dyn FnMut() -> f64) -> Self {
        Self { is_doubted: true, ..Self::on_probation(now, vigil, draw) }
    }

    /// From now on it is judged by this vigil, also by the silence that has begun.
    pub(crate) fn follow(&mut self, now: Time, vigil: Vigil, draw: &mut dyn FnMut() -> f64) {
        self.vigil = vigil;
        let reset = self.reset_at.filter(|_| self.condition == Condition::Failed);
        for clock in [Some(&mut self.heard), self.spoken.as_mut()].into_iter().flatten() {
            clock.follow(now, reset, &vigil, draw);
        }
    }

    /// It is to be asked now, whatever it has shown.
    pub(crate) fn ask(&mut self, now: Time) {
        (self.heard.silent, self.heard.ding_at) = (true, now);
    }

    /// It is asked for what its answer tells of others.
    pub(crate) fn is_compared(&mut self, now: Time) {
        self.latency.ding(now);
    }

    /// How well it is.
    pub fn condition(&self) -> Condition {
        self.condition
    }

    /// The last evidence, and when it was.
    pub fn last_evidence(&self) -> (Time, Evidence) {
        self.last
    }

    /// Dings that have not been answered.
    pub fn dings_outstanding(&self) -> u32 {
        self.dings
    }

    /// How long the last ding took that was answered, and when its dong came.
    pub fn last_dong(&self) -> Option<(Duration, Time)> {
        self.latency.last()
    }

    /// Resets since the last evidence.
    pub fn resets(&self) -> u32 {
        self.resets
    }

    /// Whether it was reset so lately that it can't have come back yet: within a third of `ding_after`.
    pub(crate) fn is_resetting(&self, now: Time) -> bool {
        self.reset_at.is_some_and(|at| now - at < self.vigil.ding_after / 3)
    }

    /// Its puppet is restarted, whatever its silence says.
    pub(crate) fn is_reset(&mut self, now: Time) {
        self.reset_at = Some(now);
    }

    /// When something is due.
    pub fn poll_timeout(&self) -> Time {
        let due = |clock: &Clock| match self.condition {
            // A failed account is only reset: a ding would tell nothing new.
            Condition::Failed => clock.fail_at,
            Condition::Well | Condition::Suspect => clock.ding_at.min(clock.fail_at),
        };
        let clocks = [Some(&self.heard), self.spoken.as_ref()].into_iter().flatten().map(due);
        clocks.chain(self.suspect_at).min().unwrap_or(self.heard.fail_at)
    }

    /// Something shows that it works. True if it is well again.
    pub(crate) fn see(&mut self, now: Time, evidence: Evidence, draw: &mut dyn FnMut() -> f64) -> bool {
        self.last = (now, evidence);
        if evidence.is_dong() {
            self.latency.dong(now);
        }
        if self.is_doubted && !evidence.shows_login() {
            return false;
        }
        self.is_doubted = false;
        if evidence.proves_hearing() {
            self.heard = Clock::start(now, &self.vigil, draw);
        }
        if evidence.proves_speaking() {
            self.spoken = None;
        }
        // What one clock has found the other's evidence can't undo.
        if self.heard.silent || self.spoken.is_some_and(|clock| clock.silent) {
            return false;
        }
        (self.dings, self.resets, self.suspect_at) = (0, 0, None);
        core::mem::replace(&mut self.condition, Condition::Well) != Condition::Well
    }

    /// It said something, and its service believes that it is said.
    pub(crate) fn spoke(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        if self.spoken.is_none() {
            self.spoken = Some(Clock::start(now, &self.vigil, draw));
        }
    }

    /// What it says may reach nobody, though it hears: it is asked now, and until somebody confirms that it is heard, hearing
    /// alone does not make it well.
    pub(crate) fn doubt_voice(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        let clock = self.spoken.get_or_insert_with(|| Clock::start(now, &self.vigil, draw));
        clock.ding_at = clock.ding_at.min(now);
    }

    /// The same of one that was reset for that, and is asked as soon as it is back.
    pub(crate) fn still_doubts_voice(&mut self, now: Time, draw: &mut dyn FnMut() -> f64) {
        self.spoken = Some(Clock { silent: true, ding_at: now, ..Clock::start(now, &self.vigil, draw) });
    }

    /// What it says may well be heard: whoever was to tell is not there.
    pub(crate) fn believe_voice(&mut self) {
        self.spoken = None;
    }

    /// Whether it hears, and what it says is confirmed by nobody.
    pub fn is_mute(&self) -> bool {
        !self.heard.silent && self.spoken.is_some_and(|clock| clock.silent)
    }

    /// Does what is due. `may_reset` says whether the team can spare it now; if not, it is asked again soon.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Time,
        may_reset: bool,
        draw: &mut dyn FnMut() -> f64,
    ) -> Option<Care> {
        if self.poll_timeout() > now {
            return None;
        }
        let failed =
            [Some(&self.heard), self.spoken.as_ref()].into_iter().flatten().any(|it| it.fail_at <= now);
        let vigil = self.vigil;
        let clocks = [Some(&mut self.heard), self.spoken.as_mut()].into_iter().flatten();
        if failed {
            (self.condition, self.suspect_at) = (Condition::Failed, None);
            // One reset serves both.
            let again =
                if may_reset { Clock::start(now, &vigil, draw).fail_at } else { now + vigil.ding_after / 3 };
            for clock in clocks {
                (clock.silent, clock.fail_at) = (clock.silent || clock.fail_at <= now, again);
            }
            if !may_reset {
                return None;
            }
            (self.resets, self.reset_at) = (self.resets + 1, Some(now));
            return Some(Care::Reset);
        }
        let (mut is_due, mut next) = (false, now + GRACE);
        // One ding asks for both.
        for clock in clocks {
            if clock.ding_at <= now {
                (clock.silent, clock.ding_at, is_due) = (true, now + clock.every, true);
            }
            next = next.min(clock.ding_at);
        }
        if self.suspect_at.is_some_and(|at| at <= now) {
            (self.condition, self.suspect_at) = (Condition::Suspect, None);
        }
        if !is_due {
            return None;
        }
        self.dings += 1;
        self.latency.ding(now);
        if self.condition == Condition::Well && self.suspect_at.is_none() {
            self.suspect_at = Some(next);
        }
        Some(Care::Ding)
    }
}
