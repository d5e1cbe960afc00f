//! Copies, occurrences and sends, one rule at a time.

use alloc::string::ToString;

use super::{clocks::Grain, *};
use crate::kind::MessageKind;

mod lost;
mod times;

const NEW: Verdict = Verdict::New { known: None };
const A: AccountId = AccountId(0);
const B: AccountId = AccountId(1);
const C: AccountId = AccountId(2);

const RECALL: Recall =
    Recall { window: Duration::from_secs(60), age: Duration::from_secs(600), count: 1_000, bytes: 1 << 20 };

fn epoch() -> Stamp {
    Stamp::new(1_700_000_000).expect("a time")
}

/// What a right clock shows.
fn clock(seconds: u64) -> Option<Stamp> {
    Stamp::new(1_700_000_000 + seconds as i64)
}

fn at(seconds: u64) -> Time {
    Time::after_origin(Duration::from_secs(seconds))
}

fn key(talker: &str, content: u64) -> Key {
    Key { room: "room".into(), talker: talker.into(), sort: Sort::Said(MessageKind::Text), content }
}

fn dedup() -> Dedup {
    Dedup::new(RECALL, epoch())
}

fn says(dedup: &mut Dedup, now: u64, content: u64, account: AccountId, id: &str) -> Verdict {
    dedup.observe(at(now), &key("alice", content), &MessageCopy::new(account, id), None)
}

fn witness(account: AccountId, id: &str) -> Verdict {
    Verdict::Witness { known: Some(MessageCopy::new(account, id)) }
}

#[test]
fn a_message_that_three_accounts_show_is_one() {
    let mut it = dedup();
    assert_eq!(says(&mut it, 0, 1, A, "a1"), NEW);
    assert_eq!(says(&mut it, 2, 1, B, "b1"), witness(A, "a1"));
    assert_eq!(says(&mut it, 50, 1, C, "c1"), witness(A, "a1"));
}

#[test]
fn the_same_words_twice_are_two() {
    let mut it = dedup();
    assert_eq!(says(&mut it, 0, 1, A, "a1"), NEW);
    assert_eq!(says(&mut it, 1, 1, A, "a2"), NEW);
    assert_eq!(says(&mut it, 1, 1, B, "b1"), witness(A, "a1"));
    assert_eq!(says(&mut it, 2, 1, B, "b2"), witness(A, "a2"));
    assert_eq!(says(&mut it, 3, 1, B, "b3"), NEW);
}

#[test]
fn other_words_or_other_people_are_others() {
    let mut it = dedup();
    assert_eq!(says(&mut it, 0, 1, A, "a1"), NEW);
    assert_eq!(says(&mut it, 0, 2, B, "b1"), NEW);
    assert_eq!(it.observe(at(0), &key("bob", 1), &MessageCopy::new(C, "c1"), None), NEW);
}

#[test]
fn an_id_that_comes_again_is_nothing() {
    let mut it = dedup();
    says(&mut it, 0, 1, A, "a1");
    assert_eq!(says(&mut it, 1, 1, A, "a1"), Verdict::Repeat);
}

#[test]
fn after_the_window_the_same_words_are_new_and_nothing_is_kept() {
    let mut it = dedup();
    says(&mut it, 0, 1, A, "a1");
    assert_eq!(says(&mut it, 60, 1, B, "b1"), NEW);
    it.handle_timeout(at(660));
    assert!(it.is_empty());
}

#[test]
fn teammates_copies_of_a_send_are_no_news_before_or_after_its_answer() {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    assert_eq!(
        it.observe(at(0), &key("bot", 1), &MessageCopy::new(B, "b1"), None),
        Verdict::Witness { known: None }
    );
    assert_eq!(it.witness(SendId(1)), Some(&MessageCopy::new(B, "b1")));
    assert_eq!(it.finish(at(0), SendId(1), &MessageCopy::new(A, "a1")), Some(MessageCopy::new(B, "b1")));
    assert_eq!(it.observe(at(1), &key("bot", 1), &MessageCopy::new(C, "c1"), None), witness(A, "a1"));
}

