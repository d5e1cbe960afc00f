//! What the log says, kept for the page besides: each event as a line, with its fields behind what it says.

use std::{
    fmt::{self, Write as _},
    time::SystemTime,
};

use ha_wechaty_team::state::records::{LogLevel, LogTail};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// Puts each event into the tail that it has.
#[derive(Debug)]
pub(super) struct Keeps(pub(super) LogTail);

impl<S: Subscriber> Layer<S> for Keeps {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line::default();
        event.record(&mut line);
        let Line { account, bot, mut text, fields } = line;
        text.push_str(&fields);
        self.0.put(SystemTime::now(), level(*event.metadata().level()), (account, bot), &text);
    }
}

fn level(level: Level) -> LogLevel {
    match level {
        Level::ERROR => LogLevel::Error,
        Level::WARN => LogLevel::Warn,
        Level::INFO => LogLevel::Info,
        Level::DEBUG => LogLevel::Debug,
        Level::TRACE => LogLevel::Trace,
    }
}

/// An event as it is taken apart.
#[derive(Debug, Default)]
struct Line {
    account: Option<String>,
    bot: Option<String>,
    text: String,
    fields: String,
}

impl Line {
    fn take(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.text = value,
            "account" => self.account = Some(value),
            "bot" => self.bot = Some(value),
            // Where a line of another library's was written.
            name if name.starts_with("log.") => {}
            // Writing into a text can't fail.
            name => {
                let _ = write!(self.fields, " {name}={value}");
            }
        }
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use ha_wechaty_team::state::records::{TailFilter, TailLine};
    use tracing_subscriber::{filter::EnvFilter, layer::SubscriberExt as _};

    use super::*;

    fn logged(levels: &str, logs: impl FnOnce()) -> Vec<TailLine> {
        let tail = LogTail::default();
        let log =
            tracing_subscriber::fmt().with_env_filter(EnvFilter::new(levels)).with_writer(std::io::sink);
        tracing::subscriber::with_default(log.finish().with(Keeps(tail.clone())), logs);
        tail.find(&TailFilter::default())
    }

    #[test]
    fn a_line_is_what_the_log_says_and_whom_it_is_about() {
        let lines = logged("info", || {
            tracing::warn!(account = "south", from = "offline", seconds = 3, "still {}", "offline");
            tracing::debug!("nobody is to see this");
            tracing::info!(bot = %"main", "bot connected");
        });
        let told: Vec<_> = lines.iter().map(|it| (it.level, it.text.as_str())).collect();
        let expected =
            [(LogLevel::Info, "bot connected"), (LogLevel::Warn, "still offline from=offline seconds=3")];
        assert_eq!(told, expected);
        assert_eq!((lines[0].bot.as_deref(), lines[1].account.as_deref()), (Some("main"), Some("south")));
    }
}
