//! Accounts that join and leave while the team runs: who gets work, what bots are told, and whose words are
//! whose.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::BTreeMap;

use crate::support::{
    NORTH, ROOM, SOUTH, Turns, UNSURE, WEST, World, change, given, greeting, lost, member, message, messages,
    said, seconds, setup, written, wxid,
};
use ha_wechaty_core::{
    AccountId, Aim, Command, Evidence, Input, InviteResult, LinkFact, MAX_ACCOUNTS, Member, MessageCopy,
    MessageFacts, Notice, Recall, SendId, SendResult, Settled, Setup, Stamp, Standing, Thinned, Vigil,
    WeChatEvent, Work, WorkResult,
};

const EAST: AccountId = AccountId(3);

/// A team whose accounts are all well, and a bot.
fn world(accounts: usize) -> World {
    let mut world = World::up(accounts);
    world.connect(1);
    world
}

/// An account's steps among these wishes: `from>to`.
fn steps(commands: &[Command]) -> Vec<String> {
    let step = |command: &Command| {
        if let Command::Note(Notice::Phase { from, to, .. }) = command {
            Some(format!("{from}>{to}"))
        } else {
            None
        }
    };
    commands.iter().filter_map(step).collect()
}

fn settled(send: u64, seen: Option<(AccountId, &str)>) -> Command {
    let seen = seen.map(|(account, id)| Settled::Seen(MessageCopy::new(account, id)));
    Command::Settle { send: SendId(send), settled: seen.unwrap_or(Settled::Unknown) }
}

/// An account is shown what another one said.
fn sees(world: &mut World, account: AccountId, author: AccountId, id: &str) -> Vec<Command> {
    world.shows(account, said(&wxid(author), "hi", id))
}

#[test]
fn one_that_joins_is_dialled_at_once_and_gets_its_share() {
    let mut world = world(2);
    assert_eq!(world.joins(WEST), [], "as with those that were there first");
    assert_eq!(world.team.poll_timeout(), Some(world.now));
    let commands = world.step();
    assert_eq!(commands.last(), Some(&Command::Connect { account: WEST }));
    assert_eq!(steps(&commands), [""; 0]);
    let commands = world.comes(WEST);
    assert!(commands.contains(&Command::Learn { account: WEST }));
    assert_eq!(given(1, &commands), [], "it is nobody's business");
    let (turns, mut shares) = (Turns::default(), BTreeMap::new());
    for _ in 0..9 {
        *shares.entry(world.routing().order(Aim::Say(ROOM), None, &turns)[0]).or_insert(0) += 1;
    }
    assert_eq!(shares, [(NORTH, 3), (SOUTH, 3), (WEST, 3)].into());
    assert_eq!(messages(1, &world.shows(WEST, said("alice", "hi", "w1"))), ["w1~west"]);
}

#[test]
fn a_place_is_one_names_for_good() {
    let mut world = world(2);
    world.leaves(NORTH);
    let before = world.team.clone();
    for (place, name) in [(NORTH, "west"), (SOUTH, "south"), (SOUTH, "west"), (WEST, "north"), (EAST, "east")]
    {
        assert_eq!(world.tell(Input::Joins { account: place, member: member(name) }), []);
        assert_eq!(world.team, before, "{name} can not have {place:?}");
    }
    for nobody in [NORTH, WEST] {
        assert_eq!(world.leaves(nobody), []);
        assert_eq!(world.team, before);
    }
}

#[test]
fn a_team_has_as_many_places_as_there_can_be_accounts() {
    let mut world = world(2);
    let join =
        |place: usize| Input::Joins { account: AccountId::at(place), member: member(&place.to_string()) };
    (2..=MAX_ACCOUNTS).for_each(|place| assert_eq!(world.tell(join(place)), []));
    assert_eq!(world.team.accounts().len(), MAX_ACCOUNTS);
    let dialled = world.step().into_iter().filter(|it| matches!(it, Command::Connect { .. })).count();
    assert_eq!(dialled, MAX_ACCOUNTS - 2);
    let last = AccountId(MAX_ACCOUNTS as u8 - 1);
    world.link(last, LinkFact::Opened);
    world.link(last, LinkFact::Login { contact_id: "wxid_last".into() });
    assert!(world.routing().available().contains(last));
    assert_eq!(steps(&world.leaves(last)), ["available>removed"]);
}

