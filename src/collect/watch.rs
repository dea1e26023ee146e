//! Word of folders that changed.
//!
//! In: what to watch: folders of posts, files, globs, the folder of feeds. Out:
//! [`Changed`] with the path as it was given: at once when a file was closed after
//! writing, moved or removed, and after a second of silence when it is still held
//! open. Never reads a file, never says what changed: a listing does.
//!
//! A folder that can't be watched is a problem, no failure: it is still listed on
//! schedule. Where more happens at once than is told of, by the system or to us, every
//! folder counts as changed.

use super::folder::{is_noise, is_skipped};
use super::touched::Touched;
use super::tree::Trees;
use crate::model::Problem;
use notify::event::{AccessKind, AccessMode, CreateKind, ModifyKind, RenameMode};
use notify::{Event, EventKind};
use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

/// Events so close to each other are one.
const TOGETHER: Duration = Duration::from_millis(20);
/// A file that is held open has settled when nothing was written for so long.
const SETTLED: Duration = Duration::from_secs(1);
/// Changes that wait to be taken up.
const WAITING: usize = 256;
/// The system's events that wait for us; half of what it keeps itself by default.
const MOST_EVENTS: usize = 8192;
/// Files held open that are told apart; beyond them a change counts at once.
const MOST_OPEN: usize = 4096;

/// Something below a watched path is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The path as it was given to [`Watcher::watch`].
    pub root: PathBuf,
    /// What below it.
    pub touched: Touched,
}

/// What the watch can't see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sight {
    /// What is not watched at the moment, by the path as it was given, and why.
    pub unwatched: Vec<Problem>,
    /// How many times events were lost, so that every root was told of.
    pub lost: u64,
}

/// Watches folders until it is dropped.
#[derive(Debug)]
pub struct Watcher {
    orders: mpsc::UnboundedSender<Order>,
    sight: watch::Receiver<Sight>,
}

struct Order {
    roots: Vec<PathBuf>,
    done: oneshot::Sender<()>,
}

impl Watcher {
    /// Starts with nothing to watch. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system gives no watcher (its limit of them).
    pub fn start() -> Result<(Self, mpsc::Receiver<Changed>), Problem> {
        let (teller, events) = Teller::new();
        let trees = Trees::new(move |event| teller.tell(event))?;
        Ok(Self::of(trees, events))
    }

    fn of(trees: Trees, events: Events) -> (Self, mpsc::Receiver<Changed>) {
        let (orders, ordered) = mpsc::unbounded_channel();
        let (changed, receiver) = mpsc::channel(WAITING);
        let (seen, sight) = watch::channel(Sight::default());
        let watch = Watch {
            trees: Arc::new(Mutex::new(trees)),
            sight: seen,
            changed,
            soon: HashMap::new(),
            open: HashMap::new(),
            untold: HashMap::new(),
        };
        tokio::spawn(watch.run(events, ordered));
        (Self { orders, sight }, receiver)
    }

    /// Watches these and nothing else: folders, files or globs, there or not yet.
    /// What could not be watched, and why.
    pub async fn watch(&self, roots: Vec<PathBuf>) -> Vec<Problem> {
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order { roots, done }).is_ok() {
            // An error means that the watch has ended with its runtime.
            let _ = is_done.await;
        }
        self.sight.borrow().unwatched.clone()
    }

    /// What it can't see, now and whenever that changes.
    pub fn sight(&self) -> watch::Receiver<Sight> {
        self.sight.clone()
    }
}

/// Hands the system's events on, as many as are waited for; of more, that there were some.
struct Teller {
    events: mpsc::Sender<notify::Result<Event>>,
    lost: Arc<AtomicBool>,
}

struct Events {
    events: mpsc::Receiver<notify::Result<Event>>,
    lost: Arc<AtomicBool>,
}

