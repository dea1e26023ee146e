//! The locks on a state directory: one daemon, or one of each half.
//!
//! In: the directory and the part that is wanted of it. Out: files that hold it until they are
//! dropped. Never looks into the store.

use crate::store::{Part, StoreError};
use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{ErrorKind, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// Held by who collects into a store, and by who serves from it: mostly one process.
const POLLING_LOCK: &str = "feedmill.lock";
const SERVING_LOCK: &str = "serve.lock";

/// Takes this part of the state directory for this process until the files are dropped.
pub(super) fn lock(state: &Path, part: Part) -> Result<Vec<File>, StoreError> {
    let names: &[&str] = match part {
        Part::Whole => &[POLLING_LOCK, SERVING_LOCK],
        Part::Polling => &[POLLING_LOCK],
        Part::Serving => &[SERVING_LOCK],
    };
    names.iter().map(|name| take(state, name)).collect()
}

fn take(state: &Path, name: &str) -> Result<File, StoreError> {
    let doing = format!("opening the state directory `{}`", state.display());
    let unusable = |error: std::io::Error| StoreError {
        doing: doing.clone(),
        cause: error.to_string(),
        help: Some(
            "give a directory that can be written: `--state DIR`, or `state:` in the config file".into(),
        ),
        damaged: false,
    };
    // What subscribers of private feeds read is nobody else's business.
    DirBuilder::new().recursive(true).mode(0o700).create(state).map_err(unusable)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(state.join(name))
        .map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Without a readable pid the message still says what is wrong.
            let _ = file.read_to_string(&mut holder);
            let holder = if holder.trim().is_empty() { "unknown".into() } else { holder.trim().to_owned() };
            return Err(StoreError {
                doing,
                cause: format!("another feedmill holds it (pid {holder})"),
                help: Some(
                    "stop that one, or give this one a directory of its own with `--state DIR`".into(),
                ),
                damaged: false,
            });
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    match name_holder(&mut file) {
        // It is held all the same: what is stored can be served from a full disk.
        Err(error) if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => Ok(file),
        named => named.map(|()| file).map_err(unusable),
    }
}

/// Our pid in place of the last holder's, over the room that it had.
fn name_holder(file: &mut File) -> std::io::Result<()> {
    let pid = format!("{}\n", std::process::id());
    file.rewind()?;
    file.write_all(pid.as_bytes())?;
    file.set_len(pid.len() as u64)
}
