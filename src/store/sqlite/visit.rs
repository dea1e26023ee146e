//! Visits ↔ rows.

use crate::store::Visit;
use crate::store::sqlite::{codec, sum};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};

/// No URL is left alone for longer: what is older says nothing any more.
const OUTLIVED: TimeDelta = TimeDelta::days(32);

/// Every one. A damaged row is left out: its sources know when they last asked.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Visit>> {
    let sound = sum::VISIT.columns;
    let mut statement =
        connection.prepare_cached(&format!("SELECT * FROM visit WHERE checksum IS row_sum({sound})"))?;
    let rows = statement.query_map([], |row| {
        Ok(Visit {
            url: row.get("url")?,
            last: codec::time(row.get("last")?),
            not_before: row.get::<_, Option<i64>>("not_before")?.map(codec::time),
            busy: row.get("busy")?,
        })
    })?;
    rows.collect()
}

/// Stores one in place of what was known of its URL.
pub(super) fn keep(connection: &Connection, visit: &Visit) -> rusqlite::Result<()> {
    let Visit { url, last, not_before, busy } = visit;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO visit (url, last, not_before, busy, checksum)
             VALUES (?1, ?2, ?3, ?4, row_sum(?1, ?2, ?3, ?4))",
        )?
        .execute(params![url, codec::millis(*last), not_before.map(codec::millis), busy])?;
    Ok(())
}

/// Forgets those that are of no matter any more.
pub(super) fn tidy(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM visit WHERE max(last, coalesce(not_before, last)) < ?1",
        [codec::millis(now - OUTLIVED)],
    )?;
    Ok(())
}
