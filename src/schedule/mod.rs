//! Who is due, and how politely: due times → collections, one at a time a source.
//!
//! In: definitions, refreshes that were asked for, folders that changed. Out:
//! collections through [`crate::update`], and a [`Handle`] to ask for more and to see
//! how things stand. Due times are wall-clock times in the store, held here as a
//! queue and compared once a second at most: a restart polls nothing early, sleep
//! and clock jumps bring no burst.

mod alive;
mod asking;
mod board;
mod clocks;
mod delivery;
mod handle;
mod health;
mod herald;
mod host;
mod lateness;
mod mixing;
mod neighbours;
mod politeness;
mod redefine;
mod runs;
mod start;
mod subscription;
mod task;
mod visits;
mod wanted;
mod websub;
mod wires;

pub use board::standing;
pub use handle::{Handle, Redefinition};
pub use health::HealthChange;
pub use herald::{Desk, Herald};
pub use host::{Gate, HostGate, HostLimits};
pub use lateness::Lateness;
pub use politeness::{HostRules, Politeness};
pub use subscription::is_reachable;
pub use wires::Wires;

use crate::clock::Clock;
use crate::model::Outcome;
use crate::store::{SourceRow, SourceState, Store, Subscription, Visit};
use crate::update::{Done, Stages};
use board::Board;
use chrono::{DateTime, Utc};
use handle::Order;
use mixing::Mixer;
use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::{Arc, RwLock, atomic::AtomicI64, atomic::Ordering},
    time::Duration,
};
use task::Task;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
};
use websub::{HubAnswer, Subscribing};

/// Due times are looked at this often at the least, whatever the clock did meanwhile.
const TICK: Duration = Duration::from_secs(1);
/// So many orders are taken at once.
const ORDERS: usize = 4096;

/// The scheduler: one task that owns every due time.
pub struct Scheduler {
    stages: Arc<Stages>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    politeness: Politeness,
    instance: [u8; 16],
    board: Arc<RwLock<Board>>,
    ticked: Arc<AtomicI64>,
    orders: mpsc::UnboundedReceiver<Order>,
    tasks: HashMap<SourceRow, Task>,
    /// Sources that have left the definitions while they ran, and still do.
    left: HashSet<SourceRow>,
    /// The sources that share their polls, by what they ask.
    sharing: HashMap<[u8; 32], Vec<SourceRow>>,
    /// When each URL was last asked, by whichever source.
    visits: HashMap<[u8; 32], Visit>,
    /// Of those that may be asked at the same time, the one that is due the longest comes first.
    queue: BTreeSet<(DateTime<Utc>, DateTime<Utc>, SourceRow)>,
    /// Due, but the number at once holds them back.
    lines: Lines,
    /// Due, but their host is busy with us.
    parked: HashMap<String, Vec<SourceRow>>,
    running: JoinSet<Finished>,
    busy: Busy,
    gate: HostGate,
    /// Due times are kept but wake nobody.
    on_request: bool,
    turn: Option<DateTime<Utc>>,
    /// The latest time seen: an earlier one means that the clock was put back.
    latest: DateTime<Utc>,
    /// That the clock is not set was told.
    clock_told: bool,
    /// Who wants to know when all that is due was done.
    settling: Vec<oneshot::Sender<()>>,
    mixer: Mixer,
    subscribing: Option<Subscribing>,
    /// By what their sources ask.
    subscriptions: HashMap<[u8; 32], Subscription>,
    /// Up to here leases were seen to end.
    lapses_seen: Option<DateTime<Utc>>,
    hub_talk: JoinSet<HubAnswer>,
    /// For what hubs bring.
    room: Arc<Semaphore>,
    writes: JoinSet<()>,
    /// Who is told of sources that begin to fail or come back.
    health: Option<mpsc::Sender<HealthChange>>,
}

/// Where due sources wait for a place.
#[derive(Debug, Default)]
struct Lines {
    folders: VecDeque<SourceRow>,
    feeds: VecDeque<SourceRow>,
    /// Feeds that failed the last time: they never take more than half of the places,
    /// so that origins that only eat time leave room for the others.
    failing: VecDeque<SourceRow>,
    /// Feeds that never answered: they leave an eighth of the places to those that have.
    untried: VecDeque<SourceRow>,
}

