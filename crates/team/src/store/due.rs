//! When a snapshot is due: before a start would have too much to go through, or the store too much to hold.

use std::time::Duration;

use ha_wechaty_core::Time;

/// How long after one that came to nothing the next one is made.
const AGAIN: Duration = Duration::from_secs(300);

/// How much may stand behind a snapshot before another one is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotLimits {
    /// So many notes.
    pub notes: u64,
    /// So much of them, in bytes; half of what the last snapshot weighs if that is more: it is not written again and again
    /// for little.
    pub bytes: usize,
    /// For how long, if anything stands there.
    pub age: Duration,
}

/// What stands behind the last snapshot that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Behind {
    /// So many notes.
    pub notes: u64,
    /// What they weigh, in bytes.
    pub bytes: usize,
    /// When that snapshot was made, or when the team began.
    pub since: Time,
    /// What it weighs, in bytes; 0 if there is none.
    pub snapshot: usize,
    /// Whether the next one is due at once: a newer one is damaged, or another version wrote what stands there, and may have
    /// taken it otherwise.
    pub is_urgent: bool,
}

impl Behind {
    /// Nothing, and no snapshot.
    pub fn nothing(since: Time) -> Self {
        Self { notes: 0, bytes: 0, since, snapshot: 0, is_urgent: false }
    }
}

/// Says when a snapshot is due, and knows whether one is being made.
#[derive(Debug)]
pub struct SnapshotDue {
    limits: SnapshotLimits,
    behind: Behind,
    /// What stood there when the one was asked for that is being made, and when that was.
    asked: Option<(Behind, Time)>,
    /// Not before then, since the last one came to nothing.
    not_before: Time,
}

impl SnapshotDue {
    /// With what stands behind the last one.
    pub fn new(limits: SnapshotLimits, behind: Behind) -> Self {
        Self { limits, behind, asked: None, not_before: Time::ZERO }
    }

    /// So many notes more, which weigh so much, in bytes.
    pub fn grows(&mut self, notes: u64, bytes: usize) {
        self.behind.notes += notes;
        self.behind.bytes += bytes;
    }

    /// Whether one is to be made now. If so it has all in it that there is, and [`SnapshotDue::ends`] is to be called.
    pub fn begins(&mut self, now: Time) -> bool {
        let (Behind { notes, bytes, since, snapshot, is_urgent }, limits) = (self.behind, self.limits);
        let is_due = is_urgent
            || notes >= limits.notes
            || bytes >= limits.bytes.max(snapshot / 2)
            || now - since >= limits.age;
        let begins = notes > 0 && is_due && self.asked.is_none() && now >= self.not_before;
        if begins {
            self.asked = Some((self.behind, now));
        }
        begins
    }

    /// The one that was made is kept, and weighs so much, in bytes; or came to nothing.
    pub fn ends(&mut self, kept: Option<usize>) {
        let Some((behind, since)) = self.asked.take() else { return };
        match kept {
            Some(snapshot) => {
                self.behind = Behind {
                    notes: self.behind.notes - behind.notes,
                    bytes: self.behind.bytes - behind.bytes,
                    since,
                    snapshot,
                    is_urgent: false,
                };
            }
            None => self.not_before = since + AGAIN,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SnapshotLimits =
        SnapshotLimits { notes: 100, bytes: 1_000, age: Duration::from_secs(3_600) };

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    fn due(behind: Behind) -> SnapshotDue {
        SnapshotDue::new(LIMITS, behind)
    }

    #[test]
    fn one_is_due_for_notes_for_bytes_and_for_age_also_of_those_before_a_start() {
        let new = Behind::nothing(at(0));
        for behind in [
            Behind { notes: 99, ..new },
            Behind { bytes: 999, ..new },
            Behind { notes: 1, since: at(0), ..new },
        ] {
            let mut due = due(behind);
            assert!(!due.begins(at(10)), "{behind:?}");
            due.grows(1, 1);
            assert!(due.begins(at(3_600)), "{behind:?}");
        }
        assert!(!due(Behind { bytes: 9, ..new }).begins(at(9_999)), "of nothing new there is none");
    }

    #[test]
    fn one_that_came_to_nothing_is_made_again_and_counts_for_nothing() {
        let mut due = due(Behind { notes: 100, ..Behind::nothing(at(0)) });
        assert!(due.begins(at(10)) && !due.begins(at(10)), "one at a time");
        due.grows(5, 50);
        due.ends(None);
        assert!(!due.begins(at(10)) && !due.begins(at(309)));
        assert!(due.begins(at(310)));
        due.grows(7, 70);
        due.ends(Some(10));
        assert!(!due.begins(at(400)));
        let left = Behind { notes: 7, bytes: 70, since: at(310), snapshot: 10, is_urgent: false };
        assert_eq!(due.behind, left, "what came meanwhile stands behind it");
    }

    #[test]
    fn after_a_start_with_a_damaged_one_or_of_another_version_the_next_is_due_at_once() {
        let mut due = due(Behind { is_urgent: true, ..Behind::nothing(at(0)) });
        due.grows(1, 1);
        assert!(due.begins(at(0)));
        due.ends(Some(10));
        due.grows(1, 1);
        assert!(!due.begins(at(1)));
    }

    #[test]
    fn a_large_one_is_not_made_again_for_little() {
        let mut due = due(Behind { snapshot: 100_000, ..Behind::nothing(at(0)) });
        due.grows(1, 49_999);
        assert!(!due.begins(at(1)));
        due.grows(1, 1);
        assert!(due.begins(at(1)));
    }
}
