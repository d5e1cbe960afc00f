//! Which occurrence a copy belongs to, if it belongs to one that is known.
//!
//! Receive times decide, as far as they can. Where an account may have been away they can't: then it counts
//! what the copy's own time says, and whether its account was there when the occurrence was shown. Who can't
//! have been shown it, and shows the same with a time of its own, shows another: people repeat themselves
//! just when something has failed.

use core::{num::NonZeroU64, time::Duration};

use super::{
    Dedup, Key,
    clocks::{DOUBT, Grain, Origin},
    occurrence::Occurrence,
};
use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

/// How much later than an account's first copy the same under a new id is a repeat, and no second message of
/// the same second.
const REPEAT: Duration = Duration::from_secs(2);
/// What comes again because its account came back comes so soon after that, by a clock that may be coarse; and
/// so soon by one that is known to be.
const REPLAY: Duration = Duration::from_secs(30);
const COARSE_REPLAY: Duration = Duration::from_secs(10);
/// Of how many occurrences, the latest, an account that came back may show the same again under new ids.
const REPLAYED: usize = 256;

/// What is said now is shown so soon by a clock that was compared, and as little too soon.
const LIVE: Duration = Duration::from_secs(5);
/// The same by a clock that was not compared. Of the future it can show nothing.
const LIVE_IN_DOUBT: Duration = Duration::from_secs(3);
const FUTURE_IN_DOUBT: Duration = Duration::from_millis(500);
/// What is said so much later than something was shown is something else, for an account that was there.
const APART: Duration = Duration::from_secs(10);
/// The same for an account that came back between the two.
const APART_AFTER_AWAY: Duration = Duration::from_secs(3);
/// Times are often cut to whole seconds.
const SECOND: Duration = Duration::from_secs(1);

/// A copy, as it is to be placed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placing {
    pub(super) now: Time,
    /// When its account told of it.
    pub(super) told: Time,
    pub(super) digest: u128,
    pub(super) account: AccountId,
    pub(super) origin: Option<Origin>,
    /// What it is about, if that is known.
    pub(super) about: Option<NonZeroU64>,
    /// Since when its account has been there without a break; `None` if that is not known.
    pub(super) here: Option<Time>,
}

impl Dedup {
    /// The occurrence that a copy belongs to: one that its account has not shown.
    pub(super) fn place(&self, copy: &Placing) -> Option<u64> {
        // What its account may have been away for is looked for where its time says.
        let by_its_time = copy.origin.filter(|it| it.is_doubtful || self.is_late(copy.now, it.at));
        let near = by_its_time.and_then(|origin| self.near(copy, origin));
        near.or_else(|| self.recent(copy))
    }

    /// Whether something that is shown now was said so long ago that it may not be among the recent. Times
    /// are of whole seconds, and clocks are known by about as much.
    fn is_late(&self, now: Time, said: Time) -> bool {
        now - said > self.recall.window / 2
    }

    /// The one that was said when the copy was, by a clock that is known; or else the first that may be.
    fn near(&self, copy: &Placing, origin: Origin) -> Option<u64> {
        let distance = |it: &Occurrence| apart(it.said(), origin.at);
        // A clock that was not known yet may have told when it was said.
        let reach = self.recall.window.max(DOUBT);
        // A clock that is not known says nothing of what was shown while its account was there, but that a copy is
        // late.
        let is_told = !origin.is_doubtful || self.is_late(copy.now, origin.at);
        let may_be = |it: &Occurrence| is_told || copy.here.is_none_or(|here| it.at() < here);
        let is_open = |it: &Occurrence| copy.fits(it) && may_be(it) && distance(it) <= reach;
        // Nothing is shown before it is said: what was shown too early was said too early.
        let recent = self.memory.of(copy.digest).rev().take_while(|(_, it)| it.at() + reach >= origin.at);
        let open = recent.filter(|(_, it)| is_open(it));
        let found = match origin.is_doubtful {
            true => open.last(),
            false => open.min_by_key(|(number, it)| (distance(it), *number)),
        };
        found.map(|(number, _)| number)
    }

