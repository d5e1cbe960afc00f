//! What only the newer generation of the protocol has, through a team: ids deep in messages, tags, posts, quotations.

use ha_wechaty_sim::{Content, Fault};
use ha_wechaty_testkit::{House, SELF};
use ha_wechaty_wire::{FileBox, puppet as p};
use tonic::Code;

#[tokio::test]
async fn a_bot_is_logged_in_as_the_team() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let user = bot.puppet.current_user(p::CurrentUserRequest {}).await.expect("there").into_inner();
    assert_eq!((user.user_id.as_str(), house.calls("CurrentUser")), (SELF, vec![0, 0, 0]));
}

#[tokio::test]
async fn a_quotation_names_what_the_bot_knows_and_leaves_by_an_account_that_has_it() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let first = house.alice.says(&house.room, "what I mean");
    let known = bot.next_message().await.id;
    house.alice.quotes(&house.room, &first, "as I said");
    let answer = bot.next_message().await;
    assert_eq!((answer.text.as_str(), answer.quote_id.as_deref()), ("as I said", Some(known.as_str())));
    for number in 0..4 {
        let text = format!("I see {number}");
        let say = p::MessageSendTextRequest {
            conversation_id: house.room.id().into(),
            text: text.clone(),
            quote_id: Some(known.clone()),
            ..Default::default()
        };
        bot.puppet.message_send_text(say).await.expect("said");
        let said = house.world.ledger().sent_by_accounts();
        let said = said.last().expect("a message");
        assert_eq!((said.text(), said.quotes), (Some(text.as_str()), first.serial()));
    }
}

#[tokio::test]
async fn what_quotes_a_message_that_nobody_there_has_arrives_without_the_quotation() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let bob = house.world.person("bob");
    house.world.befriend(&bob, &house.phones[1]);
    house.alice.says(&house.phones[0], "to north alone");
    let quoted = bot.next_message().await.id;
    bob.says(&house.phones[1], "hello");
    bot.next_message().await;
    let say = p::MessageSendTextRequest {
        conversation_id: bob.id().into(),
        text: "hello".into(),
        quote_id: Some(quoted),
        ..Default::default()
    };
    bot.puppet.message_send_text(say).await.expect("said by south");
    let said = house.world.ledger().sent_by_accounts();
    assert_eq!(
        said.last().map(|it| (it.conversation().to_owned(), it.quotes)),
        Some((bob.id().into(), None))
    );
}

#[tokio::test]
async fn who_is_mentioned_in_parts_of_a_text_is_the_team() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.mentions(&house.room, &[&house.phones[0]], "@north hello");
    let told = bot.next_message().await;
    let named: Vec<String> =
        told.text_contents.into_iter().filter_map(|it| Some(it.data?.contact_id)).collect();
    assert_eq!((told.mention_ids, named), (vec![SELF.to_owned()], vec![SELF.to_owned()]));
}

