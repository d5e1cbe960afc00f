//! What a call is about, and accounts asked for it one after the other: what the strategies of several classes need.

use std::borrow::Cow;

use ha_wechaty_core::{AccountId, AccountSet, Id, MessageCopy};
use prost_reflect::DynamicMessage;

use super::{
    caller::Acknowledgement,
    choose::{able_first, is_older},
    learn::room_left,
    one::Call,
    refusal::{Setback, verdict},
    translate::{check_lengths, is_owned},
};
use crate::error::CallError;
use ha_wechaty_transport::Fate;

impl Call<'_> {
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

    /// Who has all that the call quotes, and can quote, as far as is known. What must arrive arrives without a quotation rather
    /// than not at all, so others come after them.
    pub(super) fn quoters(&self) -> AccountSet {
        let quoted = self.method.all_taken(&self.request, Id::Quote);
        let have = |id: &String| -> AccountSet {
            self.copies(id).unwrap_or_default().iter().map(|copy| copy.account).collect()
        };
        let have = quoted.iter().map(have).reduce(AccountSet::and).unwrap_or(AccountSet::EMPTY);
        let can: AccountSet = have.iter().filter(|it| !is_older(&self.shared.accounts, *it)).collect();
        if can.is_empty() { have } else { can }
    }

    /// Whoever alone could answer it is in the team no more.
    pub(super) fn has_left(&self, id: &str, names: &str) -> CallError {
        CallError::not_found(format!(
            "{id:?} is for {names} alone to answer, and that was removed from the team"
        ))
    }

    /// Asks one after the other until one has done it.
    pub(super) async fn in_turn(
        &self,
        order: &[AccountId],
        copies: &[MessageCopy],
    ) -> Result<(AccountId, DynamicMessage), CallError> {
        let mut refusals = Vec::new();
        let mut order = Cow::Borrowed(order);
        if self.method.rpc.may_be_lacking() {
            able_first(&self.shared.accounts, self.method.rpc, order.to_mut());
        }
        for account in order.iter() {
            match self.ask(*account, copies).await {
                Ok(answer) => return Ok((*account, answer)),
                Err(Setback::Apart(_)) => {
                    return self.one_by_one().await.map(|answer| (*account, answer));
                }
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

    /// The bot knows what this is about as soon as it has the answer, whatever that is.
    pub(super) fn acknowledge(&mut self, id: &str) {
        let acknowledges = self.method.rpc.acknowledges;
        self.acknowledged = acknowledges.then(|| Acknowledgement::new(self.shared, self.caller, id));
    }

    pub(super) fn lead_text(&self) -> Result<String, CallError> {
        self.method.lead(&self.request).map(|(id, _)| id).ok_or_else(|| self.no_lead())
    }

    pub(super) fn no_lead(&self) -> CallError {
        CallError::invalid(format!("{} needs an id, and the request has none", self.method.rpc.name))
    }
}
