//! The plan: for each teammate that is missing from a room, who invites it, or what is in the way.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use super::{APART, Invites, Scene, attempt::Attempt};
use crate::{account::AccountId, account_set::AccountSet, pace::Opening, time::Time};

/// A teammate that is missing from a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The room, as bots know it.
    pub room: String,
    /// The teammate.
    pub teammate: AccountId,
    /// Who invites it next, or what is in the way.
    pub step: Result<AccountId, Hold>,
    /// When that account is asked to, at the earliest; unless somebody is in the way, or nobody is invited at all.
    pub at: Option<Time>,
}

/// What is in the way of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// The configuration leaves this room out.
    NotAllowed,
    /// The teammate gets no work, so that it could not accept.
    TeammateAway,
    /// None of the accounts in the room gets work.
    NobodyThere,
    /// None of the accounts in the room has the teammate among its contacts.
    NoFriend,
    /// Those who could are kept from work on rooms for a while.
    Spared,
    /// All who could were refused.
    RefusedByAll,
    /// This account is being asked.
    Asked(AccountId),
    /// It was invited, and has not joined yet.
    Invited {
        /// By whom.
        by: AccountId,
        /// How long it is waited for.
        until: Time,
    },
    /// Nothing came of the last attempt.
    Failed {
        /// When it is tried again.
        until: Time,
    },
    /// It left the room, or was put out of it.
    Left {
        /// How long it is left alone.
        until: Time,
    },
    /// Those who could have used up their pace.
    Paced,
}

impl Invites {
    /// Who is missing where, and what comes next; the most urgent first: rooms that the bot has just made,
    /// then those with the fewest accounts that get work.
    pub(crate) fn plan(&self, now: Time, scene: &Scene<'_>) -> Vec<Invitation> {
        let mut rooms = scene.rooms.clone();
        rooms.sort_by_cached_key(|room| {
            let at_work = scene.directory.reach(room).yes.and(scene.usable).len();
            (!self.fresh.contains(*room), at_work, *room)
        });
        let mut plan = Vec::new();
        for room in rooms {
            let there = scene.directory.reach(room).yes;
            // Where nobody's ids can be compared, nobody can be missed.
            if there.and(scene.comparable).is_empty() {
                continue;
            }
            for teammate in scene.comparable.without(there).iter() {
                let step = self.step(now, room, teammate, scene);
                plan.push(Invitation { room: room.to_string(), teammate, step, at: None });
            }
        }
        plan
    }

    /// The same, with when each is asked: an account invites one teammate at a time.
    pub(crate) fn schedule(&self, now: Time, scene: &Scene<'_>) -> Vec<Invitation> {
        let mut plan = self.plan(now, scene);
        let Some(turn) = self.turn else { return plan };
        let mut free = self.rests.clone();
        for invitation in &mut plan {
            if let Ok(by) = invitation.step
                && let Some(free) = free.get_mut(by.index())
            {
                let at = turn.max(*free).max(now);
                (invitation.at, *free) = (Some(at), at + APART);
            }
        }
        plan
    }

    fn step(&self, now: Time, room: &str, teammate: AccountId, scene: &Scene<'_>) -> Result<AccountId, Hold> {
        let is_meant = self.rule.only.is_empty() || self.rule.only.contains(room);
        if !is_meant || self.rule.never.contains(room) {
            return Err(Hold::NotAllowed);
        }
        let attempt = self.attempts.get(room).and_then(|attempts| attempts.get(&teammate));
        if let Some(hold) = attempt.and_then(|attempt| attempt.hold(now)) {
            return Err(hold);
        }
        if !scene.usable.contains(teammate) {
            return Err(Hold::TeammateAway);
        }
        let reach = scene.directory.reach(room);
        let there = some(reach.yes.and(scene.usable).and(scene.comparable), Hold::NobodyThere)?;
        let knows = |account: &AccountId| scene.ties.knows(*account, teammate);
        let friends = there.iter().filter(|account| knows(account) != Some(false)).collect();
        let able = some(some(friends, Hold::NoFriend)?.without(scene.spared), Hold::Spared)?;
        let refused = attempt.map_or(AccountSet::EMPTY, Attempt::refused);
        let willing = some(able.without(refused), Hold::RefusedByAll)?;
        let is_open = |account: &AccountId| self.meters[account.index()].opening(now) == Opening::Now;
        let free = some(willing.iter().filter(is_open).collect(), Hold::Paced)?;
        let rank = |account: &AccountId| {
            (knows(account).is_none(), reach.owner != Some(*account), !reach.admins.contains(*account))
        };
        free.iter().min_by_key(rank).ok_or(Hold::NobodyThere)
    }
}

/// The accounts, or what it means that there is none.
fn some(accounts: AccountSet, otherwise: Hold) -> Result<AccountSet, Hold> {
    if accounts.is_empty() { Err(otherwise) } else { Ok(accounts) }
}
