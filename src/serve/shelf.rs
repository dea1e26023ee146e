//! What is published now: every feed's outlet, and `all`.
//!
//! In: outlets, made from the definitions. Out: a snapshot that is swapped whole at a
//! reload, with a hash a feed that says whether its documents have to be made anew.

use crate::model::{Access, ContentMode, EntryOrder, Fate, Outlet, Pass};
use crate::serve::address::Address;
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
    pub outlet: Arc<Outlet>,
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
    /// Those that want a token, once for each that opens them.
    private: BTreeMap<String, Vec<(Pass, Arc<Shelved>)>>,
    /// Those that are published no more, or elsewhere, and to whom that is said.
    away: BTreeMap<String, (Access, Fate)>,
    /// What feeds are called now, by what they were called.
    was: BTreeMap<String, String>,
    /// Tells one snapshot from the next.
    pub(crate) number: u64,
}

impl Shelf {
    /// Puts these outlets on the shelf, and `all` where it is published.
    pub fn new(outlets: impl IntoIterator<Item: Into<Arc<Outlet>>>, all: &AllSettings) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let outlets: Vec<Arc<Outlet>> = outlets.into_iter().map(Into::into).collect();
        let mut shelf = Self {
            aliases: Aliases::new(&outlets),
            feeds: BTreeMap::new(),
            private: BTreeMap::new(),
            away: BTreeMap::new(),
            was: BTreeMap::new(),
            number: NUMBER.fetch_add(1, Ordering::Relaxed),
        };
        let mut members = Vec::new();
        for outlet in outlets {
            let (id, in_all) = (outlet.id.clone(), outlet.in_all);
            if shelf.put(outlet) && in_all {
                members.push(id);
            }
        }
        if all.publish {
            shelf.feeds.insert(ALL.to_owned(), shelved(Arc::new(all_outlet(all)), members));
        }
        shelf
    }

    /// Puts a feed where it belongs; whether that is where everybody sees it.
    fn put(&mut self, outlet: Arc<Outlet>) -> bool {
        let id = outlet.id.clone();
        self.was.extend(outlet.was.iter().map(|old| (old.clone(), id.clone())));
        if outlet.fate != Fate::Here {
            self.away.insert(id, (outlet.access.clone(), outlet.fate.clone()));
            return false;
        }
        if let Access::Token(passes) = &outlet.access {
            let opened = passes.iter().map(|pass| {
                let access = Access::Token(vec![pass.clone()]);
                (
                    pass.clone(),
                    shelved(Arc::new(Outlet { access, ..Outlet::clone(&outlet) }), vec![id.clone()]),
                )
            });
            let opened = opened.collect();
            self.private.insert(id, opened);
            return false;
        }
        self.feeds.insert(id.clone(), shelved(outlet, vec![id]));
        true
    }

    /// The feed of an address, which has its token where it needs one.
    pub(crate) fn of(&self, address: &Address) -> Option<&Arc<Shelved>> {
        match address.pass() {
            None => self.get(&address.feed),
            Some(pass) => {
                let opened = self.private.get(&address.feed)?;
                opened.iter().find(|(own, _)| own == pass).map(|(_, shelved)| shelved)
            }
        }
    }

    /// A feed that this token opens; takes the same time whatever is wrong with it.
    pub(crate) fn opened_by(&self, feed: &str, token: &str) -> Option<&Arc<Shelved>> {
        let token = blake3::hash(token.as_bytes());
        let mut found = None;
        for (pass, shelved) in self.private.get(feed).into_iter().flatten() {
            if opens(pass, &token) {
                found = Some(shelved);
            }
        }
        found
    }

    /// The feed that is shown to who has this token, or none.
    pub(crate) fn shown(&self, feed: &str, token: Option<&str>) -> Option<&Arc<Shelved>> {
        match token {
            Some(token) => self.opened_by(feed, token),
            None => self.get(feed),
        }
    }

    /// What has become of a feed that is not there, for who has this token, or none.
    pub(crate) fn away(&self, feed: &str, token: Option<&str>) -> Option<&Fate> {
        let (access, fate) = self.away.get(feed)?;
        let is_told = match (access, token) {
            (Access::Public, None) => true,
            (Access::Token(passes), Some(token)) => {
                let token = blake3::hash(token.as_bytes());
                passes.iter().fold(false, |told, pass| told | opens(pass, &token))
            }
            _ => false,
        };
        is_told.then_some(fate)
    }

    /// What a feed is called that was called so.
    pub(crate) fn now_called(&self, feed: &str) -> Option<&str> {
        self.was.get(feed).map(String::as_str)
    }

    /// A public feed by its id.
    pub fn get(&self, feed: &str) -> Option<&Arc<Shelved>> {
        self.feeds.get(feed)
    }

    /// Every public feed by id, `all` with them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Shelved>> {
        self.feeds.values()
    }

    /// The feeds that the index and the OPML name, `all` not among them.
    pub fn listed(&self) -> impl Iterator<Item = &Arc<Shelved>> {
        self.iter().filter(|shelved| shelved.outlet.listed && shelved.outlet.id != ALL)
    }
}

/// Whether this is the token that opens it. Hashes of blake3 compare in constant time.
fn opens(pass: &Pass, token: &blake3::Hash) -> bool {
    blake3::hash(pass.token.as_bytes()) == *token
}

fn shelved(outlet: Arc<Outlet>, feeds: Vec<String>) -> Arc<Shelved> {
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
        was: Vec::new(),
        fate: Fate::Here,
        access: Access::Public,
        hubs: Vec::new(),
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
        assert!(Shelf::new([plain_outlet("a")], &all(false)).get("all").is_none());
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
