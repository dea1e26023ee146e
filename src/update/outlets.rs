//! Our own documents that come back as a source's feed.
//!
//! In: the definitions, our public address; a document. Out: whether it is one that holds
//! what the source brings: taking it in would make the feed grow at every poll. Such a
//! document is told by its self link, which every one of ours has. An alias is no mark of
//! ours: the site that we stand in for may still name it.

use crate::definition::{Definition, SourceKind};
use crate::model::{Access, Outlet, Problem};
use crate::parse::feed::FeedDocument;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};
use url::{Host, Url};

/// The built-in feed of every entry of every public feed.
const ALL: &str = "all";
/// What the last segment of a document's address ends in.
const EXTENSIONS: [&str; 3] = ["atom", "rss", "json"];
/// What the parts of a feed lie below.
const PARTS: [&str; 5] = ["category", "tag", "author", "source", "archive"];

/// Where what one feed's sources bring is published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outlets {
    /// Our public address; `None` where it is no URL.
    base: Option<Url>,
    /// Ids of the feed, of those that take from it, and what they were called before.
    feeds: BTreeSet<String>,
}

impl Outlets {
    /// Those of each of these definitions, in their order: of its feed and of all that
    /// take from it.
    pub fn of_each(definitions: &[Definition], base_url: &str) -> Vec<Arc<Self>> {
        let base = Url::parse(base_url).ok();
        let by_id: HashMap<&str, &Outlet> = definitions
            .iter()
            .map(|definition| (definition.outlet.id.as_str(), &*definition.outlet))
            .collect();
        let mut takers: HashMap<&str, Vec<&str>> = HashMap::new();
        for definition in definitions {
            let from = definition.sources.iter().filter_map(|source| match &source.kind {
                SourceKind::From(from) => Some(from),
                SourceKind::Posts(_) | SourceKind::Feed(_) => None,
            });
            for other in from.flatten() {
                takers.entry(other).or_default().push(&definition.outlet.id);
            }
        }
        let of = |definition: &Definition| {
            Arc::new(Self { base: base.clone(), feeds: all_names(&definition.outlet.id, &takers, &by_id) })
        };
        definitions.iter().map(of).collect()
    }

    /// Why this document is not taken in, where it is one of these; `at` is where it was found.
    pub(super) fn refuse(&self, document: &FeedDocument, at: &str) -> Option<Problem> {
        let named = document.hints.self_url.as_deref();
        let own = [named, Some(at)].into_iter().flatten().find(|address| self.holds(address, at))?;
        let message = format!("this is our own document `{own}`, which holds what this source brings");
        let help = "name the feed that it was made from, or take this source out";
        Some(Problem::error(at, message).with_help(help))
    }

    /// Whether this is the address of a document that holds what the feed's sources bring.
    /// A loopback address means this machine only in what was found on this machine.
    fn holds(&self, address: &str, found_at: &str) -> bool {
        let (Some(base), Ok(url)) = (&self.base, Url::parse(address)) else { return false };
        let near = !is_loopback(base) || Url::parse(found_at).is_ok_and(|found| is_loopback(&found));
        let same_port =
            url.port() == base.port() || url.port_or_known_default() == base.port_or_known_default();
        if !near || url.host() != base.host() || !same_port {
            return false;
        }
        let below = url.path().strip_prefix(base.path().trim_end_matches('/'));
        let Some(below) = below.and_then(|below| below.strip_prefix('/')) else { return false };
        let segments: Vec<&str> = below.split('/').collect();
        let segments = match segments.as_slice() {
            ["t", _token, rest @ ..] => rest,
            all => all,
        };
        let Some((stem, extension)) = segments.last().and_then(|last| last.rsplit_once('.')) else {
            return false;
        };
        let feed = match segments {
            [_only] => stem,
            [feed, part, _, ..] if PARTS.contains(part) => feed,
            _ => return false,
        };
        EXTENSIONS.contains(&extension) && self.feeds.contains(feed)
    }
}

/// What a feed and those that take from it are called, now and before; with `all` where
/// one of them is in it.
fn all_names(
    feed: &str,
    takers: &HashMap<&str, Vec<&str>>,
    by_id: &HashMap<&str, &Outlet>,
) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut ahead = vec![feed];
    while let Some(id) = ahead.pop() {
        if !names.insert(id.to_owned()) {
            continue;
        }
        ahead.extend(takers.get(id).into_iter().flatten());
        let Some(outlet) = by_id.get(id) else { continue };
        names.extend(outlet.was.iter().cloned());
        if outlet.in_all && outlet.access == Access::Public {
            names.insert(ALL.to_owned());
        }
    }
    names
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::Outlets;
    use std::collections::BTreeSet;
    use url::Url;

    fn outlets(base: &str) -> Outlets {
        Outlets { base: Url::parse(base).ok(), feeds: BTreeSet::from(["news".into(), "all".into()]) }
    }

    #[test]
    fn documents_of_ours_are_told_from_all_others() {
        let ours = outlets("https://mill.example/feeds/");
        for own in [
            "https://mill.example/feeds/news.atom",
            "http://mill.example/feeds/all.rss",
            "https://MILL.example:443/feeds/news.json?limit=3",
            "https://mill.example/feeds/news/category/a/b.atom",
            "https://mill.example/feeds/all/source/news/x.json",
            "https://mill.example/feeds/news/archive/3-ab/tag/x.rss",
            "https://mill.example/feeds/t/secret/news.rss",
        ] {
            assert!(ours.holds(own, "https://mirror.example/x"), "{own}");
        }
        for other in [
            "https://mill.example/news.atom",
            "https://mill.example/feeds/other.atom",
            "https://mill.example/feeds/news",
            "https://mill.example/feeds/news.xml",
            "https://mill.example/feeds/news/feed.atom",
            "https://mill.example/feedsnews.atom",
            "https://mill.example:8443/feeds/news.atom",
            "https://www.example/feeds/news.atom",
            "urn:uuid:1",
            "",
        ] {
            assert!(!ours.holds(other, "https://mirror.example/x"), "{other}");
        }
    }

    #[test]
    fn a_loopback_address_is_ours_on_this_machine_alone() {
        let ours = outlets("http://127.0.0.1:8787");
        let own = "http://127.0.0.1:8787/news.atom";
        assert!(ours.holds(own, "http://localhost:3000/proxy"));
        assert!(!ours.holds(own, "https://another.example/news.atom"));
    }
}
