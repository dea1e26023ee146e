//! What serves without collecting has in place of a scheduler: it knows when sources are
//! due, from the store, and hands nothing out to be done.

use crate::definition::{Definition, SourceKind};
use crate::model::{NoSuchFeed, Refresher, RunReport, Status, Waiting};
use crate::store::Store;
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, PoisonError, RwLock},
};

/// The source of a feed, by its feed's id and its own.
type Named = (String, String);

/// Looks on while another process collects.
pub(super) struct Onlooker {
    store: Arc<dyn Store>,
    user_agent: String,
    /// By feed: the sources that bring what is in it, those of feeds that it is made of too.
    sources: RwLock<BTreeMap<String, BTreeSet<Named>>>,
}

impl Onlooker {
    pub(super) fn new(store: Arc<dyn Store>, user_agent: &str) -> Self {
        Self { store, user_agent: user_agent.to_owned(), sources: RwLock::default() }
    }

    /// These definitions hold from now on.
    pub(super) fn redefine(&self, definitions: &[Definition]) {
        let sources = definitions.iter().map(|definition| {
            let id = definition.outlet.id.clone();
            let all = with_theirs(definitions, &id);
            (id, all)
        });
        *self.sources.write().unwrap_or_else(PoisonError::into_inner) = sources.collect();
    }
}

fn with_theirs(definitions: &[Definition], feed: &str) -> BTreeSet<Named> {
    let (mut feeds, mut found, mut next) = (vec![feed.to_owned()], BTreeSet::new(), 0);
    while let Some(id) = feeds.get(next).cloned() {
        next += 1;
        let of_feed = definitions.iter().filter(|definition| definition.outlet.id == id);
        for source in of_feed.flat_map(|definition| &definition.sources).filter(|source| source.enabled) {
            found.insert((id.clone(), source.id.clone()));
            if let SourceKind::From(more) = &source.kind {
                let new: Vec<String> = more.iter().filter(|id| !feeds.contains(id)).cloned().collect();
                feeds.extend(new);
            }
        }
    }
    found
}

impl Refresher for Onlooker {
    /// Nobody asks: such requests are handed on to who collects.
    fn refresh(&self, feeds: &[String]) -> Result<String, NoSuchFeed> {
        Err(NoSuchFeed { id: feeds.first().cloned().unwrap_or_default() })
    }

    fn run(&self, _id: &str) -> Option<RunReport> {
        None
    }

    fn wait(&self, _id: &str) -> Waiting {
        Box::pin(std::future::ready(()))
    }

    fn status(&self) -> Status {
        Status::default()
    }

    fn next_due(&self, feed: Option<&str>) -> Option<DateTime<Utc>> {
        let sources = self.sources.read().unwrap_or_else(PoisonError::into_inner);
        let wanted: BTreeSet<&Named> = match feed {
            Some(feed) => sources.get(feed).into_iter().flatten().collect(),
            None => sources.values().flatten().collect(),
        };
        let feeds: BTreeSet<&str> = wanted.iter().map(|(feed, _)| feed.as_str()).collect();
        let due = |feed: &str| {
            // Without an answer the longest time holds that documents may be kept.
            let dues = self.store.dues(feed).unwrap_or_default();
            let known = |id: &String| wanted.contains(&(feed.to_owned(), id.clone()));
            dues.into_iter().filter(|(id, _)| known(id)).map(|(_, due)| due).min()
        };
        feeds.into_iter().filter_map(due).min()
    }

    fn user_agent(&self) -> String {
        self.user_agent.clone()
    }
}
