//! A send of which its account does not know is not there, if a teammate that hears did not see it: then, and
//! only then.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{
    DONG_FROM, LOST, NORTH, ROOM, SOUTH, UNSURE, WEST, World, lost, messages, said, seconds, written, wxid,
};
use ha_wechaty_core::{
    AccountId, Command, Input, LinkFact, MessageCopy, MessageFacts, PendingScan, ScanProgress, SendId,
    Settled,
};

/// North is lost with a send in its hands.
fn lost_with_a_send(accounts: usize) -> World {
    let mut world = World::up(accounts);
    world.connect(1);
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world
}

/// The heartbeat contact's answer.
fn dong(world: &mut World, account: AccountId) -> Vec<Command> {
    world.shows(account, written(DONG_FROM, &wxid(account), "dong", &format!("dong {}", account.0)))
}

fn asked(commands: &[Command]) -> Vec<AccountId> {
    let ding = |it: &Command| if let Command::Ding { account, .. } = it { Some(*account) } else { None };
    commands.iter().filter_map(ding).collect()
}

fn settled(commands: &[Command]) -> Vec<Settled> {
    let settled = |it: &Command| {
        if let Command::Settle { send: SendId(1), settled } = it { Some(settled.clone()) } else { None }
    };
    commands.iter().filter_map(settled).collect()
}

#[test]
fn whoever_hears_and_did_not_see_it_in_the_window_proves_that_it_is_not_there() {
    let mut world = lost_with_a_send(2);
    assert_eq!(asked(&world.pass(seconds(1))), [SOUTH], "nothing was said since: it is asked for a sign");
    assert_eq!(settled(&dong(&mut world, SOUTH)), [], "the window is not over");
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::NotThere { witness: SOUTH }]);
}

#[test]
fn what_people_say_may_come_late_but_what_the_team_said_later_is_a_sign() {
    let mut world = lost_with_a_send(3);
    world.pass(seconds(1));
    world.shows(SOUTH, said("alice", "when did she say this?", "s1"));
    assert_eq!(settled(&world.pass(seconds(8))), [Settled::Unknown]);
    let mut world = lost_with_a_send(3);
    world.pass(seconds(2));
    world.begins(2, WEST, "something else");
    world.shows(SOUTH, said(&wxid(WEST), "something else", "s1"));
    assert_eq!(settled(&world.pass(seconds(1))), [Settled::NotThere { witness: SOUTH }]);
}

#[test]
fn the_answer_to_an_older_ding_proves_nothing() {
    let mut world = World::up(2);
    while !asked(&world.step()).contains(&SOUTH) {}
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    assert_eq!(settled(&dong(&mut world, SOUTH)), []);
    assert_eq!(
        settled(&world.pass(seconds(8))),
        [Settled::Unknown],
        "that may have been on its way for long"
    );
}

#[test]
fn the_last_sign_may_come_after_the_window_and_without_one_nothing_is_known() {
    let mut world = lost_with_a_send(2);
    assert_eq!(settled(&world.pass(seconds(5))), []);
    assert_eq!(settled(&dong(&mut world, SOUTH)), [Settled::NotThere { witness: SOUTH }]);
    let mut world = lost_with_a_send(2);
    assert_eq!(settled(&world.pass(seconds(8))), []);
    assert_eq!(settled(&world.pass(seconds(1))), [Settled::Unknown]);
}

#[test]
fn whoever_saw_it_is_believed_whatever_others_hear() {
    let mut world = lost_with_a_send(3);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    let seen = world.shows(WEST, said(&wxid(NORTH), "hi", "w1"));
    assert_eq!(settled(&seen), [Settled::Seen(MessageCopy::new(WEST, "w1"))]);
}

#[test]
fn one_whose_stream_was_closed_for_a_moment_or_that_is_behind_proves_nothing() {
    // A moment after it came.
    let break_of = |world: &mut World| {
        world.link(SOUTH, lost());
        world.link(SOUTH, LinkFact::Opened);
        world.login(SOUTH);
    };
    let mut world = World::up(2);
    world.begins(1, NORTH, "hi");
    break_of(&mut world);
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(8))), [Settled::Unknown], "it may have missed it");
    let mut world = lost_with_a_send(2);
    break_of(&mut world);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(31))), [Settled::Unknown], "after it was lost, too");
    let mut world = lost_with_a_send(2);
    world.tell(Input::Behind { account: SOUTH, is_behind: true });
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(
        settled(&world.pass(seconds(8))),
        [Settled::Unknown],
        "it may be among what it could not read"
    );
}

#[test]
fn one_that_has_caught_up_proves_it_by_what_it_hears_then() {
    let mut world = lost_with_a_send(3);
    world.tell(Input::Behind { account: SOUTH, is_behind: true });
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    world.tell(Input::Behind { account: SOUTH, is_behind: false });
    assert_eq!(settled(&world.pass(seconds(2))), [], "the dong was heard while it was behind");
    world.begins(2, WEST, "something else");
    let seen = world.shows(SOUTH, said(&wxid(WEST), "something else", "s1"));
    assert_eq!(settled(&seen), [Settled::NotThere { witness: SOUTH }]);
}

