//! The gateway is killed and started again: what its accounts, its bots and its operators see of that, and that nothing
//! it had promised is forgotten.
//!
//! `SEED=… CASES=… cargo test -p ha-wechaty-core --test gateway_restarts` tries others.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::BTreeSet;

use crate::support::{
    BOT, LOST, NORTH, ROOM, SOUTH, Turns, WEST, World, bots, but_steps, change, given, greeting, logout,
    member, messages, random::check, said, seconds, setup, wxid,
};
use ha_wechaty_core::{
    AccountId, Aim, BotMode, BotSetup, ClientId, Command, Hold, Input, InviteResult, InviteRule, LinkFact,
    Notice, Paced, Phase, Policy, Recall, SendId, SendResult, Settled, Setup, Standing, Time, WeChatEvent,
};
use proptest::prelude::*;

/// It is killed and started again, and nobody has changed anything.
fn restart(world: &mut World) -> Vec<Command> {
    world.restarts(world.setup.clone())
}

/// All accounts are dialled, and back. Returns what was wished.
fn all_come(world: &mut World) -> Vec<Command> {
    let mut commands = world.step();
    for index in 0..world.team.accounts().len() {
        commands.extend(world.comes(AccountId::at(index)));
    }
    commands
}

fn notes(commands: &[Command]) -> Vec<&Notice> {
    commands.iter().filter_map(|it| if let Command::Note(note) = it { Some(note) } else { None }).collect()
}

fn settled(commands: &[Command]) -> Vec<(u64, Settled)> {
    let settled = |it: &Command| {
        if let Command::Settle { send, settled } = it { Some((send.0, settled.clone())) } else { None }
    };
    commands.iter().filter_map(settled).collect()
}

#[test]
fn accounts_are_dialled_at_once_and_nobody_hears_of_it_if_they_come() {
    let mut world = World::up(2);
    world.pass(seconds(100));
    let told = restart(&mut world);
    assert_eq!(notes(&told), Vec::<&Notice>::new());
    assert!(!world.team.is_up());
    let dialled = world.step();
    assert_eq!(world.now, Time::ZERO + seconds(100), "at once");
    assert_eq!(dialled, [NORTH, SOUTH].map(|account| Command::Connect { account }));
    let mut told: Vec<Command> = [NORTH, SOUTH].into_iter().flat_map(|it| world.comes(it)).collect();
    told.extend(world.pass(seconds(60)));
    let notes = notes(&told);
    assert!(matches!(notes.as_slice(), [Notice::TeamRecovered { .. }]), "{notes:?}");
    assert!(told.contains(&Command::Learn { account: NORTH }), "its lists are read again");
}

#[test]
fn that_one_does_not_come_is_told() {
    let mut world = World::up(2);
    restart(&mut world);
    world.step();
    world.comes(NORTH);
    let told = world.link(SOUTH, LinkFact::Lost { cause: "refused".into() });
    let told = notes(&told);
    assert!(
        matches!(told.as_slice(), [Notice::Phase { account: SOUTH, to: Standing::Offline, .. }]),
        "{told:?}"
    );
}

#[test]
fn a_bot_that_is_back_before_the_accounts_is_greeted_once_and_given_what_it_has_not_acknowledged() {
    let mut world = World::up(1);
    world.connect(1);
    for text in ["a", "b"] {
        world.shows(NORTH, said("alice", text, text));
    }
    world.asks(1, "a~north");
    restart(&mut world);
    assert_eq!(world.connect(2), [], "no logout: it knows of no login");
    let told = all_come(&mut world);
    assert_eq!(given(2, &told)[..2], greeting());
    assert_eq!(messages(2, &told), ["b~north"]);
}

