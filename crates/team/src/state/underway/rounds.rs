//! Lists of all that the accounts know (their contacts, their rooms) are asked for in rounds.
//!
//! ```text
//!   calls      ─a─────b─c──d──────────e────▶ time
//!   rounds      [──── a ────][─ b c d e… ─]
//! ```
//!
//! Such a list may be long, and needs no argument, so one answer does for all who want it: while a round is under way,
//! all who come wait for the next, together. None is given what was asked for before it came; and however many ask, of
//! each list two are here at the most, the one that is given away and the one that is being made.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared as Shareable},
};
use tokio::sync::oneshot;

use crate::{error::CallError, state::sends::Done};

/// A list as bots are given it, and who was the first to answer.
#[derive(Debug, Clone)]
pub struct List {
    /// As it goes over the wire.
    pub message: Bytes,
    /// The first account that answered.
    pub by: Option<Done>,
}

pub(crate) type Round = Shareable<BoxFuture<'static, Result<List, CallError>>>;

/// What is to be done for a round.
pub(crate) struct Task {
    /// The round that it begins after.
    pub(crate) before: Option<Round>,
    pub(crate) tell: oneshot::Sender<Result<List, CallError>>,
}

/// The rounds that are under way, and those that begin after them.
#[derive(Debug, Default)]
pub struct Rounds {
    of: Mutex<HashMap<&'static str, Lists>>,
}

#[derive(Debug, Default)]
struct Lists {
    now: Option<Round>,
    next: Option<Round>,
}

impl Rounds {
    /// The round that begins next of this list; and if nobody has called for it before, what is to be done for it.
    pub(crate) fn join(&self, list: &'static str) -> (Round, Option<Task>) {
        let mut of = self.locked();
        let lists = of.entry(list).or_default();
        if let (Some(_), Some(next)) = (&lists.now, &lists.next) {
            return (next.clone(), None);
        }
        let (tell, told) = oneshot::channel();
        let ended = || CallError::Defect(String::from("whoever asked for this list was ended"));
        let round = told.map(move |it| it.unwrap_or_else(|_| Err(ended()))).boxed().shared();
        let before = lists.now.clone();
        let place = if before.is_some() { &mut lists.next } else { &mut lists.now };
        *place = Some(round.clone());
        (round, Some(Task { before, tell }))
    }

    /// The next round begins: who comes from now on is too late for it.
    pub(crate) fn begins(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list) {
            lists.now = lists.next.take();
        }
    }

    /// A round is over. If another waits for it, that takes its place.
    pub(crate) fn ends(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list)
            && lists.next.is_none()
        {
            lists.now = None;
        }
    }

    /// The next round does not take place: its task was ended before it began. Who comes now waits for one that is over,
    /// perhaps, and begins after it all the same.
    pub(crate) fn is_off(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list) {
            lists.next = None;
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<&'static str, Lists>> {
        // Each change is one assignment.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::sync::Semaphore;

    use super::*;

    const LIST: &str = "RoomList";

    /// A house in which rounds end when somebody says so, and whose lists say which round they are of.
    #[derive(Debug)]
    struct House {
        rounds: Rounds,
        begun: AtomicUsize,
        ends: Semaphore,
    }

    fn join(house: &Arc<House>) -> Round {
        let (round, task) = house.rounds.join(LIST);
        if let Some(Task { before, tell }) = task {
            let house = house.clone();
            tokio::spawn(async move {
                if let Some(before) = before {
                    let _ = before.await;
                    house.rounds.begins(LIST);
                }
                let number = house.begun.fetch_add(1, Ordering::SeqCst);
                house.ends.acquire().await.expect("open").forget();
                house.rounds.ends(LIST);
                tell.send(Ok(List { message: number.to_string().into(), by: None })).expect("a caller");
            });
        }
        round
    }

    async fn given(round: Round) -> String {
        String::from_utf8(round.await.expect("a list").message.to_vec()).expect("a number")
    }

    #[tokio::test]
    async fn who_comes_while_a_round_is_under_way_shares_the_next() {
        let house = Arc::new(House {
            rounds: Rounds::default(),
            begun: AtomicUsize::new(0),
            ends: Semaphore::new(0),
        });
        let first = join(&house);
        let others: Vec<Round> = (0..300).map(|_| join(&house)).collect();
        house.ends.add_permits(1);
        assert_eq!(given(first).await, "0");
        while house.begun.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
        let late = join(&house);
        house.ends.add_permits(2);
        for other in others {
            assert_eq!(given(other).await, "1", "all of them are in one round");
        }
        assert_eq!(given(late).await, "2", "it came after the second had begun");
        house.ends.add_permits(1);
        assert_eq!(given(join(&house)).await, "3", "nobody is given what was asked for before");
        assert!(house.rounds.locked()[LIST].now.is_none(), "nothing is kept");
    }

    #[tokio::test]
    async fn a_round_whose_task_is_ended_before_it_begins_holds_up_nobody() {
        let house = Arc::new(House {
            rounds: Rounds::default(),
            begun: AtomicUsize::new(0),
            ends: Semaphore::new(0),
        });
        let first = join(&house);
        let (ended, task) = house.rounds.join(LIST);
        drop(task);
        house.rounds.is_off(LIST);
        assert!(matches!(ended.await, Err(CallError::Defect(_))));
        let other = join(&house);
        house.ends.add_permits(2);
        assert_eq!((given(first).await, given(other).await), ("0".into(), "1".into()));
        // Or ended as the first one was over.
        house.ends.add_permits(1);
        let third = join(&house);
        let (_, task) = house.rounds.join(LIST);
        assert_eq!(given(third).await, "2");
        drop(task);
        house.rounds.is_off(LIST);
        house.ends.add_permits(1);
        assert_eq!(given(join(&house)).await, "3");
    }
}
