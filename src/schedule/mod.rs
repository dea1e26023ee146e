//! Who is due, and how politely: due times → collections, one at a time a source.
//!
//! In: definitions, refreshes that were asked for, folders that changed. Out:
//! collections through [`crate::update`], and a [`Handle`] to ask for more and to see
//! how things stand. Due times are wall-clock times in the store, held here as a
//! queue and compared once a second at most: a restart polls nothing early, sleep
//! and clock jumps bring no burst.

mod board;
mod handle;
mod host;
mod mixing;
mod runs;
mod task;

pub use handle::{Handle, Redefinition};
pub use host::{Gate, HostGate, HostLimits};

use crate::clock::Clock;
use crate::definition::{Source, SourceKind};
use crate::model::{Outcome, SourceReport};
use crate::store::{SourceRow, SourceState, Store, StoreError};
use crate::update::{Done, Stages};
use board::Board;
use chrono::{DateTime, Utc};
use handle::Order;
use mixing::Mixer;
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::{Arc, RwLock, atomic::AtomicI64, atomic::Ordering},
    time::Duration,
};
use task::Task;
use tokio::{sync::mpsc, task::JoinSet};

/// Due times are looked at this often at the least, whatever the clock did meanwhile.
const TICK: Duration = Duration::from_secs(1);
/// Folders collected at once: reading and mapping is work for a core each.
const FOLDERS_AT_ONCE: usize = 2;

/// How requests are spaced.
#[derive(Debug, Clone)]
pub struct Politeness {
    /// Feeds fetched at once.
    pub at_once: usize,
    /// For every host without an entry of its own.
    pub host: HostLimits,
    /// Between two requests to one URL.
    pub min_interval: Duration,
    /// What holds for single hosts, by `host:port`.
    pub hosts: HashMap<String, (HostLimits, Duration)>,
}

/// The scheduler: one task that owns every due time.
pub struct Scheduler {
    stages: Arc<Stages>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    politeness: Politeness,
    board: Arc<RwLock<Board>>,
    ticked: Arc<AtomicI64>,
    orders: mpsc::UnboundedReceiver<Order>,
    tasks: HashMap<SourceRow, Task>,
    queue: BTreeSet<(DateTime<Utc>, SourceRow)>,
    /// Due, but their host or the number at once holds them back.
    ready: VecDeque<SourceRow>,
    running: JoinSet<Finished>,
    feeds_running: usize,
    folders_running: usize,
    gate: HostGate,
    turn: Option<DateTime<Utc>>,
    mixer: Mixer,
}

