//! What operators do to accounts by hand: who gets work then, what is left alone, and what is kept.
#![allow(missing_docs, clippy::expect_used)]

use std::time::Duration;

use crate::support::{
    DONG_FROM, NORTH, SOUTH, Turns, WEST, World, logout, lost, member, said, seconds, setup, written, wxid,
};
use ha_wechaty_core::{
    AccountId, AccountState, Aim, Command, Hand, HandEnd, Holder, Ids, Input, LinkFact, Member, Notice,
    PendingScan, Phase, Recall, ScanProgress, Setup, Standing, Withdrawn,
};

const DRAIN: Hand = Hand::Withdraw { how: Withdrawn::Draining, lasts: None };
const MAINTENANCE: Hand = Hand::Withdraw { how: Withdrawn::Maintenance, lasts: None };

/// Somebody sees to an account; what came of it, and the other wishes.
fn lay(world: &mut World, account: AccountId, hand: Hand, force: bool) -> (HandEnd, Vec<Command>) {
    let (by, why) = ("ann".to_owned(), "new phone".to_owned());
    let mut commands = world.tell(Input::Hand { account, hand, by, why, force, number: 7 });
    let is_note = |command: &Command| matches!(command, Command::Note(Notice::Hand { .. }));
    let at = commands.iter().position(is_note).expect("what came of it is told");
    let told = commands.remove(at);
    let Command::Note(Notice::Hand { account: of, number, done, .. }) = told else { panic!("{told:?}") };
    assert_eq!((of, number), (account, 7));
    (done, commands)
}

fn hand(world: &mut World, account: AccountId, hand: Hand) -> HandEnd {
    lay(world, account, hand, false).0
}

fn lasting(how: Withdrawn, time: u64) -> Hand {
    Hand::Withdraw { how, lasts: Some(seconds(time)) }
}

fn state(world: &World, account: AccountId) -> &AccountState {
    &world.team.accounts()[account.index()]
}

fn shown(world: &World, account: AccountId) -> Standing {
    state(world, account).shown()
}

fn available(world: &World) -> Vec<AccountId> {
    world.routing().available().iter().collect()
}

/// The steps that were told: `from>to`.
fn steps(commands: &[Command]) -> Vec<String> {
    let step = |command: &Command| {
        let Command::Note(Notice::Phase { from, to, .. }) = command else { return None };
        Some(format!("{from}>{to}"))
    };
    commands.iter().filter_map(step).collect()
}

fn dongs(world: &mut World, account: AccountId, id: &str) -> Vec<Command> {
    world.shows(account, written(DONG_FROM, &wxid(account), "dong", id))
}

#[test]
fn one_that_is_drained_gets_no_work_and_is_cared_for_as_ever() {
    let mut world = World::up(2);
    let (end, commands) = lay(&mut world, NORTH, DRAIN, false);
    assert_eq!((end, steps(&commands)), (HandEnd::Done, vec!["available>draining".to_owned()]));
    assert_eq!((available(&world), shown(&world, NORTH)), (vec![SOUTH], Standing::Draining));
    assert_eq!(state(&world, NORTH).text(), "draining by ann: new phone");
    let dings = world.pass(seconds(360));
    assert!(dings.contains(&Command::Ding { account: NORTH, contact: DONG_FROM.into() }), "{dings:?}");
    world.connect(1);
    let given = world.shows(NORTH, said("alice", "hello", "m1"));
    assert_eq!(crate::support::messages(1, &given), ["m1~north"], "it is heard");
    dongs(&mut world, SOUTH, "d");
    let (end, commands) = lay(&mut world, NORTH, Hand::Resume, false);
    assert_eq!((end, steps(&commands)), (HandEnd::Done, vec!["draining>available".to_owned()]));
    assert_eq!(available(&world), [NORTH, SOUTH]);
    let now = world.now;
    assert_eq!(state(&world, NORTH).quarters(now), 1, "a part of its share first");
    world.pass(seconds(60));
    assert_eq!(state(&world, NORTH).quarters(world.now), 4);
    assert_eq!(hand(&mut world, NORTH, Hand::Resume), HandEnd::Nothing);
}

