//! Sources that have begun to fail or have come back: told once, to whoever wants to know.

use crate::model::Outcome;
use crate::schedule::Scheduler;
use crate::update::Done;
use tokio::sync::mpsc;

/// Changes that wait to be told; of more at once the rest is in the status alone.
const WAITING: usize = 10_000;

/// A source whose health has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthChange {
    /// The feed's id.
    pub feed: String,
    /// The source's name.
    pub source: String,
    /// `failed` when it has begun to fail, else how it came back.
    pub outcome: Outcome,
    /// What was wrong; empty when it has come back.
    pub message: String,
}

impl Scheduler {
    /// Where changes of health come out from now on.
    pub fn health(&mut self) -> mpsc::Receiver<HealthChange> {
        let (sender, changes) = mpsc::channel(WAITING);
        self.health = Some(sender);
        changes
    }

    /// Tells of a source that has begun to fail or has come back. How its polls go counts,
    /// not what a hub brings between them.
    pub(super) fn tell_health(&self, failed_before: bool, Done { state, report, .. }: &Done) {
        let failed = state.failures > 0;
        let Some(health) = self.health.as_ref().filter(|_| failed != failed_before) else { return };
        let messages = report.problems.iter().filter(|_| failed).map(ToString::to_string);
        let change = HealthChange {
            feed: report.feed.clone(),
            source: report.source.clone(),
            outcome: if failed { Outcome::Failed } else { report.outcome },
            message: messages.collect::<Vec<_>>().join("; "),
        };
        if health.try_send(change).is_err() {
            tracing::warn!(
                feed = report.feed,
                source = report.source,
                "`on_failure` is not run: too many wait"
            );
        }
    }
}
