//! Where an entry is filed, when it may be seen, and with which others it is one: all
//! that a definition decides on the way out.

use crate::definition::Filing;
use crate::map;
use crate::model::{CategoryPath, Entry};
use crate::store::{Filed, Placing, Store, StoreError};
use chrono::{DateTime, Utc};

/// The categories and tags that an entry is filed under, and what else filing decides.
pub(super) fn file(
    entry: &Entry,
    stands_at: DateTime<Utc>,
    filing: &Filing,
) -> ((Vec<CategoryPath>, Vec<String>), Placing) {
    let (categories, tags) = map::category::file(&entry.categories, &entry.tags, filing);
    let seen = map::Filtered { entry, categories: &categories, tags: &tags, stands_at };
    let placing = Placing {
        windows: map::windows(&seen, filing),
        twin_key: map::twin_key(entry, filing.dedupe),
        lent_by: None,
    };
    ((categories, tags), placing)
}

/// A hash that moves when entries have to be filed anew.
pub fn filing_hash(filing: &Filing) -> [u8; 32] {
    // The debug form names every field, so no key can be forgotten here.
    blake3::hash(format!("{filing:?}").as_bytes()).into()
}

/// Files a stored entry by a changed definition. Its text is read only where a filter
/// or the search for twins needs it.
pub fn file_anew(store: &dyn Store, own: Filed, filing: &Filing) -> Result<Filed, StoreError> {
    let whole = !filing.filters.is_empty() || filing.dedupe != crate::definition::Dedupe::None;
    let entry = if whole {
        store.entry(own.row)?
    } else {
        Entry { categories: own.categories, tags: own.tags, ..Entry::default() }
    };
    let ((categories, tags), placing) = file(&entry, own.stands_at, filing);
    Ok(Filed { row: own.row, categories, tags, stands_at: own.stands_at, placing })
}
