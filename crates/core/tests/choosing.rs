//! Who is tried for a call, and in which order.
#![allow(missing_docs, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{NORTH, ROOM, SOUTH, Turns, WEST, World, change, lost, seconds, setup, written, wxid};
use ha_wechaty_core::{
    AccountId, AccountSet, Aim, Draw, Input, LinkFact, MAX_ACCOUNTS, Member, Policy, Round, Setup, Work,
    WorkResult,
};

const POLICIES: [Policy; 5] =
    [Policy::RoundRobin, Policy::Random, Policy::LeastLoad, Policy::Sticky, Policy::Failover];

fn world(policy: Policy) -> World {
    weighted(policy, &[1, 1, 1])
}

fn weighted(policy: Policy, weights: &[u32]) -> World {
    let mut setup = Setup { policy, ..setup(weights.len()) };
    for (member, weight) in setup.accounts.iter_mut().zip(weights) {
        member.weight = *weight;
    }
    World::up_with(&setup)
}

fn order(world: &World, aim: Aim<'_>) -> Vec<AccountId> {
    world.routing().order(aim, None, &Turns::default())
}

/// How often each account is first of so many calls; each is a conversation of its own.
fn firsts(world: &World, calls: usize) -> BTreeMap<AccountId, usize> {
    let turns = Turns::default();
    let mut firsts = BTreeMap::new();
    for n in 0..calls {
        let conversation = format!("conversation {n}");
        let first = world.routing().order(Aim::Say(&conversation), None, &turns)[0];
        *firsts.entry(first).or_default() += 1;
    }
    firsts
}

#[test]
fn what_is_read_in_between_takes_no_turns_of_what_is_said() {
    let (world, turns) = (weighted(Policy::RoundRobin, &[1, 1, 1]), Turns::default());
    let mut spoke = Vec::new();
    for n in 0..6 {
        for _ in 0..n % 3 {
            world.routing().order(Aim::Anything, None, &turns);
            world.routing().order(Aim::See("room"), None, &turns);
        }
        spoke.push(world.routing().order(Aim::Say("room"), None, &turns)[0].0);
    }
    assert_eq!(spoke, [0, 1, 2, 0, 1, 2]);
}

#[test]
fn each_policy_is_as_fair_as_it_says() {
    for (policy, slack) in
        [(Policy::RoundRobin, 0), (Policy::LeastLoad, 0), (Policy::Random, 200), (Policy::Sticky, 200)]
    {
        for weights in [[1, 1, 1], [2, 1, 1], [5, 3, 2], [10, 1, 1]] {
            let world = weighted(policy, &weights);
            let (calls, total) = (12_000, weights.iter().sum::<u32>() as usize);
            let firsts = firsts(&world, calls);
            for (index, weight) in weights.iter().enumerate() {
                let fair = calls * *weight as usize / total;
                let got = firsts.get(&AccountId::at(index)).copied().unwrap_or(0);
                assert!(got.abs_diff(fair) <= slack, "{policy:?} {weights:?}: {got} instead of {fair}");
            }
        }
    }
}

#[test]
fn no_two_calls_in_a_row_meet_a_heavy_account_more_often_than_its_weight_says() {
    let (world, turns) = (weighted(Policy::RoundRobin, &[2, 1, 1]), Turns::default());
    let firsts: Vec<u8> = (0..12).map(|_| world.routing().order(Aim::Anything, None, &turns)[0].0).collect();
    for window in firsts.windows(4) {
        assert_eq!(window.iter().filter(|account| **account == 0).count(), 2, "{firsts:?}");
    }
}

#[test]
fn extreme_weights_starve_nobody_and_overflow_nothing() {
    for weights in [[u32::MAX, 1, 1], [u32::MAX, u32::MAX, u32::MAX], [0, 0, 1], [1_000_000, 0, 1]] {
        for policy in POLICIES {
            let world = weighted(policy, &weights);
            let mut all = order(&world, Aim::Anything);
            all.sort_unstable();
            assert_eq!(all, [NORTH, SOUTH, WEST], "{policy:?} {weights:?}");
        }
        let firsts = firsts(&weighted(Policy::RoundRobin, &weights), 3_000);
        assert_eq!(firsts.len(), 3, "{weights:?}: {firsts:?}");
    }
}