impl Teller {
    fn new() -> (Self, Events) {
        let (tell, events) = mpsc::channel(MOST_EVENTS);
        let lost = Arc::new(AtomicBool::new(false));
        (Self { events: tell, lost: Arc::clone(&lost) }, Events { events, lost })
    }

    fn tell(&self, event: notify::Result<Event>) {
        // Where nobody listens any more the daemon stops.
        if let Err(TrySendError::Full(_)) = self.events.try_send(event) {
            self.lost.store(true, Ordering::Release);
        }
    }
}

impl Events {
    /// The next; an error where some were lost, which those that wait are then part of.
    async fn next(&mut self) -> Option<notify::Result<Event>> {
        let event = self.events.recv().await?;
        if !self.lost.swap(false, Ordering::AcqRel) {
            return Some(event);
        }
        while self.events.try_recv().is_ok() {}
        Some(Err(notify::Error::generic("events were lost")))
    }
}

struct Watch {
    trees: Arc<Mutex<Trees>>,
    sight: watch::Sender<Sight>,
    changed: mpsc::Sender<Changed>,
    /// Paths with a change that is complete, and when it is told.
    soon: HashMap<PathBuf, Instant>,
    /// Files that were written and not closed, and when they count as settled.
    open: HashMap<PathBuf, Instant>,
    /// Roots whose change nobody took up yet, and when it is told again.
    untold: HashMap<PathBuf, Instant>,
}