/// How many places are taken.
#[derive(Debug, Default)]
struct Busy {
    folders: usize,
    feeds: usize,
    failing: usize,
    untried: usize,
}

/// A fetch, or a folder's collection, that is over.
struct Finished {
    place: Place,
    hosts: Vec<String>,
    /// The URL that was asked.
    asked: Option<String>,
    done: Vec<(SourceRow, Done)>,
    /// Nothing was asked: it is known now where this source's hosts are.
    looked_up: Option<SourceRow>,
}

/// What it took up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Folder,
    Feed {
        failing: bool,
        untried: bool,
    },
    /// What a hub brought: it takes nobody's place.
    Delivery,
}

impl Scheduler {
    /// A scheduler that knows no feed yet, and the handle to tell it of some.
    pub fn new(stages: Arc<Stages>, clock: Arc<dyn Clock>, politeness: Politeness) -> (Self, Handle) {
        let (sender, orders) = mpsc::unbounded_channel();
        let store = Arc::clone(&stages.store);
        let now = clock.now();
        let board = Arc::new(RwLock::new(Board { started: Some(now), ..Board::default() }));
        let ticked = Arc::new(AtomicI64::new(now.timestamp_millis()));
        let handle = Handle::new(
            sender,
            Arc::clone(&board),
            Arc::clone(&store),
            Arc::clone(&clock),
            Arc::clone(&ticked),
        );
        let scheduler = Self {
            // A store that can't be read says so at the first definition.
            instance: store.instance().unwrap_or_default(),
            stages,
            store,
            clock,
            politeness,
            board,
            ticked,
            orders,
            tasks: HashMap::new(),
            left: HashSet::new(),
            sharing: HashMap::new(),
            visits: HashMap::new(),
            queue: BTreeSet::new(),
            lines: Lines::default(),
            parked: HashMap::new(),
            running: JoinSet::new(),
            busy: Busy::default(),
            gate: HostGate::default(),
            on_request: false,
            turn: None,
            latest: now,
            clock_told: false,
            settling: Vec::new(),
            mixer: Mixer::default(),
            subscribing: None,
            subscriptions: HashMap::new(),
            lapses_seen: None,
            hub_talk: JoinSet::new(),
            room: Arc::new(Semaphore::new(delivery::MOST_KILOBYTES)),
            writes: JoinSet::new(),
            health: None,
        };
        (scheduler, handle)
    }

