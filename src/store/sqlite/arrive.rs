//! The order in which entries arrived: what archives are cut by.
//!
//! A number is given when an entry is shown for the first time and kept while it is as
//! it was. An edited one arrives again; what it was before stays under its old number,
//! so that an archive that holds it does not change.

use crate::model::FeedEntry;
use crate::store::sqlite::sum::{self, Damaged};
use crate::store::sqlite::{body, codec, lend, select};
use crate::store::{Arrival, EntryRow, Selection};
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// So many former forms of an entry are kept. One that is edited more often leaves the
/// archive that it was in, which gets another address by that.
const MOST_PAST: i64 = 4;

/// The number that the entry arrived under: from now on the next one, where it has none.
pub(super) fn number(connection: &Connection, entry: i64) -> rusqlite::Result<i64> {
    let known: Option<i64> = connection
        .prepare_cached("SELECT had_arrived FROM entry WHERE row = ?1")?
        .query_row([entry], |row| row.get(0))?;
    if let Some(known) = known {
        return Ok(known);
    }
    let next = given(connection)? + 1;
    give(connection, next)?;
    Ok(next)
}

/// The last number that was given.
pub(super) fn given(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("SELECT arrivals FROM instance")?.query_row([], |row| row.get(0))
}

/// Numbers up to this one are given from now on.
pub(super) fn give(connection: &Connection, last: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE instance SET arrivals = ?1,
                 checksum = iif(checksum IS row_sum(id, arrivals, entries), row_sum(id, ?1, entries), -1)",
        )?
        .execute([last])?;
    Ok(())
}

/// The entry, hidden now, is about to get another text: it arrives anew when it is shown.
/// One that is lent has no text of its own to be kept; a damaged text is not kept either,
/// as it would be summed anew and taken for sound.
pub(super) fn again(connection: &Connection, entry: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO past (entry, arrived, stands_at, fields, filed, checksum)
             SELECT entry.row, entry.had_arrived, coalesce(face.stands_at, entry.stands_at), fields,
                    coalesce(entry.united, entry.filed),
                    row_sum(entry.row, entry.had_arrived, coalesce(face.stands_at, entry.stands_at), fields,
                            coalesce(entry.united, entry.filed))
             FROM entry JOIN body ON body.entry = entry.row
             LEFT JOIN entry AS face ON face.row = entry.face
             WHERE entry.row = ?1 AND entry.had_arrived IS NOT NULL
               AND body.checksum IS row_sum(body.entry, body.fields)
               AND (SELECT count(*) FROM past WHERE past.entry = ?1) < ?2",
        )?
        .execute(params![entry, MOST_PAST])?;
    anew(connection, entry)
}

/// The entry, hidden now, arrives anew when it is shown; what it was is in no archive.
pub(super) fn anew(connection: &Connection, entry: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("UPDATE entry SET had_arrived = NULL WHERE row = ?1")?.execute([entry])?;
    Ok(())
}

/// The entry is filed by other words of the definition from now on: what it was before is in
/// no archive any more.
pub(super) fn forget_past(connection: &Connection, entry: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM past WHERE entry = ?1")?.execute([entry])?;
    Ok(())
}

/// Everything that a facet shows, in the order of arrival, with what was before; nothing
/// where it fits in one document.
/// A damaged one is left out, and the facet told of.
pub(super) fn arrivals(
    connection: &Connection,
    selection: &Selection<'_>,
) -> rusqlite::Result<(Vec<Arrival>, Vec<Damaged>)> {
    let facets = select::facet_rows(connection, selection.feeds, selection.facet)?;
    let mut shown = connection.prepare_cached("SELECT shown FROM facet WHERE row = ?1")?;
    let count = |facet| {
        let shown = shown.query_row([facet], |row| row.get::<_, i64>(0))?;
        Ok((facet, usize::try_from(shown).unwrap_or(0)))
    };
    let facets = facets.into_iter().map(count).collect::<rusqlite::Result<Vec<(i64, usize)>>>()?;
    if facets.iter().map(|(_, shown)| shown).sum::<usize>() <= selection.limit {
        return Ok((Vec::new(), Vec::new()));
    }
    let (mut found, mut damaged) = (Vec::new(), Vec::new());
    for counted in facets {
        damaged.extend(of_facet(connection, counted, selection, &mut found)?);
    }
    found.sort_unstable_by_key(|arrival: &Arrival| arrival.number);
    Ok((found, damaged))
}

fn of_facet(
    connection: &Connection,
    (facet, shown): (i64, usize),
    selection: &Selection<'_>,
    found: &mut Vec<Arrival>,
) -> rusqlite::Result<Option<Damaged>> {
    let (mut torn, mut there) = (false, 0);
    let mut of = |sql: &str, past: bool| {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([facet])?;
        while let Some(row) = rows.next()? {
            let (number, entry, at): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if sum::of_place([facet, row.get(5)?, entry, row.get(3)?]) != row.get::<_, i64>(4)? {
                torn = true;
                continue;
            }
            there += usize::from(!past);
            if selection.feeds.len() > 1 && lend::is_lent_among(connection, selection.feeds, entry)? {
                continue;
            }
            found.push(Arrival {
                number: number.unsigned_abs(),
                entry: EntryRow(entry),
                stands_at: codec::time(at),
                past,
            });
        }
        Ok::<_, rusqlite::Error>(())
    };
    of("SELECT arrived, entry, stands_at, arrived, checksum, stands_at FROM place WHERE facet = ?1", false)?;
    if connection.prepare_cached("SELECT 1 FROM past LIMIT 1")?.exists([])? {
        of(
            "SELECT past.arrived, past.entry, past.stands_at, place.arrived, place.checksum, place.stands_at
             FROM place CROSS JOIN past ON past.entry = place.entry WHERE place.facet = ?1",
            true,
        )?;
    }
    if torn || there != shown { select::facet_damage(connection, facet) } else { Ok(None) }
}

/// These arrivals as they are put out, newest first, ties by id. Of one entry that
/// arrived several times among them the last counts.
pub(super) fn entries(
    connection: &Connection,
    feeds: &[&str],
    arrivals: &[Arrival],
) -> rusqlite::Result<(Vec<FeedEntry>, Vec<Damaged>)> {
    let mut last: HashMap<EntryRow, &Arrival> = HashMap::new();
    for arrival in arrivals {
        let known = last.entry(arrival.entry).or_insert(arrival);
        if arrival.number > known.number {
            *known = arrival;
        }
    }
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    for arrival in last.into_values() {
        match entry(connection, feeds, arrival) {
            Ok(entry) => sound.push((arrival.stands_at, entry)),
            Err(error) => damaged.push(Damaged::behind(&error).cloned().ok_or(error)?),
        }
    }
    sound.sort_by(|(one, a), (other, b)| other.cmp(one).then_with(|| a.entry.id.cmp(&b.entry.id)));
    Ok((sound.into_iter().map(|(_, entry)| entry).collect(), damaged))
}

fn entry(connection: &Connection, feeds: &[&str], arrival: &Arrival) -> rusqlite::Result<FeedEntry> {
    let at = (!arrival.past).then(|| codec::millis(arrival.stands_at));
    let shown = select::shown(connection, feeds, arrival.entry.0, at)?;
    if !arrival.past {
        return Ok(shown);
    }
    let past = body::load_past(connection, arrival.entry, arrival.number)?;
    let (published, updated) = (select::dated(&past, arrival.stands_at), past.updated);
    let entry = crate::model::Entry { id: shown.entry.id, ..past };
    Ok(FeedEntry { entry, atom_id: shown.atom_id, published, updated })
}
