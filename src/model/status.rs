//! How every feed and source stands: what the status page, the API and the metrics show.

use crate::model::{Outcome, Problem};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// How the daemon stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// Our version.
    pub version: String,
    /// When the daemon started.
    pub started: Option<DateTime<Utc>>,
    /// Every feed, by id.
    pub feeds: Vec<FeedStatus>,
}

/// How one feed stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedStatus {
    /// The feed's id.
    pub feed: String,
    /// Whether its file is good; where not, the last good definition goes on.
    pub valid: bool,
    /// Entries that are shown now.
    pub entries: usize,
    /// Its newest change.
    pub updated: Option<DateTime<Utc>>,
    /// What is wrong with its file.
    pub problems: Vec<Problem>,
    /// Its sources, in the order of the file.
    pub sources: Vec<SourceStatus>,
}

/// How one source stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceStatus {
    /// The source's id.
    pub source: String,
    /// `posts`, `feed` …
    pub kind: String,
    /// Where it is by its definition.
    pub location: String,
    /// Where it was found last, after redirects.
    pub current_location: String,
    /// The last collection; `None` before the first.
    pub last: Option<DateTime<Utc>>,
    /// The last collection that did not fail.
    pub succeeded: Option<DateTime<Utc>>,
    /// How the last ended.
    pub outcome: Option<Outcome>,
    /// When the next is due; `None` when never.
    pub next: Option<DateTime<Utc>>,
    /// Why then: `schedule`, `retry-after`, `max-age`, `back-off`, `gone`, `never collected` …
    pub next_because: String,
    /// Collections in a row that failed.
    pub failures: u32,
    /// Since when it fails, or has been well again; `None` for one that always was well
    /// as far as is known.
    pub since: Option<DateTime<Utc>>,
    /// How it stood before that, the oldest first.
    pub before: Arc<[Spell]>,
    /// How its WebSub subscription stands; `None` where there is none.
    pub subscription: Option<String>,
    /// What its origin asks of those who poll it, in its own terms: `max-age 3600 s`.
    pub asks: Vec<String>,
    /// Bytes of its last body on the wire.
    pub bytes: Option<u64>,
    /// Entries stored and shown.
    pub entries: usize,
    /// What was wrong the last time.
    pub problems: Vec<Problem>,
    /// The last collections since the daemon started, the oldest first.
    pub history: Vec<Ran>,
}

/// A time through which a source failed, or was well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spell {
    /// When it began.
    pub since: DateTime<Utc>,
    /// Whether it failed.
    pub failing: bool,
    /// What was wrong at its end.
    pub problems: Vec<Problem>,
}

/// One collection that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ran {
    /// When.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: Outcome,
}
