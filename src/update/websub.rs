//! WebSub: what a feed offers, and what its hub brings.
//!
//! In: the `Link` fields and hints of an answer, or a signed delivery. Out: a hub and a
//! topic, or the same as a poll brings. A delivery may hold the whole feed or only what
//! is new, so nothing is ever missing from it, and it says nothing of validators,
//! due times or how the origin is.

use crate::collect::Facts;
use crate::map::feed::{MappedFeed, Reading};
use crate::model::{Delivery, Outcome, Problem};
use crate::parse::feed::Hints;
use crate::store::SourceState;
use crate::store::StoreError;
use crate::update::{Counts, flood};
use crate::update::{Done, Job, Stages, feed, put, report};
use ring::hmac;
use std::sync::Arc;
use url::{Host, Url};

/// A hub, and the topic under which it knows a feed (W3C WebSub §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The hub's address.
    pub hub: String,
    /// The feed's own address, as it says.
    pub topic: String,
}

/// What is known of a feed's hub after a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// The feed was not read: what it offered before holds.
    Unknown,
    /// It was read, and names no hub or not itself.
    Nothing,
    /// It names both.
    Hub(Offer),
}

/// What a feed offers that names both a hub and itself. `Link` fields come before
/// elements. A hub over plain http is none, unless it is this machine's: it would be told the
/// secret for everybody to hear, and anybody could send in its name.
pub(super) fn offer(facts: &Facts, hints: &Hints) -> Option<Offer> {
    let base = Url::parse(&facts.final_url).ok();
    let absolute = |href: &str| {
        let url = match &base {
            Some(base) => base.join(href.trim()),
            None => Url::parse(href.trim()),
        };
        url.ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
    };
    let linked: Vec<(String, String)> = facts.links.iter().flat_map(|field| links(field)).collect();
    let with = |rel: &str| {
        let fits = |(found, _): &&(String, String)| found.split_ascii_whitespace().any(|name| name == rel);
        linked.iter().filter(fits).filter_map(|(_, href)| absolute(href)).collect::<Vec<_>>()
    };
    let in_header = with("hub");
    let in_feed = || hints.hubs.iter().filter_map(|hub| absolute(hub)).collect();
    let hubs: Vec<String> = if in_header.is_empty() { in_feed() } else { in_header };
    let topic = with("self").into_iter().next();
    let topic = topic.or_else(|| hints.self_url.as_deref().and_then(absolute))?;
    let hub = hubs.into_iter().find(|hub| keeps_secrets(hub))?;
    Some(Offer { hub, topic })
}

fn keeps_secrets(hub: &str) -> bool {
    let Ok(hub) = Url::parse(hub) else { return false };
    let local = match hub.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        _ => false,
    };
    hub.scheme() == "https" || local
}

/// Relations (lower case) and addresses of one `Link` field (RFC 8288 §3).
fn links(field: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = field;
    while let Some((href, after)) = rest.split_once('<').and_then(|(_, link)| link.split_once('>')) {
        // The parameters go on to the next comma that stands in no quotes.
        let mut quoted = false;
        let end = after.find(|letter| {
            quoted ^= letter == '"';
            letter == ',' && !quoted
        });
        let (parameters, next) = after.split_at(end.unwrap_or(after.len()));
        let rel = parameters.split(';').find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("rel")
                .then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        found.extend(rel.map(|rel| (rel, href.to_owned())));
        rest = next;
    }
    found
}

/// Whether a body is signed with this secret: `X-Hub-Signature: METHOD=HEX` with one
/// of the methods of W3C WebSub §7.1. Compared in constant time.
pub fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = signature.trim().split_once('=') else { return false };
    let method = match method.to_ascii_lowercase().as_str() {
        "sha1" => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let nibble = |digit: &u8| char::from(*digit).to_digit(16);
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> = pairs
        .map(|pair| match pair {
            [high, low] => u8::try_from(nibble(high)? * 16 + nibble(low)?).ok(),
            _ => None,
        })
        .collect();
    bytes.is_some_and(|tag| hmac::verify(&hmac::Key::new(method, secret.as_bytes()), body, &tag).is_ok())
}

/// Stores what a hub brought for the source of this job; its signature was checked.
pub async fn deliver(stages: &Arc<Stages>, job: Job, delivery: &Arc<Delivery>) -> Done {
    // Never closed: there is always a place in the end.
    let _place = stages.places.acquire().await.ok();
    let (all, asked, delivery) = (Arc::clone(stages), job.clone(), Arc::clone(delivery));
    let store = move || bring(&all, &job, &delivery).unwrap_or_else(|error| untaken(&job, &error));
    let done = tokio::task::spawn_blocking(store).await;
    done.unwrap_or_else(|_| left(&asked, Outcome::Failed, "what a hub brought broke the reader"))
}

