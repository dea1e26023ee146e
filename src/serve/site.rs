//! What serving holds: the store, the outlets of the day, the handle that asks for a
//! refresh, kept documents, counters.
//!
//! In: its parts at start, new outlets at a reload. Out: snapshots. Decides nothing.

use crate::clock::Clock;
use crate::model::{HubDesk, Network, Outlet, Refresher, Status};
use crate::publish::page::Manners;
use crate::serve::base::Base;
use crate::serve::cache::{Cache, Stamp};
use crate::serve::client::Guesses;
use crate::serve::flights::Flights;
use crate::serve::metrics::Metrics;
use crate::serve::secret::Secret;
use crate::serve::shelf::{AllSettings, Shelf};
use crate::store::{ServeStore, StoreError};
use std::{
    fmt,
    path::PathBuf,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// So many requests wait for choices among entries; the others are told to come later.
const MOST_CHOOSERS: usize = 1024;

/// How long each part of a connection's life may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// From the last answer, or the connection's start, to the end of a request's head.
    pub header: Duration,
    /// For the client to take a next part of an answer.
    pub write_stall: Duration,
    /// For open requests to end when we stop.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            write_stall: Duration::from_secs(15),
            drain: Duration::from_secs(9),
        }
    }
}

/// How serving was configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Public address; a path in it is answered with and without.
    pub base_url: String,
    /// The longest that a document may be kept without asking.
    pub max_age: Duration,
    /// Connections at once.
    pub max_connections: usize,
    /// Our version, for those who show the token.
    pub version: String,
    /// How `all` is put out.
    pub all: AllSettings,
    /// Lets in to the status and the API.
    pub token: Secret,
    /// Where the token lies, for the one who is asked for it.
    pub token_place: String,
    /// Lets in to the metrics alone.
    pub metrics_token: Option<Secret>,
    /// Proxies whose word on who asks is believed.
    pub trusted_proxy: Vec<Network>,
    /// How slow a client may be.
    pub limits: Limits,
    /// Bytes of documents kept in memory.
    pub cache_bytes: usize,
    /// How hosts are treated, for the page that tells publishers.
    pub manners: Manners,
}

/// What a site is made of.
pub struct Parts {
    /// What is known.
    pub store: Arc<dyn ServeStore>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Collects when asked to.
    pub refresher: Arc<dyn Refresher>,
    /// What is published at first.
    pub outlets: Vec<Arc<Outlet>>,
    /// How.
    pub settings: Settings,
}

/// Everything that is served, and what is needed to serve it.
pub struct Site {
    pub(crate) store: Arc<dyn ServeStore>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) refresher: Arc<dyn Refresher>,
    pub(crate) settings: Settings,
    pub(crate) base: Base,
    pub(crate) cache: Cache,
    pub(crate) flights: Flights,
    pub(crate) metrics: Metrics,
    /// Who tells others of changes, where somebody does.
    pub(crate) desk: OnceLock<Arc<dyn HubDesk>>,
    /// Where what collects listens, when that is another process.
    pub(crate) onward: OnceLock<PathBuf>,
    /// Who showed wrong tokens of late.
    pub(crate) guesses: Guesses,
    pub(crate) connections: Arc<Semaphore>,
    /// Documents that may be looked up or rendered at once: each can take a core and memory.
    pub(crate) renders: Arc<Semaphore>,
    /// The same of choices among a feed's entries, which anybody can think of any number of.
    pub(crate) choices: Arc<Semaphore>,
    /// Who may wait for one.
    pub(crate) choosers: Arc<Semaphore>,
    shelf: RwLock<Arc<Shelf>>,
    /// What a reload of the config may change of the settings.
    live: RwLock<(AllSettings, Duration)>,
    ready: AtomicBool,
    stopping: watch::Sender<bool>,
}

impl Site {
    /// A site that is not ready yet: it serves what the store has.
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts { store, clock, refresher, outlets, settings } = parts;
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Arc::new(Self {
            store,
            clock,
            refresher,
            base: Base::new(&settings.base_url),
            cache: Cache::new(settings.cache_bytes),
            flights: Flights::default(),
            guesses: Guesses::default(),
            desk: OnceLock::new(),
            onward: OnceLock::new(),
            metrics: Metrics::new(&settings.version),
            connections: Arc::new(Semaphore::new(settings.max_connections.clamp(1, Semaphore::MAX_PERMITS))),
            renders: Arc::new(Semaphore::new(cores.max(2))),
            choices: Arc::new(Semaphore::new((cores / 2).max(1))),
            choosers: Arc::new(Semaphore::new(MOST_CHOOSERS)),
            shelf: RwLock::new(Arc::new(Shelf::new(outlets, &settings.all))),
            live: RwLock::new((settings.all.clone(), settings.max_age)),
            ready: AtomicBool::new(false),
            stopping: watch::Sender::new(false),
            settings,
        })
    }

    /// Our own hub takes requests from now on, and hands them on there.
    pub fn open_hub(&self, desk: Arc<dyn HubDesk>) {
        // A second one would be another daemon's.
        let _ = self.desk.set(desk);
    }

    /// What only a scheduler can answer is handed on to the process that listens there:
    /// said before the site is served.
    pub fn hand_on(&self, socket: PathBuf) {
        // There is one such process.
        let _ = self.onward.set(socket);
    }

    /// Asks the store, on a thread that may block.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let site = Arc::clone(self);
        let asked = tokio::task::spawn_blocking(move || ask(&site)).await;
        asked.unwrap_or_else(|error| {
            let doing = "asking the store".to_owned();
            Err(StoreError { doing, cause: error.to_string(), help: None, damaged: false })
        })
    }

    /// How everything stands; the store is asked for it.
    pub(crate) async fn status(self: &Arc<Self>) -> Status {
        self.blocking(|site| Ok(site.refresher.status())).await.unwrap_or_default()
    }

    /// Publishes these outlets from now on, all at once.
    pub fn shelve(&self, outlets: impl IntoIterator<Item: Into<Arc<Outlet>>>) {
        let next = Arc::new(Shelf::new(outlets, &self.all()));
        *self.shelf.write().unwrap_or_else(PoisonError::into_inner) = next;
    }

    /// How `all` is put out, and the longest that a document may be kept without asking,
    /// from now on; documents follow with the next outlets.
    pub fn reconfigure(&self, all: AllSettings, max_age: Duration) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = (all, max_age);
    }

    /// How `all` is put out.
    pub(crate) fn all(&self) -> AllSettings {
        self.live.read().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// The longest that a document may be kept without asking.
    pub(crate) fn max_age(&self) -> Duration {
        self.live.read().unwrap_or_else(PoisonError::into_inner).1
    }

    /// What is published now.
    pub fn shelf(&self) -> Arc<Shelf> {
        Arc::clone(&self.shelf.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on `/health/ready` says so.
    pub fn mark_ready(&self) {
        self.ready.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    /// What a document has to be checked against now.
    pub(crate) fn stamp(&self, outlets: &Shelf) -> Stamp {
        Stamp { generation: self.store.generation(), shelf: outlets.number, minute: 0 }
    }

    /// Those who wait for a refresh get their answer now: we stop.
    pub(crate) fn stop_waiting(&self) {
        self.stopping.send_replace(true);
    }

    /// Resolves when we stop.
    pub(crate) async fn stopping(&self) {
        let mut stopping = self.stopping.subscribe();
        // The sender lives as long as the site.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Site").field("settings", &self.settings).finish_non_exhaustive()
    }
}
