//! What is known, kept: entries, the source's validators and its next due time in
//! one commit, and never less than one.
//!
//! In: [`Commit`]s. Out: stored entries, narrow rows first. A trait in the field's
//! words, so that another database is one folder more. Never renders, never decides
//! what changed, never reads the clock.

mod commit;
mod damage;
mod hub;
mod placing;
mod serve;
mod source;
mod sqlite;
mod subscription;
mod visit;

pub use commit::{Commit, Flood, KnownFile, Touch, Written};
pub use damage::{Checked, Damage, StoreError};
pub use hub::{HubStore, Subscriber};
pub use placing::{Arrival, Filed, Lent, Placing};
pub use serve::{DocumentFacts, FacetCount, FacetKind, FeedFacts, Selection, ServeStore, document_path};
pub use source::{Asked, Moving, Said, SourceRecord, SourceState};
pub use sqlite::SqliteStore;
pub use subscription::{Stage, Subscription};
pub use visit::{Visit, visited};

use crate::model::Entry;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Everything that is asked of a store: this by those who collect. Calls block: async
/// callers go through a blocking thread.
pub trait Store: ServeStore {
    /// Makes the feeds and sources those of the definitions; a feed or source that
    /// is no longer defined keeps its history and is served no more. The state of
    /// every defined source, in the order given.
    fn adopt(&self, feeds: &[FeedRecord], now: DateTime<Utc>) -> Result<Vec<SourceState>, StoreError>;
    /// The state of one source.
    fn source(&self, source: SourceRow) -> Result<SourceState, StoreError>;
    /// The narrow rows of a source's entries, those that are gone too.
    fn recall(&self, source: SourceRow) -> Result<Vec<Recalled>, StoreError>;
    /// The same of those entries alone that have one of these keys.
    fn recall_keys(&self, source: SourceRow, keys: &[&str]) -> Result<Vec<Recalled>, StoreError>;
    /// One stored entry whole, as its source wrote it.
    fn entry(&self, entry: EntryRow) -> Result<Entry, StoreError>;
    /// The files read for a source.
    fn files(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError>;
    /// The same of the files alone that asked for other posts.
    fn files_asking(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError>;
    /// The same of the files at these paths alone.
    fn files_at(&self, source: SourceRow, paths: &[&str]) -> Result<Vec<KnownFile>, StoreError>;
    /// Entries, validators, due time and status in one transaction.
    fn apply(&self, commit: Commit) -> Result<(), StoreError>;
    /// Stores the state of a source whose times a wrong clock had set, unless it was collected
    /// since: its last collection is no longer this one.
    fn put_right(&self, state: &SourceState, last: Option<DateTime<Utc>>) -> Result<(), StoreError>;
    /// Each live entry of a source with its own categories and tags, to be filed anew.
    fn filings(&self, source: SourceRow) -> Result<Vec<Filed>, StoreError>;
    /// Files entries anew after a changed definition.
    fn refile(
        &self,
        source: SourceRow,
        filed: Vec<Filed>,
        filing_hash: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Every entry that a feed shows now, newest first, but for those that it has from
    /// `borrower` itself; none of a feed that isn't defined.
    fn lent(&self, feed: &str, borrower: &str) -> Result<Vec<Lent>, StoreError>;
    /// Such an entry whole: under the id that it is served by, filed where it is shown.
    fn lend(&self, entry: EntryRow) -> Result<Entry, StoreError>;
    /// Shows what has become visible and hides what has expired by `now`; when the
    /// next such moment is.
    fn turn_over(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError>;
    /// Made by chance when the store was, and kept: what sets the pace of this daemon
    /// apart from that of others with the same feeds.
    fn instance(&self) -> Result<[u8; 16], StoreError>;
    /// Live entries of each source, for the status.
    fn counts(&self) -> Result<Vec<(SourceRow, usize)>, StoreError>;
    /// Which of these keys belong to entries that retention has let go.
    fn forgotten(&self, source: SourceRow, keys: &[String]) -> Result<HashSet<String>, StoreError>;
    /// The entries of a source that its origin no longer has, as [`Commit::departed`] said last,
    /// and that stand at an earlier date than `before`, or are not among the newest `most` that
    /// are stored of it.
    fn departed(
        &self,
        source: SourceRow,
        before: Option<DateTime<Utc>>,
        most: Option<usize>,
    ) -> Result<Vec<EntryRow>, StoreError>;
    /// Which entry of a source goes by this id of its own.
    fn bearer(&self, source: SourceRow, id: &str) -> Result<Option<EntryRow>, StoreError>;
    /// Which of these ids were made for entries of the source's feed, in place of their own.
    fn made(&self, source: SourceRow, ids: &[String]) -> Result<HashSet<String>, StoreError>;
    /// Every WebSub subscription.
    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError>;
    /// Stores a subscription as it is now, in place of what was known of it.
    fn keep_subscription(&self, subscription: &Subscription) -> Result<(), StoreError>;
    /// Forgets the subscription of this request.
    fn forget_subscription(&self, request: [u8; 32]) -> Result<(), StoreError>;
    /// When each URL was last asked, and until when it is left alone.
    fn visits(&self) -> Result<Vec<Visit>, StoreError>;
    /// The state of every source that a feed has now.
    fn sources(&self, feed: &str) -> Result<Vec<SourceState>, StoreError>;
    /// When each source is due, of one feed or of all: the feed's id, the source's, the time.
    /// Those that are never due are left out.
    fn dues(&self, feed: Option<&str>) -> Result<Vec<(String, String, DateTime<Utc>)>, StoreError>;
}

/// Which part of a daemon works on a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Whole,
    /// What collects: all that is shown is written by it.
    Polling,
    /// What serves: it reads what is shown and remembers what it rendered.
    Serving,
}

/// A source's row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceRow(pub i64);

/// An entry's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryRow(pub i64);

/// A feed as the store has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedRecord {
    /// The feed's id.
    pub id: String,
    /// The Atom id that it gets when it is adopted for the first time: `urn:uuid:…`.
    pub atom_id: String,
    /// Hash of what changes its documents.
    pub definition_hash: [u8; 32],
    /// Ids that it had: the history under one of them is its own.
    pub was: Vec<String>,
    /// Its sources.
    pub sources: Vec<SourceRecord>,
}

/// The narrow row of an entry: enough to decide what changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Recalled {
    /// Its row.
    pub row: EntryRow,
    /// How it is found again.
    pub keys: Vec<String>,
    /// Where it stood in its source.
    pub at: String,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 16],
    /// Hash of what is served of it.
    pub served_hash: [u8; 16],
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
    /// Whether it has left its source.
    pub gone: bool,
    /// Whether the flood guard holds it.
    pub held: bool,
}
