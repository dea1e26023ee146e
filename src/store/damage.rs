//! What is wrong with a store, in words: why it could not do what it was asked, and
//! what in it is not as it was written.

use std::fmt;

/// Something stored that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The feed that it was met in.
    pub feed: String,
    /// What it is.
    pub message: String,
}

/// What [`crate::store::SqliteStore::check`] found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Entries looked at.
    pub entries: usize,
    /// Everything that is not as it should be.
    pub damage: Vec<String>,
}

/// Why the store could not do what it was asked.
#[derive(Debug, Clone)]
pub struct StoreError {
    /// What was being done.
    pub doing: String,
    /// Why it failed.
    pub cause: String,
    /// The step that mends it.
    pub help: Option<String>,
    /// Whether a stored row is not as it was written: trying again won't help.
    pub damaged: bool,
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.doing, self.cause)?;
        if let Some(help) = &self.help {
            write!(formatter, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl std::error::Error for StoreError {}
