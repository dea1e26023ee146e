//! Entries that stand for those of another feed: a feed that is made of feeds keeps
//! where it files them, not their texts.

use crate::store::sqlite::codec;
use crate::store::sqlite::sum::{self, Damaged};
use crate::store::{EntryRow, Lent};
use rusqlite::{Connection, OptionalExtension, params};

/// Feeds are made of feeds that are made of feeds, so far and no further.
const DEEPEST: usize = 32;

/// What a feed shows now, newest first.
///
/// # Errors
/// One of its places is damaged: nothing is said then, so that nothing is taken for gone.
pub(super) fn lent(connection: &Connection, feed: &str, borrower: &str) -> rusqlite::Result<Vec<Lent>> {
    let mut statement = connection.prepare_cached(
        "SELECT entry.row, place.stands_at, entry.served_hash, coalesce(entry.united, entry.filed), entry.face,
                facet.row, place.arrived, place.checksum
         FROM feed JOIN facet ON facet.feed = feed.row AND facet.kind = 0
         JOIN place ON place.facet = facet.row JOIN entry ON entry.row = place.entry
         WHERE feed.id = ?1 AND feed.defined = 1 ORDER BY place.stands_at DESC, entry.row",
    )?;
    let mut rows = statement.query([feed])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let entry: i64 = row.get(0)?;
        if sum::of_place([row.get(5)?, row.get(1)?, entry, row.get(6)?]) != row.get::<_, i64>(7)? {
            return Err(Damaged::facet("").into());
        }
        if is_lent_among(connection, &[borrower], entry)? {
            continue;
        }
        let stands_at: i64 = row.get(1)?;
        let mut mark = blake3::Hasher::new();
        mark.update(&codec::hash(row, "served_hash")?);
        mark.update(&stands_at.to_le_bytes());
        let shown_as = row.get::<_, Option<i64>>(4)?;
        mark.update(&shown_as.unwrap_or_default().to_le_bytes());
        mark.update(row.get::<_, String>(3)?.as_bytes());
        found.push(Lent {
            row: EntryRow(entry),
            face: EntryRow(shown_as.unwrap_or(entry)),
            root: EntryRow(ancestors(connection, entry)?.last().copied().unwrap_or(entry)),
            stands_at: codec::time(stands_at),
            mark: codec::short(mark.finalize()),
        });
    }
    Ok(found)
}

/// The urn that an entry is shown by where its id won't do.
pub(super) fn urn(connection: &Connection, entry: i64) -> rusqlite::Result<String> {
    let shown_as = face(connection, entry)?;
    connection.prepare_cached("SELECT urn FROM entry WHERE row = ?1")?.query_row([shown_as], |row| row.get(0))
}

/// The entry whose id and date this one is shown under: mostly itself.
pub(super) fn face(connection: &Connection, entry: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "SELECT coalesce((SELECT face.row FROM entry AS face WHERE face.row = entry.face), row)
             FROM entry WHERE row = ?1",
        )?
        .query_row([entry], |row| row.get(0))
}

/// The entries that this one stands for, the nearest first.
fn ancestors(connection: &Connection, entry: i64) -> rusqlite::Result<Vec<i64>> {
    let mut up = connection.prepare_cached("SELECT lent_by FROM entry WHERE row = ?1")?;
    let mut found = Vec::new();
    let mut here = entry;
    while found.len() < DEEPEST {
        let above: Option<Option<i64>> = up.query_row([here], |row| row.get(0)).optional()?;
        match above.flatten() {
            Some(above) => found.push(above),
            None => break,
        }
        here = found.last().copied().unwrap_or(here);
    }
    Ok(found)
}

/// Where an entry comes from, in the order in which twins are chosen: the place and the row of
/// its source; where that is made of feeds, the place of the one that lends it, and the place
/// and the row of the source that brought it first.
pub(super) fn origin(connection: &Connection, entry: i64) -> rusqlite::Result<[i64; 5]> {
    let mut of = connection.prepare_cached(
        "SELECT source.rank, source.row, source.location, feed.id FROM entry
         JOIN source ON source.row = entry.source
         LEFT JOIN entry AS lender ON lender.row = entry.lent_by
         LEFT JOIN feed ON feed.row = lender.feed WHERE entry.row = ?1",
    )?;
    let mut read = |entry| {
        of.query_row([entry], |row| {
            let (location, lender): (String, Option<String>) = (row.get(2)?, row.get(3)?);
            let place = lender.and_then(|lender| location.split(", ").position(|feed| feed == lender));
            let place = place.map_or(0, |place| i64::try_from(place).unwrap_or(i64::MAX));
            Ok([row.get(0)?, row.get(1)?, place])
        })
    };
    let [rank, source, place] = read(entry)?;
    Ok(match ancestors(connection, entry)?.last() {
        None => [rank, source, place, 0, 0],
        Some(root) => {
            let [root_rank, root_source, _] = read(*root)?;
            [rank, source, place, root_rank, root_source]
        }
    })
}

/// Whether it stands for an entry of one of these feeds.
pub(super) fn is_lent_among(connection: &Connection, feeds: &[&str], entry: i64) -> rusqlite::Result<bool> {
    let mut of = connection.prepare_cached(
        "SELECT feed.id FROM entry JOIN feed ON feed.row = entry.feed WHERE entry.row = ?1",
    )?;
    for above in ancestors(connection, entry)? {
        let feed: Option<String> = of.query_row([above], |row| row.get(0)).optional()?;
        if feed.is_some_and(|feed| feeds.contains(&feed.as_str())) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many entries of a facet stand for entries of one of these feeds.
pub(super) fn lent_among(connection: &Connection, feeds: &[&str], facet: i64) -> rusqlite::Result<i64> {
    let mut statement = connection.prepare_cached(
        "SELECT place.entry FROM place JOIN entry ON entry.row = place.entry
         WHERE place.facet = ?1 AND entry.lent_by IS NOT NULL",
    )?;
    let rows: Vec<i64> = statement.query_map(params![facet], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut count = 0;
    for row in rows {
        count += i64::from(is_lent_among(connection, feeds, row)?);
    }
    Ok(count)
}
