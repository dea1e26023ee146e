//! Which entries stand in which facets: showing and hiding.

use crate::model::CategoryPath;
use crate::store::FacetKind;
use crate::store::sqlite::arrive;
use crate::store::sqlite::codec::{self, Filing};
use crate::store::sqlite::sum::{self, Damaged};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Statement, params};
use std::collections::BTreeSet;

/// The columns that showing and hiding need.
pub(super) struct Standing {
    pub(super) row: i64,
    pub(super) feed: i64,
    pub(super) source: i64,
    pub(super) stands_at: i64,
    pub(super) visible_from: Option<i64>,
    visible_until: Option<i64>,
    pub(super) state: i64,
    pub(super) shown: bool,
    pub(super) filed: String,
    pub(super) placed_at: Option<i64>,
    arrived: Option<i64>,
    pub(super) had_arrived: Option<i64>,
    pub(super) twin_key: Option<String>,
    pub(super) face: Option<i64>,
    pub(super) united: Option<String>,
    pub(super) lent: bool,
    defined: bool,
}

const STANDING: &str =
    "SELECT entry.row, entry.feed, source, stands_at, visible_from, visible_until, state, shown,
            filed, placed_at, twin_key, face, united, lent_by IS NOT NULL, source.defined, arrived, had_arrived
     FROM entry JOIN source ON source.row = entry.source";

impl Standing {
    fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            row: row.get(0)?,
            feed: row.get(1)?,
            source: row.get(2)?,
            stands_at: row.get(3)?,
            visible_from: row.get(4)?,
            visible_until: row.get(5)?,
            state: row.get(6)?,
            shown: row.get(7)?,
            filed: row.get(8)?,
            placed_at: row.get(9)?,
            twin_key: row.get(10)?,
            face: row.get(11)?,
            united: row.get(12)?,
            lent: row.get(13)?,
            defined: row.get(14)?,
            arrived: row.get(15)?,
            had_arrived: row.get(16)?,
        })
    }

    /// Whether it stands, is one of a source that is defined, and its time has come.
    pub(super) fn may_be_shown(&self, now: i64) -> bool {
        self.state == 1 && self.defined && self.visible(now)
    }

    /// Whether no other entry has to do with how it is shown.
    pub(super) fn is_alone(&self) -> bool {
        self.twin_key.is_none() && self.face.is_none() && self.united.is_none()
    }

    pub(super) fn visible(&self, now: i64) -> bool {
        self.visible_from.is_none_or(|from| from <= now) && self.visible_until.is_none_or(|until| until > now)
    }

    /// What is wrong with an entry that has `there` places.
    pub(super) fn misplaced(
        &self,
        connection: &Connection,
        there: usize,
    ) -> rusqlite::Result<Option<String>> {
        let facets = self.facets();
        let wanted = if self.shown { facets.len() } else { 0 };
        let Self { row, feed, .. } = self;
        let told = if self.shown { self.state == 1 } else { self.placed_at.or(self.arrived).is_none() };
        if there != wanted || !told || !(0..=3).contains(&self.state) {
            return Ok(Some(format!(
                "the entry in row {row} stands in {there} facets where {wanted} are right"
            )));
        }
        let mut stands = connection.prepare_cached(
            "SELECT 1 FROM facet JOIN place ON place.facet = facet.row AND place.stands_at = ?4 AND place.entry = ?5
                AND place.arrived = ?6
             WHERE facet.feed = ?1 AND facet.kind = ?2 AND facet.value = ?3",
        )?;
        for (kind, value) in facets.iter().filter(|_| self.shown) {
            if !stands.exists(params![feed, kind, value, self.placed_at, row, self.arrived])? {
                return Ok(Some(format!(
                    "the entry in row {row} doesn't stand where it is filed: `{value}`"
                )));
            }
        }
        Ok(None)
    }

    /// Every facet that the entry stands in, each once.
    pub(super) fn facets(&self) -> BTreeSet<(i64, String)> {
        let filing = Filing::read(self.united.as_ref().unwrap_or(&self.filed));
        let categories = filing.paths();
        facets(self.source, &categories, filing.tags, filing.authors)
    }
}

/// Every facet of what is filed so, each once.
pub(super) fn facets(
    source: i64,
    categories: &[CategoryPath],
    tags: Vec<String>,
    authors: Vec<String>,
) -> BTreeSet<(i64, String)> {
    let paths = categories.iter().flat_map(CategoryPath::and_above);
    let mut facets: BTreeSet<(i64, String)> =
        paths.map(|path| (codec::kind_number(FacetKind::Category), codec::category_value(&path))).collect();
    facets.extend(tags.into_iter().map(|tag| (codec::kind_number(FacetKind::Tag), tag)));
    facets.extend(authors.into_iter().map(|author| (codec::kind_number(FacetKind::Author), author)));
    facets.insert((codec::kind_number(FacetKind::Whole), String::new()));
    facets.insert((codec::kind_number(FacetKind::Source), source.to_string()));
    facets
}

/// What reads one entry, to be given to [`read`].
pub(super) fn one() -> String {
    let sound = format!(
        ", (SELECT checksum IS row_sum({}) FROM entry AS own WHERE own.row = entry.row), entry.id FROM",
        sum::ENTRY.columns
    );
    format!("{} WHERE entry.row = ?1", STANDING.replace(" FROM", &sound))
}

/// One entry; an error that names it where its row is damaged.
pub(super) fn read(one: &mut Statement<'_>, entry: i64) -> rusqlite::Result<Standing> {
    one.query_row([entry], |row| {
        if row.get(17)? { Standing::read(row) } else { Err(Damaged::entry(&row.get::<_, String>(18)?)) }
    })
}

