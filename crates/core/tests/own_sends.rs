//! What the bot says: its echo is told once, teammates' copies are witnesses, and what became of a send of
//! which its account does not know is settled by who saw it.
#![allow(missing_docs, clippy::expect_used)]

use crate::support::{LOST, NORTH, SOUTH, UNSURE, WEST, World, lost, messages, said, seconds, wxid};
use ha_wechaty_core::{
    AccountId, Command, LinkFact, MessageCopy, MessageFacts, MessageKind, SendId, SendResult, Settled,
};

fn world() -> World {
    let mut world = World::up(3);
    world.connect(1);
    world
}

/// An account is shown what another one of the team said.
fn sees(world: &mut World, account: AccountId, author: AccountId, id: &str) -> Vec<Command> {
    world.shows(account, said(&wxid(author), "hi", id))
}

fn join(known: (AccountId, &str), copy: (AccountId, &str)) -> Command {
    Command::Join { known: MessageCopy::new(known.0, known.1), copy: MessageCopy::new(copy.0, copy.1) }
}

fn settled(send: u64, seen: Option<(AccountId, &str)>) -> Command {
    let seen = seen.map(|(account, id)| Settled::Seen(MessageCopy::new(account, id)));
    Command::Settle { send: SendId(send), settled: seen.unwrap_or(Settled::Unknown) }
}

#[test]
fn an_answer_then_the_echo_then_the_witnesses() {
    let mut world = world();
    assert_eq!(world.begins(1, NORTH, "hi"), []);
    assert_eq!(world.sent(1, NORTH, "n1"), []);
    assert_eq!(messages(1, &sees(&mut world, NORTH, NORTH, "n1")), ["n1~north"]);
    assert_eq!(sees(&mut world, SOUTH, NORTH, "s1"), [join((NORTH, "n1"), (SOUTH, "s1"))]);
    assert_eq!(sees(&mut world, NORTH, NORTH, "n1"), []);
}

#[test]
fn in_whatever_order_they_come_the_echo_is_told_once_and_all_copies_are_joined() {
    // 0: the answer, 1: the echo, 2 and 3: witnesses.
    for order in [
        [0, 1, 2, 3],
        [0, 2, 1, 3],
        [0, 2, 3, 1],
        [1, 0, 2, 3],
        [1, 2, 0, 3],
        [1, 2, 3, 0],
        [2, 0, 1, 3],
        [2, 1, 0, 3],
        [2, 1, 3, 0],
        [2, 3, 0, 1],
        [2, 3, 1, 0],
    ] {
        let mut world = world();
        world.begins(1, NORTH, "hi");
        let mut commands = Vec::new();
        for what in order {
            commands.extend(match what {
                0 => world.sent(1, NORTH, "n1"),
                1 => sees(&mut world, NORTH, NORTH, "n1"),
                2 => sees(&mut world, SOUTH, NORTH, "s1"),
                _ => sees(&mut world, WEST, NORTH, "w1"),
            });
        }
        assert_eq!(messages(1, &commands), ["n1~north"], "{order:?}");
        let joins = commands.iter().filter(|command| matches!(command, Command::Join { .. })).count();
        assert_eq!(joins, 2, "{order:?}: three copies need two: {commands:?}");
    }
}

#[test]
fn a_witness_may_spell_it_in_its_own_way() {
    let mut world = world();
    world.begins(1, NORTH, "a < b 😀\n");
    world.ends(1, NORTH, UNSURE);
    let read = said(&wxid(NORTH), "a &lt; b <span class=\"emoji emoji1f600\"></span>", "s1");
    assert_eq!(world.shows(SOUTH, read), [settled(1, Some((SOUTH, "s1")))]);
}

#[test]
fn a_witness_may_say_that_it_is_sent_before_and_after_its_account_is_lost() {
    let mut before = world();
    before.begins(1, NORTH, "hi");
    sees(&mut before, SOUTH, NORTH, "s1");
    before.link(NORTH, lost());
    assert_eq!(before.ends(1, NORTH, UNSURE), [settled(1, Some((SOUTH, "s1")))]);
    let mut after = world();
    after.begins(1, NORTH, "hi");
    after.link(NORTH, lost());
    assert_eq!(after.ends(1, NORTH, UNSURE), []);
    assert_eq!(sees(&mut after, WEST, NORTH, "w1"), [settled(1, Some((WEST, "w1")))]);
    assert_eq!(sees(&mut after, SOUTH, NORTH, "s1"), [join((WEST, "w1"), (SOUTH, "s1"))]);
}

