//! An account's puppet service in memory, which answers what it is told to.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::DuplexStream;

/// What a puppet answers to one call.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The body: messages of gRPC, or what should be some.
    pub body: Vec<Bytes>,
    /// The code that it ends with, and words.
    pub status: (u32, String),
}

/// What puppets are told to answer next; then they answer with nothing at all, which is a message too.
#[derive(Debug, Clone, Default)]
pub(super) struct Script(Arc<Mutex<VecDeque<Told>>>);

impl Script {
    pub(super) fn write(&self, told: impl IntoIterator<Item = Told>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = told.into_iter().collect();
    }

    fn next(&self) -> Told {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let nothing = || Told { body: vec![Bytes::from_static(&[0; 5])], status: (0, String::new()) };
        next.unwrap_or_else(nothing)
    }
}

/// Answers until the other end is gone.
pub(super) async fn serve(socket: DuplexStream, script: Script) {
    let answer = service_fn(|request: Request<Incoming>| {
        let script = script.clone();
        async move {
            let _ = request.into_body().collect().await;
            let Told { body, status: (code, words) } = script.next();
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from(code));
            if let Ok(words) = HeaderValue::try_from(words) {
                trailers.insert("grpc-message", words);
            }
            let frames = body.into_iter().map(Frame::data).chain([Frame::trailers(trailers)]);
            let body = StreamBody::new(stream::iter(frames.map(Ok::<_, Infallible>)));
            Ok::<_, Infallible>(
                Response::builder().header("content-type", "application/grpc").body(body).expect("it is one"),
            )
        }
    });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let _ = builder.timer(TokioTimer::new()).serve_connection(TokioIo::new(socket), answer).await;
}
