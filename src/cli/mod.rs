//! One file a command.
//!
//! In: arguments. Out: an exit code, results on stdout, errors on stderr: what,
//! where, why, and the step that mends it. The only room that prints.
mod accept;
mod build;
mod built;
mod check;
mod completions;
mod daemon;
mod feed_file;
mod import;
mod init;
mod keeper;
mod lint;
mod listening;
mod log;
mod log_lines;
mod on_failure;
mod onlooker;
mod out;
mod preview;
mod progress;
mod refresh;
mod reload;
mod run;
mod serving;
mod setup;
mod status;
mod store;
mod whole_file;

use crate::config::{Config, Environment};
use crate::model::Problem;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{path::PathBuf, process::ExitCode};

/// Keeps a set of feeds: collects folders of posts and feed URLs, files entries
/// under categories, serves RSS, Atom and JSON Feed.
#[derive(Debug, Parser)]
#[command(version, about, long_about = None, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The daemon's config file [default: `$FEEDMILL_CONFIG`, ./config/feedmill.yaml, /etc/feedmill/feedmill.yaml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of feed files, instead of the config's `feeds`
    #[arg(long, global = true, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// The state directory, instead of the config's `state`
    #[arg(long, global = true, value_name = "DIR")]
    state: Option<PathBuf>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    format: Output,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people.
    #[default]
    Text,
    /// For programs: one JSON value.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// The daemon: scheduler and HTTP server (the default)
    Run(run::Run),
    /// Reads config and all feeds and prints every problem
    Check,
    /// Collects every source once and writes every document as a file
    Build(build::Build),
    /// Asks the running daemon to collect now
    Refresh(refresh::Refresh),
    /// Lets a held source through
    Accept(accept::Accept),
    /// One source or feed through the stages, printed, nothing stored
    Preview(preview::Preview),
    /// Writes a feed file for a site, a feed or a page
    Init(init::Init),
    /// Writes feed files from a list of subscriptions
    Import(import::Import),
    /// What the daemon knows of each source
    Status,
    /// Checks, copies or restores the store
    Store(store::Store),
    /// Prints completions for a shell
    Completions(completions::Completions),
    /// Judges a feed: what validators and readers would say of it
    Lint(lint::Lint),
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(run::Run::default())
    }
}

/// Why a command ends without its result: printed once, by [`main`].
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    code: u8,
    /// What is told, a paragraph each.
    told: Vec<String>,
}

impl Failure {
    fn new(message: impl Into<String>) -> Self {
        Self { code: 1, told: vec![message.into()] }
    }

    fn problems(problems: &[Problem]) -> Self {
        Self { code: 1, told: problems.iter().map(ToString::to_string).collect() }
    }

    fn tell(&self) {
        for told in &self.told {
            // A problem already says that it is one.
            let is_problem = told.contains(": error: ") || told.contains(": warning: ");
            let prefix = if is_problem { "" } else { "error: " };
            out::complain(format_args!("{prefix}{told}"));
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        let mut told = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            told.push_str(": ");
            told.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::new(told)
    }
}

type Outcome = Result<ExitCode, Failure>;

/// Runs the program on the process's own arguments and environment.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(told) => return misused(&told),
    };
    let environment = Environment::of_process();
    let code = match dispatch(cli, &environment) {
        Ok(code) => code,
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.code)
        }
    };
    match out::finish() {
        Ok(()) => code,
        Err(error) => {
            out::complain(format_args!("error: the result could not be printed: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Help and version are results; a command that can't be read ends with 1, since 2 says
/// that a source failed.
fn misused(told: &clap::Error) -> ExitCode {
    // Where nobody reads it there is nobody to tell.
    let _ = told.print();
    ExitCode::from(u8::from(told.use_stderr()))
}

fn dispatch(cli: Cli, environment: &Environment) -> Outcome {
    let Cli { global, command } = cli;
    match command.unwrap_or_default() {
        Command::Run(run) => run::run(&run, &global, environment),
        Command::Check => Ok(check::run(&global, environment)),
        Command::Build(build) => build::run(&build, &global, environment),
        Command::Refresh(refresh) => refresh::run(&refresh, &global, environment),
        Command::Accept(accept) => accept::run(&accept, &global, environment),
        Command::Preview(preview) => preview::run(&preview, &global, environment),
        Command::Init(init) => init::run(&init, &global, environment),
        Command::Import(import) => import::run(&import, &global, environment),
        Command::Status => status::run(&global, environment),
        Command::Store(store) => store::run(&store, &global, environment),
        Command::Completions(completions) => Ok(completions::run(&completions)),
        Command::Lint(lint) => lint::run(&lint, &global, environment),
    }
}

/// The config with the flags laid over it.
fn config(global: &Global, environment: &Environment) -> Result<Config, Failure> {
    let environment = environment_with_flags(global, environment);
    Config::load(global.config.as_deref(), &environment).map_err(|problems| Failure::problems(&problems))
}

/// The environment with the flags that stand for keys.
fn environment_with_flags(global: &Global, environment: &Environment) -> Environment {
    let mut environment = environment.clone();
    let flags = [("--feeds", "feeds", &global.feeds), ("--state", "state", &global.state)];
    for (flag, key, value) in flags {
        if let Some(path) = value {
            let absolute = environment.current().join(path);
            environment = environment.with_flag(flag, key, absolute.to_string_lossy());
        }
    }
    environment
}

/// Whether a command is pointed at a URL, not at a path.
fn is_url(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_command_can_be_parsed() {
        Cli::command().debug_assert();
        for line in [
            "feedmill",
            "feedmill run",
            "feedmill refresh a b --wait --feeds x",
            "feedmill build --out x --pages",
            "feedmill preview x --stage publish --as json --site jekyll",
            "feedmill accept x --format json",
            "feedmill store check --state x",
            "feedmill store backup x --format json",
            "feedmill store restore x",
            "feedmill lint x y --format json",
        ] {
            assert!(Cli::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
    }
}
