//! What becomes known of accounts' links and logins.

use alloc::string::ToString;

use super::{Team, bots, dice::draws};
use crate::{
    account::AccountId,
    challenge::{LoginChallenge, PendingCode},
    command::{Command, Notice},
    event::WeChatEvent,
    phase::LinkFact,
    time::Time,
};

impl Team {
    pub(super) fn on_link(&mut self, now: Time, account: AccountId, fact: LinkFact) {
        let Some(state) = self.accounts.get_mut(account.index()) else { return };
        let is_login = matches!(fact, LinkFact::Login { .. });
        let is_eviction = fact == LinkFact::Evicted;
        match fact {
            LinkFact::Login { .. } => self.dedup.comes(now, account),
            LinkFact::Opened
            | LinkFact::Evicted
            | LinkFact::Lost { .. }
            | LinkFact::Taken { .. }
            | LinkFact::Logout { .. } => self.dedup.goes(account),
            LinkFact::Preparing { .. }
            | LinkFact::Scan(_)
            | LinkFact::Challenge(_)
            | LinkFact::CodeRefused { .. } => {}
        }
        let challenge =
            if let LinkFact::Challenge(challenge) = &fact { Some(challenge.clone()) } else { None };
        let is_about_proof = matches!(fact, LinkFact::Challenge(_) | LinkFact::CodeRefused { .. });
        let was_somebody = state.contact_id().is_some();
        let changed = state.handle(now, fact, &self.backoff, &mut draws(&mut self.dice));
        let scan = bots::open_scan(state);
        let contact_id = state.contact_id().map(ToString::to_string);
        // One that is logged in asks for no login, whatever its provider says.
        let challenge = challenge.filter(|it| it.is_told() && state.challenge().is_some());
        if is_login {
            // It may be somebody else now, or have made friends.
            self.alarms.wake();
        }
        let is_other = contact_id.is_some_and(|id| self.meet(now, account, &id, was_somebody));
        if is_login && (changed || is_other) {
            self.learn(now, account);
            self.accept_again(now, account);
        } else if !is_login && changed {
            self.refresh.goes(now, account);
            self.forget_lists(account);
        }
        self.note_step(account);
        // A bot may answer, whoever else of the team works. One that hears the same again has missed the first, or is to
        // enter it anew.
        if let Some(challenge) = &challenge {
            let challenge = self.challenge_out(account, challenge);
            self.tell_all(&WeChatEvent::Challenge(challenge.clone()));
            self.commands.push_back(Command::Note(Notice::Challenge { account, challenge }));
        }
        if !changed {
            return;
        }
        if is_eviction {
            self.note_eviction(account);
        }
        if let Some(scan) = scan.clone().filter(|_| !is_about_proof) {
            self.commands.push_back(Command::Note(Notice::Scan { account, scan }));
        }
        let was_greeted = self.is_greeted();
        self.weigh(now);
        if let (Some(scan), false) = (scan, is_about_proof || was_greeted || self.is_greeted()) {
            self.tell_all(&WeChatEvent::Scan(scan));
        }
    }

    /// What a login asks for, as bots know it: an answer finds its account by the id.
    pub(super) fn challenge_out(&self, account: AccountId, challenge: &LoginChallenge) -> LoginChallenge {
        match challenge.clone() {
            LoginChallenge::Code(code) => {
                LoginChallenge::Code(PendingCode { id: self.identity.tag(account, &code.id), ..code })
            }
            LoginChallenge::Slide(slide) => LoginChallenge::Slide(slide),
        }
    }
}
