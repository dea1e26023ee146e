//! Letting entries go: those that retention forgets, those that the flood guard held
//! and their source has taken back. And what becomes of those that it holds.

use crate::store::sqlite::{codec, show};
use crate::store::{EntryRow, Flood};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

/// Deletes an entry and all that hangs on it; whether it was shown. Where it is
/// `remembered`, its keys stay behind as hashes, so that it doesn't come back.
/// The space is used again by the next entries: the file doesn't grow.
pub(super) fn entry(
    connection: &Connection,
    source: i64,
    entry: EntryRow,
    remembered: bool,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let shown = show::hide(connection, &show::standing(connection, entry.0)?, now)?;
    if remembered {
        let mut keys = connection.prepare_cached("SELECT key FROM entry_key WHERE entry = ?1")?;
        let keys: Vec<String> = keys.query_map([entry.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut keep =
            connection.prepare_cached("INSERT OR IGNORE INTO forgotten (source, key) VALUES (?1, ?2)")?;
        for key in keys {
            keep.execute(params![source, codec::key_hash(&key)])?;
        }
    }
    for sql in [
        "DELETE FROM entry_key WHERE entry = ?1",
        "DELETE FROM body WHERE entry = ?1",
        "DELETE FROM meta WHERE entry = ?1",
        "DELETE FROM past WHERE entry = ?1",
        "DELETE FROM entry WHERE row = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([entry.0])?;
    }
    Ok(shown)
}

/// What a collection brought stands from now on, or is held; what was held may stand too.
pub(super) fn let_through(connection: &Connection, source: i64, flood: Flood) -> rusqlite::Result<()> {
    let sql = match flood {
        Flood::None => "UPDATE entry SET state = 1 WHERE source = ?1 AND state = 0",
        Flood::Hold => "UPDATE entry SET state = 3 WHERE source = ?1 AND state = 0",
        Flood::Release => "UPDATE entry SET state = 1 WHERE source = ?1 AND state IN (0, 3)",
    };
    connection.prepare_cached(sql)?.execute([source])?;
    Ok(())
}

/// Whether settling a source now would show entries that are stored already.
pub(super) fn waits(connection: &Connection, source: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM entry WHERE source = ?1 AND state IN (0, 3)")?.exists([source])
}
