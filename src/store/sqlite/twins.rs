//! Entries of several sources that are one: the first source's is shown, filed where
//! any of them is, under the id and the date of the one that was shown first.
//!
//! Decided anew for a key whenever one of its twins may be shown or not. One that
//! enters or leaves never changes the id or the date of what is shown.

use crate::model::{CategoryPath, Distinct};
use crate::store::sqlite::codec::{self, Filing};
use crate::store::sqlite::show::{self, Standing};
use crate::store::sqlite::{arrive, lend};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};

/// Shows of the twins with this key what is to be shown; `without` has left or is about
/// to. Whether that changed anything.
pub(super) fn settle(
    connection: &Connection,
    feed: i64,
    key: &str,
    without: Option<i64>,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let twins = show::twins(connection, feed, key)?;
    let may = |twin: &&Standing| Some(twin.row) != without && twin.may_be_shown(codec::millis(now));
    let standing: Vec<&Standing> = twins.iter().filter(may).collect();
    let (chosen, others) = of_the_first_source(connection, standing)?;
    let mut shown = Vec::new();
    if let Some(first) = chosen.first() {
        let face = face(connection, feed, key, first.row)?;
        let bearer = chosen.iter().find(|twin| twin.row == face.0).unwrap_or(first).row;
        for twin in &chosen {
            let mut next = Shown { row: twin.row, face: None, at: twin.stands_at, united: None };
            if twin.row == bearer {
                next.united = united(twin, &others);
                if twin.row != face.0 {
                    next = Shown { face: Some(face.0), at: face.1, ..next };
                }
            }
            shown.push(next);
        }
    }
    let mut changed = false;
    for twin in &twins {
        changed |= shift(connection, twin, shown.iter().find(|next| next.row == twin.row))?;
        if twin.visible_from.is_some_and(|from| from <= codec::millis(now)) {
            // Its time has come; nobody has to look for that moment again.
            connection
                .prepare_cached("UPDATE entry SET visible_from = NULL WHERE row = ?1")?
                .execute([twin.row])?;
        }
    }
    Ok(changed)
}

/// Those of the first source that has any, and the others; of a source that is made of feeds,
/// the first feed's first source.
fn of_the_first_source<'a>(
    connection: &Connection,
    twins: Vec<&'a Standing>,
) -> rusqlite::Result<(Vec<&'a Standing>, Vec<&'a Standing>)> {
    if twins.len() < 2 {
        return Ok((twins, Vec::new()));
    }
    let mut twins: Vec<([i64; 5], &Standing)> = twins
        .into_iter()
        .map(|twin| Ok((lend::origin(connection, twin.row)?, twin)))
        .collect::<rusqlite::Result<_>>()?;
    twins.sort_by_key(|(origin, _)| *origin);
    let first = twins.first().map(|(origin, _)| *origin);
    let of_first = twins.iter().take_while(|(origin, _)| Some(*origin) == first).count();
    let mut twins = twins.into_iter().map(|(_, twin)| twin);
    let chosen = twins.by_ref().take(of_first).collect();
    Ok((chosen, twins.collect()))
}

/// How a twin is to be shown.
struct Shown {
    row: i64,
    face: Option<i64>,
    at: i64,
    united: Option<String>,
}

/// Brings a twin from how it is shown to how it is to be.
fn shift(connection: &Connection, twin: &Standing, next: Option<&Shown>) -> rusqlite::Result<bool> {
    let same = match next {
        None => !twin.shown,
        Some(next) => {
            twin.shown
                && twin.face == next.face
                && twin.united == next.united
                && twin.placed_at == Some(next.at)
        }
    };
    if same {
        return Ok(false);
    }
    if show::take_out(connection, twin)? && next.is_some() {
        // What it says of itself is otherwise, so it arrives again.
        arrive::anew(connection, twin.row)?;
    }
    if let Some(next) = next {
        connection
            .prepare_cached("UPDATE entry SET face = ?2, united = ?3 WHERE row = ?1")?
            .execute(params![twin.row, next.face, next.united])?;
        show::put_in(connection, &show::standing(connection, twin.row)?, next.at)?;
    }
    Ok(true)
}

/// The one that was shown first and the date it stands at; from now on `first` where
/// there is none that still has the key. One without any key is of a source that is
/// about to be filed anew: twins were not looked for until now.
fn face(connection: &Connection, feed: i64, key: &str, first: i64) -> rusqlite::Result<(i64, i64)> {
    let mut find = connection.prepare_cached(
        "SELECT entry.row, entry.stands_at FROM twins JOIN entry ON entry.row = twins.face
         WHERE twins.feed = ?1 AND twins.key = ?2 AND (entry.twin_key = ?2 OR entry.twin_key IS NULL)",
    )?;
    let known = find.query_row(params![feed, key], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    if let Some(known) = known {
        return Ok(known);
    }
    connection
        .prepare_cached("INSERT OR REPLACE INTO twins (feed, key, face, checksum) VALUES (?1, ?2, ?3, row_sum(?1, ?2, ?3))")?
        .execute(params![feed, key, first])?;
    let stands_at = show::standing(connection, first)?.stands_at;
    Ok((first, stands_at))
}

/// Whether a twin is shown under this entry's id, or may be again.
pub(super) fn bears_a_face(connection: &Connection, entry: &Standing) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM twins JOIN entry ON entry.feed = twins.feed AND entry.twin_key = twins.key
             WHERE twins.face = ?1 AND entry.row <> ?1 AND entry.state <> 2",
        )?
        .exists([entry.row])
}

/// Where all of them are filed, the shown one's own first; its authors alone.
fn united(shown: &Standing, others: &[&Standing]) -> Option<String> {
    let Filing { categories, tags, authors } = Filing::read(&shown.filed);
    let mut categories: Distinct<Vec<String>> = categories.into_iter().collect();
    let mut tags: Distinct<String> = tags.into_iter().collect();
    for other in others {
        let filing = Filing::read(&other.filed);
        categories.extend(filing.categories);
        tags.extend(filing.tags);
    }
    let whole = Filing { categories: categories.into_list(), tags: tags.into_list(), authors };
    let paths: Vec<CategoryPath> = whole.paths();
    (!others.is_empty()).then(|| Filing::write(&paths, &whole.tags, whole.authors))
}

/// Decides anew over every key of a feed: its sources stand in another order.
pub(super) fn settle_feed(connection: &Connection, feed: i64, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let mut keys = connection.prepare_cached(
        "SELECT twin_key FROM entry WHERE feed = ?1 AND twin_key IS NOT NULL GROUP BY twin_key HAVING count(*) > 1",
    )?;
    let keys: Vec<String> = keys.query_map([feed], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut changed = false;
    for key in keys {
        changed |= settle(connection, feed, &key, None, now)?;
    }
    Ok(changed)
}
