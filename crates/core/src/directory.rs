//! Who can reach whom: for each conversation, which accounts are in it, which are not, and who was spoken
//! to last. Learnt from lists, payloads, events and from what became of calls; never guessed.
//!
//! The map is persistent: a published snapshot shares all that did not change since. It is bounded: what
//! nobody reaches is forgotten first, and is learnt again when it matters.
//!
//! An account that leaves may have reached a million conversations, so what is known of it is not looked for at once:
//! each entry says in which era it was written, and of what is older an account's forgetting counts wherever the entry
//! is read. A sweep, piece by piece, writes that down.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::ops::Bound;

use rpds::RedBlackTreeMapSync;

use crate::{account::AccountId, account_set::AccountSet};

/// What is known of one conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
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

impl Reach {
    /// It says nothing about any account.
    fn is_empty(&self) -> bool {
        self.yes.is_empty() && self.no.is_empty()
    }
}

/// What is known, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Known {
    reach: Reach,
    /// Of these it is known by what happened there, or was said of it; of the others by their lists alone.
    seen: AccountSet,
    /// A list of these named it.
    listed: AccountSet,
    /// When it was written: after so many accounts were forgotten.
    era: u32,
}

impl Known {
    fn forget(&mut self, account: AccountId) {
        self.lose(account);
        self.reach.no.remove(account);
    }

    fn see(&mut self, account: AccountId) {
        self.gain(account);
        self.seen.insert(account);
    }

    fn gain(&mut self, account: AccountId) {
        self.reach.yes.insert(account);
        self.reach.no.remove(account);
    }

    fn lose(&mut self, account: AccountId) {
        let reach = &mut self.reach;
        for set in [&mut reach.yes, &mut reach.admins, &mut self.seen, &mut self.listed] {
            set.remove(account);
        }
        reach.last.take_if(|last| *last == account);
        if reach.owner.take_if(|owner| *owner == account).is_some() {
            reach.ranks_known = false;
        }
    }
}

/// What a conversation costs besides its id: its node in the tree, its entry, and the allocator's own.
const ENTRY: usize = 240;
/// Among how many the one to forget is chosen.
const CHOICE: usize = 8;

/// What is known of all conversations, by the ids that bots use.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(from = "written::Read"))]
pub struct Directory {
    conversations: RedBlackTreeMapSync<String, Known>,
    #[cfg_attr(feature = "serde", serde(skip_serializing))]
    bytes: usize,
    limit: usize,
    /// The last that was forgotten; the next one stands behind it.
    hand: String,
    /// How many accounts were forgotten so far.
    era: u32,
    /// Whose forgetting is not written into every entry yet, and the era that began with it.
    forgotten: Vec<(AccountId, u32)>,
    sweep: Option<Sweep>,
}

/// A walk over all conversations that writes down what was forgotten.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Sweep {
    from: Option<String>,
    /// Another account was forgotten since it began.
    again: bool,
}

impl Directory {
    /// Nothing is known; and no more ever, than weighs so much in bytes.
    pub(crate) fn new(limit: usize) -> Self {
        let conversations = RedBlackTreeMapSync::new_sync();
        Self {
            conversations,
            bytes: 0,
            limit,
            hand: String::new(),
            era: 0,
            forgotten: Vec::new(),
            sweep: None,
        }
    }

