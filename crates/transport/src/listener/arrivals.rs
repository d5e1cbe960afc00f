//! The order in which a connection asked.
//!
//! ```text
//!   HEADERS ─▶ Arrival ─▶ body read ─▶ first step ─┬▶ waits for an account, a queue … ─┬▶ answer written
//!              (in order)              (in order)  └▶ answered ────────────────────────┘  (in order)
//! ```
//!
//! Calls run in tasks of their own, and tasks overtake one another at every wait. So a call takes its *first
//! step*, which is all that it does before its first wait, in the order of arrival: it stands in a queue behind
//! what came before it, and an account is asked after that. And an *answer* is written after those to questions
//! of the same sort that were asked before.
//!
//! What is slow holds the others for a moment only, and then goes on out of order: a request of which no more
//! comes, and an answer that an account owes.

use std::{
    collections::BTreeMap,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;
use tonic::body::Body as TonicBody;

use super::line::{Line, Place};
use crate::Holding;

/// How long a request may take to its next piece.
const COMING: Duration = Duration::from_millis(250);
/// How long it may take as a whole: what comes slowly but surely holds nobody for ever.
const WHOLE: Duration = Duration::from_secs(3);
/// How long one may take that is here, and an answer to be written.
const HERE: Duration = Duration::from_secs(2);
/// How long an answer may take to come from an account.
const OWED: Duration = Duration::from_millis(100);

/// The requests of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Arrivals {
    steps: Line,
    /// By the sort of what is asked: a sort is a word of the protocol's.
    answers: Arc<Mutex<BTreeMap<&'static str, Line>>>,
}

/// A request among those of its connection; clones share it.
#[derive(Debug, Clone)]
pub struct Arrival(Arc<Arrived>);

#[derive(Debug)]
struct Arrived {
    of: Arrivals,
    came: Instant,
    step: Place,
    answer: OnceLock<Place>,
}

impl Arrivals {
    /// One more request has come.
    pub(super) fn next(&self) -> Arrival {
        let step = self.steps.join(COMING);
        let (of, came) = (self.clone(), Instant::now());
        Arrival(Arc::new(Arrived { of, came, step, answer: OnceLock::new() }))
    }

    fn answers(&self, sort: &'static str) -> Line {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.entry(sort).or_default().clone()
    }
}

/// A request that came alone.
impl Default for Arrival {
    fn default() -> Self {
        Arrivals::default().next()
    }
}

impl Arrival {
    /// It is not here as a whole for long, or keeps no order: nobody waits for it.
    pub fn pass(&self) {
        self.0.step.pass();
    }

    /// More of it has come, and been put away.
    pub fn is_coming(&self) {
        if self.0.came.elapsed() < WHOLE {
            self.0.step.moves(COMING);
        }
    }

    /// Runs a future's first step when all that came before have taken theirs. Its answer is given
    /// [`in_turn`](Self::in_turn) among those of its sort, if it has one.
    pub async fn first_step<T>(&self, sort: Option<&'static str>, future: impl Future<Output = T>) -> T {
        self.0.step.moves(HERE);
        self.0.step.turn().await;
        if let Some(sort) = sort {
            self.0.answer.get_or_init(|| self.0.of.answers(sort).join(OWED));
        }
        let mut future = std::pin::pin!(future);
        let first = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        self.0.step.pass();
        match first {
            Poll::Ready(done) => done,
            Poll::Pending => future.await,
        }
    }

    /// Waits until the answers before it are written, if it is one that keeps its order.
    pub async fn in_turn(self, answer: Response<TonicBody>) -> Response<TonicBody> {
        let Some(place) = self.0.answer.get() else { return answer };
        place.moves(HERE);
        place.turn().await;
        place.moves(HERE);
        // It keeps its place until it is written, and not until HTTP/2 has it: of several answers HTTP/2 writes a piece
        // of each in turn, so a short one would overtake a long one.
        answer.map(|body| Holding::body(body, self))
    }

