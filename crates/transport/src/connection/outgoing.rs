//! The request's body on its way out, and the knowledge whether it left.
//!
//! A gRPC call can't be acted on before its first message is whole. The body is handed to HTTP/2 in
//! pieces no larger than a frame, each only when the one before was taken: as long as the last piece of
//! the first message has not been asked for, the account can't have the message. Nor can it if the
//! connection ended before the socket took another byte after that.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::Request;
use http_body::{Body, Frame, SizeHint};
use tonic::Status;

use super::wire::Taken;

/// What is known of a body on its way.
#[derive(Debug, Clone)]
pub(super) struct Left(Arc<Known>);

#[derive(Debug)]
struct Known {
    taken: Taken,
    /// How many bytes the socket had taken when HTTP/2 was given the end of the first message; `None`: it will not be.
    given_at: OnceLock<Option<u64>>,
    has_begun: AtomicBool,
    failed: OnceLock<String>,
}

impl Left {
    fn new(taken: Taken) -> Self {
        let (given_at, has_begun, failed) = (OnceLock::new(), AtomicBool::new(false), OnceLock::new());
        Self(Arc::new(Known { taken, given_at, has_begun, failed }))
    }

    /// Whether HTTP/2 was given the whole first message: it may leave at any time.
    pub(super) fn is_given(&self) -> bool {
        self.given_at().is_some()
    }

    /// Whether the account can have the first message, now that nothing more of it will leave.
    pub(super) fn can_have_arrived(&self) -> bool {
        self.given_at().is_some_and(|at| self.0.taken.get() > at)
    }

    /// What was wrong with the body itself.
    pub(super) fn failure(&self) -> Option<&str> {
        self.0.failed.get().map(String::as_str)
    }

    /// Nobody waits for the call: a first message that has not left whole will not.
    pub(super) fn forbid(&self) {
        let _ = self.0.given_at.set(None);
    }

    /// Whether HTTP/2 has begun with the call: until then the account will not hear of it if it is dropped.
    pub(super) fn has_begun(&self) -> bool {
        self.0.has_begun.load(Ordering::Acquire)
    }

    fn given_at(&self) -> Option<u64> {
        *self.0.given_at.get()?
    }

    /// It is to be given now: whether it may be.
    fn set(&self) -> bool {
        // It is given once; should it not be, the first time counts.
        self.0.given_at.get_or_init(|| Some(self.0.taken.get())).is_some()
    }
}

/// The body of a request.
#[derive(Debug)]
pub(super) struct Outgoing {
    body: tonic::body::Body,
    rest: Bytes,
    first: FirstMessage,
    left: Left,
    /// It stays as it is until the call is reset.
    is_forbidden: bool,
}

impl Outgoing {
    pub(super) fn of(request: Request<tonic::body::Body>, taken: Taken) -> (Request<Self>, Left) {
        let left = Left::new(taken);
        let request = request.map(|body| {
            if body.is_end_stream() {
                // Nothing will be asked for: the headers are the whole call.
                left.set();
            }
            Self {
                body,
                rest: Bytes::new(),
                first: FirstMessage::default(),
                left: left.clone(),
                is_forbidden: false,
            }
        });
        (request, left)
    }

    /// The next piece, unless it would make whole what nobody waits for any more.
    fn piece(&mut self) -> Option<Bytes> {
        let piece = self.rest.split_to(self.rest.len().min(PIECE));
        self.is_forbidden = self.first.ends_in(&piece) && !self.left.set();
        (!self.is_forbidden).then_some(piece)
    }
}

/// The payload of one HTTP/2 frame.
const PIECE: usize = 16 << 10;

/// Counts the bytes of the first message: a flag, a length, and as many bytes.
#[derive(Debug, Default)]
struct FirstMessage {
    prefix: [u8; 5],
    seen: usize,
}

impl FirstMessage {
    fn ends_in(&mut self, piece: &[u8]) -> bool {
        if self.seen < 5 {
            let taken = piece.len().min(5 - self.seen);
            self.prefix[self.seen..self.seen + taken].copy_from_slice(&piece[..taken]);
        }
        self.seen = self.seen.saturating_add(piece.len());
        let [_, length @ ..] = self.prefix;
        self.seen >= 5 && self.seen - 5 >= u32::from_be_bytes(length) as usize
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.is_forbidden {
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(status)) => {
                    let _ = self.left.0.failed.set(status.message().to_owned());
                    return Poll::Ready(Some(Err(status)));
                }
                None => return Poll::Ready(None),
            }
        }
        match self.piece() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        // Asked for the first time when the headers are written.
        self.left.0.has_begun.store(true, Ordering::Release);
        !self.is_forbidden && self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_message_ends_with_its_last_byte_however_it_is_cut() {
        let message = [0, 0, 0, 0, 3, b'a', b'b', b'c'];
        for cut in 1..message.len() {
            let mut first = FirstMessage::default();
            assert!(!first.ends_in(&message[..cut]), "cut at {cut}");
            assert!(first.ends_in(&message[cut..]), "cut at {cut}");
        }
        assert!(FirstMessage::default().ends_in(&[0; 5]), "an empty message");
    }
}
