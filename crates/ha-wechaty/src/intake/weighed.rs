//! A request's body that is read as a whole: what it announces counts before it comes, and if no more of it comes it
//! ends.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};
use tonic::{Status, body::Body};

use super::{
    Held,
    source::{HEAD, Head, stalled},
    spent,
};

/// A body that counts.
#[derive(Debug)]
pub(super) struct Weighed {
    body: Body,
    held: Arc<Held>,
    /// Longer messages are refused by whoever reads them.
    most: usize,
    patience: Duration,
    /// Runs while nothing comes.
    waits: Option<Pin<Box<Sleep>>>,
    /// The beginning of its message, as far as it has come.
    head: Vec<u8>,
    /// What has come and may yet come of what counts already.
    counted: usize,
}

impl Weighed {
    pub(super) fn new(body: Body, held: Arc<Held>, most: usize, patience: Duration) -> Self {
        Self { body, held, most, patience, waits: None, head: Vec::with_capacity(HEAD), counted: 0 }
    }

    /// So much has come.
    fn came(&mut self, data: &[u8]) -> Result<(), Status> {
        let missing = HEAD - self.head.len();
        if missing > 0 {
            self.head.extend_from_slice(&data[..data.len().min(missing)]);
            if let Ok(head) = <[u8; HEAD]>::try_from(self.head.as_slice()) {
                // As soon as it is announced there is room for all of it.
                let length = Head::of(head).length;
                self.count(if length > self.most { 0 } else { length })?;
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
            self.waits = None;
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
