//! How the team stands: who gets work, whether it is up, and what calls and people see of that.

use alloc::format;

use super::Team;
use crate::{
    account::{Account, AccountId, Step},
    account_set::AccountSet,
    balance::Cycle,
    command::{Command, Note},
    ejection::Work,
    phase::Phase,
    routing::Routing,
    time::Time,
};

impl Team {
    /// The team as calls are to see it.
    pub fn routing(&self) -> Routing {
        let ids = (0..self.accounts.len() as u8).map(AccountId);
        // Nobody waits for one that has left.
        let down = ids.filter(|id| self.is_member(*id) && !self.accounts[id.index()].is_available());
        let outages = down.map(|id| {
            let phase = self.accounts[id.index()].phase();
            (id, format!("{} is {}", self.identity.name(id), OutageText(phase)))
        });
        let weights = self.accounts.iter().zip(&self.weights);
        let ejected = Work::ALL.map(|work| self.which(|it| it.ejections().until(work).is_some()));
        Routing {
            identity: self.identity.clone(),
            available: self.usable(),
            ejected,
            policy: self.policy,
            cycle: Cycle::new(weights.map(|(it, weight)| weight.saturating_mul(it.quarters(self.now)))),
            directory: self.directory.clone(),
            left: self.which(Account::has_left),
            outages: outages.collect(),
        }
    }

    /// Settles whether the team is up, and tells everybody if that changed.
    pub(super) fn weigh(&mut self, now: Time) {
        self.stale = true;
        self.invites.wake(now);
        self.look_who_watches(now);
        let up = !self.usable().is_empty();
        if up == self.up {
            return;
        }
        let after = now - self.since;
        (self.up, self.since) = (up, now);
        if up {
            self.commands.push_back(Command::Note(Note::TeamRecovered { after }));
            self.greet_all();
        } else {
            let reason = self.routing().outage();
            self.commands.push_back(Command::Note(Note::TeamFailed { reason: reason.clone(), after }));
            self.dismiss_all(reason);
        }
    }

    /// Tells the operator of the last step of an account's life.
    pub(super) fn note_step(&mut self, account: AccountId) {
        if let Some(step) = self.accounts[account.index()].history().last().cloned() {
            let Step { from, to, cause: text, after, .. } = step;
            self.commands.push_back(Command::Note(Note::Phase { account, from, to, text, after }));
        }
    }

    /// Who gets work: those that are well, or if none is, those that are suspect.
    pub(super) fn usable(&self) -> AccountSet {
        let well = self.which(Account::is_available);
        if well.is_empty() { self.which(Account::is_suspect) } else { well }
    }

    pub(super) fn which(&self, is_meant: impl Fn(&Account) -> bool) -> AccountSet {
        let ids = (0..self.accounts.len() as u8).map(AccountId);
        ids.filter(|id| is_meant(&self.accounts[id.index()])).collect()
    }
}

/// A phase as it stands in the reason of an outage.
struct OutageText<'a>(&'a Phase);

impl core::fmt::Display for OutageText<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self.0 {
            Phase::WaitingScan(Some(_)) => f.write_str("waiting for its QR code to be scanned"),
            Phase::WaitingScan(None) => f.write_str("connected but not logged in"),
            phase => write!(f, "{phase}"),
        }
    }
}
