//! What people say, and what is said back.

use ha_wechaty::{ImageSize, prelude::*};
use ha_wechaty_sim::{Attachment as SimFile, Content};
use ha_wechaty_testkit::{DEADLINE, Town, wait::within};
use ha_wechaty_wire::puppet::{LocationPayload, MiniProgramPayload, UrlLinkPayload};

use crate::team::TeamOf as _;

#[tokio::test]
async fn a_message_is_told_once_and_tells_who_where_and_through_whom() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.says(&town.room, "hello");
    town.alice.says(&town.room, "again");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert_eq!((message.text(), message.kind(), message.is_self()), ("hello", MessageType::Text, false));
    assert_eq!(message.talker().id(), town.alice.id());
    assert_eq!(message.room().map(|it| it.id().to_owned()).as_deref(), Some(town.room.id()));
    assert!(message.listener().is_none());
    assert!(message.age() < DEADLINE);
    let account = message.account().expect("an account");
    assert!(message.id().ends_with(&format!("~{account}")));
    assert!(message.accounts().contains(&account));
    let next = within("the next", messages.next()).await.expect("it runs");
    assert_eq!(next.text(), "again", "three accounts saw the first, and it came once");
    let loaded = ha.message(message.id()).await.expect("known").expect("there");
    assert_eq!(loaded.text(), "hello");
    assert!(ha.message("nothing~north").await.expect("an answer").is_none());
    ha.stop().await;
}

#[tokio::test]
async fn mentions_are_read_and_made() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.mentions(&town.room, &[&town.phones[1]], "@south\u{2005}how are you?");
    let message = within("a message", messages.next()).await.expect("it runs");
    assert!(message.mentions_self(), "by whichever account's name");
    assert_eq!(message.mentions().len(), 1);
    let room = message.room().expect("a room");
    let alice = message.talker();
    town.room.set_alias(&town.alice, "Al");
    room.say(text("fine!").mentioning(&alice)).await.expect("said");
    let seen = town.alice.seen();
    let answer = &seen.last().expect("an answer").message;
    assert_eq!(answer.text(), Some("@Al\u{2005}fine!"));
    assert_eq!(answer.mentions, [town.alice.id()]);
    ha.stop().await;
}

#[tokio::test]
async fn what_is_said_besides_mentions_stays_as_it_is() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.room.set_alias(&town.phones[1], "ann");
    for (said, rest) in [
        ("@ann\u{2005}write to @annabel", "write to @annabel"),
        ("write to x@ann.example, @ann", "write to x@ann.example,"),
        ("@ann", ""),
        ("@annabel is here, @ann too", "@annabel is here,  too"),
    ] {
        town.alice.mentions(&town.room, &[&town.phones[1]], said);
        let message = within("a message", messages.next()).await.expect("it runs");
        assert_eq!(message.text_without_mentions().await.expect("the names are known"), rest, "{said}");
    }
    ha.stop().await;
}

#[tokio::test]
async fn every_kind_is_said_and_read_again() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    let alice = ha.contacts().load(town.alice.id()).await.expect("known").expect("there");
    let link = UrlLink::new("https://example.com/", "Example");
    let program = MiniProgram { appid: "wx1".into(), title: "Shop".into(), ..Default::default() };
    let place = Location { latitude: 39.9, longitude: 116.4, name: "Beijing".into(), ..Default::default() };
    room.say(&alice).await.expect("a card");
    room.say(link.clone()).await.expect("a link");
    room.say(program.clone()).await.expect("a mini program");
    room.say(place.clone()).await.expect("a place");
    let said: Vec<Content> = town.world.ledger().said().iter().map(|it| it.content.clone()).collect();
    assert_eq!(
        said,
        [
            Content::Contact(town.alice.id().to_owned()),
            Content::Url(link.clone().into()),
            Content::MiniProgram(program.clone().into()),
            Content::Location(place.clone().into()),
        ]
    );

    town.alice.sends(&town.room, Content::Contact(town.phones[0].id().to_owned()));
    town.alice.sends(&town.room, Content::Url(UrlLinkPayload::from(link.clone())));
    town.alice.sends(&town.room, Content::MiniProgram(MiniProgramPayload::from(program.clone())));
    town.alice.sends(&town.room, Content::Location(LocationPayload::from(place.clone())));
    let mut next = async || {
        let message = within("a message", messages.next()).await.expect("it runs");
        assert_eq!(message.talker(), alice);
        message
    };
    assert!(next().await.contact_card().await.expect("a card").is_self(), "an account's card is the team's");
    assert_eq!(next().await.url_link().await.expect("a link"), link);
    assert_eq!(next().await.mini_program().await.expect("a mini program"), program);
    let message = next().await;
    assert_eq!(message.location().await.expect("a place"), place);
    let wrong = message.url_link().await.expect_err("it is a place");
    assert!(wrong.to_string().contains("Location"), "{wrong}");
    assert!(matches!(message.to_sayable().await, Ok(Some(Sayable::Location(it))) if it == place));
    ha.stop().await;
}

