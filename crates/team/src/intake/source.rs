//! A request's body, byte by byte or as it comes, and gRPC's frames in it.

use std::time::Duration;

use bytes::{Buf as _, Bytes};
use http_body::{Body as _, Frame};
use http_body_util::BodyExt as _;
use tonic::{Status, body::Body};

/// What a gRPC message begins with: whether it is compressed, and its length.
pub(super) const HEAD: usize = 5;

/// The bytes of a request that are still to come.
#[derive(Debug)]
pub struct Source {
    body: Body,
    /// What has come, and was not taken.
    chunk: Bytes,
    /// How long nothing may come.
    patience: Duration,
}

/// How a gRPC message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Whether the message is compressed, by the call's `grpc-encoding`.
    pub is_compressed: bool,
    /// How long the message is, in bytes.
    pub length: usize,
}

impl Source {
    /// A body of which nothing may come for so long.
    pub fn new(body: Body, patience: Duration) -> Self {
        Self { body, chunk: Bytes::new(), patience }
    }

    /// The next message's head; `None` if there is none.
    ///
    /// # Errors
    /// It breaks off, or does not come.
    pub async fn head(&mut self) -> Result<Option<Head>, Status> {
        if !self.fill().await? {
            return Ok(None);
        }
        let mut head = [0; HEAD];
        for byte in &mut head {
            *byte = self.byte().await?;
        }
        Ok(Some(Head::of(head)))
    }

    /// The next byte.
    ///
    /// # Errors
    /// There is none, or it does not come.
    pub async fn byte(&mut self) -> Result<u8, Status> {
        match self.fill().await? {
            true => Ok(self.chunk.get_u8()),
            false => Err(broken_off()),
        }
    }

    /// Some of the next bytes, so many at the most.
    ///
    /// # Errors
    /// There are none, or they do not come.
    pub async fn some(&mut self, most: usize) -> Result<Bytes, Status> {
        match self.fill().await? {
            true => Ok(self.chunk.split_to(self.chunk.len().min(most))),
            false => Err(broken_off()),
        }
    }

    /// Nothing more is to come.
    ///
    /// # Errors
    /// Something comes.
    pub async fn ends(mut self) -> Result<(), Status> {
        match self.fill().await? {
            true => Err(Status::invalid_argument("the request goes on behind its message")),
            false => Ok(()),
        }
    }

    /// What is to come, behind what was taken already.
    pub fn behind(self, taken: Bytes) -> Body {
        let pieces = [taken, self.chunk].into_iter().filter(|it| !it.is_empty());
        let pieces: Vec<Result<Frame<Bytes>, Status>> = pieces.map(|it| Ok(Frame::data(it))).collect();
        let rest = http_body_util::BodyStream::new(self.body);
        let all = futures_util::StreamExt::chain(futures_util::stream::iter(pieces), rest);
        Body::new(http_body_util::StreamBody::new(all))
    }

    /// Whether there is a next byte.
    async fn fill(&mut self) -> Result<bool, Status> {
        // Pieces that hold nothing are no sign of life.
        let until = tokio::time::Instant::now() + self.patience;
        while self.chunk.is_empty() {
            if self.body.is_end_stream() {
                return Ok(false);
            }
            let next = tokio::time::timeout_at(until, self.body.frame()).await;
            match next.map_err(|_| stalled(self.patience))? {
                Some(frame) => self.chunk = frame?.into_data().unwrap_or_default(),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

impl Head {
    /// As it is written.
    pub fn bytes(self) -> [u8; HEAD] {
        let [a, b, c, d] = u32::try_from(self.length).unwrap_or(u32::MAX).to_be_bytes();
        [self.is_compressed.into(), a, b, c, d]
    }

    /// As it is read.
    pub fn of([flag, length @ ..]: [u8; HEAD]) -> Self {
        // A length that this machine can't count is longer than anything that is taken.
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        Self { is_compressed: flag != 0, length }
    }
}

/// No more of a request has come for long.
pub(super) fn stalled(patience: Duration) -> Status {
    Status::deadline_exceeded(format!(
        "this request did not come within {patience:?} (calls.file), so it was given up; nothing was done: send it again"
    ))
}

fn broken_off() -> Status {
    Status::invalid_argument("the request ends in the middle of a message")
}