#[test]
fn what_an_account_shows_again_after_it_is_known_and_what_is_new_is_new() {
    let mut world = World::up(2);
    world.connect(1);
    world.shows(NORTH, said("alice", "a", "n1"));
    world.asks(1, "n1~north");
    restart(&mut world);
    world.connect(2);
    all_come(&mut world);
    assert_eq!(messages(2, &world.shows(NORTH, said("alice", "a", "n1"))), Vec::<String>::new());
    assert_eq!(messages(2, &world.shows(SOUTH, said("alice", "a", "s1"))), Vec::<String>::new());
    assert_eq!(messages(2, &world.shows(SOUTH, said("alice", "b", "s2"))), ["s2~south"]);
}

#[test]
fn a_send_that_was_under_way_is_sent_if_somebody_saw_it_and_else_nobody_knows() {
    let mut world = World::up(3);
    world.begins(1, NORTH, "seen");
    world.begins(2, NORTH, "unseen");
    world.begins(3, NORTH, "ended");
    world.sent(3, NORTH, "n3");
    world.begins(4, NORTH, "refused");
    world.ends(4, NORTH, SendResult::NotSent);
    assert_eq!(settled(&restart(&mut world)), []);
    all_come(&mut world);
    let told = world.shows(SOUTH, said(&wxid(NORTH), "seen", "s1"));
    let [(1, Settled::Seen(copy))] = &settled(&told)[..] else { panic!("{told:?}") };
    assert_eq!((copy.account, copy.id.as_str()), (SOUTH, "s1"));
    assert_eq!(settled(&world.pass(seconds(60))), [(2, Settled::Unknown)]);
    assert_eq!(world.team.numbers().send, 5);
}

#[test]
fn what_was_unsure_before_is_settled_as_if_nothing_had_happened_but_nothing_proves_that_it_is_not_there() {
    let mut world = World::up(2);
    world.pass(seconds(10));
    for (send, text) in [(1, "seen"), (2, "unseen")] {
        world.begins(send, NORTH, text);
        world.ends(send, NORTH, LOST);
    }
    // It takes its time to start.
    world.now = world.now + seconds(45);
    restart(&mut world);
    all_come(&mut world);
    let told = world.shows(SOUTH, said(&wxid(NORTH), "seen", "s1"));
    assert!(matches!(&settled(&told)[..], [(1, Settled::Seen(_))]), "{told:?}");
    assert_eq!(settled(&world.pass(seconds(60))), [(2, Settled::Unknown)]);
}

#[test]
fn accounts_are_known_by_their_names_wherever_they_stand_in_the_configuration() {
    let mut world = World::up(2);
    let accounts = [member("west"), member("south")].into();
    let told = world.restarts(Setup { accounts, ..setup(0) });
    let told = notes(&told);
    assert!(
        matches!(told.as_slice(), [Notice::Phase { account: NORTH, to: Standing::Removed, .. }]),
        "{told:?}"
    );
    let names: Vec<&str> = [NORTH, SOUTH, WEST].map(|it| world.team.identity().name(it)).into();
    assert_eq!(names, ["north", "south", "west"]);
    assert_eq!(world.team.accounts()[NORTH.index()].phase(), &Phase::Removed);
    assert_eq!(but_steps(world.step()), [SOUTH, WEST].map(|account| Command::Connect { account }));
    assert_eq!(world.team.identity().account_of(&wxid(SOUTH)), Some(SOUTH), "it is known who it is");
    // And back again.
    world.restarts(setup(2));
    assert_eq!(but_steps(world.step()), [NORTH, SOUTH].map(|account| Command::Connect { account }));
}

#[test]
fn what_was_changed_in_the_configuration_holds() {
    let mut world = World::up(2);
    let changed = Setup {
        self_id: "another".into(),
        policy: Policy::Failover,
        heartbeat_contact: Some("gh_another".into()),
        directory: 1,
        invite: InviteRule { enabled: true, ..InviteRule::default() },
        ..setup(2)
    };
    world.restarts(changed);
    all_come(&mut world);
    assert_eq!(world.team.identity().self_id(), "another");
    assert!(world.team.directory().len() <= 1, "it may know no more");
    let order = |world: &World| world.routing().order(Aim::Anything, None, &Turns::default());
    assert_eq!([order(&world), order(&world)], [[NORTH, SOUTH], [NORTH, SOUTH]], "the first one, always");
    let dings = world.pass(seconds(400));
    let to = |it: &Command| matches!(it, Command::Ding { contact, .. } if contact == "gh_another");
    assert!(dings.iter().any(to), "{dings:?}");
}

