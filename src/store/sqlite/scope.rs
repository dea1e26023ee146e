//! What a commit is about, for whoever writes its rows.

use crate::store::EntryRow;
use chrono::{DateTime, Utc};
use rusqlite::Connection;

/// What a commit is about.
pub(super) struct Scope<'a> {
    pub(super) connection: &'a Connection,
    pub(super) feed: i64,
    pub(super) atom_id: String,
    pub(super) source: i64,
    pub(super) source_key: String,
    pub(super) now: DateTime<Utc>,
    /// The state of new entries: those of the settling commit need not wait for it.
    pub(super) begins_as: i64,
}

impl Scope<'_> {
    /// Whether this entry is still stored.
    pub(super) fn is_there(&self, entry: EntryRow) -> rusqlite::Result<bool> {
        is_there(self.connection, entry)
    }
}

/// Whether this entry is still stored.
pub(super) fn is_there(connection: &Connection, entry: EntryRow) -> rusqlite::Result<bool> {
    connection.prepare_cached("SELECT 1 FROM entry WHERE row = ?1")?.exists([entry.0])
}