pub(super) fn standing(connection: &Connection, entry: i64) -> rusqlite::Result<Standing> {
    let mut statement = connection.prepare_cached(&one())?;
    read(&mut statement, entry)
}

/// Calls `look` for every entry there is.
pub(super) fn each(
    connection: &Connection,
    mut look: impl FnMut(Standing) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(STANDING)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        look(Standing::read(row)?)?;
    }
    Ok(())
}

/// All twins with a key, in the order of their rows.
pub(super) fn twins(connection: &Connection, feed: i64, key: &str) -> rusqlite::Result<Vec<Standing>> {
    let mut statement = connection
        .prepare_cached(&format!("{STANDING} WHERE entry.feed = ?1 AND twin_key = ?2 ORDER BY entry.row"))?;
    statement.query_map(params![feed, key], Standing::read)?.collect()
}

/// Entries that a condition holds for.
pub(super) fn such(connection: &Connection, condition: &str, now: i64) -> rusqlite::Result<Vec<Standing>> {
    let mut statement = connection.prepare_cached(&format!("{STANDING} WHERE {condition}"))?;
    statement.query_map([now], Standing::read)?.collect()
}

/// What stands of a source.
pub(super) fn of_source(connection: &Connection, source: i64) -> rusqlite::Result<Vec<Standing>> {
    let mut statement = connection.prepare_cached(&format!("{STANDING} WHERE source = ?1 AND state = 1"))?;
    statement.query_map([source], Standing::read)?.collect()
}

/// The row of a facet, made when it is used for the first time.
pub(super) fn facet(
    connection: &Connection,
    feed: i64,
    kind: FacetKind,
    value: &str,
) -> rusqlite::Result<i64> {
    facet_row(connection, feed, codec::kind_number(kind), value)
}

fn facet_row(connection: &Connection, feed: i64, kind: i64, value: &str) -> rusqlite::Result<i64> {
    let mut find =
        connection.prepare_cached("SELECT row FROM facet WHERE feed = ?1 AND kind = ?2 AND value = ?3")?;
    let mut found = find.query_map(params![feed, kind, value], |row| row.get(0))?;
    if let Some(row) = found.next() {
        return row;
    }
    make_facet(connection, (feed, kind, value), [0, 0])
}

/// Makes a facet that shows so many entries, of which so many are lent.
pub(super) fn make_facet(
    connection: &Connection,
    (feed, kind, value): (i64, i64, &str),
    [shown, lent]: [i64; 2],
) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "INSERT INTO facet (feed, kind, value, folded, shown, lent, checksum)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, row_sum(?1, ?2, ?3, ?4))",
        )?
        .execute(params![feed, kind, value, codec::fold(value), shown, lent])?;
    Ok(connection.last_insert_rowid())
}

/// The rows of an entry in every facet that it stands in, at this date.
pub(super) fn put_in(connection: &Connection, entry: &Standing, at: i64) -> rusqlite::Result<()> {
    let arrived = arrive::number(connection, entry.row)?;
    for (kind, value) in entry.facets() {
        let facet = counted_up(connection, entry, kind, &value)?;
        connection
            .prepare_cached(
                "INSERT INTO place (facet, stands_at, entry, arrived, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                facet,
                at,
                entry.row,
                arrived,
                sum::of_place([facet, at, entry.row, arrived])
            ])?;
    }
    connection
        .prepare_cached("UPDATE entry SET shown = 1, placed_at = ?2, arrived = ?3 WHERE row = ?1")?
        .execute(params![entry.row, at, arrived])?;
    Ok(())
}

/// The row of a facet that shows one entry more from now on.
fn counted_up(connection: &Connection, entry: &Standing, kind: i64, value: &str) -> rusqlite::Result<i64> {
    let mut count = connection.prepare_cached(
        "UPDATE facet SET shown = shown + 1, lent = lent + ?4 WHERE feed = ?1 AND kind = ?2 AND value = ?3
         RETURNING row",
    )?;
    let known = count.query_row(params![entry.feed, kind, value, entry.lent], |row| row.get(0)).optional()?;
    if let Some(row) = known {
        return Ok(row);
    }
    facet_row(connection, entry.feed, kind, value)?;
    count.query_row(params![entry.feed, kind, value, entry.lent], |row| row.get(0))
}

/// Takes them away again; whether they were there.
pub(super) fn take_out(connection: &Connection, entry: &Standing) -> rusqlite::Result<bool> {
    if !entry.shown {
        return Ok(false);
    }
    for (kind, value) in entry.facets() {
        let facet = facet_row(connection, entry.feed, kind, &value)?;
        connection
            .prepare_cached("DELETE FROM place WHERE facet = ?1 AND stands_at = ?2 AND entry = ?3")?
            .execute(params![facet, entry.placed_at.unwrap_or(entry.stands_at), entry.row])?;
        connection
            .prepare_cached("UPDATE facet SET shown = shown - 1, lent = lent - ?2 WHERE row = ?1")?
            .execute(params![facet, entry.lent])?;
    }
    connection
        .prepare_cached(
            "UPDATE entry SET shown = 0, placed_at = NULL, arrived = NULL, had_arrived = arrived WHERE row = ?1",
        )?
        .execute([entry.row])?;
    Ok(true)
}

/// Counts up a feed's sequence when something it shows has moved. Its time never goes back.
pub(super) fn moved(
    connection: &Connection,
    feed: i64,
    moved: bool,
    now: DateTime<Utc>,
) -> rusqlite::Result<()> {
    if moved {
        connection
            .prepare_cached(
                "UPDATE feed SET sequence = sequence + 1, changed_at = max(changed_at, ?2) WHERE row = ?1",
            )?
            .execute(params![feed, codec::millis(now)])?;
    }
    Ok(())
}
