//! Politeness a host: how many requests at once, and how far apart they start.
//!
//! In: which host, and the time. Out: go, or the time to ask again. Never waits itself.

use chrono::{DateTime, Utc};
use std::{collections::HashMap, time::Duration};

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
}

/// The gate's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Go: the host is taken until [`HostGate::leave`].
    Open,
    /// Not before this time.
    NotBefore(DateTime<Utc>),
    /// Not before somebody leaves.
    Full,
}

impl HostGate {
    /// Asks to start a request to a host now.
    pub fn enter(&mut self, host: &str, limits: HostLimits, now: DateTime<Utc>) -> Gate {
        let entry = self.hosts.entry(host.to_owned()).or_default();
        if entry.in_flight >= limits.at_once.max(1) {
            return Gate::Full;
        }
        if let Some(free_at) = entry.free_at.filter(|free_at| *free_at > now) {
            // A clock that jumped back must not lock a host for ever.
            if free_at <= now + limits.interval {
                return Gate::NotBefore(free_at);
            }
        }
        entry.in_flight += 1;
        entry.free_at = Some(now + limits.interval);
        Gate::Open
    }

    /// A request to a host is over.
    pub fn leave(&mut self, host: &str) {
        if let Some(entry) = self.hosts.get_mut(host) {
            entry.in_flight = entry.in_flight.saturating_sub(1);
        }
    }

    /// Forgets hosts that nobody waits for.
    pub fn tidy(&mut self, now: DateTime<Utc>) {
        self.hosts
            .retain(|_, host| host.in_flight > 0 || host.free_at.is_some_and(|free_at| free_at > now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_a_second_apart() {
        let limits = HostLimits {
            at_once: 1,
            interval: Duration::from_secs(1),
        };
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let mut gate = HostGate::default();
        assert_eq!(gate.enter("a", limits, start), Gate::Open);
        assert_eq!(gate.enter("a", limits, start), Gate::Full);
        assert_eq!(gate.enter("b", limits, start), Gate::Open);
        gate.leave("a");
        assert_eq!(
            gate.enter("a", limits, start),
            Gate::NotBefore(start + Duration::from_secs(1))
        );
        assert_eq!(
            gate.enter("a", limits, start + Duration::from_secs(1)),
            Gate::Open
        );
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out() {
        let limits = HostLimits {
            at_once: 1,
            interval: Duration::from_secs(1),
        };
        let start = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let mut gate = HostGate::default();
        assert_eq!(gate.enter("a", limits, start), Gate::Open);
        gate.leave("a");
        assert_eq!(
            gate.enter("a", limits, start - Duration::from_secs(3600)),
            Gate::Open
        );
    }
}
