//! What a host says, in our log: under its account's name, without secrets, and no more of it than tells anything new.
//!
//! | a line | is logged |
//! |---|---|
//! | that belongs to the one before it: of a stack trace, or of an object that is printed over many lines | at `debug` |
//! | that was written lately already, but for its numbers | not, but counted |
//! | beyond `admin.log_lines` in a minute | not, but counted |

use std::{cmp::Reverse, num::NonZeroUsize, sync::Arc, time::Duration};

use ha_wechaty_config::Hosted;
use ha_wechaty_core::fingerprint;
use ha_wechaty_wire::Token;
use lru::LruCache;
use serde_json::Value;
use tokio::time::Instant;

use super::{Lines, message::Level};

/// A text shorter than this is no secret, and would be found by chance.
const SHORTEST_SECRET: usize = 6;
/// Options whose names have one of these hold secrets.
const SECRET_NAMES: [&str; 4] = ["token", "secret", "password", "key"];
/// For so long a line that was written is not written again.
const LATELY: Duration = Duration::from_secs(60);
/// So many lines are known again.
const KNOWN: NonZeroUsize = NonZeroUsize::new(64).unwrap();

/// One host's voice in our log.
#[derive(Debug)]
pub(super) struct HostLog {
    account: String,
    lines: Arc<dyn Lines>,
    secrets: Vec<Token>,
    /// The lines that were written lately, but for their numbers.
    written: LruCache<u64, Instant>,
    last_error: Option<String>,
}

impl HostLog {
    /// `token` is what we show to its puppet service.
    pub(super) fn new(account: &str, lines: Arc<dyn Lines>, hosted: &Hosted, token: &Token) -> Self {
        let mut secrets = vec![token.clone()];
        secrets.extend(hosted.token.clone());
        for (name, value) in hosted.options.as_map() {
            collect(name, value, &mut secrets);
        }
        if let Some(proxy) = &hosted.proxy {
            secrets.push(Token::new(proxy.reveal()));
            secrets.extend(proxy.login().map(|(_, password)| Token::new(password)));
        }
        secrets.retain(|secret| secret.reveal().len() >= SHORTEST_SECRET);
        // What begins with another one must not keep its end.
        secrets.sort_by_key(|secret| Reverse(secret.reveal().len()));
        let (account, written) = (account.to_owned(), LruCache::new(KNOWN));
        Self { account, lines, secrets, written, last_error: None }
    }

    /// Logs a line; returns it if an operator should see it elsewhere too.
    pub(super) fn tell(&mut self, level: Level, text: &str) -> Option<String> {
        let text = self.mask(text.trim_end().trim_start_matches(['\r', '\n']));
        let (first, rest) =
            text.split_once('\n').map_or((text.as_str(), None), |(first, rest)| (first, Some(rest)));
        let level = if goes_on(first) { level.at_most_debug() } else { level };
        self.write(level, first);
        if let Some(rest) = rest {
            self.write(level.at_most_debug(), rest);
        }
        let is_news = matches!(level, Level::Error | Level::Warn | Level::Info);
        if level == Level::Error {
            self.last_error = Some(first.to_owned());
        }
        is_news.then(|| first.to_owned())
    }

    fn write(&mut self, level: Level, text: &str) {
        if !self.is_due(level, text, Instant::now()) {
            return;
        }
        let account = self.account.as_str();
        match level {
            Level::Error => tracing::error!(account, "puppet: {text}"),
            Level::Warn => tracing::warn!(account, "puppet: {text}"),
            Level::Info => tracing::info!(account, "puppet: {text}"),
            Level::Debug => tracing::debug!(account, "puppet: {text}"),
            Level::Trace => tracing::trace!(account, "puppet: {text}"),
        }
    }

    /// Whether a line tells anything new; who asks for details gets all of them.
    fn is_due(&mut self, level: Level, text: &str, now: Instant) -> bool {
        let key = match level {
            // A time, or the number of an attempt, makes no other error of it.
            Level::Error | Level::Warn => text.chars().filter(|c| !c.is_ascii_digit()).collect(),
            Level::Info => text.to_owned(),
            Level::Debug | Level::Trace => return true,
        };
        let key = fingerprint(&key);
        if self.written.get(&key).is_some_and(|at| now - *at < LATELY) {
            self.lines.holds(text);
            return false;
        }
        let is_due = self.lines.lets(text);
        if is_due {
            self.written.put(key, now);
        }
        is_due
    }

