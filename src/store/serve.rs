//! What serving asks of a store: entries by feed and facet, and what was rendered of them.
//!
//! In: feeds, facets and limits. Out: entries as they are put out, and the facts of
//! documents. Nothing here changes an entry.

use crate::model::{Choice, Deleted, EntryOrder, Facet, FeedEntry, Format};
use crate::store::{Arrival, Damage, HubStore, Said, StoreError};
use chrono::{DateTime, Utc};

/// What serving asks of a store. Calls block, but for [`Self::generation`].
pub trait ServeStore: HubStore + Send + Sync {
    /// What is known of a feed as a whole; `None` for one never adopted.
    fn feed(&self, feed: &str) -> Result<Option<FeedFacts>, StoreError>;
    /// What each defined source of these feeds says of itself, in the order of the files.
    fn said(&self, _feeds: &[&str]) -> Result<Vec<Said>, StoreError> {
        Ok(Vec::new())
    }
    /// The newest entries of a facet over these feeds, newest first, ties by id.
    fn select(&self, selection: &Selection<'_>) -> Result<Vec<FeedEntry>, StoreError>;
    /// The entries of a facet over these feeds that were deleted, and that readers are told of, newest
    /// first; bounded in number and time.
    fn deleted(&self, _feeds: &[&str], _facet: &Facet) -> Result<Vec<Deleted>, StoreError> {
        Ok(Vec::new())
    }
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
    /// The damage that was met while reading since the store was opened: what is
    /// damaged is left out of what is served.
    fn damage(&self) -> Vec<Damage> {
        Vec::new()
    }
    /// Counts up after every commit that may change what is shown, before it returns.
    /// Asked at every request: it answers from memory and never blocks. `None` from a
    /// store that others write to as well, so that nothing is served without asking it.
    fn generation(&self) -> Option<u64> {
        None
    }
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
    /// The feeds among whose entries each id stands once, where these are more than those
    /// asked for: a source below `all` has the ids that `all` has.
    pub among: &'a [&'a str],
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

/// The address part that a format adds, for [`ServeStore::document`] paths.
pub fn document_path(base: &str, format: Format) -> String {
    format!("{base}.{}", format.extension())
}
