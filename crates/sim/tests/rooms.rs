//! Rooms, friends and contacts: what people do, what accounts do, and who learns of it.

#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Bot;
use ha_wechaty_sim::{OFFICIAL, World};
use ha_wechaty_wire::{PuppetEvent, event, puppet as p};

#[tokio::test]
async fn who_comes_and_goes_is_told_to_every_phone_in_the_room() {
    let world = World::new(1);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let room = world.room("old", &[&alice, &north]);
    let mut bot = Bot::on(&north).await;

    alice.adds(&bob, &room);
    let PuppetEvent::RoomJoin(join) = bot.news().await else { panic!("a join") };
    assert_eq!((join.invitee_id_list, join.inviter_id.as_str()), (vec![bob.id().to_owned()], alice.id()));
    bob.sets_topic(&room, "new");
    let PuppetEvent::RoomTopic(topic) = bot.news().await else { panic!("a topic") };
    assert_eq!((topic.old_topic.as_str(), topic.new_topic.as_str()), ("old", "new"));
    bob.leaves(&room);
    let PuppetEvent::RoomLeave(leave) = bot.news().await else { panic!("a leave") };
    assert_eq!((leave.removee_id_list, leave.remover_id.as_str()), (vec![bob.id().to_owned()], bob.id()));
    bob.removes(&north, &room);
    bob.says(&room, "am I still in?");
    alice.removes(&north, &room);
    let PuppetEvent::RoomLeave(leave) = bot.news().await else { panic!("a leave") };
    assert_eq!(leave.removee_id_list, [north.id()]);
    assert!(bot.rpc.room_payload(p::RoomPayloadRequest { id: room.id().into() }).await.is_err());
    assert_eq!(room.members(), [alice.id()]);

    alice.invites(&north, &room);
    let PuppetEvent::RoomInvite { id } = bot.news().await else { panic!("an invitation") };
    let request = p::RoomInvitationPayloadRequest { id: id.clone(), ..Default::default() };
    let invitation = bot.rpc.room_invitation_payload(request).await.unwrap().into_inner();
    assert_eq!((invitation.inviter_id.as_str(), invitation.topic.as_str()), (alice.id(), "new"));
    assert_eq!((invitation.member_count, invitation.receiver_id.as_str()), (1, north.id()));
    let payload = r#"{"topic":"set"}"#.to_owned();
    let request = p::RoomInvitationPayloadRequest { id: id.clone(), payload, ..Default::default() };
    bot.rpc.room_invitation_payload(request).await.unwrap();
    bot.rpc.room_invitation_accept(p::RoomInvitationAcceptRequest { id }).await.unwrap();
    assert!(matches!(bot.news().await, PuppetEvent::RoomJoin(it) if it.invitee_id_list == [north.id()]));
    assert_eq!(room.members(), [alice.id(), north.id()]);
}

