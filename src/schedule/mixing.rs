//! Feeds made of feeds: brought up to date as soon as one of theirs has moved.
//!
//! They are never due. A refresh of one reports when those it was asked together with
//! have, so that what they brought is in its numbers.

use crate::definition::{Definition, SourceKind};
use crate::model::{Outcome, Problem, SourceReport};
use crate::schedule::{Scheduler, task};
use crate::store::{SourceRow, StoreError};
use crate::update::{Done, Job, mix, unmoved};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Sources that are made of feeds.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    /// Each after those that its feeds are made of.
    rows: Vec<SourceRow>,
    /// Refreshes that wait for one of them, and what it brought meanwhile.
    waiting: Vec<(String, SourceRow, SourceReport)>,
}

impl Mixer {
    /// Takes on the sources of new definitions; `rows` are those of all sources, in their order.
    pub(super) fn redefine(&mut self, definitions: &[Definition], rows: &[SourceRow]) {
        let sources = definitions.iter().flat_map(|definition| {
            definition.sources.iter().map(|source| (definition.outlet.id.as_str(), &source.kind))
        });
        let mut of: HashMap<&str, Vec<(SourceRow, &[String])>> = HashMap::new();
        for ((feed, kind), row) in sources.zip(rows) {
            if let SourceKind::From(feeds) = kind {
                of.entry(feed).or_default().push((*row, feeds));
            }
        }
        self.rows.clear();
        let mut seen = HashSet::new();
        for definition in definitions {
            after_theirs(&definition.outlet.id, &of, &mut seen, &mut self.rows);
        }
    }
}

/// Puts the sources of a feed behind those of the feeds that it is made of.
fn after_theirs<'a>(
    feed: &'a str,
    of: &HashMap<&'a str, Vec<(SourceRow, &'a [String])>>,
    seen: &mut HashSet<&'a str>,
    rows: &mut Vec<SourceRow>,
) {
    if !seen.insert(feed) {
        return;
    }
    for (row, feeds) in of.get(feed).into_iter().flatten() {
        for other in *feeds {
            after_theirs(other, of, seen, rows);
        }
        rows.push(*row);
    }
}

impl Scheduler {
    /// Those of the rows that are made of feeds wait for the others of the run.
    pub(super) fn wait_for_mix(&mut self, row: SourceRow, run: &str) -> bool {
        let Some(task) = self.tasks.get(&row).filter(|_| self.mixer.rows.contains(&row)) else {
            return false;
        };
        let terms = self.terms(&task.source, self.clock.now());
        self.mixer.waiting.push((run.to_owned(), row, unmoved(&task.job(terms)).report));
        true
    }

    /// Brings every feed made of feeds up to date, and answers those who waited for that.
    pub(super) async fn mix(&mut self) {
        if self.mixer.rows.is_empty() {
            return;
        }
        let now = self.clock.now();
        let tasks = self.mixer.rows.iter().filter_map(|row| self.tasks.get(row));
        let enabled = tasks.filter(|task| task.source.enabled);
        let jobs: Vec<Job> = enabled.map(|task| task.job(self.terms(&task.source, now))).collect();
        let store = Arc::clone(&self.store);
        let mixed = tokio::task::spawn_blocking(move || {
            jobs.into_iter().map(|job| (job.state.row, mix(&*store, &job))).collect::<Vec<_>>()
        });
        for (row, outcome) in self.alive_beside(mixed).await.unwrap_or_default() {
            match outcome {
                Ok(Some(done)) => self.mixed(row, done),
                Ok(None) => self.well_again(row),
                Err(error) => self.unmixed(row, &error),
            }
        }
        self.answer_mixed();
    }

    fn mixed(&mut self, row: SourceRow, done: Done) {
        task::log(&done.report);
        if done.report.outcome == Outcome::Updated {
            // Filters may have given its entries moments of their own.
            self.turn = Some(self.clock.now());
        }
        for (_, _, report) in self.mixer.waiting.iter_mut().filter(|(_, waiting, _)| *waiting == row) {
            report.new += done.report.new;
            report.changed += done.report.changed;
            report.gone += done.report.gone;
            if done.report.outcome == Outcome::Updated {
                report.outcome = Outcome::Updated;
            }
        }
        let state = Arc::new(done.state);
        if let Ok(mut board) = self.board.write()
            && let Some(source) = board.sources.get_mut(&row)
        {
            source.put(Arc::clone(&state));
        }
        if let Some(task) = self.tasks.get_mut(&row) {
            task.state = state;
        }
    }

    /// A source could not be brought up to date. It is tried again whenever something has
    /// ended, and told of once.
    fn unmixed(&mut self, row: SourceRow, error: &StoreError) {
        let now = self.clock.now();
        let problem = Problem::error("store", format!("{}: {}", error.doing, error.cause));
        let problem = Problem { help: error.help.clone(), ..problem };
        for (_, _, report) in self.mixer.waiting.iter_mut().filter(|(_, waiting, _)| *waiting == row) {
            report.outcome = Outcome::Failed;
            report.problems = vec![problem.clone()];
        }
        let Some(task) = self.tasks.get_mut(&row) else { return };
        if task.state.failures > 0 && task.state.problems == [problem.clone()] {
            return;
        }
        tracing::error!(%error, feed = task.feed, "a feed made of feeds could not be brought up to date");
        let state = Arc::make_mut(&mut task.state);
        state.since = state.since.filter(|_| state.failures > 0).or(Some(now));
        state.failures = state.failures.saturating_add(1);
        state.outcome = Some(Outcome::Failed);
        state.problems = vec![problem];
        let state = Arc::clone(&task.state);
        self.show(row, state);
    }

    /// Nothing has moved, and what could not be read before can be now.
    fn well_again(&mut self, row: SourceRow) {
        let now = self.clock.now();
        let Some(task) = self.tasks.get_mut(&row).filter(|task| task.state.failures > 0) else { return };
        let state = Arc::make_mut(&mut task.state);
        (state.failures, state.outcome, state.since) = (0, Some(Outcome::Unchanged), Some(now));
        state.problems.clear();
        let state = Arc::clone(&task.state);
        self.show(row, state);
    }

    /// Whoever waits for sources that have left the definitions waits no longer.
    pub(super) fn dismiss_unmixed(&mut self) {
        let Ok(mut board) = self.board.write() else { return };
        let rows = &self.mixer.rows;
        self.mixer.waiting.retain(|(run, row, _)| {
            let defined = rows.contains(row);
            if !defined {
                board.runs.miss(run, *row);
            }
            defined
        });
    }

    /// Ends the part of these sources in every run that waits for nobody else.
    fn answer_mixed(&mut self) {
        let Ok(mut board) = self.board.write() else { return };
        let rows = &self.mixer.rows;
        self.mixer.waiting.retain(|(run, row, report)| {
            let is_last = board.runs.waits_only_for(run, rows);
            if is_last {
                // It has no time of its own: it may change when its feeds do.
                let next = board.next_of_theirs(*row);
                board.runs.report(run, *row, SourceReport { next, ..report.clone() });
            }
            !is_last
        });
    }
}