#[test]
fn the_others_go_on_when_one_leaves() {
    let mut world = world(2);
    let commands = world.leaves(NORTH);
    assert_eq!((steps(&commands), commands.len()), (vec!["available>removed".to_owned()], 1));
    let routing = world.routing();
    assert_eq!(routing.available(), [SOUTH].into_iter().collect());
    assert_eq!(routing.order(Aim::Say(ROOM), None, &Turns::default()), [SOUTH]);
    assert_eq!((routing.has_left(NORTH), routing.has_left(SOUTH)), (true, false));
    assert!(world.team.is_up());
    assert_eq!(messages(1, &world.shows(SOUTH, said("alice", "hi", "s1"))), ["s1~south"]);
}

#[test]
fn the_team_fails_with_the_last_to_leave_and_recovers_with_the_first_to_join() {
    let mut world = world(1);
    let reason = String::from("the team has no account");
    let logout = WeChatEvent::Logout { contact_id: "bot".into(), reason };
    let commands = world.leaves(NORTH);
    assert_eq!(given(1, &commands), [logout]);
    assert!(matches!(&commands[1], Command::Note(Notice::TeamFailed { .. })), "{commands:?}");
    assert!(!world.routing().is_anybody_away());
    world.pass(seconds(1));
    world.tell(Input::Joins { account: SOUTH, member: member("south") });
    world.step();
    // A login follows a logout a moment later.
    let mut told = world.comes(SOUTH);
    told.extend(world.pass(seconds(1)));
    assert_eq!(given(1, &told), greeting());
}

#[test]
fn nobody_waits_for_one_that_has_left() {
    let mut world = world(3);
    world.link(SOUTH, lost());
    world.leaves(WEST);
    let reason = given(1, &world.leaves(NORTH));
    let [WeChatEvent::Logout { reason, .. }] = &reason[..] else { panic!("{reason:?}") };
    assert_eq!(reason, "no account of the team is available: south is offline: cut");
    assert!(world.routing().is_anybody_away(), "south may come back");
    assert_eq!(steps(&world.leaves(SOUTH)), ["offline>removed"]);
    assert!(!world.routing().is_anybody_away());
}

#[test]
fn what_is_told_of_one_that_has_left_or_never_was_changes_nothing() {
    let mut world = world(2);
    world.begins(1, NORTH, "hi");
    world.leaves(NORTH);
    let before = world.team.clone();
    for account in [NORTH, EAST] {
        let (room, id, own) = (String::from(ROOM), String::from("i1"), wxid(account));
        let mut late: Vec<Input> = [
            LinkFact::Opened,
            LinkFact::Preparing { step: "it starts".into() },
            LinkFact::Login { contact_id: own.clone() },
            LinkFact::Logout { reason: "kicked".into() },
            LinkFact::Scan(ha_wechaty_core::PendingScan::default()),
            lost(),
        ]
        .map(|fact| Input::Link { account, fact })
        .into();
        let work = [WorkResult::Done, WorkResult::Failed, WorkResult::Throttled];
        late.extend(work.map(|result| Input::Worked { account, work: Work::Send, result }));
        late.extend([
            Input::Message { account, message: said("alice", "late", "n1") },
            Input::Event { account, event: WeChatEvent::RoomJoin(change(&["bob"], "alice")) },
            Input::Event { account, event: WeChatEvent::Friendship { id: id.clone() } },
            Input::Lists { account, contacts: Some(vec!["alice".into()]), rooms: Some(vec![room.clone()]) },
            Input::Reaches { account, contacts: vec!["alice".into()], rooms: vec![room.clone()] },
            Input::RoomMade { account, room: room.clone() },
            Input::Invitation { account, id, inviter: wxid(SOUTH) },
            Input::RoomUnread { account, room: room.clone(), refused: true },
            Input::Unreachable { account, conversation: room.clone() },
            Input::DingFailed { account, cause: "not a friend".into() },
            Input::PuppetDong { account },
            Input::Room {
                account,
                room: room.clone(),
                topic: "t".into(),
                members: vec![own.clone()],
                owner: own,
                admins: vec![],
            },
            Input::Invited { account, room: room.clone(), teammate: SOUTH, result: InviteResult::Done },
            Input::Invited { account: SOUTH, room, teammate: account, result: InviteResult::Stranger },
        ]);
        for input in late {
            assert_eq!(world.tell(input.clone()), [], "{input:?}");
            assert_eq!(world.team, before, "{input:?}");
        }
    }
}

