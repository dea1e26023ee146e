//! The store in one SQLite file, WAL mode.
//!
//! In: a state directory. Out: a [`Store`]. One thread writes, many read; writes
//! that wait together are committed together. A file that is not ours, newer than we
//! are, damaged or empty is refused, by a message that tells them apart, and never
//! touched. A row that is not as it was written is left out and named.

mod adopt;
mod apply;
mod arrive;
mod backup;
mod body;
mod bury;
mod check;
mod choose;
mod codec;
mod failure;
mod forget;
mod fresh;
mod hub;
mod hub_store;
mod insert;
mod iri;
mod lend;
mod lock;
mod migrate;
mod open;
mod read;
mod rendered;
mod scope;
mod select;
mod serve;
mod show;
mod sight;
mod subscription;
mod sum;
mod turn;
mod twins;
mod visit;
mod writer;

use crate::model::Entry;
use crate::store::{
    Checked, Commit, EntryRow, FeedRecord, Filed, KnownFile, Lent, Part, Recalled, SourceRow, SourceState,
    Store, StoreError, Subscription, Visit,
};
use chrono::{DateTime, Utc};
use rendered::Rendered;
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, HashSet, btree_map::Entry as Slot},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use writer::Writer;

/// Connections kept open for reading; more are opened while more read at once.
const READERS_KEPT: usize = 4;

/// A store in `STATE/feedmill.db`.
pub struct SqliteStore {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    rendered: Arc<Rendered>,
    path: PathBuf,
    /// What was met damaged, and in which feed.
    damage: Mutex<BTreeMap<sum::Damaged, String>>,
    part: Part,
    /// The latest time that was told here; before anything was, that of the last collection.
    latest: Mutex<Option<DateTime<Utc>>>,
    /// Held as long as the store is open: one daemon a state directory, or one of each part.
    _locks: Vec<std::fs::File>,
}

impl SqliteStore {
    /// Opens the store of a state directory and makes it when there is none.
    ///
    /// # Errors
    /// The directory can't be written, another process holds it (named with its
    /// pid), the database isn't ours, is newer than this version, or is damaged.
    pub fn open(state: &Path) -> Result<Self, StoreError> {
        Self::open_for(state, Part::Whole)
    }

    /// Opens the store of a state directory for a part of a daemon, beside which the other
    /// part may have it open.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], where another process holds this part of it; for
    /// [`Part::Serving`] too where there is no store yet.
    pub fn open_for(state: &Path, part: Part) -> Result<Self, StoreError> {
        let locks = lock::lock(state, part)?;
        let path = state.join(open::NAME);
        let connection = match part {
            Part::Whole | Part::Polling => open::database(&path)?,
            Part::Serving => open::made(&path)?,
        };
        let damage = Mutex::default();
        let writer = Writer::start(connection)?;
        Ok(Self {
            writer,
            readers: Mutex::new(Vec::new()),
            rendered: Arc::default(),
            path,
            damage,
            part,
            latest: Mutex::default(),
            _locks: locks,
        })
    }

    /// Looks at everything in the store of a state directory and compares what has to
    /// agree; also while a daemon runs on it. Changes nothing.
    ///
    /// # Errors
    /// There is no store, or it can't be opened at all: damaged beyond reading, empty,
    /// another program's, or a newer version's.
    pub fn check(state: &Path) -> Result<Checked, StoreError> {
        check::check(&state.join(open::NAME))
    }

    /// Copies the store of a state directory into one file, also while a daemon runs
    /// on it. A store that was there before is replaced once the copy is found sound.
    ///
    /// # Errors
    /// As [`SqliteStore::check`]; the store is damaged; `to` holds something else than
    /// a store, or can't be written.
    pub fn backup(state: &Path, to: &Path) -> Result<(), StoreError> {
        backup::backup(&state.join(open::NAME), to)
    }

    /// Puts a backup in the place of the store of a state directory. The old store is
    /// kept beside it under a name that ends in `aside`, or in that and a number; where that is,
    /// if there was one.
    ///
    /// # Errors
    /// A daemon holds the directory; the backup is no sound store; a hundred such names are taken.
    pub fn restore(state: &Path, from: &Path, aside: &str) -> Result<Option<PathBuf>, StoreError> {
        // Before a folder is made for it.
        backup::opened(from)?;
        let lock = lock::lock(state, Part::Whole)?;
        let kept = backup::restore(from, &state.join(open::NAME), aside);
        drop(lock);
        kept
    }

