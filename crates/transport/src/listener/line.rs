//! A line: whoever joined it first has its turn first, and passes.
//!
//! Nobody in it is held for long by one that does not get on: whoever is first, and has not moved for as long
//! as its patience says, is passed by. For as long as all of us were held up nobody can get on, and that does not count.
//! A task looks whether it moves, one for the whole line and as long as somebody waits: a bot that asks for a whole backlog has ten thousands in line, and each is polled when its turn comes, not
//! before.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How often it is looked whether the first gets on.
const LOOK: Duration = Duration::from_millis(50);

/// A line; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Arc<Mutex<Standing>>);

/// Those who stand in it.
#[derive(Debug, Default)]
struct Standing {
    /// The number of the first.
    first: u64,
    all: VecDeque<One>,
    /// A task looks whether the first gets on.
    is_watched: bool,
}

#[derive(Debug)]
struct One {
    has_passed: bool,
    /// To be woken when it is the first.
    waker: Option<Waker>,
    moved: Instant,
    patience: Duration,
}

/// A place in a line; dropped, it has passed.
#[derive(Debug)]
pub(super) struct Place {
    line: Line,
    number: u64,
}

impl Line {
    /// Stands behind all others. Once it is the first it holds them for so long, unless it moves.
    pub(super) fn join(&self, patience: Duration) -> Place {
        let mut standing = self.lock();
        let number = standing.first + standing.all.len() as u64;
        standing.all.push_back(One { has_passed: false, waker: None, moved: Instant::now(), patience });
        Place { line: self.clone(), number }
    }

