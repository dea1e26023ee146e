//! Refreshes that were asked for, and what became of them.

use crate::model::{RunReport, SourceReport};
use crate::store::SourceRow;
use std::collections::{HashMap, HashSet, VecDeque};
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
    open: HashSet<SourceRow>,
    done: watch::Sender<bool>,
}

impl Runs {
    /// A new run that waits for these sources; one that waits for none is over at once.
    /// `stem` tells the runs of this start of the daemon from those of others.
    pub(super) fn start(&mut self, stem: &str, sources: &[SourceRow]) -> String {
        self.started += 1;
        let id = format!("{stem}-{}", self.started);
        let open: HashSet<SourceRow> = sources.iter().copied().collect();
        let done = open.is_empty();
        let report = RunReport { run: id.clone(), done, sources: Vec::new() };
        self.by_id.insert(id.clone(), Run { report, open, done: watch::Sender::new(done) });
        self.order.push_back(id.clone());
        self.forget();
        id
    }

    /// Forgets the oldest, up to the first that is open or that somebody waits for.
    fn forget(&mut self) {
        while let Some(oldest) = self.order.front() {
            let run = self.by_id.get(oldest);
            let is_over = run.is_none_or(|run| run.report.done && run.done.receiver_count() == 0);
            if self.order.len() <= if is_over { REMEMBERED } else { MOST } {
                return;
            }
            self.by_id.remove(oldest);
            self.order.pop_front();
        }
    }

    /// A source of a run has its outcome.
    pub(super) fn report(&mut self, run: &str, source: SourceRow, report: SourceReport) {
        let Some(run) = self.by_id.get_mut(run) else { return };
        if run.open.remove(&source) {
            run.report.sources.push(report);
        }
        if run.open.is_empty() {
            run.report.done = true;
            run.done.send_replace(true);
        }
    }

    /// Whether nothing is open in a run but these; so it is in one that nobody remembers.
    pub(super) fn waits_only_for(&self, run: &str, rows: &[SourceRow]) -> bool {
        self.by_id.get(run).is_none_or(|run| run.open.iter().all(|row| rows.contains(row)))
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

    fn report() -> SourceReport {
        let (feed, source, outcome) = ("f".to_owned(), "s".to_owned(), crate::model::Outcome::Unchanged);
        let problems = Vec::new();
        SourceReport { feed, source, outcome, new: 0, changed: 0, gone: 0, failures: 0, problems, next: None }
    }

    fn remembered(runs: &Runs, ids: &[String]) -> usize {
        ids.iter().filter(|id| runs.get(id).is_some()).count()
    }

    #[test]
    fn a_run_is_forgotten_when_it_is_over_and_nobody_waits_for_it() {
        let (mut runs, row) = (Runs::default(), SourceRow(1));
        let open: Vec<String> = (0..1000).map(|_| runs.start("r", &[row])).collect();
        assert_eq!(remembered(&runs, &open), 1000, "all are open");
        let waited = runs.watch(&open[0]);
        for id in &open {
            runs.report(id, row, report());
        }
        runs.start("r", &[row]);
        assert_eq!(remembered(&runs, &open), 1000, "somebody waits for the oldest");
        drop(waited);
        runs.start("r", &[row]);
        assert_eq!(remembered(&runs, &open), 98);
        let many: Vec<String> = (0..MOST + 10).map(|_| runs.start("r", &[row])).collect();
        assert_eq!((remembered(&runs, &open), remembered(&runs, &many)), (0, MOST));
    }
}
