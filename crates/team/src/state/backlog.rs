//! What an account's stream has told, and the core has not taken yet.
//!
//! Nobody who tells the core something waits for it, since calls must not. So an account that tells faster than the core
//! listens would pile up what it tells, before everybody else's. It may have so much of it waiting; then its link reads
//! no more of its stream, HTTP/2's flow control holds its service, and nobody else notices.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use ha_wechaty_core::{Input, LinkFact, MessageFacts, PendingScan};
use tokio::sync::Notify;

/// How much waits of what one account has told, and how much may.
#[derive(Debug)]
pub struct Backlog {
    limit: usize,
    bytes: AtomicUsize,
    facts: AtomicUsize,
    eased: Notify,
}

/// A fact that waits, until this is dropped.
#[derive(Debug)]
pub struct Waiting {
    backlog: Arc<Backlog>,
    bytes: usize,
}

impl Backlog {
    /// Nothing waits.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, bytes: AtomicUsize::new(0), facts: AtomicUsize::new(0), eased: Notify::new() }
    }

    /// Waits until more may be told. One at a time waits; it may be dropped meanwhile.
    pub(crate) async fn room(&self) {
        // Whoever makes room says so to the next who asks, if nobody is waiting yet: nothing is missed between.
        while !self.has_room() {
            self.eased.notified().await;
        }
    }

    /// Whether more may be told.
    pub(crate) fn has_room(&self) -> bool {
        self.bytes.load(Ordering::Acquire) < self.limit
    }

    /// This fact waits from now on; alone it may weigh what it likes.
    pub fn hold(self: &Arc<Self>, fact: &Input) -> Waiting {
        let bytes = weight(fact);
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        self.facts.fetch_add(1, Ordering::AcqRel);
        Waiting { backlog: self.clone(), bytes }
    }

    /// How many facts wait, and what they weigh.
    pub fn waiting(&self) -> (usize, usize) {
        (self.facts.load(Ordering::Acquire), self.bytes.load(Ordering::Acquire))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.backlog.facts.fetch_sub(1, Ordering::AcqRel);
        let before = self.backlog.bytes.fetch_sub(self.bytes, Ordering::AcqRel);
        if before >= self.backlog.limit {
            self.backlog.eased.notify_one();
        }
    }
}

/// What a fact that an account's stream can tell weighs.
pub(crate) fn weight(fact: &Input) -> usize {
    let texts = match fact {
        Input::Link { fact, .. } => match fact {
            LinkFact::Login { contact_id: text }
            | LinkFact::Logout { reason: text }
            | LinkFact::Lost { cause: text }
            | LinkFact::Preparing { step: text } => text.len(),
            LinkFact::Scan(scan) => of_scan(scan),
            LinkFact::Challenge(challenge) => challenge.weight(),
            LinkFact::CodeRefused { id } => id.len(),
            LinkFact::Opened | LinkFact::Evicted | LinkFact::Taken { .. } => 0,
        },
        Input::Message { message, .. } | Input::OldMessage { message, .. } => of_message(message),
        Input::Event { event, .. } | Input::HeardOf { event, .. } => event.weight(),
        Input::Invitation { id, inviter, .. } => id.len() + inviter.len(),
        Input::Heard { id, .. } | Input::Unshown { id, .. } => id.len(),
        Input::StreamTells { .. } | Input::PuppetDong { .. } => 0,
        // They come by other ways, which are bounded by themselves.
        Input::Joins { .. }
        | Input::Restarts { .. }
        | Input::Follows { .. }
        | Input::Leaves { .. }
        | Input::Behind { .. }
        | Input::Lists { .. }
        | Input::Reaches { .. }
        | Input::Room { .. }
        | Input::RoomMade { .. }
        | Input::Invited { .. }
        | Input::RoomUnread { .. }
        | Input::SendBegins { .. }
        | Input::SendEnds { .. }
        | Input::ActBegins { .. }
        | Input::ActEnds { .. }
        | Input::Unreachable { .. }
        | Input::Quits { .. }
        | Input::HasQuit { .. }
        | Input::DingFailed { .. }
        | Input::PuppetDinged { .. }
        | Input::Worked { .. }
        | Input::Hand { .. }
        | Input::Told { .. }
        | Input::AlarmSeen { .. }
        | Input::AlarmTest { .. }
        | Input::Machine { .. }
        | Input::Reads { .. }
        | Input::HeardUpTo { .. }
        | Input::BotKnows { .. }
        | Input::BotConnected { .. }
        | Input::BotDisconnected { .. }
        | Input::BotSays { .. }
        | Input::BotSaid { .. }
        | Input::Acknowledged { .. }
        | Input::LoggedOut { .. }
        | Input::Ding { .. } => 0,
    };
    mem::size_of::<Input>() + texts
}

/// What a message's texts weigh.
pub(crate) fn of_message(message: &MessageFacts) -> usize {
    let MessageFacts { id, talker, room, listener, recalls, .. } = message;
    [id, talker, room, listener, recalls].iter().map(|text| text.len()).sum()
}

fn of_scan(scan: &PendingScan) -> usize {
    [&scan.qrcode, &scan.data].into_iter().flatten().map(String::len).sum()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ha_wechaty_core::{AccountId, WeChatEvent};
    use tokio::time::timeout;

    use super::*;

    fn topic(letters: usize) -> Input {
        let (room, changer, old) = ("r".into(), "c".into(), String::new());
        let event = WeChatEvent::RoomTopic { room, changer, new: "x".repeat(letters), old, timestamp: None };
        Input::Event { account: AccountId(0), event }
    }

    async fn has_room(backlog: &Backlog) -> bool {
        timeout(Duration::from_secs(3_600), backlog.room()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_told_too_much_waits_until_enough_of_it_was_taken() {
        let backlog = Arc::new(Backlog::new(10_000));
        let held: Vec<Waiting> = (0..3).map(|_| backlog.hold(&topic(4_000))).collect();
        assert!(!has_room(&backlog).await);
        let waiting = tokio::spawn({
            let backlog = backlog.clone();
            async move { backlog.room().await }
        });
        tokio::task::yield_now().await;
        let mut held = held.into_iter();
        drop(held.next());
        timeout(Duration::from_secs(1), waiting).await.expect("it is told").expect("no panic");
        assert!(has_room(&backlog).await);
        drop(held);
        assert_eq!(backlog.waiting(), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_fact_may_weigh_what_it_likes() {
        let backlog = Arc::new(Backlog::new(1_000));
        assert!(has_room(&backlog).await);
        let large = backlog.hold(&topic(1_000_000));
        assert!(backlog.waiting().1 > 1_000_000 && !has_room(&backlog).await);
        drop(large);
        assert!(has_room(&backlog).await);
    }

    #[tokio::test(start_paused = true)]
    async fn room_that_is_made_while_nobody_waits_is_found() {
        let backlog = Arc::new(Backlog::new(1_000));
        for _ in 0..3 {
            drop(backlog.hold(&topic(5_000)));
            let held = backlog.hold(&topic(5_000));
            assert!(!has_room(&backlog).await);
            drop(held);
            assert!(has_room(&backlog).await);
        }
    }
}
