//! What a call shows of whose it is: a token; or none, as clients do that know of none.

use std::net::IpAddr;

use ha_wechaty_core::BotId;
use ha_wechaty_transport::Peer;
use ha_wechaty_wire::{NoToken, Token};
use http::{HeaderMap, Uri, header::AUTHORIZATION};

/// What proxies write into the calls that they pass on. Who really asks is not at the other end then, so what is said of this
/// machine does not count. That one lacks them proves nothing: many proxies write none.
const PASSED_ON: [&str; 4] = ["forwarded", "via", "x-real-ip", "x-envoy-external-address"];
/// The same, by how they begin.
const PASSED_ON_AS: &str = "x-forwarded-";

/// What a call shows. It is made of a call before its body is read, and looked up in
/// [`Tokens::whose`](super::Tokens::whose).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What stands where a token does.
    pub(super) token: Option<Token>,
    /// If it says nothing of who asks: where the call came from, or why it must show a token.
    unsigned: Option<Result<IpAddr, Bar>>,
}

/// Why a call must show a token, wherever it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Bar {
    /// It came over TLS.
    #[error("over TLS every bot must show one")]
    Tls,
    /// A proxy says that it passes the call on.
    #[error("it came through a proxy, where every bot must show one")]
    PassedOn,
}

/// Why a call is nobody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stranger {
    /// What it shows is no token at all.
    #[error(transparent)]
    NoToken(#[from] NoToken),
    /// Its token is no bot's. The text is what clients of stock services know; it holds what the client sent itself.
    #[error("Invalid Wechaty TOKEN \"{0}\"")]
    Unknown(String),
    /// It shows no token but an address, and must show one.
    #[error("Invalid Wechaty TOKEN \"{shown}\": the bot shows no token, and {why}")]
    Bare {
        /// What stands where a token does.
        shown: String,
        /// Why none is not enough.
        why: Lacks,
    },
}

/// Why no token is not enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Lacks {
    /// No call of its kind may.
    #[error("{0}")]
    Barred(Bar),
    /// No bot may.
    #[error("no [[bot]] has tokenless = true")]
    Unset,
    /// Not from there.
    #[error("{0} is neither the loopback (127.0.0.1, ::1) nor in the bot's tokenless_from")]
    Elsewhere(IpAddr),
}

/// Whose a call is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CalledBy {
    /// The bot.
    pub bot: BotId,
    /// Where it came from, if it showed no token.
    pub without: Option<IpAddr>,
}

impl Credential {
    /// Of a call by this peer, to this address, with these headers.
    ///
    /// # Errors
    /// It shows something that is meant for others.
    pub fn of_call(peer: Option<&Peer>, uri: &Uri, headers: &HeaderMap) -> Result<Self, NoToken> {
        let token = match Token::of_call(uri, headers) {
            Ok(token) => Some(token),
            Err(NoToken::Missing) => None,
            Err(error @ NoToken::Scheme(_)) => return Err(error),
        };
        let is_bare = !headers.contains_key(AUTHORIZATION);
        let unsigned = peer.filter(|_| is_bare).map(|peer| match peer {
            Peer { is_tls: true, .. } => Err(Bar::Tls),
            Peer { .. } if is_passed_on(headers) => Err(Bar::PassedOn),
            // An IPv6 socket sees IPv4 peers as mapped.
            Peer { addr, .. } => Ok(addr.ip().to_canonical()),
        });
        Ok(Self { token, unsigned })
    }

    /// If what stands there is no token by its form: where the call came from, or why it must show one. Few calls come to that:
    /// nearly all show a token that is known.
    pub(super) fn without(&self) -> Option<Result<IpAddr, Bar>> {
        let is_address = |token: &Token| Token::is_address(token.reveal());
        self.unsigned.filter(|_| self.token.as_ref().is_none_or(is_address))
    }

    /// Why it is nobody's, if no bot has its token, and `why` it is not enough to show none.
    pub(super) fn stranger(self, why: Lacks) -> Stranger {
        let without = self.without();
        match (self.token, without) {
            (Some(shown), Some(_)) => Stranger::Bare { shown: shown.reveal().to_owned(), why },
            (Some(token), None) => Stranger::Unknown(token.reveal().to_owned()),
            (None, _) => Stranger::NoToken(NoToken::Missing),
        }
    }
}

fn is_passed_on(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| PASSED_ON.contains(&name.as_str()) || name.as_str().starts_with(PASSED_ON_AS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_transport::ConnectionId;

    fn peer(addr: &str, is_tls: bool) -> Peer {
        Peer { connection: ConnectionId(1), addr: addr.parse().expect("an address"), is_tls, mismatch: None }
    }

    fn shown(
        peer: &Peer,
        authority: &str,
        header: Option<(&'static str, &str)>,
    ) -> Option<Result<IpAddr, Bar>> {
        let uri: Uri = format!("http://{authority}/wechaty.Puppet/Start").parse().expect("a uri");
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().expect("a value"));
        }
        Credential::of_call(Some(peer), &uri, &headers).expect("something is shown").without()
    }

    #[test]
    fn a_call_may_show_no_token_only_if_nothing_in_it_looks_like_one() {
        let here = peer("127.0.0.1:1", false);
        let ip = |text: &str| Some(Ok(text.parse().expect("an address")));
        assert_eq!(shown(&here, "127.0.0.1:8788", None), ip("127.0.0.1"));
        assert_eq!(
            shown(&peer("[::ffff:10.0.0.7]:1", false), "gateway:8788", None),
            ip("10.0.0.7"),
            "mapped"
        );
        assert_eq!(shown(&here, "insecure_old", None), None, "a wrong token");
        assert_eq!(shown(&here, "127.0.0.1:8788", Some(("authorization", "Wechaty insecure_old"))), None);
        let none =
            Credential::of_call(Some(&here), &Uri::from_static("/wechaty.Puppet/Start"), &HeaderMap::new());
        assert_eq!(none.expect("nothing is shown").without(), ip("127.0.0.1"));
    }

    #[test]
    fn a_call_over_tls_or_through_a_proxy_must_show_one() {
        let (here, tls) = (peer("127.0.0.1:1", false), peer("127.0.0.1:1", true));
        assert_eq!(shown(&tls, "127.0.0.1:8788", None), Some(Err(Bar::Tls)));
        for name in ["x-forwarded-for", "x-forwarded-proto", "forwarded", "via", "x-real-ip"] {
            let without = shown(&here, "127.0.0.1:8788", Some((name, "10.0.0.1")));
            assert_eq!(without, Some(Err(Bar::PassedOn)), "{name}");
        }
        assert!(shown(&here, "127.0.0.1:8788", Some(("x-request-id", "1"))).is_some_and(|it| it.is_ok()));
    }
}