#[tokio::test]
async fn tags_are_an_accounts_own_and_those_of_several_are_one_list() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let alice = house.alice.id().to_owned();
    let mut tags = Vec::new();
    for _ in 0..3 {
        let make = p::TagTagAddRequest { tag_name: vec!["vip".into()], ..Default::default() };
        tags.extend(bot.puppet.tag_tag_add(make).await.expect("made").into_inner().tag_info);
    }
    let mut ids: Vec<String> = tags.into_iter().map(|it| it.tag_id).collect();
    ids.sort();
    let owners: std::collections::BTreeSet<&str> = ids.iter().filter_map(|it| it.split('~').nth(1)).collect();
    assert_eq!(owners.len(), 3, "by turns: {ids:?}");
    // Each is asked about its own.
    let put = p::TagContactTagAddRequest { tag_ids: ids.clone(), contact_ids: vec![alice.clone()] };
    bot.puppet.tag_contact_tag_add(put).await.expect("each gives its own");
    let list = p::TagContactTagListRequest { contact_id: alice.clone() };
    let mut listed = bot.puppet.tag_contact_tag_list(list).await.expect("a list").into_inner().tag_ids;
    listed.sort();
    assert_eq!(listed, ids);
    let of_tag = p::TagTagContactListRequest { tag_id: ids[1].clone() };
    let people = bot.puppet.tag_tag_contact_list(of_tag).await.expect("a list").into_inner().contact_ids;
    assert_eq!(people, [alice.as_str()]);
    let show = p::ContactPayloadRequest { id: alice };
    let shown = bot.puppet.contact_payload(show).await.expect("shown").into_inner().tag_ids;
    assert!(shown.len() == 1 && ids.contains(&shown[0]), "{shown:?}");
    // A new name for each, and they are gone.
    let info = |id: &String| p::TagTagInfo { tag_id: id.clone(), tag_name: "friend".into() };
    let rename =
        p::TagTagModifyRequest { tag_new_info: ids.iter().map(info).collect(), ..Default::default() };
    let renamed = bot.puppet.tag_tag_modify(rename).await.expect("renamed").into_inner().tag_info;
    assert_eq!(renamed.len(), 3);
    let delete = p::TagTagDeleteRequest { tag_id: ids, ..Default::default() };
    bot.puppet.tag_tag_delete(delete).await.expect("each deletes its own");
    let none = bot.puppet.tag_tag_list(p::TagTagListRequest {}).await.expect("a list").into_inner().tag_ids;
    assert_eq!(none, [""; 0]);
}

#[tokio::test]
async fn a_group_of_tags_leads_to_its_account() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let group = p::TagGroupAddRequest { tag_group_name: "people".into() };
    let tag_group_id = bot.puppet.tag_group_add(group).await.expect("made").into_inner().tag_group_id;
    for name in ["one", "two", "three"] {
        let make = p::TagTagAddRequest {
            tag_group_id: tag_group_id.clone(),
            tag_name: vec![name.into()],
            ..Default::default()
        };
        bot.puppet.tag_tag_add(make).await.expect("made in the group");
    }
    let list = p::TagGroupTagListRequest { tag_group_id: tag_group_id.clone() };
    let tags = bot.puppet.tag_group_tag_list(list).await.expect("a list").into_inner().tag_ids;
    assert_eq!(tags.len(), 3);
    let payload = p::TagPayloadRequest { tag_id: tags[0].clone() };
    let payload = bot.puppet.tag_payload(payload).await.expect("a payload").into_inner().payload;
    let payload = payload.expect("a payload");
    assert_eq!((payload.id.as_str(), payload.group_id.as_str()), (tags[0].as_str(), tag_group_id.as_str()));
    let foreign = p::TagGroupTagListRequest { tag_group_id: "of nobody".into() };
    let refused = bot.puppet.tag_group_tag_list(foreign).await.expect_err("nobody's");
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn a_moment_with_many_files_is_one_accounts_and_is_found_again() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let files = ["a.png", "b.png"].map(|name| FileBox::from_bytes(name, name.as_bytes()).to_json());
    let sayable = |file_box: &String| p::PostSayable {
        r#type: p::SayableType::File.into(),
        file_box: file_box.clone(),
        mention_id_list: vec![SELF.into()],
        ..Default::default()
    };
    let post = p::PostPayloadClient {
        r#type: p::PostType::Moment.into(),
        sayable_list: files.iter().map(sayable).collect(),
        visible_list: vec![house.alice.id().into()],
        ..Default::default()
    };
    let publish = p::MomentPublishRequest { post: Some(post) };
    let post_id = bot.puppet.moment_publish(publish).await.expect("published").into_inner().moment_id;
    let payload = p::PostPayloadRequest { post_id: post_id.clone() };
    let shown = bot.puppet.post_payload(payload).await.expect("shown").into_inner().post.expect("a post");
    assert_eq!(shown.contact_id, SELF);
    let boxes: Vec<&str> = shown.sayable_list.iter().map(|it| it.file_box.as_str()).collect();
    assert_eq!(boxes, files);
    assert!(shown.sayable_list.iter().all(|it| it.mention_id_list == [SELF]), "{shown:?}");
    let part = p::PostPayloadSayableRequest {
        post_id: post_id.clone(),
        sayable_id: shown.sayable_list[1].id.clone(),
    };
    let part = bot.puppet.post_payload_sayable(part).await.expect("a part").into_inner().sayable;
    assert_eq!(part.map(|it| it.file_box).as_deref(), Some(files[1].as_str()));
    let gone = p::MomentUnpublishRequest { moment_id: post_id.clone() };
    bot.puppet.moment_unpublish(gone).await.expect("gone");
    let payload = p::PostPayloadRequest { post_id };
    bot.puppet.post_payload(payload).await.expect_err("it is gone");
}

