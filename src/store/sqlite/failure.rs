//! What SQLite says went wrong, in our words, with the step that mends it.

use crate::store::StoreError;
use crate::store::sqlite::sum;
use rusqlite::{Connection, ErrorCode, ffi};
use std::{fs::OpenOptions, io::ErrorKind};

/// What mends damage.
pub(super) const MEND: &str =
    "`feedmill store check` lists all damage, `feedmill store restore FILE` puts a backup in its place";

/// No room; in SQLite's words.
const FULL: &str = "database or disk is full";

/// Whether there was no room for it.
pub(super) fn is_for_want_of_room(error: &StoreError) -> bool {
    error.cause == FULL
}

/// An SQLite error in our words.
pub(super) fn failure(doing: &str, error: &rusqlite::Error) -> StoreError {
    let (mut cause, code) = (error.to_string(), error.sqlite_error_code());
    match code {
        Some(ErrorCode::NotADatabase) => "the file is not an SQLite database".clone_into(&mut cause),
        Some(ErrorCode::DiskFull) => FULL.clone_into(&mut cause),
        Some(ErrorCode::SystemIoFailure) => {
            cause = format!(
                "the disk failed{}",
                failed_at(error).map(|at| format!(" while {at}")).unwrap_or_default()
            );
        }
        _ => {}
    }
    let help = match code {
        Some(ErrorCode::NotADatabase) => {
            Some("move the file away, or give another directory with `--state DIR`".to_owned())
        }
        Some(ErrorCode::DiskFull) => Some("free some space; what was stored is unharmed".to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Some("make the state directory and the files in it writable for feedmill's user".to_owned())
        }
        Some(ErrorCode::SystemIoFailure) => Some(
            "the kernel's log (`dmesg`) says what is wrong with the disk; it is tried again, and what was stored is kept".to_owned(),
        ),
        Some(ErrorCode::DatabaseCorrupt) => Some(MEND.to_owned()),
        _ if sum::Damaged::behind(error).is_some() => Some(MEND.to_owned()),
        _ => None,
    };
    let damaged = code == Some(ErrorCode::DatabaseCorrupt) || sum::Damaged::behind(error).is_some();
    StoreError { doing: doing.to_owned(), cause, help, damaged }
}

/// The same of a write that failed: SQLite calls a file system that has become read-only a disk
/// that failed, so that is looked at.
pub(super) fn failure_to_write(connection: &Connection, doing: &str, error: &rusqlite::Error) -> StoreError {
    let told = failure(doing, error);
    let doubtful = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen)
    );
    if !doubtful || !is_read_only(connection) {
        return told;
    }
    StoreError {
        cause: "the file system of the state directory is read-only".to_owned(),
        help: Some(
            "mount it for writing (`mount -o remount,rw`), and feedmill goes on by itself; where that is refused the kernel's log (`dmesg`) says why: stop feedmill, `fsck` it and mount it again".to_owned(),
        ),
        ..told
    }
}

/// Whether the database can't be opened for writing because of where it is.
fn is_read_only(connection: &Connection) -> bool {
    let opened = connection.path().map(|path| OpenOptions::new().write(true).open(path));
    opened.is_some_and(|opened| opened.is_err_and(|error| error.kind() == ErrorKind::ReadOnlyFilesystem))
}

/// What the disk was asked for when it failed.
fn failed_at(error: &rusqlite::Error) -> Option<&'static str> {
    Some(match error.sqlite_error()?.extended_code {
        ffi::SQLITE_IOERR_READ | ffi::SQLITE_IOERR_SHORT_READ => "reading",
        ffi::SQLITE_IOERR_WRITE => "writing",
        ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC => "syncing what was written (`fsync`)",
        ffi::SQLITE_IOERR_TRUNCATE => "cutting a file",
        ffi::SQLITE_IOERR_DELETE => "removing a file",
        ffi::SQLITE_IOERR_LOCK | ffi::SQLITE_IOERR_UNLOCK => "locking a file",
        ffi::SQLITE_IOERR_SHMOPEN | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_SHMMAP => {
            "making its index of the log"
        }
        _ => return None,
    })
}
