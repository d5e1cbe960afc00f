//! An account's life as the shell drives it: dialled, logged in, silent, lost, back.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{
    DONG_FROM, NORTH, SOUTH, World, but_steps, logout, lost, said, seconds, setup, written, wxid,
};
use ha_wechaty_core::{Command, EjectionRule, Input, LinkFact, Notice, PendingScan, Work, WorkResult};

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

/// What is wished next, besides what people are told.
fn next_dial(world: &mut World) -> Vec<Command> {
    loop {
        let is_news = |it: &Command| matches!(it, Command::Note(Notice::Alarm(_)));
        let wished: Vec<_> = but_steps(world.step()).into_iter().filter(|it| !is_news(it)).collect();
        if !wished.is_empty() {
            return wished;
        }
    }
}

#[test]
fn all_accounts_are_dialled_at_once() {
    let mut world = World::new(2);
    let commands = world.step();
    assert_eq!(steps(&commands), [""; 0], "they have been about to be");
    let dials = [Command::Connect { account: NORTH }, Command::Connect { account: SOUTH }];
    assert_eq!(but_steps(commands), dials);
    let next = world.team.poll_timeout().map(|next| next - world.now);
    assert_eq!(next, Some(seconds(60)), "the rest is up to them; that nobody is there is an alarm then");
}

#[test]
fn a_login_makes_it_available_and_has_its_lists_read() {
    let mut world = World::new(1);
    world.step();
    assert_eq!(but_steps(world.link(NORTH, LinkFact::Opened)), []);
    let commands = world.login(NORTH);
    assert_eq!(steps(&commands), ["connecting>available"]);
    let after = seconds(0);
    assert_eq!(
        but_steps(commands),
        [Command::Learn { account: NORTH }, Command::Note(Notice::TeamRecovered { after })]
    );
}

#[test]
fn a_lost_one_is_dialled_again_until_it_is_there_and_only_after_each_loss() {
    let mut world = World::up(2);
    assert_eq!(steps(&world.link(NORTH, lost())), ["available>offline"]);
    assert_eq!(world.link(NORTH, lost()), [], "told twice");
    for _ in 0..50 {
        assert_eq!(next_dial(&mut world), [Command::Connect { account: NORTH }]);
        let before = world.now;
        assert_eq!(steps(&world.link(NORTH, lost())), [""; 0], "it was offline all the time");
        let next = world.team.poll_timeout().expect("it is dialled for ever");
        assert!(next - before <= seconds(60), "never later than the cap");
        world.login(SOUTH);
    }
    assert_eq!(next_dial(&mut world), [Command::Connect { account: NORTH }]);
    world.link(NORTH, LinkFact::Opened);
    assert_eq!(but_steps(world.login(NORTH)), [Command::Learn { account: NORTH }]);
}

#[test]
fn silence_asks_then_fails_then_resets_and_a_dong_ends_it() {
    let mut world = World::up(1);
    let ding = Command::Ding { account: NORTH, contact: DONG_FROM.into() };
    let commands = world.pass(seconds(361));
    assert_eq!((steps(&commands), commands.contains(&ding)), (vec!["available>suspect".to_owned()], true));
    let commands = world.pass(seconds(341));
    assert_eq!(steps(&commands), ["suspect>failed"]);
    assert!(commands.contains(&Command::Reset { account: NORTH }));
    assert!(!world.team.is_up());
    let commands = world.shows(NORTH, written(DONG_FROM, &wxid(NORTH), "dong", "m1"));
    assert_eq!(steps(&commands), ["failed>available"]);
    assert!(world.team.is_up());
}

