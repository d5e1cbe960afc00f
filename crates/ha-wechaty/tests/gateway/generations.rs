//! Accounts of both generations of the protocol in one team: what one lacks others do, or something else does it there.

use std::cell::Cell;

use ha_wechaty_sim::{Attachment, PhoneGeneration};
use ha_wechaty_testkit::{Bot, House, SELF, Setup};
use ha_wechaty_wire::puppet as p;
use tonic::Code;

use PhoneGeneration::{Community, Juzi};

/// A house whose accounts are of these generations: north, south, west.
async fn house(generations: [PhoneGeneration; 3]) -> House {
    let next = Cell::new(0);
    let build = |phone: ha_wechaty_sim::PhoneBuilder| {
        let number = next.replace(next.get() + 1);
        phone.generation(generations[number % 3])
    };
    Setup::new(SELF).phones(build).start().await
}

#[tokio::test]
async fn what_no_account_has_is_asked_of_each_once_and_the_bot_is_told_who_lacks_it() {
    let house = house([Community; 3]).await;
    let mut bot = house.bot().await;
    for _ in 0..3 {
        let transfer =
            p::RoomOwnerTransferRequest { id: house.room.id().into(), contact_id: house.alice.id().into() };
        let refused = bot.puppet.room_owner_transfer(transfer).await.expect_err("nobody has it");
        assert_eq!(refused.code(), Code::Unimplemented);
        for name in ["north", "south", "west"] {
            let words = format!("{name}: its puppet service has no RoomOwnerTransfer");
            assert!(refused.message().contains(&words), "{refused}");
        }
    }
    assert_eq!(house.calls("RoomOwnerTransfer"), [1, 1, 1]);
    // Nothing is wrong with them.
    house.until_available(3).await;
    bot.say(house.room.id(), "still here").await.expect("said");
}

#[tokio::test]
async fn who_is_away_and_might_have_it_is_named() {
    let house = house([Community, Community, Juzi]).await;
    let mut bot = house.bot().await;
    house.lose(2).await;
    let remark = p::RoomRemarkRequest { id: house.room.id().into(), remark: "ours".into() };
    let refused = bot.puppet.room_remark(remark).await.expect_err("those who are there lack it");
    assert_eq!(refused.code(), Code::Unimplemented);
    assert!(refused.message().contains("not there now: west"), "{refused}");
}

#[tokio::test]
async fn one_that_has_it_does_it_and_a_reconnected_one_is_asked_anew() {
    let house = house([Community, Community, Juzi]).await;
    let mut bot = house.bot().await;
    for _ in 0..6 {
        let text = p::MomentSignatureRequest { text: String::new() };
        bot.puppet.moment_signature(text).await.expect("west has it");
    }
    let calls = house.calls("momentSignature");
    assert!(calls[0] <= 1 && calls[1] <= 1 && calls[2] == 6, "{calls:?}");
    house.lose(0).await;
    house.phones[0].restore().await.expect("its port");
    house.until_available(3).await;
    let seen = house.calls("RoomRemark")[0];
    let remark = p::RoomRemarkRequest { id: house.room.id().into(), remark: "ours".into() };
    bot.puppet.room_remark(remark).await.expect("west notes it");
    assert_eq!(house.calls("RoomRemark")[0], seen + 1, "all that are in the room are asked");
}

#[tokio::test]
async fn members_are_added_and_removed_one_by_one_where_an_account_can_do_no_other() {
    let house = house([Community; 3]).await;
    let [north, _, _] = &house.phones[..] else { panic!("three") };
    let people = ["bob", "carol", "dave"].map(|name| house.world.person(name));
    people[..2].iter().for_each(|it| house.world.befriend(it, north));
    let room = house.world.room("old room", &[north, &house.alice]);
    let mut bot = house.bot().await;
    let contact_ids: Vec<String> = people.iter().map(|it| it.id().to_owned()).collect();
    let add =
        p::RoomAddV2Request { id: room.id().into(), contact_ids: contact_ids.clone(), ..Default::default() };
    let added = bot.puppet.room_add_v2(add).await.expect("by the other RPC").into_inner();
    assert_eq!(added.success_ids, contact_ids[..2]);
    assert_eq!((added.failed_ids.as_slice(), added.failed_reasons.len()), (&contact_ids[2..], 1));
    assert!(added.failed_reasons[0].contains("not a friend"), "{added:?}");
    let remove = p::RoomDelV2Request { id: room.id().into(), contact_ids: contact_ids[..2].to_vec() };
    let removed = bot.puppet.room_del_v2(remove).await.expect("by the other RPC").into_inner();
    assert_eq!((removed.success_ids.as_slice(), removed.failed_ids.len()), (&contact_ids[..2], 0));
    assert_eq!(room.members(), [north.id(), house.alice.id()]);
    // The list of a call that both have: an account of the older generation would not see it.
    let add = p::RoomAddRequest {
        id: room.id().into(),
        contact_ids: contact_ids[..2].to_vec(),
        ..Default::default()
    };
    bot.puppet.room_add(add).await.expect("one after the other");
    assert_eq!(room.members().len(), 4);
    assert_eq!(house.calls("RoomAddV2")[0], 1);
}

