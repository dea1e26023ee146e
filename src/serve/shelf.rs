//! What is published now: every feed's outlet, and `all`.
//!
//! In: outlets, made from the definitions. Out: a snapshot that is swapped whole at a
//! reload, with a hash a feed that says whether its documents have to be made anew.

use crate::model::{ContentMode, EntryOrder, Outlet};
use crate::serve::alias::Aliases;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The id of the feed that holds every public feed.
pub(crate) const ALL: &str = "all";

/// How `all` is put out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllSettings {
    /// Whether it is.
    pub publish: bool,
    /// Its title.
    pub title: String,
    /// Entries in a document.
    pub limit: usize,
}

/// One feed on the shelf.
#[derive(Debug, Clone)]
pub struct Shelved {
    /// How it is put out.
    pub outlet: Outlet,
    /// The feeds whose entries it holds: itself, or for `all` every one that is in it.
    pub feeds: Vec<String>,
    /// Changes when its documents may.
    pub hash: String,
}

/// Everything that is published, at one moment.
#[derive(Debug, Clone)]
pub struct Shelf {
    feeds: BTreeMap<String, Arc<Shelved>>,
    /// Old addresses that feeds go on answering.
    pub(crate) aliases: Aliases,
    /// Tells one snapshot from the next.
    pub(crate) number: u64,
}

impl Shelf {
    /// Puts these outlets on the shelf, and `all` where it is published.
    pub fn new(outlets: Vec<Outlet>, all: &AllSettings) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let mut feeds = BTreeMap::new();
        let aliases = Aliases::new(&outlets);
        if all.publish {
            let members =
                outlets.iter().filter(|outlet| outlet.in_all).map(|outlet| outlet.id.clone()).collect();
            feeds.insert(ALL.to_owned(), shelved(all_outlet(all), members));
        }
        for outlet in outlets {
            let id = outlet.id.clone();
            feeds.insert(id.clone(), shelved(outlet, vec![id]));
        }
        Self { feeds, aliases, number: NUMBER.fetch_add(1, Ordering::Relaxed) }
    }

    /// A feed by its id.
    pub fn get(&self, feed: &str) -> Option<&Arc<Shelved>> {
        self.feeds.get(feed)
    }

    /// Every feed by id, `all` with them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Shelved>> {
        self.feeds.values()
    }

    /// The feeds that the index and the OPML name, `all` not among them.
    pub fn listed(&self) -> impl Iterator<Item = &Arc<Shelved>> {
        self.iter().filter(|shelved| shelved.outlet.listed && shelved.outlet.id != ALL)
    }
}

fn shelved(outlet: Outlet, feeds: Vec<String>) -> Arc<Shelved> {
    // The debug form names every field, so no key can be forgotten here; should it
    // ever read differently, documents are made once more and come out the same.
    let hash = blake3::hash(format!("{outlet:?}\n{feeds:?}").as_bytes()).to_hex();
    Arc::new(Shelved { hash: hash.get(..16).unwrap_or_default().to_owned(), outlet, feeds })
}

fn all_outlet(all: &AllSettings) -> Outlet {
    Outlet { title: all.title.clone(), limit: all.limit, ..plain_outlet(ALL) }
}

/// An outlet that says nothing but its id.
pub(crate) fn plain_outlet(id: &str) -> Outlet {
    Outlet {
        id: id.to_owned(),
        group: Vec::new(),
        title: id.to_owned(),
        description: None,
        link: None,
        language: None,
        author: None,
        icon: None,
        rights: None,
        limit: 50,
        order: EntryOrder::Published,
        content: ContentMode::Full,
        listed: true,
        in_all: true,
        categories: BTreeMap::new(),
        sources: Vec::new(),
        aliases: Vec::new(),
        feed_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::{AllSettings, Shelf, plain_outlet};

    fn all(publish: bool) -> AllSettings {
        AllSettings { publish, title: "Everything".into(), limit: 50 }
    }

    #[test]
    fn all_holds_the_feeds_that_are_in_it() {
        let mut hidden = plain_outlet("b");
        hidden.in_all = false;
        let shelf = Shelf::new(vec![plain_outlet("a"), hidden], &all(true));
        let everything = shelf.get("all").unwrap();
        assert_eq!(everything.feeds, ["a"]);
        assert_eq!(everything.outlet.title, "Everything");
        let listed: Vec<_> = shelf.listed().map(|feed| feed.outlet.id.as_str()).collect();
        assert_eq!(listed, ["a", "b"]);
        assert!(Shelf::new(Vec::new(), &all(false)).get("all").is_none());
    }

    #[test]
    fn the_hash_moves_with_the_definition_alone() {
        let hash = |title: &str| {
            let mut outlet = plain_outlet("a");
            outlet.title = title.into();
            Shelf::new(vec![outlet], &all(true)).get("a").unwrap().hash.clone()
        };
        assert_eq!(hash("one"), hash("one"));
        assert_ne!(hash("one"), hash("two"));
    }
}
