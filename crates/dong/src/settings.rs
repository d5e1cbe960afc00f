//! What an operator can set.

use std::{
    collections::BTreeMap,
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

#[cfg(feature = "site")]
use crate::protocol::Envelope;
use crate::{AesKey, KeyError};

/// WeChat shows no more of a text than this.
const LONGEST_REPLY: usize = 2048;

/// How the official account answers. The names of the fields are the keys of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The address that WeChat's calls arrive at, usually from a reverse proxy; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What proves that WeChat calls: the same as in the account's settings at WeChat.
    pub token: Secret,
    /// The 43 characters of the encrypted modes; without it, only plaintext is understood.
    pub aes_key: Option<Secret>,
    /// The official account's app id, which encrypted messages must carry.
    pub app_id: Option<String>,
    /// Texts, and what is answered to them.
    pub reply: BTreeMap<String, String>,
    /// What is answered to any other text; nothing, unless set.
    pub default_reply: Option<String>,
    /// How far a call's timestamp may be from now, in either direction; `None`: as far as it likes.
    pub max_age: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8791)),
            token: Secret::default(),
            aes_key: None,
            app_id: None,
            reply: BTreeMap::from([("ding".to_owned(), "dong".to_owned())]),
            default_reply: None,
            max_age: Some(Duration::from_secs(5 * 60)),
        }
    }
}

impl Settings {
    /// The defaults with this token.
    pub fn new(token: impl Into<Secret>) -> Self {
        Self { token: token.into(), ..Self::default() }
    }

    /// Looks for what would not work.
    ///
    /// # Errors
    /// The first thing that wouldn't.
    pub fn check(&self) -> Result<(), SettingsError> {
        if self.token.is_empty() {
            return Err(SettingsError::NoToken);
        }
        if self.token.reveal().chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(SettingsError::Token);
        }
        self.check_keys()?;
        if self.max_age.is_some_and(|age| age < Duration::from_secs(1)) {
            return Err(SettingsError::MaxAge);
        }
        let replies = self.reply.iter().map(|(text, reply)| (format!("reply.{text}"), reply));
        let default = self.default_reply.iter().map(|reply| ("default_reply".to_owned(), reply));
        for (key, reply) in replies.chain(default) {
            if reply.is_empty() {
                return Err(SettingsError::EmptyReply { key });
            }
            if reply.len() > LONGEST_REPLY {
                return Err(SettingsError::LongReply { key, length: reply.len() });
            }
            let is_xml = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
            if !reply.chars().all(is_xml) {
                return Err(SettingsError::ControlInReply { key });
            }
        }
        Ok(())
    }

    /// The keys of the encrypted modes, if they are set.
    fn check_keys(&self) -> Result<Option<(AesKey, &str)>, SettingsError> {
        let Some(aes_key) = &self.aes_key else { return Ok(None) };
        match self.app_id.as_deref() {
            None | Some("") => Err(SettingsError::NoAppId),
            Some(app_id) => Ok(Some((aes_key.reveal().parse().map_err(SettingsError::AesKey)?, app_id))),
        }
    }

    /// What opens and seals messages, if the keys for it are set.
    #[cfg(feature = "site")]
    pub(crate) fn envelope(&self) -> Result<Option<Envelope>, SettingsError> {
        Ok(self.check_keys()?.map(|(key, app_id)| Envelope::of(key, app_id)))
    }
}

/// A text that is never shown.
///
/// Not one of the crate `secrecy`: those can't be compared, and settings are, to see what new ones change. What a caller
/// shows is compared where callers are let in, in constant time.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Don't log it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing to hide.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<String>> From<T> for Secret {
    fn from(secret: T) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "Secret(empty)" } else { "Secret(…)" })
    }
}

/// Why settings can't be used; the text names the remedy, [`key`](Self::key) where it belongs. It never holds a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Without a token anybody could call.
    #[error("is missing; copy the Token of the official account's server settings at WeChat")]
    NoToken,
    /// WeChat's tokens have letters and digits.
    #[error("has a space or a control character; copy the Token again from the server settings at WeChat")]
    Token,
    /// The key can't be one.
    #[error("{0}; copy the EncodingAESKey again from the server settings at WeChat")]
    AesKey(KeyError),
    /// Encrypted messages name the account that they are for.
    #[error("is missing, but aes_key is set; copy the AppID from the official account's settings at WeChat")]
    NoAppId,
    /// No call would be young enough.
    #[error("is shorter than a second, WeChat's own unit; write 5m, or \"off\"")]
    MaxAge,
    /// WeChat takes no empty text.
    #[error("is empty; write what to answer, or leave the key out")]
    EmptyReply {
        /// The reply's key.
        key: String,
    },
    /// WeChat cuts it.
    #[error("has {length} bytes, but WeChat takes at most {LONGEST_REPLY}; shorten it")]
    LongReply {
        /// The reply's key.
        key: String,
        /// Its length in bytes.
        length: usize,
    },
    /// XML can't carry it.
    #[error("has a control character, which XML can't carry; remove it")]
    ControlInReply {
        /// The reply's key.
        key: String,
    },
}

impl SettingsError {
    /// The key that is at fault, like `aes_key`.
    pub fn key(&self) -> &str {
        match self {
            Self::NoToken | Self::Token => "token",
            Self::AesKey(_) => "aes_key",
            Self::NoAppId => "app_id",
            Self::MaxAge => "max_age",
            Self::EmptyReply { key } | Self::LongReply { key, .. } | Self::ControlInReply { key } => key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

    fn wrong(change: impl FnOnce(&mut Settings)) -> SettingsError {
        let mut settings = Settings::new("test");
        change(&mut settings);
        settings.check().expect_err("it is wrong")
    }

    #[test]
    fn a_token_alone_is_enough() {
        assert_eq!(Settings::new("test").check(), Ok(()));
    }

    #[test]
    fn the_token_must_be_there_and_have_no_spaces() {
        assert_eq!(wrong(|settings| settings.token = Secret::default()).key(), "token");
        assert_eq!(wrong(|settings| settings.token = "test ".into()), SettingsError::Token);
    }

    #[test]
    fn an_aes_key_needs_an_app_id_and_43_characters() {
        assert_eq!(wrong(|settings| settings.aes_key = Some(KEY.into())), SettingsError::NoAppId);
        let error = wrong(|settings| {
            settings.aes_key = Some(KEY[1..].into());
            settings.app_id = Some("wx1".to_owned());
        });
        assert_eq!(error.key(), "aes_key");
        assert!(error.to_string().starts_with("has 42 characters, but must have 43;"), "{error}");
    }

    #[test]
    fn replies_are_neither_empty_nor_long_nor_unspeakable() {
        for reply in [String::new(), "x".repeat(2049), "\u{1}".to_owned()] {
            let error = wrong(|settings| drop(settings.reply.insert("hi".to_owned(), reply.clone())));
            assert_eq!(error.key(), "reply.hi");
            let error = wrong(|settings| settings.default_reply = Some(reply.clone()));
            assert_eq!(error.key(), "default_reply");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        let settings = Settings { aes_key: Some(KEY.into()), ..Settings::new("pamtest") };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("pamtest") && !shown.contains("abcdef"), "{shown}");
    }
}
