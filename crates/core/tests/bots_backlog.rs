//! A backlog is given at the speed at which its answers may leave, fairly, and what a bot knows is not given again.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{BOT, NORTH, World, bots, given, greeting, logout, messages, said, seconds, setup};
use ha_wechaty_core::{BotMode, ClientId, Command, Input, MessageFacts, Notice, Replay, Setup, WeChatEvent};

/// So long a bot has for its answer.
const PATIENCE: Duration = Duration::from_millis(500);

fn up(mode: BotMode) -> World {
    World::up_with(&Setup { bots: bots(&[mode]), ..setup(1) })
}

fn says_in(world: &mut World, room: &str, text: &str) -> Vec<Command> {
    world.shows(NORTH, MessageFacts { room: format!("{room}@chatroom"), ..said("alice", text, text) })
}

/// What a stream that opens is given at once.
fn opens(world: &mut World, client: u64) -> Vec<String> {
    let told = world.tell(Input::BotConnected { client: ClientId(client), bot: BOT, after: None });
    messages(client, &told)
}

fn says(world: &mut World, room: &str) {
    world.tell(Input::BotSays { bot: BOT, conversation: format!("{room}@chatroom") });
}

/// What a send that leaves makes room for.
fn said_it(world: &mut World, room: &str) -> Vec<String> {
    messages(1, &world.tell(Input::BotSaid { bot: BOT, conversation: format!("{room}@chatroom") }))
}

fn ids(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    texts.into_iter().map(|text| format!("{text}~north")).collect()
}

#[test]
fn who_answers_is_given_the_next_as_its_answers_leave_and_no_faster() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        (0..50).for_each(|n| drop(says_in(&mut world, "tea", &format!("{n:02}"))));
        let mut heard = opens(&mut world, 1);
        assert_eq!(heard, ids((0..8).map(|n| format!("{n:02}"))), "{mode:?}");
        // It answers each at once; an answer leaves each second.
        (0..heard.len()).for_each(|_| says(&mut world, "tea"));
        let mut left = 0;
        while heard.len() < 50 {
            heard.extend(messages(1, &world.pass(seconds(1))));
            assert_eq!(heard.len() - left, 8, "{mode:?}: so many unanswered at a time");
            let next = said_it(&mut world, "tea");
            left += 1;
            assert_eq!(next.len(), 1, "{mode:?}: one leaves, one comes");
            says(&mut world, "tea");
            heard.extend(next);
        }
        assert_eq!(heard, ids((0..50).map(|n| format!("{n:02}"))), "{mode:?}: oldest first, each once");
    }
}

#[test]
fn who_only_listens_is_given_twice_as_much_each_time() {
    let mut world = up(BotMode::All);
    (0..1_000).for_each(|n| drop(says_in(&mut world, "tea", &format!("{n:03}"))));
    let mut heard = opens(&mut world, 1);
    let mut rounds = vec![heard.len()];
    while heard.len() < 1_000 {
        let more = messages(1, &world.pass(PATIENCE));
        rounds.push(more.len());
        heard.extend(more);
    }
    assert_eq!(rounds, [8, 16, 32, 64, 128, 256, 496]);
    assert_eq!(heard, ids((0..1_000).map(|n| format!("{n:03}"))));
    assert_eq!(world.team.bots().dropped(), 0);
}

#[test]
fn no_conversation_waits_for_the_backlog_of_another() {
    let mut world = up(BotMode::All);
    for n in 0..400 {
        says_in(&mut world, &format!("busy{}", n % 20), &format!("old {n}"));
    }
    says_in(&mut world, "quiet", "the newest");
    let first = opens(&mut world, 1);
    assert_eq!(first.len(), 64, "so many in all");
    assert!(first.contains(&"the newest~north".into()), "each has its turn");
    // Live, and nothing of it waits: at once. Live, where a backlog waits: after that.
    assert_eq!(messages(1, &says_in(&mut world, "lively", "now")), ["now~north"]);
    assert_eq!(messages(1, &says_in(&mut world, "busy3", "last of all")), Vec::<String>::new());
    let mut heard = first;
    while heard.len() < 402 {
        heard.extend(messages(1, &world.pass(PATIENCE)));
    }
    let of_three: Vec<&String> =
        heard.iter().filter(|id| (0..20).any(|n| **id == format!("old {}~north", n * 20 + 3))).collect();
    let sorted = (0..20).map(|n| format!("old {}~north", n * 20 + 3)).collect::<Vec<_>>();
    assert_eq!(of_three, sorted.iter().collect::<Vec<_>>(), "each conversation in its order");
    let place = |id: &str| heard.iter().position(|it| it == id).expect("heard");
    assert!(place("last of all~north") > place("old 383~north"));
}

#[test]
fn what_a_bot_says_where_it_missed_nothing_holds_no_backlog_back() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        says_in(&mut world, "tea", "missed");
        // It tells hundreds of others something, which takes long to leave.
        (0..200).for_each(|n| says(&mut world, &format!("other{n}")));
        assert_eq!(opens(&mut world, 1), ids(["missed".into()]), "{mode:?}");
        assert_eq!(messages(1, &says_in(&mut world, "tea", "now")), ["now~north"], "{mode:?}");
    }
}

