//! Saying something: to whom it goes, and under which ids phones show it.

use std::sync::Arc;
use std::time::Duration;

use ha_wechaty_wire::PuppetEvent;

use super::{Account, OFFICIAL, Refusal, State};
use crate::content::Content;
use crate::ledger::{Delivered, WorldMessage};

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Where {
    Room(String),
    Contact(String),
}

impl State {
    /// Where an id points to, seen by `me`.
    pub(crate) fn reach(&self, me: &str, id: &str) -> Result<Where, Refusal> {
        if id.ends_with("@chatroom") {
            return self.room_of(me, id).map(|room| Where::Room(room.id.clone()));
        }
        if !self.contacts.contains_key(id) {
            return Err(Refusal::new(format!("no contact {id}")));
        }
        if me != id && !self.are_friends(me, id) {
            return Err(Refusal::new(format!("{id} is not a friend")));
        }
        Ok(Where::Contact(id.to_owned()))
    }

    /// `from` says something, and everybody there sees it. Its serial number.
    pub(crate) fn say(&mut self, from: &str, to: &Where, content: Content, mentions: &[String]) -> u64 {
        self.reply(from, to, content, mentions, None)
    }

    /// The same, in answer to the message of this number.
    pub(crate) fn reply(
        &mut self,
        from: &str,
        to: &Where,
        content: Content,
        mentions: &[String],
        quotes: Option<u64>,
    ) -> u64 {
        let serial = self.write_down(from, to, content, (mentions, quotes), false);
        let viewers: Vec<String> = match to {
            Where::Room(id) => {
                let members = self.rooms.get(id).map(|room| room.members.as_slice()).unwrap_or_default();
                members.iter().filter(|it| *it != from).cloned().collect()
            }
            Where::Contact(id) => vec![id.clone()],
        };
        for viewer in viewers {
            self.show(&viewer, serial);
        }
        self.answer_ding(from, to, serial);
        serial
    }

    /// An account says something; the message id that it gets for it.
    pub(crate) fn send(
        &mut self,
        me: &str,
        conversation: &str,
        content: Content,
        mentions: &[String],
    ) -> Result<String, Refusal> {
        self.quote(me, conversation, content, mentions, None)
    }

    /// The same, in answer to the message of this number.
    pub(crate) fn quote(
        &mut self,
        me: &str,
        conversation: &str,
        content: Content,
        mentions: &[String],
        quotes: Option<u64>,
    ) -> Result<String, Refusal> {
        let to = self.reach(me, conversation)?;
        let account = self.account_mut(me)?;
        let lost = account.faults.loses();
        let echo = account.options.echo;
        let serial = if lost {
            self.write_down(me, &to, content, (mentions, quotes), true)
        } else {
            self.reply(me, &to, content, mentions, quotes)
        };
        let id = self.ids.of_phone();
        let account = self.account_mut(me)?;
        account.keep_copy(&id, serial);
        if echo && !lost {
            account.push(PuppetEvent::Message { id: id.clone() });
        }
        Ok(id)
    }

    /// The talker takes a message back.
    pub(crate) fn recall(&mut self, from: &str, serial: u64) -> Result<(), Refusal> {
        let slot = self.slot(serial)?;
        if slot.from != from {
            return Err(Refusal::new("only one's own messages can be recalled"));
        }
        if slot.recalled {
            return Err(Refusal::new("the message is already recalled"));
        }
        Arc::make_mut(slot).recalled = true;
        let (lost, room, listener) = (slot.lost, slot.room_id.clone(), slot.listener_id.clone());
        if lost {
            return Ok(());
        }
        let to = room.map_or_else(|| Where::Contact(listener.unwrap_or_default()), Where::Room);
        self.say(from, &to, Content::Recalled(serial), &[]);
        Ok(())
    }

    pub(crate) fn message(&self, serial: u64) -> Option<&Arc<WorldMessage>> {
        self.said.get(usize::try_from(serial).ok()?)
    }

    /// A message that a phone has, by its own id for it.
    pub(crate) fn message_of(&self, me: &str, id: &str) -> Result<&Arc<WorldMessage>, Refusal> {
        let serial = self.accounts.get(me).and_then(|account| account.serial_of(id));
        serial.and_then(|it| self.message(it)).ok_or_else(|| Refusal::new(format!("no message {id}")))
    }

    /// An event of WeChat for one contact, if it is one of our phones.
    pub(super) fn tell(&mut self, contact: &str, event: &PuppetEvent) {
        if let Some(account) = self.accounts.get_mut(contact) {
            account.push(event.clone());
        }
    }

    fn slot(&mut self, serial: u64) -> Result<&mut Arc<WorldMessage>, Refusal> {
        let place = usize::try_from(serial).ok();
        place.and_then(|it| self.said.get_mut(it)).ok_or_else(|| Refusal::new("no such message"))
    }

    fn write_down(
        &mut self,
        from: &str,
        to: &Where,
        content: Content,
        (mentions, quotes): (&[String], Option<u64>),
        lost: bool,
    ) -> u64 {
        let serial = self.said.len() as u64;
        let (room_id, listener_id) = match to {
            Where::Room(id) => (Some(id.clone()), None),
            Where::Contact(id) => (None, Some(id.clone())),
        };
        self.said.push(Arc::new(WorldMessage {
            serial,
            room_id,
            listener_id,
            from: from.to_owned(),
            account: self.accounts.get(from).map(|it| it.name.clone()),
            content,
            mentions: mentions.to_vec(),
            quotes,
            at: self.clock.now(),
            recalled: false,
            lost,
        }));
        serial
    }

    fn show(&mut self, viewer: &str, serial: u64) {
        if let Some(account) = self.accounts.get_mut(viewer) {
            let (again, hushed) = (account.faults.repeats(), account.faults.hushes());
            for later in [Some(Duration::ZERO), again].into_iter().flatten() {
                let id = self.ids.of_phone();
                account.keep_copy(&id, serial);
                if hushed {
                    account.hushed.insert(id.clone());
                }
                account.push_later(PuppetEvent::Message { id }, later);
            }
            return;
        }
        let Some(message) = self.message(serial).cloned() else { return };
        self.seen.push((viewer.to_owned(), serial));
        let delivered = Delivered { to: viewer.to_owned(), message };
        self.watchers.retain(|(of, watcher)| match of {
            Some(of) if of != viewer => !watcher.is_closed(),
            _ => watcher.send(delivered.clone()).is_ok(),
        });
    }

    fn answer_ding(&mut self, from: &str, to: &Where, serial: u64) {
        let asked = *to == Where::Contact(OFFICIAL.into()) && from != OFFICIAL && self.official_answers;
        let ding = |it: &Arc<WorldMessage>| it.content.text().is_some_and(|text| text.trim() == "ding");
        if asked && self.message(serial).is_some_and(ding) {
            self.say(OFFICIAL, &Where::Contact(from.to_owned()), "dong".into(), &[]);
        }
    }

    pub(crate) fn account(&self, me: &str) -> Result<&Account, Refusal> {
        self.accounts.get(me).ok_or_else(|| Refusal::new(format!("no account {me}")))
    }

    pub(crate) fn account_mut(&mut self, me: &str) -> Result<&mut Account, Refusal> {
        self.accounts.get_mut(me).ok_or_else(|| Refusal::new(format!("no account {me}")))
    }
}
