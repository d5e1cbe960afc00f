//! The official account's part is read on its own.

use std::{net::SocketAddr, path::Path, time::Duration};

use ha_wechaty_dong::Settings;

use crate::Draft;

const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

fn parse(text: &str) -> Result<Settings, Vec<String>> {
    let draft = Draft::from_toml(Path::new("team.toml"), text).expect("it is TOML");
    let shown = |error: super::ConfigError| error.problems().iter().map(ToString::to_string).collect();
    draft.finish_dong().map_err(shown)
}

#[test]
fn a_token_is_enough() {
    assert_eq!(parse("[dong]\ntoken = \"test\""), Ok(Settings::new("test")));
}

#[test]
fn all_of_it_can_be_set() {
    let text = format!(
        "[dong]\nlisten = \"[::1]:1\"\ntoken = \"test\"\naes_key = \"{KEY}\"\napp_id = \"wx1\"\ndefault_reply = \"?\"
         max_age = \"1m\"\nreply = {{ ping = \"pong\" }}"
    );
    let settings = parse(&text).expect("it is right");
    assert_eq!(settings.listen, "[::1]:1".parse::<SocketAddr>().expect("it is an address"));
    assert_eq!(settings.aes_key.expect("it is set").reveal(), KEY);
    assert_eq!((settings.app_id.as_deref(), settings.default_reply.as_deref()), (Some("wx1"), Some("?")));
    assert_eq!(settings.max_age, Some(Duration::from_secs(60)));
    assert_eq!(settings.reply.into_iter().collect::<Vec<_>>(), [("ping".to_owned(), "pong".to_owned())]);
    let settings = parse("[dong]\ntoken = \"test\"\nmax_age = \"off\"").expect("it is right");
    assert_eq!(settings.max_age, None);
}

#[test]
fn a_missing_token_says_where_it_may_stand() {
    let problem = "team.toml: dong.token: is missing; copy the Token of the official account's server settings at \
                   WeChat, or set HA_WECHATY_DONG_TOKEN";
    assert_eq!(parse(""), Err(vec![problem.to_owned()]));
}

#[test]
fn mistakes_are_named_with_their_place_and_never_show_a_secret() {
    let problem = |text: &str| {
        let problems = parse(text).expect_err("it is wrong");
        assert_eq!(problems.len(), 1, "{problems:?}");
        problems.join("")
    };
    let token = "[dong]\ntoken = \"test\"\n";
    let missing = problem(&format!("{token}aes_key = \"{KEY}\""));
    assert!(missing.starts_with("team.toml:1:1: dong.app_id: is missing, but aes_key is set; "), "{missing}");
    let short = problem(&format!("{token}app_id = \"wx1\"\naes_key = \"abc\""));
    assert!(
        short.starts_with("team.toml:4:11: dong.aes_key: has 3 characters, but must have 43; "),
        "{short}"
    );
    assert!(!short.contains("abc\""), "{short}");
    let unknown = problem(&format!("{token}tokn = \"x\""));
    assert_eq!(unknown, "team.toml:3:1: dong.tokn: is unknown; did you mean token?");
    let number = problem(&format!("{token}app_id = 5"));
    assert!(number.starts_with("team.toml:3:10: dong.app_id: must be a text"), "{number}");
    let reply = problem(&format!("{token}reply = {{ ding = 5 }}"));
    assert!(reply.starts_with("team.toml:3:9: dong.reply: has 5 at \"ding\""), "{reply}");
    let empty = problem(&format!("{token}reply = {{ ding = \"\" }}"));
    assert!(empty.starts_with("team.toml:3:18: dong.reply.ding: is empty; "), "{empty}");
    let age = problem(&format!("{token}max_age = \"0s\""));
    assert!(age.starts_with("team.toml:3:11: dong.max_age: is shorter than a second"), "{age}");
}

#[test]
fn what_is_wrong_with_the_team_is_no_concern_of_the_official_account() {
    assert_eq!(parse("[gateway]\nlisten = 5\n[dong]\ntoken = \"test\""), Ok(Settings::new("test")));
}

#[test]
fn the_environment_wins_over_the_file() {
    let mut draft = Draft::from_toml(Path::new("team.toml"), "[dong]\ntoken = \"test\"").expect("it is TOML");
    draft.set("HA_WECHATY_DONG_TOKEN", "dong.token", "other");
    assert_eq!(draft.finish_dong().expect("it is right").token.reveal(), "other");
    let mut draft = Draft::new();
    draft.set("HA_WECHATY_DONG_TOKEN", "dong.token", "a b");
    let error = draft.finish_dong().expect_err("it has a space").to_string();
    assert!(error.starts_with("HA_WECHATY_DONG_TOKEN: dong.token: has a space"), "{error}");
}
