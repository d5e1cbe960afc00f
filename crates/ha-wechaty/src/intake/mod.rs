//! Requests on their way in: a file in them flows into the spool, and everything else counts.
//!
//! ```text
//!                      ┌▶ its file ─▶ the spool (gateway.spool_disk) ─┐
//!   a body ─▶ unpack ──┤                                              ├▶ the call, with the file's id
//!             chunks   └▶ everything else (memory.requests) ──────────┘
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `budget` | bytes that all bots may hold together, of which each has a part of its own |
//! | `source` | a body, byte by byte, and the messages in it |
//! | `message` | a message of which one field flows away |
//! | `inline` | the file in FileBox JSON |
//! | `unpack` | a call with a large file in it, as one that names the file |
//! | `chunks` | a stream of pieces of a file |
//! | `weighed` | a body that is read as a whole |

mod budget;
mod chunks;
mod inline;
mod message;
mod source;
mod unpack;
mod weighed;

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use ha_wechaty_core::BotId;
use http::Request;
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};

use crate::shared::Shared;

pub(crate) use budget::{Budget, Held, Spent};
pub(crate) use chunks::Chunks;
pub(crate) use unpack::unpack;

/// What a call costs besides what is in it: its task, its place in line, its stream.
const CALL: usize = 4 * 1024;

/// Room for one call more of a bot's, as long as it runs.
pub(crate) fn room(shared: &Shared, bot: BotId) -> Result<Held, Status> {
    let held = shared.requests.held(bot);
    held.take(CALL).map_err(spent)?;
    Ok(held)
}

/// An answer on its way, whose call has its room until it has gone.
pub(crate) struct Roomy {
    pub(crate) body: Body,
    pub(crate) _room: Held,
}

impl http_body::Body for Roomy {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// The request with a body that counts among those of its bot, and what it holds: see [`kept`].
pub(crate) fn weigh(shared: &Shared, bot: BotId, request: Request<Body>) -> (Request<Body>, Arc<Held>) {
    let held = Arc::new(shared.requests.held(bot));
    let (most, patience) = (shared.max_message(), shared.config.calls.file);
    let weighed = |body| Body::new(weighed::Weighed::new(body, held.clone(), most, patience));
    (request.map(weighed), held)
}

/// A message that has come; it counts until it is dropped.
pub(crate) fn kept(message: Bytes, held: Option<Arc<Held>>) -> Bytes {
    struct Kept(Bytes, #[allow(dead_code, reason = "gives back what it holds")] Option<Arc<Held>>);
    impl AsRef<[u8]> for Kept {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Kept(message, held))
}

/// How many fields a message has at the most: who reads one makes much more of each than the two bytes that it may be.
const FIELDS: usize = 20_000;

/// Whether a message has no more fields than anybody needs. What is no message is for its reader to say.
pub(crate) fn is_reasonable(mut message: &[u8]) -> bool {
    use prost::encoding::{DecodeContext, decode_key, skip_field};
    // Short ones can't have so many.
    if message.len() <= 2 * FIELDS {
        return true;
    }
    for _ in 0..FIELDS {
        if message.is_empty() {
            return true;
        }
        let Ok((field, wire)) = decode_key(&mut message) else { return true };
        if skip_field(wire, field, &mut message, DecodeContext::default()).is_err() {
            return true;
        }
    }
    message.is_empty()
}

/// A bot has too much on its way.
fn spent(spent: Spent) -> Status {
    Status::resource_exhausted(format!(
        "too much is on its way from bots to the gateway: {spent} (memory.requests); nothing was done: send it again \
         when other calls are through"
    ))
}

#[cfg(test)]
mod tests {
    use ha_wechaty_wire::puppet::MessageSendTextRequest;
    use prost::Message as _;

    use super::*;

    #[test]
    fn a_long_text_is_reasonable_and_a_million_names_are_not() {
        let text = |length: usize, names: usize| {
            let text = "x".repeat(length);
            MessageSendTextRequest { text, mentional_ids: vec![String::new(); names], ..Default::default() }
                .encode_to_vec()
        };
        assert!(is_reasonable(&text(1 << 20, 500)) && is_reasonable(&text(0, 15_000)));
        assert!(!is_reasonable(&text(0, 1_000_000)) && is_reasonable(&vec![0xff; 1 << 20]));
    }
}
