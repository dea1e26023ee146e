//! What the scheduler shows to others: every feed and source as it stands, and the
//! runs of late. The scheduler writes it; status, serving and the API read it.

use crate::definition::{Definition, Source, SourceKind, with_theirs};
use crate::model::{FeedStatus, Problem, Ran, SourceStatus, Status};
use crate::schedule::lateness::Lateness;
use crate::schedule::runs::Runs;
use crate::store::{Damage, FeedFacts, SourceRow, SourceState, Store};
use crate::update;
use chrono::{DateTime, Utc};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

/// Problems shown of one source; a folder of ten thousand broken posts has more.
const PROBLEMS_SHOWN: usize = 100;

/// Collections remembered of each source, for the plot.
const HISTORY: usize = 40;

/// The shared picture.
#[derive(Debug, Default)]
pub(super) struct Board {
    pub(super) started: Option<DateTime<Utc>>,
    /// When an entry that is stored appears or goes the next time.
    pub(super) turn: Option<DateTime<Utc>>,
    pub(super) feeds: Vec<BoardFeed>,
    pub(super) sources: HashMap<SourceRow, BoardSource>,
    pub(super) runs: Runs,
    /// Sources that wait for their time, that wait for a place, collections that run.
    pub(super) load: [usize; 3],
    /// Folders that nobody watches, and why.
    pub(super) unwatched: Vec<Problem>,
    /// How subscriptions stand, in words.
    pub(super) subscriptions: HashMap<SourceRow, String>,
    /// Of sources that were well, and of those that had failed the last time.
    pub(super) lateness: [Lateness; 2],
}

/// One feed on the board.
#[derive(Debug, Clone)]
pub(super) struct BoardFeed {
    pub(super) id: String,
    pub(super) valid: bool,
    pub(super) problems: Vec<Problem>,
    pub(super) sources: Vec<SourceRow>,
}

/// One source on the board.
#[derive(Debug, Clone)]
pub(super) struct BoardSource {
    pub(super) feed: String,
    pub(super) source: Arc<Source>,
    pub(super) state: Arc<SourceState>,
    /// How its last collections ended.
    pub(super) history: VecDeque<Ran>,
}

/// What the store knows of what is on the board.
pub(super) struct Known {
    counts: HashMap<SourceRow, usize>,
    damage: Vec<Damage>,
    feeds: HashMap<String, FeedFacts>,
}

impl Known {
    /// Asks the store of these feeds. Without its answers the rest of the picture is still
    /// worth having.
    pub(super) fn of(store: &dyn Store, feeds: Vec<String>) -> Self {
        let facts = |id: String| Some((store.feed(&id).ok().flatten()?, id));
        Self {
            counts: store.counts().unwrap_or_default().into_iter().collect(),
            damage: store.damage(),
            feeds: feeds.into_iter().filter_map(facts).map(|(facts, id)| (id, facts)).collect(),
        }
    }
}

impl Board {
    /// Puts these definitions and the states that go with them on the board.
    /// `problems` are those of the feed files, told apart by feed id.
    pub(super) fn set(
        &mut self,
        definitions: &[Definition],
        states: Vec<Arc<SourceState>>,
        problems: &HashMap<String, Vec<Problem>>,
    ) {
        let mut states = states.into_iter();
        self.feeds.clear();
        let mut before = std::mem::take(&mut self.sources);
        for definition in definitions {
            let id = definition.outlet.id.clone();
            let mut rows = Vec::new();
            for (source, state) in definition.sources.iter().zip(states.by_ref()) {
                rows.push(state.row);
                let history = before.remove(&state.row).map(|source| source.history).unwrap_or_default();
                let source = BoardSource { feed: id.clone(), source: Arc::clone(source), state, history };
                self.sources.insert(source.state.row, source);
            }
            let problems = problems.get(&id).cloned().unwrap_or_default();
            self.feeds.push(BoardFeed { valid: problems.is_empty(), id, problems, sources: rows });
        }
        for (id, problems) in problems {
            if !self.feeds.iter().any(|feed| feed.id == *id) {
                let feed = BoardFeed {
                    id: id.clone(),
                    valid: false,
                    problems: problems.clone(),
                    sources: Vec::new(),
                };
                self.feeds.push(feed);
            }
        }
        self.feeds.sort_by(|a, b| a.id.cmp(&b.id));
    }

