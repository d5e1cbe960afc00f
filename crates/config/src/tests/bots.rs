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
