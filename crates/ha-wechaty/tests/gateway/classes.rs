//! Where each class of calls goes: to whoever can, to all of them, to the one that may.

use std::time::{Duration, Instant};

use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{DEADLINE, House, SELF, wait::until_some};
use ha_wechaty_wire::{PuppetEvent, puppet};
use tonic::Code;

#[tokio::test]
async fn what_only_one_account_can_see_is_found() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    house.world.befriend(&bob, &house.phones[1]);
    let side_room = house.world.room("side room", &[&house.phones[2], &bob]);
    let mut bot = house.bot().await;
    for _ in 0..3 {
        let contact = puppet::ContactPayloadRequest { id: bob.id().into() };
        let contact = bot.puppet.contact_payload(contact).await.expect("south knows bob").into_inner();
        assert_eq!((contact.id.as_str(), contact.name.as_str(), contact.friend), (bob.id(), "bob", true));
        let room = puppet::RoomPayloadRequest { id: side_room.id().into() };
        let room = bot.puppet.room_payload(room).await.expect("west is in it").into_inner();
        assert_eq!((room.topic.as_str(), room.owner_id.as_str()), ("side room", SELF));
    }
    let list = puppet::RoomMemberListRequest { id: side_room.id().into() };
    let members = bot.puppet.room_member_list(list).await.expect("a list").into_inner().member_ids;
    assert_eq!(members, [SELF, bob.id()]);
    let member = puppet::RoomMemberPayloadRequest { id: side_room.id().into(), member_id: bob.id().into() };
    assert_eq!(bot.puppet.room_member_payload(member).await.expect("a member").into_inner().name, "bob");
    let code = puppet::RoomQrCodeRequest { id: side_room.id().into() };
    let code = bot.puppet.room_qr_code(code).await.expect("a code").into_inner().qrcode;
    assert!(code.ends_with(side_room.id()), "{code}");
    let avatar = puppet::RoomAvatarRequest { id: side_room.id().into() };
    let avatar = bot.puppet.room_avatar(avatar).await.expect("a picture").into_inner().file_box;
    assert!(avatar.contains("\"boxType\":"), "{avatar}");
}

#[tokio::test]
async fn what_nobody_knows_is_refused_in_the_puppets_own_words() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let nobody = puppet::ContactPayloadRequest { id: "nobody".into() };
    let refused = bot.puppet.contact_payload(nobody).await.expect_err("unknown");
    assert_eq!((refused.code(), refused.message()), (Code::Unknown, "no contact nobody"));
    assert_eq!(house.calls("ContactPayload"), [1, 1, 1], "each was asked once");
}

#[tokio::test]
async fn a_look_moves_on_from_an_account_that_hangs() {
    let house = House::with(|config| config.calls.read = Duration::from_millis(200)).await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Stall);
    for _ in 0..3 {
        let room = puppet::RoomPayloadRequest { id: house.room.id().into() };
        let answer = tokio::time::timeout(DEADLINE, bot.puppet.room_payload(room)).await.expect("in time");
        assert_eq!(answer.expect("a teammate tells").into_inner().topic, "ding room");
    }
    assert!(house.phones[0].calls("RoomPayload") >= 1, "it was asked");
}

#[tokio::test]
async fn lists_are_merged_and_the_team_is_nobodys_friend() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    house.world.befriend(&bob, &house.phones[1]);
    house.world.befriend(&house.phones[0], &house.phones[1]);
    let side_room = house.world.room("side room", &[&house.phones[2], &bob]);
    let mut bot = house.bot().await;
    let contacts = bot.puppet.contact_list(puppet::ContactListRequest {}).await.expect("merged");
    let contacts = contacts.into_inner().ids;
    let times = |id: &str| contacts.iter().filter(|it| *it == id).count();
    assert_eq!((times(house.alice.id()), times(bob.id())), (1, 1), "{contacts:?}");
    assert!(times(SELF) <= 1, "a puppet that lists itself lists the virtual self: {contacts:?}");
    assert!(house.phones.iter().all(|phone| times(phone.id()) == 0), "{contacts:?}");
    let mut rooms = bot.puppet.room_list(puppet::RoomListRequest {}).await.expect("merged").into_inner().ids;
    rooms.sort();
    let mut all = [house.room.id().to_owned(), side_room.id().to_owned()];
    all.sort();
    assert_eq!(rooms, all);
}

