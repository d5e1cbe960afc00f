//! Sends that were lost, and others of the same words that are under way beside them.

use super::*;

/// The first one is lost; the second begins later, by the same account.
fn lost_and_under_way() -> Dedup {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    it.lose(SendId(1));
    it.begin(at(20), SendId(2), &key("bot", 1), A);
    it
}

fn copy(account: AccountId, id: &str) -> MessageCopy {
    MessageCopy::new(account, id)
}

#[test]
fn what_is_shown_is_of_the_one_that_is_under_way() {
    for first in [copy(A, "a2"), copy(B, "b2")] {
        let mut it = lost_and_under_way();
        it.observe(at(21), &key("bot", 1), &first, None);
        assert_eq!(it.witness(SendId(1)), None, "{first:?}");
        it.finish(at(22), SendId(2), &copy(A, "a2"));
        assert_eq!(it.witness(SendId(1)), None, "{first:?}");
    }
}

#[test]
fn a_clock_that_nobody_knows_does_not_say_otherwise() {
    for account in [A, B] {
        let mut it = lost_and_under_way();
        it.comes(at(10), account);
        let copy = copy(account, "2");
        assert!(it.observe(at(21), &key("bot", 1), &copy, clock(20)) != Verdict::Repeat);
        assert_eq!(it.witness(SendId(1)), None);
        assert_eq!(it.witness(SendId(2)), Some(&copy));
    }
}

#[test]
fn both_were_sent_if_both_are_shown() {
    let mut it = lost_and_under_way();
    it.observe(at(21), &key("bot", 1), &copy(A, "a1"), None);
    it.observe(at(21), &key("bot", 1), &copy(B, "b1"), None);
    it.observe(at(21), &key("bot", 1), &copy(B, "b2"), None);
    assert_eq!(it.witness(SendId(1)), Some(&copy(B, "b2")));
    // The answer tells whose the sender's own copy was.
    it.finish(at(22), SendId(2), &copy(A, "a2"));
    assert_eq!(it.witness(SendId(1)), Some(&copy(A, "a1")));
}

#[test]
fn if_the_one_that_was_under_way_came_to_nothing_it_was_the_other() {
    let mut it = lost_and_under_way();
    it.observe(at(21), &key("bot", 1), &copy(B, "b1"), None);
    it.abandon(SendId(2));
    assert_eq!(it.witness(SendId(1)), Some(&copy(B, "b1")));
    assert_eq!(it.len(), 1);
    assert_eq!(it.observe(at(22), &key("bot", 1), &copy(C, "c1"), None), witness(B, "b1"));
}

#[test]
fn of_two_that_are_lost_it_is_the_first() {
    let mut it = lost_and_under_way();
    it.lose(SendId(2));
    it.observe(at(21), &key("bot", 1), &copy(A, "a1"), None);
    assert_eq!(it.witness(SendId(1)), Some(&copy(A, "a1")));
    assert_eq!(it.witness(SendId(2)), None);
}
