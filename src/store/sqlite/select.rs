//! The newest entries of a facet, and which facets there are.

use crate::model::{Date, Entry, EntryOrder, Facet, FeedEntry};
use crate::store::sqlite::codec::{self, Filing};
use crate::store::sqlite::sum::{self, Damaged};
use crate::store::sqlite::{body, lend};
use crate::store::{EntryRow, FacetCount, FacetKind, Selection};
use chrono::{DateTime, TimeZone, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::LazyLock;

/// An entry that may be put out.
pub(super) struct Candidate {
    at: i64,
    /// Settles what stands at the same time: the date, newest first.
    stands_at: i64,
    id: String,
    pub(super) row: i64,
    /// Where it is shown, JSON.
    pub(super) filed: String,
}

/// The newest entries over one feed or many: each facet's newest by its index,
/// merged, ties by date and id. An entry that is damaged is left out and named, and so is a facet
/// that has lost one.
pub(super) fn select(
    connection: &Connection,
    selection: &Selection<'_>,
) -> rusqlite::Result<(Vec<FeedEntry>, Vec<Damaged>)> {
    let (mut found, mut torn) = (Vec::new(), Vec::new());
    for facet in facet_rows(connection, selection.feeds, selection.facet)? {
        torn.extend(newest(connection, facet, selection, &mut found, |_| true)?);
    }
    let (sound, mut damaged) = sound(connection, selection, in_order(found, selection.limit))?;
    damaged.extend(torn);
    Ok((sound, damaged))
}

/// The candidates as they are put out; those that are damaged apart.
pub(super) fn sound(
    connection: &Connection,
    selection: &Selection<'_>,
    candidates: Vec<Candidate>,
) -> rusqlite::Result<(Vec<FeedEntry>, Vec<Damaged>)> {
    let (mut sound, mut damaged) = (Vec::new(), Vec::new());
    let among = if selection.among.is_empty() { selection.feeds } else { selection.among };
    for candidate in candidates {
        let at = (selection.order == EntryOrder::Published).then_some(candidate.at);
        match shown(connection, among, candidate.row, at) {
            Ok(entry) => sound.push(entry),
            Err(error) => damaged.push(Damaged::behind(&error).cloned().ok_or(error)?),
        }
    }
    Ok((sound, damaged))
}

/// The newest of what several facets gave, each once.
pub(super) fn in_order(mut found: Vec<Candidate>, limit: usize) -> Vec<Candidate> {
    found.sort_by(|a, b| {
        let by_date = (b.at, b.stands_at).cmp(&(a.at, a.stands_at));
        by_date.then_with(|| a.id.cmp(&b.id)).then_with(|| a.row.cmp(&b.row))
    });
    found.dedup_by_key(|candidate| candidate.row);
    found.truncate(limit);
    found
}

/// The entry in a row as these feeds together put it out; `at` is the date that it was found to
/// stand at, where that is known.
pub(super) fn shown(
    connection: &Connection,
    feeds: &[&str],
    row: i64,
    at: Option<i64>,
) -> rusqlite::Result<FeedEntry> {
    let latecomer = is_latecomer(connection, feeds, row)?;
    entry(connection, (row, at), latecomer)
}

/// The newest of one facet that fit, and everything that stands at the same time as the
/// last of them, so that ties are settled by id and not by row. Damage, where the facet
/// ended before it had as many entries as it counts.
pub(super) fn newest(
    connection: &Connection,
    facet: i64,
    selection: &Selection<'_>,
    found: &mut Vec<Candidate>,
    fits: impl Fn(&str) -> bool,
) -> rusqlite::Result<Option<Damaged>> {
    let sql = match selection.order {
        EntryOrder::Published => {
            "SELECT place.stands_at, coalesce(face.id, entry.id), entry.row, entry.lent_by IS NOT NULL,
                    coalesce(entry.united, entry.filed), place.stands_at, place.arrived, place.checksum
             FROM place JOIN entry ON entry.row = place.entry
             LEFT JOIN entry AS face ON face.row = entry.face
             WHERE place.facet = ?1 ORDER BY place.stands_at DESC"
        }
        // A scan of the facet: the index holds the dates that entries stand at.
        EntryOrder::Added => {
            "SELECT coalesce(face.first_seen, entry.first_seen) AS seen, coalesce(face.id, entry.id),
                    entry.row, entry.lent_by IS NOT NULL,
                    coalesce(entry.united, entry.filed), place.stands_at, place.arrived, place.checksum
             FROM place JOIN entry ON entry.row = place.entry
             LEFT JOIN entry AS face ON face.row = entry.face
             WHERE place.facet = ?1 ORDER BY seen DESC"
        }
    };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([facet])?;
    let (mut taken, mut there) = (0, 0_i64);
    let mut last = None;
    // An entry stands in a facet once: one that is met again is in another's place.
    let (mut met, mut torn) = (HashSet::new(), false);
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        if taken >= selection.limit && last != Some(at) {
            return if torn { facet_damage(connection, facet) } else { Ok(None) };
        }
        there += 1;
        let entry = row.get(2)?;
        if sum::of_place([facet, row.get(5)?, entry, row.get(6)?]) != row.get::<_, i64>(7)? {
            torn = true;
            continue;
        }
        torn |= !met.insert(entry);
        // Where its own feed is asked too, it is there already.
        if selection.feeds.len() > 1
            && row.get(3)?
            && lend::is_lent_among(connection, selection.feeds, entry)?
        {
            continue;
        }
        let filed: String = row.get(4)?;
        if !fits(&filed) {
            continue;
        }
        found.push(Candidate { at, stands_at: row.get(5)?, id: row.get(1)?, row: entry, filed });
        taken += 1;
        last = Some(at);
    }
    let (value, counted, sound): (String, i64, bool) = connection
        .prepare_cached(
            "SELECT value, shown, checksum IS row_sum(feed, kind, value, folded) FROM facet WHERE row = ?1",
        )?
        .query_row([facet], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok((counted != there || torn || !sound).then(|| Damaged::facet(&value)))
}

/// What is to be said of a facet with a damaged place.
pub(super) fn facet_damage(connection: &Connection, facet: i64) -> rusqlite::Result<Option<Damaged>> {
    let mut value = connection.prepare_cached("SELECT value FROM facet WHERE row = ?1")?;
    value.query_row([facet], |row| Ok(Some(Damaged::facet(&row.get::<_, String>(0)?))))
}

/// Whether, among several feeds, another one's entry had this id first.
fn is_latecomer(connection: &Connection, feeds: &[&str], row: i64) -> rusqlite::Result<bool> {
    if feeds.len() < 2 {
        return Ok(false);
    }
    let row = lend::face(connection, row)?;
    // Who took its feed's id over has it for as long as the feed.
    let (id, feed, since): (String, i64, Option<i64>) = connection
        .prepare_cached(
            "SELECT id, feed, (SELECT min(first.row) FROM entry AS first
                               WHERE first.id = entry.id AND first.feed = entry.feed AND first.twin = 0)
             FROM entry WHERE row = ?1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut statement = connection.prepare_cached(
        "SELECT feed.id, entry.row FROM entry JOIN feed ON feed.row = entry.feed
         WHERE entry.id = ?1 AND entry.row < ?2 AND entry.feed <> ?3 AND entry.twin = 0",
    )?;
    let mut holders = statement.query(params![id, since.unwrap_or(row), feed])?;
    while let Some(holder) = holders.next()? {
        let is_member = feeds.contains(&holder.get::<_, String>(0)?.as_str());
        if is_member && !lend::is_lent_among(connection, feeds, holder.get(1)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn entry(
    connection: &Connection,
    (row, at): (i64, Option<i64>),
    latecomer: bool,
) -> rusqlite::Result<FeedEntry> {
    let Narrow { id, urn, iri, twin, stands_at, filed, entry } = match own(connection, row)? {
        Some(narrow) => narrow,
        None => borrowed(connection, row)?,
    };
    if at.is_some_and(|at| at != stands_at) {
        return Err(Damaged::entry(&entry.id));
    }
    let mut entry = entry;
    let filing = Filing::read(&filed);
    entry.categories = filing.paths();
    entry.tags = filing.tags;
    let twin = twin || latecomer;
    entry.id = if twin { urn.clone() } else { id };
    let atom_id = if twin || !iri { urn } else { entry.id.clone() };
    let (published, updated) = (dated(&entry, codec::time(stands_at)), entry.updated);
    Ok(FeedEntry { entry, atom_id, published, updated })
}

/// The id that Atom carries of an entry in these feeds, whether it is shown or not.
pub(super) fn atom_id(connection: &Connection, feeds: &[&str], row: i64) -> rusqlite::Result<String> {
    let latecomer = is_latecomer(connection, feeds, row)?;
    let face = lend::face(connection, row)?;
    connection
        .prepare_cached(
            "SELECT CASE WHEN ?2 OR twin OR NOT iri THEN urn ELSE id END FROM entry WHERE row = ?1",
        )?
        .query_row(params![face, latecomer], |row| row.get(0))
}

/// The date that an entry is put out with: the offset that it was written in stays readable.
pub(super) fn dated(entry: &Entry, stands_at: DateTime<Utc>) -> Date {
    match &entry.published {
        Some(written) => written.timezone().from_utc_datetime(&stands_at.naive_utc()),
        None => stands_at.fixed_offset(),
    }
}

/// An entry, and the columns that say how it is put out.
struct Narrow {
    id: String,
    urn: String,
    iri: bool,
    twin: bool,
    stands_at: i64,
    filed: String,
    entry: Entry,
}

/// One that is shown under its own id and has its own text, as nearly all: one statement.
/// `None` for others.
fn own(connection: &Connection, row: i64) -> rusqlite::Result<Option<Narrow>> {
    let mut statement = connection.prepare_cached(&OWN)?;
    statement
        .query_row([row], |row| {
            let id: String = row.get(0)?;
            let sound: bool = row.get::<_, bool>(9)? && row.get::<_, Option<bool>>(10)? == Some(true);
            let fields = row.get_ref(11)?.as_blob_or_null()?.filter(|_| sound);
            let text = fields.and_then(|fields| body::unpack(fields).ok());
            let entry = Entry {
                id: id.clone(),
                at: row.get(6)?,
                visible_from: row.get::<_, Option<i64>>(7)?.map(codec::time),
                visible_until: row.get::<_, Option<i64>>(8)?.map(codec::time),
                ..text.ok_or_else(|| Damaged::entry(&id))?
            };
            Ok(Narrow {
                id,
                urn: row.get(1)?,
                iri: row.get(2)?,
                twin: row.get(3)?,
                stands_at: row.get(4)?,
                filed: row.get(5)?,
                entry,
            })
        })
        .optional()
}

static OWN: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT id, urn, iri, twin, coalesce(placed_at, stands_at), coalesce(united, filed), at, own_from, own_until,
                entry.checksum IS row_sum({}), body.checksum IS row_sum(body.entry, body.fields), body.fields
         FROM entry LEFT JOIN body ON body.entry = entry.row
         WHERE entry.row = ?1 AND face IS NULL AND lent_by IS NULL",
        sum::ENTRY.columns
    )
});

/// One that is shown under another's id, or stands for another.
fn borrowed(connection: &Connection, row: i64) -> rusqlite::Result<Narrow> {
    let face = lend::face(connection, row)?;
    let (id, urn, iri, twin): (String, String, bool, bool) = connection
        .prepare_cached("SELECT id, urn, iri, twin FROM entry WHERE row = ?1")?
        .query_row([face], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    let (stands_at, filed): (i64, String) = connection
        .prepare_cached(
            "SELECT coalesce(placed_at, stands_at), coalesce(united, filed) FROM entry WHERE row = ?1",
        )?
        .query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let entry = body::load(connection, EntryRow(row))?;
    Ok(Narrow { id, urn, iri, twin, stands_at, filed, entry })
}

/// The rows of a facet in these feeds. A source's facet goes by its name now; over
/// several feeds the name is `<feed>/<id>`.
pub(super) fn facet_rows(
    connection: &Connection,
    feeds: &[&str],
    facet: &Facet,
) -> rusqlite::Result<Vec<i64>> {
    let (kind, value) = codec::facet_columns(facet);
    let mut find = connection.prepare_cached(
        "SELECT facet.row FROM facet JOIN feed ON feed.row = facet.feed
         WHERE feed.id = ?1 AND facet.kind = ?2 AND facet.value = ?3",
    )?;
    let mut found = Vec::new();
    for feed in feeds {
        let value = match facet {
            Facet::Source(name) => match source_value(connection, feed, name)? {
                Some(value) => value,
                None => continue,
            },
            _ => value.clone(),
        };
        let row =
            find.query_row(params![feed, codec::kind_number(kind), value], |row| row.get(0)).optional()?;
        found.extend::<Option<i64>>(row);
    }
    Ok(found)
}

fn source_value(connection: &Connection, feed: &str, name: &str) -> rusqlite::Result<Option<String>> {
    let id = match name.split_once('/') {
        Some((of, id)) if of == feed => id,
        Some(_) => return Ok(None),
        None => name,
    };
    connection
        .prepare_cached(
            "SELECT source.row FROM source JOIN feed ON feed.row = source.feed
             WHERE feed.id = ?1 AND source.id = ?2 ORDER BY source.defined DESC, source.row LIMIT 1",
        )?
        .query_row(params![feed, id], |row| row.get::<_, i64>(0))
        .optional()
        .map(|row| row.map(|row| row.to_string()))
}

/// A facet that differs in case, normal form or the hyphen for a `/` alone.
pub(super) fn resembling(
    connection: &Connection,
    feeds: &[&str],
    facet: &Facet,
) -> rusqlite::Result<Option<Facet>> {
    let (kind, value) = codec::facet_columns(facet);
    if matches!(kind, FacetKind::Whole | FacetKind::Source) {
        return Ok(None);
    }
    let mut find = connection.prepare_cached(
        "SELECT facet.value FROM facet JOIN feed ON feed.row = facet.feed
         WHERE feed.id = ?1 AND facet.kind = ?2 AND facet.folded = ?3 AND facet.value <> ?4
         ORDER BY facet.shown > 0 DESC, facet.row LIMIT 1",
    )?;
    let folded = codec::fold(&value);
    for feed in feeds {
        let number = codec::kind_number(kind);
        let found: Option<String> =
            find.query_row(params![feed, number, folded, value], |row| row.get(0)).optional()?;
        if let Some(found) = found.and_then(|value| codec::facet_of(kind, &value)) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// Every facet of one kind that was ever used, by value; a source's by its name now.
pub(super) fn facets(
    connection: &Connection,
    feeds: &[&str],
    kind: FacetKind,
) -> rusqlite::Result<Vec<FacetCount>> {
    let mut counts: BTreeMap<Facet, usize> = BTreeMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT facet.value, facet.shown, source.id, source.defined, facet.lent, facet.row,
                facet.checksum IS row_sum(facet.feed, facet.kind, value, folded)
         FROM facet JOIN feed ON feed.row = facet.feed
         LEFT JOIN source ON facet.kind = 4 AND source.row = CAST(facet.value AS INTEGER)
         WHERE feed.id = ?1 AND facet.kind = ?2",
    )?;
    for feed in feeds {
        let mut rows = statement.query(params![feed, codec::kind_number(kind)])?;
        while let Some(row) = rows.next()? {
            if !row.get::<_, bool>(6)? {
                return Err(Damaged::facet(&row.get::<_, String>(0)?).into());
            }
            let mut shown: i64 = row.get(1)?;
            if feeds.len() > 1 && row.get::<_, i64>(4)? > 0 {
                shown -= lend::lent_among(connection, feeds, row.get(5)?)?;
            }
            let facet = match row.get::<_, Option<String>>(2)? {
                Some(_) if !row.get::<_, bool>(3)? => None,
                Some(id) if feeds.len() > 1 => Some(Facet::Source(format!("{feed}/{id}"))),
                Some(id) => Some(Facet::Source(id)),
                None => codec::facet_of(kind, &row.get::<_, String>(0)?),
            };
            if let Some(facet) = facet {
                *counts.entry(facet).or_default() += usize::try_from(shown).unwrap_or(0);
            }
        }
    }
    Ok(counts.into_iter().map(|(facet, entries)| FacetCount { facet, entries }).collect())
}
