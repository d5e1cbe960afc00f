#![allow(deprecated)]

use super::*;
use ha_wechaty_core::{Class, rpc};
use ha_wechaty_wire::puppet;
use prost::Message as _;
use prost_reflect::Kind;
use std::collections::BTreeSet;

fn schema() -> Schema {
    Schema::new().expect("the table follows the protocol")
}

#[test]
fn the_table_names_every_rpc_and_every_field_that_looks_like_an_id() {
    let schema = schema();
    let pool = DescriptorPool::decode(wire::DESCRIPTORS).expect("descriptors");
    let service = pool.get_service_by_name(wire::SERVICE).expect("the service");
    let names: BTreeSet<String> = service.methods().map(|it| it.name().to_owned()).collect();
    let table: BTreeSet<String> = RPCS.iter().map(|rpc| rpc.name.to_owned()).collect();
    assert_eq!(names, table);
    // A field named like an id that the table doesn't have would reach bots untranslated, however deep it is.
    let mut unknown = Vec::new();
    let mut excused = BTreeSet::new();
    for method in schema.methods.values() {
        for (message, known) in [(&method.request, &method.takes), (&method.answer, &method.gives)] {
            for path in id_paths(message, &mut Vec::new()) {
                let is_known = known.iter().any(|(known, _)| known.covers(&path));
                let excuse = NO_IDS.iter().find(|(rpc, field, _)| {
                    rpc.is_empty() && path.rsplit('.').next() == Some(field)
                        || *rpc == method.rpc.name && *field == path
                });
                match excuse {
                    Some(excuse) => drop(excused.insert(*excuse)),
                    None if is_known => {}
                    None => unknown.push(format!("{} {path}", method.rpc.name)),
                }
            }
        }
    }
    unknown.sort();
    assert!(unknown.is_empty(), "{unknown:#?}");
    let all: BTreeSet<_> = NO_IDS.iter().copied().collect();
    assert_eq!(excused, all, "each excuse is for something");
}

/// What looks like an id and is none that is translated: of which RPC (of all, if none), the field, and why.
const NO_IDS: &[(&str, &str, &str)] = &[
    ("", "share_id", "content of a card"),
    ("", "object_id", "content of a channel, the same for everybody"),
    ("", "object_nonce_id", "content of a channel, the same for everybody"),
    ("ContactPayloadModify", "clear_tag_ids", "whether there are to be none"),
    ("TagContactAdd", "id", "a tag's name"),
    ("TagContactRemove", "id", "a tag's name"),
    ("TagContactDelete", "id", "a tag's name"),
    ("TagContactList", "ids", "tags' names"),
    ("MessageSendFileStream", "file_box_chunk", "a piece of a file"),
    ("MessageFileStream", "file_box_chunk", "a piece of a file"),
    ("MessageImageStream", "file_box_chunk", "a piece of a file"),
    ("Event", "account_id", "of the bot's own stream: the gateway answers it"),
    ("CurrentUser", "user_id", "the gateway answers it"),
    ("MessageSendPost", "content.sayable_list.id", "beside the id of its post, which leads to its account"),
    ("CreateMessageBroadcast", "content.sayable_list.id", "beside the id of its post"),
    ("momentPublish", "post.sayable_list.id", "beside the id of its post"),
    ("postPayload", "post.sayable_list.id", "beside the id of its post, which leads to its account"),
    ("postPayloadSayable", "sayable_id", "beside the id of its post, which leads to its account"),
    ("postPayloadSayable", "sayable.id", "beside the id of its post, which leads to its account"),
    ("GetContactExternalUserId", "service_provider_id", "another company's, the same for everybody"),
    (
        "GetContactExternalUserId",
        "contact_external_user_id_pairs.external_user_id",
        "of that company, the same for everybody",
    ),
];

/// The paths of all fields that look like ids, in the message and in those in it, once through each that holds itself.
fn id_paths(message: &MessageDescriptor, above: &mut Vec<MessageDescriptor>) -> Vec<String> {
    let looks_like_id = |name: &str| {
        ["id", "ids", "visible_list"].contains(&name)
            || ["_id", "_ids", "_id_list"].iter().any(|end| name.ends_with(end))
            || name.contains("file_box")
    };
    let mut found = Vec::new();
    above.push(message.clone());
    for field in message.fields() {
        if looks_like_id(field.name()) {
            found.push(field.name().to_owned());
        }
        if let Kind::Message(inner) = field.kind()
            && !above.contains(&inner)
            && !looks_like_id(field.name())
        {
            let below = id_paths(&inner, above);
            found.extend(below.into_iter().map(|it| format!("{}.{it}", field.name())));
        }
    }
    above.pop();
    found
}

