//! From one version of the store to the next.
//!
//! In: an open database and its version. Out: the same at our version. Each step is one
//! transaction, its version number in it: whoever is killed meanwhile left the step before it, or
//! the whole step, and the next start goes on from there. Never goes back: a newer store is
//! refused before (`open`).

use crate::store::sqlite::sum;
use rusqlite::Connection;

/// `feml` in the file's header: a database with another mark isn't ours.
pub(super) const APPLICATION_ID: i32 = 0x6665_6d6c;

/// Each entry brings the database from its place in the list to the next version. Until the
/// first release there is one, and it is changed in place; from then on one is added.
pub(super) const MIGRATIONS: &[&str] = &[include_str!("schema.sql")];

/// Takes the steps that a database of this version lacks.
pub(super) fn migrate(connection: &Connection, version: usize, steps: &[&str]) -> rusqlite::Result<()> {
    for (step, sql) in steps.iter().enumerate().skip(version) {
        let to = step + 1;
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; PRAGMA application_id = {APPLICATION_ID}; {sql}; PRAGMA user_version = {to}; COMMIT"
        ))?;
    }
    Ok(())
}

/// An empty store in memory, as this version makes them.
pub(super) fn blank() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    sum::register(&connection)?;
    migrate(&connection, 0, MIGRATIONS)?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::functions::FunctionFlags;
    use std::{
        fs,
        path::Path,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
    };

    const FIRST: &str = "CREATE TABLE entry (row INTEGER PRIMARY KEY, title TEXT);
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO entry SELECT i, 'Entry ' || i FROM n";
    /// `moment()` is 0, and keeps what the disk holds at that moment.
    const SECOND: &str = "ALTER TABLE entry ADD COLUMN length INTEGER NOT NULL DEFAULT 0;
        UPDATE entry SET length = length(title) + iif(row % 100, 0, moment());
        CREATE INDEX by_length ON entry (length);
        UPDATE entry SET length = length + moment() WHERE row = 1";
    const THIRD: &str = "CREATE TABLE long (row INTEGER PRIMARY KEY);
        INSERT INTO long SELECT row + moment() FROM entry WHERE length > 9;
        DELETE FROM entry WHERE row IN (SELECT row + moment() FROM long WHERE row % 7 = 0)";
    const STEPS: [&str; 3] = [FIRST, SECOND, THIRD];

    fn open(
        folder: &Path,
        moment: impl Fn() + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe + 'static,
    ) -> Connection {
        let connection = Connection::open(folder.join("store.db")).unwrap();
        connection.pragma_update(None, "journal_mode", "WAL").unwrap();
        // So little that much of a step is in the log before it is committed.
        connection.pragma_update(None, "cache_size", 10).unwrap();
        let counts = move |_: &rusqlite::functions::Context<'_>| {
            moment();
            Ok(0)
        };
        connection.create_scalar_function("moment", 0, FunctionFlags::SQLITE_UTF8, counts).unwrap();
        connection
    }

    fn version(connection: &Connection) -> usize {
        let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        version.try_into().unwrap()
    }

    fn told(connection: &Connection) -> String {
        let all = "SELECT (SELECT group_concat(row || title || length) FROM entry) || (SELECT group_concat(row) FROM long)";
        let sound: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(sound, "ok");
        connection.query_row(all, [], |row| row.get(0)).unwrap()
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for file in fs::read_dir(from).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file())
        {
            fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
        }
    }

    #[test]
    fn killed_at_any_moment_of_a_step_it_is_taken_again_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_owned();
        let count = Arc::new(AtomicUsize::new(0));
        let (of, place) = (Arc::clone(&count), at.clone());
        let keep = move || {
            let number = of.fetch_add(1, Ordering::Relaxed);
            // What a `kill -9` leaves, but for the index of the log, which is made anew.
            if number % 10 == 0 {
                copy(&place, &place.join(number.to_string()));
            }
        };
        let connection = open(&at, keep);
        migrate(&connection, 0, &STEPS[..1]).unwrap();
        migrate(&connection, 1, &STEPS).unwrap();
        let wanted = told(&connection);
        let moments = count.load(Ordering::Relaxed);
        let (mut unfinished, mut looked_at) = (0, 0);
        for moment in (0..moments).step_by(10) {
            let left = at.join(moment.to_string());
            let _ = fs::remove_file(left.join("store.db-shm"));
            let killed = open(&left, || {});
            let reached = version(&killed);
            unfinished += usize::from(reached < 2);
            migrate(&killed, reached, &STEPS).unwrap();
            assert_eq!((version(&killed), told(&killed)), (3, wanted.clone()), "killed at {moment}");
            looked_at += 1;
        }
        assert!(unfinished > 0 && looked_at > unfinished, "{unfinished} of {looked_at}");
    }

    #[test]
    fn a_step_that_fails_leaves_all_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let connection = open(folder.path(), || {});
        migrate(&connection, 0, &STEPS[..2]).unwrap();
        let broken = [
            FIRST,
            SECOND,
            "CREATE TABLE long (row); INSERT INTO long VALUES (1); UPDATE no_table SET n = 1",
        ];
        let told = migrate(&connection, 2, &broken).unwrap_err().to_string();
        assert!(told.contains("no such table: no_table"), "{told}");
        drop(connection);
        let again = open(folder.path(), || {});
        assert_eq!(version(&again), 2);
        migrate(&again, 2, &STEPS).unwrap();
        assert_eq!(version(&again), 3);
    }
}