#[test]
fn a_send_that_had_begun_ends_as_it_ends() {
    let mut sent = world(2);
    sent.begins(1, NORTH, "hi");
    sent.leaves(NORTH);
    assert_eq!(sent.sent(1, NORTH, "n1"), []);
    assert_eq!(sent.team.directory().reach(ROOM).yes, [SOUTH].into_iter().collect());
    let join = Command::Join { known: MessageCopy::new(NORTH, "n1"), copy: MessageCopy::new(SOUTH, "s1") };
    assert_eq!(sees(&mut sent, SOUTH, NORTH, "s1"), [join], "a witness, and no news");
    let mut refused = world(2);
    refused.begins(1, NORTH, "hi");
    refused.leaves(NORTH);
    assert_eq!(refused.ends(1, NORTH, SendResult::NotSent), []);
    assert!(refused.team.dedup().is_empty());
}

#[test]
fn one_that_leaves_with_a_send_of_which_it_does_not_know_has_its_witnesses() {
    for leaves_first in [true, false] {
        for is_seen in [true, false] {
            let mut world = world(2);
            world.begins(1, NORTH, "hi");
            if leaves_first {
                world.leaves(NORTH);
            }
            assert_eq!(world.ends(1, NORTH, UNSURE), []);
            if !leaves_first {
                world.leaves(NORTH);
            }
            let commands = match is_seen {
                true => sees(&mut world, SOUTH, NORTH, "s1"),
                false => world.pass(seconds(3)),
            };
            assert_eq!(commands, [settled(1, is_seen.then_some((SOUTH, "s1")))]);
        }
    }
}

#[test]
fn a_witness_that_has_left_is_not_waited_for() {
    let mut world = world(2);
    world.begins(1, NORTH, "hi");
    world.link(SOUTH, lost());
    world.ends(1, NORTH, UNSURE);
    assert!(!world.pass(seconds(4)).contains(&settled(1, None)), "south may come back");
    world.leaves(SOUTH);
    assert_eq!(world.pass(seconds(3)), [settled(1, None)]);
}

#[test]
fn what_one_said_that_has_left_is_the_teams_own_for_a_while_and_then_a_strangers() {
    let mut world = world(2);
    let north = wxid(NORTH);
    world.leaves(NORTH);
    world.pass(seconds(59));
    sees(&mut world, SOUTH, NORTH, "s1");
    let evidence = |world: &World| world.team.accounts()[1].health().expect("it is well").last_evidence().1;
    assert_eq!(evidence(&world), Evidence::SawTeammate);
    world.shows(SOUTH, written(&north, &wxid(SOUTH), "psst", "s2"));
    assert_eq!(given(1, &world.tells(SOUTH, WeChatEvent::RoomLeave(change(&[&north], &north)))), []);
    assert_eq!(world.team.directory().len(), 1, "it is nobody to talk to");
    assert_eq!(world.routing().identity().contact_out(SOUTH, &north), "bot");
    world.pass(seconds(1));
    assert_eq!(world.routing().identity().contact_out(SOUTH, &north), north);
    world.shows(SOUTH, written(&north, &wxid(SOUTH), "hello", "s3"));
    assert_eq!(evidence(&world), Evidence::Message);
    assert_eq!(world.routing().reach(&north).last, Some(SOUTH));
    let join = WeChatEvent::RoomJoin(change(&[&north], "alice"));
    assert_eq!(given(1, &world.tells(SOUTH, join.clone())), [join]);
}

#[test]
fn so_is_what_one_said_before_it_was_somebody_else() {
    let mut world = world(2);
    world.begins(1, NORTH, "hi");
    world.ends(1, NORTH, UNSURE);
    world.link(NORTH, LinkFact::Login { contact_id: "wxid_other".into() });
    let seen = settled(1, Some((SOUTH, "s1")));
    assert_eq!(sees(&mut world, SOUTH, NORTH, "s1"), [seen], "its own words");
    let identity = world.routing().identity();
    assert_eq!(identity.contact_in(NORTH, "bot").as_deref(), Some("wxid_other"), "nothing is said under it");
    assert_eq!((identity.account_of(&wxid(NORTH)), identity.is_own(&wxid(NORTH))), (None, true));
    assert_eq!(world.routing().reach(ROOM).yes, [SOUTH].into_iter().collect(), "nobody knows where it is");
    world.shows(NORTH, written(&wxid(NORTH), "alice", "late", "n1"));
    assert_eq!(world.routing().reach("alice").yes.len(), 0, "nor whom it knows");
}

