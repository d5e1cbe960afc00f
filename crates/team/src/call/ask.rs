//! One call at one account: ids and files translated there and back.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use std::time::Duration;

use bytes::Bytes;
use ha_wechaty_core::{AccountId, AccountSet, Class, Id, Input, MessageCopy, WorkResult};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use tonic::Status;
use tower::ServiceExt as _;
use tracing::Instrument as _;

use super::{
    Caller,
    file::{Handed, send_beside},
    learn::{is_still_there, learn},
    names::read_as_one,
    one::Call,
    raw::{connection, raw},
    recalled::{name_quoted, name_recalled},
    refusal::{Refusal, Setback},
    translate::{Inward, Outward},
};
use crate::{
    intake::{AskingBot, Weight},
    schema::{Method, Path},
    state::{
        records::{LineKind, Who},
        sends::{Done, How},
        underway::{has_long_lists, is_long},
    },
    trace,
};
use ha_wechaty_transport::{Connection, Fate};

impl Call<'_> {
    /// Asks one account, and tells the core how it fared at work that WeChat throttles. `copies` are those of
    /// the message that the call is about, if it is about one.
    pub(super) async fn ask(
        &self,
        account: AccountId,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, Setback> {
        let answer = match self.conduct.class {
            // What all are to do is done by the slow too, though the bot has its answer or has hung up: the team hears
            // what came of it all the same.
            Class::All => self.ask_by_itself(account, copies).await,
            Class::Local(_)
            | Class::Logout
            | Class::Send
            | Class::Owner
            | Class::Reach
            | Class::RoomAct
            | Class::Union
            | Class::Create
            | Class::Batch
            | Class::Upload => self.ask_here(account, copies).await,
        };
        if answer.is_ok() {
            // Whoever was first: the others do it too, or again.
            let _ = self.done.set(Done { by: account, how: How::Answered });
        }
        answer
    }

    /// Asks in a task of its own, which goes on to its end though nobody waits for it any more. Of those an account
    /// has so many at most.
    async fn ask_by_itself(
        &self,
        account: AccountId,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, Setback> {
        let (shared, caller, request) = (self.shared.clone(), self.caller, self.request.clone());
        let (rpc, routing, conduct) = (self.method.rpc, self.routing.clone(), self.conduct);
        let (copies, counts) = (copies.to_vec(), Mutex::new(self.counted().clone()));
        let bytes = request.encoded_len();
        let line = shared.underway.alone.line(account, bytes);
        let room = match line {
            Some(_) => None,
            None => {
                shared
                    .underway
                    .alone
                    .room(&shared.records.hush, (account, shared.accounts.name(account)), rpc.name, bytes)
                    .await
            }
        };
        let asks = async move {
            let _room = match line {
                Some(line) => line.room().await,
                None => room,
            };
            let method = shared.schema.method(rpc);
            let done = std::sync::OnceLock::new();
            let large = std::sync::OnceLock::new();
            let reads = AtomicUsize::new(0);
            let call = Call {
                shared: &shared,
                caller,
                method,
                conduct,
                request,
                counts,
                routing,
                done,
                large,
                reads,
                is_failure_told: false,
                not: AccountSet::EMPTY,
                acknowledged: None,
            };
            call.ask_here(account, &copies).await
        };
        let asks = asks.in_current_span();
        let broken = |error: tokio::task::JoinError| Refusal::of(account, Status::unknown(error.to_string()));
        let asks = match AskingBot::current() {
            Some(behalf) => tokio::spawn(behalf.scope(asks)),
            None => tokio::spawn(asks),
        };
        asks.await.unwrap_or_else(|error| Err(broken(error).into()))
    }

    async fn ask_here(&self, account: AccountId, copies: &[MessageCopy]) -> Result<DynamicMessage, Setback> {
        let span = trace::attempt(self.shared.accounts.name(account), self.method.rpc.name);
        let answer = self.attempt(account, copies).instrument(span.clone()).await;
        let outcome = match &answer {
            Ok(_) => "done",
            Err(Setback::Hopeless(_)) => "hopeless",
            Err(Setback::Apart(_)) => "not-sent",
            Err(Setback::Refused(refusal)) => match refusal.fate {
                Fate::NotSent => "not-sent",
                Fate::Answered => "refused",
                Fate::MaybeSent => "unsure",
            },
        };
        span.record("fate", outcome);
        if answer.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        self.shared.records.metrics.attempt(self.shared.accounts.name(account), outcome);
        if let Some(work) = self.work() {
            let result = match &answer {
                Ok(_) => Some(WorkResult::Done),
                Err(Setback::Refused(refusal)) if self.is_throttled(&refusal.status) => {
                    Some(WorkResult::Throttled)
                }
                Err(Setback::Refused(refusal)) if self.is_about_reach(refusal) => None,
                // A lost connection is no failure at the work: the link knows what to do.
                Err(Setback::Refused(refusal)) if refusal.is_own_failure() && !self.is_failure_told => {
                    Some(WorkResult::Failed)
                }
                Err(_) => None,
            };
            if let Some(result) = result {
                self.shared.core.tell(Input::Worked { account, work, result });
            }
        }
        answer
    }

    /// Whether WeChat's own words say that it was too much.
    pub(super) fn is_throttled(&self, status: &Status) -> bool {
        self.shared.limits.is_throttled(status)
    }

    /// Whether a refusal says no more than that the account does not reach the conversation: by its words, or
    /// since the account was never known to reach it.
    pub(super) fn is_about_reach(&self, refusal: &Refusal) -> bool {
        if refusal.fate != Fate::Answered || self.is_throttled(&refusal.status) {
            return false;
        }
        if self.shared.limits.is_unreachable(&refusal.status) {
            return true;
        }
        self.conversation().is_some_and(|id| !self.routing.reach(&id).yes.contains(refusal.account))
    }

    /// Where the call says or changes something.
    fn conversation(&self) -> Option<String> {
        let named = self.method.taken(&self.request, Id::Conversation);
        if !named.is_empty() {
            return Some(named);
        }
        self.method.lead(&self.request).map(|(id, _)| id).filter(|_| self.conduct.class == Class::RoomAct)
    }

    /// Asks the RPC itself.
    pub(super) async fn asks_itself(
        &self,
        account: AccountId,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, Setback> {
        let shared = self.shared;
        let connection = connection(&shared.accounts, account)?;
        let mut request = self.request.clone();
        let inward =
            Inward { identity: self.routing.identity(), account, copies, book: &shared.knowledge.book };
        inward
            .apply(&mut request, &self.method.takes)
            .map_err(|foreign| Refusal::unable(account, foreign.to_string()))?;
        if let Some(text) = self.words_of(account).await {
            request.set_field_by_name("text", Value::String(text));
        }
        let mut handed = None;
        let boxes = file_boxes(&request, &self.method.takes);
        let is_only = boxes.len() == 1;
        for json in boxes {
            match self.file_to_account(account, &json).await? {
                Handed::Inside(other) => {
                    replace_file_box(&mut request, &self.method.takes, &json, &other);
                    handed = Some(Handed::Inside(other));
                }
                beside if is_only => handed = Some(beside),
                Handed::Beside { name, .. } => {
                    let why = format!("its service takes no file as large as {name:?} among others");
                    return Err(Refusal::unable(account, why).into());
                }
            }
        }
        let asks_file = self.method.gives.iter().any(|(_, id)| *id == Id::FileBox);
        let deadline = shared.limits.deadline(self.is_repeatable(), handed.is_some() || asks_file);
        let answer = match handed {
            Some(Handed::Beside { name, bytes }) => {
                let to = self.method.lead(&request).map(|(id, _)| id).unwrap_or_default();
                send_beside(&shared.accounts, account, to, name, &bytes).await?
            }
            _ => {
                let request = request.encode_to_vec().into();
                self.weighed(account, connection, request, deadline).await?
            }
        };
        let _reads = Reads::new(&self.reads);
        let mut answer = self.read(account, answer).await?;
        if self.method.rpc.from_book {
            read_as_one(&shared.core, &shared.accounts, &shared.knowledge.names, account, &mut answer).await;
        }
        let mut answer = self.translated(account, answer).await?;
        let self_id = self.routing.identity().self_id();
        if let Some(room) = self.room_left().filter(|_| !is_still_there(self.method, &answer, self_id)) {
            shared.core.tell(Input::HasQuit { account, room });
        }
        if self.method.rpc.from_book {
            let book = &shared.knowledge.book;
            shared.core.with_identity(|identity| {
                name_recalled(identity, book, account, &mut answer);
                name_quoted(identity, book, &self.method.gives, &mut answer);
            });
        }
        for json in file_boxes(&answer, &self.method.gives) {
            let other = self.file_to_bot(account, &json).await?;
            replace_file_box(&mut answer, &self.method.gives, &json, &other);
        }
        Ok(answer)
    }
}

impl Call<'_> {
    /// One RPC, whose answer counts as its bot's from when it is announced. Of what only looks it is refused if there is no
    /// room for it; what is done is done, and a list that many wait for is for all: those count, however long they are.
    async fn weighed(
        &self,
        account: AccountId,
        connection: Connection,
        request: Bytes,
        deadline: Duration,
    ) -> Result<Bytes, Setback> {
        let may_be_refused = self.is_repeatable() && self.caller.bot != Caller::NOBODY.bot;
        let weight = Weight::of_current(may_be_refused, self.shared.limits.max_message);
        let Some(weight) = weight else {
            return Ok(raw(&self.shared.accounts, account, connection, self.method, request, deadline).await?);
        };
        let counts = weight.clone();
        let connection = connection.map_response(move |answer| answer.map(|body| counts.body(body)));
        match raw(&self.shared.accounts, account, connection, self.method, request, deadline).await {
            Ok(answer) => Ok(weight.kept(answer)),
            Err(refusal) => Err(match weight.refusal() {
                // Another account may say less.
                Some(too_long) if weight.is_too_long() => {
                    Refusal { fate: Fate::Answered, status: too_long.into(), is_passing: false, ..refusal }
                        .into()
                }
                Some(no_room) => Setback::Hopeless(no_room),
                None => refusal.into(),
            }),
        }
    }
}

/// An answer is being read, as long as this is here.
struct Reads<'a>(&'a AtomicUsize);