#[test]
fn what_is_given_late_says_so_and_what_is_live_does_not() {
    let mut world = up(BotMode::All);
    says_in(&mut world, "tea", "missed");
    says_in(&mut world, "coffee", "missed too");
    let told = world.tell(Input::BotConnected { client: ClientId(1), bot: BOT, after: None });
    let late = |told: &[Command]| told.iter().filter(|it| matches!(it, Command::Late { .. })).count();
    assert_eq!((messages(1, &told).len(), late(&told)), (2, 2));
    assert_eq!(late(&says_in(&mut world, "tea", "live")), 0);
}

#[test]
fn what_stood_in_line_when_the_stream_broke_or_the_team_failed_is_kept() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        (0..20).for_each(|n| drop(says_in(&mut world, "tea", &format!("{n:02}"))));
        let all = ids((0..20).map(|n| format!("{n:02}")));
        let first = opens(&mut world, 1);
        world.asks(1, &first[0]);
        world.disconnect(1);
        assert_eq!(opens(&mut world, 2), all[1..9], "{mode:?}");
        let lost = world.link(NORTH, logout());
        assert!(messages(2, &lost).is_empty() && messages(2, &world.pass(seconds(5))).is_empty());
        let mut heard = messages(2, &world.login(NORTH));
        heard.extend(messages(2, &world.pass(PATIENCE * 3)));
        assert_eq!(heard, all[9..], "{mode:?}");
    }
}

#[test]
fn what_a_bot_knows_before_it_is_told_is_told_and_not_kept() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        opens(&mut world, 1);
        let own = |n: u64| MessageFacts {
            talker: "wxid_north".into(),
            ..said("bot", &format!("own {n}"), &format!("m{n}"))
        };
        // The client asks for what it sent as soon as it has the id; the event comes after that, or before.
        world.asks(1, "m1~north");
        assert_eq!(messages(1, &world.shows(NORTH, own(1))), ["m1~north"], "{mode:?}");
        assert_eq!(messages(1, &world.shows(NORTH, own(2))), ["m2~north"], "{mode:?}");
        world.asks(1, "m2~north");
        assert_eq!(world.team.bots().backlog(), 0, "{mode:?}");
        world.disconnect(1);
        assert_eq!(opens(&mut world, 2), Vec::<String>::new(), "{mode:?}");
    }
}

#[test]
fn what_was_asked_before_a_bot_stopped_is_not_given_again() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        opens(&mut world, 1);
        says_in(&mut world, "tea", "a");
        says_in(&mut world, "tea", "b");
        world.disconnect(1);
        // It was under way.
        world.asks(1, "a~north");
        assert_eq!(opens(&mut world, 2), ["b~north"], "{mode:?}");
    }
}

#[test]
fn of_two_programs_that_restart_each_goes_on_where_it_was() {
    let mut world = up(BotMode::All);
    opens(&mut world, 1);
    opens(&mut world, 2);
    says_in(&mut world, "tea", "a");
    world.asks(1, "a~north");
    world.disconnect(1);
    world.disconnect(2);
    let back = |world: &mut World, client: u64, after: u64| {
        let after = Some(ClientId(after));
        messages(client, &world.tell(Input::BotConnected { client: ClientId(client), bot: BOT, after }))
    };
    assert_eq!(back(&mut world, 3, 1), Vec::<String>::new());
    assert_eq!(back(&mut world, 4, 2), ["a~north"]);
}

#[test]
fn what_is_kept_is_bounded_by_its_weight() {
    let replay = Replay { bytes: 10_000, ..Replay::default() };
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = World::up_with(&Setup { bots: bots(&[mode]), replay, ..setup(1) });
        for n in 0..100 {
            says_in(&mut world, "tea", &format!("{n:0>500}"));
        }
        let bots = world.team.bots();
        assert!(bots.backlog_bytes() <= 10_000 && bots.backlog_bytes() > 8_000, "{}", bots.backlog_bytes());
        assert_eq!(bots.backlog() as u64 + bots.dropped(), 100, "{mode:?}");
        world.pass(seconds(601));
        assert_eq!(world.team.bots().backlog_bytes(), 0, "{mode:?}");
    }
}

