//! Bringing teammates into rooms: who invites whom, where and when, so that no room hangs on one account.
//!
//! ```text
//!   a teammate is missing ─▶ who could invite it: a member, a friend of its, within its pace
//!        ▲                       │ owner first, then admins
//!        │ a while later,        ▼
//!        │ doubling          invited ─▶ it joins: done
//!        └───────────────────────┴───▶ it does not, or everybody was refused
//! ```
//!
//! It is slow on purpose: invitations are what WeChat watches most. Whoever left a room, or was put out of
//! it, is not invited again for a day.
//!
//! | file | idea |
//! |---|---|
//! | `attempt.rs` | what was tried for one teammate in one room |
//! | `plan.rs` | what comes next, and what is in the way |

mod attempt;
mod plan;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{
    account::AccountId,
    account_set::AccountSet,
    directory::Directory,
    pace::{Limit, Meter},
    ties::Ties,
    time::Time,
};
use attempt::Attempt;

pub use plan::{Hold, Invitation};

/// Whether, where and how fast teammates are invited.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InviteRule {
    /// If not, there is only the plan.
    pub enabled: bool,
    /// Only into these rooms; into all, if it names none.
    pub only: BTreeSet<String>,
    /// Not into these.
    pub never: BTreeSet<String>,
}

/// What came of asking an account to invite a teammate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum InviteResult {
    /// The teammate is in, or has an invitation.
    Done,
    /// The account does not have the teammate among its contacts.
    Stranger,
    /// The account's puppet refused, for whatever reason.
    Refused,
    /// WeChat says that it was too much.
    Throttled,
    /// Nothing was done: the account was away, or had used its pace.
    Late,
}

/// After news it takes so long until anybody is invited: more news may follow.
const SETTLE: Duration = Duration::from_secs(2);
/// How long an account rests between two invitations, whatever its limits.
const APART: Duration = Duration::from_secs(5);
/// In how many rooms it is remembered what was tried; what was tried in others is tried again.
const MOST: usize = 10_000;
/// So many are not worth tidying up.
const FEW: usize = 64;
/// What is in the way is looked at again after so long.
const AGAIN: Duration = Duration::from_secs(60);

/// The teammates that are missing, and what was done about it.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Invites {
    rule: InviteRule,
    attempts: BTreeMap<String, BTreeMap<AccountId, Attempt>>,
    /// How many rooms there were after the last tidying up.
    tidied: usize,
    /// Rooms that the bot made: they come first.
    fresh: BTreeSet<String>,
    meters: Vec<Meter>,
    /// Until when each account rests.
    rests: Vec<Time>,
    turn: Option<Time>,
}

/// The team as it is when it is decided who invites whom.
pub(crate) struct Scene<'a> {
    /// The rooms.
    pub(crate) rooms: Vec<&'a str>,
    pub(crate) directory: &'a Directory,
    pub(crate) ties: &'a Ties,
    /// Who gets work.
    pub(crate) usable: AccountSet,
    /// Who is kept from work on rooms for a while.
    pub(crate) spared: AccountSet,
    /// Whose ids are everybody's, and are known: of the others it can't be told where they are.
    pub(crate) comparable: AccountSet,
}

impl Invites {
    /// How many rooms are remembered in which somebody is missing.
    pub(crate) fn len(&self) -> usize {
        self.attempts.len() + self.fresh.len()
    }

    /// Nobody is missing anywhere.
    pub(crate) fn new(rule: InviteRule) -> Self {
        Self { rule, ..Self::default() }
    }

    /// An account joins that may invite so many people; what it did before it left counts on.
    pub(crate) fn admit(&mut self, account: AccountId, limits: &[Limit]) {
        let accounts = self.meters.len().max(account.index() + 1);
        self.meters.resize_with(accounts, Meter::default);
        self.rests.resize(accounts, Time::ZERO);
        self.meters[account.index()].set_limits(limits);
    }

