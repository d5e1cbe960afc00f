//! Calls about what one account has: a message, a friendship, an invitation, a file.

use futures_util::future::join_all;
use ha_wechaty_core::{AccountId, AccountSet, Id, MessageCopy, rpc::Says};
use prost_reflect::{DynamicMessage, Value};

use super::{many::merge, one::Call};
use crate::error::CallError;

impl Call<'_> {
    /// The accounts that a message's copies belong to, as far as they are there.
    pub(super) fn owners(&self, id: &str) -> Result<AccountSet, CallError> {
        let owners: AccountSet = self.copies(id)?.iter().map(|copy| copy.account).collect();
        Ok(self.routing.there(owners))
    }

    pub(super) async fn owner(&mut self) -> Result<DynamicMessage, CallError> {
        let (id, kind) = self.method.lead(&self.request).ok_or_else(|| self.no_lead())?;
        self.acknowledge(&id);
        if self.goes_apart() {
            return self.one_by_one().await;
        }
        if self.method.may_be_led_by_many() {
            let leads = self.method.leads(&self.request);
            if leads.len() > 1 {
                return self.at_owners(&leads).await;
            }
        }
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
        let there = self.routing.there(owners.iter().copied().collect());
        let order: Vec<AccountId> = owners.iter().copied().filter(|it| there.contains(*it)).collect();
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

    /// What is for one account alone, at that.
    pub(super) async fn at_owner(&self, id: &str) -> Result<DynamicMessage, CallError> {
        let owners: Vec<AccountId> = self.copies(id)?.iter().map(|copy| copy.account).collect();
        let there: Vec<AccountId> = self.owners(id)?.iter().collect();
        if there.is_empty() {
            return Err(self.owner_is_away(id, &owners));
        }
        self.in_turn(&there, &[]).await.map(|(_, answer)| answer)
    }

    /// What is led by things of several accounts: each does its part. If one can't, the bot is told so, and what others have
    /// done is done.
    async fn at_owners(&self, ids: &[String]) -> Result<DynamicMessage, CallError> {
        let mut owners = AccountSet::EMPTY;
        for id in ids {
            let there = self.owners(id)?;
            let Some(owner) = there.iter().next() else {
                let owners: Vec<AccountId> = self.copies(id)?.iter().map(|copy| copy.account).collect();
                return Err(self.owner_is_away(id, &owners));
            };
            owners.insert(owner);
        }
        let asked = owners.iter().map(|account| async move { self.in_turn(&[account], &[]).await });
        let mut answers = join_all(asked).await.into_iter();
        let mut merged = match answers.next() {
            Some(first) => first?.1,
            None => return Err(self.no_lead()),
        };
        for answer in answers {
            merge(&mut merged, answer?.1);
        }
        Ok(merged)
    }

    /// All that have the message, the owner first.
    pub(super) fn copies(&self, id: &str) -> Result<Vec<MessageCopy>, CallError> {
        let identity = self.routing.identity();
        let owner = identity.untag(id).map(|(account, own)| MessageCopy::new(account, own));
        let page = self.shared.knowledge.book.page(id);
        let others = page.iter().flat_map(|page| page.copies.iter().cloned());
        let mut copies: Vec<MessageCopy> = owner.into_iter().collect();
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
}

/// A message's payload, under the id by which it was asked for.
fn with_id(mut payload: DynamicMessage, id: &str) -> DynamicMessage {
    payload.set_field_by_name("id", Value::String(id.to_owned()));
    payload
}
