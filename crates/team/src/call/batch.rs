//! What is asked for many at once: each goes to an account that can see it, and what one does not show, the next one may. If
//! that is so for now only, the bot is told so: it must not take somebody for gone whose account is away.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use futures_util::future::join_all;
use ha_wechaty_core::{AccountId, Aim};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use super::{
    choose::able_first,
    one::Call,
    refusal::{Refusal, Setback, verdict},
};
use crate::{error::CallError, schema::empty};

impl Call<'_> {
    pub(super) async fn batch(&self) -> Result<DynamicMessage, CallError> {
        let mut seen = HashSet::new();
        let mut ids = self.method.leads(&self.request);
        ids.retain(|id| seen.insert(id.clone()));
        let mut left: Vec<(String, VecDeque<AccountId>)> = Vec::new();
        for id in &ids {
            let aim = if id == self.routing.identity().self_id() { Aim::Oneself } else { Aim::See(id) };
            let mut order = self.routing.order(aim, None, &*self.shared.accounts);
            able_first(&self.shared.accounts, self.method.rpc, &mut order);
            left.push((id.clone(), order.into()));
        }
        let mut found: HashMap<String, DynamicMessage> = HashMap::new();
        let mut refusals: HashMap<String, Vec<Refusal>> = HashMap::new();
        let mut is_answered = ids.is_empty();
        loop {
            let mut groups: BTreeMap<AccountId, Vec<String>> = BTreeMap::new();
            left.retain_mut(|(id, order)| {
                let account = order.pop_front();
                account.map(|account| groups.entry(account).or_default().push(id.clone())).is_some()
            });
            if groups.is_empty() {
                break;
            }
            let asked = groups
                .into_iter()
                .map(|(account, group)| async move { (self.group(account, group.clone()).await, group) });
            for (answered, group) in join_all(asked).await {
                match answered {
                    Ok(items) => {
                        is_answered = true;
                        found.extend(items);
                    }
                    Err(setback) => {
                        let refusal = setback.refusal()?;
                        for id in group {
                            refusals.entry(id).or_default().push(refusal.clone());
                        }
                    }
                }
            }
            left.retain(|(id, _)| !found.contains_key(id));
        }
        for id in ids.iter().filter(|id| !found.contains_key(*id)) {
            self.is_nowhere(id, refusals.get(id).map(Vec::as_slice).unwrap_or_default())?;
        }
        if !is_answered {
            let refusals: Vec<Refusal> = refusals.into_values().flatten().collect();
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

    /// Nobody has shown this, and nobody would later: all that can know it were asked, and said no.
    fn is_nowhere(&self, id: &str, refusals: &[Refusal]) -> Result<(), CallError> {
        let holder = self.routing.identity().untag(id).map(|(holder, _)| holder);
        let holder = holder.filter(|it| !self.routing.has_left(*it));
        let is_away = !self.routing.away(id).is_empty()
            || holder.is_some_and(|it| !self.routing.available().contains(it));
        if refusals.iter().any(|it| !self.is_plain_no(it)) {
            return Err(verdict(&self.shared.core, &self.shared.accounts, refusals));
        }
        if is_away {
            return Err(match holder {
                Some(holder) => self.owner_is_away(id, &[holder]),
                None => CallError::unavailable(self.outage(id)),
            });
        }
        Ok(())
    }

    /// What one account shows of these, by the ids that were asked for.
    async fn group(
        &self,
        account: AccountId,
        ids: Vec<String>,
    ) -> Result<Vec<(String, DynamicMessage)>, Setback> {
        let mut request = self.request.clone();
        if let Some(list) = self.method.takes.first().and_then(|(path, _)| path.way().first()) {
            request.set_field(list, Value::List(ids.into_iter().map(Value::String).collect()));
        }
        let call = Call::new(self.shared, self.caller, self.method, request);
        let mut answer = call.ask(account, &[]).await?;
        if let Some(done) = call.done.get() {
            let _ = self.done.set(*done);
        }
        let Some(list) = self.given_list() else { return Ok(Vec::new()) };
        let mut items = Vec::new();
        if let Value::List(list) = answer.get_field_mut(list) {
            for item in std::mem::take(list) {
                if let Value::Message(item) = item {
                    items.push((self.given_id(&item), item));
                }
            }
        }
        Ok(items)
    }

    /// The virtual self has the name that it has in the room, among the members that the answer lists.
    pub(super) async fn name_self_among(&self, room: &str, answer: &mut DynamicMessage) {
        let self_id = self.routing.identity().self_id();
        let Some(list) = self.given_list() else { return };
        let Value::List(items) = answer.get_field_mut(list) else { return };
        for item in items {
            if let Value::Message(item) = item
                && self.given_id(item) == self_id
            {
                self.names_in(room).answer_as_one(item).await;
            }
        }
    }

    /// The list of messages that the answer is, if it is one.
    pub(super) fn given_list(&self) -> Option<&FieldDescriptor> {
        let list = self.method.gives.first()?.0.way().first()?;
        (list.is_list() && list.kind().as_message().is_some()).then_some(list)
    }

    /// Of whom a member of that list is.
    fn given_id(&self, item: &DynamicMessage) -> String {
        let field = self.method.gives.first().and_then(|(path, _)| path.way().last());
        field.and_then(|field| item.get_field(field).as_str().map(str::to_owned)).unwrap_or_default()
    }
}