#[test]
fn one_that_is_drained_and_fails_is_reset_and_said_to_have_failed() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, DRAIN);
    let mut commands = Vec::new();
    for n in 0..20 {
        commands.extend(world.pass(seconds(40)));
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    assert!(commands.contains(&Command::Reset { account: NORTH }));
    assert_eq!(shown(&world, NORTH), Standing::Failed);
    assert!(state(&world, NORTH).text().ends_with("; and draining by ann: new phone"));
    dongs(&mut world, NORTH, "d");
    assert_eq!((shown(&world, NORTH), available(&world)), (Standing::Draining, vec![SOUTH]));
}

#[test]
fn what_it_alone_has_it_is_asked_for_while_it_drains_and_not_in_maintenance() {
    let mut setup = setup(2);
    setup.accounts[0].ids = Ids::Own;
    let mut world = World::up_with(&setup);
    hand(&mut world, NORTH, DRAIN);
    let both = [NORTH, SOUTH].into_iter().collect();
    let alone = [NORTH].into_iter().collect();
    let there = |world: &World, owners| world.routing().there(owners).iter().collect::<Vec<_>>();
    assert_eq!((there(&world, both), there(&world, alone)), (vec![SOUTH], vec![NORTH]));
    let order = |world: &World, aim| world.routing().order(aim, None, &Turns::default());
    assert_eq!(order(&world, Aim::See("carol~north")), [NORTH]);
    assert_eq!(order(&world, Aim::Say("carol~north")), [], "to say something there waits for it");
    assert_eq!(order(&world, Aim::See("alice")), [SOUTH]);
    hand(&mut world, NORTH, MAINTENANCE);
    assert_eq!((there(&world, alone), order(&world, Aim::See("carol~north"))), (vec![], vec![]));
    let why = world.routing().outage_of(alone);
    assert_eq!(why, "north is in maintenance by ann: new phone");
}

#[test]
fn one_in_maintenance_is_let_be_for_hours_and_dialled_again_and_nothing_of_it_is_news() {
    let mut world = World::up(2);
    let (_, commands) = lay(&mut world, NORTH, MAINTENANCE, false);
    assert_eq!(steps(&commands), ["available>maintenance"]);
    let mut all = Vec::new();
    for n in 0..100 {
        all.extend(world.pass(seconds(100)));
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    all.extend(world.link(NORTH, lost()));
    all.extend(world.pass(seconds(2)));
    all.extend(world.link(NORTH, LinkFact::Opened));
    all.extend(world.link(NORTH, logout()));
    all.extend(world.pass(seconds(100)));
    all.extend(world.link(NORTH, LinkFact::Scan(PendingScan::default())));
    all.extend(world.login(NORTH));
    let about = |command: &&Command| {
        let (Command::Note(Notice::Phase { account, .. } | Notice::Still { account, .. })
        | Command::Ding { account, .. }
        | Command::PuppetDing { account }
        | Command::Reset { account }) = command
        else {
            return false;
        };
        *account == NORTH
    };
    assert_eq!(all.iter().find(about), None);
    assert!(all.contains(&Command::Connect { account: NORTH }), "it is dialled");
    assert_eq!((available(&world), shown(&world, NORTH)), (vec![SOUTH], Standing::Maintenance));
    assert_eq!(state(&world, NORTH).history().last().map(|step| step.to), Some(Standing::Maintenance));
    world.connect(1);
    assert_eq!(crate::support::messages(1, &world.shows(NORTH, said("alice", "hi", "m"))), ["m~north"]);
}

#[test]
fn when_its_time_is_up_it_shows_first_that_it_works() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, lasting(Withdrawn::Maintenance, 1_800));
    let until = world.now + seconds(1_800);
    assert_eq!(state(&world, NORTH).withdrawal().and_then(|it| it.until), Some(until));
    for n in 0..17 {
        world.pass(seconds(100));
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    assert!(state(&world, NORTH).is_withdrawn());
    let commands = world.pass(seconds(100));
    let note = commands.iter().find_map(|command| {
        let Command::Note(Notice::Hand { by, why, number, done, .. }) = command else { return None };
        Some((by.as_str(), why.as_str(), *number, *done))
    });
    assert_eq!(note, Some(("ha-wechaty", "its time is up", 0, HandEnd::Done)));
    assert_eq!(steps(&commands), ["maintenance>suspect"]);
    assert!(commands.contains(&Command::Ding { account: NORTH, contact: DONG_FROM.into() }));
    assert_eq!(available(&world), [SOUTH]);
    dongs(&mut world, NORTH, "d");
    assert_eq!((available(&world), shown(&world, NORTH)), (vec![NORTH, SOUTH], Standing::Available));
}

