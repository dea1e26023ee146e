//! The tree → the settings: each key read, defaults filled in, everything else refused.

use crate::config::Environment;
use crate::config::Listen;
use crate::config::UnixSocket;
use crate::config::address::{parse_mode, split_rights};
use crate::config::fetch::fetch;
use crate::config::overlay::is_laid_over;
use crate::config::settings::{
    All, Api, Config, Control, Http, Log, LogFormat, LogLevel, Retention, StoreKind,
};
use crate::config::value::{count, duration, replace};
use crate::model::{Defaults, Network, Timetable, is_loopback, parse_web_url, resolve_path};
use crate::yaml::{Faults, Node, Section, expected};
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

/// At most so many entries in a document (interface §2, `limit`).
const MOST_ENTRIES: u64 = 10_000;

/// Where the settings come from.
pub(super) struct Place<'a> {
    /// The file, absolute; `None` where there is none.
    pub(super) file: Option<PathBuf>,
    /// What paths in the file count from: its folder, absolute.
    pub(super) base: PathBuf,
    /// The machine.
    pub(super) environment: &'a Environment,
}

/// Reads the whole tree.
pub(super) fn read(tree: &Node, place: &Place<'_>, faults: &mut Faults) -> Config {
    let mut root = Section::new(tree, "", faults);
    let listen = root.node("listen").and_then(|node| place.listen(node, root.faults));
    let listen = listen.unwrap_or_else(|| Listen::Tcp { host: "127.0.0.1".into(), port: 8787 });
    let base_url = base_url(&mut root, place, &listen);
    let feeds = root.value("feeds", |node| place.path(node));
    let state = place.state(&mut root);
    let store = root.value("store", store).unwrap_or_default();
    let log = root.section("log").map(log).unwrap_or_default();
    let fetch = fetch(&mut root, &base_url);
    let api = place.api(&mut root, &state);
    if let Some(mut control) = root.section("control") {
        control.not_built("group", "the control socket belongs to whoever runs the daemon");
        control.finish();
    }
    let http = http(&mut root);
    let all = all(&mut root);
    let defaults = place.defaults(&mut root);
    let retention = retention(&mut root);
    let on_failure = on_failure(&mut root);
    root.finish_beside(&[
        ("`defaults`", &["schedule", "limit", "timezone"]),
        (
            "`fetch`",
            &[
                "user_agent",
                "timeout",
                "max_body",
                "concurrency",
                "per_host",
                "host_interval",
                "allow",
                "proxy",
            ],
        ),
        ("`http`", &["max_age", "trusted_proxy", "max_connections"]),
    ]);
    Config {
        file: place.file.clone(),
        listen,
        base_url,
        feeds_named: feeds.is_some(),
        feeds: feeds.unwrap_or_else(|| place.feeds()),
        control: place.control(&state),
        state,
        store,
        log,
        fetch,
        api,
        http,
        all,
        defaults,
        retention,
        on_failure,
        warnings: Vec::new(),
    }
}

