//! What belongs to one account goes to that account, or to a teammate that has a copy.

use ha_wechaty::sends::SendRecord;
use ha_wechaty_core::AccountId;
use ha_wechaty_sim::{Content, Fault, Phone};
use ha_wechaty_testkit::{Bot, House, SELF};
use ha_wechaty_wire::{MessageType, PuppetEvent, puppet};
use tonic::Code;

/// The id of the next message, and the place of the phone that owns it.
async fn next_id(house: &House, bot: &mut Bot) -> (String, usize) {
    let id = bot.find(|event| if let PuppetEvent::Message { id } = event { Some(id) } else { None }).await;
    let owner = house.phones.iter().position(|phone| id.ends_with(&format!("~{}", phone.name())));
    (id, owner.expect("an owner"))
}

/// Waits until every phone has shown the message of this id.
async fn until_all_have_it(house: &House, text: &str) {
    house.alice.says(&house.room, "fence");
    house
        .until(text, || house.phones.iter().all(|it| it.waiting() == 0 && it.calls("MessagePayload") >= 2))
        .await;
}

#[tokio::test]
async fn a_friend_request_is_accepted_by_the_account_that_got_it() {
    let house = House::new().await;
    let dave = house.world.person("dave");
    let mut bot = house.bot().await;
    dave.asks_friendship(&house.phones[2], "it is me");
    let id = bot.find(|event| if let PuppetEvent::Friendship { id } = event { Some(id) } else { None }).await;
    assert!(id.ends_with("~west"), "{id}");
    let payload = puppet::FriendshipPayloadRequest { id: id.clone(), ..Default::default() };
    let payload = bot.puppet.friendship_payload(payload).await.expect("a payload").into_inner();
    assert_eq!(
        (payload.id.as_str(), payload.contact_id.as_str(), payload.hello.as_str()),
        (id.as_str(), dave.id(), "it is me")
    );
    bot.puppet.friendship_accept(puppet::FriendshipAcceptRequest { id }).await.expect("accepted");
    assert_eq!(house.calls("FriendshipAccept"), [0, 0, 1]);
    bot.say(dave.id(), "hello").await.expect("a friend now");
    assert_eq!(house.world.ledger().times(dave.id(), "hello"), 1);
}

#[tokio::test]
async fn an_invitation_is_accepted_by_the_account_that_got_it() {
    let house = House::new().await;
    let party = house.world.room("party", &[&house.alice]);
    let mut bot = house.bot().await;
    house.alice.invites(&house.phones[0], &party);
    let id = bot.find(|event| if let PuppetEvent::RoomInvite { id } = event { Some(id) } else { None }).await;
    assert!(id.ends_with("~north"), "{id}");
    let payload = puppet::RoomInvitationPayloadRequest { id: id.clone(), ..Default::default() };
    let payload = bot.puppet.room_invitation_payload(payload).await.expect("a payload").into_inner();
    assert_eq!(
        (payload.topic.as_str(), payload.inviter_id.as_str(), payload.receiver_id.as_str()),
        ("party", house.alice.id(), SELF)
    );
    let accept = puppet::RoomInvitationAcceptRequest { id };
    bot.puppet.room_invitation_accept(accept).await.expect("accepted");
    assert_eq!(house.calls("RoomInvitationAccept"), [1, 0, 0]);
    assert!(party.members().contains(&house.phones[0].id().to_owned()));
}

#[tokio::test]
async fn only_its_author_takes_a_message_back() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let id = bot.say(house.room.id(), "oops").await.expect("sent");
    let author = house.phones.iter().position(|it| it.calls("MessageSendText") == 1).expect("one sent it");
    house
        .until("teammates saw it", || {
            house.phones.iter().enumerate().all(|(n, it)| n == author || it.calls("MessagePayload") > 0)
        })
        .await;
    let recall = || puppet::MessageRecallRequest { id: id.clone() };
    house.lose(author).await;
    let refused = bot.puppet.message_recall(recall()).await.expect_err("nobody else may");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains(house.phones[author].name()), "{refused}");
    for teammate in (0..3).filter(|n| *n != author) {
        let name = house.phones[teammate].name();
        assert!(!refused.message().contains(name), "{name} is not to blame: {refused}");
    }
    house.phones[author].restore().await.expect("the same port");
    house.until_available(3).await;
    assert!(bot.puppet.message_recall(recall()).await.expect("it is back").into_inner().success);
    let calls = house.calls("MessageRecall");
    assert_eq!((calls[author], calls.iter().sum::<u64>()), (1, 1));
    let said = house.world.ledger().said();
    assert!(said.iter().any(|it| it.text() == Some("oops") && it.recalled));
}

