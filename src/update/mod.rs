//! The only place that knows the order of the stages.
//!
//! ```text
//! collect → parse → map → decide(stored, fresh, now) → store.apply
//! ```
//!
//! In: one source and its state. Out: its report and its new state, stored in one
//! commit with what it brought. A source that fails changes nothing that is served.

mod decide;
mod feed;
mod filing;
mod mix;
mod pace;
mod posts;

pub use decide::{Changes, Decider, Rules};
pub use filing::{filing_hash, refile};
pub use mix::{mix, unmoved};
pub use pace::Due;
pub use posts::{Folder, channel, look};

use crate::collect::Fetcher;
use crate::definition::{Source, SourceKind};
use crate::model::{Outcome, Problem, SourceReport};
use crate::store::{Commit, Settle, SourceState, Store, StoreError};
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};

/// What the stages work with; one for the whole daemon.
pub struct Stages {
    /// What is known.
    pub store: Arc<dyn Store>,
    /// Fetches URLs.
    pub fetcher: Arc<Fetcher>,
    /// Largest post in bytes.
    pub max_post: u64,
    /// Whether a service manager hides homes from us.
    pub sandboxed: bool,
}

/// One collection to be done.
#[derive(Debug, Clone)]
pub struct Job {
    /// The feed's id.
    pub feed: String,
    /// What to collect.
    pub source: Arc<Source>,
    /// What is known of it.
    pub state: SourceState,
    /// The time now.
    pub now: DateTime<Utc>,
    /// The shortest time between two requests to its URL.
    pub floor: Duration,
    /// Let through what would be held.
    pub accept: bool,
}

/// One collection that is over.
#[derive(Debug, Clone)]
pub struct Done {
    /// What came of it.
    pub report: SourceReport,
    /// The source's state from now on.
    pub state: SourceState,
}

/// What one collection counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    new: usize,
    changed: usize,
    gone: usize,
}

/// Collects one source once, through every stage.
pub async fn update(stages: &Arc<Stages>, job: Job) -> Done {
    let state = job.state.clone();
    let (feed, source, now) = (job.feed.clone(), Arc::clone(&job.source), job.now);
    let outcome = match &job.source.kind {
        SourceKind::Posts(_) => {
            let stages = Arc::clone(stages);
            tokio::task::spawn_blocking(move || posts::update(&stages, &job)).await
        }
        SourceKind::Feed(_) => feed::update(stages, job).await,
        SourceKind::From(_) => {
            let store = Arc::clone(&stages.store);
            tokio::task::spawn_blocking(move || Ok(mix(&*store, &job)?.unwrap_or_else(|| unmoved(&job))))
                .await
        }
    };
    let failed = |problem: Problem| {
        let mut state = state.clone();
        state.due = Some(now + chrono::Duration::minutes(1));
        state.due_because = "the store failed".into();
        let report = report(&feed, &source, &state, Outcome::Failed, Counts::default());
        Done { report: SourceReport { problems: vec![problem], ..report }, state }
    };
    match outcome {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => {
            let problem = Problem::error("store", format!("{}: {}", error.doing, error.cause));
            failed(Problem { help: error.help, ..problem })
        }
        Err(error) => failed(Problem::error(source.id.clone(), format!("collecting broke off: {error}"))),
    }
}

/// The state after a collection that began at `job.now`, before its due time is known.
fn after(job: &Job, outcome: Outcome, problems: Vec<Problem>) -> SourceState {
    let failed = outcome == Outcome::Failed;
    let was_failing = job.state.failures > 0;
    let mut state = job.state.clone();
    state.failures = if failed { state.failures.saturating_add(1) } else { 0 };
    if failed != was_failing || state.since.is_none() {
        state.since = Some(job.now);
    }
    if !failed {
        let changed = outcome == Outcome::Updated && job.state.collected;
        state.change_interval = pace::change_interval(&job.state, changed, job.now);
        state.collected = true;
        state.not_before = None;
        state.collect_hash = Some(job.source.collect_hash);
        state.filing_hash = Some(filing_hash(&job.source.filing));
    }
    state.first_collected = state.first_collected.or(Some(job.now));
    state.last = Some(job.now);
    state.outcome = Some(outcome);
    state.problems = problems;
    state
}

/// Sets the due time, stores the last commit, and reports.
fn settle(
    stages: &Stages,
    job: &Job,
    mut state: SourceState,
    (commit, counts): (Commit, Counts),
) -> Result<Done, StoreError> {
    if state.gone {
        state.due = None;
        state.due_because = "gone".into();
    } else {
        let due = pace::next(&job.source, &state, job.floor, job.now);
        state.due = Some(due.at);
        state.due_because = due.because;
    }
    let outcome = state.outcome.unwrap_or(Outcome::Failed);
    let settle = Some(Settle { state: state.clone() });
    stages.store.apply(Commit { source: state.row, now: job.now, settle, ..commit })?;
    Ok(Done { report: report(&job.feed, &job.source, &state, outcome, counts), state })
}

fn report(
    feed: &str,
    source: &Source,
    state: &SourceState,
    outcome: Outcome,
    counts: Counts,
) -> SourceReport {
    SourceReport {
        feed: feed.to_owned(),
        source: source.id.clone(),
        outcome,
        new: counts.new,
        changed: counts.changed,
        gone: counts.gone,
        problems: state.problems.clone(),
        next: state.due,
    }
}
