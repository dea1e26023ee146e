//! The flood guard: new entries that look like a mishap are stored but not shown,
//! until `feedmill accept` or a day later.
//!
//! Two things look like one (a migrated site, a broken generator): all ids changed at
//! once, or far more came than this source ever brought. What is *simply new* is never
//! held: entries dated after everything that is stored. Nor is anything of a first
//! collection or of one under a changed definition, nor, beside what is held, an entry that says
//! a later date than any that is stored. Posts have a guard of their own
//! for what leaves (`posts`); what is new in a folder was put there.

use crate::definition::OnDelete;
use crate::model::{Outcome, Problem};
use crate::store::{Commit, Flood, Recalled, SourceState, StoreError, Written};
use crate::update::{Counts, Job, STORE_AGAIN, Stages, retain};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;

/// What is held is let through after so long.
const HELD_FOR: TimeDelta = TimeDelta::days(1);
/// All ids have changed: at least so many entries came …
const FEWEST: usize = 5;
/// … and at most one in so many of the document's entries was known.
const KNOWN_SHARE: usize = 10;
/// More than ever: more than this …
const NEVER_TOO_MANY: usize = 50;
/// … and more than so many times the most that one collection brought.
const TIMES_THE_MOST: usize = 4;
/// Titles looked at to tell an old entry without a date under a new id.
const TITLES: usize = 100;

/// What one document brought.
pub(super) struct Arrivals<'a> {
    /// What was stored before.
    pub(super) stored: &'a [Recalled],
    /// Every key that stands at the origin now.
    pub(super) at_origin: &'a HashSet<String>,
    /// What is new.
    pub(super) inserts: &'a [Written],
    /// Whether what is not among them has left the origin.
    pub(super) complete: bool,
}

/// Decides whether new entries are held, and withdraws those held that are no longer there: where
/// that is the end of the mishap, as what was known stands there again and nothing that is held,
/// or where the source's entries go when they leave it. Else they wait, as what leaves stays.
pub(super) fn judge(
    stages: &Stages,
    job: &Job,
    arrivals: &Arrivals<'_>,
    commit: &mut Commit,
) -> Result<(), StoreError> {
    let same_definition = job.state.collect_hash == Some(job.source.collect_hash);
    if job.accept || is_over(&job.state, job.now) || !job.state.collected || !same_definition {
        return Ok(());
    }
    let (held, known): (Vec<&Recalled>, Vec<&Recalled>) =
        arrivals.stored.iter().partition(|entry| entry.held);
    let stands = |entry: &&Recalled| retain::stands(entry, arrivals.at_origin);
    let (standing, left): (Vec<&Recalled>, Vec<&Recalled>) = held.into_iter().partition(stands);
    let is_over = standing.is_empty() && known.iter().any(stands);
    let withdrawn = arrivals.complete && (is_over || job.source.on_delete != OnDelete::Keep);
    if withdrawn {
        commit.withdrawn = left.iter().map(|entry| entry.row).collect();
    }
    let still = !standing.is_empty() || !withdrawn && !left.is_empty();
    if still || is_flood(stages, job, arrivals)? {
        commit.flood = Flood::Hold;
        commit.held_up_to = known.iter().map(|entry| entry.stands_at).max();
    }
    Ok(())
}

