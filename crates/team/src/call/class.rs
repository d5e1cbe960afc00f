//! The strategy of each class of RPCs.

use std::{cmp::Reverse, collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use ha_wechaty_core::{
    AccountId, AccountSet, Aim, Class, Copy, Id, Input, Local,
    rpc::{self, Naming, Says},
};
use prost_reflect::{DynamicMessage, Value};

use super::{
    choose::{acquaintance, acquaintances, rulers},
    learn::room_left,
    one::Call,
    refusal::verdict,
    translate::{check_lengths, is_owned},
};
use crate::{
    error::{CallError, Wrong},
    schema::empty,
    state::{
        knowledge::kinds,
        records::{Kind, Who},
        underway::has_long_lists,
    },
};
use ha_wechaty_transport::Fate;

/// How much slower than others an account may be at what all are to do, and how long it has at least.
const SLOWER: u32 = 4;
const MOMENT: Duration = Duration::from_secs(1);

impl Call<'_> {
    /// Does what the call's class says.
    pub(super) async fn run(&mut self) -> Result<DynamicMessage, CallError> {
        self.check_ids()?;
        self.is_for_somebody()?;
        if let Some(room) = self.room_left() {
            self.shared.core.tell(Input::Quits { room });
        }
        match self.conduct.class {
            Class::Local(local) => self.local(local),
            Class::Logout => self.logout().await,
            Class::Send => self.send().await,
            Class::Owner => self.owner().await,
            Class::Reach => self.reach().await,
            Class::RoomAct => self.room_act().await,
            Class::Union => self.union().await,
            Class::All => self.all().await,
            Class::Create => self.create().await,
            Class::Upload => Err(self.is_stream()),
        }
    }

    fn is_stream(&self) -> CallError {
        CallError::wrong(Wrong::Way, format!("{} is a stream", self.method.rpc.name))
    }

    /// What nobody can have given out is asked of nobody.
    pub(super) fn check_ids(&mut self) -> Result<(), CallError> {
        let checked = check_lengths(&mut self.request, &self.method.takes);
        checked.map_err(|error| CallError::invalid(error.to_string()))
    }

    /// What is about a contact or a room that only one account could know is for nobody once that has left.
    pub(super) fn is_for_somebody(&self) -> Result<(), CallError> {
        let lead = self.method.lead(&self.request);
        let lead = lead.filter(|(_, kind)| !is_owned(&self.request, *kind));
        let holder = lead.and_then(|(id, _)| Some((self.routing.holder_that_left(&id)?, id)));
        holder.map_or(Ok(()), |(holder, id)| Err(self.has_left(&id, self.shared.accounts.name(holder))))
    }

    /// The room that accounts leave by this call.
    pub(super) fn room_left(&self) -> Option<String> {
        room_left(self.method, &self.request, self.routing.identity().self_id())
    }

    /// Whoever alone could answer it is in the team no more.
    fn has_left(&self, id: &str, names: &str) -> CallError {
        CallError::not_found(format!(
            "{id:?} is for {names} alone to answer, and that was removed from the team"
        ))
    }

    fn local(&self, local: Local) -> Result<DynamicMessage, CallError> {
        let mut answer = empty(&self.method.answer);
        match local {
            // A bot that starts or stops its puppet never starts or stops an account. Its stream ends where the call
            // of `Stop` comes in, in the order in which the connection asked.
            Local::Stop => {}
            Local::Start => {
                if let Some(client) = self.caller.client {
                    self.shared.bots.streams.start(client);
                }
            }
            Local::Version => {
                answer.set_field_by_name("version", Value::String(env!("CARGO_PKG_VERSION").into()));
            }
            Local::Ding => {
                let data = self.request.get_field_by_name("data");
                let data = data.and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
                let super::Caller { client, bot, .. } = self.caller;
                self.shared.core.tell(Input::Ding { client, bot, data });
            }
            Local::Event => return Err(self.is_stream()),
        }
        Ok(answer)
    }

    async fn logout(&self) -> Result<DynamicMessage, CallError> {
        // A client that was told LOGOUT answers with this call: there is nobody left to log out.
        if self.routing.available().is_empty() {
            return Ok(empty(&self.method.answer));
        }
        if !self.shared.config.gateway.allow_logout {
            // It thinks that it is logged out all the same.
            if let Some(client) = self.caller.client {
                self.shared.core.tell(Input::LoggedOut { client });
            }
            return Err(CallError::wrong(
                Wrong::Forbidden,
                "a bot may not log the team's accounts out; to allow it set allow_logout = true under \
                 [gateway] in the gateway's config",
            ));
        }
        self.each(self.routing.available()).await
    }

    async fn reach(&self) -> Result<DynamicMessage, CallError> {
        let (lead, kinds) = match self.method.lead(&self.request) {
            Some((id, kind)) => (Some(id), kinds(kind)),
            None => (None, [].as_slice()),
        };
        let aim = match lead.as_deref() {
            Some(id) if id != self.routing.identity().self_id() => Aim::See(id),
            // What names nobody is about oneself: one's QR code.
            _ => Aim::Oneself,
        };
        let mut order = self.routing.order(aim, None, &*self.shared.accounts);
        let id = lead.as_deref().unwrap_or_default();
        self.shared.knowledge.fresh.first(id, &mut order);
        let (by, mut answer) = self.in_turn(&order, &[]).await?;
        if self.shared.knowledge.fresh.may_be_old(id, by) {
            for kind in kinds {
                self.shared.core.tell(Input::Reads { kind: *kind, id: id.to_owned() });
            }
        }
        self.name_self(lead.as_deref(), &mut answer).await;
        Ok(answer)
    }

    /// The virtual self has one name, and one more in each room, whichever account answered.
    async fn name_self(&self, lead: Option<&str>, answer: &mut DynamicMessage) {
        let self_id = self.routing.identity().self_id();
        let (who, room) = match self.method.rpc.names {
            Some(Naming::Contact) => (lead.unwrap_or_default().to_owned(), ""),
            Some(Naming::Member) => (self.method.taken(&self.request, Id::Contact), lead.unwrap_or_default()),
            None => return,
        };
        if who != self_id {
            return;
        }
        self.names_in(room).answer_as_one(answer).await;
    }

    async fn create(&self) -> Result<DynamicMessage, CallError> {
        let people: Vec<String> = match self.request.get_field_by_name("contact_ids").as_deref() {
            Some(Value::List(people)) => {
                people.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect()
            }
            _ => self.method.lead(&self.request).into_iter().map(|(id, _)| id).collect(),
        };
        if let Some(paced) = self.paced() {
            let choose = acquaintances(
                self.shared.accounts.clone(),
                self.shared.knowledge.clone(),
                people,
                self.work(),
            );
            return self.in_paced_turn(paced, "", choose).await.map(|(_, answer)| answer);
        }
        let mut order = self.routing.order(Aim::Anything, self.work(), &*self.shared.accounts);
        order.sort_by_key(|it| {
            Reverse(acquaintance(&self.shared.knowledge.book, &self.routing, &people, *it))
        });
        self.in_turn(&order, &[]).await.map(|(_, answer)| answer)
    }

    async fn room_act(&self) -> Result<DynamicMessage, CallError> {
        let room = self.lead_text()?;
        let ranks = self.routing.reach(&room);
        if !ranks.ranks_known {
            self.learn_ranks(&room).await;
        }
        if let Some(paced) = self.paced() {
            let choose = rulers(self.shared.accounts.clone(), room.clone(), self.work());
            return self.in_paced_turn(paced, &room, choose).await.map(|(_, answer)| answer);
        }
        // What was learnt a moment ago may be published already; if not, any member will do.
        let order = self.shared.core.routing().order(Aim::Rule(&room), self.work(), &*self.shared.accounts);
        self.in_turn(&order, &[]).await.map(|(_, answer)| answer)
    }

    /// Asks for the room's payload, which tells the core its owner and admins.
    async fn learn_ranks(&self, room: &str) {
        let method = self.shared.schema.method(rpc::ROOM_PAYLOAD);
        let mut request = empty(&method.request);
        request.set_field_by_name("id", Value::String(room.to_owned()));
        let mut changes = self.shared.core.changes();
        let call = Call::new(self.shared, self.caller, method, request);
        if Box::pin(call.reach()).await.is_ok() {
            let known = async {
                while !self.shared.core.routing().reach(room).ranks_known {
                    if changes.changed().await.is_err() {
                        break;
                    }
                }
            };
            // The core takes microseconds; should it be gone, nobody waits for it.
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), known).await;
        }
    }

    async fn union(&self) -> Result<DynamicMessage, CallError> {
        let among = match self.method.lead(&self.request) {
            Some((id, _)) => self.routing.concerned(&id),
            None => self.routing.available(),
        };
        let mut asked: FuturesUnordered<_> =
            among.iter().map(|account| async move { (account, self.ask(account, &[]).await) }).collect();
        let mut answers: Vec<(AccountId, DynamicMessage)> = Vec::new();
        let mut refusals = Vec::new();
        let deadline = tokio::time::sleep(self.shared.limits.calls.union);
        tokio::pin!(deadline);
        let mut late = among;
        loop {
            tokio::select! {
                answered = asked.next() => match answered {
                    Some((account, answer)) => {
                        late.remove(account);
                        match answer {
                            Ok(answer) => answers.push((account, answer)),
                            Err(setback) => refusals.push(setback.refusal()?),
                        }
                    }
                    None => break,
                },
                // Nobody waits for the slow as long as somebody has answered. Who waits here to be read is not slow.
                () = &mut deadline, if !deadline.is_elapsed() && !answers.is_empty() => {
                    if self.reads.load(Ordering::Relaxed) == 0 {
                        break;
                    }
                    deadline.as_mut().reset(tokio::time::Instant::now() + MOMENT);
                }
            }
        }
        for account in late.iter().chain(refusals.iter().map(|it| it.account)) {
            let rpc = self.method.rpc.name;
            if self.shared.records.hush.lets(Who::Account(account), Kind::Care, || format!("{rpc}: missing"))
            {
                tracing::warn!(
                    account = self.shared.accounts.name(account),
                    rpc,
                    "missing in a merged answer"
                );
            }
        }
        answers.sort_by_key(|(account, _)| *account);
        let is_long = answers.iter().any(|(_, answer)| has_long_lists(answer));
        let mut answers = answers.into_iter().map(|(_, answer)| answer);
        let mut merged =
            answers.next().ok_or_else(|| verdict(&self.shared.core, &self.shared.accounts, &refusals))?;
        let merge = move || {
            answers.for_each(|answer| merge(&mut merged, answer));
            collapse(&mut merged);
            merged
        };
        Ok(self.shared.underway.aside.work(Some(self.caller.bot), is_long, merge).await)
    }

    async fn all(&self) -> Result<DynamicMessage, CallError> {
        let among = match self.method.lead(&self.request) {
            Some((id, kind)) if is_owned(&self.request, kind) => self.owners(&id)?,
            Some((id, _)) => self.routing.concerned(&id),
            None => self.routing.available(),
        };
        self.each(among).await
    }

    /// Asks each of them, at once; one that did it is enough for the bot, since the others may be unable to.
    /// The slow have a moment once somebody has done it, as long as that took several times over; then they go on
    /// by themselves.
    async fn each(&self, among: AccountSet) -> Result<DynamicMessage, CallError> {
        let ask = |account| async move { (account, self.ask(account, &[]).await) };
        let mut asked: FuturesUnordered<_> = among.iter().map(ask).collect();
        let (mut done, mut refusals, mut late) = (None, Vec::new(), among);
        let (begun, longest) = (tokio::time::Instant::now(), self.shared.limits.calls.union);
        let deadline = tokio::time::sleep(longest);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                answered = asked.next() => {
                    let Some((account, answer)) = answered else { break };
                    late.remove(account);
                    match answer {
                        Ok(answer) => {
                            done = Some(answer);
                            deadline.as_mut().reset(begun + (begun.elapsed() * SLOWER).max(MOMENT).min(longest));
                        }
                        Err(setback) => refusals.push(setback.refusal()?),
                    }
                }
                () = &mut deadline, if done.is_some() => break,
            }
        }
        let rpc = self.method.rpc.name;
        for refusal in &refusals {
            let (account, why) = (self.shared.accounts.name(refusal.account), refusal.status.message());
            tracing::debug!(account, rpc, why, "did not do what others did");
        }
        for account in late.iter() {
            if !self
                .shared
                .records
                .hush
                .lets(Who::Account(account), Kind::Care, || format!("{rpc}: no answer yet"))
            {
                continue;
            }
            let account = self.shared.accounts.name(account);
            tracing::warn!(
                account,
                rpc,
                "has not said yet whether it did what others did; it is still asked to"
            );
        }
        done.ok_or_else(|| verdict(&self.shared.core, &self.shared.accounts, &refusals))
    }

    /// The available accounts that a message's copies belong to.
    fn owners(&self, id: &str) -> Result<AccountSet, CallError> {
        let owners: AccountSet = self.copies(id)?.iter().map(|copy| copy.account).collect();
        Ok(owners.and(self.routing.available()))
    }

    pub(super) async fn owner(&mut self) -> Result<DynamicMessage, CallError> {
        let (id, kind) = self.method.lead(&self.request).ok_or_else(|| self.no_lead())?;
        self.acknowledge(&id);
        let page = self.shared.knowledge.book.page(&id).filter(|_| kind == Id::Message);
        let from_book = self.method.rpc.from_book;
        let known = page.as_ref().filter(|_| from_book).and_then(|it| it.payload.as_ref());
        if let Some(payload) = known.and_then(|payload| self.method.read_answer(payload).ok()) {
            return Ok(with_id(payload, &id));
        }
        let copies = self.copies(&id)?;
        let author = page.as_ref().and_then(|page| page.author);
        let mut owners: Vec<AccountId> = Vec::new();
        for copy in &copies {
            if !owners.contains(&copy.account) {
                owners.push(copy.account);
            }
        }
        if let (Some(author), true) = (author, self.method.rpc.author_alone) {
            owners.retain(|account| *account == author);
        }
        let order: Vec<AccountId> =
            owners.iter().copied().filter(|it| self.routing.available().contains(*it)).collect();
        if self.method.rpc.says == Some(Says::Same) && !order.is_empty() {
            return self.forward(order, &copies).await;
        }
        let outcome = if order.is_empty() {
            Err(self.owner_is_away(&id, &owners))
        } else {
            self.in_turn(&order, &copies).await.map(|(_, answer)| answer)
        };
        let draft = page.as_ref().filter(|_| from_book).and_then(|page| page.draft.as_ref());
        match (outcome, draft.and_then(|draft| self.method.read_answer(draft).ok())) {
            // What the bot itself sent is known, whoever is there to tell.
            (Err(_), Some(draft)) => Ok(with_id(draft, &id)),
            (outcome, _) => outcome,
        }
    }

    /// All that have the message, the owner first.
    pub(super) fn copies(&self, id: &str) -> Result<Vec<Copy>, CallError> {
        let identity = self.routing.identity();
        let owner = identity.untag(id).map(|(account, own)| Copy::new(account, own));
        let page = self.shared.knowledge.book.page(id);
        let others = page.iter().flat_map(|page| page.copies.iter().cloned());
        let mut copies: Vec<Copy> = owner.into_iter().collect();
        for copy in others {
            if !copies.contains(&copy) {
                copies.push(copy);
            }
        }
        if copies.is_empty() {
            return Err(CallError::not_found(format!(
                "nobody owns the id {id:?}: ids of this team end in '~' and the name of an account ({})",
                self.shared.accounts.roster.names().join(", ")
            )));
        }
        Ok(copies)
    }

    /// None of those that could do it is there.
    pub(super) fn owner_is_away(&self, id: &str, owners: &[AccountId]) -> CallError {
        let names: Vec<&str> = owners.iter().map(|account| self.shared.accounts.name(*account)).collect();
        if owners.iter().all(|account| self.routing.has_left(*account)) {
            return self.has_left(id, &names.join(", "));
        }
        let outage = self.routing.outage_of(owners.iter().copied().collect());
        CallError::unavailable(format!("{id:?} is for {} alone to answer: {outage}", names.join(", ")))
    }

    /// Asks one after the other until one has done it.
    pub(super) async fn in_turn(
        &self,
        order: &[AccountId],
        copies: &[Copy],
    ) -> Result<(AccountId, DynamicMessage), CallError> {
        let mut refusals = Vec::new();
        for account in order {
            match self.ask(*account, copies).await {
                Ok(answer) => return Ok((*account, answer)),
                Err(setback) => {
                    let refusal = setback.refusal()?;
                    if refusal.fate == Fate::MaybeSent && !self.is_repeatable() {
                        return Err(refusal.into_unsure(&self.shared.accounts, self.method.rpc.name));
                    }
                    refusals.push(refusal);
                }
            }
        }
        Err(verdict(&self.shared.core, &self.shared.accounts, &refusals))
    }

    fn acknowledge(&self, id: &str) {
        if self.method.rpc.acknowledges {
            self.caller.acknowledges(&self.shared.core, &self.shared.bots, id);
        }
    }

    pub(super) fn lead_text(&self) -> Result<String, CallError> {
        self.method.lead(&self.request).map(|(id, _)| id).ok_or_else(|| self.no_lead())
    }

    fn no_lead(&self) -> CallError {
        CallError::invalid(format!("{} needs an id, and the request has none", self.method.rpc.name))
    }
}

/// A message's payload, under the id by which it was asked for.
fn with_id(mut payload: DynamicMessage, id: &str) -> DynamicMessage {
    payload.set_field_by_name("id", Value::String(id.to_owned()));
    payload
}

/// Appends the lists of `other`.
fn merge(merged: &mut DynamicMessage, mut other: DynamicMessage) {
    for (field, value) in other.take_fields() {
        if let (Value::List(items), Value::List(more)) = (merged.get_field_mut(&field), value) {
            items.extend(more);
        }
    }
}

/// Removes what stands in a list twice.
fn collapse(merged: &mut DynamicMessage) {
    for (_, value) in merged.fields_mut() {
        if let Value::List(items) = value {
            let mut seen = BTreeSet::new();
            items.retain(|item| item.as_str().is_none_or(|it| seen.insert(it.to_owned())));
        }
    }
}
