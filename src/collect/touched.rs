//! What a watch noticed of a folder: a few files by name, or that all of it may have
//! changed. Never says what is in them.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// More files than this are a folder's.
const MOST: usize = 16;

/// What may not be as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Touched {
    /// Anything: it has to be listed.
    #[default]
    Anything,
    /// These files, which are there, and nothing else.
    Files(BTreeSet<PathBuf>),
}

impl Touched {
    /// One file.
    pub fn file(path: PathBuf) -> Self {
        Self::Files(BTreeSet::from([path]))
    }

    /// Both of them.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Files(mut files), Self::Files(others)) if files.len() + others.len() <= MOST => {
                files.extend(others);
                Self::Files(files)
            }
            _ => Self::Anything,
        }
    }
}
