//! The checksum of a row: written with it, compared when it is read, so that a
//! damaged row is a named problem and not a wrong answer.
//!
//! A row that is changed in part is summed anew only where it was sound: what was damaged stays so,
//! under a sum that no row has.
//!
//! A facet's counts and what an entry says of its own places are not covered: they are
//! found damaged by what they have to agree with (see `check`).

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};
use std::fmt;

/// A table whose rows carry a checksum.
pub(super) struct Summed {
    /// Its name.
    pub(super) table: &'static str,
    /// An SQL expression that names a row to people.
    pub(super) name: &'static str,
    /// What the checksum covers, in this order.
    pub(super) columns: &'static str,
}

pub(super) const FEED: Summed = Summed {
    table: "feed",
    name: "id",
    columns: "id, atom_id, sequence, changed_at, definition_hash, defined",
};

pub(super) const SOURCE: Summed = Summed {
    table: "source",
    name: "(SELECT feed.id FROM feed WHERE feed.row = source.feed) || '/' || id",
    columns: "feed, key, id, kind, location, defined, due, due_because, last, outcome, problems, failures, \
     since, spells, succeeded, bytes, collected, first_collected, etag, last_modified, validators_from, body_hash, \
     current_location, request_hash, moving, adopted, not_before, busy, asked, said, gone, change_interval, collect_hash, \
     filing_hash, held_since, most_new, site_config, rank",
};

/// `shown`, `placed_at` and `arrived` are not covered: they say the same as `place`, and are
/// compared with that.
pub(super) const ENTRY: Summed = Summed {
    table: "entry",
    name: "id",
    columns: "feed, source, id, urn, iri, twin, at, raw_hash, served_hash, first_seen, stands_at, \
     visible_from, visible_until, state, filed, own_from, own_until, windows, twin_key, face, united, \
     lent_by, had_arrived, buried",
};

pub(super) const BODY: Summed = Summed {
    table: "body",
    name: "coalesce((SELECT entry.id FROM entry WHERE entry.row = body.entry), body.entry)",
    columns: "entry, fields",
};

pub(super) const META: Summed = Summed {
    table: "meta",
    name: "coalesce((SELECT entry.id FROM entry WHERE entry.row = meta.entry), meta.entry)",
    columns: "entry, fields",
};

pub(super) const FILE: Summed = Summed {
    table: "file",
    name: "path",
    columns: "source, path, modified_ns, size, inode, hash, entry_key, problems, asked",
};

pub(super) const DOCUMENT: Summed =
    Summed { table: "document", name: "path", columns: "path, rendered_from, etag, last_modified" };

pub(super) const PAST: Summed = Summed {
    table: "past",
    name: "coalesce((SELECT entry.id FROM entry WHERE entry.row = past.entry), past.entry)",
    columns: "entry, arrived, stands_at, fields, filed",
};

pub(super) const KEY: Summed = Summed { table: "entry_key", name: "key", columns: "source, key, entry" };

pub(super) const TWINS: Summed = Summed { table: "twins", name: "key", columns: "feed, key, face" };

pub(super) const FORGOTTEN: Summed = Summed { table: "forgotten", name: "hex(key)", columns: "source, key" };

pub(super) const DEPARTED: Summed = Summed {
    table: "departed",
    name: "coalesce((SELECT entry.id FROM entry WHERE entry.row = departed.entry), departed.entry)",
    columns: "source, stands_at, entry",
};

/// `shown` and `lent` are not covered: they count what is in `place`.
pub(super) const FACET: Summed =
    Summed { table: "facet", name: "value", columns: "feed, kind, value, folded" };

pub(super) const PLACE: Summed = Summed {
    table: "place",
    name: "coalesce((SELECT entry.id FROM entry WHERE entry.row = place.entry), place.entry)",
    columns: "facet, stands_at, entry, arrived",
};

pub(super) const INSTANCE: Summed =
    Summed { table: "instance", name: "hex(id)", columns: "id, arrivals, entries" };

pub(super) const ANNOUNCED: Summed = Summed { table: "announced", name: "topic", columns: "topic, etag" };

