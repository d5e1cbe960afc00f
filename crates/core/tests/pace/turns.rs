//! Who goes next, and with which account, one rule at a time.

use ha_wechaty_core::{AccountSet, BotId, Full, Opening, Pace, Paced, Ticket, Time, Turn};

use crate::pace::office::{A, B, LONG, Office, limit, pace, seconds};

#[test]
fn over_the_pace_is_the_next_account_and_then_waiting() {
    let mut office = Office::new(pace(2, &[limit(2, 60)], &[]));
    let tickets = ["a", "b", "c", "d", "e"].map(|conversation| office.say(conversation));
    let accounts = tickets.map(|ticket| office.account(ticket));
    assert_eq!(accounts, [Some(A), Some(A), Some(B), Some(B), None]);
    office.pass(seconds(100));
    assert_eq!(office.account(tickets[4]), None, "nothing has ended: WeChat may count it only now");
    office.leave(tickets[2], true);
    office.pass(seconds(59));
    assert_eq!(office.account(tickets[4]), None);
    office.pass(seconds(1));
    assert_eq!(office.account(tickets[4]), Some(B));
}

#[test]
fn a_conversation_is_served_in_order_and_one_at_a_time() {
    let mut office = Office::new(pace(2, &[], &[limit(1, 1)]));
    let tickets: Vec<Ticket> = (0..3).map(|_| office.say("room")).collect();
    assert_eq!(tickets.iter().map(|it| office.account(*it)).collect::<Vec<_>>(), [Some(A), None, None]);
    office.pass(seconds(4));
    office.leave(tickets[0], true);
    assert_eq!(office.account(tickets[1]), None, "its pace");
    office.pass(seconds(1));
    assert_eq!((office.account(tickets[1]), office.account(tickets[2])), (Some(A), None));
    office.leave(tickets[1], false);
    assert_eq!(office.account(tickets[2]), Some(A), "what never left is no reason to wait");
}

#[test]
fn what_takes_long_is_not_waited_for_at_the_account_that_does_it() {
    let mut office = Office::new(pace(2, &[limit(3, 60)], &[]));
    let film = office.say("room");
    let [first, second] = [office.say("room"), office.say("room")];
    let other = office.join_of(BotId(1), "room", LONG).expect("there is room");
    assert_eq!(office.account(film), Some(A));
    office.pass(seconds(4));
    assert_eq!([first, second, other].map(|it| office.account(it)), [None; 3]);
    office.pass(seconds(1));
    assert_eq!([other, first, second].map(|it| office.account(it)), [Some(A), None, None], "bots take turns");
    office.leave(other, true);
    assert_eq!([first, second].map(|it| office.account(it)), [Some(A), None], "one at a time");
    office.leave(first, true);
    assert_eq!(office.account(second), None, "A has said three, and B has not what comes before");
    office.pass(seconds(60));
    assert_eq!(office.account(second), Some(A));
    // It comes to nothing after all, and is tried again by the next, behind what is under way.
    let third = office.say("room");
    office.failed(film, true);
    assert_eq!([film, third].map(|it| office.account(it)), [None, None]);
    office.leave(second, true);
    assert_eq!([film, third].map(|it| office.account(it)), [Some(B), None]);
    office.leave(film, true);
    assert_eq!(office.account(third), Some(A));
    office.leave(third, true);
    office.pass(seconds(100));
    assert_eq!(office.queue.tables()[0], ("lanes", 0));
}

#[test]
fn what_was_let_go_and_fails_is_tried_again_in_order_however_it_comes_back() {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut office = Office::new(pace(2, &[], &[]));
        let tickets: Vec<Ticket> = (0..4).map(|_| office.say("room")).collect();
        office.pass(seconds(5));
        office.pass(seconds(5));
        let going = tickets.iter().map(|it| office.account(*it)).collect::<Vec<_>>();
        assert_eq!(going, [Some(A), Some(A), Some(A), None]);
        for ticket in &tickets[..3] {
            office.queue.is_in_doubt(office.now, *ticket);
        }
        office.available.remove(A);
        for index in order {
            office.failed(tickets[index], true);
        }
        let mut said = Vec::new();
        while let Some(ticket) = tickets.iter().find(|it| office.account(**it) == Some(B)) {
            said.push(*ticket);
            office.leave(*ticket, true);
        }
        assert_eq!(said.len(), 4, "{order:?}");
        assert!(said.is_sorted(), "{order:?}: {said:?}");
    }
}