#[test]
fn what_could_not_be_read_before_the_send_began_is_not_the_send() {
    let mut world = World::up(2);
    world.pass(seconds(1));
    world.tell(Input::Behind { account: SOUTH, is_behind: true });
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::NotThere { witness: SOUTH }]);
    let mut world = lost_with_a_send(2);
    world.tell(Input::Behind { account: SOUTH, is_behind: true });
    world
        .link(SOUTH, LinkFact::Scan(PendingScan { status: ScanProgress::Scanned, ..PendingScan::default() }));
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(
        settled(&world.pass(seconds(8))),
        [Settled::Unknown],
        "it may be the one that was told of since"
    );
}

#[test]
fn what_the_account_said_there_and_nobody_sent_may_be_the_send() {
    let mut world = lost_with_a_send(2);
    world.pass(seconds(1));
    world.shows(SOUTH, said(&wxid(NORTH), "[hi]", "s1"));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::Unknown], "its text was changed on its way");
    let mut world = World::up(2);
    world.shows(SOUTH, said(&wxid(NORTH), "from its phone, before", "s1"));
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world
        .shows(SOUTH, MessageFacts { room: "hall@chatroom".into(), ..said(&wxid(NORTH), "elsewhere", "s2") });
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::NotThere { witness: SOUTH }]);
}

#[test]
fn who_may_have_taken_it_for_another_of_the_same_words_proves_nothing() {
    // South was away for the first one: its only copy is taken for that.
    let mut world = World::up(2);
    world.link(SOUTH, lost());
    world.begins(2, NORTH, "hi");
    world.sent(2, NORTH, "n2");
    while !world.step().contains(&Command::Connect { account: SOUTH }) {}
    world.comes(SOUTH);
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.shows(SOUTH, said(&wxid(NORTH), "hi", "s1"));
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(8))), [Settled::Unknown]);
    // Nobody knows what became of the first one, since its bot hung up.
    let mut world = World::up(2);
    world.begins(2, NORTH, "hi");
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.shows(SOUTH, said(&wxid(NORTH), "hi", "s1"));
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(8))), [Settled::Unknown]);
    // South was there, and counts.
    let mut world = World::up(2);
    world.pass(seconds(1));
    world.begins(2, NORTH, "hi");
    world.sent(2, NORTH, "n2");
    world.begins(1, NORTH, "hi");
    world.pass(seconds(1));
    world.shows(SOUTH, said(&wxid(NORTH), "hi", "s2"));
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::NotThere { witness: SOUTH }]);
}

#[test]
fn the_same_person_on_another_machine_proves_nothing() {
    let mut world = World::up(3);
    world.link(SOUTH, LinkFact::Login { contact_id: wxid(NORTH) });
    world.tell(Input::Lists { account: SOUTH, contacts: None, rooms: Some(vec![ROOM.into()]) });
    world.pass(seconds(1));
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, LOST);
    let asked = asked(&world.pass(seconds(1)));
    assert_eq!(asked, [WEST], "its own person is not shown what it says");
    world.shows(SOUTH, written(DONG_FROM, &wxid(NORTH), "dong", "dong 1"));
    assert_eq!(settled(&world.pass(seconds(8))), [Settled::Unknown]);
}

#[test]
fn nothing_is_proved_while_the_account_may_still_have_it_or_where_nobody_else_is() {
    let mut world = World::up(2);
    world.begins(1, NORTH, "hi");
    world.ends(1, NORTH, UNSURE);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::Unknown], "it hangs, and may go on");
    let mut alone = lost_with_a_send(1);
    assert_eq!(settled(&alone.pass(seconds(3))), [Settled::Unknown]);
    let mut private = World::up(2);
    let message = written("bot", "alice", "hi", "");
    private.tell(Input::SendBegins { send: SendId(1), account: NORTH, message });
    let conversation = String::from("alice");
    private.tell(Input::SendEnds { send: SendId(1), account: NORTH, conversation, outcome: LOST });
    private.pass(seconds(1));
    dong(&mut private, SOUTH);
    assert_eq!(settled(&private.pass(seconds(2))), [Settled::Unknown], "nobody sees what is private");
}

#[test]
fn its_own_echo_though_late_is_not_told_beside_the_one_that_was_sent_instead() {
    let mut world = lost_with_a_send(3);
    world.pass(seconds(1));
    dong(&mut world, SOUTH);
    assert_eq!(settled(&world.pass(seconds(2))), [Settled::NotThere { witness: SOUTH }]);
    world.begins(2, SOUTH, "hi");
    world.sent(2, SOUTH, "s1");
    let mut commands = world.shows(SOUTH, said(&wxid(SOUTH), "hi", "s1"));
    commands.extend(world.shows(WEST, said(&wxid(SOUTH), "hi", "w1")));
    world.link(NORTH, LinkFact::Opened);
    world.login(NORTH);
    commands.extend(world.shows(NORTH, said(&wxid(SOUTH), "hi", "n1")));
    commands.extend(world.shows(NORTH, said(&wxid(NORTH), "hi", "n2")));
    commands.extend(world.shows(WEST, said(&wxid(NORTH), "hi", "w2")));
    assert_eq!(messages(1, &commands), ["s1~south"]);
}
