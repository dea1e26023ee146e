//! Entries that were deleted, told of for a while: RFC 6721.
//!
//! In: entries that leave where their source's definition says `tombstone`. Out: the ids under
//! which readers know them. Never brings one back: an entry that its origin has again is none
//! that was deleted.

use crate::model::{Deleted, Facet};
use crate::store::sqlite::{codec, lend, select, show, sum};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, params};
use std::collections::HashSet;

/// So long readers are told: who asks less often than that keeps what he has.
const TOLD_FOR: TimeDelta = TimeDelta::days(30);
/// The newest so many stand in a document.
const MOST: usize = 100;

/// An entry, hidden now, has left, and is told of where it `left` so and anybody ever saw it. One
/// that stands for another feed's entry is what that one is. Whether it is told of.
pub(super) fn note(
    connection: &Connection,
    entry: i64,
    left: Option<DateTime<Utc>>,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "UPDATE entry SET buried = coalesce(?2, (SELECT lender.buried FROM entry AS lender
                                                     WHERE lender.row = entry.lent_by))
             WHERE row = ?1 AND had_arrived IS NOT NULL",
        )?
        .execute(params![entry, left.map(codec::millis)])?;
    connection.prepare_cached("SELECT 1 FROM entry WHERE row = ?1 AND buried IS NOT NULL")?.exists([entry])
}

/// It is told of no longer: it is back, or nothing is left of it. Whether it was.
pub(super) fn unearth(connection: &Connection, entry: i64) -> rusqlite::Result<bool> {
    let told = connection
        .prepare_cached("UPDATE entry SET buried = NULL WHERE row = ?1 AND buried IS NOT NULL")?
        .execute([entry])?;
    Ok(told > 0)
}

/// Those of a facet in these feeds, newest first, each once. A damaged one is left out: nobody is
/// told of a deletion that may be none.
pub(super) fn deleted(
    connection: &Connection,
    feeds: &[&str],
    facet: &Facet,
) -> rusqlite::Result<Vec<Deleted>> {
    let mut find = connection.prepare_cached(&format!(
        "SELECT row, buried FROM entry WHERE feed = ?1 AND buried IS NOT NULL AND state = 2 AND checksum IS row_sum({})
         ORDER BY buried DESC, row DESC",
        sum::ENTRY.columns
    ))?;
    let mut facets = connection.prepare_cached("SELECT feed, kind, value FROM facet WHERE row = ?1")?;
    let mut found = Vec::new();
    for row in select::facet_rows(connection, feeds, facet)? {
        let (feed, kind, value): (i64, i64, String) =
            facets.query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let filed = (kind, value);
        let buried: Vec<(i64, i64)> =
            find.query_map([feed], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut taken = 0;
        for (entry, at) in buried {
            if taken == MOST {
                break;
            }
            // Where its own feed is asked too, it is told of there.
            if feeds.len() > 1 && lend::is_lent_among(connection, feeds, entry)? {
                continue;
            }
            let standing = show::standing(connection, entry)?;
            if !standing.facets().contains(&filed) || is_shown(connection, entry)? {
                continue;
            }
            let atom_id = select::atom_id(connection, feeds, entry)?;
            found.push(Deleted { atom_id, at: codec::time(at) });
            taken += 1;
        }
    }
    found.sort_by(|one, other| (other.at, &one.atom_id).cmp(&(one.at, &other.atom_id)));
    let mut told = HashSet::new();
    found.retain(|deleted| told.insert(deleted.atom_id.clone()));
    found.truncate(MOST);
    Ok(found)
}

/// Whether a twin stands under the id that it had.
fn is_shown(connection: &Connection, entry: i64) -> rusqlite::Result<bool> {
    let face = lend::face(connection, entry)?;
    connection
        .prepare_cached(
            "SELECT 1 FROM entry AS gone JOIN entry AS twin ON twin.feed = gone.feed AND twin.twin_key = gone.twin_key
             WHERE gone.row = ?1 AND twin.shown = 1 AND (twin.face = ?2 OR twin.row = ?2)",
        )?
        .exists(params![entry, face])
}

/// How many need no longer be told of by `now`, in milliseconds.
pub(super) fn expired(connection: &Connection, now: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT count(*) FROM entry WHERE buried IS NOT NULL AND buried <= ?1")?
        .query_row([now - TOLD_FOR.num_milliseconds()], |row| row.get(0))
}

/// When the next need not, in milliseconds.
pub(super) fn next(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    let oldest: Option<i64> = connection
        .prepare_cached("SELECT min(buried) FROM entry WHERE buried IS NOT NULL")?
        .query_row([], |row| row.get(0))?;
    Ok(oldest.map(|oldest| oldest + TOLD_FOR.num_milliseconds()))
}

/// Tells no longer of those that were told of long enough.
pub(super) fn forget(connection: &Connection, now: DateTime<Utc>) -> rusqlite::Result<()> {
    let before = codec::millis(now - TOLD_FOR);
    let feeds: Vec<i64> = connection
        .prepare_cached("SELECT DISTINCT feed FROM entry WHERE buried IS NOT NULL AND buried <= ?1")?
        .query_map([before], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for feed in feeds {
        connection
            .prepare_cached("UPDATE entry SET buried = NULL WHERE feed = ?1 AND buried <= ?2")?
            .execute([feed, before])?;
        show::moved(connection, feed, true, now)?;
    }
    Ok(())
}
