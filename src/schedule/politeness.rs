//! How requests are spaced: what holds for every host, and for single ones.

use crate::schedule::host::HostLimits;
use std::{collections::HashMap, time::Duration};
use url::Url;

/// How requests are spaced.
#[derive(Debug, Clone)]
pub struct Politeness {
    /// Feeds fetched at once.
    pub at_once: usize,
    /// For every host without rules of its own.
    pub host: HostRules,
    /// What holds for single hosts, by `host:port` or `host`.
    pub hosts: HashMap<String, HostRules>,
}

/// What holds for one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostRules {
    /// How many requests, how far apart.
    pub limits: HostLimits,
    /// Between two requests to one URL.
    pub min_interval: Duration,
    /// Limit of one fetch, where it is not the general one.
    pub timeout: Option<Duration>,
}

impl Politeness {
    /// The host of a URL by the name that the gate knows it by, and what holds for it:
    /// rules for host and port, else for the host alone, else the general ones. A site
    /// on http and on https is one host.
    pub(super) fn of(&self, url: &str) -> (String, HostRules) {
        let parsed = Url::parse(url).ok();
        let place = parsed.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
        let Some((host, port)) = place else {
            return (url.to_owned(), self.host);
        };
        let whole = format!("{host}:{port}");
        let rules = self.hosts.get(&whole).or_else(|| self.hosts.get(host)).copied().unwrap_or(self.host);
        (if matches!(port, 80 | 443) { host.to_owned() } else { whole }, rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_for_host_and_port_come_before_those_for_the_host() {
        let rules = |seconds| HostRules {
            limits: HostLimits { at_once: 1, interval: Duration::from_secs(1) },
            min_interval: Duration::from_secs(seconds),
            timeout: None,
        };
        let hosts = [("bridge:8080".to_owned(), rules(2)), ("bridge".to_owned(), rules(3))].into();
        let politeness = Politeness { at_once: 1, host: rules(1), hosts };
        for (url, name, seconds) in [
            ("http://bridge:8080/?x", "bridge:8080", 2),
            ("https://BRIDGE/", "bridge", 3),
            ("http://bridge/", "bridge", 3),
            ("http://bridge:81/", "bridge:81", 3),
            ("https://example.org/", "example.org", 1),
            ("nonsense", "nonsense", 1),
        ] {
            assert_eq!(politeness.of(url), (name.to_owned(), rules(seconds)), "{url}");
        }
    }
}
