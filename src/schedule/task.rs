//! One source as the scheduler holds it: its state, whether it runs, and who waits.

use crate::definition::{Definition, Source, SourceKind};
use crate::model::{Outcome, SourceReport};
use crate::schedule::board;
use crate::store::{FeedRecord, SourceRecord, SourceState};
use crate::update::Job;
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct Task {
    pub(super) feed: String,
    pub(super) source: Arc<Source>,
    pub(super) state: SourceState,
    pub(super) running: bool,
    /// Collect once more as soon as the running collection ends.
    pub(super) again: bool,
    /// The next collection lets through what would be held.
    pub(super) accept: bool,
    /// Runs that the running collection answers.
    waiting: Vec<String>,
    /// Runs that want a scan which begins after they asked.
    waiting_for_next: Vec<String>,
}

impl Task {
    /// A task for a source of the new definitions; one that runs goes on running.
    pub(super) fn adopt(
        feed: String,
        source: Arc<Source>,
        mut state: SourceState,
        before: Option<Self>,
        now: DateTime<Utc>,
    ) -> Self {
        let changed = state.collected && state.collect_hash != Some(source.collect_hash);
        if changed && !state.gone {
            state.due = Some(now);
            state.due_because = "its definition changed".into();
        }
        let before = before.filter(|task| task.running || !task.waiting_for_next.is_empty());
        let (running, waiting, waiting_for_next) = before.map_or((false, Vec::new(), Vec::new()), |task| {
            (task.running, task.waiting, task.waiting_for_next)
        });
        Self {
            feed,
            source,
            state,
            running,
            again: running && changed,
            accept: false,
            waiting,
            waiting_for_next,
        }
    }

    /// When the queue has to wake it.
    pub(super) fn due(&self) -> Option<DateTime<Utc>> {
        let by_time = !matches!(self.source.kind, SourceKind::From(_));
        self.state.due.filter(|_| self.source.enabled && !self.running && by_time)
    }

    /// The collection of it as it stands now.
    pub(super) fn as_job(&self, floor: Duration, now: DateTime<Utc>) -> Job {
        Job {
            feed: self.feed.clone(),
            source: Arc::clone(&self.source),
            state: self.state.clone(),
            now,
            floor,
            accept: false,
        }
    }

    pub(super) fn begin(&mut self, floor: Duration, now: DateTime<Utc>) -> Job {
        self.running = true;
        self.again = false;
        self.waiting.append(&mut self.waiting_for_next);
        Job { accept: std::mem::take(&mut self.accept), ..self.as_job(floor, now) }
    }

    /// The collection is over; who waited for it.
    pub(super) fn end(&mut self, state: SourceState) -> Vec<String> {
        self.running = false;
        self.again |= !self.waiting_for_next.is_empty();
        self.state = state;
        std::mem::take(&mut self.waiting)
    }

    /// A run waits for this source; whether it has to be started for that. A poll
    /// that is under way answers too; of a folder only a scan that begins after.
    pub(super) fn wait_for(&mut self, run: String) -> bool {
        if self.running && matches!(self.source.kind, SourceKind::Feed(_)) {
            self.waiting.push(run);
            return false;
        }
        self.waiting_for_next.push(run);
        !self.running
    }

    /// The answer to a refresh that may not go out now.
    pub(super) fn deferred(&self, floor: Duration, now: DateTime<Utc>) -> Option<SourceReport> {
        let state = &self.state;
        let asked_for_patience = state.not_before.is_some_and(|until| until > now);
        let just_asked = state.last.is_some_and(|last| last <= now && last + floor > now);
        if !(state.gone || asked_for_patience || just_asked) {
            return None;
        }
        let soonest = [state.not_before, state.last.map(|last| last + floor)].into_iter().flatten().max();
        let mut report = super::deferred(&self.feed, &self.source, state);
        report.next = report.next.or(soonest.filter(|_| !state.gone));
        Some(report)
    }
}

/// The definitions as the store has to know them.
pub(super) fn records(definitions: &[Definition], base_url: &str) -> Vec<FeedRecord> {
    let record = |definition: &Definition| {
        let id = &definition.outlet.id;
        let address = format!("{}/{id}", base_url.trim_end_matches('/'));
        FeedRecord {
            id: id.clone(),
            atom_id: format!("urn:uuid:{}", Uuid::new_v5(&Uuid::NAMESPACE_URL, address.as_bytes())),
            definition_hash: definition.hash,
            was: definition.outlet.was.clone(),
            sources: definition
                .sources
                .iter()
                .map(|source| SourceRecord {
                    key: source.key.clone(),
                    id: source.id.clone(),
                    kind: board::kind(source).into(),
                    location: board::location(source),
                })
                .collect(),
        }
    };
    definitions.iter().map(record).collect()
}

/// `host:port` of a URL, what politeness goes by.
pub(super) fn host(url: &str) -> String {
    let parsed = url::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(|url| Some((url.host_str()?, url.port_or_known_default()?)));
    host.map_or_else(|| url.to_owned(), |(host, port)| format!("{host}:{port}"))
}

/// One line a collection; a failure is logged here and nowhere else.
pub(super) fn log(report: &SourceReport) {
    let SourceReport { feed, source, new, changed, gone, .. } = report;
    match report.outcome {
        Outcome::Updated => tracing::info!(feed, source, new, changed, gone, "collected"),
        Outcome::Unchanged => tracing::debug!(feed, source, "unchanged"),
        Outcome::Deferred => tracing::debug!(feed, source, "deferred"),
        Outcome::Failed | Outcome::Held => {
            let why: Vec<String> = report.problems.iter().take(3).map(ToString::to_string).collect();
            tracing::warn!(feed, source, "{}: {}", report.outcome.word(), why.join("; "));
        }
    }
}