    /// The picture with what the store knows, which is asked before the board is taken: what
    /// waits for a store must not keep the scheduler from its board.
    pub(super) fn status(&self, known: &Known) -> Status {
        let feeds = self.feeds.iter().map(|feed| {
            let met = known.damage.iter().filter(|damage| damage.feed == feed.id);
            let met = met.map(|damage| Problem::error("store", damage.message.clone()));
            let facts = known.feeds.get(&feed.id);
            let sources = feed.sources.iter().filter_map(|row| self.sources.get(row));
            FeedStatus {
                feed: feed.id.clone(),
                valid: feed.valid,
                entries: facts.map_or(0, |facts| facts.entries),
                updated: facts.filter(|facts| facts.sequence > 0).map(|facts| facts.changed_at),
                problems: feed.problems.iter().cloned().chain(met).collect(),
                sources: sources.map(|source| self.source_status(source, &known.counts)).collect(),
            }
        });
        Status { version: env!("CARGO_PKG_VERSION").into(), started: self.started, feeds: feeds.collect() }
    }

    fn source_status(&self, source: &BoardSource, counts: &HashMap<SourceRow, usize>) -> SourceStatus {
        let row = &source.state.row;
        let subscription = self.subscriptions.get(row).cloned();
        let mut status = SourceStatus { subscription, ..source.status(counts.get(row)) };
        if let SourceKind::Posts(posts) = &source.source.kind {
            let is_here =
                |problem: &&Problem| posts.paths.iter().any(|path| path.as_os_str() == &*problem.at);
            status.problems.extend(self.unwatched.iter().filter(is_here).cloned());
        }
        status
    }

    /// These feeds and those that they are made of.
    pub(super) fn with_theirs(&self, feeds: &[String]) -> HashSet<String> {
        with_theirs(feeds, |id| {
            // They stand by their ids.
            let place = self.feeds.binary_search_by(|feed| feed.id.as_str().cmp(id));
            let rows = place.ok().and_then(|place| self.feeds.get(place)).map(|feed| feed.sources.iter());
            rows.into_iter().flatten().filter_map(|row| self.sources.get(row)).map(|source| &*source.source)
        })
    }

    /// The one source of this name, `source` or `feed/source`, of which something is held; else
    /// why there is none.
    pub(super) fn to_accept(&self, name: &str) -> Result<SourceRow, String> {
        let full = |source: &BoardSource| format!("{}/{}", source.feed, source.source.id);
        let named = |source: &&BoardSource| source.source.id == name || full(source) == name;
        let found: Vec<&BoardSource> = self.sources.values().filter(named).collect();
        // A full name is one source's; an id may look like one.
        let found = match found.iter().find(|source| full(source) == name) {
            Some(exact) => vec![*exact],
            None => found,
        };
        match found.as_slice() {
            [] => Err(format!("no source has the id `{name}`")),
            [source] if source.is_held() => Ok(source.state.row),
            [source] => Err(format!("nothing of `{}` is held", full(source))),
            several => {
                let mut choices: Vec<String> =
                    several.iter().map(|source| format!("`{}`", full(source))).collect();
                choices.sort();
                Err(format!("several sources have the id `{name}`: say which, {}", choices.join(" or ")))
            }
        }
    }

    /// The next due time among a feed's sources, or among all; or when a post's minute comes.
    pub(super) fn next_due(&self, feed: Option<&str>) -> Option<DateTime<Utc>> {
        let due = match feed {
            // What its feeds bring is in a feed at once.
            Some(feed) => self.next_among(&self.with_theirs(&[feed.to_owned()])),
            None => self.dues(|_| true),
        };
        due.into_iter().chain(self.turn).min()
    }

    /// The same among the feeds that a source is made of.
    pub(super) fn next_of_theirs(&self, row: SourceRow) -> Option<DateTime<Utc>> {
        match &self.sources.get(&row)?.source.kind {
            SourceKind::From(feeds) => self.next_among(&self.with_theirs(feeds)),
            SourceKind::Posts(_) | SourceKind::Feed(_) => None,
        }
    }

    fn next_among(&self, feeds: &HashSet<String>) -> Option<DateTime<Utc>> {
        self.dues(|source| feeds.contains(&source.feed))
    }

    fn dues(&self, wanted: impl Fn(&BoardSource) -> bool) -> Option<DateTime<Utc>> {
        let wanted = self.sources.values().filter(|source| source.source.enabled && wanted(source));
        wanted.filter_map(|source| source.state.due).min()
    }
}

