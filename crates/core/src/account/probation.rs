//! Whether an account's event stream still tells anything, while that is in doubt.
//!
//! A stock service keeps one variable for its stream. When an evicted client's call closes at last, which may be a
//! quarter of an hour later, its end clears that variable, though it is another's by then: that stream stays open,
//! and nothing ever comes by it. Every call is answered meanwhile, so nothing but silence shows it.
//!
//! A reset does not heal it either: `Stop` ends the stream that the variable names.
//!
//! So a stream that was taken from somebody, and that of an account that was reset, is on probation: where nothing has come by it for a while, the puppet is made to
//! tell something (its own ding, which says nothing in WeChat). If its dong does not come, the stream is deaf; what is
//! deaf is the *stream*, so it is closed and opened anew, and the puppet runs on.
//!
//! ```text
//!            5 s without anything        the puppet takes it        3 s without anything
//!   heard ───────────────────────▶ ding ─────────────────────▶ … ────────────────────────▶ open anew
//!     ▲                             │ ▲ refused, or no answer                                │
//!     └─────── anything that comes ─┴─┴──────────────────────────────────────────────────────┘ 5 s, 10 s, 20 s …
//! ```
//!
//! A stream that is not read is not deaf: what its account told before waits, as it does of a slow puppet, and the dong stands
//! behind that. Its link says so, and that counts as something that came. So does that nobody looked for a while.
//!
//! A puppet that never answers its dings has its stream opened anew seldomer each time. The probation is about the stream
//! alone: whether the account works in WeChat is asked as ever, by its health.

use core::time::Duration;

use super::Due;
use crate::time::Time;

/// How long a stream is on probation: Linux gives up a connection that is not answered after 15 minutes.
const PROBATION: Duration = Duration::from_secs(20 * 60);
/// How long nothing may come by it before the puppet is made to tell something.
const EVERY: Duration = Duration::from_secs(5);
/// How long the dong may take once the puppet has taken the ding.
const DONG_WITHIN: Duration = Duration::from_secs(3);
/// Whoever looks so much later than was asked for was kept from it, and so was whoever was to tell of the dong.
const LATE: Duration = Duration::from_secs(1);
/// The longest pause before a stream that was opened in vain is asked again.
const SELDOMEST: Duration = Duration::from_secs(300);
/// How long a puppet that is reset is let be; mostly its stream ends, and it is asked as soon as it is back.
const RESTART: Duration = Duration::from_secs(30);
/// How long a stream that was opened anew is watched at least.
const AFTERWARDS: Duration = Duration::from_secs(60);

/// A stream that may be deaf.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Probation {
    until: Time,
    /// How often it was opened anew since something came by it.
    in_vain: u32,
    step: Watching,
}

/// What the stream is waited for.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Watching {
    /// There is no stream, or nobody who could tell something.
    Rests,
    /// Its puppet is asked then, if nothing comes before.
    Hears { ding_at: Time },
    /// Its puppet was asked, and has not said that it will answer.
    Asked { at: Time },
    /// Its puppet has taken the ding; the dong is due.
    Expects { asked: Time, by: Time },
}

impl Probation {
    /// It begins, where the account is to come yet.
    pub(super) fn new(now: Time) -> Self {
        Self { until: now + PROBATION, in_vain: 0, step: Watching::Rests }
    }

    /// It begins, of an account that is being reset.
    pub(super) fn of_reset(now: Time) -> Self {
        Self { step: Watching::Hears { ding_at: now + RESTART }, ..Self::new(now) }
    }

    /// Until when it lasts.
    pub(super) fn until(&self) -> Time {
        self.until
    }

    /// The account is there, or is not there, to be asked.
    pub(super) fn attend(&mut self, now: Time, is_there: bool) {
        self.step = match (self.step, is_there) {
            (_, false) => Watching::Rests,
            (Watching::Rests, true) => Watching::Hears { ding_at: now },
            (step, true) => step,
        };
    }

    /// Something came by the stream at `at`.
    pub(super) fn heard(&mut self, at: Time) {
        match self.step {
            Watching::Rests => return,
            Watching::Hears { .. } => {}
            // It may have come before the ding.
            Watching::Asked { at: asked } | Watching::Expects { asked, .. } if at < asked => return,
            Watching::Asked { .. } | Watching::Expects { .. } => {}
        }
        self.in_vain = 0;
        self.step = Watching::Hears { ding_at: at + EVERY };
    }

    /// The puppet says that it has taken the ding.
    pub(super) fn is_taken(&mut self, now: Time) {
        if let Watching::Asked { at: asked } = self.step {
            self.step = Watching::Expects { asked, by: now + DONG_WITHIN };
        }
    }

    /// When something is due.
    pub(super) fn poll_timeout(&self) -> Time {
        let due = match self.step {
            Watching::Rests => self.until,
            Watching::Hears { ding_at } => ding_at,
            Watching::Asked { at } => at + EVERY,
            Watching::Expects { by, .. } => by,
        };
        due.min(self.until)
    }

