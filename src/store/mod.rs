//! What is known, kept: entries, the source's validators and its next due time in
//! one commit, and never less than one.
//!
//! In: [`Commit`]s. Out: stored entries, narrow rows first. A trait in the field's
//! words, so that another database is one folder more. Never renders, never decides
//! what changed, never reads the clock.

mod damage;
mod hub;
mod placing;
mod sqlite;
mod subscription;

pub use damage::{Checked, Damage, StoreError};
pub use hub::{HubStore, Subscriber};
pub use placing::{Arrival, Filed, Lent, Placing};
pub use sqlite::SqliteStore;
pub use subscription::{Stage, Subscription};

use crate::model::{
    CategoryPath, Choice, Entry, EntryOrder, Extension, Facet, FeedEntry, Format, Outcome, Problem,
    Validators,
};
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Everything that is asked of a store. Calls block: async callers go through a blocking thread.
pub trait Store: HubStore + Send + Sync {
    /// Makes the feeds and sources those of the definitions; a feed or source that
    /// is no longer defined keeps its history and is served no more. The state of
    /// every defined source, in the order given.
    fn adopt(&self, feeds: &[FeedRecord], now: DateTime<Utc>) -> Result<Vec<SourceState>, StoreError>;
    /// The state of one source.
    fn source(&self, source: SourceRow) -> Result<SourceState, StoreError>;
    /// The narrow rows of a source's entries, those that are gone too.
    fn recall(&self, source: SourceRow) -> Result<Vec<Recalled>, StoreError>;
    /// The same of those entries alone that have one of these keys.
    fn recall_keys(&self, source: SourceRow, keys: &[&str]) -> Result<Vec<Recalled>, StoreError> {
        let mut all = self.recall(source)?;
        all.retain(|entry| entry.keys.iter().any(|key| keys.contains(&key.as_str())));
        Ok(all)
    }
    /// One stored entry whole, as its source wrote it.
    fn entry(&self, entry: EntryRow) -> Result<Entry, StoreError>;
    /// The files read for a source.
    fn files(&self, source: SourceRow) -> Result<Vec<KnownFile>, StoreError>;
    /// The same of the files at these paths alone.
    fn files_at(&self, source: SourceRow, paths: &[&str]) -> Result<Vec<KnownFile>, StoreError> {
        let mut all = self.files(source)?;
        all.retain(|file| paths.contains(&file.path.as_str()));
        Ok(all)
    }
    /// Entries, validators, due time and status in one transaction.
    fn apply(&self, commit: Commit) -> Result<(), StoreError>;
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

