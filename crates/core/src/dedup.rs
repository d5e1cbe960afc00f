//! Every event once: N accounts in a room see one message N times, under N ids.
//!
//! What people do is an *occurrence*; what an account shows of it is a *copy*. Copies are told apart by a
//! key (room, talker, type, content), never by it alone: if a person says "1" twice, every account shows
//! two copies of one key. So occurrences of a key are counted: an account's first copy belongs to the first
//! occurrence it has not shown yet, its second to the next, and only a copy that finds no occurrence left
//! makes a new one. Emitted so far is then the most that any one account has shown.
//!
//! What the bot sends is an occurrence too, known before anybody shows it: teammates' copies of it are
//! witnesses, not news. Only the sender's own echo is shown to the bot, since one account alone would have
//! shown it.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
    vec::Vec,
};
use core::time::Duration;

use crate::{account::AccountId, time::Time};

/// What copies of one occurrence have in common, and other occurrences mostly not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The room, as bots know it.
    pub room: String,
    /// Who did it, as bots know them.
    pub talker: String,
    /// What it is: a message type's number, or a negative one for what is no message.
    pub kind: i32,
    /// Its content: a fingerprint of text or media.
    pub content: u64,
}

/// A message as one account shows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Copy {
    /// The account that shows it.
    pub account: AccountId,
    /// The id that it has there.
    pub id: String,
}

/// A send of the bot's, by the number that its caller gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SendId(pub u64);

/// What a copy turns out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody showed it before: the bot is to get it.
    New,
    /// The sender's own copy of what the bot sent: the bot is to get it.
    Echo {
        /// A teammate's copy that was shown before.
        first: Option<Copy>,
    },
    /// A further copy of what is known as `first`: not for the bot.
    Witness {
        /// The copy that the bot knows; `None` while its send is still under way.
        first: Option<Copy>,
    },
    /// The very same id from the same account: nothing at all.
    Repeat,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Occurrence {
    at: Time,
    /// The send that made it, if the bot did.
    send: Option<(SendId, AccountId)>,
    emitted: bool,
    copies: Vec<Copy>,
}

/// What was seen within the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dedup {
    window: Duration,
    occurrences: BTreeMap<Key, Vec<Occurrence>>,
    /// In the order of their end, since the window is the same for all.
    ends: VecDeque<(Time, Key)>,
    sends: BTreeMap<SendId, Key>,
}

impl Dedup {
    /// Nothing seen; copies within `window` (by receive time) of an occurrence belong to it.
    pub fn new(window: Duration) -> Self {
        Self { window, occurrences: BTreeMap::new(), ends: VecDeque::new(), sends: BTreeMap::new() }
    }

    /// An account shows a copy.
    pub fn observe(&mut self, now: Time, key: Key, copy: Copy) -> Verdict {
        self.handle_timeout(now);
        let known = self.occurrences.entry(key.clone()).or_default();
        if let Some(occurrence) = known.iter_mut().find(|it| it.copies.contains(&copy)) {
            return occurrence.shown_again(&copy);
        }
        // What has happened for sure comes before what may have: a witness of one is not to settle the other.
        let is_open = |it: &Occurrence| !it.shown_by(copy.account);
        let certain = known.iter().position(|it| is_open(it) && it.is_certain());
        if let Some(index) = certain.or_else(|| known.iter().position(is_open)) {
            return known[index].join(copy);
        }
        known.push(Occurrence { at: now, send: None, emitted: true, copies: [copy].into() });
        self.ends.push_back((now + self.window, key));
        Verdict::New
    }

    /// The bot sends: `account` is about to be asked.
    pub fn begin(&mut self, now: Time, send: SendId, key: Key, account: AccountId) {
        self.handle_timeout(now);
        let occurrence =
            Occurrence { at: now, send: Some((send, account)), emitted: false, copies: Vec::new() };
        self.occurrences.entry(key.clone()).or_default().push(occurrence);
        self.ends.push_back((now + self.window, key.clone()));
        self.sends.insert(send, key);
    }

