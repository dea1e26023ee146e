//! `feedmill run`: the daemon.
//!
//! Ready when the config is valid, the store open and the listener up. SIGHUP reads the
//! config again, it and a change in the folder of feeds the feed files; SIGTERM and SIGINT
//! end it within ten seconds.
//!
//! With `--role` it is one half of a daemon that is two processes on one state directory:
//! `poll` collects and listens on a socket of its own there, `serve` reads the store,
//! listens where readers ask, and hands on to the other what only a scheduler can answer.

use crate::cli::keeper::{Keeper, Reader, Reread, Signals, notify};
use crate::cli::listening::{listener, socket};
use crate::cli::onlooker::Onlooker;
use crate::cli::out::say;
use crate::cli::serving;
use crate::cli::setup::{self, Mill};
use crate::cli::{Failure, Global, Outcome, config, environment_with_flags, log, on_failure, reload};
use crate::clock::SystemClock;
use crate::config::{Config, Environment};
use crate::model::{Outcome as Ended, Refresher};
use crate::schedule::Handle;
use crate::serve::{Listener, Site, control};
use crate::store::{Part, SqliteStore, Store};
use clap::{Args, ValueEnum};
use sd_notify::NotifyState;
use std::{io::IsTerminal, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tokio::{sync::watch, task::JoinSet};

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
    if let Some(problem) = reload::unread(&config) {
        return Err(Failure::problems(&[problem]));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let again =
        Reread { file: global.config.clone(), environment: environment_with_flags(global, environment) };
    let ended = match run.role {
        Some(Role::Serve) => runtime.block_on(front(&config, again)),
        role => runtime.block_on(daemon(&config, again, role)),
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
async fn front(config: &Config, again: Reread) -> Outcome {
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open_for(&config.state, Part::Serving)?);
    let (listener, _own) = listener(config).await?;
    let address = address(&listener, config)?;
    let onlooker = Arc::new(Onlooker::new(Arc::clone(&store), &config.fetch.user_agent));
    let settings = setup::settings(config)?;
    let site = setup::site(store, Arc::new(SystemClock), Arc::clone(&onlooker) as _, settings);
    site.hand_on(between(config));
    let running = Running::new(config, site);
    let keeper = Keeper::start(config, again, Reader::Onlooker(onlooker), Arc::clone(&running.site));
    running.stay(keeper, (listener, &address), |_| {}).await
}

/// A daemon or a half of one, once its store is open and its listener up.
struct Running<'c> {
    config: &'c Config,
    site: Arc<Site>,
    stop: watch::Sender<bool>,
    /// What is waited for at the end.
    parts: JoinSet<()>,
}

impl<'c> Running<'c> {
    fn new(config: &'c Config, site: Arc<Site>) -> Self {
        Self { config, site, stop: watch::Sender::new(false), parts: JoinSet::new() }
    }

    /// Resolves when it is told to stop.
    fn stopped(&self) -> impl Future<Output = ()> + use<> {
        stopped(&self.stop)
    }

    /// Reads the feed files, serves, starts what goes on `beside` it, and stays until a
    /// signal ends it.
    async fn stay(
        mut self,
        mut keeper: Keeper,
        (listener, address): (Listener, &str),
        beside: impl FnOnce(&mut Self),
    ) -> Outcome {
        keeper.read().await?;
        let (site, stop) = (Arc::clone(&self.site), self.stop.clone());
        self.parts.spawn(async move {
            if let Err(error) = serving::serving(listener, site, || stopped(&stop)).await {
                tracing::error!(%error, "serving ended");
            }
        });
        beside(&mut self);
        self.site.mark_ready();
        // Who reads that it is ready may send one at once.
        let signals = Signals::catch()?;
        greet(self.config, address);
        notify(&[NotifyState::Ready, NotifyState::Status("ready")]);
        keeper.keep(&self.stop, signals).await;
        notify(&[NotifyState::Stopping]);
        while self.parts.join_next().await.is_some() {}
        Ok(ExitCode::SUCCESS)
    }
}

/// Resolves when this says so.
fn stopped(stop: &watch::Sender<bool>) -> impl Future<Output = ()> + use<> {
    let mut stop = stop.subscribe();
    async move {
        // Without a sender the daemon is ending anyway.
        let _ = stop.wait_for(|stop| *stop).await;
    }
}

fn address(listener: &Listener, config: &Config) -> std::io::Result<String> {
    Ok(match listener {
        Listener::Tcp(listener) => listener.local_addr()?.to_string(),
        Listener::Unix(_) => config.listen.to_string(),
    })
}

/// The whole daemon, or the half that collects.
async fn daemon(config: &Config, again: Reread, role: Option<Role>) -> Outcome {
    let part = if role.is_some() { Part::Polling } else { Part::Whole };
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open_for(&config.state, part)?);
    let mut settings = setup::settings(config)?;
    let (listener, address, _own) = if role.is_some() {
        let place = between(config);
        // Nobody but the serving half asks there, which knows who asked it.
        settings.trusted_proxy = ["127.0.0.1"].iter().filter_map(|own| own.parse().ok()).collect();
        let (listener, own) = socket("socket", &place)?;
        (Listener::Unix(listener), place.display().to_string(), Some(own))
    } else {
        let (listener, own) = listener(config).await?;
        let address = address(&listener, config)?;
        (listener, address, own)
    };
    let bound = match &listener {
        Listener::Tcp(listener) => listener.local_addr().ok(),
        Listener::Unix(_) => None,
    };
    let mill = setup::mill(config, &again.environment, store, bound)?;
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
    let mut running = Running::new(config, Arc::clone(&site));
    let reader = Reader::Scheduler { handle: handle.clone(), allowed: fetcher.allowed() };
    running.parts.spawn(scheduler.subscribing(fetcher).run(running.stopped()));
    let (asked, _control) = socket("control socket", &config.control.socket)?;
    let accepting = handle.clone();
    let refresher: Arc<dyn Refresher> = Arc::new(handle.clone());
    let accept = move |source: &str| accepting.accept(source);
    running.parts.spawn(control::control(asked, refresher, accept, running.stopped()));
    let keeper = Keeper::start(config, again, reader, Arc::clone(&site));
    let ended = running.stay(keeper, (listener, &address), |running| {
        running.parts.spawn(herald.run(running.stopped()));
        running.parts.spawn(crate::serve::announce(site, Arc::new(desk), running.stopped()));
        tokio::spawn(watchdog(handle));
    });
    ended.await
}

/// Says where to point a browser.
fn greet(config: &Config, address: &str) {
    let (base, token) = (&config.base_url, config.api.token_file.display().to_string());
    tracing::info!(listen = address, %base, token, "ready");
    if std::io::stdout().is_terminal() {
        say!("feedmill is ready: open {base}/ in a browser (the token for {base}/status is in {token})");
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
