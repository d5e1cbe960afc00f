//! An account's answer on its way in: what is long of it counts among what its bot has here, from when it is announced
//! until it has been read.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::{
    answer::unread,
    behalf::AskingBot,
    counted::INSIDE,
    source::{HEAD, Head},
};
use crate::{
    error::CallError,
    state::budget::{Portion, Spent},
};

/// What an answer weighs that comes for a bot.
#[derive(Debug, Clone)]
pub struct Weight(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    held: Portion,
    may_be_refused: bool,
    /// Longer messages are refused by whoever reads them.
    most: usize,
    counted: Mutex<Counted>,
}

#[derive(Debug)]
struct Counted {
    /// The beginning of its message, as far as it has come.
    head: Vec<u8>,
    /// What may yet come of what counts already: the first of it is in the room of its call.
    counted: usize,
    spent: Option<Spent>,
}

impl Weight {
    /// Of an answer of `most` bytes at the most to the call that this task is at work on, if that counts anywhere. What
    /// may not be refused counts though there is no room for it.
    pub fn of_current(may_be_refused: bool, most: usize) -> Option<Self> {
        AskingBot::current().map(|behalf| Self::of(behalf.held(), may_be_refused, most))
    }

    fn of(held: Portion, may_be_refused: bool, most: usize) -> Self {
        let counted = Counted { head: Vec::with_capacity(HEAD), counted: INSIDE, spent: None };
        Self(Arc::new(Inner { held, may_be_refused, most, counted: Mutex::new(counted) }))
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

    /// Whether it alone is longer than all that its bot may have.
    pub fn is_too_long(&self) -> bool {
        let counted = self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.spent.is_some_and(|spent| spent.amount > spent.may)
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

    fn came(&self, data: &[u8]) -> Result<(), Status> {
        let mut counted = self.0.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let missing = HEAD - counted.head.len();
        if missing > 0 {
            counted.head.extend_from_slice(&data[..data.len().min(missing)]);
            if let Ok(head) = <[u8; HEAD]>::try_from(counted.head.as_slice()) {
                // As soon as it is announced there is room for all of it.
                let length = Some(Head::of(head).length).filter(|length| *length <= self.0.most);
                self.count(&mut counted, length.unwrap_or_default().saturating_sub(INSIDE))?;
            }
        }
        match counted.counted.checked_sub(data.len()) {
            Some(left) => counted.counted = left,
            None => {
                let more = data.len() - counted.counted;
                self.count(&mut counted, more)?;
                counted.counted = 0;
            }
        }
        Ok(())
    }

    fn count(&self, counted: &mut Counted, bytes: usize) -> Result<(), Status> {
        if !self.0.may_be_refused {
            self.0.held.take_anyway(bytes);
        } else if let Err(spent) = self.0.held.take(bytes) {
            counted.spent = Some(spent);
            return Err(unread(spent, true).into());
        }
        counted.counted += bytes;
        Ok(())
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
            && let Err(status) = self.weight.came(data)
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
    use crate::state::budget::Budget;

    /// A message of so many bytes, in pieces.
    fn answer(length: usize, piece: usize) -> impl Body<Data = Bytes, Error = Status> + Unpin {
        let head = [&[0][..], &u32::try_from(length).expect("short").to_be_bytes()].concat();
        let whole = [head, vec![7; length]].concat();
        let pieces: Vec<_> =
            whole.chunks(piece).map(|it| Ok(Frame::data(Bytes::copy_from_slice(it)))).collect();
        StreamBody::new(stream::iter(pieces))
    }

    #[tokio::test]
    async fn it_counts_from_when_it_is_announced_until_it_has_been_read() {
        let budget = Budget::new(100_000, 1);
        for piece in [1, 4, 5, 6, 5_000, 60_000] {
            let weight = Weight::of(budget.held(BotId(0)), true, 1 << 20);
            let mut body = weight.clone().body(answer(50_000, piece));
            while budget.load().bytes == 0 {
                body.frame().await.expect("more").expect("data");
            }
            assert_eq!(budget.load().bytes, 50_000 - INSIDE + if piece > 50_000 { 5 } else { 0 }, "{piece}");
            body.collect().await.expect("all of it");
            assert_eq!(budget.load().bytes, 50_000 - INSIDE + 5, "{piece}");
            let message = weight.kept(Bytes::from_static(b"what came of it"));
            let some = message.slice(1..2);
            drop(message);
            assert_ne!(budget.load().bytes, 0, "some of it is still there");
            drop(some);
            assert_eq!(budget.load().bytes, 0);
        }
    }

    #[tokio::test]
    async fn what_there_is_no_room_for_ends_as_soon_as_it_is_announced_and_says_why() {
        let budget = Budget::new(100_000, 1);
        let other = budget.held(BotId(0));
        other.take(60_000).expect("room");
        for (length, is_too_long, words) in
            [(50_000, false, "no room"), (200_000, true, "raise memory.requests")]
        {
            let weight = Weight::of(budget.held(BotId(0)), true, 1 << 20);
            let refused = weight.clone().body(answer(length, 5)).frame().await.expect("an end");
            let refused = refused.expect_err("no room for it");
            assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
            assert!(refused.message().contains(words), "{refused:?}");
            assert!(weight.refusal().is_some() && weight.is_too_long() == is_too_long);
            let weight = Weight::of(budget.held(BotId(0)), false, 1 << 20);
            weight.clone().body(answer(length, 5_000)).collect().await.expect("it counts all the same");
            assert_eq!(budget.load().bytes, 60_000 + length - INSIDE + 5);
        }
    }
}
