//! What each mode makes of streams that come and go.

use super::{all::MAX_WAITING, *};
use crate::kind::DirtyType;
use alloc::{format, string::ToString, vec};

const BOT: BotId = BotId(0);
const FIRST: ClientId = ClientId(1);
const SECOND: ClientId = ClientId(2);

fn at(seconds: u64) -> Time {
    Time::after_origin(Duration::from_secs(seconds))
}

fn bots(mode: BotMode) -> Bots {
    let bot = BotSetup { name: "bot".into(), mode };
    Bots::new(Time::ZERO, &[bot], Replay { events: 3, bytes: 1 << 20, age: Duration::from_secs(600) })
}

fn message(id: &str) -> WeChatEvent {
    WeChatEvent::Message { id: id.to_string() }
}

fn connect(bots: &mut Bots, now: u64, client: ClientId) -> Vec<WeChatEvent> {
    bots.connect(at(now), client, BOT, None);
    due(bots, client)
}

fn due(bots: &mut Bots, client: ClientId) -> Vec<WeChatEvent> {
    bots.due(at(0), client, true).events.iter().map(|(_, event)| WeChatEvent::clone(event)).collect()
}

fn heirs(bots: &mut Bots, now: u64, client: ClientId) -> Vec<ClientId> {
    bots.disconnect(at(now), client).map(|it| it.heirs).unwrap_or_default()
}

fn dirty(id: &str) -> WeChatEvent {
    WeChatEvent::Dirty { kind: DirtyType::Contact, id: id.to_string() }
}

#[test]
fn what_happened_before_the_bot_came_is_given_to_it() {
    let mut bots = bots(BotMode::All);
    bots.record(at(0), 0, &message("m1"));
    assert_eq!(connect(&mut bots, 1, FIRST), [message("m1")]);
    assert_eq!(due(&mut bots, FIRST), [], "once");
}

#[test]
fn what_was_acknowledged_is_not_given_again() {
    let mut bots = bots(BotMode::All);
    bots.connect(at(0), FIRST, BOT, None);
    for event in [dirty("c"), message("m1"), message("m2")] {
        bots.record(at(1), 0, &event);
    }
    due(&mut bots, FIRST);
    bots.acknowledge(Some(FIRST), BOT, "m1");
    assert_eq!(bots.disconnect(at(2), FIRST), None);
    bots.record(at(3), 0, &message("m3"));
    assert_eq!(connect(&mut bots, 4, SECOND), [message("m2"), message("m3")]);
}

#[test]
fn when_a_bot_acknowledged_last_is_known_while_it_is_away_and_after_a_restart() {
    let mut bots = bots(BotMode::All);
    assert_eq!(bots.acknowledged(BOT), None);
    bots.connect(at(0), FIRST, BOT, None);
    bots.has_acknowledged(at(7), BOT);
    bots.disconnect(at(8), FIRST);
    assert_eq!(bots.acknowledged(BOT), Some(at(7)));
    let setup = [BotSetup { name: bots.name(BOT).into(), mode: BotMode::Standby }];
    bots.restart(at(9), Duration::ZERO, &setup, Replay::default());
    assert_eq!(bots.acknowledged(BOT), Some(at(7)));
}

#[test]
fn each_stream_of_a_bot_has_a_backlog_of_its_own() {
    let mut bots = bots(BotMode::All);
    bots.connect(at(0), FIRST, BOT, None);
    bots.connect(at(0), SECOND, BOT, None);
    bots.record(at(1), 0, &message("m1"));
    bots.acknowledge(Some(SECOND), BOT, "m1");
    bots.disconnect(at(2), FIRST);
    assert_eq!(connect(&mut bots, 3, ClientId(3)), [message("m1")]);
}

#[test]
fn a_bot_that_returns_before_its_old_stream_is_known_dead_loses_nothing() {
    let mut bots = bots(BotMode::All);
    bots.connect(at(0), FIRST, BOT, None);
    bots.record(at(1), 0, &message("m1"));
    bots.connect(at(2), SECOND, BOT, None);
    bots.record(at(3), 0, &message("m2"));
    assert_eq!(due(&mut bots, SECOND), [message("m2")]);
    assert_eq!(heirs(&mut bots, 20, FIRST), [SECOND]);
    assert_eq!(due(&mut bots, SECOND), [message("m1")]);
    assert_eq!(bots.disconnect(at(21), SECOND), None);
    assert_eq!(connect(&mut bots, 21, ClientId(3)), [message("m1"), message("m2")]);
}

