//! Rows → what is known of sources, files and feeds.

use crate::model::{Outcome, Validators};
use crate::store::sqlite::codec;
use crate::store::sqlite::sum::{self, Damaged};
use crate::store::{
    DocumentFacts, EntryRow, FeedFacts, Filed, KnownFile, Placing, Recalled, Said, SourceRow, SourceState,
};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

pub(super) fn source(connection: &Connection, source: SourceRow) -> rusqlite::Result<SourceState> {
    let mut statement = connection.prepare_cached(
        "SELECT source.*, feed.id AS feed_id FROM source JOIN feed ON feed.row = source.feed WHERE source.row = ?1",
    )?;
    let (sound, name): (bool, String) = connection
        .prepare_cached(&format!(
            "SELECT checksum IS row_sum({}), {} FROM source WHERE row = ?1",
            sum::SOURCE.columns,
            sum::SOURCE.name
        ))?
        .query_row([source.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if !sound {
        return Err(Damaged::source(&name));
    }
    statement.query_row([source.0], |row| {
        let time =
            |column: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(codec::time));
        Ok(SourceState {
            row: source,
            feed: row.get("feed_id")?,
            key: row.get("key")?,
            id: row.get("id")?,
            due: time("due")?,
            due_because: row.get("due_because")?,
            last: time("last")?,
            outcome: row.get::<_, Option<String>>("outcome")?.as_deref().and_then(Outcome::from_word),
            problems: codec::read_problems(&row.get::<_, String>("problems")?),
            failures: row.get("failures")?,
            since: time("since")?,
            before: codec::read_spells(&row.get::<_, String>("spells")?),
            succeeded: time("succeeded")?,
            bytes: row.get::<_, Option<i64>>("bytes")?.and_then(|bytes| u64::try_from(bytes).ok()),
            collected: row.get("collected")?,
            first_collected: time("first_collected")?,
            validators: Validators { etag: row.get("etag")?, last_modified: row.get("last_modified")? },
            validators_from: row.get("validators_from")?,
            body_hash: row.get("body_hash")?,
            current_location: row.get("current_location")?,
            request_hash: row.get("request_hash")?,
            moving: codec::read_moving(row.get::<_, Option<String>>("moving")?.as_deref()),
            adopted: row.get("adopted")?,
            not_before: time("not_before")?,
            busy: row.get("busy")?,
            asked: codec::read_asked(&row.get::<_, String>("asked")?),
            said: codec::read_said(&row.get::<_, String>("said")?),
            gone: row.get("gone")?,
            change_interval: row.get("change_interval")?,
            collect_hash: row.get("collect_hash")?,
            filing_hash: row.get("filing_hash")?,
            held_since: time("held_since")?,
            most_new: row.get("most_new")?,
            site_config: row.get::<_, Option<String>>("site_config")?.map(PathBuf::from),
        })
    })
}

pub(super) fn recall(connection: &Connection, source: SourceRow) -> rusqlite::Result<Vec<Recalled>> {
    let mut keys: HashMap<i64, Vec<String>> = HashMap::new();
    let mut statement = connection.prepare_cached(&keying("source = ?1"))?;
    let mut rows = statement.query([source.0])?;
    while let Some(row) = rows.next()? {
        let (entry, key) = sound_key(row)?;
        keys.entry(entry).or_default().push(key);
    }
    let mut statement = connection.prepare_cached(&recalling("source = ?1"))?;
    let entries = statement.query_map([source.0], |row| recalled(row, &mut keys))?;
    entries.collect()
}

/// Those alone that have one of these keys.
pub(super) fn recall_keys(
    connection: &Connection,
    source: SourceRow,
    keys: &[&str],
) -> rusqlite::Result<Vec<Recalled>> {
    let mut find = connection.prepare_cached(&keying("source = ?1 AND key = ?2"))?;
    let mut theirs = connection.prepare_cached(&keying("entry = ?1"))?;
    let mut statement = connection.prepare_cached(&recalling("row = ?1"))?;
    let mut found: HashMap<i64, Vec<String>> = HashMap::new();
    for key in keys {
        let entry = find.query_row(params![source.0, key], sound_key).optional()?;
        if let Some((entry, _)) = entry.filter(|(entry, _)| !found.contains_key(entry)) {
            let keys = theirs.query_map([entry], |row| Ok(sound_key(row)?.1))?;
            found.insert(entry, keys.collect::<Result<_, _>>()?);
        }
    }
    let mut rows: Vec<i64> = found.keys().copied().collect();
    rows.sort_unstable();
    rows.into_iter().map(|row| statement.query_row([row], |row| recalled(row, &mut found))).collect()
}

fn keying(which: &str) -> String {
    format!("SELECT entry, key, checksum IS row_sum({}) FROM entry_key WHERE {which}", sum::KEY.columns)
}

fn sound_key(row: &Row<'_>) -> rusqlite::Result<(i64, String)> {
    let key: String = row.get(1)?;
    if !row.get::<_, bool>(2)? {
        return Err(Damaged::key(&key));
    }
    Ok((row.get(0)?, key))
}

fn recalling(which: &str) -> String {
    let columns = sum::ENTRY.columns;
    format!(
        "SELECT row, at, raw_hash, served_hash, first_seen, stands_at, state, id, checksum IS row_sum({columns})
         FROM entry WHERE {which} ORDER BY row"
    )
}

/// Columns by place, not by name: there are ten thousands of them.
fn recalled(row: &Row<'_>, keys: &mut HashMap<i64, Vec<String>>) -> rusqlite::Result<Recalled> {
    if !row.get(8)? {
        return Err(Damaged::entry(&row.get::<_, String>(7)?));
    }
    let id: i64 = row.get(0)?;
    let state: i64 = row.get(6)?;
    Ok(Recalled {
        row: EntryRow(id),
        keys: keys.remove(&id).unwrap_or_default(),
        at: row.get(1)?,
        raw_hash: codec::hash(row, 2)?,
        served_hash: codec::hash(row, 3)?,
        first_seen: codec::time(row.get(4)?),
        stands_at: codec::time(row.get(5)?),
        gone: state == 2,
        held: state == 3,
    })
}

const FILES: &str =
    "SELECT path, modified_ns, size, inode, hash, entry_key, problems, asked FROM file WHERE source = ?1";

pub(super) fn files(connection: &Connection, source: SourceRow) -> rusqlite::Result<Vec<KnownFile>> {
    let mut statement = connection.prepare_cached(&format!("{FILES} ORDER BY path"))?;
    let files = statement.query_map([source.0], known_file)?;
    files.collect()
}

/// Those alone that asked for others.
pub(super) fn files_asking(connection: &Connection, source: SourceRow) -> rusqlite::Result<Vec<KnownFile>> {
    let mut statement = connection.prepare_cached(&format!("{FILES} AND asked IS NOT NULL"))?;
    let files = statement.query_map([source.0], known_file)?;
    files.collect()
}

/// Those at these paths alone.
pub(super) fn files_at(
    connection: &Connection,
    source: SourceRow,
    paths: &[&str],
) -> rusqlite::Result<Vec<KnownFile>> {
    let mut statement = connection.prepare_cached(&format!("{FILES} AND path = ?2"))?;
    let mut found = Vec::new();
    for path in paths {
        found.extend(statement.query_row(params![source.0, path], known_file).optional()?);
    }
    Ok(found)
}

fn known_file(row: &Row<'_>) -> rusqlite::Result<KnownFile> {
    Ok(KnownFile {
        path: row.get(0)?,
        modified_ns: row.get(1)?,
        size: row.get::<_, i64>(2)?.cast_unsigned(),
        inode: row.get::<_, i64>(3)?.cast_unsigned(),
        hash: codec::hash(row, 4)?,
        key: row.get(5)?,
        problems: codec::read_problems(row.get_ref(6)?.as_str()?),
        asked: codec::read_names(row.get_ref(7)?.as_str_or_null()?),
    })
}

/// Each standing entry with its own categories and tags, as its source wrote them.
pub(super) fn filings(connection: &Connection, source: SourceRow) -> rusqlite::Result<Vec<Filed>> {
    let mut statement =
        connection.prepare_cached("SELECT row FROM entry WHERE source = ?1 AND state <> 2")?;
    let rows: Vec<i64> = statement.query_map([source.0], |row| row.get(0))?.collect::<Result<_, _>>()?;
    rows.into_iter()
        .map(|row| {
            let row = EntryRow(row);
            let entry = crate::store::sqlite::body::load(connection, row)?;
            let stands_at = connection
                .prepare_cached("SELECT stands_at FROM entry WHERE row = ?1")?
                .query_row([row.0], |found| found.get(0).map(codec::time))?;
            let placing = Placing::default();
            Ok(Filed { row, categories: entry.categories, tags: entry.tags, stands_at, placing })
        })
        .collect()
}

pub(super) fn feed(connection: &Connection, feed: &str) -> rusqlite::Result<Option<FeedFacts>> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT atom_id, sequence, changed_at, defined,
                (SELECT shown FROM facet WHERE facet.feed = feed.row AND kind = 0) AS entries,
                checksum IS row_sum({}) AS sound
         FROM feed WHERE id = ?1",
        sum::FEED.columns
    ))?;
    statement
        .query_row([feed], |row| {
            if !row.get("sound")? {
                return Err(Damaged::feed(feed));
            }
            Ok(FeedFacts {
                atom_id: row.get("atom_id")?,
                sequence: row.get::<_, i64>("sequence")?.cast_unsigned(),
                changed_at: codec::time(row.get("changed_at")?),
                entries: usize::try_from(row.get::<_, Option<i64>>("entries")?.unwrap_or(0)).unwrap_or(0),
                defined: row.get("defined")?,
            })
        })
        .optional()
}

