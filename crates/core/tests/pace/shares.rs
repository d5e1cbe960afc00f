//! What one bot asks for by the thousand costs no other bot its place, and no answer its turn.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use ha_wechaty_core::{BotId, Full, Pace, Ticket, Turn};
use proptest::prelude::*;

use crate::{
    pace::office::{A, B, LONG, Office, limit, pace, seconds},
    support::random::check,
};

const LOUD: BotId = BotId(0);
const QUIET: BotId = BotId(1);

/// One account that says one message in a second.
fn slow() -> Pace {
    pace(1, &[limit(1, 1)], &[limit(1, 1)])
}

/// The loud bot tells so many people something.
fn broadcast(office: &mut Office, people: usize) -> Vec<Result<Ticket, Full>> {
    (0..people).map(|n| office.join_of(LOUD, &format!("person {n}"), LONG)).collect()
}

#[test]
fn a_bot_whose_broadcast_fills_the_queue_makes_room_for_others() {
    let mut office = Office::new(Pace { max_queue: 100, ..slow() });
    let told = broadcast(&mut office, 120);
    assert_eq!(told.iter().filter(|it| it.is_err()).count(), 19, "one is under way, and 100 wait");
    for n in 0..50 {
        office.join_of(QUIET, &format!("other {n}"), LONG).expect("it is within its share");
    }
    assert_eq!(office.join_of(QUIET, "one too many", LONG), Err(Full::Calls(100)));
    assert_eq!((office.queue.waiting_of(LOUD), office.queue.waiting_of(QUIET)), (50, 50));
    let crowded = |it: &&Ticket| office.last(**it) == Some(Turn::Crowded(Full::Calls(100)));
    let waited: Vec<Ticket> = told.into_iter().flatten().collect();
    let gone: Vec<Ticket> = waited.iter().filter(crowded).copied().collect();
    assert_eq!(gone, waited[51..], "the newest, and they are told");
    assert_eq!(office.join_of(LOUD, "one more", LONG), Err(Full::Calls(100)), "it gives way to nobody twice");
}

#[test]
fn what_one_bot_has_waiting_by_weight_makes_room_for_others() {
    let mut office = Office::new(Pace { max_weight: 100, ..slow() });
    office.say("under way");
    let big: Vec<Ticket> = (0..4)
        .map(|n| office.join_with(LOUD, &format!("{n}"), LONG, 25).expect("all of it is free"))
        .collect();
    office.join_with(QUIET, "small", LONG, 20).expect("it is within its share");
    assert_eq!(office.last(big[3]), Some(Turn::Crowded(Full::Bytes(100))));
    let [loud, quiet] = [(LOUD, 60), (QUIET, 60)]
        .map(|(bot, weight)| office.join_with(bot, "more than a half", LONG, weight).is_err());
    assert!(loud && quiet);
    assert_eq!(office.queue.weight(), 95, "nobody went for what was refused all the same");
}

#[test]
fn an_answer_has_a_place_though_its_own_bots_broadcast_fills_the_queue() {
    let mut office = Office::new(Pace { max_queue: 100, ..slow() });
    let told: Vec<Ticket> = broadcast(&mut office, 120).into_iter().flatten().collect();
    office.queue.heard(office.now, "alice");
    let answer = office.join_of(LOUD, "alice", LONG).expect("there is room for answers");
    assert!(
        matches!(office.last(told[100]), Some(Turn::Crowded(_))),
        "the last of what is no answer gave way"
    );
    office.all_done();
    office.pass(seconds(1));
    assert_eq!(office.account(answer), Some(A));
}

#[test]
fn bots_have_turns_one_after_the_other() {
    let mut office = Office::new(slow());
    broadcast(&mut office, 60);
    let quiet: Vec<Ticket> =
        (0..20).map(|n| office.join_of(QUIET, &format!("other {n}"), LONG).expect("there is room")).collect();
    for n in 0..40 {
        office.all_done();
        office.pass(seconds(1));
        let begun = quiet.iter().filter(|it| office.last(**it).is_some()).count();
        assert_eq!(begun, n / 2 + 1, "after {n} turns");
    }
}

