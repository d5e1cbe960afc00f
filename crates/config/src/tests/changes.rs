//! What of a new configuration counts when.

use super::{LEAST, parse};
use crate::{Config, Effect, Live, read};

/// Not a key is as in `LEAST`.
const OTHER: &str = r#"
name = "other"
[gateway]
shutdown = "1s"
[team]
burst = "1s"
[calls]
read = "1s"
[reconnect]
cap = "1m 1s"
[health]
ramp_up = "1s"
[pace]
max_wait = "1s"
[delivery]
witness_window = "1s"
[store]
keep_sends = "1d"
[host]
stop = "1s"
[library]
queue = 1
[discovery]
tls = "off"
[memory]
cache = "1MiB"
[admin]
sends = 1
[alarms]
repeat = "1h"
[trace]
sample = 0.5
[dong]
token = "t"
[[key]]
name = "ops"
hash = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
right = "read"
[[bot]]
name = "other"
token = "insecure_bot"
[[account]]
name = "north"
token = "insecure_north"
weight = 2
[[notify]]
name = "ops"
to = "wechat"
contact = "wxid_ops"
"#;

fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_section_is_told_of_when_it_changes_and_what_counts_at_once_is_followed() {
    let (before, new) = (config(LEAST), config(OTHER));
    let (next, changed) = before.follow(&new);
    let mut keys: Vec<&str> = changed.iter().map(|it| it.key).collect();
    let at_once = changed.iter().filter_map(|it| match it.effect {
        Effect::AtNextStart => None,
        Effect::AtReload(live) => Some((it.key, live)),
    });
    let at_once: Vec<(&str, Live)> = at_once.collect();
    let expected = [
        ("team", Live::Rules),
        ("health", Live::Rules),
        ("pace", Live::Rules),
        ("alarms", Live::Alarms),
        ("key", Live::Entry),
        ("bot", Live::Bots),
        ("account", Live::Accounts),
        ("notify", Live::Alarms),
    ];
    assert_eq!(at_once, expected);
    keys.iter_mut().filter(|it| **it == "admin.sends").for_each(|it| *it = "admin");
    assert_eq!(keys, Config::SECTIONS, "every one of them, in the order of the list");
    assert_eq!(
        next,
        Config {
            team: new.team.clone(),
            health: new.health.clone(),
            pace: new.pace.clone(),
            alarms: new.alarms.clone(),
            keys: new.keys.clone(),
            bots: new.bots.clone(),
            accounts: new.accounts.clone(),
            notify: new.notify.clone(),
            ..before.clone()
        }
    );
    // What waits goes on to wait.
    let again: Vec<&str> = next.follow(&new).1.into_iter().map(|it| it.key).collect();
    assert_eq!(again.len(), keys.len() - expected.len(), "{again:?}");
}

#[test]
fn of_a_table_that_counts_at_once_the_keys_that_do_not_are_named() {
    let before = config(&OTHER.replace("sends = 1", "password = \"one\""));
    let new = OTHER.replace("sends = 1", "password = \"two\"\nlisten = \"off\"\nurl = \"https://a.example\"");
    let new = config(&new.replace("max_wait = \"1s\"", "max_wait = \"2s\"\nenabled = false"));
    let (next, changed) = before.follow(&new);
    let keys: Vec<&str> = changed.iter().map(|it| it.key).collect();
    assert_eq!(keys, ["pace", "pace.enabled", "admin", "admin.listen", "admin.url"]);
    assert_eq!((next.pace.enabled, next.pace.max_wait), (true, new.pace.max_wait));
    assert_eq!((&next.admin.password, next.admin.listen), (&new.admin.password, before.admin.listen));
}

#[test]
fn what_is_as_it_was_is_not_told_of_wherever_it_was_read() {
    let elsewhere = Config { source: Some("elsewhere.toml".into()), ..config(OTHER) };
    assert_eq!(config(OTHER).follow(&elsewhere).1, []);
    let one = config(&OTHER.replace("read = \"1s\"", "read = \"2s\""));
    assert_eq!(config(OTHER).follow(&one).1.iter().map(|it| it.key).collect::<Vec<_>>(), ["calls"]);
}

#[test]
fn what_is_said_of_an_account_besides_how_it_is_reached_takes_no_connection() {
    let (one, other) = (config(LEAST).accounts.remove(0), config(OTHER).accounts.remove(0));
    assert!(one != other && one.is_reached_as(&other));
    let other = crate::AccountConfig { ids: ha_wechaty_core::Ids::Own, ..other };
    assert!(!one.is_reached_as(&other));
}

#[test]
fn the_list_of_sections_has_every_key_that_stands_in_no_table() {
    let mut known: Vec<String> = read::keys().into_keys().filter(|key| !key.contains('.')).collect();
    let mut listed = Config::SECTIONS.to_vec();
    known.sort();
    listed.sort_unstable();
    assert_eq!(known, listed);
}