#[test]
fn the_operator_hears_of_a_bot_that_is_away_while_events_wait() {
    let mut world = up(BotMode::All);
    assert_eq!(world.connect(1), greeting());
    world.disconnect(1);
    let remarks = |told: Vec<Command>| -> Vec<(u64, usize)> {
        let remark = |it| {
            if let Command::Note(Notice::BotAway { after, waiting, .. }) = it {
                Some((after.as_secs(), waiting))
            } else {
                None
            }
        };
        told.into_iter().filter_map(remark).collect()
    };
    assert_eq!(remarks(world.pass(seconds(100))), [], "nothing waits");
    says_in(&mut world, "tea", "a");
    says_in(&mut world, "tea", "b");
    let told = remarks(world.pass(seconds(500)));
    assert_eq!(told, [(100, 2), (200, 2), (400, 2)]);
    let away = world.team.bots().away(BOT).expect("away");
    assert_eq!((away.waiting, away.dropped, away.was_there), (2, 0, true));
    let told = world.tell(Input::BotConnected { client: ClientId(2), bot: BOT, after: None });
    let back = |it: &Command| matches!(it, Command::Note(Notice::BotBack { waiting: 2, .. }));
    assert!(told.iter().any(back), "{told:?}");
    assert_eq!((given(2, &told).len(), world.team.bots().away(BOT)), (4, None));
    assert!(matches!(given(2, &told)[2], WeChatEvent::Message { .. }));
}

#[test]
fn what_is_asked_for_on_the_connection_of_a_stream_that_ended_counts_for_the_one_that_goes_on() {
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode);
        opens(&mut world, 1);
        says_in(&mut world, "tea", "a");
        world.disconnect(1);
        assert_eq!(opens(&mut world, 2), ["a~north"], "{mode:?}");
        assert_eq!(messages(2, &says_in(&mut world, "tea", "b")), ["b~north"], "{mode:?}");
        // Behind a proxy its calls may still come where its first stream was.
        world.asks(1, "a~north");
        world.asks(1, "b~north");
        assert_eq!(world.team.bots().backlog(), 0, "{mode:?}");
        let ding = Input::Ding { client: Some(ClientId(1)), bot: BOT, data: "tick".into() };
        assert_eq!(given(2, &world.tell(ding)), [WeChatEvent::Dong { data: "tick".into() }], "{mode:?}");
        world.disconnect(2);
        assert_eq!(opens(&mut world, 3), Vec::<String>::new(), "{mode:?}");
    }
}

#[test]
fn what_was_asked_before_a_program_stopped_says_nothing_of_another_program() {
    let mut world = up(BotMode::All);
    opens(&mut world, 1);
    opens(&mut world, 2);
    says_in(&mut world, "tea", "a");
    world.disconnect(1);
    world.asks(1, "a~north");
    world.disconnect(2);
    let after = Some(ClientId(2));
    let told = world.tell(Input::BotConnected { client: ClientId(3), bot: BOT, after });
    assert_eq!(messages(3, &told), ["a~north"]);
}

#[test]
fn what_is_given_slowly_does_not_grow_old_meanwhile() {
    let brief = Replay { age: seconds(60), ..Replay::default() };
    let all = || ids((0..20).map(|n| format!("{n:02}")));
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = World::up_with(&Setup { bots: bots(&[mode]), replay: brief, ..setup(1) });
        (0..20).for_each(|n| drop(says_in(&mut world, "tea", &format!("{n:02}"))));
        world.pass(seconds(30));
        assert_eq!(opens(&mut world, 1), all()[..8], "{mode:?}");
        // It answers, and its answers leave after much longer than anything is kept, since much is said there.
        (0..8).for_each(|_| says(&mut world, "tea"));
        assert_eq!(messages(1, &world.pass(seconds(90))), Vec::<String>::new(), "{mode:?}");
        all()[..8].iter().for_each(|id| world.asks(1, id));
        world.disconnect(1);
        world.pass(seconds(20));
        // The answers under way are still counted.
        (0..8).for_each(|_| drop(said_it(&mut world, "tea")));
        assert_eq!(opens(&mut world, 2), all()[8..16], "{mode:?}");
        // The team is away for a moment, while its answers wait again.
        (0..8).for_each(|_| says(&mut world, "tea"));
        world.pass(seconds(90));
        world.link(NORTH, logout());
        world.pass(seconds(5));
        let mut heard = messages(2, &world.login(NORTH));
        (0..8).for_each(|_| {
            heard.extend(messages(
                2,
                &world.tell(Input::BotSaid { bot: BOT, conversation: "tea@chatroom".into() }),
            ));
        });
        assert_eq!(heard, all()[16..], "{mode:?}");
        assert_eq!(world.team.bots().dropped(), 0, "{mode:?}");
    }
}

#[test]
fn what_waits_for_a_bot_that_is_away_grows_old_whatever_was_given_before() {
    let brief = Replay { age: seconds(60), ..Replay::default() };
    for mode in [BotMode::All, BotMode::Standby, BotMode::Shard] {
        let mut world = World::up_with(&Setup { bots: bots(&[mode]), replay: brief, ..setup(1) });
        (0..20).for_each(|n| drop(says_in(&mut world, "tea", &format!("{n:02}"))));
        world.pass(seconds(30));
        opens(&mut world, 1);
        (0..8).for_each(|_| says(&mut world, "tea"));
        world.pass(seconds(90));
        world.disconnect(1);
        // It was away for 30 s before.
        world.pass(seconds(29));
        assert!(world.team.bots().backlog() >= 12, "{mode:?}");
        world.pass(seconds(2));
        let kept = world.team.bots().backlog();
        assert!(kept <= 8, "{mode:?}: {kept}");
    }
}
