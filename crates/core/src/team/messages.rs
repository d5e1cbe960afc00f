//! Messages: those that accounts are shown, and those that the bot sends.

use alloc::string::ToString;

use super::Team;
use crate::{
    account::AccountId,
    command::Command,
    dedup::{Copy, Key, SendId, Verdict},
    event::{Event, Message},
    input::Outcome,
    time::Time,
};

/// The wire's number of a text.
const TEXT: i32 = 7;
/// The wire's numbers of what carries a file (attachment, audio, emoticon, image, video): which of them a
/// sent file becomes, its account decides.
const FILES: [i32; 5] = [1, 2, 5, 6, 15];

impl Team {
    pub(super) fn on_message(&mut self, now: Time, account: AccountId, message: &Message) {
        let teammate = self.identity.account_of(&message.talker);
        let out = Message {
            id: self.identity.tag(account, &message.id),
            talker: self.identity.contact_out(account, &message.talker),
            room: self.identity.room_out(account, &message.room),
            listener: self.identity.contact_out(account, &message.listener),
            ..message.clone()
        };
        self.learn_from(account, teammate, &out);
        let copy = Copy::new(account, &message.id);
        match self.dedup.observe(now, self.key(account, &out), copy.clone()) {
            Verdict::New => self.publish(now, &Event::Message { id: out.id }),
            Verdict::Witness { first: Some(known) } => self.commands.push_back(Command::Join { known, copy }),
            Verdict::Witness { first: None } | Verdict::Repeat => {}
        }
    }

    pub(super) fn on_send_begins(&mut self, now: Time, send: SendId, account: AccountId, message: &Message) {
        let key = self.key(account, message);
        self.dedup.begin(now, send, key, account);
    }

    pub(super) fn on_send_ends(
        &mut self,
        send: SendId,
        account: AccountId,
        conversation: &str,
        outcome: &Outcome,
    ) {
        match outcome {
            Outcome::Sent { id } => {
                self.stale |= self.directory.can(conversation, account);
                if id.is_empty() {
                    return;
                }
                let copy = Copy::new(account, id);
                if let Some(known) = self.dedup.finish(send, copy.clone())
                    && known != copy
                {
                    self.commands.push_back(Command::Join { known, copy });
                }
            }
            Outcome::NotSent => self.dedup.abandon(send),
            // It stays as it is: a teammate that sees it is its witness.
            Outcome::Unsure => {}
        }
    }

    /// Whoever is shown a message is there; so is the teammate that said it.
    fn learn_from(&mut self, account: AccountId, teammate: Option<AccountId>, out: &Message) {
        if !out.room.is_empty() {
            self.stale |= self.directory.is_in(&out.room, account);
            if let Some(teammate) = teammate {
                self.stale |= self.directory.is_in(&out.room, teammate);
            }
        } else if teammate.is_none() {
            self.stale |= self.directory.wrote_to(&out.talker, account);
        } else if out.listener != self.identity.self_id() {
            self.stale |= self.directory.can(&out.listener, account);
        }
    }

    /// What copies of a message have in common. A private conversation is one account's alone: messages of
    /// two of them are never one.
    ///
    /// Of what the bot sends itself only a text looks to its witnesses as it looked to the sender. Anything
    /// else is told apart by its sort alone; counting occurrences does the rest.
    fn key(&self, account: AccountId, out: &Message) -> Key {
        let is_own = out.talker == self.identity.self_id();
        let (kind, content) = match out.kind {
            TEXT => (TEXT, out.content),
            kind if is_own && FILES.contains(&kind) => (FILES[0], 0),
            kind if is_own => (kind, 0),
            kind => (kind, out.content),
        };
        let room = if out.room.is_empty() {
            let partner = if is_own { &out.listener } else { &out.talker };
            self.identity.tag(account, partner)
        } else {
            out.room.to_string()
        };
        Key { room, talker: out.talker.clone(), kind, content }
    }
}