#[test]
fn how_long_an_account_takes_counts_from_when_it_is_asked_and_not_from_the_turn() {
    let mut office = Office { asks_at_once: false, ..Office::new(pace(2, &[], &[])) };
    let [first, second, third] = [(); 3].map(|()| office.say("room"));
    // It can't be written down that it begins.
    office.pass(seconds(60));
    assert_eq!((office.account(first), office.account(second)), (Some(A), None));
    office.asks(first);
    office.pass(seconds(4));
    assert_eq!(office.account(second), None);
    office.pass(seconds(1));
    assert_eq!(office.account(second), Some(A), "behind the first, which that account has in its hands");
    // A turn that is not used gives way at once.
    office.failed(second, false);
    assert_eq!((office.account(second), office.account(third)), (Some(B), None), "a try of its own");
    office.leave(second, false);
    assert_eq!(office.account(third), Some(A));
}

#[test]
fn what_nobody_knows_the_fate_of_is_waited_for() {
    let mut office = Office::new(pace(2, &[], &[]));
    let [first, second] = [office.say("room"), office.say("room")];
    office.pass(seconds(4));
    office.queue.is_in_doubt(office.now, first);
    office.pass(seconds(60));
    assert_eq!(office.account(second), None);
    // What has been let go is waited for no less.
    let [film, third] = [office.say("other"), office.say("other")];
    office.pass(seconds(5));
    let fourth = office.say("other");
    office.queue.is_in_doubt(office.now, film);
    office.leave(third, true);
    office.advance(true);
    assert_eq!(office.account(fourth), None);
    office.leave(film, true);
    assert_eq!(office.account(fourth), Some(A));
    office.failed(first, true);
    office.pass(seconds(4));
    assert_eq!([first, second].map(|it| office.account(it)), [Some(B), None]);
    office.pass(seconds(1));
    assert_eq!([first, second].map(|it| office.account(it)), [Some(B), Some(B)]);
}

#[test]
fn another_conversation_does_not_wait() {
    let mut office = Office::new(pace(1, &[], &[limit(1, 10)]));
    office.say("room");
    office.say("room");
    let alice = office.say("alice");
    assert_eq!(office.account(alice), Some(A));
}

#[test]
fn a_try_that_failed_goes_on_at_the_next_account_and_keeps_its_place() {
    let mut office = Office::new(pace(2, &[limit(1, 60)], &[limit(1, 1)]));
    let first = office.say("room");
    let second = office.say("room");
    office.failed(first, false);
    assert_eq!((office.account(first), office.opening(A)), (Some(B), Opening::Now), "A's slot came back");
    office.failed(first, true);
    assert_eq!(office.last(first), Some(Turn::Nobody));
    assert_eq!(office.account(second), None, "the first thinks about it");
    office.retry(first);
    assert_eq!(office.account(first), Some(A), "B's slot did not come back");
    office.leave(first, true);
    office.pass(seconds(1));
    assert_eq!(office.account(second), None, "both are over their pace");
    office.pass(seconds(59));
    assert!(office.account(second).is_some());
}

#[test]
fn a_failed_try_waits_for_the_next_account_as_long_as_that_is_over_its_pace() {
    let mut office = Office::new(pace(2, &[limit(1, 60)], &[]));
    let (one, two) = (office.say("one"), office.say("two"));
    office.leave(two, true);
    office.failed(one, false);
    assert_eq!(office.account(one), None, "A has had its try, and B is over its pace");
    office.pass(seconds(60));
    assert_eq!(office.account(one), Some(B));
}

#[test]
fn answers_go_before_broadcasts_but_nobody_starves() {
    let mut office = Office::new(pace(1, &[limit(1, 1)], &[]));
    office.say("somewhere");
    let broadcast = office.say("the world");
    let behind = office.say("alice");
    office.queue.heard(office.now, "alice");
    let answer = office.say("alice");
    office.all_done();
    office.pass(seconds(1));
    assert!(office.account(behind).is_some(), "alice is answered: her whole lane goes first");
    office.all_done();
    office.pass(seconds(1));
    assert!(office.account(answer).is_some());
    // People ask more than can be answered, without end.
    let mut waited = 0;
    while office.account(broadcast).is_none() {
        let people = [waited % 50, waited % 50 + 50].map(|it| it.to_string());
        for person in &people {
            office.queue.heard(office.now, person);
            office.say(person);
        }
        office.all_done();
        office.pass(seconds(1));
        waited += 1;
        assert!(waited < 60, "it starves");
    }
    assert!(waited >= 10, "{waited}: it came before the answers that were asked for when it was");
}

