//! What is asked for many at once, where an account does it for one after the other: each is a call of its own, with its own
//! turn, that goes to the next account if the first one can't.

use futures_util::future::BoxFuture;
use ha_wechaty_core::rpc::{Each, EachAnswers, StandIn};
use prost_reflect::{DynamicMessage, Value};

use super::{shared_fields, texts};
use crate::{
    call::one::Call,
    error::CallError,
    schema::{Method, empty},
};

/// What became of each of many.
struct Parts {
    done: Vec<String>,
    failed: Vec<(String, CallError)>,
    /// Those for whom it was not tried any more, after the last failure.
    rest: Vec<String>,
    last: Option<DynamicMessage>,
}

impl Call<'_> {
    /// Of one alone all generations read the field for one, and not all read the one for many.
    pub(in crate::call) fn names_one(&mut self) {
        if let Some(StandIn::Each(each)) = self.method.rpc.stands_in
            && each.is_itself(self.method.rpc)
            && let [id] = self.many(&each).as_slice()
        {
            self.request = self.request_of(self.method, &each, id);
        }
    }

    /// Whether no account is asked for these at once.
    pub(in crate::call) fn goes_apart(&self) -> bool {
        match self.method.rpc.stands_in {
            Some(StandIn::Each(each)) => {
                each.answers == EachAnswers::Last { told_by: None } && self.many(&each).len() > 1
            }
            Some(StandIn::Same(_) | StandIn::Whole(_) | StandIn::ById(_) | StandIn::ByName(_)) | None => {
                false
            }
        }
    }

    /// Whom or what a call is for that may be for many.
    pub(super) fn many(&self, each: &Each) -> Vec<String> {
        let mut ids = texts(&self.request, each.many);
        if each.is_itself(self.method.rpc) {
            ids.splice(0..0, texts(&self.request, each.one));
        }
        let mut seen = std::collections::BTreeSet::new();
        ids.retain(|id| seen.insert(id.clone()));
        ids
    }

    /// A request of the other RPC, with what both have, and this id.
    pub(super) fn request_of(&self, other: &Method, each: &Each, id: &str) -> DynamicMessage {
        let mut request = shared_fields(&self.request, empty(&other.request));
        request.clear_field_by_name(each.many);
        request.set_field_by_name(each.one, Value::String(id.to_owned()));
        request
    }

    /// Each in a call of its own. It runs as this call runs, so its own type can't be in it.
    pub(in crate::call) fn one_by_one(&self) -> BoxFuture<'_, Result<DynamicMessage, CallError>> {
        Box::pin(self.each_by_itself())
    }

    async fn each_by_itself(&self) -> Result<DynamicMessage, CallError> {
        let Some(StandIn::Each(each)) = self.method.rpc.stands_in else { return Err(self.no_lead()) };
        let Some(other) = self.shared.schema.named(each.rpc) else { return Err(self.no_lead()) };
        let is_all_or_none = matches!(each.answers, EachAnswers::Last { .. });
        let mut ids = self.many(&each).into_iter();
        let mut parts = Parts { done: Vec::new(), failed: Vec::new(), rest: Vec::new(), last: None };
        for id in ids.by_ref() {
            let mut call = Call::new(self.shared, self.caller, other, self.request_of(other, &each, &id));
            // Strangers in one call are one failure.
            call.is_failure_told = !parts.failed.is_empty();
            let answered = Box::pin(call.run()).await;
            if let Some(done) = call.done.get() {
                let _ = self.done.set(*done);
            }
            match answered {
                Ok(answer) => {
                    parts.done.push(id);
                    parts.last = Some(answer);
                }
                Err(error) => {
                    let ends = is_all_or_none || self.ends_all(&error);
                    parts.failed.push((id, error));
                    if ends {
                        break;
                    }
                }
            }
        }
        parts.rest = ids.collect();
        match each.answers {
            EachAnswers::Last { .. } => self.last_of(parts),
            EachAnswers::Parted { done, failed, why } => self.parted(parts, [done, failed, why]),
            EachAnswers::Into(_) => Err(self.no_lead()),
        }
    }

    /// Whether the others would fail in the same way, or make it worse: every account has had too much, or none is there.
    fn ends_all(&self, error: &CallError) -> bool {
        match error {
            CallError::Refused { status, .. } => self.is_throttled(status),
            CallError::Busy { .. } | CallError::Defect(_) => true,
            CallError::NotSent { .. } => self.shared.core.routing().available().is_empty(),
            CallError::MaybeSent { .. } | CallError::NotFound { .. } | CallError::Invalid { .. } => false,
        }
    }

    fn last_of(&self, parts: Parts) -> Result<DynamicMessage, CallError> {
        let Parts { done, failed, rest, last } = parts;
        match (failed.into_iter().next(), last) {
            (None, Some(last)) => Ok(last),
            (None, None) => Err(self.no_lead()),
            (Some((_, error)), None) => Err(error),
            (Some((id, error)), Some(_)) => {
                let (number, all) = (done.len(), done.len() + 1 + rest.len());
                let why = format!("{number} of {all} were done, and then, at {id:?}: {error}");
                Err(CallError::MaybeSent { account: None, why })
            }
        }
    }

    fn parted(&self, parts: Parts, [done, failed, why]: [&str; 3]) -> Result<DynamicMessage, CallError> {
        let is_untouched = parts.done.is_empty()
            && !parts.failed.iter().any(|(_, error)| matches!(error, CallError::MaybeSent { .. }));
        let is_unsent = parts.failed.iter().all(|(_, error)| matches!(error, CallError::NotSent { .. }));
        if let Some((_, error)) = parts.failed.last()
            && is_untouched
            && (is_unsent || self.ends_all(error))
        {
            // Nothing was done: later it may all be.
            return Err(error.clone());
        }
        let (mut failures, mut reasons) = (Vec::new(), Vec::new());
        let last = parts.failed.last().map(|(_, error)| error.to_string()).unwrap_or_default();
        let failed_each = parts.failed.into_iter().map(|(id, error)| (id, error.to_string()));
        for (id, reason) in failed_each.chain(parts.rest.into_iter().map(|id| (id, last.clone()))) {
            failures.push(Value::String(id));
            reasons.push(Value::String(reason));
        }
        let mut answer = empty(&self.method.answer);
        answer.set_field_by_name(done, Value::List(parts.done.into_iter().map(Value::String).collect()));
        answer.set_field_by_name(failed, Value::List(failures));
        answer.set_field_by_name(why, Value::List(reasons));
        Ok(answer)
    }
}