#[test]
fn what_went_on_below_is_known_when_it_ends() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, MAINTENANCE);
    world.link(NORTH, lost());
    assert_eq!(
        state(&world, NORTH).text(),
        "in maintenance by ann: new phone; meanwhile: offline: cut",
        "and why it is not there is not forgotten"
    );
    let (_, commands) = lay(&mut world, NORTH, Hand::Resume, false);
    assert_eq!(steps(&commands), ["maintenance>offline"]);
    assert_eq!((shown(&world, NORTH), state(&world, NORTH).spell().cause()), (Standing::Offline, "cut"));
}

#[test]
fn the_last_one_that_works_is_taken_from_work_only_by_force() {
    let mut world = World::up(2);
    world.connect(1);
    assert_eq!(hand(&mut world, NORTH, DRAIN), HandEnd::Done);
    for refused in [DRAIN, MAINTENANCE, Hand::Reset, Hand::Logout] {
        let (end, commands) = lay(&mut world, SOUTH, refused, false);
        assert_eq!((end, commands), (HandEnd::Last, vec![]), "{refused:?}");
    }
    assert!(world.team.is_up() && world.team.is_last(SOUTH) && !world.team.is_last(NORTH));
    let (end, commands) = lay(&mut world, SOUTH, MAINTENANCE, true);
    assert_eq!(end, HandEnd::Done);
    let reason = commands.iter().find_map(|command| {
        let Command::Note(Notice::TeamFailed { reason, .. }) = command else { return None };
        Some(reason.as_str())
    });
    let why = "no account of the team is available: north is draining by ann: new phone; south is in maintenance by \
               ann: new phone";
    assert_eq!(reason, Some(why));
    world.pass(seconds(5));
    assert!(!world.team.is_up());
    assert_eq!(hand(&mut world, NORTH, Hand::Resume), HandEnd::Done);
    assert!(world.team.is_up());
}

#[test]
fn one_that_is_suspect_is_left_to_work_when_the_last_well_one_is_drained() {
    let mut world = World::up(2);
    world.pass(seconds(200));
    dongs(&mut world, SOUTH, "d1");
    world.pass(seconds(180));
    assert!(state(&world, NORTH).is_suspect() && state(&world, SOUTH).is_available());
    assert_eq!(hand(&mut world, SOUTH, DRAIN), HandEnd::Done);
    assert_eq!(available(&world), [NORTH]);
}

#[test]
fn of_two_logged_in_as_one_person_the_other_works_when_the_first_is_drained() {
    let mut world = World::up(2);
    world.link(SOUTH, LinkFact::Login { contact_id: wxid(NORTH) });
    assert_eq!(available(&world), [NORTH]);
    assert_eq!(hand(&mut world, NORTH, DRAIN), HandEnd::Done);
    assert_eq!(available(&world), [SOUTH]);
}

#[test]
fn a_reset_by_hand_asks_for_nobodys_leave_and_the_account_shows_then_that_it_works() {
    let mut world = World::up(3);
    let (end, commands) = lay(&mut world, NORTH, Hand::Reset, false);
    assert_eq!((end, commands), (HandEnd::Done, vec![Command::Reset { account: NORTH }]));
    assert_eq!(lay(&mut world, SOUTH, Hand::Reset, false).0, HandEnd::Done, "at once with the other");
    world.link(NORTH, logout());
    world.login(NORTH);
    assert!(state(&world, NORTH).is_suspect(), "it is to show that it has helped");
    world.link(WEST, lost());
    assert_eq!(lay(&mut world, WEST, Hand::Reset, false), (HandEnd::NotConnected, vec![]));
}