impl Place<'_> {
    /// A path counts from the file that holds it; one in a variable or a flag from the current folder.
    fn path(&self, node: &Node) -> Result<PathBuf, String> {
        self.path_of(node, &node.as_line()?)
    }

    fn path_of(&self, node: &Node, written: &str) -> Result<PathBuf, String> {
        if written.starts_with('~') {
            return Err(format!(
                "expected a path without `~`, which nothing expands here, found `{written}`"
            ));
        }
        let base = if is_laid_over(node) { self.environment.current() } else { &self.base };
        Ok(resolve_path(base, written))
    }

    fn listen(&self, node: &Node, faults: &mut Faults) -> Option<Listen> {
        if node.map().is_some() {
            let mut section = Section::new(node, "listen", faults);
            let path = section.value("unix", |node| self.path(node));
            let mode = section.value("mode", |node| parse_mode(node.as_text()?));
            let group = section.value("group", Node::as_line);
            section.finish();
            return path.map(|path| Listen::Unix(UnixSocket { path, mode, group }));
        }
        faults.value("listen", node, |node| {
            let text = node.as_line().map_err(|_| expected("`host:port` or `unix:PATH`", node))?;
            match text.strip_prefix("unix:") {
                Some("") => Err("expected a path after `unix:`".into()),
                Some(written) => {
                    let (path, mode, group) = split_rights(written)?;
                    self.path_of(node, path).map(|path| Listen::Unix(UnixSocket { path, mode, group }))
                }
                None => Listen::parse_tcp(&text),
            }
        })
    }

    /// `feeds` beside the file, else above it; without a file in the current folder.
    fn feeds(&self) -> PathBuf {
        let beside = self.base.join("feeds");
        let above = resolve_path(&self.base, "../feeds");
        if self.file.is_some() && !beside.is_dir() && above.is_dir() { above } else { beside }
    }

    fn state(&self, root: &mut Section<'_, '_>) -> PathBuf {
        if let Some(written) = root.node("state") {
            let path = root.faults.value("state", written, |node| self.path(node));
            return path.unwrap_or_default();
        }
        self.environment.state().unwrap_or_else(|| {
            let message = "`state` has no default here: none of `$STATE_DIRECTORY`, `$XDG_STATE_HOME` and `$HOME` is set";
            root.faults.at(1, 1, message.into()).help = Some("set `state`, or pass `--state DIR`".into());
            PathBuf::new()
        })
    }

    fn api(&self, root: &mut Section<'_, '_>, state: &Path) -> Api {
        let mut written = (None, None);
        if let Some(mut section) = root.section("api") {
            written.0 = section.value("token_file", |node| self.path(node));
            written.1 = section.value("metrics_token_file", |node| self.path(node));
            section.finish();
        }
        let (token_file, metrics_token_file) = written;
        let credential = || {
            let file = self.environment.folder("CREDENTIALS_DIRECTORY")?.join("api-token");
            file.is_file().then_some(file)
        };
        let named = token_file.or_else(credential);
        Api {
            make_token: named.is_none(),
            token_file: named.unwrap_or_else(|| state.join("api-token")),
            metrics_token_file,
        }
    }

    fn control(&self, state: &Path) -> Control {
        let runtime = self.environment.folder("RUNTIME_DIRECTORY");
        let folders = [runtime.as_deref(), Some(Path::new("/run/feedmill")), Some(state)];
        Control {
            socket: runtime.as_deref().unwrap_or(state).join("control.sock"),
            places: folders.iter().flatten().map(|folder| folder.join("control.sock")).collect(),
        }
    }

    fn defaults(&self, root: &mut Section<'_, '_>) -> Defaults {
        let mut defaults = Defaults { timezone: self.environment.timezone(), ..Defaults::default() };
        let Some(mut section) = root.section("defaults") else {
            return defaults;
        };
        if let Some(schedule) = section.value("schedule", |node| Timetable::parse(node.as_text()?)) {
            defaults.schedule = schedule;
        }
        if let Some(limit) = section.value("limit", |node| count(node, 1, MOST_ENTRIES)) {
            defaults.limit = limit;
        }
        if let Some(zone) = section.value("timezone", Node::as_timezone) {
            (defaults.timezone, defaults.timezone_assumed) = (zone, false);
        }
        section.finish();
        defaults
    }
}

fn base_url(root: &mut Section<'_, '_>, place: &Place<'_>, listen: &Listen) -> String {
    let listens_at = listens_at(listen);
    let mut loopback =
        root.node("base_url").is_none() && parse_web_url(&listens_at).is_ok_and(|url| is_loopback(&url));
    let written = root.value("base_url", |node| {
        let url = parse_web_url(node.as_text()?)?;
        if url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some()
        {
            return Err("expected an address without `?`, `#` and `@`".into());
        }
        loopback = is_loopback(&url);
        Ok(url.as_str().trim_end_matches('/').to_owned())
    });
    let base_url = written.unwrap_or(listens_at);
    if loopback {
        let written = root.node("base_url").map(|node| (node.line, node.column));
        let (default, into) = match (written, &place.file) {
            (Some(_), _) => ("", String::new()),
            (None, Some(_)) => (" by default", " in this file".to_owned()),
            (None, None) => (" by default", " in `config/feedmill.yaml`".to_owned()),
        };
        let message = format!("`base_url` is `{base_url}`{default}, which leads nobody else here");
        let (line, column) = written.unwrap_or((1, 1));
        let fault = root.faults.at(line, column, message);
        fault.help = Some(format!("set `base_url`{into} to the address that readers use"));
        fault.warning = true;
    }
    base_url
}

