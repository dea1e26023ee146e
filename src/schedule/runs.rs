//! Refreshes that were asked for, and what became of them.

use crate::model::{RunReport, SourceReport};
use crate::store::SourceRow;
use std::collections::{HashMap, HashSet, VecDeque};
use tokio::sync::watch;

/// So many runs are remembered.
const REMEMBERED: usize = 100;

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
        while self.order.len() > REMEMBERED {
            self.order.pop_front().into_iter().for_each(|old| drop(self.by_id.remove(&old)));
        }
        id
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