#[test]
fn the_senders_own_echo_is_shown_once() {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    it.finish(at(0), SendId(1), &MessageCopy::new(A, "a1"));
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(A, "a1"), None), NEW);
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(A, "a1"), None), Verdict::Repeat);
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(B, "b1"), None), witness(A, "a1"));
}

#[test]
fn an_echo_that_overtakes_the_answer_is_shown_once() {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(A, "a1"), None), NEW);
    assert_eq!(it.finish(at(0), SendId(1), &MessageCopy::new(A, "a1")), Some(MessageCopy::new(A, "a1")));
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(A, "a1"), None), Verdict::Repeat);
}

#[test]
fn two_sends_of_the_same_words_through_two_accounts_are_two() {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    it.finish(at(0), SendId(1), &MessageCopy::new(A, "a1"));
    it.begin(at(0), SendId(2), &key("bot", 1), B);
    it.finish(at(0), SendId(2), &MessageCopy::new(B, "b1"));
    assert_eq!(it.observe(at(1), &key("bot", 1), &MessageCopy::new(A, "a2"), None), witness(B, "b1"));
    assert_eq!(it.observe(at(1), &key("bot", 1), &MessageCopy::new(B, "b2"), None), witness(A, "a1"));
    assert_eq!(it.observe(at(1), &key("bot", 1), &MessageCopy::new(C, "c1"), None), witness(A, "a1"));
    assert_eq!(it.observe(at(1), &key("bot", 1), &MessageCopy::new(C, "c2"), None), witness(B, "b1"));
}

#[test]
fn an_abandoned_send_leaves_nothing() {
    let mut it = dedup();
    it.begin(at(0), SendId(1), &key("bot", 1), A);
    it.abandon(SendId(1));
    assert_eq!(it.observe(at(0), &key("bot", 1), &MessageCopy::new(B, "b1"), None), NEW);
}

/// What an account shows with its own time for it.
fn shows(dedup: &mut Dedup, now: u64, said: u64, account: AccountId, id: &str) -> Verdict {
    dedup.observe(at(now), &key("alice", 1), &MessageCopy::new(account, id), clock(said))
}

#[test]
fn one_that_was_away_shows_late_what_others_showed_in_time() {
    let mut it = dedup();
    assert_eq!(shows(&mut it, 10, 10, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 20, 20, B, "b0"), witness(A, "a1"));
    assert_eq!(shows(&mut it, 200, 200, A, "a2"), NEW);
    assert_eq!(shows(&mut it, 500, 500, A, "a3"), NEW);
    // B was away from 100 to 510, and shows all of it at once.
    assert_eq!(shows(&mut it, 511, 200, B, "b2"), witness(A, "a2"));
    assert_eq!(shows(&mut it, 511, 500, B, "b3"), witness(A, "a3"));
    assert_eq!(shows(&mut it, 511, 511, B, "b4"), NEW);
}

#[test]
fn what_nobody_showed_in_time_is_new_however_late() {
    let mut it = dedup();
    assert_eq!(shows(&mut it, 500, 100, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 501, 100, B, "b1"), witness(A, "a1"));
}

/// An account's clock has gone on within a series, in another conversation.
fn shows_a_fine_clock(dedup: &mut Dedup, now: u64, account: AccountId) {
    for n in 0..4 {
        let other = Key { room: "other".into(), ..key("bob", 100 + n) };
        let id = alloc::format!("{}{n}", account.0);
        dedup.observe(at(now + n), &other, &MessageCopy::new(account, &id), clock(now + n));
    }
}