#[test]
fn with_nobody_who_saw_it_in_time_it_is_settled_so_and_late_copies_are_no_strangers() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    assert_eq!(world.ends(1, NORTH, UNSURE), []);
    assert_eq!(world.pass(seconds(2)), []);
    assert_eq!(world.pass(seconds(1)), [settled(1, None)]);
    assert_eq!(messages(1, &sees(&mut world, SOUTH, NORTH, "s1")), [""; 0]);
    assert_eq!(messages(1, &sees(&mut world, NORTH, NORTH, "n1")), ["n1~north"], "its own echo, late");
}

#[test]
fn a_teammate_that_is_away_is_waited_for_and_its_window_begins_when_it_is_back() {
    for is_shown in [true, false] {
        let mut world = World::up(2);
        world.connect(1);
        world.begins(1, NORTH, "hi");
        world.link(SOUTH, lost());
        world.link(NORTH, lost());
        world.ends(1, NORTH, UNSURE);
        assert!(!world.pass(seconds(20)).contains(&settled(1, None)), "nobody could have seen it");
        world.link(SOUTH, LinkFact::Opened);
        world.login(SOUTH);
        let commands = match is_shown {
            true => sees(&mut world, SOUTH, NORTH, "s1"),
            false => world.pass(seconds(3)),
        };
        let seen = settled(1, is_shown.then_some((SOUTH, "s1")));
        assert!(commands.contains(&seen), "{commands:?}");
    }
}

#[test]
fn a_teammate_that_never_comes_back_is_not_waited_for_for_ever() {
    let mut world = World::up(2);
    world.begins(1, NORTH, "hi");
    world.link(NORTH, lost());
    world.ends(1, NORTH, UNSURE);
    world.pass(seconds(2));
    world.link(SOUTH, lost());
    assert!(!world.pass(seconds(27)).contains(&settled(1, None)), "it left before its window was over");
    assert!(world.pass(seconds(1)).contains(&settled(1, None)), "ten windows are enough");
}

#[test]
fn in_a_private_conversation_nobody_is_waited_for() {
    let mut world = World::up(2);
    let message = crate::support::written("bot", "alice", "hi", "");
    world.tell(ha_wechaty_core::Input::SendBegins { send: SendId(1), account: NORTH, message });
    let (send, account, conversation) = (SendId(1), NORTH, String::from("alice"));
    world.link(SOUTH, lost());
    world.tell(ha_wechaty_core::Input::SendEnds { send, account, conversation, outcome: UNSURE });
    assert!(world.pass(seconds(3)).contains(&settled(1, None)));
}

#[test]
fn where_no_teammate_could_see_it_its_own_echo_may_say_that_it_is_sent() {
    for is_shown in [true, false] {
        let mut world = World::up(1);
        world.connect(1);
        world.begins(1, NORTH, "hi");
        assert_eq!(world.ends(1, NORTH, UNSURE), []);
        if is_shown {
            let commands = sees(&mut world, NORTH, NORTH, "n1");
            assert_eq!(messages(1, &commands), ["n1~north"]);
            assert!(commands.contains(&settled(1, Some((NORTH, "n1")))));
        } else {
            assert_eq!(world.pass(seconds(3)), [settled(1, None)]);
        }
    }
}

#[test]
fn what_was_not_sent_leaves_nothing_and_the_next_account_sends_it() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.ends(1, NORTH, SendResult::NotSent);
    world.begins(2, SOUTH, "hi");
    world.sent(2, SOUTH, "s1");
    assert_eq!(messages(1, &sees(&mut world, SOUTH, SOUTH, "s1")), ["s1~south"]);
    assert_eq!(sees(&mut world, NORTH, SOUTH, "n1"), [join((SOUTH, "s1"), (NORTH, "n1"))]);
    assert_eq!(messages(1, &sees(&mut world, NORTH, NORTH, "n2")), ["n2~north"], "by hand");
}

#[test]
fn the_same_text_through_one_account_twice_is_two_though_the_answers_cross() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.begins(2, NORTH, "hi");
    let mut told = messages(1, &sees(&mut world, NORTH, NORTH, "n2"));
    assert_eq!(world.sent(1, NORTH, "n1"), [], "n2 is another message");
    told.extend(messages(1, &sees(&mut world, NORTH, NORTH, "n1")));
    assert_eq!(world.sent(2, NORTH, "n2"), []);
    told.extend(messages(1, &sees(&mut world, SOUTH, NORTH, "s1")));
    told.extend(messages(1, &sees(&mut world, SOUTH, NORTH, "s2")));
    assert_eq!(told, ["n2~north", "n1~north"]);
}

