//! What accounts' clocks are taken for, and what follows.

use super::*;

#[test]
fn a_clock_that_is_wrong_by_an_hour_changes_nothing() {
    for wrong in [-3_600, 3_600] {
        let mut it = dedup();
        let wrongly = |it: &mut Dedup, now: u64, id: &str| {
            let stamp = Stamp::new(1_700_000_000 + now as i64 + wrong);
            it.observe(at(now), &key("alice", 1), &MessageCopy::new(B, id), stamp)
        };
        assert_eq!(wrongly(&mut it, 100, "b1"), NEW);
        assert_eq!(shows(&mut it, 101, 100, A, "a1"), witness(B, "b1"));
        assert_eq!(wrongly(&mut it, 170, "b2"), NEW);
        assert_eq!(shows(&mut it, 171, 170, A, "a2"), witness(B, "b2"));
        assert_eq!(shows(&mut it, 240, 240, A, "a3"), NEW);
        assert_eq!(wrongly(&mut it, 241, "b3"), witness(A, "a3"));
    }
}

#[test]
fn a_clock_that_is_set_right_and_one_wrong_time_do_no_harm_for_long() {
    const DAY: u64 = 86_400;
    let mut it = dedup();
    let text = |n: u64| Key { content: n, ..key("alice", 0) };
    // B is ahead, or tells one wrong time; the next witness shows that it is right.
    for (n, ahead) in [(1, 7_200), (2, 0), (3, 30_000), (4, 0)] {
        let (now, id) = (DAY + 10 * n, n.to_string());
        assert_eq!(it.observe(at(now), &text(n), &MessageCopy::new(A, &id), clock(now)), NEW);
        let verdict = it.observe(at(now), &text(n), &MessageCopy::new(B, &id), clock(now + ahead));
        assert_eq!(verdict, witness(A, &id));
    }
    // B is away meanwhile, and catches up.
    assert_eq!(shows(&mut it, DAY + 100, DAY + 100, A, "a"), NEW);
    assert_eq!(shows(&mut it, DAY + 500, DAY + 100, B, "b"), witness(A, "a"));
}

#[test]
fn a_clock_that_was_never_compared_may_be_wrong_by_a_minute() {
    let mut it = dedup();
    assert_eq!(shows(&mut it, 187, 187, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 241, 241, A, "a2"), NEW);
    // B was away since before 187, and its clock is 90 s ahead.
    assert_eq!(shows(&mut it, 260, 187 + 90, B, "b1"), witness(A, "a1"));
    assert_eq!(shows(&mut it, 260, 241 + 90, B, "b2"), witness(A, "a2"));
}

#[test]
fn by_a_fine_clock_the_same_under_a_new_id_seconds_later_is_a_repeat_and_a_second_message_is_none() {
    let mut it = dedup();
    it.comes(at(0), A);
    shows_a_fine_clock(&mut it, 5, A);
    assert_eq!(shows(&mut it, 10, 10, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 13, 10, A, "a1'"), Verdict::Repeat);
    assert_eq!(shows(&mut it, 14, 13, A, "a2"), NEW, "said three seconds later");
    assert_eq!(shows(&mut it, 14, 13, A, "a3"), NEW, "said in the same second, and shown so");
    assert_eq!(says(&mut it, 18, 1, A, "a4"), NEW, "of a time that is not told nothing follows");
    for id in ["b1", "b2", "b3", "b4"] {
        assert!(matches!(shows(&mut it, 19, 13, B, id), Verdict::Witness { .. }), "{id}");
    }
}

#[test]
fn a_repeat_is_told_from_a_second_message_by_when_it_was_told_of_and_not_by_when_it_was_read() {
    let mut it = dedup();
    it.comes(at(0), A);
    shows_a_fine_clock(&mut it, 5, A);
    // What stands before all of them hangs, and then they come at once.
    let mut reads = |told, id: &str| {
        let told = Told { at: at(told), is_overtaken: true, stamp: clock(10), about: None };
        it.observe_told(at(16), &key("alice", 1), &MessageCopy::new(A, id), told)
    };
    assert_eq!(reads(10, "a1"), NEW);
    assert_eq!(reads(10, "a2"), NEW, "said in the same second");
    assert_eq!(reads(14, "a1'"), Verdict::Repeat);
    assert_eq!(reads(5, "a0"), Verdict::Repeat, "read after what repeats it");
    assert_eq!(it.clocks.grain(A), Grain::Fine);
}