#[test]
fn the_same_three_times_under_the_time_of_the_first_is_three_whoever_shows_it() {
    let mut it = dedup();
    [A, B, C].into_iter().for_each(|account| it.comes(at(0), account));
    for n in 0..3 {
        let (now, a, other) = (100 + 3 * n, alloc::format!("a{n}"), alloc::format!("x{n}"));
        assert_eq!(shows(&mut it, now, 100, A, &a), NEW, "the {n}th");
        assert_eq!(shows(&mut it, now, 100, B, &other), witness(A, &a));
        assert_eq!(shows(&mut it, now + 1, 100, C, &other), witness(A, &a));
    }
}

#[test]
fn a_clock_that_stands_still_within_a_series_is_fine_no_more() {
    let mut it = dedup();
    it.comes(at(0), A);
    shows_a_fine_clock(&mut it, 5, A);
    assert_eq!(it.clocks.grain(A), Grain::Fine);
    let text = |n: u64| Key { content: n, ..key("alice", 0) };
    it.observe(at(20), &text(20), &MessageCopy::new(A, "1"), clock(20));
    it.observe(at(23), &text(23), &MessageCopy::new(A, "2"), clock(20));
    assert_eq!(it.clocks.grain(A), Grain::Coarse);
    assert_eq!(shows(&mut it, 26, 20, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 29, 20, A, "a2"), NEW);
}

#[test]
fn an_account_that_came_back_shows_the_same_again_under_new_ids_each_once() {
    let mut it = dedup();
    it.comes(at(0), A);
    for (n, id) in ["a1", "a2"].into_iter().enumerate() {
        assert_eq!(shows(&mut it, 10 + 3 * n as u64, 10, A, id), NEW);
    }
    assert_eq!(shows(&mut it, 500, 500, A, "a3"), NEW);
    it.goes(A);
    it.comes(at(503), A);
    for (id, said) in [("a1'", 10), ("a2'", 10), ("a3'", 500)] {
        assert_eq!(shows(&mut it, 503, said, A, id), Verdict::Repeat, "{id}");
        assert_eq!(shows(&mut it, 504, said, A, id), Verdict::Repeat, "{id} again");
    }
    assert_eq!(shows(&mut it, 510, 500, A, "a4"), NEW, "once more than before");
}

#[test]
fn two_pictures_of_a_second_are_two() {
    let picture = Key { sort: Sort::Said(MessageKind::Image), ..key("alice", 1) };
    let mut it = dedup();
    it.comes(at(0), A);
    shows_a_fine_clock(&mut it, 5, A);
    assert_eq!(it.observe(at(10), &picture, &MessageCopy::new(A, "a1"), clock(10)), NEW);
    assert_eq!(it.observe(at(14), &picture, &MessageCopy::new(A, "a2"), clock(10)), NEW);
    let exact = Stamp::new(1_700_000_010_123);
    assert_eq!(it.observe(at(15), &picture, &MessageCopy::new(A, "a3"), exact), NEW);
    assert_eq!(it.observe(at(18), &picture, &MessageCopy::new(A, "a3'"), exact), Verdict::Repeat);
}

#[test]
fn what_is_said_after_an_occurrence_was_shown_is_another() {
    // B was away, and is back since; its clock was never compared.
    let mut it = dedup();
    it.comes(at(0), A);
    assert_eq!(shows(&mut it, 100, 100, A, "a1"), NEW);
    it.comes(at(110), B);
    assert_eq!(shows(&mut it, 118, 118, B, "b2"), NEW, "it was said when B was there");
    // B was there all the time, and its clock is known.
    let other = key("alice", 2);
    assert_eq!(it.observe(at(300), &other, &MessageCopy::new(A, "a3"), clock(300)), NEW);
    assert_eq!(it.observe(at(300), &other, &MessageCopy::new(B, "b3"), clock(300)), witness(A, "a3"));
    assert_eq!(shows(&mut it, 400, 400, A, "a4"), NEW);
    assert_eq!(shows(&mut it, 418, 418, B, "b5"), NEW, "B missed the one before");
    assert_eq!(shows(&mut it, 420, 400, B, "b4"), witness(A, "a4"), "or shows it later");
}

