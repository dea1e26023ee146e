//! Letting entries go: those that retention forgets, those that the flood guard held
//! and their source has taken back. And what becomes of those that it holds.

use crate::store::sqlite::{bury, codec, show, sight, sum, twins};
use crate::store::{EntryRow, Flood};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

/// Deletes an entry and all that hangs on it, what other feeds have of it too; whether
/// it was shown. Where it is `remembered`, its keys stay behind as hashes, so that it
/// doesn't come back. One under whose id a twin is shown leaves, but its row stays as
/// long as that twin. The space is used again by the next entries: the file doesn't grow.
pub(super) fn entry(
    connection: &Connection,
    source: i64,
    entry: EntryRow,
    remembered: bool,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let standing = show::standing(connection, entry.0)?;
    let shown = sight::hide(connection, &standing, now)? | bury::unearth(connection, entry.0)?;
    if remembered {
        let mut keys = connection.prepare_cached("SELECT key FROM entry_key WHERE entry = ?1")?;
        let keys: Vec<String> = keys.query_map([entry.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut keep = connection.prepare_cached(
            "INSERT OR IGNORE INTO forgotten (source, key, checksum) VALUES (?1, ?2, row_sum(?1, ?2))",
        )?;
        for key in keys {
            keep.execute(params![source, codec::key_hash(&key)])?;
        }
    }
    connection.prepare_cached("DELETE FROM entry_key WHERE entry = ?1")?.execute([entry.0])?;
    connection
        .prepare_cached("DELETE FROM departed WHERE source = ?1 AND stands_at = ?2 AND entry = ?3")?
        .execute(params![source, standing.stands_at, entry.0])?;
    if twins::bears_a_face(connection, &standing)? {
        connection.prepare_cached("UPDATE entry SET state = 2 WHERE row = ?1")?.execute([entry.0])?;
        return Ok(shown);
    }
    borrowed(connection, entry, now)?;
    for sql in [
        "DELETE FROM twins WHERE face = ?1",
        "DELETE FROM body WHERE entry = ?1",
        "DELETE FROM meta WHERE entry = ?1",
        "DELETE FROM past WHERE entry = ?1",
        "DELETE FROM entry WHERE row = ?1",
    ] {
        connection.prepare_cached(sql)?.execute([entry.0])?;
    }
    Ok(shown)
}

/// What stands for an entry in feeds that are made of its feed goes with it.
fn borrowed(connection: &Connection, lender: EntryRow, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let mut of = connection.prepare_cached("SELECT row, source, feed FROM entry WHERE lent_by = ?1")?;
    let rows: Vec<(i64, i64, i64)> = of
        .query_map([lender.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (row, source, feed) in rows {
        let shown = entry(connection, source, EntryRow(row), false, now)?;
        show::moved(connection, feed, shown, now)?;
    }
    Ok(())
}

/// What a collection brought stands from now on, or is held; what was held may stand too.
/// Whether there was any.
pub(super) fn let_through(connection: &Connection, source: i64, flood: Flood) -> rusqlite::Result<bool> {
    let sql = match flood {
        Flood::None => "UPDATE entry SET state = 1 WHERE source = ?1 AND state = 0",
        Flood::Hold => "UPDATE entry SET state = 3 WHERE source = ?1 AND state = 0",
        Flood::Release => "UPDATE entry SET state = 1 WHERE source = ?1 AND state IN (0, 3)",
    };
    Ok(connection.prepare_cached(sql)?.execute([source])? > 0)
}

/// Remembers which entries of a source its origin no longer has, and the dates they stand at, in
/// place of what was known of that.
pub(super) fn depart(
    connection: &Connection,
    source: i64,
    departed: &[(EntryRow, DateTime<Utc>)],
) -> rusqlite::Result<()> {
    let mut known = connection.prepare_cached("SELECT stands_at, entry FROM departed WHERE source = ?1")?;
    let known: HashSet<(i64, i64)> =
        known.query_map([source], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let now: HashSet<(i64, i64)> = departed.iter().map(|(row, at)| (codec::millis(*at), row.0)).collect();
    let mut back = connection
        .prepare_cached("DELETE FROM departed WHERE source = ?1 AND stands_at = ?2 AND entry = ?3")?;
    for (at, entry) in known.difference(&now) {
        back.execute([source, *at, *entry])?;
    }
    let mut left = connection.prepare_cached(
        "INSERT INTO departed (source, stands_at, entry, checksum) VALUES (?1, ?2, ?3, row_sum(?1, ?2, ?3))",
    )?;
    for (at, entry) in now.difference(&known) {
        left.execute([source, *at, *entry])?;
    }
    Ok(())
}

/// Those of them that stand at an earlier date, or beyond the newest `most` of the source. A
/// damaged row is left out: it may name another.
pub(super) fn departed(
    connection: &Connection,
    source: i64,
    before: Option<DateTime<Utc>>,
    most: Option<usize>,
) -> rusqlite::Result<Vec<EntryRow>> {
    let before = before.map_or(i64::MIN, codec::millis);
    let beyond = most.map_or(Ok(None), |most| first_beyond(connection, source, most))?;
    let (at, row) = beyond.unwrap_or((i64::MIN, i64::MIN));
    let mut find = connection.prepare_cached(&format!(
        "SELECT entry FROM departed
         WHERE source = ?1 AND (stands_at < ?2 OR (stands_at, entry) <= (?3, ?4)) AND checksum IS row_sum({})",
        sum::DEPARTED.columns
    ))?;
    find.query_map([source, before, at, row], |row| row.get(0).map(EntryRow))?.collect()
}

/// Where the newest entry stands that is one too many; held ones don't count.
fn first_beyond(connection: &Connection, source: i64, most: usize) -> rusqlite::Result<Option<(i64, i64)>> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    // Nearly always there are fewer, which the index alone tells.
    let mut any = connection.prepare_cached("SELECT 1 FROM entry WHERE source = ?1 LIMIT 1 OFFSET ?2")?;
    if !any.exists([source, most])? {
        return Ok(None);
    }
    let mut find = connection.prepare_cached(
        "SELECT stands_at, row FROM entry WHERE source = ?1 AND state <> 3
         ORDER BY stands_at DESC, row DESC LIMIT 1 OFFSET ?2",
    )?;
    find.query_row([source, most], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// Whether settling a source now would show entries that are stored already.
pub(super) fn waits(connection: &Connection, source: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM entry WHERE source = ?1 AND state IN (0, 3)")?.exists([source])
}
