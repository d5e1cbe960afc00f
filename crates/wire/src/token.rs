//! Tokens: who a bot is to a puppet service, and how a call says it.

use std::{fmt, net::IpAddr};

use http::{HeaderMap, Uri, header::AUTHORIZATION, uri::Authority};

/// A Wechaty token, `<sni>_<uuid>` by the community's habit.
///
/// Its `Debug` and `Display` hide all but the part before the last `_`, so that a token can't slip into
/// a log; [`Token::reveal`] is the one way to the whole text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(String);

impl Token {
    /// Takes a token as it came; [`Token::check`] says whether it can travel.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The whole secret, for the wire only.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The TLS server name that a client of this token asks for: the text before the last `_`.
    pub fn sni(&self) -> Option<&str> {
        self.0.rsplit_once('_').map(|(sni, _)| sni).filter(|sni| !sni.is_empty())
    }

    /// Whether the token can be carried by a call.
    ///
    /// # Errors
    /// A token travels as `:authority` on plaintext connections and inside a header on TLS, so it must be
    /// legal in both: letters, digits and `-._~`.
    pub fn check(&self) -> Result<(), BadToken> {
        if self.0.is_empty() {
            return Err(BadToken::Empty);
        }
        match self.0.chars().find(|c| !(c.is_ascii_alphanumeric() || "-._~".contains(*c))) {
            Some(c) => Err(BadToken::Character(c)),
            None => Ok(()),
        }
    }

    /// Whether an `:authority` says where the server is, as that of clients does that show no token, and is no token: it has a
    /// port, which no token has, or is an IP address or `localhost`. What ends in a uuid is a token wherever it stands.
    pub fn is_address(authority: &str) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else { return false };
        let host = authority.host();
        let last = host.rsplit('_').next().unwrap_or(host);
        if authority.as_str().contains('@') || is_uuid(last) {
            return false;
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        authority.port().is_some() || host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok()
    }

    /// The value of the `authorization` metadata that carries this token over TLS.
    pub fn authorization(&self) -> String {
        format!("Wechaty {}", self.0)
    }

    /// The token that a call carries: its `authorization` metadata (scheme `Wechaty`), or else its
    /// `:authority`, where plaintext clients put it.
    ///
    /// # Errors
    /// Says what stood in its place.
    pub fn of_call(uri: &Uri, headers: &HeaderMap) -> Result<Self, NoToken> {
        if let Some(value) = headers.get(AUTHORIZATION) {
            let text = value.to_str().unwrap_or_default();
            return match text.split_once(' ') {
                Some(("Wechaty", token)) if !token.is_empty() => Ok(Self::new(token)),
                _ => Err(NoToken::Scheme(text.split(' ').next().unwrap_or_default().to_owned())),
            };
        }
        let authority = uri.authority().map(Authority::as_str).or_else(|| headers.get("host")?.to_str().ok());
        authority.filter(|a| !a.is_empty()).map(Self::new).ok_or(NoToken::Missing)
    }
}

/// Whether it is written as a uuid is: 32 digits in groups, with or without what parts them.
fn is_uuid(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_hexdigit).count();
    digits == 32 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Token({self})")
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sni() {
            Some(sni) => write!(f, "{sni}_…"),
            None => f.write_str("…"),
        }
    }
}

/// Why a token can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// There is no text.
    #[error("the token is empty")]
    Empty,
    /// A character that neither an HTTP/2 `:authority` nor a header can carry.
    #[error("the token has the character {0:?}; letters, digits and - . _ ~ are allowed")]
    Character(char),
}

/// Why a call has no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoToken {
    /// Neither `authorization` nor `:authority`.
    #[error("No Authorization found.")]
    Missing,
    /// An `authorization` of another scheme.
    #[error("Invalid authorization type: \"{0}\"")]
    Scheme(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_name_is_the_text_before_the_last_underscore() {
        assert_eq!(Token::new("insecure_7bda-5366").sni(), Some("insecure"));
        assert_eq!(Token::new("a_b_c").sni(), Some("a_b"));
        assert_eq!(Token::new("bare").sni(), None);
        assert_eq!(Token::new("_x").sni(), None);
    }

    #[test]
    fn a_token_never_shows_itself_whole() {
        let token = Token::new("insecure_7bda-5366");
        assert_eq!(format!("{token} {token:?}"), "insecure_… Token(insecure_…)");
    }

    #[test]
    fn a_call_carries_its_token_in_metadata_or_else_in_the_authority() {
        let mut headers = HeaderMap::new();
        let uri = Uri::from_static("http://insecure_1/wechaty.Puppet/Start");
        assert_eq!(Token::of_call(&uri, &headers), Ok(Token::new("insecure_1")));
        headers.insert(AUTHORIZATION, "Wechaty insecure_2".parse().expect("a header"));
        assert_eq!(Token::of_call(&uri, &headers), Ok(Token::new("insecure_2")));
        headers.insert(AUTHORIZATION, "Bearer x".parse().expect("a header"));
        assert_eq!(Token::of_call(&uri, &headers), Err(NoToken::Scheme("Bearer".into())));
        assert_eq!(Token::of_call(&Uri::from_static("/x"), &HeaderMap::new()), Err(NoToken::Missing));
    }

    #[test]
    fn an_address_is_no_token_and_a_token_is_no_address() {
        let uuid = "7bda5366-9e72-4876-bf1a-e7f44d50a616";
        for address in [
            "127.0.0.1:8788",
            "127.0.0.1",
            "[::1]:8788",
            "[::1]",
            "localhost",
            "LocalHost:1",
            "bots.example.com:8788",
        ] {
            assert!(Token::is_address(address), "{address}");
        }
        assert!(Token::is_address("ha_wechaty:8788"), "a container's name");
        for token in
            ["insecure_one", "bare", "", "a.b", "bots.example.com", uuid, &format!("insecure_{uuid}")]
        {
            assert!(!Token::is_address(token), "{token:?}");
        }
        for odd in [format!("insecure_{uuid}:8788"), format!("{uuid}:8788"), String::from("me@localhost:1")] {
            assert!(!Token::is_address(&odd), "{odd}");
        }
    }

    #[test]
    fn a_token_that_cannot_travel_is_refused() {
        assert_eq!(Token::new("").check(), Err(BadToken::Empty));
        assert_eq!(Token::new("a b").check(), Err(BadToken::Character(' ')));
        assert_eq!(Token::new("insecure_1-2.3~4").check(), Ok(()));
    }
}
