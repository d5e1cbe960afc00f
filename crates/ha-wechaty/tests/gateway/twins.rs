//! Clients that know only the deprecated spelling of a field, and puppets that know only the new one.

#![allow(deprecated, reason = "that is what is shown here")]

use ha_wechaty_testkit::{House, SELF};
use ha_wechaty_wire::{FileBox, PuppetEvent, puppet};

#[tokio::test]
async fn an_old_setter_sets() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let (alice, room) = (house.alice.id(), house.room.id());
    let alias = |value: Option<&str>| puppet::ContactAliasRequest {
        id: alice.into(),
        alias_string_value_deprecated: value.map(Into::into),
        alias: None,
    };
    bot.puppet.contact_alias(alias(Some("Al"))).await.expect("set");
    let got = bot.puppet.contact_alias(alias(None)).await.expect("got").into_inner();
    assert_eq!((got.alias.as_str(), got.alias_string_value_deprecated.as_deref()), ("Al", Some("Al")));
    bot.puppet.contact_alias(alias(Some(""))).await.expect("an empty alias is a setter too");
    assert_eq!(bot.puppet.contact_alias(alias(None)).await.expect("got").into_inner().alias, "");
    let topic = |value: Option<&str>| puppet::RoomTopicRequest {
        id: room.into(),
        topic_string_value_deprecated: value.map(Into::into),
        topic: None,
    };
    bot.puppet.room_topic(topic(Some("renamed"))).await.expect("set");
    assert_eq!(house.room.topic(), "renamed");
    let got = bot.puppet.room_topic(topic(None)).await.expect("got").into_inner();
    assert_eq!(got.topic_string_value_deprecated.as_deref(), Some("renamed"));
    let ours = house.world.room("ours", &[&house.phones[0], &house.alice]);
    let announce = |value: Option<&str>| puppet::RoomAnnounceRequest {
        id: ours.id().into(),
        text_string_value_deprecated: value.map(Into::into),
        text: None,
    };
    bot.puppet.room_announce(announce(Some("hear"))).await.expect("set");
    let got = bot.puppet.room_announce(announce(None)).await.expect("got").into_inner();
    assert_eq!((got.text.as_str(), got.text_string_value_deprecated.as_deref()), ("hear", Some("hear")));
    let remark = puppet::ContactCorporationRemarkRequest {
        contact_id: alice.into(),
        corporation_remark_string_value_deprecated: Some("Acme".into()),
        ..Default::default()
    };
    bot.puppet.contact_corporation_remark(remark).await.expect("set");
    let description = puppet::ContactDescriptionRequest {
        contact_id: alice.into(),
        description_string_value_deprecated: Some("tall".into()),
        ..Default::default()
    };
    bot.puppet.contact_description(description).await.expect("set");
    let payload = bot.puppet.contact_payload(puppet::ContactPayloadRequest { id: alice.into() }).await;
    let payload = payload.expect("a payload").into_inner();
    assert_eq!((payload.corporation.as_str(), payload.description.as_str()), ("Acme", "tall"));
}

#[tokio::test]
async fn an_old_question_is_answered_in_both_spellings() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let tag = puppet::TagContactAddRequest { id: "vip".into(), contact_id: house.alice.id().into() };
    bot.puppet.tag_contact_add(tag).await.expect("set");
    let list = |id: &str| puppet::TagContactListRequest {
        contact_id_string_value_deprecated: Some(id.into()),
        ..Default::default()
    };
    let tags = bot.puppet.tag_contact_list(list(house.alice.id())).await.expect("a list").into_inner().ids;
    assert_eq!(tags, ["vip"]);
    let other = house.world.person("bob");
    let tags = bot.puppet.tag_contact_list(list(other.id())).await.expect("a list").into_inner().ids;
    assert!(tags.is_empty(), "the old spelling is no question about all tags: {tags:?}");
    house.alice.says(&house.room, "when");
    let payload = bot.next_message().await;
    let time = payload.receive_time.expect("the new spelling");
    let milliseconds = time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000;
    assert_eq!(i64::try_from(payload.timestamp_deprecated), Ok(milliseconds));
    let request = puppet::MessageSendTextRequest {
        conversation_id: house.room.id().into(),
        text: "now".into(),
        ..Default::default()
    };
    let sent = bot.puppet.message_send_text(request).await.expect("sent").into_inner();
    assert_eq!(sent.id_string_value_deprecated.as_deref(), Some(sent.id.as_str()));
    let party = house.world.room("party", &[&house.alice]);
    house.alice.invites(&house.phones[0], &party);
    let id = bot.find(|event| if let PuppetEvent::RoomInvite { id } = event { Some(id) } else { None }).await;
    let set = puppet::RoomInvitationPayloadRequest {
        id: id.clone(),
        payload_string_value_deprecated: Some(r#"{"topic":"written by the bot"}"#.into()),
        ..Default::default()
    };
    bot.puppet.room_invitation_payload(set).await.expect("set");
    let get = puppet::RoomInvitationPayloadRequest { id, ..Default::default() };
    let got = bot.puppet.room_invitation_payload(get).await.expect("got").into_inner();
    assert_eq!(got.topic, "written by the bot");
    let time = got.receive_time.expect("the new spelling");
    assert_eq!(u64::try_from(time.seconds), Ok(got.timestamp_uint64_deprecated / 1_000));
}

#[tokio::test]
async fn an_old_avatar_is_set_and_got() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let picture = FileBox::from_bytes("me.png", b"a face").to_json();
    let avatar = |file: Option<&str>| puppet::ContactAvatarRequest {
        id: SELF.into(),
        filebox_string_value_deprecated: file.map(Into::into),
        file_box: None,
    };
    bot.puppet.contact_avatar(avatar(Some(&picture))).await.expect("set");
    assert_eq!(house.calls("ContactAvatar"), [1, 1, 1], "on every account");
    let got = bot.puppet.contact_avatar(avatar(None)).await.expect("got").into_inner();
    let old = got.filebox_string_value_deprecated.expect("the old spelling");
    assert_eq!(old, got.file_box);
    assert_eq!(FileBox::parse(&old).expect("a FileBox").bytes().as_deref(), Some(b"a face".as_slice()));
    for _ in 0..3 {
        let code = bot.puppet.contact_self_qr_code(puppet::ContactSelfQrCodeRequest {}).await;
        let code = code.expect("a code").into_inner().qrcode;
        assert!(code.contains(house.phones[0].id()), "always the same account's: {code}");
    }
}
