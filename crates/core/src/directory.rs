//! Who can reach whom: for each conversation, which accounts are in it, which are not, and who was spoken
//! to last. Learnt from lists, payloads, events and from what became of calls; never guessed.
//!
//! The map is persistent: a published snapshot shares all that did not change since.

use alloc::string::{String, ToString};

use rpds::RedBlackTreeMapSync;

use crate::{account::AccountId, account_set::AccountSet};

/// What is known of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reach {
    /// It is a room, for sure; else it is a contact, or not known.
    pub is_room: bool,
    /// These are in the room, or are friends of the contact.
    pub yes: AccountSet,
    /// These tried and could not, or left.
    pub no: AccountSet,
    /// The contact last wrote to this one.
    pub last: Option<AccountId>,
    /// This one owns the room.
    pub owner: Option<AccountId>,
    /// These administer the room.
    pub admins: AccountSet,
    /// Whether owner and admins are known.
    pub ranks_known: bool,
}

/// What is known of all conversations, by the ids that bots use.
#[derive(Debug, Clone, PartialEq)]
pub struct Directory {
    conversations: RedBlackTreeMapSync<String, Reach>,
}

impl Default for Directory {
    fn default() -> Self {
        Self { conversations: RedBlackTreeMapSync::new_sync() }
    }
}

impl Directory {
    /// What is known of a conversation.
    pub fn reach(&self, conversation: &str) -> Reach {
        self.conversations.get(conversation).copied().unwrap_or_default()
    }

    /// How many conversations are known.
    pub fn len(&self) -> usize {
        self.conversations.size()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty()
    }

    /// `account` can reach it. True if that is news.
    pub(crate) fn can(&mut self, conversation: &str, account: AccountId) -> bool {
        self.change(conversation, |reach| {
            reach.yes.insert(account);
            reach.no.remove(account);
        })
    }

    /// `account` is in this room. True if that is news.
    pub(crate) fn is_in(&mut self, room: &str, account: AccountId) -> bool {
        self.change(room, |reach| reach.is_room = true) | self.can(room, account)
    }

    /// `account` can't reach it. True if that is news.
    pub(crate) fn cannot(&mut self, conversation: &str, account: AccountId) -> bool {
        self.change(conversation, |reach| {
            reach.yes.remove(account);
            reach.no.insert(account);
        })
    }

    /// The contact wrote to `account`. True if that is news.
    pub(crate) fn wrote_to(&mut self, contact: &str, account: AccountId) -> bool {
        self.change(contact, |reach| {
            reach.yes.insert(account);
            reach.no.remove(account);
            reach.last = Some(account);
        })
    }

    /// A room's payload names its members and ranks, as far as they are the team's own accounts.
    pub(crate) fn room(
        &mut self,
        room: &str,
        members: AccountSet,
        owner: Option<AccountId>,
        admins: AccountSet,
    ) -> bool {
        self.change(room, |reach| {
            reach.is_room = true;
            reach.yes = members;
            reach.no = reach.no.without(members);
            (reach.owner, reach.admins, reach.ranks_known) = (owner, admins, true);
        })
    }

    fn change(&mut self, conversation: &str, change: impl FnOnce(&mut Reach)) -> bool {
        let before = self.reach(conversation);
        let mut after = before;
        change(&mut after);
        if before != after {
            self.conversations.insert_mut(conversation.to_string(), after);
        }
        before != after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);

    #[test]
    fn what_is_learnt_last_counts() {
        let mut directory = Directory::default();
        assert!(directory.can("room", A));
        assert!(!directory.can("room", A), "no news");
        assert!(directory.cannot("room", A));
        let reach = directory.reach("room");
        assert!(reach.yes.is_empty() && reach.no.contains(A));
        directory.wrote_to("alice", B);
        assert_eq!(directory.reach("alice").last, Some(B));
    }

    #[test]
    fn a_snapshot_does_not_change() {
        let mut directory = Directory::default();
        directory.can("room", A);
        let snapshot = directory.clone();
        directory.can("room", B);
        assert_eq!((snapshot.reach("room").yes.len(), directory.reach("room").yes.len()), (1, 2));
    }
}
