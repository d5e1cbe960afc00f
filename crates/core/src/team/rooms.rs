//! What happens to rooms, seen as one person would: a teammate that comes or goes is nobody's business as
//! long as another one is in the room. What an account tells twice happened once.

use alloc::{string::String, vec::Vec};

use super::Team;
use crate::{
    account::AccountId,
    account_set::AccountSet,
    balance::fingerprint,
    dedup::{Key, MessageCopy, Sort},
    event::{RoomChange, WeChatEvent},
    time::{Stamp, Time},
};

/// What an account tells again is told again if its time, by the account's own clock, is later by more than this,
/// in milliseconds.
const LATER: u64 = 10_000;

/// In a room: one of its people, or nobody for its topic; by fingerprints.
pub(super) type Place = (AccountId, u64, u64);

/// What an account told last of a place.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Told {
    sort: Sort,
    /// The topic's fingerprint.
    content: u64,
    stamp: Option<Stamp>,
}

impl Team {
    pub(super) fn on_room_join(&mut self, now: Time, account: AccountId, change: &RoomChange) {
        let (own, room) = (self.own(&change.people), self.identity.room_out(account, &change.room));
        self.is_told(account, &room, own);
        let before = self.directory.reach(&room).yes.without(own);
        let is_new = self.observe(now, account, Sort::Joined, &room, change);
        for comer in own.iter().filter(|comer| is_new || *comer == account) {
            self.is_there(&room, comer);
        }
        if is_new {
            let seen = self.as_seen_by_bots(account, change, before.is_empty());
            self.publish_change(now, WeChatEvent::RoomJoin, change, seen);
        }
    }

    pub(super) fn on_room_leave(&mut self, now: Time, account: AccountId, change: &RoomChange) {
        let (own, room) = (self.own(&change.people), self.identity.room_out(account, &change.room));
        self.is_told(account, &room, own);
        let is_new = self.observe(now, account, Sort::Left, &room, change);
        for leaver in own.iter().filter(|leaver| is_new || *leaver == account) {
            self.cannot(&room, leaver);
        }
        if is_new {
            let alone = self.directory.reach(&room).yes.is_empty();
            let seen = self.as_seen_by_bots(account, change, alone);
            self.publish_change(now, WeChatEvent::RoomLeave, change, seen);
        }
    }

    /// The event has the team's ids already.
    pub(super) fn on_room_topic(&mut self, now: Time, account: AccountId, event: &WeChatEvent) {
        let WeChatEvent::RoomTopic { room, new, timestamp: told, .. } = event else { return };
        self.is_told(account, room, AccountSet::EMPTY);
        self.refresh.set_topic(room, new);
        if self.is_news_of(now, account, room, Sort::Topic, fingerprint(new), *told) {
            let mut event = event.clone();
            if let WeChatEvent::RoomTopic { timestamp, .. } = &mut event {
                *timestamp = self.told_or_now(now, *told);
            }
            self.publish(now, room, &event);
        }
    }

    /// The event has the team's ids already.
    pub(super) fn on_room_announce(&mut self, now: Time, account: AccountId, event: &WeChatEvent) {
        let WeChatEvent::RoomAnnounce { room, new, timestamp: told, .. } = event else { return };
        self.is_told(account, room, AccountSet::EMPTY);
        let content = fingerprint(new);
        if self.is_news_of(now, account, room, Sort::Announced, content, *told) {
            let mut event = event.clone();
            if let WeChatEvent::RoomAnnounce { timestamp, .. } = &mut event {
                *timestamp = self.told_or_now(now, *told);
            }
            self.publish(now, room, &event);
        }
    }

    /// Whether what a room has one of is something else now, as an account tells, and none told before. Not by what it was: one
    /// that was away knows another. Nor by who changed it: not every account knows.
    fn is_news_of(
        &mut self,
        now: Time,
        account: AccountId,
        room: &str,
        sort: Sort,
        content: u64,
        told: Option<i64>,
    ) -> bool {
        let key = Key { room: String::from(room), talker: String::new(), sort, content };
        let copy = self.unnamed_copy(account);
        let stamp = told.and_then(Stamp::new);
        // The announcement's place is not the topic's.
        let place = if sort == Sort::Announced { "announcement" } else { "" };
        let is_again = self.is_again(now, account, room, &[place], &Told { sort, content, stamp });
        !is_again && self.dedup.observe(now, &key, &copy, stamp).is_new()
    }

