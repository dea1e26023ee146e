//! What one collection changes, all of it stored or nothing.

use crate::model::{CategoryPath, Entry, Problem};
use crate::store::{EntryRow, Placing, SourceRow, SourceState, Visit};
use chrono::{DateTime, Utc};

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
    pub hash: [u8; 16],
    /// The entry it gave; `None` for one that gives none (a draft, a broken post).
    pub key: Option<String>,
    /// What was wrong with it.
    pub problems: Vec<Problem>,
    /// What it asked of the site's other posts: paths that it read, names that it looked
    /// for, and an empty one for all of them.
    pub asked: Vec<String>,
}

/// Everything that one collection, or one batch of it, changes.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// The source collected.
    pub source: SourceRow,
    /// When the change was noticed.
    pub now: DateTime<Utc>,
    /// Entries that were not there before. Not shown until the settling commit.
    pub inserts: Vec<Written>,
    /// Entries whose served form changed, by their rows.
    pub replaces: Vec<(EntryRow, Written)>,
    /// Entries whose bytes moved but not what is served: only the hash is kept.
    pub touches: Vec<Touch>,
    /// Entries that had left and are back as they were.
    pub returns: Vec<Touch>,
    /// Keys that no longer lead to these entries.
    pub outworn: Vec<(EntryRow, String)>,
    /// Entries that left.
    pub gone: Vec<EntryRow>,
    /// Whether readers are told for a while that these were deleted.
    pub buries: bool,
    /// Files read.
    pub files: Vec<KnownFile>,
    /// Files that are no more.
    pub forgotten_files: Vec<String>,
    /// Entries that retention lets go: nothing is left of them but that they were there.
    pub forgotten: Vec<EntryRow>,
    /// Held entries that their source has taken back: nothing is left of them.
    pub withdrawn: Vec<EntryRow>,
    /// Every entry that the origin no longer has and that stays all the same, with the date it
    /// stands at; `None` where a collection says nothing of that.
    pub departed: Option<Vec<(EntryRow, DateTime<Utc>)>>,
    /// What becomes of entries that the flood guard holds.
    pub flood: Flood,
    /// Where new entries are held: those that say a later date are simply new, and are not.
    pub held_up_to: Option<DateTime<Utc>>,
    /// The request that it was made with; stored with its end.
    pub visit: Option<Visit>,
    /// The source's state at the end of the collection (its row, feed, key and id are not written);
    /// absent in all but its last batch.
    pub settle: Option<SourceState>,
}

impl Commit {
    /// Whether a new entry is held with the others.
    pub fn holds(&self, insert: &Written) -> bool {
        let is_simply_new = insert.entry.published.is_some()
            && self.held_up_to.is_some_and(|newest| insert.stands_at > newest);
        self.flood == Flood::Hold && !is_simply_new
    }
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

/// An entry as it is to be stored.
#[derive(Debug, Clone)]
pub struct Written {
    /// The entry, clean. Of one that is stored already, its `updated` is the one to be
    /// served, and the id that it has there stays.
    pub entry: Entry,
    /// Where it is filed.
    pub filed: (Vec<CategoryPath>, Vec<String>),
    /// When it is seen, and with which it is one.
    pub placing: Placing,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 16],
    /// Hash of what is served of it.
    pub served_hash: [u8; 16],
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
}

/// A stored entry whose bytes moved, but not what is served.
#[derive(Debug, Clone)]
pub struct Touch {
    /// Its row.
    pub row: EntryRow,
    /// Hash of what its source wrote.
    pub raw_hash: [u8; 16],
    /// How it is found again.
    pub keys: Vec<String>,
    /// Where it stands in its source.
    pub at: String,
    /// The post's metadata, which is never served.
    pub meta: Vec<(String, String)>,
    /// When it is seen, and with which it is one.
    pub placing: Placing,
}
