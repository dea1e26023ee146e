//! Refreshes that are asked for: joined to what runs, lined up, or deferred.

use crate::model::SourceReport;
use crate::schedule::Scheduler;
use crate::store::SourceRow;

impl Scheduler {
    /// Somebody asks for a source now.
    pub(super) fn ask(&mut self, row: SourceRow, run: String) {
        let now = self.clock.now();
        let Some(task) = self.tasks.get(&row) else {
            // New definitions were under way when it was asked for.
            if let Ok(mut board) = self.board.write() {
                board.runs.miss(&run, row);
            }
            return;
        };
        if !task.running && task.request.is_some() {
            let patience = self.patience(row, now);
            if patience.is_some() || task.state.gone {
                let report = task.deferred(patience.filter(|_| !task.state.gone));
                self.report(row, &[run], &report);
                return;
            }
        }
        if self.tasks.get_mut(&row).is_some_and(|task| task.wait_for(run)) {
            self.line_up(row);
        }
    }

    pub(super) fn report(&self, row: SourceRow, runs: &[String], report: &SourceReport) {
        if let Ok(mut board) = self.board.write() {
            for run in runs {
                board.runs.report(run, row, report.clone());
            }
        }
    }
}
