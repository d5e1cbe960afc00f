//! An account's event stream: opened, lost, taken from its holder, and watched while it may be deaf.

use alloc::string::String;
use core::time::Duration;

use super::{AccountState, Due, News, PASSING, Probation, Trust};
use crate::{
    phase::{PendingScan, Phase, Standing},
    time::Time,
};

impl AccountState {
    /// How often somebody else's hold of its event stream was ended.
    pub fn evictions(&self) -> u32 {
        self.claim.evictions()
    }

    /// How often its event stream was found deaf, and opened anew.
    pub fn deaf_streams(&self) -> u32 {
        self.deaf_streams
    }

    /// Its stream is to be opened anew, since it can't be asked otherwise. It counts as logged in only with
    /// evidence, whatever it says.
    pub(crate) fn reopen(&mut self, now: Time) {
        (self.reopened, self.trust) = (Some(now), Trust::Doubt);
    }

    /// Its puppet is being restarted: what it passes through meanwhile is no news.
    pub(super) fn is_reset(&mut self, now: Time) {
        (self.trust, self.quiet, self.challenge) = (Trust::Reset, Some(now + PASSING), None);
        if let Phase::WaitingScan { challenge, .. } = &mut self.phase {
            *challenge = None;
        }
        self.counts_reset(now);
        self.probation = Some(Probation::of_reset(now));
        self.attend_stream(now);
    }

    /// Until when its event stream is watched, since it may go deaf.
    pub fn on_probation_until(&self) -> Option<Time> {
        self.probation.as_ref().map(Probation::until)
    }

    /// Its event stream is open; perhaps it was taken from somebody. Then its puppet was restarted, as by a reset.
    pub(super) fn open(&mut self, now: Time, was_taken: bool) -> Phase {
        if was_taken {
            (self.trust, self.probation) = (Trust::Reset, Some(Probation::new(now)));
        }
        self.claim.is_ours(was_taken);
        self.quiet = Some(now + PASSING);
        match self.kept_challenge().filter(|_| !was_taken) {
            // Its puppet tells of that once.
            Some(challenge) => {
                Phase::WaitingScan { scan: PendingScan::default(), doubted: None, challenge: Some(challenge) }
            }
            None => Phase::NotLoggedIn,
        }
    }

    /// It has no event stream, and is dialled again after `delay`, or as soon as that may be taken from its holder.
    pub(super) fn lose(&mut self, now: Time, cause: String, delay: Duration) -> Phase {
        self.failures += 1;
        if self.trust != Trust::Reset {
            self.quiet = None;
        }
        if self.spell.standing == Standing::Offline && self.spell.repeat(cause.clone()) {
            self.news.push(News::Still(self.spell.clone()));
        }
        // One that is let be is taken from nobody.
        let evict_at = self.claim.evict_at().filter(|_| !self.is_let_be());
        let retry_at = evict_at.map_or(now + delay, |at| at.min(now + delay));
        Phase::Offline { cause, retry_at }
    }

    /// It stands elsewhere: only one whose puppet has told how it stands can be made to tell something.
    pub(super) fn attend_stream(&mut self, now: Time) {
        let is_there = match self.phase {
            Phase::LoggedIn(_) | Phase::WaitingScan { .. } | Phase::LoggedOut { .. } => true,
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::Removed => false,
        };
        if let Some(probation) = &mut self.probation {
            probation.attend(now, is_there);
        }
    }

    /// When something is due for its event stream.
    pub(crate) fn poll_stream(&self) -> Option<Time> {
        let is_watched = !self.has_left() && !self.is_let_be();
        self.probation.as_ref().filter(|_| is_watched).map(Probation::poll_timeout)
    }

    /// Does what is due for its event stream.
    pub(crate) fn watch_stream(&mut self, now: Time) -> Option<Due> {
        if self.has_left() || self.is_let_be() {
            return None;
        }
        self.probation.take_if(|probation| probation.is_over(now));
        let due = self.probation.as_mut().and_then(|probation| probation.handle_timeout(now));
        self.deaf_streams += u32::from(due == Some(Due::Reopen));
        due
    }

    /// Something that happened came by its event stream at `at`.
    pub(crate) fn stream_tells(&mut self, at: Time) {
        if let Some(probation) = &mut self.probation {
            probation.heard(at);
        }
    }

    /// Its puppet has taken a ding of its own.
    pub(crate) fn takes_ding(&mut self, now: Time) {
        if let Some(probation) = &mut self.probation {
            probation.is_taken(now);
        }
    }

    /// Its puppet is asked for a sign of life.
    pub(crate) fn asks_puppet(&mut self) {
        self.is_puppet_asked = true;
    }

    /// Its puppet's own dong has come. True if it was asked for a sign of life: one that was to show only that the
    /// stream hears says nothing of the account.
    pub(crate) fn takes_dong(&mut self) -> bool {
        core::mem::take(&mut self.is_puppet_asked) || self.probation.is_none()
    }
}
