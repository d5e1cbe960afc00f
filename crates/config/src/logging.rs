//! How much is logged, and how: what stands in `HA_WECHATY_LOG` and `HA_WECHATY_LOG_FORMAT`, or in flags.

#[cfg(feature = "log")]
mod filter;

#[cfg(feature = "log")]
pub use filter::filter;

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

/// Why a text can't say how much is logged. A program that does not log by it need not understand it.
#[cfg_attr(not(feature = "log"), expect(clippy::unnecessary_wraps, reason = "with the feature it may fail"))]
pub(crate) fn check(text: &str) -> Result<(), String> {
    #[cfg(feature = "log")]
    filter(text)?;
    #[cfg(not(feature = "log"))]
    let _ = text;
    Ok(())
}
