use super::*;
use alloc::{string::String, vec::Vec};

fn at(seconds: u64) -> Time {
    Time::after_origin(Duration::from_secs(seconds))
}

/// No jitter: a draw in the middle.
fn mid() -> f64 {
    0.5
}

fn well() -> Health {
    Health::new(Time::ZERO, Vigil::default(), &mut mid)
}

/// Runs it until `end`, and writes what was done when: `d300` for a ding, `r600` for a reset.
fn run(health: &mut Health, end: u64) -> String {
    let mut done = Vec::new();
    while health.poll_timeout() <= at(end) {
        let now = health.poll_timeout();
        let before = health.condition();
        let mark = match health.handle_timeout(now, true, &mut mid) {
            Some(Care::Ding) => "d",
            Some(Care::Reset) => "r",
            None if before == Condition::Well && health.condition() == Condition::Suspect => "s",
            None => "?",
        };
        done.push(alloc::format!("{mark}{}", now.since_origin().as_secs()));
    }
    done.join(" ")
}

#[test]
fn silence_asks_at_300_then_each_third_and_resets_at_600_and_each_600_after() {
    let mut health = well();
    assert_eq!(run(&mut health, 1_300), "d300 s310 d400 d500 r600 r1200");
    assert_eq!((health.condition(), health.dings_outstanding(), health.resets()), (Condition::Failed, 3, 2));
}

#[test]
fn the_intervals_are_off_by_a_sixth_at_the_most() {
    for (draw, ding, fail) in [(0.0, 249, 500), (1.0, 350, 701)] {
        let mut health = Health::new(Time::ZERO, Vigil::default(), &mut || draw);
        assert!(at(ding) <= health.poll_timeout() && health.poll_timeout() <= at(ding + 1), "{draw}");
        while health.condition() != Condition::Failed {
            let now = health.poll_timeout();
            health.handle_timeout(now, true, &mut || draw);
            assert!(now <= at(fail));
        }
    }
}

#[test]
fn each_evidence_of_hearing_ends_the_suspicion_and_begins_anew() {
    for evidence in [Evidence::Message, Evidence::Dong, Evidence::SawTeammate, Evidence::PuppetDong] {
        let mut health = well();
        assert_eq!(run(&mut health, 350), "d300 s310");
        assert!(health.see(at(350), evidence, &mut mid), "{evidence:?}");
        assert_eq!((health.condition(), health.dings_outstanding()), (Condition::Well, 0));
        assert_eq!(run(&mut health, 760), "d650 s660 d750");
    }
}

#[test]
fn a_ding_that_is_answered_in_time_is_no_suspicion() {
    let mut health = well();
    for round in 1..100 {
        let asked = 300 * round + (round - 1);
        assert_eq!(run(&mut health, asked), alloc::format!("d{asked}"));
        assert_eq!(health.condition(), Condition::Well, "it gets work meanwhile");
        assert!(!health.see(at(asked + 1), Evidence::Dong, &mut mid), "and nothing has changed");
        assert_eq!(health.dings_outstanding(), 0);
        assert_eq!(health.last_dong(), Some((Duration::from_secs(1), at(asked + 1))));
    }
}

#[test]
fn where_the_next_ding_comes_sooner_than_the_grace_ends_it_is_suspect_then() {
    let (ding_after, fail_after) = (Duration::from_secs(9), Duration::from_secs(30));
    let mut health = Health::new(Time::ZERO, Vigil { ding_after, fail_after, jitter: 0.0 }, &mut mid);
    assert_eq!(run(&mut health, 9), "d9");
    assert_eq!((run(&mut health, 12).as_str(), health.condition()), ("d12", Condition::Suspect));
}

#[test]
fn one_on_probation_is_asked_at_once_and_well_with_the_answer() {
    let mut health = Health::on_probation(at(10), Vigil::default(), &mut mid);
    assert_eq!((health.condition(), run(&mut health, 20).as_str()), (Condition::Suspect, "d10"));
    assert!(health.see(at(20), Evidence::Dong, &mut mid));
    assert_eq!(run(&mut health, 320), "d320");
}

#[test]
fn a_failed_account_is_well_with_the_first_evidence() {
    let mut health = well();
    run(&mut health, 700);
    assert!(health.see(at(700), Evidence::Dong, &mut mid));
    assert_eq!((health.condition(), health.resets()), (Condition::Well, 0));
}

#[test]
fn evidence_in_time_means_no_ding_at_all() {
    let mut health = well();
    for second in (0..100_000).step_by(200) {
        health.see(at(second), Evidence::Message, &mut mid);
        assert_eq!(run(&mut health, second + 199), "");
    }
}

#[test]
fn a_mute_account_that_hears_is_found_and_hearing_does_not_clear_it() {
    let mut health = well();
    health.spoke(at(10), &mut mid);
    for second in [100, 200, 300] {
        health.see(at(second), Evidence::Message, &mut mid);
    }
    assert_eq!(run(&mut health, 320), "d310 s320");
    assert!(!health.see(at(330), Evidence::Message, &mut mid), "it hears; the question is whether it speaks");
    assert_eq!(health.condition(), Condition::Suspect);
    assert!(health.see(at(340), Evidence::SeenByTeammate, &mut mid));
    assert_eq!(health.condition(), Condition::Well);
}

#[test]
fn a_deaf_account_whose_words_are_seen_is_found() {
    let mut health = well();
    for second in [100, 200, 299] {
        health.see(at(second), Evidence::SeenByTeammate, &mut mid);
    }
    assert_eq!(run(&mut health, 310), "d300 s310");
    assert!(!health.see(at(311), Evidence::SeenByTeammate, &mut mid));
    assert_eq!(health.condition(), Condition::Suspect);
}

#[test]
fn a_team_that_cannot_spare_it_lets_it_wait() {
    let mut health = well();
    run(&mut health, 599);
    assert_eq!(health.handle_timeout(at(600), false, &mut mid), None);
    assert_eq!((health.condition(), health.resets()), (Condition::Failed, 0));
    assert_eq!(run(&mut health, 700), "r700");
    assert!(health.is_resetting(at(799)) && !health.is_resetting(at(800)));
}
