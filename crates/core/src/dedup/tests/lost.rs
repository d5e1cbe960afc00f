//! Sends of which nobody knows whether they were sent, and others of the same words that began later.

use super::*;

/// Two sends of the same words by one account.
fn two() -> Dedup {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    it.begin(at(20), SendId(2), &key("bot", 1), A);
    it
}

fn copy(account: AccountId, id: &str) -> MessageCopy {
    MessageCopy::new(account, id)
}

#[test]
fn the_answer_tells_whose_an_echo_is_and_all_that_came_with_it() {
    for id in ["a2", "a1"] {
        let mut it = two();
        it.observe(at(21), &key("bot", 1), &copy(A, id), None);
        it.observe(at(21), &key("bot", 1), &copy(B, "b"), None);
        assert_eq!(it.later_ones(SendId(1)).collect::<Vec<_>>(), [SendId(2)]);
        it.finish(at(22), SendId(2), &copy(A, "a2"));
        let first = (id == "a1").then(|| copy(A, "a1"));
        assert_eq!(it.witness(SendId(1)), first.as_ref());
        assert_eq!(it.later_ones(SendId(1)).count(), 0);
    }
}

#[test]
fn what_only_teammates_have_shown_is_of_the_one_that_was_answered() {
    let mut it = two();
    it.observe(at(21), &key("bot", 1), &copy(B, "b2"), None);
    assert_eq!(it.finish(at(22), SendId(2), &copy(A, "a2")), Some(copy(B, "b2")));
    assert_eq!(it.witness(SendId(1)), None);
    assert_eq!(it.observe(at(22), &key("bot", 1), &copy(A, "a2"), None), NEW);
    // If it was sent too, its own copies say so.
    it.observe(at(23), &key("bot", 1), &copy(B, "b1"), None);
    assert_eq!(it.witness(SendId(1)), Some(&copy(B, "b1")));
}

#[test]
fn what_was_settled_is_not_taken_back() {
    let mut it = two();
    it.observe(at(21), &key("bot", 1), &copy(B, "b1"), None);
    it.settle(SendId(1));
    it.finish(at(22), SendId(2), &copy(A, "a2"));
    assert_eq!(it.observe(at(22), &key("bot", 1), &copy(C, "c"), None), witness(A, "a2"));
    assert_eq!(it.observe(at(22), &key("bot", 1), &copy(B, "b2"), None), witness(A, "a2"));
}

#[test]
fn that_one_was_not_seen_proves_nothing_if_a_later_one_was() {
    let mut it = two();
    let may_be = |it: &Dedup| it.may_be_taken_for_another(SendId(1), B, at(0));
    assert!(!may_be(&it));
    it.observe(at(21), &key("bot", 1), &copy(B, "b"), None);
    it.finish(at(22), SendId(2), &copy(A, "a2"));
    assert!(may_be(&it), "it may have been the first one's");
}

#[test]
fn a_bot_that_says_the_same_all_day_waits_for_nothing_that_it_said_before() {
    let mut it = Dedup::new(Recall { count: 100_000, bytes: usize::MAX, ..RECALL }, epoch());
    let mut longest = 0;
    for n in 0..20_000 {
        it.begin(at(0), SendId(n), &key("bot", 1), A);
        it.finish(at(0), SendId(n), &copy(A, &n.to_string()));
        longest = longest.max(it.sends.len());
    }
    assert_eq!((it.len(), longest, it.sends.len()), (20_000, 0, 0), "what is looked through is what is open");
}
