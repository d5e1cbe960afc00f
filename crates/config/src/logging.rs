//! How much is logged, and how: what stands in `HA_WECHATY_LOG` and `HA_WECHATY_LOG_FORMAT`, or in flags.

#[cfg(feature = "log")]
mod filter;

#[cfg(feature = "log")]
pub use filter::filter;

use crate::reader::nearest;

/// The levels, from nothing to everything.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// An object in each line, for programs.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_lowercase().as_str() {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(format!("{text:?} is no format of the log; it must be text or json")),
        }
    }
}

/// Looks at the levels in a text that says how much is logged. What stands in brackets is for [`filter`](filter()) to read.
///
/// # Errors
/// A word is no level. A word alone would be a filter too, for a part of that name, which silences all others; nobody means
/// that.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty() && !text.contains('['));
    for word in words {
        let level = word.rsplit_once('=').map_or(word, |(_, level)| level);
        if is_level(level) {
            continue;
        }
        if word.contains('=') {
            return Err(format!(
                "{text:?} is no filter of the log ({level:?} is no level); write a level, or one like \
                 ha_wechaty=debug,info"
            ));
        }
        let hint = nearest(word, &LEVELS).map(|level| format!("; did you mean {level}?"));
        return Err(format!(
            "{word:?} is no level of the log; it must be one of {}, or a filter like ha_wechaty=debug{}",
            LEVELS.join(", "),
            hint.unwrap_or_default()
        ));
    }
    Ok(())
}

/// A level's name, or its number.
fn is_level(word: &str) -> bool {
    LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word))
        || matches!(word, "0" | "1" | "2" | "3" | "4" | "5")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_filters_are_taken_and_other_words_refused_with_the_list() {
        for text in ["info", "WARN", "off", "5", "ha_wechaty=debug", "warn,ha_wechaty=trace", "[span]=debug"]
        {
            assert_eq!(check(text), Ok(()), "{text}");
        }
        for (text, told) in [
            (
                "warning",
                "one of off, error, warn, info, debug, trace, or a filter like ha_wechaty=debug; did you mean warn?",
            ),
            ("loud", "\"loud\" is no level of the log"),
            ("info,verbose", "\"verbose\" is no level of the log"),
            ("ha_wechaty=loud", "is no filter of the log"),
        ] {
            let why = check(text).expect_err(text);
            assert!(why.contains(told), "{text}: {why}");
        }
    }
}
