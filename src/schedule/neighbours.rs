//! Hosts that stand at one address: several names, one machine that is asked.
//!
//! The limits on a host hold for each address as well that it leads to, so that a hundred
//! blogs on one server are asked as one. Addresses are known from the last connection;
//! where there was none, the name is resolved first, in a place of its own among the feeds
//! that are fetched. Never decides where a connection goes: that is judged when it is made.

use crate::schedule::host::HostLimits;
use crate::schedule::{Finished, Place, Scheduler};
use crate::store::SourceRow;
use std::sync::Arc;

impl Scheduler {
    /// The hosts that a poll is known to touch, and the addresses that they are at; `None`
    /// where one has to be looked up.
    pub(super) fn hosts(&self, row: SourceRow) -> Option<Vec<(String, HostLimits)>> {
        let mut hosts: Vec<(String, HostLimits)> = Vec::new();
        for url in self.urls(row) {
            let addresses = self.stages.fetcher.addresses(&url)?;
            let among = addresses.is_empty().then(|| self.politeness.among(&url)).flatten();
            let at = addresses.into_iter().filter_map(|address| self.politeness.beside(&url, address));
            for (host, rules) in std::iter::once(self.politeness.of(&url)).chain(at).chain(among) {
                if !hosts.iter().any(|(known, _)| *known == host) {
                    hosts.push((host, rules.limits));
                }
            }
        }
        Some(hosts)
    }

    /// Resolves the hosts of a source, which then waits for a place again.
    pub(super) fn look_up(&mut self, row: SourceRow) {
        let urls = self.urls(row);
        let Some(task) = self.tasks.get_mut(&row) else { return };
        task.ready = true;
        let failing = task.state.failures > 0;
        let untried = !failing && !task.state.collected;
        self.busy.feeds += 1;
        self.busy.failing += usize::from(failing);
        self.busy.untried += usize::from(untried);
        let fetcher = Arc::clone(&self.stages.fetcher);
        self.running.spawn(async move {
            for url in &urls {
                fetcher.look_up(url).await;
            }
            let place = Place::Feed { failing, untried };
            Finished { place, hosts: Vec::new(), asked: None, done: Vec::new(), looked_up: Some(row) }
        });
    }
}
