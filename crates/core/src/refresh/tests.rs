use super::*;

const A: AccountId = AccountId(0);

#[test]
fn a_topic_is_kept_as_far_as_it_is_shown_and_weighs_what_is_kept() {
    let mut it = Refresh::new(None);
    it.admit(A);
    it.is_in(Time::ZERO, A, "room");
    let empty = it.weight();
    it.set_topic("room", &"群".repeat(100_000));
    assert_eq!((it.topic("room").chars().count(), it.weight() - empty), (256, 768));
    it.set_topic("room", "short");
    assert_eq!((it.topic("room"), it.weight() - empty), ("short", 5));
    it.set_topic("elsewhere", "nobody is there");
    assert_eq!((it.kept(), it.weight() - empty), (1, 5));
}

#[test]
fn rooms_are_bounded_by_what_they_weigh_and_what_is_left_weighs_nothing() {
    let mut it = Refresh::new(None);
    it.admit(A);
    let topic = "群".repeat(1_000);
    for n in 0..200 {
        let room = alloc::format!("{n}{}", "x".repeat(1 << 20));
        it.is_in(Time::ZERO, A, &room);
        it.set_topic(&room, &topic);
        assert!(it.weight() <= Refresh::limit());
    }
    assert_eq!(it.kept(), 31);
    it.comes(Time::ZERO, A);
    it.lists_read(Time::ZERO, A, true, &mut || 0.5);
    it.take_turn(Time::ZERO, A, &Directory::new(1 << 20));
    assert_eq!((it.kept(), it.weight()), (0, 0), "nobody is in them");
}

#[test]
fn doubts_are_bounded() {
    let mut it = Refresh::new(None);
    it.admit(A);
    it.comes(Time::ZERO, A);
    for n in 0..2 * MOST_DOUBTS {
        it.doubt_contact(Time::ZERO, A, &alloc::format!("contact {n}"));
        it.learnt(A, &alloc::format!("contact {n}"));
    }
    let told = it.lists_read(Time::ZERO, A, true, &mut || 0.5).expect("it was asked");
    assert_eq!((told.doubts.len(), told.learnt.len()), (MOST_DOUBTS, MOST_DOUBTS));
}
