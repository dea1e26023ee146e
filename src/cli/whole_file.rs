//! A file that a command is pointed at → its bytes, if they are not too many.

use crate::cli::Failure;
use std::{fs::File, io::Read, path::Path};

/// Larger files are not read.
pub(super) const LARGEST: u64 = 64 << 20;

/// The bytes of a file, which messages call `shown`. What its size is said to be doesn't
/// count: a pipe or a device says none.
pub(super) fn read(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    let file = File::open(path).map_err(|error| unreadable(shown, &error))?;
    read_from(file, shown)
}

/// All that comes from a reader, which messages call `shown`.
pub(super) fn read_from(reader: impl Read, shown: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(shown, &error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::new(format!("{shown}: is larger than {LARGEST} bytes")));
    }
    Ok(bytes)
}

fn unreadable(shown: &str, error: &std::io::Error) -> Failure {
    Failure::new(format!("{shown}: can't be read: {error}"))
}
