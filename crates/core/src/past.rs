//! Contact ids that accounts had: of those that have left the team, or are logged in as somebody else now.
//!
//! What was said under them teammates may still be shown, late, and it is the team's own: were it a stranger's,
//! the bot would answer itself. So for a while they stay the team's own; nothing goes out under them, and
//! nobody is reached by them.

use alloc::{collections::VecDeque, string::String};
use core::time::Duration;

use crate::{account::AccountId, time::Time};

/// How many are remembered; beyond it the oldest are forgotten.
const MOST: usize = 256;

/// The contact ids that accounts had lately, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Past {
    /// How long each is remembered.
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    age: Duration,
    /// In the order in which they end.
    all: VecDeque<Former>,
}

/// A contact id that an account had.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Former {
    contact_id: String,
    account: AccountId,
    until: Time,
}

impl Past {
    /// None yet; each is to be remembered for so long.
    pub(crate) fn new(age: Duration) -> Self {
        Self { age, all: VecDeque::new() }
    }

    /// Those that are put from now on are to be remembered for so long.
    pub(crate) fn set_age(&mut self, age: Duration) {
        self.age = age;
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The account whose contact id this was.
    pub(crate) fn account_of(&self, contact_id: &str) -> Option<AccountId> {
        self.all.iter().find(|it| it.contact_id == contact_id).map(|it| it.account)
    }

    /// It is `account`'s no more.
    pub(crate) fn put(&mut self, now: Time, account: AccountId, contact_id: String) {
        self.take(&contact_id);
        if self.all.len() == MOST {
            self.all.pop_front();
        }
        self.all.push_back(Former { contact_id, account, until: now + self.age });
    }

    /// It is an account's own again.
    pub(crate) fn take(&mut self, contact_id: &str) {
        self.all.retain(|it| it.contact_id != contact_id);
    }

    /// When the first one ends.
    pub(crate) fn poll_timeout(&self) -> Option<Time> {
        self.all.front().map(|it| it.until)
    }

    /// Forgets those that end. True if any did.
    pub(crate) fn handle_timeout(&mut self, now: Time) -> bool {
        let before = self.all.len();
        while self.all.pop_front_if(|it| it.until <= now).is_some() {}
        self.all.len() != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{format, string::ToString};

    const A: AccountId = AccountId(0);
    const B: AccountId = AccountId(1);

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn each_is_remembered_for_its_time_since_it_was_last_somebodys() {
        let mut past = Past::new(Duration::from_secs(10));
        past.put(at(0), A, "x".to_string());
        past.put(at(5), A, "y".to_string());
        past.put(at(8), B, "x".to_string());
        assert_eq!((past.account_of("x"), past.poll_timeout()), (Some(B), Some(at(15))));
        assert!(past.handle_timeout(at(15)) && !past.handle_timeout(at(15)));
        assert_eq!((past.account_of("y"), past.account_of("x")), (None, Some(B)));
        past.take("x");
        assert_eq!((past.account_of("x"), past.poll_timeout()), (None, None));
    }

    #[test]
    fn it_is_bounded() {
        let mut past = Past::new(Duration::from_secs(10));
        for n in 0..=MOST {
            past.put(at(0), A, format!("{n}"));
        }
        assert_eq!((past.all.len(), past.account_of("0"), past.account_of("1")), (MOST, None, Some(A)));
    }
}
