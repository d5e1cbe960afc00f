//! What a call ends with, as it travels: in HTTP/2 headers, where there is little room.
//!
//! A text of 90 KB there hangs the whole connection of a stock client: its HTTP/2 takes 64 KiB of headers, and many
//! others take 8 KiB. So whatever was said is cut, wherever it comes from. And it is written as gRPC requires, and
//! no more is encoded: the stock client reads `%3F` as `%3F`.

use std::{
    borrow::Cow,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header::CONTENT_TYPE};
use http_body::{Body, Frame, SizeHint};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode, utf8_percent_encode};

/// The room for a text, as it is written: with all else the strictest stock clients' 8 KiB are enough.
const TEXT: usize = 6 << 10;
/// The room for everything.
const ALL: usize = 7 << 10;
/// What HTTP/2 counts for a header besides its name and value.
const OVERHEAD: usize = 32;

const MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
const STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// What gRPC says must be encoded; what is no ASCII always is.
const ENCODED: &AsciiSet = &CONTROLS.add(b'%');

/// A response whose end fits into headers.
pub(crate) fn fit<B>(mut response: Response<B>) -> Response<Fitted<B>> {
    fit_headers(response.headers_mut());
    response.map(Fitted)
}

/// A text of this many encoded bytes at the most, with a word about what is missing.
pub fn cut(text: &str, room: usize) -> Cow<'_, str> {
    if text.len() * 3 <= room || cost(text) <= room {
        return Cow::Borrowed(text);
    }
    let mut left = room.saturating_sub(NOTE);
    let kept = text.char_indices().find(|(_, c)| match left.checked_sub(cost_of(*c)) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    let (kept, missing) = text.split_at(kept.map_or(text.len(), |(at, _)| at));
    Cow::Owned(format!("{kept}… ({} bytes more)", missing.len()))
}

/// The room for the word about what is missing.
const NOTE: usize = 48;

fn cost(text: &str) -> usize {
    text.chars().map(cost_of).sum()
}

fn cost_of(c: char) -> usize {
    if matches!(c, ' '..='~') && c != '%' { 1 } else { 3 * c.len_utf8() }
}

fn fit_headers(headers: &mut HeaderMap) {
    if let Some(message) = headers.get_mut(&MESSAGE)
        && (message.len() > TEXT || message.as_bytes().contains(&b'%'))
    {
        let text = percent_decode(message.as_bytes()).decode_utf8_lossy().into_owned();
        if let Some(written) = written(&cut(&text, TEXT)) {
            *message = written;
        }
    }
    let size = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + OVERHEAD;
    if headers.iter().map(size).sum::<usize>() > ALL {
        let kept = [CONTENT_TYPE, STATUS, MESSAGE].map(|name| (name.clone(), headers.remove(name)));
        headers.clear();
        headers.extend(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    }
}

/// A text as it stands in a header. Some readers of HTTP/2 refuse a value with a space at an end.
fn written(text: &str) -> Option<HeaderValue> {
    let encoded = utf8_percent_encode(text, ENCODED).to_string();
    let inner = encoded.trim_matches(' ');
    let (before, after) = match encoded.find(|c| c != ' ') {
        Some(before) => (before, encoded.len() - before - inner.len()),
        None => (encoded.len(), 0),
    };
    HeaderValue::try_from(format!("{}{inner}{}", "%20".repeat(before), "%20".repeat(after))).ok()
}

/// A body whose trailers fit.
#[derive(Debug)]
pub(crate) struct Fitted<B>(B);

impl<B: Body<Data = Bytes> + Unpin> Body for Fitted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let frame = Pin::new(&mut self.0).poll_frame(cx);
        frame.map_ok(|mut frame| {
            if let Some(trailers) = frame.trailers_mut() {
                fit_headers(trailers);
            }
            frame
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tonic::{Code, Status};

    /// The header of a text, as tonic writes it and as it leaves.
    fn header(text: &str) -> String {
        let response = fit(Status::new(Code::Internal, text).into_http::<()>());
        response.headers()[&MESSAGE].to_str().expect("ASCII").to_owned()
    }

    #[test]
    fn only_what_grpc_requires_is_encoded() {
        let plain = "Why? #1 is {\"a\": `<b>`} at http://x/?q=1&r=[2]";
        assert_eq!(header(plain), plain);
        assert_eq!(header("100 %3F\n妈"), "100 %253F%0A%E5%A6%88");
        assert_eq!(header(" a "), "%20a%20");
        assert_eq!(header("  "), "%20%20");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        let header = header(&"x".repeat(120_000));
        assert!(header.len() <= TEXT && header.len() > TEXT - NOTE, "{}", header.len());
        assert!(header.starts_with("xxx") && header.ends_with(" bytes more)"), "{}", &header[TEXT - 90..]);
        let fits = "x".repeat(TEXT);
        assert_eq!(super::tests::header(&fits), fits);
    }

    #[test]
    fn what_else_is_too_long_is_left_out() {
        let mut status = Status::new(Code::NotFound, "gone");
        status.metadata_mut().insert("stack", "x".repeat(9_000).parse().expect("a value"));
        let headers = fit(status.into_http::<()>()).headers().clone();
        assert_eq!(
            (headers.len(), headers[&MESSAGE].as_bytes(), headers[&STATUS].as_bytes()),
            (3, &b"gone"[..], &b"5"[..])
        );
        let mut status = Status::new(Code::NotFound, "gone");
        status.metadata_mut().insert("reason", "short".parse().expect("a value"));
        assert_eq!(fit(status.into_http::<()>()).headers()["reason"], "short");
    }

    proptest! {
        /// Whatever is said fits, and what fits is read as it was said.
        #[test]
        fn any_text_travels(text in any::<Vec<char>>(), times in 1usize..2_000) {
            let text = text.into_iter().collect::<String>().repeat(times);
            if text.is_empty() {
                return Ok(());
            }
            let header = header(&text);
            prop_assert!(header.len() <= TEXT);
            let read = percent_decode(header.as_bytes()).decode_utf8().expect("text").into_owned();
            if cost(&text) <= TEXT - 6 {
                prop_assert_eq!(read, text);
            } else {
                prop_assert!(text.starts_with(&read[..read.rfind("… (").unwrap_or(read.len())]));
            }
        }
    }
}
