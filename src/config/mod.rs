//! How this daemon runs.
//!
//! In: the config file, `FEEDMILL_…` variables, flags. Out: a [`Config`] with every
//! default filled in, or every [`Problem`] with file, line and column, or with the
//! variable's name. The only reader of the environment; reads no feed, opens no
//! connection, makes no file.

mod address;
mod changed;
mod environment;
mod fetch;
mod overlay;
mod read;
mod settings;
#[cfg(test)]
mod tests;
mod value;

pub use address::{Listen, UnixSocket};
pub use changed::Changed;
pub use environment::Environment;
pub use settings::{
    All, Api, Config, Control, Fetch, HostLimits, Http, Log, LogFormat, LogLevel, Retention, StoreKind,
};

use crate::config::overlay::Overlay;
use crate::model::Problem;
use crate::model::show_path;
use crate::yaml;
use crate::yaml::Fault;
use crate::yaml::Faults;
use crate::yaml::Node;
use crate::yaml::Value;
use std::path::Path;
use std::path::PathBuf;

/// Where the file is looked for when neither `--config` nor `$FEEDMILL_CONFIG` names one.
const SYSTEM_FILE: &str = "/etc/feedmill/feedmill.yaml";

impl Config {
    /// Reads the file at `explicit` (`--config`), `$FEEDMILL_CONFIG`, `./config/feedmill.yaml`
    /// or `/etc/feedmill/feedmill.yaml`, the first of these that is given or there; without
    /// one the defaults hold. Variables win over the file, flags over both. What is merely
    /// worth a look stands in [`Config::warnings`].
    ///
    /// # Errors
    ///
    /// Every problem there is, warnings among them, in the order of the file.
    pub fn load(explicit: Option<&Path>, environment: &Environment) -> Result<Self, Vec<Problem>> {
        let (config, problems) = Self::look(explicit, environment);
        if problems.iter().any(Problem::is_error) {
            return Err(problems);
        }
        Ok(Self { warnings: problems, ..config })
    }

    /// The same for `check`: every problem, and beside them what holds where the bad keys
    /// are as if they were not there.
    pub fn look(explicit: Option<&Path>, environment: &Environment) -> (Self, Vec<Problem>) {
        let Some(file) = find(explicit, environment) else {
            return Self::build("", None, environment);
        };
        let shown = show_path(&file, environment.current());
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) => {
                let problem = Problem::error(&shown, format!("the config file cannot be read: {error}"));
                let problem = problem.with_help("name another with `--config FILE` or `$FEEDMILL_CONFIG`");
                return (Self::build("", Some(file), environment).0, vec![problem]);
            }
        };
        match String::from_utf8(bytes) {
            Ok(text) => Self::build(&text, Some(file), environment),
            Err(error) => {
                let message = format!("the config file is not UTF-8: {}", error.utf8_error());
                (Self::build("", Some(file), environment).0, vec![Problem::error(&shown, message)])
            }
        }
    }

    fn build(text: &str, file: Option<PathBuf>, environment: &Environment) -> (Self, Vec<Problem>) {
        let mut faults = Faults::default();
        Self::build_noting(text, file, environment, &mut faults)
    }

    fn build_noting(
        text: &str,
        file: Option<PathBuf>,
        environment: &Environment,
        faults: &mut Faults,
    ) -> (Self, Vec<Problem>) {
        let shown = match &file {
            Some(file) => show_path(file, environment.current()),
            None => "defaults".into(),
        };
        let nothing = || Node { value: Value::Map(Vec::new()), line: 1, column: 1 };
        let (mut tree, torn) = match parse(text, &shown) {
            Ok(tree) => (tree.unwrap_or_else(nothing), None),
            Err(problem) => (nothing(), Some(problem)),
        };
        let overlay = Overlay::lay(&mut tree, environment);
        let place = read::Place { base: base_of(file.as_deref(), environment), file, environment };
        let config = read::read(&tree, &place, faults);
        if let Some(problem) = torn {
            return (config, vec![problem]);
        }
        faults.found.sort_by_key(|fault| (fault.line, fault.column));
        (config, faults.found.iter().map(|fault| tell(fault, &shown, &overlay)).collect())
    }
}

/// The file that is named, else the first that is there.
fn find(explicit: Option<&Path>, environment: &Environment) -> Option<PathBuf> {
    let current = environment.current();
    let named = explicit
        .or_else(|| environment.variable("FEEDMILL_CONFIG").map(Path::new))
        .map(|file| current.join(file));
    let found = || {
        [current.join("config/feedmill.yaml"), PathBuf::from(SYSTEM_FILE)]
            .into_iter()
            .find(|file| file.exists())
    };
    named.or_else(found)
}

/// What relative paths count from: the real folder of the file, so that `..` means
/// what it means to a shell there.
fn base_of(file: Option<&Path>, environment: &Environment) -> PathBuf {
    let Some(folder) = file.and_then(Path::parent) else {
        return environment.current().to_owned();
    };
    std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned())
}

fn parse(text: &str, shown: &str) -> Result<Option<Node>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    yaml::read(text).map_err(|error| {
        let at = format!("{shown}:{}:{}", error.line, error.column);
        Problem::error(at, error.message)
    })
}

fn tell(fault: &Fault, shown: &str, overlay: &Overlay) -> Problem {
    let laid_over = overlay.name(fault.line, fault.column);
    let at = match laid_over {
        Some(name) => name.to_owned(),
        None => format!("{shown}:{}:{}", fault.line, fault.column),
    };
    // Another program's variable may begin like ours.
    let foreign = fault.unknown_key && laid_over.is_some_and(|name| name.starts_with("FEEDMILL_"));
    let problem = if fault.warning || foreign {
        Problem::warning(at, &fault.message)
    } else {
        Problem::error(at, &fault.message)
    };
    match &fault.help {
        Some(help) => problem.with_help(help),
        None => problem,
    }
}
