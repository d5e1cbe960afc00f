//! What happens once an answer is written whole, and not when it is thrown away.
//!
//! A body that is dropped may have been written or not: its call was given up, its connection died, the server had to
//! end. Only how far its bytes were taken tells the two apart, and so they are counted where HTTP/2 takes them.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::Response;
use http_body::{Body, Frame, SizeHint};

/// What is to happen once an answer is written: put into the extensions of a response, it is called when the last of its
/// bytes has left HTTP/2 for the peer, and never if that can't be any more. Whether the peer has read them nobody knows.
#[derive(Clone)]
pub struct Receipt(Arc<Due>);

struct Due {
    then: Option<Box<dyn FnOnce() + Send + Sync>>,
    /// All of the body was handed out.
    is_whole: AtomicBool,
    /// Some of it was thrown away.
    is_torn: AtomicBool,
}

impl Receipt {
    /// Calls this when the answer is written.
    pub fn new(then: impl FnOnce() + Send + Sync + 'static) -> Self {
        let then: Box<dyn FnOnce() + Send + Sync> = Box::new(then);
        Self(Arc::new(Due { then: Some(then), is_whole: false.into(), is_torn: false.into() }))
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Receipt")
    }
}

impl Drop for Due {
    fn drop(&mut self) {
        if *self.is_whole.get_mut()
            && !*self.is_torn.get_mut()
            && let Some(then) = self.then.take()
        {
            then();
        }
    }
}

/// A body whose bytes know whether they were taken.
pub(crate) struct Receipted<B: Body> {
    body: B,
    receipt: Option<Receipt>,
}

/// This answer as HTTP/2 is to have it, which makes its receipt true, if it has one.
pub(crate) fn receipted<B: Body>(mut answer: Response<B>) -> Response<Receipted<B>> {
    let receipt = answer.extensions_mut().remove::<Receipt>();
    answer.map(|body| Receipted { body, receipt })
}

impl<B: Body<Data = Bytes> + Unpin> Body for Receipted<B> {
    type Data = Counted;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Counted>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if let (Poll::Ready(frame), Some(Receipt(due))) = (&frame, &self.receipt) {
            match frame {
                Some(Ok(frame)) if frame.is_data() => {}
                Some(Ok(_)) | None => due.is_whole.store(true, Ordering::Release),
                Some(Err(_)) => due.is_torn.store(true, Ordering::Release),
            }
        }
        frame.map_ok(|frame| frame.map_data(|bytes| Counted { bytes, receipt: self.receipt.clone() }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B: Body> Drop for Receipted<B> {
    /// One that says that nothing follows is not asked for more.
    fn drop(&mut self) {
        if let Some(Receipt(due)) = &self.receipt
            && self.body.is_end_stream()
        {
            due.is_whole.store(true, Ordering::Release);
        }
    }
}

/// Bytes of an answer, of which HTTP/2 takes one piece after the other as it writes them.
pub(crate) struct Counted {
    bytes: Bytes,
    receipt: Option<Receipt>,
}

impl Buf for Counted {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(Receipt(due)) = &self.receipt
            && self.bytes.has_remaining()
        {
            due.is_torn.store(true, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Empty, Full};

    /// An answer with this body, and whether it is written.
    fn answer<B: Body>(body: B) -> (Receipted<B>, Arc<AtomicBool>) {
        let is_written = Arc::new(AtomicBool::new(false));
        let mut answer = Response::new(body);
        let seen = is_written.clone();
        answer.extensions_mut().insert(Receipt::new(move || seen.store(true, Ordering::Relaxed)));
        (receipted(answer).into_body(), is_written)
    }

    async fn first<B: Body<Data = Bytes, Error: fmt::Debug> + Unpin>(body: &mut Receipted<B>) -> Counted {
        body.frame().await.expect("a frame").expect("no error").into_data().ok().expect("data")
    }

    #[tokio::test]
    async fn an_answer_is_written_when_all_its_bytes_were_taken() {
        let (mut body, is_written) = answer(Full::new(Bytes::from_static(b"an answer")));
        let mut bytes = first(&mut body).await;
        drop(body);
        bytes.advance(2);
        assert!(!is_written.load(Ordering::Relaxed));
        bytes.advance(7);
        drop(bytes);
        assert!(is_written.load(Ordering::Relaxed));
        let (body, is_written) = answer(Empty::<Bytes>::new());
        drop(body);
        assert!(is_written.load(Ordering::Relaxed), "it has only headers");
    }

    #[tokio::test]
    async fn an_answer_that_is_thrown_away_is_not_written() {
        let (mut body, is_written) = answer(Full::new(Bytes::from_static(b"an answer")));
        let mut bytes = first(&mut body).await;
        drop(body);
        bytes.advance(2);
        drop(bytes);
        assert!(!is_written.load(Ordering::Relaxed), "some of it waited for its peer");
        let (body, is_written) = answer(Full::new(Bytes::from_static(b"an answer")));
        drop(body);
        assert!(!is_written.load(Ordering::Relaxed), "nobody asked for it");
        let frames = [Ok(Frame::data(Bytes::from_static(b"an "))), Err("it broke")];
        let stream = futures_util::stream::iter(frames);
        let (mut body, is_written) = answer(http_body_util::StreamBody::new(stream));
        first(&mut body).await.advance(3);
        assert!(body.frame().await.expect("an end").is_err());
        drop(body);
        assert!(!is_written.load(Ordering::Relaxed), "its end never came");
    }
}
