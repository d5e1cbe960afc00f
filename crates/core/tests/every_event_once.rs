//! What N accounts show N times, under N ids, is told once; what people do twice is told twice.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{
    NORTH, ROOM, SOUTH, WEST, World, change, given, given_and_when, logout, lost, messages, said, seconds,
    setup, written, wxid,
};
use ha_wechaty_core::{
    AccountId, Command, DirtyType, Input, MessageCopy, MessageFacts, MessageKind, RoomChange, WeChatEvent,
    content_of,
};

fn world() -> World {
    let mut world = World::up(3);
    world.connect(1);
    world
}

/// What the bot is told of a text that alice says, as an account shows it.
fn shows(world: &mut World, account: AccountId, text: &str, id: &str) -> Vec<String> {
    messages(1, &world.shows(account, said("alice", text, id)))
}

fn nothing() -> [String; 0] {
    []
}

#[test]
fn a_message_is_told_by_the_first_and_joined_by_the_others_seconds_later() {
    let mut world = world();
    assert_eq!(shows(&mut world, SOUTH, "hi", "s1"), ["s1~south"]);
    world.pass(seconds(7));
    let join = |copy: MessageCopy| Command::Join { known: MessageCopy::new(SOUTH, "s1"), copy };
    assert_eq!(world.shows(NORTH, said("alice", "hi", "n1")), [join(MessageCopy::new(NORTH, "n1"))]);
    world.pass(seconds(52));
    assert_eq!(world.shows(WEST, said("alice", "hi", "w1")), [join(MessageCopy::new(WEST, "w1"))]);
    assert_eq!(world.shows(WEST, said("alice", "hi", "w1")), [], "the very same again");
}

#[test]
fn people_of_whom_nobody_says_who_they_are_came_all_the_same_and_once() {
    let mut world = world();
    let told = |world: &mut World, account| {
        let event = WeChatEvent::RoomJoin(RoomChange { timestamp: Some(1_700_000_000), ..change(&[], "") });
        given(1, &world.tells(account, event)).len()
    };
    assert_eq!([NORTH, SOUTH].map(|account| told(&mut world, account)), [1, 0]);
    world.pass(seconds(5));
    let again = [SOUTH, NORTH, NORTH, SOUTH].map(|account| told(&mut world, account));
    assert_eq!(again, [1, 0, 1, 0], "two more, of the same second as the first");
}

#[test]
fn what_happens_to_a_room_is_told_with_a_time_and_by_whom_is_no_matter() {
    let mut world = world();
    let topic = |changer: &str| WeChatEvent::RoomTopic {
        room: ROOM.into(),
        changer: changer.into(),
        new: "new".into(),
        old: String::new(),
        timestamp: None,
    };
    let now = 1_700_000_000_000 + i64::try_from(world.now.since_origin().as_millis()).expect("soon");
    let seen = given_and_when(1, &world.tells(NORTH, topic("")));
    assert!(
        matches!(&seen[..], [WeChatEvent::RoomTopic { timestamp, .. }] if *timestamp == Some(now)),
        "{seen:?}"
    );
    assert_eq!(given_and_when(1, &world.tells(SOUTH, topic("bob"))), []);
    for (who, told, given_out) in [("carol", None, now), ("dave", Some(5), 5)] {
        let event = RoomChange { timestamp: told, ..change(&[who], "") };
        let seen = given_and_when(1, &world.tells(NORTH, WeChatEvent::RoomLeave(event)));
        assert!(
            matches!(&seen[..], [WeChatEvent::RoomLeave(it)] if it.timestamp == Some(given_out)),
            "{seen:?}"
        );
    }
}

#[test]
fn after_the_window_it_is_another() {
    let mut world = world();
    shows(&mut world, SOUTH, "hi", "s1");
    world.pass(seconds(60));
    assert_eq!(shows(&mut world, NORTH, "hi", "n1"), ["n1~north"]);
    assert_eq!(world.team.dedup().len(), 1);
}

#[test]
fn the_same_text_three_times_is_three_whoever_shows_it_first() {
    let mut world = world();
    assert_eq!(shows(&mut world, NORTH, "1", "n1"), ["n1~north"]);
    assert_eq!(shows(&mut world, SOUTH, "1", "s1"), nothing());
    assert_eq!(shows(&mut world, SOUTH, "1", "s2"), ["s2~south"]);
    assert_eq!(shows(&mut world, SOUTH, "1", "s3"), ["s3~south"]);
    assert_eq!(shows(&mut world, NORTH, "1", "n2"), nothing());
    for id in ["w1", "w2", "w3"] {
        assert_eq!(shows(&mut world, WEST, "1", id), nothing());
    }
    assert_eq!(shows(&mut world, NORTH, "1", "n3"), nothing());
    assert_eq!(shows(&mut world, NORTH, "1", "n4"), ["n4~north"]);
}

