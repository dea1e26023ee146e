//! One listed file → its bytes.
//!
//! In: a [`FileStamp`]. Out: the whole file as it stood at one moment, or why not.
//! A file that is written while it is read is no file yet: it is read again when
//! it has settled.

use crate::collect::stamp::{FileStamp, modified_ns};
use crate::model::Problem;
use std::{
    fmt,
    fs::{File, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
};

/// `O_NONBLOCK`: opening a pipe that took a file's place doesn't wait for a writer.
#[cfg(target_os = "linux")]
const NO_WAIT: i32 = 0o4000;
#[cfg(not(target_os = "linux"))]
const NO_WAIT: i32 = 0x4;

/// Why a file wasn't read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// It is gone since it was listed.
    Gone,
    /// It is another file than was listed, or was written while it was read.
    Changed,
    /// It is larger than so many bytes.
    TooLarge(u64),
    /// No right, or an I/O error.
    Failed(io::ErrorKind),
}

impl fmt::Display for ReadError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone => formatter.write_str("is gone since the folder was listed"),
            Self::Changed => formatter.write_str("was changed while it was read"),
            Self::TooLarge(limit) => write!(formatter, "is larger than {}", super::failure::size(*limit)),
            Self::Failed(kind) => write!(formatter, "could not be read: {kind}"),
        }
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// As a problem with this file.
    pub fn at(&self, stamp: &FileStamp) -> Problem {
        Problem::error(stamp.path.clone(), self.to_string())
    }
}

/// The bytes of a listed file, at most `max_bytes`. Blocks.
///
/// # Errors
/// It is gone, another, too large, being written, or can't be read.
pub fn read(stamp: &FileStamp, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(NO_WAIT)
        .open(&stamp.absolute)
        .map_err(|error| failed(&error))?;
    let before = file.metadata().map_err(|error| failed(&error))?;
    // By the open file, not by its name: what was listed is what is read, and no
    // link or pipe that took its place.
    if !before.is_file() || before.ino() != stamp.inode {
        return Err(ReadError::Changed);
    }
    if before.len() > max_bytes {
        return Err(ReadError::TooLarge(max_bytes));
    }
    let bytes = take(&file, before.len(), max_bytes)?;
    let after = file.metadata().map_err(|error| failed(&error))?;
    let same = modified_ns(&before) == modified_ns(&after) && before.len() == after.len();
    if !same || bytes.len() as u64 != after.len() {
        return Err(ReadError::Changed);
    }
    Ok(bytes)
}

fn take(file: &File, length: u64, max_bytes: u64) -> Result<Vec<u8>, ReadError> {
    // One byte more, so that the end is found without growing.
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > max_bytes {
        return Err(ReadError::TooLarge(max_bytes));
    }
    Ok(bytes)
}

fn failed(error: &io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Gone,
        other => ReadError::Failed(other),
    }
}