#[tokio::test]
async fn a_slow_account_does_not_hold_a_merged_list() {
    let house = House::with(|config| {
        // Others may be slow too, where much runs at once.
        config.calls.union = DEADLINE / 8;
        config.calls.read = DEADLINE;
    })
    .await;
    let side_room = house.world.room("side room", &[&house.phones[2]]);
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Stall);
    let begun = Instant::now();
    let rooms = bot.puppet.room_list(puppet::RoomListRequest {}).await.expect("the others'").into_inner().ids;
    assert!(begun.elapsed() < DEADLINE / 2, "{:?}", begun.elapsed());
    assert!(rooms.iter().any(|id| id == side_room.id()), "{rooms:?}");
    for phone in &house.phones[1..] {
        phone.fail(Fault::Stall);
    }
    let late = tokio::spawn(async move { bot.puppet.room_list(puppet::RoomListRequest {}).await });
    house.until("all are asked", || house.calls("RoomList").iter().all(|it| *it >= 3)).await;
    house.phones[1].restore().await.expect("it was never gone");
    let rooms = late.await.expect("no panic").expect("one answer is enough, however late");
    assert_eq!(rooms.into_inner().ids, [house.room.id()]);
}

#[tokio::test]
async fn a_setter_arrives_at_every_account_that_it_concerns() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    let mut bot = house.bot().await;
    house.world.befriend(&bob, &house.phones[1]);
    bob.says(&house.phones[1], "hello");
    assert_eq!(bot.next_message().await.text, "hello", "now south is known to know bob");
    for (id, expected) in [(house.alice.id(), [1, 1, 1]), (bob.id(), [1, 2, 1])] {
        let alias =
            puppet::ContactAliasRequest { id: id.into(), alias: Some("pal".into()), ..Default::default() };
        bot.puppet.contact_alias(alias).await.expect("set");
        assert_eq!(house.calls("ContactAlias"), expected);
    }
    let alice = || house.alice.id().to_owned();
    let phone = puppet::ContactPhoneRequest { contact_id: alice(), phones: vec!["1".into()] };
    bot.puppet.contact_phone(phone).await.expect("set");
    bot.puppet.contact_self_name(puppet::ContactSelfNameRequest { name: "Oss".into() }).await.expect("set");
    let signature = puppet::ContactSelfSignatureRequest { signature: "we".into() };
    bot.puppet.contact_self_signature(signature).await.expect("set");
    let tag = puppet::TagContactAddRequest { id: "vip".into(), contact_id: alice() };
    bot.puppet.tag_contact_add(tag).await.expect("set");
    let list = puppet::TagContactListRequest { contact_id: alice(), ..Default::default() };
    assert_eq!(bot.puppet.tag_contact_list(list).await.expect("a list").into_inner().ids, ["vip"]);
    let untag = puppet::TagContactRemoveRequest { id: "vip".into(), contact_id: alice() };
    bot.puppet.tag_contact_remove(untag).await.expect("removed");
    bot.puppet.tag_contact_delete(puppet::TagContactDeleteRequest { id: "vip".into() }).await.expect("gone");
    bot.puppet.room_quit(puppet::RoomQuitRequest { id: house.room.id().into() }).await.expect("left");
    let setters = ["ContactPhone", "ContactSelfName", "ContactSelfSignature", "RoomQuit"];
    for rpc in setters.into_iter().chain(["TagContactAdd", "TagContactRemove", "TagContactDelete"]) {
        assert_eq!(house.calls(rpc), [1, 1, 1], "{rpc}");
    }
    assert_eq!(house.room.members(), [house.alice.id()], "the whole team left");
    let own = puppet::ContactPayloadRequest { id: SELF.into() };
    let own = bot.puppet.contact_payload(own).await.expect("oneself").into_inner();
    assert_eq!((own.id.as_str(), own.name.as_str(), own.signature.as_str()), (SELF, "Oss", "we"));
}