impl Watch {
    async fn run(mut self, mut events: Events, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let waiting = [&self.soon, &self.open, &self.untold];
            let next = waiting.into_iter().flat_map(HashMap::values).min().copied();
            tokio::select! {
                order = orders.recv() => match order {
                    Some(order) => {
                        self.with_trees(move |trees| trees.set(&order.roots)).await;
                        let _ = order.done.send(());
                    }
                    None => return,
                },
                event = events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                () = async {
                    match next {
                        Some(next) => sleep_until(next).await,
                        None => std::future::pending().await,
                    }
                } => self.tell(),
            }
        }
    }

    async fn take(&mut self, event: notify::Result<Event>) {
        match event {
            Ok(event) if !event.need_rescan() => self.sort(&event).await,
            // An overflow, or an error in between: whatever happened, all may have changed.
            Ok(_) | Err(_) => {
                self.all_anew().await;
                self.sight.send_modify(|sight| sight.lost += 1);
            }
        }
    }

    async fn all_anew(&mut self) {
        self.with_trees(Trees::renew).await;
        let at = Instant::now() + TOGETHER;
        let roots = self.trees().real_roots();
        for root in roots {
            self.soon.insert(root, at);
        }
    }

    async fn sort(&mut self, event: &Event) {
        let Some(path) = event.paths.first() else {
            return;
        };
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => self.complete(path),
            EventKind::Create(CreateKind::Folder) | EventKind::Modify(ModifyKind::Name(RenameMode::To)) => {
                self.appeared(path).await;
            }
            // Moved to an editor's name for what it keeps aside: the new text follows.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both))
                if event.paths.get(1).and_then(|to| to.file_name()).is_some_and(is_noise) =>
            {
                self.soon.remove(path);
                self.written(path);
            }
            EventKind::Modify(ModifyKind::Name(RenameMode::From)) | EventKind::Remove(_) => {
                self.vanished(path).await;
            }
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)) => {
                self.written(path);
            }
            _ => {}
        }
    }

    /// A folder or file that came to be under this name.
    async fn appeared(&mut self, path: &Path) {
        if self.trees().leads_to_a_root(path) {
            let path = path.to_path_buf();
            self.with_trees(move |trees| trees.renew_at(&path)).await;
        } else if self.trees().concerns(path) && path.is_dir() {
            if is_skipped(path) {
                return;
            }
            let folder = path.to_path_buf();
            self.with_trees(move |trees| trees.add(&folder)).await;
        }
        self.complete(path);
    }

    async fn vanished(&mut self, path: &Path) {
        let leads = self.trees().leads_to_a_root(path);
        if leads {
            let path = path.to_path_buf();
            self.with_trees(move |trees| trees.renew_at(&path)).await;
        } else {
            self.trees().forget(path);
        }
        self.complete(path);
    }

    fn complete(&mut self, path: &Path) {
        self.open.remove(path);
        if self.counts(path) {
            self.soon.entry(path.to_path_buf()).or_insert_with(|| Instant::now() + TOGETHER);
        }
    }

    fn written(&mut self, path: &Path) {
        if !self.counts(path) {
            return;
        }
        if self.open.len() >= MOST_OPEN && !self.open.contains_key(path) {
            return self.complete(path);
        }
        self.open.insert(path.to_path_buf(), Instant::now() + SETTLED);
    }

    fn counts(&self, path: &Path) -> bool {
        let trees = self.trees();
        trees.leads_to_a_root(path) || (!path.file_name().is_some_and(is_noise) && trees.concerns(path))
    }

    /// Tells of every root with something due, and what else is known to have changed there.
    fn tell(&mut self) {
        let now = Instant::now();
        let mut told: HashMap<PathBuf, Touched> =
            take_due(&mut self.untold, now).map(|root| (root, Touched::Anything)).collect();
        let due: Vec<PathBuf> = take_due(&mut self.soon, now).chain(take_due(&mut self.open, now)).collect();
        let trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        for path in due {
            add(&mut told, trees.roots_of(&path), &path);
        }
        let roots: HashSet<PathBuf> = told.keys().cloned().collect();
        self.soon.retain(|path, _| {
            let waits = trees.roots_of(path).any(|root| !roots.contains(&root));
            if !waits {
                add(&mut told, trees.roots_of(path), path);
            }
            waits
        });
        for (root, touched) in told {
            let change = Changed { root, touched };
            if let Err(TrySendError::Full(Changed { root, .. })) = self.changed.try_send(change) {
                self.untold.insert(root, now + SETTLED);
            }
        }
    }

    fn trees(&self) -> std::sync::MutexGuard<'_, Trees> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Walks folders off the runtime's threads.
    async fn with_trees(&mut self, change: impl FnOnce(&mut Trees) + Send + 'static) {
        let trees = Arc::clone(&self.trees);
        let changed = tokio::task::spawn_blocking(move || {
            let mut trees = trees.lock().unwrap_or_else(PoisonError::into_inner);
            change(&mut trees);
            trees.problems()
        });
        // It doesn't panic; were it to, the schedule still lists the folders.
        let Ok(unwatched) = changed.await else { return };
        self.sight.send_if_modified(|sight| {
            let is_other = sight.unwatched != unwatched;
            sight.unwatched = unwatched;
            is_other
        });
    }
}

/// Adds what this path means for its roots: itself where it is a file that is there.
fn add(told: &mut HashMap<PathBuf, Touched>, roots: impl Iterator<Item = PathBuf>, path: &Path) {
    let is_file = std::fs::symlink_metadata(path).is_ok_and(|kind| kind.is_file());
    let touched = if is_file { Touched::file(path.to_path_buf()) } else { Touched::Anything };
    for root in roots {
        match told.entry(root) {
            Entry::Vacant(place) => drop(place.insert(touched.clone())),
            Entry::Occupied(mut place) => {
                let before = std::mem::take(place.get_mut());
                place.insert(before.and(touched.clone()));
            }
        }
    }
}

fn take_due(waiting: &mut HashMap<PathBuf, Instant>, now: Instant) -> impl Iterator<Item = PathBuf> + use<> {
    let due: Vec<PathBuf> =
        waiting.iter().filter(|&(_, &at)| at <= now).map(|(path, _)| path.clone()).collect();
    waiting.retain(|_, at| *at > now);
    due.into_iter()
}

#[cfg(test)]
mod tests;
