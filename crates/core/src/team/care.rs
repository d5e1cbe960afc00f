//! Care for the accounts: asking the silent, resetting the failed, sparing the throttled.

use alloc::string::String;

use super::Team;
use crate::{
    account::{AccountId, Due},
    command::{Command, Note},
    ejection::Work,
    health::Evidence,
    input::WorkResult,
    time::Time,
};

impl Team {
    /// Does what is due for one account.
    pub(super) fn care(&mut self, now: Time, account: AccountId) {
        let may_reset = self.can_spare(now, account);
        let dice = &mut self.dice;
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let before = state.phase().name();
        let (due, grown) = state.handle_timeout(now, may_reset, &mut || dice.f64());
        self.stale |= grown;
        if state.phase().name() != before {
            self.note_step(account);
            self.weigh(now);
        }
        match due {
            Some(Due::Connect) => self.commands.push_back(Command::Connect { account }),
            Some(Due::Ding) => self.ding(now, account),
            Some(Due::Reset) => self.commands.push_back(Command::Reset { account }),
            None => {}
        }
    }

    /// Something shows that an account works.
    pub(super) fn on_evidence(&mut self, now: Time, account: AccountId, evidence: Evidence) {
        let dice = &mut self.dice;
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        if state.see(now, evidence, &mut || dice.f64()) {
            self.note_step(account);
            self.weigh(now);
        }
    }

    pub(super) fn on_ding_failed(&mut self, now: Time, account: AccountId, cause: String) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        if state.lose_heartbeat(now) {
            let contact = self.heartbeat_contact.clone().unwrap_or_default();
            self.commands.push_back(Command::Note(Note::NoHeartbeat { account, contact, cause }));
        }
        self.commands.push_back(Command::PuppetDing { account });
    }

    pub(super) fn on_worked(&mut self, now: Time, account: AccountId, work: Work, result: WorkResult) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let throttled = result == WorkResult::Throttled;
        let pause = match result {
            WorkResult::Done => {
                state.ejections.worked(work);
                None
            }
            _ => state.ejections.failed(now, work, throttled, &self.ejection),
        };
        if let Some(pause) = pause {
            self.stale = true;
            self.commands.push_back(Command::Note(Note::Ejected { account, work, pause, throttled }));
        }
    }

    fn ding(&mut self, now: Time, account: AccountId) {
        let contact = self.heartbeat_contact.clone();
        let asks = self.accounts[account.index()].asks_heartbeat(now);
        self.commands.push_back(match contact.filter(|_| asks) {
            Some(contact) => Command::Ding { account, contact },
            None => Command::PuppetDing { account },
        });
    }

    /// Not more than half the team is reset at once, and a team of one may always be.
    fn can_spare(&self, now: Time, account: AccountId) -> bool {
        let resetting = self
            .accounts
            .iter()
            .enumerate()
            .filter(|(index, state)| {
                *index != account.index() && state.health().is_some_and(|health| health.is_resetting(now))
            })
            .count();
        let team = self.which(|state| !state.has_left());
        resetting < (team.len() / 2).max(1)
    }
}
