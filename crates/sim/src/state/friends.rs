//! Friend requests and room invitations, as the phones get them.

use ha_wechaty_wire::{
    PuppetEvent,
    puppet::{FriendshipSceneType, FriendshipType},
};

use super::{FriendshipCard, InvitationCard, Refusal, State, Where};
use crate::content::Content;

impl State {
    /// Somebody asks somebody to be friends: a phone is asked, a person answers at once or lets it be.
    pub(crate) fn request_friendship(&mut self, from: &str, to: &str, hello: &str) -> Result<(), Refusal> {
        if !self.contacts.contains_key(to) {
            return Err(Refusal::new(format!("no contact {to}")));
        }
        if self.are_friends(from, to) {
            return Err(Refusal::new(format!("{to} is a friend already")));
        }
        if self.accounts.contains_key(to) {
            let id = self.friendship(to, from, hello, FriendshipType::Receive);
            self.tell(to, &PuppetEvent::Friendship { id });
        } else if self.contacts.get(to).is_some_and(|it| it.accepts) {
            self.confirm_friendship(from, to);
        }
        Ok(())
    }

    /// `by` accepts what `of` has asked: both are friends now, and `of` learns it.
    pub(crate) fn confirm_friendship(&mut self, of: &str, by: &str) {
        self.befriend(of, by);
        for (me, other) in [(of, by), (by, of)] {
            if self.accounts.contains_key(me) {
                let id = self.friendship(me, other, "", FriendshipType::Confirm);
                self.tell(me, &PuppetEvent::Friendship { id });
            }
        }
    }

    /// An account accepts a request that it got.
    pub(crate) fn accept_friendship(&mut self, me: &str, id: &str) -> Result<(), Refusal> {
        let card = self.account(me)?.friendships.get(id);
        let card = card.ok_or_else(|| Refusal::new(format!("no friendship {id}")))?;
        if card.kind != FriendshipType::Receive {
            return Err(Refusal::new(format!("friendship {id} is not a request")));
        }
        let other = card.contact_id.clone();
        self.confirm_friendship(&other, me);
        Ok(())
    }

    /// A member invites somebody: a phone gets an invitation, a person a message with one.
    pub(crate) fn invite(&mut self, inviter: &str, invitee: &str, room_id: &str) -> Result<(), Refusal> {
        let room = self.room_of(inviter, room_id)?;
        if room.has(invitee) {
            return Err(Refusal::new(format!("{invitee} is in room {room_id} already")));
        }
        if !self.accounts.contains_key(invitee) {
            let to = Where::Contact(invitee.to_owned());
            self.say(inviter, &to, Content::Invitation(room_id.to_owned()), &[]);
            return Ok(());
        }
        let card = InvitationCard {
            room_id: room_id.to_owned(),
            inviter_id: inviter.to_owned(),
            topic: room.topic.clone(),
            members: room.members.clone(),
            at: self.clock.now(),
            overridden: None,
        };
        let id = self.ids.of_phone();
        let account = self.account_mut(invitee)?;
        account.invitations.insert(id.clone(), card);
        account.found.insert(inviter.to_owned());
        self.tell(invitee, &PuppetEvent::RoomInvite { id });
        Ok(())
    }

    pub(crate) fn accept_invitation(&mut self, me: &str, id: &str) -> Result<(), Refusal> {
        let card = self.account(me)?.invitations.get(id);
        let card = card.ok_or_else(|| Refusal::new(format!("no room invitation {id}")))?;
        let (room_id, inviter) = (card.room_id.clone(), card.inviter_id.clone());
        self.room_of(&inviter, &room_id)?;
        self.join(&room_id, &[me.to_owned()], &inviter);
        Ok(())
    }

    fn friendship(&mut self, me: &str, other: &str, hello: &str, kind: FriendshipType) -> String {
        let id = self.ids.of_phone();
        if let Some(account) = self.accounts.get_mut(me) {
            account.found.insert(other.to_owned());
            let card = FriendshipCard {
                contact_id: other.to_owned(),
                hello: hello.to_owned(),
                kind,
                scene: FriendshipSceneType::Weixin,
            };
            account.friendships.insert(id.clone(), card);
        }
        id
    }
}
