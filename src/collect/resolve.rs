//! Names → addresses that may be connected to.
//!
//! In: a host name, from the client, for one port. Out: the addresses that the
//! policy lets through; the client connects to exactly these, so nothing can be
//! swapped between the check and the connection. Never asked for a host that is an
//! address already: `http.rs` checks those on the URL.

use super::policy::Policy;
use super::policy::Refusal;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{
    collections::HashMap,
    error::Error,
    fmt,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Addresses of one name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Names that are remembered; beyond that all are forgotten.
const MOST_NAMES: usize = 100_000;

/// Name and port → addresses; blocks as long as it takes.
pub(super) type Lookup = Arc<dyn Fn(&str, u16) -> Vec<SocketAddr> + Send + Sync>;

/// Resolves names, and remembers where they led.
#[derive(Default)]
pub(super) struct Names {
    /// Asked instead of the system.
    lookup: Option<Lookup>,
    last: Mutex<HashMap<(String, u16), Vec<SocketAddr>>>,
}

impl Names {
    /// Asks this instead of the system.
    pub(super) fn asking(lookup: Lookup) -> Self {
        Self { lookup: Some(lookup), last: Mutex::default() }
    }

    /// Where a name led the last time; none where that was nowhere.
    pub(super) fn last(&self, name: &str, port: u16) -> Option<Vec<SocketAddr>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(&(name.to_owned(), port)).cloned()
    }

    /// Notes where a name leads now.
    pub(super) fn note(&self, name: &str, port: u16, addresses: Vec<SocketAddr>) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= MOST_NAMES {
            last.clear();
        }
        last.insert((name.to_owned(), port), addresses);
    }

    /// What the name has now, good or bad.
    async fn find(&self, name: &str, port: u16) -> Vec<SocketAddr> {
        let Some(lookup) = self.lookup.clone() else {
            return tokio::net::lookup_host((name, port)).await.map(Iterator::collect).unwrap_or_default();
        };
        let name = name.to_owned();
        tokio::task::spawn_blocking(move || lookup(&name, port)).await.unwrap_or_default()
    }

    /// Resolves and remembers.
    ///
    /// # Errors
    /// There is no such name, or nothing that it has may be asked.
    pub(super) async fn resolve(
        &self,
        policy: &Policy,
        name: &str,
        port: u16,
    ) -> Result<Vec<SocketAddr>, Box<dyn Error + Send + Sync>> {
        let found = self.find(name, port).await;
        if found.is_empty() {
            self.note(name, port, found);
            return Err(Box::new(Unresolved { name: name.to_owned() }));
        }
        let permitted = permitted(policy, name, found);
        self.note(name, port, permitted.clone().unwrap_or_default());
        Ok(permitted?)
    }
}

/// The resolver of the client for one port.
pub(super) struct Filtered {
    pub(super) policy: Arc<Policy>,
    pub(super) port: u16,
    pub(super) names: Arc<Names>,
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
        let names = Arc::clone(&self.names);
        Box::pin(async move {
            let name = name.as_str();
            if !trusted {
                return Ok(Box::new(names.resolve(&policy, name, port).await?.into_iter()) as Addrs);
            }
            let found = names.find(name, port).await;
            if found.is_empty() {
                return Err(Box::new(Unresolved { name: name.to_owned() }) as Box<dyn Error + Send + Sync>);
            }
            // The proxy's port is its own, not that of the site asked for.
            let found: Vec<_> = found.iter().map(|found| SocketAddr::new(found.ip(), 0)).collect();
            Ok(Box::new(found.into_iter()) as Addrs)
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