#[test]
fn bots_are_known_by_their_names_and_new_ones_begin_with_nothing() {
    let two = Setup { bots: bots(&[BotMode::All, BotMode::All]), ..setup(1) };
    let mut world = World::up_with(&two);
    world.shows(NORTH, said("alice", "a", "a"));
    let new = BotSetup { name: "new".into(), mode: BotMode::All };
    world.restarts(Setup { bots: vec![new, two.bots[0].clone()], ..setup(1) });
    all_come(&mut world);
    for (client, bot, expected) in [(1, 0, 0), (2, 1, 1)] {
        let (client, bot) = (ClientId(client), ha_wechaty_core::BotId(bot));
        let told = world.tell(Input::BotConnected { client, bot, after: None });
        assert_eq!(messages(client.0, &told).len(), expected);
    }
}

#[test]
fn an_invitation_that_was_under_way_counts_as_made_and_one_that_was_to_be_accepted_is_accepted_again() {
    let invite = InviteRule { enabled: true, ..InviteRule::default() };
    let mut world = World::with(&Setup { invite, ..setup(2) }, 1);
    world.step();
    world.comes(NORTH);
    world.link(SOUTH, LinkFact::Opened);
    world.login(SOUTH);
    let contacts = Some(vec![wxid(NORTH), wxid(SOUTH), "alice".into()]);
    world.tell(Input::Lists { account: NORTH, contacts: contacts.clone(), rooms: Some(vec![ROOM.into()]) });
    world.tell(Input::Lists { account: SOUTH, contacts, rooms: Some(vec![]) });
    let told = world.pass(seconds(3));
    let invites = |told: &[Command]| told.iter().filter(|it| matches!(it, Command::Invite { .. })).count();
    assert_eq!(invites(&told), 1, "{told:?}");
    let invitation = Input::Invitation { account: SOUTH, id: "i".into(), inviter: wxid(NORTH) };
    let accepts = [Command::AcceptInvitation { account: SOUTH, id: "i".into() }];
    assert_eq!(world.tell(invitation), accepts);
    restart(&mut world);
    world.step();
    let mut told = world.comes(NORTH);
    assert!(!told.contains(&accepts[0]), "it is not there yet");
    told.extend(world.link(SOUTH, LinkFact::Opened));
    told.extend(world.login(SOUTH));
    told.extend(world.pass(seconds(500)));
    assert_eq!(told.iter().filter(|it| **it == accepts[0]).count(), 1);
    assert_eq!(invites(&told), 0, "it may have been invited");
    // Whoever was asked then can't answer any more.
    world.tell(Input::Invited {
        account: NORTH,
        room: ROOM.into(),
        teammate: SOUTH,
        result: InviteResult::Refused,
    });
    let plan = world.team.invitations(world.now);
    assert!(matches!(plan[0].step, Err(Hold::Invited { by: NORTH, .. })), "{plan:?}");
}

#[test]
fn what_an_account_was_told_of_and_was_not_read_is_owed() {
    let mut world = World::up(2);
    for id in ["a", "b", "c", "b"] {
        world.tell(Input::Heard { account: NORTH, id: id.into() });
        world.pass(seconds(1));
    }
    world.shows(NORTH, said("alice", "a", "a"));
    world.tell(Input::Unshown { account: NORTH, id: "c".into() });
    restart(&mut world);
    all_come(&mut world);
    let owed: Vec<_> = world.team.owed(NORTH).map(|(id, at)| (id, at.since_origin())).collect();
    assert_eq!(owed, [("b", seconds(1))]);
    assert_eq!(world.team.owed(SOUTH).count(), 0);
    world.tell(Input::OldMessage { account: NORTH, message: said("alice", "b", "b") });
    assert_eq!(world.team.owed(NORTH).count(), 0);
    for n in 0..2 * ha_wechaty_core::MAX_OWED {
        world.tell(Input::Heard { account: NORTH, id: n.to_string() });
    }
    assert_eq!(world.team.owed(NORTH).count(), ha_wechaty_core::MAX_OWED);
}

