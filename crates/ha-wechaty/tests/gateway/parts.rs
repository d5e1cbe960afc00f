//! What is asked for many at once, where accounts do it for one after the other: each has its own turn, its own account and its
//! own end.

use std::{cell::Cell, time::Duration};

use ha_wechaty::config::{Config, Limit};
use ha_wechaty_sim::{Fault, GroupChat, Person, PhoneGeneration, RpcSelection};
use ha_wechaty_testkit::{House, SELF, Setup};
use ha_wechaty_wire::puppet as p;
use tonic::{Code, Status};

use PhoneGeneration::{Community, Juzi};

/// A house whose accounts are of these generations: north, south, west.
async fn house(generations: [PhoneGeneration; 3], config: impl FnOnce(&mut Config)) -> House {
    let next = Cell::new(0);
    let build = |phone: ha_wechaty_sim::PhoneBuilder| {
        let number = next.replace(next.get() + 1);
        phone.generation(generations[number % 3])
    };
    Setup::new(SELF).phones(build).config(config).start().await
}

/// People who are friends of these accounts.
fn friends(house: &House, names: &[&str], of: &[usize]) -> Vec<Person> {
    let people: Vec<Person> = names.iter().map(|name| house.world.person(name)).collect();
    for person in &people {
        of.iter().for_each(|it| house.world.befriend(person, &house.phones[*it]));
    }
    people
}

fn ids(people: &[Person]) -> Vec<String> {
    people.iter().map(|it| it.id().to_owned()).collect()
}

fn too_often(rpc: &str) -> Fault {
    let status = Status::unknown("操作过于频繁，请稍后再试");
    Fault::Answer { calls: RpcSelection::named(rpc), status, times: 1_000 }
}

fn add(room: &GroupChat, contact_ids: Vec<String>) -> p::RoomAddV2Request {
    p::RoomAddV2Request { id: room.id().into(), contact_ids, ..Default::default() }
}

#[tokio::test]
async fn of_several_messages_that_go_on_each_has_its_own_end() {
    for generation in [Community, Juzi] {
        let house = house([generation; 3], |_| {}).await;
        let mut bot = house.bot().await;
        let mut message_ids = Vec::new();
        for text in ["one", "three"] {
            house.alice.says(&house.phones[0], text);
            message_ids.push(bot.next_message().await.id);
        }
        message_ids.insert(1, "of nobody~north".into());
        let conversation_id = house.room.id().to_owned();
        let forward = p::MessageForwardRequest { message_ids, conversation_id, ..Default::default() };
        let refused = bot.puppet.message_forward(forward).await.expect_err("the second is no message");
        assert_eq!(refused.code(), Code::Unknown, "{refused}");
        assert!(refused.message().contains("1 of 3"), "{refused}");
        let said = |text| house.world.ledger().times(house.room.id(), text);
        assert_eq!((said("one"), said("three")), (1, 0), "{generation:?}");
    }
}

#[tokio::test]
async fn a_list_of_one_is_one_for_every_account() {
    for generation in [Community, Juzi] {
        let house = house([generation; 3], |_| {}).await;
        let people = friends(&house, &["bob"], &[0]);
        let room = house.world.room("a room", &[&house.phones[0], &house.alice]);
        let mut bot = house.bot().await;
        let request =
            p::RoomAddRequest { id: room.id().into(), contact_ids: ids(&people), ..Default::default() };
        bot.puppet.room_add(request).await.expect("added");
        assert_eq!(room.members().len(), 3, "{generation:?}");
        let request =
            p::RoomDelRequest { id: room.id().into(), contact_ids: ids(&people), ..Default::default() };
        bot.puppet.room_del(request).await.expect("removed");
        assert_eq!(room.members().len(), 2, "{generation:?}");
        house.alice.says(&house.phones[0], "one");
        let message_ids = vec![bot.next_message().await.id];
        let conversation_id = house.room.id().to_owned();
        let forward = p::MessageForwardRequest { message_ids, conversation_id, ..Default::default() };
        bot.puppet.message_forward(forward).await.expect("forwarded");
        assert_eq!(house.world.ledger().times(house.room.id(), "one"), 1, "{generation:?}");
    }
}

