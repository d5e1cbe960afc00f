//! Who invites whom into which room, and when: slowly, by whoever can, and nobody against their will.
#![allow(missing_docs, clippy::expect_used)]

use std::{collections::BTreeSet, time::Duration};

use crate::support::{NORTH, ROOM, SOUTH, WEST, World, change, given, logout, seconds, setup, wxid};
use ha_wechaty_core::{
    AccountId, Command, Hold, Ids, Input, InviteResult, InviteRule, Limit, LinkFact, Risk, Setup, Standing,
    Time, WeChatEvent, Work, WorkResult,
};

const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn inviting(accounts: usize) -> Setup {
    let per = |count, seconds| Limit { count, window: Duration::from_secs(seconds) };
    let limits = vec![per(3, 60), per(60, 24 * 60 * 60)];
    let mut setup = setup(accounts);
    setup.accounts.iter_mut().for_each(|it| it.allowance.room_invitations.clone_from(&limits));
    Setup { invite: InviteRule { enabled: true, ..InviteRule::default() }, ..setup }
}

/// All are logged in and friends of each other; north alone is in [`ROOM`].
fn north_alone(setup: &Setup) -> World {
    let all: Vec<AccountId> = AccountId::first(setup.accounts.len()).collect();
    let mut world = logged_in(setup);
    for account in &all {
        let rooms: &[&str] = if *account == NORTH { &[ROOM] } else { &[] };
        lists(&mut world, *account, &all, rooms);
    }
    world
}

fn logged_in(setup: &Setup) -> World {
    let mut world = World::with(setup, 1);
    world.step();
    for index in 0..setup.accounts.len() as u8 {
        world.link(AccountId(index), LinkFact::Opened);
        world.login(AccountId(index));
    }
    world
}

/// One that has left joins again, and logs in.
fn comes_back(world: &mut World, setup: &Setup, account: AccountId) {
    world.tell(Input::Joins { account, member: setup.accounts[account.index()].clone() });
    while world.team.accounts()[account.index()].phase().standing() != Standing::Connecting {
        world.step();
    }
    world.link(account, LinkFact::Opened);
    world.login(account);
}

fn lists(world: &mut World, account: AccountId, friends: &[AccountId], rooms: &[&str]) -> Vec<Command> {
    let contacts = friends.iter().map(|it| wxid(*it)).chain(["alice".into()]).collect();
    let rooms = rooms.iter().map(ToString::to_string).collect();
    world.tell(Input::Lists { account, contacts: Some(contacts), rooms: Some(rooms) })
}

fn ranked(owner: &str, admins: &[AccountId], members: &[AccountId]) -> Input {
    Input::Room {
        account: NORTH,
        room: ROOM.into(),
        topic: String::new(),
        members: members.iter().map(|it| wxid(*it)).collect(),
        owner: owner.into(),
        admins: admins.iter().map(|it| wxid(*it)).collect(),
    }
}

/// Who is to invite whom where, by these wishes.
fn invited(commands: &[Command]) -> Vec<(AccountId, AccountId, String)> {
    let invite = |command: &Command| {
        if let Command::Invite { account, room, teammate, contact } = command {
            assert_eq!(*contact, wxid(*teammate));
            Some((*account, *teammate, room.clone()))
        } else {
            None
        }
    };
    commands.iter().filter_map(invite).collect()
}

fn ended(world: &mut World, by: AccountId, teammate: AccountId, result: InviteResult) -> Vec<Command> {
    world.tell(Input::Invited { account: by, room: ROOM.into(), teammate, result })
}

fn joined(world: &mut World, teammate: AccountId) -> Vec<Command> {
    world.tells(NORTH, WeChatEvent::RoomJoin(change(&[&wxid(teammate)], &wxid(NORTH))))
}

/// What is in the way of a teammate in [`ROOM`].
fn hold(world: &World, teammate: AccountId) -> Result<AccountId, Hold> {
    let plan = world.team.invitations(world.now);
    plan.into_iter().find(|it| it.teammate == teammate && it.room == ROOM).expect("it is missing").step
}

