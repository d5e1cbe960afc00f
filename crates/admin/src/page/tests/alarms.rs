//! The page of alarms.

use super::{super::alarms::AlarmsPage, *};

/// Alarms, of which the first is open.
fn alarms(open: usize, closed: usize) -> ha_wechaty_team::view::AlarmsStatus {
    let alarm = |id: usize| {
        json!({"id": id, "revision": 2, "kind": "account-scan", "severity": "critical", "step": "opened",
               "accounts": [format!("account-{id}")], "bots": [], "text": "", "cause": SCRIPT_TAG, "remedy": "scan its code",
               "since": "2026-11-28T03:04:05Z", "ended": null, "seconds": 720, "times": 2, "level": 1,
               "seen_by": "ann", "seen_until": "2026-11-28T08:00:00Z"})
    };
    let way = |name: &str, error: Option<&str>, alarms: Value| {
        json!({"name": name, "waiting": 1, "since": "2026-11-28T03:05:00Z", "last_error": error,
               "last_told": "2026-11-28T03:06:00Z", "alarms": alarms})
    };
    let had = |told: Option<&str>, due: Option<&str>| json!([{"alarm": 0, "told": told, "due": due}]);
    let (before, after) = (Some("2026-11-28T03:06:00Z"), Some("2026-11-28T08:00:00Z"));
    let ways = [
        way("ops", None, had(before, None)),
        way("mail", Some("connection refused"), had(None, before)),
        way("night", None, had(None, after)),
        way("boss", None, json!([])),
    ];
    let all = json!({"open": (0..open).map(alarm).collect::<Vec<_>>(), "closed": (0..closed).map(alarm).collect::<Vec<_>>(),
                     "ways": ways});
    serde_json::from_value(all).expect("alarms")
}

#[test]
fn the_page_of_alarms_says_who_was_told_and_why_others_were_not() {
    let kinds = [(String::from("ops"), "webhook")];
    let page = |lang, may| {
        let all = alarms(1, 1);
        let made = AlarmsPage::of(frame(lang), lang, (&all, "2026-11-28T04:00:00Z"), &kinds, may);
        made.render().expect("a page")
    };
    let english = page(Lang::En, true);
    for said in [
        "account-0: asks for its code to be scanned",
        "2 times",
        "ops: told 2026-11-28 03:06:00 UTC<",
        "mail: not told; what is new could not be told: connection refused",
        "night: not told; what is new is told at 2026-11-28 08:00:00 UTC",
        "boss: not told, it is for what matters more",
        "ann sees to it until 2026-11-28 08:00:00 UTC",
        "href=\"/runbook#scan\"",
        "action=\"/alarms/0/ack\"",
        "value=\"mail\"",
        ">fails</span>",
        "1 wait since 2026-11-28 03:05:00 UTC",
        "<span class=\"dim\">webhook</span>",
        "<title>! 1 · team</title>",
    ] {
        assert!(english.contains(said), "{said} in\n{english}");
    }
    assert!(page(Lang::Zh, true).contains("mail: 尚未通知；新情况无法通知：connection refused"));
    let read = page(Lang::En, false);
    assert!(
        !read.contains("/ack\"") && !read.contains("/alarms/test"),
        "who may only look has no buttons: {read}"
    );
}

#[test]
fn a_night_of_alarms_is_small_and_quick_and_text() {
    for lang in [Lang::En, Lang::Zh] {
        let begun = Instant::now();
        let all = alarms(64, 64);
        let page = AlarmsPage::of(frame(lang), lang, (&all, "2026-11-28T04:00:00Z"), &[], true);
        let (page, took) = (page.render().expect("a page"), begun.elapsed());
        println!("{lang:?}: {} bytes in {took:?}", page.len());
        assert!(page.len() + LOOKS.len() + SCRIPT.len() < 100 << 10 && took < QUICK);
        assert_eq!(page.matches("<script").count(), 1);
    }
}
