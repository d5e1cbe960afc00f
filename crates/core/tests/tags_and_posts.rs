//! Announcements, tags and posts: what several accounts tell is told once, and what is one account's has its name.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{NORTH, ROOM, SOUTH, WEST, World, given, wxid};
use ha_wechaty_core::{TagChange, WeChatEvent};

fn world() -> World {
    let mut world = World::up(3);
    world.connect(1);
    world
}

#[test]
fn an_announcement_is_told_once_and_is_no_topic() {
    let mut world = world();
    let announce = |new: &str, changer: &str| {
        let (room, changer, new) = (ROOM.into(), changer.into(), new.into());
        WeChatEvent::RoomAnnounce { room, changer, new, old: String::new(), timestamp: None }
    };
    let topic = WeChatEvent::RoomTopic {
        room: ROOM.into(),
        changer: String::new(),
        new: "closed today".into(),
        old: String::new(),
        timestamp: None,
    };
    let seen = given(1, &world.tells(NORTH, announce("closed today", "bob")));
    assert_eq!(seen, [announce("closed today", "bob")]);
    assert_eq!(given(1, &world.tells(SOUTH, announce("closed today", ""))), [], "whoever changed it");
    assert_eq!(given(1, &world.tells(NORTH, topic.clone())), [topic]);
    assert_eq!(given(1, &world.tells(NORTH, announce("open again", "bob"))).len(), 1);
    // Who changes it is the team's own self where it is one of its accounts.
    let seen = given(1, &world.tells(WEST, announce("by us", &wxid(WEST))));
    assert_eq!(seen, [announce("by us", "bot")]);
}

#[test]
fn what_becomes_of_tags_and_posts_is_its_accounts_and_told_once() {
    let mut world = world();
    let tag = |ids: &[&str], timestamp| {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        WeChatEvent::Tag(TagChange { change: 0, ids, timestamp })
    };
    let first = given(1, &world.tells(NORTH, tag(&["t1", "t2"], Some(7))));
    assert_eq!(first, [tag(&["t1~north", "t2~north"], Some(7))]);
    assert_eq!(given(1, &world.tells(NORTH, tag(&["t1", "t2"], Some(7)))), [], "the same again");
    assert_eq!(given(1, &world.tells(SOUTH, tag(&["t1", "t2"], Some(7)))).len(), 1, "another's");
    assert_eq!(given(1, &world.tells(NORTH, tag(&["t1"], None))).len(), 1);
    assert_eq!(
        given(1, &world.tells(NORTH, tag(&["t1"], None))).len(),
        1,
        "nobody knows whether it is the same"
    );
    let comment = |post: &str, comment: &str| {
        let (post, comment) = (post.into(), comment.into());
        WeChatEvent::PostComment { post, comment }
    };
    assert_eq!(given(1, &world.tells(NORTH, comment("p", "c"))), [comment("p~north", "c~north")]);
    assert_eq!(given(1, &world.tells(NORTH, comment("p", "c"))), []);
    let other = given(1, &world.tells(NORTH, comment("q", "c")));
    assert_eq!(other, [comment("q~north", "c~north")], "each post may have a first comment");
    let tap = |contact: &str, is_there| WeChatEvent::PostTap {
        post: "p".into(),
        kind: 1,
        contact: contact.into(),
        is_there,
        timestamp: Some(9),
    };
    let told = given(1, &world.tells(NORTH, tap(&wxid(SOUTH), true)));
    let expected = WeChatEvent::PostTap {
        post: "p~north".into(),
        kind: 1,
        contact: "bot".into(),
        is_there: true,
        timestamp: Some(9),
    };
    assert_eq!(told, [expected]);
    assert_eq!(given(1, &world.tells(NORTH, tap(&wxid(SOUTH), true))), []);
    assert_eq!(given(1, &world.tells(NORTH, tap(&wxid(SOUTH), false))).len(), 1, "taken back");
}
