//! How servers tell what they do, on stderr.

mod tail;

use std::{env, io::IsTerminal as _};

use clap::Args;
use tracing::Subscriber;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt,
    layer::{Identity, Layered, SubscriberExt as _},
    util::SubscriberInitExt as _,
};

use super::{out, progress::LogLine};
use ha_wechaty_config::logging::{self, LogFormat};
use ha_wechaty_team::state::records::LogTail;
use tail::Keeps;

/// How it tells what it does, on stderr.
#[derive(Debug, Args)]
pub(super) struct Log {
    /// How much: off, error, warn, info, debug, trace, or a filter like ha_wechaty=debug [default: HA_WECHATY_LOG, or
    /// info]
    #[arg(long = "log", value_name = "LEVEL")]
    level: Option<String>,
    /// How it looks: text, json [default: HA_WECHATY_LOG_FORMAT, or text]
    #[arg(long = "log-format", value_name = "FORMAT")]
    format: Option<LogFormat>,
}

/// The log, which has begun.
#[derive(Debug, Clone)]
pub(super) struct Logging {
    format: LogFormat,
    tail: LogTail,
}

impl Log {
    /// Begins to tell.
    pub(super) fn begin(&self) -> Result<Logging, String> {
        self.begin_beside(Identity::new())
    }

    /// The same, beside something else that takes what happens.
    pub(super) fn begin_beside(&self, other: impl Layer<Registry> + Send + Sync) -> Result<Logging, String> {
        let named =
            |name: &'static str| env::var(name).ok().filter(|text| !text.is_empty()).map(|text| (name, text));
        let (place, text) = match &self.level {
            Some(level) => ("--log", level.clone()),
            None => named("HA_WECHATY_LOG").unwrap_or(("--log", String::from("info"))),
        };
        let filter = logging::filter(&text).map_err(|why| format!("{place}: {why}"))?;
        let format = match (self.format, named("HA_WECHATY_LOG_FORMAT")) {
            (Some(format), _) => format,
            (None, Some((place, text))) => text.parse().map_err(|why| format!("{place}: {why}"))?,
            (None, None) => LogFormat::Text,
        };
        // A log that can't be written is nothing to say on the same way, by a macro that panics.
        let log = fmt::layer().with_target(false).log_internal_errors(false);
        let log = match format {
            LogFormat::Text if std::io::stderr().is_terminal() => {
                log.with_writer(LogLine::new).with_ansi(true).boxed()
            }
            LogFormat::Text => log.with_writer(std::io::stderr).with_ansi(false).boxed(),
            LogFormat::Json => log.with_writer(std::io::stderr).json().boxed(),
        };
        let tail = LogTail::default();
        beside(other, log.and_then(Keeps(tail.clone())), filter).init();
        match format {
            LogFormat::Text => {}
            LogFormat::Json => {
                // Whoever reads objects reads nothing else.
                std::panic::set_hook(Box::new(|panic| tracing::error!("a defect: {panic}")));
            }
        }
        Ok(Logging { format, tail })
    }
}

/// The log, which takes what its filter lets through, beside something that takes what it likes.
fn beside<O, L>(other: O, log: L, filter: EnvFilter) -> impl Subscriber + Send + Sync
where
    O: Layer<Registry> + Send + Sync,
    L: Layer<Layered<O, Registry>> + Send + Sync,
{
    tracing_subscriber::registry().with(other).with(log.with_filter(filter))
}

impl Logging {
    /// The newest lines of it.
    pub(super) fn tail(&self) -> LogTail {
        self.tail.clone()
    }

    /// Says why it came to nothing.
    pub(super) fn complain(&self, why: &dyn std::fmt::Display) {
        match self.format {
            LogFormat::Text => out::complain(why),
            LogFormat::Json => tracing::error!("{why}"),
        }
    }

    /// Says what is served, and where.
    pub(super) fn greet(&self, what: &dyn std::fmt::Display) {
        match self.format {
            LogFormat::Text => out::greet(what),
            LogFormat::Json => {
                let now = humantime::format_rfc3339_micros(std::time::SystemTime::now()).to_string();
                let message = what.to_string();
                let fields = serde_json::json!({ "message": message });
                out::greet(&serde_json::json!({ "timestamp": now, "level": "INFO", "fields": fields }));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::level_filters::LevelFilter;

    use super::*;

    #[test]
    fn where_nothing_else_is_taken_what_the_log_leaves_out_costs_nothing() {
        let filter = || logging::filter("info").expect("a filter");
        let alone = beside(None::<Identity>, fmt::layer(), filter());
        assert_eq!(alone.max_level_hint(), Some(LevelFilter::INFO));
        let traced = beside(Some(Identity::new().with_filter(LevelFilter::TRACE)), fmt::layer(), filter());
        assert_eq!(traced.max_level_hint(), Some(LevelFilter::TRACE));
    }
}