    /// The account answered with the id that the message has there. Returns a copy under which the message
    /// is known already, if it is.
    pub fn finish(&mut self, send: SendId, copy: Copy) -> Option<Copy> {
        let key = self.sends.remove(&send)?;
        let known = self.occurrences.get_mut(&key)?;
        let mine = known.iter().position(|it| it.is_of(send))?;
        // Of several equal sends an echo is taken for the first one's, until an answer says whose it is.
        let is_free = |it: &Occurrence| it.send.is_some() && !it.shown_by(copy.account);
        let its = match known.iter().position(|it| it.copies.contains(&copy)) {
            Some(shown) => shown,
            None if is_free(&known[mine]) => mine,
            None => known.iter().position(is_free).unwrap_or(mine),
        };
        if its != mine {
            (known[mine].send, known[its].send) = (known[its].send, known[mine].send);
        }
        let first = known[its].copies.first().cloned();
        if !known[its].copies.contains(&copy) {
            // The sender's own copy comes first: it is the one that the bot is told.
            known[its].copies.insert(0, copy);
        }
        // A message that nobody was known to send has found its send; nothing is left for it to be.
        if known[mine].send.is_none() && known[mine].copies.is_empty() {
            known.remove(mine);
        }
        first
    }

    /// The sender says that the send came to nothing. If teammates saw it all the same, they are right.
    pub fn abandon(&mut self, send: SendId) {
        if let Some(key) = self.sends.remove(&send)
            && let Some(known) = self.occurrences.get_mut(&key)
        {
            known.retain(|it| !it.is_of(send) || !it.copies.is_empty());
        }
    }

    /// A copy of a send whose fate its sender doesn't know: somebody saw it.
    pub fn witness(&self, send: SendId) -> Option<&Copy> {
        self.occurrences.get(self.sends.get(&send)?)?.iter().find(|it| it.is_of(send))?.copies.first()
    }

    /// Nobody asks any more what became of a send. What was seen of it, or may be, still is no news.
    pub fn settle(&mut self, send: SendId) {
        self.sends.remove(&send);
    }

    /// How many occurrences are remembered.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// When [`Dedup::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Time> {
        self.ends.front().map(|(end, _)| *end)
    }

    /// Forgets what is older than the window. Also done at every observation.
    pub fn handle_timeout(&mut self, now: Time) {
        while let Some((_, key)) = self.ends.pop_front_if(|(end, _)| *end <= now) {
            let Some(known) = self.occurrences.get_mut(&key) else { continue };
            let gone = known.iter().filter(|it| it.at + self.window <= now).filter_map(|it| it.send);
            for (send, _) in gone {
                self.sends.remove(&send);
            }
            known.retain(|it| it.at + self.window > now);
            if known.is_empty() {
                self.occurrences.remove(&key);
            }
        }
    }
}

impl Occurrence {
    fn shown_by(&self, account: AccountId) -> bool {
        self.copies.iter().any(|copy| copy.account == account)
    }

    fn is_of(&self, send: SendId) -> bool {
        self.send.is_some_and(|(mine, _)| mine == send)
    }

    /// Whether it is known to have happened; a send may come to nothing.
    fn is_certain(&self) -> bool {
        self.send.is_none_or(|(_, sender)| self.shown_by(sender))
    }

    fn is_echo(&self, copy: &Copy) -> bool {
        self.send.is_some_and(|(_, sender)| sender == copy.account)
    }

    /// The sender's echo of a send that has answered comes under the same id.
    fn shown_again(&mut self, copy: &Copy) -> Verdict {
        if self.is_echo(copy) && !core::mem::replace(&mut self.emitted, true) {
            return Verdict::Echo { first: None };
        }
        Verdict::Repeat
    }

    fn join(&mut self, copy: Copy) -> Verdict {
        let first = self.copies.first().cloned();
        if self.is_echo(&copy) && !core::mem::replace(&mut self.emitted, true) {
            self.copies.insert(0, copy);
            return Verdict::Echo { first };
        }
        self.copies.push(copy);
        Verdict::Witness { first }
    }
}

