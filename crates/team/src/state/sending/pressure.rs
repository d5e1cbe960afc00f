//! How hard the pace presses: for how long calls have been refused by now, since too many wait, or since the limits of all
//! who could do them were used up. A moment of it is what pace is for; what goes on is told to people.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use ha_wechaty_core::{AlarmKind, Paced, Severity};
use tokio::time::Instant;

use crate::text::human;

/// After so long without another one it is over.
const OVER: Duration = Duration::from_secs(10 * 60);
/// Calls that have found no room for so long are told of.
const CROWDED: Duration = Duration::from_secs(60);
/// And those that have waited for a limit in vain.
const SPENT: Duration = Duration::from_secs(10 * 60);
/// What the queue is called, where limits have the names of what they count.
const QUEUE: &str = "queue";

/// What was refused for pace lately.
#[derive(Debug, Default)]
pub struct Pressure(Mutex<BTreeMap<Option<Paced>, Stretch>>);

/// How one thing presses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pressing {
    /// As what people are told of it.
    pub kind: AlarmKind,
    /// Of what: the queue, or what is limited.
    pub about: &'static str,
    /// How much that matters, and in words; nothing if it does not press.
    pub trouble: Option<(Severity, String)>,
}

/// Refusals, none of which is far from the next.
#[derive(Debug, Clone)]
struct Stretch {
    begun: Instant,
    last: Instant,
    calls: u64,
    why: String,
}

impl Pressure {
    /// A call had no place in the queue.
    pub fn crowded(&self, why: &str) {
        self.note(None, why);
    }

    /// A call waited in vain, since all who could have done it had used up their limit.
    pub fn spent(&self, paced: Paced, why: &str) {
        self.note(Some(paced), why);
    }

    fn note(&self, what: Option<Paced>, why: &str) {
        let now = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Stretch { begun: now, last: now, calls: 0, why: String::new() };
        let stretch = all.entry(what).or_insert_with(fresh);
        if now.duration_since(stretch.last) > OVER {
            *stretch = fresh();
        }
        (stretch.last, stretch.calls) = (now, stretch.calls + 1);
        why.clone_into(&mut stretch.why);
    }

    /// How everything presses now: the queue, and each limit.
    pub fn look(&self) -> Vec<Pressing> {
        let now = Instant::now();
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |what: Option<Paced>| {
            let stretch = all.get(&what).filter(|it| now.duration_since(it.last) <= OVER)?;
            let lasted = stretch.last.duration_since(stretch.begun);
            let told = if what.is_none() { CROWDED } else { SPENT };
            (lasted >= told).then(|| (Severity::Warning, stretch.text(lasted)))
        };
        let queue = Pressing { kind: AlarmKind::QueueFull, about: QUEUE, trouble: of(None) };
        let limit = |paced: &Paced| Pressing {
            kind: AlarmKind::PaceLimit,
            about: paced.name(),
            trouble: of(Some(*paced)),
        };
        [queue].into_iter().chain(Paced::ALL.iter().map(limit)).collect()
    }
}

impl Stretch {
    fn text(&self, lasted: Duration) -> String {
        let Self { calls, why, .. } = self;
        format!("{calls} calls were refused within {}, the last since {why}", human(lasted.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressing(pressure: &Pressure) -> Vec<(&'static str, String)> {
        let all = pressure.look().into_iter();
        all.filter_map(|it| Some((it.about, it.trouble?.1))).collect()
    }

    async fn pass(time: Duration) {
        tokio::time::advance(time).await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_is_told_and_what_was_a_moment_is_not() {
        let pressure = Pressure::default();
        for _ in 0..1_000 {
            pressure.crowded("10 wait");
            pressure.spent(Paced::FriendAdd, "north has used its one");
        }
        assert_eq!(pressing(&pressure), [], "a burst");
        pass(CROWDED).await;
        pressure.crowded("12 wait");
        let queue = ("queue", String::from("1001 calls were refused within 1m, the last since 12 wait"));
        assert_eq!(pressing(&pressure), std::slice::from_ref(&queue));
        pass(SPENT - CROWDED).await;
        pressure.spent(Paced::FriendAdd, "south has used its one");
        let adds = "1001 calls were refused within 10m, the last since south has used its one";
        assert_eq!(pressing(&pressure), [queue, ("friend_adds", String::from(adds))]);
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_over_once_nothing_was_refused_for_long_and_begins_anew() {
        let pressure = Pressure::default();
        pressure.crowded("10 wait");
        pass(CROWDED).await;
        pressure.crowded("10 wait");
        pass(OVER).await;
        assert_eq!(pressing(&pressure).len(), 1);
        pass(Duration::from_secs(1)).await;
        assert_eq!(pressing(&pressure), []);
        pressure.crowded("10 wait");
        assert_eq!(pressing(&pressure), [], "the old ones count no more");
        let names: Vec<_> = pressure.look().iter().map(|it| it.about).collect();
        assert_eq!(names, ["queue", "messages", "friend_adds", "room_creations", "room_invitations"]);
    }
}