#[tokio::test]
async fn what_was_recalled_can_be_asked_for_though_the_gateway_was_not_there_when_it_was_said() {
    let mut house = House::new().await;
    let mut bot = house.bot().await;
    let spoken = house.alice.says(&house.room, "oops");
    assert_eq!(bot.next_message().await.text, "oops");
    until_all_have_it(&house, "oops").await;
    house.restart_gateway().await;
    let mut bot = house.bot().await;
    house.alice.recalls(&spoken);
    let recall = bot.next_message().await;
    assert_eq!(recall.r#type, MessageType::Recalled.to_wire());
    let recalled = bot.payload(&recall.text).await.expect("an id that bots can use");
    assert_eq!((recalled.text.as_str(), recalled.id.as_str()), ("oops", recall.text.as_str()));
    // What is known of the recall is forgotten, and asked for again.
    house.restart_gateway().await;
    let mut bot = house.bot().await;
    let again = bot.payload(&recall.id).await.expect("its account has it");
    let recalled = bot.payload(&again.text).await.expect("an id that bots can use");
    assert_eq!(recalled.text, "oops");
}

#[tokio::test]
async fn a_message_is_forwarded_from_a_teammates_copy_when_its_owner_is_down() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.room, "pass it on");
    let (id, owner) = next_id(&house, &mut bot).await;
    until_all_have_it(&house, "pass it on").await;
    house.lose(owner).await;
    let conversation_id = house.alice.id().to_owned();
    let forward =
        puppet::MessageForwardRequest { message_id: id.clone(), conversation_id, ..Default::default() };
    let sent = bot.puppet.message_forward(forward).await.expect("a teammate has it").into_inner();
    #[allow(deprecated)]
    let old = sent.id_string_value_deprecated;
    assert_eq!(old.as_deref(), Some(sent.id.as_str()));
    assert_eq!(house.world.ledger().times(house.alice.id(), "pass it on"), 1);
    assert_eq!(bot.payload(&sent.id).await.expect("what was sent").listener_id, house.alice.id());
    let (_, ledger) = house.admin("/sends?how=answered", None).await;
    let ledger: Vec<SendRecord> = serde_json::from_str(&ledger).expect("sends");
    assert_eq!(ledger[0].forwarded.as_deref(), Some(&*id), "the ledger names what was forwarded");
    let text = ha_wechaty_cli::text::sends(&ledger);
    assert!(text.contains(&format!("Forward {id}")), "{text}");
}

#[tokio::test]
async fn what_is_forwarded_into_a_room_is_not_told_to_the_bot_by_teammates() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "secret plan");
    let (id, _) = next_id(&house, &mut bot).await;
    bot.payload(&id).await.expect("a payload");
    let forward = puppet::MessageForwardRequest {
        message_id: id,
        conversation_id: house.room.id().into(),
        ..Default::default()
    };
    bot.puppet.message_forward(forward).await.expect("forwarded");
    house.alice.says(&house.room, "thanks");
    assert_eq!(bot.next_message().await.text, "thanks", "no echo came between");
}

#[tokio::test]
async fn a_message_is_told_from_memory_when_everybody_who_has_it_is_gone() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[0], "remember me");
    let (id, _) = next_id(&house, &mut bot).await;
    let own = bot.say(house.alice.id(), "I shall").await.expect("sent");
    for phone in &house.phones {
        phone.fail(Fault::Drop);
    }
    house.until("the team is down", || house.gateway.routing().available().is_empty()).await;
    let payload = bot.payload(&id).await.expect("from memory");
    assert_eq!((payload.text.as_str(), payload.talker_id.as_str()), ("remember me", house.alice.id()));
    let payload = bot.payload(&own).await.expect("what the bot sent itself is known");
    assert_eq!((payload.text.as_str(), payload.talker_id.as_str()), ("I shall", SELF));
    let file = bot.puppet.message_file(puppet::MessageFileRequest { id }).await.expect_err("not in memory");
    assert!(file.code() == Code::Unavailable && file.message().contains("north"), "{file}");
}

#[tokio::test]
async fn what_a_message_carries_is_read_from_whoever_has_it() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let link = puppet::UrlLinkPayload {
        title: "news".into(),
        url: "https://x.invalid/".into(),
        ..Default::default()
    };
    house.alice.sends(&house.room, Content::Url(link.clone()));
    let (url_id, owner) = next_id(&house, &mut bot).await;
    until_all_have_it(&house, "news").await;
    bot.next_message().await;
    house.lose(owner).await;
    let answer = bot.puppet.message_url(puppet::MessageUrlRequest { id: url_id }).await.expect("a copy");
    assert_eq!(answer.into_inner().url_link, Some(link));
    let place = puppet::LocationPayload { name: "here".into(), ..Default::default() };
    house.alice.sends(&house.room, Content::Location(place.clone()));
    let (id, _) = next_id(&house, &mut bot).await;
    let answer = bot.puppet.message_location(puppet::MessageLocationRequest { id }).await.expect("a place");
    assert_eq!(answer.into_inner().location, Some(place));
    let program = puppet::MiniProgramPayload { title: "game".into(), ..Default::default() };
    house.alice.sends(&house.room, Content::MiniProgram(program.clone()));
    let (id, _) = next_id(&house, &mut bot).await;
    let request = puppet::MessageMiniProgramRequest { id };
    let answer = bot.puppet.message_mini_program(request).await.expect("a program");
    assert_eq!(answer.into_inner().mini_program, Some(program));
    // A card that shows one of the team's own accounts shows the bot itself.
    house.alice.sends(&house.room, Content::Contact(house.phones[1].id().into()));
    let (id, _) = next_id(&house, &mut bot).await;
    let answer = bot.puppet.message_contact(puppet::MessageContactRequest { id }).await.expect("a card");
    assert_eq!(answer.into_inner().id, SELF);
}

