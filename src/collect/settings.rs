//! How this daemon fetches: its limits and what it may reach, as the config has them.

use crate::model::Allow;
use std::{net::SocketAddr, time::Duration};

/// How this daemon fetches.
#[derive(Debug, Clone)]
pub struct FetchSettings {
    /// `name/version (+URL)`, the same in every request.
    pub user_agent: String,
    /// Limit of one fetch, redirects and body included.
    pub timeout: Duration,
    /// Limit of making a connection, name and TLS included.
    pub connect_timeout: Duration,
    /// Limit of every silence: until the answer begins, and between pieces of it.
    /// A request with a timeout of its own may take all of that to begin.
    pub idle_timeout: Duration,
    /// Largest body in bytes, on the wire and decoded.
    pub max_body: u64,
    /// Lowest rate of a body in bytes a second …
    pub min_rate: u64,
    /// … judged over this long. A fetch that may take no longer ends by its own limit, at the
    /// same time as a slow one would; this is for those that were given more.
    pub min_rate_over: Duration,
    /// All requests go through this proxy; it then resolves the names, and only
    /// addresses that stand in a URL can be judged here.
    pub proxy: Option<String>,
    /// Private targets that may be fetched.
    pub allow: Vec<Allow>,
    /// Where we listen: never fetched.
    pub own_listeners: Vec<SocketAddr>,
    /// Our public address: never fetched.
    pub own_url: Option<String>,
}

impl Default for FetchSettings {
    fn default() -> Self {
        Self {
            user_agent: concat!("feedmill/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(10),
            max_body: 10 * 1024 * 1024,
            min_rate: 1024,
            min_rate_over: Duration::from_secs(30),
            proxy: None,
            allow: Vec::new(),
            own_listeners: Vec::new(),
            own_url: None,
        }
    }
}
