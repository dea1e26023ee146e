//! What a feed offers to those who would be told of its changes (W3C WebSub §4).
//!
//! In: the `Link` fields and hints of an answer. Out: a hub and a topic. Never asks the hub.

use crate::collect::Facts;
use crate::parse::feed::Hints;
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

#[cfg(test)]
mod tests {
    use super::offer;
    use crate::collect::Facts;
    use crate::parse::feed::Hints;

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
}
