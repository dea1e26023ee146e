//! Who asks: for limits and the log, and for nothing else.
//!
//! In: the other end of a connection, a request's headers, the proxies that are trusted.
//! Out: an address. What `X-Forwarded-For` and `Forwarded` say counts only as far as
//! trusted proxies have written it. Never chooses a link, a name or a document.

use crate::model::Network;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use http::HeaderName;
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{Mutex, PoisonError},
};

/// So many wrong tokens from one client, in so long, and no more are looked at.
const MOST_WRONG: u32 = 10;
const WINDOW: TimeDelta = TimeDelta::minutes(1);

/// Clients kept in mind.
const MOST_CLIENTS: usize = 4096;

/// The other end of a request's connection; a socket in the file system counts as loopback.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Who asked first, as far as that is known: the nearest address that is no trusted proxy's.
pub(crate) fn client(peer: Peer, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
    let mut nearest = peer.0.to_canonical();
    if !is_trusted(nearest) {
        return nearest;
    }
    for claimed in claims(headers).into_iter().rev() {
        let Some(address) = claimed else { break };
        nearest = address.to_canonical();
        if !is_trusted(nearest) {
            break;
        }
    }
    nearest
}

/// The way of a request as its headers tell it, the first client first; `None` for what
/// is hidden or no address. `Forwarded` (RFC 7239) goes before its forerunner.
fn claims(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let all = |name: &'static str| {
        let values = headers.get_all(HeaderName::from_static(name)).iter();
        values.filter_map(|value| value.to_str().ok()).collect::<Vec<_>>().join(",")
    };
    let forwarded = all("forwarded");
    if forwarded.is_empty() {
        let forwarded = all("x-forwarded-for");
        return forwarded.split(',').filter(|part| !part.trim().is_empty()).map(node).collect();
    }
    let of = |element: &str| {
        element.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim().eq_ignore_ascii_case("for").then(|| node(value.trim().trim_matches('"')))?
        })
    };
    forwarded.split(',').map(of).collect()
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// Who showed wrong tokens of late.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<HashMap<IpAddr, (DateTime<Utc>, u32)>>);

impl Guesses {
    /// For how many seconds nothing is looked at from there; `None`: go on.
    pub(crate) fn wait(&self, client: IpAddr, now: DateTime<Utc>) -> Option<i64> {
        let guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = guesses.get(&household(client))?;
        let left = *since + WINDOW - now;
        (*count >= MOST_WRONG && left > TimeDelta::zero() && left <= WINDOW)
            .then(|| left.num_seconds().max(1))
    }

    /// Counts one more; whether it was the last that is looked at.
    pub(crate) fn wrong(&self, client: IpAddr, now: DateTime<Utc>) -> bool {
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |since: DateTime<Utc>| since <= now && since + WINDOW > now;
        if guesses.len() >= MOST_CLIENTS {
            guesses.retain(|_, (since, _)| fresh(*since));
        }
        if guesses.len() >= MOST_CLIENTS {
            guesses.clear();
        }
        let guess = guesses.entry(household(client)).or_insert((now, 0));
        if !fresh(guess.0) {
            *guess = (now, 0);
        }
        guess.1 += 1;
        guess.1 == MOST_WRONG
    }
}

/// One who has an IPv6 address has a whole /64 of them.
fn household(client: IpAddr) -> IpAddr {
    match client {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
        IpAddr::V4(_) => client,
    }
}

#[cfg(test)]
mod tests {
    use super::{Guesses, MOST_CLIENTS, Peer, client};
    use chrono::{DateTime, TimeDelta, Utc};
    use http::{HeaderMap, HeaderName, HeaderValue};
    use std::net::{IpAddr, Ipv4Addr};

    fn of(peer: &str, trusted: &[&str], headers: &[(&'static str, &'static str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let trusted: Vec<_> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        client(Peer(peer.parse().unwrap()), &map, &trusted).to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_counts() {
        let forwarded = "x-forwarded-for";
        for (peer, trusted, headers, expected) in [
            ("127.0.0.1", &[][..], &[(forwarded, "203.0.113.9")][..], "127.0.0.1"),
            ("127.0.0.1", &["127.0.0.0/8"], &[(forwarded, "203.0.113.9")], "203.0.113.9"),
            ("198.51.100.1", &["127.0.0.0/8"], &[(forwarded, "203.0.113.9")], "198.51.100.1"),
            ("::ffff:127.0.0.1", &["127.0.0.0/8"], &[(forwarded, "203.0.113.9")], "203.0.113.9"),
            // The client wrote the first itself.
            ("127.0.0.1", &["127.0.0.0/8"], &[(forwarded, "1.1.1.1, 203.0.113.9")], "203.0.113.9"),
            ("10.0.0.1", &["10.0.0.0/8"], &[(forwarded, "203.0.113.9, 10.0.0.2")], "203.0.113.9"),
            (
                "10.0.0.1",
                &["10.0.0.0/8"],
                &[(forwarded, "1.1.1.1"), (forwarded, "203.0.113.9")],
                "203.0.113.9",
            ),
            ("10.0.0.1", &["10.0.0.0/8"], &[(forwarded, "203.0.113.9, unknown")], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.0/8"], &[], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.0/8"], &[(forwarded, "[2001:db8::5]:4711")], "2001:db8::5"),
            (
                "::1",
                &["::1"],
                &[("forwarded", "for=1.1.1.1, For=\"[2001:db8::7]:80\";proto=https")],
                "2001:db8::7",
            ),
            ("::1", &["::1"], &[("forwarded", "for=_hidden"), (forwarded, "1.1.1.1")], "::1"),
            ("::1", &["::1"], &[("forwarded", "by=x;for=203.0.113.9:8080")], "203.0.113.9"),
        ] {
            assert_eq!(of(peer, trusted, headers), expected, "{peer} {trusted:?} {headers:?}");
        }
    }

    #[test]
    fn wrong_tokens_are_counted_for_a_minute() {
        let guesses = Guesses::default();
        let now: DateTime<Utc> = "2026-11-21T10:00:00Z".parse().unwrap();
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let same: IpAddr = "2001:db8::ffff".parse().unwrap();
        let other: IpAddr = "2001:db8:1::1".parse().unwrap();
        for count in 1..=10 {
            assert_eq!(guesses.wait(one, now), None);
            assert_eq!(guesses.wrong(one, now), count == 10);
        }
        assert_eq!((guesses.wait(same, now), guesses.wait(other, now)), (Some(60), None));
        assert_eq!(guesses.wait(one, now + TimeDelta::seconds(59)), Some(1));
        assert_eq!(guesses.wait(one, now + TimeDelta::seconds(60)), None);
        assert_eq!(
            guesses.wait(one, now - TimeDelta::days(1)),
            None,
            "a clock that was set back locks nobody out"
        );
        for number in 0..=u32::try_from(MOST_CLIENTS).unwrap() {
            guesses.wrong(Ipv4Addr::from_bits(number).into(), now);
        }
        assert!(guesses.0.lock().unwrap().len() <= MOST_CLIENTS);
    }
}
