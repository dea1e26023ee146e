//! The only place that knows the order of the stages.
//!
//! ```text
//! collect → parse → map → decide(stored, fresh, now) → store.apply
//! ```
//!
//! In: one source and its state. Out: its report and its new state, stored in one
//! commit with what it brought. A source that fails changes nothing that is served.

mod alike;
mod asked;
mod decide;
mod emptied;
mod feed;
mod filing;
mod flood;
mod folder;
mod gap;
mod kept;
mod mix;
mod moved;
mod offer;
mod outlets;
mod pace;
mod post;
mod posts;
mod renamed;
mod retain;
mod site_config;
mod still;
mod touched;
mod websub;

pub use decide::{Changes, Decider, Rules};
pub use emptied::is_emptied;
pub use feed::request_hash;
pub use filing::{filing_hash, refile};
pub use flood::released_at;
pub use folder::{Folder, channel, look};
pub use kept::Kept;
pub use mix::{mix, unmoved};
pub use offer::{Offer, Offered};
pub use outlets::Outlets;
pub use pace::Due;
pub use post::{Answer, Posted, post};
pub use retain::Retention;
pub use touched::Looks;
pub use websub::{deliver, is_signed};

use crate::collect::Fetch;
use crate::collect::touched::Touched;
use crate::definition::{Source, SourceKind};
use crate::model::{Outcome, Problem, SourceReport, Spell};
use crate::store::{Commit, SourceState, Store, StoreError, Visit, visited};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// What the stages work with; one for the whole daemon.
pub struct Stages {
    /// What is known.
    pub store: Arc<dyn Store>,
    /// Fetches URLs.
    pub fetcher: Arc<dyn Fetch>,
    /// Largest post in bytes.
    pub max_post: u64,
    /// Whether a service manager hides homes from us.
    pub sandboxed: bool,
    /// How long entries of remote sources are kept.
    pub retention: Retention,
    /// What whole collections of folders leave behind.
    pub looks: Looks,
    /// A place for each answer that is read and stored at once. More wait as the bytes
    /// that they came as: many times smaller than what is made of them, and each thread
    /// that ever read one keeps the memory of the largest.
    pub places: Semaphore,
}

/// One collection to be done.
#[derive(Debug, Clone)]
pub struct Job {
    /// The feed's id.
    pub feed: String,
    /// What to collect.
    pub source: Arc<Source>,
    /// Where what it brings is published.
    pub outlets: Arc<Outlets>,
    /// What is known of it.
    pub state: Arc<SourceState>,
    /// The URL that is asked for it and all that share its poll; none where none is.
    pub asks: Option<String>,
    /// The time now.
    pub now: DateTime<Utc>,
    /// The shortest time between two requests to its URL.
    pub floor: Duration,
    /// Limit of one fetch where the source itself gives none; `None` is the fetcher's own.
    pub timeout: Option<Duration>,
    /// Polls in a row that failed at its URL, by whichever feed.
    pub url_failures: u32,
    /// See [`Store::instance`]: with the source's key what its jitter comes from.
    pub instance: [u8; 16],
    /// While a hub sends what is new, polls are a day apart, to the end of the lease, which
    /// may be past.
    pub lease_ends: Option<DateTime<Utc>>,
    /// Let through what would be held.
    pub accept: bool,
    /// What a watch noticed, where that alone is why; else anything.
    pub touched: Touched,
    /// The answer of its origin that the store could not take the last time.
    pub kept: Option<Arc<Kept>>,
}

/// One collection that is over.
#[derive(Debug, Clone)]
pub struct Done {
    /// What came of it.
    pub report: SourceReport,
    /// The source's state from now on.
    pub state: SourceState,
    /// The answer of its origin, where the store could not take it.
    pub kept: Option<Arc<Kept>>,
    /// The hub that the feed offers.
    pub offer: Offered,
}

/// After something broke off.
const SOON: Duration = Duration::from_mins(1);
/// After the store has failed: a full disk is noticed to be free again as soon as that.
const STORE_AGAIN: Duration = Duration::from_secs(10);

/// How a source stood is remembered this many times back, and this much of what was wrong.
const SPELLS_KEPT: usize = 9;
const PROBLEMS_KEPT: usize = 3;