/// The address of what listens there, as far as that is known before it does.
pub(super) fn listens_at(listen: &Listen) -> String {
    let (host, port) = match listen {
        Listen::Tcp { host, port } if *port != 0 => (host.as_str(), *port),
        _ => ("", 8787),
    };
    let address = match host {
        "" | "0.0.0.0" | "::" => format!("http://127.0.0.1:{port}"),
        host if host.contains(':') => format!("http://[{host}]:{port}"),
        host => format!("http://{host}:{port}"),
    };
    // Without the port where that is the usual one.
    parse_web_url(&address).map_or(address, |url| url.as_str().trim_end_matches('/').to_owned())
}

fn store(node: &Node) -> Result<StoreKind, String> {
    let text = node.as_text()?;
    // Not repeated in the message: it may hold a password.
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Err("`postgres://` is not built yet, the store is `sqlite`".into());
    }
    node.as_word(&[("sqlite", StoreKind::Sqlite)])
}

fn log(mut section: Section<'_, '_>) -> Log {
    let level = section.value("level", |node| {
        node.as_word(&[
            ("error", LogLevel::Error),
            ("warn", LogLevel::Warn),
            ("info", LogLevel::Info),
            ("debug", LogLevel::Debug),
            ("trace", LogLevel::Trace),
        ])
    });
    let format = section.value("format", |node| {
        node.as_word(&[
            ("auto", LogFormat::Auto),
            ("text", LogFormat::Text),
            ("journald", LogFormat::Journald),
            ("json", LogFormat::Json),
        ])
    });
    section.finish();
    Log { level: level.unwrap_or_default(), format: format.unwrap_or_default() }
}

fn http(root: &mut Section<'_, '_>) -> Http {
    let mut http =
        Http { max_age: Duration::from_mins(5), trusted_proxy: Vec::new(), max_connections: 10_000 };
    let Some(mut section) = root.section("http") else {
        return http;
    };
    replace(&mut http.max_age, section.value("max_age", duration));
    replace(&mut http.max_connections, section.value("max_connections", |node| count(node, 1, 1_000_000)));
    let network = |node: &Node| node.as_text()?.parse::<Network>().map_err(|error| error.to_string());
    replace(&mut http.trusted_proxy, section.one_or_more("trusted_proxy", network));
    section.finish();
    http
}

fn all(root: &mut Section<'_, '_>) -> All {
    let mut all = All { publish: true, title: "All feeds".into() };
    let Some(mut section) = root.section("all") else {
        return all;
    };
    replace(&mut all.publish, section.value("publish", Node::as_boolean));
    replace(&mut all.title, section.value("title", Node::as_line));
    section.finish();
    all
}

fn retention(root: &mut Section<'_, '_>) -> Retention {
    let mut retention = Retention { entries: 10_000, days: 0 };
    let Some(mut section) = root.section("retention") else {
        return retention;
    };
    replace(&mut retention.entries, section.value("entries", |node| node.as_number(0, u64::MAX)));
    replace(&mut retention.days, section.value("days", |node| node.as_number(0, 36_500)));
    section.finish();
    retention
}

/// A program, or a list of it and its arguments.
fn on_failure(root: &mut Section<'_, '_>) -> Vec<String> {
    let alone = root.node("on_failure").is_some_and(|node| node.list().is_none());
    let words = root.one_or_more("on_failure", |node| {
        let word = node.as_line()?;
        if alone && word.contains(char::is_whitespace) {
            let for_a_shell = word.contains(['|', '&', ';', '<', '>', '$', '"', '\'', '`']);
            let list = if for_a_shell {
                format!("sh, -c, '{}'", word.replace('\'', "''"))
            } else {
                word.split_whitespace().collect::<Vec<_>>().join(", ")
            };
            return Err(format!(
                "expected a program, or a list of it and its arguments such as `[{list}]`; no shell reads it"
            ));
        }
        Ok(word)
    });
    words.unwrap_or_default()
}