/// Nobody falls silent.
fn pass(world: &mut World, time: Duration) -> Vec<Command> {
    let (end, mut commands) = (world.now + time, Vec::new());
    while world.now < end {
        commands.extend(world.pass(seconds(200).min(end - world.now)));
        for account in [NORTH, SOUTH, WEST].into_iter().take(world.team.accounts().len()) {
            commands.extend(world.tell(Input::PuppetDong { account }));
        }
    }
    commands
}

#[test]
fn the_teammates_are_invited_one_after_the_other_until_they_are_there() {
    let mut world = north_alone(&inviting(3));
    assert_eq!(world.team.rooms().map(|it| it.risk).collect::<Vec<_>>(), [Some(Risk::Alone)]);
    let when: Vec<_> = world.team.invitations(world.now).iter().filter_map(|it| it.at).collect();
    assert!(when.len() == 2 && when[0] >= world.now && when[1] == when[0] + seconds(5), "{when:?}");
    let first = invited(&world.pass(seconds(3)));
    assert_eq!(first, [(NORTH, SOUTH, ROOM.into())], "one at a time");
    ended(&mut world, NORTH, SOUTH, InviteResult::Done);
    assert!(matches!(hold(&world, SOUTH), Err(Hold::Invited { by: NORTH, .. })));
    assert_eq!(invited(&world.pass(seconds(10))), [(NORTH, WEST, ROOM.into())]);
    ended(&mut world, NORTH, WEST, InviteResult::Done);
    joined(&mut world, SOUTH);
    joined(&mut world, WEST);
    assert_eq!(world.team.rooms().map(|it| it.risk).collect::<Vec<_>>(), [None]);
    assert_eq!(invited(&pass(&mut world, DAY)), [], "nobody is missing");
    assert_eq!(world.team.invitations(world.now), []);
}

#[test]
fn without_leave_there_is_a_plan_and_nothing_else() {
    let mut world = north_alone(&Setup { invite: InviteRule::default(), ..setup(2) });
    assert_eq!(hold(&world, SOUTH), Ok(NORTH));
    assert!(world.team.invitations(world.now).iter().all(|it| it.at.is_none()));
    assert_eq!(invited(&pass(&mut world, DAY)), []);
}

#[test]
fn the_owner_invites_and_else_an_admin_but_above_all_a_friend() {
    let mut world = logged_in(&inviting(4));
    let (east, all) = (AccountId(3), [NORTH, SOUTH, WEST, AccountId(3)]);
    for account in [NORTH, SOUTH, WEST] {
        lists(&mut world, account, &all, &[ROOM]);
    }
    lists(&mut world, east, &all, &[]);
    assert_eq!(hold(&world, east), Ok(NORTH), "any");
    world.tell(ranked("alice", &[WEST], &[NORTH, SOUTH, WEST]));
    assert_eq!(hold(&world, east), Ok(WEST), "an admin");
    world.tell(ranked(&wxid(SOUTH), &[WEST], &[NORTH, SOUTH, WEST]));
    assert_eq!(hold(&world, east), Ok(SOUTH), "the owner");
    ended_as_stranger(&mut world, SOUTH, east);
    assert_eq!(hold(&world, east), Ok(WEST), "the owner is no friend");
}

/// It is asked, and turns out to be no friend.
fn ended_as_stranger(world: &mut World, by: AccountId, teammate: AccountId) {
    assert_eq!(invited(&world.pass(seconds(3))), [(by, teammate, ROOM.into())]);
    ended(world, by, teammate, InviteResult::Stranger);
}

