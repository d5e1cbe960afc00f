//! What is asked for many at once: each goes to an account that can see it, and what one does not show, the next one may.

use std::collections::{BTreeMap, HashMap, VecDeque};

use futures_util::future::join_all;
use ha_wechaty_core::{AccountId, Aim};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use super::{choose::able_first, one::Call, refusal::verdict};
use crate::{error::CallError, schema::empty};

impl Call<'_> {
    pub(super) async fn batch(&self) -> Result<DynamicMessage, CallError> {
        let mut ids: Vec<String> = Vec::new();
        for id in self.method.leads(&self.request) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let mut left: Vec<(String, VecDeque<AccountId>)> = Vec::new();
        for id in &ids {
            let aim = if id == self.routing.identity().self_id() { Aim::Oneself } else { Aim::See(id) };
            let mut order = self.routing.order(aim, None, &*self.shared.accounts);
            able_first(&self.shared.accounts, self.method.rpc, &mut order);
            left.push((id.clone(), order.into()));
        }
        let (mut found, mut refusals, mut is_answered) = (HashMap::new(), Vec::new(), ids.is_empty());
        while !left.is_empty() {
            let mut groups: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
            for (id, order) in &mut left {
                if let Some(account) = order.pop_front() {
                    groups.entry(account).or_default().push(id.clone());
                }
            }
            left.retain(|(id, _)| groups.values().any(|group| group.contains(id)));
            let asked = groups.into_iter().map(|(account, group)| self.group(account, group));
            for answered in join_all(asked).await {
                match answered {
                    Ok(items) => {
                        is_answered = true;
                        found.extend(items);
                    }
                    Err(setback) => refusals.push(setback.refusal()?),
                }
            }
            left.retain(|(id, _)| !found.contains_key(id));
        }
        if !is_answered {
            return Err(verdict(&self.shared.core, &self.shared.accounts, &refusals));
        }
        let mut items: Vec<Value> = Vec::new();
        for id in &ids {
            if let Some(mut item) = found.remove(id) {
                if id == self.routing.identity().self_id() && self.method.rpc.names.is_some() {
                    self.names_in("").answer_as_one(&mut item).await;
                }
                items.push(Value::Message(item));
            }
        }
        let mut answer = empty(&self.method.answer);
        if let Some(list) = self.given_list() {
            answer.set_field(list, Value::List(items));
        }
        Ok(answer)
    }

    /// What one account shows of these, by the ids that were asked for.
    async fn group(
        &self,
        account: AccountId,
        ids: Vec<String>,
    ) -> Result<Vec<(String, DynamicMessage)>, super::refusal::Setback> {
        let mut request = self.request.clone();
        if let Some(list) = self.method.takes.first().and_then(|(path, _)| path.way().first()) {
            request.set_field(list, Value::List(ids.into_iter().map(Value::String).collect()));
        }
        let call = Call::new(self.shared, self.caller, self.method, request);
        let mut answer = call.ask(account, &[]).await?;
        if let Some(done) = call.done.get() {
            let _ = self.done.set(*done);
        }
        let (Some(list), Some((path, _))) = (self.given_list(), self.method.gives.first()) else {
            return Ok(Vec::new());
        };
        let items = answer.get_field_mut(list).as_list_mut().map(std::mem::take).unwrap_or_default();
        let name = path.way().last();
        let id = |item: &DynamicMessage| {
            name.and_then(|field| item.get_field(field).as_str().map(str::to_owned)).unwrap_or_default()
        };
        let items = items.iter().filter_map(Value::as_message).map(|item| (id(item), item.clone()));
        Ok(items.collect())
    }

    /// The list that the answer is.
    fn given_list(&self) -> Option<&FieldDescriptor> {
        self.method.gives.first()?.0.way().first()
    }
}
