//! Something that happened, or may have, and who showed it.

use core::{num::NonZeroU64, time::Duration};

use smallvec::SmallVec;

use super::{MessageCopy, SendId, Verdict};
use crate::{
    account::AccountId,
    time::{Stamp, Time},
};

/// What the allocator adds to what it gives.
const ALLOCATED: usize = 16;
/// What an entry of the index by keys takes, in nodes that are partly filled.
const BY_KEY: usize = 64;
/// What an entry of the index by copies takes.
const BY_COPY: usize = 32;
/// So many accounts have room within an occurrence itself.
const INLINE: usize = 3;

/// A send of the bot's, and the account that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Sending {
    pub(super) send: SendId,
    pub(super) account: AccountId,
}

/// One account's copy, without its id: of that only the digest is kept.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Show {
    account: AccountId,
    /// When the account told of it, in milliseconds after the occurrence began, or before; a score of days is enough.
    later: i32,
    id: u64,
    stamp: Option<Stamp>,
}

/// Something that happened, or may have.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Occurrence {
    key: u128,
    at: Time,
    said: Time,
    sending: Option<Sending>,
    /// Whether the bot was told.
    told: bool,
    /// The copy that it is known by; the sender's own, once there is one.
    known: Option<MessageCopy>,
    /// What it is about, if that is known.
    about: Option<NonZeroU64>,
    shows: SmallVec<[Show; INLINE]>,
}

impl Occurrence {
    /// An account shows at `at` something new that was said at `said`.
    pub(super) fn news(at: Time, said: Time, key: u128, copy: MessageCopy) -> Self {
        let known = Some(copy);
        Self { key, at, said, sending: None, told: true, known, about: None, shows: SmallVec::new() }
    }

    /// The bot sends something.
    pub(super) fn sent(at: Time, key: u128, sending: Sending) -> Self {
        let (sending, shows) = (Some(sending), SmallVec::new());
        Self { key, at, said: at, sending, told: false, known: None, about: None, shows }
    }

    /// What it takes in memory, in bytes, with its places among the others.
    pub(super) fn weight(&self) -> usize {
        // Not what this list happens to have room for: one that is read again, or cloned, has less, and weighs the same.
        let count = self.shows.len();
        let spilled = if count > INLINE { count.next_power_of_two() * size_of::<Show>() } else { 0 };
        let known = self.known.as_ref().map_or(0, |known| known.id.len() + ALLOCATED);
        size_of::<Option<Self>>() + BY_KEY + known + spilled + self.shows.len() * BY_COPY
    }

    pub(super) fn key(&self) -> u128 {
        self.key
    }

    pub(super) fn at(&self) -> Time {
        self.at
    }

    /// When it was said, as far as that is known.
    pub(super) fn said(&self) -> Time {
        self.said
    }

    pub(super) fn sending(&self) -> Option<Sending> {
        self.sending
    }

    pub(super) fn known(&self) -> Option<&MessageCopy> {
        self.known.as_ref()
    }

    /// What it is about, if that is known.
    pub(super) fn about(&self) -> Option<NonZeroU64> {
        self.about
    }

    /// One of those that show it knows, perhaps, what it is about.
    pub(super) fn is_about(&mut self, about: Option<NonZeroU64>) {
        self.about = self.about.or(about);
    }

    /// The digests of the copies' ids.
    pub(super) fn ids(&self) -> impl Iterator<Item = u64> {
        self.shows.iter().map(|show| show.id)
    }

    pub(super) fn is_shown_by(&self, account: AccountId) -> bool {
        self.shows.iter().any(|show| show.account == account)
    }

    /// When the account told of it, and the time that it told.
    pub(super) fn shown(&self, account: AccountId) -> impl Iterator<Item = (Time, Option<Stamp>)> {
        let its = self.shows.iter().filter(move |show| show.account == account);
        its.map(|show| (self.told(show), show.stamp))
    }

    /// When an account told of it first; what it says may have had to be asked for.
    pub(super) fn first_told(&self) -> Time {
        let earlier = self.shows.iter().map(|show| show.later).min().unwrap_or(0).min(0);
        self.at.before(Duration::from_millis(earlier.unsigned_abs().into()))
    }

    /// The times that accounts tell for it that told of it so soon after `first`.
    pub(super) fn stamps(&self, first: Time, within: Duration) -> impl Iterator<Item = (AccountId, Stamp)> {
        let is_prompt = move |show: &&Show| self.told(show) - first <= within;
        self.shows.iter().filter(is_prompt).filter_map(|show| Some((show.account, show.stamp?)))
    }

    fn told(&self, show: &Show) -> Time {
        let apart = Duration::from_millis(show.later.unsigned_abs().into());
        if show.later < 0 { self.at.before(apart) } else { self.at + apart }
    }

    /// Whether it is known to have happened; a send may come to nothing.
    pub(super) fn is_certain(&self) -> bool {
        self.sending.is_none_or(|it| self.is_shown_by(it.account))
    }

    /// Whether it is nothing any more: nobody sent it, and nobody shows it.
    pub(super) fn is_void(&self) -> bool {
        self.sending.is_none() && self.shows.is_empty()
    }

    pub(super) fn set_sending(&mut self, sending: Option<Sending>) {
        self.sending = sending;
    }

    /// The bot is not to be told of it.
    pub(super) fn is_not_told(&mut self) {
        self.told = true;
    }

    /// The very same copy comes again. The sender's echo of a send that has answered comes under the same id.
    pub(super) fn shown_again(&mut self, copy: &MessageCopy) -> Verdict {
        if self.is_untold_echo(copy) {
            return Verdict::New { known: None };
        }
        Verdict::Repeat
    }

    /// A copy of an account that has not shown it yet.
    pub(super) fn join(&mut self, copy: &MessageCopy) -> Verdict {
        let known = self.known.clone();
        if self.is_untold_echo(copy) {
            self.known = Some(copy.clone());
            return Verdict::New { known };
        }
        self.known.get_or_insert_with(|| copy.clone());
        Verdict::Witness { known }
    }

    /// The sender says under which id it sent it. That is the copy that the bot is told.
    pub(super) fn is_answered(&mut self, copy: &MessageCopy) {
        self.known = Some(copy.clone());
    }

    /// An account has shown it, and told of it at `told`.
    pub(super) fn add(&mut self, told: Time, copy: &MessageCopy, stamp: Option<Stamp>) {
        let id = copy.digest();
        if self.shows.iter().any(|show| show.account == copy.account && show.id == id) {
            return;
        }
        let milliseconds = |it: Duration| i32::try_from(it.as_millis()).unwrap_or(i32::MAX);
        let later = if told < self.at { -milliseconds(self.at - told) } else { milliseconds(told - self.at) };
        self.shows.push(Show { account: copy.account, later, id, stamp });
    }

    fn is_untold_echo(&mut self, copy: &MessageCopy) -> bool {
        let is_echo = self.sending.is_some_and(|it| it.account == copy.account);
        is_echo && !core::mem::replace(&mut self.told, true)
    }
}