#[test]
fn only_friends_can_invite_and_that_is_known_from_lists_whoever_came_first() {
    let mut world = World::with(&inviting(2), 1);
    world.step();
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    // Nobody knows yet that this contact is a teammate.
    lists(&mut world, NORTH, &[SOUTH], &[ROOM]);
    world.link(SOUTH, LinkFact::Opened);
    world.login(SOUTH);
    assert_eq!(hold(&world, SOUTH), Ok(NORTH));
    assert!(world.routing().reach(&wxid(SOUTH)).yes.is_empty(), "a teammate is no conversation");
    let mut world = north_alone(&inviting(2));
    world.link(NORTH, logout());
    world.login(NORTH);
    lists(&mut world, NORTH, &[], &[ROOM]);
    assert_eq!(hold(&world, SOUTH), Err(Hold::NoFriend));
    assert_eq!(invited(&pass(&mut world, DAY)), []);
    world.link(NORTH, logout());
    world.login(NORTH);
    lists(&mut world, NORTH, &[SOUTH], &[ROOM]);
    assert_eq!(invited(&world.pass(seconds(3))).len(), 1, "they have become friends");
}

#[test]
fn one_that_does_not_come_is_invited_again_later_and_later() {
    let mut world = north_alone(&inviting(2));
    let (mut at, end) = (Vec::new(), world.now + DAY * 6);
    while world.now < end {
        for (by, teammate, _) in invited(&pass(&mut world, seconds(60))) {
            at.push(world.now);
            ended(&mut world, by, teammate, InviteResult::Done);
        }
    }
    let gaps: Vec<u64> = at.windows(2).map(|pair| (pair[1] - pair[0]).as_secs() / 60).collect();
    assert!(gaps.len() > 7, "{gaps:?}");
    assert!(gaps.windows(2).all(|pair| pair[1] + 3 >= pair[0]), "later and later: {gaps:?}");
    assert!((20..30).contains(&gaps[0]), "ten minutes to join, ten to wait: {gaps:?}");
    assert!(gaps.iter().all(|gap| *gap <= 24 * 60 + 15), "but every day: {gaps:?}");
}

#[test]
fn whoever_was_refused_leaves_it_to_the_next_until_all_were() {
    let mut world = logged_in(&inviting(3));
    let all = [NORTH, SOUTH, WEST];
    for account in [NORTH, SOUTH] {
        lists(&mut world, account, &all, &[ROOM]);
    }
    lists(&mut world, WEST, &all, &[]);
    assert_eq!(invited(&world.pass(seconds(3))), [(NORTH, WEST, ROOM.into())]);
    ended(&mut world, NORTH, WEST, InviteResult::Refused);
    assert_eq!(hold(&world, WEST), Ok(SOUTH));
    assert_eq!(invited(&world.pass(seconds(3))), [(SOUTH, WEST, ROOM.into())]);
    ended(&mut world, SOUTH, WEST, InviteResult::Refused);
    assert_eq!(hold(&world, WEST), Err(Hold::RefusedByAll));
    assert_eq!(invited(&pass(&mut world, seconds(590))), []);
    assert!(matches!(hold(&world, WEST), Err(Hold::Failed { .. })));
    assert_eq!(invited(&pass(&mut world, seconds(90))).len(), 1, "all may have changed");
}

#[test]
fn whoever_left_is_left_alone_for_a_day() {
    for told in [true, false] {
        let mut world = World::up_with(&inviting(2));
        // Their lists name the rooms that they are seen in.
        world.tell(ranked("alice", &[], &[NORTH, SOUTH]));
        for account in [NORTH, SOUTH] {
            world.tell(Input::Reaches { account, contacts: vec![], rooms: vec![ROOM.into()] });
            world.link(account, logout());
            world.login(account);
        }
        lists(&mut world, NORTH, &[SOUTH], &[ROOM]);
        if told {
            lists(&mut world, SOUTH, &[NORTH], &[ROOM]);
            world.tells(NORTH, WeChatEvent::RoomLeave(change(&[&wxid(SOUTH)], "alice")));
        } else {
            lists(&mut world, SOUTH, &[NORTH], &[]);
        }
        assert!(matches!(hold(&world, SOUTH), Err(Hold::Left { .. })));
        assert_eq!(invited(&pass(&mut world, DAY - seconds(60))), []);
        assert_eq!(invited(&pass(&mut world, seconds(180))).len(), 1);
    }
}

