//! What answers say in passing about who reaches whom.

use ha_wechaty_core::{AccountId, Id, Input};
use prost_reflect::{DynamicMessage, Value};

use super::schema::Method;
use crate::shared::Shared;

/// Tells the core what an account's answer, with its own ids, says about its contacts and rooms.
pub(crate) fn learn(shared: &Shared, account: AccountId, method: &Method, answer: &DynamicMessage) {
    let reaches = |contacts, rooms| shared.tell(Input::Reaches { account, contacts, rooms });
    match method.rpc.name {
        "ContactList" => reaches(texts(answer, "ids"), Vec::new()),
        "RoomList" => reaches(Vec::new(), texts(answer, "ids")),
        "RoomCreate" => shared.tell(Input::RoomMade { account, room: text(answer, "id") }),
        "ContactPayload" if flag(answer, "friend") => reaches(vec![text(answer, "id")], Vec::new()),
        "RoomPayload" => shared.tell(Input::Room {
            account,
            room: text(answer, "id"),
            topic: text(answer, "topic"),
            members: texts(answer, "member_ids"),
            owner: text(answer, "owner_id"),
            admins: texts(answer, "admin_ids"),
        }),
        "ContactSelfName" => shared.names.forget(),
        _ => {}
    }
    // Whoever found a stranger is the one to befriend them.
    if method.rpc.name.starts_with("FriendshipSearch") {
        let contact = method.given(answer, Id::Contact);
        if !contact.is_empty() {
            shared.book.found(&shared.with_identity(|it| it.contact_out(account, &contact)), account);
        }
    }
}

/// The room that an account leaves if it does as it is asked, with the ids of the bot that asks.
pub(crate) fn room_left(method: &Method, request: &DynamicMessage, self_id: &str) -> Option<String> {
    let leaves = match method.rpc.name {
        "RoomQuit" => true,
        "RoomDel" => text(request, "contact_id") == self_id,
        _ => false,
    };
    leaves.then(|| text(request, "id")).filter(|room| !room.is_empty())
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
