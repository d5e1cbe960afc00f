//! Streams that share their bot's events: each event is one stream's alone, and none is lost however they
//! come and go.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test team bots_modes` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{
    BOT, NORTH, SOUTH, World, bots, change, given, greeting, logout, messages, random::check, said, seconds,
    setup, written,
};
use ha_wechaty_core::{
    AccountId, BotId, BotMode, ClientId, Command, DirtyType, Input, MessageFacts, Notice, Role, Setup,
    WeChatEvent,
};
use proptest::prelude::*;

fn up(mode: BotMode, accounts: usize) -> World {
    World::up_with(&Setup { bots: bots(&[mode]), ..setup(accounts) })
}

/// Somebody says something in one of many rooms.
fn in_room(room: u64, id: &str) -> MessageFacts {
    MessageFacts { room: format!("room{room}@chatroom"), ..said("alice", id, id) }
}

fn roles(world: &World) -> Vec<Role> {
    world.team.bots().streams_of(BOT).into_iter().map(|(_, role, _)| role).collect()
}

#[test]
fn who_waits_is_logged_in_and_is_given_nothing_until_it_takes_over() {
    let mut world = up(BotMode::Standby, 1);
    assert_eq!(world.connect(1), greeting());
    assert_eq!(world.connect(2), greeting(), "a stock client must be ready");
    assert_eq!(roles(&world), [Role::Active, Role::Standby]);
    for text in ["a", "b", "c"] {
        let told = world.shows(NORTH, said("alice", text, text));
        assert_eq!((messages(1, &told), messages(2, &told)), (vec![format!("{text}~north")], vec![]));
    }
    world.asks(1, "b~north");
    let told = world.disconnect(1);
    assert_eq!(messages(2, &told), ["a~north", "c~north"]);
    let note = Notice::TakenOver { bot: BOT, from: ClientId(1), to: vec![ClientId(2)], again: 2 };
    assert_eq!(told[0], Command::Note(note));
    assert_eq!(messages(2, &world.shows(NORTH, said("alice", "d", "d"))), ["d~north"]);
    assert_eq!(world.connect(3), greeting(), "the one that works goes on working");
    assert_eq!(world.disconnect(3), [], "one that waits leaves nothing");
}

#[test]
fn a_conversation_is_one_streams_alone_whatever_happens_in_it() {
    let mut world = up(BotMode::Shard, 2);
    world.connect(1);
    world.connect(2);
    let mut firsts = BTreeSet::new();
    for room in 0..20 {
        let id = format!("room{room}@chatroom");
        let change = ha_wechaty_core::RoomChange { room: id.clone(), ..change(&["carol"], "alice") };
        let topic = WeChatEvent::RoomTopic {
            room: id,
            changer: "alice".into(),
            new: "new".into(),
            old: "old".into(),
            timestamp: None,
        };
        let all = [
            world.shows(NORTH, in_room(room, &format!("m{room}"))),
            world.tells(NORTH, WeChatEvent::RoomJoin(change.clone())),
            world.tells(NORTH, WeChatEvent::RoomLeave(change)),
            world.tells(NORTH, topic),
            world.shows(
                SOUTH,
                MessageFacts { talker: "wxid_south".into(), ..in_room(room, &format!("own{room}")) },
            ),
        ];
        let to: Vec<[usize; 2]> = all.iter().map(|it| [1, 2].map(|client| given(client, it).len())).collect();
        assert!(to == [[1, 0]; 5] || to == [[0, 1]; 5], "{to:?}");
        firsts.insert(to[0][0]);
    }
    assert_eq!(firsts.len(), 2, "both have some");
    // A person is one conversation, whichever account it writes to, and whoever speaks.
    for person in 0..20 {
        let person = format!("person{person}");
        let all = [
            world.shows(NORTH, written(&person, "wxid_north", "hi", &format!("to north {person}"))),
            world.shows(SOUTH, written(&person, "wxid_south", "hi", &format!("to south {person}"))),
            world.shows(SOUTH, written("wxid_south", &person, "hello", &format!("back {person}"))),
        ];
        let to: Vec<[usize; 2]> = all.iter().map(|it| [1, 2].map(|client| given(client, it).len())).collect();
        assert!(to == [[1, 0]; 3] || to == [[0, 1]; 3], "{to:?}");
    }
}