#[test]
fn two_people_that_say_the_same_said_two_things() {
    let mut world = world();
    assert_eq!(shows(&mut world, NORTH, "1", "n1"), ["n1~north"]);
    assert_eq!(messages(1, &world.shows(NORTH, said("bob", "1", "n2"))), ["n2~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, said("bob", "1", "s1"))), nothing());
    assert_eq!(shows(&mut world, SOUTH, "1", "s2"), nothing());
}

#[test]
fn another_type_or_another_room_is_another() {
    let mut world = world();
    shows(&mut world, NORTH, "1", "n1");
    let picture = MessageFacts { kind: MessageKind::Image, ..said("alice", "1", "s1") };
    assert_eq!(messages(1, &world.shows(SOUTH, picture)), ["s1~south"]);
    let elsewhere = MessageFacts { room: "other@chatroom".into(), ..said("alice", "1", "s2") };
    assert_eq!(messages(1, &world.shows(SOUTH, elsewhere)), ["s2~south"]);
}

#[test]
fn what_puppets_spell_differently_is_told_once_and_as_often_as_it_is_said() {
    let spellings = [
        ["caf\u{e9}\r\n", "cafe\u{301}", " café"],
        ["@Bob\u{2005}a <b>", "@Bob a &lt;b&gt;", "@Bob\u{a0}a &amp;lt;b>"],
        ["❤\u{fe0f} \u{fffd}", "❤", "<span class=\"emoji emoji2764\"></span>"],
    ];
    let mut world = world();
    for (number, [north, south, west]) in spellings.into_iter().enumerate() {
        for round in 0..5 {
            let id = format!("{number}.{round}");
            assert_eq!(shows(&mut world, NORTH, north, &id), [format!("{id}~north")]);
            assert_eq!(shows(&mut world, SOUTH, south, &id), nothing(), "{south:?}");
            assert_eq!(shows(&mut world, WEST, west, &id), nothing(), "{west:?}");
        }
    }
    // Without its mark it is another word.
    assert_eq!(shows(&mut world, WEST, "cafe", "w"), ["w~west"]);
}

#[test]
fn what_puppets_take_for_another_type_is_told_once() {
    let shown = |kind: MessageKind, text: &str, name: &str, id: &str| MessageFacts {
        kind,
        content: content_of(kind, text, name),
        ..said("alice", "", id)
    };
    let (image, emoticon, attachment, link) =
        (MessageKind::Image, MessageKind::Emoticon, MessageKind::Attachment, MessageKind::Url);
    let xml = "<msg key=\"1\"><title>news</title></msg>";
    let mut world = world();
    for (id, first, second) in [
        ("1", (image, "<msg cdn=\"1\"/>", "1.png"), (emoticon, "<msg cdn=\"2\"/>", "2.gif")),
        ("2", (link, xml, ""), (attachment, "", "news")),
        ("3", (image, "", "a.png"), (image, "", "b.png")),
    ] {
        let by = |it: (MessageKind, &str, &str)| shown(it.0, it.1, it.2, id);
        assert_eq!(messages(1, &world.shows(SOUTH, by(first))), [format!("{id}~south")]);
        assert_eq!(messages(1, &world.shows(NORTH, by(second))), nothing(), "{second:?}");
    }
    let other = shown(attachment, "", "other", "4");
    assert_eq!(messages(1, &world.shows(NORTH, other)), ["4~north"]);
}

#[test]
fn what_is_written_to_two_accounts_is_told_twice() {
    let mut world = world();
    let to = |account| written("alice", &wxid(account), "hi", "m");
    assert_eq!(messages(1, &world.shows(NORTH, to(NORTH))), ["m~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, to(SOUTH))), ["m~south"]);
}

#[test]
fn what_a_teammate_says_by_hand_is_told_once_and_shows_that_both_work() {
    let mut world = world();
    assert_eq!(messages(1, &world.shows(SOUTH, said(&wxid(NORTH), "by hand", "s1"))), ["s1~south"]);
    assert_eq!(messages(1, &world.shows(NORTH, said(&wxid(NORTH), "by hand", "n1"))), nothing());
    assert_eq!(messages(1, &world.shows(WEST, said(&wxid(NORTH), "by hand", "w1"))), nothing());
}

#[test]
fn two_teammates_that_say_the_same_by_hand_said_two_things() {
    let mut world = world();
    assert_eq!(messages(1, &world.shows(WEST, said(&wxid(NORTH), "1", "w1"))), ["w1~west"]);
    assert_eq!(messages(1, &world.shows(SOUTH, said(&wxid(SOUTH), "1", "s1"))), ["s1~south"]);
}

#[test]
fn the_heartbeat_is_nobodys_business() {
    let mut world = world();
    let ding = written(&wxid(NORTH), crate::support::DONG_FROM, "ding", "n1");
    let dong = written(crate::support::DONG_FROM, &wxid(NORTH), "dong", "n2");
    let news = written(crate::support::DONG_FROM, &wxid(NORTH), "news", "n3");
    assert_eq!(messages(1, &world.shows(NORTH, ding)), nothing());
    assert_eq!(messages(1, &world.shows(NORTH, dong)), nothing());
    assert_eq!(messages(1, &world.shows(NORTH, news)), ["n3~north"]);
}

fn join(people: &[&str]) -> WeChatEvent {
    WeChatEvent::RoomJoin(change(people, "alice"))
}

fn leave(people: &[&str]) -> WeChatEvent {
    WeChatEvent::RoomLeave(change(people, "alice"))
}

#[test]
fn who_joins_and_leaves_is_told_once_and_again_if_it_is_so_again() {
    let mut world = world();
    for _ in 0..3 {
        for event in [join(&["bob"]), leave(&["bob"])] {
            assert_eq!(given(1, &world.tells(NORTH, event.clone())), std::slice::from_ref(&event));
            assert_eq!(given(1, &world.tells(SOUTH, event.clone())), []);
            assert_eq!(given(1, &world.tells(WEST, event)), []);
        }
    }
    assert_eq!(given(1, &world.tells(WEST, join(&["bob", "carol"]))), [join(&["bob", "carol"])]);
    assert_eq!(given(1, &world.tells(SOUTH, join(&["carol", "bob"]))), []);
}

#[test]
fn a_topic_is_told_once_whatever_each_account_took_for_the_old_one() {
    let topic = |new: &str, old: &str, changer: &str| {
        let (new, old, changer) = (new.into(), old.into(), changer.into());
        WeChatEvent::RoomTopic { room: ROOM.into(), changer, new, old, timestamp: None }
    };
    let mut world = world();
    assert_eq!(given(1, &world.tells(NORTH, topic("b", "a", "alice"))), [topic("b", "a", "alice")]);
    assert_eq!(given(1, &world.tells(SOUTH, topic("b", "", "alice"))), []);
    assert_eq!(given(1, &world.tells(NORTH, topic("a", "b", "alice"))), [topic("a", "b", "alice")]);
    assert_eq!(given(1, &world.tells(NORTH, topic("b", "a", "alice"))), [topic("b", "a", "alice")]);
    let by_teammate = topic("c", "b", &wxid(SOUTH));
    assert_eq!(given(1, &world.tells(SOUTH, by_teammate.clone())), [topic("c", "b", "bot")]);
    assert_eq!(given(1, &world.tells(NORTH, by_teammate)), []);
}

#[test]
fn a_teammate_comes_and_goes_unseen_while_another_is_in_the_room() {
    let mut world = world();
    let south = wxid(SOUTH);
    for event in [leave(&[&south]), join(&[&south])] {
        for account in [NORTH, SOUTH, WEST] {
            assert_eq!(given(1, &world.tells(account, event.clone())), []);
        }
    }
    assert_eq!(given(1, &world.tells(NORTH, join(&["bob", &south]))), [join(&["bob"])]);
}

#[test]
fn the_last_to_leave_is_seen_and_so_is_the_first_to_come() {
    let mut world = world();
    for account in [NORTH, SOUTH] {
        assert_eq!(given(1, &world.tells(account, leave(&[&wxid(account)]))), []);
    }
    assert_eq!(given(1, &world.tells(WEST, leave(&[&wxid(WEST)]))), [leave(&["bot"])]);
    assert!(world.routing().reach(ROOM).yes.is_empty());
    assert_eq!(given(1, &world.tells(SOUTH, join(&[&wxid(SOUTH), &wxid(NORTH)]))), [join(&["bot"])]);
}

#[test]
fn whoever_tells_of_a_teammate_is_in_the_room_itself() {
    let mut world = World::new(2);
    world.step();
    for account in [NORTH, SOUTH] {
        world.link(account, ha_wechaty_core::LinkFact::Opened);
        world.login(account);
    }
    world.connect(1);
    assert_eq!(given(1, &world.tells(NORTH, join(&[&wxid(SOUTH)]))), []);
    assert_eq!(world.routing().reach(ROOM).yes.len(), 2);
}

#[test]
fn a_late_copy_does_not_undo_what_happened_since() {
    let mut world = world();
    let south = wxid(SOUTH);
    world.tells(NORTH, leave(&[&south]));
    world.tells(NORTH, join(&[&south]));
    world.tells(WEST, leave(&[&south]));
    assert!(world.routing().reach(ROOM).yes.contains(SOUTH), "it is back since");
    world.tells(WEST, join(&[&south]));
    world.tells(NORTH, leave(&[&south]));
    world.shows(SOUTH, said("alice", "before it left", "s1"));
    world.tells(SOUTH, leave(&[&south]));
    world.tells(SOUTH, join(&[&south]));
    world.tells(SOUTH, leave(&[&south]));
    assert!(!world.routing().reach(ROOM).yes.contains(SOUTH), "it knows best where it is");
}

#[test]
fn one_that_was_away_catches_up_without_telling_anything_twice() {
    let mut world = world();
    world.link(SOUTH, lost());
    for n in 0..20 {
        shows(&mut world, NORTH, &format!("text {}", n % 3), &format!("n{n}"));
    }
    world.pass(seconds(30));
    for n in 0..20 {
        assert_eq!(shows(&mut world, SOUTH, &format!("text {}", n % 3), &format!("s{n}")), nothing());
    }
}

#[test]
fn what_is_told_once_stays_so_while_the_team_is_down() {
    let mut world = world();
    for account in [NORTH, SOUTH, WEST] {
        world.link(account, logout());
    }
    assert_eq!(shows(&mut world, NORTH, "hi", "n1"), nothing());
    assert_eq!(shows(&mut world, SOUTH, "hi", "s1"), nothing());
    world.login(SOUTH);
    assert_eq!(messages(1, &world.pass(seconds(1))), ["n1~north"]);
}

#[test]
fn a_recall_is_told_once_though_each_account_names_another_id() {
    let mut world = world();
    let recalled = |id: &str, of: &str| MessageFacts { kind: MessageKind::Recalled, ..said("alice", of, id) };
    assert_eq!(messages(1, &world.shows(NORTH, recalled("n2", "n1"))), ["n2~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, recalled("s2", "s1"))), nothing());
}

#[test]
fn two_recalls_by_one_person_are_two_though_each_is_seen_by_another_account() {
    let mut world = world();
    for text in ["1", "2"] {
        shows(&mut world, NORTH, text, &format!("n{text}"));
        shows(&mut world, SOUTH, text, &format!("s{text}"));
    }
    let mut recalls = |account, id: &str, of: &str| {
        let recall =
            MessageFacts { kind: MessageKind::Recalled, recalls: of.into(), ..said("alice", of, id) };
        messages(1, &world.shows(account, recall))
    };
    assert_eq!(recalls(NORTH, "n3", "n1"), ["n3~north"]);
    assert_eq!(recalls(SOUTH, "s4", "s2"), ["s4~south"]);
    assert_eq!(recalls(SOUTH, "s3", "s1"), nothing());
    assert_eq!(recalls(NORTH, "n4", "n2"), nothing());
}

#[test]
fn what_an_account_tells_again_of_a_room_is_told_once_unless_it_changed_back_or_time_has_passed() {
    let mut world = world();
    let topic = |new: &str| {
        let (room, changer, old) = (ROOM.into(), "alice".into(), String::new());
        WeChatEvent::RoomTopic { room, changer, new: new.into(), old, timestamp: None }
    };
    for event in [join(&["bob"]), leave(&["bob"]), join(&["bob"]), topic("one"), topic("two"), topic("one")] {
        assert_eq!(given(1, &world.tells(NORTH, event.clone())), std::slice::from_ref(&event));
        assert_eq!(given(1, &world.tells(NORTH, event.clone())), [], "at once");
        world.pass(seconds(3));
        for account in [NORTH, SOUTH, SOUTH, WEST] {
            assert_eq!(given(1, &world.tells(account, event.clone())), [], "seconds later, by {account:?}");
        }
    }
    assert_eq!(given(1, &world.tells(NORTH, join(&["bob", "carol"]))).len(), 1, "others");
    world.pass(seconds(61));
    assert_eq!(given(1, &world.tells(NORTH, join(&["bob"]))).len(), 1, "it was not told that bob had left");
}

#[test]
fn a_room_change_that_an_account_tells_again_after_it_was_away_is_no_news() {
    let mut world = world();
    let join = |at: i64| {
        let change = RoomChange { timestamp: Some(at), ..change(&["bob"], "alice") };
        WeChatEvent::RoomJoin(change)
    };
    assert_eq!(given(1, &world.tells(NORTH, join(1_700_000_000))).len(), 1);
    world.link(NORTH, lost());
    world.step();
    world.comes(NORTH);
    assert_eq!(given(1, &world.tells(NORTH, join(1_700_000_000))), []);
    assert_eq!(
        given(1, &world.tells(NORTH, join(1_700_000_030))).len(),
        1,
        "half a minute later, by its clock"
    );
}

#[test]
fn friend_requests_invitations_and_posts_that_are_told_again_after_a_restart_are_told_once() {
    let mut world = world();
    let id = || "1".to_owned();
    for event in [
        WeChatEvent::Friendship { id: id() },
        WeChatEvent::RoomInvite { id: id() },
        WeChatEvent::Post { id: id() },
    ] {
        assert_eq!(given(1, &world.tells(NORTH, event.clone())).len(), 1);
        assert_eq!(given(1, &world.tells(NORTH, event.clone())), []);
        world.link(NORTH, lost());
        world.step();
        world.comes(NORTH);
        assert_eq!(given(1, &world.tells(NORTH, event.clone())), [], "after a restart");
        assert_eq!(given(1, &world.tells(SOUTH, event)).len(), 1, "an id is one account's");
    }
}

#[test]
fn what_is_dirty_at_three_accounts_is_told_once_and_each_further_time_again() {
    let mut world = world();
    let dirty = || WeChatEvent::Dirty { kind: DirtyType::Contact, id: "alice".into() };
    for _ in 0..2 {
        assert_eq!(given(1, &world.tells(NORTH, dirty())), [dirty()]);
        assert_eq!(given(1, &world.tells(SOUTH, dirty())), []);
        assert_eq!(given(1, &world.tells(WEST, dirty())), []);
    }
    assert_eq!(
        given(1, &world.tells(WEST, WeChatEvent::Dirty { kind: DirtyType::Room, id: ROOM.into() })).len(),
        1
    );
    world.pass(seconds(2));
    assert_eq!(given(1, &world.tells(SOUTH, dirty())), [dirty()], "it may be news");
    let read = |kind| Input::Reads { kind, id: "alice".into() };
    world.tell(read(DirtyType::Contact));
    assert_eq!(given(1, &world.tells(WEST, dirty())), [dirty()], "what was read may be old");
}

/// Stock clients of 2021 ask for a contact to be told as dirty whenever they are told that it is.
#[test]
fn a_bot_that_asks_for_what_it_is_told_is_told_it_once_each_time() {
    let (mut dice, mut world) = (fastrand::Rng::with_seed(7), world());
    let dirty = || WeChatEvent::Dirty { kind: DirtyType::Contact, id: "alice".into() };
    // Each account tells it some time after it was asked to, in milliseconds.
    let mut due: Vec<(u64, AccountId)> = vec![(0, NORTH), (0, SOUTH), (0, WEST)];
    let mut times = 0;
    for millis in 0..20_000 {
        for account in
            due.extract_if(.., |(at, _)| *at == millis).map(|(_, account)| account).collect::<Vec<_>>()
        {
            for _ in given(1, &world.tells(account, dirty())) {
                times += 1;
                due.extend([NORTH, SOUTH, WEST].map(|it| (millis + dice.u64(100..400), it)));
            }
        }
        world.pass(Duration::from_millis(1));
    }
    assert!(
        (50..=200).contains(&times),
        "one answer to each, a tenth of a second later at the earliest: {times}"
    );
}

#[test]
fn what_was_told_before_its_talker_logged_in_is_not_told_again_as_the_teams_own() {
    let mut world = World::with(&setup(2), 1);
    world.step();
    world.comes(NORTH);
    world.connect(1);
    let message = || said(&wxid(SOUTH), "hello", "1");
    assert_eq!(messages(1, &world.shows(NORTH, message())), ["1~north"], "a stranger's, as far as is known");
    world.comes(SOUTH);
    assert_eq!(messages(1, &world.shows(NORTH, message())), nothing());
    let other = said(&wxid(SOUTH), "hello", "2");
    assert_eq!(messages(1, &world.shows(NORTH, other)), ["2~north"]);
}
