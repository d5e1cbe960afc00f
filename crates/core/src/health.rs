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

    fn proves_speaking(self) -> bool {
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
    pub(crate) fn follow(&mut self, vigil: Vigil, draw: &mut dyn FnMut() -> f64) {
        self.vigil = vigil;
        let reset = self.reset_at.filter(|_| self.condition == Condition::Failed);
        for clock in [Some(&mut self.heard), self.spoken.as_mut()].into_iter().flatten() {
            clock.follow(reset, &vigil, draw);
        }
    }

    /// It is to be asked now, whatever it has shown.
    pub(crate) fn ask(&mut self, now: Time) {
        (self.heard.silent, self.heard.ding_at) = (true, now);
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

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec::Vec};

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    /// No jitter: a draw in the middle.
    fn mid() -> f64 {
        0.5
    }

    fn well() -> Health {
        Health::new(Time::ZERO, Vigil::default(), &mut mid)
    }

    /// Runs it until `end`, and writes what was done when: `d300` for a ding, `r600` for a reset.
    fn run(health: &mut Health, end: u64) -> String {
        let mut done = Vec::new();
        while health.poll_timeout() <= at(end) {
            let now = health.poll_timeout();
            let before = health.condition();
            let mark = match health.handle_timeout(now, true, &mut mid) {
                Some(Care::Ding) => "d",
                Some(Care::Reset) => "r",
                None if before == Condition::Well && health.condition() == Condition::Suspect => "s",
                None => "?",
            };
            done.push(alloc::format!("{mark}{}", now.since_origin().as_secs()));
        }
        done.join(" ")
    }

    #[test]
    fn silence_asks_at_300_then_each_third_and_resets_at_600_and_each_600_after() {
        let mut health = well();
        assert_eq!(run(&mut health, 1_300), "d300 s310 d400 d500 r600 r1200");
        assert_eq!(
            (health.condition(), health.dings_outstanding(), health.resets()),
            (Condition::Failed, 3, 2)
        );
    }

    #[test]
    fn the_intervals_are_off_by_a_sixth_at_the_most() {
        for (draw, ding, fail) in [(0.0, 249, 500), (1.0, 350, 701)] {
            let mut health = Health::new(Time::ZERO, Vigil::default(), &mut || draw);
            assert!(at(ding) <= health.poll_timeout() && health.poll_timeout() <= at(ding + 1), "{draw}");
            while health.condition() != Condition::Failed {
                let now = health.poll_timeout();
                health.handle_timeout(now, true, &mut || draw);
                assert!(now <= at(fail));
            }
        }
    }

    #[test]
    fn each_evidence_of_hearing_ends_the_suspicion_and_begins_anew() {
        for evidence in [Evidence::Message, Evidence::Dong, Evidence::SawTeammate, Evidence::PuppetDong] {
            let mut health = well();
            assert_eq!(run(&mut health, 350), "d300 s310");
            assert!(health.see(at(350), evidence, &mut mid), "{evidence:?}");
            assert_eq!((health.condition(), health.dings_outstanding()), (Condition::Well, 0));
            assert_eq!(run(&mut health, 760), "d650 s660 d750");
        }
    }

    #[test]
    fn a_ding_that_is_answered_in_time_is_no_suspicion() {
        let mut health = well();
        for round in 1..100 {
            let asked = 300 * round + (round - 1);
            assert_eq!(run(&mut health, asked), alloc::format!("d{asked}"));
            assert_eq!(health.condition(), Condition::Well, "it gets work meanwhile");
            assert!(!health.see(at(asked + 1), Evidence::Dong, &mut mid), "and nothing has changed");
            assert_eq!(health.dings_outstanding(), 0);
            assert_eq!(health.last_dong(), Some((Duration::from_secs(1), at(asked + 1))));
        }
    }

    #[test]
    fn where_the_next_ding_comes_sooner_than_the_grace_ends_it_is_suspect_then() {
        let (ding_after, fail_after) = (Duration::from_secs(9), Duration::from_secs(30));
        let mut health = Health::new(Time::ZERO, Vigil { ding_after, fail_after, jitter: 0.0 }, &mut mid);
        assert_eq!(run(&mut health, 9), "d9");
        assert_eq!((run(&mut health, 12).as_str(), health.condition()), ("d12", Condition::Suspect));
    }

    #[test]
    fn one_on_probation_is_asked_at_once_and_well_with_the_answer() {
        let mut health = Health::on_probation(at(10), Vigil::default(), &mut mid);
        assert_eq!((health.condition(), run(&mut health, 20).as_str()), (Condition::Suspect, "d10"));
        assert!(health.see(at(20), Evidence::Dong, &mut mid));
        assert_eq!(run(&mut health, 320), "d320");
    }

    #[test]
    fn a_failed_account_is_well_with_the_first_evidence() {
        let mut health = well();
        run(&mut health, 700);
        assert!(health.see(at(700), Evidence::Dong, &mut mid));
        assert_eq!((health.condition(), health.resets()), (Condition::Well, 0));
    }

    #[test]
    fn evidence_in_time_means_no_ding_at_all() {
        let mut health = well();
        for second in (0..100_000).step_by(200) {
            health.see(at(second), Evidence::Message, &mut mid);
            assert_eq!(run(&mut health, second + 199), "");
        }
    }

    #[test]
    fn a_mute_account_that_hears_is_found_and_hearing_does_not_clear_it() {
        let mut health = well();
        health.spoke(at(10), &mut mid);
        for second in [100, 200, 300] {
            health.see(at(second), Evidence::Message, &mut mid);
        }
        assert_eq!(run(&mut health, 320), "d310 s320");
        assert!(
            !health.see(at(330), Evidence::Message, &mut mid),
            "it hears; the question is whether it speaks"
        );
        assert_eq!(health.condition(), Condition::Suspect);
        assert!(health.see(at(340), Evidence::SeenByTeammate, &mut mid));
        assert_eq!(health.condition(), Condition::Well);
    }

    #[test]
    fn a_deaf_account_whose_words_are_seen_is_found() {
        let mut health = well();
        for second in [100, 200, 299] {
            health.see(at(second), Evidence::SeenByTeammate, &mut mid);
        }
        assert_eq!(run(&mut health, 310), "d300 s310");
        assert!(!health.see(at(311), Evidence::SeenByTeammate, &mut mid));
        assert_eq!(health.condition(), Condition::Suspect);
    }

    #[test]
    fn a_team_that_cannot_spare_it_lets_it_wait() {
        let mut health = well();
        run(&mut health, 599);
        assert_eq!(health.handle_timeout(at(600), false, &mut mid), None);
        assert_eq!((health.condition(), health.resets()), (Condition::Failed, 0));
        assert_eq!(run(&mut health, 700), "r700");
        assert!(health.is_resetting(at(799)) && !health.is_resetting(at(800)));
    }
}