    /// Keeps what was met damaged in mind, and tells it once.
    fn tell(&self, feeds: &[&str], damaged: Vec<sum::Damaged>) {
        let Ok(mut known) = self.damage.lock() else { return };
        for damaged in damaged {
            let feed = feeds.first().copied().unwrap_or_default();
            if let Slot::Vacant(unknown) = known.entry(damaged) {
                let damaged = unknown.key();
                tracing::error!(feed, "{damaged}: it is left out; `feedmill store check` lists all damage");
                unknown.insert(feed.to_owned());
            }
        }
    }

    /// Whether the clock was later when the store heard of it last.
    fn is_put_back(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let known = self.latest.lock().map_or(None, |latest| *latest);
        let latest = match known {
            Some(latest) => Some(latest),
            None => self.read("looking when the store was written", turn::latest)?,
        };
        if let Ok(mut latest) = self.latest.lock() {
            *latest = Some(now);
        }
        Ok(latest.is_some_and(|latest| now < latest))
    }

    fn read<T>(
        &self,
        doing: &str,
        ask: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let kept = self.readers.lock().ok().and_then(|mut readers| readers.pop());
        let connection = match kept {
            Some(connection) => connection,
            None => open::reader(&self.path)?,
        };
        // One picture for all that is asked, whatever is written meanwhile.
        let answer = connection
            .unchecked_transaction()
            .and_then(|whole| ask(&whole))
            .map_err(|error| failure::failure(doing, &error));
        if let Ok(mut readers) = self.readers.lock()
            && readers.len() < READERS_KEPT
        {
            readers.push(connection);
        }
        answer
    }
}

impl Store for SqliteStore {
    fn adopt(&self, feeds: &[FeedRecord], now: DateTime<Utc>) -> Result<Vec<SourceState>, StoreError> {
        let feeds = feeds.to_vec();
        let adopting = move |connection: &Connection| adopt::adopt(connection, &feeds, now);
        let states = self.writer.write("adopting the definitions", true, adopting)?;
        // What can't be tidied away now is at the next start.
        let _ = self.writer.write("tidying", false, move |connection| visit::tidy(connection, now));
        Ok(states)
    }

    fn source(&self, source: SourceRow) -> Result<SourceState, StoreError> {
        self.read("reading a source", |connection| read::source(connection, source))
    }

    fn recall(&self, source: SourceRow) -> Result<Vec<Recalled>, StoreError> {
        self.read("recalling a source's entries", |connection| read::recall(connection, source))
    }

    fn recall_keys(&self, source: SourceRow, keys: &[&str]) -> Result<Vec<Recalled>, StoreError> {
        self.read("recalling entries", |connection| read::recall_keys(connection, source, keys))
    }

    fn entry(&self, entry: EntryRow) -> Result<Entry, StoreError> {
        self.read("reading an entry", |connection| body::load(connection, entry))
    }