#[test]
fn what_is_of_no_conversation_is_one_streams_too_but_stale_caches_are_everybodys() {
    for mode in [BotMode::Standby, BotMode::Shard] {
        let mut world = up(mode, 1);
        world.connect(1);
        world.connect(2);
        for n in 0..20 {
            let id = format!("f{n}");
            for event in [WeChatEvent::Friendship { id: id.clone() }, WeChatEvent::RoomInvite { id }] {
                let told = world.tells(NORTH, event);
                assert_eq!(given(1, &told).len() + given(2, &told).len(), 1, "{mode:?}");
            }
        }
        let told = world.tells(NORTH, WeChatEvent::Dirty { kind: DirtyType::Room, id: "room".into() });
        assert_eq!((given(1, &told).len(), given(2, &told).len()), (1, 1), "{mode:?}");
    }
}

#[test]
fn a_ding_is_answered_where_it_was_asked_or_on_all_streams_of_its_bot() {
    let mut world = World::up_with(&Setup { bots: bots(&[BotMode::Standby, BotMode::All]), ..setup(1) });
    world.connect(1);
    world.connect(2);
    world.connect_as(3, BotId(1));
    let dong = |world: &mut World, client: Option<u64>| {
        let client = client.map(ClientId);
        let told = world.tell(Input::Ding { client, bot: BOT, data: "?".into() });
        [1, 2, 3].map(|client| given(client, &told).len())
    };
    assert_eq!(dong(&mut world, Some(2)), [0, 1, 0]);
    assert_eq!(dong(&mut world, None), [1, 1, 0]);
}

/// What happens to the streams of one bot.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// In one of some rooms.
    Says(u8),
    Opens,
    Ends(u8),
    /// One of the streams asks for one of those that it was given.
    Asks(u8, u8),
    TeamFails,
    TeamRecovers,
    Passes(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..12u8).prop_map(Step::Says),
        2 => Just(Step::Opens),
        2 => any::<u8>().prop_map(Step::Ends),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(stream, which)| Step::Asks(stream, which)),
        1 => Just(Step::TeamFails),
        1 => Just(Step::TeamRecovers),
        1 => (0..5u8).prop_map(Step::Passes),
    ]
}

/// Who has what, as it must be.
#[derive(Default)]
struct Model {
    /// Open streams in the order in which they opened, and what each was given and has not asked for.
    open: Vec<(u64, Vec<String>)>,
    said: BTreeMap<String, u8>,
    done: BTreeSet<String>,
    /// Whose a conversation was last, and how often the streams had changed by then.
    owners: BTreeMap<u8, (u64, usize)>,
    changes: usize,
}

impl Model {
    fn sees(&mut self, mode: BotMode, commands: &[Command]) {
        for command in commands {
            let Command::Deliver { client: ClientId(client), event, .. } = command else { continue };
            let WeChatEvent::Message { id } = &**event else { continue };
            assert!(!self.done.contains(id), "{id} was acknowledged");
            let holder = self.open.iter().find(|(_, has)| has.contains(id));
            assert_eq!(holder, None, "{id} is given to {client} too");
            if mode == BotMode::Standby {
                assert_eq!(self.open[0].0, *client, "only the stream that opened first works");
            }
            let (room, now) = (self.said[id], self.changes);
            let (owner, then) = *self.owners.entry(room).or_insert((*client, now));
            assert!(owner == *client || then < now, "a conversation moved though no stream came or went");
            self.owners.insert(room, (*client, now));
            let stream = self.open.iter_mut().find(|(it, _)| it == client).expect("an open stream");
            stream.1.push(id.clone());
        }
    }
}

