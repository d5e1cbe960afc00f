//! Accounts of different generations of the protocol. What an account's puppet service has not got is asked of others; of the
//! account itself what stands in for it, if something does. The table says what that is.
//!
//! Whether a service has an RPC is known once it was asked: `UNIMPLEMENTED` says no, for as long as the connection lives. Nothing
//! was done then, and nothing is wrong with the account.

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
use crate::schema::{Method, empty};
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
        if let Some(StandIn::Each(each @ Each { answers: EachAnswers::Last { told_by }, .. })) = rpc.stands_in
            && texts(&self.request, each.many).len() > 1
            && !self.reads_many(account, told_by).await?
        {
            return self.each_at(account, each).await;
        }
        if !rpc.may_be_lacking() {
            return self.asks_itself(account, copies).await;
        }
        if links.has(account, rpc.name) != Some(false) {
            match self.asks_itself(account, copies).await {
                Err(Setback::Refused(refusal)) if refusal.tells_lack() => {
                    links.tells(account, rpc.name, false);
                }
                answered => {
                    if answered.is_ok() {
                        links.tells(account, rpc.name, true);
                    }
                    return answered;
                }
            }
        }
        match rpc.stands_in {
            Some(StandIn::Each(each)) => self.each_at(account, each).await,
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
        let deadline: Duration = limits.calls.read;
        let asked =
            raw(accounts, account, connection(accounts, account)?, method, Bytes::new(), deadline).await;
        let has = match asked {
            Ok(_) => true,
            Err(refusal) if refusal.tells_lack() => false,
            Err(refusal) if refusal.fate == Fate::Answered => true,
            // It has not left: nothing was done of what the bot asked for.
            Err(refusal) => return Err(Refusal::unsent(account, refusal.status.message()).into()),
        };
        accounts.links.tells(account, told_by, has);
        Ok(has)
    }

    /// A request of the other RPC, with what both have, and this id.
    pub(super) fn request_of(&self, other: &Method, each: &Each, id: &str) -> DynamicMessage {
        let mut request = shared_fields(&self.request, empty(&other.request));
        request.clear_field_by_name(each.many);
        request.set_field_by_name(each.one, Value::String(id.to_owned()));
        request
    }

    /// The same call for one of the many that it is for, where the same RPC does that.
    pub(super) fn for_one(&self, id: &str) -> Option<DynamicMessage> {
        match self.method.rpc.stands_in {
            Some(StandIn::Each(each))
                if self.shared.schema.named(each.rpc).is_some_and(|it| it.rpc == self.method.rpc) =>
            {
                Some(self.request_of(self.method, &each, id))
            }
            _ => None,
        }
    }

    /// It asks as this call is asked, so its own type can't be in it.
    fn each_at(&self, account: AccountId, each: Each) -> BoxFuture<'_, Result<DynamicMessage, Setback>> {
        Box::pin(self.each_of(account, each))
    }

    async fn each_of(&self, account: AccountId, each: Each) -> Result<DynamicMessage, Setback> {
        let Some(other) = self.shared.schema.named(each.rpc) else {
            return Err(Refusal::lacking(account, self.method.rpc.name).into());
        };
        let ids = texts(&self.request, each.many);
        let ask = |id: String| async move {
            let mut call = Call::new(self.shared, self.caller, other, self.request_of(other, &each, &id));
            call.routing = self.routing.clone();
            (id, call.ask(account, &[]).await)
        };
        let mut answer = empty(&self.method.answer);
        match each.answers {
            EachAnswers::Into(list) => {
                let mut items = Vec::new();
                let mut asked = stream::iter(ids).map(ask).buffered(AT_ONCE);
                while let Some((_, answered)) = asked.next().await {
                    match answered {
                        Ok(item) => items.push(Value::Message(item)),
                        Err(Setback::Refused(it)) if it.fate == Fate::Answered => {}
                        Err(setback) => return Err(setback),
                    }
                }
                answer.set_field_by_name(list, Value::List(items));
            }
            EachAnswers::Parted { done, failed, why } => {
                let (mut did, mut did_not, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
                for id in ids {
                    let (id, answered) = ask(id).await;
                    let setback = match answered {
                        Ok(_) => {
                            did.push(Value::String(id));
                            continue;
                        }
                        Err(setback) => setback,
                    };
                    let reason = match setback {
                        // Nothing was done yet: another account may do it all.
                        Setback::Refused(it)
                            if it.fate == Fate::NotSent && did.is_empty() && did_not.is_empty() =>
                        {
                            return Err(it.into());
                        }
                        Setback::Refused(it) => it.status.message().to_owned(),
                        Setback::Hopeless(error) => error.to_string(),
                    };
                    did_not.push(Value::String(id));
                    reasons.push(Value::String(reason));
                }
                answer.set_field_by_name(done, Value::List(did));
                answer.set_field_by_name(failed, Value::List(did_not));
                answer.set_field_by_name(why, Value::List(reasons));
            }
            EachAnswers::Last { .. } => {
                let all = ids.len();
                for (number, id) in ids.into_iter().enumerate() {
                    let (id, answered) = ask(id).await;
                    match answered {
                        Ok(last) => answer = last,
                        Err(setback) if number == 0 => return Err(setback),
                        Err(Setback::Refused(it)) => {
                            let words = it.status.message();
                            let why = format!("{number} of {all} were done, and then, at {id:?}: {words}");
                            return Err(Refusal::unsure(account, why).into());
                        }
                        Err(hopeless @ Setback::Hopeless(_)) => return Err(hopeless),
                    }
                }
            }
        }
        Ok(answer)
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
        match call.asks_itself(account, &[]).await {
            Ok(answer) => Ok(shared_fields(&answer, empty(&self.method.answer))),
            Err(Setback::Refused(refusal)) if refusal.tells_lack() => {
                links.tells(account, other.rpc.name, false);
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
