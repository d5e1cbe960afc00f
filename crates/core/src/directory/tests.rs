use super::*;

const A: AccountId = AccountId(0);
const B: AccountId = AccountId(1);

#[test]
fn what_is_learnt_last_counts() {
    let mut directory = Directory::new(1 << 20);
    assert!(directory.can("room", A));
    assert!(!directory.can("room", A), "no news");
    assert!(directory.cannot("room", A));
    let reach = directory.reach("room");
    assert!(reach.yes.is_empty() && reach.no.contains(A));
    directory.wrote_to("alice", B);
    assert_eq!(directory.reach("alice").last, Some(B));
}

#[test]
fn a_snapshot_does_not_change() {
    let mut directory = Directory::new(1 << 20);
    directory.can("room", A);
    let snapshot = directory.clone();
    directory.can("room", B);
    assert_eq!((snapshot.reach("room").yes.len(), directory.reach("room").yes.len()), (1, 2));
}

#[test]
fn what_an_account_names_no_more_it_reaches_no_more() {
    let mut directory = Directory::new(1 << 20);
    for room in ["one", "two", "three"] {
        directory.is_in(room, A);
        directory.is_in(room, B);
    }
    assert_eq!(directory.only(A, None, 100, |id, _, _| id == "one").0, ["three", "two"]);
    let two = directory.reach("two");
    assert!(two.no.contains(A) && !two.yes.contains(A) && two.yes.contains(B));
    assert_eq!(directory.only(A, None, 100, |id, _, _| id == "one").0, [""; 0], "no news");
}

#[test]
fn whoever_leaves_a_room_rules_it_no_more() {
    let mut directory = Directory::new(1 << 20);
    let both = [A, B].into_iter().collect();
    directory.room("room", both, AccountSet::EMPTY, Some(A), both);
    directory.cannot("room", A);
    let reach = directory.reach("room");
    assert_eq!((reach.owner, reach.ranks_known), (None, false), "somebody else owns it now");
    assert!(!reach.admins.contains(A) && reach.admins.contains(B));
}

#[test]
fn an_account_that_is_somebody_else_now_begins_anew() {
    let mut directory = Directory::new(1 << 20);
    directory.wrote_to("alice", A);
    directory.wrote_to("bob", B);
    directory.cannot("carol", A);
    directory.forget(A);
    assert_eq!((directory.reach("alice"), directory.reach("bob").last), (Reach::default(), Some(B)));
    assert!(directory.can("carol", A), "news again");
    directory.sweep(100);
    assert_eq!((directory.len(), directory.weight()), (2, weight("bob") + weight("carol")));
    assert!(!directory.is_unswept() && directory.reach("carol").yes.contains(A));
}

/// However the sweep's pieces and what is learnt fall between each other, it is as if all had been forgotten at once.
#[test]
fn what_is_learnt_while_it_is_swept_is_kept() {
    for seed in 0..300 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let (mut swept, mut plain) = (Directory::new(1 << 20), Directory::new(1 << 20));
        for _ in 0..200 {
            let (account, id) = (AccountId(dice.u8(0..3)), dice.u8(0..12).to_string());
            let acts: [fn(&mut Directory, &str, AccountId) -> bool; 4] =
                [Directory::can, Directory::is_in, Directory::cannot, Directory::wrote_to];
            match dice.usize(0..8) {
                act @ 0..4 => {
                    let news = [&mut swept, &mut plain].map(|it| acts[act](it, &id, account));
                    assert_eq!(news[0], news[1], "seed {seed}");
                }
                4 => {
                    [&mut swept, &mut plain].into_iter().for_each(|it| it.forget(account));
                    while plain.is_unswept() {
                        plain.sweep(1);
                    }
                }
                _ => {
                    swept.sweep(dice.usize(1..4));
                }
            }
            let all = |it: &Directory| (0..12).map(|id| it.reach(&id.to_string())).collect::<Vec<_>>();
            assert_eq!(all(&swept), all(&plain), "seed {seed}");
        }
        while swept.is_unswept() {
            swept.sweep(1);
        }
        assert_eq!((swept.len(), swept.weight()), (plain.len(), plain.weight()), "seed {seed}");
    }
}

#[test]
fn it_is_bounded_and_what_nobody_reaches_goes_first() {
    let mut directory = Directory::new(6 * weight("a00"));
    for name in ["a", "c", "e"] {
        directory.can(name, A);
    }
    for n in 0..100 {
        directory.cannot(&alloc::format!("b{n}"), A);
        assert!(directory.len() <= 6 && directory.weight() <= 6 * weight("a00"));
    }
    assert!(["a", "c", "e"].iter().all(|name| directory.reach(name).yes.contains(A)));
    for n in 0..100 {
        directory.can(&alloc::format!("d{n}"), A);
        assert!(directory.len() <= 6 && directory.weight() <= 6 * weight("a00"));
    }
    directory.can(&"x".repeat(10_000), A);
    assert_eq!(directory.len(), 1, "one alone may weigh what it likes");
    directory.forget(A);
    directory.sweep(100);
    assert_eq!((directory.len(), directory.weight()), (0, 0));
}
