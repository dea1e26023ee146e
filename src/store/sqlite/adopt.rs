//! Making the known feeds and sources those of the definitions.
//!
//! Nothing is deleted: a source that is no longer defined is hidden with what it
//! brought, and shown again when it is defined again. What is known as it is defined is
//! not written, so that a start needs no room on a full disk.

use crate::store::sqlite::{codec, read, show, sight, twins};
use crate::store::{FeedRecord, SourceRecord, SourceRow, SourceState};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashSet;
use uuid::Uuid;

/// A history so young gives way to one that is taken over.
const JUST_BEGUN: chrono::Duration = chrono::Duration::days(1);

pub(super) fn adopt(
    connection: &Connection,
    feeds: &[FeedRecord],
    now: DateTime<Utc>,
) -> rusqlite::Result<Vec<SourceState>> {
    let mut states = Vec::new();
    undefine_all_but(connection, feeds)?;
    for record in feeds {
        for old in record.was.iter().filter(|old| !feeds.iter().any(|feed| feed.id == **old)) {
            take_over(connection, &record.id, old, now)?;
        }
        let feed = adopt_feed(connection, record, now)?;
        keep_histories(connection, feed, &record.sources)?;
        let mut defined = HashSet::new();
        let mut back = Vec::new();
        let mut reordered = false;
        for (rank, source) in record.sources.iter().enumerate() {
            let (row, is_back) = adopt_source(connection, feed, source, now)?;
            back.extend(is_back.then_some(row));
            reordered |= place_source(connection, row, rank, &source.location)?;
            defined.insert(row);
            states.push(row);
        }
        hide_undefined(connection, feed, &defined, now)?;
        for source in back {
            yield_ids(connection, source)?;
        }
        if reordered {
            let settled = twins::settle_feed(connection, feed, now)?;
            show::moved(connection, feed, settled, now)?;
        }
    }
    states.into_iter().map(|row| read::source(connection, row)).collect()
}

fn undefine_all_but(connection: &Connection, feeds: &[FeedRecord]) -> rusqlite::Result<()> {
    let kept: HashSet<&str> = feeds.iter().map(|feed| feed.id.as_str()).collect();
    let mut find = connection.prepare_cached("SELECT row, id FROM feed WHERE defined <> 0")?;
    let known: Vec<(i64, String)> =
        find.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for (row, _) in known.into_iter().filter(|(_, id)| !kept.contains(id.as_str())) {
        connection.execute("UPDATE feed SET defined = 0 WHERE row = ?1", [row])?;
    }
    Ok(())
}

fn adopt_feed(connection: &Connection, record: &FeedRecord, now: DateTime<Utc>) -> rusqlite::Result<i64> {
    let atom_id = free_atom_id(connection, record)?;
    connection
        .prepare_cached(
            "INSERT INTO feed (id, atom_id, changed_at, definition_hash) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (id) DO UPDATE SET defined = 1, definition_hash = excluded.definition_hash
             WHERE defined <> 1 OR definition_hash <> excluded.definition_hash",
        )?
        .execute(params![record.id, atom_id, codec::millis(now), record.definition_hash])?;
    connection.prepare_cached("SELECT row FROM feed WHERE id = ?1")?.query_row([&record.id], |row| row.get(0))
}

/// The Atom id of a new feed: another one where a feed that was called so has it already.
fn free_atom_id(connection: &Connection, record: &FeedRecord) -> rusqlite::Result<String> {
    let mut taken = connection.prepare_cached("SELECT 1 FROM feed WHERE atom_id = ?1 AND id <> ?2")?;
    let mut atom_id = record.atom_id.clone();
    while taken.exists(params![atom_id, record.id])? {
        atom_id = Uuid::new_v5(&codec::space(&atom_id), record.id.as_bytes()).urn().to_string();
    }
    Ok(atom_id)
}

/// Gives the history of an old id to a new one. One that the new id has already stays,
/// unless it has only just begun: a file is renamed first and told of it then.
fn take_over(connection: &Connection, id: &str, old: &str, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let row = |id: &str| {
        connection
            .query_row("SELECT row FROM feed WHERE id = ?1", [id], |row| row.get::<_, i64>(0))
            .optional()
    };
    let Some(history) = row(old)? else { return Ok(()) };
    if let Some(own) = row(id)? {
        let begun: Option<i64> = connection.query_row(
            "SELECT min(first_collected) FROM source WHERE feed = ?1",
            [own],
            |row| row.get(0),
        )?;
        if own < history || begun.is_some_and(|begun| begun < codec::millis(now - JUST_BEGUN)) {
            return Ok(());
        }
        // No feed's id has such a mark in it.
        let aside = format!("{id}\u{1f}{own}");
        connection.execute("UPDATE feed SET id = ?2, defined = 0 WHERE row = ?1", params![own, aside])?;
    }
    connection.execute("UPDATE feed SET id = ?2 WHERE row = ?1", params![history, id])?;
    Ok(())
}

