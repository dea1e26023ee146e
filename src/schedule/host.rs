//! Politeness a host: how many requests at once, how far apart they start, and
//! whether the host as a whole has to be left alone.
//!
//! In: which hosts, and the time. Out: go, or the time to ask again. Never waits itself.

use chrono::{DateTime, TimeDelta, Utc};
use std::{collections::HashMap, time::Duration};

/// So many URLs of a host must have said 429 or 503, with no good answer of the host
/// between them, before the others are left alone too: one broken route of a bridge is
/// not a busy bridge.
const STRIKES: usize = 3;

/// What holds for one host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostLimits {
    /// Requests at once.
    pub at_once: usize,
    /// Between starts.
    pub interval: Duration,
}

/// Who is being asked, and when each host may be asked next.
#[derive(Debug, Default)]
pub struct HostGate {
    hosts: HashMap<String, Host>,
}

#[derive(Debug, Default)]
struct Host {
    in_flight: usize,
    free_at: Option<DateTime<Utc>>,
    /// URLs that said 429 or 503 since the last good answer, and until when each is left alone.
    strikes: HashMap<[u8; 32], DateTime<Utc>>,
}

/// The gate's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gate {
    /// Go: the hosts are taken until [`HostGate::leave`].
    Open,
    /// Not before this time.
    NotBefore(DateTime<Utc>),
    /// Not before somebody leaves this host.
    Full(String),
}

impl HostGate {
    /// Asks to start a request now that is known to touch these hosts.
    pub fn enter(&mut self, hosts: &[(String, HostLimits)], now: DateTime<Utc>) -> Gate {
        for (name, limits) in hosts {
            let Some(host) = self.hosts.get(name) else { continue };
            if host.in_flight >= limits.at_once.max(1) {
                return Gate::Full(name.clone());
            }
            // A clock that jumped back must not lock a host for ever.
            let free_at = host.free_at.filter(|free_at| *free_at > now && *free_at <= now + limits.interval);
            if let Some(free_at) = free_at {
                return Gate::NotBefore(free_at);
            }
        }
        for (name, limits) in hosts {
            let host = self.hosts.entry(name.clone()).or_default();
            host.in_flight += 1;
            host.free_at = Some(now + limits.interval);
        }
        Gate::Open
    }

    /// A request to a host is over.
    pub fn leave(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.in_flight = entry.in_flight.saturating_sub(1);
        }
    }

    /// A host gave a good answer to some URL of its own: it is not busy.
    pub fn well(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.strikes.clear();
        }
    }

    /// A URL of a host said 429 or 503, and is left alone until then.
    pub fn busy(&mut self, host: &str, url: [u8; 32], until: DateTime<Utc>) {
        self.hosts.entry(host.to_owned()).or_default().strikes.insert(url, until);
    }

    /// Until when the whole host is left alone: until the first of those URLs may be
    /// asked again.
    pub fn held_until(&self, host: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let strikes = &self.hosts.get(host)?.strikes;
        let first = strikes.values().min().copied()?;
        (strikes.len() >= STRIKES && first > now).then_some(first)
    }

    /// The clock was put back by so much, from this time: what held then holds for as long as
    /// it still would have.
    pub fn put_back(&mut self, from: DateTime<Utc>, by: TimeDelta) {
        for host in self.hosts.values_mut() {
            host.strikes.retain(|_, until| *until > from);
            host.strikes.values_mut().for_each(|until| *until -= by);
        }
    }

    /// Forgets hosts that nobody waits for.
    pub fn tidy(&mut self, now: DateTime<Utc>) {
        self.hosts.retain(|_, host| {
            host.strikes.retain(|_, until| *until > now);
            host.in_flight > 0
                || host.free_at.is_some_and(|free_at| free_at > now)
                || !host.strikes.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_700_000_000, 0).unwrap()
    }

    fn one(host: &str) -> [(String, HostLimits); 1] {
        [(host.to_owned(), HostLimits { at_once: 1, interval: Duration::from_secs(1) })]
    }

    #[test]
    fn one_at_a_time_and_a_second_apart() {
        let mut gate = HostGate::default();
        assert_eq!(gate.enter(&one("a"), start()), Gate::Open);
        assert_eq!(gate.enter(&one("a"), start()), Gate::Full("a".into()));
        assert_eq!(gate.enter(&one("b"), start()), Gate::Open);
        gate.leave("a");
        assert_eq!(gate.enter(&one("a"), start()), Gate::NotBefore(start() + Duration::from_secs(1)));
        assert_eq!(gate.enter(&one("a"), start() + Duration::from_secs(1)), Gate::Open);
    }

    #[test]
    fn a_request_that_is_redirected_takes_its_turn_at_both_hosts_or_at_none() {
        let mut gate = HostGate::default();
        let both = [one("a"), one("b")].concat();
        assert_eq!(gate.enter(&one("b"), start()), Gate::Open);
        assert_eq!(gate.enter(&both, start()), Gate::Full("b".into()));
        assert_eq!(gate.enter(&one("a"), start()), Gate::Open);
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out() {
        let mut gate = HostGate::default();
        assert_eq!(gate.enter(&one("a"), start()), Gate::Open);
        gate.leave("a");
        assert_eq!(gate.enter(&one("a"), start() - Duration::from_hours(1)), Gate::Open);
    }

    #[test]
    fn three_urls_hold_a_host_until_the_first_may_be_asked_again() {
        let mut gate = HostGate::default();
        let hour = |hours: u64| start() + Duration::from_secs(3600 * hours);
        gate.busy("a", [1; 32], hour(3));
        gate.busy("a", [2; 32], hour(2));
        gate.busy("a", [2; 32], hour(4));
        assert_eq!(gate.held_until("a", start()), None);
        gate.busy("a", [3; 32], hour(5));
        assert_eq!(gate.held_until("a", start()), Some(hour(3)));
        assert_eq!(gate.held_until("a", hour(3)), None);
        gate.well("a");
        assert_eq!(gate.held_until("a", start()), None);
    }
}
