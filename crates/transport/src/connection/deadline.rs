//! The deadline of a call, kept on this side.

use std::{future::Future, time::Duration};

use http::HeaderMap;
use tokio::time::{Instant, timeout_at};
use tonic::{Code, Status};

use super::{fate::AttemptError, outgoing::Left};

const HEADER: &str = "grpc-timeout";

/// When whoever made a call gives it up, by its headers.
pub fn deadline_of(headers: &HeaderMap) -> Option<Instant> {
    Instant::now().checked_add(parse(headers.get(HEADER)?.to_str().ok()?)?)
}

/// When a call has to be over, if at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(Option<(Instant, Duration)>);

impl Deadline {
    /// Takes the deadline out of a call's headers.
    pub(super) fn take(headers: &mut HeaderMap) -> Self {
        let limit = headers.remove(HEADER).and_then(|value| parse(value.to_str().ok()?));
        Self(limit.and_then(|limit| Some((Instant::now().checked_add(limit)?, limit))))
    }

    /// The future's result, unless the deadline comes first.
    pub(super) async fn limit<F: Future>(self, future: F) -> Option<F::Output> {
        match self.0 {
            Some((at, _)) => timeout_at(at, future).await.ok(),
            None => Some(future.await),
        }
    }

    pub(super) fn at(self) -> Option<Instant> {
        self.0.map(|(at, _)| at)
    }

    /// The error of a call that ran into its deadline before it was answered.
    pub(super) fn exceeded(self, left: &Left) -> Status {
        let limit = self.0.map_or(Duration::ZERO, |(_, limit)| limit).as_secs_f32();
        if left.is_given() {
            let why = format!("no answer in {limit} s; the puppet may have done it or not");
            AttemptError::maybe_sent(why).status(Code::DeadlineExceeded)
        } else {
            let why = format!("the puppet service did not take the call in {limit} s");
            AttemptError::not_sent(why).status(Code::DeadlineExceeded)
        }
    }

    /// The error of a call that ran into its deadline in the middle of the answer.
    pub(super) fn exceeded_in_answer(self) -> Status {
        let limit = self.0.map_or(Duration::ZERO, |(_, limit)| limit).as_secs_f32();
        AttemptError::maybe_sent(format!("the answer was not complete in {limit} s"))
            .status(Code::DeadlineExceeded)
    }
}

/// Eight digits at most and a unit (gRPC over HTTP/2, `Timeout`).
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(n * 3600),
        "M" => Duration::from_secs(n * 60),
        "S" => Duration::from_secs(n),
        "m" => Duration::from_millis(n),
        "u" => Duration::from_micros(n),
        "n" => Duration::from_nanos(n),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_digits_and_a_unit() {
        assert_eq!(parse("5S"), Some(Duration::from_secs(5)));
        assert_eq!(parse("1500m"), Some(Duration::from_millis(1500)));
        assert_eq!(parse("2M"), Some(Duration::from_secs(120)));
        for bad in ["", "S", "5", "123456789S", "+5S", "5s", "五S"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
