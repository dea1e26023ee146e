//! The handle that others hold: ask for a refresh, hand over definitions, see how things stand.

use crate::clock::Clock;
use crate::collect::touched::Touched;
use crate::definition::Definition;
use crate::model::{
    Answering, Delivery, Intent, NoSuchFeed, Problem, Pulse, Refresher, RunReport, Status, Subscriber,
};
use crate::model::{Verdict, Waiting};
use crate::schedule::board::{Board, BoardFeed, Known};
use crate::schedule::lateness::Lateness;
use crate::store::{SourceRow, Store, StoreError};
use chrono::{DateTime, Utc};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{
        Arc, RwLock,
        atomic::{AtomicI64, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot};

/// What the scheduler is told.
pub(super) enum Order {
    Refresh { rows: Vec<SourceRow>, run: String },
    Changed(PathBuf, Touched),
    Redefine(Redefinition, oneshot::Sender<Result<(), StoreError>>),
    Accept(SourceRow),
    Settle(oneshot::Sender<()>),
    Verify(String, Intent, oneshot::Sender<Verdict>),
    Deliver(String, Delivery, oneshot::Sender<bool>),
    Knows(String, oneshot::Sender<bool>),
}

/// New definitions for the scheduler.
#[derive(Debug, Clone, Default)]
pub struct Redefinition {
    /// Every enabled feed; one whose file is bad stands here as it was last good.
    pub definitions: Vec<Definition>,
    /// What is wrong with feed files, by feed id.
    pub problems: HashMap<String, Vec<Problem>>,
    /// The public address, for the ids of feeds that are published for the first time.
    pub base_url: String,
    /// Nothing is collected because its time has come, only what is asked for: for `build`.
    pub on_request: bool,
}

/// The scheduler's handle; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    orders: mpsc::UnboundedSender<Order>,
    board: Arc<RwLock<Board>>,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    ticked: Arc<AtomicI64>,
    user_agent: Arc<str>,
}

impl Handle {
    pub(super) fn new(
        orders: mpsc::UnboundedSender<Order>,
        board: Arc<RwLock<Board>>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        ticked: Arc<AtomicI64>,
    ) -> Self {
        Self { orders, board, store, clock, ticked, user_agent: "feedmill".into() }
    }

    /// With what requests to origins call themselves, for the page that tells publishers.
    #[must_use]
    pub fn called(self, user_agent: &str) -> Self {
        Self { user_agent: user_agent.into(), ..self }
    }

    /// Hands over new definitions; resolves when they hold.
    ///
    /// # Errors
    /// The store could not adopt them: the old ones go on.
    pub async fn redefine(&self, redefinition: Redefinition) -> Result<(), StoreError> {
        let stopped = || StoreError {
            doing: "adopting the definitions".into(),
            cause: "the scheduler has stopped".into(),
            help: None,
            damaged: false,
        };
        let (reply, answer) = oneshot::channel();
        self.orders.send(Order::Redefine(redefinition, reply)).map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Something below this folder has changed.
    pub fn changed(&self, root: PathBuf, touched: Touched) {
        // After the scheduler stopped there is nothing left to collect.
        let _ = self.orders.send(Order::Changed(root, touched));
    }

    /// These are the folders and files that are not watched, each problem at its path as a
    /// source names it: it stands beside what the source's collections say.
    pub fn unwatched(&self, problems: Vec<Problem>) {
        if let Ok(mut board) = self.board.write() {
            board.unwatched = problems;
        }
    }

    /// Lets a held source through, by `source` or `feed/source`.
    ///
    /// # Errors
    /// In words: there is no such source, there are several, or nothing of it is held.
    pub fn accept(&self, name: &str) -> Result<(), String> {
        let board = self.board.read().map_err(|_| "the scheduler has stopped".to_owned())?;
        let row = board.to_accept(name)?;
        // After the scheduler stopped there is nothing left to accept.
        let _ = self.orders.send(Order::Accept(row));
        Ok(())
    }

    /// Resolves when nothing is being collected and nothing could start at the time
    /// that it is; at once when the scheduler has stopped.
    pub async fn settled(&self) {
        let (reply, answer) = oneshot::channel();
        if self.orders.send(Order::Settle(reply)).is_ok() {
            // A scheduler that stops meanwhile collects nothing either.
            let _ = answer.await;
        }
    }

    /// How late scheduled polls started so far: those of sources that were well, and
    /// those of sources that had failed the last time.
    pub fn lateness(&self) -> [Lateness; 2] {
        self.board.read().map(|board| board.lateness.clone()).unwrap_or_default()
    }

    /// How long ago the scheduler last looked at its clock: the watchdog goes by it.
    pub fn idle(&self) -> chrono::Duration {
        self.clock.now()
            - DateTime::from_timestamp_millis(self.ticked.load(Ordering::Relaxed)).unwrap_or_default()
    }
}

impl Refresher for Handle {
    fn refresh(&self, feeds: &[String]) -> Result<String, NoSuchFeed> {
        let missing =
            || NoSuchFeed { id: feeds.first().cloned().unwrap_or_default(), ..NoSuchFeed::default() };
        let mut board = self.board.write().map_err(|_| missing())?;
        if let Some(unknown) = feeds.iter().find(|id| !board.feeds.iter().any(|feed| feed.id == **id)) {
            return Err(NoSuchFeed { id: unknown.clone(), ..NoSuchFeed::default() });
        }
        // One that goes on under its last good definition has sources.
        let unusable = |feed: &&BoardFeed| !feed.valid && feed.sources.is_empty() && feeds.contains(&feed.id);
        if let Some(BoardFeed { id, problems, .. }) = board.feeds.iter().find(unusable) {
            return Err(NoSuchFeed { id: id.clone(), problems: problems.clone() });
        }
        let with_theirs = board.with_theirs(feeds);
        let wanted = board.feeds.iter().filter(|feed| feeds.is_empty() || with_theirs.contains(&feed.id));
        let rows = wanted.flat_map(|feed| feed.sources.iter().copied());
        let enabled = |row: &SourceRow| board.sources.get(row).is_some_and(|source| source.source.enabled);
        let rows: Vec<SourceRow> = rows.filter(enabled).collect();
        let stem = board.started.map_or(0, |started| started.timestamp());
        let name = |row: &SourceRow| {
            let source = board.sources.get(row)?;
            Some((*row, [source.feed.clone(), source.source.id.clone()]))
        };
        let named: Vec<(SourceRow, [String; 2])> = rows.iter().filter_map(name).collect();
        let run = board.runs.start(&format!("{stem:x}"), named);
        drop(board);
        // A scheduler that has stopped leaves the run open; the daemon is ending then.
        let _ = self.orders.send(Order::Refresh { rows, run: run.clone() });
        Ok(run)
    }