#[tokio::test]
async fn a_list_in_a_call_that_both_generations_have_goes_as_it_is_to_an_account_that_reads_it() {
    let house = house([Juzi; 3]).await;
    let north = &house.phones[0];
    let people = ["bob", "carol"].map(|name| house.world.person(name));
    people.iter().for_each(|it| house.world.befriend(it, north));
    let room = house.world.room("new room", &[north, &house.alice]);
    let mut bot = house.bot().await;
    let contact_ids = people.iter().map(|it| it.id().to_owned()).collect();
    let add = p::RoomAddRequest { id: room.id().into(), contact_ids, ..Default::default() };
    bot.puppet.room_add(add).await.expect("at once");
    assert_eq!((room.members().len(), house.calls("RoomAdd")), (4, vec![1, 0, 0]));
}

/// The ids under which the bot is told of what alice says to an account.
async fn told(house: &House, bot: &mut Bot, to: usize, texts: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for text in texts {
        house.alice.says(&house.phones[to], text);
        ids.push(bot.next_message().await.id);
    }
    ids
}

#[tokio::test]
async fn several_messages_are_forwarded_one_after_the_other() {
    for generation in [Juzi, Community] {
        let house = house([generation; 3]).await;
        let mut bot = house.bot().await;
        let message_ids = told(&house, &mut bot, 0, &["one", "two"]).await;
        let conversation_id = house.room.id().to_owned();
        let forward = p::MessageForwardRequest { message_ids, conversation_id, ..Default::default() };
        let sent = bot.puppet.message_forward(forward).await.expect("forwarded").into_inner();
        assert!(sent.id.ends_with("~north"), "{sent:?}");
        let said = |text| house.world.ledger().times(house.room.id(), text);
        assert_eq!((said("one"), said("two")), (1, 1), "{generation:?}");
        assert_eq!(house.calls("MessageForward"), [2, 0, 0], "{generation:?}");
    }
}

#[tokio::test]
async fn messages_of_several_accounts_are_forwarded_by_each_its_own() {
    let house = house([Juzi, Community, Juzi]).await;
    let mut bot = house.bot().await;
    let mut message_ids = told(&house, &mut bot, 0, &["of north"]).await;
    message_ids.extend(told(&house, &mut bot, 1, &["of south"]).await);
    let conversation_id = house.room.id().to_owned();
    let forward = p::MessageForwardRequest { message_ids, conversation_id, ..Default::default() };
    bot.puppet.message_forward(forward).await.expect("forwarded");
    assert_eq!(house.calls("MessageForward"), [1, 1, 0]);
}

#[tokio::test]
async fn tags_by_their_names_are_kept_by_an_account_that_knows_them_by_ids() {
    let house = house([Juzi; 3]).await;
    let mut bot = house.bot().await;
    let alice = house.alice.id().to_owned();
    let tag = p::TagContactAddRequest { id: "vip".into(), contact_id: alice.clone() };
    bot.puppet.tag_contact_add(tag.clone()).await.expect("each makes it");
    bot.puppet.tag_contact_add(tag).await.expect("each has it");
    let list =
        |contact_id: &str| p::TagContactListRequest { contact_id: contact_id.into(), ..Default::default() };
    for contact in [alice.as_str(), ""] {
        let names = bot.puppet.tag_contact_list(list(contact)).await.expect("a list").into_inner().ids;
        assert_eq!(names, ["vip"]);
    }
    let untag = p::TagContactRemoveRequest { id: "vip".into(), contact_id: alice.clone() };
    bot.puppet.tag_contact_remove(untag).await.expect("taken away");
    let names = bot.puppet.tag_contact_list(list(&alice)).await.expect("a list").into_inner().ids;
    assert_eq!(names, [""; 0]);
    bot.puppet.tag_contact_delete(p::TagContactDeleteRequest { id: "vip".into() }).await.expect("deleted");
    let names = bot.puppet.tag_contact_list(list("")).await.expect("a list").into_inner().ids;
    assert_eq!(names, [""; 0]);
}

