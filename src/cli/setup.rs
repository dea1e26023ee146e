//! Config → the parts that `run` and `build` are made of.

use crate::cli::Failure;
use crate::clock::{Clock, SystemClock};
use crate::collect::{Fetch, FetchSettings, Fetcher, Post};
use crate::config::{self, Config, Environment, Listen};
use crate::model::Refresher;
use crate::schedule::{Desk, Handle, Herald, HostLimits, HostRules, Politeness, Scheduler, Wires};
use crate::serve::{AllSettings, Limits, Manners, Parts, Secret, Settings, Site};
use crate::store::Store;
use crate::update::{Retention, Stages};
use std::{
    io::Write,
    net::{SocketAddr, ToSocketAddrs as _},
    num::NonZero,
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
    thread,
};
use tokio::sync::Semaphore;

/// Largest post in bytes: a text, not an archive that has strayed into the folder.
const MAX_POST: u64 = 16 << 20;
/// Bytes of rendered documents kept in memory.
const CACHE_BYTES: usize = 64 << 20;

/// A scheduler with its store, not running yet.
pub(super) struct Mill {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) scheduler: Scheduler,
    pub(super) handle: Handle,
    pub(super) fetcher: Arc<Fetcher>,
    /// Tells others of changes.
    pub(super) herald: Herald,
    pub(super) desk: Desk,
}

/// Makes the scheduler over a store; `bound` is where we listen, whatever the config calls it.
pub(super) fn mill(
    config: &Config,
    environment: &Environment,
    store: Arc<dyn Store>,
    bound: Option<SocketAddr>,
) -> Result<Mill, Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut settings = fetch_settings(config);
    settings.own_listeners.extend(bound);
    let fetcher = Arc::new(fetching(settings)?);
    let sandboxed = environment.variable("INVOCATION_ID").is_some();
    let stages = Stages {
        store: Arc::clone(&store),
        fetcher: Arc::clone(&fetcher) as Arc<dyn Fetch>,
        max_post: MAX_POST,
        sandboxed,
        retention: retention(config),
        looks: crate::update::Looks::default(),
        places: Semaphore::new(places()),
    };
    let (scheduler, handle) = Scheduler::new(Arc::new(stages), Arc::clone(&clock), politeness(config));
    let handle = handle.called(&config.fetch.user_agent);
    let (herald, desk) = Herald::new(Wires {
        post: Arc::clone(&fetcher) as Arc<dyn Post>,
        fetch: Arc::clone(&fetcher) as Arc<dyn Fetch>,
        store: Arc::clone(&store),
        clock: Arc::clone(&clock),
    });
    Ok(Mill { store, clock, scheduler, handle, fetcher, herald, desk })
}

/// Two for each core: while one is stored, another is read.
fn places() -> usize {
    2 * thread::available_parallelism().map_or(1, NonZero::get)
}

fn retention(config: &Config) -> Retention {
    // More than there can be is all.
    Retention {
        entries: usize::try_from(config.retention.entries).unwrap_or(0),
        days: u32::try_from(config.retention.days).unwrap_or(0),
    }
}

/// What fetches URLs, as the config says.
pub(super) fn fetcher(config: &Config) -> Result<Fetcher, Failure> {
    fetching(fetch_settings(config))
}

fn fetching(settings: FetchSettings) -> Result<Fetcher, Failure> {
    Fetcher::new(settings).map_err(|problem| Failure::problems(&[problem]))
}

fn fetch_settings(config: &Config) -> FetchSettings {
    let own: Vec<SocketAddr> = match &config.listen {
        Listen::Tcp { host, port } => {
            // A name that leads nowhere is told of when it is listened at.
            (host.as_str(), *port).to_socket_addrs().into_iter().flatten().collect()
        }
        Listen::Unix(_) => Vec::new(),
    };
    FetchSettings {
        user_agent: config.fetch.user_agent.clone(),
        timeout: config.fetch.timeout,
        max_body: config.fetch.max_body_bytes,
        allow: config.fetch.allow.clone(),
        own_listeners: own,
        own_url: Some(config.base_url.clone()),
        proxy: config.fetch.proxy.clone(),
        ..FetchSettings::default()
    }
}