    fn run(&self, id: &str) -> Option<RunReport> {
        self.board.read().ok()?.runs.get(id)
    }

    fn wait(&self, id: &str) -> Waiting {
        let watched = self.board.read().ok().and_then(|board| board.runs.watch(id));
        Box::pin(async move {
            if let Some(mut done) = watched {
                // The run was forgotten meanwhile: nothing is left to wait for.
                let _ = done.wait_for(|done| *done).await;
            }
        })
    }

    fn status(&self) -> Status {
        let ids = |board: &Board| board.feeds.iter().map(|feed| feed.id.clone()).collect();
        let Ok(feeds) = self.board.read().map(|board| ids(&board)) else {
            return Status::default();
        };
        let known = Known::of(&*self.store, feeds);
        self.board.read().map(|board| board.status(&known)).unwrap_or_default()
    }

    fn next_due(&self, feed: Option<&str>) -> Option<DateTime<Utc>> {
        self.board.read().ok()?.next_due(feed)
    }

    fn user_agent(&self) -> String {
        self.user_agent.to_string()
    }

    fn pulse(&self) -> Option<Pulse> {
        let board = self.board.read().ok()?;
        let ([scheduled, queued, running], [well, _]) = (board.load, &board.lateness);
        let late = [0.5, 0.99].map(|share| well.quantile(share).as_seconds_f64());
        let tick_age = self.idle().as_seconds_f64();
        Some(Pulse { tick_age, scheduled, queued, running, polls: well.polls(), late })
    }

    fn subscriber(&self) -> Option<&dyn Subscriber> {
        Some(self)
    }
}

impl Subscriber for Handle {
    fn knows<'a>(&'a self, callback: &'a str) -> Answering<'a, bool> {
        let (reply, answer) = oneshot::channel();
        let sent = self.orders.send(Order::Knows(callback.to_owned(), reply));
        Box::pin(async move { sent.is_ok() && answer.await.unwrap_or(false) })
    }

    fn verify<'a>(&'a self, callback: &'a str, intent: Intent) -> Answering<'a, Verdict> {
        let (reply, answer) = oneshot::channel();
        let sent = self.orders.send(Order::Verify(callback.to_owned(), intent, reply));
        Box::pin(async move {
            match sent {
                // A scheduler that stops meanwhile has confirmed nothing.
                Ok(()) => answer.await.unwrap_or(Verdict::Unknown),
                Err(_) => Verdict::Unknown,
            }
        })
    }

    fn deliver<'a>(&'a self, callback: &'a str, delivery: Delivery) -> Answering<'a, bool> {
        let (reply, answer) = oneshot::channel();
        let sent = self.orders.send(Order::Deliver(callback.to_owned(), delivery, reply));
        Box::pin(async move { sent.is_ok() && answer.await.unwrap_or(false) })
    }
}