#[test]
fn one_that_has_left_has_no_timers() {
    let mut world = World::up(2);
    world.link(NORTH, lost());
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    for account in [NORTH, SOUTH] {
        world.tell(Input::Worked { account, work: Work::Send, result: WorkResult::Throttled });
    }
    world.link(SOUTH, lost());
    world.leaves(NORTH);
    world.leaves(SOUTH);
    let rest = world.now + seconds(60);
    assert_eq!(
        world.team.poll_timeout(),
        Some(rest),
        "only what was said is remembered, and where they were"
    );
    let thinned = Thinned { room: ROOM.into(), topic: String::new(), left: None };
    assert_eq!(
        world.pass(seconds(60)),
        [Command::Note(Notice::RoomsThinned { rooms: vec![thinned] })],
        "nothing for them"
    );
    let next = world.team.poll_timeout().map(|next| next - world.now);
    assert_eq!(next, Some(seconds(600)), "that a room has no account is an alarm then");
}

#[test]
fn one_of_the_same_name_has_its_ids_again() {
    let mut world = world(2);
    assert_eq!(messages(1, &world.shows(NORTH, said("alice", "hi", "n1"))), ["n1~north"]);
    world.leaves(NORTH);
    assert_eq!(world.routing().identity().untag("n1~north"), Some((NORTH, "n1")));
    assert_eq!(steps(&world.joins(NORTH)), ["removed>connecting"]);
    assert!(!world.routing().has_left(NORTH));
    assert_eq!(steps(&world.step()), [""; 0]);
    world.comes(NORTH);
    assert_eq!(world.routing().identity().untag("n1~north"), Some((NORTH, "n1")));
    assert_eq!(world.shows(NORTH, said("alice", "hi", "n1")), [], "told already");
    let steps: Vec<Standing> = world.team.accounts()[0].history().map(|step| step.to).collect();
    assert!(
        steps.windows(3).any(|it| it == [Standing::Available, Standing::Removed, Standing::Connecting]),
        "{steps:?}"
    );
}

#[test]
fn one_that_comes_back_as_somebody_else_knows_nobody_that_it_knew() {
    let mut world = world(2);
    world.shows(NORTH, written("alice", &wxid(NORTH), "hi", "n1"));
    world.leaves(NORTH);
    world.joins(NORTH);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(world.routing().identity().contact_in(NORTH, "bot"), None, "it may be anybody");
    world.link(NORTH, LinkFact::Login { contact_id: "wxid_other".into() });
    assert_eq!(world.routing().reach("alice").yes.len(), 0);
    let identity = world.routing().identity();
    assert_eq!(identity.contact_in(NORTH, "bot").as_deref(), Some("wxid_other"));
    assert_eq!((identity.account_of(&wxid(NORTH)), identity.is_own(&wxid(NORTH))), (None, true));
}

#[test]
fn one_that_comes_back_may_have_another_clock() {
    let recall = Recall { age: seconds(3_600), ..Recall::default() };
    let mut world = World::up_with(&Setup { recall, ..setup(2) });
    world.connect(1);
    let stamped = |world: &World, text: &str, id: &str, ahead: i64| {
        let told = 1_700_000_000 + world.now.since_origin().as_secs() as i64 + ahead;
        MessageFacts { stamp: Stamp::new(told), ..said("alice", text, id) }
    };
    world.pass(seconds(100));
    world.shows(SOUTH, stamped(&world, "hi", "s1", 0));
    world.shows(NORTH, stamped(&world, "hi", "n1", 300));
    world.shows(SOUTH, stamped(&world, "again", "s2", 0));
    world.leaves(NORTH);
    world.pass(seconds(300));
    world.joins(NORTH);
    world.step();
    world.comes(NORTH);
    let again = stamped(&world, "again", "n2", 0);
    assert_eq!(messages(1, &world.shows(NORTH, again)), ["n2~north"], "it was said just now");
}

#[test]
fn a_login_may_move_to_another_name() {
    let mut world = world(2);
    world.leaves(NORTH);
    world.joins(WEST);
    world.step();
    world.link(WEST, LinkFact::Opened);
    world.link(WEST, LinkFact::Login { contact_id: wxid(NORTH) });
    assert_eq!(world.routing().identity().account_of(&wxid(NORTH)), Some(WEST));
    world.pass(seconds(100));
    assert!(world.routing().identity().is_own(&wxid(NORTH)), "it is west's for good");
}

#[test]
fn a_weight_counts_only_while_its_account_is_there() {
    let heavy = |name: &str, weight| Member { weight, ..member(name) };
    let accounts = vec![heavy("north", 100_000), heavy("south", 3), heavy("west", 1)];
    let mut world = World::up_with(&Setup { accounts, ..setup(3) });
    world.leaves(NORTH);
    let (turns, mut shares) = (Turns::default(), BTreeMap::new());
    for _ in 0..40 {
        *shares.entry(world.routing().order(Aim::Say(ROOM), None, &turns)[0]).or_insert(0) += 1;
    }
    assert_eq!(shares, [(SOUTH, 30), (WEST, 10)].into());
}

