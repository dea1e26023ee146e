//! Two readings of the config → what a running daemon can take on of the later one.

use crate::config::read::listens_at;
use crate::config::{Config, Fetch, Http, Log};

/// The keys that another reading of the config has otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Those that hold at once.
    pub at_once: Vec<&'static str>,
    /// Those that hold after a restart.
    pub restart: Vec<&'static str>,
}

impl Config {
    /// What a later reading has otherwise than this one, which a daemon runs by.
    pub fn changed(&self, new: &Self) -> Changed {
        let at_once = [
            ("feeds", self.feeds != new.feeds),
            ("log.level", self.log.level != new.log.level),
            ("http.max_age", self.http.max_age != new.http.max_age),
            ("fetch.allow", self.fetch.allow != new.fetch.allow),
            ("all", self.all != new.all),
            ("defaults", self.defaults != new.defaults),
        ];
        // What follows from `state` alone is named with it.
        let moved = self.state != new.state;
        // So with `listen`.
        let follows = self.listen != new.listen && new.base_url == listens_at(&new.listen);
        let mut fetch = Fetch { allow: self.fetch.allow.clone(), ..new.fetch.clone() };
        if self.base_url != new.base_url {
            // It names that address.
            fetch.user_agent.clone_from(&self.fetch.user_agent);
        }
        let restart = [
            ("listen", self.listen != new.listen),
            ("base_url", !follows && self.base_url != new.base_url),
            ("state", moved),
            ("store", self.store != new.store),
            ("log.format", self.log.format != new.log.format),
            ("fetch", self.fetch != fetch),
            ("api", !moved && self.api != new.api),
            ("control", !moved && self.control != new.control),
            ("http.trusted_proxy", self.http.trusted_proxy != new.http.trusted_proxy),
            ("http.max_connections", self.http.max_connections != new.http.max_connections),
            ("retention", self.retention != new.retention),
            ("on_failure", self.on_failure != new.on_failure),
        ];
        let named = |keys: &[(&'static str, bool)]| {
            keys.iter().filter(|(_, changed)| *changed).map(|(key, _)| *key).collect()
        };
        Changed { at_once: named(&at_once), restart: named(&restart) }
    }

    /// This one with what holds at once of a later reading.
    #[must_use]
    pub fn taking_on(&self, new: Self) -> Self {
        Self {
            feeds: new.feeds,
            feeds_named: new.feeds_named,
            log: Log { level: new.log.level, ..self.log },
            http: Http { max_age: new.http.max_age, ..self.http.clone() },
            fetch: Fetch { allow: new.fetch.allow, ..self.fetch.clone() },
            all: new.all,
            defaults: new.defaults,
            ..self.clone()
        }
    }
}
