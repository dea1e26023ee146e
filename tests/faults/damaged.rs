//! Bytes that flip in the database, files that are cut, databases that are not ours.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::world::World;
use feedmill::model::{EntryOrder, Facet};
use feedmill::store::{FacetKind, Selection, ServeStore, SqliteStore};
use std::{collections::BTreeSet, fs, path::Path};

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    let mut world = World::with(scale.of(6, 3), 20, "schedule: every 1h");
    (0..world.feeds).for_each(|feed| world.press.publish(&crate::world::path(feed), 30));
    let mut daemon = world.app.start();
    world.refresh();
    drop(world.survey(&daemon));
    daemon.signal("TERM");
    daemon.end(std::time::Duration::from_secs(10));
    let state = world.app.path("state");
    // Opened and closed, its log is in the file.
    let expected = Picture::of(&state).expect("whole");
    let whole = fs::read(state.join("feedmill.db")).unwrap();
    vec![flips(scale, chance, &state, &whole, &expected), cuts(scale, chance, &state, &whole, &expected)]
}

/// What became of damaged files.
#[derive(Default)]
struct Found {
    harmless: usize,
    detected: usize,
    /// Damaged, and `store check` says that it is sound.
    missed: Vec<String>,
    /// Something else was read than was written, and nobody was told.
    silent: Vec<String>,
}

impl Found {
    fn look(&mut self, what: &str, state: &Path, bytes: &[u8], expected: &Picture) {
        put(state, bytes);
        let sound = SqliteStore::check(state).is_ok_and(|checked| checked.damage.is_empty());
        let stored = if sound { expected.stored_otherwise(state) } else { None };
        put(state, bytes);
        let unlike = match Picture::of(state) {
            Some(picture) if !picture.told => picture.unlike(expected),
            _ => None,
        };
        match (sound, stored) {
            (false, _) => self.detected += 1,
            (true, None) => self.harmless += 1,
            (true, Some(stored)) => self.missed.push(format!("{what}: {stored}")),
        }
        if let Some(unlike) = unlike {
            self.silent.push(format!("{what}: {unlike}"));
        }
    }

    fn row(self, fault: String) -> Row {
        let Self { harmless, detected, missed, silent } = self;
        let mut found = format!(
            "{detected} found by `store check`, {harmless} harmless, {} missed; {} silently wrong when read",
            missed.len(),
            silent.len()
        );
        for what in missed.iter().chain(&silent).take(5) {
            found += &format!("; {what}");
        }
        Row::new(
            fault,
            "each found or harmless, 0 silently wrong",
            found,
            missed.is_empty() && silent.is_empty(),
        )
    }
}

fn flips(scale: Scale, chance: &mut Chance, state: &Path, whole: &[u8], expected: &Picture) -> Row {
    let (flips, mut found) = (scale.of(500, 25), Found::default());
    for _ in 0..flips {
        let (at, bit) = (chance.below(whole.len()), chance.below(8));
        let mut bytes = whole.to_vec();
        bytes[at] ^= 1 << bit;
        found.look(&format!("bit {bit} of byte {at}"), state, &bytes, expected);
    }
    put(state, whole);
    found.row(format!("{flips} bits flipped in a database of {} kB", whole.len() >> 10))
}

fn cuts(scale: Scale, chance: &mut Chance, state: &Path, whole: &[u8], expected: &Picture) -> Row {
    let (cuts, mut found) = (scale.of(40, 3), Found::default());
    for cut in 0..cuts {
        let at = if cut == 0 { 0 } else { chance.below(whole.len()) };
        found.look(&format!("cut at {at}"), state, &whole[..at], expected);
    }
    put(state, whole);
    found.row(format!("the database cut at {cuts} places"))
}

fn put(state: &Path, bytes: &[u8]) {
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(state.join(format!("feedmill.db{ending}")));
    }
    fs::write(state.join("feedmill.db"), bytes).unwrap();
}

/// Everything that is read of a store to serve it, and whether damage was told.
struct Picture {
    read: Vec<String>,
    told: bool,
    stored: Vec<String>,
}

impl Picture {
    /// `None` where it is refused.
    fn of(state: &Path) -> Option<Self> {
        let store = SqliteStore::open(state).ok()?;
        let (mut read, mut failed) = (Vec::new(), false);
        let feeds: Vec<String> = (0..10).map(|feed| format!("f{feed}")).chain(["news".to_owned()]).collect();
        for feed in &feeds {
            match store.feed(feed) {
                Ok(facts) => read.push(format!("{facts:?}")),
                Err(_) => failed = true,
            }
            let mut facets = vec![Facet::Whole];
            for kind in [FacetKind::Category, FacetKind::Source] {
                match store.facets(&[feed], kind) {
                    Ok(found) => facets.extend(found.into_iter().map(|count| count.facet)),
                    Err(_) => failed = true,
                }
            }
            for facet in &facets {
                let selection = Selection {
                    feeds: &[feed],
                    among: &[],
                    facet,
                    order: EntryOrder::Published,
                    limit: 1000,
                };
                match store.select(&selection) {
                    Ok(mut entries) => {
                        entries.iter_mut().for_each(as_served);
                        read.push(format!("{entries:?}"));
                    }
                    Err(_) => failed = true,
                }
            }
        }
        let told = failed || !store.damage().is_empty();
        drop(store);
        Some(Self { read, told, stored: dump(state)? })
    }

    /// The first thing that is read otherwise.
    fn unlike(&self, other: &Self) -> Option<String> {
        first_unlike(&self.read, &other.read)
    }

    /// The first row of a table that is otherwise than it was.
    fn stored_otherwise(&self, state: &Path) -> Option<String> {
        match dump(state) {
            Some(stored) => first_unlike(&stored, &self.stored),
            None => Some("not all tables can be read".to_owned()),
        }
    }
}

/// The first line that differs, from a little before where it does.
fn first_unlike(found: &[String], expected: &[String]) -> Option<String> {
    let Some((one, other)) = found.iter().zip(expected).find(|(one, other)| one != other) else {
        return (found.len() != expected.len()).then(|| "there is more or less than there was".to_owned());
    };
    let same = one.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let cut = |line: &str| line.chars().skip(same.saturating_sub(60)).take(120).collect::<String>();
    let head: String = one.chars().take(20).collect();
    Some(format!("in `{head}…` `{}` for `{}`", cut(one), cut(other)))
}

/// Without that by which an entry is found again and filtered, which is never served.
fn as_served(entry: &mut feedmill::model::FeedEntry) {
    entry.entry.keys.clear();
    entry.entry.meta.clear();
}

/// Every value in every table; `None` where they can't all be read.
fn dump(state: &Path) -> Option<Vec<String>> {
    let connection = rusqlite::Connection::open(state.join("feedmill.db")).ok()?;
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name").ok()?;
    let schema: Vec<(String, String, Option<String>)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .ok()?
        .collect::<Result<_, _>>()
        .ok()?;
    let mut all: Vec<String> = schema.iter().map(|row| format!("{row:?}")).collect();
    let tables: BTreeSet<&String> = schema.iter().filter(|row| row.0 == "table").map(|row| &row.1).collect();
    for table in tables {
        let mut statement = connection.prepare(&format!("SELECT * FROM \"{table}\"")).ok()?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(_) => return None,
            };
            let values = (0..columns).map(|at| row.get_ref(at).map(|value| format!("{value:?}")));
            all.push(format!("{table}: {}", values.collect::<Result<Vec<_>, _>>().ok()?.join(" ")));
        }
    }
    Some(all)
}