#[test]
fn what_is_kept_is_bounded_by_count_and_age_and_the_rest_is_counted() {
    let mut bots = bots(BotMode::All);
    for n in 0..5 {
        bots.record(at(n), 0, &message(&format!("m{n}")));
    }
    assert_eq!((bots.backlog(), bots.dropped()), (3, 2));
    assert_eq!(bots.poll_timeout(), Some(at(602)));
    bots.expire(at(603));
    assert_eq!((bots.backlog(), bots.dropped()), (1, 4));
    for n in 10..30 {
        bots.connect(at(603), ClientId(n), BOT, None);
    }
    for n in 10..30 {
        bots.disconnect(at(603), ClientId(n));
    }
    bots.record(at(603), 0, &message("last"));
    assert_eq!(bots.backlog(), MAX_WAITING, "each waiting session has it");
}

#[test]
fn of_streams_that_share_one_is_given_what_nobody_had_and_keeps_it_until_it_breaks() {
    for mode in [BotMode::Standby, BotMode::Shard] {
        let mut bots = bots(mode);
        bots.record(at(0), 7, &message("m1"));
        assert_eq!(connect(&mut bots, 1, FIRST), [message("m1")], "{mode:?}");
        assert_eq!(connect(&mut bots, 2, SECOND), [], "{mode:?}: it is the first one's");
        assert_eq!(heirs(&mut bots, 3, FIRST), [SECOND]);
        assert_eq!(due(&mut bots, SECOND), [message("m1")], "{mode:?}");
        bots.acknowledge(Some(FIRST), BOT, "m1");
        assert_eq!(bots.backlog(), 1, "{mode:?}: only the stream that has it can acknowledge it");
        bots.acknowledge(None, BOT, "m1");
        assert_eq!(bots.backlog(), 0, "{mode:?}: whoever asks on another connection is believed");
    }
}

#[test]
fn of_streams_that_wait_nobody_takes_over_from_another() {
    let mut bots = bots(BotMode::Standby);
    for client in [FIRST, SECOND, ClientId(3)] {
        bots.connect(at(0), client, BOT, None);
    }
    bots.record(at(1), 7, &message("m1"));
    let all: Vec<Vec<WeChatEvent>> = [ClientId(3), SECOND, FIRST].map(|client| due(&mut bots, client)).into();
    assert_eq!(all, [vec![], vec![], vec![message("m1")]]);
    assert_eq!(heirs(&mut bots, 2, SECOND), []);
    assert_eq!(heirs(&mut bots, 3, FIRST), [ClientId(3)]);
    let roles: Vec<Role> = bots.streams_of(BOT).into_iter().map(|(_, role, _)| role).collect();
    assert_eq!(roles, [Role::Active]);
}

#[test]
fn who_restarts_has_the_conversations_again_that_it_had() {
    let mut bots = bots(BotMode::Shard);
    let share = |bots: &mut Bots, client: ClientId| -> Vec<u64> {
        let all = (0..100).filter(|about| {
            bots.record(at(0), *about, &message("m"));
            let is_its = !due(bots, client).is_empty();
            for other in bots.clients().collect::<Vec<_>>() {
                due(bots, other);
                bots.acknowledge(Some(other), BOT, "m");
            }
            is_its
        });
        all.collect()
    };
    for client in 1..=3 {
        bots.connect(at(0), ClientId(client), BOT, None);
    }
    let before = share(&mut bots, SECOND);
    assert!((15..60).contains(&before.len()), "{before:?}");
    bots.disconnect(at(1), SECOND);
    bots.connect(at(2), ClientId(4), BOT, None);
    assert_eq!(share(&mut bots, ClientId(4)), before);
}

#[test]
fn stale_caches_concern_every_stream_and_are_told_once() {
    let mut bots = bots(BotMode::Standby);
    for id in ["a", "b", "a"] {
        bots.record(at(0), 0, &dirty(id));
    }
    assert_eq!(connect(&mut bots, 1, FIRST), [dirty("b"), dirty("a")]);
    bots.record(at(2), 0, &message("m1"));
    bots.record(at(2), 0, &dirty("c"));
    assert_eq!(due(&mut bots, FIRST), [message("m1"), dirty("c")]);
    assert_eq!(connect(&mut bots, 3, SECOND), [dirty("b"), dirty("a"), dirty("c")]);
    assert_eq!((due(&mut bots, FIRST), due(&mut bots, SECOND)), (vec![], vec![]));
    bots.expire(at(602));
    assert_eq!((bots.backlog(), bots.dropped(), bots.poll_timeout()), (0, 0, None));
}

#[test]
fn what_is_kept_for_streams_that_share_is_bounded_and_what_was_seen_goes_first() {
    let mut bots = bots(BotMode::Shard);
    bots.connect(at(0), FIRST, BOT, None);
    bots.record(at(0), 0, &message("seen"));
    due(&mut bots, FIRST);
    for n in 0..3 {
        bots.record(at(1), 0, &message(&format!("m{n}")));
    }
    assert_eq!((bots.backlog(), bots.dropped()), (3, 0));
    bots.record(at(1), 0, &message("m3"));
    assert_eq!((bots.backlog(), bots.dropped()), (3, 1));
    assert_eq!(due(&mut bots, FIRST), [message("m1"), message("m2"), message("m3")]);
}