    /// From now on no more is known than weighs so much in bytes.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
        while self.bytes > limit && !self.is_empty() {
            self.forget_one();
        }
    }

    /// What is known weighs so much, in bytes.
    pub fn weight(&self) -> usize {
        self.bytes
    }

    /// What is known of a conversation.
    pub fn reach(&self, conversation: &str) -> Reach {
        self.known(conversation).reach
    }

    /// How many conversations are known; those count that only an account reached that was forgotten a moment ago.
    pub fn len(&self) -> usize {
        self.conversations.size()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.conversations.is_empty()
    }

    /// `account` can reach it. True if that is news.
    pub(crate) fn can(&mut self, conversation: &str, account: AccountId) -> bool {
        self.change(conversation, |known| known.see(account))
    }

    /// `account` is in this room. True if that is news.
    pub(crate) fn is_in(&mut self, room: &str, account: AccountId) -> bool {
        self.change(room, |known| {
            known.reach.is_room = true;
            known.see(account);
        })
    }

    /// A list of `account` names it. True if that is news.
    pub(crate) fn is_listed(&mut self, conversation: &str, account: AccountId, is_room: bool) -> bool {
        self.change(conversation, |known| {
            known.reach.is_room |= is_room;
            known.gain(account);
            known.listed.insert(account);
        })
    }

    /// Whether lists of `account` name rooms that it was seen in, among so many conversations behind `from`; and the
    /// last of them, if there are more. `None` if it was seen in one that is named neither now nor before.
    pub(crate) fn lists_rooms(
        &self,
        account: AccountId,
        from: Option<&str>,
        most: usize,
        is_named: impl Fn(&str) -> bool,
    ) -> Option<(bool, Option<String>)> {
        let (part, next) = self.part(from, most);
        let mut seen = part.into_iter().filter(|(_, it)| it.reach.is_room && it.seen.contains(account));
        let mut names_any = false;
        let names_all = seen.all(|(room, known)| {
            names_any = true;
            known.listed.contains(account) || is_named(room)
        });
        names_all.then_some((names_any, next))
    }

    /// `account` can't reach it. True if that is news.
    pub(crate) fn cannot(&mut self, conversation: &str, account: AccountId) -> bool {
        self.change(conversation, |known| {
            known.lose(account);
            known.reach.no.insert(account);
        })
    }

    /// `account` has told all that it reaches: of the rest it reaches nothing any more, unless `keep` says
    /// otherwise, which is told whether a list named it before. Looks at so many conversations behind `from`. Returns
    /// what it has lost, and the last that was looked at, if there are more.
    pub(crate) fn only(
        &mut self,
        account: AccountId,
        from: Option<&str>,
        most: usize,
        keep: impl Fn(&str, &Reach, bool) -> bool,
    ) -> (Vec<String>, Option<String>) {
        let (part, next) = self.part(from, most);
        let lost = part.into_iter().filter(|(id, it)| {
            it.reach.yes.contains(account) && !keep(id, &it.reach, it.listed.contains(account))
        });
        let lost: Vec<String> = lost.map(|(id, _)| id.clone()).collect();
        for conversation in &lost {
            self.cannot(conversation, account);
        }
        (lost, next)
    }

    /// Rooms that lists of `account` named, and a list names no more, though nothing says that it left them: among so
    /// many conversations behind `from`; and the last of these, if there are more.
    pub(crate) fn unlist(
        &mut self,
        account: AccountId,
        from: Option<&str>,
        most: usize,
        is_named: impl Fn(&str) -> bool,
    ) -> (Vec<String>, Option<String>) {
        let (part, next) = self.part(from, most);
        let listed = part.into_iter().filter(|(_, it)| it.reach.is_room && it.listed.contains(account));
        let missed: Vec<String> = listed.filter(|(id, _)| !is_named(id)).map(|(id, _)| id.clone()).collect();
        for room in &missed {
            self.change(room, |known| known.listed.remove(account));
        }
        (missed, next)
    }

    /// So many conversations behind `from`, and the last of them, if there are more.
    fn part(&self, from: Option<&str>, most: usize) -> (Vec<(&String, Known)>, Option<String>) {
        let behind = (from.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let part = self.conversations.range::<str, _>(behind).take(most);
        let part: Vec<_> = part.map(|(id, known)| (id, self.now(known))).collect();
        let last = part.last().filter(|_| part.len() == most).map(|(id, _)| (*id).clone());
        (part, last)
    }

    /// Nothing is known of `account` any more: it has left, or is somebody else now. The rest is for
    /// [`sweep`](Self::sweep).
    pub(crate) fn forget(&mut self, account: AccountId) {
        self.era += 1;
        self.forgotten.retain(|(it, _)| *it != account);
        self.forgotten.push((account, self.era));
        match &mut self.sweep {
            Some(sweep) => sweep.again = true,
            None => self.sweep = Some(Sweep::default()),
        }
    }

    /// Whether there is something for [`sweep`](Self::sweep).
    pub(crate) fn is_unswept(&self) -> bool {
        self.sweep.is_some()
    }

    /// Writes what was forgotten into the next entries, so many of them, and removes those that say nothing any more.
    /// Returns how many it wrote.
    pub(crate) fn sweep(&mut self, most: usize) -> usize {
        let Some(sweep) = self.sweep.take() else { return 0 };
        let behind = (sweep.from.as_deref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded);
        let part = self.conversations.range::<str, _>(behind).take(most);
        let (mut last, mut looked, mut changed) = (None, 0, Vec::new());
        for (id, known) in part {
            let now = self.now(known);
            if now != (Known { era: self.era, ..*known }) {
                changed.push((id.clone(), now));
            }
            (last, looked) = (Some(id), looked + 1);
        }
        self.sweep = match last.filter(|_| looked == most) {
            Some(last) => Some(Sweep { from: Some(last.clone()), ..sweep }),
            None => sweep.again.then(Sweep::default),
        };
        let written = changed.len();
        for (id, known) in changed {
            match known.reach.is_empty() {
                true => self.remove(&id),
                false => self.conversations.insert_mut(id, known),
            }
        }
        if self.sweep.is_none() {
            self.forgotten.clear();
        }
        written
    }

    /// It turns out to be no conversation at all. Returns what was known of it.
    pub(crate) fn take(&mut self, conversation: &str) -> Reach {
        let reach = self.reach(conversation);
        self.remove(conversation);
        reach
    }

    /// The contact wrote to `account`. True if that is news.
    pub(crate) fn wrote_to(&mut self, contact: &str, account: AccountId) -> bool {
        self.change(contact, |known| {
            known.see(account);
            known.reach.last = Some(account);
        })
    }

    /// A room's payload names its members and ranks, as far as they are the team's own accounts. `gone` are
    /// those that it would name, were they there.
    pub(crate) fn room(
        &mut self,
        room: &str,
        members: AccountSet,
        gone: AccountSet,
        owner: Option<AccountId>,
        admins: AccountSet,
    ) -> bool {
        self.change(room, |known| {
            (known.seen, known.listed) = (members, known.listed.and(members));
            let reach = &mut known.reach;
            reach.is_room = true;
            reach.yes = members;
            reach.no = reach.no.without(members).or(gone);
            (reach.owner, reach.admins, reach.ranks_known) = (owner, admins.and(members), true);
        })
    }

    /// True if that is news of who reaches it; how it is known concerns nobody else.
    fn change(&mut self, conversation: &str, change: impl FnOnce(&mut Known)) -> bool {
        let before = self.known(conversation);
        let mut after = before;
        change(&mut after);
        if before == after {
            return false;
        }
        if after.reach.is_empty() {
            self.remove(conversation);
        } else {
            if !self.conversations.contains_key(conversation) {
                let weight = weight(conversation);
                while self.bytes + weight > self.limit && !self.is_empty() {
                    self.forget_one();
                }
                self.bytes += weight;
            }
            self.conversations.insert_mut(conversation.to_string(), after);
        }
        before.reach != after.reach
    }

    fn remove(&mut self, conversation: &str) {
        if self.conversations.remove_mut(conversation) {
            self.bytes -= weight(conversation);
        }
    }

    fn known(&self, conversation: &str) -> Known {
        self.now(self.conversations.get(conversation).unwrap_or(&Known::default()))
    }

    /// What an entry says, without what was forgotten since it was written.
    fn now(&self, known: &Known) -> Known {
        let mut now = Known { era: self.era, ..*known };
        let since = self.forgotten.iter().filter(|(_, era)| *era > known.era);
        since.for_each(|(account, _)| now.forget(*account));
        match now.reach.is_empty() {
            true => Known { era: self.era, ..Known::default() },
            false => now,
        }
    }

    /// Of the next few in turn, one that nobody reaches, or else the first.
    fn forget_one(&mut self) {
        let behind = (Bound::Excluded(self.hand.as_str()), Bound::Unbounded);
        let turn =
            || self.conversations.range::<str, _>(behind).chain(self.conversations.iter()).take(CHOICE);
        let chosen = turn().find(|(_, known)| self.now(known).reach.yes.is_empty()).or_else(|| turn().next());
        if let Some(id) = chosen.map(|(id, _)| id.clone()) {
            self.remove(&id);
            self.hand = id;
        }
    }
}

fn weight(conversation: &str) -> usize {
    ENTRY + conversation.len()
}

#[cfg(feature = "serde")]
mod written;

#[cfg(test)]
mod tests;
