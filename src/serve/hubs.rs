//! Which hubs a document names, and how.
//!
//! In: an outlet, the public address. Out: the addresses of its hubs, a `Link` field. Never asks
//! a hub for anything.

use crate::model::{Access, Hub};
use crate::serve::shelf::Shelved;

/// Where our own hub takes requests.
pub(crate) const HUB: &str = "/hub";

/// The addresses of a feed's hubs; none where it needs a token.
pub(crate) fn hubs(shelved: &Shelved, base_url: &str) -> Vec<String> {
    if shelved.outlet.access != Access::Public {
        return Vec::new();
    }
    let hubs = shelved.outlet.hubs.iter();
    hubs.map(|hub| match hub {
        Hub::Builtin => format!("{base_url}{HUB}"),
        Hub::At(url) => url.clone(),
    })
    .collect()
}

/// The `Link` field of a document: its hubs and its own address.
pub(crate) fn link(hubs: &[String], self_url: &str) -> Option<String> {
    if hubs.is_empty() {
        return None;
    }
    let link = |(url, rel): (&str, &str)| format!("<{url}>; rel=\"{rel}\"");
    let hubs = hubs.iter().map(|hub| (hub.as_str(), "hub"));
    Some(hubs.chain([(self_url, "self")]).map(link).collect::<Vec<_>>().join(", "))
}