#[tokio::test]
async fn an_account_makes_and_runs_a_room() {
    let world = World::new(2);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).serve().await.unwrap();
    alice.befriends(&north);
    bob.befriends(&north);
    world.befriend(&north, &south);
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);

    let stranger = p::RoomCreateRequest { contact_ids: vec!["wxid_x".into()], topic: "t".into() };
    assert!(a.rpc.room_create(stranger).await.is_err());
    let contact_ids = vec![alice.id().to_owned(), south.id().to_owned()];
    let request = p::RoomCreateRequest { contact_ids, topic: "made".into() };
    let id = a.rpc.room_create(request).await.unwrap().into_inner().id;
    assert!(matches!(b.news().await, PuppetEvent::RoomJoin(it) if it.inviter_id == north.id()));
    let payload = a.rpc.room_payload(p::RoomPayloadRequest { id: id.clone() }).await.unwrap().into_inner();
    assert_eq!((payload.topic.as_str(), payload.owner_id.as_str()), ("made", north.id()));
    assert_eq!(payload.member_ids, [north.id(), alice.id(), south.id()]);

    let request = p::RoomAddRequest {
        id: id.clone(),
        contact_id: bob.id().into(),
        invite_only: true,
        ..Default::default()
    };
    a.rpc.room_add(request).await.unwrap();
    assert_eq!(bob.seen().len(), 1, "an invitation");
    bob.joins(&world.room_by_id(&id).unwrap());
    let members = a.rpc.room_member_list(p::RoomMemberListRequest { id: id.clone() }).await.unwrap();
    assert_eq!(members.into_inner().member_ids.len(), 4);
    let request = p::RoomMemberPayloadRequest { id: id.clone(), member_id: alice.id().into() };
    let member = a.rpc.room_member_payload(request).await.unwrap().into_inner();
    assert_eq!((member.name.as_str(), member.inviter_id.as_str()), ("alice", north.id()));

    let request = p::RoomTopicRequest { id: id.clone(), topic: Some("renamed".into()), ..Default::default() };
    b.rpc.room_topic(request).await.unwrap();
    let request = p::RoomTopicRequest { id: id.clone(), ..Default::default() };
    assert_eq!(a.rpc.room_topic(request).await.unwrap().into_inner().topic, "renamed");
    let announce = |text: Option<&str>| p::RoomAnnounceRequest {
        id: id.clone(),
        text: text.map(str::to_owned),
        ..Default::default()
    };
    assert!(b.rpc.room_announce(announce(Some("mine"))).await.is_err(), "not the owner");
    a.rpc.room_announce(announce(Some("rules"))).await.unwrap();
    assert_eq!(b.rpc.room_announce(announce(None)).await.unwrap().into_inner().text, "rules");
    world.room_by_id(&id).unwrap().add_admin(&south);
    b.rpc.room_announce(announce(Some("mine"))).await.unwrap();

    let remove = p::RoomDelRequest { id: id.clone(), contact_id: bob.id().into(), ..Default::default() };
    a.rpc.room_del(remove.clone()).await.unwrap();
    assert!(a.rpc.room_del(remove).await.is_err(), "not a member any more");
    let request = p::RoomQrCodeRequest { id: id.clone() };
    assert!(a.rpc.room_qr_code(request).await.unwrap().into_inner().qrcode.contains(&id));
    let request = p::RoomAvatarRequest { id: id.clone() };
    assert!(a.rpc.room_avatar(request).await.unwrap().into_inner().file_box.contains("base64"));
    a.rpc.room_quit(p::RoomQuitRequest { id: id.clone() }).await.unwrap();
    assert!(a.rpc.room_list(p::RoomListRequest {}).await.unwrap().into_inner().ids.is_empty());
    assert_eq!(b.rpc.room_list(p::RoomListRequest {}).await.unwrap().into_inner().ids, [id]);
}

