//! Everything in a store compared with everything that it has to agree with.
//!
//! The file by SQLite's own check, each row with its checksum, and what has none
//! (facets, places, keys) with the entries that it was made from.

use crate::store::sqlite::failure::failure;
use crate::store::sqlite::{migrate, open, show, sum};
use crate::store::{Checked, StoreError};
use rusqlite::Connection;
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

/// Looks at one side of a store and notes what is wrong with it.
type Part = fn(&Connection, &mut Vec<String>) -> rusqlite::Result<()>;

/// Findings told of each kind; a store with more is beyond mending by hand.
const LIMIT: usize = 100;

/// Rows without what they hang on.
const LONELY: [(&str, &str); 14] = [
    (
        "the entry `{}` has no body",
        "SELECT id FROM entry WHERE lent_by IS NULL AND row NOT IN (SELECT entry FROM body)",
    ),
    (
        "a body belongs to no entry (row {})",
        "SELECT entry FROM body WHERE entry NOT IN (SELECT row FROM entry)",
    ),
    (
        "metadata belong to no entry (row {})",
        "SELECT entry FROM meta WHERE entry NOT IN (SELECT row FROM entry)",
    ),
    ("a key leads to no entry: `{}`", "SELECT key FROM entry_key WHERE entry NOT IN (SELECT row FROM entry)"),
    ("the source `{}` belongs to no feed", "SELECT key FROM source WHERE feed NOT IN (SELECT row FROM feed)"),
    (
        "the file `{}` belongs to no source",
        "SELECT path FROM file WHERE source NOT IN (SELECT row FROM source)",
    ),
    (
        "what an entry was belongs to none (row {})",
        "SELECT entry FROM past WHERE entry NOT IN (SELECT row FROM entry)",
    ),
    (
        "an entry that has left its origin is none (row {})",
        "SELECT entry FROM departed WHERE entry NOT IN (SELECT row FROM entry)",
    ),
    (
        "the last entry that was made is not number {}, as the store remembers",
        "SELECT entries FROM instance
         WHERE entries <> coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'entry'), 0)",
    ),
    (
        "the entry `{}` belongs to no source",
        "SELECT id FROM entry WHERE source NOT IN (SELECT row FROM source)",
    ),
    (
        "the entry `{}` stands in another feed than its source",
        "SELECT entry.id FROM entry JOIN source ON source.row = entry.source WHERE entry.feed <> source.feed",
    ),
    (
        "the entry `{}` is shown under the id of one that is gone",
        "SELECT id FROM entry WHERE face IS NOT NULL AND shown = 1 AND face NOT IN (SELECT row FROM entry)",
    ),
    (
        "the entry `{}` stands for one that is gone",
        "SELECT id FROM entry WHERE lent_by IS NOT NULL AND state <> 2 AND lent_by NOT IN (SELECT row FROM entry)",
    ),
    (
        "nothing tells which of its twins came before the entry `{}`",
        "SELECT id FROM entry WHERE twin_key IS NOT NULL AND shown = 1 AND NOT EXISTS
             (SELECT 1 FROM twins JOIN entry AS face ON face.row = twins.face
              WHERE twins.feed = entry.feed AND twins.key = entry.twin_key)",
    ),
];

pub(super) fn check(path: &Path) -> Result<Checked, StoreError> {
    let connection = open::existing(path)?;
    let doing = format!("checking the store `{}`", path.display());
    connection.execute_batch("BEGIN").map_err(|error| failure(&doing, &error))?;
    Ok(look(&connection))
}

/// All that is wrong; a part that can't be read is told and the next one looked at.
pub(super) fn look(connection: &Connection) -> Checked {
    let mut checked = Checked::default();
    let count = connection.query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0));
    checked.entries = usize::try_from(count.unwrap_or(0)).unwrap_or(0);
    let parts: [Part; 7] = [file, schema, rows, lonely, places, facets, lent];
    for part in parts {
        if let Err(error) = part(connection, &mut checked.damage) {
            checked.damage.push(format!("not readable: {error}"));
        }
    }
    checked
}

