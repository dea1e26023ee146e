//! Showing what a collection brought, all of it at once.
//!
//! As `show` does it one by one, but a facet is looked up and counted up once for all
//! of them, and so is the number of arrivals. An entry that has, or had, twins goes the
//! long way.

use crate::store::sqlite::arrive;
use crate::store::sqlite::show::{self, Standing};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use std::collections::HashMap;

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
    let mut shown = false;
    let mut fresh = Fresh::begin(connection, feed)?;
    for row in rows {
        let entry = show::standing(connection, row)?;
        if entry.is_alone() {
            if entry.may_be_shown(now.timestamp_millis()) {
                fresh.put_in(&entry)?;
                shown = true;
            }
        } else {
            fresh.end()?;
            shown |= show::show(connection, &entry, now)?;
            fresh = Fresh::begin(connection, feed)?;
        }
    }
    fresh.end()?;
    Ok(shown)
}

/// A facet, and what it shows more from now on.
#[derive(Debug)]
struct Count {
    row: i64,
    shown: i64,
    lent: i64,
}

struct Fresh<'a> {
    connection: &'a Connection,
    feed: i64,
    counts: HashMap<(i64, String), Count>,
    arrivals: i64,
    known_arrivals: i64,
}

impl<'a> Fresh<'a> {
    fn begin(connection: &'a Connection, feed: i64) -> rusqlite::Result<Self> {
        let arrivals = arrive::given(connection)?;
        Ok(Self { connection, feed, counts: HashMap::new(), arrivals, known_arrivals: arrivals })
    }

    fn put_in(&mut self, entry: &Standing) -> rusqlite::Result<()> {
        let next = self.arrivals + 1;
        let arrived: i64 = self
            .connection
            .prepare_cached(
                "UPDATE entry SET shown = 1, placed_at = stands_at, arrived = coalesce(had_arrived, ?2)
                 WHERE row = ?1 RETURNING arrived",
            )?
            .query_row([entry.row, next], |row| row.get(0))?;
        self.arrivals = self.arrivals.max(arrived);
        let mut place = self
            .connection
            .prepare_cached("INSERT INTO place (facet, stands_at, entry, arrived) VALUES (?1, ?2, ?3, ?4)")?;
        for facet in entry.facets() {
            let count = match self.counts.entry(facet) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => {
                    let row = show::facet_row(self.connection, self.feed, new.key().0, &new.key().1)?;
                    new.insert(Count { row, shown: 0, lent: 0 })
                }
            };
            count.shown += 1;
            count.lent += i64::from(entry.lent);
            place.execute(params![count.row, entry.stands_at, entry.row, arrived])?;
        }
        Ok(())
    }

    fn end(self) -> rusqlite::Result<()> {
        let mut add = self
            .connection
            .prepare_cached("UPDATE facet SET shown = shown + ?2, lent = lent + ?3 WHERE row = ?1")?;
        for Count { row, shown, lent } in self.counts.values() {
            add.execute([row, shown, lent])?;
        }
        if self.arrivals != self.known_arrivals {
            arrive::give(self.connection, self.arrivals)?;
        }
        Ok(())
    }
}