#[tokio::test]
async fn friends_are_asked_found_and_accepted() {
    let world = World::new(3);
    let (alice, bob) = (world.person("alice"), world.person("bob"));
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let mut bot = Bot::on(&north).await;

    alice.asks_friendship(&north, "it's me");
    let PuppetEvent::Friendship { id } = bot.news().await else { panic!("a request") };
    let request = p::FriendshipPayloadRequest { id: id.clone(), ..Default::default() };
    let payload = bot.rpc.friendship_payload(request).await.unwrap().into_inner();
    assert_eq!((payload.contact_id.as_str(), payload.hello.as_str()), (alice.id(), "it's me"));
    assert_eq!(payload.r#type(), p::FriendshipType::Receive);
    bot.rpc.friendship_accept(p::FriendshipAcceptRequest { id }).await.unwrap();
    assert!(matches!(bot.news().await, PuppetEvent::Friendship { .. }), "confirmed");
    bot.say(alice.id(), "hello").await.unwrap();

    let add = p::FriendshipAddRequest { contact_id: bob.id().into(), ..Default::default() };
    assert!(bot.rpc.friendship_add(add.clone()).await.is_err(), "never heard of him");
    let request = p::FriendshipSearchPhoneRequest { phone: bob.phone_number(), ..Default::default() };
    let found = bot.rpc.friendship_search_phone(request).await.unwrap().into_inner().contact_id;
    assert_eq!(found, bob.id());
    for weixin in [bob.handle(), "nobody".into()] {
        let request = p::FriendshipSearchHandleRequest { weixin, ..Default::default() };
        let new = bot.rpc.friendship_search_handle(request.clone()).await.unwrap().into_inner().contact_id;
        let old = bot.rpc.friendship_search_weixin(request).await.unwrap().into_inner().contact_id;
        assert_eq!(new, old);
    }
    bob.accepts_friends(false);
    bot.rpc.friendship_add(add).await.unwrap();
    assert!(bot.say(bob.id(), "hi").await.is_err());
    bob.accepts(&north);
    assert!(matches!(bot.news().await, PuppetEvent::Friendship { .. }));
    bot.say(bob.id(), "hi").await.unwrap();
    bob.unfriends(&north);
    assert!(bot.say(bob.id(), "hi?").await.is_err());
    let mut friends = bot.rpc.contact_list(p::ContactListRequest {}).await.unwrap().into_inner().ids;
    friends.sort();
    assert_eq!(friends, [OFFICIAL, alice.id(), north.id()]);
}

#[tokio::test]
async fn notes_about_contacts_are_the_accounts_own() {
    let world = World::new(4);
    let alice = world.person("alice");
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).serve().await.unwrap();
    let room = world.room("room", &[&alice, &north, &south]);
    alice.befriends(&north);
    room.set_alias(&alice, "Al");
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);
    let id = || alice.id().to_owned();

    let request = p::ContactAliasRequest { id: id(), alias: Some("Ally".into()), ..Default::default() };
    a.rpc.contact_alias(request).await.unwrap();
    let request = p::ContactAliasRequest { id: id(), ..Default::default() };
    assert_eq!(a.rpc.contact_alias(request.clone()).await.unwrap().into_inner().alias, "Ally");
    assert_eq!(b.rpc.contact_alias(request).await.unwrap().into_inner().alias, "");
    let request =
        p::ContactDescriptionRequest { contact_id: id(), description: "nice".into(), ..Default::default() };
    a.rpc.contact_description(request).await.unwrap();
    let request = p::ContactCorporationRemarkRequest {
        contact_id: id(),
        corporation_remark: "ACME".into(),
        ..Default::default()
    };
    a.rpc.contact_corporation_remark(request).await.unwrap();
    a.rpc.contact_phone(p::ContactPhoneRequest { contact_id: id(), phones: vec!["1".into()] }).await.unwrap();
    let payload = a.rpc.contact_payload(p::ContactPayloadRequest { id: id() }).await.unwrap().into_inner();
    assert!(payload.friend && payload.description == "nice" && payload.corporation == "ACME");
    let payload = b.rpc.contact_payload(p::ContactPayloadRequest { id: id() }).await.unwrap().into_inner();
    assert!(!payload.friend && payload.description.is_empty() && payload.name == "alice");

    for tag in ["vip", "old"] {
        let request = p::TagContactAddRequest { id: tag.into(), contact_id: id() };
        a.rpc.tag_contact_add(request).await.unwrap();
    }
    let request = p::TagContactRemoveRequest { id: "old".into(), contact_id: id() };
    a.rpc.tag_contact_remove(request).await.unwrap();
    let of =
        |contact_id: &str| p::TagContactListRequest { contact_id: contact_id.into(), ..Default::default() };
    assert_eq!(a.rpc.tag_contact_list(of(alice.id())).await.unwrap().into_inner().ids, ["vip"]);
    assert_eq!(a.rpc.tag_contact_list(of("")).await.unwrap().into_inner().ids, ["old", "vip"]);
    a.rpc.tag_contact_delete(p::TagContactDeleteRequest { id: "old".into() }).await.unwrap();
    assert_eq!(a.rpc.tag_contact_list(of("")).await.unwrap().into_inner().ids, ["vip"]);

    a.rpc.contact_self_name(p::ContactSelfNameRequest { name: "Nord".into() }).await.unwrap();
    let signature = "up".to_owned();
    a.rpc.contact_self_signature(p::ContactSelfSignatureRequest { signature }).await.unwrap();
    let request = p::ContactPayloadRequest { id: north.id().into() };
    let payload = b.rpc.contact_payload(request).await.unwrap().into_inner();
    assert_eq!((payload.name.as_str(), payload.signature.as_str()), ("Nord", "up"));
    let code = a.rpc.contact_self_qr_code(p::ContactSelfQrCodeRequest {}).await.unwrap().into_inner();
    assert!(code.qrcode.contains(north.id()));
    alice.renames_to("Alice");
    loop {
        if let PuppetEvent::Dirty(event::DirtyPayload { payload_type: 2, payload_id }) = b.event().await
            && payload_id == alice.id()
        {
            break;
        }
    }
}

#[tokio::test]
async fn a_room_of_forty_takes_invitations_and_nobody_is_added_directly() {
    let world = World::new(5);
    let north = world.phone("north").tls(false).serve().await.unwrap();
    let south = world.phone("south").tls(false).serve().await.unwrap();
    world.befriend(&north, &south);
    let crowd: Vec<_> = (0..39).map(|n| world.person(&format!("p{n}"))).collect();
    let room = world.room("crowd", &[&north]);
    crowd.iter().for_each(|person| person.joins(&room));
    let (mut a, mut b) = (Bot::on(&north).await, Bot::on(&south).await);
    let add = p::RoomAddRequest {
        id: room.id().into(),
        contact_id: south.id().into(),
        invite_only: false,
        ..Default::default()
    };
    a.rpc.room_add(add).await.unwrap();
    let PuppetEvent::RoomInvite { id } = b.news().await else { panic!("an invitation") };
    assert_eq!(room.members().len(), 40);
    b.rpc.room_invitation_accept(p::RoomInvitationAcceptRequest { id }).await.unwrap();
    assert!(room.members().contains(&south.id().to_owned()));
}
