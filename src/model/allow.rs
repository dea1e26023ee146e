//! One entry of `fetch.allow`: a private target that may be fetched all the same.
//!
//! In: its text. Out: an [`Allow`] that tells whether it covers a target. Never
//! resolves a name.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    str::FromStr,
};

/// A target that may be fetched: `10.0.0.5:8080`, `127.0.0.0/8`, `10.0.0.0/8:80`,
/// `[::1]:8080`, `fd00::/8`, `rss-bridge:80`. Without a port: all ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    who: Who,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    Network(IpAddr, u8),
    Name(String),
}

/// An entry that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadAllow {
    entry: String,
    why: &'static str,
}

impl fmt::Display for BadAllow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not an address, network or name: {}", self.entry, self.why)
    }
}

impl std::error::Error for BadAllow {}

impl Allow {
    /// Whether it lets this address through, reached by this name.
    pub(crate) fn covers(&self, name: Option<&str>, target: SocketAddr) -> bool {
        if self.port.is_some_and(|port| port != target.port()) {
            return false;
        }
        match &self.who {
            Who::Name(own) => name.is_some_and(|name| same_name(own, name)),
            Who::Network(network, length) => {
                let address = target.ip();
                in_network(address, *network, *length)
                    || in_network(address.to_canonical(), network.to_canonical(), *length)
            }
        }
    }

    /// Whether it may turn out to cover this name once that is resolved.
    pub(crate) fn may_cover(&self, name: &str, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
            && match &self.who {
                Who::Name(own) => same_name(own, name),
                Who::Network(..) => true,
            }
    }
}

impl FromStr for Allow {
    type Err = BadAllow;

    fn from_str(text: &str) -> Result<Self, BadAllow> {
        let bad = |why| BadAllow { entry: text.to_owned(), why };
        let text = text.trim();
        if text.contains("://") {
            return Err(bad("it is written without a scheme"));
        }
        let (host, port) = split_port(text).ok_or_else(|| bad("its port is not 1 to 65535"))?;
        let (address, length) = match host.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (host, None),
        };
        let who = match (address.parse::<IpAddr>(), length) {
            (Ok(address), None) => Who::Network(address, bits(address)),
            (Ok(address), Some(length)) => match length.parse::<u8>() {
                Ok(length) if length <= bits(address) => Who::Network(address, length),
                _ => return Err(bad("its network has no such length")),
            },
            (Err(_), Some(_)) => return Err(bad("only an address has a `/`")),
            (Err(_), None) => match url::Host::parse(address) {
                // As `url` reads it, so that `2130706433` here is what it is in a URL.
                Ok(url::Host::Ipv4(address)) => Who::Network(address.into(), 32),
                Ok(url::Host::Domain(name)) if is_name(&name) => Who::Name(name),
                _ => return Err(bad("that is no host name")),
            },
        };
        Ok(Self { who, port })
    }
}

/// Host and port; `None` where what stands for a port isn't one.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let port = |port: &str| port.parse::<u16>().ok().filter(|&port| port != 0);
    if let Some(rest) = text.strip_prefix('[') {
        let (host, tail) = rest.split_once(']')?;
        return match tail.strip_prefix(':') {
            Some(tail) => Some((host, Some(port(tail)?))),
            None if tail.is_empty() => Some((host, None)),
            None => None,
        };
    }
    match text.split_once(':') {
        // More than one colon and no brackets: an IPv6 address or network.
        Some((_, rest)) if rest.contains(':') => Some((text, None)),
        Some((host, rest)) => Some((host, Some(port(rest)?))),
        None => Some((text, None)),
    }
}

fn is_name(host: &str) -> bool {
    host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn same_name(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    bare(one) == bare(other)
}

pub(crate) fn in_network(address: IpAddr, network: IpAddr, length: u8) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(u32::from(length))).unwrap_or(0);
            Ipv4Addr::to_bits(address) & mask == Ipv4Addr::to_bits(network) & mask
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(u32::from(length))).unwrap_or(0);
            Ipv6Addr::to_bits(address) & mask == Ipv6Addr::to_bits(network) & mask
        }
        _ => false,
    }
}
