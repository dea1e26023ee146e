//! Jekyll's includes: texts that posts name and the site puts in their place.
//!
//! In: a site's folder. Out: the files of its `_includes`, bounded in number and size. A link is never
//! followed, so that nothing outside the site is read.

use std::fs;
use std::path::Path;

/// Where they stand, below the site's folder.
const FOLDER: &str = "_includes";
/// Larger ones, in bytes, are a page's frame and no part of a post.
const LARGEST: u64 = 64 * 1024;
/// All of them, in bytes.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Files and folders that are looked at.
const MOST: usize = 2000;
/// Folders in each other.
const DEEPEST: usize = 6;
/// What may stand in a text.
const ENDS: [&str; 8] = ["html", "htm", "md", "markdown", "txt", "liquid", "svg", "ext"];

/// The includes of a site by their path below its folder, in order. Blocks.
pub(super) fn of(root: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut looked_at, mut bytes) = (0, 0);
    let mut folders = vec![(FOLDER.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let is_link = fs::symlink_metadata(root.join(&folder)).is_ok_and(|kind| kind.is_symlink());
        let entries = fs::read_dir(root.join(&folder)).into_iter().flatten().flatten();
        for entry in entries.take(if is_link { 0 } else { MOST }) {
            looked_at += 1;
            let (Ok(kind), Ok(name)) = (entry.metadata(), entry.file_name().into_string()) else { continue };
            if looked_at > MOST || name.starts_with('.') {
                continue;
            }
            let path = format!("{folder}/{name}");
            if kind.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if kind.is_file()
                && kind.len() <= LARGEST
                && bytes + kind.len() <= MOST_BYTES
                && is_text(&name)
                && let Ok(text) = fs::read(entry.path())
            {
                bytes += kind.len();
                found.push((path, String::from_utf8_lossy(&text).into_owned()));
            }
        }
    }
    found.sort();
    found
}

/// By its name; one without an extension (`JB/setup`) is a text.
fn is_text(name: &str) -> bool {
    name.rsplit_once('.').is_none_or(|(_, end)| ENDS.contains(&end.to_ascii_lowercase().as_str()))
}
