//! What answers say in passing about who reaches whom.

use ha_wechaty_core::{
    AccountId, Id, Input,
    rpc::{Each, EachAnswers, Leaver, StandIn, Teaches},
};
use prost_reflect::{DynamicMessage, Value};

use crate::{
    schema::Method,
    state::{facts::CoreHandle, knowledge::Knowledge},
};

/// Tells the core what an account's answer, with its own ids, teaches about that account.
pub(super) fn learn(
    core: &CoreHandle,
    knowledge: &Knowledge,
    account: AccountId,
    method: &Method,
    answer: &DynamicMessage,
) {
    let reaches = |contacts, rooms| core.tell(Input::Reaches { account, contacts, rooms });
    match method.rpc.teaches {
        Some(Teaches::Contacts) => reaches(texts(answer, "ids"), Vec::new()),
        Some(Teaches::Rooms) => reaches(Vec::new(), texts(answer, "ids")),
        Some(Teaches::Friend) if flag(answer, "friend") => {
            reaches(vec![text(answer, "id")], Vec::new());
        }
        Some(Teaches::Friend) | None => {}
        Some(Teaches::Room) => core.tell(Input::Room {
            account,
            room: text(answer, "id"),
            topic: text(answer, "topic"),
            members: texts(answer, "member_ids"),
            owner: text(answer, "owner_id"),
            admins: texts(answer, "admin_ids"),
        }),
        Some(Teaches::RoomMade) => core.tell(Input::RoomMade { account, room: text(answer, "id") }),
        Some(Teaches::Stranger) => {
            let contact = method.given(answer, Id::Contact);
            if !contact.is_empty() {
                knowledge.book.found(&core.with_identity(|it| it.contact_out(account, &contact)), account);
            }
        }
        Some(Teaches::OwnName) => knowledge.names.forget(),
    }
}

/// The room that an account leaves if it does as it is asked, with the ids of the bot that asks.
pub(super) fn room_left(method: &Method, request: &DynamicMessage, self_id: &str) -> Option<String> {
    let leaves = match method.rpc.leaves {
        None => false,
        Some(Leaver::Doer) => true,
        Some(Leaver::Named) => method.all_taken(request, Id::Contact).iter().any(|it| it == self_id),
    };
    leaves.then(|| method.lead(request).map(|(room, _)| room)).flatten()
}

/// Whether the answer, with the ids of the bot that asked, says that the team is still in the room that it was to leave.
pub(super) fn is_still_there(method: &Method, answer: &DynamicMessage, self_id: &str) -> bool {
    let Some(StandIn::Each(Each { answers: EachAnswers::Parted { failed, .. }, .. })) = method.rpc.stands_in
    else {
        return false;
    };
    texts(answer, failed).iter().any(|id| id == self_id)
}

fn text(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default()
}

fn flag(message: &DynamicMessage, field: &str) -> bool {
    message.get_field_by_name(field).and_then(|it| it.as_bool()).unwrap_or(false)
}

fn texts(message: &DynamicMessage, field: &str) -> Vec<String> {
    match message.get_field_by_name(field).as_deref() {
        Some(Value::List(items)) => items.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_core::rpc;
    use ha_wechaty_wire::puppet as p;

    use super::*;
    use crate::schema::{Schema, dynamic};

    #[test]
    fn who_could_not_be_removed_has_not_left() {
        let schema = Schema::new().expect("the table follows the protocol");
        let method = schema.method(rpc::ROOM_DEL_V2);
        let answer = |success: &str, failed: &str| {
            let answer = p::RoomDelV2Response {
                success_ids: vec![success.into()],
                failed_ids: vec![failed.into()],
                ..Default::default()
            };
            dynamic(&method.answer, &answer)
        };
        assert!(is_still_there(method, &answer("alice", "ossbot"), "ossbot"));
        assert!(!is_still_there(method, &answer("ossbot", "alice"), "ossbot"));
        let method = schema.method(rpc::ROOM_DEL);
        assert!(!is_still_there(method, &crate::schema::empty(&method.answer), "ossbot"));
    }
}