impl BoardSource {
    /// How it stands now; a collection that has ended since is remembered.
    pub(super) fn put(&mut self, state: Arc<SourceState>) {
        if let (Some(at), Some(outcome)) = (state.last, state.outcome)
            && self.state.last != Some(at)
        {
            if self.history.len() >= HISTORY {
                self.history.pop_front();
            }
            // All the room at once: it does not grow over a day.
            self.history.reserve_exact(HISTORY - self.history.len());
            self.history.push_back(Ran { at, outcome });
        }
        self.state = state;
    }

    /// Whether there is anything for `accept` to let through: entries that the flood guard
    /// holds, a folder that can't be as it is, a feed that was gone or is empty.
    fn is_held(&self) -> bool {
        let SourceState { held_since, gone, failures, .. } = *self.state;
        held_since.is_some()
            || gone
            || (failures > 0 && matches!(self.source.kind, SourceKind::Posts(_)))
            || update::is_emptied(&self.state)
    }

    /// The same collections, by a clock that was put back.
    pub(super) fn set_right(&mut self, state: Arc<SourceState>) {
        let last = state.last;
        self.history.iter_mut().for_each(|ran| ran.at = last.map_or(ran.at, |last| ran.at.min(last)));
        self.state = state;
    }

    fn status(&self, entries: Option<&usize>) -> SourceStatus {
        SourceStatus {
            entries: entries.copied().unwrap_or(0),
            history: self.history.iter().copied().collect(),
            ..standing(&self.source, &self.state)
        }
    }
}

/// How a source stands by what is stored of it alone: without its entries, its history and
/// its subscription.
pub fn standing(source: &Source, state: &SourceState) -> SourceStatus {
    let location = location(source);
    SourceStatus {
        source: source.id.clone(),
        kind: kind(source).into(),
        current_location: state.current_location.clone().unwrap_or_else(|| location.clone()),
        location,
        last: state.last,
        since: state.since,
        before: Arc::clone(&state.before),
        succeeded: state.succeeded,
        asks: asks(state),
        bytes: state.bytes,
        subscription: None,
        outcome: state.outcome,
        next: state.due.filter(|_| source.enabled),
        next_because: if source.enabled { state.due_because.clone() } else { "disabled".into() },
        failures: state.failures,
        entries: 0,
        problems: state.problems.iter().take(PROBLEMS_SHOWN).cloned().collect(),
        history: Vec::new(),
    }
}

/// What an origin asks of those who poll it, in the words that it has for it.
fn asks(state: &SourceState) -> Vec<String> {
    let asked = &state.asked;
    let seconds = |span: Duration| format!("{} s", span.as_secs());
    let list = |name, items: Vec<String>| (!items.is_empty()).then(|| format!("{name} {}", items.join(", ")));
    let until = state.not_before.filter(|until| state.due_because == "retry-after" || !is_own(state, *until));
    let until = until.map(|until| until.format("%Y-%m-%dT%H:%M:%SZ"));
    [
        until.map(|until| format!("no request before {until}")),
        asked.fresh_for.map(|span| format!("max-age {}", seconds(span))),
        asked.ttl.map(|span| format!("ttl {} min", span.as_secs() / 60)),
        asked.period.map(|span| format!("updatePeriod {}", seconds(span))),
        list("skipHours", asked.skip_hours.iter().map(ToString::to_string).collect()),
        list("skipDays", asked.skip_days.iter().map(ToString::to_string).collect()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Where an origin answered 429 or 503 and named no time, the wait is our own, one of a few.
fn is_own(state: &SourceState, until: DateTime<Utc>) -> bool {
    let wait = state.last.and_then(|last| (until - last).to_std().ok());
    state.busy && (1..=6).any(|failures| Some(update::back_off(failures)) == wait)
}

/// The word for what a source is.
pub(super) fn kind(source: &Source) -> &'static str {
    match source.kind {
        SourceKind::Posts(_) => "posts",
        SourceKind::Feed(ref feed) if feed.post.is_some() => "posts",
        SourceKind::Feed(_) => "feed",
        SourceKind::From(_) => "from",
    }
}

/// Where a source is by its definition.
pub(super) fn location(source: &Source) -> String {
    match &source.kind {
        SourceKind::Posts(posts) => {
            let paths: Vec<String> = posts.paths.iter().map(|path| path.display().to_string()).collect();
            paths.join(", ")
        }
        SourceKind::Feed(feed) => feed.url.clone(),
        SourceKind::From(feeds) => feeds.join(", "),
    }
}