pub(super) const SUBSCRIBER: Summed =
    Summed { table: "subscriber", name: "callback", columns: "topic, callback, secret, expires, delivered" };

pub(super) const SUBSCRIPTION: Summed = Summed {
    table: "subscription",
    name: "topic",
    columns: "request, hub, topic, callback, secret, stage, lease_ends, next, failures, problem",
};

pub(super) const VISIT: Summed =
    Summed { table: "visit", name: "hex(url)", columns: "url, last, not_before, busy" };

pub(super) const ALL: [&Summed; 19] = [
    &FEED,
    &SOURCE,
    &ENTRY,
    &BODY,
    &META,
    &FILE,
    &DOCUMENT,
    &PAST,
    &KEY,
    &TWINS,
    &FORGOTTEN,
    &DEPARTED,
    &FACET,
    &PLACE,
    &INSTANCE,
    &VISIT,
    &SUBSCRIPTION,
    &ANNOUNCED,
    &SUBSCRIBER,
];

impl Summed {
    /// The names of the rows that are not as they were written, at most so many.
    pub(super) fn damaged(&self, connection: &Connection, limit: usize) -> rusqlite::Result<Vec<String>> {
        let Self { table, name, columns } = self;
        let mut statement = connection.prepare(&format!(
            "SELECT CAST({name} AS BLOB) FROM {table} WHERE checksum IS NOT row_sum({columns}) LIMIT {limit}"
        ))?;
        let names = statement.query_map([], |row| {
            let name: Option<Vec<u8>> = row.get(0)?;
            Ok(String::from_utf8_lossy(&name.unwrap_or_default()).into_owned())
        })?;
        names.collect()
    }
}

/// Makes `row_sum(…)` known to a connection.
pub(super) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("row_sum", -1, flags, |context| Ok(row_sum(context)))
}

/// CRC-32 over the values, each with its type and length: what storage does to a row is
/// found, and it costs a tenth of a hash that somebody might want to forge.
fn row_sum(context: &Context<'_>) -> i64 {
    let mut sum = Sum { hasher: crc32fast::Hasher::new(), gathered: [0; 512], length: 0 };
    for place in 0..context.len() {
        match context.get_raw(place) {
            ValueRef::Null => sum.value(0, &[]),
            ValueRef::Integer(number) => sum.value(1, &number.to_le_bytes()),
            ValueRef::Real(number) => sum.value(2, &number.to_le_bytes()),
            ValueRef::Text(text) => sum.value(3, text),
            ValueRef::Blob(bytes) => sum.value(4, bytes),
        }
    }
    sum.flush();
    i64::from(sum.hasher.finalize())
}

/// The checksum of a row of `place`, of which there are many: as `row_sum` has it.
pub(super) fn of_place(columns: [i64; 4]) -> i64 {
    let mut sum = Sum { hasher: crc32fast::Hasher::new(), gathered: [0; 512], length: 0 };
    for column in columns {
        sum.value(1, &column.to_le_bytes());
    }
    sum.flush();
    i64::from(sum.hasher.finalize())
}

/// Small values are gathered: many bytes at once are summed several times as fast.
struct Sum {
    hasher: crc32fast::Hasher,
    gathered: [u8; 512],
    length: usize,
}