    /// What is known of a feed as a whole; `None` for one never adopted.
    fn feed(&self, feed: &str) -> Result<Option<FeedFacts>, StoreError>;
    /// What each defined source of these feeds says of itself, in the order of the files.
    fn said(&self, _feeds: &[&str]) -> Result<Vec<Said>, StoreError> {
        Ok(Vec::new())
    }
    /// The newest entries of a facet over these feeds, newest first, ties by id.
    fn select(&self, selection: &Selection<'_>) -> Result<Vec<FeedEntry>, StoreError>;
    /// The newest entries that fit a choice, over the same feeds; the facet is not looked at.
    fn choose(&self, selection: &Selection<'_>, choice: &Choice) -> Result<Vec<FeedEntry>, StoreError>;
    /// Everything that a facet shows in the order of arrival, with what edited entries
    /// were before; empty where it all fits in one document of the selection's limit.
    fn arrivals(&self, _selection: &Selection<'_>) -> Result<Vec<Arrival>, StoreError> {
        Ok(Vec::new())
    }
    /// These arrivals as they are put out, newest first by the date they stand at.
    fn arrived(&self, _feeds: &[&str], _arrivals: &[Arrival]) -> Result<Vec<FeedEntry>, StoreError> {
        Ok(Vec::new())
    }
    /// Whether anything was ever filed under this facet in any of these feeds.
    fn knows(&self, feeds: &[&str], facet: &Facet) -> Result<bool, StoreError>;
    /// A known facet that differs from this one in case or Unicode normal form alone.
    fn resembling(&self, feeds: &[&str], facet: &Facet) -> Result<Option<Facet>, StoreError>;
    /// Every facet of one kind that was ever used in these feeds, with how many entries it shows now.
    fn facets(&self, feeds: &[&str], kind: FacetKind) -> Result<Vec<FacetCount>, StoreError>;
    /// What was last rendered at this address.
    fn document(&self, path: &str) -> Result<Option<DocumentFacts>, StoreError>;
    /// Remembers what was rendered at this address.
    fn keep_document(&self, path: &str, facts: &DocumentFacts) -> Result<(), StoreError>;
    /// The same of many at once.
    fn keep_documents(&self, documents: Vec<(String, DocumentFacts)>) -> Result<(), StoreError> {
        documents.iter().try_for_each(|(path, facts)| self.keep_document(path, facts))
    }
    /// Made by chance when the store was, and kept: what sets the pace of this daemon
    /// apart from that of others with the same feeds.
    fn instance(&self) -> Result<[u8; 16], StoreError> {
        Ok([0; 16])
    }
    /// Live entries of each source, for the status.
    fn counts(&self) -> Result<Vec<(SourceRow, usize)>, StoreError>;
    /// The damage that was met while reading since the store was opened: what is
    /// damaged is left out of what is served.
    fn damage(&self) -> Vec<Damage> {
        Vec::new()
    }
    /// Which of these keys belong to entries that retention has let go.
    fn forgotten(&self, _source: SourceRow, _keys: &[String]) -> Result<HashSet<String>, StoreError> {
        Ok(HashSet::new())
    }
    /// Which of these ids were made for entries of the source's feed, in place of their own.
    fn made(&self, _source: SourceRow, _ids: &[String]) -> Result<HashSet<String>, StoreError> {
        Ok(HashSet::new())
    }
    /// Every WebSub subscription.
    fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        Ok(Vec::new())
    }
    /// Stores a subscription as it is now, in place of what was known of it.
    fn keep_subscription(&self, _subscription: &Subscription) -> Result<(), StoreError> {
        Ok(())
    }
    /// Forgets the subscription of this request.
    fn forget_subscription(&self, _request: [u8; 32]) -> Result<(), StoreError> {
        Ok(())
    }
    /// When each source of a feed is due, by the source's id; those that are never due left out.
    fn dues(&self, _feed: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        Ok(Vec::new())
    }
    /// Counts up after every commit that may change what is shown, before it returns.
    /// Asked at every request: it answers from memory and never blocks. `None` from a
    /// store that others write to as well, so that nothing is served without asking it.
    fn generation(&self) -> Option<u64> {
        None
    }
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

/// A source as the store has to know it.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceRecord {
    /// What it is known by within its feed.
    pub key: String,
    /// Name in addresses.
    pub id: String,
    /// `posts`, `feed` …
    pub kind: String,
    /// Where it is by its definition.
    pub location: String,
}

/// What is known of a source.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SourceState {
    /// Its row.
    pub row: SourceRow,
    /// The feed's id.
    pub feed: String,
    /// What it is known by within its feed.
    pub key: String,
    /// Name in addresses.
    pub id: String,
    /// When it is due; `None` for one that is gone for good.
    pub due: Option<DateTime<Utc>>,
    /// Why then.
    pub due_because: String,
    /// The start of the last collection; `None` before the first.
    pub last: Option<DateTime<Utc>>,
    /// How that ended.
    pub outcome: Option<Outcome>,
    /// What was wrong.
    pub problems: Vec<Problem>,
    /// Collections in a row that failed.
    pub failures: u32,
    /// When it last began to fail or came back.
    pub since: Option<DateTime<Utc>>,
    /// The start of the last collection that did not fail.
    pub succeeded: Option<DateTime<Utc>>,
    /// Bytes of its last body on the wire; `None` for one that gave none.
    pub bytes: Option<u64>,
    /// Whether it was ever collected to the end.
    pub collected: bool,
    /// When the first collection began.
    pub first_collected: Option<DateTime<Utc>>,
    /// The origin's validators and what they belong to.
    pub validators: Validators,
    /// Hash of the last body, to tell an unchanged one without reading it.
    pub body_hash: Option<[u8; 32]>,
    /// Where it was found last, after redirects.
    pub current_location: Option<String>,
    /// The URL, headers and credentials, as a hash, that everything the origin said
    /// belongs to: another address starts without any of it.
    pub request_hash: Option<[u8; 32]>,
    /// The address that it is moving to for good, by its own word.
    pub moving: Option<Moving>,
    /// The address that it moved to for good: asked instead of the defined one.
    pub adopted: Option<String>,
    /// Not asked before this: the origin said so, or answered 429 or 503.
    pub not_before: Option<DateTime<Utc>>,
    /// The last answer was 429 or 503.
    pub busy: bool,
    /// What it asks of those who poll it.
    pub asked: Asked,
    /// What it says of itself that is put out again.
    pub said: Said,
    /// It answered 410: it is not asked again.
    pub gone: bool,
    /// How often it changed of late: the average time between changes in seconds, for `auto`.
    pub change_interval: Option<u32>,
    /// Hash of the definition that it was last collected under.
    pub collect_hash: Option<[u8; 32]>,
    /// Hash of the filing that its entries stand under.
    pub filing_hash: Option<[u8; 32]>,
    /// Since when the flood guard holds its new entries.
    pub held_since: Option<DateTime<Utc>>,
    /// The most new entries that one collection brought after the first.
    pub most_new: u32,
}