#[tokio::test]
async fn histories_of_histories_have_their_files_and_calls_their_people() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let file = |number: usize| {
        FileBox::from_url(&format!("{number}.png"), &format!("https://f.invalid/{number}")).to_json()
    };
    let mut history = Vec::new();
    for number in (0..12).rev() {
        let content = p::ChatHistoryContent {
            file_box: file(number),
            chat_history: std::mem::take(&mut history),
            ..Default::default()
        };
        history = vec![p::ChatHistoryPayload { message: Some(content), ..Default::default() }];
    }
    house.alice.sends(&house.phones[0], Content::ChatHistory(history));
    let id = bot.next_message().await.id;
    let request = p::MessageChatHistoryRequest { id };
    let mut told =
        bot.puppet.message_chat_history(request).await.expect("told").into_inner().chat_history_list;
    let mut depth = 0;
    while let Some(content) = told.pop().and_then(|it| it.message) {
        let url = format!("https://f.invalid/{depth}");
        assert!(content.file_box.contains(&url), "{}", content.file_box);
        (told, depth) = (content.chat_history, depth + 1);
    }
    assert_eq!(depth, 12);
    let north = house.phones[0].id().to_owned();
    let record = p::CallRecordPayload {
        starter_id: north.clone(),
        participant_ids: vec![north, house.alice.id().into()],
        ..Default::default()
    };
    house.alice.sends(&house.phones[0], Content::CallRecord(record));
    let id = bot.next_message().await.id;
    let told = bot.puppet.message_call_record(p::MessageCallRecordRequest { id }).await.expect("told");
    let told = told.into_inner().call_record.expect("a record");
    assert_eq!((told.starter_id.as_str(), told.participant_ids[0].as_str()), (SELF, SELF));
}

#[tokio::test]
async fn what_is_said_in_new_ways_is_sent_once_though_an_account_is_lost() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.phones[0].fail(Fault::Drop);
    for number in 0..3 {
        let channel = p::ChannelPayload { desc: format!("film {number}"), ..Default::default() };
        let conversation_id = house.room.id().to_owned();
        let send = p::MessageSendChannelRequest { conversation_id, channel: Some(channel) };
        let sent = bot.puppet.message_send_channel(send).await.expect("sent").into_inner().id;
        assert!(sent.contains('~'), "{sent}");
    }
    assert_eq!(house.world.ledger().sent_by_accounts().len(), 3);
}

#[tokio::test]
async fn a_broadcast_goes_by_the_account_that_reaches_the_most() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let people = ["bob", "carol"].map(|name| house.world.person(name));
    for person in &people {
        house.world.befriend(person, &house.phones[2]);
        person.says(&house.phones[2], "hello");
        bot.next_message().await;
    }
    let target_ids: Vec<String> = people.iter().map(|it| it.id().to_owned()).collect();
    let content = p::PostPayloadClient {
        sayable_list: vec![p::PostSayable { text: "news".into(), ..Default::default() }],
        ..Default::default()
    };
    let create = p::CreateMessageBroadcastRequest { target_ids: target_ids.clone(), content: Some(content) };
    let id = bot.puppet.create_message_broadcast(create).await.expect("said").into_inner().id;
    assert!(id.ends_with("~west"), "{id}");
    let status = p::GetMessageBroadcastStatusRequest { id };
    let status = bot.puppet.get_message_broadcast_status(status).await.expect("known").into_inner();
    let told: Vec<&str> = status.detail.iter().map(|it| it.contact_id.as_str()).collect();
    assert_eq!(told, target_ids);
}