#[test]
fn one_that_can_not_write_to_the_heartbeat_contact_is_asked_by_its_puppet() {
    let mut world = World::up(1);
    world.pass(seconds(361));
    let cause = String::from("not a friend");
    let note = Notice::NoHeartbeat { account: NORTH, contact: DONG_FROM.into(), cause: cause.clone() };
    let ding = Command::PuppetDing { account: NORTH };
    let told = world.tell(Input::DingFailed { account: NORTH, cause: cause.clone() });
    assert_eq!(told, [Command::Note(note), ding.clone()]);
    assert_eq!(
        world.tell(Input::DingFailed { account: NORTH, cause }),
        std::slice::from_ref(&ding),
        "no news"
    );
    assert_eq!(steps(&world.tell(Input::PuppetDong { account: NORTH })), ["suspect>available"]);
    assert_eq!(but_steps(world.step()), [ding]);
}

#[test]
fn a_ding_that_was_too_much_says_nothing_of_whom_it_follows() {
    let mut world = World::up(1);
    world.pass(seconds(361));
    let cause = String::from("too much");
    let pause = EjectionRule::default().base;
    let throttled = Input::Worked { account: NORTH, work: Work::Send, result: WorkResult::Throttled };
    let ejected = Notice::Ejected { account: NORTH, work: Work::Send, pause, throttled: true };
    assert_eq!(but_steps(world.tell(throttled)), [Command::Note(ejected)]);
    let asked = world.tell(Input::DingFailed { account: NORTH, cause });
    assert_eq!(
        but_steps(asked),
        [Command::PuppetDing { account: NORTH }],
        "and there is no note of the contact"
    );
    let follows = |world: &World| world.team.accounts()[0].follows_heartbeat();
    assert!(follows(&world));
    assert_eq!(steps(&world.tell(Input::PuppetDong { account: NORTH })), ["suspect>available"]);
    let later = world.pass(seconds(600));
    let contact = DONG_FROM.into();
    assert!(
        later.contains(&Command::Ding { account: NORTH, contact }),
        "it may write again, and does: {later:?}"
    );
    assert!(follows(&world));
}

#[test]
fn one_that_may_not_say_anything_is_asked_by_its_puppet_meanwhile() {
    let mut setup = setup(1);
    setup.ejection.base = seconds(1_000);
    setup.ejection.cap = seconds(1_000);
    let mut world = World::up_with(&setup);
    world.tell(Input::Worked { account: NORTH, work: Work::Send, result: WorkResult::Throttled });
    let asked = world.pass(seconds(400));
    assert!(asked.contains(&Command::PuppetDing { account: NORTH }), "{asked:?}");
    let through_wechat = asked.iter().any(|it| matches!(it, Command::Ding { .. }));
    assert!(!through_wechat, "that would be one more of what is too much: {asked:?}");
}

#[test]
fn a_logout_and_a_scan_end_its_work_and_a_login_begins_it() {
    let mut world = World::up(2);
    assert_eq!(steps(&world.link(NORTH, logout())), ["available>logged-out"]);
    assert_eq!(
        steps(&world.link(NORTH, LinkFact::Scan(PendingScan::default()))),
        ["logged-out>waiting-scan"]
    );
    assert_eq!(world.link(NORTH, LinkFact::Scan(PendingScan::default())), [], "the same code again");
    assert_eq!(steps(&world.login(NORTH)), ["waiting-scan>available"]);
}

#[test]
fn a_login_as_somebody_else_is_known_at_once_and_has_the_lists_read_again() {
    let mut world = World::up(2);
    let commands = world.link(NORTH, LinkFact::Login { contact_id: "wxid_other".into() });
    assert_eq!(commands, [Command::Learn { account: NORTH }]);
    assert_eq!(world.routing().identity().contact_in(NORTH, "bot").as_deref(), Some("wxid_other"));
    assert_eq!(world.login(SOUTH), [], "the same person again");
}

#[test]
fn a_machine_that_was_asleep_does_what_is_due_once_and_then_rests() {
    for slept in [20, 50, 100, 400, 700, 5_000] {
        let mut world = World::up(2);
        world.shows(NORTH, said("alice", "hello", "m1"));
        world.link(NORTH, lost());
        world.step();
        world.link(NORTH, LinkFact::Opened);
        world.login(NORTH);
        world.oversleep(seconds(slept));
    }
}
