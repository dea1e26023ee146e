//! Where to listen, and hosts as the config writes them.

use std::fmt;
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
    Unix(UnixSocket),
}

/// A socket in the file system, and who may connect to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnixSocket {
    /// Where it is made.
    pub path: PathBuf,
    /// Its permissions; `None`: what the daemon's umask leaves.
    pub mode: Option<u32>,
    /// The group that it belongs to, by name or number; `None`: the daemon's own.
    pub group: Option<String>,
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
            Self::Unix(socket) => write!(formatter, "unix:{}", socket.path.display()),
        }
    }
}

/// What stands after `unix:`: `PATH`, `PATH (MODE)` or `PATH (MODE, GROUP)`.
pub(super) fn split_rights(text: &str) -> Result<(&str, Option<u32>, Option<String>), String> {
    let Some((path, rights)) = text.strip_suffix(')').and_then(|text| text.rsplit_once(" (")) else {
        return Ok((text, None, None));
    };
    let (mode, group) = match rights.split_once(',') {
        Some((mode, group)) => (mode.trim(), Some(group.trim())),
        None => (rights.trim(), None),
    };
    if group == Some("") {
        return Err("expected a group after `,`".into());
    }
    Ok((path.trim_end(), Some(parse_mode(mode)?), group.map(str::to_owned)))
}

/// Permissions as `chmod` takes them in digits.
pub(super) fn parse_mode(text: &str) -> Result<u32, String> {
    u32::from_str_radix(text, 8)
        .ok()
        .filter(|mode| (1..=0o777).contains(mode))
        .ok_or_else(|| format!("expected permissions in octal such as `0660`, found `{text}`"))
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
