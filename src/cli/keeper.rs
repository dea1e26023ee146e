//! Feed files kept in step with what runs.
//!
//! In: the folder of feed files, signals, what watching noticed. Out: definitions for the
//! scheduler, or for who looks on, and outlets for the shelf. Ends with a signal.

use crate::cli::Failure;
use crate::cli::onlooker::Onlooker;
use crate::cli::reload::{Feeds, Reading, unread};
use crate::cli::{log, setup};
use crate::collect::Allowed;
use crate::collect::touched::Touched;
use crate::collect::watch::{Changed, Sight, Watcher};
use crate::config::{Changed as Otherwise, Config, Environment};
use crate::model::{Allow, Problem};
use crate::schedule::Handle;
use crate::serve::Site;
use sd_notify::NotifyState;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
    time::Instant,
};

/// Who reads the definitions.
pub(super) enum Reader {
    /// What collects.
    Scheduler {
        /// Asked to.
        handle: Handle,
        /// What it may fetch beside public addresses.
        allowed: Allowed,
    },
    /// What serves while another process collects.
    Onlooker(Arc<Onlooker>),
}

impl Reader {
    /// Something below this folder has changed.
    fn changed(&self, root: PathBuf, touched: Touched) {
        if let Self::Scheduler { handle, .. } = self {
            handle.changed(root, touched);
        }
    }

    /// These folders are not watched.
    fn unwatched(&self, problems: Vec<Problem>) {
        if let Self::Scheduler { handle, .. } = self {
            handle.unwatched(problems);
        }
    }

    /// The config says so.
    fn allow(&self, allow: Vec<Allow>) {
        if let Self::Scheduler { allowed, .. } = self {
            allowed.set(allow);
        }
    }
}

/// Where the config is read again from.
pub(super) struct Reread {
    /// The file that was named.
    pub(super) file: Option<PathBuf>,
    /// The machine, flags among its variables.
    pub(super) environment: Environment,
}

/// The signals that the daemon obeys, from the moment that this is made.
pub(super) struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn catch() -> std::io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }
}

/// Keeps definitions, watches and the shelf in step with the feed files.
pub(super) struct Keeper {
    /// What the daemon runs by.
    config: Config,
    again: Reread,
    feeds: Arc<Mutex<Feeds>>,
    folder: PathBuf,
    reader: Reader,
    site: Arc<Site>,
    watcher: Option<Watcher>,
    events: Option<tokio::sync::mpsc::Receiver<Changed>>,
    sight: Option<watch::Receiver<Sight>>,
    /// What was told of that.
    seen: Sight,
    /// The folders that are watched: that of the feed files, and those of posts.
    watched: Vec<PathBuf>,
    /// The feed files could not be taken on, as when the disk is full.
    left: Option<Instant>,
}

/// Until feed files that could not be taken on are read again.
const AGAIN: Duration = Duration::from_secs(10);

impl Keeper {
    pub(super) fn start(config: &Config, again: Reread, reader: Reader, site: Arc<Site>) -> Self {
        let (watcher, events) = match Watcher::start() {
            Ok((watcher, events)) => (Some(watcher), Some(events)),
            Err(problem) => {
                tracing::warn!("{problem}: changes are found by the rescan alone");
                (None, None)
            }
        };
        Self {
            config: config.clone(),
            again,
            feeds: Arc::new(Mutex::new(Feeds::new(config))),
            folder: config.feeds.clone(),
            reader,
            site,
            sight: watcher.as_ref().map(Watcher::sight),
            seen: Sight::default(),
            watcher,
            events,
            watched: Vec::new(),
            left: None,
        }
    }

    /// Reads the feed files and lets them hold everywhere at once.
    pub(super) async fn read(&mut self) -> Result<(), Failure> {
        if !self.watched.contains(&self.folder) {
            // Before they are read, so that what is written meanwhile is noticed.
            self.watch(self.watched.clone()).await;
        }
        let reading = reading(&self.feeds).await?;
        tell(&reading.problems);
        let count = reading.outlets.len();
        let folders = match &self.reader {
            Reader::Scheduler { handle, .. } => {
                handle.redefine(reading.redefinition).await?;
                reading.folders
            }
            // Posts are watched by what collects them.
            Reader::Onlooker(onlooker) => {
                onlooker.redefine(reading.redefinition);
                Vec::new()
            }
        };
        self.site.shelve(reading.outlets);
        let new: Vec<PathBuf> =
            folders.iter().filter(|folder| !self.watched.contains(folder)).cloned().collect();
        let unwatched = self.watch(folders).await;
        if self.watcher.is_some() {
            self.see(Sight { unwatched, lost: self.seen.lost });
        }
        for root in new {
            // Nobody watched it until now.
            self.reader.changed(root, Touched::Anything);
        }
        tracing::info!(feeds = count, "feed files read");
        Ok(())
    }

    /// Watches these and the folder of feed files; what could not be watched.
    async fn watch(&mut self, mut folders: Vec<PathBuf>) -> Vec<Problem> {
        if !folders.contains(&self.folder) {
            folders.push(self.folder.clone());
        }
        self.watched.clone_from(&folders);
        match &self.watcher {
            Some(watcher) => watcher.watch(folders).await,
            None => Vec::new(),
        }
    }