fn file(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA integrity_check({LIMIT})"))?;
    let mut told = statement.query([])?;
    while let Some(row) = told.next()? {
        let line: String = row.get(0)?;
        if line != "ok" {
            found.push(format!("the file: {line}"));
        }
    }
    Ok(())
}

/// Tables, indexes and triggers are those that a new store has.
fn schema(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let read = |connection: &Connection| {
        let mut statement = connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema")?;
        let rows = statement.query_map([], |row| {
            let column = |place| row.get::<_, Option<String>>(place);
            Ok([column(0)?, column(1)?, column(2)?, column(3)?])
        })?;
        rows.collect::<rusqlite::Result<BTreeSet<_>>>()
    };
    let (ours, whole) = (read(connection)?, read(&migrate::blank()?)?);
    let differing = ours.symmetric_difference(&whole).filter_map(|[_, name, ..]| name.clone());
    for name in differing.collect::<BTreeSet<_>>() {
        found.push(format!("the schema of `{name}` is damaged"));
    }
    Ok(())
}

fn rows(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    for summed in sum::ALL {
        let damaged = summed.damaged(connection, LIMIT)?;
        found.extend(damaged.iter().map(|name| format!("the {} row of `{name}` is damaged", summed.table)));
    }
    Ok(())
}

fn lonely(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    for (message, sql) in LONELY {
        let mut statement = connection.prepare(&format!(
            "SELECT CAST(it AS TEXT) FROM ({}) LIMIT {LIMIT}",
            sql.replacen(" FROM", " AS it FROM", 1)
        ))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            found.push(message.replace("{}", &row.get::<_, String>(0)?));
        }
    }
    Ok(())
}

/// An entry stands in all its facets where it is shown, and in none where it isn't.
fn places(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut stands: HashMap<i64, usize> = HashMap::new();
    let mut statement = connection.prepare("SELECT entry FROM place")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        *stands.entry(row.get(0)?).or_default() += 1;
    }
    let mut wrong = 0;
    show::each(connection, |entry| {
        let there = stands.remove(&entry.row).unwrap_or(0);
        if wrong < LIMIT
            && let Some(message) = entry.misplaced(connection, there)?
        {
            wrong += 1;
            found.push(message);
        }
        Ok(())
    })?;
    found.extend(stands.keys().take(LIMIT).map(|row| format!("a place belongs to no entry (row {row})")));
    Ok(())
}

fn facets(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT facet.value, facet.shown, (SELECT count(*) FROM place WHERE place.facet = facet.row) AS there,
                facet.kind IN (0, 1, 2, 3, 4) AND facet.feed IN (SELECT row FROM feed)
         FROM facet WHERE facet.shown <> there OR facet.kind NOT IN (0, 1, 2, 3, 4)
            OR facet.feed NOT IN (SELECT row FROM feed) LIMIT 100",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (value, shown, there): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        found.push(if row.get(3)? {
            format!("the facet `{value}` counts {shown} entries where {there} stand")
        } else {
            format!("the facet `{value}` is damaged")
        });
    }
    let mut statement =
        connection.prepare("SELECT facet FROM place WHERE facet NOT IN (SELECT row FROM facet) LIMIT 100")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        found.push(format!("a place belongs to no facet (row {})", row.get::<_, i64>(0)?));
    }
    Ok(())
}

/// A facet knows how many of its entries stand for those of other feeds.
fn lent(connection: &Connection, found: &mut Vec<String>) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(
        "SELECT facet.value, facet.lent, coalesce(there.lent, 0) FROM facet LEFT JOIN
             (SELECT place.facet AS facet, count(*) AS lent FROM place JOIN entry ON entry.row = place.entry
              WHERE entry.lent_by IS NOT NULL GROUP BY place.facet) AS there ON there.facet = facet.row
         WHERE facet.lent <> coalesce(there.lent, 0) LIMIT 100",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (value, lent, there): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        found.push(format!("the facet `{value}` counts {lent} entries of other feeds where {there} stand"));
    }
    Ok(())
}
