//! Which addresses may be asked: http and https only, web ports, public addresses,
//! never ourselves.
//!
//! In: a parsed URL before each hop, and each resolved address before it is
//! connected to. Out: leave, or a [`Refusal`] that says why. Never opens a
//! connection, never resolves a name.
//!
//! The parsed host is judged, never its text: `url` has folded `2130706433`,
//! `0x7f.1` and fullwidth digits to an address by then.

use crate::model::Allow;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{Arc, PoisonError, RwLock},
};
use url::{Host, Url};

/// What may be fetched.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Private targets and odd ports that the operator lets through (`fetch.allow`).
    pub allow: Allowed,
    /// The addresses we listen on: refused whatever `allow` says.
    pub own_listeners: Vec<SocketAddr>,
    /// Our public address (`base_url`): nothing at or below it is fetched.
    pub own_url: Option<Url>,
}

/// What the operator lets through. Copies are one: what a reload sets holds for all.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Arc<RwLock<Vec<Allow>>>);

impl From<Vec<Allow>> for Allowed {
    fn from(allow: Vec<Allow>) -> Self {
        Self(Arc::new(RwLock::new(allow)))
    }
}

impl Allowed {
    /// These are let through from now on, and nothing else.
    pub fn set(&self, allow: Vec<Allow>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = allow;
    }

    fn any(&self, fits: impl FnMut(&Allow) -> bool) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(fits)
    }
}

/// Why a target may not be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is refused and why.
    pub reason: String,
    /// The `fetch.allow` entry that would let it through; `None` where nothing does.
    pub entry: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "blocked by policy: {}", self.reason)?;
        if self.entry.is_some() {
            formatter.write_str("; `fetch.allow` can let it through")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    fn for_good(reason: String) -> Self {
        Self { reason, entry: None }
    }

    fn unless_allowed(reason: String, host: &str, port: u16) -> Self {
        Self { reason, entry: Some(format!("{host}:{port}")) }
    }
}

impl Policy {
    /// Judges all of a URL that can be judged without resolving its name: scheme,
    /// port, whether it is ours, and an address that it names outright (which no
    /// resolver is ever asked for).
    ///
    /// # Errors
    /// Says what is refused.
    pub fn check_url(&self, url: &Url) -> Result<(), Refusal> {
        // First of all: `gopher://127.0.0.1` has no IP host in `url`'s eyes, only a name.
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Refusal::for_good(format!("`{}` is neither http nor https", url.scheme())));
        }
        if self.own_url.as_ref().is_some_and(|own| lies_below(url, own)) {
            return Err(Refusal::for_good(format!("`{url}` is our own address")));
        }
        let port = url.port_or_known_default().unwrap_or(0);
        match url.host() {
            Some(Host::Ipv4(address)) => self.check_address(None, SocketAddr::new(address.into(), port)),
            Some(Host::Ipv6(address)) => self.check_address(None, SocketAddr::new(address.into(), port)),
            Some(Host::Domain(name)) if is_web_port(port) || self.may_allow(name, port) => Ok(()),
            Some(Host::Domain(name)) => Err(odd_port(name, port)),
            None => Err(Refusal::for_good("a URL without a host".to_owned())),
        }
    }

    /// Judges an address right before it is connected to; `name` is the host name
    /// that led to it, `None` where the URL names the address itself.
    ///
    /// # Errors
    /// Says what is refused.
    pub fn check_address(&self, name: Option<&str>, target: SocketAddr) -> Result<(), Refusal> {
        let port = target.port();
        let shown = match target.ip() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        };
        if port == 0 {
            return Err(Refusal::for_good(format!("`{shown}` has port 0")));
        }
        if self.is_own(target) {
            return Err(Refusal::for_good(format!("{target} is our own address")));
        }
        if self.allow.any(|entry| entry.covers(name, target)) {
            return Ok(());
        }
        if !is_web_port(port) {
            return Err(odd_port(name.unwrap_or(&shown), port));
        }
        let address = target.ip();
        let Some((what, inner)) = not_public(address) else {
            return Ok(());
        };
        let reason = match (name, inner) {
            (None, None) => format!("{address} is {what}"),
            (None, Some(inner)) => format!("{address} leads to {inner}, {what}"),
            (Some(name), None) => format!("`{name}` is {address}, {what}"),
            (Some(name), Some(inner)) => format!("`{name}` is {address}, which leads to {inner}, {what}"),
        };
        Err(Refusal::unless_allowed(reason, name.unwrap_or(&shown), port))
    }

    /// Whether an entry could let this name through, whatever it resolves to.
    fn may_allow(&self, name: &str, port: u16) -> bool {
        self.allow.any(|entry| entry.may_cover(name, port))
    }

    fn is_own(&self, target: SocketAddr) -> bool {
        let address = target.ip().to_canonical();
        self.own_listeners.iter().any(|listener| {
            let own = listener.ip().to_canonical();
            listener.port() == target.port()
                && (own == address
                    || (own.is_unspecified() && is_local(address))
                    // Connecting to 0.0.0.0 or :: ends at the loopback interface.
                    || (own.is_loopback() && address.is_unspecified()))
        })
    }
}