#[test]
fn reconnect_dials_now_and_opens_the_stream_of_a_connected_one_anew() {
    let mut world = World::up(2);
    for _ in 0..10 {
        world.link(NORTH, lost());
        world.step();
    }
    world.link(NORTH, lost());
    assert_eq!(hand(&mut world, NORTH, Hand::Reconnect), HandEnd::Done);
    assert_eq!(world.team.poll_timeout(), Some(world.now), "without waiting for its time");
    assert_eq!(world.step(), [Command::Connect { account: NORTH }]);
    assert_eq!(lay(&mut world, NORTH, Hand::Reconnect, false), (HandEnd::Nothing, vec![]), "being dialled");
    let (end, commands) = lay(&mut world, SOUTH, Hand::Reconnect, false);
    assert_eq!((end, commands), (HandEnd::Done, vec![Command::Reopen { account: SOUTH }]));
    world.link(NORTH, lost());
    let phase = state(&world, NORTH).phase().clone();
    let Phase::Offline { retry_at, .. } = phase else { panic!("{phase:?}") };
    assert!(retry_at - world.now <= seconds(1), "its failures of before are forgotten");
}

#[test]
fn login_has_a_code_come_where_there_is_none_to_scan() {
    let code = |status| {
        LinkFact::Scan(PendingScan { status, qrcode: Some("code".into()), ..PendingScan::default() })
    };
    for (facts, expected) in [
        (vec![], HandEnd::Nothing),
        (vec![logout()], HandEnd::Done),
        (vec![logout(), code(ScanProgress::Waiting)], HandEnd::Nothing),
        (vec![logout(), code(ScanProgress::Scanned)], HandEnd::Nothing),
        (vec![logout(), code(ScanProgress::Timeout)], HandEnd::Done),
        (vec![logout(), LinkFact::Scan(PendingScan::default())], HandEnd::Done),
        (vec![lost()], HandEnd::NotConnected),
        (vec![lost(), LinkFact::Opened], HandEnd::Done),
    ] {
        let mut world = World::up(2);
        for fact in &facts {
            if *fact == LinkFact::Opened {
                world.step();
            }
            world.link(NORTH, fact.clone());
        }
        let (end, commands) = lay(&mut world, NORTH, Hand::Login, false);
        let is_reset = commands.contains(&Command::Reset { account: NORTH });
        assert_eq!((end, is_reset), (expected, expected == HandEnd::Done), "{facts:?}");
    }
}

#[test]
fn one_that_is_logged_out_by_hand_is_let_be_until_it_is_resumed() {
    let mut world = World::up(2);
    let (end, commands) = lay(&mut world, NORTH, Hand::Logout, false);
    assert_eq!((end, commands.last()), (HandEnd::Done, Some(&Command::Logout { account: NORTH })));
    assert!(Command::Logout { account: NORTH }.is_held(), "only once it is known for good");
    world.link(NORTH, logout());
    for n in 0..50 {
        let told = world.pass(seconds(100));
        assert_eq!(steps(&told), [""; 0]);
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    assert_eq!(shown(&world, NORTH), Standing::Maintenance);
    assert_eq!(hand(&mut world, NORTH, Hand::Logout), HandEnd::Nothing);
    let (end, commands) = lay(&mut world, NORTH, Hand::Login, false);
    assert_eq!((end, commands), (HandEnd::Done, vec![Command::Reset { account: NORTH }]));
    world.login(NORTH);
    assert_eq!(available(&world), [SOUTH], "what an operator has begun an operator ends");
    hand(&mut world, NORTH, Hand::Resume);
    dongs(&mut world, NORTH, "d");
    assert_eq!(available(&world), [NORTH, SOUTH]);
}

#[test]
fn it_is_kept_over_restarts_and_when_the_account_leaves_and_comes_back() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, lasting(Withdrawn::Maintenance, 1_000));
    hand(&mut world, NORTH, lasting(Withdrawn::Maintenance, 2_000));
    let withdrawal = state(&world, NORTH).withdrawal().cloned().expect("it is");
    assert_eq!((withdrawal.since, withdrawal.until), (world.now, Some(world.now + seconds(2_000))));
    let setup = world.setup.clone();
    world.pass(seconds(100));
    world.restarts(setup);
    assert_eq!(state(&world, NORTH).withdrawal(), Some(&withdrawal));
    assert_eq!(shown(&world, NORTH), Standing::Maintenance);
    world.leaves(NORTH);
    assert_eq!((state(&world, NORTH).withdrawal(), shown(&world, NORTH)), (None, Standing::Removed));
    assert_eq!(hand(&mut world, NORTH, Hand::Resume), HandEnd::NotConnected, "it is nobody's");
    let commands = world.joins(NORTH);
    assert_eq!(steps(&commands), ["removed>maintenance"]);
    assert_eq!(state(&world, NORTH).withdrawal(), Some(&withdrawal));
    world.step();
    world.comes(NORTH);
    assert_eq!(shown(&world, NORTH), Standing::Maintenance);
    world.leaves(NORTH);
    world.pass(seconds(2_000));
    world.joins(NORTH);
    world.step();
    assert_eq!(state(&world, NORTH).withdrawal(), None, "its time was up while it was away");
}

