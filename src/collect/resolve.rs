//! Names → addresses that may be connected to.
//!
//! In: a host name, from the client, for one port. Out: the addresses that the
//! policy lets through; the client connects to exactly these, so nothing can be
//! swapped between the check and the connection. Never asked for a host that is an
//! address already: `http.rs` checks those on the URL.

use super::policy::Policy;
use super::policy::Refusal;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{error::Error, fmt, net::SocketAddr, sync::Arc};

/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Name and port → addresses.
pub(super) type Lookup = Arc<dyn Fn(&str, u16) -> Vec<SocketAddr> + Send + Sync>;

/// The resolver of the client for one port.
pub(super) struct Filtered {
    pub(super) policy: Arc<Policy>,
    pub(super) port: u16,
    /// Asked instead of the system.
    pub(super) lookup: Option<Lookup>,
    /// The operator's proxy, which may stand anywhere.
    pub(super) proxy_host: Option<String>,
}

/// A name without an address.
#[derive(Debug)]
pub(super) struct Unresolved {
    pub(super) name: String,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "could not resolve `{}`", self.name)
    }
}

impl Error for Unresolved {}

impl Resolve for Filtered {
    fn resolve(&self, name: Name) -> Resolving {
        let (policy, port) = (Arc::clone(&self.policy), self.port);
        let trusted = self.proxy_host.as_deref() == Some(name.as_str());
        let lookup = self.lookup.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found: Vec<SocketAddr> = match lookup {
                Some(lookup) => lookup(name, port),
                None => {
                    tokio::net::lookup_host((name, port)).await.map(Iterator::collect).unwrap_or_default()
                }
            };
            if found.is_empty() {
                return Err(Box::new(Unresolved { name: name.to_owned() }) as Box<dyn Error + Send + Sync>);
            }
            if trusted {
                // The proxy's port is its own, not that of the site asked for.
                let found: Vec<_> = found.iter().map(|found| SocketAddr::new(found.ip(), 0)).collect();
                return Ok(Box::new(found.into_iter()) as Addrs);
            }
            Ok(Box::new(permitted(&policy, name, found)?.into_iter()) as Addrs)
        })
    }
}

/// Those that may be asked; the first refusal where none may.
fn permitted(policy: &Policy, name: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Refusal> {
    let mut refused = None;
    let mut permitted = Vec::new();
    for address in found {
        match policy.check_address(Some(name), address) {
            Ok(()) if permitted.len() < MOST_ADDRESSES => permitted.push(address),
            Ok(()) => {}
            Err(refusal) => refused = refused.or(Some(refusal)),
        }
    }
    match refused {
        Some(refusal) if permitted.is_empty() => Err(refusal),
        _ => Ok(permitted),
    }
}