    /// Whoever is told of others in a room is there. What became of a teammate is told by the first copy; a
    /// later one may be older than what happened since. Of itself an account knows best.
    fn is_told(&mut self, account: AccountId, room: &str, about: AccountSet) {
        if !about.contains(account) {
            self.is_there(room, account);
        }
    }

    fn observe(
        &mut self,
        now: Time,
        account: AccountId,
        sort: Sort,
        room: &str,
        change: &RoomChange,
    ) -> bool {
        // By the accounts' own ids, since two teammates are not the same person here.
        let content = change.people.iter().map(|person| fingerprint(person)).fold(0, u64::wrapping_add);
        let key = Key { room: String::from(room), talker: String::new(), sort, content };
        let copy = self.unnamed_copy(account);
        // Of whom nothing is said, a time says no more: two of one second are two.
        let stamp = change.timestamp.filter(|_| !change.people.is_empty()).and_then(Stamp::new);
        let people: Vec<&str> = change.people.iter().map(String::as_str).collect();
        !self.is_again(now, account, room, &people, &Told { sort, content: 0, stamp })
            && self.dedup.observe(now, &key, &copy, stamp).is_new()
    }

    /// When it happened, as its account tells it, or else when that was: some clients end without a time.
    fn told_or_now(&self, now: Time, told: Option<i64>) -> Option<i64> {
        told.or_else(|| Some(self.dedup.right_time(now)))
    }

    /// Whether an account tells what it told last, seconds ago, of all of these people: nobody joins twice
    /// without having left.
    fn is_again(&mut self, now: Time, account: AccountId, room: &str, people: &[&str], told: &Told) -> bool {
        let (room, people) = (fingerprint(room), people.iter().map(|person| fingerprint(person)));
        let places: Vec<Place> = people.map(|person| (account, room, person)).collect();
        let is_again = |place| self.changes.get(now, place).is_some_and(|last| told.repeats(last));
        if !places.is_empty() && places.iter().all(is_again) {
            return true;
        }
        places.into_iter().for_each(|place| self.changes.put(now, place, told.clone()));
        false
    }

    /// A copy of what has no id: no two are the same.
    fn unnamed_copy(&mut self, account: AccountId) -> MessageCopy {
        self.unnamed += 1;
        MessageCopy { account, id: alloc::format!("#{}", self.unnamed) }
    }

    fn as_seen_by_bots(&self, account: AccountId, change: &RoomChange, with_self: bool) -> RoomChange {
        let mut people: Vec<String> = Vec::new();
        for person in &change.people {
            let is_own = self.identity.is_own(person);
            let person = self.identity.contact_out(account, person);
            if (with_self || !is_own) && !people.contains(&person) {
                people.push(person);
            }
        }
        RoomChange {
            room: self.identity.room_out(account, &change.room),
            people,
            by: self.identity.contact_out(account, &change.by),
            timestamp: self.told_or_now(self.now, change.timestamp),
        }
    }

    /// That teammates alone came or went is nobody's business. Of whom it was nobody may know: then it is told so.
    fn publish_change(
        &mut self,
        now: Time,
        event: fn(RoomChange) -> WeChatEvent,
        told: &RoomChange,
        seen: RoomChange,
    ) {
        if told.people.is_empty() || !seen.people.is_empty() {
            self.publish(now, &seen.room.clone(), &event(seen));
        }
    }

    /// The team's own accounts among these people.
    pub(super) fn own(&self, people: &[String]) -> AccountSet {
        people.iter().filter_map(|person| self.identity.account_of(person)).collect()
    }
}

impl Told {
    fn repeats(&self, last: &Self) -> bool {
        let apart = self.stamp.zip(last.stamp).map_or(0, |(one, other)| one.since(other).unsigned_abs());
        (self.sort, self.content) == (last.sort, last.content) && apart <= LATER
    }
}