impl Sum {
    fn value(&mut self, kind: u8, bytes: &[u8]) {
        self.put(&[kind]);
        self.put(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.put(bytes);
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.length + bytes.len() > self.gathered.len() {
            self.flush();
        }
        match self.gathered.get_mut(self.length..self.length + bytes.len()) {
            Some(place) => {
                place.copy_from_slice(bytes);
                self.length += bytes.len();
            }
            None => self.hasher.update(bytes),
        }
    }

    fn flush(&mut self) {
        self.hasher.update(self.gathered.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}

/// A row that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Damaged {
    /// What the row holds, and its name.
    pub(super) what: String,
}

impl Damaged {
    pub(super) fn entry(id: &str) -> Error {
        Self { what: format!("the entry `{id}` is damaged") }.into_error()
    }

    pub(super) fn feed(id: &str) -> Error {
        Self { what: format!("what is known of the feed `{id}` is damaged") }.into_error()
    }

    pub(super) fn key(key: &str) -> Error {
        Self { what: format!("the key `{key}` of an entry is damaged") }.into_error()
    }

    pub(super) fn facet(value: &str) -> Self {
        let what = if value.is_empty() {
            "the list of a feed's entries is damaged".to_owned()
        } else {
            format!("the list of entries in `{value}` is damaged")
        };
        Self { what }
    }

    pub(super) fn source(name: &str) -> Error {
        Self { what: format!("what is known of the source `{name}` is damaged") }.into_error()
    }

    fn into_error(self) -> Error {
        self.into()
    }

    /// The damage behind an error, if that is what it is.
    pub(super) fn behind(error: &Error) -> Option<&Self> {
        match error {
            Error::UserFunctionError(inner) => inner.downcast_ref(),
            _ => None,
        }
    }
}

impl From<Damaged> for Error {
    fn from(damaged: Damaged) -> Self {
        Self::UserFunctionError(Box::new(damaged))
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl std::error::Error for Damaged {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_column_is_covered_but_those_that_are_compared_otherwise() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        connection.execute_batch(include_str!("schema.sql")).unwrap();
        for summed in ALL {
            let table = summed.table;
            let names = format!("SELECT name FROM pragma_table_info('{table}')");
            let mut statement = connection.prepare(&names).unwrap();
            let mut there: BTreeSet<String> =
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
            let covered: BTreeSet<String> =
                summed.columns.split(',').map(|name| name.trim().to_owned()).collect();
            for apart in ["row", "shown", "placed_at", "arrived", "lent", "checksum"] {
                if !covered.contains(apart) {
                    there.remove(apart);
                }
            }
            assert_eq!(covered, there, "{table}");
        }
    }

    #[test]
    fn the_triggers_sum_what_is_compared() {
        let schema: String = include_str!("schema.sql").split_whitespace().collect();
        for (summed, times) in [(FEED, 3), (SOURCE, 3), (ENTRY, 2)] {
            let columns: String = summed.columns.split_whitespace().collect();
            assert_eq!(schema.matches(&columns).count(), times, "{}", summed.table);
            let before: Vec<String> = columns.split(',').map(|name| format!("OLD.{name}")).collect();
            let before = format!("iif(OLD.checksumISrow_sum({}),", before.join(","));
            assert_eq!(schema.matches(&before).count(), 1, "{}", summed.table);
        }
    }

    #[test]
    fn a_value_cannot_slip_into_its_neighbour() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let sum = |values: &str| {
            connection
                .query_row(&format!("SELECT row_sum({values})"), [], |row| row.get::<_, i64>(0))
                .unwrap()
        };
        let sums = ["'ab', 'c'", "'a', 'bc'", "'abc'", "x'616263'", "NULL, 'abc'", "1, 2", "2, 1"].map(sum);
        assert_eq!(sums.iter().collect::<BTreeSet<_>>().len(), sums.len());
    }

    #[test]
    fn a_place_is_summed_as_other_rows() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        let sum = "SELECT row_sum(1, -2, 9223372036854775807, 0)";
        let sum: i64 = connection.query_row(sum, [], |row| row.get(0)).unwrap();
        assert_eq!(of_place([1, -2, i64::MAX, 0]), sum);
    }

    #[test]
    fn long_values_are_summed_as_short_ones() {
        let connection = Connection::open_in_memory().unwrap();
        register(&connection).unwrap();
        for length in [0, 1, 7].into_iter().chain(480..530).chain([4096]) {
            let text = "x".repeat(length);
            let sum: i64 =
                connection.query_row("SELECT row_sum(?1, 'y', ?1)", [&text], |row| row.get(0)).unwrap();
            let mut whole = crc32fast::Hasher::new();
            for value in [text.as_str(), "y", text.as_str()] {
                whole.update(&[3]);
                whole.update(&(value.len() as u64).to_le_bytes());
                whole.update(value.as_bytes());
            }
            assert_eq!(sum, i64::from(whole.finalize()), "{length}");
        }
    }
}
