//! Refreshes that were asked for, and what became of them.

use crate::model::{Outcome, Problem, RunReport, SourceReport};
use crate::store::SourceRow;
use std::collections::{HashMap, VecDeque};
use tokio::sync::watch;

/// So many runs are remembered when they are over and nobody waits for them …
const REMEMBERED: usize = 100;
/// … and so many in all.
const MOST: usize = 10_000;

/// The runs of late.
#[derive(Debug, Default)]
pub(super) struct Runs {
    by_id: HashMap<String, Run>,
    order: VecDeque<String>,
    started: u64,
}

#[derive(Debug)]
struct Run {
    report: RunReport,
    /// Those that have no outcome yet, by feed and id.
    open: HashMap<SourceRow, [String; 2]>,
    done: watch::Sender<bool>,
}

impl Runs {
    /// A new run that waits for these sources; one that waits for none is over at once.
    /// `stem` tells the runs of this start of the daemon from those of others.
    pub(super) fn start(
        &mut self,
        stem: &str,
        sources: impl IntoIterator<Item = (SourceRow, [String; 2])>,
    ) -> String {
        self.started += 1;
        let id = format!("{stem}-{}", self.started);
        let open: HashMap<SourceRow, [String; 2]> = sources.into_iter().collect();
        let done = open.is_empty();
        let report = RunReport { run: id.clone(), done, sources: Vec::new() };
        self.by_id.insert(id.clone(), Run { report, open, done: watch::Sender::new(done) });
        self.order.push_back(id.clone());
        self.forget();
        id
    }

    /// Forgets the oldest of those that are over and that nobody waits for, and of all where
    /// there are far too many.
    fn forget(&mut self) {
        if self.order.len() <= REMEMBERED {
            return;
        }
        let by_id = &mut self.by_id;
        let is_over = |run: &Run| run.report.done && run.done.receiver_count() == 0;
        let over = by_id.values().filter(|run| is_over(run)).count();
        let mut too_many_over = over.saturating_sub(REMEMBERED);
        let mut too_many = self.order.len().saturating_sub(MOST);
        self.order.retain(|id| {
            let over = too_many_over > 0 && by_id.get(id).is_none_or(is_over);
            if !over && too_many == 0 {
                return true;
            }
            too_many_over -= usize::from(over);
            too_many = too_many.saturating_sub(1);
            by_id.remove(id);
            false
        });
    }

    /// A source of a run has left the definitions.
    pub(super) fn miss(&mut self, run: &str, row: SourceRow) {
        let open = self.by_id.get(run).and_then(|run| run.open.get(&row));
        let Some([feed, source]) = open.cloned() else { return };
        let problem = Problem::warning(format!("{feed}/{source}"), "is no longer defined");
        let report = SourceReport {
            feed,
            source,
            outcome: Outcome::Deferred,
            new: 0,
            changed: 0,
            gone: 0,
            failures: 0,
            problems: vec![problem],
            next: None,
        };
        self.report(run, row, report);
    }

    /// A source of a run has its outcome.
    pub(super) fn report(&mut self, run: &str, source: SourceRow, report: SourceReport) {
        let Some(run) = self.by_id.get_mut(run) else { return };
        if run.open.remove(&source).is_some() {
            run.report.sources.push(report);
        }
        if run.open.is_empty() {
            run.report.done = true;
            run.done.send_replace(true);
        }
    }

    /// Whether nothing is open in a run but these; so it is in one that nobody remembers.
    pub(super) fn waits_only_for(&self, run: &str, rows: &[SourceRow]) -> bool {
        self.by_id.get(run).is_none_or(|run| run.open.keys().all(|row| rows.contains(row)))
    }

    pub(super) fn get(&self, run: &str) -> Option<RunReport> {
        self.by_id.get(run).map(|run| run.report.clone())
    }

    /// Turns true when the run is over.
    pub(super) fn watch(&self, run: &str) -> Option<watch::Receiver<bool>> {
        self.by_id.get(run).map(|run| run.done.subscribe())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(row: SourceRow) -> [(SourceRow, [String; 2]); 1] {
        [(row, ["f".to_owned(), "s".to_owned()])]
    }

    fn report() -> SourceReport {
        let (feed, source, outcome) = ("f".to_owned(), "s".to_owned(), Outcome::Unchanged);
        let problems = Vec::new();
        SourceReport { feed, source, outcome, new: 0, changed: 0, gone: 0, failures: 0, problems, next: None }
    }

    fn remembered(runs: &Runs, ids: &[String]) -> usize {
        ids.iter().filter(|id| runs.get(id).is_some()).count()
    }

    #[test]
    fn a_run_is_forgotten_when_it_is_over_and_nobody_waits_for_it() {
        let (mut runs, row) = (Runs::default(), SourceRow(1));
        let open: Vec<String> = (0..1000).map(|_| runs.start("r", named(row))).collect();
        assert_eq!(remembered(&runs, &open), 1000, "all are open");
        let waited = runs.watch(&open[0]);
        // The second stays open, whatever happened to it.
        for id in open.iter().filter(|id| **id != open[1]) {
            runs.report(id, row, report());
        }
        runs.start("r", named(row));
        assert_eq!(remembered(&runs, &open), 102, "somebody waits for the oldest, and one is open");
        assert_eq!(remembered(&runs, &open[..2]), 2);
        drop(waited);
        runs.miss(&open[1], row);
        let missed = runs.get(&open[1]).unwrap();
        assert_eq!(
            (missed.done, missed.sources[0].problems[0].message.as_str()),
            (true, "is no longer defined")
        );
        runs.start("r", named(row));
        assert_eq!((remembered(&runs, &open), remembered(&runs, &open[..2])), (100, 0));
        let many: Vec<String> = (0..MOST + 10).map(|_| runs.start("r", named(row))).collect();
        assert_eq!((remembered(&runs, &open), remembered(&runs, &many)), (0, MOST));
    }
}
