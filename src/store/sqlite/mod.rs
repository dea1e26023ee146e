//! The store in one SQLite file, WAL mode.
//!
//! In: a state directory. Out: a [`Store`]. One thread writes, many read; writes
//! that wait together are committed together. A file that is not ours, or newer
//! than we are, is refused and never touched.

mod adopt;
mod apply;
mod body;
mod choose;
mod codec;
mod iri;
mod lend;
mod open;
mod read;
mod select;
mod show;
mod turn;
mod twins;
mod writer;

use crate::model::{Choice, Entry, Facet, FeedEntry};
use crate::store::{
    Commit, DocumentFacts, EntryRow, FacetCount, FacetKind, FeedFacts, FeedRecord, Filed, KnownFile, Lent,
    Recalled, Selection, SourceRow, SourceState, Store, StoreError,
};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::{path::Path, sync::Mutex};
use writer::Writer;

/// Connections kept open for reading; more are opened while more read at once.
const READERS_KEPT: usize = 4;

/// A store in `STATE/feedmill.db`.
pub struct SqliteStore {
    writer: Writer,
    readers: Mutex<Vec<Connection>>,
    path: std::path::PathBuf,
    /// Held as long as the store is open: one daemon a state directory.
    _lock: std::fs::File,
}

impl SqliteStore {
    /// Opens the store of a state directory and makes it when there is none.
    ///
    /// # Errors
    /// The directory can't be written, another process holds it (named with its
    /// pid), the database isn't ours, is newer than this version, or is damaged.
    pub fn open(state: &Path) -> Result<Self, StoreError> {
        let lock = open::lock(state)?;
        let path = state.join("feedmill.db");
        let connection = open::database(&path)?;
        Ok(Self { writer: Writer::start(connection)?, readers: Mutex::new(Vec::new()), path, _lock: lock })
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
        let answer = ask(&connection).map_err(|error| open::failure(doing, &error));
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
        self.writer
            .write("adopting the definitions", true, move |connection| adopt::adopt(connection, &feeds, now))
    }

    fn source(&self, source: SourceRow) -> Result<SourceState, StoreError> {
        self.read("reading a source", |connection| read::source(connection, source))
    }

    fn recall(&self, source: SourceRow) -> Result<Vec<Recalled>, StoreError> {
        self.read("recalling a source's entries", |connection| read::recall(connection, source))
    }

    fn entry(&self, entry: EntryRow) -> Result<Entry, StoreError> {
        self.read("reading an entry", |connection| body::load(connection, entry))
    }

    fn files(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError> {
        self.read("reading a source's files", |connection| read::files(connection, source))
    }

    fn apply(&self, commit: Commit) -> Result<(), StoreError> {
        // What may have been served must not roll back at a power cut; a mere
        // validator may, it costs one more fetch.
        let quiet = commit.inserts.is_empty() && commit.replaces.is_empty() && commit.returns.is_empty();
        let lasting = !(quiet && commit.gone.is_empty());
        self.writer
            .write("storing a collection", lasting, move |connection| apply::apply(connection, &commit))
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
        self.read("reading what a feed shows", |connection| lend::lend(connection, entry.0))
    }

    fn turn_over(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let (ripe, next) =
            self.read("looking for what appears or expires", |connection| turn::next(connection, now))?;
        if !ripe {
            return Ok(next);
        }
        self.writer.write("showing what has become visible", true, move |connection| {
            turn::turn_over(connection, now)
        })
    }

    fn feed(&self, feed: &str) -> Result<Option<FeedFacts>, StoreError> {
        self.read("reading a feed", |connection| read::feed(connection, feed))
    }

    fn select(&self, selection: &Selection<'_>) -> Result<Vec<FeedEntry>, StoreError> {
        self.read("choosing entries", |connection| select::select(connection, selection))
    }

    fn choose(&self, selection: &Selection<'_>, choice: &Choice) -> Result<Vec<FeedEntry>, StoreError> {
        self.read("choosing entries", |connection| choose::choose(connection, selection, choice))
    }

    fn knows(&self, feeds: &[&str], facet: &Facet) -> Result<bool, StoreError> {
        self.read("looking up a facet", |connection| {
            Ok(!select::facet_rows(connection, feeds, facet)?.is_empty())
        })
    }

    fn resembling(&self, feeds: &[&str], facet: &Facet) -> Result<Option<Facet>, StoreError> {
        self.read("looking for a facet like it", |connection| select::resembling(connection, feeds, facet))
    }

    fn facets(&self, feeds: &[&str], kind: FacetKind) -> Result<Vec<FacetCount>, StoreError> {
        self.read("listing facets", |connection| select::facets(connection, feeds, kind))
    }

    fn document(&self, path: &str) -> Result<Option<DocumentFacts>, StoreError> {
        self.read("reading a document's facts", |connection| read::document(connection, path))
    }

    fn keep_document(&self, path: &str, facts: &DocumentFacts) -> Result<(), StoreError> {
        let (path, facts) = (path.to_owned(), facts.clone());
        self.writer.write("keeping a document's facts", true, move |connection| {
            apply::keep_document(connection, &path, &facts)
        })
    }

    fn counts(&self) -> Result<Vec<(SourceRow, usize)>, StoreError> {
        self.read("counting entries", read::counts)
    }

    fn generation(&self) -> Option<u64> {
        // The lock on the state directory sees to it that nobody else writes.
        Some(self.writer.commits())
    }
}
