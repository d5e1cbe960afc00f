//! Care for the accounts: asking the silent, resetting the failed, sparing the throttled.

use alloc::string::String;

use super::{Team, dice::draws};
use crate::{
    account::{AccountId, AccountState, Due, Seen},
    command::{Command, Notice},
    ejection::Work,
    health::{Evidence, Health},
    input::WorkResult,
    phase::Phase,
    time::Time,
};

impl Team {
    /// Does what is due for one account.
    pub(super) fn care(&mut self, now: Time, account: AccountId) {
        let may_reset = self.can_spare(now, account);
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let was_withdrawn = state.is_withdrawn();
        let before = (state.phase().standing(), state.is_suspect(), state.has_benefit());
        let (due, grown) = state.handle_timeout(now, may_reset, &mut draws(&mut self.dice));
        self.stale |= grown;
        let has_moved = (state.phase().standing(), state.is_suspect(), state.has_benefit()) != before;
        let is_resumed = was_withdrawn && !state.is_withdrawn();
        if is_resumed {
            self.note_resumed(account);
        }
        self.note_step(account);
        if has_moved || is_resumed {
            self.weigh(now);
        }
        if let Some(due) = due {
            self.does(now, account, due);
        }
        self.watch_stream(now, account);
    }

    /// Has done for an account what is due.
    pub(super) fn does(&mut self, now: Time, account: AccountId, due: Due) {
        match due {
            Due::Reopen => {
                self.misses(now, account);
                self.commands.push_back(Command::Reopen { account });
            }
            Due::Connect => self.commands.push_back(Command::Connect { account }),
            Due::Evict => self.commands.push_back(Command::Evict { account }),
            Due::Ding => self.ding(now, account),
            Due::PuppetDing => self.commands.push_back(Command::PuppetDing { account }),
            Due::Reset => self.commands.push_back(Command::Reset { account }),
            Due::Logout => self.commands.push_back(Command::Logout { account }),
        }
    }

    /// Something shows that an account works.
    pub(super) fn on_evidence(&mut self, now: Time, account: AccountId, evidence: Evidence) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let seen = state.see(now, evidence, &mut draws(&mut self.dice));
        let is_unanswered = !evidence.proves_speaking() && state.wants_comparison(now);
        self.note_step(account);
        if is_unanswered {
            self.compare(now, account);
        }
        if evidence == Evidence::Dong {
            self.doubt_voices(now, account);
        }
        match seen {
            Seen::Same => return,
            Seen::Well => {}
            Seen::LoggedIn => {
                self.learn(now, account);
                self.accept_again(now, account);
            }
        }
        self.weigh(now);
    }

    /// An account hears, and its dings are not answered: a teammate's ding tells whether the heartbeat contact is there.
    fn compare(&mut self, now: Time, account: AccountId) {
        let can_tell = |it: &AccountState| {
            it.can_be_compared() && it.asks_heartbeat(now) && it.ejections.until(Work::Send).is_none()
        };
        let able = self.which(can_tell).without([account].into_iter().collect());
        let last =
            |it: &AccountId| self.accounts[it.index()].health().and_then(Health::last_dong).map(|it| it.1);
        let Some(teammate) = able.iter().min_by_key(last).filter(|_| self.heartbeat_contact.is_some()) else {
            // All that could tell hear and are not answered either: that says more of the contact than of them.
            if !self.accounts[account.index()].is_voice_doubted() {
                self.accounts
                    .iter_mut()
                    .filter(|it| it.is_voice_doubted())
                    .for_each(AccountState::is_believed);
            }
            return;
        };
        self.accounts[teammate.index()].is_compared(now);
        self.ding(now, teammate);
    }

    /// The heartbeat contact answers this account: others that hear, and were not answered, are asked again.
    fn doubt_voices(&mut self, now: Time, account: AccountId) {
        for other in AccountId::first(self.accounts.len()).filter(|it| *it != account) {
            self.accounts[other.index()].doubt_voice(now, &mut draws(&mut self.dice));
        }
    }

    /// An account has come: whom it reaches is to be read.
    pub(super) fn learn(&mut self, now: Time, account: AccountId) {
        self.refresh.comes(now, account);
        self.forget_lists(account);
        self.commands.push_back(Command::Learn { account });
    }

    pub(super) fn on_ding_failed(&mut self, now: Time, account: AccountId, cause: String) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        // Whoever sees to it finds out more.
        if state.is_let_be() {
            return;
        }
        match state.phase() {
            Phase::LoggedIn(_) => {}
            // It can't write to anybody, or not to the heartbeat contact; its service may know which.
            Phase::WaitingScan { .. } => return self.ask_service(now, account),
            Phase::Connecting
            | Phase::Preparing { .. }
            | Phase::Offline { .. }
            | Phase::NotLoggedIn
            | Phase::LoggedOut { .. }
            | Phase::Removed => return,
        }
        // An account that can't say anything now may follow the contact all the same.
        let is_mute = state.ejections.until(Work::Send).is_some() || state.ejections.failures(Work::Send) > 0;
        if !is_mute && state.lose_heartbeat(now) {
            let contact = self.heartbeat_contact.clone().unwrap_or_default();
            self.alarms.wake();
            self.commands.push_back(Command::Note(Notice::NoHeartbeat { account, contact, cause }));
        }
        self.ask_puppet(account);
    }

    pub(super) fn on_worked(&mut self, now: Time, account: AccountId, work: Work, result: WorkResult) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let throttled = result == WorkResult::Throttled;
        let pause = match result {
            WorkResult::Done => {
                state.ejections.worked(work);
                None
            }
            WorkResult::Failed | WorkResult::Throttled => {
                state.ejections.failed(now, work, throttled, &self.ejection)
            }
        };
        if let Some(pause) = pause {
            self.stale = true;
            self.commands.push_back(Command::Note(Notice::Ejected { account, work, pause, throttled }));
        }
    }

    /// Asks an account for a sign of life: through WeChat where that is possible. One that may not say anything for
    /// a while is not made to.
    pub(super) fn ding(&mut self, now: Time, account: AccountId) {
        let state = &self.accounts[account.index()];
        let can_ask = state.asks_heartbeat(now) && state.ejections.until(Work::Send).is_none();
        let is_doubted = state.health().is_none();
        match self.heartbeat_contact.clone().filter(|_| can_ask) {
            Some(contact) => {
                self.dings(now, account);
                self.accounts[account.index()].dings_contact(now);
                self.commands.push_back(Command::Ding { account, contact });
            }
            // Its puppet's own dong would not show that it is logged in.
            None if is_doubted => self.ask_service(now, account),
            None => self.ask_puppet(account),
        }
    }

    /// Asks an account's service whether it is logged in, where it can't be asked through WeChat. What it is shown
    /// while its stream is opened anew may be lost, so it has had until its second ding to show that it works.
    fn ask_service(&mut self, now: Time, account: AccountId) {
        let state = &mut self.accounts[account.index()];
        if let Phase::WaitingScan { doubted: Some(health), .. } = state.phase()
            && health.dings_outstanding() > 1
        {
            state.reopen(now);
            self.misses(now, account);
            self.commands.push_back(Command::Reopen { account });
        }
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
