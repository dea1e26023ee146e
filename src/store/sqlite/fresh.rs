//! Showing what a collection brought, all of it at once.
//!
//! As `show` does it one by one, but a facet is looked up and counted up once for all
//! of them, and so is the number of arrivals. An entry that has, or had, twins goes the
//! long way.

use crate::store::Written;
use crate::store::sqlite::scope::Scope;
use crate::store::sqlite::show::{self, Standing};
use crate::store::sqlite::{arrive, codec, sight, sum};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use std::cmp::Reverse;
use std::collections::HashMap;

/// So many entries are put into their facets at once: what they need in memory is bounded.
const MOST: usize = 8192;

/// Whether a source has entries that are stored and wait for the end of a collection.
pub(super) fn waits(connection: &Connection, source: i64) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM entry WHERE source = ?1 AND state = 0")?.exists([source])
}

/// Shows a source's entries that stand and are not shown yet, oldest first; whether that
/// changed anything.
pub(super) fn show_fresh(
    connection: &Connection,
    feed: i64,
    source: i64,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT row FROM entry WHERE source = ?1 AND state = 1 AND shown = 0 ORDER BY stands_at, row DESC",
    )?;
    let rows: Vec<i64> = statement.query_map([source], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut read = connection.prepare_cached(&show::one())?;
    let mut mark = connection
        .prepare_cached("UPDATE entry SET shown = 1, placed_at = stands_at, arrived = ?2 WHERE row = ?1")?;
    let mut shown = false;
    let mut fresh = Fresh::begin(connection, feed)?;
    for row in rows {
        let entry = show::read(&mut read, row)?;
        if !entry.is_alone() {
            fresh.end()?;
            shown |= sight::show(connection, &entry, now)?;
            fresh = Fresh::begin(connection, feed)?;
        } else if entry.may_be_shown(now.timestamp_millis()) {
            let arrived = fresh.put_in(&entry);
            mark.execute([row, arrived])?;
            shown = true;
            if fresh.entries >= MOST {
                fresh.end()?;
                fresh = Fresh::begin(connection, feed)?;
            }
        }
    }
    fresh.end()?;
    Ok(shown)
}

/// A new entry that is shown at once.
pub(super) struct Arrived {
    /// Its number in the order of arrivals.
    pub(super) number: i64,
    /// Its row, once it has one.
    pub(super) row: i64,
}

/// The numbers under which new entries arrive: the oldest is the first of them.
pub(super) fn arrivals(scope: &Scope<'_>, inserts: &[Written]) -> rusqlite::Result<Vec<Arrived>> {
    let mut order: Vec<usize> = (0..inserts.len()).collect();
    order.sort_by_key(|place| {
        (inserts.get(*place).map(|insert| codec::millis(insert.stands_at)), Reverse(*place))
    });
    let given = arrive::given(scope.connection)?;
    let mut arrivals: Vec<Arrived> = inserts.iter().map(|_| Arrived { number: 0, row: 0 }).collect();
    for (number, place) in (given + 1..).zip(order) {
        if let Some(arrived) = arrivals.get_mut(place) {
            arrived.number = number;
        }
    }
    Ok(arrivals)
}

/// Puts new entries that were stored as shown into their facets.
pub(super) fn place(scope: &Scope<'_>, inserts: &[Written], arrivals: Vec<Arrived>) -> rusqlite::Result<()> {
    if arrivals.is_empty() {
        return Ok(());
    }
    let mut fresh = Fresh::begin(scope.connection, scope.feed)?;
    let mut new: Vec<(Arrived, &Written)> = arrivals.into_iter().zip(inserts).collect();
    new.sort_by_key(|(arrived, _)| arrived.number);
    for (Arrived { number, row }, insert) in new {
        let (categories, tags) = &insert.filed;
        let authors = insert.entry.author_labels();
        let facets = show::facets(scope.source, categories, tags.clone(), authors);
        fresh.put(facets, false, [codec::millis(insert.stands_at), row, number]);
    }
    fresh.end()
}

/// A facet, and what it shows more from now on.
struct Facet {
    kind: i64,
    value: String,
    lent: i64,
    /// Date, row and number of arrival of each entry.
    places: Vec<[i64; 3]>,
}

struct Fresh<'a> {
    connection: &'a Connection,
    feed: i64,
    known: HashMap<(i64, String), usize>,
    facets: Vec<Facet>,
    entries: usize,
    arrivals: i64,
    known_arrivals: i64,
}

impl<'a> Fresh<'a> {
    fn begin(connection: &'a Connection, feed: i64) -> rusqlite::Result<Self> {
        let arrivals = arrive::given(connection)?;
        let (known, facets) = (HashMap::new(), Vec::new());
        Ok(Self { connection, feed, known, facets, entries: 0, arrivals, known_arrivals: arrivals })
    }

    /// The number that it arrives under.
    fn put_in(&mut self, entry: &Standing) -> i64 {
        let number = entry.had_arrived.unwrap_or(self.arrivals + 1);
        self.put(entry.facets(), entry.lent, [entry.stands_at, entry.row, number]);
        number
    }

    fn put(&mut self, facets: impl IntoIterator<Item = (i64, String)>, lent: bool, place: [i64; 3]) {
        let [_, _, number] = place;
        self.arrivals = self.arrivals.max(number);
        self.entries += 1;
        for (kind, value) in facets {
            let at = *self.known.entry((kind, value)).or_insert_with_key(|(kind, value)| {
                let (kind, value) = (*kind, value.clone());
                self.facets.push(Facet { kind, value, lent: 0, places: Vec::new() });
                self.facets.len() - 1
            });
            if let Some(facet) = self.facets.get_mut(at) {
                facet.lent += i64::from(lent);
                facet.places.push(place);
            }
        }
    }

    fn end(self) -> rusqlite::Result<()> {
        let mut add = self.connection.prepare_cached(
            "INSERT INTO place (facet, stands_at, entry, arrived, checksum) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        for facet in &self.facets {
            let row = self.facet(facet)?;
            for [stands_at, entry, arrived] in &facet.places {
                let place = [row, *stands_at, *entry, *arrived];
                add.execute(params![row, stands_at, entry, arrived, sum::of_place(place)])?;
            }
        }
        if self.arrivals != self.known_arrivals {
            arrive::give(self.connection, self.arrivals)?;
        }
        Ok(())
    }

    /// The row of a facet, counted up, made where it is used for the first time.
    fn facet(&self, facet: &Facet) -> rusqlite::Result<i64> {
        let Facet { kind, value, lent, places } = facet;
        let shown = i64::try_from(places.len()).unwrap_or(i64::MAX);
        let known: Option<i64> = self
            .connection
            .prepare_cached("SELECT row FROM facet WHERE feed = ?1 AND kind = ?2 AND value = ?3")?
            .query_row(params![self.feed, kind, value], |row| row.get(0))
            .optional()?;
        let Some(row) = known else {
            return show::make_facet(self.connection, (self.feed, *kind, value), [shown, *lent]);
        };
        self.connection
            .prepare_cached("UPDATE facet SET shown = shown + ?2, lent = lent + ?3 WHERE row = ?1")?
            .execute([row, shown, *lent])?;
        Ok(row)
    }
}