#[test]
fn a_full_queue_refuses_only_what_would_have_to_wait() {
    let mut office = Office::new(Pace { max_queue: 1, ..pace(1, &[], &[limit(1, 60)]) });
    office.say("room");
    office.say("room");
    assert_eq!(office.join("room", LONG), Err(Full::Calls(1)));
    let alice = office.say("alice");
    assert_eq!(office.account(alice), Some(A));
}

#[test]
fn what_waits_is_bounded_by_what_it_weighs() {
    let mut office = Office::new(Pace { max_weight: 100, ..pace(1, &[], &[limit(1, 60)]) });
    let join = |office: &mut Office, weight| office.join_with(BotId(0), "room", LONG, weight);
    let under_way = join(&mut office, 90).expect("its turn is now");
    assert_eq!(office.queue.weight(), 0, "what is under way waits no more");
    let front = join(&mut office, 60).expect("there is room");
    assert_eq!(join(&mut office, 60), Err(Full::Bytes(100)));
    assert_eq!((office.queue.waiting(), office.queue.weight()), (1, 60), "what was refused is gone");
    join(&mut office, 40).expect("the last of the room");
    let alice = office.join_with(BotId(0), "alice", LONG, 500).expect("it need not wait");
    assert_eq!(office.account(alice), Some(A));
    office.failed(under_way, false);
    assert_eq!(office.last(under_way), Some(Turn::Nobody), "it was tried by all");
    office.retry(under_way);
    office.leave(under_way, true);
    assert_eq!(office.queue.weight(), 100);
    office.pass(seconds(60));
    assert_eq!((office.account(front), office.queue.weight()), (Some(A), 40));
    office.leave(front, true);
    office.pass(LONG);
    assert_eq!((office.queue.waiting(), office.queue.weight()), (0, 0));
}

#[test]
fn one_that_weighs_more_than_all_may_is_not_refused_for_ever() {
    let mut office = Office::new(Pace { max_weight: 100, ..pace(1, &[], &[limit(1, 60)]) });
    office.say("room");
    office.join_with(BotId(0), "room", LONG, 500).expect("it waits alone");
    assert_eq!(office.join_with(BotId(0), "room", LONG, 1), Err(Full::Bytes(100)));
}

#[test]
fn who_waits_too_long_is_told_what_for() {
    let mut office = Office::new(pace(1, &[], &[limit(1, 60)]));
    let first = office.say("room");
    office.leave(first, true);
    let front = office.join("room", seconds(20)).expect("there is room");
    let behind = office.join("room", seconds(10)).expect("there is room");
    office.pass(seconds(20));
    let late = [behind, front].map(|ticket| match office.last(ticket) {
        Some(Turn::Expired(late)) => (late.before, late.lane),
        other => panic!("{other:?}"),
    });
    let opens = Opening::At(Time::after_origin(seconds(60)));
    assert_eq!(late, [(1, opens), (0, opens)]);
}

#[test]
fn who_waits_for_an_account_gets_the_first_that_comes_back() {
    let mut office = Office::new(pace(2, &[], &[]));
    office.available = AccountSet::EMPTY;
    let ticket = office.say("room");
    assert_eq!(office.last(ticket), None);
    office.available = [B].into_iter().collect();
    office.advance(true);
    assert_eq!(office.account(ticket), Some(B));
}

#[test]
fn switched_off_only_the_order_of_one_bot_in_one_conversation_is_left() {
    let mut office = Office::new(Pace { enabled: false, ..pace(1, &[limit(1, 60)], &[limit(1, 60)]) });
    let [first, second, third] = [(); 3].map(|()| office.say("room"));
    let other = office.join_of(BotId(1), "room", LONG).expect("there is room");
    let elsewhere = office.say("hall");
    let going = [first, second, other, elsewhere].map(|ticket| office.account(ticket));
    assert_eq!(going, [Some(A), None, Some(A), Some(A)]);
    office.failed(first, true);
    assert_eq!((office.last(first), office.account(second)), (Some(Turn::Nobody), None), "it may go on");
    office.leave(first, false);
    office.leave(second, true);
    assert_eq!(office.account(third), Some(A), "no limit holds");
}