#[tokio::test]
async fn several_are_removed_one_by_one_by_every_account() {
    // A stock service of the newer generation removes nobody if it is given several.
    let house = house([Juzi; 3], |_| {}).await;
    let people = friends(&house, &["bob", "carol"], &[0]);
    let room = house.world.room("a room", &[&house.phones[0], &house.alice, &people[0], &people[1]]);
    let mut bot = house.bot().await;
    let request = p::RoomDelRequest { id: room.id().into(), contact_ids: ids(&people), ..Default::default() };
    bot.puppet.room_del(request).await.expect("removed");
    assert_eq!((room.members().len(), house.calls("RoomDel")), (2, vec![2, 0, 0]));
}

#[tokio::test]
async fn invitations_one_by_one_are_counted_one_by_one() {
    let old = |phone: ha_wechaty_sim::PhoneBuilder| phone.generation(Community);
    let paced = |config: &mut Config| {
        config.pace.enabled = true;
        config.pace.allowance.room_invitations = vec![Limit { count: 2, window: Duration::from_secs(600) }];
        config.pace.max_wait = Duration::from_millis(300);
    };
    let house = Setup::new(SELF).accounts(&["north"]).phones(old).config(paced).start().await;
    let people = friends(&house, &["bob", "carol", "dave"], &[0]);
    let room = house.world.room("a room", &[&house.phones[0], &house.alice]);
    let mut bot = house.bot().await;
    let added = bot.puppet.room_add_v2(add(&room, ids(&people))).await.expect("two of them").into_inner();
    assert_eq!(added.success_ids, ids(&people[..2]));
    assert_eq!(added.failed_ids, ids(&people[2..]));
    assert!(added.failed_reasons[0].contains("has used its"), "{added:?}");
    assert_eq!(room.members().len(), 4);
}

#[tokio::test]
async fn those_who_are_refused_in_one_call_are_one_failure() {
    let house = house([Community; 3], |_| {}).await;
    let people = friends(&house, &["a", "b", "c", "d", "e", "f"], &[0]);
    let room = house.world.room("a room", &[&house.phones[0], &house.alice]);
    let mut bot = house.bot().await;
    let status = Status::unknown("they do not want to");
    house.phones[0].fail(Fault::Answer { calls: RpcSelection::named("RoomAdd"), status, times: 1_000 });
    let added = bot.puppet.room_add_v2(add(&room, ids(&people))).await.expect("none").into_inner();
    assert_eq!((added.success_ids.len(), added.failed_ids.len()), (0, 6));
    let status = house.status().await;
    assert!(status.accounts[0].ejected.is_empty(), "{:?}", status.accounts[0]);
    assert_eq!(status.accounts[0].errors, 1);
}

#[tokio::test]
async fn one_that_did_it_too_often_is_followed_by_another() {
    let house = house([Community; 3], |_| {}).await;
    let people = friends(&house, &["bob", "carol"], &[0, 1]);
    let room = house.world.room("a room", &[&house.phones[0], &house.alice, &house.phones[1]]);
    let mut bot = house.bot().await;
    house.phones[0].fail(too_often("RoomAdd"));
    let added = bot.puppet.room_add_v2(add(&room, ids(&people))).await.expect("by south").into_inner();
    assert_eq!((added.success_ids, added.failed_ids.len()), (ids(&people), 0));
    let calls = house.calls("RoomAdd");
    assert_eq!((calls[0], room.members().len()), (1, 5), "{calls:?}");
    // Nobody is left: no more are tried, and nothing was done.
    house.phones[1].fail(too_often("RoomAdd"));
    let more = friends(&house, &["dave", "eve"], &[0, 1]);
    let refused = bot.puppet.room_add_v2(add(&room, ids(&more))).await.expect_err("too often");
    assert!(refused.message().contains("操作过于频繁"), "{refused}");
    let again = house.calls("RoomAdd");
    assert!(again[0] <= calls[0] + 1 && again[1] <= calls[1] + 1, "{calls:?}, then {again:?}");
}

