//! Copies of a store: one taken while it is in use, and one put back in its place.
//!
//! A copy is made beside its place, looked at, written out, and then given its name:
//! what had that name is whole until then, or kept.

use crate::store::StoreError;
use crate::store::sqlite::failure::failure;
use crate::store::sqlite::{check, open};
use rusqlite::{Connection, backup::Backup};
use std::{
    fs,
    io::{Error, ErrorKind},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Stores kept aside under one name.
const MOST_ASIDE: usize = 100;

pub(super) fn backup(store: &Path, to: &Path) -> Result<(), StoreError> {
    let doing = format!("backing the store up to `{}`", to.display());
    let source = open::existing(store)?;
    if same_file(store, to) {
        return Err(itself(doing));
    }
    if to.is_dir() {
        let help = Some("name a file in it".into());
        return Err(StoreError { doing, cause: "it is a folder".into(), help, damaged: false });
    }
    if fs::symlink_metadata(to).is_ok() {
        open::existing(to).map_err(|error| StoreError {
            doing: doing.clone(),
            cause: format!("the file is there and is no store of feedmill's ({})", error.cause),
            help: Some("give a name that is free, or one of an older backup".into()),
            damaged: false,
        })?;
    }
    let part = open::beside(to, ".part");
    copy(&source, &part, &doing)
        .and_then(|()| open::put(&part, to).map_err(|error| plain(&doing, &error)))
        .inspect_err(|_| {
            // What could not be finished is of no use to anybody.
            let _ = fs::remove_file(&part);
        })
}

pub(super) fn restore(from: &Path, store: &Path, aside: &str) -> Result<Option<PathBuf>, StoreError> {
    let doing = format!("restoring the store from `{}`", from.display());
    let backup = opened(from)?;
    if same_file(from, store) {
        return Err(itself(doing));
    }
    let part = open::beside(store, ".part");
    let put = || {
        copy(&backup, &part, &doing)?;
        take_log_in(store);
        let kept = keep_aside(store, aside).map_err(|error| plain(&doing, &error))?;
        open::put(&part, store).map_err(|error| plain(&doing, &error))?;
        Ok(kept)
    };
    put().inspect_err(|_| {
        let _ = fs::remove_file(&part);
    })
}

/// A file that a store may be restored from.
pub(super) fn opened(from: &Path) -> Result<Connection, StoreError> {
    let help = Some("name a file that `feedmill store backup` has made".into());
    open::existing(from).map_err(|error| StoreError { help, ..error })
}

/// One whole, sound copy in a single file. It is read in one transaction, so that
/// it is the store at one moment whoever writes meanwhile.
fn copy(source: &Connection, part: &Path, doing: &str) -> Result<(), StoreError> {
    match fs::remove_file(part) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(plain(doing, &error)),
        _ => {}
    }
    open::private(part).map_err(|error| plain(doing, &error))?;
    let run = || {
        let mut target = Connection::open(part)?;
        // All pages at once: in steps, every write of the daemon's would begin it anew.
        Backup::new(source, &mut target)?.step(-1)?;
        // Without a log beside it, which would be forgotten when the file is moved.
        target.pragma_update(None, "journal_mode", "DELETE")?;
        open::settings(&target)?;
        Ok(check::look(&target))
    };
    let checked = run().map_err(|error| failure(doing, &error))?;
    match checked.damage.first() {
        None => Ok(()),
        Some(first) => Err(StoreError {
            doing: doing.to_owned(),
            cause: format!("it is damaged: {first}"),
            help: Some("`feedmill store check` lists all damage; nothing was replaced".into()),
            damaged: false,
        }),
    }
}

/// Takes all that the log holds into the file, so that nothing hangs on the log when it
/// goes. A store that is too damaged for that is kept with its log, and no worse for it.
fn take_log_in(store: &Path) {
    if store.exists()
        && let Ok(connection) = Connection::open(store)
    {
        // Answers with a row, which says nothing that matters here.
        let _ = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

/// Gives what is there a second name, its log too, and takes the log away from the
/// place of the new one. Broken off at any point, both names lead to all there was.
fn keep_aside(store: &Path, aside: &str) -> std::io::Result<Option<PathBuf>> {
    if !store.exists() && !open::beside(store, "-wal").exists() {
        return Ok(None);
    }
    let kept = free(store, aside)?;
    for ending in ["", "-wal"] {
        let (old, new) = (open::beside(store, ending), open::beside(&kept, ending));
        if old.exists() {
            // A file system without hard links gets a copy.
            fs::hard_link(&old, &new).or_else(|_| fs::copy(&old, &new).map(drop))?;
        }
    }
    for ending in ["-wal", "-shm"] {
        match fs::remove_file(open::beside(store, ending)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(Some(kept))
}

/// The name beside the store that ends so, or so and a number: one that was broken off and is
/// done again at once finds the first of them taken.
fn free(store: &Path, aside: &str) -> std::io::Result<PathBuf> {
    let numbered = (2..=MOST_ASIDE).map(|number| open::beside(store, &format!("{aside}-{number}")));
    let mut names = std::iter::once(open::beside(store, aside)).chain(numbered);
    let is_free = |name: &PathBuf| !name.exists() && !open::beside(name, "-wal").exists();
    let taken = || format!("`{}` and all names like it are taken", open::beside(store, aside).display());
    names.find(is_free).ok_or_else(|| Error::new(ErrorKind::AlreadyExists, taken()))
}

/// Whether two names lead to one file, by links of either kind too.
fn same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).map(|file| (file.dev(), file.ino()));
    matches!((place(one), place(other)), (Ok(one), Ok(other)) if one == other)
}

fn itself(doing: String) -> StoreError {
    StoreError { doing, cause: "that is the store itself".into(), help: None, damaged: false }
}

fn plain(doing: &str, error: &Error) -> StoreError {
    StoreError { doing: doing.to_owned(), cause: error.to_string(), help: None, damaged: false }
}