/// What each defined source of these feeds says of itself, in the order of the file.
pub(super) fn said(connection: &Connection, feeds: &[&str]) -> rusqlite::Result<Vec<Said>> {
    let mut statement = connection.prepare_cached(
        "SELECT said FROM source JOIN feed ON feed.row = source.feed
         WHERE feed.id = ?1 AND source.defined = 1 ORDER BY source.rank, source.row",
    )?;
    let mut found = Vec::new();
    for feed in feeds {
        for said in statement.query_map([feed], |row| row.get::<_, String>(0))? {
            found.push(codec::read_said(&said?));
        }
    }
    Ok(found)
}

pub(super) fn document(connection: &Connection, path: &str) -> rusqlite::Result<Option<DocumentFacts>> {
    // A damaged one is as good as none: the document is rendered again.
    let mut statement = connection.prepare_cached(&format!(
        "SELECT rendered_from, etag, last_modified FROM document WHERE path = ?1 AND checksum IS row_sum({})",
        sum::DOCUMENT.columns
    ))?;
    statement
        .query_row([path], |row| {
            Ok(DocumentFacts {
                rendered_from: row.get(0)?,
                etag: row.get(1)?,
                last_modified: codec::time(row.get(2)?),
            })
        })
        .optional()
}

pub(super) fn counts(connection: &Connection) -> rusqlite::Result<Vec<(SourceRow, usize)>> {
    let mut statement = connection.prepare_cached("SELECT value, shown FROM facet WHERE kind = 4")?;
    let counts = statement.query_map([], |row| {
        let source: String = row.get(0)?;
        let shown: i64 = row.get(1)?;
        Ok((SourceRow(source.parse().unwrap_or_default()), usize::try_from(shown).unwrap_or(0)))
    })?;
    counts.collect()
}

