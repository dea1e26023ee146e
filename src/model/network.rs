//! A network of addresses: `10.0.0.0/8`, `::1`.
//!
//! In: its text. Out: a [`Network`] that tells whether an address is in it.

use crate::model::allow::in_network;
use std::{fmt, net::IpAddr, str::FromStr};

/// An address, or all that begin as one does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    start: IpAddr,
    length: u8,
}

/// A text that is no network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadNetwork(String);

impl fmt::Display for BadNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is no address and no network such as `10.0.0.0/8`", self.0)
    }
}

impl std::error::Error for BadNetwork {}

impl Network {
    /// Whether this address is in it; IPv4 written as IPv6 is IPv4.
    pub fn holds(&self, address: IpAddr) -> bool {
        in_network(address.to_canonical(), self.start, self.length)
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let read = || {
            let (address, length) = match text.trim().split_once('/') {
                Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
                None => (text.trim(), None),
            };
            let start = address.parse::<IpAddr>().ok()?;
            let most = if start.is_ipv4() { 32 } else { 128 };
            let length = length.unwrap_or(most);
            (length <= most).then_some(Self { start, length })
        };
        read().ok_or_else(|| BadNetwork(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn a_network_holds_what_begins_as_it_does() {
        for (network, address, holds) in [
            ("10.0.0.0/8", "10.200.3.4", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("::1", "::1", true),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("0.0.0.0/0", "203.0.113.5", true),
            ("0.0.0.0/0", "2001:db8::1", false),
        ] {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.holds(address.parse().unwrap()), holds, "{network:?} {address}");
        }
        for bad in ["", "proxy", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.1:80", "::/129", "1/8"] {
            assert_eq!(
                bad.parse::<Network>().unwrap_err().to_string(),
                format!("`{bad}` is no address and no network such as `10.0.0.0/8`")
            );
        }
    }
}
