//! One call of a bot: which accounts are asked, in which order, and what becomes of their answers.
//!
//! ```text
//!   request ─▶ schema: read, spellings ─▶ class ─▶ order of accounts ─▶ ask: ids and files in, RPC,
//!              (the core's table)                  (the core's Routing)      ids and files out ─▶ answer
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `schema` | the core's table of RPCs joined with the protocol's descriptors |
//! | `mend` | texts of peers that other peers would refuse the whole message for |
//! | `translate` | ids there and back |
//! | `ask` | one RPC at one account |
//! | `aside` | work on long lists, beside the runtime |
//! | `rounds` | lists of all that accounts know, each asked for once for all who want it |
//! | `refusal` | what one account made of it |
//! | `error` | why it came to nothing |
//! | `class` | the strategy of each class of RPCs |
//! | `send` | sends: waiting for an account, failover, what the core is told |
//! | `begun` | a send that the core was told of, until it is told its end |
//! | `pacer`, `place` | the queue that they wait in, and a call's place in it |
//! | `paced` | what else WeChat counts: friendships, rooms, invitations |
//! | `invite` | teammates are brought into rooms |
//! | `fresh` | who knows how a thing is that was said to be dirty |
//! | `names`, `mention` | the one name that the team has, in texts that mention it |
//! | `late` | where bots are given a backlog, whose answers wait longer |
//! | `file` | FileBoxes: where the bytes are for one side, and where the other side looks for them |
//! | `large` | answers with a large file inside, written while the file is read |
//! | `streams` | the RPCs that stream files |
//! | `book` | messages that bots may ask for |
//! | `unsettled` | sends that wait for a witness |
//! | `unsure` | files of which it is not known whether they were sent |

mod alone;
mod aside;
mod ask;
mod begun;
mod book;
mod class;
mod error;
mod file;
mod fresh;
mod invite;
mod large;
mod late;
mod learn;
mod mend;
mod mention;
mod names;
mod paced;
mod pacer;
mod place;
mod refusal;
mod rounds;
mod schema;
mod send;
mod streams;
mod translate;
mod unsettled;
mod unsure;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicUsize};

use bytes::Bytes;
use ha_wechaty_core::{AccountId, BotId, ClientId, Conduct, Input, Routing, Work};
use prost::Message as _;
use prost_reflect::DynamicMessage;

use crate::{
    bot::Origin,
    intake::{FLOW, Held, answer_room, is_reasonable},
    shared::Shared,
};

pub use alone::Alone;
use aside::has_long_lists;
pub use aside::{Aside, is_long};
pub use ask::{connection, raw};
pub use book::Book;
pub use error::{CallError, Wrong};
pub use fresh::Fresh;
pub use invite::{accept_invitation, invite};
use large::Large;
pub use large::{Answer, with_end};
pub use late::Late;
pub use names::{Names, read_as_one};
pub use pacer::Pacer;
pub use refusal::Refusal;
pub use rounds::Rounds;
use rounds::{List, is_list, list};
pub use schema::{Method, Schema, Unreadable, dynamic};
pub use streams::{Messages, download, send_file_stream, stream_file, upload};
pub use translate::Outward;
pub use unsettled::Unsettled;
pub use unsure::Unsure;

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    /// The bot.
    pub bot: BotId,
    /// The event stream that the same client has on the same connection, if it has one.
    pub client: Option<ClientId>,
    /// Whether files must be inside answers, since the client knows no other way.
    pub inline_files: bool,
    /// Where the call comes from, unless that is a program that holds the team itself.
    pub origin: Option<Origin>,
    /// When whoever calls gives up.
    pub until: Option<tokio::time::Instant>,
}

impl Caller {
    /// The gateway itself.
    const NOBODY: Self =
        Self { bot: BotId(u16::MAX), client: None, inline_files: false, origin: None, until: None };

    /// The bot knows what this is about: it need not be told again. That counts for the stream that it has on its connection
    /// now, since a bot may stop and start while it asks.
    fn acknowledges(&self, shared: &Shared, id: &str) {
        let now = self.origin.and_then(|origin| shared.streams.of(origin));
        let (client, bot) = (now.or(self.client), self.bot);
        shared.tell(Input::Acknowledged { client, bot, id: id.to_owned() });
    }
}

