//! A request's body that is read as a whole: what it announces counts before it comes, and if it does not come in time
//! it ends.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use bytesize::ByteSize;
use ha_wechaty_core::{BotId, Id};
use http::Request;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::{Status, body::Body};

use super::{
    counted::{INSIDE, spent},
    source::{HEAD, Head, stalled},
};
use crate::{
    schema::Method,
    state::{budget::Portion, transit::Transit},
};

/// The longest message without a file: stock services take no longer one. Whoever reads it makes more of it: lists of names,
/// copies for accounts.
const MOST: usize = 4 * 1024 * 1024;
/// The longest one with a file that does not flow.
const MOST_WITH_FILE: usize = 16 * 1024 * 1024;

/// The request with a body that counts among those of its bot, and what it holds: see [`kept`](super::kept).
pub fn weigh(
    transit: &Transit,
    bot: BotId,
    method: &Method,
    request: Request<Body>,
) -> (Request<Body>, Arc<Portion>) {
    let held = Arc::new(transit.requests.held(bot));
    let (most, patience) = (transit.limits.max_message, transit.limits.calls.file);
    let has_file = method.takes.iter().any(|(_, id)| *id == Id::FileBox);
    let weighed = |body| Body::new(Weighed::new(body, held.clone(), most, has_file, patience));
    (request.map(weighed), held)
}

/// A body that counts.
#[derive(Debug)]
pub(super) struct Weighed {
    body: Body,
    held: Arc<Portion>,
    /// Longer messages are refused by whoever reads them.
    most: usize,
    has_file: bool,
    patience: Duration,
    /// Runs from its first pause on: what comes by drops comes too late.
    waits: Option<Pin<Box<Sleep>>>,
    /// The beginning of its message, as far as it has come.
    head: Vec<u8>,
    /// What may yet come of what counts already: the first of it is in the room of its call.
    counted: usize,
}

impl Weighed {
    pub(super) fn new(
        body: Body,
        held: Arc<Portion>,
        most: usize,
        has_file: bool,
        patience: Duration,
    ) -> Self {
        Self {
            body,
            held,
            most,
            has_file,
            patience,
            waits: None,
            head: Vec::with_capacity(HEAD),
            counted: INSIDE,
        }
    }

    /// So much has come.
    fn came(&mut self, data: &[u8]) -> Result<(), Status> {
        let missing = HEAD - self.head.len();
        if missing > 0 {
            self.head.extend_from_slice(&data[..data.len().min(missing)]);
            if let Ok(head) = <[u8; HEAD]>::try_from(self.head.as_slice()) {
                // As soon as it is announced there is room for all of it.
                let length = Head::of(head).length;
                let whole = if self.has_file { MOST_WITH_FILE } else { MOST };
                if length > whole && length <= self.most {
                    return Err(too_long(length, whole));
                }
                self.count(if length > self.most { 0 } else { length.saturating_sub(INSIDE) })?;
            }
        }
        match self.counted.checked_sub(data.len()) {
            Some(left) => self.counted = left,
            None => {
                self.count(data.len() - self.counted)?;
                self.counted = 0;
            }
        }
        Ok(())
    }

    fn count(&mut self, bytes: usize) -> Result<(), Status> {
        self.held.take(bytes).map_err(spent)?;
        self.counted += bytes;
        Ok(())
    }
}

impl http_body::Body for Weighed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(data) = frame.as_ref().and_then(|it| it.as_ref().ok()?.data_ref())
                && let Err(spent) = self.came(data)
            {
                return Poll::Ready(Some(Err(spent)));
            }
            return Poll::Ready(frame);
        }
        let patience = self.patience;
        let waits = self.waits.get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(waits.as_mut().poll(cx));
        Poll::Ready(Some(Err(stalled(patience))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn too_long(length: usize, most: usize) -> Status {
    Status::invalid_argument(format!(
        "a request of {} is read as a whole, and may be {} long: put files into MessageSendFile or Upload, which flow",
        ByteSize::b(length as u64),
        ByteSize::b(most as u64),
    ))
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use http_body_util::{BodyExt as _, StreamBody};
    use tonic::Code;

    use super::*;
    use crate::state::budget::Budget;

    const BUDGET: usize = 64 * 1024;
    const PATIENCE: Duration = Duration::from_secs(60);

    fn message(length: usize) -> Vec<u8> {
        [&[0][..], &u32::try_from(length).expect("short").to_be_bytes(), &vec![7; length]].concat()
    }

    /// A body in these pieces, which then ends or goes on for ever.
    fn weighed(held: &Arc<Portion>, pieces: Vec<Vec<u8>>, ends: bool) -> Weighed {
        let pieces = stream::iter(pieces.into_iter().map(|it| Ok::<_, Status>(Frame::data(Bytes::from(it)))));
        let body = match ends {
            true => Body::new(StreamBody::new(pieces)),
            false => Body::new(StreamBody::new(pieces.chain(stream::pending()))),
        };
        Weighed::new(body, held.clone(), 32 << 20, false, PATIENCE)
    }

    #[tokio::test]
    async fn however_it_comes_it_counts_once() {
        let budget = Budget::new(BUDGET, 1);
        let whole = [message(10_000), message(0), message(20)].concat();
        for size in [1, 2, 4, 5, 6, 10_005, 20_000] {
            let held = Arc::new(budget.held(BotId(0)));
            let mut pieces: Vec<Vec<u8>> = whole.chunks(size).map(<[u8]>::to_vec).collect();
            pieces.insert(1, Vec::new());
            let read = weighed(&held, pieces, true).collect().await.expect("all of it").to_bytes();
            assert_eq!(
                (read.as_ref(), held.amount()),
                (whole.as_slice(), whole.len() - INSIDE),
                "in pieces of {size}"
            );
        }
        assert_eq!(budget.load().bytes, 0);
    }

    #[tokio::test]
    async fn what_is_announced_counts_before_it_comes_unless_it_is_too_long_anyway() {
        let budget = Budget::new(BUDGET, 1);
        let held = Arc::new(budget.held(BotId(0)));
        let head = |length: u32| [&[0][..], &length.to_be_bytes()].concat();
        let refused = async |length| {
            let read = weighed(&held, vec![head(length)], false).frame().await.expect("it is told");
            read.err().map(|status| (status.code(), status.message().to_owned()))
        };
        assert_eq!(refused(60_000).await, None);
        assert_eq!(held.amount(), 60_000 - INSIDE);
        assert_eq!(refused(1_000).await, None, "a short one goes through though there is no room");
        let (code, text) = refused(20_000).await.expect("too much");
        assert!(code == Code::ResourceExhausted && text.contains("memory.requests"), "{text}");
        let (code, text) = refused(20 << 20).await.expect("too long");
        assert!(code == Code::InvalidArgument && text.contains("MessageSendFile"), "{text}");
        assert_eq!(refused(u32::MAX).await, None, "its reader refuses it");
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_by_drops_comes_too_late() {
        let held = Arc::new(Budget::new(BUDGET, 1).held(BotId(0)));
        let drops = stream::unfold((), |()| async {
            tokio::time::sleep(PATIENCE / 4).await;
            Some((Ok::<_, Status>(Frame::data(Bytes::new())), ()))
        });
        let begins = stream::iter([Ok(Frame::data(Bytes::from(message(20)[..10].to_vec())))]);
        let body = Body::new(StreamBody::new(Box::pin(begins.chain(drops))));
        let read = Weighed::new(body, held, 1 << 20, false, PATIENCE).collect().await.expect_err("too late");
        assert!(read.code() == Code::DeadlineExceeded && read.message().contains("calls.file"), "{read}");
    }
}