/// A permanent redirect that has not been seen often and long enough to be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Where to.
    pub to: String,
    /// When it was first seen.
    pub since: DateTime<Utc>,
    /// In how many polls in a row.
    pub polls: u32,
}

/// What a source says of itself that its feed's documents say again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Beside the formats' own elements.
    pub extensions: Vec<Extension>,
}

/// What an origin asked of those who poll it; kept, since a 304 does not say it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `Cache-Control: max-age` less `Age`, or `Expires`.
    pub fresh_for: Option<std::time::Duration>,
    /// RSS `ttl`.
    pub ttl: Option<std::time::Duration>,
    /// `sy:updatePeriod` by `sy:updateFrequency`.
    pub period: Option<std::time::Duration>,
    /// `sy:updateBase`: the periods are counted from here.
    pub base: Option<DateTime<Utc>>,
    /// RSS `skipHours`, 0–23 in GMT.
    pub skip_hours: Vec<u32>,
    /// RSS `skipDays`, in GMT.
    pub skip_days: Vec<chrono::Weekday>,
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
    pub raw_hash: [u8; 32],
    /// Hash of what is served of it.
    pub served_hash: [u8; 32],
    /// When it was first seen.
    pub first_seen: DateTime<Utc>,
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
    /// Whether it has left its source.
    pub gone: bool,
    /// Whether the flood guard holds it.
    pub held: bool,
}

/// A file that was read, and what tells whether it has to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFile {
    /// Path below what `posts` names.
    pub path: String,
    /// Modification time in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Size in bytes.
    pub size: u64,
    /// Inode number.
    pub inode: u64,
    /// Hash of its bytes.
    pub hash: [u8; 32],
    /// The entry it gave; `None` for one that gives none (a draft, a broken post).
    pub key: Option<String>,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
}

/// Everything that one collection, or one batch of it, changes.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The source collected.
    pub source: SourceRow,
    /// When the change was noticed.
    pub now: DateTime<Utc>,
    /// Entries that were not there before. Not shown until the settling commit.
    pub inserts: Vec<Insert>,
    /// Entries whose served form changed.
    pub replaces: Vec<Replace>,
    /// Entries whose bytes moved but not what is served: only the hash is kept.
    pub touches: Vec<Touch>,
    /// Entries that had left and are back as they were.
    pub returns: Vec<Touch>,
    /// Entries that left.
    pub gone: Vec<EntryRow>,
    /// Files read.
    pub files: Vec<KnownFile>,
    /// Files that are no more.
    pub forgotten_files: Vec<String>,
    /// Entries that retention lets go: nothing is left of them but that they were there.
    pub forgotten: Vec<EntryRow>,
    /// Held entries that their source has taken back: nothing is left of them.
    pub withdrawn: Vec<EntryRow>,
    /// What becomes of entries that the flood guard holds.
    pub flood: Flood,
    /// The end of the collection; absent in all but its last batch.
    pub settle: Option<Settle>,
}

