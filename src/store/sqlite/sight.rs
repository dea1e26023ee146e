//! An entry comes into sight, or leaves it, with what its twins have to do with that.
//!
//! In: how an entry stands. Out: its places, and those of the twin that is shown for it. Where
//! the rows are is `show`'s, which of several twins is shown `twins`'.

use crate::store::sqlite::show::{Standing, of_source, put_in, standing, take_out};
use crate::store::sqlite::{codec, twins};
use chrono::{DateTime, Utc};
use rusqlite::Connection;

/// Puts an entry into its facets if it stands and its time has come; whether that changed anything.
pub(super) fn show(connection: &Connection, entry: &Standing, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    if let Some(key) = &entry.twin_key {
        return twins::settle(connection, entry.feed, key, None, now);
    }
    if entry.shown || entry.state != 1 || !entry.visible(codec::millis(now)) {
        return Ok(false);
    }
    if entry.face.is_some() || entry.united.is_some() {
        // It had twins under another definition.
        connection
            .prepare_cached("UPDATE entry SET face = NULL, united = NULL WHERE row = ?1")?
            .execute([entry.row])?;
        return put_in(connection, &standing(connection, entry.row)?, entry.stands_at).map(|()| true);
    }
    put_in(connection, entry, entry.stands_at).map(|()| true)
}

/// Takes an entry out of its facets, and lets a twin take its place; whether that changed anything.
pub(super) fn hide(connection: &Connection, entry: &Standing, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let mut hidden = take_out(connection, entry)?;
    if let Some(key) = &entry.twin_key {
        hidden |= twins::settle(connection, entry.feed, key, Some(entry.row), now)?;
    }
    Ok(hidden)
}

/// Shows all of a source's standing entries; how many that were.
pub(super) fn show_source(
    connection: &Connection,
    source: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<usize> {
    let mut shown = 0;
    for entry in of_source(connection, source)? {
        // A twin before it may have moved it.
        let entry = standing(connection, entry.row)?;
        shown += usize::from(show(connection, &entry, now)?);
    }
    Ok(shown)
}

/// Hides all of a source's entries; how many that were.
pub(super) fn hide_source(
    connection: &Connection,
    source: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<usize> {
    let mut hidden = 0;
    for entry in of_source(connection, source)? {
        let entry = standing(connection, entry.row)?;
        hidden += usize::from(hide(connection, &entry, now)?);
    }
    Ok(hidden)
}
