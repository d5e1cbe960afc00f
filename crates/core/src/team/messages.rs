//! Messages: those that accounts are shown, and those that the bot sends.

use super::{Team, dice::draws};
use crate::{
    account::AccountId,
    command::Command,
    content::{alike, content_of_text, own_alike},
    dedup::{Key, MessageCopy, SendId, Sort, Told, Verdict},
    event::{MessageFacts, WeChatEvent},
    health::Evidence,
    input::SendResult,
    kind::MessageKind,
    time::Time,
};
use alloc::string::ToString;

/// What the team asks the heartbeat contact, and what that answers.
const DING: &str = "ding";
const DONG: &str = "dong";

impl Team {
    /// What `is_old` shows nothing of how anybody is now.
    pub(super) fn on_message(&mut self, now: Time, account: AccountId, message: &MessageFacts, is_old: bool) {
        let author = self.identity.author(&message.talker);
        // What is said under a contact id that an account had is the team's own, but says nothing of the account.
        let teammate = self.identity.account_of(&message.talker);
        let out = MessageFacts {
            id: self.identity.tag(account, &message.id),
            talker: self.identity.contact_out(account, &message.talker),
            room: self.identity.room_out(account, &message.room),
            listener: self.identity.contact_out(account, &message.listener),
            ..message.clone()
        };
        self.learn_from(account, author.is_some(), teammate, &out);
        if !is_old {
            self.take_evidence(now, account, author, teammate, message);
        }
        if self.is_heartbeat(message) {
            return;
        }
        let copy = MessageCopy::new(account, &message.id);
        let key = self.key(account, author, &out);
        let recalled = Some(&message.recalls).filter(|id| !id.is_empty());
        let about = recalled.and_then(|id| self.dedup.number(&MessageCopy::new(account, id)));
        let at = now.before(message.waited);
        // What could not be read yet may be what this says again.
        let is_overtaken = is_old || self.hearing(account).is_behind();
        let told = Told { at, is_overtaken, stamp: message.stamp, about };
        let verdict = match author.is_some() && self.was_a_strangers(account, message, &copy) {
            true => Verdict::Repeat,
            false => self.dedup.observe_told(now, &key, &copy, told),
        };
        if let Some(begun) = self.dedup.sent_at(&key, &copy).filter(|_| author != Some(account) && !is_old) {
            self.hears_of(account, begun);
        }
        let is_new = verdict.is_new();
        if let Some(author) =
            author.filter(|_| is_new && !out.room.is_empty() && out.kind != MessageKind::Recalled)
            && self.dedup.sent_at(&key, &copy).is_none()
        {
            self.is_unexplained(now, author, &out.room);
        }
        if let Verdict::Witness { known: Some(known) } | Verdict::New { known: Some(known) } = verdict {
            self.commands.push_back(Command::Join { known, copy });
        }
        if is_new {
            let about = self.conversation(&out).to_string();
            self.publish(now, &about, &WeChatEvent::Message { id: out.id });
        }
    }

    /// Whether this very message was shown before it was known that its talker is of the team.
    fn was_a_strangers(&self, account: AccountId, message: &MessageFacts, copy: &MessageCopy) -> bool {
        let it = &self.identity;
        let (talker, room) = (it.stranger_out(account, &message.talker), it.room_out(account, &message.room));
        let key = self.key(account, None, &MessageFacts { talker, room, ..message.clone() });
        self.dedup.is_shown(&key, copy)
    }

    pub(super) fn on_send_begins(
        &mut self,
        now: Time,
        send: SendId,
        account: AccountId,
        message: &MessageFacts,
    ) {
        let key = self.key(account, Some(account), message);
        self.dedup.begin(now, send, &key, account);
        self.send_is_under_way(now, send, account, message);
    }

    pub(super) fn on_send_ends(
        &mut self,
        now: Time,
        send: SendId,
        account: AccountId,
        conversation: &str,
        outcome: &SendResult,
    ) {
        self.send_is_over(now, send, outcome);
        match outcome {
            SendResult::Sent { id } => {
                // What it said before it left is said; that it is there no more is true too.
                if self.is_member(account) {
                    self.can(conversation, account);
                }
                if id.is_empty() {
                    return;
                }
                let copy = MessageCopy::new(account, id);
                let known = self.dedup.finish(now, send, &copy);
                let is_witnessed = known.as_ref().is_some_and(|known| known.account != account);
                let is_watched = !is_witnessed && self.has_witness(conversation, account);
                if let Some(state) = self.accounts.get_mut(account.index()).filter(|_| is_watched) {
                    state.spoke(now, &mut draws(&mut self.dice));
                }
                if let Some(known) = known.filter(|known| *known != copy) {
                    self.commands.push_back(Command::Join { known, copy });
                }
            }
            SendResult::NotSent | SendResult::Refused => self.dedup.abandon(send),
            SendResult::Unsure { is_over } => {
                self.wait_for_witness(now, send, account, conversation, *is_over);
            }
        }
    }

