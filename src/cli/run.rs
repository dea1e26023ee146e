//! `feedmill run`: the daemon.
//!
//! Ready when the config is valid, the store open and the listener up. SIGHUP and
//! a change in the folder of feeds read the feed files again; SIGTERM and SIGINT
//! end it within ten seconds.
//!
//! With `--role` it is one half of a daemon that is two processes on one state directory:
//! `poll` collects and listens on a socket of its own there, `serve` reads the store,
//! listens where readers ask, and hands on to the other what only a scheduler can answer.

use crate::cli::keeper::{Keeper, Reader, notify};
use crate::cli::onlooker::Onlooker;
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, config, log, on_failure};
use crate::clock::SystemClock;
use crate::config::{Config, Environment, Listen};
use crate::model::{Outcome as Ended, Refresher};
use crate::schedule::Handle;
use crate::serve::{Listener, Site, control};
use crate::store::{Part, SqliteStore, Store};
use clap::{Args, ValueEnum};
use sd_notify::NotifyState;
use std::{io::IsTerminal, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, UnixListener},
    sync::watch,
    task::JoinSet,
};

/// A scheduler that hasn't looked at its clock for so long is stuck.
const STUCK: chrono::Duration = chrono::Duration::seconds(10);

#[derive(Debug, Default, Args)]
pub(super) struct Run {
    /// One half of the daemon, beside the other on the same state directory
    #[arg(long, value_enum, value_name = "ROLE")]
    role: Option<Role>,
}

/// One half of a daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Collects; what it needs to be asked comes by the control socket and the serving half
    Poll,
    /// Answers readers from the store; opens no connection that leaves the machine
    Serve,
}

pub(super) fn run(run: &Run, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let _written = log::start(config.log, environment);
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let ended = match run.role {
        Some(Role::Serve) => runtime.block_on(front(&config)),
        role => runtime.block_on(daemon(&config, environment, role)),
    };
    // What still blocks (a folder on a dead network mount) must not hold up the end.
    runtime.shutdown_timeout(Duration::from_secs(1));
    ended
}

/// Where the half that collects listens for the one that serves.
fn between(config: &Config) -> PathBuf {
    config.state.join("poll.sock")
}

/// The half that serves.
async fn front(config: &Config) -> Outcome {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open_for(&config.state, Part::Serving)?);
    let listener = listener(config).await?;
    let address = address(&listener, config)?;
    let onlooker = Arc::new(Onlooker::new(Arc::clone(&store), &config.fetch.user_agent));
    let settings = setup::settings(config)?;
    let site = setup::site(store, Arc::new(SystemClock), Arc::clone(&onlooker) as _, settings);
    site.hand_on(between(config));
    let stop = watch::Sender::new(false);
    let mut keeper = Keeper::start(config, Reader::Onlooker(onlooker), Arc::clone(&site));
    keeper.read().await?;
    let mut parts = JoinSet::new();
    parts.spawn(serving(listener, Arc::clone(&site), stopped(&stop)));
    site.set_ready(true);
    greet(config, &address);
    notify(&[NotifyState::Ready, NotifyState::Status("serving")]);
    keeper.keep(&stop).await?;
    notify(&[NotifyState::Stopping]);
    while parts.join_next().await.is_some() {}
    Ok(ExitCode::SUCCESS)
}

async fn serving(listener: Listener, site: Arc<Site>, stopped: impl Future<Output = ()>) {
    if let Err(error) = crate::serve::serve(listener, site, stopped).await {
        tracing::error!(%error, "serving ended");
    }
}

fn address(listener: &Listener, config: &Config) -> std::io::Result<String> {
    Ok(match listener {
        Listener::Tcp(listener) => listener.local_addr()?.to_string(),
        Listener::Unix(_) => config.listen.to_string(),
    })
}

/// The whole daemon, or the half that collects.
async fn daemon(config: &Config, environment: &Environment, role: Option<Role>) -> Outcome {
    let part = if role.is_some() { Part::Polling } else { Part::Whole };
    let mill = setup::mill(config, environment, part)?;
    let mut settings = setup::settings(config)?;
    let (listener, address) = if role.is_some() {
        let socket = between(config);
        let cannot =
            |error| Failure::new(format!("the socket `{}` can't be made: {error}", socket.display()));
        let listener = control::listen(&socket).map(Listener::Unix).map_err(cannot)?;
        // Nobody but the serving half asks there, which knows who asked it.
        settings.trusted_proxy = ["127.0.0.1"].iter().filter_map(|own| own.parse().ok()).collect();
        (listener, socket.display().to_string())
    } else {
        let listener = listener(config).await?;
        let address = address(&listener, config)?;
        (listener, address)
    };
    let site = setup::site(
        Arc::clone(&mill.store),
        Arc::clone(&mill.clock),
        Arc::new(mill.handle.clone()),
        settings,
    );
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
    let socket = control_socket(config)?;
    let accepting = handle.clone();
    let refresher: Arc<dyn Refresher> = Arc::new(handle.clone());
    parts.spawn(control::control(socket, refresher, move |source| accepting.accept(source), stopped(&stop)));
    let mut keeper = Keeper::start(config, Reader::Scheduler(handle.clone()), Arc::clone(&site));
    keeper.read().await?;
    parts.spawn(serving(listener, Arc::clone(&site), stopped(&stop)));
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

fn control_socket(config: &Config) -> Result<UnixListener, Failure> {
    let place = &config.control.socket;
    control::listen(place).map_err(|error| {
        Failure::new(format!("the control socket `{}` can't be made: {error}", place.display()))
    })
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