/// A bot and all accounts are back. What it is given but for greetings and messages.
fn happened(world: &mut World) -> Vec<WeChatEvent> {
    let mut told = world.connect(2);
    told.extend(given(2, &all_come(world)));
    told.retain(|it| !greeting().contains(it) && !matches!(it, WeChatEvent::Message { .. }));
    told
}

#[test]
fn what_was_heard_behind_a_message_has_happened_before_the_end_and_once() {
    let mut world = World::up(2);
    world.connect(1);
    let joined = |account| (account, WeChatEvent::RoomJoin(change(&["bob"], "alice")));
    let asked = |id: &str| WeChatEvent::Friendship { id: id.into() };
    for (account, event) in
        [(NORTH, asked("f1")), (NORTH, asked("f2")), joined(NORTH), (SOUTH, asked("f3")), (WEST, asked("f4"))]
    {
        world.tell(Input::HeardOf { account, event });
    }
    // This was handed on, and the other account has told what is the same.
    world.tell(Input::Event { account: NORTH, event: asked("f1") });
    world.asks(1, "f1~north");
    let (account, event) = joined(SOUTH);
    let told = world.tell(Input::Event { account, event });
    assert!(told.iter().any(|it| matches!(it, Command::Deliver { .. })), "{told:?}");
    // It is away for longer than copies are known as such.
    world.now = world.now + seconds(3_000);
    restart(&mut world);
    let (friendships, others): (Vec<_>, Vec<_>) =
        happened(&mut world).into_iter().partition(|it| matches!(it, WeChatEvent::Friendship { .. }));
    assert_eq!(friendships, ["f2~north", "f3~south"].map(asked), "of west nobody knows");
    assert!(matches!(&others[..], [WeChatEvent::RoomJoin(_)]), "{others:?}");
    restart(&mut world);
    assert_eq!(happened(&mut world).len(), 3, "none was acknowledged, and none was heard twice");
}

#[test]
fn who_invites_is_asked_again_where_that_matters() {
    for enabled in [true, false] {
        let invite = InviteRule { enabled, ..InviteRule::default() };
        let mut world = World::up_with(&Setup { invite, ..setup(2) });
        let event = |id: &str| WeChatEvent::RoomInvite { id: id.into() };
        for id in ["i1", "i2"] {
            world.tell(Input::HeardOf { account: SOUTH, event: event(id) });
        }
        world.tell(Input::Invitation { account: SOUTH, id: "i1".into(), inviter: "alice".into() });
        restart(&mut world);
        let owed: Vec<String> = world.team.invitations_owed(SOUTH).map(|(id, _)| id.into()).collect();
        let told = happened(&mut world);
        if enabled {
            assert_eq!((owed, told), (vec!["i2".into()], vec![event("i1~south")]));
            let invitation = Input::Invitation { account: SOUTH, id: "i2".into(), inviter: wxid(NORTH) };
            let accepts = Command::AcceptInvitation { account: SOUTH, id: "i2".into() };
            assert_eq!(world.tell(invitation), [accepts]);
            assert_eq!(world.team.invitations_owed(SOUTH).count(), 0);
        } else {
            assert_eq!((owed.len(), told), (0, ["i1~south", "i2~south"].map(event).into()));
        }
    }
}

#[test]
fn numbers_go_on_behind_the_last() {
    let mut world = World::up(1);
    world.connect(7);
    world.begins(3, NORTH, "a");
    world.tell(Input::ActBegins { act: SendId(9), account: NORTH, paced: Paced::FriendAdd });
    world.disconnect(7);
    restart(&mut world);
    let numbers = world.team.numbers();
    assert_eq!((numbers.send, numbers.client), (10, 8));
    assert_eq!((world.team.now(), world.team.epoch()), (world.now, world.setup.epoch));
}

