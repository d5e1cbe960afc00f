//! One call on its way: what it asks for, who asked, and what is known of it so far.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, atomic::AtomicUsize};

use bytes::Bytes;
use ha_wechaty_core::{AccountSet, Conduct, Routing, Work};
use prost::Message as _;
use prost_reflect::DynamicMessage;

use super::{CallAnswer, Caller, caller::Acknowledgement, large::Large, names::InRoom};
use crate::{
    error::CallError,
    intake::{FLOW, answer_room},
    schema::Method,
    state::{
        Shared,
        budget::Portion,
        sends::Done,
        underway::{List, has_long_lists},
    },
};

/// A call on its way.
#[derive(Debug)]
pub struct Call<'a> {
    pub(super) shared: &'a Arc<Shared>,
    pub(super) caller: Caller,
    pub(super) method: &'a Method,
    pub(super) conduct: Conduct,
    pub(super) request: DynamicMessage,
    /// It as it came, which counts among those of its bot, until it stands in line: there it is weighed.
    pub(super) counts: Mutex<Option<Bytes>>,
    /// The team as it was when the call came; a send looks again.
    pub(super) routing: Arc<Routing>,
    /// Who did it first, and how that is known.
    pub(super) done: OnceLock<Done>,
    /// The file that is to be in the answer, if that is a large one.
    pub(super) large: OnceLock<Large>,
    /// How many accounts have answered whose answers are being read.
    pub(super) reads: AtomicUsize,
    /// Another part of the same call has told the core already that its account failed.
    pub(super) is_failure_told: bool,
    /// Who must not be asked to say it.
    pub(super) not: AccountSet,
    /// What the bot knows once it has the answer.
    pub(super) acknowledged: Option<Acknowledgement>,
}

impl<'a> Call<'a> {
    pub(super) fn new(
        shared: &'a Arc<Shared>,
        caller: Caller,
        method: &'a Method,
        mut request: DynamicMessage,
    ) -> Self {
        let conduct = method.conduct(&mut request);
        Self {
            shared,
            caller,
            method,
            conduct,
            request,
            counts: Mutex::default(),
            routing: shared.core.routing(),
            done: OnceLock::new(),
            large: OnceLock::new(),
            reads: AtomicUsize::new(0),
            is_failure_told: false,
            not: AccountSet::EMPTY,
            acknowledged: None,
        }
    }

    /// The request as it came, if it still counts.
    pub(super) fn counted(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer as it leaves. It counts until it is read, unless a program that holds the team itself has it at once.
    pub(super) async fn answered(&self, answer: DynamicMessage) -> Result<CallAnswer, CallError> {
        let Self { shared, caller, method, .. } = *self;
        let large = self.large.get();
        if large.is_none() && has_long_lists(&answer) {
            let write = move || Bytes::from(answer.encode_to_vec());
            let message = shared.underway.aside.work(Some(caller.bot), true, write).await;
            let room = self.room(message.len())?;
            return Ok(CallAnswer { message, flow: None, room });
        }
        let room = self.room(answer.encoded_len() + large.map_or(0, |_| FLOW))?;
        CallAnswer::new(method, &answer, large, room)
    }

    /// A list that others may be given too.
    pub(super) fn given(&self, List { message, by }: List) -> Result<CallAnswer, CallError> {
        if let Some(by) = by {
            let _ = self.done.set(by);
        }
        let room = self.room(message.len())?;
        Ok(CallAnswer { message, flow: None, room })
    }

    /// Room for an answer of so many bytes, until it is read.
    pub(super) fn room(&self, length: usize) -> Result<Option<Portion>, CallError> {
        let room = |_| answer_room(&self.shared.transit, self.caller.bot, length, self.is_repeatable());
        self.caller.origin.map(room).transpose()
    }

    /// Names in a room, by the id that bots know; in none, those of the virtual self.
    pub(super) fn names_in(&self, room: &str) -> InRoom<'_> {
        let Shared { core, accounts, knowledge, .. } = &**self.shared;
        InRoom { core, accounts, names: &knowledge.names, routing: &self.routing, room: room.to_owned() }
    }

    /// The kind of work that WeChat throttles, if it is one.
    pub(super) fn work(&self) -> Option<Work> {
        self.conduct.work
    }

    /// Whether asking again can do no harm.
    pub(super) fn is_repeatable(&self) -> bool {
        self.conduct.again
    }
}
