//! Feed files kept in step with what runs.
//!
//! In: the folder of feed files, signals, what watching noticed. Out: definitions for the
//! scheduler, or for who looks on, and outlets for the shelf. Ends with a signal.

use crate::cli::Failure;
use crate::cli::onlooker::Onlooker;
use crate::cli::reload::Feeds;
use crate::collect::touched::Touched;
use crate::collect::watch::{Changed, Watcher};
use crate::config::Config;
use crate::schedule::Handle;
use crate::serve::Site;
use sd_notify::NotifyState;
use std::{path::PathBuf, sync::Arc};
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::watch,
};

/// Who reads the definitions.
pub(super) enum Reader {
    /// What collects.
    Scheduler(Handle),
    /// What serves while another process collects.
    Onlooker(Arc<Onlooker>),
}

impl Reader {
    /// Something below this folder has changed.
    fn changed(&self, root: PathBuf, touched: Touched) {
        if let Self::Scheduler(handle) = self {
            handle.changed(root, touched);
        }
    }
}

/// Keeps definitions, watches and the shelf in step with the feed files.
pub(super) struct Keeper {
    feeds: Option<Feeds>,
    folder: PathBuf,
    reader: Reader,
    site: Arc<Site>,
    watcher: Option<Watcher>,
    events: Option<tokio::sync::mpsc::Receiver<Changed>>,
    /// Whether what changed before the watch began was asked for.
    caught_up: bool,
}

impl Keeper {
    pub(super) fn start(config: &Config, reader: Reader, site: Arc<Site>) -> Self {
        let (watcher, events) = match Watcher::start() {
            Ok((watcher, events)) => (Some(watcher), Some(events)),
            Err(problem) => {
                tracing::warn!("{problem}: changes are found by the rescan alone");
                (None, None)
            }
        };
        let (feeds, folder) = (Some(Feeds::new(config)), config.feeds.clone());
        Self { feeds, folder, reader, site, watcher, events, caught_up: false }
    }

    /// Reads the feed files and lets them hold everywhere at once.
    pub(super) async fn read(&mut self) -> Result<(), Failure> {
        let Some(mut feeds) = self.feeds.take() else { return Ok(()) };
        let (feeds, reading) = tokio::task::spawn_blocking(move || {
            let reading = feeds.read();
            (feeds, reading)
        })
        .await?;
        self.feeds = Some(feeds);
        for problem in &reading.problems {
            if problem.is_error() {
                tracing::error!("{problem}");
            } else {
                tracing::warn!("{problem}");
            }
        }
        let count = reading.outlets.len();
        let folders = match &self.reader {
            Reader::Scheduler(handle) => {
                handle.redefine(reading.redefinition).await?;
                reading.folders
            }
            // Posts are watched by what collects them.
            Reader::Onlooker(onlooker) => {
                onlooker.redefine(&reading.redefinition.definitions);
                Vec::new()
            }
        };
        self.site.shelve(reading.outlets);
        if let Some(watcher) = &self.watcher {
            let roots = folders.iter().cloned().chain([self.folder.clone()]).collect();
            for problem in watcher.watch(roots).await {
                tracing::warn!("{problem}: changes there are found by the rescan alone");
            }
        }
        if !std::mem::replace(&mut self.caught_up, true) {
            // Nobody watched while the daemon was down.
            for root in folders {
                self.reader.changed(root, Touched::Anything);
            }
        }
        tracing::info!(feeds = count, "feed files read");
        Ok(())
    }

    /// Runs until a signal ends it, then tells everyone to stop.
    pub(super) async fn keep(&mut self, stop: &watch::Sender<bool>) -> Result<(), Failure> {
        let mut hangup = signal(SignalKind::hangup())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        loop {
            tokio::select! {
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => self.reload().await,
                Some(Changed { root, touched }) = next(&mut self.events) => {
                    if root == self.folder {
                        self.reload().await;
                    } else {
                        self.reader.changed(root, touched);
                    }
                }
            }
        }
        tracing::info!("stopping");
        stop.send_replace(true);
        Ok(())
    }

    async fn reload(&mut self) {
        let now = monotonic_usec();
        notify(&[NotifyState::Reloading, now]);
        if let Err(failure) = self.read().await {
            tracing::error!("the feed files were not taken on: {}", failure.told.join("; "));
        }
        notify(&[NotifyState::Ready]);
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

/// Tells systemd, where it listens.
pub(super) fn notify(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(states);
}

fn monotonic_usec() -> NotifyState<'static> {
    NotifyState::monotonic_usec_now().unwrap_or(NotifyState::Status("reloading"))
}