fn odd_port(host: &str, port: u16) -> Refusal {
    if port == 0 {
        return Refusal::for_good(format!("`{host}` has port 0"));
    }
    Refusal::unless_allowed(format!("port {port} is no web port"), host, port)
}

/// Whether a URL is our public address or stands below it: such a one is never fetched.
pub fn is_own(url: &str, base_url: &str) -> bool {
    matches!((Url::parse(url), Url::parse(base_url)), (Ok(url), Ok(own)) if lies_below(&url, &own))
}

/// Whether a URL is `own` or stands below it.
fn lies_below(url: &Url, own: &Url) -> bool {
    let base = own.path().trim_end_matches('/');
    url.host() == own.host()
        && url.port_or_known_default() == own.port_or_known_default()
        && url.path().strip_prefix(base).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// 80, 443 and what is not reserved for system services, except those that the
/// Fetch standard blocks (§2.9 "Port blocking"), so that no request speaks to IRC or SIP.
fn is_web_port(port: u16) -> bool {
    match port {
        80 | 443 => true,
        1719
        | 1720
        | 1723
        | 2049
        | 3659
        | 4045
        | 4190
        | 5060
        | 5061
        | 6000
        | 6566
        | 6665..=6669
        | 6679
        | 6697
        | 10080 => false,
        other => other >= 1024,
    }
}

/// Whether one of this machine's interfaces has the address: only then can it be
/// bound. Nothing is sent.
fn is_local(address: IpAddr) -> bool {
    address.is_loopback() || address.is_unspecified() || UdpSocket::bind((address, 0)).is_ok()
}

/// Whether others can reach the address over the public net.
pub fn is_public(address: IpAddr) -> bool {
    not_public(address).is_none()
}

/// What kind of address it is where it isn't a public one, and the address that
/// packets to it end at where that is another.
fn not_public(address: IpAddr) -> Option<(&'static str, Option<Ipv4Addr>)> {
    match address {
        IpAddr::V4(address) => Some((not_public_v4(address)?, None)),
        IpAddr::V6(address) => match embedded_v4(address) {
            Some(inner) => Some((not_public_v4(inner)?, Some(inner))),
            None => Some((not_public_v6(address)?, None)),
        },
    }
}

/// The IANA special-purpose registry for IPv4 (RFC 6890).
fn not_public_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [0, ..] => "an unspecified address",
        [127, ..] => "a loopback address",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "a private address",
        [100, 64..=127, ..] => "a shared address (CGNAT)",
        [169, 254, ..] => "a link-local address",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "a documentation address",
        [192, 88, 99, _] => "a 6to4 relay address",
        [198, 18..=19, ..] => "a benchmarking address",
        [224..=239, ..] => "a multicast address",
        [255, 255, 255, 255] => "the broadcast address",
        [192, 0, 0, _] | [240..=255, ..] => "a reserved address",
        _ => return None,
    })
}

/// The same for IPv6; nothing outside `2000::/3` is global unicast.
fn not_public_v6(address: Ipv6Addr) -> Option<&'static str> {
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => "an unspecified address",
        [0, 0, 0, 0, 0, 0, 0, 1] => "a loopback address",
        [0, 0, 0, 0, 0, 0, ..] => "an IPv4-compatible address",
        [0xfc00..=0xfdff, ..] => "a private address",
        [0xfe80..=0xfebf, ..] => "a link-local address",
        [0xfec0..=0xfeff, ..] => "a site-local address",
        [0xff00..=0xffff, ..] => "a multicast address",
        [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => "a documentation address",
        [0x2001, 0, ..] => "a Teredo address",
        [0x2002, ..] => "a 6to4 address",
        // ISATAP: an IPv4 address in the interface part.
        [_, _, _, _, 0 | 0x0200, 0x5efe, ..] => "an ISATAP address",
        [0x2001, 0..=0x01ff, ..] => "a reserved address",
        [0x2000..=0x3fff, ..] => return None,
        _ => "a reserved address",
    })
}

/// The IPv4 address that packets to this one end at: mapped, or by way of the
/// well-known NAT64 prefix (RFC 6052), which IPv6-only networks use for every IPv4 site.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x0064, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(Ipv4Addr::from((u32::from(high) << 16) | u32::from(low)))
        }
        _ => None,
    }
}