#[test]
fn nobody_is_invited_who_could_not_come_nor_asked_who_is_spared_or_away() {
    let mut world = north_alone(&inviting(2));
    world.link(SOUTH, logout());
    assert_eq!(hold(&world, SOUTH), Err(Hold::TeammateAway));
    world.login(SOUTH);
    world.link(NORTH, logout());
    assert_eq!(hold(&world, SOUTH), Err(Hold::NobodyThere));
    world.login(NORTH);
    world.tell(Input::Worked { account: NORTH, work: Work::Room, result: WorkResult::Throttled });
    assert_eq!(hold(&world, SOUTH), Err(Hold::Spared));
    assert_eq!(invited(&world.pass(seconds(29))), []);
    assert_eq!(invited(&pass(&mut world, seconds(90))), [(NORTH, SOUTH, ROOM.into())]);
}

#[test]
fn a_throttled_invitation_waits() {
    let mut world = north_alone(&inviting(2));
    assert_eq!(invited(&world.pass(seconds(3))).len(), 1);
    ended(&mut world, NORTH, SOUTH, InviteResult::Throttled);
    assert!(matches!(hold(&world, SOUTH), Err(Hold::Failed { .. })));
    assert_eq!(invited(&pass(&mut world, seconds(590))), []);
}

#[test]
fn no_account_is_over_its_pace_in_any_window() {
    let mut world = logged_in(&inviting(2));
    let rooms: Vec<String> = (0..200).map(|n| format!("{n}@chatroom")).collect();
    let rooms: Vec<&str> = rooms.iter().map(String::as_str).collect();
    lists(&mut world, NORTH, &[SOUTH], &rooms);
    lists(&mut world, SOUTH, &[NORTH], &[]);
    let (mut at, end): (Vec<Time>, Time) = (Vec::new(), world.now + DAY * 3);
    while world.now < end && at.len() < 200 {
        for (by, teammate, room) in invited(&pass(&mut world, seconds(5))) {
            at.push(world.now);
            world.tell(Input::Invited {
                account: by,
                room: room.clone(),
                teammate,
                result: InviteResult::Done,
            });
            world.tell(Input::Reaches { account: teammate, contacts: vec![], rooms: vec![room] });
        }
    }
    for (most, window) in [(3, seconds(60)), (60, DAY)] {
        for (index, from) in at.iter().enumerate() {
            let within = at[index..].iter().take_while(|it| **it - *from < window).count();
            assert!(within <= most, "{within} within {window:?} of {from:?}");
        }
    }
    assert!(at.len() >= 180, "three days, sixty each: {}", at.len());
}

#[test]
fn a_room_that_the_bot_made_comes_first_and_then_those_with_the_fewest() {
    let mut world = logged_in(&inviting(3));
    let all = [NORTH, SOUTH, WEST];
    lists(&mut world, NORTH, &all, &["a", "b"]);
    lists(&mut world, SOUTH, &all, &["a"]);
    lists(&mut world, WEST, &all, &[]);
    world.tell(Input::RoomMade { account: NORTH, room: "made".into() });
    let plan = world.team.invitations(world.now);
    let rooms: Vec<&str> = plan.iter().map(|it| it.room.as_str()).collect();
    assert_eq!(rooms, ["made", "made", "b", "b", "a"]);
    let first = invited(&world.pass(seconds(3)));
    assert!(first.contains(&(NORTH, SOUTH, "made".into())), "{first:?}");
}

#[test]
fn a_room_can_be_left_out() {
    let named = |room: &str| BTreeSet::from([room.to_owned()]);
    for rule in [
        InviteRule { never: named(ROOM), ..inviting(2).invite },
        InviteRule { only: named("other@chatroom"), ..inviting(2).invite },
    ] {
        let mut world = north_alone(&Setup { invite: rule, ..setup(2) });
        assert_eq!(hold(&world, SOUTH), Err(Hold::NotAllowed));
        assert_eq!(invited(&pass(&mut world, DAY)), []);
    }
    let mut world =
        north_alone(&Setup { invite: InviteRule { only: named(ROOM), ..inviting(2).invite }, ..setup(2) });
    assert_eq!(invited(&world.pass(seconds(3))).len(), 1);
}