#[test]
fn the_same_text_through_two_accounts_at_once_is_two_and_each_witness_speaks_for_its_author() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.begins(2, SOUTH, "hi");
    assert_eq!(messages(1, &sees(&mut world, SOUTH, SOUTH, "s2")), ["s2~south"]);
    assert_eq!(world.ends(1, NORTH, UNSURE), [], "nobody saw north's");
    world.sent(2, SOUTH, "s2");
    assert_eq!(sees(&mut world, WEST, SOUTH, "w2"), [join((SOUTH, "s2"), (WEST, "w2"))]);
    assert_eq!(world.pass(seconds(3)), [settled(1, None)]);
}

#[test]
fn a_witness_of_what_is_sent_for_sure_does_not_settle_its_twin() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.begins(2, NORTH, "hi");
    world.sent(2, NORTH, "n2");
    world.ends(1, NORTH, UNSURE);
    assert_eq!(sees(&mut world, SOUTH, NORTH, "s1"), [join((NORTH, "n2"), (SOUTH, "s1"))]);
    assert_eq!(sees(&mut world, SOUTH, NORTH, "s2"), [settled(1, Some((SOUTH, "s2")))]);
}

#[test]
fn a_file_is_known_to_its_witnesses_by_its_sort() {
    let mut world = world();
    let file = |talker: &str, kind: MessageKind, name: &str, id: &str| MessageFacts {
        kind,
        ..said(talker, name, id)
    };
    let message = file("bot", MessageKind::Attachment, "photo.jpg", "");
    world.tell(ha_wechaty_core::Input::SendBegins { send: SendId(1), account: NORTH, message });
    let shown = file(&wxid(NORTH), MessageKind::Image, "<xml/>", "s1");
    assert_eq!(messages(1, &world.shows(SOUTH, shown)), [""; 0]);
    assert_eq!(world.sent(1, NORTH, "n1"), [join((SOUTH, "s1"), (NORTH, "n1"))]);
    assert_eq!(
        messages(1, &world.shows(NORTH, file(&wxid(NORTH), MessageKind::Image, "<xml 2/>", "n1"))),
        ["n1~north"]
    );
}

#[test]
fn an_answer_without_an_id_leaves_it_to_the_echo() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    assert_eq!(world.sent(1, NORTH, ""), []);
    assert_eq!(messages(1, &sees(&mut world, SOUTH, NORTH, "s1")), [""; 0]);
    let commands = sees(&mut world, NORTH, NORTH, "n1");
    assert_eq!(messages(1, &commands), ["n1~north"]);
    assert!(commands.contains(&join((SOUTH, "s1"), (NORTH, "n1"))));
}

#[test]
fn a_window_without_end_does_no_harm() {
    let mut world = World::up_with(&ha_wechaty_core::Setup {
        witness_window: std::time::Duration::MAX,
        ..crate::support::setup(2)
    });
    world.begins(1, NORTH, "hi");
    assert_eq!(world.ends(1, NORTH, UNSURE), []);
    assert_eq!(world.shows(SOUTH, said(&wxid(NORTH), "hi", "s1")), [settled(1, Some((SOUTH, "s1")))]);
}

#[test]
fn a_lost_send_is_not_settled_by_the_echo_of_a_later_one_of_the_same_words() {
    for witness in [NORTH, SOUTH] {
        let mut world = world();
        world.begins(1, NORTH, "hi");
        world.ends(1, NORTH, LOST);
        world.begins(2, NORTH, "hi");
        let told = sees(&mut world, witness, NORTH, "m");
        assert!(!told.contains(&settled(1, Some((witness, "m")))), "it may be the second one's: {told:?}");
        let told = world.sent(2, NORTH, if witness == NORTH { "m" } else { "n2" });
        assert!(!told.iter().any(|it| matches!(it, Command::Settle { .. })), "{told:?}");
        let told = world.pass(seconds(40));
        assert!(told.contains(&settled(1, None)), "of the first one nobody knows: {told:?}");
    }
}

#[test]
fn a_lost_send_is_seen_though_a_later_one_of_the_same_words_was_under_way() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.begins(2, NORTH, "hi");
    world.ends(1, NORTH, LOST);
    sees(&mut world, SOUTH, NORTH, "s1");
    sees(&mut world, NORTH, NORTH, "n1");
    world.pass(seconds(10));
    let told = world.sent(2, NORTH, "n2");
    assert!(told.contains(&settled(1, Some((NORTH, "n1")))), "{told:?}");
}

#[test]
fn a_later_one_that_never_ends_does_not_hold_up_the_first_for_ever() {
    let mut world = world();
    world.begins(1, NORTH, "hi");
    world.begins(2, NORTH, "hi");
    world.ends(1, NORTH, LOST);
    sees(&mut world, SOUTH, NORTH, "s1");
    let told = world.pass(seconds(31));
    assert!(told.contains(&settled(1, Some((SOUTH, "s1")))), "{told:?}");
}