/// What becomes of entries that are new, or were and are held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flood {
    /// New entries are shown, held ones stay held.
    #[default]
    None,
    /// New entries are held.
    Hold,
    /// New entries and held ones are shown.
    Release,
}

/// An entry to be stored for the first time.
#[derive(Debug, Clone)]
pub struct Insert {
    /// The entry, clean.
    pub entry: Entry,
    /// Where it is filed.
    pub filed: (Vec<CategoryPath>, Vec<String>),
    /// When it is seen, and with which it is one.
    pub placing: Placing,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 32],
    /// Hash of what is served of it.
    pub served_hash: [u8; 32],
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
}

/// A stored entry with a new text.
#[derive(Debug, Clone)]
pub struct Replace {
    /// Its row.
    pub row: EntryRow,
    /// The entry, clean; its `updated` is the one to be served. Its stored id stays.
    pub entry: Entry,
    /// Where it is filed.
    pub filed: (Vec<CategoryPath>, Vec<String>),
    /// When it is seen, and with which it is one.
    pub placing: Placing,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 32],
    /// Hash of what is served of it.
    pub served_hash: [u8; 32],
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
}

/// A stored entry whose bytes moved, but not what is served.
#[derive(Debug, Clone)]
pub struct Touch {
    /// Its row.
    pub row: EntryRow,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 32],
    /// How it is found again.
    pub keys: Vec<String>,
    /// Where it stands in its source.
    pub at: String,
    /// The post's metadata, which is never served.
    pub meta: Vec<(String, String)>,
    /// When it is seen, and with which it is one.
    pub placing: Placing,
}

/// The end of one collection.
#[derive(Debug, Clone)]
pub struct Settle {
    /// The source's state from now on; its row, feed, key and id are not written.
    pub state: SourceState,
}

/// What is known of a feed as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedFacts {
    /// Its Atom id, made once and kept: `urn:uuid:…`.
    pub atom_id: String,
    /// Counts up with every change of what it shows.
    pub sequence: u64,
    /// When that last was.
    pub changed_at: DateTime<Utc>,
    /// Entries shown now.
    pub entries: usize,
    /// Whether it is one of the definitions.
    pub defined: bool,
}

/// Which entries to put out.
#[derive(Debug, Clone)]
pub struct Selection<'a> {
    /// Feeds by id: one, or for `all` every one that is in it.
    pub feeds: &'a [&'a str],
    /// Which of their entries.
    pub facet: &'a Facet,
    /// Sorted by what.
    pub order: EntryOrder,
    /// At most so many.
    pub limit: usize,
}

/// The kind of a facet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FacetKind {
    /// All entries.
    Whole,
    /// Category paths.
    Category,
    /// Tags.
    Tag,
    /// Authors.
    Author,
    /// Sources.
    Source,
}

/// A facet and how many entries it shows now.
#[derive(Debug, Clone, PartialEq)]
pub struct FacetCount {
    /// The facet.
    pub facet: Facet,
    /// Entries shown now.
    pub entries: usize,
}

/// What was last rendered at an address: enough to answer 304 after a restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentFacts {
    /// The sequence number (of `all`: the sum) and the definition that it was rendered from.
    pub rendered_from: String,
    /// Hash of the bytes, hex: the `ETag` without quotes and coding.
    pub etag: String,
    /// When its bytes last changed.
    pub last_modified: DateTime<Utc>,
}

/// The address part that a format adds, for [`Store::document`] paths.
pub fn document_path(base: &str, format: Format) -> String {
    format!("{base}.{}", format.extension())
}