/// A source at the same place that is only called otherwise (an `id` was written down, or another
/// one) goes on with the row that no definition names any more: all that it brought is its own.
fn keep_histories(connection: &Connection, feed: i64, sources: &[SourceRecord]) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached(
        "SELECT row, key, kind, location FROM source WHERE feed = ?1 ORDER BY defined DESC, row",
    )?;
    let rows = find.query_map([feed], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let mut rows: Vec<(i64, String, String, String)> = rows.collect::<Result<_, _>>()?;
    let (known, mut fallen): (Vec<_>, Vec<_>) =
        rows.drain(..).partition(|(_, key, ..)| sources.iter().any(|source| source.key == *key));
    let is_known = |source: &&SourceRecord| known.iter().any(|(_, key, ..)| *key == source.key);
    for source in sources.iter().filter(|source| !is_known(source)) {
        let here = |(_, _, kind, location): &(i64, String, String, String)| {
            *kind == source.kind && place(location) == place(&source.location)
        };
        if let Some(at) = fallen.iter().position(here) {
            let (row, ..) = fallen.swap_remove(at);
            connection
                .prepare_cached("UPDATE source SET key = ?2 WHERE row = ?1")?
                .execute(params![row, source.key])?;
        }
    }
    Ok(())
}

/// A location without what a site changes and stays where it is.
fn place(location: &str) -> &str {
    let bare = location.strip_prefix("https://").or_else(|| location.strip_prefix("http://"));
    let bare = bare.map_or(location, |bare| bare.strip_prefix("www.").unwrap_or(bare));
    bare.strip_suffix('/').unwrap_or(bare)
}

/// Also whether it was known and not defined until now.
fn adopt_source(
    connection: &Connection,
    feed: i64,
    record: &SourceRecord,
    now: DateTime<Utc>,
) -> rusqlite::Result<(SourceRow, bool)> {
    let known: Option<(i64, bool)> = connection
        .prepare_cached("SELECT row, defined FROM source WHERE feed = ?1 AND key = ?2")?
        .query_row(params![feed, record.key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((row, defined)) = known else {
        connection
            .prepare_cached(
                "INSERT INTO source (feed, key, id, kind, location, due, due_because)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'never collected')",
            )?
            .execute(params![
                feed,
                record.key,
                record.id,
                record.kind,
                record.location,
                codec::millis(now)
            ])?;
        let row = SourceRow(connection.last_insert_rowid());
        show::facet(connection, feed, crate::store::FacetKind::Source, &row.0.to_string())?;
        return Ok((row, false));
    };
    connection
        .prepare_cached(
            "UPDATE source SET id = ?2, kind = ?3, defined = 1
             WHERE row = ?1 AND (id <> ?2 OR kind <> ?3 OR defined <> 1)",
        )?
        .execute(params![row, record.id, record.kind])?;
    if !defined {
        let shown = sight::show_source(connection, row, now)?;
        show::moved(connection, feed, shown > 0, now)?;
    }
    Ok((SourceRow(row), !defined))
}

/// The ids that entries of another defined source took over while this one wasn't stay with
/// them: its own go by urns from now on, other ones than those that went with the ids.
fn yield_ids(connection: &Connection, source: SourceRow) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached(
        "SELECT row, urn FROM entry WHERE source = ?1 AND twin = 0 AND EXISTS (
             SELECT 1 FROM entry AS other JOIN source AS of ON of.row = other.source
             WHERE other.feed = entry.feed AND other.id = entry.id AND other.twin = 0
               AND other.source <> entry.source AND of.defined = 1)",
    )?;
    let taken: Vec<(i64, String)> =
        find.query_map([source.0], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut yielding = connection.prepare_cached("UPDATE entry SET twin = 1, urn = ?2 WHERE row = ?1")?;
    for (row, urn) in taken {
        yielding.execute(params![row, Uuid::new_v5(&codec::space(&urn), b"yielded").urn().to_string()])?;
    }
    Ok(())
}

/// Remembers a source's place in the file and where it is, or the feeds that it is made of:
/// by these twins are chosen. Whether anything is otherwise.
fn place_source(
    connection: &Connection,
    source: SourceRow,
    rank: usize,
    location: &str,
) -> rusqlite::Result<bool> {
    let rank = i64::try_from(rank).unwrap_or(i64::MAX);
    let moved = connection
        .prepare_cached(
            "UPDATE source SET rank = ?2, location = ?3 WHERE row = ?1 AND (rank <> ?2 OR location <> ?3)",
        )?
        .execute(params![source.0, rank, location])?;
    Ok(moved > 0)
}

fn hide_undefined(
    connection: &Connection,
    feed: i64,
    defined: &HashSet<SourceRow>,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("SELECT row FROM source WHERE feed = ?1 AND defined = 1")?;
    let rows: Vec<i64> = statement.query_map([feed], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for row in rows.into_iter().filter(|row| !defined.contains(&SourceRow(*row))) {
        connection.execute("UPDATE source SET defined = 0 WHERE row = ?1", [row])?;
        let hidden = sight::hide_source(connection, row, now)?;
        show::moved(connection, feed, hidden > 0, now)?;
    }
    Ok(())
}
