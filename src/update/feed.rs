//! A feed by URL through the stages.

use crate::collect::{Facts, FetchError, FetchErrorKind, FetchRequest, Fetched};
use crate::definition::{FeedSource, OnDelete, Source, SourceKind};
use crate::map::feed::MappedFeed;
use crate::model::{Entry, Outcome, Problem};
use crate::parse::feed::Hints;
use crate::store::{Asked, Commit, StoreError};
use crate::update::{Counts, Decider, Done, Job, Rules, Stages, after, settle};
use chrono::Weekday;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinError;

/// Collects a feed once.
pub(super) async fn update(stages: &Arc<Stages>, job: Job) -> Result<Result<Done, StoreError>, JoinError> {
    let fetched = match &job.source.kind {
        SourceKind::Feed(feed) => Some(stages.fetcher.fetch(&request(feed, &job)).await),
        SourceKind::Posts(_) | SourceKind::From(_) => None,
    };
    let stages = Arc::clone(stages);
    tokio::task::spawn_blocking(move || match fetched {
        Some(Ok(Fetched::NotModified(facts))) => unchanged(&stages, &job, &facts),
        Some(Ok(Fetched::Body { body, content_type, facts })) => {
            read(&stages, &job, &body, content_type.as_deref(), &facts)
        }
        Some(Err(error)) => refused(&stages, &job, error),
        None => fail(&stages, &job, Problem::error(job.source.id.clone(), "is no feed by URL")),
    })
    .await
}

/// Validators go only with what they belong to: a changed definition asks unconditionally.
fn request(feed: &FeedSource, job: &Job) -> FetchRequest {
    let same = job.state.collect_hash == Some(job.source.collect_hash);
    let validators = if same { job.state.validators.clone() } else { Default::default() };
    FetchRequest {
        validators,
        validators_from: job.state.current_location.clone(),
        headers: feed.headers.clone(),
        auth: feed.auth.clone(),
        timeout: job.source.timeout,
        ..FetchRequest::new(feed.url.clone(), job.now)
    }
}

fn read(
    stages: &Stages,
    job: &Job,
    body: &[u8],
    content_type: Option<&str>,
    facts: &Facts,
) -> Result<Done, StoreError> {
    let hash: [u8; 32] = blake3::hash(body).into();
    let same_definition = job.state.collect_hash == Some(job.source.collect_hash);
    if same_definition && job.state.body_hash == Some(hash) {
        return unchanged(stages, job, facts);
    }
    let document = match crate::parse::feed::parse(body, content_type, &facts.final_url) {
        Ok(document) => document,
        // What could not be read keeps the old validators, so that the next poll asks for it again.
        Err(not_a_feed) => return fail(stages, job, Problem::error(&facts.final_url, not_a_feed.message)),
    };
    let mapped = crate::map::feed::map(&document, &facts.final_url);
    let asked = asked(&mapped.hints, facts);
    let MappedFeed { entries, problems, .. } = mapped;
    let stored = stages.store.recall(job.state.row)?;
    let mut decider = Decider::new(&stored);
    let rules = Rules {
        now: job.now,
        base: &facts.final_url,
        filing: &job.source.filing,
        since: job.source.since,
        first_collected: job.state.first_collected.unwrap_or(job.now),
    };
    let changes = decider.decide(newest(entries, &job.source), &rules);
    let gone = decider.gone(|_| job.source.on_delete == OnDelete::Remove);
    let counts = Counts {
        new: changes.inserts.len(),
        changed: changes.replaces.len() + changes.returns.len(),
        gone: gone.len(),
    };
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    let mut state = after(job, outcome, problems);
    state.asked = asked;
    state.validators = facts.validators.clone();
    state.body_hash = Some(hash);
    state.current_location = Some(facts.final_url.clone());
    let commit = Commit {
        inserts: changes.inserts,
        replaces: changes.replaces,
        touches: changes.touches,
        returns: changes.returns,
        gone,
        ..Commit::default()
    };
    settle(stages, job, state, (commit, counts))
}

/// A 304, or the same bytes again: the new validators all the same.
fn unchanged(stages: &Stages, job: &Job, facts: &Facts) -> Result<Done, StoreError> {
    let mut state = after(job, Outcome::Unchanged, job.state.problems.clone());
    if job.state.failures > 0 {
        state.problems.clear();
    }
    state.validators = facts.validators.clone();
    state.current_location = Some(facts.final_url.clone());
    state.asked.fresh_for = facts.fresh_for;
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

/// The origin did not give the feed: what is stored stays, validators too.
fn refused(stages: &Stages, job: &Job, error: FetchError) -> Result<Done, StoreError> {
    let problem = Problem { help: error.help, ..Problem::error(error.url, error.message) };
    let mut state = after(job, Outcome::Failed, vec![problem]);
    state.gone = error.kind == FetchErrorKind::Gone;
    state.not_before = error.retry_after.and_then(|wait| {
        let wait = chrono::Duration::from_std(wait).ok()?;
        job.now.checked_add_signed(wait)
    });
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

fn fail(stages: &Stages, job: &Job, problem: Problem) -> Result<Done, StoreError> {
    let state = after(job, Outcome::Failed, vec![problem]);
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

/// The newest so many, in the source's own order.
fn newest(mut entries: Vec<Entry>, source: &Source) -> Vec<Entry> {
    let Some(take) = source.take.filter(|take| *take < entries.len()) else {
        return entries;
    };
    let mut dates: Vec<_> = entries.iter().map(|entry| entry.published).collect();
    // Undated entries come last here: a source that dates nothing is cut by its own order.
    dates.sort_by(|a, b| b.cmp(a));
    let oldest = dates.get(take.saturating_sub(1)).copied().flatten();
    entries.retain(|entry| entry.published >= oldest);
    entries.truncate(take);
    entries
}

fn asked(hints: &Hints, facts: &Facts) -> Asked {
    let minutes = |minutes: u32| Duration::from_secs(u64::from(minutes) * 60);
    let period = hints.update_period.as_deref().and_then(|period| match period {
        "hourly" => Some(60),
        "daily" => Some(24 * 60),
        "weekly" => Some(7 * 24 * 60),
        "monthly" => Some(30 * 24 * 60),
        "yearly" => Some(365 * 24 * 60),
        _ => None,
    });
    let frequency = hints.update_frequency.unwrap_or(1).max(1);
    Asked {
        fresh_for: facts.fresh_for,
        ttl: hints.ttl_minutes.map(minutes),
        period: period.map(|period| minutes(period / frequency)),
        skip_hours: hints.skip_hours.iter().map(|hour| u32::from(*hour)).collect(),
        skip_days: hints.skip_days.iter().filter_map(|day| Weekday::try_from(*day).ok()).collect(),
    }
}