    /// A text without secrets.
    pub(super) fn mask(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret.reveal(), "…"))
    }

    /// The last error that it told of.
    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error.clone()
    }
}

/// Whether a line belongs to the one before it: of a stack trace, or of an object that is printed over many lines.
fn goes_on(line: &str) -> bool {
    let bare = line.trim_start();
    bare.starts_with("at ") || bare.len() < line.len() || matches!(bare.chars().next(), Some('}' | ']' | ')'))
}

/// The secrets among options, however deep.
fn collect(name: &str, value: &Value, secrets: &mut Vec<Token>) {
    match value {
        Value::String(text) if SECRET_NAMES.iter().any(|part| name.to_lowercase().contains(part)) => {
            secrets.push(Token::new(text));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(name, value, secrets)),
        Value::Object(inner) => inner.iter().for_each(|(name, value)| collect(name, value, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    use super::*;
    use serde_json::json;

    /// So many lines, and no more.
    #[derive(Debug)]
    struct Few(AtomicUsize);

    impl Lines for Few {
        fn lets(&self, _: &str) -> bool {
            self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_ok()
        }

        fn holds(&self, _: &str) {}
    }

    fn few() -> Arc<Few> {
        Arc::new(Few(AtomicUsize::new(20)))
    }

    fn log() -> HostLog {
        let hosted = Hosted::new("wechaty-puppet-mock".parse().expect("a package"));
        HostLog::new("north", few(), &hosted, &Token::new("host_1"))
    }

    #[tokio::test(start_paused = true)]
    async fn a_line_is_told_once_in_a_while_whatever_numbers_are_in_it() {
        let (mut log, begin) = (log(), Instant::now());
        let mut due = |level, text: &str, at| log.is_due(level, text, at);
        assert!(due(Level::Warn, "no network, attempt 1", begin));
        assert!((2..100).all(|n| !due(Level::Warn, &format!("no network, attempt {n}"), begin + LATELY / 2)));
        assert!(due(Level::Warn, "no network, attempt 100", begin + LATELY));
        assert!(due(Level::Info, "1 contact", begin) && due(Level::Info, "2 contacts", begin));
        assert!(!due(Level::Info, "2 contacts", begin));
        assert!((0..100).all(|_| due(Level::Debug, "a detail", begin)), "who asks for details gets them");
    }

    #[tokio::test(start_paused = true)]
    async fn of_ever_new_lines_there_are_no_more_than_of_others() {
        let (mut log, begin) = (log(), Instant::now());
        let lines = (0..10_000).filter(|n| log.is_due(Level::Info, &format!("line {n}"), begin));
        assert_eq!(lines.count(), 20);
    }

    #[test]
    fn what_belongs_to_the_line_before_is_a_detail() {
        let mut log = log();
        for detail in ["    at Socket.connect (net.js:1:1)", "at a.js:1", "  code: 'EAI_AGAIN',", "}", "]"] {
            assert_eq!(log.tell(Level::Warn, detail), None, "{detail}");
        }
        let told = log.tell(Level::Error, "\nError: no network\n    at a.js:1:1\n    at b.js:1:1");
        assert_eq!(told.as_deref(), Some("Error: no network"));
        assert_eq!(log.last_error(), told);
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mut hosted = Hosted::new("wechaty-puppet-padlocal".parse().expect("a package"));
        hosted.token = Some(Token::new("puppet_padlocal_1"));
        let Value::Object(options) =
            json!({ "a": { "apiKeys": ["sesame-1", "puppet_padlocal_1_and_more"] }, "uos": "unmasked" })
        else {
            panic!("it is one")
        };
        hosted.options = options.into();
        let log = HostLog::new("north", few(), &hosted, &Token::new("host_1"));
        assert_eq!(
            log.mask("puppet_padlocal_1 host_1 {apiKeys:[sesame-1,puppet_padlocal_1_and_more]} unmasked"),
            "… … {apiKeys:[…,…]} unmasked"
        );
    }
}
