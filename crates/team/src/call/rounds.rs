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
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared as Shareable},
};
use ha_wechaty_core::{Class, Rpc};
use prost::Message as _;

use super::{Call, CallError, Caller, Done, Method, aside::has_long_lists, schema::empty};
use crate::{intake::Behalf, shared::Shared};

/// A list as bots are given it, and who was the first to answer.
#[derive(Debug, Clone)]
pub(super) struct List {
    pub(super) message: Bytes,
    pub(super) by: Option<Done>,
}

type Round = Shareable<BoxFuture<'static, Result<List, CallError>>>;

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
    /// The round that begins next of this list, made by `make` after the one that is under way.
    fn join(&self, list: &'static str, make: impl FnOnce(Option<Round>) -> Round) -> Round {
        let mut of = self.locked();
        let lists = of.entry(list).or_default();
        match (&lists.now, &lists.next) {
            (None, _) => lists.now.insert(make(None)).clone(),
            (Some(_), Some(next)) => next.clone(),
            (Some(now), None) => {
                let next = make(Some(now.clone()));
                lists.next.insert(next).clone()
            }
        }
    }

    /// The next round begins: who comes from now on is too late for it.
    fn begins(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list) {
            lists.now = lists.next.take();
        }
    }

    /// A round is over. If another waits for it, that takes its place.
    fn ends(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list)
            && lists.next.is_none()
        {
            lists.now = None;
        }
    }

    /// The next round does not take place: its task was ended before it began.
    fn is_off(&self, list: &'static str) {
        if let Some(lists) = self.locked().get_mut(list) {
            lists.next = None;
            // The one before it may have ended already.
            if lists.now.as_ref().is_some_and(|now| now.peek().is_some()) {
                lists.now = None;
            }
        }
    }

    fn locked(&self) -> MutexGuard<'_, HashMap<&'static str, Lists>> {
        // Each change is one assignment.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a call asks for a list of all.
pub(super) fn is_list(call: &Call<'_>) -> bool {
    call.conduct.class == Class::Union && call.method.lead(&call.request).is_none()
}

/// The list as it is after now.
pub(super) async fn list(shared: &Arc<Shared>, method: &Method) -> Result<List, CallError> {
    let (rpc, name) = (method.rpc, method.rpc.name);
    let round = shared.rounds.join(name, |before| {
        let mut turn = Turn { shared: shared.clone(), name, has_begun: before.is_none() };
        // What its answers weigh is nobody's alone.
        let behalf = Behalf::new(Caller::NOBODY.bot, shared.requests.clone());
        // Its own task: it goes on though whoever asked first hangs up.
        let round = tokio::spawn(behalf.scope(async move {
            if let Some(before) = before {
                let _ = before.await;
                turn.begins();
            }
            ask(&turn.shared, rpc).await
        }));
        round.map(|it| it.unwrap_or_else(|error| Err(CallError::Defect(error.to_string())))).boxed().shared()
    });
    round.await
}

/// However a round ends, before it has begun or later, the next may begin.
struct Turn {
    shared: Arc<Shared>,
    name: &'static str,
    has_begun: bool,
}

impl Turn {
    fn begins(&mut self) {
        self.shared.rounds.begins(self.name);
        self.has_begun = true;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        match self.has_begun {
            true => self.shared.rounds.ends(self.name),
            false => self.shared.rounds.is_off(self.name),
        }
    }
}

async fn ask(shared: &Arc<Shared>, rpc: &'static Rpc) -> Result<List, CallError> {
    let method = shared.schema.method(rpc);
    let mut call = Call::new(shared, Caller::NOBODY, method, empty(&method.request));
    let answer = Box::pin(call.run()).await?;
    let by = call.done.get().copied();
    let is_long = has_long_lists(&answer);
    let message = shared
        .aside
        .work(Some(Caller::NOBODY.bot), is_long, move || Bytes::from(answer.encode_to_vec()))
        .await;
    Ok(List { message, by })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

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
        house.rounds.join(LIST, |before| {
            let house = house.clone();
            let round = tokio::spawn(async move {
                if let Some(before) = before {
                    let _ = before.await;
                    house.rounds.begins(LIST);
                }
                let number = house.begun.fetch_add(1, Ordering::SeqCst);
                house.ends.acquire().await.expect("open").forget();
                house.rounds.ends(LIST);
                Ok(List { message: number.to_string().into(), by: None })
            });
            round.map(|it| it.expect("no panic")).boxed().shared()
        })
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
}