    /// Whether it is over.
    pub(super) fn is_over(&self, now: Time) -> bool {
        self.until <= now
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Time) -> Option<Due> {
        if self.poll_timeout() > now {
            return None;
        }
        match self.step {
            Watching::Rests => None,
            Watching::Hears { .. } | Watching::Asked { .. } => {
                self.step = Watching::Asked { at: now };
                Some(Due::PuppetDing)
            }
            Watching::Expects { asked, by } if now > by + LATE => {
                self.step = Watching::Expects { asked, by: now + DONG_WITHIN };
                None
            }
            Watching::Expects { .. } => {
                let pause = EVERY.saturating_mul(1 << self.in_vain.min(16)).min(SELDOMEST);
                self.in_vain += 1;
                self.step = Watching::Hears { ding_at: now + pause };
                self.until = self.until.max(now + AFTERWARDS);
                Some(Due::Reopen)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::String, vec::Vec};

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn begun() -> Probation {
        let mut probation = Probation::new(at(0));
        probation.attend(at(0), true);
        probation
    }

    /// Runs it until `end`, and writes what was done when: `d5` for a ding, `o8` for a stream that is opened anew. The
    /// puppet takes each ding, and answers if `answers`.
    fn run(probation: &mut Probation, end: u64, takes: bool, answers: bool) -> String {
        let mut done = Vec::new();
        while probation.poll_timeout() <= at(end) && !probation.is_over(probation.poll_timeout()) {
            let now = probation.poll_timeout();
            let mark = match probation.handle_timeout(now) {
                Some(Due::PuppetDing) => "d",
                Some(Due::Reopen) => "o",
                _ => "?",
            };
            if mark == "d" && takes {
                probation.is_taken(now);
            }
            if mark == "d" && answers {
                probation.heard(now);
            }
            done.push(alloc::format!("{mark}{}", now.since_origin().as_secs()));
        }
        done.join(" ")
    }

    #[test]
    fn a_stream_that_hears_is_asked_each_five_seconds_for_twenty_minutes() {
        let mut probation = begun();
        assert_eq!(run(&mut probation, 21, true, true), "d0 d5 d10 d15 d20");
        let rest = run(&mut probation, 2_000, true, true);
        assert!(rest.ends_with("d1190 d1195") && !rest.contains('o'), "{rest}");
        assert!(probation.is_over(at(1_200)));
    }

    #[test]
    fn a_deaf_one_is_opened_anew_three_seconds_after_the_ding_and_seldomer_each_time() {
        let mut probation = begun();
        run(&mut probation, 100, true, true);
        let deaf = run(&mut probation, 300, true, false);
        assert_eq!(deaf, "d105 o108 d113 o116 d126 o129 d149 o152 d192 o195 d275 o278");
        assert_eq!(run(&mut probation, 450, true, true), "d438 d443 d448", "and once it hears, as before");
    }

    #[test]
    fn what_comes_by_it_is_as_good_as_a_dong_and_spares_the_ding() {
        let mut probation = begun();
        for second in 0..100 {
            probation.heard(at(second));
            assert_eq!(run(&mut probation, second, true, false), "");
        }
        assert_eq!(run(&mut probation, 106, true, false), "d104");
        probation.heard(at(103));
        assert_eq!(run(&mut probation, 107, true, false), "o107", "that was told before the ding");
    }

    #[test]
    fn a_puppet_that_does_not_take_the_ding_says_nothing_of_the_stream() {
        let mut probation = begun();
        let done = run(&mut probation, 100, false, false);
        assert!(done.starts_with("d0 d5 d10") && !done.contains('o'), "{done}");
    }

    #[test]
    fn while_there_is_no_stream_nothing_is_asked_and_the_time_goes_on() {
        let mut probation = begun();
        run(&mut probation, 7, true, true);
        probation.attend(at(8), false);
        probation.heard(at(8));
        assert_eq!(run(&mut probation, 1_100, true, true), "");
        probation.attend(at(1_100), true);
        assert!(run(&mut probation, 2_000, true, true).ends_with("d1195"));
    }

    #[test]
    fn who_looks_too_late_looks_once_more_before_it_is_deaf() {
        let mut probation = begun();
        assert_eq!(run(&mut probation, 2, true, false), "d0");
        assert_eq!(probation.handle_timeout(at(60)), None, "what came meanwhile may not have been told yet");
        probation.heard(at(60));
        assert_eq!(run(&mut probation, 66, true, false), "d65");
        assert_eq!(probation.handle_timeout(at(120)), None);
        assert_eq!(
            run(&mut probation, 124, true, false),
            "o123",
            "nothing has come, though it was looked for"
        );
    }

    #[test]
    fn one_that_was_deaf_at_the_end_is_watched_for_another_minute() {
        let mut probation = begun();
        run(&mut probation, 1_192, true, true);
        assert_eq!(run(&mut probation, 1_198, true, false), "d1195 o1198");
        assert!(!probation.is_over(at(1_257)) && probation.is_over(at(1_258)));
    }
}
