//! Where somebody who is not of the team spoke lately: what the bot says there now is an answer.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
};
use core::time::Duration;

use crate::time::Time;

/// How many words are remembered at most.
const MOST: usize = 10_000;

/// The conversations, and when somebody last spoke there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Heard {
    last: BTreeMap<String, Time>,
    /// Every word, oldest first.
    words: VecDeque<(Time, String)>,
}

impl Heard {
    /// How many words are remembered.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn hear(&mut self, now: Time, conversation: &str, within: Duration) {
        self.last.insert(conversation.to_string(), now);
        self.words.push_back((now, conversation.to_string()));
        while self.words.len() > MOST || self.words.front().is_some_and(|(at, _)| *at + within < now) {
            let Some((at, conversation)) = self.words.pop_front() else { break };
            if self.last.get(&conversation) == Some(&at) {
                self.last.remove(&conversation);
            }
        }
    }

    pub(super) fn is_lately(&self, now: Time, conversation: &str, within: Duration) -> bool {
        self.last.get(conversation).is_some_and(|at| *at + within >= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Duration = Duration::from_secs(60);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn the_last_word_counts() {
        let mut heard = Heard::default();
        heard.hear(at(0), "alice", WITHIN);
        heard.hear(at(50), "alice", WITHIN);
        heard.hear(at(100), "bob", WITHIN);
        assert!(heard.is_lately(at(110), "alice", WITHIN) && !heard.is_lately(at(111), "alice", WITHIN));
        assert!(!heard.is_lately(at(0), "carol", WITHIN));
    }

    #[test]
    fn it_is_bounded_in_time_and_count() {
        let mut heard = Heard::default();
        for n in 0..2 * MOST {
            heard.hear(at(0), &alloc::format!("{n}"), WITHIN);
        }
        assert_eq!((heard.words.len(), heard.last.len()), (MOST, MOST));
        heard.hear(at(61), "alice", WITHIN);
        assert_eq!((heard.words.len(), heard.last.len()), (1, 1));
    }
}