    /// Its body, which shows how it gets on.
    pub(super) fn watch<B>(self, body: B) -> Coming<B> {
        Coming { body, arrival: self }
    }
}

/// A request's body on its way in.
#[derive(Debug)]
pub(super) struct Coming<B> {
    body: B,
    arrival: Arrival,
}

impl<B: Body<Data = Bytes> + Unpin> Body for Coming<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.arrival.is_coming();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{convert::Infallible, pin::pin};

    use futures_util::{FutureExt as _, poll, stream};
    use http_body_util::{BodyExt as _, Full, StreamBody};

    const SORT: Option<&str> = Some("MessagePayload");

    fn answer() -> Response<TonicBody> {
        Response::new(TonicBody::new(
            Full::new(Bytes::from_static(b"answer")).map_err(|never| match never {}),
        ))
    }

    #[tokio::test(start_paused = true)]
    async fn first_steps_are_taken_in_order_and_who_waits_then_holds_nobody() {
        let (arrivals, steps) = (Arrivals::default(), Mutex::new(Vec::new()));
        let [first, second, third] = [(); 3].map(|()| arrivals.next());
        let steps_of = &steps;
        let step = |name| async move {
            steps_of.lock().expect("whole").push(name);
            std::future::pending::<()>().await;
        };
        let mut calls = [(&third, "third"), (&second, "second"), (&first, "first")]
            .map(|(arrival, name)| Box::pin(arrival.first_step(None, step(name))));
        for _ in 0..3 {
            for call in &mut calls {
                assert!(poll!(call).is_pending());
            }
        }
        assert_eq!(*steps.lock().expect("whole"), ["first", "second", "third"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_until_those_before_it_of_its_sort_are_written() {
        let arrivals = Arrivals::default();
        let [first, second, other] = [(); 3].map(|()| arrivals.next());
        for (arrival, sort) in [(&first, SORT), (&second, SORT), (&other, Some("RoomPayload"))] {
            arrival.first_step(sort, async {}).now_or_never().expect("its turn");
        }
        other.in_turn(answer()).now_or_never().expect("another sort");
        let mut next = pin!(second.in_turn(answer()));
        assert!(poll!(&mut next).is_pending(), "the first has not answered");
        let mut answered = first.in_turn(answer()).now_or_never().expect("its turn");
        let frame = answered.body_mut().frame().await.expect("a frame").expect("no error");
        drop(answered);
        assert!(poll!(&mut next).is_pending(), "the first is not written");
        drop(frame);
        assert!(poll!(&mut next).is_ready());
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_account_owes_for_long_and_what_does_not_come_hold_nobody() {
        let arrivals = Arrivals::default();
        let [owed, stuck, next] = [(); 3].map(|()| arrivals.next());
        let mut asks = pin!(owed.first_step(SORT, std::future::pending::<()>()));
        assert!(poll!(&mut asks).is_pending());
        let begun = Instant::now();
        next.first_step(SORT, async {}).await;
        assert!(
            begun.elapsed() < COMING * 2,
            "{:?}: the body of the one before does not come",
            begun.elapsed()
        );
        let begun = Instant::now();
        next.in_turn(answer()).await;
        assert!(begun.elapsed() < OWED * 2, "{:?}: an account owes the answer before", begun.elapsed());
        drop(stuck);
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_slowly_but_surely_holds_nobody_for_long() {
        let arrivals = Arrivals::default();
        let [large, next] = [(); 2].map(|()| arrivals.next());
        let piece = || Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"piece")));
        let mut body = large.watch(StreamBody::new(stream::repeat_with(piece)));
        let comes = async {
            loop {
                body.frame().await.expect("one more").expect("no error");
                tokio::time::sleep(COMING / 2).await;
            }
        };
        let begun = Instant::now();
        tokio::select! {
            () = comes => {}
            () = next.first_step(None, async {}) => {}
        }
        assert!(WHOLE <= begun.elapsed() && begun.elapsed() < WHOLE + COMING * 2, "{:?}", begun.elapsed());
    }
}