    /// The first one of those that began lately; or, of what comes late and may not come in order, the one that was
    /// said when the copy was, by a clock that is known.
    fn recent(&self, copy: &Placing) -> Option<u64> {
        let late = copy.origin.filter(|it| !it.is_doubtful && copy.now - it.at > LIVE);
        let distance = |it: &Occurrence| late.map(|origin| apart(it.said(), origin.at));
        let recent = self.memory.recent(copy.digest, copy.now, self.recall.window);
        // What has happened for sure comes before what may have: a witness of one is not to settle the other.
        let open = recent.filter(|(_, it)| copy.fits(it));
        open.min_by_key(|(number, it)| (!it.is_certain(), distance(it), *number)).map(|(number, _)| number)
    }

    /// The occurrence that a copy shows again under a new id, with the same time, if it is no other one of that
    /// time. A clock proves that only if it is known to be fine enough; else an account shows the same again
    /// only since it came back, and each once.
    pub(super) fn repeated(&self, copy: &Placing, key: &Key, stamp: Stamp) -> Option<u64> {
        let Placing { now, told, digest, account, here, .. } = *copy;
        let grain = self.clocks.grain(account);
        // A time of whole seconds says little where the content says little.
        let tells = key.is_told_by_content() || !stamp.is_whole_second();
        if tells && (grain == Grain::Fine || here.is_none()) {
            // The one that was told of first may be read last.
            let is_apart = |at: Time| told - at >= REPEAT || at - told >= REPEAT;
            let is_same =
                |it: &Occurrence| it.shown(account).any(|(at, of)| of == Some(stamp) && is_apart(at));
            let mut recent = self.memory.recent(digest, now, self.recall.window);
            if let Some((number, _)) = recent.find(|(_, it)| is_same(it)) {
                return Some(number);
            }
        }
        let long = match grain {
            Grain::Fine => Duration::MAX,
            Grain::Unknown => REPLAY,
            Grain::Coarse => COARSE_REPLAY,
        };
        // What it had told of before it came back, and shows only now, is shown for the first time.
        let here = here.filter(|here| told >= *here && told - *here <= long)?;
        let is_replayed = |it: &Occurrence| {
            let mut shown = it.shown(account);
            it.shown(account).any(|(at, of)| of == Some(stamp) && at < here) && shown.all(|(at, _)| at < here)
        };
        let mut latest = self.memory.of(digest).rev().take(REPLAYED);
        latest.find(|(_, it)| is_replayed(it)).map(|(number, _)| number)
    }
}

impl Placing {
    /// Whether it may be a copy of an occurrence.
    fn fits(&self, it: &Occurrence) -> bool {
        let is_about_another = self.about.zip(it.about()).is_some_and(|(one, other)| one != other);
        !it.is_shown_by(self.account) && !is_about_another && !self.is_apart(it)
    }

    /// Whether it was said after an occurrence had been shown. What the bot sends is shown when it is sent.
    fn is_apart(&self, it: &Occurrence) -> bool {
        let (Some(origin), Some(here), None) = (self.origin, self.here, it.sending()) else { return false };
        let (late, early) = match origin.is_doubtful {
            true => (LIVE_IN_DOUBT, FUTURE_IN_DOUBT),
            false => (LIVE, LIVE),
        };
        if origin.is_ahead || self.told - origin.at > late || origin.at - self.told > early {
            return false;
        }
        let after = origin.at - it.at();
        // What others showed as it came back had most likely happened before.
        match it.at() < here + SECOND {
            true => after > APART_AFTER_AWAY && origin.at + SECOND >= here,
            false => after > APART && !origin.is_doubtful,
        }
    }
}

fn apart(one: Time, other: Time) -> Duration {
    (one - other).max(other - one)
}