#[test]
fn least_load_goes_to_the_idle_by_weight() {
    let (world, turns) = (weighted(Policy::LeastLoad, &[1, 2, 1]), Turns::default());
    turns.loads.borrow_mut().extend([(NORTH, 3), (SOUTH, 4), (WEST, 5)]);
    assert_eq!(world.routing().order(Aim::Anything, None, &turns), [SOUTH, NORTH, WEST]);
}

#[test]
fn a_sticky_conversation_moves_only_when_its_account_goes_and_comes_back_to_it() {
    let mut world = world(Policy::Sticky);
    let rooms: Vec<String> = (0..300).map(|n| format!("room {n}")).collect();
    let firsts = |world: &World| -> Vec<AccountId> {
        rooms.iter().map(|room| order(world, Aim::Say(room))[0]).collect()
    };
    let before = firsts(&world);
    world.link(WEST, lost());
    let without = firsts(&world);
    for (was, is) in before.iter().zip(&without) {
        assert!(was == is || *was == WEST);
    }
    world.step();
    world.link(WEST, LinkFact::Opened);
    world.login(WEST);
    world.pass(seconds(61));
    assert_eq!(firsts(&world), before);
}

#[test]
fn failover_goes_to_the_first_that_is_there() {
    let mut world = world(Policy::Failover);
    assert_eq!(order(&world, Aim::Say(ROOM)), [NORTH, SOUTH, WEST]);
    world.link(NORTH, lost());
    assert_eq!(order(&world, Aim::Say(ROOM)), [SOUTH, WEST]);
}

#[test]
fn those_known_to_reach_it_are_first_and_those_known_not_to_are_left_out() {
    for policy in POLICIES {
        let mut world = world(policy);
        let unreachable = |account| Input::Unreachable { account, conversation: "carol".into() };
        let contacts = Some(vec!["carol".into()]);
        world.tell(Input::Lists { account: WEST, contacts, rooms: None });
        world.tell(unreachable(NORTH));
        assert_eq!(order(&world, Aim::Say("carol")), [WEST, SOUTH], "{policy:?}");
        world.tell(unreachable(WEST));
        world.tell(unreachable(SOUTH));
        assert_eq!(order(&world, Aim::Say("carol")).len(), 3, "{policy:?}: rather than nobody");
    }
}

#[test]
fn a_contact_is_answered_where_it_last_wrote_and_elsewhere_when_that_is_away() {
    for policy in POLICIES {
        let mut world = world(policy);
        for account in [NORTH, SOUTH, WEST, SOUTH] {
            world.shows(account, written("carol", &wxid(account), "hi", "m1"));
            assert_eq!(order(&world, Aim::Say("carol"))[0], account, "{policy:?}");
        }
        world.link(SOUTH, lost());
        assert_eq!(order(&world, Aim::Say("carol")).len(), 2);
        world.step();
        world.link(SOUTH, LinkFact::Opened);
        world.login(SOUTH);
        assert_eq!(order(&world, Aim::Say("carol"))[0], SOUTH);
    }
}

#[test]
fn a_room_is_ruled_by_its_owner_then_by_its_admins_then_by_its_members() {
    let mut world = world(Policy::RoundRobin);
    let room = |members: &[AccountId], owner: AccountId, admins: &[AccountId]| Input::Room {
        account: NORTH,
        room: ROOM.into(),
        topic: String::new(),
        members: members.iter().map(|it| wxid(*it)).chain(["alice".into()]).collect(),
        owner: wxid(owner),
        admins: admins.iter().map(|it| wxid(*it)).collect(),
    };
    world.tell(room(&[NORTH, SOUTH, WEST], WEST, &[SOUTH]));
    assert_eq!(order(&world, Aim::Rule(ROOM)), [WEST, SOUTH, NORTH]);
    world.link(WEST, lost());
    assert_eq!(order(&world, Aim::Rule(ROOM)), [SOUTH, NORTH]);
    world.login(WEST);
    world.tells(NORTH, ha_wechaty_core::WeChatEvent::RoomLeave(change(&[&wxid(SOUTH)], "alice")));
    assert_eq!(order(&world, Aim::Rule(ROOM)), [NORTH], "it has left");
}

#[test]
fn a_room_payload_without_members_says_nothing_of_them() {
    let mut world = world(Policy::RoundRobin);
    let (room, owner) = (ROOM.to_owned(), wxid(WEST));
    let topic = String::new();
    world.tell(Input::Room { account: NORTH, room, topic, members: vec![], owner, admins: vec![] });
    assert_eq!(order(&world, Aim::Rule(ROOM)), [WEST, NORTH, SOUTH]);
}

