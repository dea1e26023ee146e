//! One source as the scheduler holds it: its state, whether it runs, and who waits.

use crate::collect::touched::Touched;
use crate::definition::{Definition, Source, SourceKind};
use crate::model::{Delivery, Outcome, Problem, SourceReport, Validators};
use crate::schedule::board;
use crate::schedule::politeness::HostRules;
use crate::store::{Asked, FeedRecord, SourceRecord, SourceState};
use crate::update::{self, Job, Kept, Outlets};
use chrono::{DateTime, Utc};
use std::{collections::VecDeque, sync::Arc};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

/// What a hub brought, and the room that it takes until every source has it.
#[derive(Debug)]
pub(super) struct Delivered {
    pub(super) delivery: Arc<Delivery>,
    /// Given back when the last source has it.
    pub(super) _room: OwnedSemaphorePermit,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and most of their combinations occur"
)]
#[derive(Debug)]
pub(super) struct Task {
    pub(super) feed: String,
    pub(super) source: Arc<Source>,
    pub(super) outlets: Arc<Outlets>,
    /// As it stands; the board shows the same.
    pub(super) state: Arc<SourceState>,
    /// What it asks, as a hash: sources that ask the same share their polls.
    pub(super) request: Option<[u8; 32]>,
    pub(super) running: bool,
    /// What runs takes in what a hub brought.
    pub(super) delivering: bool,
    /// What a hub brought while it ran.
    pub(super) deliveries: VecDeque<Arc<Delivered>>,
    /// Collect once more as soon as the running collection ends.
    pub(super) again: bool,
    /// New definitions have come while it ran: it ends under others than it began under.
    pub(super) renewed: bool,
    /// The next collection lets through what would be held.
    pub(super) accept: bool,
    /// The answer of its origin that the store could not take.
    pub(super) kept: Option<Arc<Kept>>,
    /// Where it stands in the queue: when it may be asked, and since when it is due.
    pub(super) queued: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Its time has come: it waits for a place or for its host.
    pub(super) ready: bool,
    /// Long overdue, it has its place in the line of those that are.
    pub(super) spread: bool,
    /// What a watch noticed since the last collection began.
    noticed: Option<Touched>,
    /// Runs that the running collection answers.
    waiting: Vec<String>,
    /// Runs that want a scan which begins after they asked.
    waiting_for_next: Vec<String>,
}

/// What the scheduler adds to a source to make a job of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) rules: HostRules,
    pub(super) url_failures: u32,
    pub(super) instance: [u8; 16],
    pub(super) now: DateTime<Utc>,
    pub(super) lease_ends: Option<DateTime<Utc>>,
}

impl Task {
    /// A task for a source of the new definitions; one that runs goes on running.
    pub(super) fn adopt(
        (feed, outlets): (String, Arc<Outlets>),
        source: Arc<Source>,
        state: Arc<SourceState>,
        before: Option<Self>,
        terms: Terms,
    ) -> Self {
        let request = match &source.kind {
            SourceKind::Feed(feed) => Some(update::request_hash(feed)),
            SourceKind::Posts(_) | SourceKind::From(_) => None,
        };
        let before = before.map(|before| Self {
            feed: feed.clone(),
            source: Arc::clone(&source),
            outlets: Arc::clone(&outlets),
            state: Arc::clone(&state),
            request,
            renewed: before.running,
            kept: None,
            queued: None,
            ready: false,
            spread: false,
            // What was noticed, accepted or asked for meanwhile still is.
            ..before
        });
        let mut task = before.unwrap_or_else(|| Self {
            feed,
            source,
            outlets,
            state,
            request,
            running: false,
            delivering: false,
            deliveries: VecDeque::new(),
            again: false,
            renewed: false,
            accept: false,
            kept: None,
            queued: None,
            ready: false,
            spread: false,
            noticed: None,
            waiting: Vec::new(),
            waiting_for_next: Vec::new(),
        });
        task.take_on(terms);
        task
    }

    /// What the new definition changes of when it is due.
    fn take_on(&mut self, terms: Terms) {
        if self.request.is_some() && self.state.request_hash.is_some_and(|hash| Some(hash) != self.request) {
            self.forget_origin();
            self.owe(terms.now, "its address changed");
        }
        let changed = self.state.collected && self.state.collect_hash != Some(self.source.collect_hash);
        if changed && !self.state.gone {
            self.owe(terms.now, "its definition changed");
        } else {
            self.pace_anew(terms);
        }
    }

