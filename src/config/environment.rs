//! What the machine says before any file is read: variables, flags, the current
//! folder, the time zone. The only reader of the environment.

use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;

/// Ours, but no keys.
const NO_KEYS: [&str; 5] =
    ["FEEDMILL_CONFIG", "FEEDMILL_FEED", "FEEDMILL_SOURCE", "FEEDMILL_OUTCOME", "FEEDMILL_MESSAGE"];

/// Variables, flags, the current folder and the system's zone.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    variables: BTreeMap<String, String>,
    flags: Vec<Flag>,
    current: PathBuf,
    localtime: Option<PathBuf>,
}

/// A flag of the command line that stands for a key.
#[derive(Debug, Clone)]
pub(super) struct Flag {
    /// As typed, `--state`.
    pub(super) name: &'static str,
    /// Which key, dotted.
    pub(super) key: &'static str,
    /// Its value.
    pub(super) value: String,
}

impl Environment {
    /// This process's own.
    pub fn of_process() -> Self {
        let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            variables: std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect(),
            flags: Vec::new(),
            current: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
            localtime: std::fs::read_link("/etc/localtime").ok(),
        }
    }

    /// One made up of these variables, in this folder; for tests.
    pub fn made_up<'a>(current: &Path, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            current: current.to_owned(),
            ..Self::default()
        }
    }

    /// The same with a flag of the command line, `--state` for the key `state`; it wins over
    /// file and variable, and a problem with it names it.
    #[must_use]
    pub fn with_flag(mut self, name: &'static str, key: &'static str, value: impl Into<String>) -> Self {
        self.flags.push(Flag { name, key, value: value.into() });
        self
    }

    /// A variable that says something.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The current folder.
    pub fn current(&self) -> &Path {
        &self.current
    }

    /// The variables that stand for keys: all of ours but `FEEDMILL_CONFIG` and those that
    /// the command of `on_failure` is given, which may well run us.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables
            .iter()
            .filter(|(name, _)| name.starts_with("FEEDMILL_") && !NO_KEYS.contains(&name.as_str()))
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(super) fn flags(&self) -> &[Flag] {
        &self.flags
    }

    /// A folder that systemd hands over; of several the first.
    pub(super) fn folder(&self, name: &str) -> Option<PathBuf> {
        let first = self.variable(name)?.split(':').find(|folder| !folder.is_empty())?;
        Some(self.current.join(first))
    }

    /// `$STATE_DIRECTORY`, else `$XDG_STATE_HOME/feedmill`, else `$HOME/.local/state/feedmill`.
    pub(super) fn state(&self) -> Option<PathBuf> {
        // The XDG rules say that a relative path there counts as none.
        let absolute = |name: &str| self.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        self.folder("STATE_DIRECTORY")
            .or_else(|| absolute("XDG_STATE_HOME").map(|path| path.join("feedmill")))
            .or_else(|| absolute("HOME").map(|path| path.join(".local/state/feedmill")))
    }

    /// The system's zone: `$TZ`, else what `/etc/localtime` points at, else UTC.
    pub(super) fn timezone(&self) -> Tz {
        let zone_of = |path: &str| {
            let name = path.rsplit_once("zoneinfo/").map_or(path, |(_, name)| name);
            let name = name.strip_prefix("posix/").unwrap_or(name);
            name.parse::<Tz>().ok()
        };
        let localtime = || zone_of(&self.localtime.as_ref()?.to_string_lossy());
        match self.variables.get("TZ").map(|zone| zone.trim_start_matches(':')) {
            Some("/etc/localtime") | None => localtime(),
            Some(zone) => zone_of(zone),
        }
        .unwrap_or(chrono_tz::UTC)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_of_the_system() {
        let zone = |tz: Option<&str>, link: Option<&str>| {
            let mut environment = Environment::made_up(Path::new("/"), tz.map(|value| ("TZ", value)));
            environment.localtime = link.map(PathBuf::from);
            environment.timezone().name()
        };
        let link = Some("../usr/share/zoneinfo/Asia/Shanghai");
        assert_eq!(zone(None, link), "Asia/Shanghai");
        assert_eq!(zone(Some(":Europe/Berlin"), link), "Europe/Berlin");
        assert_eq!(zone(Some("/usr/share/zoneinfo/posix/Europe/Paris"), link), "Europe/Paris");
        assert_eq!(zone(Some(":/etc/localtime"), link), "Asia/Shanghai");
        assert_eq!(zone(Some("CET-1CEST"), link), "UTC");
        assert_eq!(zone(Some(""), link), "UTC");
        assert_eq!(zone(None, None), "UTC");
    }

    #[test]
    fn the_state_directory() {
        let state = |variables: &[(&'static str, &'static str)]| {
            Environment::made_up(Path::new("/w"), variables.iter().copied()).state()
        };
        let systemd = ("STATE_DIRECTORY", "/var/lib/feedmill:/var/lib/other");
        assert_eq!(state(&[systemd, ("HOME", "/h")]), Some("/var/lib/feedmill".into()));
        assert_eq!(state(&[("XDG_STATE_HOME", "/x"), ("HOME", "/h")]), Some("/x/feedmill".into()));
        assert_eq!(
            state(&[("XDG_STATE_HOME", "x"), ("HOME", "/h")]),
            Some("/h/.local/state/feedmill".into())
        );
        assert_eq!(state(&[]), None);
    }
}
