//! What serves without collecting has in place of a scheduler: it knows from the store when
//! sources are due and how they stand, and hands nothing out to be done.

use crate::definition::{Definition, Source, with_theirs};
use crate::model::{FeedStatus, NoSuchFeed, Refresher, RunReport, SourceStatus, Status, Waiting};
use crate::schedule::{Redefinition, standing};
use crate::store::{SourceState, Store};
use chrono::{DateTime, Utc};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock},
};

/// Looks on while another process collects.
pub(super) struct Onlooker {
    store: Arc<dyn Store>,
    user_agent: String,
    /// By feed.
    feeds: RwLock<BTreeMap<String, Known>>,
}

/// What the definitions say of a feed.
struct Known {
    sources: Vec<Arc<Source>>,
    /// Whether its file is good.
    valid: bool,
    /// It and the feeds that it is made of: these bring what is in it.
    with_theirs: HashSet<String>,
}

impl Onlooker {
    pub(super) fn new(store: Arc<dyn Store>, user_agent: &str) -> Self {
        Self { store, user_agent: user_agent.to_owned(), feeds: RwLock::default() }
    }

    /// These definitions hold from now on.
    pub(super) fn redefine(&self, redefinition: Redefinition) {
        let Redefinition { definitions, problems, .. } = redefinition;
        let by_id: HashMap<&str, &Definition> =
            definitions.iter().map(|definition| (definition.outlet.id.as_str(), definition)).collect();
        let sources = |id: &str| {
            by_id.get(id).map(|found| found.sources.iter().map(|source| &**source)).into_iter().flatten()
        };
        let feeds = definitions.iter().map(|definition| {
            let id = definition.outlet.id.clone();
            let known = Known {
                sources: definition.sources.clone(),
                valid: !problems.contains_key(&id),
                with_theirs: with_theirs(std::slice::from_ref(&id), sources),
            };
            (id, known)
        });
        *self.feeds.write().unwrap_or_else(PoisonError::into_inner) = feeds.collect();
    }

    /// How a feed's sources stand. Without an answer of the store there is nothing to say.
    fn standing(&self, feed: &str, known: &Known) -> Vec<SourceStatus> {
        let states = self.store.sources(feed).unwrap_or_default();
        let states: HashMap<&str, &SourceState> =
            states.iter().map(|state| (state.id.as_str(), state)).collect();
        let of = |source: &Arc<Source>| states.get(source.id.as_str()).map(|state| standing(source, state));
        known.sources.iter().filter_map(of).collect()
    }
}

impl Refresher for Onlooker {
    /// Nobody asks: such requests are handed on to who collects.
    fn refresh(&self, feeds: &[String]) -> Result<String, NoSuchFeed> {
        Err(NoSuchFeed { id: feeds.first().cloned().unwrap_or_default(), ..NoSuchFeed::default() })
    }

    fn run(&self, _id: &str) -> Option<RunReport> {
        None
    }

    fn wait(&self, _id: &str) -> Waiting {
        Box::pin(std::future::ready(()))
    }

    /// What the page of all feeds shows; whoever asks for more is handed on.
    fn status(&self) -> Status {
        let feeds = self.feeds.read().unwrap_or_else(PoisonError::into_inner);
        let feeds = feeds.iter().map(|(id, known)| FeedStatus {
            feed: id.clone(),
            valid: known.valid,
            sources: self.standing(id, known),
            ..FeedStatus::default()
        });
        Status { feeds: feeds.collect(), ..Status::default() }
    }

    fn next_due(&self, feed: Option<&str>) -> Option<DateTime<Utc>> {
        let known = self.feeds.read().unwrap_or_else(PoisonError::into_inner);
        let is_enabled = |(feed, source, _): &(String, String, _)| {
            let sources = known.get(feed).map(|known| known.sources.iter()).into_iter().flatten();
            sources.filter(|known| known.enabled).any(|known| known.id == *source)
        };
        let first = |feed: Option<&str>| {
            // Without an answer the longest time holds that documents may be kept.
            let dues = self.store.dues(feed).unwrap_or_default();
            dues.into_iter().filter(is_enabled).map(|(_, _, due)| due).min()
        };
        match feed {
            Some(feed) => known.get(feed)?.with_theirs.iter().filter_map(|feed| first(Some(feed))).min(),
            None => first(None),
        }
    }

    fn user_agent(&self) -> String {
        self.user_agent.clone()
    }
}
