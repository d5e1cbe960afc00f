//! Which snapshots stay though a start needs none of them: so far back it can be told what happened.

use std::time::Duration;

use ha_wechaty_journal::{Extent, Position};
use tokio::time::Instant;

/// Beyond so much the oldest goes, though it is not old enough: what records, and what snapshots weigh, in bytes. A replay
/// reads all of it.
const RECORDS: u64 = 64 << 20;
const SNAPSHOTS: u64 = 256 << 20;
/// And beyond such a part of what the store may need.
const RECORDS_OF: u64 = 8;
const SNAPSHOTS_OF: u64 = 4;

/// So many snapshots a start needs: the newest, and the one before should that be damaged.
const NEEDED: usize = 2;

/// In so many parts is cut what can be told: a snapshot stays at the beginning of each.
const PARTS: u32 = 4;

/// Says which snapshots stay.
#[derive(Debug)]
pub(super) struct Spares {
    /// How far back it is to be told.
    age: Duration,
    /// How much the store may need, in bytes.
    max_bytes: u64,
    /// When this process began: of what was there before, no more is known.
    begun: Instant,
    known: Vec<(Position, Instant)>,
}

impl Spares {
    pub(super) fn new(age: Duration, max_bytes: u64) -> Self {
        Self { age, max_bytes, begun: Instant::now(), known: Vec::new() }
    }

    /// One more was kept.
    pub(super) fn kept(&mut self, position: Position) {
        self.known.push((position, Instant::now()));
    }

    /// Those that stay of these, oldest first, when the next one is kept, which weighs so much. None stays where what became of
    /// sends, and who did what, would have to go for it.
    pub(super) fn choose(&mut self, there: &[Position], extent: &Extent, weight: usize) -> Vec<Position> {
        self.known.retain(|(position, _)| there.contains(position));
        if self.age.is_zero() || is_full(extent, weight, self.max_bytes) {
            return Vec::new();
        }
        let known =
            |at: &Position| self.known.iter().find(|(position, _)| position == at).map(|(_, when)| *when);
        let mut timed: Vec<(Position, Instant)> =
            there.iter().map(|at| (*at, known(at).unwrap_or(self.begun))).collect();
        // The newest that is old enough, and all behind it.
        let old = timed.iter().rposition(|(_, when)| when.elapsed() >= self.age).unwrap_or(0);
        let too_much = extent.record_bytes > RECORDS.min(self.max_bytes / RECORDS_OF)
            || extent.snapshot_bytes > SNAPSHOTS.min(self.max_bytes / SNAPSHOTS_OF);
        timed.drain(..(old + usize::from(too_much)).min(timed.len()));
        let mut chosen: Vec<(Position, Instant)> = Vec::new();
        for (position, when) in timed {
            if chosen.last().is_none_or(|(_, last)| when - *last >= self.age / PARTS) {
                chosen.push((position, when));
            }
        }
        chosen.into_iter().map(|(position, _)| position).collect()
    }
}

/// Whether it would be more than it may be, with one more snapshot that weighs so much.
fn is_full(extent: &Extent, weight: usize, max_bytes: u64) -> bool {
    extent.bytes.saturating_add(weight as u64) > max_bytes
}

/// Whether snapshots that no start needs take room that something else must have.
pub(super) fn are_in_the_way(there: &[Position], extent: &Extent, weight: usize, max_bytes: u64) -> bool {
    there.len() > NEEDED && is_full(extent, weight, max_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_BYTES: u64 = 1 << 30;
    const HOUR: Duration = Duration::from_secs(3_600);

    /// A snapshot each hour, for days: how far back it can be told at each, and of how many there are.
    async fn hours(hours: u64, extent: Extent) -> Vec<(u64, usize)> {
        let mut spares = Spares::new(24 * HOUR, MAX_BYTES);
        let mut there: Vec<Position> = Vec::new();
        let mut found = Vec::new();
        for hour in 1..=hours {
            tokio::time::advance(HOUR).await;
            let chosen = spares.choose(&there, &extent, 10);
            // As a journal does it: these, the one before, and the new one.
            let before = there.last().copied();
            there.retain(|it| chosen.contains(it) || Some(*it) == before);
            there.push(Position(hour));
            spares.kept(Position(hour));
            found.push((hour - there[0].0, there.len()));
        }
        found
    }

    #[tokio::test(start_paused = true)]
    async fn it_can_be_told_for_a_day_and_a_bit_with_few_snapshots() {
        let found = hours(24 * 7, Extent::default()).await;
        assert!(found.iter().take(24).enumerate().all(|(hour, (back, _))| *back == hour as u64), "{found:?}");
        let later = &found[24..];
        assert!(later.iter().all(|(back, there)| (24..=31).contains(back) && *there <= 8), "{later:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn where_that_weighs_too_much_it_is_told_for_as_long_as_a_start_needs() {
        let heavy = [
            Extent { record_bytes: RECORDS + 1, ..Extent::default() },
            Extent { snapshot_bytes: SNAPSHOTS + 1, ..Extent::default() },
            Extent { bytes: MAX_BYTES - 9, ..Extent::default() },
        ];
        for extent in heavy {
            let found = hours(48, extent).await;
            assert!(found.iter().skip(2).all(|it| *it == (1, 2)), "{extent:?}: {found:?}");
        }
        let there = [Position(1), Position(2)];
        let mut none = Spares::new(Duration::ZERO, MAX_BYTES);
        assert_eq!(none.choose(&there, &Extent::default(), 0), []);
    }

    #[test]
    fn a_small_store_is_no_more_than_in_parts_for_replays() {
        let there = [Position(1), Position(2), Position(3)];
        let count = |record_bytes, snapshot_bytes| {
            let extent = Extent { record_bytes, snapshot_bytes, ..Extent::default() };
            Spares::new(24 * HOUR, 16 << 20).choose(&there, &extent, 0).first().copied()
        };
        assert_eq!(count(2 << 20, 4 << 20), Some(Position(1)));
        assert_eq!(count((2 << 20) + 1, 0), Some(Position(2)));
        assert_eq!(count(0, (4 << 20) + 1), Some(Position(2)));
    }
}
