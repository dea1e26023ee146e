//! What is wanted whatever the plan says: what is held let through, a folder that changed.
//!
//! In: `feedmill accept`, a day that has passed, what a watch noticed. Out: collections. What
//! is held is let through without asking its origin.

use crate::collect::touched::Touched;
use crate::definition::SourceKind;
use crate::schedule::Scheduler;
use crate::schedule::task::Task;
use crate::store::SourceRow;
use crate::update::is_emptied;
use chrono::{DateTime, Utc};
use std::path::Path;

impl Scheduler {
    /// Lets a source through: at once, or when what runs is over.
    pub(super) fn accept(&mut self, row: SourceRow) {
        if let Some(task) = self.tasks.get_mut(&row) {
            task.accept = true;
            self.let_through(row);
        }
    }

    /// Goes on with what was accepted: shows what is held of a feed, asks one again that was
    /// gone or empty, takes a folder as it is.
    pub(super) fn let_through(&mut self, row: SourceRow) {
        let now = self.clock.now();
        let Some(task) = self.tasks.get_mut(&row).filter(|task| task.accept && !task.running) else { return };
        if task.state.held_since.is_some() {
            self.enqueue(row, None);
            self.start_folder(row, now);
        } else if task.request.is_some() && !task.state.gone && !is_emptied(&task.state) {
            // What comes next was not there to be accepted.
            task.accept = false;
        } else {
            self.line_up(row);
        }
    }

    /// Lets through what has been held for a day; whether anything was.
    pub(super) fn release_in_time(&mut self, row: SourceRow, now: DateTime<Utc>) -> bool {
        let at = self.tasks.get(&row).and_then(Task::released_at);
        let over = at.is_some_and(|at| at <= now);
        if over {
            self.accept(row);
        }
        over
    }

    /// Something below this folder has changed.
    pub(super) fn folder_changed(&mut self, root: &Path, touched: &Touched) {
        let mut concerned = Vec::new();
        for (row, task) in &mut self.tasks {
            let SourceKind::Posts(posts) = &task.source.kind else {
                continue;
            };
            let concerns = posts.paths.iter().any(|path| path.starts_with(root) || root.starts_with(path));
            if concerns && task.source.enabled {
                task.again = task.running;
                task.notice(touched.clone());
                concerned.push(*row);
            }
        }
        for row in concerned {
            self.line_up(row);
        }
    }
}
