//! What became of a call that failed: the question on which failing over hangs.
//!
//! | what happened | fate |
//! |---|---|
//! | the connection was gone, or going, before it took the call | not sent |
//! | the first message of the call had not left whole: the socket took nothing after its last byte | not sent |
//! | GOAWAY with a lower last stream, REFUSED_STREAM (RFC 9113 §8.7: not processed) | not sent |
//! | a 3xx or 4xx of HTTP without a gRPC status: not a puppet, or one that would not have it | not sent |
//! | a gRPC status other than the three below | answered |
//! | status UNAVAILABLE: a proxy may say it after it has forwarded the call | maybe sent |
//! | status CANCELLED or DEADLINE_EXCEEDED: the machinery's words, the work may go on | maybe sent |
//! | reset, connection lost, deadline, 5xx of HTTP, no status, an answer that can't be read | maybe sent |
//!
//! What may have been sent may also still be: by a service that is slow, frozen or cut off from us. It *is over* once
//! the service's end of the connection is known to be closed, or a proxy says so: not one that has waited in vain.

use std::{error::Error, io};

use hyper::client::conn::TrySendError;
use tonic::{Code, Status};

use super::{outgoing::Left, wire::Closed};
use crate::dial::DialError;

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
    let of_dial = causes(status).any(<dyn Error>::is::<DialError>).then_some(Fate::NotSent);
    call_error(status).map(|call| call.fate).or(of_dial).unwrap_or(Fate::MaybeSent)
}

/// Whether the account has such a call in its hands no more, whatever it did with it.
pub fn is_over(status: &Status) -> bool {
    call_error(status).is_some_and(|call| call.is_over)
}

/// Whether the account, or whatever stands before it, said this itself.
pub fn is_told(status: &Status) -> bool {
    call_error(status).is_some_and(|call| call.is_told)
}

/// The same status, as the puppet's own no: its words show that it, and no proxy, has answered.
pub fn as_answered(mut status: Status) -> Status {
    let mut error =
        call_error(&status).cloned().unwrap_or_else(|| AttemptError::told(Fate::Answered, &status));
    error.fate = Fate::Answered;
    status.set_source(std::sync::Arc::new(error));
    status
}

fn call_error(status: &Status) -> Option<&AttemptError> {
    causes(status).find_map(|error| error.downcast_ref())
}

fn causes<'a>(status: &'a Status) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(status.source(), |error: &&'a (dyn Error + 'static)| (*error).source())
}

/// The source of every status that a call on a [`super::Connection`] ends with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct AttemptError {
    fate: Fate,
    why: String,
    is_over: bool,
    is_told: bool,
}

impl AttemptError {
    /// A call that the account can't have acted on.
    pub fn not_sent(why: impl Into<String>) -> Self {
        Self { fate: Fate::NotSent, why: why.into(), is_over: true, is_told: false }
    }

    /// A call that left, and that the account may still have in its hands.
    pub fn maybe_sent(why: impl Into<String>) -> Self {
        Self { fate: Fate::MaybeSent, why: why.into(), is_over: false, is_told: false }
    }

    fn told(fate: Fate, status: &Status) -> Self {
        // What the machinery says of a call that it gives up says nothing of the work.
        let is_given_up = matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded)
            || status.code() == Code::Unavailable && is_of_patience(status.message());
        let is_over = !is_given_up;
        Self { fate, why: status.message().to_owned(), is_over, is_told: true }
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

impl From<AttemptError> for Status {
    fn from(error: AttemptError) -> Self {
        error.status(Code::Unavailable)
    }
}

/// Marks a status that the puppet sent.
pub(super) fn answered(mut status: Status) -> Status {
    let fate = if let Code::Cancelled | Code::DeadlineExceeded | Code::Unavailable = status.code() {
        Fate::MaybeSent
    } else {
        Fate::Answered
    };
    let error = AttemptError::told(fate, &status);
    status.set_source(std::sync::Arc::new(error));
    status
}

/// Whether these are the words of a proxy that has waited for long enough, such as "upstream request timeout".
fn is_of_patience(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["timeout", "timed out", "time out"].iter().any(|it| words.contains(it))
}

/// Judges a call that got no response.
pub(super) fn of_failure<B>(
    mut error: TrySendError<B>,
    left: &Left,
    closed: Option<&Closed>,
) -> AttemptError {
    let returned = error.take_message().is_some();
    let error = error.into_error();
    if returned || !left.can_have_arrived() {
        let why = match (left.failure(), closed) {
            (Some(why), _) => why.to_owned(),
            (None, Some(closed)) => closed.to_string(),
            (None, None) => words(&error),
        };
        return AttemptError::not_sent(format!("the call was not sent: {why}"));
    }
    if is_refusal(&error) {
        return AttemptError::not_sent(format!("the puppet service refused the call: {}", words(&error)));
    }
    let why = match closed {
        Some(closed) if !is_reset(&error) => closed.to_string(),
        _ => words(&error),
    };
    // A service whose machine is frozen or cut off from us may go on when it is not any more; one that reset the
    // call alone may be at it still.
    let is_gone = is_closed_by_peer(&error)
        .unwrap_or(matches!(closed, Some(Closed::Eof | Closed::Lost(_) | Closed::GoingAway(_))));
    let is_over = is_gone && !is_reset(&error);
    AttemptError { is_over, ..AttemptError::maybe_sent(format!("{why}; the puppet may have done it or not")) }
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

/// Whether the system says that the other end is closed, if it says why the connection broke.
fn is_closed_by_peer(error: &hyper::Error) -> Option<bool> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    // hyper takes an error of the system out of HTTP/2's.
    let own = || error.source()?.downcast_ref::<io::Error>();
    let io = http2(error).and_then(h2::Error::get_io).or_else(own)?;
    Some(matches!(io.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof))
}

fn http2(error: &hyper::Error) -> Option<&h2::Error> {
    error.source()?.downcast_ref()
}

/// An end of the connection, as a person would say it.
const ENDED: &str = "the puppet service ended the connection";
/// And one without a goodbye: whether a read or a write finds it first is chance, and the system's words differ.
const RESET: &str = "the other end reset it";
/// What says that something happened, and not what.
const NOTHING: &str = "connection error";

/// The text of an error with its causes; the outer ones only say where it happened.
pub(super) fn words(error: &(dyn Error + 'static)) -> String {
    let mut text = plain(error);
    let mut source = error.source();
    while let Some(error) = source {
        let cause = plain(error);
        if text == NOTHING {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
        source = error.source();
    }
    text
}

/// The text of an error, for whoever runs a team: what TLS says of an end without its goodbye is for developers.
fn plain(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    let is_reset = ["onnection reset", "roken pipe"].iter().any(|it| text.contains(it));
    if text.contains("close_notify") {
        ENDED.to_owned()
    } else if is_reset {
        RESET.to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_without_a_goodbye_is_the_same_whoever_finds_it() {
        #[derive(Debug, thiserror::Error)]
        #[error("connection error")]
        struct Outer(#[source] io::Error);

        for code in [
            io::Error::from_raw_os_error(104),
            io::ErrorKind::BrokenPipe.into(),
            io::ErrorKind::ConnectionReset.into(),
        ] {
            assert_eq!(words(&Outer(code)), RESET);
        }
        let other = io::Error::other("no route");
        assert_eq!(words(&Outer(other)), "no route");
    }
}
