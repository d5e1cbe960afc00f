//! When people are told of alarms.

use std::time::Duration;

use ha_wechaty_core::Quiet;

use super::{LEAST, parse, problems};

fn quiet(from: u64, to: u64) -> Quiet {
    Quiet { from: Duration::from_secs(60 * from), to: Duration::from_secs(60 * to) }
}

#[test]
fn quiet_times_are_parts_of_a_day_by_a_clock_of_their_own() {
    let text =
        "[alarms]\nquiet = [\"23:00-08:00\", \"12:30 - 13:00\"]\ntimezone = \"+08:00\"\nrepeat = \"2h\"\n";
    let alarms = parse(&format!("{text}{LEAST}")).expect("it is right").alarms;
    assert_eq!(alarms.quiet, [quiet(23 * 60, 8 * 60), quiet(12 * 60 + 30, 13 * 60)]);
    assert_eq!((alarms.offset, alarms.repeat), (8 * 3_600, Duration::from_secs(7_200)));
    for (written, offset) in [("UTC", 0), ("-03:30", -12_600), ("+14:00", 50_400)] {
        let text = format!("[alarms]\ntimezone = \"{written}\"\nquiet = \"off\"\n{LEAST}");
        let alarms = parse(&text).expect("it is right").alarms;
        assert_eq!((alarms.offset, alarms.quiet), (offset, vec![]));
    }
}

#[test]
fn what_is_no_time_is_told_with_what_would_be_one() {
    for wrong in
        ["\"23:00\"", "\"23-08\"", "\"23:00-23:00\"", "\"25:00-08:00\"", "\"23:60-08:00\"", "8", "[8]"]
    {
        let problems = problems(&format!("[alarms]\nquiet = {wrong}\n{LEAST}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(
            problems[0].contains("alarms.quiet: ") && problems[0].contains("23:00-08:00"),
            "{problems:?}"
        );
    }
    for wrong in ["\"8\"", "\"+15:00\"", "\"Asia/Shanghai\"", "\"\"", "\"+8:00\""] {
        let problems = problems(&format!("[alarms]\ntimezone = {wrong}\n{LEAST}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("+08:00"), "{problems:?}");
    }
    assert_eq!(problems(&format!("[alarms]\nrepeat = \"1s\"\ngroup = \"2h\"\n{LEAST}")).len(), 2);
}

#[test]
fn an_account_may_say_what_it_shares_with_others() {
    let config = parse(&format!("{LEAST}domain = \"office\"")).expect("it is right");
    assert_eq!(config.accounts[0].domain.as_deref(), Some("office"));
    assert_eq!(problems(&format!("{LEAST}domain = \"\"")).len(), 1);
}
