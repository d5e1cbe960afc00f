//! How the team stands: who gets work, whether it is up, and what calls and people see of that.

use alloc::format;

use super::Team;
use crate::{
    account::{AccountId, AccountState, News, Step},
    account_set::AccountSet,
    balance::Cycle,
    command::{Command, Notice},
    ejection::Work,
    routing::Routing,
    time::Time,
};

impl Team {
    /// The team as calls are to see it.
    pub fn routing(&self) -> Routing {
        let ids = AccountId::first(self.accounts.len());
        // Nobody waits for one that has left.
        let is_off = |it: &AccountState| !it.is_available() || it.is_withdrawn();
        let down = ids.filter(|id| self.is_member(*id) && is_off(&self.accounts[id.index()]));
        let outages = down
            .map(|id| (id, format!("{} is {}", self.identity.name(id), self.accounts[id.index()].text())));
        let weights = self.accounts.iter().zip(&self.weights);
        let ejected = Work::ALL.map(|work| self.which(|it| it.ejections().until(work).is_some()));
        Routing {
            identity: self.identity.clone(),
            available: self.usable(),
            ejected,
            policy: self.policy,
            cycle: Cycle::new(weights.map(|(it, weight)| weight.saturating_mul(it.quarters(self.now)))),
            directory: self.directory.clone(),
            draining: self.which(|it| it.is_draining() && (it.is_available() || it.is_suspect())),
            left: self.which(AccountState::has_left),
            to_log_in: self.which(AccountState::is_to_log_in),
            outages: outages.collect(),
        }
    }

    /// Settles whether the team is up, and tells everybody if that changed.
    pub(super) fn weigh(&mut self, now: Time) {
        self.stale = true;
        self.invites.wake(now);
        self.look_who_watches(now);
        self.alarms.wake();
        let up = !self.usable().is_empty();
        if up == self.up {
            return;
        }
        let after = now - self.since;
        (self.up, self.since) = (up, now);
        if up {
            self.weigh_annals(now, None);
            self.commands.push_back(Command::Note(Notice::TeamRecovered { after }));
            self.take_farewell_back();
            self.greet_if_due(now);
        } else {
            let reason = self.routing().outage();
            self.weigh_annals(now, Some(&reason));
            self.commands.push_back(Command::Note(Notice::TeamFailed { reason: reason.clone(), after }));
            self.dismiss_all(now, reason);
        }
    }

    /// Tells the operator what is new of an account's life.
    pub(super) fn note_step(&mut self, account: AccountId) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let (news, text) = (state.take_news(), state.text());
        if !news.is_empty() {
            self.alarms.wake();
        }
        for news in &news {
            if let News::Step(step) = news {
                self.tell_annals(self.now, account, step);
            }
        }
        let notes = news.into_iter().map(|news| match news {
            News::Step(Step { from, to, cause: text, after, .. }) => {
                Notice::Phase { account, from, to, text, after }
            }
            News::Still(spell) => {
                let after = self.now - spell.since();
                Notice::Still { account, at: spell.standing(), text: text.clone(), after }
            }
        });
        self.commands.extend(notes.map(Command::Note));
    }

    /// Who gets work: those that are well, or if none is, those that are suspect, or if there is none either, those that
    /// have the benefit of the doubt; nobody whom an operator keeps from it. Of those that are logged in as one WeChat person
    /// the first one does, and the others stand by: two would say twice as much as it may.
    pub(super) fn usable(&self) -> AccountSet {
        self.usable_without(None)
    }

    /// The same, as if this account did not.
    pub(super) fn usable_without(&self, account: Option<AccountId>) -> AccountSet {
        let off = self.which(AccountState::is_withdrawn).or(account.into_iter().collect());
        let well = self.which(AccountState::is_available).without(off);
        let suspect = if well.is_empty() { self.which(AccountState::is_suspect).without(off) } else { well };
        let able =
            if suspect.is_empty() { self.which(AccountState::has_benefit).without(off) } else { suspect };
        let is_first = |account: &AccountId| {
            self.identity.same_person(*account).and(able).iter().next() == Some(*account)
        };
        able.iter().filter(is_first).collect()
    }

    pub(super) fn which(&self, is_meant: impl Fn(&AccountState) -> bool) -> AccountSet {
        let ids = AccountId::first(self.accounts.len());
        ids.filter(|id| is_meant(&self.accounts[id.index()])).collect()
    }
}
