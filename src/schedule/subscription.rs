//! One subscription: what is asked of its hub, and how each answer changes it.
//!
//! Pure but for the secrets, which are made by chance.

use crate::collect::PostRequest;
use crate::store::{Stage, Subscription};
use crate::update::{self, Offer};
use chrono::{DateTime, TimeDelta, Utc};
use std::{net::IpAddr, time::Duration};
use url::{Host, Url};

/// The lease that is asked for; the hub decides.
const LEASE: Duration = Duration::from_hours(10 * 24);
/// A lease is renewed when this share of it is left …
const LEFT_AT_RENEWAL: i32 = 10;
/// … but never so often as this.
const LEAST_RENEWAL: TimeDelta = TimeDelta::minutes(5);
/// No lease counts for more.
const LONGEST_LEASE: u64 = 31 * 24 * 3600;
/// Characters of a hub's own words that are kept.
const LONGEST_REASON: usize = 200;
/// Of a callback's name: 128 bits.
const CALLBACK_DIGITS: usize = 32;

/// A subscription that is still to be asked for; `None` without randomness, which is
/// no time to make up secrets.
pub(super) fn begin(
    request: [u8; 32],
    Offer { hub, topic }: Offer,
    now: DateTime<Utc>,
) -> Option<Subscription> {
    Some(Subscription {
        request,
        hub,
        topic,
        callback: random()?.chars().take(CALLBACK_DIGITS).collect(),
        secret: random()?,
        stage: Stage::Wanted,
        lease_ends: None,
        next: Some(now),
        failures: 0,
        problem: None,
    })
}

/// 64 hexadecimal digits that nobody can guess.
fn random() -> Option<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(blake3::Hash::from_bytes(bytes).to_hex().to_string())
}

/// The hub sends from now on.
pub(super) fn hold(subscription: &mut Subscription, lease_seconds: Option<u64>, now: DateTime<Utc>) {
    let seconds = lease_seconds.unwrap_or(LEASE.as_secs()).min(LONGEST_LEASE);
    let lease = TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0));
    subscription.stage = Stage::Held;
    subscription.lease_ends = Some(now + lease);
    subscription.next = Some(now + (lease - lease / LEFT_AT_RENEWAL).max(LEAST_RENEWAL));
    subscription.failures = 0;
    subscription.problem = None;
    tracing::info!(hub = subscription.hub, topic = subscription.topic, seconds, "subscribed");
}

/// The clock was put back by so much: what it set ends as much earlier. One that was set before
/// the clock went wrong ends too early by that, and is renewed.
pub(super) fn put_back(subscription: &mut Subscription, by: TimeDelta) {
    subscription.lease_ends = subscription.lease_ends.map(|end| end - by);
    subscription.next = subscription.next.map(|next| next - by);
}

/// How far a subscription lies ahead of anything that a right clock sets.
pub(super) fn ahead(subscription: &Subscription, now: DateTime<Utc>) -> Option<TimeDelta> {
    let next = subscription.next?;
    let longest = TimeDelta::seconds(i64::try_from(LONGEST_LEASE).unwrap_or(0));
    (next > now + longest).then(|| next - now)
}

/// A request came to nothing; what is held of an older one goes on to its end.
pub(super) fn fail(subscription: &mut Subscription, why: String, wait: Option<Duration>, now: DateTime<Utc>) {
    subscription.failures = subscription.failures.saturating_add(1);
    subscription.stage = Stage::Wanted;
    let wait = update::back_off(subscription.failures).max(wait.unwrap_or_default());
    subscription.next = Some(now + wait.min(Duration::from_secs(LONGEST_LEASE)));
    subscription.problem = Some(why);
}

pub(super) fn message(subscription: &Subscription, callback: &str, now: DateTime<Utc>) -> PostRequest {
    let Subscription { hub, topic, secret, .. } = subscription;
    let lease = LEASE.as_secs().to_string();
    let common = [("hub.callback", callback), ("hub.topic", topic.as_str())];
    if subscription.stage == Stage::Leaving {
        return PostRequest::form(hub, &[&common[..], &[("hub.mode", "unsubscribe")]].concat(), now);
    }
    let more = [("hub.mode", "subscribe"), ("hub.lease_seconds", lease.as_str()), ("hub.secret", secret)];
    PostRequest::form(hub, &[&common[..], &more[..]].concat(), now)
}

/// Whether hubs can send to us: `base_url` is https, and names no machine of our own
/// network.
pub fn is_reachable(base_url: &str) -> bool {
    let url = Url::parse(base_url).ok().filter(|url| url.scheme() == "https");
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => {
            let local = [".local", ".internal", ".localhost", ".lan", ".home.arpa"];
            name.contains('.') && !local.iter().any(|end| name.ends_with(end))
        }
        Some(Host::Ipv4(address)) => crate::collect::is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => crate::collect::is_public(IpAddr::V6(address)),
        None => false,
    }
}

/// A hub's words, short and on one line.
pub(super) fn cut(text: &str) -> String {
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    line.trim().chars().take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hubs_reach_us_over_https_at_a_public_address_alone() {
        for (base_url, expected) in [
            ("https://feeds.example.org", true),
            ("https://example.org/feeds/", true),
            ("https://8.8.8.8:8443", true),
            ("http://feeds.example.org", false),
            ("https://localhost", false),
            ("https://mill.localhost", false),
            ("https://mill.local", false),
            ("https://mill", false),
            ("https://127.0.0.1", false),
            ("https://192.168.1.5", false),
            ("https://[fd00::1]", false),
        ] {
            assert_eq!(is_reachable(base_url), expected, "{base_url}");
        }
    }
}