#[tokio::test]
async fn what_may_be_done_is_told_so_and_the_others_are_done() {
    let house = house([Community; 3], |_| {}).await;
    let people = friends(&house, &["bob", "carol"], &[0]);
    let room = house.world.room("a room", &[&house.phones[0], &house.alice]);
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Cut { calls: RpcSelection::named("RoomAdd"), done: true, times: 1 });
    let added = bot.puppet.room_add_v2(add(&room, ids(&people))).await.expect("told of each").into_inner();
    assert_eq!(added.failed_ids.first(), Some(&people[0].id().to_owned()), "{added:?}");
    assert!(added.failed_reasons[0].contains("may or may not have been done"), "{added:?}");
}

#[tokio::test]
async fn a_tag_that_many_want_at_once_is_made_once() {
    let house = house([Juzi; 3], |_| {}).await;
    let bot = house.bot().await;
    let put = |_| {
        let mut puppet = bot.puppet.clone();
        let contact_id = house.alice.id().to_owned();
        async move { puppet.tag_contact_add(p::TagContactAddRequest { id: "vip".into(), contact_id }).await }
    };
    for put in futures_util::future::join_all((0..6).map(put)).await {
        put.expect("it has the tag");
    }
    house.until("all are through", || house.calls("TagContactTagAdd") == [6, 6, 6]).await;
    assert_eq!(house.calls("TagTagAdd"), [1, 1, 1]);
}

#[tokio::test]
async fn of_many_whom_nobody_there_can_show_the_bot_is_told() {
    for generation in [Community, Juzi] {
        let house = house([generation; 3], |_| {}).await;
        let mut bot = house.bot().await;
        let people = friends(&house, &["bob"], &[2]);
        people[0].says(&house.phones[2], "hello");
        bot.next_message().await;
        house.lose(2).await;
        let batch =
            p::BatchContactPayloadRequest { ids: vec![house.alice.id().into(), people[0].id().into()] };
        let refused = bot.puppet.batch_contact_payload(batch.clone()).await.expect_err("west knows him");
        assert!(refused.message().contains("west"), "{refused}");
        house.phones[2].restore().await.expect("its port");
        house.until_available(3).await;
        let shown = bot.puppet.batch_contact_payload(batch).await.expect("shown").into_inner();
        assert_eq!(shown.contact_payloads.len(), 2, "{generation:?}");
    }
}

#[tokio::test]
async fn many_who_are_refused_for_now_are_no_empty_list() {
    let house = house([Community; 3], |_| {}).await;
    let mut bot = house.bot().await;
    house.phones.iter().for_each(|it| it.fail(too_often("ContactPayload")));
    let batch = p::BatchContactPayloadRequest { ids: vec![house.alice.id().into()] };
    let refused = bot.puppet.batch_contact_payload(batch).await.expect_err("too often");
    assert!(refused.message().contains("操作过于频繁"), "{refused}");
}

#[tokio::test]
async fn among_many_members_the_team_has_the_name_that_it_has_alone() {
    for generation in [Community, Juzi] {
        let house = house([generation; 3], |_| {}).await;
        let mut bot = house.bot().await;
        house.room.set_alias(&house.phones[1], "the south");
        let one = p::RoomMemberPayloadRequest { id: house.room.id().into(), member_id: SELF.into() };
        for _ in 0..4 {
            let alone = bot.puppet.room_member_payload(one.clone()).await.expect("shown").into_inner();
            let member_ids = vec![house.alice.id().to_owned(), SELF.into()];
            let many = p::BatchRoomMemberPayloadRequest { id: house.room.id().into(), member_ids };
            let many = bot.puppet.batch_room_member_payload(many).await.expect("shown").into_inner();
            let shown =
                |it: &p::RoomMemberPayloadResponse| (it.id.clone(), it.name.clone(), it.room_alias.clone());
            let alike: Vec<_> = many.member_payloads.iter().map(shown).collect();
            assert_eq!(alike[1], shown(&alone), "{generation:?}");
            assert_eq!((alike[0].0.as_str(), alike[0].1.as_str()), (house.alice.id(), "alice"));
        }
    }
}

