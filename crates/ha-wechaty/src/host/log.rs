//! What a host says, in our log: under its account's name, and without secrets.

use std::cmp::Reverse;

use ha_wechaty_wire::Token;
use serde_json::Value;

use super::message::Level;
use crate::config::Hosted;

/// A text shorter than this is no secret, and would be found by chance.
const SHORTEST_SECRET: usize = 6;
/// Options whose names have one of these hold secrets.
const SECRET_NAMES: [&str; 4] = ["token", "secret", "password", "key"];

/// One host's voice in our log.
#[derive(Debug)]
pub(super) struct HostLog {
    account: String,
    secrets: Vec<Token>,
    last_error: Option<String>,
}

impl HostLog {
    /// `token` is what we show to its puppet service.
    pub(super) fn new(account: &str, hosted: &Hosted, token: &Token) -> Self {
        let mut secrets = vec![token.clone()];
        secrets.extend(hosted.token.clone());
        for (name, value) in hosted.options.as_map() {
            collect(name, value, &mut secrets);
        }
        secrets.retain(|secret| secret.reveal().len() >= SHORTEST_SECRET);
        // What begins with another one must not keep its end.
        secrets.sort_by_key(|secret| Reverse(secret.reveal().len()));
        Self { account: account.to_owned(), secrets, last_error: None }
    }

    /// Logs a line; returns it if an operator should see it elsewhere too.
    pub(super) fn tell(&mut self, level: Level, text: &str) -> Option<String> {
        let (account, text) = (self.account.as_str(), self.mask(text.trim_end()));
        match level {
            Level::Error => tracing::error!(account, "puppet: {text}"),
            Level::Warn => tracing::warn!(account, "puppet: {text}"),
            Level::Info => tracing::info!(account, "puppet: {text}"),
            Level::Debug => tracing::debug!(account, "puppet: {text}"),
            Level::Trace => tracing::trace!(account, "puppet: {text}"),
        }
        if level == Level::Error {
            self.last_error = Some(text.clone());
        }
        let is_trace = text.trim_start().starts_with("at ");
        (matches!(level, Level::Error | Level::Warn | Level::Info) && !is_trace).then_some(text)
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

/// The secrets among options, however deep.
fn collect(name: &str, value: &Value, secrets: &mut Vec<Token>) {
    match value {
        Value::String(text) if SECRET_NAMES.iter().any(|part| name.to_lowercase().contains(part)) => {
            secrets.push(Token::new(text));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(name, value, secrets)),
        Value::Object(inner) => inner.iter().for_each(|(name, value)| collect(name, value, secrets)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
        let log = HostLog::new("north", &hosted, &Token::new("host_1"));
        assert_eq!(
            log.mask("puppet_padlocal_1 host_1 {apiKeys:[sesame-1,puppet_padlocal_1_and_more]} unmasked"),
            "… … {apiKeys:[…,…]} unmasked"
        );
    }
}
