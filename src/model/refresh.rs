//! Asking for a fresh feed: the handle that serving and the control socket hold,
//! and what comes back.

use crate::model::{Outcome, Problem, Status, Subscriber};
use chrono::{DateTime, Utc};
use std::{fmt, future::Future, pin::Pin};

/// What the scheduler offers to those who serve: collect now, and tell how things stand.
pub trait Refresher: Send + Sync {
    /// Starts collecting these feeds' sources now (none named: all); the run's id.
    fn refresh(&self, feeds: &[String]) -> Result<String, NoSuchFeed>;
    /// What is known of a run so far; the last hundred runs are remembered.
    fn run(&self, id: &str) -> Option<RunReport>;
    /// Resolves when every source of the run has its outcome; at once for an unknown run.
    fn wait(&self, id: &str) -> Waiting;
    /// How every feed and source stands.
    fn status(&self) -> Status;
    /// When the next collection of one of this feed's sources is due; of any where none is named.
    fn next_due(&self, feed: Option<&str>) -> Option<DateTime<Utc>>;
    /// What requests to origins call themselves.
    fn user_agent(&self) -> String {
        "feedmill".to_owned()
    }
    /// How the scheduler itself goes; `None` where there is none.
    fn pulse(&self) -> Option<Pulse> {
        None
    }
    /// Who takes what hubs send; `None` where nothing is subscribed to.
    fn subscriber(&self) -> Option<&dyn Subscriber> {
        None
    }
}

/// How the scheduler itself goes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Pulse {
    /// Since it last looked at its clock, in seconds.
    pub tick_age: f64,
    /// Sources that wait for their time.
    pub scheduled: usize,
    /// Sources whose time has come and that wait for a place or for their host.
    pub queued: usize,
    /// Collections that run.
    pub running: usize,
    /// Scheduled polls so far of feeds that were well.
    pub polls: u64,
    /// How late half of them started, and 99 in a hundred, in seconds.
    pub late: [f64; 2],
}

/// Resolves when a run is over.
pub type Waiting = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A refresh was asked of a feed that nobody defined, or whose file can't be used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoSuchFeed {
    /// The id that was asked for.
    pub id: String,
    /// What is wrong with its file.
    pub problems: Vec<Problem>,
}

impl fmt::Display for NoSuchFeed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.problems.is_empty() {
            return write!(formatter, "no feed has the id `{}`", self.id);
        }
        write!(formatter, "the file of the feed `{}` can't be used", self.id)?;
        self.problems.iter().try_for_each(|problem| write!(formatter, "\n{problem}"))
    }
}

impl std::error::Error for NoSuchFeed {}

/// One refresh of one or more sources.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunReport {
    /// The run's id.
    pub run: String,
    /// Whether every source has its outcome.
    pub done: bool,
    /// One report a source, as they came in.
    pub sources: Vec<SourceReport>,
}

/// What one collection of one source brought.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceReport {
    /// The feed's id.
    pub feed: String,
    /// The source's id.
    pub source: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Entries that were not there before.
    pub new: usize,
    /// Entries whose served form changed.
    pub changed: usize,
    /// Entries that left.
    pub gone: usize,
    /// Collections in a row that failed; one that is held for what it has lost is among them.
    pub failures: u32,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// When it is due next; `None` when never.
    pub next: Option<DateTime<Utc>>,
}
