//! Accounts of different generations of the protocol. What an account's puppet service has not got is asked of others; of the
//! account itself what stands in for it, if something does. The table says what that is.
//!
//! Whether a service has an RPC is known once it was asked: `UNIMPLEMENTED` says no, for as long as the connection lives. Nothing
//! was done then, and nothing is wrong with the account.

mod apart;
mod labels;

use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, future::BoxFuture, stream};
use ha_wechaty_core::{
    AccountId, MessageCopy,
    rpc::{Each, EachAnswers, StandIn},
};
use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::{
    one::Call,
    raw::{connection, raw},
    refusal::{Refusal, Setback},
};
use crate::schema::empty;
use ha_wechaty_transport::Fate;

/// So many of many are asked for at a time, where they must be asked for one by one.
const AT_ONCE: usize = 8;

impl Call<'_> {
    /// One attempt at an account of whatever generation.
    pub(super) async fn attempt(
        &self,
        account: AccountId,
        copies: &[MessageCopy],
    ) -> Result<DynamicMessage, Setback> {
        let (rpc, links) = (self.method.rpc, &self.shared.accounts.links);
        if let Some(StandIn::Each(each @ Each { answers: EachAnswers::Last { told_by: Some(told_by) }, .. })) =
            rpc.stands_in
            && self.many(&each).len() > 1
            && !self.reads_many(account, told_by).await?
        {
            return Err(Setback::Apart(Refusal::lacking(account, rpc.name)));
        }
        if !rpc.may_be_lacking() {
            return self.asks_itself(account, copies).await;
        }
        if links.has(account, rpc.name) != Some(false) {
            let asking = links.asking(account);
            match self.asks_itself(account, copies).await {
                Err(Setback::Refused(refusal)) if refusal.tells_lack() => {
                    links.tells(account, asking, rpc.name, false);
                }
                answered => {
                    if answered.is_ok() {
                        links.tells(account, asking, rpc.name, true);
                    }
                    return answered;
                }
            }
        }
        match rpc.stands_in {
            Some(StandIn::Each(each)) => match each.answers {
                EachAnswers::Into(list) => self.list_of_each(account, each, list).await,
                EachAnswers::Parted { .. } | EachAnswers::Last { .. } => {
                    Err(Setback::Apart(Refusal::lacking(account, rpc.name)))
                }
            },
            Some(StandIn::Same(other)) => self.by_another_name(account, other).await,
            Some(StandIn::ById(act)) => self.labels_by_id(account, act).await,
            Some(StandIn::ByName(act)) => self.labels_by_name(account, act).await,
            // Streams have a way of their own.
            Some(StandIn::Whole(_)) | None => Err(Refusal::lacking(account, rpc.name).into()),
        }
    }

    /// Whether an account is of the generation that has this RPC.
    async fn reads_many(&self, account: AccountId, told_by: &'static str) -> Result<bool, Setback> {
        let (accounts, limits) = (&self.shared.accounts, &self.shared.limits);
        if let Some(known) = accounts.links.has(account, told_by) {
            return Ok(known);
        }
        let Some(method) = self.shared.schema.named(told_by) else { return Ok(true) };
        let (deadline, asking): (Duration, u64) = (limits.calls.read, accounts.links.asking(account));
        let asked =
            raw(accounts, account, connection(accounts, account)?, method, Bytes::new(), deadline).await;
        let has = match asked {
            Ok(_) => true,
            Err(refusal) if refusal.tells_lack() => false,
            Err(refusal) if refusal.fate == Fate::Answered => true,
            // It has not left: nothing was done of what the bot asked for.
            Err(refusal) => return Err(Refusal::unsent(account, refusal.status.message()).into()),
        };
        accounts.links.tells(account, asking, told_by, has);
        Ok(has)
    }

    /// Each by itself, and a list of what was answered. It asks as this call is asked, so its own type can't be in it.
    fn list_of_each<'a>(
        &'a self,
        account: AccountId,
        each: Each,
        list: &'static str,
    ) -> BoxFuture<'a, Result<DynamicMessage, Setback>> {
        Box::pin(self.listed(account, each, list))
    }

    async fn listed(
        &self,
        account: AccountId,
        each: Each,
        list: &'static str,
    ) -> Result<DynamicMessage, Setback> {
        let Some(other) = self.shared.schema.named(each.rpc) else {
            return Err(Refusal::lacking(account, self.method.rpc.name).into());
        };
        let ask = |id: String| async move {
            let mut call = Call::new(self.shared, self.caller, other, self.request_of(other, &each, &id));
            call.routing = self.routing.clone();
            call.ask(account, &[]).await
        };
        let (mut items, mut no) = (Vec::new(), None);
        let mut asked = stream::iter(self.many(&each)).map(ask).buffered(AT_ONCE);
        while let Some(answered) = asked.next().await {
            match answered {
                Ok(item) => items.push(Value::Message(item)),
                Err(Setback::Refused(it)) if self.is_plain_no(&it) => no = Some(it),
                Err(setback) => return Err(setback),
            }
        }
        if let (Some(refusal), true) = (no, items.is_empty()) {
            return Err(refusal.into());
        }
        let mut answer = empty(&self.method.answer);
        answer.set_field_by_name(list, Value::List(items));
        Ok(answer)
    }

    /// Whether the account itself says that there is no such thing, or at least not for it: asking it later helps nobody.
    pub(super) fn is_plain_no(&self, refusal: &Refusal) -> bool {
        refusal.is_lacking || refusal.fate == Fate::Answered && !self.is_throttled(&refusal.status)
    }

    /// Asks an RPC whose requests and answers have the same fields.
    async fn by_another_name(&self, account: AccountId, other: &str) -> Result<DynamicMessage, Setback> {
        let (rpc, links) = (self.method.rpc, &self.shared.accounts.links);
        let Some(other) = self.shared.schema.named(other) else {
            return Err(Refusal::lacking(account, rpc.name).into());
        };
        if links.has(account, other.rpc.name) == Some(false) {
            return Err(Refusal::lacking(account, rpc.name).into());
        }
        let request = shared_fields(&self.request, empty(&other.request));
        let call = Call::new(self.shared, self.caller, other, request);
        let asking = links.asking(account);
        match call.asks_itself(account, &[]).await {
            Ok(answer) => Ok(shared_fields(&answer, empty(&self.method.answer))),
            Err(Setback::Refused(refusal)) if refusal.tells_lack() => {
                links.tells(account, asking, other.rpc.name, false);
                Err(Refusal::lacking(account, rpc.name).into())
            }
            Err(setback) => Err(setback),
        }
    }
}

/// Fields of the same name and sort in another message.
fn shared_fields(from: &DynamicMessage, mut to: DynamicMessage) -> DynamicMessage {
    for (field, value) in from.fields() {
        let theirs = to.descriptor().get_field_by_name(field.name());
        let is_same = |it: &prost_reflect::FieldDescriptor| {
            it.kind() == field.kind() && it.cardinality() == field.cardinality()
        };
        if let Some(theirs) = theirs.filter(is_same) {
            to.set_field(&theirs, value.clone());
        }
    }
    to
}

/// The texts of a list.
fn texts(message: &DynamicMessage, field: &str) -> Vec<String> {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::List(items)) => items.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        Some(Value::String(text)) if !text.is_empty() => vec![text.clone()],
        _ => Vec::new(),
    }
}