pub(super) fn instance(connection: &Connection) -> rusqlite::Result<[u8; 16]> {
    connection.query_row("SELECT id FROM instance", [], |row| row.get(0))
}

/// Which entry of a source goes by this id of its own, shown or not.
pub(super) fn bearer(
    connection: &Connection,
    source: SourceRow,
    id: &str,
) -> rusqlite::Result<Option<EntryRow>> {
    connection
        .prepare_cached(
            "SELECT row FROM entry WHERE id = ?2 AND source = ?1 AND twin = 0 ORDER BY row LIMIT 1",
        )?
        .query_row(params![source.0, id], |row| row.get(0).map(EntryRow))
        .optional()
}

/// Which of these ids were made for entries of the source's feed.
pub(super) fn made(
    connection: &Connection,
    source: SourceRow,
    ids: &[String],
) -> rusqlite::Result<HashSet<String>> {
    let mut find = connection.prepare_cached(
        "SELECT 1 FROM entry WHERE urn = ?2 AND (iri = 0 OR twin = 1)
         AND feed = (SELECT feed FROM source WHERE row = ?1)",
    )?;
    let mut made = HashSet::new();
    for id in ids {
        if find.exists(params![source.0, id])? {
            made.insert(id.clone());
        }
    }
    Ok(made)
}

pub(super) fn sources(connection: &Connection, feed: &str) -> rusqlite::Result<Vec<SourceState>> {
    let mut rows = connection.prepare_cached(
        "SELECT source.row FROM source JOIN feed ON feed.row = source.feed
         WHERE feed.id = ?1 AND source.defined = 1 ORDER BY source.row",
    )?;
    let rows = rows.query_map([feed], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
    rows.into_iter().map(|row| source(connection, SourceRow(row))).collect()
}

/// When each source of a feed is due, by id.
pub(super) fn dues(
    connection: &Connection,
    feed: Option<&str>,
) -> rusqlite::Result<Vec<(String, String, DateTime<Utc>)>> {
    let sql = match feed {
        Some(_) => {
            "SELECT feed.id, source.id, due FROM source JOIN feed ON feed.row = source.feed
             WHERE feed.id = ?1 AND source.defined = 1 AND due IS NOT NULL"
        }
        None => {
            "SELECT feed.id, source.id, due FROM source JOIN feed ON feed.row = source.feed
             WHERE ?1 IS NULL AND source.defined = 1 AND due IS NOT NULL"
        }
    };
    connection
        .prepare_cached(sql)?
        .query_map([feed], |row| Ok((row.get(0)?, row.get(1)?, codec::time(row.get(2)?))))?
        .collect()
}

/// Which of these keys belong to entries that retention has let go.
pub(super) fn forgotten(
    connection: &Connection,
    source: SourceRow,
    keys: &[String],
) -> rusqlite::Result<HashSet<String>> {
    let mut find = connection.prepare_cached("SELECT 1 FROM forgotten WHERE source = ?1 AND key = ?2")?;
    let mut found = HashSet::new();
    for key in keys {
        if find.exists(params![source.0, codec::key_hash(key)])? {
            found.insert(key.clone());
        }
    }
    Ok(found)
}
