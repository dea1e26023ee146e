//! Runs the command of `on_failure`, once for each source that has begun to fail or has
//! come back. Never in anybody's way: changes wait in a line, and a command that takes
//! too long is ended.

use crate::schedule::HealthChange;
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{process::Command, sync::mpsc};

/// A command that runs longer is ended.
const LIMIT: Duration = Duration::from_secs(30);
/// Characters of the message that it is given.
const MESSAGE: usize = 1000;
/// What the service manager gave to us alone.
const OURS: [&str; 7] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_PID",
    "WATCHDOG_USEC",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "CREDENTIALS_DIRECTORY",
];

/// Runs the command for every change, one after the other, until nobody sends any more.
pub(super) async fn run(command: Vec<String>, folder: PathBuf, mut changes: mpsc::Receiver<HealthChange>) {
    while let Some(change) = changes.recv().await {
        let HealthChange { feed, source, .. } = &change;
        match tokio::time::timeout(LIMIT, once(&command, &folder, &change)).await {
            Ok(Ok(status)) if status.success() => tracing::debug!(feed, source, "`on_failure` has run"),
            Ok(Ok(status)) => tracing::warn!(feed, source, "`on_failure` ended with {status}"),
            Ok(Err(error)) => tracing::warn!(feed, source, "`on_failure` could not be run: {error}"),
            Err(_) => {
                tracing::warn!(
                    feed,
                    source,
                    "`on_failure` was ended: it ran longer than {} s",
                    LIMIT.as_secs()
                );
            }
        }
    }
}

async fn once(
    command: &[String],
    folder: &PathBuf,
    change: &HealthChange,
) -> std::io::Result<std::process::ExitStatus> {
    let (program, arguments) = command.split_first().ok_or(std::io::ErrorKind::InvalidInput)?;
    let HealthChange { feed, source, outcome, message } = change;
    // A variable cannot hold the character that ends it.
    let message: String = message.chars().filter(|c| *c != '\0').take(MESSAGE).collect();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).kill_on_drop(true);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in OURS {
        command.env_remove(name);
    }
    command.env("FEEDMILL_FEED", feed).env("FEEDMILL_SOURCE", source);
    command.env("FEEDMILL_OUTCOME", outcome.word()).env("FEEDMILL_MESSAGE", message);
    command.status().await
}