impl<'a> Reads<'a> {
    fn new(reads: &'a AtomicUsize) -> Self {
        reads.fetch_add(1, Ordering::Relaxed);
        Self(reads)
    }
}

impl Drop for Reads<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What may take long is done aside.
impl Call<'_> {
    /// What an account answered, with its own ids, from which the core learns.
    async fn read(&self, account: AccountId, bytes: Bytes) -> Result<DynamicMessage, Refusal> {
        let (shared, method) = (self.shared.clone(), self.shared_method());
        let is_long = is_long(&bytes);
        let read = move || {
            let answer = method.read_answer(&bytes).map_err(|error| {
                if shared.records.hush.lets(Who::Account(account), LineKind::Garbage, || error.to_string()) {
                    let (account, rpc) = (shared.accounts.name(account), method.rpc.name);
                    tracing::warn!(account, rpc, %error, "garbage for an answer");
                }
                Refusal::unsure(account, format!("its answer is not readable: {error}"))
            })?;
            learn(&shared.core, &shared.knowledge, account, &method, &answer);
            Ok(answer)
        };
        self.shared.underway.aside.work(Some(self.caller.bot), is_long, read).await
    }

    /// The answer with the ids that bots know.
    async fn translated(
        &self,
        account: AccountId,
        mut answer: DynamicMessage,
    ) -> Result<DynamicMessage, Refusal> {
        let (routing, method) = (self.routing.clone(), self.shared_method());
        let is_long = has_long_lists(&answer);
        let translate = move || {
            Outward { identity: routing.identity(), account }.apply(&mut answer, &method.gives);
            answer
        };
        Ok(self.shared.underway.aside.work(Some(self.caller.bot), is_long, translate).await)
    }

    fn shared_method(&self) -> Arc<Method> {
        self.shared.schema.method(self.method.rpc).clone()
    }
}

/// The FileBoxes in a message, each once: a deprecated spelling says the same. What is deep in it may be a plain address.
fn file_boxes(message: &DynamicMessage, fields: &[(Path, Id)]) -> Vec<String> {
    let mut boxes: Vec<String> = Vec::new();
    for (path, _) in fields.iter().filter(|(_, id)| *id == Id::FileBox) {
        path.visit(message, &mut |json| {
            let is_box = path.own().is_some() || json.starts_with('{');
            if is_box && !json.is_empty() && !boxes.iter().any(|it| it == json) {
                boxes.push(json.to_owned());
            }
        });
    }
    boxes
}

/// Wherever that one is, there is this one.
fn replace_file_box(message: &mut DynamicMessage, fields: &[(Path, Id)], this: &str, by: &str) {
    for (path, _) in fields.iter().filter(|(_, id)| *id == Id::FileBox) {
        let replaced = path.each(message, &mut |value| {
            if value.as_str() == Some(this) {
                *value = Value::String(by.to_owned());
            }
            Ok::<_, std::convert::Infallible>(())
        });
        let Ok(()) = replaced;
    }
}