#[test]
fn a_clock_that_has_shown_the_future_does_not_say_what_is_said_now() {
    let mut it = dedup();
    it.comes(at(0), A);
    assert_eq!(shows(&mut it, 100, 100, A, "a1"), NEW);
    // B comes for the first time, 90 s ahead, and catches up.
    it.comes(at(127), B);
    let private = Key { room: "private".into(), ..key("bob", 7) };
    assert_eq!(it.observe(at(127), &private, &MessageCopy::new(B, "p"), clock(99 + 90)), NEW);
    assert_eq!(shows(&mut it, 127, 100 + 90, B, "b1"), witness(A, "a1"));
    // It leaves the team, and is put back.
    it.forget_clock(B);
    assert_eq!(shows(&mut it, 300, 300, A, "a2"), NEW);
    it.comes(at(305), B);
    assert_eq!(shows(&mut it, 305, 300 + 90, B, "b2"), witness(A, "a2"));
}

#[test]
fn one_absurd_time_says_nothing_of_a_clock() {
    let mut it = dedup();
    it.comes(at(0), A);
    it.comes(at(0), B);
    // The year 2100, in a message that B alone is shown.
    let private = Key { room: "private".into(), ..key("bob", 7) };
    let absurd = Stamp::new(4_102_444_800);
    assert_eq!(it.observe(at(10), &private, &MessageCopy::new(B, "p"), absurd), NEW);
    assert_eq!(shows(&mut it, 100, 100, A, "a1"), NEW);
    // B is away for a moment.
    it.comes(at(110), B);
    assert_eq!(shows(&mut it, 118, 118, B, "b2"), NEW, "it was said when B was there");
    // A tells no times, and shows all that B misses.
    let told = |it: &mut Dedup, now: u64, content: u64, id: &str| says(it, now, content, A, id);
    let by_b = |it: &mut Dedup, now: u64, said: u64, content: u64, id: &str| {
        it.observe(at(now), &key("alice", content), &MessageCopy::new(B, id), clock(said))
    };
    assert_eq!(by_b(&mut it, 200, 200, 3, "b3"), NEW);
    assert_eq!(told(&mut it, 201, 3, "a3"), witness(B, "b3"));
    assert_eq!(told(&mut it, 300, 4, "a4"), NEW);
    it.comes(at(500), B);
    assert_eq!(by_b(&mut it, 501, 300, 4, "b4"), witness(A, "a4"), "by its own time");
}

#[test]
fn a_clock_that_is_wrong_by_days_is_known_all_the_same_and_so_is_one_that_was_set() {
    const DAY: u64 = 86_400;
    let mut it = Dedup::new(Recall { age: Duration::from_secs(10 * DAY), ..RECALL }, epoch());
    let text = |n: u64| Key { content: n, ..key("alice", 0) };
    // Theirs are right and ours is not, since the machine slept; then they are set to what ours shows.
    for (from, ahead) in [(100, 0), (1_000, 3 * DAY), (3_000, 0)] {
        for n in from..from + 3 {
            let (now, id) = (10 * n, n.to_string());
            assert_eq!(it.observe(at(now), &text(n), &MessageCopy::new(A, &id), clock(now + ahead)), NEW);
            let verdict = it.observe(at(now), &text(n), &MessageCopy::new(B, &id), clock(now + ahead));
            assert_eq!(verdict, witness(A, &id), "{ahead}");
        }
        // B is away meanwhile, and is shown the last of it.
        let (id, now) = (|n: u64| (from + n).to_string(), 10 * from + 100);
        assert_eq!(shows(&mut it, now, now + ahead, A, &id(10)), NEW);
        assert_eq!(shows(&mut it, now + 200, now + 200 + ahead, A, &id(11)), NEW);
        assert_eq!(shows(&mut it, now + 400, now + 200 + ahead, B, &id(12)), witness(A, &id(11)), "{ahead}");
    }
}