#[test]
fn a_burst_is_one_accounts_as_long_as_it_is_there_and_within_its_pace() {
    let mut office = Office::new(Pace { burst: seconds(5), ..pace(2, &[limit(3, 60)], &[]) });
    let say = |office: &mut Office, bot, conversation| {
        let ticket = office.join_of(BotId(bot), conversation, LONG).expect("there is room");
        let account = office.account(ticket);
        office.leave(ticket, true);
        account
    };
    office.available = [B].into_iter().collect();
    assert_eq!(say(&mut office, 0, "room"), Some(B));
    office.available.insert(A);
    office.pass(seconds(4));
    assert_eq!(say(&mut office, 0, "room"), Some(B), "it goes on");
    assert_eq!(say(&mut office, 0, "hall"), Some(A), "another conversation begins anew");
    assert_eq!(say(&mut office, 1, "room"), Some(A), "so does another bot");
    office.pass(seconds(4));
    assert_eq!(say(&mut office, 0, "room"), Some(B), "each word keeps it up");
    office.pass(seconds(4));
    assert_eq!(say(&mut office, 0, "room"), Some(A), "B is at the last of its pace: the next one goes on");
    office.available.remove(A);
    office.pass(seconds(60));
    assert_eq!(say(&mut office, 0, "room"), Some(B));
    office.available.insert(A);
    office.pass(seconds(5));
    assert_eq!(say(&mut office, 0, "room"), Some(A), "after a pause it is anybody's");
}

#[test]
fn a_try_that_came_to_nothing_does_not_make_a_speaker() {
    let mut office = Office::new(Pace { burst: seconds(5), ..pace(2, &[], &[]) });
    let first = office.say("room");
    office.failed(first, false);
    assert_eq!(office.account(first), Some(B));
    office.leave(first, true);
    let second = office.say("room");
    assert_eq!(office.account(second), Some(B), "A did not speak");
    office.failed(second, false);
    assert_eq!(office.account(second), Some(A), "whoever was asked is not asked again");
}

#[test]
fn what_could_not_wait_counts_all_the_same() {
    let mut office = Office::new(pace(1, &[limit(2, 60)], &[]));
    office.queue.count(office.now, A, Paced::Message);
    office.say("one");
    let two = office.say("two");
    assert_eq!(office.account(two), None);
}

#[test]
fn one_that_joins_serves_those_who_wait() {
    let mut office = Office::new(pace(1, &[limit(1, 60)], &[]));
    let [_, second] = ["a", "b"].map(|conversation| office.say(conversation));
    assert_eq!(office.account(second), None);
    office.available.insert(B);
    office.advance(true);
    assert_eq!(office.account(second), None, "nobody knows yet how much it may do");
    let allowance = office.pace.accounts[0].clone();
    office.queue.admit(B, &allowance);
    office.advance(false);
    assert_eq!(office.account(second), Some(B));
    let third = office.say("c");
    assert_eq!(office.account(third), None, "it has a pace too");
}

#[test]
fn one_that_has_left_and_joins_again_has_no_second_allowance() {
    let mut office = Office::new(pace(1, &[limit(2, 60)], &[]));
    office.say("a");
    office.all_done();
    office.say("b");
    let waits = office.say("c");
    // It leaves with one thing done and one under way.
    office.available.remove(A);
    office.advance(true);
    office.all_done();
    office.available.insert(A);
    let allowance = office.pace.accounts[0].clone();
    office.queue.admit(A, &allowance);
    office.advance(true);
    assert_eq!(office.account(waits), None);
    office.pass(seconds(60));
    assert_eq!(office.account(waits), Some(A));
}

#[test]
fn one_that_joins_again_with_another_pace_has_that() {
    let mut office = Office::new(pace(1, &[limit(1, 60)], &[]));
    office.say("a");
    office.all_done();
    let waits = office.say("b");
    let allowance =
        ha_wechaty_core::Allowance { messages: vec![limit(2, 60)], ..office.pace.accounts[0].clone() };
    office.queue.admit(A, &allowance);
    office.advance(false);
    assert_eq!(office.account(waits), Some(A));
}

#[test]
fn whoever_waits_for_one_that_leaves_goes_to_another() {
    let mut office = Office::new(pace(2, &[limit(1, 60)], &[]));
    office.strangers.insert("b".to_owned(), [B].into_iter().collect());
    office.say("a");
    let waits = office.say("b");
    assert_eq!(office.account(waits), None, "for A alone, which is at its last");
    office.available.remove(A);
    office.strangers.clear();
    office.advance(true);
    assert_eq!(office.account(waits), Some(B));
}
