//! What a visitor's own bot needs to join.

use std::net::SocketAddr;

/// What a visitor's bot is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    TypeScript,
    Python,
}

/// Where the team is, and what a bot must show there.
#[derive(Debug, Clone)]
pub(super) struct Invitation {
    /// Where bots connect.
    pub(super) place: SocketAddr,
    /// The token of the visitor's bot, as far as it is to be shown.
    pub(super) token: String,
    /// Whether the port speaks no TLS.
    pub(super) plaintext: bool,
    /// The port that was wished for, if another program has it.
    pub(super) taken: Option<SocketAddr>,
}

impl Invitation {
    /// As environment variables: all of them, so that they work as they are pasted.
    pub(super) fn variables(&self, language: Language) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            // Or it would be another puppet, and ask for a scan by the real WeChat.
            ("WECHATY_PUPPET", String::from("wechaty-puppet-service")),
            ("WECHATY_PUPPET_SERVICE_TOKEN", self.token.clone()),
            ("WECHATY_PUPPET_SERVICE_ENDPOINT", self.place.to_string()),
        ];
        if self.plaintext && language == Language::TypeScript {
            variables.push(("WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT", "true".to_owned()));
        }
        variables
    }
}
