//! Making the known feeds and sources those of the definitions.
//!
//! Nothing is deleted: a source that is no longer defined is hidden with what it
//! brought, and shown again when it is defined again.

use crate::store::sqlite::{codec, read, show};
use crate::store::{FeedRecord, SourceRecord, SourceRow, SourceState};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;

pub(super) fn adopt(
    connection: &Connection,
    feeds: &[FeedRecord],
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<SourceState>> {
    let mut states = Vec::new();
    connection.execute("UPDATE feed SET defined = 0", [])?;
    for record in feeds {
        let feed = adopt_feed(connection, record, now)?;
        let mut defined = HashSet::new();
        for source in &record.sources {
            let row = adopt_source(connection, feed, source, now)?;
            defined.insert(row);
            states.push(row);
        }
        hide_undefined(connection, feed, &defined, now)?;
    }
    states
        .into_iter()
        .map(|row| read::source(connection, row))
        .collect()
}

fn adopt_feed(connection: &Connection, record: &FeedRecord, now: DateTime<Utc>) -> rusqlite::Result<i64> {
    connection.execute(
        "INSERT INTO feed (id, atom_id, changed_at, definition_hash) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (id) DO UPDATE SET defined = 1, definition_hash = excluded.definition_hash",
        params![
            record.id,
            record.atom_id,
            codec::millis(now),
            record.definition_hash
        ],
    )?;
    connection.query_row("SELECT row FROM feed WHERE id = ?1", [&record.id], |row| {
        row.get(0)
    })
}

fn adopt_source(
    connection: &Connection,
    feed: i64,
    record: &SourceRecord,
    now: DateTime<Utc>,
) -> rusqlite::Result<SourceRow> {
    let known: Option<(i64, bool)> = connection
        .query_row(
            "SELECT row, defined FROM source WHERE feed = ?1 AND key = ?2",
            params![feed, record.key],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((row, defined)) = known else {
        connection.execute(
            "INSERT INTO source (feed, key, id, kind, location, due, due_because)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'never collected')",
            params![
                feed,
                record.key,
                record.id,
                record.kind,
                record.location,
                codec::millis(now)
            ],
        )?;
        let row = SourceRow(connection.last_insert_rowid());
        show::facet(
            connection,
            feed,
            crate::store::FacetKind::Source,
            &row.0.to_string(),
        )?;
        return Ok(row);
    };
    connection.execute(
        "UPDATE source SET id = ?2, kind = ?3, location = ?4, defined = 1 WHERE row = ?1",
        params![row, record.id, record.kind, record.location],
    )?;
    if !defined {
        let shown = show::show_source(connection, row, now)?;
        show::moved(connection, feed, shown > 0, now)?;
    }
    Ok(SourceRow(row))
}

fn hide_undefined(
    connection: &Connection,
    feed: i64,
    defined: &HashSet<SourceRow>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT row FROM source WHERE feed = ?1 AND defined = 1")?;
    let rows: Vec<i64> = statement
        .query_map([feed], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for row in rows.into_iter().filter(|row| !defined.contains(&SourceRow(*row))) {
        connection.execute("UPDATE source SET defined = 0 WHERE row = ?1", [row])?;
        let hidden = show::hide_source(connection, row)?;
        show::moved(connection, feed, hidden > 0, now)?;
    }
    Ok(())
}
