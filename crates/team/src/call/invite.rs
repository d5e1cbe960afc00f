//! What the team does for itself: a teammate is invited into a room, and accepts. It is paced like the bots'
//! own invitations.

use std::sync::Arc;

use ha_wechaty_core::{AccountId, Input, InviteResult, Paced, Turn, rpc};
use prost_reflect::Value;

use super::{
    Caller,
    begun::Act,
    choose::among,
    one::Call,
    refusal::{Refusal, Setback},
};
use crate::{schema::empty, state::Shared};
use ha_wechaty_transport::Fate;

/// Has an account invite a teammate into a room, when its pace allows it, and tells the core what came of it.
/// The room is told by the team's id.
pub async fn invite(
    shared: &Arc<Shared>,
    account: AccountId,
    room: String,
    teammate: AccountId,
    contact: String,
) {
    let method = shared.schema.method(rpc::ROOM_ADD);
    let mut request = empty(&method.request);
    request.set_field_by_name("id", Value::String(room.clone()));
    request.set_field_by_name("contact_id", Value::String(contact));
    let call = Call::new(shared, Caller::NOBODY, method, request);
    let result = call.invite(account, &room).await;
    let names = (shared.accounts.name(account), shared.accounts.name(teammate));
    match why_not(result) {
        None => tracing::info!(account = names.0, teammate = names.1, room, "invited"),
        Some(why) => tracing::warn!(account = names.0, teammate = names.1, room, "not invited: {why}"),
    }
    shared.core.tell(Input::Invited { account, room, teammate, result });
}

/// Has an account accept a teammate's invitation.
pub async fn accept_invitation(shared: &Arc<Shared>, account: AccountId, id: String) {
    let method = shared.schema.method(rpc::ROOM_INVITATION_ACCEPT);
    let mut request = empty(&method.request);
    let tagged = shared.core.with_identity(|it| it.tag(account, &id));
    request.set_field_by_name("id", Value::String(tagged));
    let call = Call::new(shared, Caller::NOBODY, method, request);
    match call.ask(account, &[]).await {
        Ok(_) => tracing::info!(account = shared.accounts.name(account), "accepted a teammate's invitation"),
        Err(setback) => {
            let why = setback.refusal().map(|refusal| refusal.status.message().to_owned());
            let (account, why) =
                (shared.accounts.name(account), why.unwrap_or_else(|error| error.to_string()));
            tracing::warn!(account, why, "a teammate's invitation could not be accepted");
        }
    }
}

impl Call<'_> {
    async fn invite(&self, account: AccountId, room: &str) -> InviteResult {
        let place = self.stand_in_line(Paced::RoomInvitation, room, among(vec![account]));
        let Ok(mut place) = place else { return InviteResult::Late };
        let Turn::Go(account) = place.turn().await else { return InviteResult::Late };
        let Ok(act) = Act::begins(self.shared, account, Paced::RoomInvitation).await else {
            return InviteResult::Late;
        };
        place.asks();
        let answered = self.ask(account, &[]).await;
        act.ends(!matches!(&answered, Err(Setback::Refused(refusal)) if refusal.fate == Fate::NotSent));
        match answered {
            Ok(_) => InviteResult::Done,
            Err(Setback::Refused(refusal)) => {
                let result = self.judge(&refusal);
                if refusal.fate == Fate::NotSent {
                    place.give_up();
                }
                result
            }
            // It names one.
            Err(Setback::Apart(_) | Setback::Hopeless(_)) => InviteResult::Refused,
        }
    }

    fn judge(&self, refusal: &Refusal) -> InviteResult {
        match refusal.fate {
            Fate::Answered if self.is_throttled(&refusal.status) => InviteResult::Throttled,
            Fate::Answered if self.is_about_reach(refusal) => InviteResult::Stranger,
            Fate::Answered => InviteResult::Refused,
            // Whether it was done, a join will tell.
            Fate::MaybeSent => InviteResult::Done,
            Fate::NotSent => InviteResult::Late,
        }
    }
}

/// Why it did not come about, if it did not.
fn why_not(result: InviteResult) -> Option<&'static str> {
    match result {
        InviteResult::Done => None,
        InviteResult::Stranger => {
            Some("it does not have the teammate among its contacts; let them be friends in WeChat")
        }
        InviteResult::Throttled => Some("WeChat says that it was too much"),
        InviteResult::Late => Some("it is away, or has used its room_invitations"),
        InviteResult::Refused => Some("its puppet refuses"),
    }
}