#[test]
fn whoever_inherits_its_place_inherits_no_withdrawal() {
    let mut world = World::up_with(&Setup { recall: Recall::default(), ..setup(2) });
    hand(&mut world, NORTH, MAINTENANCE);
    world.leaves(NORTH);
    world.now = world.now + Duration::from_secs(30 * 86_400);
    let heir = Member { ..member("east") };
    world.tell(Input::Joins { account: NORTH, member: heir });
    assert_eq!(world.team.identity().name(NORTH), "east");
    assert_eq!((state(&world, NORTH).withdrawal(), shown(&world, NORTH)), (None, Standing::Connecting));
}

#[test]
fn one_that_was_drained_while_its_stream_was_anothers_evicts_nobody_in_maintenance() {
    let mut world = World::new(2);
    world.step();
    world.comes(SOUTH);
    hand(&mut world, NORTH, MAINTENANCE);
    let mut all = Vec::new();
    for n in 0..60 {
        all.extend(world.link(NORTH, LinkFact::Taken { holder: Holder::Unknown }));
        all.extend(world.pass(seconds(61)));
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    assert!(all.contains(&Command::Connect { account: NORTH }));
    assert!(!all.contains(&Command::Evict { account: NORTH }));
    hand(&mut world, NORTH, Hand::Resume);
    world.link(NORTH, LinkFact::Taken { holder: Holder::Unknown });
    assert!(world.pass(seconds(600)).contains(&Command::Evict { account: NORTH }), "now it is");
}

#[test]
fn one_whose_stream_is_anothers_is_dialled_ever_more_rarely_in_maintenance() {
    let mut world = World::new(2);
    world.step();
    world.comes(SOUTH);
    hand(&mut world, NORTH, MAINTENANCE);
    let mut dialled = 0;
    world.link(NORTH, LinkFact::Taken { holder: Holder::Unknown });
    let end = world.now + seconds(600);
    while world.now < end {
        for command in world.step() {
            if command == (Command::Connect { account: NORTH }) {
                dialled += 1;
                world.link(NORTH, LinkFact::Taken { holder: Holder::Unknown });
            }
        }
    }
    assert!((5..100).contains(&dialled), "dialled {dialled} times in ten minutes");
}

#[test]
fn one_that_drains_after_a_maintenance_shows_first_that_it_works() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, MAINTENANCE);
    for n in 0..40 {
        world.pass(seconds(60));
        dongs(&mut world, SOUTH, &format!("d{n}"));
    }
    let (done, told) = lay(&mut world, NORTH, DRAIN, false);
    assert_eq!(done, HandEnd::Done);
    assert!(!told.contains(&Command::Reset { account: NORTH }), "{told:?}");
    let told = world.pass(seconds(1));
    assert!(!told.contains(&Command::Reset { account: NORTH }), "nobody looked meanwhile: {told:?}");
    assert!(shown(&world, NORTH) == Standing::Draining || shown(&world, NORTH) == Standing::Suspect);
}

#[test]
fn what_went_on_below_a_maintenance_begins_for_people_when_that_ends() {
    let mut world = World::up(2);
    hand(&mut world, NORTH, MAINTENANCE);
    world.link(NORTH, logout());
    world.now = world.now + Duration::from_secs(3 * 86_400);
    let resumed = world.now;
    hand(&mut world, NORTH, Hand::Resume);
    world.pass(seconds(60));
    let incident = world.team.incidents().next().expect("it is logged out");
    assert_eq!(incident.began, resumed);
    let about = ha_wechaty_core::Subject::Account("north".into());
    let week = world.team.uptime(&about).expect("known").over(world.now, Duration::from_secs(7 * 86_400));
    assert!(week.of(ha_wechaty_core::Footing::Down) <= seconds(60), "{week:?}");
}
