//! How requests are spaced: what holds for every host, and for single ones.

use crate::schedule::host::HostLimits;
use std::{collections::HashMap, net::SocketAddr, time::Duration};
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
        let Some((host, port)) = place(url) else {
            return (url.to_owned(), self.host);
        };
        let rules = self.own_rules(&host, port).unwrap_or(self.host);
        (if matches!(port, 80 | 443) { host } else { format!("{host}:{port}") }, rules)
    }

    /// An address that a host's name leads to, as if a URL named it; none where the
    /// operator has written rules for the host: they stand instead of those of its address.
    pub(super) fn beside(&self, url: &str, address: SocketAddr) -> Option<(String, HostRules)> {
        let (host, port) = place(url)?;
        self.own_rules(&host, port).is_none().then(|| self.of(&format!("http://{address}/")))
    }

    /// Where a host's address isn't known (a proxy resolves it): all names of its registrable
    /// domain are taken for one host; none where the operator has written rules for it.
    pub(super) fn among(&self, url: &str) -> Option<(String, HostRules)> {
        let (host, port) = place(url)?;
        let domain = domain(&host).filter(|_| self.own_rules(&host, port).is_none())?;
        Some(self.of(&format!("https://{domain}/")))
    }

    fn own_rules(&self, host: &str, port: u16) -> Option<HostRules> {
        self.hosts.get(&format!("{host}:{port}")).or_else(|| self.hosts.get(host)).copied()
    }
}

/// The registrable domain of a name as far as it can be told without a list of every
/// registry's: the last two labels, three where the last but one is what registries of
/// countries have below them.
fn domain(host: &str) -> Option<String> {
    let registries = ["ac", "co", "com", "edu", "go", "gov", "ne", "net", "or", "org"];
    let mut labels = host.trim_end_matches('.').rsplit('.');
    let (top, second, third) = (labels.next()?, labels.next()?, labels.next());
    if top.is_empty() || top.ends_with(|last: char| last.is_ascii_digit() || last == ']') {
        return None;
    }
    match third {
        Some(third) if top.len() == 2 && registries.contains(&second) => {
            Some(format!("{third}.{second}.{top}"))
        }
        _ => Some(format!("{second}.{top}")),
    }
}

/// Host and port of a URL.
fn place(url: &str) -> Option<(String, u16)> {
    let url = Url::parse(url).ok()?;
    Some((url.host_str()?.to_owned(), url.port_or_known_default()?))
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

    #[test]
    fn domains_as_registries_give_them() {
        for (host, expected) in [
            ("example.org", Some("example.org")),
            ("a.b.example.org", Some("example.org")),
            ("a.example.co.uk", Some("example.co.uk")),
            ("example.com.cn", Some("example.com.cn")),
            ("a.t.co", Some("t.co")),
            ("localhost", None),
            ("203.0.113.9", None),
            ("[2001:db8::1]", None),
        ] {
            assert_eq!(domain(host).as_deref(), expected, "{host}");
        }
    }

    #[test]
    fn an_address_has_rules_of_its_own_or_gives_way_to_those_of_the_host() {
        let rules = |seconds| HostRules {
            limits: HostLimits { at_once: 1, interval: Duration::from_secs(1) },
            min_interval: Duration::from_secs(seconds),
            timeout: None,
        };
        let hosts = [("bridge:8080".to_owned(), rules(2)), ("203.0.113.9".to_owned(), rules(3))].into();
        let politeness = Politeness { at_once: 1, host: rules(1), hosts };
        for (url, address, expected) in [
            ("http://bridge:8080/?x", "203.0.113.9:8080", None),
            ("http://bridge/", "203.0.113.9:80", Some(("203.0.113.9", rules(3)))),
            ("https://a.example/", "203.0.113.8:443", Some(("203.0.113.8", rules(1)))),
            ("http://a.example:81/", "[2001:db8::1]:81", Some(("[2001:db8::1]:81", rules(1)))),
        ] {
            let expected = expected.map(|(name, rules)| (name.to_owned(), rules));
            assert_eq!(politeness.beside(url, address.parse().unwrap()), expected, "{url}");
        }
    }
}
