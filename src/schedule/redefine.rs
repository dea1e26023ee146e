//! Taking new definitions on: known sources keep their due times, changed ones are
//! filed anew or collected again, those no longer defined stop at once.

use crate::definition::{Definition, Source, SourceKind};
use crate::schedule::handle::Redefinition;
use crate::schedule::task::{self, Task, Terms};
use crate::schedule::{Lines, Scheduler, clocks};
use crate::store::{SourceRow, SourceState, StoreError, Subscription, Visit};
use crate::update::{Done, Outlets};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What an earlier run of the daemon knew beside the states of sources.
struct Recalled {
    subscriptions: Vec<Subscription>,
    visits: Vec<Visit>,
}

impl Scheduler {
    /// Takes new definitions on.
    pub(super) async fn redefine(&mut self, redefinition: Redefinition) -> Result<(), StoreError> {
        let now = self.clock.now();
        let store = Arc::clone(&self.store);
        self.on_request = redefinition.on_request;
        let definitions = Arc::new(redefinition.definitions);
        let adopting = Arc::clone(&definitions);
        let base_url = redefinition.base_url.clone();
        let first_time = self.tasks.is_empty();
        let adopted = tokio::task::spawn_blocking(move || {
            let states = store.adopt(&task::records(&adopting, &redefinition.base_url), now)?;
            if states.iter().any(|state| state.last > Some(now)) {
                // By these times the store tells that the clock was put back.
                store.turn_over(now)?;
            }
            let recalled = Recalled {
                subscriptions: store.subscriptions()?,
                visits: if first_time { store.visits()? } else { Vec::new() },
            };
            let sources = adopting.iter().flat_map(|definition| &definition.sources);
            sources
                .zip(states)
                .map(|(source, state)| {
                    let state = clocks::by_clock(&*store, state, now)?;
                    crate::update::refile(&*store, source, state, now)
                })
                .collect::<Result<Vec<_>, _>>()
                .map(|states| (states, recalled))
        });
        let (states, recalled) = self.alive_beside(adopted).await.map_err(|error| StoreError {
            doing: "adopting the definitions".into(),
            cause: error.to_string(),
            help: None,
            damaged: false,
        })??;
        let states = self.take_on(&definitions, states, (&base_url, recalled), now);
        let rows: Vec<SourceRow> = states.iter().map(|state| state.row).collect();
        self.mixer.redefine(&definitions, &rows);
        self.dismiss_unmixed();
        if let Ok(mut board) = self.board.write() {
            board.set(&definitions, states, &redefinition.problems);
        }
        self.turn = Some(now);
        self.turn_over().await;
        Ok(())
    }

    /// Makes the tasks those of the definitions; the states that they begin with.
    fn take_on(
        &mut self,
        definitions: &[Definition],
        states: Vec<SourceState>,
        (base_url, recalled): (&str, Recalled),
        now: DateTime<Utc>,
    ) -> Vec<Arc<SourceState>> {
        let first_time = self.tasks.is_empty();
        self.recall_subscriptions(recalled.subscriptions, now);
        self.queue.clear();
        self.lines = Lines::default();
        self.parked.clear();
        let mut before = std::mem::take(&mut self.tasks);
        self.sharing.clear();
        let outlets = Outlets::of_each(definitions, base_url);
        let sources = definitions.iter().zip(outlets).flat_map(|(definition, outlets)| {
            let feed = definition.outlet.id.clone();
            let with_feed =
                move |source: &Arc<Source>| ((feed.clone(), Arc::clone(&outlets)), Arc::clone(source));
            definition.sources.iter().map(with_feed)
        });
        let mut rows = Vec::new();
        for ((feed, source), state) in sources.zip(states) {
            let terms = self.terms(&source, now);
            let row = state.row;
            let mut task = Task::adopt(feed, source, Arc::new(state), before.remove(&row), terms);
            if self.left.remove(&row) {
                // Its collection of before it had left is not over.
                (task.running, task.renewed) = (true, true);
            }
            if let Some(request) = task.request.filter(|_| task.source.enabled) {
                self.sharing.entry(request).or_default().push(row);
            }
            rows.push(row);
            self.tasks.insert(row, task);
        }
        self.recall_visits(recalled.visits, now);
        self.resubscribe(base_url, now);
        for (row, mut task) in before {
            let runs = task.dismiss();
            Arc::make_mut(&mut task.state).gone = false;
            if task.running {
                self.left.insert(row);
            }
            self.report(row, &runs, &task.deferred(None));
        }
        if first_time {
            self.recall_hosts(now);
        }
        for row in &rows {
            self.set_going(*row);
        }
        rows.iter().filter_map(|row| self.tasks.get(row)).map(|task| Arc::clone(&task.state)).collect()
    }

    /// Files what a collection brought by the definition as it is now, where that is another
    /// than the one that it began under; whether anything was.
    pub(super) async fn refile(&mut self, row: SourceRow, done: &mut Done) -> bool {
        let Some(task) = self.tasks.get(&row).filter(|task| task.renewed) else { return false };
        if done.state.filing_hash == Some(crate::update::filing_hash(&task.source.filing)) {
            return false;
        }
        let (store, source, now) = (Arc::clone(&self.store), Arc::clone(&task.source), self.clock.now());
        let state = done.state.clone();
        let refiled =
            tokio::task::spawn_blocking(move || crate::update::refile(&*store, &source, state, now));
        match self.alive_beside(refiled).await {
            Ok(Ok(state)) => done.state = state,
            // The next reading of the feed files does it.
            Ok(Err(error)) => tracing::error!(%error, "a source could not be filed by its new definition"),
            Err(_) => {}
        }
        true
    }

    fn set_going(&mut self, row: SourceRow) {
        let Some(task) = self.tasks.get(&row) else { return };
        let (wake, wanted) = (task.wake(), task.is_wanted());
        self.enqueue(row, wake.filter(|_| !self.on_request));
        if wanted {
            self.line_up(row);
        }
    }

    /// What an earlier run of the daemon had learnt of hosts, in the order in which it was learnt.
    fn recall_hosts(&mut self, now: DateTime<Utc>) {
        let known = self.tasks.iter().filter(|(_, task)| task.request.is_some());
        let mut known: Vec<(SourceRow, Arc<SourceState>)> =
            known.map(|(row, task)| (*row, Arc::clone(&task.state))).collect();
        known.sort_by_key(|(_, state)| state.last);
        for (row, state) in known {
            let Some(url) = self.first_url(row).filter(|_| state.last.is_some()) else { continue };
            // What is over counts neither for nor against.
            if !state.busy || state.not_before.is_some_and(|until| until > now) {
                self.note_host(&url, &state);
            }
        }
    }

    /// What the scheduler adds to a source now.
    pub(super) fn terms(&self, source: &Source, now: DateTime<Utc>) -> Terms {
        let (_, rules) = self.politeness.of(&super::board::location(source));
        let request = match &source.kind {
            SourceKind::Feed(feed) => Some(crate::update::request_hash(feed)),
            SourceKind::Posts(_) | SourceKind::From(_) => None,
        };
        let lease_ends = self.lease_ends(request.filter(|_| source.websub));
        Terms { rules, url_failures: 0, instance: self.instance, now, lease_ends }
    }
}
