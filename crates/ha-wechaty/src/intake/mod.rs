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

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_core::BotId;
use http::Request;
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

/// The request with a body that counts among those of its bot, and what it holds: see [`kept`].
pub(crate) fn weigh(shared: &Shared, bot: BotId, request: Request<Body>) -> (Request<Body>, Arc<Held>) {
    let held = Arc::new(shared.requests.held(bot));
    let (most, patience) = (shared.max_message(), shared.config.calls.file);
    let weighed = |body| Body::new(weighed::Weighed::new(body, held.clone(), most, patience));
    (request.map(weighed), held)
}

/// A message that has come; it counts until it is dropped.
pub(crate) fn kept(message: Bytes, held: Arc<Held>) -> Bytes {
    struct Kept(Bytes, #[allow(dead_code, reason = "gives back what it holds")] Arc<Held>);
    impl AsRef<[u8]> for Kept {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Kept(message, held))
}

/// A bot has too much on its way.
fn spent(spent: Spent) -> Status {
    Status::resource_exhausted(format!(
        "too much is on its way from bots to the gateway: {spent} (memory.requests); nothing was done: send it again \
         when other calls are through"
    ))
}
