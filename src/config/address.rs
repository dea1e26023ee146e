//! Where to listen, and which private targets may be fetched, as the config writes them.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where to listen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address and a port; port 0 is any that is free.
    Tcp {
        /// A name or an address, without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Listen {
    /// Reads `host:port`; the error says what was expected.
    pub fn parse_tcp(text: &str) -> Result<Self, String> {
        let wrong = || format!("expected `host:port` or `unix:PATH`, found `{text}`");
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let bare = bare_host(host).ok_or_else(wrong)?;
        Ok(Self::Tcp { host: bare.to_owned(), port: parse_port(port).ok_or_else(wrong)? })
    }
}

impl fmt::Display for Listen {
    /// As it is written.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(formatter, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(formatter, "{host}:{port}"),
            Self::Unix(path) => write!(formatter, "unix:{}", path.display()),
        }
    }
}

/// A private target that may be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// Which hosts.
    pub target: AllowTarget,
    /// Which port; `None` is every one.
    pub port: Option<u16>,
}

/// Which hosts an [`Allow`] names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowTarget {
    /// A host by its name, in lower case: whatever it resolves to.
    Name(String),
    /// The addresses that share their first `prefix` bits with this one.
    Network {
        /// Any address of the network.
        address: IpAddr,
        /// 0–32, or 0–128 for IPv6.
        prefix: u8,
    },
}

impl Allow {
    /// Reads `10.0.0.5:8080`, `127.0.0.0/8`, `[fd00::/8]:80`, `::1`, `rss-bridge:80`;
    /// the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "expected an address, a network or a host, such as `10.0.0.5:8080`, `127.0.0.0/8` or `rss-bridge:80`, found `{text}`"
            )
        };
        if let Some(target) = parse_network(text) {
            return Ok(Self { target, port: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(parse_port(port).filter(|port| *port > 0).ok_or_else(wrong)?)),
            None => (text, None),
        };
        let bracketed = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let target = match parse_network(bracketed.unwrap_or(host)) {
            Some(target) => target,
            None if bracketed.is_none() && is_name(host) => AllowTarget::Name(host.to_ascii_lowercase()),
            None => return Err(wrong()),
        };
        Ok(Self { target, port })
    }
}

impl fmt::Display for Allow {
    /// As it is written.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match &self.target {
            AllowTarget::Name(name) => name.clone(),
            AllowTarget::Network { address, prefix } if *prefix == bits(*address) => address.to_string(),
            AllowTarget::Network { address, prefix } => format!("{address}/{prefix}"),
        };
        match self.port {
            None => formatter.write_str(&target),
            Some(port) if target.contains(':') => write!(formatter, "[{target}]:{port}"),
            Some(port) => write!(formatter, "{target}:{port}"),
        }
    }
}

/// A host as a key of `fetch.hosts`: `host` or `host:port`, lower case.
pub(super) fn parse_host_key(text: &str) -> Result<String, String> {
    let wrong = || format!("expected `host` or `host:port`, found `{text}`");
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    bare_host(host).ok_or_else(wrong)?;
    if port.is_some_and(|port| parse_port(port).is_none_or(|port| port == 0)) {
        return Err(wrong());
    }
    Ok(text.to_ascii_lowercase())
}

fn bits(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn parse_network(text: &str) -> Option<AllowTarget> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(prefix)),
        None => (text, None),
    };
    let address: IpAddr = address.parse().ok()?;
    let prefix = match prefix {
        None => bits(address),
        Some(prefix) => prefix.parse().ok().filter(|bits_of_prefix| *bits_of_prefix <= bits(address))?,
    };
    Some(AllowTarget::Network { address, prefix })
}

fn parse_port(text: &str) -> Option<u16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// A host without its brackets; only an IPv6 address has them.
fn bare_host(host: &str) -> Option<&str> {
    match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').filter(|address| address.parse::<std::net::Ipv6Addr>().is_ok()),
        None => is_name(host).then_some(host),
    }
}

fn is_name(host: &str) -> bool {
    !host.is_empty()
        && !host.starts_with(['.', '-'])
        && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_allowed() {
        for text in [
            "10.0.0.5:8080",
            "127.0.0.0/8",
            "rss-bridge:80",
            "rss-bridge",
            "[fd00::/8]:80",
            "::1",
            "[::1]:8080",
        ] {
            assert_eq!(Allow::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "10.0.0.0/33",
            "a b",
            "host:0",
            "host:port",
            "host:",
            "http://x",
            "[rss-bridge]:80",
            "[::1",
            "*",
        ] {
            assert!(Allow::parse(text).is_err(), "{text}");
        }
    }
}