#[test]
fn in_one_conversation_too_bots_have_turns_and_answers_go_first() {
    let mut office = Office::new(slow());
    for _ in 0..50 {
        office.join_of(LOUD, "room", LONG).expect("there is room");
    }
    let other = office.join_of(QUIET, "room", LONG).expect("there is room");
    office.queue.heard(office.now, "room");
    let answers = [(); 2].map(|()| office.join_of(BotId(2), "room", LONG).expect("there is room"));
    let begun = [answers[0], answers[1], other].map(|ticket| {
        let mut turns = 0;
        while office.last(ticket).is_none() {
            office.all_done();
            office.pass(seconds(1));
            turns += 1;
        }
        turns
    });
    assert!(begun.iter().all(|turns| *turns <= 2), "{begun:?}");
}

#[test]
fn what_waits_to_be_tried_again_does_not_hide_an_answer_behind_it() {
    for (answerer, goes_first) in [(QUIET, true), (LOUD, false)] {
        let mut office = Office::new(pace(2, &[limit(1, 60)], &[]));
        let elsewhere = office.join_of(LOUD, "elsewhere", LONG).expect("there is room");
        let told = office.join_of(LOUD, "room", LONG).expect("there is room");
        assert_eq!((office.account(elsewhere), office.account(told)), (Some(A), Some(B)));
        office.leave(elsewhere, true);
        office.failed(told, false);
        office.join_of(LOUD, "another", seconds(1)).expect("B does it");
        assert_eq!(office.account(told), None, "it waits for A, which is over its pace");
        let all: Vec<Ticket> = (0..5)
            .map(|n| office.join_of(QUIET, &format!("person {n}"), LONG).expect("there is room"))
            .collect();
        office.queue.heard(office.now, "room");
        let answer = office.join_of(answerer, "room", LONG).expect("there is room");
        office.all_done();
        office.pass(seconds(60));
        // One account may speak again, and an answer is what it says first, or what stands before that.
        let first = if goes_first { answer } else { told };
        assert!(office.account(first).is_some(), "{answerer:?}");
        assert!(all.iter().filter(|it| office.account(**it).is_some()).count() <= 1);
        office.all_done();
        office.pass(seconds(60));
        assert!(office.joined[&answer].turn.is_some() && office.joined[&told].turn.is_some());
    }
}

/// What happens while the loud bot tells the whole world something.
#[derive(Debug, Clone)]
enum Happens {
    Passes(u64),
    /// Somebody asks, and the quiet bot answers as soon as its last answer has left.
    Asks(u8),
    Tells(u8),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (1..3_000u64).prop_map(Happens::Passes),
        2 => (0..40u8).prop_map(Happens::Asks),
        1 => (1..30u8).prop_map(Happens::Tells),
    ]
}

#[test]
fn a_broadcast_delays_no_answer_of_another_bot_by_more_than_one_turn() {
    let strategy = (0..100usize, prop::collection::vec(happens(), 1..40));
    check(60, &strategy, |(people, script)| {
        let mut office = Office::new(slow());
        let mut told: Vec<Ticket> = broadcast(&mut office, people).into_iter().flatten().collect();
        let mut asked = BTreeSet::new();
        for happens in script {
            match happens {
                Happens::Passes(millis) => {
                    office.all_done();
                    office.pass(Duration::from_millis(millis));
                }
                Happens::Tells(more) => {
                    // To whoever asked it would be an answer as well.
                    let people = (0..more).map(|n| format!("person {n}")).filter(|it| !asked.contains(it));
                    told.extend(people.filter_map(|it| office.join_of(LOUD, &it, LONG).ok()));
                }
                Happens::Asks(who) => {
                    // Some of them are told something at the same time.
                    let who = format!("person {who}");
                    office.queue.heard(office.now, &who);
                    asked.insert(who.clone());
                    let begun =
                        |office: &Office| told.iter().filter(|it| office.last(**it).is_some()).count();
                    let before = begun(&office);
                    let answer = office.join_of(QUIET, &who, LONG).expect("it is within its share");
                    while office.last(answer).is_none() {
                        office.all_done();
                        office.pass(seconds(1));
                    }
                    let between = begun(&office) - before;
                    assert!(between <= 1, "{between} turns of the broadcast before the answer");
                }
            }
        }
    });
}

