//! The answer on its way in: nothing but a gRPC status counts as the puppet's own words.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header::CONTENT_TYPE};
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};
use tonic::{Code, Status};

use super::{
    deadline::Deadline,
    fate::{self, AttemptError, words},
    given_up::Read,
};

/// The body of an answer; it fails with a [`Status`] whose [`super::fate`] is known.
#[derive(Debug)]
pub struct AnswerBody {
    body: Read,
    deadline: Deadline,
    alarm: Option<Pin<Box<Sleep>>>,
    /// A status was seen: in the headers (then it is all there is), or in the trailers.
    concluded: bool,
    failed: bool,
}

/// Judges the head of a response, and makes its body one that judges itself.
pub(super) fn receive(response: Response<Read>, deadline: Deadline) -> Result<Response<AnswerBody>, Status> {
    let (mut head, body) = response.into_parts();
    let status = status(&mut head.headers);
    if status.is_none() && !is_grpc(head.status, &head.headers) {
        return Err(foreign(head.status, &head.headers));
    }
    let concluded = match status {
        Some(status) if status.code() != Code::Ok => return Err(fate::answered(status)),
        status => status.is_some(),
    };
    let alarm = deadline.at().map(|at| Box::pin(sleep_until(at)));
    Ok(Response::from_parts(head, AnswerBody { body, deadline, alarm, concluded, failed: false }))
}

fn is_grpc(status: StatusCode, headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    status == StatusCode::OK && kind.is_none_or(|kind| kind.starts_with(b"application/grpc"))
}

/// An HTTP server, perhaps a proxy, answered in the place of a puppet.
fn foreign(status: StatusCode, headers: &HeaderMap) -> Status {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("no content type");
    let why = format!(
        "HTTP {status} ({kind}) instead of gRPC: something other than a puppet service (a proxy, a web \
         server) answered; check the account's endpoint"
    );
    let call = if status.is_redirection() || status.is_client_error() {
        AttemptError::not_sent(why)
    } else {
        AttemptError::maybe_sent(why)
    };
    call.into()
}

/// The gRPC status in headers or trailers.
fn status(headers: &mut HeaderMap) -> Option<Status> {
    // tonic panics on details that are not base64, whoever sent them.
    let details = headers.get("grpc-status-details-bin");
    if details.is_some_and(|details| BASE64.decode(details).is_err()) {
        headers.remove("grpc-status-details-bin");
    }
    Status::from_header_map(headers)
}

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl AnswerBody {
    fn fail(&mut self, status: Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.failed = true;
        Poll::Ready(Some(Err(status)))
    }

    fn judge(&mut self, frame: Frame<Bytes>) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let mut trailers = match frame.into_trailers() {
            Ok(trailers) => trailers,
            Err(data) => return Poll::Ready(Some(Ok(data))),
        };
        match status(&mut trailers) {
            None if !self.concluded => self.fail(unfinished("it ended without a gRPC status")),
            Some(status) if status.code() != Code::Ok => self.fail(fate::answered(status)),
            _ => {
                self.concluded = true;
                Poll::Ready(Some(Ok(Frame::trailers(trailers))))
            }
        }
    }
}

fn unfinished(why: &str) -> Status {
    AttemptError::maybe_sent(format!("the answer is not complete: {why}")).into()
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        if self.failed {
            return Poll::Ready(None);
        }
        let Poll::Ready(frame) = self.body.poll(cx) else {
            if let Some(alarm) = &mut self.alarm {
                ready!(alarm.as_mut().poll(cx));
                let status = self.deadline.exceeded_in_answer();
                return self.fail(status);
            }
            return Poll::Pending;
        };
        match frame {
            Some(Ok(frame)) => self.judge(frame),
            Some(Err(error)) => self.fail(unfinished(&words(&error))),
            None if self.concluded => Poll::Ready(None),
            None => self.fail(unfinished("it ended without a gRPC status")),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.failed || (self.concluded && self.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
