//! The pages of what runs: its log, and its configuration.

use std::time::{Duration, UNIX_EPOCH};

use ha_wechaty_team::{
    state::records::{LogLevel, LogTail},
    view::ConfigStatus,
};

use super::{
    super::{
        config::ConfigPage,
        log::{Asked, LogPage},
    },
    *,
};

fn log(tail: Option<&LogTail>, lang: Lang, query: &str) -> String {
    let names = vec![String::from("north")];
    LogPage::of(frame(lang), lang, names, tail, Asked::read(query)).render().expect("a page")
}

#[test]
fn a_full_log_is_small_and_text_and_leads_to_older_lines() {
    let tail = LogTail::default();
    for n in 0..3_000 {
        let at = UNIX_EPOCH + Duration::from_secs(1_795_000_000 + n);
        let level = if n % 2 == 0 { LogLevel::Warn } else { LogLevel::Info };
        tail.put(at, level, (Some("north".into()), None), &format!("line {n} {}", SCRIPT_TAG.repeat(40)));
    }
    for lang in [Lang::En, Lang::Zh] {
        let begun = Instant::now();
        let page = log(Some(&tail), lang, "level=warn&account=north&text=SCRIPT&since=&before=");
        let took = begun.elapsed();
        println!("{lang:?}: {} bytes in {took:?}", page.len());
        assert!(page.len() + LOOKS.len() + SCRIPT.len() < 130 << 10 && took < QUICK);
        assert!(
            page.matches("<script").count() == 1
                && page.contains("line 2998 ")
                && !page.contains("line 2999 ")
        );
        let next = page
            .split("id=\"older\" href=\"")
            .nth(1)
            .and_then(|it| it.split('"').next())
            .expect("older ones");
        let next = next.split_once('?').expect("a query").1.replace("&#38;", "&");
        assert!(next.contains("level=warn&account=north&text=SCRIPT&before="), "{next}");
        let older = log(Some(&tail), lang, &next);
        assert!(older.contains("<table") && !older.contains("line 2998 ") && !older.contains("http-equiv"));
    }
}

#[test]
fn a_log_that_is_not_kept_and_a_filter_that_is_none_are_said() {
    assert!(log(None, Lang::En, "").contains("It is not kept here"));
    let wrong = log(Some(&LogTail::default()), Lang::En, "since=soon");
    assert!(wrong.contains("role=\"alert\">since is &#34;soon&#34;"), "{wrong}");
    assert!(log(Some(&LogTail::default()), Lang::Zh, "level=error").contains("没有符合条件的日志"));
}

fn config(lang: Lang, told: Value) -> String {
    let told: ConfigStatus = serde_json::from_value(told).expect("a configuration");
    ConfigPage::of(frame(lang), lang, &told).render().expect("a page")
}

#[test]
fn a_configuration_says_what_differs_and_when_that_counts() {
    let key = |key: &str, running: Option<&str>, written: Option<&str>, more: Value| {
        let mut it = json!({"key": key, "running": running, "written": written, "place": "/etc/team.toml:3:1",
                            "is_secret": false, "is_same": false, "counts": null});
        for (name, value) in more.as_object().into_iter().flatten() {
            it[name] = value.clone();
        }
        it
    };
    let told = json!({"file": "/etc/team.toml", "unread": null, "mistakes": [], "keys": [
        key("account[north].weight", None, Some("3"), json!({"counts": "reload"})),
        key("bot[main].token", Some("…"), Some("…"), json!({"is_secret": true, "counts": "start"})),
        key("gateway.heartbeat", Some("2s"), Some("2000ms"), json!({})),
        key("gateway.tls", Some("off"), Some("off"), json!({"is_same": true})),
    ]});
    let page = config(Lang::En, told.clone());
    for said in [
        "3 keys are written otherwise than it runs",
        "(default)",
        "by ha-wechaty reload",
        "… (another one)",
        "at the next start",
        "comes to the same",
        "<code>gateway.tls</code>",
    ] {
        assert!(page.contains(said), "{said} in\n{page}");
    }
    assert!(config(Lang::Zh, told).contains("有 3 项与文件不同"));
}

#[test]
fn mistakes_in_a_file_are_said_with_their_lines() {
    let mistake = json!({"place": "/etc/team.toml:7:3", "key": "pase", "message": SCRIPT_TAG});
    let page =
        config(Lang::En, json!({"file": null, "unread": "mistakes", "mistakes": [mistake], "keys": []}));
    assert!(page.contains("a mistake is written") && page.contains("/etc/team.toml:7:3"), "{page}");
    assert_eq!(page.matches("<script").count(), 1);
}
