//! An account's answer on its way in: what is long of it counts among what its bot has here, from its first byte until it
//! has been read.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::{Behalf, Held, INSIDE, Spent, answer::unread};
use crate::call::CallError;

/// What an answer weighs that comes for a bot.
#[derive(Debug, Clone)]
pub struct Weight(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    held: Held,
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    /// What may yet come without weighing anything: it is in the room of its call.
    free: usize,
    spent: Option<Spent>,
}

impl Weight {
    /// Of an answer to the call that this task is at work on, if that is a bot's.
    pub fn of_current() -> Option<Self> {
        Behalf::current().map(|behalf| Self::of(behalf.held()))
    }

    fn of(held: Held) -> Self {
        Self(Arc::new(Inner { held, counted: Mutex::new(Counted { free: INSIDE, spent: None }) }))
    }

    /// The body of the answer, which counts as it comes, and ends where there is no room for it.
    pub fn body<B: Body<Data = Bytes, Error = Status>>(self, body: B) -> Arriving<B> {
        Arriving { body, weight: self }
    }

    /// Why there was no room for it, if that is how it ended.
    pub fn refusal(&self) -> Option<CallError> {
        let counted = self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.spent.map(|spent| unread(spent, true))
    }

    /// These bytes, which weigh as much as long as they are there.
    pub fn kept(self, message: Bytes) -> Bytes {
        struct Kept(Bytes, #[allow(dead_code, reason = "gives back what it holds")] Weight);
        impl AsRef<[u8]> for Kept {
            fn as_ref(&self) -> &[u8] {
                &self.0
            }
        }
        Bytes::from_owner(Kept(message, self))
    }

    fn came(&self, length: usize) -> Result<(), Status> {
        let mut counted = self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let beyond = length.saturating_sub(counted.free);
        counted.free = counted.free.saturating_sub(length);
        self.0.held.take(beyond).map_err(|spent| {
            counted.spent = Some(spent);
            unread(spent, true).into()
        })
    }
}

/// A body that counts.
#[derive(Debug)]
pub struct Arriving<B> {
    body: B,
    weight: Weight,
}

impl<B: Body<Data = Bytes, Error = Status> + Unpin> Body for Arriving<B> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &frame
            && let Some(data) = frame.data_ref()
            && let Err(status) = self.weight.came(data.len())
        {
            return Poll::Ready(Some(Err(status)));
        }
        frame
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
    use futures_util::stream;
    use ha_wechaty_core::BotId;
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::Code;

    use super::*;
    use crate::intake::Budget;

    fn answer(pieces: usize, length: usize) -> impl Body<Data = Bytes, Error = Status> + Unpin {
        let pieces = (0..pieces).map(move |_| Ok(Frame::data(Bytes::from(vec![7; length]))));
        StreamBody::new(stream::iter(pieces))
    }

    #[tokio::test]
    async fn it_counts_from_its_first_byte_until_it_has_been_read() {
        let budget = Budget::new(100_000, 1);
        let weight = Weight::of(budget.held(BotId(0)));
        let body = weight.clone().body(answer(10, 5_000)).collect().await.expect("all of it").to_bytes();
        assert_eq!((body.len(), budget.load().bytes), (50_000, 50_000 - INSIDE));
        let message = weight.kept(body);
        let piece = message.slice(10..20);
        drop(message);
        assert_eq!(budget.load().bytes, 50_000 - INSIDE, "some of it is still there");
        drop(piece);
        assert_eq!(budget.load().bytes, 0);
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_ends_at_once_and_says_why() {
        let budget = Budget::new(100_000, 1);
        let weight = Weight::of(budget.held(BotId(0)));
        let mut body = weight.clone().body(answer(1_000, 5_000));
        let mut came = 0;
        let refused = loop {
            match body.frame().await.expect("no end") {
                Ok(_) => came += 1,
                Err(status) => break status,
            }
        };
        assert_eq!((came, refused.code()), ((100_000 + INSIDE) / 5_000, Code::ResourceExhausted));
        let why = weight.refusal().expect("it was too much");
        assert_eq!(why.to_string(), refused.message());
        drop((body, weight));
        assert_eq!(budget.load().bytes, 0);
    }
}