#[test]
fn what_was_told_of_before_an_account_came_back_and_is_read_now_is_no_replay() {
    let mut it = dedup();
    it.comes(at(0), A);
    assert_eq!(shows(&mut it, 10, 10, A, "a1"), NEW);
    it.goes(A);
    it.comes(at(12), A);
    // Said in the same second, and their payloads hung until now.
    for id in ["a2", "a3"] {
        let told = Told { at: at(10), is_overtaken: true, stamp: clock(10), about: None };
        assert_eq!(it.observe_told(at(13), &key("alice", 1), &MessageCopy::new(A, id), told), NEW, "{id}");
    }
    assert_eq!(shows(&mut it, 14, 10, A, "a1'"), Verdict::Repeat, "a replay");
}

#[test]
fn a_copy_that_was_told_of_long_before_says_nothing_of_the_clocks_of_those_it_joins() {
    let mut it = dedup();
    [A, B].into_iter().for_each(|account| it.comes(at(0), account));
    // Said twice; A's payload of the first hangs until B has shown the second.
    assert_eq!(shows(&mut it, 17, 17, B, "b2"), NEW);
    let told = Told { at: at(10), is_overtaken: true, stamp: clock(10), about: None };
    it.observe_told(at(18), &key("alice", 1), &MessageCopy::new(A, "a1"), told);
    assert_eq!(it.clocks.origin(B, clock(30).expect("a time")).at, at(30));
}

#[test]
fn clocks_are_compared_by_when_a_message_was_told_of_and_not_by_when_it_was_read() {
    let mut it = dedup();
    [A, B].into_iter().for_each(|account| it.comes(at(0), account));
    for (account, id) in [(A, "a1"), (B, "b1")] {
        let told = Told { at: at(10), is_overtaken: true, stamp: clock(10), about: None };
        it.observe_told(at(14), &key("alice", 1), &MessageCopy::new(account, id), told);
    }
    // Both clocks are right: what B shows late was said before it came back.
    assert_eq!(it.observe(at(15), &key("alice", 2), &MessageCopy::new(A, "a2"), clock(15)), NEW);
    it.goes(B);
    it.comes(at(17), B);
    assert_eq!(it.observe(at(17), &key("alice", 2), &MessageCopy::new(B, "b2"), clock(15)), witness(A, "a2"));
    assert_eq!(it.clocks.origin(B, clock(20).expect("a time")).at, at(20));
}

#[test]
fn two_that_catch_up_together_say_nothing_of_each_others_clocks() {
    let mut it = dedup();
    [A, C].into_iter().for_each(|account| it.comes(at(0), account));
    for (n, said) in [10, 20].into_iter().enumerate() {
        let said_first = Key { content: 10 + n as u64, ..key("alice", 0) };
        let id = alloc::format!("{n}");
        assert_eq!(it.observe(at(said), &said_first, &MessageCopy::new(A, &id), clock(said)), NEW);
        assert_eq!(
            it.observe(at(said), &said_first, &MessageCopy::new(C, &id), clock(said)),
            witness(A, &id)
        );
    }
    // A comes back, B comes for the first time, and both show what was said four seconds ago.
    it.goes(A);
    [A, B].into_iter().for_each(|account| it.comes(at(104), account));
    assert_eq!(shows(&mut it, 104, 100, A, "a"), NEW);
    assert_eq!(shows(&mut it, 104, 100, B, "b"), witness(A, "a"));
    assert_eq!(it.clocks.origin(B, clock(200).expect("a time")).at, at(200), "its clock is right");
}

#[test]
fn what_an_account_shows_seconds_late_and_in_any_order_is_what_its_known_clock_says() {
    let mut it = dedup();
    [A, B].into_iter().for_each(|account| it.comes(at(0), account));
    let first = Key { content: 9, ..key("alice", 0) };
    assert_eq!(it.observe(at(10), &first, &MessageCopy::new(A, "a0"), clock(10)), NEW);
    assert_eq!(it.observe(at(10), &first, &MessageCopy::new(B, "b0"), clock(10)), witness(A, "a0"));
    // B is deaf for a while, hears again in the middle, and then of what it missed.
    assert_eq!(shows(&mut it, 28, 28, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 51, 51, A, "a2"), NEW);
    assert_eq!(shows(&mut it, 59, 51, B, "b2"), witness(A, "a2"));
    assert_eq!(shows(&mut it, 70, 28, B, "b1"), witness(A, "a1"));
}
