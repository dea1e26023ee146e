//! A file, and what tells whether it has to be read again.
//!
//! In: what the file system says of it. Out: a stamp. Never opens it.

use std::fs;
use std::{fs::Metadata, os::unix::fs::MetadataExt, path::PathBuf};

/// A file, and what tells whether it has to be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    /// Its path below what `posts` names, with `/`; bytes that aren't UTF-8 lossily.
    /// Of two that would be the same, the later has the name of its folder before it.
    pub path: String,
    /// Where it is read.
    pub absolute: PathBuf,
    /// Which of the paths it was found by.
    pub root: usize,
    /// Modification time in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Size in bytes.
    pub size: u64,
    /// Inode number.
    pub inode: u64,
}

impl FileStamp {
    /// The same file as it is now, where it is there.
    pub fn anew(&self) -> Option<Self> {
        let kind = fs::symlink_metadata(&self.absolute).ok().filter(Metadata::is_file)?;
        Some(Self { modified_ns: modified_ns(&kind), size: kind.len(), inode: kind.ino(), ..self.clone() })
    }
}

pub(super) fn modified_ns(kind: &Metadata) -> i64 {
    kind.mtime().saturating_mul(1_000_000_000).saturating_add(kind.mtime_nsec())
}