#[test]
fn no_bot_within_its_share_is_ever_refused() {
    let joins = prop::collection::vec((0..4u16, 0..10u8, 1..30usize, prop::bool::weighted(0.3)), 1..80);
    check(80, &(1..20usize, 20..200usize, joins), |(most, most_bytes, joins)| {
        for by_weight in [false, true] {
            let (max_queue, max_weight) =
                if by_weight { (usize::MAX, most_bytes) } else { (most, usize::MAX) };
            let mut office = Office::new(Pace { max_queue, max_weight, ..slow() });
            let mut weights: BTreeMap<Ticket, usize> = BTreeMap::new();
            for (bot, conversation, weight, passes) in joins.clone() {
                let (bot, conversation) = (BotId(bot), conversation.to_string());
                if passes {
                    office.queue.heard(office.now, &conversation);
                    office.all_done();
                    office.pass(Duration::from_millis(700));
                }
                let of = |office: &Office, weights: &BTreeMap<Ticket, usize>, bot: BotId| -> usize {
                    let waits = |(ticket, it): &(&Ticket, &crate::pace::office::Joined)| {
                        it.bot == bot && office.last(**ticket).is_none()
                    };
                    let all = office.joined.iter().filter(waits);
                    all.map(|(ticket, _)| if by_weight { weights[ticket] } else { 1 }).sum()
                };
                let next = Ticket(office.next);
                weights.insert(next, weight);
                let cost = if by_weight { weight } else { 1 };
                let had =
                    |it: u16| of(&office, &weights, BotId(it)) + if BotId(it) == bot { cost } else { 0 };
                let had: Vec<usize> = (0..4).map(had).collect();
                let bots = had.iter().filter(|had| **had > 0).count();
                let share = if by_weight { max_weight } else { max_queue } / bots;
                let waits: Vec<Ticket> =
                    office.joined.keys().copied().filter(|it| office.last(*it).is_none()).collect();
                let refused = office.join_with(bot, &conversation, LONG, weight).is_err();
                assert!(
                    !refused || had[usize::from(bot.0)] > share,
                    "{bot:?} is refused: {had:?} of {share}"
                );
                let gone = waits.iter().filter(|it| matches!(office.last(**it), Some(Turn::Crowded(_))));
                for gone in gone.map(|it| office.joined[it].bot) {
                    assert!(had[usize::from(gone.0)] > share, "{gone:?} gave way: {had:?} of {share}");
                }
                let left = if by_weight { office.queue.weight() } else { office.queue.waiting() };
                assert!(
                    left <= if by_weight { max_weight } else { max_queue } || office.queue.waiting() == 1
                );
            }
        }
    });
}

#[test]
fn no_broadcast_makes_an_answer_wait_for_a_free_slot() {
    let mut office = Office::new(Pace { for_answers: 20, ..pace(1, &[limit(10, 60)], &[]) });
    let told: Vec<Ticket> = broadcast(&mut office, 30).into_iter().flatten().collect();
    let begun = |office: &Office, all: &[Ticket]| all.iter().filter(|it| office.last(**it).is_some()).count();
    for _ in 0..30 {
        office.all_done();
        office.pass(seconds(1));
    }
    assert_eq!(begun(&office, &told), 8, "two of ten are kept");
    let answers = ["alice", "bob", "carol"].map(|who| {
        office.queue.heard(office.now, who);
        office.join_of(QUIET, who, LONG).expect("there is room")
    });
    assert_eq!(begun(&office, &answers), 2, "at once, though the broadcast has used what it may");
    office.all_done();
    for _ in 0..31 {
        office.pass(seconds(1));
        office.all_done();
    }
    assert_eq!(begun(&office, &answers), 3, "and as soon as a slot falls free");
    for _ in 0..60 * 3 {
        office.all_done();
        office.pass(seconds(1));
    }
    assert_eq!(begun(&office, &told), 30, "nothing is kept from anybody for ever");
}

#[test]
fn what_an_answer_waits_for_in_its_conversation_goes_with_it() {
    let mut office = Office::new(Pace { for_answers: 20, ..pace(1, &[limit(10, 60)], &[limit(1, 1)]) });
    broadcast(&mut office, 30);
    for _ in 0..12 {
        office.all_done();
        office.pass(seconds(1));
    }
    // The bot has been about to say something there anyway, and that is no answer.
    let told = office.join_of(QUIET, "alice", LONG).expect("there is room");
    assert_eq!(office.last(told), None, "what is no answer waits");
    office.queue.heard(office.now, "alice");
    let answer = office.join_of(QUIET, "alice", LONG).expect("there is room");
    assert_eq!((office.account(told), office.last(answer)), (Some(A), None), "at once, and in their order");
    office.all_done();
    office.pass(seconds(1));
    assert_eq!(office.account(answer), Some(A));
}