#[test]
fn nobody_is_missing_where_ids_can_not_be_compared() {
    let mut setup = inviting(2);
    setup.accounts[1].ids = Ids::Own;
    let mut world = logged_in(&setup);
    lists(&mut world, NORTH, &[SOUTH], &[ROOM]);
    lists(&mut world, SOUTH, &[NORTH], &["own@chatroom"]);
    assert_eq!(world.team.invitations(world.now), []);
    assert_eq!(world.team.rooms().count(), 2);
}

#[test]
fn a_teammates_invitation_is_accepted_and_told_to_nobody_a_strangers_is_told() {
    let mut world = north_alone(&inviting(2));
    world.connect(1);
    let invitation = |id: &str, inviter: &str| Input::Invitation {
        account: SOUTH,
        id: id.into(),
        inviter: inviter.into(),
    };
    let accepted = world.tell(invitation("i1", &wxid(NORTH)));
    assert_eq!(accepted, [Command::AcceptInvitation { account: SOUTH, id: "i1".into() }]);
    for (id, inviter) in [("i2", "alice"), ("i3", ""), ("i4", wxid(SOUTH).as_str())] {
        let told = world.tell(invitation(id, inviter));
        assert_eq!(given(1, &told), [WeChatEvent::RoomInvite { id: format!("{id}~south") }]);
        assert_eq!(told.len(), 1);
    }
    let mut world = north_alone(&setup(2));
    world.connect(1);
    let told = world.tell(invitation("i1", &wxid(NORTH)));
    assert_eq!(
        given(1, &told),
        [WeChatEvent::RoomInvite { id: "i1~south".into() }],
        "it was not the team's doing"
    );
}

#[test]
fn one_that_never_answers_does_not_hold_the_others() {
    let mut world = north_alone(&inviting(3));
    assert_eq!(invited(&world.pass(seconds(3))), [(NORTH, SOUTH, ROOM.into())]);
    assert_eq!(hold(&world, SOUTH), Err(Hold::Asked(NORTH)));
    assert_eq!(invited(&pass(&mut world, seconds(30))), [(NORTH, WEST, ROOM.into())]);
    pass(&mut world, seconds(300));
    assert!(matches!(hold(&world, SOUTH), Err(Hold::Failed { .. })));
    ended(&mut world, NORTH, SOUTH, InviteResult::Done);
    assert!(matches!(hold(&world, SOUTH), Err(Hold::Failed { .. })), "too late");
}

#[test]
fn one_that_has_left_is_missed_nowhere_and_one_that_is_back_is() {
    let mut world = north_alone(&inviting(2));
    assert_eq!(invited(&pass(&mut world, seconds(3))), [(NORTH, SOUTH, ROOM.into())]);
    world.leaves(SOUTH);
    assert_eq!(world.team.invitations(world.now), []);
    assert_eq!(ended(&mut world, NORTH, SOUTH, InviteResult::Stranger), [], "told of nobody");
    assert_eq!(invited(&pass(&mut world, HOUR)), []);
    comes_back(&mut world, &inviting(2), SOUTH);
    lists(&mut world, SOUTH, &[NORTH], &[]);
    assert_eq!(invited(&pass(&mut world, seconds(3))), [(NORTH, SOUTH, ROOM.into())]);
}

#[test]
fn nobody_waits_for_the_answer_of_one_that_has_left() {
    let mut world = north_alone(&inviting(3));
    joined(&mut world, WEST);
    let [(by, SOUTH, _)] = invited(&pass(&mut world, seconds(3)))[..] else { panic!("one is asked") };
    let other = if by == NORTH { WEST } else { NORTH };
    world.leaves(by);
    assert!(matches!(hold(&world, SOUTH), Err(Hold::Failed { .. })), "it may have been invited");
    assert_eq!(invited(&pass(&mut world, seconds(70))), [(other, SOUTH, ROOM.into())]);
}