#[tokio::test]
async fn a_room_is_ruled_by_its_owner_and_else_by_its_admin() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    let [north, south, west] = [0, 1, 2].map(|n| &house.phones[n]);
    // The team hears of this room by the call itself: who rules it is learnt on demand.
    let room = house.world.room("ruled", &[west, north, south, &bob, &house.alice]);
    room.add_admin(south);
    let mut bot = house.bot().await;
    let announce = |text: &str| puppet::RoomAnnounceRequest {
        id: room.id().into(),
        text: Some(text.into()),
        ..Default::default()
    };
    bot.puppet.room_announce(announce("by its owner")).await.expect("done");
    assert_eq!((room.announcement().as_str(), house.calls("RoomAnnounce")), ("by its owner", vec![0, 0, 1]));
    house.lose(2).await;
    let gone =
        puppet::RoomDelRequest { id: room.id().into(), contact_id: bob.id().into(), ..Default::default() };
    bot.puppet.room_del(gone).await.expect("done");
    assert_eq!(house.calls("RoomDel"), [0, 1, 0], "its admin, at once");
    let topic =
        puppet::RoomTopicRequest { id: room.id().into(), topic: Some("new".into()), ..Default::default() };
    bot.puppet.room_topic(topic).await.expect("done");
    let back = puppet::RoomAddRequest {
        id: room.id().into(),
        contact_id: house.alice.id().into(),
        ..Default::default()
    };
    bot.puppet.room_add(back).await.expect("a friend of all");
    assert_eq!((room.topic().as_str(), room.members().contains(&bob.id().to_owned())), ("new", false));
}

#[tokio::test]
async fn a_room_is_made_by_whoever_knows_its_people() {
    let house = House::new().await;
    let bob = house.world.person("bob");
    house.world.befriend(&bob, &house.phones[1]);
    let mut bot = house.bot().await;
    bob.says(&house.phones[1], "hello");
    bot.next_message().await;
    let people = [house.alice.id(), bob.id()].map(str::to_owned);
    let create = puppet::RoomCreateRequest { contact_ids: people.to_vec(), topic: "ours".into() };
    let id = bot.puppet.room_create(create).await.expect("made").into_inner().id;
    assert_eq!(house.calls("RoomCreate"), [0, 1, 0]);
    let room = house.world.room_by_id(&id).expect("the room is there");
    assert_eq!((room.topic().as_str(), room.owner().as_str()), ("ours", house.phones[1].id()));
    bot.say(&id, "welcome").await.expect("said by its only member");
    assert_eq!(house.world.ledger().times(&id, "welcome"), 1);
}

#[tokio::test]
async fn a_stranger_is_befriended_by_whoever_found_them() {
    let house = House::new().await;
    let carol = house.world.person("carol");
    let mut bot = house.bot().await;
    let search = puppet::FriendshipSearchPhoneRequest { phone: carol.phone_number(), ..Default::default() };
    let found = bot.puppet.friendship_search_phone(search).await.expect("found").into_inner();
    #[allow(deprecated)]
    let old = found.contact_id_string_value_deprecated;
    assert_eq!((found.contact_id.as_str(), old.as_deref()), (carol.id(), Some(carol.id())));
    let finder = house.calls("FriendshipSearchPhone");
    let add = puppet::FriendshipAddRequest { contact_id: carol.id().into(), ..Default::default() };
    bot.puppet.friendship_add(add).await.expect("asked");
    assert_eq!(house.calls("FriendshipAdd"), finder);
    let search = puppet::FriendshipSearchHandleRequest { weixin: carol.handle(), ..Default::default() };
    let found = bot.puppet.friendship_search_handle(search).await.expect("found").into_inner();
    assert_eq!(found.contact_id, carol.id());
}

#[tokio::test]
async fn a_search_moves_on_from_an_account_that_dies_at_it() {
    let house = House::new().await;
    let carol = house.world.person("carol");
    let mut bot = house.bot().await;
    for phone in &house.phones[..2] {
        let calls = ha_wechaty_sim::RpcSelection::named("FriendshipSearchPhone");
        phone.fail(Fault::Cut { calls, done: false, times: 1 });
    }
    for _ in 0..3 {
        let search =
            puppet::FriendshipSearchPhoneRequest { phone: carol.phone_number(), ..Default::default() };
        let found = bot.puppet.friendship_search_phone(search).await.expect("a teammate finds her");
        assert_eq!(found.into_inner().contact_id, carol.id());
    }
}