    /// Whether it does anything.
    pub(crate) fn is_enabled(&self) -> bool {
        self.rule.enabled
    }

    /// Something changed that may matter.
    pub(crate) fn wake(&mut self, now: Time) {
        if self.rule.enabled {
            let turn = now + SETTLE;
            self.turn = Some(self.turn.map_or(turn, |it| it.min(turn)));
        }
    }

    /// The bot made a room.
    pub(crate) fn is_made(&mut self, now: Time, room: &str) {
        if self.rule.enabled {
            self.fresh.insert(room.to_string());
            self.wake(now);
        }
    }

    /// A teammate is in a room.
    pub(crate) fn joined(&mut self, now: Time, room: &str, teammate: AccountId) {
        if let Some(attempts) = self.attempts.get_mut(room) {
            let attempt = attempts.remove(&teammate);
            if attempts.is_empty() {
                self.attempts.remove(room);
            }
            attempt.iter().for_each(|attempt| self.is_over(now, attempt));
        }
        self.wake(now);
    }

    /// A teammate is in a room no more.
    pub(crate) fn left(&mut self, now: Time, room: &str, teammate: AccountId) {
        let before = core::mem::take(self.attempt(room, teammate));
        self.is_over(now, &before);
        self.attempt(room, teammate).left(now);
        // Where nobody is invited no turn ever comes that would.
        if self.attempts.len() > FEW.max(2 * self.tidied) || self.attempts.len() > MOST {
            self.tidy(now);
        }
        self.wake(now);
    }

    /// Nobody is in a room any more.
    pub(crate) fn forget_room(&mut self, now: Time, room: &str) {
        for attempt in self.attempts.remove(room).unwrap_or_default().values() {
            self.is_over(now, attempt);
        }
        self.fresh.remove(room);
    }

    /// An account has left: nobody waits for its answer. Should it come back, the rooms that it was put out of
    /// are still not its own.
    pub(crate) fn dismiss(&mut self, now: Time, account: AccountId) {
        let mut all = core::mem::take(&mut self.attempts);
        for attempt in all.values_mut().flat_map(BTreeMap::values_mut) {
            if attempt.asked() == Some(account) {
                self.is_over(now, attempt);
            }
            attempt.forget(now, account);
        }
        self.attempts = all;
    }

    /// Whoever was asked will never answer: it may have invited the teammate, which is waited for as if it had. From now
    /// on this is the rule.
    pub(crate) fn restart(&mut self, now: Time, rule: InviteRule) {
        let mut all = core::mem::take(&mut self.attempts);
        for attempt in all.values_mut().flat_map(BTreeMap::values_mut) {
            if let Some(by) = attempt.asked() {
                self.is_over(now, attempt);
                attempt.ended(now, by, InviteResult::Done);
            }
        }
        self.attempts = all;
        self.follow(now, rule);
    }

    /// From now on this is the rule.
    pub(crate) fn follow(&mut self, now: Time, rule: InviteRule) {
        self.rule = rule;
        if self.rule.enabled {
            self.wake(now);
        } else {
            self.turn = None;
            self.fresh.clear();
        }
    }

    /// An account is somebody else now.
    pub(crate) fn forget(&mut self, now: Time, account: AccountId) {
        self.dismiss(now, account);
        let mut all = core::mem::take(&mut self.attempts);
        for attempt in all.values_mut().filter_map(|attempts| attempts.remove(&account)) {
            self.is_over(now, &attempt);
        }
        self.attempts = all;
    }

    /// An account was asked to invite a teammate.
    pub(crate) fn ended(
        &mut self,
        now: Time,
        by: AccountId,
        room: &str,
        teammate: AccountId,
        result: InviteResult,
    ) {
        let attempt = self.attempts.get_mut(room).and_then(|attempts| attempts.get_mut(&teammate));
        if attempt.is_some_and(|attempt| attempt.ended(now, by, result)) {
            self.meters[by.index()].end(now, result != InviteResult::Late);
            self.wake(now);
        }
    }