fn politeness(config: &Config) -> Politeness {
    let fetch = &config.fetch;
    let rules = |own: &config::HostLimits| HostRules {
        limits: HostLimits {
            at_once: own.per_host.unwrap_or(fetch.per_host),
            interval: own.host_interval.unwrap_or(fetch.host_interval),
        },
        min_interval: own.min_interval.unwrap_or(fetch.min_interval),
        timeout: own.timeout,
    };
    Politeness {
        at_once: fetch.concurrency,
        host: rules(&config::HostLimits::default()),
        hosts: fetch.hosts.iter().map(|(name, own)| (name.clone(), rules(own))).collect(),
    }
}

/// How the site is served.
pub(super) fn settings(config: &Config) -> Result<Settings, Failure> {
    let metrics = config.api.metrics_token_file.as_deref().map(read_secret).transpose()?;
    Ok(Settings {
        base_url: config.base_url.clone(),
        max_age: config.http.max_age,
        max_connections: config.http.max_connections,
        trusted_proxy: config.http.trusted_proxy.clone(),
        version: env!("CARGO_PKG_VERSION").into(),
        all: all_settings(config),
        token: Secret::new(&token(config)?),
        token_place: config.api.token_file.display().to_string(),
        metrics_token: metrics.map(|token| Secret::new(&token)),
        limits: Limits::default(),
        cache_bytes: CACHE_BYTES,
        manners: Manners {
            floor: config.fetch.min_interval,
            gap: config.fetch.host_interval,
            at_once: config.fetch.per_host,
            exceptions: !config.fetch.hosts.is_empty(),
        },
    })
}

/// The site to be served, with nothing on its shelf yet.
pub(super) fn site(
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    refresher: Arc<dyn Refresher>,
    settings: Settings,
) -> Arc<Site> {
    Site::new(Parts { store, clock, refresher, outlets: Vec::new(), settings })
}

/// How `all` is put out.
pub(super) fn all_settings(config: &Config) -> AllSettings {
    AllSettings { publish: config.all.publish, title: config.all.title.clone(), limit: config.defaults.limit }
}

/// The token that opens status and API; made at the first start where nobody gave one.
fn token(config: &Config) -> Result<String, Failure> {
    let place = &config.api.token_file;
    if config.api.make_token && !place.exists() {
        let mut random = [0_u8; 32];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::new(format!("no randomness for a token: {error}")))?;
        let token = blake3::Hash::from_bytes(random).to_hex();
        let cannot = |error: std::io::Error| {
            Failure::new(format!("the token could not be written to `{}`: {error}", place.display()))
        };
        // Whoever ends this in the middle leaves no empty token behind; of two who start at once
        // the first one's is the token.
        let beside = place.with_extension(format!("part-{}", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.write(true).create(true).truncate(true).mode(0o600).open(&beside).map_err(cannot)?;
        writeln!(file, "{token}").and_then(|()| file.sync_all()).map_err(cannot)?;
        let linked = std::fs::hard_link(&beside, place);
        std::fs::remove_file(&beside).map_err(cannot)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(cannot(error)),
            _ => {}
        }
    }
    read_secret(place)
}

fn read_secret(place: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(place).map_err(|error| {
        Failure::new(format!("the token file `{}` can't be read: {error}", place.display()))
    })?;
    if std::fs::metadata(place).is_ok_and(|file| file.permissions().mode() & 0o004 != 0) {
        let place = place.display();
        tracing::warn!("everybody on this machine can read the token file `{place}`: chmod o-r {place}");
    }
    if text.trim().is_empty() {
        let help = "write a long random text into it, or remove it and leave `api.token_file` out";
        return Err(Failure::new(format!("the token file `{}` is empty\n  help: {help}", place.display())));
    }
    Ok(text)
}
