//! Proxies: what stands between us and a peer, where a machine's own way out is not to be taken.

use std::{fmt, str::FromStr};

use http::{Uri, uri::Authority};
use percent_encoding::percent_decode_str;

/// SOCKS carries a user and a password in so many bytes each, at most.
const LONGEST: usize = 255;

/// A proxy through which a connection is made.
///
/// Its `Debug` and `Display` leave its user and password out; [`Proxy::reveal`] is the one way to the whole text.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    text: String,
    kind: ProxyKind,
    host: String,
    port: u16,
    login: Option<(String, String)>,
}

/// How a proxy is asked for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyKind {
    /// By SOCKS 5 (RFC 1928).
    Socks5,
    /// By HTTP's `CONNECT` (RFC 9110, 9.3.6).
    Http,
}

impl ProxyKind {
    /// What its addresses begin with.
    pub fn scheme(self) -> &'static str {
        match self {
            Self::Socks5 => "socks5",
            Self::Http => "http",
        }
    }

    /// What people call such a proxy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Socks5 => "SOCKS5",
            Self::Http => "HTTP",
        }
    }
}

impl Proxy {
    /// How it is asked.
    pub fn kind(&self) -> ProxyKind {
        self.kind
    }

    /// Its name or address, an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its TCP port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who it is told that we are, and the password; none if it takes anybody.
    pub fn login(&self) -> Option<(&str, &str)> {
        self.login.as_ref().map(|(user, password)| (user.as_str(), password.as_str()))
    }

    /// The whole address, as it was written.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({self})")
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, host, port, .. } = self;
        match host.contains(':') {
            true => write!(f, "{}://[{host}]:{port}", kind.scheme()),
            false => write!(f, "{}://{host}:{port}", kind.scheme()),
        }
    }
}

impl FromStr for Proxy {
    type Err = BadProxy;

    /// `socks5://[USER:PASSWORD@]HOST:PORT`, or the same with `http://`. `socks5h`, by which others say that names are
    /// resolved at the proxy, means the same, since here they always are.
    fn from_str(text: &str) -> Result<Self, BadProxy> {
        // What is read of an address ends there, so of such a password a part would be the host.
        if text.contains('#') {
            return Err(BadProxy::Fragment);
        }
        let uri: Uri = text.parse().map_err(|_| BadProxy::Form)?;
        let kind = match uri.scheme_str() {
            Some("socks5" | "socks5h") => ProxyKind::Socks5,
            Some("http") => ProxyKind::Http,
            Some("https") => return Err(BadProxy::Https),
            Some(_) | None => return Err(BadProxy::Scheme),
        };
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(BadProxy::Path);
        }
        let authority = uri.authority().ok_or(BadProxy::Form)?;
        let host = authority.host();
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let port = authority.port_u16().filter(|port| *port != 0).ok_or(BadProxy::Port)?;
        if host.is_empty() {
            return Err(BadProxy::Form);
        }
        let login = login(authority)?;
        Ok(Self { text: text.to_owned(), kind, host: host.to_owned(), port, login })
    }
}

/// The user and the password before the host, if they are there.
fn login(authority: &Authority) -> Result<Option<(String, String)>, BadProxy> {
    let Some((login, _)) = authority.as_str().rsplit_once('@') else { return Ok(None) };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let plain = |part: &str| {
        let part = percent_decode_str(part).decode_utf8().map_err(|_| BadProxy::Login)?.into_owned();
        let is_usable = part.len() <= LONGEST && !part.chars().any(char::is_control);
        if is_usable { Ok(part) } else { Err(BadProxy::Login) }
    };
    let (user, password) = (plain(user)?, plain(password)?);
    // HTTP ends a user at its first colon.
    if user.is_empty() || user.contains(':') {
        return Err(BadProxy::Login);
    }
    Ok(Some((user, password)))
}

/// Why a text names no proxy. The text is not repeated: there may be a password in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// It is no address.
    #[error(
        "is no address like socks5://USER:PASSWORD@HOST:PORT; in user and password, write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F"
    )]
    Form,
    /// It begins with something else.
    #[error("must begin with socks5:// or http://")]
    Scheme,
    /// TLS to a proxy is not spoken.
    #[error(
        "begins with https://, but TLS is not spoken with a proxy; most take http:// too, and the account's own TLS goes through it"
    )]
    Https,
    /// There is no port.
    #[error("has no port from 1 to 65535; write it behind the host")]
    Port,
    /// Something stands behind the port.
    #[error("has a path, which no proxy has; leave it out, and in a password write / as %2F and ? as %3F")]
    Path,
    /// There is a `#` in it.
    #[error("has a #, which no proxy's address has; in user and password write # as %23 and ? as %3F")]
    Fragment,
    /// Its user or its password can't be said.
    #[error(
        "has a user or a password that can't be said to a proxy: up to 255 bytes each, as percent-encoded UTF-8, and no colon in the user"
    )]
    Login,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_read_and_shown_without_its_password() {
        let it: Proxy = "socks5://us%40er:p%3Aw%2F@proxy.example:1080".parse().expect("a proxy");
        assert_eq!((it.kind(), it.host(), it.port()), (ProxyKind::Socks5, "proxy.example", 1080));
        assert_eq!(it.login(), Some(("us@er", "p:w/")));
        assert_eq!(it.to_string(), "socks5://proxy.example:1080");
        assert_eq!(format!("{it:?}"), "Proxy(socks5://proxy.example:1080)");
        for text in ["http://[::1]:3128", "http://[::1]:3128/"] {
            let it: Proxy = text.parse().expect("a proxy");
            assert_eq!((it.kind(), it.host(), it.login()), (ProxyKind::Http, "::1", None));
            assert_eq!(it.to_string(), "http://[::1]:3128");
        }
        let it: Proxy = "socks5h://only-a-user@h:1".parse().expect("a proxy");
        assert_eq!((it.kind(), it.login()), (ProxyKind::Socks5, Some(("only-a-user", ""))));
    }

    #[test]
    fn what_is_no_proxy_says_why() {
        let long = format!("http://{}:p@h:1", "u".repeat(256));
        for (text, why) in [
            ("", BadProxy::Form),
            ("socks5://", BadProxy::Form),
            ("socks5://a b:1", BadProxy::Form),
            ("socks5://u:p@:1", BadProxy::Form),
            ("proxy.example:1080", BadProxy::Scheme),
            ("socks4://h:1", BadProxy::Scheme),
            ("https://h:1", BadProxy::Https),
            ("socks5://h", BadProxy::Port),
            ("socks5://h:0", BadProxy::Port),
            ("http://h:1/path", BadProxy::Path),
            ("http://h:1/?q", BadProxy::Path),
            ("socks5://user:12#34@proxy.example:1080", BadProxy::Fragment),
            ("http://h:1#", BadProxy::Fragment),
            ("socks5://user:12?34@proxy.example:1080", BadProxy::Path),
            ("http://%ff:p@h:1", BadProxy::Login),
            ("http://a%3Ab:p@h:1", BadProxy::Login),
            ("http://a:p%0D%0A@h:1", BadProxy::Login),
            ("http://:p@h:1", BadProxy::Login),
            (&long, BadProxy::Login),
        ] {
            assert_eq!(text.parse::<Proxy>(), Err(why), "{text}");
        }
    }
}
