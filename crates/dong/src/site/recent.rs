//! What was decided lately. WeChat asks up to three times, five seconds apart; it is to hear the same each time.

use std::{fmt::Write as _, sync::Arc, time::Duration};

use lru::LruCache;

use crate::protocol::CallbackId;

/// Long after WeChat's last retry.
const KEEP: Duration = Duration::from_secs(60);
/// As many as come in the 20 s up to WeChat's last retry, at 10,000 a second. An entry has 100 to 200 bytes.
const MOST: usize = 200_000;

/// What was decided about a message; with the message itself, all that its answer is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decision {
    /// Since 1970.
    pub(super) at: Duration,
    pub(super) random: [u8; 24],
    pub(super) reply: Option<Arc<str>>,
}

impl Decision {
    /// What hides an encrypted answer, and its nonce.
    pub(super) fn halves(&self) -> ([u8; 16], String) {
        let hidden = std::array::from_fn(|index| self.random[index]);
        let nonce = self.random.iter().skip(hidden.len()).fold(String::new(), |mut hex, byte| {
            // Writing to a text can't fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        });
        (hidden, nonce)
    }
}

/// The decisions of the last minute, or the latest of them.
pub(super) struct Recent {
    /// Never touched by a look: in the order of their coming.
    decisions: LruCache<CallbackId, Decision>,
    most: usize,
}

impl Default for Recent {
    fn default() -> Self {
        Self { decisions: LruCache::unbounded(), most: MOST }
    }
}

impl Recent {
    /// The first decision about a message: this one, or an earlier one; and whether it is an earlier one.
    pub(super) fn first(&mut self, identity: CallbackId, decision: Decision) -> (Decision, bool) {
        while let Some((_, oldest)) = self.decisions.peek_lru()
            && oldest.at + KEEP < decision.at
        {
            self.decisions.pop_lru();
        }
        if let Some(earlier) = self.decisions.peek(&identity) {
            return (earlier.clone(), true);
        }
        if self.decisions.len() == self.most {
            self.decisions.pop_lru();
        }
        self.decisions.put(identity, decision.clone());
        (decision, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(at: u64, reply: &str) -> Decision {
        Decision { at: Duration::from_secs(at), random: [0; 24], reply: Some(reply.into()) }
    }

    #[test]
    fn a_repetition_gets_the_first_decision() {
        let mut recent = Recent::default();
        let first = decision(100, "a");
        assert_eq!(recent.first(CallbackId::Id(1), first.clone()), (first.clone(), false));
        assert_eq!(recent.first(CallbackId::Id(2), decision(101, "b")), (decision(101, "b"), false));
        assert_eq!(recent.first(CallbackId::Id(1), decision(160, "c")), (first, true));
    }

    #[test]
    fn events_are_told_apart_by_sender_and_time() {
        let mut recent = Recent::default();
        let event = |from: &str, created| CallbackId::Event { from: from.into(), created };
        assert!(!recent.first(event("oA", 7), decision(100, "a")).1);
        assert!(!recent.first(event("oA", 8), decision(100, "a")).1);
        assert!(!recent.first(event("oB", 7), decision(100, "a")).1);
        assert!(recent.first(event("oA", 7), decision(100, "a")).1);
    }

    #[test]
    fn decisions_are_forgotten_after_a_minute() {
        let mut recent = Recent::default();
        recent.first(CallbackId::Id(1), decision(100, "a"));
        assert_eq!(recent.first(CallbackId::Id(1), decision(161, "b")), (decision(161, "b"), false));
        assert_eq!(recent.decisions.len(), 1);
    }

    #[test]
    fn the_oldest_make_room() {
        let mut recent = Recent { most: 2, ..Recent::default() };
        for id in 1..=3 {
            recent.first(CallbackId::Id(id), decision(100, "a"));
            recent.first(CallbackId::Id(1), decision(100, "a"));
        }
        assert_eq!(recent.decisions.len(), 2);
        assert!(recent.first(CallbackId::Id(1), decision(100, "a")).1, "it came again after it made room");
    }

    #[test]
    fn a_clock_that_goes_back_does_no_harm() {
        let mut recent = Recent::default();
        recent.first(CallbackId::Id(1), decision(100, "a"));
        assert!(recent.first(CallbackId::Id(1), decision(50, "b")).1);
    }
}
