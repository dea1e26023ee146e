//! `feedmill run`: the daemon.
//!
//! Ready when the config is valid, the store open and the listener up. SIGHUP and
//! a change in the folder of feeds read the feed files again; SIGTERM and SIGINT
//! end it within ten seconds.

use crate::cli::reload::Feeds;
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, config, log, on_failure};
use crate::collect::touched::Touched;
use crate::collect::watch::{Changed, Watcher};
use crate::config::{Config, Environment, Listen};
use crate::model::{Outcome as Ended, Refresher};
use crate::schedule::Handle;
use crate::serve::{Listener, Site, control};
use sd_notify::NotifyState;
use std::{io::IsTerminal, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, UnixListener},
    signal::unix::{SignalKind, signal},
    sync::watch,
    task::JoinSet,
};

/// A scheduler that hasn't looked at its clock for so long is stuck.
const STUCK: chrono::Duration = chrono::Duration::seconds(10);

pub(super) fn run(global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let _written = log::start(config.log, environment);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = runtime.block_on(daemon(&config, environment));
    // What still blocks (a folder on a dead network mount) must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

async fn daemon(config: &Config, environment: &Environment) -> Outcome {
    let mill = setup::mill(config, environment)?;
    let listener = listener(config).await?;
    let address = match &listener {
        Listener::Tcp(listener) => listener.local_addr()?.to_string(),
        Listener::Unix(_) => config.listen.to_string(),
    };
    let site = setup::site(config, &mill)?;
    let Mill { mut scheduler, handle, fetcher, herald, desk, .. } = mill;
    site.open_hub(Arc::new(desk.clone()));
    if !config.on_failure.is_empty() {
        let changes = scheduler.health();
        // Ended with the runtime: nobody waits for a command when the daemon stops.
        tokio::spawn(on_failure::run(config.on_failure.clone(), config.state.clone(), changes));
    }
    let stop = watch::Sender::new(false);
    let mut parts = JoinSet::new();
    parts.spawn(scheduler.subscribing(fetcher).run(stopped(&stop)));
    let socket = control::listen(&config.control.socket).map_err(|error| {
        Failure::new(format!(
            "the control socket `{}` can't be made: {error}",
            config.control.socket.display()
        ))
    })?;
    let accepting = handle.clone();
    let refresher: Arc<dyn Refresher> = Arc::new(handle.clone());
    parts.spawn(control::control(socket, refresher, move |source| accepting.accept(source), stopped(&stop)));
    let mut keeper = Keeper::start(config, handle.clone(), Arc::clone(&site));
    keeper.read().await?;
    let serving = crate::serve::serve(listener, Arc::clone(&site), stopped(&stop));
    parts.spawn(async move {
        if let Err(error) = serving.await {
            tracing::error!(%error, "serving ended");
        }
    });
    parts.spawn(herald.run(stopped(&stop)));
    parts.spawn(crate::serve::announce(Arc::clone(&site), Arc::new(desk), stopped(&stop)));
    site.set_ready(true);
    greet(config, &address);
    notify(&[NotifyState::Ready, NotifyState::Status("ready")]);
    tokio::spawn(watchdog(handle));
    keeper.keep(&stop).await?;
    notify(&[NotifyState::Stopping]);
    while parts.join_next().await.is_some() {}
    // The socket is gone with us; a leftover is taken over at the next start.
    let _ = std::fs::remove_file(&config.control.socket);
    Ok(ExitCode::SUCCESS)
}

/// Resolves when the daemon is told to stop.
fn stopped(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + use<> {
    let mut stop = stop.subscribe();
    async move {
        // Without a sender the daemon is ending anyway.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

/// The socket that systemd hands over, else the configured one.
async fn listener(config: &Config) -> Result<Listener, Failure> {
    let mut inherited = listenfd::ListenFd::from_env();
    if let Ok(Some(listener)) = inherited.take_tcp_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok(Listener::Tcp(TcpListener::from_std(listener)?));
    }
    if let Ok(Some(listener)) = inherited.take_unix_listener(0) {
        listener.set_nonblocking(true)?;
        return Ok(Listener::Unix(UnixListener::from_std(listener)?));
    }
    let refused = |error: std::io::Error| {
        let help = match error.kind() {
            std::io::ErrorKind::AddrInUse => {
                "another program listens there: stop it, or give `listen` another port"
            }
            std::io::ErrorKind::PermissionDenied => {
                "ports below 1024 need systemd's socket unit, or choose a higher one in `listen`"
            }
            _ => "give an address of this machine in `listen`",
        };
        Failure::new(format!("can't listen on `{}`: {error}\n  help: {help}", config.listen))
    };
    match &config.listen {
        Listen::Tcp { host, port } => {
            TcpListener::bind((host.as_str(), *port)).await.map(Listener::Tcp).map_err(refused)
        }
        Listen::Unix(path) => control::listen(path).map(Listener::Unix).map_err(refused),
    }
}

/// Says where to point a browser.
fn greet(config: &Config, address: &str) {
    let (base, token) = (&config.base_url, config.api.token_file.display().to_string());
    tracing::info!(listen = address, %base, token, "ready");
    if std::io::stdout().is_terminal() {
        println!("feedmill is ready: open {base}/ in a browser (the token for {base}/status is in {token})");
    }
}

/// Keeps definitions, watches and the shelf in step with the feed files.
struct Keeper {
    feeds: Option<Feeds>,
    folder: std::path::PathBuf,
    handle: Handle,
    site: Arc<Site>,
    watcher: Option<Watcher>,
    events: Option<tokio::sync::mpsc::Receiver<Changed>>,
    /// Whether what changed before the watch began was asked for.
    caught_up: bool,
}

impl Keeper {
    fn start(config: &Config, handle: Handle, site: Arc<Site>) -> Self {
        let (watcher, events) = match Watcher::start() {
            Ok((watcher, events)) => (Some(watcher), Some(events)),
            Err(problem) => {
                tracing::warn!("{problem}: changes are found by the rescan alone");
                (None, None)
            }
        };
        let (feeds, folder) = (Some(Feeds::new(config)), config.feeds.clone());
        Self { feeds, folder, handle, site, watcher, events, caught_up: false }
    }

    /// Reads the feed files and lets them hold everywhere at once.
    async fn read(&mut self) -> Result<(), Failure> {
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
        self.handle.redefine(reading.redefinition).await?;
        self.site.shelve(reading.outlets);
        if let Some(watcher) = &self.watcher {
            let roots = reading.folders.iter().cloned().chain([self.folder.clone()]).collect();
            for problem in watcher.watch(roots).await {
                tracing::warn!("{problem}: changes there are found by the rescan alone");
            }
        }
        if !std::mem::replace(&mut self.caught_up, true) {
            // Nobody watched while the daemon was down.
            reading.folders.into_iter().for_each(|root| self.handle.changed(root, Touched::Anything));
        }
        tracing::info!(feeds = count, "feed files read");
        Ok(())
    }

    /// Runs until a signal ends it, then tells everyone to stop.
    async fn keep(&mut self, stop: &watch::Sender<bool>) -> Result<(), Failure> {
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
                        self.handle.changed(root, touched);
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
fn notify(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(states);
}

fn monotonic_usec() -> NotifyState<'static> {
    NotifyState::monotonic_usec_now().unwrap_or(NotifyState::Status("reloading"))
}

/// Feeds systemd's watchdog as long as the scheduler looks at its clock.
async fn watchdog(handle: Handle) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    loop {
        tokio::time::sleep(limit / 3).await;
        if handle.idle() > STUCK {
            tracing::error!("the scheduler is stuck: systemd will restart us");
            continue;
        }
        let status = handle.status();
        let sources = || status.feeds.iter().flat_map(|feed| &feed.sources);
        let failing = sources().filter(|source| source.outcome == Some(Ended::Failed)).count();
        let told = format!("{} feeds, {} sources, {failing} failing", status.feeds.len(), sources().count());
        notify(&[NotifyState::Watchdog, NotifyState::Status(&told)]);
    }
}
