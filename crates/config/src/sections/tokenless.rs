//! From where a bot may come without a token.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use crate::reader::{Field, FromField, Node, Value};

/// Networks that nobody reaches from afar: private ones, link-local ones, and the loopback.
const NEAR: [IpNet; 8] = [
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(10, 0, 0, 0), 8)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(172, 16, 0, 0), 12)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(192, 168, 0, 0), 16)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(169, 254, 0, 0), 16)),
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10)),
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)),
];

/// Where a bot may come from without a token: the loopback, and these networks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokenless(Vec<IpNet>);

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no network; write one like 10.0.0.0/8 or fd00::/8, or an address")]
pub struct BadNetwork(String);

impl Tokenless {
    /// From the loopback, and from these networks, like `10.0.0.0/8`, or addresses.
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

    /// Whether it may come from elsewhere than the loopback.
    pub fn is_far(&self) -> bool {
        !self.0.is_empty()
    }

    /// The first of its networks that is, or goes beyond, no private one.
    pub(crate) fn abroad(&self) -> Option<IpNet> {
        self.0.iter().find(|it| !NEAR.iter().any(|near| near.contains(*it))).copied()
    }
}

/// From where, for people.
impl fmt::Display for Tokenless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the loopback (127.0.0.1, ::1)")?;
        self.0.iter().try_for_each(|it| write!(f, ", {it}"))
    }
}

fn network(text: &str) -> Result<IpNet, BadNetwork> {
    let address = || text.parse::<IpAddr>().map(|it| IpNet::from(it.to_canonical())).ok();
    text.parse().ok().and_then(unmapped).or_else(address).ok_or_else(|| BadNetwork(text.to_owned()))
}

/// Addresses are compared as IPv4 if they are mapped to IPv6, so networks of such are IPv4's too; one that has others as well is
/// none of either.
fn unmapped(network: IpNet) -> Option<IpNet> {
    let IpAddr::V4(ip) = network.addr().to_canonical() else { return Some(network) };
    let bits = if network.addr().is_ipv6() { 96 } else { 0 };
    let length = network.prefix_len().checked_sub(bits)?;
    Ipv4Net::new(ip, length).ok().map(IpNet::V4)
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
    fn a_network_of_mapped_addresses_is_that_of_the_addresses() {
        let from = Tokenless::new(["::ffff:10.0.0.0/104", "::ffff:192.168.7.9"]).expect("networks");
        assert_eq!(from.to_string(), "the loopback (127.0.0.1, ::1), 10.0.0.0/8, 192.168.7.9/32");
        assert!(from.admits("10.9.9.9".parse().expect("an address")));
        assert!(Tokenless::new(["::ffff:0.0.0.0/96"]).expect("a network").is_everywhere());
    }

    #[test]
    fn a_network_that_goes_beyond_private_ones_is_found() {
        for near in ["10.0.0.0/8", "172.20.0.3", "192.168.0.0/16", "169.254.1.0/24", "fd00::/8", "fe80::1"] {
            assert_eq!(Tokenless::new([near]).expect("a network").abroad(), None, "{near}");
        }
        for far in
            ["8.0.0.0/8", "10.0.0.0/7", "192.0.0.0/8", "100.64.0.0/10", "2000::/3", "::/1", "203.0.113.9"]
        {
            let from = Tokenless::new(["10.0.0.0/8", far]).expect("a network");
            assert!(from.abroad().is_some() && !from.is_everywhere(), "{far}");
        }
    }

    #[test]
    fn what_is_no_network_is_told() {
        for text in ["10.0.0.0/33", "example.com", "", "10.0.0.0/8,11.0.0.0/8", "::ffff:10.0.0.0/90"] {
            let error = Tokenless::new([text]).expect_err("none");
            assert!(error.to_string().contains("10.0.0.0/8"), "{error}");
        }
    }
}
