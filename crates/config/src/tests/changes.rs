//! What of a new configuration counts when.

use super::{LEAST, parse};
use crate::{Config, Effect, Live, changes, read};

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
fn each_section_is_told_of_when_it_changes_and_the_accounts_alone_count_at_once() {
    let changed = changes(&config(LEAST), &config(OTHER));
    let keys: Vec<&str> = changed.iter().map(|it| it.key).collect();
    assert_eq!(keys, Config::SECTIONS, "every one of them, in the order of the list");
    let at_once = changed.iter().filter(|it| it.effect != Effect::AtNextStart);
    let at_once: Vec<_> = at_once.map(|it| (it.key, it.effect)).collect();
    assert_eq!(at_once, [("account", Effect::AtReload(Live::Accounts))]);
}

#[test]
fn what_is_as_it_was_is_not_told_of_wherever_it_was_read() {
    let elsewhere = Config { source: Some("elsewhere.toml".into()), ..config(OTHER) };
    assert_eq!(changes(&config(OTHER), &elsewhere), []);
    let one = config(&OTHER.replace("read = \"1s\"", "read = \"2s\""));
    assert_eq!(changes(&config(OTHER), &one).iter().map(|it| it.key).collect::<Vec<_>>(), ["calls"]);
}

#[test]
fn the_list_of_sections_has_every_key_that_stands_in_no_table() {
    let mut known: Vec<String> = read::keys().into_keys().filter(|key| !key.contains('.')).collect();
    let mut listed = Config::SECTIONS.to_vec();
    known.sort();
    listed.sort_unstable();
    assert_eq!(known, listed);
}