/// A call on its way.
#[derive(Debug)]
pub struct Call<'a> {
    shared: &'a Arc<Shared>,
    caller: Caller,
    method: &'a Method,
    conduct: Conduct,
    request: DynamicMessage,
    /// It as it came, which counts among those of its bot, until it stands in line: there it is weighed.
    counts: Mutex<Option<Bytes>>,
    /// The team as it was when the call came; a send looks again.
    routing: Arc<Routing>,
    /// Who did it first, and how that is known.
    done: OnceLock<Done>,
    /// The file that is to be in the answer, if that is a large one.
    large: OnceLock<Large>,
    /// How many accounts have answered whose answers are being read.
    reads: AtomicUsize,
}

/// What became of a call that was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// The first account that did it.
    pub by: AccountId,
    /// How that is known.
    pub how: How,
}

/// How it is known that something was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The account's puppet said so.
    Answered,
    /// The account was lost with it in its hands, and a teammate saw that it was done.
    Witness,
    /// The account was lost with it in its hands, and showed it itself when it was back.
    Echo,
}

impl How {
    /// This account saw it; `account` did it.
    fn seen_by(witness: AccountId, account: AccountId) -> Self {
        if witness == account { Self::Echo } else { Self::Witness }
    }
}

impl<'a> Call<'a> {
    fn new(shared: &'a Arc<Shared>, caller: Caller, method: &'a Method, mut request: DynamicMessage) -> Self {
        let conduct = method.conduct(&mut request);
        Self {
            shared,
            caller,
            method,
            conduct,
            request,
            counts: Mutex::default(),
            routing: shared.routing(),
            done: OnceLock::new(),
            large: OnceLock::new(),
            reads: AtomicUsize::new(0),
        }
    }

    /// The request as it came, if it still counts.
    fn counted(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer as it leaves. It counts until it is read, unless a program that holds the team itself has it at once.
    async fn answered(&self, answer: DynamicMessage) -> Result<Answer, CallError> {
        let Self { shared, caller, method, .. } = *self;
        let large = self.large.get();
        if large.is_none() && has_long_lists(&answer) {
            let write = move || Bytes::from(answer.encode_to_vec());
            let message = shared.aside.work(Some(caller.bot), true, write).await;
            let room = self.room(message.len())?;
            return Ok(Answer { message, flow: None, room });
        }
        let room = self.room(answer.encoded_len() + large.map_or(0, |_| FLOW))?;
        Answer::new(method, &answer, large, room)
    }

    /// A list that others may be given too.
    fn given(&self, List { message, by }: List) -> Result<Answer, CallError> {
        if let Some(by) = by {
            let _ = self.done.set(by);
        }
        let room = self.room(message.len())?;
        Ok(Answer { message, flow: None, room })
    }

    /// Room for an answer of so many bytes, until it is read.
    fn room(&self, length: usize) -> Result<Option<Held>, CallError> {
        let room = |_| answer_room(self.shared, self.caller.bot, length, self.is_repeatable());
        self.caller.origin.map(room).transpose()
    }

    /// The kind of work that WeChat throttles, if it is one.
    fn work(&self) -> Option<Work> {
        self.conduct.work
    }

    /// Whether asking again can do no harm.
    fn is_repeatable(&self) -> bool {
        self.conduct.again
    }
}

/// Answers one unary call.
pub async fn unary(
    shared: &Arc<Shared>,
    caller: Caller,
    method: &Method,
    request: Bytes,
) -> Result<Answer, CallError> {
    unary_by(shared, caller, method, request).await.map(|(answer, _)| answer)
}

/// Answers one unary call, and tells who did it, if an account had to.
pub async fn unary_by(
    shared: &Arc<Shared>,
    caller: Caller,
    method: &Method,
    request: Bytes,
) -> Result<(Answer, Option<Done>), CallError> {
    let mut call = read(shared, caller, method, &request)?;
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
    shared.metrics.call(method.rpc.name, code, begun.elapsed());
    Ok((answer?, call.done.get().copied()))
}

/// Asks this account alone.
pub async fn ask_one(
    shared: &Arc<Shared>,
    caller: Caller,
    method: &Method,
    account: AccountId,
    request: Bytes,
) -> Result<Bytes, CallError> {
    let call = read(shared, caller, method, &request)?;
    match call.ask(account, &[]).await {
        Ok(answer) => Ok(answer.encode_to_vec().into()),
        Err(setback) => Err(setback.refusal()?.into_error(shared)),
    }
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
