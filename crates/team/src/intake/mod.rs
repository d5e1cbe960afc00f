//! Requests on their way in: a file in them flows into the spool, and everything else counts. So do their answers.
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
//! | `inflate` | compressed requests, plain |
//! | `unpack` | a call with a large file in it, as one that names the file |
//! | `chunks` | a stream of pieces of a file |
//! | `weighed` | a body that is read as a whole |
//! | `arriving` | answers of accounts, until they are ready to leave |
//! | `answer` | answers, until they are read |
//! | `behalf` | whose call a task is at work on, and what goes on though that is given up |

mod answer;
mod arriving;
mod behalf;
mod budget;
mod chunks;
mod inflate;
mod inline;
mod message;
mod source;
mod unpack;
mod weighed;

use std::sync::Arc;

use bytes::Bytes;
use ha_wechaty_core::{BotId, Id};
use http::Request;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::{Kind, MessageDescriptor};
use tonic::{Status, body::Body};

use crate::{call::Method, shared::Shared};

pub use answer::{FLOW, answer_room};
pub use arriving::Weight;
pub use behalf::Behalf;
pub use budget::{Budget, Held, Spent};
pub use chunks::Chunks;
pub use inflate::inflate;
pub use unpack::unpack;

/// What a call costs besides what is in it: its task, its place in line, its streams on both sides.
const CALL: usize = 16 * 1024;
/// So much of what is in it is in that.
const INSIDE: usize = 4 * 1024;

/// Room for one call more of a bot's, until its answer has been read; whether that is a stream of files.
pub fn room(shared: &Shared, bot: BotId, flows: bool) -> Result<Held, Status> {
    let held = shared.requests.held(bot);
    held.take(if flows { CALL + FLOW } else { CALL }).map_err(spent)?;
    Ok(held)
}

/// The request with a body that counts among those of its bot, and what it holds: see [`kept`].
pub fn weigh(
    shared: &Shared,
    bot: BotId,
    method: &Method,
    request: Request<Body>,
) -> (Request<Body>, Arc<Held>) {
    let held = Arc::new(shared.requests.held(bot));
    let (most, patience) = (shared.max_message(), shared.config.calls.file);
    let has_file = method.takes.iter().any(|(_, id)| *id == Id::FileBox);
    let weighed = |body| Body::new(weighed::Weighed::new(body, held.clone(), most, has_file, patience));
    (request.map(weighed), held)
}

/// A message that has come; it counts until it is dropped.
pub fn kept(message: Bytes, held: Option<Arc<Held>>) -> Bytes {
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

/// Whether a message has no more fields than anybody needs, however deep they are. What is no message is for its reader to
/// say.
pub fn is_reasonable(of: &MessageDescriptor, message: &[u8]) -> bool {
    // Short ones can't have so many.
    message.len() <= 2 * FIELDS || count(of, message, FIELDS, DEPTH).is_some()
}

/// What a field of an answer has in bytes, on the average, if it has very many: its key, its length, and an id. No id that
/// WeChat gave anybody is shorter.
const SHORT_FIELD: usize = 8;
/// How many fields an answer has at the most; of all the contacts and rooms of ten accounts there are not so many.
const MOST_FIELDS: usize = 1_000_000;

/// The same for an answer of an account's, which may be a list of all that it knows.
pub fn is_reasonable_answer(of: &MessageDescriptor, message: &[u8]) -> bool {
    let most = (FIELDS + message.len() / SHORT_FIELD).min(MOST_FIELDS);
    message.len() <= 2 * FIELDS || count(of, message, most, DEPTH).is_some()
}

/// No message of the protocol has others so deep in it.
const DEPTH: usize = 8;

/// How many more fields it may have; `None` if it has too many, or groups, which are of a time before gRPC.
fn count(of: &MessageDescriptor, mut message: &[u8], mut left: usize, depth: usize) -> Option<usize> {
    while !message.is_empty() {
        left = left.checked_sub(1)?;
        let Ok((field, wire)) = decode_key(&mut message) else { return Some(left) };
        if matches!(wire, WireType::StartGroup | WireType::EndGroup) {
            return None;
        }
        let before = message;
        if skip_field(wire, field, &mut message, DecodeContext::default()).is_err() {
            return Some(left);
        }
        if let (WireType::LengthDelimited, Some(Kind::Message(inner))) =
            (wire, of.get_field(field).map(|field| field.kind()))
        {
            let mut nested = &before[..before.len() - message.len()];
            let _ = decode_varint(&mut nested);
            left = count(&inner, nested, left, depth.checked_sub(1)?)?;
        }
    }
    Some(left)
}

/// A bot has too much on its way.
fn spent(spent: Spent) -> Status {
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

#[cfg(test)]
mod tests {
    use ha_wechaty_core::rpc;
    use ha_wechaty_wire::puppet::{ContactListResponse, MessageSendTextRequest};
    use prost::Message as _;

    use super::*;
    use crate::call::Schema;

    #[test]
    fn a_long_text_is_reasonable_and_a_million_names_are_not() {
        let text = |length: usize, names: usize| {
            let text = "x".repeat(length);
            MessageSendTextRequest { text, mentional_ids: vec![String::new(); names], ..Default::default() }
                .encode_to_vec()
        };
        let schema = Schema::new().expect("the table follows the protocol");
        let sort = |rpc| &schema.method(rpc).request;
        let is_reasonable = |message: &[u8]| is_reasonable(sort(rpc::MESSAGE_SEND_TEXT), message);
        assert!(is_reasonable(&text(1 << 20, 500)) && is_reasonable(&text(0, 15_000)));
        assert!(!is_reasonable(&text(0, 1_000_000)) && is_reasonable(&vec![0xff; 1 << 20]));
        // However deep they are.
        let mut nested = Vec::new();
        prost::encoding::bytes::encode(2, &[0x10, 0x00].repeat(100_000), &mut nested);
        assert!(!super::is_reasonable(sort(rpc::CONTACT_ALIAS), &nested), "in a wrapped text");
        assert!(
            !is_reasonable(&[&[0x0b][..], &[0x10, 0x00].repeat(100_000), &[0x0c]].concat()),
            "in a group"
        );
    }

    #[test]
    fn a_list_of_all_that_somebody_knows_is_reasonable_and_one_of_nothing_is_not() {
        let schema = Schema::new().expect("the table follows the protocol");
        let sort = &schema.method(rpc::CONTACT_LIST).answer;
        let list = |count: usize, id: &dyn Fn(usize) -> String| {
            ContactListResponse { ids: (0..count).map(id).collect() }.encode_to_vec()
        };
        let is_reasonable = |message: &[u8]| is_reasonable_answer(sort, message);
        for count in [10, 20_000, 100_000, 500_000] {
            assert!(is_reasonable(&list(count, &|n| format!("wxid_{n}"))), "{count} contacts");
        }
        assert!(is_reasonable(&list(100_000, &|n| format!("c{n}"))), "short ids");
        assert!(is_reasonable(&list(15_000, &|_| String::new())));
        assert!(!is_reasonable(&list(1_000_000, &|_| String::new())), "two bytes each");
        assert!(!is_reasonable(&list(1_000_000, &|n| format!("{}", n % 1_000))), "five bytes each");
        assert!(!is_reasonable(&list(2_000_000, &|n| format!("wxid_{n}"))), "more than anybody knows");
    }
}
