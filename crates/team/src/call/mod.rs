//! One call of a bot: which accounts are asked, in which order, and what becomes of their answers.
//!
//! ```text
//!   request ─▶ schema: read, spellings ─▶ class ─▶ order of accounts ─▶ ask: ids and files in, RPC,
//!              (the core's table)                  (the core's Routing)      ids and files out ─▶ answer
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `caller` | who calls, and from where |
//! | `one` | one call on its way: what is known of it so far |
//! | `translate` | ids there and back |
//! | `raw`, `ask` | one RPC at one account, as bytes; and with its ids and files translated |
//! | `rounds` | lists of all that accounts know, each asked for once for all who want it |
//! | `refusal` | what one account made of it |
//! | `class`, `many`, `owner` | the strategy of each class of RPCs |
//! | `login` | what is about a login, whether its account works or not |
//! | `lead` | what a call is about, and accounts asked for it one after the other |
//! | `learn` | what answers say in passing about who reaches whom |
//! | `send` | sends: waiting for an account, failover, what the core is told |
//! | `say` | what an operator says through the team, and the team itself |
//! | `entry` | a send that is not over yet, as the ledger will know it |
//! | `begun` | a send that the core was told of, until it is told its end |
//! | `place`, `choose` | a call's place in the queue, and which accounts could serve it |
//! | `paced` | what else WeChat counts: friendships, rooms, invitations |
//! | `invite` | teammates are brought into rooms |
//! | `names`, `mention` | the one name that the team has, in texts that mention it |
//! | `recalled` | what was recalled or is quoted, by the id that bots know it by |
//! | `generations` | accounts whose generation of the protocol lacks an RPC: what is asked of them instead, and what bots are told |
//! | `batch` | what is asked for many at once, of the accounts that each is seen by |
//! | `file` | FileBoxes: where the bytes are for one side, and where the other side looks for them |
//! | `large` | answers with a large file inside, written while the file is read |
//! | `streams` | the RPCs that stream files |

mod ask;
mod batch;
mod begun;
mod caller;
mod choose;
mod class;
mod entry;
mod file;
mod generations;
mod invite;
mod large;
mod lead;
mod learn;
mod login;
mod many;
mod mention;
mod names;
mod one;
mod owner;
mod paced;
mod place;
mod raw;
mod recalled;
mod refusal;
mod rounds;
mod say;
mod send;
mod streams;
mod translate;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use ha_wechaty_core::AccountId;
use prost::Message as _;

use crate::{
    error::CallError,
    schema::{Method, is_reasonable},
    state::{Shared, sends::Done},
};

pub use caller::{Acknowledgement, Caller};
pub use invite::{accept_invitation, invite};
pub use large::{CallAnswer, with_end};
pub use login::{is_entered, is_refused};
pub use names::read_as_one;
pub use one::Call;
pub use raw::{connection, raw};
pub use recalled::{is_id, name_quoted, name_recalled};
pub use refusal::Refusal;
use rounds::{is_list, list};
pub use say::{Words, say, say_by};
pub use streams::{Messages, download, send_file_stream, stream_file, upload};
pub use translate::Outward;

/// What became of a unary call.
#[derive(Debug)]
pub struct UnaryAnswer {
    /// The answer.
    pub answer: Result<CallAnswer, CallError>,
    /// Who did it, if an account had to.
    pub done: Option<Done>,
    /// What the bot knows once it has the answer, be that an error.
    pub acknowledged: Option<Acknowledgement>,
}

/// Answers one unary call.
pub fn unary<'a>(
    shared: &'a Arc<Shared>,
    caller: Caller,
    method: &'a Method,
    request: Bytes,
) -> BoxFuture<'a, UnaryAnswer> {
    Box::pin(answer(shared, caller, method, request))
}

async fn answer(shared: &Arc<Shared>, caller: Caller, method: &Method, request: Bytes) -> UnaryAnswer {
    let mut call = match read(shared, caller, method, &request) {
        Ok(call) => call,
        Err(error) => return UnaryAnswer { answer: Err(error), done: None, acknowledged: None },
    };
    call.counts = Mutex::new(Some(request));
    let begun = std::time::Instant::now();
    let answer = if is_list(&call) {
        list(shared, method).await.and_then(|list| call.given(list))
    } else {
        match call.run().await {
            Ok(answer) => call.answered(answer).await,
            Err(error) => Err(error),
        }
    };
    let code = answer.as_ref().map_or_else(CallError::code, |_| tonic::Code::Ok);
    shared.records.metrics.call(method.rpc.name, code, begun.elapsed());
    UnaryAnswer { answer, done: call.done.get().copied(), acknowledged: call.acknowledged.take() }
}

/// Asks this account alone.
pub fn ask_one<'a>(
    shared: &'a Arc<Shared>,
    caller: Caller,
    method: &'a Method,
    account: AccountId,
    request: Bytes,
) -> BoxFuture<'a, Result<Bytes, CallError>> {
    Box::pin(async move {
        let call = read(shared, caller, method, &request)?;
        match call.ask(account, &[]).await {
            Ok(answer) => Ok(answer.encode_to_vec().into()),
            Err(setback) => Err(setback.refusal()?.into_error(&shared.accounts)),
        }
    })
}

fn read<'a>(
    shared: &'a Arc<Shared>,
    caller: Caller,
    method: &'a Method,
    request: &Bytes,
) -> Result<Call<'a>, CallError> {
    if !is_reasonable(&method.request, request) {
        return Err(CallError::invalid("the request has more fields, or longer lists, than any call needs"));
    }
    let request = method.read_request(request).map_err(|error| {
        CallError::invalid(format!("the request is no {}: {error}", method.request.name()))
    })?;
    Ok(Call::new(shared, caller, method, request))
}
