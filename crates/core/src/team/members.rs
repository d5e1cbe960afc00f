//! Who is of the team: accounts join and leave while it runs, and are known by who they are logged in as.
//!
//! ```text
//!   Joins ─▶ its place: the next, the one that its name has, or one that was left long ago ─▶ dialled at once ─▶ logs in ─▶ meets the others
//!   Leaves ─▶ nothing is due for it, known of it, or believed of it; what it said is the team's own for a while
//! ```

use super::{Member, Team};
use crate::{
    account::{AccountId, AccountState},
    account_set::MAX_ACCOUNTS,
    command::{Command, Notice},
    time::Time,
};

impl Team {
    /// An account joins, unless its place is another one's, or it is there already.
    pub(super) fn on_joins(&mut self, now: Time, account: AccountId, member: &Member) {
        let known = self.identity.named(&member.name);
        let is_new = known.is_none() && account.index() == self.accounts.len();
        let is_back = known == Some(account) && !self.is_member(account);
        // The place of one that left so long ago that nothing refers to it any more.
        let was_left = |state: &AccountState| now - state.spell().since() >= self.dedup.age();
        let is_heir = known.is_none()
            && !self.is_member(account)
            && self.accounts.get(account.index()).is_some_and(was_left);
        if !(is_new || is_back || is_heir) || account.index() >= MAX_ACCOUNTS {
            return;
        }
        self.is_admitted(now, account, member);
    }

    /// An account has joined, and may have been there before.
    pub(super) fn is_admitted(&mut self, now: Time, account: AccountId, member: &Member) {
        let is_back = self.identity.name(account) == member.name;
        self.admit(now, account, member);
        self.stale = true;
        if is_back {
            self.note_step(account);
        }
    }

    /// An account leaves. It is as if it had never been there, but for its place, its pace and its history, and
    /// for what it said.
    pub(super) fn on_leaves(&mut self, now: Time, account: AccountId) {
        if !self.accounts.get_mut(account.index()).is_some_and(|state| state.leave(now)) {
            return;
        }
        // It counts in no share of the work.
        self.weights[account.index()] = 0;
        self.identity.dismiss(now, account);
        self.forget_rooms(now, account);
        self.ties.forget(account);
        self.invites.dismiss(now, account);
        self.refresh.goes(now, account);
        self.forget_lists(account);
        self.dedup.forget_clock(account);
        self.accepting.forget(account);
        self.alarms.dismiss(self.identity.name(account));
        self.untold.renew(account);
        self.note_step(account);
        self.weigh(now);
    }

    /// Makes room for an account, wherever something is known of each; or the room that it had is its own again.
    pub(super) fn admit(&mut self, now: Time, account: AccountId, member: &Member) {
        let (vigil, ramp_up) = (member.vigil, self.ramp_up);
        let is_back = self.identity.name(account) == member.name;
        match self.accounts.get_mut(account.index()) {
            Some(state) if !is_back => {
                *state = AccountState::new(now, vigil, ramp_up);
                self.spent.renew(account);
                self.owed.renew(account);
                self.untold.renew(account);
            }
            Some(state) => state.rejoin(now, vigil, ramp_up),
            None => self.accounts.push(AccountState::new(now, vigil, ramp_up)),
        }
        self.weights.resize(self.accounts.len(), 0);
        self.weights[account.index()] = member.weight;
        self.identity.admit(account, &member.name, member.ids);
        self.refresh.admit(account);
        self.ties.admit(account);
        self.invites.admit(account, &member.allowance.room_invitations);
        self.spent.admit(account, &member.allowance);
        self.alarms.admit(&member.name, &member.domains);
    }

    /// Whether it is in the team: what is told of any other is old.
    pub(super) fn is_member(&self, account: AccountId) -> bool {
        self.accounts.get(account.index()).is_some_and(|state| !state.has_left())
    }

    /// An account is logged in as this contact, perhaps after another one; whoever has it among their contacts
    /// is its friend. True if that is news.
    pub(super) fn meet(
        &mut self,
        now: Time,
        account: AccountId,
        contact_id: &str,
        was_somebody: bool,
    ) -> bool {
        // It may have left and come back.
        let is_known = self.identity.author(contact_id) == Some(account);
        if !self.identity.set_contact_id(now, account, contact_id) {
            return false;
        }
        self.stale = true;
        if was_somebody {
            self.forget_lists(account);
            self.forget_rooms(now, account);
            self.ties.forget(account);
        }
        if !is_known {
            self.invites.forget(now, account);
        }
        let mut others = self.identity.same_person(account);
        others.remove(account);
        if !others.is_empty() {
            let (others, contact_id) = (others.iter().collect(), contact_id.into());
            self.commands.push_back(Command::Note(Notice::SamePerson { account, others, contact_id }));
        }
        let reach = self.directory.take(contact_id);
        for (teammates, is_friend) in [(reach.yes, true), (reach.no, false)] {
            teammates.iter().for_each(|teammate| self.ties.learn(teammate, account, is_friend));
        }
        true
    }

    /// It is not known any more whom it reaches; in its rooms others are left, or nobody.
    pub(super) fn forget_rooms(&mut self, now: Time, account: AccountId) {
        for (room, topic) in self.refresh.rooms() {
            let mut there = self.directory.reach(room).yes;
            if there.contains(account) {
                there.remove(account);
                self.thinning.loses(now, room, topic, there.len());
            }
        }
        self.directory.forget(account);
    }
}