/// What one collection counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    new: usize,
    changed: usize,
    gone: usize,
}

/// Collects sources once, through every stage: one folder, or every source that asks
/// the same URL with the same headers and credentials, for which one fetch is made.
/// The answers stand in the order of the jobs.
pub async fn update(stages: &Arc<Stages>, jobs: Vec<Job>) -> Vec<Done> {
    let before = jobs.clone();
    if let [job] = jobs.as_slice()
        && job.accept
        && job.state.held_since.is_some()
    {
        return vec![release(stages, job.clone()).await];
    }
    let remote = jobs.iter().any(|job| matches!(job.source.kind, SourceKind::Feed(_)));
    let outcome: Option<(Vec<Result<Done, StoreError>>, _)> = if remote {
        // A bug in a client must not take the scheduler's count of places with it.
        AssertUnwindSafe(feed::update(stages, jobs)).catch_unwind().await.unwrap_or_default()
    } else {
        let stages = Arc::clone(stages);
        let collect = move || (jobs.iter().map(|job| local(&stages, job)).collect(), None);
        tokio::task::spawn_blocking(collect).await.ok()
    };
    // What panicked has told why on stderr.
    let (outcomes, kept) = outcome.unwrap_or_default();
    let mut outcomes = outcomes.into_iter();
    let finish = |job: &Job| match outcomes.next() {
        Some(Ok(done)) => done,
        Some(Err(error)) if error.damaged => lost(job, error, None),
        Some(Err(error)) => lost(job, error, kept.clone()),
        None => {
            failed(job, Problem::error(job.source.id.clone(), "collecting it broke off: a bug in feedmill"))
        }
    };
    before.iter().map(finish).collect()
}

/// What asks no origin: a folder, or a feed made of feeds.
fn local(stages: &Stages, job: &Job) -> Result<Done, StoreError> {
    match job.source.kind {
        SourceKind::From(_) => Ok(mix(&*stages.store, job)?.unwrap_or_else(|| unmoved(job))),
        SourceKind::Posts(_) | SourceKind::Feed(_) => posts::update(stages, job),
    }
}

/// Lets through what the flood guard holds; its origin isn't asked for that.
async fn release(stages: &Arc<Stages>, job: Job) -> Done {
    let (stages, asked) = (Arc::clone(stages), job.clone());
    let run = move || {
        let (mut state, mut commit, mut counts) =
            (SourceState::clone(&job.state), Commit::default(), Counts::default());
        flood::note(&stages, &job, &mut state, (&mut commit, &mut counts))?;
        put(&*stages.store, &job, state, (commit, counts))
    };
    match tokio::task::spawn_blocking(run).await {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => lost(&asked, error, None),
        Err(_) => failed(&asked, Problem::error(asked.source.id.clone(), "showing what is held broke off")),
    }
}

/// The store could not take it. What is kept, or lies in a folder, is stored as soon as
/// the store can be written again; an origin is left alone as after any other failure.
fn lost(job: &Job, error: StoreError, kept: Option<Arc<Kept>>) -> Done {
    let problem = Problem::error("store", format!("{}: {}", error.doing, error.cause));
    let error_is_damage = error.damaged;
    let mut done = failed(job, Problem { help: error.help, ..problem });
    // A damaged row is as damaged ten seconds later.
    if kept.is_some() || !error_is_damage && !matches!(job.source.kind, SourceKind::Feed(_)) {
        done.state.due = Some(job.now + STORE_AGAIN);
        done.state.due_because = "the store failed".into();
        done.report.next = done.state.due;
        if job.kept.is_some() {
            // Its origin was asked once, however often its answer is stored in vain.
            done.state.failures = job.state.failures;
        }
    }
    Done { kept, ..done }
}

