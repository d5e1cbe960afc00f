//! Rooms: who is in them, what they are called, who comes and goes.

use ha_wechaty::prelude::*;
use ha_wechaty_sim::Fault;
use ha_wechaty_testkit::{DEADLINE, Town, wait::within};

use crate::team::TeamOf as _;

#[tokio::test]
async fn a_room_is_made_looked_at_changed_and_left() {
    let town = Town::new().await;
    let bob = town.world.person("bob");
    town.phones.iter().for_each(|phone| town.world.befriend(&bob, phone));
    let ha = town.started().await;
    let alice = ha.contacts().load(town.alice.id()).await.expect("known").expect("there");
    let bob = ha.contacts().load(bob.id()).await.expect("known").expect("there");
    let room = ha.rooms().create([&alice], "new room").await.expect("a room");
    let maker = room.account().expect("who made it");
    assert!(room.owner().await.expect("known").expect("an owner").is_self(), "the team owns it");
    room.add(&bob).await.expect("bob is in");
    assert!(room.has(&bob).await.expect("known"));
    assert_eq!(room.members().await.expect("known").len(), 3);
    room.set_topic("newer room").await.expect("a topic");
    assert_eq!(room.topic().await.expect("known"), "newer room");
    room.announce("be kind").await.expect("announced");
    assert_eq!(room.announcement().await.expect("known"), "be kind");
    assert!(room.qr_code().await.expect("a code").starts_with("https://"));
    assert!(!room.avatar().await.expect("a picture").bytes().await.expect("its bytes").is_empty());
    let member = room.member(&bob).await.expect("a member");
    assert_eq!((member.name.as_str(), member.alias.as_deref()), ("bob", None));
    assert!(member.inviter.expect("an inviter").is_self());
    assert_eq!(room.find_members("bob").await.expect("known").len(), 1);
    let sim = town.world.room_by_id(room.id()).expect("there");
    room.remove(&bob).await.expect("bob is out");
    assert!(!sim.members().iter().any(|it| it == bob.id()));
    assert_eq!(ha.rooms().find(topic("newer room")).await.expect("known"), Some(room.clone()));
    room.quit().await.expect("left");
    assert_eq!(sim.members(), [alice.id()]);
    let made = town.phones.iter().find(|phone| phone.name() == maker).expect("a phone");
    assert_eq!(made.calls("RoomQuit"), 1);
    ha.stop().await;
}

#[tokio::test]
async fn who_comes_and_goes_and_what_it_is_called_is_told_once() {
    let town = Town::new().await;
    let bob = town.world.person("bob");
    let ha = town.team().build().expect("a team");
    let (mut joins, mut leaves, mut topics) = (ha.room_joins(), ha.room_leaves(), ha.room_topics());
    ha.start().await.expect("started");
    town.alice.adds(&bob, &town.room);
    let join = within("a join", joins.next()).await.expect("it runs");
    assert_eq!(join.invitees.iter().map(Contact::id).collect::<Vec<_>>(), [bob.id()]);
    assert_eq!(
        (join.room.id(), join.inviter.expect("who let him in").id()),
        (town.room.id(), town.alice.id())
    );
    town.alice.sets_topic(&town.room, "dong room");
    let change = within("a topic", topics.next()).await.expect("it runs");
    assert_eq!((change.new.as_str(), change.old.as_str()), ("dong room", "ding room"));
    assert_eq!(change.room.topic().await.expect("known"), "dong room");
    assert!(change.at.is_some());
    town.alice.removes(&bob, &town.room);
    let leave = within("a leave", leaves.next()).await.expect("it runs");
    assert_eq!(leave.leavers.iter().map(Contact::id).collect::<Vec<_>>(), [bob.id()]);
    town.alice.adds(&bob, &town.room);
    let join = within("the next join", joins.next()).await.expect("it runs");
    assert_eq!(join.invitees.len(), 1, "three accounts saw each, and each came once");
    ha.stop().await;
}

#[tokio::test]
async fn an_invitation_is_for_the_account_that_was_invited() {
    let town = Town::new().await;
    let ha = town.team().build().expect("a team");
    let mut invites = ha.room_invites();
    ha.start().await.expect("started");
    let bob = town.world.person("bob");
    let party = town.world.room("party", &[&town.alice, &bob]);
    town.alice.invites(&town.phones[2], &party);
    let invitation = within("an invitation", invites.next()).await.expect("it runs");
    assert_eq!((invitation.topic(), invitation.member_count()), ("party", 2));
    assert_eq!(invitation.account().as_deref(), Some("west"));
    assert_eq!(invitation.inviter().id(), town.alice.id());
    assert_eq!(invitation.members().len(), 2);
    assert!(invitation.age() < DEADLINE);
    let again = ha.room_invitation(invitation.id()).await.expect("an answer").expect("there");
    again.accept().await.expect("accepted");
    assert!(party.members().iter().any(|it| it == town.phones[2].id()));
    ha.stop().await;
}

#[tokio::test]
async fn members_of_a_name_are_looked_for_at_once_and_come_in_order() {
    let town = Town::new().await;
    let people: Vec<_> = (0..80).map(|n| town.world.person(&format!("guest {n}"))).collect();
    for person in &people {
        town.alice.adds(person, &town.room);
        town.room.set_alias(person, "guest");
    }
    let ha = town.started().await;
    let room = ha.rooms().load(town.room.id()).await.expect("known").expect("there");
    let members = room.members().await.expect("known");
    // One after the other that would be longer than anything may take here.
    town.phones.iter().for_each(|phone| phone.fail(Fault::Slow(DEADLINE / 70)));
    let found = within("all of them", room.find_members("guest")).await.expect("known");
    let found: Vec<&str> = found.iter().map(|it| it.contact.id()).collect();
    let guests = members.iter().map(Contact::id).filter(|id| people.iter().any(|it| it.id() == *id));
    assert_eq!(found, guests.collect::<Vec<_>>());
    assert_eq!(found.len(), 80);
    ha.stop().await;
}
