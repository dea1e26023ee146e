//! Opening the database: the lock, whose file it is, its version, its settings.

use crate::store::StoreError;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

/// `feml` in the file's header: a database with another mark isn't ours.
const APPLICATION_ID: i32 = 0x6665_6d6c;

/// Each entry brings the database from its place in the list to the next version.
const MIGRATIONS: &[&str] = &[include_str!("schema.sql"), include_str!("mixing.sql")];

/// Takes the state directory for this process until the file is dropped.
pub(super) fn lock(state: &Path) -> Result<File, StoreError> {
    let doing = format!("opening the state directory `{}`", state.display());
    let unusable = |error: std::io::Error| StoreError {
        doing: doing.clone(),
        cause: error.to_string(),
        help: Some(
            "give a directory that can be written: `--state DIR`, or `state:` in the config file".into(),
        ),
    };
    std::fs::create_dir_all(state).map_err(unusable)?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(state.join("feedmill.lock"))
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
            });
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(unusable)?;
    writeln!(file, "{}", std::process::id()).map_err(unusable)?;
    Ok(file)
}

/// Opens the database for writing and brings it to our version.
pub(super) fn database(path: &Path) -> Result<Connection, StoreError> {
    let doing = format!("opening the store `{}`", path.display());
    let connection = Connection::open(path).map_err(|error| failure(&doing, &error))?;
    let version = ours(&connection, &doing)?;
    migrate(&connection, version).map_err(|error| {
        failure(&format!("bringing the store `{}` to this version", path.display()), &error)
    })?;
    settle_in(&connection).map_err(|error| failure(&doing, &error))?;
    Ok(connection)
}

/// Opens the database for reading alone.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|connection| settings(&connection).map(|()| connection))
        .map_err(|error| failure("opening the store for reading", &error))
}

/// The database's version, if it is ours and not newer than we are.
fn ours(connection: &Connection, doing: &str) -> Result<usize, StoreError> {
    let refuse = |cause: String, help: &str| StoreError {
        doing: doing.to_owned(),
        cause,
        help: Some(help.to_owned()),
    };
    let number = |sql: &str| {
        connection.query_row(sql, [], |row| row.get::<_, i32>(0)).map_err(|error| {
            match error.sqlite_error_code() {
                Some(ErrorCode::NotADatabase) => refuse(
                    "the file is not an SQLite database".into(),
                    "move the file away, or give another directory with `--state DIR`",
                ),
                _ => failure(doing, &error),
            }
        })
    };
    let version = number("PRAGMA user_version")?;
    let mark = number("PRAGMA application_id")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if mark != APPLICATION_ID && (mark != 0 || tables > 0 || version != 0) {
        return Err(refuse(
            "the database belongs to another program".into(),
            "give feedmill a directory of its own with `--state DIR`",
        ));
    }
    let version = usize::try_from(version).unwrap_or(usize::MAX);
    if version > MIGRATIONS.len() {
        return Err(refuse(
            format!(
                "it was written by a newer feedmill (store version {version}, this one knows {})",
                MIGRATIONS.len()
            ),
            "install that version again, or start with an empty state directory",
        ));
    }
    Ok(version)
}

/// Each step in a transaction of its own, its version number with it.
fn migrate(connection: &Connection, version: usize) -> rusqlite::Result<()> {
    for (step, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        let to = step + 1;
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {sql}; PRAGMA user_version = {to}; COMMIT"
        ))?;
    }
    Ok(())
}

fn settle_in(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    settings(connection)
}

fn settings(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Kibibytes when negative: small, the kernel's page cache serves the rest.
    connection.pragma_update(None, "cache_size", -2048)
}

/// An SQLite error in our words.
pub(super) fn failure(doing: &str, error: &rusqlite::Error) -> StoreError {
    let help = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Some("free some space; what was stored is unharmed".to_owned()),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            Some("make the state directory and the files in it writable for feedmill's user".to_owned())
        }
        Some(ErrorCode::DatabaseCorrupt) => {
            Some("the database is damaged: stop feedmill and put a backup in its place".to_owned())
        }
        _ => None,
    };
    StoreError { doing: doing.to_owned(), cause: error.to_string(), help }
}