#[tokio::test]
async fn whatever_can_be_said_is_said_once_and_known_to_be_the_bots_own() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    let room = || house.room.id().to_owned();
    let contact = puppet::MessageSendContactRequest { conversation_id: room(), contact_id: SELF.into() };
    bot.puppet.message_send_contact(contact).await.expect("its own card");
    #[allow(deprecated)]
    let url = puppet::MessageSendUrlRequest {
        conversation_id: room(),
        url_link_deprecated: r#"{"title":"old","url":"https://x.invalid/"}"#.into(),
        url_link: None,
    };
    bot.puppet.message_send_url(url).await.expect("a link, as old clients write it");
    let program = puppet::MessageSendMiniProgramRequest {
        conversation_id: room(),
        mini_program: Some(puppet::MiniProgramPayload { title: "game".into(), ..Default::default() }),
        ..Default::default()
    };
    bot.puppet.message_send_mini_program(program).await.expect("a program");
    let place = puppet::MessageSendLocationRequest {
        conversation_id: room(),
        location: Some(puppet::LocationPayload { name: "here".into(), ..Default::default() }),
    };
    bot.puppet.message_send_location(place).await.expect("a place");
    let sent = house.world.ledger().sent_by_accounts();
    let kinds: Vec<MessageType> = sent.iter().map(|it| it.content.kind()).collect();
    let expected = [MessageType::Contact, MessageType::Url, MessageType::MiniProgram, MessageType::Location];
    assert_eq!(kinds, expected);
    let sender = house.phones.iter().find(|it| Some(it.name()) == sent[0].account.as_deref());
    assert_eq!(sent[0].content, Content::Contact(sender.map(Phone::id).unwrap_or_default().into()));
    house.alice.says(&house.room, "seen");
    assert_eq!(bot.next_message().await.text, "seen", "teammates saw all of it and told nothing");
}

#[tokio::test]
async fn what_is_dirty_is_told_to_every_bot() {
    let house = House::new().await;
    let (mut bot, mut other) = (house.bot().await, house.bot().await);
    house.alice.says(&house.room, "a message");
    let (message, owner) = next_id(&house, &mut bot).await;
    let contact = (puppet::PayloadType::Contact, house.alice.id());
    let room = (puppet::PayloadType::Room, house.room.id());
    let own = (puppet::PayloadType::Contact, SELF);
    for (kind, id) in [contact, room, own, (puppet::PayloadType::Message, message.as_str())] {
        let request = puppet::DirtyPayloadRequest { r#type: kind.into(), id: id.into() };
        bot.puppet.dirty_payload(request).await.expect("passed on");
        for bot in [&mut bot, &mut other] {
            let dirty = bot.find(|event| if let PuppetEvent::Dirty(it) = event { Some(it) } else { None });
            let is_it = |it: &ha_wechaty_wire::event::DirtyPayload| {
                it.payload_type == i32::from(kind) && it.payload_id == id
            };
            let mut dirty = dirty.await;
            // Those of the call before may come once for every account.
            while !is_it(&dirty) {
                dirty =
                    bot.find(|event| if let PuppetEvent::Dirty(it) = event { Some(it) } else { None }).await;
            }
        }
    }
    assert_eq!(house.calls("DirtyPayload")[owner], 4, "whoever owns the message was asked about all of it");
    house.alice.renames_to("alicia");
    let told = bot.find(|event| {
        if let PuppetEvent::Dirty(it) = event
            && it.payload_id == house.alice.id()
        {
            Some(it.payload_type)
        } else {
            None
        }
    });
    assert_eq!(told.await, 2, "what WeChat itself says is stale is told too");
}

#[tokio::test]
async fn an_owner_that_is_away_is_named_with_the_reason() {
    let house = House::new().await;
    let mut bot = house.bot().await;
    house.alice.says(&house.phones[1], "for south");
    let (id, _) = next_id(&house, &mut bot).await;
    house.phones[1].fail(Fault::LogOut("kicked by the phone".into()));
    let south = AccountId(1);
    house.until("it is out", || !house.gateway.routing().available().contains(south)).await;
    let refused = bot.puppet.message_url(puppet::MessageUrlRequest { id }).await.expect_err("it is away");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("south") && refused.message().contains("kicked"), "{refused}");
    assert!(!refused.message().contains("no account of the team"), "two are well: {refused}");
}