#[test]
fn not_more_than_half_of_those_that_are_there_are_reset_at_once() {
    let mut setup = setup(4);
    setup.accounts.iter_mut().for_each(|it| it.vigil = Vigil { jitter: 0.0, ..Vigil::default() });
    let resets = |world: &mut World| {
        let commands = world.pass(seconds(650));
        commands.into_iter().filter(|it| matches!(it, Command::Reset { .. })).count()
    };
    assert_eq!(resets(&mut World::up_with(&setup)), 2);
    let mut two = World::up_with(&setup);
    two.leaves(WEST);
    two.leaves(EAST);
    assert_eq!(resets(&mut two), 1);
}

#[test]
fn what_one_was_reading_another_reads() {
    let mut world = World::up_with(&Setup { refresh: Some(seconds(600)), ..setup(2) });
    let reader = |commands: &[Command]| {
        commands.iter().find_map(|it| {
            if let Command::ReadRoom { account, room } = it
                && room == ROOM
            {
                Some(*account)
            } else {
                None
            }
        })
    };
    let first = reader(&world.pass(seconds(10))).expect("somebody reads it");
    world.leaves(first);
    let second = reader(&world.pass(seconds(70))).expect("somebody else does");
    assert_ne!(first, second);
}

#[test]
fn a_place_that_was_left_is_anothers_and_what_bears_the_first_name_is_nobodys() {
    let mut world = World::up(2);
    world.shows(SOUTH, said("alice", "hi", "s1"));
    world.tell(Input::Leaves { account: SOUTH });
    world.pass(seconds(3_600));
    world.tell(Input::Joins { account: SOUTH, member: crate::support::member("elsewhere") });
    let identity = world.team.identity();
    assert_eq!((identity.name(SOUTH), identity.untag("s1~south")), ("elsewhere", None));
    assert_eq!(identity.untag("e1~elsewhere"), Some((SOUTH, "e1")));
    let state = &world.team.accounts()[SOUTH.index()];
    assert_eq!((state.phase().standing(), state.history().count()), (Standing::Offline, 0), "it has no past");
    // The first name may come back, in a place of its own.
    world.tell(Input::Joins { account: AccountId(2), member: crate::support::member("south") });
    assert_eq!(world.team.identity().untag("s1~south"), Some((AccountId(2), "s1")));
    // Nobody takes the place of one that is there.
    world.tell(Input::Joins { account: NORTH, member: crate::support::member("other") });
    assert_eq!(world.team.identity().name(NORTH), "north");
}

#[test]
fn a_message_that_both_showed_has_been_told_whoever_leaves() {
    let mut world = world(2);
    assert_eq!(given(1, &world.shows(NORTH, said("alice", "hi", "n1"))), [message("n1~north")]);
    world.leaves(NORTH);
    assert_eq!(messages(1, &world.shows(SOUTH, said("alice", "hi", "s1"))), [""; 0]);
}

#[test]
fn two_that_are_the_same_person_are_one_account_and_it_is_said_loudly() {
    let mut world = world(3);
    let told = world.link(SOUTH, LinkFact::Login { contact_id: wxid(NORTH) });
    let note = Notice::SamePerson { account: SOUTH, others: vec![NORTH], contact_id: wxid(NORTH) };
    assert!(told.contains(&Command::Note(note)), "{told:?}");
    assert_eq!(
        world.routing().available().iter().collect::<Vec<_>>(),
        [NORTH, WEST],
        "one of them gets work"
    );
    // What one of them was told both were told.
    assert_eq!(messages(1, &world.shows(NORTH, written("alice", &wxid(NORTH), "hi", "n1"))), ["n1~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, written("alice", &wxid(NORTH), "hi", "s1"))), [""; 0]);
    assert_eq!(messages(1, &world.shows(NORTH, said(&wxid(NORTH), "my own", "n2"))), ["n2~north"]);
    assert_eq!(messages(1, &world.shows(SOUTH, said(&wxid(NORTH), "my own", "s2"))), [""; 0]);
    // The other one takes over, and gives way again when it has become somebody else.
    world.link(NORTH, lost());
    assert_eq!(world.routing().available().iter().collect::<Vec<_>>(), [SOUTH, WEST]);
    while !world.step().contains(&Command::Connect { account: NORTH }) {}
    world.comes(NORTH);
    world.link(SOUTH, LinkFact::Login { contact_id: wxid(SOUTH) });
    assert_eq!(world.routing().available().len(), 3);
}