    /// Runs until a signal ends it, then tells everyone to stop.
    pub(super) async fn keep(&mut self, stop: &watch::Sender<bool>, signals: Signals) {
        let Signals { mut hangup, mut terminate, mut interrupt } = signals;
        let ended = async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        tokio::select! {
            // A reload that is under way is left where it stands.
            () = ended => {}
            () = self.follow(&mut hangup) => {}
        }
        tracing::info!("stopping");
        stop.send_replace(true);
    }

    /// Reads anew what changes, for ever.
    async fn follow(&mut self, hangup: &mut Signal) {
        loop {
            tokio::select! {
                _ = hangup.recv() => {
                    self.reconfigure();
                    self.reload().await;
                }
                () = at(self.left) => self.reload().await,
                Some(sight) = next_sight(&mut self.sight) => self.see(sight),
                Some(Changed { root, touched }) = next(&mut self.events) => {
                    if root == self.folder {
                        self.reload().await;
                    } else {
                        self.reader.changed(root, touched);
                    }
                }
            }
        }
    }

    /// Tells of what the watch can't see, and of what it missed.
    fn see(&mut self, sight: Sight) {
        for problem in sight.unwatched.iter().filter(|problem| !self.seen.unwatched.contains(problem)) {
            tracing::warn!("{problem}: changes there are found by the rescan alone");
        }
        if sight.lost > self.seen.lost {
            tracing::warn!("more changed at once than could be followed: every folder is looked at again");
        }
        self.reader.unwatched(sight.unwatched.clone());
        self.seen = sight;
    }

    /// Reads the config again: what can hold at once does, what needs a restart is named.
    fn reconfigure(&mut self) {
        let (new, mut problems) = Config::look(self.again.file.as_deref(), &self.again.environment);
        problems.extend(unread(&new));
        tell(&problems);
        if problems.iter().any(Problem::is_error) {
            tracing::error!("the config was not taken on: the daemon goes on as it was");
            return;
        }
        let Otherwise { at_once, restart } = self.config.changed(&new);
        if !restart.is_empty() {
            tracing::warn!("changed in the config, but needs a restart: `{}`", restart.join("`, `"));
        }
        if at_once.is_empty() {
            return;
        }
        self.config = self.config.taking_on(new);
        log::set_level(self.config.log.level);
        self.site.reconfigure(setup::all_settings(&self.config), self.config.http.max_age);
        self.reader.allow(self.config.fetch.allow.clone());
        self.folder.clone_from(&self.config.feeds);
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).reconfigure(&self.config);
        tracing::info!("taken on from the config: `{}`", at_once.join("`, `"));
    }

    async fn reload(&mut self) {
        let now = monotonic_usec();
        notify(&[NotifyState::Reloading, now]);
        let read = self.read().await;
        self.left = read.is_err().then(|| Instant::now() + AGAIN);
        if let Err(failure) = read {
            tracing::error!("the feed files were not taken on: {}", failure.told.join("; "));
        }
        notify(&[NotifyState::Ready]);
    }
}

fn tell(problems: &[Problem]) {
    for problem in problems {
        if problem.is_error() {
            tracing::error!("{problem}");
        } else {
            tracing::warn!("{problem}");
        }
    }
}

/// Reads the feed files. One reading that panicked is no end of reading: what was good before
/// it is still known.
async fn reading(feeds: &Arc<Mutex<Feeds>>) -> Result<Reading, Failure> {
    let feeds = Arc::clone(feeds);
    let reading = move || feeds.lock().unwrap_or_else(PoisonError::into_inner).read();
    Ok(tokio::task::spawn_blocking(reading).await?)
}

/// Resolves then, or never.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

async fn next(events: &mut Option<tokio::sync::mpsc::Receiver<Changed>>) -> Option<Changed> {
    match events {
        Some(events) => match events.recv().await {
            Some(changed) => Some(changed),
            None => std::future::pending().await,
        },
        None => std::future::pending().await,
    }
}

async fn next_sight(sight: &mut Option<watch::Receiver<Sight>>) -> Option<Sight> {
    if let Some(sight) = sight
        && sight.changed().await.is_ok()
    {
        return Some(sight.borrow_and_update().clone());
    }
    std::future::pending().await
}

/// Tells systemd, where it listens.
pub(super) fn notify(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(states);
}

fn monotonic_usec() -> NotifyState<'static> {
    NotifyState::monotonic_usec_now().unwrap_or(NotifyState::Status("reloading"))
}

#[cfg(test)]
mod tests {
    use super::reading;
    use crate::cli::reload::Feeds;
    use crate::config::{Config, Environment};
    use std::sync::{Arc, Mutex};

    #[tokio::test]
    async fn feed_files_are_read_again_after_a_reading_that_panicked() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("news.yaml"), "sources: [{feed: https://a.example/}]\n").unwrap();
        let place = folder.path().to_str().unwrap();
        let environment =
            Environment::made_up(folder.path(), [("FEEDMILL_FEEDS", place), ("FEEDMILL_STATE", place)]);
        let feeds = Arc::new(Mutex::new(Feeds::new(&Config::load(None, &environment).unwrap())));
        let panicking = Arc::clone(&feeds);
        let panicked = std::thread::spawn(move || {
            let _held = panicking.lock().unwrap();
            panic!("while it was read");
        });
        assert!(panicked.join().is_err());
        let ids = reading(&feeds).await.unwrap().outlets.into_iter().map(|outlet| outlet.id.clone());
        assert_eq!(ids.collect::<Vec<_>>(), ["news"]);
    }
}