    /// Whether it is time to look who is to invite whom.
    pub(crate) fn is_due(&self, now: Time) -> bool {
        self.turn.is_some_and(|turn| turn <= now)
    }

    /// Who is to invite whom now: each account one teammate at most.
    pub(crate) fn take_turn(&mut self, now: Time, scene: &Scene<'_>) -> Vec<(AccountId, Invitation)> {
        self.tidy(now);
        let plan = self.plan(now, scene);
        let mut due = Vec::new();
        self.fresh.retain(|room| plan.iter().any(|invitation| invitation.room == *room));
        let is_anybody_missing = !plan.is_empty() && !scene.usable.is_empty();
        for invitation in plan {
            let Invitation { room, teammate, step, at: _ } = &invitation;
            match *step {
                Ok(by) if self.rests[by.index()] <= now => {
                    self.rests[by.index()] = now + APART;
                    self.meters[by.index()].take();
                    self.attempt(room, *teammate).begin(now, by);
                    due.push((by, invitation));
                }
                Err(Hold::RefusedByAll) => self.attempt(room, *teammate).refused_by_all(now),
                _ => {}
            }
        }
        let again = if due.is_empty() { AGAIN } else { APART };
        let rested = self.rests.iter().copied().filter(|rests| *rests > now);
        self.turn = rested.chain([now + again]).min().filter(|_| is_anybody_missing);
        due
    }

    /// When something may be due.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.turn
    }

    /// Nobody is waited for for ever, and what is over is forgotten.
    fn tidy(&mut self, now: Time) {
        for attempt in self.attempts.values_mut().flat_map(BTreeMap::values_mut) {
            if let Some(by) = attempt.tidy(now) {
                self.meters[by.index()].end(now, true);
            }
        }
        for attempts in self.attempts.values_mut() {
            attempts.retain(|_, attempt| *attempt != Attempt::default());
        }
        self.attempts.retain(|_, attempts| !attempts.is_empty());
        // A good part at a time, since it takes a while.
        let too_many = if self.attempts.len() > MOST { self.attempts.len() - MOST / 2 } else { 0 };
        for _ in 0..too_many {
            let first = self.attempts.pop_first();
            first.iter().flat_map(|(_, attempts)| attempts.values()).for_each(|it| self.is_over(now, it));
        }
        self.tidied = self.attempts.len();
    }

    /// An answer that an attempt waited for matters no more: what it was to tell counts as done.
    fn is_over(&mut self, now: Time, attempt: &Attempt) {
        if let Some(by) = attempt.asked() {
            self.meters[by.index()].end(now, true);
        }
    }

    fn attempt(&mut self, room: &str, teammate: AccountId) -> &mut Attempt {
        self.attempts.entry(room.to_string()).or_default().entry(teammate).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn who_left_is_forgotten_in_time_though_nobody_is_ever_invited() {
        let (mut invites, account) = (Invites::new(InviteRule::default()), AccountId(1));
        invites.admit(account, &[]);
        let at = |hours: u64| Time::after_origin(Duration::from_secs(hours * 3_600));
        for day in 0..10 {
            for room in 0..1_000 {
                invites.left(at(day * 25), &format!("{day} {room}@chatroom"), account);
            }
        }
        assert!(invites.len() <= 2_000, "{} of a day", invites.len());
        for room in 0..3 * MOST {
            invites.left(at(300), &format!("{room}@chatroom"), account);
        }
        assert!(invites.len() <= MOST, "{} at once", invites.len());
    }

    #[test]
    fn who_came_back_leaves_nothing_behind() {
        let (mut invites, account) = (Invites::new(InviteRule::default()), AccountId(1));
        invites.admit(account, &[]);
        invites.left(Time::ZERO, "tea@chatroom", account);
        invites.joined(Time::ZERO, "tea@chatroom", account);
        assert_eq!(invites.len(), 0);
    }
}
