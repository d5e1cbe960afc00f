//! What WeChat counts besides messages: requests for friendship, rooms, invitations into them.

use ha_wechaty_core::{AccountId, Paced, Turn};
use prost_reflect::DynamicMessage;

use super::{
    one::Call,
    refusal::{Refusal, verdict},
};
use crate::{error::CallError, state::sending::Choose};
use ha_wechaty_transport::Fate;

impl Call<'_> {
    /// What this call counts as, if WeChat counts it.
    pub(super) fn paced(&self) -> Option<Paced> {
        self.conduct.paced
    }

    /// Has its turn with one account after the other until one has done it.
    pub(super) async fn in_paced_turn(
        &self,
        paced: Paced,
        subject: &str,
        choose: Choose,
    ) -> Result<(AccountId, DynamicMessage), CallError> {
        let mut place = self.stand_in_line(paced, subject, choose)?;
        let mut refusals: Vec<Refusal> = Vec::new();
        loop {
            let account = match place.turn().await {
                Turn::Go(account) => account,
                Turn::Expired(late) if refusals.is_empty() => {
                    return Err(place.expired(late, self.shared.core.routing().outage()));
                }
                Turn::Crowded(full) if refusals.is_empty() => return Err(place.crowded(full)),
                Turn::Expired(_) | Turn::Crowded(_) | Turn::Nobody => {
                    return Err(verdict(&self.shared.core, &self.shared.accounts, &refusals));
                }
            };
            place.asks();
            let setback = match self.ask(account, &[]).await {
                Ok(answer) => return Ok((account, answer)),
                Err(setback) => setback,
            };
            match setback.refusal() {
                Ok(refusal) if refusal.fate == Fate::MaybeSent => {
                    return Err(refusal.into_unsure(&self.shared.accounts, self.method.rpc.name));
                }
                Ok(refusal) => {
                    place.failed(refusal.fate != Fate::NotSent);
                    refusals.push(refusal);
                }
                Err(hopeless) => {
                    place.give_up();
                    return Err(hopeless);
                }
            }
        }
    }
}
