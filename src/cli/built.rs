//! What a build has written, kept in the state directory: so that a later one takes away
//! the files of feeds that are gone, and never one that it did not write itself.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

/// Files below an output folder, and the feed that each belongs to.
pub(super) type Files = BTreeMap<PathBuf, String>;

/// What stands in an output folder by the builds before.
pub(super) struct Built {
    place: PathBuf,
    files: Files,
}

impl Built {
    /// What builds from this state directory wrote there; nothing where that isn't known.
    pub(super) fn read(state: &Path, out: &Path) -> Self {
        let real = fs::canonicalize(out).unwrap_or_else(|_| out.to_owned());
        let name = blake3::hash(real.as_os_str().as_bytes()).to_hex();
        let place = state.join(format!("built-{}.json", name.get(..16).unwrap_or_default()));
        let files = fs::read(&place).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Self { place, files: files.unwrap_or_default() }
    }

    /// Takes away what was written of feeds that are no more, and notes what is there now.
    /// How many files went.
    ///
    /// # Errors
    /// A file can't be taken away, or the note not written.
    pub(super) fn settle(
        mut self,
        out: &Path,
        written: Files,
        is_there: impl Fn(&str) -> bool,
    ) -> io::Result<usize> {
        let (kept, gone): (Files, Files) = std::mem::take(&mut self.files)
            .into_iter()
            .filter(|(path, _)| !written.contains_key(path))
            .partition(|(_, feed)| is_there(feed));
        for path in gone.keys() {
            take_away(out, path)?;
        }
        let files: Files = kept.into_iter().chain(written).collect();
        let beside = self.place.with_extension("part");
        fs::write(&beside, serde_json::to_vec(&files)?)?;
        fs::rename(beside, &self.place)?;
        Ok(gone.len())
    }
}

/// A file, and the folders that are empty without it.
fn take_away(out: &Path, path: &Path) -> io::Result<()> {
    match fs::remove_file(out.join(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for folder in path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()) {
        // One that holds something else stays.
        if fs::remove_dir(out.join(folder)).is_err() {
            break;
        }
    }
    Ok(())
}