    /// Looks after the line until nobody waits in it, or nobody has it any more.
    async fn watch(line: Weak<Mutex<Standing>>) {
        loop {
            let begun = Instant::now();
            sleep(LOOK).await;
            let held_up = begun.elapsed().saturating_sub(LOOK);
            let Some(line) = line.upgrade().map(Self) else { return };
            let (next, goes_on) = {
                let mut standing = line.lock();
                standing.is_watched = standing.waits();
                let next = if standing.is_watched { standing.hurry(held_up) } else { None };
                (next, standing.is_watched)
            };
            next.into_iter().for_each(Waker::wake);
            if !goes_on {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Standing> {
        // Nothing that can panic is done under the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    /// Whether anybody waits for the first.
    fn waits(&self) -> bool {
        self.all.iter().any(|it| it.waker.is_some())
    }

    /// Passes those by that do not get on, though nobody was `held_up`; returns whoever is to be told that it is the
    /// first now.
    fn hurry(&mut self, held_up: Duration) -> Option<Waker> {
        let mut next = None;
        let now = Instant::now();
        for it in &mut self.all {
            it.moved = (it.moved + held_up).min(now);
        }
        while self.all.front().is_some_and(|it| it.moved.elapsed() >= it.patience) {
            next = self.pass(self.first);
        }
        next
    }

    fn get(&mut self, number: u64) -> Option<(usize, &mut One)> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        Some((index, self.all.get_mut(index)?))
    }

    /// Takes one out; returns whoever is to be told that it is the first now.
    fn pass(&mut self, number: u64) -> Option<Waker> {
        let (index, one) = self.get(number)?;
        one.has_passed = true;
        if index > 0 {
            return None;
        }
        while self.all.front().is_some_and(|it| it.has_passed) {
            self.all.pop_front();
            self.first += 1;
        }
        let first = self.all.front_mut()?;
        let waker = first.waker.take()?;
        // It gets on now; until now it could not, however long that was.
        first.moved = Instant::now();
        Some(waker)
    }
}

impl Place {
    /// Resolves when all that joined before have passed.
    pub(super) async fn turn(&self) {
        poll_fn(|cx| self.poll_turn(cx)).await;
    }

    /// It gets on, and holds the others for so long from now.
    pub(super) fn moves(&self, patience: Duration) {
        if let Some((_, one)) = self.line.lock().get(self.number) {
            (one.moved, one.patience) = (Instant::now(), patience);
        }
    }

    /// Nobody need wait for it any more.
    pub(super) fn pass(&self) {
        let next = self.line.lock().pass(self.number);
        next.into_iter().for_each(Waker::wake);
    }

    fn poll_turn(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut standing = self.line.lock();
        match standing.get(self.number) {
            Some((index, one)) if index > 0 && !one.has_passed => one.waker = Some(cx.waker().clone()),
            _ => return Poll::Ready(()),
        }
        if !std::mem::replace(&mut standing.is_watched, true) {
            tokio::spawn(Line::watch(Arc::downgrade(&self.line.0)));
        }
        Poll::Pending
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pass();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        pin::pin,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use futures_util::{FutureExt as _, poll};
    use tokio::time::timeout;

    const PATIENCE: Duration = Duration::from_millis(200);

    #[tokio::test(start_paused = true)]
    async fn turns_come_in_order_whoever_asks_first() {
        let line = Line::default();
        let [first, second, third] = [(); 3].map(|()| line.join(PATIENCE));
        let (mut of_third, mut of_second) = (pin!(third.turn()), pin!(second.turn()));
        assert!(poll!(&mut of_third).is_pending() && poll!(&mut of_second).is_pending());
        first.turn().now_or_never().expect("it is the first");
        first.pass();
        assert!(poll!(&mut of_third).is_pending() && poll!(&mut of_second).is_ready());
        second.pass();
        assert!(poll!(&mut of_third).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_leaves_out_of_turn_gives_nobody_a_turn() {
        let line = Line::default();
        let [first, second, third] = [(); 3].map(|()| line.join(PATIENCE));
        drop(second);
        let mut turn = pin!(third.turn());
        assert!(poll!(&mut turn).is_pending());
        drop(first);
        assert!(poll!(&mut turn).is_ready());
        assert_eq!(line.lock().all.len(), 1, "who has gone is forgotten");
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_do_not_get_on_hold_the_others_once_however_many_they_are() {
        let line = Line::default();
        let stuck = [(); 10].map(|()| line.join(PATIENCE));
        let (next, begun) = (line.join(PATIENCE), Instant::now());
        next.turn().await;
        assert!(begun.elapsed() < 2 * PATIENCE, "{:?}", begun.elapsed());
        for late in &stuck {
            late.turn().now_or_never().expect("it waits for nobody");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_waited_for_long_keep_their_order() {
        let line = Line::default();
        let [slow, second, third] = [(); 3].map(|()| line.join(PATIENCE));
        let (mut of_second, mut of_third) = (pin!(second.turn()), pin!(third.turn()));
        for _ in 0..10 {
            assert!(poll!(&mut of_second).is_pending() && poll!(&mut of_third).is_pending());
            tokio::time::advance(PATIENCE / 2).await;
            slow.moves(PATIENCE);
        }
        slow.pass();
        assert!(poll!(&mut of_third).is_pending(), "it is the turn of the second");
        assert!(poll!(&mut of_second).is_ready());
        second.pass();
        assert!(poll!(&mut of_third).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_gets_on_is_waited_for() {
        let line = Line::default();
        let (slow, next) = (line.join(PATIENCE), line.join(PATIENCE));
        let mut turn = pin!(next.turn());
        for _ in 0..10 {
            assert!(timeout(PATIENCE / 2, &mut turn).await.is_err());
            slow.moves(PATIENCE);
        }
        slow.pass();
        turn.await;
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_very_many_is_polled_when_it_comes_and_when_its_turn_has_come() {
        const MANY: usize = 20_000;
        let (line, polls) = (Line::default(), Arc::new(AtomicUsize::new(0)));
        let slow = line.join(PATIENCE);
        let waiting: Vec<_> = (0..MANY)
            .map(|_| {
                let (place, polls) = (line.join(PATIENCE), polls.clone());
                tokio::spawn(async move {
                    let mut turn = pin!(place.turn());
                    poll_fn(|cx| {
                        polls.fetch_add(1, Ordering::Relaxed);
                        turn.as_mut().poll(cx)
                    })
                    .await;
                })
            })
            .collect();
        for _ in 0..100 {
            tokio::time::sleep(PATIENCE / 2).await;
            slow.moves(PATIENCE);
        }
        slow.pass();
        for one in waiting {
            one.await.expect("its turn");
        }
        let polls = polls.load(Ordering::Relaxed);
        assert!(polls <= 2 * MANY, "{polls} polls of {MANY} that waited");
    }
}
