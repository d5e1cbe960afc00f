//! What became of a call that failed: the question on which failing over hangs.
//!
//! | what happened | fate |
//! |---|---|
//! | the connection was gone, or going, before it took the call | not sent |
//! | the first message of the call had not left whole: the socket took nothing after its last byte | not sent |
//! | GOAWAY with a lower last stream, REFUSED_STREAM (RFC 9113 §8.7: not processed) | not sent |
//! | a 3xx or 4xx of HTTP without a gRPC status: not a puppet, or one that would not have it | not sent |
//! | a gRPC status other than the two below | answered |
//! | status CANCELLED or DEADLINE_EXCEEDED: the machinery's words, the work may go on | maybe sent |
//! | reset, connection lost, deadline, 5xx of HTTP, no status, an answer that can't be read | maybe sent |

use std::error::Error;

use hyper::client::conn::TrySendError;
use tonic::{Code, Status};

use super::{outgoing::Left, wire::Closed};
use crate::transport::dial::DialError;

/// What became of a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The account can't have acted on it: another may do it at once.
    NotSent,
    /// The puppet refused in its own words, and has not done it.
    Answered,
    /// It left, and nobody knows.
    MaybeSent,
}

/// What became of the call that ended with this status.
///
/// A status that did not come from a [`super::Connection`] (made by tonic when it can't read an answer,
/// or by a deadline of the caller) is `MaybeSent`.
pub fn fate(status: &Status) -> Fate {
    let mut source = status.source();
    while let Some(error) = source {
        if let Some(call) = error.downcast_ref::<CallError>() {
            return call.fate;
        }
        if error.is::<DialError>() {
            return Fate::NotSent;
        }
        source = error.source();
    }
    Fate::MaybeSent
}

/// The source of every status that a call on a [`super::Connection`] ends with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct CallError {
    fate: Fate,
    why: String,
}

impl CallError {
    /// A call that the account can't have acted on.
    pub fn not_sent(why: impl Into<String>) -> Self {
        Self { fate: Fate::NotSent, why: why.into() }
    }

    /// A call that left.
    pub fn maybe_sent(why: impl Into<String>) -> Self {
        Self { fate: Fate::MaybeSent, why: why.into() }
    }

    /// What became of the call.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// A status with this text, this code, and this as its source.
    pub fn status(self, code: Code) -> Status {
        let mut status = Status::new(code, self.why.clone());
        status.set_source(std::sync::Arc::new(self));
        status
    }
}

impl From<CallError> for Status {
    fn from(error: CallError) -> Self {
        error.status(Code::Unavailable)
    }
}

/// Marks a status that the puppet sent.
pub(super) fn answered(mut status: Status) -> Status {
    let fate = match status.code() {
        Code::Cancelled | Code::DeadlineExceeded => Fate::MaybeSent,
        _ => Fate::Answered,
    };
    let why = status.message().to_owned();
    status.set_source(std::sync::Arc::new(CallError { fate, why }));
    status
}

/// Judges a call that got no response.
pub(super) fn of_failure<B>(mut error: TrySendError<B>, left: &Left, closed: Option<&Closed>) -> CallError {
    let returned = error.take_message().is_some();
    let error = error.into_error();
    if returned || !left.can_have_arrived() {
        let why = match (left.failure(), closed) {
            (Some(why), _) => why.to_owned(),
            (None, Some(closed)) => closed.to_string(),
            (None, None) => words(&error),
        };
        return CallError::not_sent(format!("the call was not sent: {why}"));
    }
    if is_refusal(&error) {
        return CallError::not_sent(format!("the puppet service refused the call: {}", words(&error)));
    }
    let why = match closed {
        Some(closed) if !is_reset(&error) => closed.to_string(),
        _ => words(&error),
    };
    CallError::maybe_sent(format!("{why}; the puppet may have done it or not"))
}

/// The peer's word that it has not processed, and will not process, this stream.
///
/// h2 ends a stream with a remote GOAWAY only if the stream's number is above the last that the peer
/// processed; streams below it run on, and end with an IO error if the connection breaks.
fn is_refusal(error: &hyper::Error) -> bool {
    http2(error).is_some_and(|error| {
        error.is_remote() && (error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

fn is_reset(error: &hyper::Error) -> bool {
    http2(error).is_some_and(h2::Error::is_reset)
}

fn http2(error: &hyper::Error) -> Option<&h2::Error> {
    error.source()?.downcast_ref()
}

/// The text of an error with its causes; the outer ones only say where it happened.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let cause = error.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}