#[tokio::test]
async fn a_tag_is_made_by_an_account_that_has_tags() {
    let house = house([Community, Juzi, Juzi], |_| {}).await;
    let mut bot = house.bot().await;
    let mut owners = Vec::new();
    for number in 0..6 {
        let make = p::TagTagAddRequest { tag_name: vec![format!("tag {number}")], ..Default::default() };
        let made = bot.puppet.tag_tag_add(make).await.expect("made").into_inner().tag_info;
        owners.push(made[0].tag_id.split('~').nth(1).unwrap_or_default().to_owned());
    }
    let by_north = owners.iter().filter(|it| *it == "north").count();
    assert!(by_north <= 1 && house.calls("TagTagAdd")[0] <= 1, "{owners:?}");
}

#[tokio::test]
async fn a_quotation_leaves_by_an_account_that_can_quote() {
    let house = house([Community, Juzi, Juzi], |_| {}).await;
    let mut bot = house.bot().await;
    // It is known which of them is of the older generation once it lacked something.
    let old = house.world.room("old room", &[&house.phones[0], &house.alice]);
    let remark = p::RoomRemarkRequest { id: old.id().into(), remark: "ours".into() };
    bot.puppet.room_remark(remark).await.expect_err("north can't, and the others are not there");
    assert_eq!(house.calls("RoomRemark")[0], 1);
    let first = house.alice.says(&house.room, "what I mean");
    let known = bot.next_message().await.id;
    for number in 0..6 {
        let say = p::MessageSendTextRequest {
            conversation_id: house.room.id().into(),
            text: format!("I see {number}"),
            quote_id: Some(known.clone()),
            ..Default::default()
        };
        bot.puppet.message_send_text(say).await.expect("said");
        let said = house.world.ledger().sent_by_accounts();
        assert_eq!(said.last().and_then(|it| it.quotes), first.serial(), "{number}");
    }
    assert_eq!(house.calls("MessageSendText")[0], 0);
}

fn broadcast(target_ids: Vec<String>) -> p::CreateMessageBroadcastRequest {
    let content = p::PostPayloadClient {
        sayable_list: vec![p::PostSayable { text: "news".into(), ..Default::default() }],
        ..Default::default()
    };
    p::CreateMessageBroadcastRequest { target_ids, content: Some(content) }
}

#[tokio::test]
async fn a_broadcast_to_those_of_several_accounts_is_refused_with_whose_they_are() {
    let house = house([Juzi; 3], |_| {}).await;
    let mut bot = house.bot().await;
    let mut people = friends(&house, &["bob"], &[2]);
    people.extend(friends(&house, &["carol"], &[0]));
    for (person, phone) in people.iter().zip([2, 0]) {
        person.says(&house.phones[phone], "hello");
        bot.next_message().await;
    }
    let refused = bot.puppet.create_message_broadcast(broadcast(ids(&people))).await.expect_err("of two");
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    for words in [format!("west ({})", people[0].id()), format!("north ({})", people[1].id())] {
        assert!(refused.message().contains(&words), "{refused}");
    }
    assert_eq!(house.calls("CreateMessageBroadcast"), [0, 0, 0]);
}

#[tokio::test]
async fn a_broadcast_counts_as_a_message() {
    let house = house([Juzi; 3], |config| {
        config.pace.enabled = true;
        config.pace.allowance.messages = vec![Limit { count: 2, window: Duration::from_secs(600) }];
        config.pace.per_conversation = vec![Limit { count: 1, window: Duration::from_millis(20) }];
        config.pace.max_wait = Duration::from_millis(300);
    })
    .await;
    let mut bot = house.bot().await;
    let people = friends(&house, &["bob"], &[2]);
    people[0].says(&house.phones[2], "hello");
    bot.next_message().await;
    bot.say(people[0].id(), "hello").await.expect("the first");
    bot.puppet.create_message_broadcast(broadcast(ids(&people))).await.expect("the second");
    let another = bot.puppet.create_message_broadcast(broadcast(ids(&people))).await.expect_err("too much");
    let refused = bot.say(people[0].id(), "bye").await.expect_err("too much");
    for refused in [another, refused] {
        assert!(refused.message().contains("west has used its"), "{refused}");
    }
    assert_eq!(house.calls("CreateMessageBroadcast"), [0, 0, 1]);
}