    /// What its timetable and its hub say now of when it is due; whether that is another time.
    pub(super) fn pace_anew(&mut self, terms: Terms) -> bool {
        let lease_ends = terms.lease_ends.filter(|end| *end > terms.now);
        // Back-off counts the failures of all who share the URL, which are not known here.
        let by_plan = match self.state.due_because.as_str() {
            "schedule" | "websub" => true,
            "its definition changed" | "the store failed" => false,
            _ => self.state.failures == 0 && self.state.due.is_some(),
        };
        let due =
            update::due_again(&Job { lease_ends, ..self.job(terms) }).filter(|_| by_plan && !self.delivering);
        let Some(due) = due.filter(|due| Some(due.at) != self.state.due) else { return false };
        self.owe(due.at, &due.because);
        true
    }

    pub(super) fn owe(&mut self, due: DateTime<Utc>, because: &str) {
        let state = Arc::make_mut(&mut self.state);
        state.due = Some(due);
        because.clone_into(&mut state.due_because);
    }

    /// Another address: nothing that the old one said holds for it.
    fn forget_origin(&mut self) {
        let state = Arc::make_mut(&mut self.state);
        *state = SourceState {
            request_hash: self.request,
            validators: Validators::default(),
            validators_from: None,
            body_hash: None,
            current_location: None,
            moving: None,
            adopted: None,
            not_before: None,
            busy: false,
            asked: Asked::default(),
            gone: false,
            change_interval: None,
            last: None,
            failures: 0,
            ..std::mem::take(state)
        };
    }

    /// When it is to be collected.
    pub(super) fn due(&self) -> Option<DateTime<Utc>> {
        let by_time = !matches!(self.source.kind, SourceKind::From(_));
        self.state.due.filter(|_| self.source.enabled && !self.running && by_time)
    }

    /// When what is held of it is let through without being asked for.
    pub(super) fn released_at(&self) -> Option<DateTime<Utc>> {
        update::released_at(&self.state).filter(|_| !self.running)
    }

    /// When the queue has to wake it.
    pub(super) fn wake(&self) -> Option<DateTime<Utc>> {
        self.due().into_iter().chain(self.released_at()).min()
    }

    /// Whether it has to be looked at as soon as there is a place, whatever its plan.
    pub(super) fn is_wanted(&self) -> bool {
        let noticed = self.noticed.is_some() && self.source.enabled;
        !self.running && (self.is_awaited() || self.accept || noticed)
    }

    /// The collection of it as it stands now.
    pub(super) fn job(&self, terms: Terms) -> Job {
        Job {
            feed: self.feed.clone(),
            source: Arc::clone(&self.source),
            outlets: Arc::clone(&self.outlets),
            state: Arc::clone(&self.state),
            asks: None,
            now: terms.now,
            floor: terms.rules.min_interval,
            timeout: terms.rules.timeout,
            url_failures: terms.url_failures,
            instance: terms.instance,
            lease_ends: terms.lease_ends,
            accept: self.accept,
            touched: Touched::Anything,
            kept: self.kept.clone(),
        }
    }

    /// A watch noticed something.
    pub(super) fn notice(&mut self, touched: Touched) {
        self.noticed = Some(match self.noticed.take() {
            Some(before) => before.and(touched),
            None => touched,
        });
    }

    pub(super) fn begin(&mut self, terms: Terms) -> Job {
        // Whoever asks, and the schedule, want all of it looked at.
        let is_due = self.state.due.is_some_and(|due| due <= terms.now);
        let is_wanted = is_due || self.is_awaited();
        let touched = self.noticed.take().filter(|_| !is_wanted).unwrap_or_default();
        let job = Job { touched, ..self.job(terms) };
        self.running = true;
        self.again = false;
        self.accept = false;
        self.spread = false;
        self.kept = None;
        self.waiting.append(&mut self.waiting_for_next);
        job
    }

