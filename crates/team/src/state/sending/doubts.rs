//! Files of which it is not known whether they were sent.
//!
//! A stock TypeScript client tries a failed file again by the deprecated stream call. After "maybe sent"
//! that second try must not send, so such files are remembered for a while.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use ha_wechaty_core::{BotId, fingerprint};

/// The second try follows at once; a person's own second try comes later.
const WINDOW: Duration = Duration::from_secs(30);

/// The files.
#[derive(Debug, Default)]
pub struct Doubts {
    files: Mutex<Files>,
}

#[derive(Debug, Default)]
struct Files {
    next: u64,
    all: Vec<File>,
}

#[derive(Debug)]
struct File {
    number: u64,
    bot: BotId,
    /// Where it went, and its name, which may be of any length.
    what: u64,
    /// When its send ended, if it has.
    ended: Option<Instant>,
}

/// A file's send, of which nothing is known until it is settled.
#[derive(Debug)]
pub struct Doubt<'a> {
    of: &'a Doubts,
    number: u64,
}

impl Doubts {
    /// How many files are remembered.
    pub(crate) fn len(&self) -> usize {
        self.recent().all.len()
    }

    /// A bot's send of this file begins. A bot that hangs up may try again before this one has ended.
    pub fn doubt(&self, bot: BotId, conversation: &str, name: &str) -> Doubt<'_> {
        let mut files = self.recent();
        let number = files.next;
        files.next += 1;
        files.all.push(File { number, bot, what: file_key(conversation, name), ended: None });
        Doubt { of: self, number }
    }

    /// A bot's send of this [file](file_key) was under way when the process ended: the bot lost its connection with it, and
    /// may try again now. Or it had ended so long ago, and nobody knew how.
    pub(crate) fn restore(&self, bot: BotId, what: u64, ago: Duration) {
        let Some(ended) = Instant::now().checked_sub(ago) else { return };
        let mut files = self.recent();
        let number = files.next;
        files.next += 1;
        files.all.push(File { number, bot, what, ended: Some(ended) });
    }

    /// Whether this is the second try of such a send. It is one try only.
    pub fn take(&self, bot: BotId, conversation: &str, name: &str) -> bool {
        let mut files = self.recent();
        let what = file_key(conversation, name);
        let found = files.all.iter().position(|it| it.bot == bot && it.what == what);
        found.map(|index| files.all.remove(index)).is_some()
    }

    fn recent(&self) -> MutexGuard<'_, Files> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.all.retain(|file| file.ended.is_none_or(|at| at.elapsed() < WINDOW));
        files
    }
}

/// A file of this name that goes there: it is asked for in the same words again.
pub(crate) fn file_key(conversation: &str, name: &str) -> u64 {
    fingerprint(conversation) ^ fingerprint(name).rotate_left(1)
}

impl Doubt<'_> {
    /// Its end is known.
    pub fn settle(self) {
        self.of.recent().all.retain(|file| file.number != self.number);
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        let mut files = self.of.recent();
        if let Some(file) = files.all.iter_mut().find(|file| file.number == self.number) {
            file.ended = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_try_of_the_same_file_is_known() {
        let doubts = Doubts::default();
        drop(doubts.doubt(BotId(0), "room", "a.png"));
        assert!(!doubts.take(BotId(1), "room", "a.png"));
        assert!(!doubts.take(BotId(0), "room", "b.png"));
        assert!(doubts.take(BotId(0), "room", "a.png"));
        assert!(!doubts.take(BotId(0), "room", "a.png"));
    }

    #[test]
    fn one_that_is_under_way_is_in_doubt() {
        let doubts = Doubts::default();
        let doubt = doubts.doubt(BotId(0), "room", "a.png");
        assert!(doubts.take(BotId(0), "room", "a.png"));
        drop(doubt);
        assert!(!doubts.take(BotId(0), "room", "a.png"), "it was one try only");
    }

    #[test]
    fn one_that_was_under_way_when_the_process_ended_is_in_doubt() {
        let (before, after) = (Doubts::default(), Doubts::default());
        let _doubt = before.doubt(BotId(0), "room", "a.png");
        after.restore(BotId(0), file_key("room", "a.png"), Duration::ZERO);
        after.restore(BotId(0), file_key("room", "old.png"), WINDOW);
        assert!(!after.take(BotId(0), "room", "old.png"), "it is too long ago");
        assert!(!after.take(BotId(0), "room", "b.png"));
        assert!(after.take(BotId(0), "room", "a.png"));
        assert!(!after.take(BotId(0), "room", "a.png"));
    }

    #[test]
    fn of_a_settled_send_there_is_no_doubt() {
        let doubts = Doubts::default();
        doubts.doubt(BotId(0), "room", "a.png").settle();
        assert!(!doubts.take(BotId(0), "room", "a.png"));
    }
}