/// What happens to a bot and to the gateway.
#[derive(Debug, Clone, Copy)]
enum Happens {
    Says,
    Asks(u8),
    /// The second account shows one of the last messages, too.
    Echoes(u8),
    /// The bot's stream breaks, and it is back.
    Breaks,
    /// The gateway is killed and started again.
    Restarts,
    TeamFails,
    TeamRecovers,
    Passes(u8),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        6 => Just(Happens::Says),
        5 => any::<u8>().prop_map(Happens::Asks),
        3 => (0..4u8).prop_map(Happens::Echoes),
        1 => Just(Happens::Breaks),
        2 => Just(Happens::Restarts),
        1 => Just(Happens::TeamFails),
        1 => Just(Happens::TeamRecovers),
        1 => (0..5u8).prop_map(Happens::Passes),
    ]
}

#[test]
fn whenever_it_is_killed_a_bot_gets_everything_and_nothing_twice_that_it_has_acknowledged() {
    check(2_000, &(prop::collection::vec(happens(), 1..60), 0..3usize), |(all, mode)| {
        let setup = Setup { bots: bots(&[BotMode::ALL[mode]]), recall: Recall::default(), ..setup(2) };
        let mut world = World::up_with(&setup);
        // When each was said that the second account has not shown yet.
        let mut unechoed: Vec<(u64, Time)> = Vec::new();
        let (mut said_by_now, mut got, mut done) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        let mut current = 0;
        world.connect(current);
        for (number, what) in (1..).zip(all) {
            let mut commands = match what {
                Happens::Says => {
                    let told = world.shows(NORTH, said("alice", &number.to_string(), &number.to_string()));
                    // One that is away is shown nothing.
                    if world.team.accounts()[0].is_connected() {
                        said_by_now.insert(format!("{number}~north"));
                        unechoed.push((number, world.now));
                    }
                    told
                }
                Happens::Asks(which) if !got.is_empty() => {
                    let id: String = got.remove(usize::from(which) % got.len());
                    world.asks(current, &id);
                    done.insert(id);
                    Vec::new()
                }
                Happens::Echoes(which) => {
                    // What is shown much later may be something else.
                    unechoed.retain(|(_, at)| world.now - *at < seconds(30));
                    let place = usize::from(which).min(unechoed.len().saturating_sub(1));
                    let text = (!unechoed.is_empty()).then(|| unechoed.remove(place).0.to_string());
                    let shows = |text: String| world.shows(SOUTH, said("alice", &text, &text));
                    text.map(shows).unwrap_or_default()
                }
                Happens::Breaks => world.disconnect(current),
                Happens::Restarts => {
                    restart(&mut world);
                    all_come(&mut world)
                }
                Happens::TeamFails => world.link(NORTH, logout()),
                Happens::TeamRecovers => world.login(NORTH),
                Happens::Passes(time) => world.pass(seconds(time.into())),
                Happens::Asks(_) => Vec::new(),
            };
            if matches!(what, Happens::Breaks | Happens::Restarts) {
                (current, got) = (number, Vec::new());
                let client = ClientId(current);
                commands.extend(world.tell(Input::BotConnected { client, bot: BOT, after: None }));
            }
            for id in messages(current, &commands) {
                assert!(!done.contains(&id) && !got.contains(&id), "{id} again");
                got.push(id);
            }
        }
        restart(&mut world);
        let mut told = all_come(&mut world);
        told.extend(world.tell(Input::BotConnected { client: ClientId(1_000), bot: BOT, after: None }));
        told.extend(world.pass(seconds(60)));
        let last: Vec<String> = messages(1_000, &told);
        assert!(last.iter().all(|id| !done.contains(id)), "{last:?} again");
        done.extend(last);
        assert_eq!(said_by_now.difference(&done).collect::<Vec<_>>(), Vec::<&String>::new(), "lost");
        assert_eq!(world.team.bots().dropped(), 0);
    });
}