impl Copy {
    /// The copy that `account` shows under `id`.
    pub fn new(account: AccountId, id: &str) -> Self {
        Self { account, id: id.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);
    const C: AccountId = AccountId(2);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn key(talker: &str, content: u64) -> Key {
        Key { room: "room".into(), talker: talker.into(), kind: 7, content }
    }

    fn dedup() -> Dedup {
        Dedup::new(Duration::from_secs(60))
    }

    fn says(dedup: &mut Dedup, now: u64, content: u64, account: AccountId, id: &str) -> Verdict {
        dedup.observe(at(now), key("alice", content), Copy::new(account, id))
    }

    fn witness(account: AccountId, id: &str) -> Verdict {
        Verdict::Witness { first: Some(Copy::new(account, id)) }
    }

    #[test]
    fn a_message_that_three_accounts_show_is_one() {
        let mut it = dedup();
        assert_eq!(says(&mut it, 0, 1, A, "a1"), Verdict::New);
        assert_eq!(says(&mut it, 2, 1, B, "b1"), witness(A, "a1"));
        assert_eq!(says(&mut it, 50, 1, C, "c1"), witness(A, "a1"));
    }

    #[test]
    fn the_same_words_twice_are_two() {
        let mut it = dedup();
        assert_eq!(says(&mut it, 0, 1, A, "a1"), Verdict::New);
        assert_eq!(says(&mut it, 1, 1, A, "a2"), Verdict::New);
        assert_eq!(says(&mut it, 1, 1, B, "b1"), witness(A, "a1"));
        assert_eq!(says(&mut it, 2, 1, B, "b2"), witness(A, "a2"));
        assert_eq!(says(&mut it, 3, 1, B, "b3"), Verdict::New);
    }

    #[test]
    fn other_words_or_other_people_are_others() {
        let mut it = dedup();
        assert_eq!(says(&mut it, 0, 1, A, "a1"), Verdict::New);
        assert_eq!(says(&mut it, 0, 2, B, "b1"), Verdict::New);
        assert_eq!(it.observe(at(0), key("bob", 1), Copy::new(C, "c1")), Verdict::New);
    }

    #[test]
    fn an_id_that_comes_again_is_nothing() {
        let mut it = dedup();
        says(&mut it, 0, 1, A, "a1");
        assert_eq!(says(&mut it, 1, 1, A, "a1"), Verdict::Repeat);
    }

    #[test]
    fn after_the_window_the_same_words_are_new_and_nothing_is_kept() {
        let mut it = dedup();
        says(&mut it, 0, 1, A, "a1");
        assert_eq!(says(&mut it, 60, 1, B, "b1"), Verdict::New);
        it.handle_timeout(at(120));
        assert!(it.is_empty() && it.occurrences.is_empty());
    }

    #[test]
    fn teammates_copies_of_a_send_are_no_news_before_or_after_its_answer() {
        let mut it = dedup();
        it.begin(at(0), SendId(1), key("bot", 1), A);
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(B, "b1")), Verdict::Witness { first: None });
        assert_eq!(it.witness(SendId(1)), Some(&Copy::new(B, "b1")));
        assert_eq!(it.finish(SendId(1), Copy::new(A, "a1")), Some(Copy::new(B, "b1")));
        assert_eq!(it.observe(at(1), key("bot", 1), Copy::new(C, "c1")), witness(A, "a1"));
    }

    #[test]
    fn the_senders_own_echo_is_shown_once() {
        let mut it = dedup();
        it.begin(at(0), SendId(1), key("bot", 1), A);
        it.finish(SendId(1), Copy::new(A, "a1"));
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(A, "a1")), Verdict::Echo { first: None });
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(A, "a1")), Verdict::Repeat);
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(B, "b1")), witness(A, "a1"));
    }

    #[test]
    fn an_echo_that_overtakes_the_answer_is_shown_once() {
        let mut it = dedup();
        it.begin(at(0), SendId(1), key("bot", 1), A);
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(A, "a1")), Verdict::Echo { first: None });
        assert_eq!(it.finish(SendId(1), Copy::new(A, "a1")), Some(Copy::new(A, "a1")));
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(A, "a1")), Verdict::Repeat);
    }

    #[test]
    fn two_sends_of_the_same_words_through_two_accounts_are_two() {
        let mut it = dedup();
        it.begin(at(0), SendId(1), key("bot", 1), A);
        it.finish(SendId(1), Copy::new(A, "a1"));
        it.begin(at(0), SendId(2), key("bot", 1), B);
        it.finish(SendId(2), Copy::new(B, "b1"));
        assert_eq!(it.observe(at(1), key("bot", 1), Copy::new(A, "a2")), witness(B, "b1"));
        assert_eq!(it.observe(at(1), key("bot", 1), Copy::new(B, "b2")), witness(A, "a1"));
        assert_eq!(it.observe(at(1), key("bot", 1), Copy::new(C, "c1")), witness(A, "a1"));
        assert_eq!(it.observe(at(1), key("bot", 1), Copy::new(C, "c2")), witness(B, "b1"));
    }

    #[test]
    fn an_abandoned_send_leaves_nothing() {
        let mut it = dedup();
        it.begin(at(0), SendId(1), key("bot", 1), A);
        it.abandon(SendId(1));
        assert_eq!(it.observe(at(0), key("bot", 1), Copy::new(B, "b1")), Verdict::New);
    }
}
