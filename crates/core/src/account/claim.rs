//! Whose an account's event stream is, where it is not ours, and when it is taken from its holder.
//!
//! A puppet service has one event stream, and refuses a second one. What holds the first may be dead: of a connection
//! whose other end froze, or fell off the network, a service learns nothing for a quarter of an hour, or ever. So a
//! holder is evicted: the puppet's `Stop` ends the stream, whose ever it is.
//!
//! The holder may as well live: a second gateway that has the same account, or somebody's own bot. If that takes the
//! stream back, as we did, both would restart the puppet for ever. But the dead take nothing. So each time that the
//! stream was taken *from us*, or kept in spite of a `Stop`, counts for a day, and the next eviction waits longer:
//!
//! | taken from us within a day | it is evicted once it has held the stream for |
//! |---|---|
//! | never | 2 s |
//! | once | 30 s |
//! | twice | 5 min |
//! | more often | not before a day has passed since the last time |
//!
//! So two gateways come to rest: within a quarter of an hour one of them leaves the account to the other, and says so.

use alloc::{format, string::String};
use core::time::Duration;

use crate::{phase::Holder, time::Time};

/// How long a holder is let be, by how often the stream was taken from us.
const PATIENCE: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(30), Duration::from_secs(300)];
/// How long it counts that the stream was taken from us.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What is known of the holder of an account's event stream.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Claim {
    /// Since when somebody else has held the stream.
    held: Option<Time>,
    /// How often it was taken from us, and when last.
    taken: Option<(u32, Time)>,
    /// Its holder is being evicted, and nobody knows yet what came of that.
    is_evicting: bool,
    /// How often we took it from somebody.
    evictions: u32,
}

impl Claim {
    /// Somebody else holds the stream.
    pub(super) fn is_held(&mut self, now: Time, holder: Holder) {
        self.held.get_or_insert(now);
        self.is_evicting = false;
        match holder {
            Holder::Unknown => self.forget(now),
            Holder::TookIt | Holder::KeptIt => self.counts(now),
        }
    }

    /// The stream is ours.
    pub(super) fn is_ours(&mut self, was_evicted: bool) {
        (self.held, self.is_evicting) = (None, false);
        self.evictions = self.evictions.saturating_add(u32::from(was_evicted));
    }

    /// Nobody knows whose the stream is. A holder that was evicted in vain is not evicted at once again.
    pub(super) fn is_lost(&mut self, now: Time) {
        if core::mem::take(&mut self.is_evicting) {
            self.counts(now);
        }
        self.held = None;
    }

    /// Whether the holder is to be evicted now; it is, then.
    pub(super) fn evicts(&mut self, now: Time) -> bool {
        self.is_evicting = self.evict_at().is_some_and(|at| at <= now);
        self.is_evicting
    }

    /// The process that dialled is gone: what it was about to do says nothing of the holder.
    pub(super) fn restart(&mut self) {
        (self.held, self.is_evicting) = (None, false);
    }

    fn counts(&mut self, now: Time) {
        self.forget(now);
        let times = self.taken.map_or(0, |(times, _)| times);
        self.taken = Some((times.saturating_add(1), now));
    }

    fn forget(&mut self, now: Time) {
        self.taken.take_if(|(_, at)| now - *at >= DAY);
    }

    /// When the holder is to be evicted, if there is one.
    pub(super) fn evict_at(&self) -> Option<Time> {
        let held = self.held?;
        let Some((times, at)) = self.taken else { return Some(held + PATIENCE[0]) };
        let patience = usize::try_from(times).ok().and_then(|times| PATIENCE.get(times));
        Some(patience.map_or(at + DAY, |patience| held.max(at) + *patience))
    }

    /// Whether somebody else has the stream, who is let be for minutes at least: it was taken from us twice within a day.
    pub(super) fn is_given_up(&self) -> bool {
        self.held.is_some() && self.taken.is_some_and(|(times, _)| times >= 2)
    }

    /// Whether somebody else holds the stream, as far as is known.
    pub(super) fn is_theirs(&self) -> bool {
        self.held.is_some()
    }

    /// How often a holder was evicted.
    pub(super) fn evictions(&self) -> u32 {
        self.evictions
    }

