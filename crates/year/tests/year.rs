//! The figures of `ha-wechaty year` can be trusted as far as the model goes.
#![allow(clippy::unwrap_used, reason = "tests")]

use ha_wechaty_year::{Assumptions, Column, Options, Report, run};

fn play(seed: u64, days: u32, assumptions: &Assumptions) -> Report {
    run(&Options { seed, days, accounts: 3 }, assumptions).unwrap()
}

fn columns(report: &Report) -> [&Column; 3] {
    [&report.alone, &report.original, &report.ours]
}

#[test]
fn a_team_is_better_than_one_and_ours_better_than_the_originals() {
    for seed in 1..=3 {
        let report = play(seed, 60, &Assumptions::default());
        let [alone, original, ours] = columns(&report).map(|it| it.availability);
        assert!(alone <= original && original <= ours && ours < 1.0, "seed {seed}: {report:?}");
    }
}

#[test]
fn where_nothing_fails_nothing_is_lost_and_nobody_is_taken_out() {
    let report = play(1, 30, &Assumptions::faultless());
    for it in columns(&report) {
        assert_eq!((it.availability, it.nines, it.answered_twice), (1.0, None, 0), "{report:?}");
        assert_eq!((it.false_alarms, it.resets, it.told, it.faults), (0, 0, 0, 0), "{report:?}");
        assert_eq!((it.outage_hours, it.detect.count, it.recover.count), (0.0, 0, 0), "{report:?}");
    }
    assert!(report.ours.dings > 0.0, "nights are quiet: {report:?}");
}

#[test]
fn a_busy_team_needs_no_dings() {
    let mut assumptions = Assumptions::faultless();
    assumptions.chatter = 100_000.0;
    let report = play(1, 1, &assumptions);
    assert_eq!((report.original.dings, report.ours.dings), (0.0, 0.0), "{report:?}");
}

#[test]
fn every_question_is_answered_or_lost_by_one_cause() {
    for (seed, accounts) in [(1, 1), (2, 2), (3, 7)] {
        let report = run(&Options { seed, days: 30, accounts }, &Assumptions::default()).unwrap();
        let asked = report.alone.asked_in_rooms + report.alone.asked_in_private;
        assert!(asked > 10_000, "{report:?}");
        for it in columns(&report) {
            assert_eq!(
                it.asked_in_rooms + it.asked_in_private,
                asked,
                "the same questions, seed {seed}: {report:?}"
            );
            let lost = it.lost_unheard + it.lost_refused + it.lost_unknown;
            assert_eq!(it.answered + lost, asked, "seed {seed}: {report:?}");
        }
    }
}

#[test]
fn a_silent_fault_is_found_within_the_vigil_though_the_account_was_throttled_before() {
    let mut assumptions = Assumptions::faultless();
    assumptions.deaf.days = 5.0;
    assumptions.throttle.days = 1.0;
    let report = play(1, 120, &assumptions);
    assert!(report.ours.detect.count > 40, "{report:?}");
    // Ding after 300 s, or up to an hour later if its last ding had been refused.
    assert!(report.ours.detect.mean_seconds < 600.0, "{report:?}");
}

#[test]
fn a_person_is_told_once_or_twice_of_what_needs_them_and_hardly_ever_in_vain() {
    let report = play(1, 120, &Assumptions::default());
    let [_, original, ours] = columns(&report);
    println!(
        "told {}, in vain {}, unsaid {}; the original {}, {}, {}",
        ours.told, ours.told_in_vain, ours.unsaid, original.told, original.told_in_vain, original.unsaid
    );
    assert!((10..=70).contains(&ours.told), "{report:?}");
    assert!(ours.told_in_vain * 7 <= ours.told, "less than 15 of 100: {report:?}");
    assert!(ours.told * 3 <= original.told, "{report:?}");
    assert!(ours.unsaid == 0 && original.unsaid > 0, "{report:?}");
}
