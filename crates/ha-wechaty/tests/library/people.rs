//! Contacts, friendships, and the team itself.

use ha_wechaty::{ContactKind, prelude::*};
use ha_wechaty_testkit::{Town, wait::within};

use crate::team::TeamOf as _;

#[tokio::test]
async fn a_contact_is_found_looked_at_and_changed_at_every_account() {
    let town = Town::new().await;
    let ha = town.started().await;
    let alice = ha.contacts().find(name("alice")).await.expect("an answer").expect("a friend");
    assert_eq!(alice.id(), town.alice.id());
    assert_eq!(alice.accounts(), ["north", "south", "west"]);
    assert!(alice.account().is_some() && !alice.is_self());
    let card = alice.payload().await.expect("her card");
    assert_eq!((card.name.as_str(), card.kind, card.is_friend), ("alice", ContactKind::Individual, true));
    assert_eq!(card.handle.as_deref(), Some(town.alice.handle().as_str()));

    alice.set_alias("Al").await.expect("an alias");
    alice.set_phones(["1", "2"]).await.expect("numbers");
    alice.set_description("likes rain").await.expect("a note");
    alice.set_corporation("ACME").await.expect("a company");
    for phone in &town.phones {
        assert_eq!(phone.calls("ContactAlias"), 1, "{}", phone.name());
    }
    assert_eq!(alice.alias().await.expect("an alias").as_deref(), Some("Al"));
    assert_eq!(alice.phones().await.expect("numbers"), ["1", "2"]);
    let card = alice.payload().await.expect("her card");
    assert_eq!((card.alias.as_deref(), card.corporation.as_deref()), (Some("Al"), Some("ACME")));
    assert_eq!(card.description.as_deref(), Some("likes rain"));
    let found = ha.contacts().find(alias("Al")).await.expect("an answer").expect("there");
    assert_eq!(found, alice);
    assert!(!alice.avatar().await.expect("a picture").bytes().await.expect("its bytes").is_empty());

    alice.add_tag("vip").await.expect("tagged");
    assert_eq!(alice.tags().await.expect("tags"), ["vip"]);
    assert_eq!(ha.contacts().tags().await.expect("tags"), ["vip"]);
    alice.remove_tag("vip").await.expect("not tagged");
    assert!(alice.tags().await.expect("tags").is_empty());
    ha.contacts().delete_tag("vip").await.expect("gone");
    assert!(ha.contacts().tags().await.expect("tags").is_empty());
    ha.stop().await;
}

#[tokio::test]
async fn what_is_stale_is_read_again() {
    let town = Town::new().await;
    let ha = town.started().await;
    let alice = ha.contacts().load(town.alice.id()).await.expect("known").expect("there");
    assert_eq!(alice.name().await.expect("a name"), "alice");
    let asked = || town.phones.iter().map(|phone| phone.calls("ContactPayload")).sum::<u64>();
    let before = asked();
    assert_eq!(alice.name().await.expect("a name"), "alice");
    assert_eq!(asked(), before, "it is known");
    let mut dirties = ha.dirties();
    town.alice.renames_to("Alice the Great");
    within("it is stale", dirties.next()).await.expect("it runs");
    assert_eq!(alice.name().await.expect("a name"), "Alice the Great");
    alice.sync().await.expect("asked for");
    assert_eq!(alice.name().await.expect("a name"), "Alice the Great");
    assert_eq!(asked(), before + 2);
    ha.stop().await;
}

#[tokio::test]
async fn strangers_are_found_and_asked_and_what_they_ask_is_answered() {
    let town = Town::new().await;
    let (bob, carol) = (town.world.person("bob"), town.world.person("carol"));
    let ha = town.team().build().expect("a team");
    let mut friendships = ha.friendship_events();
    ha.start().await.expect("started");

    let found = ha.friendships().search_phone(bob.phone_number()).await.expect("an answer").expect("bob");
    assert_eq!(found.id(), bob.id());
    let by = found.account().expect("whoever found him");
    ha.friendships().add(&found, "hello").await.expect("asked");
    let news = within("he accepts", friendships.next()).await.expect("it runs");
    assert_eq!((news.kind(), news.contact()), (FriendshipKind::Confirm, found.clone()));
    assert_eq!(news.account(), Some(by.clone()));
    assert!(found.is_friend().await.expect("an answer"));
    assert!(ha.friendships().search_phone("0").await.expect("an answer").is_none());
    let by_handle = ha.friendships().search_handle(carol.handle()).await.expect("an answer");
    assert_eq!(by_handle.expect("carol").id(), carol.id());

    carol.asks_friendship(&town.phones[1], "ding");
    let request = within("she asks", friendships.next()).await.expect("it runs");
    assert_eq!((request.kind(), request.hello()), (FriendshipKind::Receive, "ding"));
    assert_eq!(request.account().as_deref(), Some("south"));
    let again = ha.friendships().load(request.id()).await.expect("an answer").expect("there");
    again.accept().await.expect("accepted");
    assert!(request.contact().is_friend().await.expect("an answer"));
    request.contact().say("welcome").await.expect("said");
    assert_eq!(carol.seen().last().and_then(|it| it.text().map(str::to_owned)).as_deref(), Some("welcome"));
    ha.stop().await;
}

#[tokio::test]
async fn the_team_has_one_self_whose_changes_reach_every_account() {
    let town = Town::new().await;
    let ha = town.started().await;
    let me = ha.current_user();
    assert!(me.is_self() && me.id() == "ossbot");
    assert!(me.qr_code().await.expect("a code").starts_with("https://"));
    me.set_name("The Team").await.expect("a name");
    me.set_signature("three in one").await.expect("a signature");
    me.set_avatar(File::from_bytes("me.png", vec![1; 50_000])).await.expect("a picture");
    for phone in &town.phones {
        assert_eq!(phone.calls("ContactSelfName"), 1, "{}", phone.name());
        assert_eq!(phone.calls("ContactSelfSignature"), 1, "{}", phone.name());
    }
    assert_eq!(me.name().await.expect("a name"), "The Team");
    assert_eq!(me.avatar().await.expect("a picture").bytes().await.expect("bytes").len(), 50_000);
    ha.stop().await;
}