fn bring(stages: &Stages, job: &Job, delivery: &Delivery) -> Result<Done, StoreError> {
    // Its addresses count from where the feed is, wherever the hub stands.
    let base = job.state.current_location.clone().unwrap_or_default();
    let content_type = delivery.content_type.as_deref();
    let document = match crate::parse::feed::parse(&delivery.body, content_type, &base) {
        Ok(document) => document,
        Err(not_a_feed) => {
            return Ok(left(job, Outcome::Failed, &format!("a hub brought no feed: {}", not_a_feed.message)));
        }
    };
    if let Some(problem) = job.outlets.refuse(&document, &base) {
        return Ok(left(job, Outcome::Failed, &format!("what a hub brought: {}", problem.message)));
    }
    let mapped = crate::map::feed::map(&document, &base, Reading::of(&job.source));
    let (mut commit, mut counts, _) =
        feed::decide(stages, job, MappedFeed { complete: false, ..mapped }, &base)?;
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    let mut state = SourceState::clone(&job.state);
    state.outcome = state.outcome.filter(|outcome| *outcome == Outcome::Failed).or(Some(outcome));
    flood::note(stages, job, &mut state, (&mut commit, &mut counts))?;
    let done = put(&*stages.store, job, state, (commit, counts))?;
    // How the polls go is another matter, and stays in the state.
    let report = crate::model::SourceReport { outcome, ..done.report };
    Ok(Done { report, kept: job.kept.clone(), ..done })
}

fn untaken(job: &Job, error: &StoreError) -> Done {
    left(job, Outcome::Failed, &format!("what a hub brought could not be stored: {}", error.cause))
}

/// Nothing came of it, and nothing is changed by it.
fn left(job: &Job, outcome: Outcome, why: &str) -> Done {
    let state = SourceState::clone(&job.state);
    let mut report = report(&job.feed, &job.source, &state, outcome, Counts::default());
    report.problems = vec![Problem::warning(job.source.id.clone(), why)];
    Done { report, state, offer: Offered::Unknown, kept: job.kept.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(fields: &[&str], hubs: &[&str], topic: Option<&str>) -> Option<(String, String)> {
        let facts = Facts {
            final_url: "https://a.example/blog/feed".into(),
            links: fields.iter().map(|field| (*field).to_owned()).collect(),
            ..Facts::default()
        };
        let hints = Hints {
            hubs: hubs.iter().map(|hub| (*hub).to_owned()).collect(),
            self_url: topic.map(str::to_owned),
            ..Hints::default()
        };
        offer(&facts, &hints).map(|offer| (offer.hub, offer.topic))
    }

    #[test]
    fn hub_and_self_in_the_header_or_in_the_feed() {
        let both = |hub: &str, topic: &str| Some((hub.to_owned(), topic.to_owned()));
        let (hub, topic) = ("https://hub.example/", "https://a.example/feed");
        for (fields, hubs, own, expected) in [
            (&[][..], &[hub][..], Some(topic), both(hub, topic)),
            (&[], &[hub], None, None),
            (&[], &[], Some(topic), None),
            (&[], &["http://old.example/", hub], Some(topic), both(hub, topic)),
            (&[], &["http://old.example/"], Some(topic), None),
            (&[], &["http://127.0.0.1:8/"], Some(topic), both("http://127.0.0.1:8/", topic)),
            (&[], &[hub], Some("../x"), both(hub, "https://a.example/x")),
            (&[], &["javascript:alert(1)"], Some(topic), None),
            (
                &[
                    "<https://hub.example/>; rel=hub, <https://a.example/feed>; title=\"a, b\"; rel=\"alternate SELF\"",
                ],
                &["https://other.example/"],
                Some("https://other.example/feed"),
                both(hub, topic),
            ),
            (&["<https://hub.example/>;rel=hub", "</feed>; REL=self"], &[], None, both(hub, topic)),
            (&["<https://hub.example/>; rel=hub"], &[], Some(topic), both(hub, topic)),
            (&["<https://hub.example/; rel=hub", "hub", "<>", ",,<a>;=;rel"], &[], Some(topic), None),
        ] {
            assert_eq!(offered(fields, hubs, own), expected, "{fields:?} {hubs:?} {own:?}");
        }
    }

    #[test]
    fn signatures_of_every_method_and_none_that_is_off() {
        // RFC 2202 and RFC 4231, test case 2: key `Jefe`.
        let body = b"what do ya want for nothing?";
        let sha1 = "sha1=effcdf6ae5eb2fa2d27416d5f184df9c259a7c79";
        let sha256 = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let sha384 = "sha384=af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e\
                      8e2240ca5e69e2c78b3239ecfab21649";
        let sha512 = "SHA512=164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
                      9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
        for good in [sha1, sha256, sha384, sha512] {
            assert!(is_signed("Jefe", good, body), "{good}");
            assert!(!is_signed("jefe", good, body), "{good}");
            assert!(!is_signed("Jefe", good, b"what do ya want for nothing!"), "{good}");
            assert!(!is_signed("Jefe", &good[..good.len() - 1], body), "{good}");
            assert!(!is_signed("Jefe", &good[..good.len() - 2], body), "{good}");
        }
        for bad in ["", "sha1", "sha1=", "sha256=zz", "md5=effcdf6ae5eb2fa2d27416d5f184df9c", "sha1=é1"] {
            assert!(!is_signed("Jefe", bad, body), "{bad}");
        }
    }
}
