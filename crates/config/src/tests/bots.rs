//! What a bot may have of its own.

use ha_wechaty_core::BotMode;

use super::{LEAST, parse, problems};
use crate::WhenUnsure;

/// `LEAST` with this in its bot, and this before all.
fn with(before: &str, bot: &str) -> String {
    format!("{before}\n{}", LEAST.replace("[[account]]", &format!("{bot}\n[[account]]")))
}

#[test]
fn a_bot_has_a_mode() {
    for (text, mode) in
        [("", BotMode::All), ("mode = \"standby\"", BotMode::Standby), ("mode = \"shard\"", BotMode::Shard)]
    {
        assert_eq!(parse(&with("", text)).expect("right").bots[0].mode, mode);
    }
    let wrong = problems(&with("", "mode = \"standbye\""));
    assert!(wrong[0].contains("bot[0].mode: ") && wrong[0].contains("standby"), "{wrong:?}");
}

#[test]
fn what_a_bot_says_of_unsure_sends_wins_over_what_is_said_for_all() {
    let bot = |before: &str, bot: &str| parse(&with(before, bot)).expect("right").bots[0].when_unsure;
    let (for_all, careful) =
        ("[delivery]\nwhen_unsure = \"at-least-once\"", "when_unsure = \"at-most-once\"");
    assert_eq!(bot(for_all, ""), None);
    assert_eq!(bot(for_all, careful), Some(WhenUnsure::AtMostOnce));
    assert_eq!(bot("", "when_unsure = \"at-least-once\""), Some(WhenUnsure::AtLeastOnce));
}

/// A plaintext gateway there, and this in its bot.
fn bare(listen: &str, bot: &str) -> String {
    with(&format!("[gateway]\nlisten = \"{listen}\"\ntls = \"off\""), bot)
}

#[test]
fn one_bot_may_come_without_a_token_from_this_machine_and_from_networks_that_are_named() {
    let (here, near) = ("127.0.0.1", "10.1.2.3");
    let admits = |text: &str| {
        let config = parse(&bare("127.0.0.1:8788", text)).expect("right");
        let from = config.bots[0].tokenless.clone();
        [here, near].map(|it| from.as_ref().is_some_and(|from| from.admits(it.parse().expect("an address"))))
    };
    assert_eq!(admits(""), [false, false]);
    assert_eq!(admits("tokenless = false"), [false, false]);
    assert_eq!(admits("tokenless = true"), [true, false]);
    assert_eq!(admits("tokenless = true\ntokenless_from = [\"10.0.0.0/8\"]"), [true, true]);
}

#[test]
fn what_can_not_come_without_a_token_is_told_with_its_remedy() {
    let told = |text: &str, key: &str, remedy: &str| {
        let wrong = problems(text);
        assert!(wrong.len() == 1 && wrong[0].contains(key) && wrong[0].contains(remedy), "{wrong:?}");
    };
    told(&with("", "tokenless = true"), "bot[0].tokenless: ", "tls = \"off\"");
    let twice = "tokenless = true\n[[bot]]\nname = \"two\"\ntoken = \"insecure_two\"\ntokenless = true";
    told(&bare("127.0.0.1:8788", twice), "bot[1].tokenless: ", "leave it to one bot");
    let off = "tokenless_from = [\"10.0.0.0/8\"]";
    told(&bare("127.0.0.1:8788", off), "bot[0].tokenless_from: ", "tokenless = true");
    for networks in ["[\"10.0.0.0/40\"]", "\"10.0.0.0/8\"", "[8]"] {
        let text = format!("tokenless = true\ntokenless_from = {networks}");
        told(&bare("127.0.0.1:8788", &text), "bot[0].tokenless_from: ", "10.0.0.0/8");
    }
}

#[test]
fn whoever_else_could_be_the_bot_without_a_token_is_warned_of() {
    let warned = |listen: &str, text: &str| {
        let warnings = parse(&bare(listen, text)).expect("right").warnings();
        warnings
            .into_iter()
            .map(|it| it.to_string())
            .filter(|it| it.contains("tokenless"))
            .collect::<Vec<_>>()
    };
    let all = |text: &str| format!("tokenless = true\ntokenless_from = [\"{text}\"]");
    assert_eq!(warned("127.0.0.1:8788", "tokenless = true"), [""; 0]);
    assert_eq!(warned("0.0.0.0:8788", ""), [""; 0]);
    assert!(warned("0.0.0.0:8788", "tokenless = true")[0].contains("proxy"));
    assert!(warned("0.0.0.0:8788", &all("0.0.0.0/0"))[0].contains("whoever reaches"));
    assert!(warned("127.0.0.1:8788", &all("10.0.0.0/8"))[0].contains("no effect"));
    let far = warned("0.0.0.0:8788", &all("172.18.0.0/16"));
    assert!(far.len() == 1 && !far[0].contains("they need a token"), "{far:?}");
    assert!(
        ["172.18.0.0/16", "one address", "publish no port"].iter().all(|it| far[0].contains(it)),
        "{far:?}"
    );
    for abroad in ["8.0.0.0/8", "128.0.0.0/1", "203.0.113.9"] {
        let warned = warned("0.0.0.0:8788", &all(abroad));
        assert!(warned.len() == 1 && warned[0].contains("no private network"), "{warned:?}");
    }
}

#[test]
fn a_bot_without_a_token_where_something_passes_calls_on_is_warned_of() {
    let warned = |advertise: &str| {
        let before = format!(
            "[gateway]\nlisten = \"127.0.0.1:8788\"\ntls = \"off\"\n[discovery]\nlisten = \"127.0.0.1:8792\"\n\
             tls = \"off\"\nadvertise = \"{advertise}\""
        );
        let warnings = parse(&with(&before, "tokenless = true")).expect("right").warnings();
        warnings.iter().map(ToString::to_string).filter(|it| it.contains("tokenless")).collect::<Vec<_>>()
    };
    let told = warned("bots.example.com:8788");
    assert!(
        told.len() == 1 && told[0].contains("bots.example.com:8788") && told[0].contains("127.0.0.1"),
        "{told:?}"
    );
    assert_eq!([warned("localhost:8788"), warned("127.0.0.1:8788")].concat(), [""; 0]);
}