#[test]
fn each_event_is_one_streams_alone_and_none_is_lost() {
    for mode in [BotMode::Standby, BotMode::Shard] {
        check(2_000, &prop::collection::vec(step(), 1..80), |steps| {
            let mut world = up(mode, 1);
            let mut model = Model::default();
            for (number, step) in (1..).zip(steps) {
                let commands = match step {
                    Step::Says(room) => {
                        model.said.insert(format!("{number}~north"), room);
                        world.shows(NORTH, in_room(room.into(), &number.to_string()))
                    }
                    Step::Opens => {
                        model.open.push((number, Vec::new()));
                        model.changes += 1;
                        world.tell(Input::BotConnected { client: ClientId(number), bot: BOT, after: None })
                    }
                    Step::Ends(which) if !model.open.is_empty() => {
                        let (client, _) = model.open.remove(usize::from(which) % model.open.len());
                        model.changes += 1;
                        world.disconnect(client)
                    }
                    Step::Asks(which, message) if !model.open.is_empty() => {
                        let index = usize::from(which) % model.open.len();
                        let (client, has) = &mut model.open[index];
                        if !has.is_empty() {
                            let id = has.remove(usize::from(message) % has.len());
                            world.asks(*client, &id);
                            model.done.insert(id);
                        }
                        Vec::new()
                    }
                    Step::TeamFails => world.link(NORTH, logout()),
                    Step::TeamRecovers => world.login(NORTH),
                    Step::Passes(time) => world.pass(seconds(time.into())),
                    Step::Ends(_) | Step::Asks(..) => Vec::new(),
                };
                model.sees(mode, &commands);
            }
            let commands = world.login(NORTH);
            model.sees(mode, &commands);
            // What they are told of a login follows a logout a moment later.
            let commands = world.pass(seconds(1));
            model.sees(mode, &commands);
            model.open.push((1_000, Vec::new()));
            model.changes += 1;
            let commands = world.tell(Input::BotConnected { client: ClientId(1_000), bot: BOT, after: None });
            model.sees(mode, &commands);
            let had: BTreeSet<&String> =
                model.open.iter().flat_map(|(_, has)| has).chain(&model.done).collect();
            assert_eq!(had, model.said.keys().collect(), "everything is done or in hand");
            assert_eq!(world.team.bots().dropped(), 0);
        });
    }
}

#[test]
fn few_conversations_move_when_a_stream_comes_or_goes() {
    let rooms = 300u64;
    // Whose is each conversation?
    let owners = |world: &mut World, streams: &[u64], round: &str| -> Vec<u64> {
        let mut owner_of = |room: u64| {
            let id = format!("{round} {room}");
            let told = world.shows(AccountId(0), in_room(room, &id));
            let owner = streams.iter().copied().find(|client| !messages(*client, &told).is_empty());
            let owner = owner.expect("somebody's");
            world.asks(owner, &format!("{id}~north"));
            owner
        };
        (0..rooms).map(&mut owner_of).collect()
    };
    let mut world = up(BotMode::Shard, 1);
    (1..=4).for_each(|client| drop(world.connect(client)));
    let four = owners(&mut world, &[1, 2, 3, 4], "four");
    world.disconnect(2);
    let three = owners(&mut world, &[1, 3, 4], "three");
    world.connect(5);
    let again = owners(&mut world, &[1, 3, 4, 5], "again");
    for ((before, without), after) in four.iter().zip(&three).zip(&again) {
        assert!(*before == 2 || before == without, "only those of the stream that went move");
        assert!(*after == 5 || after == without, "only those of the stream that came move");
    }
    for client in [1, 2, 3, 4] {
        let share = four.iter().filter(|owner| **owner == client).count();
        assert!((45..110).contains(&share), "{client} has {share} of {rooms}");
    }
}

#[test]
fn a_stream_of_a_bot_that_nobody_has_is_given_nothing() {
    let mut world = up(BotMode::All, 1);
    world.team.handle(world.now, Input::BotConnected { client: ClientId(1), bot: BotId(9), after: None });
    assert_eq!((world.team.poll_command(), world.team.bots().connected()), (None, 0));
}
