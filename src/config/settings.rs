//! The settings, one struct a concern: what each means, its default, its variable.

use crate::config::Listen;
use crate::model::Allow;
use crate::model::Defaults;
use crate::model::Network;
use crate::model::Problem;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// How this daemon runs. Every path is absolute.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The file it was read from; `None` where there is none and the defaults hold.
    pub file: Option<PathBuf>,
    /// Where to listen. Default `127.0.0.1:8787`; `FEEDMILL_LISTEN`. Needs a restart.
    pub listen: Listen,
    /// The public address, without a slash at its end. Default that of `listen`,
    /// `http://127.0.0.1:8787`; `FEEDMILL_BASE_URL`.
    pub base_url: String,
    /// The folder of feed files. Default `feeds` beside the config file, else `../feeds`,
    /// without a file `./feeds`; `FEEDMILL_FEEDS`, `--feeds`.
    pub feeds: PathBuf,
    /// Somebody named the folder of feed files, so that it has to be there.
    pub feeds_named: bool,
    /// The folder of what is kept. Default `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/feedmill`,
    /// else `$HOME/.local/state/feedmill`; `FEEDMILL_STATE`, `--state`. Needs a restart.
    pub state: PathBuf,
    /// Where entries are kept. Default `sqlite`; `FEEDMILL_STORE`. Needs a restart.
    pub store: StoreKind,
    /// The log.
    pub log: Log,
    /// Outgoing requests.
    pub fetch: Fetch,
    /// Who may ask for status and refreshes.
    pub api: Api,
    /// The socket that the commands use.
    pub control: Control,
    /// The HTTP server.
    pub http: Http,
    /// The built-in feed of everything public.
    pub all: All,
    /// What holds where a feed's file says nothing. Defaults `auto`, 50 entries, the
    /// system's zone; `FEEDMILL_DEFAULTS__SCHEDULE`, `…__LIMIT`, `…__TIMEZONE`.
    pub defaults: Defaults,
    /// How long entries of remote sources are kept.
    pub retention: Retention,
    /// The program and its arguments that are run, without a shell, when a source has
    /// begun to fail or has come back. Default none; `FEEDMILL_ON_FAILURE`.
    pub on_failure: Vec<String>,
    /// What is worth a look though it stops nothing; for `check`.
    pub warnings: Vec<Problem>,
}

/// Where entries are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StoreKind {
    /// A file in the state directory.
    #[default]
    Sqlite,
}

/// The log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Log {
    /// The least important line that is still written. Default `info`; `FEEDMILL_LOG__LEVEL`.
    pub level: LogLevel,
    /// Its form. Default `auto`; `FEEDMILL_LOG__FORMAT`.
    pub format: LogFormat,
}

/// How important a line of the log is, the most important first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// What could not be done.
    Error,
    /// What is worth a look.
    Warn,
    /// What happened.
    #[default]
    Info,
    /// How it happened.
    Debug,
    /// Every step.
    Trace,
}

/// The log's form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, journald under systemd, else JSON lines.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// Fields for the journal.
    Journald,
    /// One object a line.
    Json,
}

/// Outgoing requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Who we say we are; `VERSION` and `URL` are already replaced. Default
    /// `feedmill/VERSION (+URL)`, where `URL` is the page for publishers, `base_url` with `/about/bot`; `FEEDMILL_FETCH__USER_AGENT`.
    pub user_agent: String,
    /// Limit of one collection, redirects and body included. Default 30 s; `FEEDMILL_FETCH__TIMEOUT`.
    pub timeout: Duration,
    /// Limit of one body in bytes, on the wire and decoded. Default 10 MiB; `FEEDMILL_FETCH__MAX_BODY`.
    pub max_body_bytes: u64,
    /// Collections at once. Default 64; `FEEDMILL_FETCH__CONCURRENCY`.
    pub concurrency: usize,
    /// Requests to one host at once. Default 1; `FEEDMILL_FETCH__PER_HOST`.
    pub per_host: usize,
    /// Time between two starts to one host. Default 1 s; `FEEDMILL_FETCH__HOST_INTERVAL`.
    pub host_interval: Duration,
    /// Floor under every schedule of a URL. Default 5 min; `FEEDMILL_FETCH__MIN_INTERVAL`.
    pub min_interval: Duration,
    /// What holds for single hosts instead, by `host` or `host:port` in lower case.
    /// Default none; `FEEDMILL_FETCH__HOSTS`, written `{"rss-bridge:80": {per_host: 8}}`.
    pub hosts: BTreeMap<String, HostLimits>,
    /// Private targets that may be fetched. Default none; `FEEDMILL_FETCH__ALLOW`.
    pub allow: Vec<Allow>,
    /// All requests go through this http proxy. Default none, and proxies that the
    /// environment names are not used; `FEEDMILL_FETCH__PROXY`.
    pub proxy: Option<String>,
}

impl Fetch {
    /// What holds for a host on a port: an entry for both, else for the host alone.
    pub fn limits(&self, host: &str, port: u16) -> HostLimits {
        let host = host.to_ascii_lowercase();
        self.hosts
            .get(&format!("{host}:{port}"))
            .or_else(|| self.hosts.get(&host))
            .copied()
            .unwrap_or_default()
    }
}

/// What holds for one host instead of the general limits; `None` is as in general.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HostLimits {
    /// See [`Fetch::per_host`].
    pub per_host: Option<usize>,
    /// See [`Fetch::host_interval`].
    pub host_interval: Option<Duration>,
    /// See [`Fetch::min_interval`].
    pub min_interval: Option<Duration>,
    /// See [`Fetch::timeout`].
    pub timeout: Option<Duration>,
}

/// Who may ask for status and refreshes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// The file with the token. Default `$CREDENTIALS_DIRECTORY/api-token` where there is
    /// one, else `api-token` in the state directory; `FEEDMILL_API__TOKEN_FILE`.
    pub token_file: PathBuf,
    /// The file is ours: it is made at the first start. Not so where somebody named one.
    pub make_token: bool,
    /// The file with a second token that opens `/metrics` alone. Default none;
    /// `FEEDMILL_API__METRICS_TOKEN_FILE`.
    pub metrics_token_file: Option<PathBuf>,
}

/// The socket that the commands use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// Where the daemon makes it: `control.sock` in `$RUNTIME_DIRECTORY`, else in the state directory.
    pub socket: PathBuf,
    /// Where the commands look for it, in this order.
    pub places: Vec<PathBuf>,
}

/// The HTTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// The longest `Cache-Control: max-age`. Default 5 min; `FEEDMILL_HTTP__MAX_AGE`.
    pub max_age: Duration,
    /// Proxies whose `X-Forwarded-For` and `Forwarded` are believed. Default none;
    /// `FEEDMILL_HTTP__TRUSTED_PROXY`.
    pub trusted_proxy: Vec<Network>,
    /// Connections at once. Default 10000; `FEEDMILL_HTTP__MAX_CONNECTIONS`.
    pub max_connections: usize,
}

/// The built-in feed of everything public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct All {
    /// Whether there is one. Default `true`; `FEEDMILL_ALL__PUBLISH`.
    pub publish: bool,
    /// Its title. Default `All feeds`; `FEEDMILL_ALL__TITLE`.
    pub title: String,
}

/// How long entries of remote sources are kept; what still stands at the origin always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// The newest so many of a source; 0 is all. Default 10000; `FEEDMILL_RETENTION__ENTRIES`.
    pub entries: u64,
    /// So many days; 0 is for ever. Default 0; `FEEDMILL_RETENTION__DAYS`.
    pub days: u64,
}