impl Scheduler {
    /// A scheduler that knows no feed yet, and the handle to tell it of some.
    pub fn new(stages: Arc<Stages>, clock: Arc<dyn Clock>, politeness: Politeness) -> (Self, Handle) {
        let (sender, orders) = mpsc::unbounded_channel();
        let store = Arc::clone(&stages.store);
        let board = Arc::new(RwLock::new(Board { started: Some(clock.now()), ..Board::default() }));
        let ticked = Arc::new(AtomicI64::new(clock.now().timestamp_millis()));
        let handle = Handle::new(
            sender,
            Arc::clone(&board),
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&ticked),
        );
        let scheduler = Self {
            stages,
            store,
            clock,
            politeness,
            board,
            ticked,
            orders,
            tasks: HashMap::new(),
            queue: BTreeSet::new(),
            ready: VecDeque::new(),
            running: JoinSet::new(),
            feeds_running: 0,
            folders_running: 0,
            gate: HostGate::default(),
            turn: None,
            mixer: Mixer::default(),
        };
        (scheduler, handle)
    }

    /// Runs until `stop` resolves or every handle is gone. What is being collected
    /// then is given up: nothing of it was stored, or all of it.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let wait = self.start_due();
            self.ticked.store(self.clock.now().timestamp_millis(), Ordering::Relaxed);
            tokio::select! {
                () = &mut stop => break,
                order = self.orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => break,
                },
                Some(done) = self.running.join_next() => match done {
                    Ok(finished) => self.finish(finished).await,
                    Err(error) => tracing::error!(%error, "a collection broke off"),
                },
                () = self.clock.sleep(wait) => self.turn_over().await,
            }
        }
        self.running.shutdown().await;
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Refresh { rows, run } => {
                for row in rows {
                    if !self.wait_for_mix(row, &run) {
                        self.ask(row, run.clone());
                    }
                }
                self.mix().await;
            }
            Order::Changed(root) => self.folder_changed(&root),
            Order::Redefine(redefinition, reply) => {
                let outcome = self.redefine(redefinition).await;
                // The asker may have given up waiting; the definitions hold all the same.
                let _ = reply.send(outcome);
            }
            Order::Accept(row) => {
                if let Some(task) = self.tasks.get_mut(&row) {
                    task.accept = true;
                    task.again = true;
                    self.ready.push_back(row);
                }
            }
        }
    }

    /// Makes what is due now ready, starts what may start, and says how long to sleep.
    fn start_due(&mut self) -> Duration {
        let now = self.clock.now();
        while let Some((due, row)) = self.queue.first().copied().filter(|(due, _)| *due <= now) {
            self.queue.remove(&(due, row));
            self.ready.push_back(row);
        }
        let mut wake = now + TICK;
        for _ in 0..self.ready.len() {
            let Some(row) = self.ready.pop_front() else { break };
            match self.try_start(row, now) {
                Started::Yes => {}
                Started::Later(at) => {
                    wake = wake.min(at.max(now));
                    self.ready.push_back(row);
                }
            }
        }
        let next = [self.queue.first().map(|(due, _)| *due), self.turn].into_iter().flatten().min();
        let wake = next.map_or(wake, |next| wake.min(next.max(now)));
        (wake - now).to_std().unwrap_or_default()
    }

    fn try_start(&mut self, row: SourceRow, now: DateTime<Utc>) -> Started {
        let not_yet = Started::Later(now + TICK);
        let Some(task) = self.tasks.get_mut(&row) else {
            return Started::Yes;
        };
        if task.running {
            // Whoever asks meanwhile is answered when that collection ends.
            return Started::Yes;
        }
        let mut host = None;
        let job = match &task.source.kind {
            SourceKind::Posts(_) => {
                if self.folders_running >= FOLDERS_AT_ONCE {
                    return not_yet;
                }
                self.folders_running += 1;
                task.begin(Duration::ZERO, now)
            }
            // Brought up to date by `mix`, whenever one of its feeds has moved.
            SourceKind::From(_) => return Started::Yes,
            SourceKind::Feed(feed) => {
                if self.feeds_running >= self.politeness.at_once {
                    return not_yet;
                }
                let name = task::host(&feed.url);
                let (limits, floor) = self.politeness.of(&name);
                match self.gate.enter(&name, limits, now) {
                    Gate::Open => host = Some(name),
                    Gate::NotBefore(at) => return Started::Later(at),
                    Gate::Full => return not_yet,
                }
                self.feeds_running += 1;
                task.begin(floor, now)
            }
        };
        // A collection before its time takes the place of the one that was due.
        if let Some(due) = task.state.due {
            self.queue.remove(&(due, row));
        }
        let stages = Arc::clone(&self.stages);
        self.running
            .spawn(async move { Finished { row, host, done: crate::update::update(&stages, job).await } });
        Started::Yes
    }

    async fn finish(&mut self, Finished { row, host, done }: Finished) {
        let now = self.clock.now();
        match host {
            None => self.folders_running = self.folders_running.saturating_sub(1),
            Some(host) => {
                self.feeds_running = self.feeds_running.saturating_sub(1);
                self.gate.leave(&host);
                self.gate.tidy(now);
            }
        }
        // Its source may have left the definitions while it ran.
        let Some(task) = self.tasks.get_mut(&row) else {
            return;
        };
        let updated = done.report.outcome == Outcome::Updated;
        task::log(&done.report);
        let waiting = task.end(done.state.clone());
        if task.source.enabled
            && let Some(due) = done.state.due
        {
            self.queue.insert((due, row));
        }
        if task.again {
            self.ready.push_back(row);
        }
        if updated {
            // Before anybody hears of it, so that whoever waited finds everything in place.
            self.turn = Some(now);
            self.turn_over().await;
        }
        if let Ok(mut board) = self.board.write() {
            if let Some(source) = board.sources.get_mut(&row) {
                source.state = done.state;
            }
            for run in waiting {
                board.runs.report(&run, row, done.report.clone());
            }
        }
        self.mix().await;
    }

    /// Somebody asks for a source now.
    fn ask(&mut self, row: SourceRow, run: String) {
        let now = self.clock.now();
        let Some(task) = self.tasks.get_mut(&row) else {
            return;
        };
        if let SourceKind::Feed(feed) = &task.source.kind {
            let (_, floor) = self.politeness.of(&task::host(&feed.url));
            if !task.running
                && let Some(report) = task.deferred(floor, now)
            {
                if let Ok(mut board) = self.board.write() {
                    board.runs.report(&run, row, report);
                }
                return;
            }
        }
        if task.wait_for(run) {
            self.ready.push_back(row);
        }
    }

    fn folder_changed(&mut self, root: &std::path::Path) {
        for (row, task) in &mut self.tasks {
            let SourceKind::Posts(posts) = &task.source.kind else {
                continue;
            };
            let touched = posts.paths.iter().any(|path| path.starts_with(root) || root.starts_with(path));
            if touched && task.source.enabled {
                task.again = task.running;
                if !task.running {
                    self.ready.push_back(*row);
                }
            }
        }
    }

    /// Shows what has become visible and hides what has expired.
    async fn turn_over(&mut self) {
        let now = self.clock.now();
        if self.turn.is_none_or(|turn| turn > now) {
            return;
        }
        let store = Arc::clone(&self.store);
        let outcome = tokio::task::spawn_blocking(move || store.turn_over(now)).await;
        self.turn = match outcome {
            Ok(Ok(next)) => next,
            Ok(Err(error)) => {
                tracing::error!(%error, "could not show what has become visible");
                Some(now + TICK)
            }
            Err(_) => Some(now + TICK),
        };
        self.mix().await;
    }

    /// Takes new definitions on: known sources keep their due times, changed ones
    /// are filed anew or collected again, those no longer defined stop at once.
    async fn redefine(&mut self, redefinition: Redefinition) -> Result<(), StoreError> {
        let now = self.clock.now();
        let store = Arc::clone(&self.store);
        let definitions = Arc::new(redefinition.definitions);
        let adopting = Arc::clone(&definitions);
        let adopted = tokio::task::spawn_blocking(move || {
            let states = store.adopt(&task::records(&adopting, &redefinition.base_url), now)?;
            let sources = adopting.iter().flat_map(|definition| &definition.sources);
            sources
                .zip(states)
                .map(|(source, state)| crate::update::refile(&*store, source, state, now))
                .collect::<Result<Vec<_>, _>>()
        });
        let states = adopted.await.map_err(|error| StoreError {
            doing: "adopting the definitions".into(),
            cause: error.to_string(),
            help: None,
        })??;
        self.queue.clear();
        self.ready.clear();
        let mut tasks = HashMap::new();
        let sources = definitions.iter().flat_map(|definition| {
            definition.sources.iter().map(|source| (definition.outlet.id.clone(), Arc::new(source.clone())))
        });
        for ((feed, source), state) in sources.zip(&states) {
            let task = Task::adopt(feed, source, state.clone(), self.tasks.remove(&state.row), now);
            if let Some(due) = task.due() {
                self.queue.insert((due, state.row));
            }
            tasks.insert(state.row, task);
        }
        self.tasks = tasks;
        let rows: Vec<SourceRow> = states.iter().map(|state| state.row).collect();
        self.mixer.redefine(&definitions, &rows);
        if let Ok(mut board) = self.board.write() {
            board.set(&definitions, states, &redefinition.problems);
        }
        self.turn = Some(now);
        self.turn_over().await;
        Ok(())
    }
}

/// A collection that is over; `host` is the one that it kept busy.
struct Finished {
    row: SourceRow,
    host: Option<String>,
    done: Done,
}

enum Started {
    Yes,
    Later(DateTime<Utc>),
}

impl Politeness {
    fn of(&self, host: &str) -> (HostLimits, Duration) {
        self.hosts.get(host).copied().unwrap_or((self.host, self.min_interval))
    }
}

/// What a refresh that is not let through answers.
fn deferred(feed: &str, source: &Source, state: &SourceState) -> SourceReport {
    SourceReport {
        feed: feed.to_owned(),
        source: source.id.clone(),
        outcome: Outcome::Deferred,
        new: 0,
        changed: 0,
        gone: 0,
        problems: Vec::new(),
        next: state.due,
    }
}