    /// Why there is no stream, and what would help.
    pub(super) fn cause(&self) -> String {
        let times = self.taken.map_or(0, |(times, _)| times);
        let next = usize::try_from(times).ok().and_then(|times| PATIENCE.get(times));
        match (times, next) {
            (0, _) => String::from(
                "another client holds its event stream, and a puppet service has only one: it is evicted in a moment, \
                 since it may be a connection that died; if it lives, end it",
            ),
            (_, Some(next)) => format!(
                "another client has taken its event stream from us, and a puppet service has only one: end that \
                 client; it is evicted once more if it goes on for {} s",
                next.as_secs()
            ),
            (times, None) => format!(
                "another client keeps taking its event stream from us, {times} times within a day, and a puppet service \
                 has only one: end that client, or take the account out of this team; for a day it is evicted no more"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn a_holder_that_may_be_dead_is_let_be_for_two_seconds_however_often_that_is_asked() {
        let mut claim = Claim::default();
        assert_eq!(claim.evict_at(), None);
        for now in [10, 11, 11] {
            claim.is_held(at(now), Holder::Unknown);
            assert_eq!(claim.evict_at(), Some(at(12)));
        }
        claim.is_ours(true);
        assert_eq!((claim.evict_at(), claim.evictions()), (None, 1));
        // Its own connection dies again and again, as behind a bad line: that is no other client.
        for hour in 1..100 {
            claim.is_held(at(3_600 * hour), Holder::Unknown);
            assert_eq!(claim.evict_at(), Some(at(3_600 * hour + 2)));
            claim.is_ours(true);
        }
    }

    #[test]
    fn one_that_takes_the_stream_back_is_let_be_for_longer_each_time_and_then_for_a_day() {
        let mut claim = Claim::default();
        let mut now = 0;
        let mut waits = std::vec::Vec::new();
        for _ in 0..4 {
            claim.is_held(at(now), Holder::TookIt);
            claim.is_held(at(now + 1), Holder::Unknown);
            let due = claim.evict_at().expect("it is held").since_origin().as_secs();
            waits.push(due - now);
            claim.is_ours(true);
            now = due + 1;
        }
        assert_eq!(waits, [30, 300, 86_400, 30], "and what is a day ago is forgotten");
    }

    #[test]
    fn one_that_keeps_the_stream_in_spite_of_a_stop_is_not_stopped_at_once_again() {
        let mut claim = Claim::default();
        claim.is_held(at(0), Holder::Unknown);
        claim.is_held(at(2), Holder::KeptIt);
        assert_eq!(claim.evict_at(), Some(at(32)));
        claim.is_held(at(32), Holder::KeptIt);
        assert_eq!(claim.evict_at(), Some(at(332)));
        claim.is_held(at(332), Holder::KeptIt);
        assert_eq!(claim.evict_at(), Some(at(332) + DAY));
    }

    #[test]
    fn an_eviction_of_which_nothing_comes_counts_as_one_in_vain() {
        let mut claim = Claim::default();
        claim.is_held(at(0), Holder::Unknown);
        assert!(!claim.evicts(at(1)) && claim.evicts(at(2)));
        claim.is_lost(at(12));
        claim.is_held(at(13), Holder::Unknown);
        assert_eq!(claim.evict_at(), Some(at(43)));
        claim.is_lost(at(14));
        claim.is_held(at(15), Holder::Unknown);
        assert_eq!(claim.evict_at(), Some(at(45)), "a dial that came to nothing is no eviction");
    }

    #[test]
    fn its_words_say_what_will_be_done_and_what_would_help() {
        let mut claim = Claim::default();
        claim.is_held(at(0), Holder::Unknown);
        assert!(claim.cause().contains("evicted in a moment"), "{}", claim.cause());
        claim.is_held(at(1), Holder::TookIt);
        assert!(claim.cause().contains("once more if it goes on for 30 s"), "{}", claim.cause());
        claim.is_held(at(2), Holder::TookIt);
        claim.is_held(at(3), Holder::TookIt);
        assert!(
            claim.cause().contains("keeps taking its event stream from us, 3 times"),
            "{}",
            claim.cause()
        );
        assert!(claim.cause().contains("end that client"), "{}", claim.cause());
    }
}
