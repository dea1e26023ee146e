//! Opening the database: whose file it is, its version, its settings.

use crate::store::StoreError;
use crate::store::sqlite::failure::{MEND, failure};
use crate::store::sqlite::migrate::{APPLICATION_ID, MIGRATIONS, blank, migrate};
use crate::store::sqlite::sum;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// The database's name in the state directory.
pub(super) const NAME: &str = "feedmill.db";

/// A log of more bytes goes into the database at the start.
const LONG_LOG: u64 = 1 << 20;

/// Tables named that are not as they should be.
const MOST_NAMED: usize = 5;

/// Opens the database for writing and brings it to our version; makes it where there is none.
pub(super) fn database(path: &Path) -> Result<Connection, StoreError> {
    let doing = format!("opening the store `{}`", path.display());
    if !there(path, &doing)? {
        create(path).map_err(|error| StoreError { doing: doing.clone(), ..error })?;
    }
    let connection = Connection::open(path).map_err(|error| failure(&doing, &error))?;
    let version = ours(&connection, &doing)?;
    settle_in(&connection).map_err(|error| failure(&doing, &error))?;
    take_log_in(&connection, path);
    migrate(&connection, version, MIGRATIONS).map_err(|error| {
        failure(&format!("bringing the store `{}` to this version", path.display()), &error)
    })?;
    built_alike(&connection, &doing)?;
    sound(&connection, &doing)?;
    Ok(connection)
}

/// Daemons that are killed before their log is long leave it to the next, where it goes on growing:
/// on a small disk, until it is full.
fn take_log_in(connection: &Connection, path: &Path) {
    if std::fs::metadata(beside(path, "-wal")).is_ok_and(|log| log.len() > LONG_LOG) {
        // Where that fails the log is as good as the database.
        let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
    }
}

/// Opens the database that another process has made and brings to its version.
pub(super) fn made(path: &Path) -> Result<Connection, StoreError> {
    let doing = format!("opening the store `{}`", path.display());
    let refuse = |cause: &str| StoreError {
        doing: doing.clone(),
        cause: cause.into(),
        help: Some("start `feedmill run --role poll` first, it makes the store".into()),
        damaged: false,
    };
    if !there(path, &doing)? {
        return Err(refuse("there is none yet"));
    }
    let connection = Connection::open(path).map_err(|error| failure(&doing, &error))?;
    if ours(&connection, &doing)? != MIGRATIONS.len() {
        return Err(refuse("it is of an older version"));
    }
    settle_in(&connection).map_err(|error| failure(&doing, &error))?;
    built_alike(&connection, &doing)?;
    sound(&connection, &doing)?;
    Ok(connection)
}

/// Opens the database for reading alone.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|connection| settings(&connection).map(|()| connection))
        .map_err(|error| failure("opening the store for reading", &error))
}

/// Opens a store that has to be there, and be ours, for reading.
pub(super) fn existing(path: &Path) -> Result<Connection, StoreError> {
    let doing = format!("opening the store `{}`", path.display());
    if !there(path, &doing)? {
        return Err(StoreError {
            doing,
            cause: "there is none".into(),
            help: Some(
                "name the state directory with `--state DIR`; `feedmill run` makes a store in it".into(),
            ),
            damaged: false,
        });
    }
    let connection = reader(path).map_err(|error| StoreError { doing: doing.clone(), ..error })?;
    let read = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i32>(0));
    let connection = match read.map_err(|error| error.sqlite_error_code()) {
        Err(Some(ErrorCode::ReadOnly)) => rolled_back(path).map_err(|error| failure(&doing, &error))?,
        _ => connection,
    };
    ours(&connection, &doing)?;
    Ok(connection)
}

/// A store whose last writer was killed while it had begun a journal: what it had not
/// committed is taken back first.
fn rolled_back(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    settings(&connection)?;
    Ok(connection)
}

/// Whether there is a file to be opened. One of 0 bytes is no store that has yet to be
/// filled: ours get their name once they are whole.
fn there(path: &Path, doing: &str) -> Result<bool, StoreError> {
    let refuse = |cause: String, help: &str| {
        Err(StoreError { doing: doing.to_owned(), cause, help: Some(help.to_owned()), damaged: false })
    };
    match std::fs::metadata(path) {
        Ok(file) if file.len() == 0 => refuse(
            "the file is empty (0 bytes): what was in it is gone".into(),
            "put a backup in its place with `feedmill store restore FILE`, or remove the file to begin anew",
        ),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let log = beside(path, "-wal");
            if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
                return refuse(
                    format!("the file is gone, but its write-ahead log `{}` is there", log.display()),
                    "put both back, or a backup with `feedmill store restore FILE`; remove the log to begin anew",
                );
            }
            Ok(false)
        }
        Err(error) => refuse(error.to_string(), "give a state directory that can be read with `--state DIR`"),
    }
}

