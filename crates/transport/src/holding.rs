//! A body that holds something until all of it is written.
//!
//! HTTP/2 takes a body long before its peer reads it: the body is gone then, and its bytes wait for the peer's window
//! for as long as that likes. So what is held is held by the bytes, too.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};

/// A body, and what is dropped when it is written, or when nobody is there to write it to.
#[derive(Debug)]
pub struct Holding<T> {
    body: Body,
    held: Arc<T>,
}

impl<T: Send + Sync + 'static> Holding<T> {
    /// This body, which is `held` for as long as any of it is here.
    pub fn body(body: Body, held: T) -> Body {
        Body::new(Self { body, held: Arc::new(held) })
    }
}

impl<T: Send + Sync + 'static> http_body::Body for Holding<T> {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let hold = |bytes| Bytes::from_owner(Unwritten { bytes, _held: self.held.clone() });
        frame.map_ok(|frame| frame.map_data(hold))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Bytes that are not written yet.
struct Unwritten<T> {
    bytes: Bytes,
    _held: Arc<T>,
}

impl<T> AsRef<[u8]> for Unwritten<T> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};

    #[tokio::test]
    async fn what_is_held_is_held_by_the_bytes_when_the_body_is_gone() {
        let held = Arc::new(());
        let whole = Full::new(Bytes::from_static(b"an answer")).map_err(|never| match never {});
        let mut body = Holding::body(Body::new(whole), held.clone());
        let frame = body.frame().await.expect("a frame").expect("no error").into_data().expect("data");
        drop(body);
        let (begin, rest) = (frame.slice(..2), frame.slice(2..));
        drop(frame);
        assert_eq!((begin.as_ref(), Arc::strong_count(&held)), (&b"an"[..], 2));
        drop(begin);
        assert_eq!(Arc::strong_count(&held), 2, "some of it is still there");
        drop(rest);
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