    fn files(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError> {
        self.read("reading a source's files", |connection| read::files(connection, source))
    }

    fn files_asking(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError> {
        self.read("reading a source's files", |connection| read::files_asking(connection, source))
    }

    fn files_at(&self, source: SourceRow, paths: &[&str]) -> Result<Vec<KnownFile>, StoreError> {
        self.read("reading a source's files", |connection| read::files_at(connection, source, paths))
    }

    fn apply(&self, mut commit: Commit) -> Result<(), StoreError> {
        // What may have been served must not roll back at a power cut; a mere
        // validator may, it costs one more fetch.
        let quiet = commit.inserts.is_empty()
            && commit.replaces.is_empty()
            && commit.returns.is_empty()
            // A filter may hide or show what is merely touched.
            && commit.touches.is_empty()
            && commit.gone.is_empty()
            && commit.forgotten.is_empty();
        let source = commit.source.0;
        // The end of a collection may show what its batches, or one that was broken off, have stored.
        let shows = || self.read("looking for what waits", |connection| forget::waits(connection, source));
        let lasting = !quiet || (commit.settle.is_some() && shows()?);
        let doing = "storing a collection";
        let packed = body::Packed::of(&mut commit).map_err(|error| failure::failure(doing, &error))?;
        self.writer.write(doing, lasting, move |connection| apply::apply(connection, &commit, &packed))
    }

    fn put_right(&self, state: &SourceState, last: Option<DateTime<Utc>>) -> Result<(), StoreError> {
        let state = state.clone();
        self.writer
            .write("setting times right", false, move |connection| apply::put_right(connection, &state, last))
    }

    fn filings(&self, source: SourceRow) -> Result<Vec<Filed>, StoreError> {
        self.read("reading where entries are filed", |connection| read::filings(connection, source))
    }

    fn refile(
        &self,
        source: SourceRow,
        filed: Vec<Filed>,
        filing_hash: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.writer.write("filing entries anew", true, move |connection| {
            apply::refile(connection, source, &filed, filing_hash, now)
        })
    }

    fn lent(&self, feed: &str, borrower: &str) -> Result<Vec<Lent>, StoreError> {
        self.read("reading what a feed shows", |connection| lend::lent(connection, feed, borrower))
    }

    fn lend(&self, entry: EntryRow) -> Result<Entry, StoreError> {
        self.read("reading what a feed shows", |connection| body::lend(connection, entry.0))
    }

    fn turn_over(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        if self.is_put_back(now)? {
            self.writer.write("showing what a clock had run past", true, move |connection| {
                turn::turn_back(connection, now)
            })?;
        }
        let (ripe, next) =
            self.read("looking for what appears or expires", |connection| turn::next(connection, now))?;
        if !ripe {
            return Ok(next);
        }
        self.writer.write("showing what has become visible", true, move |connection| {
            turn::turn_over(connection, now)
        })
    }

    fn instance(&self) -> Result<[u8; 16], StoreError> {
        self.read("reading what tells this daemon from others", read::instance)
    }

    fn counts(&self) -> Result<Vec<(SourceRow, usize)>, StoreError> {
        self.read("counting entries", read::counts)
    }

    fn bearer(&self, source: SourceRow, id: &str) -> Result<Option<EntryRow>, StoreError> {
        self.read("looking for who has an id", |connection| read::bearer(connection, source, id))
    }

    fn made(&self, source: SourceRow, ids: &[String]) -> Result<HashSet<String>, StoreError> {
        self.read("looking for ids made by us", |connection| read::made(connection, source, ids))
    }

    fn forgotten(&self, source: SourceRow, keys: &[String]) -> Result<HashSet<String>, StoreError> {
        self.read("looking for forgotten entries", |connection| read::forgotten(connection, source, keys))
    }

    fn departed(
        &self,
        source: SourceRow,
        before: Option<DateTime<Utc>>,
        most: Option<usize>,
    ) -> Result<Vec<EntryRow>, StoreError> {
        self.read("looking for what has left its origin", |connection| {
            forget::departed(connection, source.0, before, most)
        })
    }

    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.read("reading subscriptions", subscription::all)
    }

    fn keep_subscription(&self, subscription: &Subscription) -> Result<(), StoreError> {
        let subscription = subscription.clone();
        self.writer.write("keeping a subscription", true, move |connection| {
            subscription::keep(connection, &subscription)
        })
    }

    fn forget_subscription(&self, request: [u8; 32]) -> Result<(), StoreError> {
        self.writer.write("forgetting a subscription", true, move |connection| {
            subscription::forget(connection, request)
        })
    }

    fn visits(&self) -> Result<Vec<Visit>, StoreError> {
        self.read("reading when URLs were last asked", visit::all)
    }

    fn sources(&self, feed: &str) -> Result<Vec<SourceState>, StoreError> {
        self.read("reading how sources stand", |connection| read::sources(connection, feed))
    }

    fn dues(&self, feed: Option<&str>) -> Result<Vec<(String, String, DateTime<Utc>)>, StoreError> {
        self.read("reading when sources are due", |connection| read::dues(connection, feed))
    }
}
