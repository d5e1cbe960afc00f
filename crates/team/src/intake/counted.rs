//! What calls and their requests count among what their bots hold together.

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_core::BotId;
use tonic::Status;

use crate::state::{
    budget::{Portion, Spent},
    transit::{CHUNK, Transit},
};
use ha_wechaty_transport::SEND_BUFFER;

/// What a call costs besides what is in it: its task, its place in line, its streams on both sides.
pub(super) const CALL: usize = 16 * 1024;
/// So much of what is in it is in that.
pub const INSIDE: usize = 4 * 1024;

/// What a file that flows has here at the most, whatever its size: what waits in HTTP/2, the piece that was too much for
/// that, and the next one. A piece may be base64.
pub const FLOW: usize = SEND_BUFFER + 2 * (CHUNK.div_ceil(3) + 1) * 4;

const _: () =
    assert!(CALL + FLOW <= 256 * 1024, "a file flows to a bot that may have the least, see memory.requests");

/// Room for one call more of a bot's, until its answer has been read; whether that is a stream of files.
pub fn room(transit: &Transit, bot: BotId, flows: bool) -> Result<Portion, Status> {
    let held = transit.requests.held(bot);
    held.take(if flows { CALL + FLOW } else { CALL }).map_err(spent)?;
    Ok(held)
}

/// A message that has come; it counts until it is dropped.
pub fn kept(message: Bytes, held: Option<Arc<Portion>>) -> Bytes {
    struct Kept(Bytes, #[allow(dead_code, reason = "gives back what it holds")] Option<Arc<Portion>>);
    impl AsRef<[u8]> for Kept {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Kept(message, held))
}

/// A bot has too much on its way.
pub fn spent(spent: Spent) -> Status {
    if spent.amount > spent.may {
        let [amount, may] = [spent.amount, spent.may].map(|bytes| bytesize::ByteSize::b(bytes as u64));
        return Status::resource_exhausted(format!(
            "this is of {amount}, and requests of one bot may be of {may} together: raise memory.requests"
        ));
    }
    Status::resource_exhausted(format!(
        "too much is on its way from bots to the gateway: {spent} (memory.requests); nothing was done: send it again \
         when other calls are through"
    ))
}