    /// What a message shows of the account that is shown it, and of the one that said it.
    fn take_evidence(
        &mut self,
        now: Time,
        account: AccountId,
        author: Option<AccountId>,
        teammate: Option<AccountId>,
        message: &MessageFacts,
    ) {
        // Two that are logged in as one person are no witnesses of each other.
        let same = self.identity.same_person(account);
        let is_other = |it: AccountId| !same.contains(it);
        match author {
            None => self.on_evidence(now, account, self.evidence_of(message)),
            Some(author) if is_other(author) => self.on_evidence(now, account, Evidence::SawTeammate),
            Some(_) => {}
        }
        if let Some(teammate) = teammate.filter(|teammate| is_other(*teammate)) {
            self.on_evidence(now, teammate, Evidence::SeenByTeammate);
        }
    }

    pub(super) fn evidence_of(&self, message: &MessageFacts) -> Evidence {
        let is_dong = self.is_heartbeat(message) && message.content == content_of_text(DONG);
        if is_dong { Evidence::Dong } else { Evidence::Message }
    }

    /// Whether it is the team's own ding, or the dong to it: no business of the bot's.
    fn is_heartbeat(&self, message: &MessageFacts) -> bool {
        let Some(contact) = self.heartbeat_contact.as_deref() else { return false };
        message.room.is_empty()
            && message.kind == MessageKind::Text
            && (message.talker == contact && message.content == content_of_text(DONG)
                || message.listener == contact && message.content == content_of_text(DING))
    }

    /// Whoever is shown a message is there; so is the teammate that said it.
    fn learn_from(
        &mut self,
        account: AccountId,
        is_own: bool,
        teammate: Option<AccountId>,
        out: &MessageFacts,
    ) {
        if !out.room.is_empty() {
            self.is_there(&out.room, account);
            if let Some(teammate) = teammate {
                self.is_there(&out.room, teammate);
            }
        } else if !is_own {
            self.wrote_to(&out.talker, account);
        } else if teammate.is_some() && out.listener != self.identity.self_id() {
            self.can(&out.listener, account);
        }
    }

    /// Where a bot would answer it.
    fn conversation<'a>(&self, out: &'a MessageFacts) -> &'a str {
        match out.room.as_str() {
            "" if out.talker == self.identity.self_id() => &out.listener,
            "" => &out.talker,
            room => room,
        }
    }

    /// What copies of a message have in common, if `author` said it, or somebody who is not of the team. A
    /// private conversation is one account's alone, but for one between teammates: messages of two of them
    /// are never one. Nor is what two teammates say, though to bots they are one person.
    ///
    /// Two recalls of one person are told apart by what they recall, where that is known.
    ///
    /// Of what the bot sends itself only a text looks to its witnesses as it looked to the sender. Anything
    /// else is told apart by its sort alone; counting occurrences does the rest.
    fn key(&self, account: AccountId, author: Option<AccountId>, out: &MessageFacts) -> Key {
        let person = |account| self.identity.person(account);
        let (account, author) = (person(account), author.map(person));
        let kind = if author.is_some() { own_alike(out.kind) } else { alike(out.kind) };
        let is_told = kind == MessageKind::Text || author.is_none() && kind != MessageKind::Recalled;
        let content = if is_told { out.content } else { 0 };
        let talker =
            author.map_or_else(|| out.talker.clone(), |author| self.identity.tag(author, &out.talker));
        let room = match author {
            _ if !out.room.is_empty() => out.room.to_string(),
            Some(author) if out.listener == self.identity.self_id() => {
                self.identity.tag(author, &out.listener)
            }
            Some(_) => self.identity.tag(account, &out.listener),
            None => self.identity.tag(account, &out.talker),
        };
        Key { room, talker, sort: Sort::Said(kind), content }
    }
}
