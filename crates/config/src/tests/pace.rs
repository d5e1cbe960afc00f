//! Limits, for all accounts and for one alone.

use std::time::Duration;

use ha_wechaty_core::{Allowance, Limit};

use super::{LEAST, parse, problems};

const fn limit(count: u32, seconds: u64) -> Limit {
    Limit { count, window: Duration::from_secs(seconds) }
}

#[test]
fn a_limit_is_one_or_several_or_off() {
    let text = "[pace]\nmessages = [\"1/3s\", \"30/1m\"]\nfriend_adds = \"off\"\nper_conversation = \"2/1s 500ms\"\n";
    let pace = parse(&format!("{text}{LEAST}")).expect("it is right").pace;
    assert_eq!(pace.allowance.messages, [limit(1, 3), limit(30, 60)]);
    assert_eq!(pace.allowance.friend_adds, []);
    assert_eq!(pace.per_conversation, [Limit { count: 2, window: Duration::from_millis(1_500) }]);
    assert_eq!(crate::written(pace.per_conversation[0]), "2/1s500ms");
}

#[test]
fn an_account_may_have_limits_of_its_own() {
    let text = format!("[pace]\nmessages = \"30/1m\"\n{LEAST}friend_adds = \"5/1d\"");
    let config = parse(&text).expect("it is right");
    let own = config.accounts[0].allowance.as_ref().expect("it has its own");
    assert_eq!(own.friend_adds, [limit(5, 24 * 60 * 60)]);
    assert_eq!(own.messages, [limit(30, 60)], "the rest is everybody's");
    assert_eq!(own.room_creations, Allowance::default().room_creations);
    assert_eq!(parse(LEAST).expect("it is right").accounts[0].allowance, None);
}

#[test]
fn what_is_no_limit_is_told_with_what_would_be_one() {
    for wrong in ["\"40\"", "\"0/1m\"", "\"-1/1m\"", "\"40/m\"", "\"40/0s\"", "\"40/1y\"", "40", "[40]"] {
        let problems = problems(&format!("[pace]\nmessages = {wrong}\n{LEAST}"));
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].contains("pace.messages: ") && problems[0].contains("\"40/1m\""), "{problems:?}");
    }
}