#[tokio::test]
async fn what_concerns_the_gateway_itself_no_account_hears_of() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    bot.puppet.ding(puppet::DingRequest { data: "are you there".into() }).await.expect("answered");
    let dong = bot.find(|event| if let PuppetEvent::Dong(dong) = event { Some(dong.data) } else { None });
    assert_eq!(dong.await, "are you there");
    let version = bot.puppet.version(puppet::VersionRequest {}).await.expect("a version").into_inner();
    assert_eq!(version.version, env!("CARGO_PKG_VERSION"));
    bot.puppet.start(puppet::StartRequest {}).await.expect("answered");
    bot.puppet.stop(puppet::StopRequest {}).await.expect("answered");
    assert_eq!((house.calls("Ding"), house.calls("Version")), (vec![0; 3], vec![0; 3]));
    assert_eq!((house.calls("Start"), house.calls("Stop")), (vec![1; 3], vec![0; 3]));
}

#[tokio::test]
async fn what_all_are_to_do_does_not_wait_for_one_that_hangs_and_that_does_it_all_the_same() {
    let house = House::with(|config| {
        config.calls.union = DEADLINE;
        config.calls.send = DEADLINE;
    })
    .await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Stall);
    let begun = Instant::now();
    let alias = puppet::ContactAliasRequest {
        id: house.alice.id().into(),
        alias: Some("Alice in Tea".into()),
        ..Default::default()
    };
    bot.puppet.contact_alias(alias).await.expect("the others have done it");
    assert!(begun.elapsed() < DEADLINE / 4, "{:?}", begun.elapsed());
    assert_eq!(house.calls("ContactAlias"), [1, 1, 1]);
}

/// How often a phone's account did what it was asked, as far as the gateway heard.
async fn done(house: &House, account: &str) -> u64 {
    let metrics = house.admin("/metrics", None).await.1;
    let of = |line: &&str| {
        line.starts_with("ha_wechaty_attempts_total")
            && line.contains(&format!("account=\"{account}\""))
            && line.contains("outcome=\"done\"")
    };
    let counts = metrics.lines().filter(of).filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    counts.sum()
}

#[tokio::test]
async fn what_all_are_to_do_is_heard_of_the_slow_though_the_bot_has_its_answer_or_hung_up() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let room = house.room.id().to_owned();
    // It hears of nothing by itself, so that its answer alone says that it left.
    house.phones[0].fail(Fault::Deaf);
    house.phones[0].fail(Fault::Slow(Duration::from_millis(1_500)));
    let before = (done(&house, "north").await, done(&house, "south").await);
    bot.puppet.room_quit(puppet::RoomQuitRequest { id: room.clone() }).await.expect("left");
    assert_eq!(done(&house, "north").await, before.0, "it is slow");
    house.until("it has left", || !house.room.members().contains(&house.phones[0].id().to_owned())).await;
    until_some("it is heard that it left", async || (done(&house, "north").await != before.0).then_some(()))
        .await;
    // What an account says that no event tells is believed after a while.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    house.until("all have left", || house.gateway.routing().reach(&room).yes.is_empty()).await;
    // Nobody waits for this one at all.
    let before = (done(&house, "north").await, done(&house, "south").await);
    house.phones[1].fail(Fault::Slow(Duration::from_millis(500)));
    let name = puppet::ContactSelfNameRequest { name: "Oss".into() };
    let asked = tokio::time::timeout(Duration::from_millis(100), bot.puppet.contact_self_name(name));
    let _ = asked.await;
    until_some("it is heard that both have done it", async || {
        let are_done = (done(&house, "north").await, done(&house, "south").await);
        (are_done == (before.0 + 1, before.1 + 1)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_goes_on_though_the_bot_hung_up_is_bounded() {
    let house = House::new().await;
    let bot = house.bot().await;
    house.phones.iter().for_each(|phone| phone.fail(Fault::Slow(DEADLINE * 2)));
    let asked = || house.phones[0].calls("ContactSelfName");
    const MOST: u64 = 64;
    for batch in 1..=3 {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let mut puppet = bot.puppet.clone();
            let name = puppet::ContactSelfNameRequest { name: "Oss".into() };
            calls.spawn(async move { puppet.contact_self_name(name).await.map(|_| ()) });
        }
        // The bot hangs up once they are under way, or as many of them as may be.
        house.until("they are under way", || asked() == (batch * 50).min(MOST)).await;
        if batch * 50 > MOST {
            // What must not come is given the time to.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        calls.shutdown().await;
    }
    assert_eq!(asked(), MOST, "of 150");
    for phone in &house.phones {
        phone.restore().await.expect("it is well");
    }
}
