//! Whose stream a call is about: a connection alone does not say.
//!
//! A proxy may carry the calls of many clients over one connection. So a stream belongs to a connection *and* a bot:
//! nothing that one bot asks touches the stream of another. Clients of the same bot are told apart as well if the
//! proxy says for whom it asks; if it does not, they look like one client, which has one stream at a time.

use std::net::IpAddr;

use ha_wechaty_core::{BotId, fingerprint};
use http::HeaderMap;

use ha_wechaty_transport::ConnectionId;

use super::CalledBy;

/// What proxies say for whom they ask in. Nothing is granted for it: whoever invents it has the bot's token.
const ASKERS: [&str; 3] = ["x-forwarded-for", "forwarded", "x-real-ip"];

/// Where a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    connection: ConnectionId,
    bot: BotId,
    /// Where it is, if its client shows no token: such a client touches no stream of one that does.
    without: Option<IpAddr>,
    /// A fingerprint of what a proxy says of its client.
    asker: u64,
}

impl Origin {
    /// Of a call that came by this connection, with these headers.
    pub fn new(connection: ConnectionId, whose: CalledBy, headers: &HeaderMap) -> Self {
        let mut said = Vec::new();
        for name in ASKERS {
            for value in headers.get_all(name) {
                said.extend_from_slice(name.as_bytes());
                said.extend_from_slice(value.as_bytes());
                said.push(b'\n');
            }
        }
        let CalledBy { bot, without } = whose;
        Self { connection, bot, without, asker: fingerprint(&String::from_utf8_lossy(&said)) }
    }

    /// The bot that asks.
    pub fn bot(self) -> BotId {
        self.bot
    }

    /// Where its client is, if that shows no token.
    pub(super) fn without(self) -> Option<IpAddr> {
        self.without
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(connection: u64, bot: u16, headers: &[(&'static str, &'static str)]) -> Origin {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().expect("a value"));
        }
        Origin::new(ConnectionId(connection), CalledBy { bot: BotId(bot), without: None }, &map)
    }

    #[test]
    fn connection_bot_and_what_a_proxy_says_tell_clients_apart() {
        let plain = origin(1, 0, &[]);
        assert_eq!(plain, origin(1, 0, &[("x-request-id", "changes with each call")]));
        assert!(plain != origin(2, 0, &[]) && plain != origin(1, 1, &[]));
        let of = |address| origin(1, 0, &[("x-forwarded-for", address)]);
        assert_eq!(of("10.0.0.1"), of("10.0.0.1"));
        assert!(of("10.0.0.1") != of("10.0.0.2") && of("10.0.0.1") != plain);
        assert_ne!(of("10.0.0.1"), origin(1, 0, &[("x-real-ip", "10.0.0.1")]));
    }
}