fn is_flood(stages: &Stages, job: &Job, arrivals: &Arrivals<'_>) -> Result<bool, StoreError> {
    let Arrivals { stored, at_origin, inserts, .. } = arrivals;
    let known: Vec<&Recalled> = stored.iter().filter(|entry| !entry.held).collect();
    let Some(newest) = known.iter().map(|entry| entry.stands_at).max() else {
        return Ok(false);
    };
    let most = usize::try_from(job.state.most_new).unwrap_or(usize::MAX);
    let old = |insert: &&Written| insert.entry.published.is_none_or(|published| published.to_utc() <= newest);
    let old: Vec<&Written> = inserts.iter().filter(old).collect();
    if old.len() > NEVER_TOO_MANY.max(TIMES_THE_MOST.saturating_mul(most)) {
        return Ok(true);
    }
    let standing = known.iter().filter(|entry| retain::stands(entry, at_origin)).count();
    if inserts.len() < FEWEST || standing * KNOWN_SHARE > inserts.len() || old.len() * 2 <= inserts.len() {
        return Ok(false);
    }
    // Without a date an entry is an old one only where a stored one has its title.
    let titles = if old.iter().any(|insert| insert.entry.published.is_none()) {
        titles(stages, &known)?
    } else {
        HashSet::new()
    };
    let again = old.iter().filter(|insert| {
        insert.entry.published.is_some()
            || insert.entry.title.as_ref().is_some_and(|title| titles.contains(title))
    });
    Ok(again.count() * 2 > inserts.len())
}

/// The titles of what was seen last.
fn titles(stages: &Stages, known: &[&Recalled]) -> Result<HashSet<String>, StoreError> {
    let mut rows = known.to_vec();
    rows.sort_by_key(|entry| std::cmp::Reverse((entry.first_seen, entry.stands_at)));
    let mut titles = HashSet::new();
    for row in rows.into_iter().take(TITLES) {
        titles.extend(stages.store.entry(row.row)?.title);
    }
    Ok(titles)
}

fn is_over(state: &SourceState, now: DateTime<Utc>) -> bool {
    state.held_since.is_some_and(|since| since + HELD_FOR <= now)
}

/// When what is held of a source is let through, by nobody's leave; where the store could
/// not take that, a little later again.
pub fn released_at(state: &SourceState) -> Option<DateTime<Utc>> {
    let over = state.held_since? + HELD_FOR;
    Some(state.last.map_or(over, |last| over.max(last + STORE_AGAIN)))
}

/// What a collection, of whatever outcome, means for what is held: it is let through
/// when that is asked for or a day has passed; else the status goes on saying so.
pub(super) fn note(
    stages: &Stages,
    job: &Job,
    state: &mut SourceState,
    (commit, counts): (&mut Commit, &mut Counts),
) -> Result<(), StoreError> {
    let holds = commit.flood == Flood::Hold;
    if job.state.collected && !holds {
        state.most_new = state.most_new.max(u32::try_from(counts.new).unwrap_or(u32::MAX));
    }
    if !holds && job.state.held_since.is_none() {
        return Ok(());
    }
    let held = stages.store.recall(job.state.row)?.iter().filter(|entry| entry.held).count();
    let held = held.saturating_sub(commit.withdrawn.len());
    if !holds && (job.accept || is_over(&job.state, job.now)) {
        commit.flood = Flood::Release;
        state.held_since = None;
        state.problems.retain(|problem| problem.at != job.source.id);
        counts.new += held;
        if state.outcome != Some(Outcome::Failed) {
            state.outcome = Some(Outcome::Updated);
        }
        return Ok(());
    }
    let held = held + commit.inserts.iter().filter(|insert| commit.holds(insert)).count();
    state.held_since = job.state.held_since.or(Some(job.now)).filter(|_| held > 0);
    if let Some(since) = state.held_since
        && state.outcome != Some(Outcome::Failed)
    {
        state.outcome = Some(Outcome::Held);
        state.problems.retain(|problem| problem.at != job.source.id);
        state.problems.insert(0, told(job, held, since));
    }
    Ok(())
}

fn told(job: &Job, held: usize, since: DateTime<Utc>) -> Problem {
    let id = &job.source.id;
    let until = (since + HELD_FOR).format("%Y-%m-%dT%H:%M:%SZ");
    let message =
        format!("{held} entries came under new ids or in a flood, and are not shown before {until}");
    Problem::error(id.clone(), message)
        .with_help(format!("`feedmill accept {}/{id}` shows them at once", job.feed))
}