    /// Until when its feed asks not to be polled by the schedule, should its time have come;
    /// whoever asks for it, or changed its definition, is served all the same.
    pub(super) fn skipped_until(&self, terms: Terms) -> Option<DateTime<Utc>> {
        let by_plan = !self.is_awaited() && self.state.collect_hash == Some(self.source.collect_hash);
        update::skipped_until(&self.job(terms)).filter(|_| by_plan)
    }

    /// Something that a hub brought is taken in; who waits goes on waiting.
    pub(super) fn begin_delivery(&mut self, terms: Terms) -> Job {
        self.running = true;
        self.delivering = true;
        self.job(terms)
    }

    /// Whether what a hub brings has a place here.
    pub(super) fn takes_deliveries(&self) -> bool {
        self.source.websub && self.source.enabled && self.state.collected && !self.state.gone
    }

    /// The collection is over; who waited for it. Where its definition was changed meanwhile,
    /// that says when it is due.
    pub(super) fn end(&mut self, state: Arc<SourceState>, terms: Terms) -> Vec<String> {
        self.running = false;
        self.again |= self.is_awaited();
        self.state = state;
        let delivered = std::mem::take(&mut self.delivering);
        if std::mem::take(&mut self.renewed) {
            self.take_on(terms);
        }
        if delivered { Vec::new() } else { std::mem::take(&mut self.waiting) }
    }

    /// A run waits for this source; whether it has to be started for that. A poll
    /// that is under way answers too; of a folder only a scan that begins after.
    pub(super) fn wait_for(&mut self, run: String) -> bool {
        if self.running && !self.delivering && matches!(self.source.kind, SourceKind::Feed(_)) {
            self.waiting.push(run);
            return false;
        }
        self.waiting_for_next.push(run);
        !self.running
    }

    /// Whether somebody waits for a collection that has not begun.
    pub(super) fn is_awaited(&self) -> bool {
        !self.waiting_for_next.is_empty()
    }

    /// Since when it is due; whoever is waited for comes before all.
    pub(super) fn waits_since(&self) -> DateTime<Utc> {
        self.state.due.filter(|_| !self.is_awaited()).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// Everybody who waits, and waits no longer.
    pub(super) fn dismiss(&mut self) -> Vec<String> {
        self.waiting.append(&mut self.waiting_for_next);
        std::mem::take(&mut self.waiting)
    }

    /// The answer to a refresh that may not go out now.
    pub(super) fn deferred(&self, patience: Option<Patience>) -> SourceReport {
        let at = board::location(&self.source);
        let (next, why) = match patience {
            Some(patience) => {
                let until = patience.until.format("%Y-%m-%dT%H:%M:%SZ");
                let why = format!("is not asked before {until}: {}", patience.because);
                (self.state.due.max(Some(patience.until)), why)
            }
            None if self.state.gone => (None, "is gone (410) and not asked again".to_owned()),
            None => (None, "is no longer defined".to_owned()),
        };
        SourceReport {
            feed: self.feed.clone(),
            source: self.source.id.clone(),
            outcome: Outcome::Deferred,
            new: 0,
            changed: 0,
            gone: 0,
            failures: self.state.failures,
            problems: vec![Problem::warning(at, why)],
            next,
        }
    }
}

/// Until when a URL is not asked, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Patience {
    pub(super) until: DateTime<Utc>,
    pub(super) because: &'static str,
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

/// A problem without line breaks, so that a line of the log is one.
fn in_a_line(problem: &Problem) -> String {
    problem.to_string().replace("\n  help: ", " (help: ").replace('\n', " ")
        + if problem.help.is_some() { ")" } else { "" }
}

/// One line a collection; a failure is logged here and nowhere else.
pub(super) fn log(report: &SourceReport) {
    let SourceReport { feed, source, new, changed, gone, .. } = report;
    match report.outcome {
        Outcome::Updated => tracing::info!(feed, source, new, changed, gone, "collected"),
        Outcome::Unchanged => tracing::debug!(feed, source, "unchanged"),
        Outcome::Deferred => tracing::debug!(feed, source, "deferred"),
        Outcome::Failed | Outcome::Held => {
            let why: Vec<String> = report.problems.iter().take(3).map(in_a_line).collect();
            tracing::warn!(feed, source, "{}: {}", report.outcome.word(), why.join("; "));
        }
    }
}
