//! What WeChat counts besides messages: requests for friendship, rooms, invitations into them.

use ha_wechaty_core::{AccountId, Paced, Turn};
use prost_reflect::DynamicMessage;

use super::{
    begun::Act,
    one::Call,
    refusal::{Refusal, Setback, verdict},
};
use crate::{
    error::CallError,
    state::{facts::NotDurable, sending::Choose},
};
use ha_wechaty_transport::Fate;

impl Call<'_> {
    /// What this call counts as, if WeChat counts it.
    pub(super) fn paced(&self) -> Option<Paced> {
        self.conduct.paced
    }

    /// What the bot is told where nothing can be written down: what is done now would be forgotten.
    pub(super) fn not_durable(&self) -> CallError {
        let trouble = self.shared.records.store.trouble();
        let why = trouble.map_or_else(|| String::from("the store does not answer"), |it| it.why.clone());
        CallError::unavailable(format!("nothing was sent, since it can't be written down that it is: {why}"))
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
            let act = Act::begins(self.shared, account, paced).await;
            let act = act.map_err(|NotDurable| self.not_durable())?;
            place.asks();
            let answered = self.ask(account, &[]).await;
            // As the queue counts it: so it is counted again after a restart.
            let is_undone = match &answered {
                Ok(_) => false,
                Err(Setback::Refused(refusal)) => refusal.fate == Fate::NotSent,
                Err(Setback::Apart(_) | Setback::Hopeless(_)) => true,
            };
            act.ends(!is_undone);
            let setback = match answered {
                Ok(answer) => return Ok((account, answer)),
                // Each has a turn of its own.
                Err(Setback::Apart(_)) => {
                    place.give_up();
                    return self.one_by_one().await.map(|answer| (account, answer));
                }
                Err(setback) => setback,
            };
            match setback.refusal() {
                Ok(refusal) if refusal.fate == Fate::MaybeSent => {
                    return Err(refusal.into_unsure(&self.shared.accounts, self.method.rpc.name));
                }
                Ok(refusal) => {
                    place.failed(&refusal);
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