/// Makes a database beside its place and gives it its name once it is whole.
fn create(path: &Path) -> Result<(), StoreError> {
    let new = beside(path, ".new");
    let unusable = |error: std::io::Error| StoreError {
        doing: String::new(),
        cause: error.to_string(),
        help: Some("make the state directory writable for feedmill's user".into()),
        damaged: false,
    };
    for left_over in [new.clone(), beside(&new, "-journal"), beside(&new, "-wal"), beside(&new, "-shm")] {
        match std::fs::remove_file(left_over) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unusable(error)),
            _ => {}
        }
    }
    private(&new).map_err(unusable)?;
    let make = |new: &Path| {
        let connection = Connection::open(new)?;
        settings(&connection)?;
        migrate(&connection, 0, MIGRATIONS)?;
        // Said in the file from its first moment: a crash while it is said later would
        // leave a journal that only a writer may roll back.
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.close().map_err(|(_, error)| error)
    };
    make(&new).map_err(|error| failure("", &error))?;
    put(&new, path).map_err(unusable)
}

/// Makes an empty file that nobody else can read; SQLite fills it, and gives what it puts
/// beside it the same permissions.
pub(super) fn private(path: &Path) -> std::io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Gives a whole file its name, to last.
pub(super) fn put(new: &Path, path: &Path) -> std::io::Result<()> {
    File::open(new)?.sync_all()?;
    std::fs::rename(new, path)?;
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// A file whose name goes on after this one's.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Feeds, sources, the names that entries are filed under and what is counted over all of them
/// are few and everything hangs on them: they are compared at the start.
fn sound(connection: &Connection, doing: &str) -> Result<(), StoreError> {
    let asked = |doing: &str| -> rusqlite::Result<Option<StoreError>> {
        for (kind, summed) in [
            ("feed", sum::FEED),
            ("source", sum::SOURCE),
            ("category, tag or author", sum::FACET),
            ("store", sum::INSTANCE),
        ] {
            let check = format!("PRAGMA integrity_check({})", summed.table);
            let told: String = connection.query_row(&check, [], |row| row.get(0))?;
            let damaged = summed.damaged(connection, 1)?.pop();
            if told == "ok" && damaged.is_none() {
                continue;
            }
            let cause =
                damaged.map_or(told, |name| format!("what is known of the {kind} `{name}` is damaged"));
            return Ok(Some(StoreError {
                doing: doing.into(),
                cause,
                help: Some(MEND.into()),
                damaged: false,
            }));
        }
        Ok(None)
    };
    asked(doing).map_err(|error| failure(doing, &error))?.map_or(Ok(()), Err)
}

/// Whether the tables are those that this version makes: before a release its number says less than
/// they do, and what lacks one would fail at some later moment.
fn built_alike(connection: &Connection, doing: &str) -> Result<(), StoreError> {
    let tables = |connection: &Connection| -> rusqlite::Result<BTreeSet<(String, String)>> {
        let mut statement = connection.prepare(
            "SELECT name, (SELECT group_concat(name) FROM pragma_table_info(sqlite_schema.name))
             FROM sqlite_schema WHERE type = 'table'",
        )?;
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let other = || -> rusqlite::Result<BTreeSet<String>> {
        let (there, ours) = (tables(connection)?, tables(&blank()?)?);
        Ok(there.symmetric_difference(&ours).map(|(name, _)| format!("`{name}`")).collect())
    };
    let other: Vec<String> =
        other().map_err(|error| failure(doing, &error))?.into_iter().take(MOST_NAMED).collect();
    if other.is_empty() {
        return Ok(());
    }
    Err(StoreError {
        doing: doing.to_owned(),
        cause: format!("its tables are not those of this feedmill: {}", other.join(", ")),
        help: Some(
            "go on with the feedmill that wrote it, or move the file away to begin anew; `feedmill store check` tells whether it is damaged".into(),
        ),
        damaged: false,
    })
}

/// The database's version, if it is ours and not newer than we are.
fn ours(connection: &Connection, doing: &str) -> Result<usize, StoreError> {
    let refuse = |cause: String, help: &str| StoreError {
        doing: doing.to_owned(),
        cause,
        help: Some(help.to_owned()),
        damaged: false,
    };
    let number = |sql: &str| {
        connection.query_row(sql, [], |row| row.get::<_, i32>(0)).map_err(|error| failure(doing, &error))
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
    if version == 0 && mark == APPLICATION_ID {
        // The number is written together with the mark.
        return Err(refuse("it says that it is of store version 0, which there never was".into(), MEND));
    }
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

fn settle_in(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    settings(connection)
}

pub(super) fn settings(connection: &Connection) -> rusqlite::Result<()> {
    sum::register(connection)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without this SQLite plans a statement anew whenever a bound value might make one of
    // our partial indexes fit: at every row of a collection, a fifth of its time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Kibibytes when negative: small, the kernel's page cache serves the rest.
    connection.pragma_update(None, "cache_size", -2048)
}