#[test]
fn oneself_is_always_the_same_account_while_it_is_there() {
    let mut world = world(Policy::Random);
    assert_eq!(order(&world, Aim::Oneself)[0], NORTH);
    world.link(NORTH, lost());
    assert_eq!(order(&world, Aim::Oneself)[0], SOUTH);
}

#[test]
fn whoever_is_throttled_is_spared_such_work_unless_everybody_is() {
    let mut world = world(Policy::Failover);
    let throttled = |account| Input::Worked { account, work: Work::Send, result: WorkResult::Throttled };
    let order = |world: &World, work| world.routing().order(Aim::Anything, Some(work), &Turns::default());
    world.tell(throttled(NORTH));
    assert_eq!(order(&world, Work::Send), [SOUTH, WEST]);
    assert_eq!(order(&world, Work::Room), [NORTH, SOUTH, WEST]);
    world.tell(throttled(SOUTH));
    world.tell(throttled(WEST));
    assert_eq!(order(&world, Work::Send).len(), 3);
    world.pass(seconds(30));
    assert_eq!(order(&world, Work::Send), [NORTH, SOUTH, WEST]);
    assert!(world.team.accounts()[0].ejections().until(Work::Send).is_none());
}

#[test]
fn one_that_comes_back_gets_its_share_by_quarters() {
    let mut world = weighted(Policy::RoundRobin, &[1, 1]);
    world.link(SOUTH, lost());
    world.step();
    world.link(SOUTH, LinkFact::Opened);
    world.login(SOUTH);
    let mut shares = Vec::new();
    for _ in 0..4 {
        shares.push(firsts(&world, 1_000)[&SOUTH]);
        world.pass(seconds(15));
    }
    assert_eq!(shares, [200, 333, 429, 500]);
}

/// As many accounts as a team can have.
fn all(policy: Policy) -> World {
    let mut setup = Setup { policy, ..setup(1) };
    let first = setup.accounts[0].clone();
    setup.accounts = (0..MAX_ACCOUNTS).map(|n| Member { name: format!("n{n}"), ..first.clone() }).collect();
    let mut world = World::with(&setup, 1);
    world.step();
    for index in 0..MAX_ACCOUNTS as u8 {
        let account = AccountId(index);
        world.link(account, LinkFact::Opened);
        world.link(account, LinkFact::Login { contact_id: format!("wxid_{index}") });
    }
    world
}

#[test]
fn a_team_of_sixty_four_is_complete() {
    let (world, turns) = (all(Policy::RoundRobin), Turns::default());
    let firsts: BTreeSet<u8> =
        (0..64).map(|_| world.routing().order(Aim::Anything, None, &turns)[0].0).collect();
    assert_eq!((firsts.len(), world.routing().available().len()), (64, 64));
}

/// Loads as they are in a gateway: other calls begin and end while one chooses.
#[derive(Default)]
struct Busy(Turns);

impl Draw for Busy {
    fn ticket(&self, among: AccountSet, round: Round) -> u64 {
        self.0.ticket(among, round)
    }

    fn random(&self) -> u64 {
        self.0.random()
    }

    fn load(&self, _: AccountId) -> u64 {
        self.0.random() % 100
    }
}

#[test]
fn loads_that_change_while_a_call_chooses_do_no_harm() {
    let (world, busy) = (all(Policy::LeastLoad), Busy::default());
    for _ in 0..100 {
        assert_eq!(world.routing().order(Aim::Anything, None, &busy).len(), MAX_ACCOUNTS);
    }
}

#[test]
fn whom_a_call_concerns_are_those_that_reach_it_or_else_those_that_might() {
    let mut world = world(Policy::RoundRobin);
    let concerned = |world: &World, id: &str| world.routing().concerned(id).iter().collect::<Vec<_>>();
    assert_eq!(concerned(&world, "dave"), [NORTH, SOUTH, WEST]);
    world.tell(Input::Unreachable { account: NORTH, conversation: "dave".into() });
    assert_eq!(concerned(&world, "dave"), [SOUTH, WEST]);
    world.shows(WEST, written("dave", &wxid(WEST), "hi", "m1"));
    assert_eq!(concerned(&world, "dave"), [WEST]);
}