    /// Runs until `stop` resolves or every handle is gone. What is being collected
    /// then is given up: nothing of it was stored, or all of it.
    pub async fn run(mut self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            // Whatever it is at is one transaction, which is stored or not without us.
            let goes_on = tokio::select! {
                () = &mut stop => false,
                goes_on = self.step() => goes_on,
            };
            if !goes_on {
                break;
            }
        }
        self.running.shutdown().await;
    }

    /// Starts what is due, and does the next thing that there is to do; whether there will
    /// be another.
    async fn step(&mut self) -> bool {
        let wait = self.start_due();
        if self.running.is_empty() && self.hub_talk.is_empty() && self.writes.is_empty() {
            // Whoever asked may have gone.
            self.settling.drain(..).for_each(|settled| settled.send(()).unwrap_or_default());
        }
        self.ticked.store(self.clock.now().timestamp_millis(), Ordering::Relaxed);
        let mut orders = Vec::new();
        tokio::select! {
            // Those who ask together are heard together, before what the first asks for ends.
            heard = self.orders.recv_many(&mut orders, ORDERS) => {
                if heard == 0 {
                    return false;
                }
                for order in orders {
                    self.obey(order).await;
                }
            }
            Some(done) = self.running.join_next() => match done {
                Ok(finished) => self.finish(finished).await,
                Err(error) => tracing::error!(%error, "a collection broke off"),
            },
            Some(answer) = self.hub_talk.join_next() => match answer {
                Ok(answer) => self.hear(answer),
                Err(error) => tracing::error!(%error, "a request to a hub broke off"),
            },
            Some(_) = self.writes.join_next() => {}
            () = self.clock.sleep(wait) => self.turn_over().await,
        }
        true
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Refresh { rows, run } => {
                for row in rows {
                    if !self.defers_all(row, &run) && !self.wait_for_mix(row, &run) {
                        self.ask(row, run.clone());
                    }
                }
                self.mix().await;
            }
            Order::Changed(root, touched) => self.folder_changed(&root, &touched),
            Order::Redefine(redefinition, reply) => {
                let outcome = self.redefine(redefinition).await;
                // The asker may have given up waiting; the definitions hold all the same.
                let _ = reply.send(outcome);
            }
            Order::Accept(row) => self.accept(row),
            Order::Settle(reply) => self.settling.push(reply),
            hub @ (Order::Verify(..) | Order::Deliver(..) | Order::Knows(..)) => self.obey_hub(hub).await,
        }
    }

    async fn finish(&mut self, Finished { place, hosts, asked, done, looked_up }: Finished) {
        let now = self.clock.now();
        match place {
            Place::Folder => self.busy.folders = self.busy.folders.saturating_sub(1),
            Place::Feed { failing, untried } => {
                self.busy.feeds = self.busy.feeds.saturating_sub(1);
                self.busy.failing = self.busy.failing.saturating_sub(usize::from(failing));
                self.busy.untried = self.busy.untried.saturating_sub(usize::from(untried));
            }
            Place::Delivery => {}
        }
        if let Some(row) = looked_up {
            // New definitions that came meanwhile have put it where it belongs.
            if self.tasks.get(&row).is_some_and(|task| task.ready) {
                self.unpark(row);
            }
            return;
        }
        let mut done = self.by_this_clock(done, now);
        self.note_answer(asked.as_deref(), &done);
        for host in &hosts {
            self.gate.leave(host);
            self.parked.remove(host).into_iter().flatten().for_each(|row| self.unpark(row));
        }
        self.gate.tidy(now);
        let mut updated = false;
        let mut over = Vec::new();
        for (row, done) in &mut done {
            updated |= self.refile(*row, done).await;
        }
        for (row, done) in done {
            updated |= done.report.outcome == Outcome::Updated;
            let runs = self.finish_one(row, &done);
            self.note_offer(row, &done.offer);
            over.extend(runs.map(|runs| (row, runs, done.report)));
        }
        if updated {
            // Before anybody hears of it, so that whoever waited finds everything in place.
            self.turn = Some(now);
            self.turn_over().await;
        }
        for (row, runs, report) in over {
            self.report(row, &runs, &report);
        }
        self.mix().await;
    }

    /// Who waited for it; `None` where its source has left the definitions while it ran.
    fn finish_one(&mut self, row: SourceRow, done: &Done) -> Option<Vec<String>> {
        self.left.remove(&row);
        let task = self.tasks.get(&row)?;
        self.tell_health(task.state.failures > 0, done);
        let terms = self.terms(&Arc::clone(&task.source), self.clock.now());
        let task = self.tasks.get_mut(&row)?;
        task::log(&done.report);
        // Its address may have changed while it ran: what the old one said doesn't count.
        let asks_the_same = task.request.is_none() || done.state.request_hash == task.request;
        task.kept = done.kept.clone().filter(|_| !task.renewed);
        let state = if asks_the_same { Arc::new(done.state.clone()) } else { Arc::clone(&task.state) };
        let waiting = task.end(state, terms);
        let (again, state, wake) = (task.again, Arc::clone(&task.state), task.wake());
        self.enqueue(row, wake.filter(|_| !self.on_request));
        if again {
            self.line_up(row);
        }
        self.show(row, state);
        self.let_through(row);
        self.start_delivery(row);
        Some(waiting)
    }

    /// Puts a source's state on the board.
    fn show(&self, row: SourceRow, state: Arc<SourceState>) {
        if let Ok(mut board) = self.board.write()
            && let Some(source) = board.sources.get_mut(&row)
        {
            source.put(state);
        }
    }

    /// Shows what has become visible and hides what has expired.
    async fn turn_over(&mut self) {
        let now = self.clock.now();
        if self.turn.is_none_or(|turn| turn > now) {
            return;
        }
        let store = Arc::clone(&self.store);
        let outcome = self.alive_beside(tokio::task::spawn_blocking(move || store.turn_over(now))).await;
        self.turn = match outcome {
            Ok(Ok(next)) => next,
            Ok(Err(error)) => {
                tracing::error!(%error, "could not show what has become visible");
                Some(now + TICK)
            }
            Err(_) => Some(now + TICK),
        };
        if let Ok(mut board) = self.board.write() {
            board.turn = self.turn;
        }
        self.mix().await;
    }
}
