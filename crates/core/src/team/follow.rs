//! The configuration says otherwise while the team works: what it says of limits, of accounts and of bots counts at once, and
//! what the team knows stays.
//!
//! | what is new | what becomes of it |
//! |---|---|
//! | policy, weights | calls that begin from now on go by it |
//! | pace | what was done counts on, against what may be done now |
//! | health | counts for the silence that has begun |
//! | a bot, its name, its mode | it has its place; what waits for it stays, unless it is removed (`bots/follow.rs`) |
//! | whom alarms are told, and when | what was told by a way that is still there is not told again, and what waits is told |
//! | who invites whom | counts from the next turn on |
//!
//! Accounts come and go as `Joins` and `Leaves` say: who is not in the team is not, whatever stands here.

use alloc::vec::Vec;

use super::{CHANGES, Member, Setup, Team, dice::draws, unsure};
use crate::{
    account::{AccountId, AccountState},
    bots::BotSetup,
    time::Time,
};

impl Team {
    /// From now on the configuration says this; bots stand by their places, and not in the setup.
    pub(super) fn on_follows(&mut self, now: Time, setup: &Setup, bots: &[Option<BotSetup>]) {
        if self.heartbeat_contact != setup.heartbeat_contact {
            self.accounts.iter_mut().for_each(AccountState::forget_heartbeat);
        }
        self.follow(now, setup);
        self.alarms.follow(now, &setup.alarms);
        self.invites.follow(now, setup.invite.clone());
        for member in &setup.accounts {
            if let Some(account) = self.identity.named(&member.name).filter(|it| self.is_member(*it)) {
                self.keeps(now, account, member);
                let mut draw = draws(&mut self.dice);
                if let Some(state) = self.accounts.get_mut(account.index()) {
                    state.follow(now, member.vigil, setup.ramp_up, &mut draw);
                }
            }
        }
        self.follow_bots(now, setup, bots);
        self.weigh(now);
    }

    fn follow_bots(&mut self, now: Time, setup: &Setup, bots: &[Option<BotSetup>]) {
        let (changes, ended) = self.bots.follow(now, bots, setup.replay);
        for change in &changes {
            self.bot_changes(now, change);
        }
        for client in ended {
            self.newcomers.remove(&client);
            self.relogins.remove(&client);
        }
        for bot in self.bots.here().collect::<Vec<_>>() {
            self.look_at_bot(now, bot);
        }
    }

    /// The limits are those of the configuration as it is now.
    pub(super) fn follow(&mut self, now: Time, setup: &Setup) {
        // A new one does not compile until it is followed.
        let Setup {
            self_id,
            policy,
            backoff,
            heartbeat_contact,
            ramp_up,
            ejection,
            recall,
            witness_window,
            refresh,
            directory,
            per_conversation,
            common_ids,
            // By their names, and by what has become of them.
            accounts: _,
            bots: _,
            replay: _,
            invite: _,
            alarms: _,
            // Time goes on.
            epoch: _,
        } = setup;
        (self.policy, self.backoff, self.ejection) = (*policy, *backoff, *ejection);
        self.heartbeat_contact.clone_from(heartbeat_contact);
        (self.ramp_up, self.witness_window) = (*ramp_up, *witness_window);
        self.identity.follow(self_id, recall.age, common_ids.clone());
        self.directory.set_limit(*directory);
        self.refresh.set_every(now, *refresh);
        self.dedup.set_recall(now, *recall);
        self.changes.set_limits(now, recall.window, CHANGES);
        self.once.set_age(now, recall.age);
        self.unexplained.set_limits(now, unsure::remembered(*witness_window), unsure::UNEXPLAINED);
        self.spent.set_per_conversation(per_conversation);
    }

    /// An account is in the team as before, with what the configuration says of it now.
    pub(super) fn keeps(&mut self, now: Time, account: AccountId, member: &Member) {
        if self.identity.ids(account) != member.ids {
            // What it reaches has other names now.
            self.forget_rooms(now, account);
            self.ties.forget(account);
        }
        self.identity.admit(account, &member.name, member.ids);
        self.weights[account.index()] = member.weight;
        self.invites.admit(account, &member.allowance.room_invitations);
        self.spent.admit(account, &member.allowance);
        self.alarms.admit(&member.name, &member.domains);
    }
}