#[test]
fn one_absurd_time_that_all_tell_leaves_their_clocks_comparable() {
    let mut it = dedup();
    let text = |n: u64| Key { content: n, ..key("alice", 0) };
    let absurd = Stamp::new(4_102_444_800);
    assert_eq!(it.observe(at(10), &text(2), &MessageCopy::new(A, "a2"), absurd), NEW);
    assert_eq!(it.observe(at(10), &text(2), &MessageCopy::new(B, "b2"), absurd), witness(A, "a2"));
    assert_eq!(it.observe(at(100), &text(3), &MessageCopy::new(A, "a3"), clock(100)), NEW);
    assert_eq!(it.observe(at(100), &text(3), &MessageCopy::new(B, "b3"), clock(100)), witness(A, "a3"));
    // B is away meanwhile, and is shown the last of it.
    assert_eq!(shows(&mut it, 200, 200, A, "a4"), NEW);
    assert_eq!(shows(&mut it, 300, 300, A, "a5"), NEW);
    assert_eq!(shows(&mut it, 500, 300, B, "b5"), witness(A, "a5"));
}

#[test]
fn an_account_that_comes_back_catches_up_and_its_copies_join() {
    let mut it = dedup();
    it.comes(at(0), A);
    assert_eq!(shows(&mut it, 100, 100, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 118, 118, A, "a2"), NEW);
    it.comes(at(119), B);
    assert_eq!(shows(&mut it, 119, 100, B, "b1"), witness(A, "a1"));
    assert_eq!(shows(&mut it, 119, 118, B, "b2"), witness(A, "a2"));
}

#[test]
fn a_clock_that_was_never_compared_says_nothing_of_what_was_shown_while_its_account_was_there() {
    let mut it = dedup();
    it.comes(at(0), A);
    it.comes(at(0), B);
    assert_eq!(shows(&mut it, 100, 100, A, "a1"), NEW);
    assert_eq!(shows(&mut it, 170, 170, B, "b2"), NEW, "70 s later it is another, whatever its clock");
}

#[test]
fn recalls_are_told_apart_by_what_they_recall_if_that_is_known() {
    let recall = Key { sort: Sort::Said(MessageKind::Recalled), ..key("alice", 0) };
    let mut it = dedup();
    for n in [1, 2] {
        assert_eq!(says(&mut it, 0, n, A, &alloc::format!("a{n}")), NEW);
        assert!(!says(&mut it, 0, n, B, &alloc::format!("b{n}")).is_new());
    }
    let mut recalls = |account, id: &str, of: &str| {
        let about = it.number(&MessageCopy::new(account, of));
        it.observe_told(
            at(10),
            &recall,
            &MessageCopy::new(account, id),
            Told { at: at(10), is_overtaken: false, stamp: None, about },
        )
    };
    assert_eq!(recalls(A, "ra1", "a1"), NEW);
    assert_eq!(recalls(B, "rb2", "b2"), NEW, "another message");
    assert_eq!(recalls(B, "rb1", "b1"), witness(A, "ra1"));
    assert_eq!(recalls(A, "ra2", "a2"), witness(B, "rb2"));
    assert_eq!(recalls(C, "rc1", "unknown"), witness(A, "ra1"));
}

#[test]
fn an_id_that_comes_again_long_after_the_window_is_still_nothing() {
    let mut it = dedup();
    says(&mut it, 0, 1, A, "a1");
    assert_eq!(says(&mut it, 500, 1, A, "a1"), Verdict::Repeat);
}

#[test]
fn what_is_too_much_is_forgotten_oldest_first() {
    let mut it = Dedup::new(Recall { count: 3, ..RECALL }, epoch());
    for n in 0..5 {
        says(&mut it, n, n, A, &n.to_string());
    }
    it.handle_timeout(at(5));
    assert_eq!(it.len(), 3);
    assert_eq!(says(&mut it, 6, 4, B, "b4"), witness(A, "4"));
    assert_eq!(says(&mut it, 6, 0, B, "b0"), NEW);
}
