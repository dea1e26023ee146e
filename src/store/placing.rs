//! Where an entry is filed, when it is seen, with which it is one, and for whose it stands.

use crate::model::{CategoryPath, Window};
use crate::store::EntryRow;
use chrono::{DateTime, Utc};

/// What filing an entry decides beside categories and tags.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Placing {
    /// When it may be seen, in order; never, where there is none. `None`: as the entry itself says.
    pub windows: Option<Vec<Window>>,
    /// What makes it one with entries of other sources of its feed.
    pub twin_key: Option<String>,
    /// The entry of another feed that it stands for; its body stays there.
    pub lent_by: Option<EntryRow>,
}

/// An entry that a feed shows, as a feed that is made of it sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Lent {
    /// Its row.
    pub row: EntryRow,
    /// The row whose id and date it is shown under: mostly its own.
    pub face: EntryRow,
    /// The row of the entry that it stands for, however many feeds that went through.
    pub root: EntryRow,
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
    /// Moves with what is shown of it.
    pub mark: [u8; 16],
}

/// An entry's own categories and tags, and where they put it.
#[derive(Debug, Clone, PartialEq)]
pub struct Filed {
    /// Its row.
    pub row: EntryRow,
    /// Categories: the source's own going out of the store, as filed coming in.
    pub categories: Vec<CategoryPath>,
    /// Tags, likewise.
    pub tags: Vec<String>,
    /// The date it stands at; not written.
    pub stands_at: DateTime<Utc>,
    /// When it is seen, and with which it is one; nothing going out.
    pub placing: Placing,
}

/// An entry that was shown for the first time, or again after an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its place in the order of arrival over all feeds; what it stands for never changes.
    pub number: u64,
    /// The entry.
    pub entry: EntryRow,
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
    /// Whether it is what the entry was before an edit.
    pub past: bool,
}