/// Nothing could be stored: all stays as it was, and is tried again before long; at
/// an origin no sooner than after any other failure.
fn failed(job: &Job, problem: Problem) -> Done {
    let mut state = SourceState::clone(&job.state);
    // The address was asked, whatever became of its answer.
    state.request_hash = feed::hash_of(job);
    state.last = Some(job.now);
    state.failures = state.failures.saturating_add(1);
    state.outcome = Some(Outcome::Failed);
    state.problems = vec![problem.clone()];
    let wait = match job.source.kind {
        SourceKind::Posts(_) | SourceKind::From(_) => SOON,
        SourceKind::Feed(_) => pace::back_off(state.failures, false).max(job.floor),
    };
    state.due = Some(job.now + wait);
    state.due_because = "back-off".into();
    let report = report(&job.feed, &job.source, &state, Outcome::Failed, Counts::default());
    Done {
        report: SourceReport { problems: vec![problem], ..report },
        state,
        offer: Offered::Unknown,
        kept: None,
    }
}

/// How long to leave a hub alone that has failed so many times in a row.
pub fn back_off(failures: u32) -> Duration {
    pace::back_off(failures, true)
}

/// When a poll that its time would begin now may begin, where the feed asks to skip this hour
/// or day.
pub fn skipped_until(job: &Job) -> Option<DateTime<Utc>> {
    pace::skipped_until(job)
}

/// When a source would be due that was collected when its state says, under the
/// definition as it is now; `None` before its first collection.
pub fn due_again(job: &Job) -> Option<Due> {
    Some(pace::next(&Job { now: job.state.last?, ..job.clone() }, &job.state))
}

/// The state after a collection that began at `job.now`, before its due time is known.
fn after(job: &Job, outcome: Outcome, problems: Vec<Problem>) -> SourceState {
    let failed = outcome == Outcome::Failed;
    let was_failing = job.state.failures > 0;
    let mut state = SourceState::clone(&job.state);
    state.failures = if failed { state.failures.saturating_add(1) } else { 0 };
    if failed != was_failing || state.since.is_none() {
        if let Some(since) = state.since {
            let problems = job.state.problems.iter().filter(|_| was_failing).take(PROBLEMS_KEPT);
            let problems = problems.cloned().collect();
            let last = Spell { since, failing: was_failing, problems };
            let outlived = state.before.len().saturating_sub(SPELLS_KEPT - 1);
            state.before = state.before.iter().skip(outlived).cloned().chain([last]).collect();
        }
        state.since = Some(job.now);
    }
    if !failed {
        state.succeeded = Some(job.now);
        let changed = outcome == Outcome::Updated && job.state.collected;
        // Since a hub sends what is new, polls find nothing, however often the feed changes.
        let by_hub = job.lease_ends.is_some_and(|end| job.state.last.is_some_and(|last| end > last));
        if !by_hub {
            state.change_interval = pace::change_interval(&job.state, changed, job.now);
        }
        state.collected = true;
        state.collect_hash = Some(job.source.collect_hash);
        state.filing_hash = Some(filing_hash(&job.source.filing));
    }
    state.first_collected = state.first_collected.or(Some(job.now));
    state.last = Some(job.now);
    state.outcome = Some(outcome);
    state.problems = problems;
    state
}

/// Sets the due time, then as [`put`].
fn settle(
    stages: &Stages,
    job: &Job,
    mut state: SourceState,
    (mut commit, mut counts): (Commit, Counts),
) -> Result<Done, StoreError> {
    flood::note(stages, job, &mut state, (&mut commit, &mut counts))?;
    if state.gone {
        state.due = None;
        state.due_because = "gone".into();
    } else {
        let due = pace::next(job, &state);
        state.due = Some(due.at);
        state.due_because = due.because;
    }
    commit.visit = job.asks.as_deref().map(|url| Visit {
        url: visited(url),
        last: job.now,
        not_before: state.not_before,
        busy: state.busy,
    });
    put(&*stages.store, job, state, (commit, counts))
}

/// Stores the last commit, and reports.
fn put(
    store: &dyn Store,
    job: &Job,
    state: SourceState,
    (commit, counts): (Commit, Counts),
) -> Result<Done, StoreError> {
    let outcome = state.outcome.unwrap_or(Outcome::Failed);
    let settle = Some(state.clone());
    store.apply(Commit { source: state.row, now: job.now, settle, ..commit })?;
    Ok(Done {
        report: report(&job.feed, &job.source, &state, outcome, counts),
        state,
        offer: Offered::Unknown,
        kept: None,
    })
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
        failures: state.failures,
        problems: state.problems.clone(),
        next: state.due,
    }
}