#[tokio::test]
async fn tags_by_ids_are_kept_by_an_account_that_knows_them_by_their_names() {
    let house = house([Community; 3]).await;
    let mut bot = house.bot().await;
    let alice = house.alice.id().to_owned();
    let make = p::TagTagAddRequest { tag_name: vec!["vip".into()], ..Default::default() };
    let made = bot.puppet.tag_tag_add(make).await.expect("made").into_inner().tag_info;
    assert_eq!(made[0].tag_name, "vip");
    let tag = p::TagContactTagAddRequest {
        tag_ids: vec![made[0].tag_id.clone()],
        contact_ids: vec![alice.clone()],
    };
    bot.puppet.tag_contact_tag_add(tag).await.expect("given");
    let list = p::TagContactTagListRequest { contact_id: alice };
    let ids = bot.puppet.tag_contact_tag_list(list).await.expect("a list").into_inner().tag_ids;
    assert_eq!(ids, [made[0].tag_id.as_str()]);
    let payload = p::TagPayloadRequest { tag_id: ids[0].clone() };
    let payload = bot.puppet.tag_payload(payload).await.expect("a payload").into_inner().payload;
    assert_eq!(payload.map(|it| (it.name, it.id)), Some(("vip".into(), ids[0].clone())));
    // Groups are what it has not got.
    let group = p::TagGroupAddRequest { tag_group_name: "people".into() };
    assert_eq!(bot.puppet.tag_group_add(group).await.expect_err("no groups").code(), Code::Unimplemented);
}

#[tokio::test]
async fn a_file_is_streamed_from_an_account_that_answers_with_the_whole_of_it() {
    for size in [100, 300_000] {
        let house = house([Juzi; 3]).await;
        let mut bot = house.bot().await;
        let bytes: Vec<u8> = (0..size).map(|it| (it % 251) as u8).collect();
        house.alice.sends(&house.phones[1], Attachment::new("photo.png", bytes.clone()));
        let id = bot.next_message().await.id;
        // Once it is known that its service streams none, it is not asked to.
        for time in 0..3 {
            let request = p::MessageFileStreamRequest { id: id.clone() };
            let mut stream = bot.puppet.message_file_stream(request).await.expect("a stream").into_inner();
            let (mut name, mut got) = (String::new(), Vec::new());
            while let Some(piece) = stream.message().await.expect("the next piece") {
                let piece = piece.file_box_chunk.expect("a piece");
                name.push_str(&piece.name.unwrap_or_default());
                got.extend(piece.data.unwrap_or_default());
            }
            assert_eq!((name.as_str(), got == bytes), ("photo.png", true), "{size}, {time}");
        }
        assert_eq!(house.calls("MessageFileStream"), [0, 1, 0]);
    }
}

#[tokio::test]
async fn many_are_shown_by_accounts_of_both_generations_in_the_order_that_was_asked_for() {
    let house = house([Community, Juzi, Juzi]).await;
    let people = ["bob", "carol", "dave"].map(|name| house.world.person(name));
    for (person, phone) in people.iter().zip(&house.phones) {
        house.world.befriend(person, phone);
    }
    let mut bot = house.bot().await;
    let mut ids: Vec<String> = people.iter().rev().map(|it| it.id().to_owned()).collect();
    ids.insert(1, "nobody".into());
    ids.push(SELF.into());
    let batch = p::BatchContactPayloadRequest { ids };
    let shown = bot.puppet.batch_contact_payload(batch).await.expect("shown").into_inner().contact_payloads;
    let shown: Vec<&str> = shown.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(shown, [people[2].id(), people[1].id(), people[0].id(), SELF]);
    let member_ids = vec![house.alice.id().to_owned(), SELF.into(), "nobody".into()];
    let batch = p::BatchRoomMemberPayloadRequest { id: house.room.id().into(), member_ids };
    let shown =
        bot.puppet.batch_room_member_payload(batch).await.expect("shown").into_inner().member_payloads;
    let shown: Vec<&str> = shown.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(shown, [house.alice.id(), SELF]);
}
