//! How much is logged, and how: what stands in `HA_WECHATY_LOG` and `HA_WECHATY_LOG_FORMAT`, or in flags.

use tracing_subscriber::{EnvFilter, filter::LevelFilter};

use super::section::nearest;

/// The levels, from nothing to everything.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// How the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
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

/// What lets through what was asked for.
///
/// # Errors
/// It is no level, and no filter. A word alone would be a filter too, for a part of that name, which silences all
/// others; nobody means that.
pub(crate) fn filter(text: &str) -> Result<EnvFilter, String> {
    let words = text.split(',').map(str::trim).filter(|word| !word.is_empty() && !text.contains('['));
    for word in words.filter(|word| !word.contains('=')) {
        if word.parse::<LevelFilter>().is_err() {
            let hint = nearest(word, &LEVELS).map(|level| format!("; did you mean {level}?"));
            return Err(format!(
                "{word:?} is no level of the log; it must be one of {}, or a filter like ha_wechaty=debug{}",
                LEVELS.join(", "),
                hint.unwrap_or_default()
            ));
        }
    }
    EnvFilter::try_new(text).map_err(|error| {
        format!(
            "{text:?} is no filter of the log ({error}); write a level, or one like ha_wechaty=debug,info"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_filters_are_taken_and_other_words_refused_with_the_list() {
        for text in ["info", "WARN", "off", "ha_wechaty=debug", "warn,ha_wechaty=trace", "[span]=debug"] {
            assert!(filter(text).is_ok(), "{text}");
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
            let why = filter(text).map(|_| ()).expect_err(text);
            assert!(why.contains(told), "{text}: {why}");
        }
    }
}
