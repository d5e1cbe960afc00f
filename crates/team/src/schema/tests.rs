#![allow(deprecated)]

use super::*;
use ha_wechaty_core::{Class, rpc};
use ha_wechaty_wire::puppet;
use prost::Message as _;
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
    // A field named like an id that the table doesn't have would reach bots untranslated. Tags are
    // labels of the account's own, and a card's `share_id` or `appid` is content.
    let looks_like_id = |name: &str| {
        (name == "id"
            || name == "ids"
            || name.ends_with("_id")
            || name.ends_with("_ids")
            || name.contains("file_box"))
            && name != "share_id"
    };
    for method in schema.methods.values() {
        for (message, known) in [(&method.request, &method.takes), (&method.answer, &method.gives)] {
            for field in message.fields().filter(|it| looks_like_id(it.name())) {
                let is_known = known.iter().any(|(path, _)| path.0[0].name() == field.name());
                let is_tag =
                    method.rpc.name.starts_with("TagContact") && matches!(field.name(), "id" | "ids");
                let is_stream = field.name() == "file_box_chunk";
                assert!(is_known || is_tag || is_stream, "{} {}", method.rpc.name, field.name());
            }
        }
    }
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
