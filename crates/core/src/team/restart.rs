//! The process that held all of this is gone, and another one has read it: what must be made of what that had in its
//! hands.
//!
//! | what it had | what becomes of that |
//! |---|---|
//! | bots' streams | each has ended: what was not acknowledged waits for its bot, which is greeted as any that comes |
//! | accounts' links | each is lost, through no fault of its account: dialled at once, and that is told only if it fails |
//! | lists, rooms that were being read | read again once their account is back |
//! | dings | as if they had not been sent: whoever comes back is judged anew |
//! | teammates' invitations | an account that was asked to invite may have done it; one that was to accept is asked again |
//! | sends | nobody knows: settled by whoever saw them, as any whose account was lost |
//! | other acts that WeChat counts | they count as done |
//! | sends that stood in line | they never left, and their bots know that |
//! | what accounts had told behind messages that were being read | it happened, a moment before the end |
//!
//! The team is down until the first account is back, but nobody is told so: the bots are not there, and operators know
//! that they have restarted it. From now on the configuration is what it is now: accounts and bots are known by their
//! names, and those of places that stay have them for good.

use core::time::Duration;

use super::{Setup, Team, bots, dice::draws};
use crate::{
    account::{AccountId, AccountState},
    account_set::MAX_ACCOUNTS,
    command::Command,
    time::{Stamp, Time},
};

impl Team {
    /// When it was last told anything: time goes on from there, also in another process.
    pub fn now(&self) -> Time {
        self.now
    }

    /// What a right clock showed at [`Time::ZERO`]: by this another process knows what time it is.
    pub fn epoch(&self) -> Stamp {
        self.dedup.epoch()
    }

    /// Another process goes on with the team, so long after it was last told anything.
    pub(super) fn on_restarts(&mut self, now: Time, away: Duration, setup: &Setup) {
        self.tell_untold(now.before(away), setup.invite.enabled);
        self.streams_are_gone(now, away, setup);
        (self.up, self.since) = (false, now);
        self.follow(now, setup);
        self.alarms.restart(now, &setup.alarms);
        // Before anything is told of how accounts stand now.
        self.annals_go_on(now, away);
        self.links_are_gone(now, setup);
        self.nobody_saw(away);
        self.loses_answers(now);
        self.accepting.restart(now);
        self.invites.restart(now, setup.invite.clone());
        self.take_members(now, setup);
        // Where nobody has changed anything, this is what has.
        self.weigh(now);
    }

    /// What an account may not have done before the restart it is to do now that it has come.
    pub(super) fn accept_again(&mut self, now: Time, account: AccountId) {
        let due = self.accepting.take(now, account);
        self.commands.extend(due.into_iter().map(|id| Command::AcceptInvitation { account, id }));
    }

    fn streams_are_gone(&mut self, now: Time, away: Duration, setup: &Setup) {
        self.bots.restart(now, away, &setup.bots, setup.replay);
        // What was read may be of a version that counted otherwise, or not at all.
        self.bots.number_from(bots::first_number(self.epoch(), now.since_origin()));
        self.newcomers.clear();
        self.relogins.clear();
        (self.is_greeted, self.farewell, self.busy, self.dismissed) = (false, None, None, None);
    }

    fn links_are_gone(&mut self, now: Time, setup: &Setup) {
        let members = self.which(|state| !state.has_left());
        for account in members.iter() {
            self.dedup.goes(account);
            self.misses(now, account);
            self.refresh.goes(now, account);
            self.forget_lists(account);
            let name = self.identity.name(account);
            let vigil = setup.accounts.iter().find(|it| it.name == name).map(|it| it.vigil);
            let mut draw = draws(&mut self.dice);
            if let Some(state) = self.accounts.get_mut(account.index()) {
                state.restart(now, vigil, setup.ramp_up, &mut draw);
            }
        }
    }

    /// Accounts that are in the configuration no more leave, and others join. Each has the place that its name had.
    fn take_members(&mut self, now: Time, setup: &Setup) {
        let is_meant = |name: &str| setup.accounts.iter().any(|it| it.name == name);
        for account in AccountId::first(self.accounts.len()) {
            if !is_meant(self.identity.name(account)) {
                self.on_leaves(now, account);
            }
        }
        for member in &setup.accounts {
            match self.identity.named(&member.name) {
                Some(account) if self.is_member(account) => self.keeps(now, account, member),
                known => {
                    if let Some(account) = known.or_else(|| self.free_place()) {
                        self.is_admitted(now, account, member);
                    }
                }
            }
        }
    }

    /// The next place; or else that of the account that left first. No call is under way that could mean that one.
    fn free_place(&self) -> Option<AccountId> {
        if self.accounts.len() < MAX_ACCOUNTS {
            return Some(AccountId::at(self.accounts.len()));
        }
        let left = |it: &AccountId| self.accounts.get(it.index()).is_some_and(AccountState::has_left);
        let since = |it: &AccountId| self.accounts.get(it.index()).map(|state| state.spell().since());
        AccountId::first(self.accounts.len()).filter(left).min_by_key(since)
    }
}
