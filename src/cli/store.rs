//! `feedmill store check|backup|restore`: the store looked at, copied, put back.
//! Exit 0, 1 where it is damaged or could not be done.

use crate::cli::out::say;
use crate::cli::{Failure, Global, Outcome, Output, config};
use crate::clock::{Clock, SystemClock};
use crate::config::Environment;
use crate::store::SqliteStore;
use clap::{Args, Subcommand};
use serde_json::json;
use std::{path::PathBuf, process::ExitCode};

#[derive(Debug, Args)]
pub(super) struct Store {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Compares everything in the store with its checksums; the daemon may run
    Check,
    /// Copies the store into one file; the daemon may run
    Backup {
        /// Where to; an older backup is replaced once the new one is whole
        file: PathBuf,
    },
    /// Puts a backup in the place of the store and keeps the old one beside it; no daemon may run
    Restore {
        /// A file that `store backup` has made
        file: PathBuf,
    },
}

pub(super) fn run(store: &Store, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    match &store.what {
        What::Check => check(&config.state, global.format),
        What::Backup { file } => {
            SqliteStore::backup(&config.state, file)?;
            match global.format {
                Output::Json => say!("{}", json!({ "backup": file.to_string_lossy() })),
                Output::Text => say!("the store is backed up to {}", file.display()),
            }
            Ok(ExitCode::SUCCESS)
        }
        What::Restore { file } => {
            let aside = SystemClock.now().format(".before-%Y%m%dT%H%M%SZ").to_string();
            let kept = SqliteStore::restore(&config.state, file, &aside)?;
            let kept = kept.map(|kept| kept.to_string_lossy().into_owned());
            match (global.format, kept) {
                (Output::Json, kept) => {
                    say!("{}", json!({ "restored": file.to_string_lossy(), "kept": kept }));
                }
                (Output::Text, None) => say!("the store is restored from {}", file.display()),
                (Output::Text, Some(kept)) => {
                    say!("the store is restored from {}; the old one is kept as {kept}", file.display());
                }
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(state: &std::path::Path, format: Output) -> Outcome {
    let checked = SqliteStore::check(state)?;
    let sound = checked.damage.is_empty();
    match format {
        Output::Json => {
            say!("{}", json!({ "sound": sound, "entries": checked.entries, "damage": checked.damage }));
        }
        Output::Text => {
            checked.damage.iter().for_each(|damage| say!("{damage}"));
            if sound {
                say!("the store is sound: {} entries", checked.entries);
            }
        }
    }
    if sound {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::new(format!(
        "the store in `{}` is damaged\n  help: stop the daemon and put a backup in its place with `feedmill store restore FILE`",
        state.display()
    )))
}
