//! Files of which it is not known whether they were sent.
//!
//! A stock TypeScript client tries a failed file again by the deprecated stream call. After "maybe sent"
//! that second try must not send, so such files are remembered for a while.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use ha_wechaty_core::BotId;

/// The second try follows at once; a person's own second try comes later.
const WINDOW: Duration = Duration::from_secs(30);

/// The files, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Unsure {
    files: Mutex<VecDeque<(Instant, BotId, String, String)>>,
}

impl Unsure {
    /// A bot's send of this file had an unknown end.
    pub(crate) fn note(&self, bot: BotId, conversation: &str, file: &str) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.push_back((Instant::now(), bot, conversation.to_owned(), file.to_owned()));
    }

    /// Whether this is the second try of such a send. It is one try only.
    pub(crate) fn take(&self, bot: BotId, conversation: &str, file: &str) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.retain(|(at, ..)| at.elapsed() < WINDOW);
        let found = files.iter().position(|(_, b, c, f)| *b == bot && c == conversation && f == file);
        found.is_some_and(|index| files.remove(index).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_second_try_of_the_same_file_is_known() {
        let unsure = Unsure::default();
        unsure.note(BotId(0), "room", "a.png");
        assert!(!unsure.take(BotId(1), "room", "a.png"));
        assert!(!unsure.take(BotId(0), "room", "b.png"));
        assert!(unsure.take(BotId(0), "room", "a.png"));
        assert!(!unsure.take(BotId(0), "room", "a.png"));
    }
}
