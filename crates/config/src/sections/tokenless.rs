//! From where a bot may come without a token.

use std::net::IpAddr;

use ipnet::IpNet;

use crate::reader::{Field, FromField, Node, Value};

/// Where a bot may come from without a token: this machine, and these networks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokenless(Vec<IpNet>);

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write one like 10.0.0.0/8 or fd00::/8, or an address")]
pub struct BadNetwork(String);

impl Tokenless {
    /// From this machine, and from these networks, like `10.0.0.0/8`, or addresses.
    ///
    /// # Errors
    /// One of them is none.
    pub fn new<T: AsRef<str>>(networks: impl IntoIterator<Item = T>) -> Result<Self, BadNetwork> {
        networks.into_iter().map(|it| network(it.as_ref())).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a bot may come from there.
    pub fn admits(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        from.is_loopback() || self.0.iter().any(|it| it.contains(&from))
    }

    /// Whether it may come from everywhere, of one kind of address at least.
    pub fn is_everywhere(&self) -> bool {
        self.0.iter().any(|it| it.prefix_len() == 0)
    }

    /// Whether it may come from elsewhere than this machine.
    pub fn is_far(&self) -> bool {
        !self.0.is_empty()
    }
}

fn network(text: &str) -> Result<IpNet, BadNetwork> {
    let address = || text.parse::<IpAddr>().map(|it| IpNet::from(it.to_canonical())).ok();
    text.parse().ok().or_else(address).ok_or_else(|| BadNetwork(text.to_owned()))
}

impl FromField for Tokenless {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Value::List(nodes) = &field.node.value else {
            let shown = field.node.value.shown();
            return field.refuse(format!("must be a list of networks like [\"10.0.0.0/8\"], not {shown}"));
        };
        let texts: Option<Vec<&str>> = nodes.iter().map(|it: &Node| it.value.text()).collect();
        let Some(texts) = texts else {
            return field.refuse("must have texts only, like [\"10.0.0.0/8\"]");
        };
        Self::new(texts).map_or_else(|error| field.refuse(error.to_string()), Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_admitted_and_what_was_named_and_nobody_else() {
        let from = Tokenless::new(["10.0.0.0/8", "192.168.7.9", "fd00::/8"]).expect("networks");
        let admits = |text: &str| from.admits(text.parse().expect("an address"));
        for there in
            ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "10.255.0.1", "::ffff:10.0.0.1", "fd12::1"]
        {
            assert!(admits(there), "{there}");
        }
        assert!(admits("192.168.7.9"));
        for elsewhere in ["11.0.0.1", "192.168.7.8", "fe80::1", "0.0.0.0", "::"] {
            assert!(!admits(elsewhere), "{elsewhere}");
        }
        assert!(from.is_far() && !from.is_everywhere());
        let everywhere = Tokenless::new(["0.0.0.0/0"]).expect("a network");
        assert!(everywhere.is_everywhere() && !Tokenless::default().is_far());
    }

    #[test]
    fn what_is_no_network_is_told() {
        for text in ["10.0.0.0/33", "example.com", "", "10.0.0.0/8,11.0.0.0/8"] {
            let error = Tokenless::new([text]).expect_err("none");
            assert!(error.to_string().contains("10.0.0.0/8"), "{error}");
        }
    }
}
