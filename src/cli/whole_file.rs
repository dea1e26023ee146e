//! A file that a command is pointed at → its bytes, if they are not too many.

use crate::cli::Failure;
use std::{fs::File, io::Read, path::Path};

/// Larger files are not read.
pub(super) const LARGEST: u64 = 64 << 20;

/// The bytes of a file, which messages call `shown`. What its size is said to be doesn't
/// count: a pipe or a device says none.
pub(super) fn read(path: &Path, shown: &str) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::new(format!("{shown}: can't be read: {error}")))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::new(format!("{shown}: is larger than {LARGEST} bytes")));
    }
    Ok(bytes)
}