#[test]
fn an_invitation_of_one_that_has_left_is_for_the_bot_to_judge() {
    let mut world = north_alone(&inviting(2));
    let invitation = || Input::Invitation { account: SOUTH, id: "i".into(), inviter: wxid(NORTH) };
    assert_eq!(world.tell(invitation()), [Command::AcceptInvitation { account: SOUTH, id: "i".into() }]);
    world.leaves(NORTH);
    world.connect(1);
    let told = given(1, &world.tell(invitation()));
    assert_eq!(told, [WeChatEvent::RoomInvite { id: "i~south".into() }]);
}

#[test]
fn what_one_invited_before_it_left_counts_on() {
    let mut setup = inviting(3);
    setup.accounts[0].allowance.room_invitations = vec![Limit { count: 1, window: DAY }];
    let mut world = north_alone(&setup);
    assert_eq!(invited(&pass(&mut world, seconds(3))), [(NORTH, SOUTH, ROOM.into())]);
    ended(&mut world, NORTH, SOUTH, InviteResult::Done);
    world.leaves(NORTH);
    comes_back(&mut world, &setup, NORTH);
    lists(&mut world, NORTH, &[SOUTH, WEST], &[ROOM]);
    assert_eq!(invited(&pass(&mut world, HOUR)), []);
    assert_eq!(hold(&world, WEST), Err(Hold::Paced));
}

#[test]
fn one_that_joins_before_its_inviter_has_answered_was_invited_once() {
    let mut setup = inviting(3);
    setup.accounts[0].allowance.room_invitations = vec![Limit { count: 1, window: seconds(60) }];
    let mut world = north_alone(&setup);
    let [(NORTH, first, _)] = invited(&pass(&mut world, seconds(3)))[..] else { panic!("one is asked") };
    joined(&mut world, first);
    world.link(first, logout());
    ended(&mut world, NORTH, first, InviteResult::Done);
    let second = if first == SOUTH { WEST } else { SOUTH };
    assert_eq!(hold(&world, second), Err(Hold::Paced));
    assert_eq!(invited(&pass(&mut world, seconds(120))), [(NORTH, second, ROOM.into())]);
}

#[test]
fn one_that_was_put_out_is_left_alone_though_it_left_the_team_since_unless_it_is_somebody_else() {
    for is_other in [false, true] {
        let mut world = north_alone(&inviting(2));
        joined(&mut world, SOUTH);
        world.tells(NORTH, WeChatEvent::RoomLeave(change(&[&wxid(SOUTH)], "alice")));
        assert!(matches!(hold(&world, SOUTH), Err(Hold::Left { .. })));
        world.leaves(SOUTH);
        comes_back(&mut world, &inviting(2), SOUTH);
        assert!(matches!(hold(&world, SOUTH), Err(Hold::Left { .. })));
        if is_other {
            world.link(SOUTH, LinkFact::Login { contact_id: "wxid_other".into() });
        }
        assert_eq!(hold(&world, SOUTH).is_ok(), is_other);
    }
}

#[test]
fn one_that_comes_back_may_have_made_friends_meanwhile() {
    let mut world = north_alone(&inviting(2));
    assert_eq!(invited(&pass(&mut world, seconds(3))), [(NORTH, SOUTH, ROOM.into())]);
    ended(&mut world, NORTH, SOUTH, InviteResult::Stranger);
    assert_eq!(hold(&world, SOUTH), Err(Hold::NoFriend));
    world.leaves(SOUTH);
    comes_back(&mut world, &inviting(2), SOUTH);
    assert_eq!(hold(&world, SOUTH), Ok(NORTH));
}

#[test]
fn an_inviter_that_left_without_an_answer_may_invite_again_within_its_pace() {
    let mut setup = inviting(2);
    setup.accounts[0].allowance.room_invitations = vec![Limit { count: 1, window: HOUR }];
    let mut world = north_alone(&setup);
    let once = [(NORTH, SOUTH, ROOM.into())];
    assert_eq!(invited(&pass(&mut world, seconds(3))), once);
    world.leaves(NORTH);
    comes_back(&mut world, &setup, NORTH);
    lists(&mut world, NORTH, &[SOUTH], &[ROOM]);
    assert_eq!(invited(&pass(&mut world, HOUR - seconds(60))), []);
    assert_eq!(invited(&pass(&mut world, seconds(180))), once);
}