#[test]
fn what_stands_in_for_an_rpc_has_the_fields_that_the_table_names() {
    use ha_wechaty_core::rpc::{Each, EachAnswers, StandIn};
    let schema = schema();
    let has = |of: &MessageDescriptor, field: &str| {
        assert!(of.get_field_by_name(field).is_some(), "{} has no {field}", of.name());
    };
    let mut all = 0;
    for method in schema.methods.values() {
        let Some(StandIn::Each(Each { rpc, many, one, answers })) = method.rpc.stands_in else { continue };
        let other = schema.named(rpc).expect("an RPC");
        has(&method.request, many);
        has(&other.request, one);
        all += 1;
        match answers {
            EachAnswers::Into(list) => {
                let list = method.answer.get_field_by_name(list).expect("a list");
                assert_eq!(list.kind().as_message(), Some(&other.answer), "{rpc}");
            }
            EachAnswers::Parted { done, failed, why } => {
                [done, failed, why].iter().for_each(|field| has(&method.answer, field));
            }
            EachAnswers::Last { told_by } => assert!(told_by.is_none_or(|it| schema.named(it).is_some())),
        }
    }
    assert_eq!(all, 7);
}

#[test]
fn a_deprecated_setter_stays_a_setter() {
    let schema = schema();
    let method = schema.method(rpc::CONTACT_ALIAS);
    let python = puppet::ContactAliasRequest {
        id: "alice".into(),
        alias_string_value_deprecated: Some("Al".into()),
        alias: None,
    };
    let mut request = method.read_request(&python.encode_to_vec()).expect("a request");
    assert_eq!(method.conduct(&mut request).class, Class::All);
    let seen = puppet::ContactAliasRequest::decode(request.encode_to_vec().as_slice()).expect("typed");
    assert_eq!(seen.alias.as_deref(), Some("Al"));
    let getter = puppet::ContactAliasRequest { id: "alice".into(), ..Default::default() };
    let mut request = method.read_request(&getter.encode_to_vec()).expect("a request");
    assert_eq!(method.conduct(&mut request).class, Class::Reach);
}

#[test]
fn an_old_clients_empty_wrapper_is_a_value_of_a_field_and_no_reason_for_a_message() {
    let schema = schema();
    let method = schema.method(rpc::FRIENDSHIP_ADD);
    let old = |contact: &str, room: &str| {
        let request = puppet::FriendshipAddRequest {
            contact_id: "alice".into(),
            source_contact_id_string_value_deprecated: Some(contact.into()),
            source_room_id_string_value_deprecated: Some(room.into()),
            ..Default::default()
        };
        let read = method.read_request(&request.encode_to_vec()).expect("a request").encode_to_vec();
        puppet::FriendshipAddRequest::decode(read.as_slice()).expect("typed").referrer
    };
    assert_eq!(old("", ""), None);
    let referrer = old("", "tea@chatroom").expect("a referrer");
    assert_eq!((referrer.room_id.as_str(), referrer.contact_id.as_str()), ("tea@chatroom", ""));
    let method = schema.method(rpc::CONTACT_ALIAS);
    let none = puppet::ContactAliasRequest {
        id: "alice".into(),
        alias_string_value_deprecated: Some(String::new()),
        alias: None,
    };
    let mut request = method.read_request(&none.encode_to_vec()).expect("a request");
    assert_eq!(method.conduct(&mut request).class, Class::All, "she is to have no alias");
}

#[test]
fn both_spellings_stand_in_an_answer_and_the_enum_that_is_none_passes() {
    let schema = schema();
    let method = schema.method(rpc::MESSAGE_PAYLOAD);
    let answer = puppet::MessagePayloadResponse {
        id: "m".into(),
        r#type: 18,
        timestamp_deprecated: 1_700_000_000_123,
        ..Default::default()
    };
    let answer = method.read_answer(&answer.encode_to_vec()).expect("an answer");
    let seen = puppet::MessagePayloadResponse::decode(answer.encode_to_vec().as_slice()).expect("typed");
    let time = seen.receive_time.expect("filled");
    assert_eq!((seen.r#type, time.seconds, time.nanos), (18, 1_700_000_000, 123_000_000));
    for seconds in [i64::MIN, i64::MAX] {
        let receive_time = Some(prost_types::Timestamp { seconds, nanos: i32::MAX });
        let odd = puppet::MessagePayloadResponse { receive_time, ..Default::default() };
        assert!(method.read_answer(&odd.encode_to_vec()).is_ok(), "{seconds}");
    }
}