#[tokio::test]
async fn files_go_out_and_come_in_small_and_large() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    let large: Vec<u8> = (0..300_000).map(|n| n as u8).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.bin");
    std::fs::write(&path, &large).expect("written");
    room.say(File::from_bytes("small.txt", "small")).await.expect("a small file");
    room.say(File::from_path(&path)).await.expect("a large file");
    let said = town.world.ledger().said();
    let bytes: Vec<_> = said.iter().filter_map(|it| it.content.file()).map(SimFile::bytes).collect();
    assert_eq!(bytes, ["small".into(), large.clone()]);
    let gone = room.say(File::from_path(folder.path().join("none"))).await.expect_err("no such file");
    assert!(matches!(gone, Error::File { .. }) && gone.was_sent() == WasSent::Never, "{gone}");

    town.alice.sends(&town.room, SimFile::new("report.pdf", large.clone()));
    let message = within("a file", messages.next()).await.expect("it runs");
    let file = message.file().await.expect("a file");
    assert_eq!((file.name(), file.bytes().await.expect("its bytes").len()), ("report.pdf", large.len()));
    let copy = folder.path().join("copy");
    file.save(&copy).await.expect("saved");
    assert_eq!(std::fs::read(&copy).expect("there"), large);
    // What was received goes out again, through whichever account, and under another name if it has one.
    for file in [file.clone(), file.named("copy.pdf")] {
        let name = file.name().to_owned();
        room.say(file).await.expect("said again");
        let said = town.world.ledger().said();
        let last = said.last().and_then(|it| it.content.file()).expect("a file");
        assert_eq!((last.name.as_str(), last.bytes()), (name.as_str(), large.clone().into()));
    }
    ha.stop().await;
}

#[tokio::test]
async fn what_somebody_takes_back_can_still_be_read() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    let spoken = town.alice.says(&town.room, "oops");
    let said = within("a message", messages.next()).await.expect("it runs");
    town.alice.recalls(&spoken);
    let recall = within("the recall", messages.next()).await.expect("it runs");
    assert_eq!(recall.kind(), MessageType::Recalled);
    let recalled = recall.recalled().await.expect("an answer").expect("still known");
    assert_eq!((recalled.text(), recalled.id()), ("oops", said.id()));
    let wrong = said.recalled().await.expect_err("it took nothing back");
    assert!(matches!(wrong, Error::Invalid { .. }), "{wrong:?}");
    ha.stop().await;
}

#[tokio::test]
async fn images_come_in_every_size() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut messages = ha.messages();
    ha.start().await.expect("started");
    town.alice.sends(&town.phones[0], SimFile::new("cat.png", vec![7; 1_000]));
    let message = within("an image", messages.next()).await.expect("it runs");
    assert_eq!(message.kind(), MessageType::Image);
    for size in [ImageSize::Thumbnail, ImageSize::Hd, ImageSize::Artwork] {
        let image = message.image(size).await.expect("an image");
        assert!(!image.bytes().await.expect("its bytes").is_empty(), "{size:?}");
    }
    assert_eq!(message.listener().map(|it| it.is_self()), Some(true));
    assert_eq!(message.conversation(), Conversation::Contact(message.talker()));
    message.reply(File::qr_code("https://example.com/")).await.expect("a QR code");
    ha.stop().await;
}

#[tokio::test]
async fn what_was_said_is_forwarded_and_taken_back() {
    let town = Town::new().await;
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    let sent = room.say("secret").await.expect("said");
    let message = sent.message().await.expect("known").expect("it has an id");
    assert!(message.is_self());
    assert_eq!((message.account(), message.text()), (Some(sent.account.clone()), "secret"));
    let alice = ha.contacts().load(town.alice.id()).await.expect("known").expect("there");
    message.forward(&alice).await.expect("forwarded");
    assert_eq!(
        town.alice.seen().last().and_then(|it| it.text().map(str::to_owned)).as_deref(),
        Some("secret")
    );
    assert!(sent.recall().await.expect("an answer"));
    assert!(town.world.ledger().said()[0].recalled);
    ha.stop().await;
}
