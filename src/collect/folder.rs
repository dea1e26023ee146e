//! What in a folder is looked at, whether it is listed or watched.
//!
//! In: names and paths. Out: whether they count. Never opens a file.

use std::{
    ffi::OsStr,
    path::{Component, Path, PathBuf},
};

/// Folders below this depth are not looked at.
pub(super) const DEEPEST: usize = 64;

/// What stands beside a site's output folder.
const SITE_MARKS: [&str; 9] = [
    "_config.yml",
    "_config.yaml",
    "_config.toml",
    "hugo.toml",
    "hugo.yaml",
    "config.toml",
    "package.json",
    "_posts",
    "source",
];

/// Whether a file is an editor's or the system's, or hidden: no post.
pub(super) fn is_noise(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b".")
        || name.ends_with(b"~")
        || name.ends_with(b".swp")
        || name.ends_with(b".swx")
        || name.ends_with(b".tmp")
        // What vim writes to see whether it may.
        || name == b"4913"
}

/// Whether a folder within a site holds no posts: hidden, packages, or what a
/// generator put out. `public` is a site's output only beside a site; a folder of
/// posts may be called that.
pub(super) fn is_skipped(folder: &Path) -> bool {
    let Some(name) = folder.file_name() else {
        return false;
    };
    match name.as_encoded_bytes() {
        b"node_modules" | b"_site" => true,
        b"public" => {
            folder.parent().is_some_and(|site| SITE_MARKS.iter().any(|mark| site.join(mark).exists()))
        }
        name => name.starts_with(b"."),
    }
}

/// Whether a path is a pattern; one that is there under just that name is none.
pub(super) fn is_glob(path: &Path) -> bool {
    has_pattern(path.as_os_str()) && !path.exists()
}

/// The part of a glob before its first pattern; a path that is none as it is.
pub(super) fn base(path: &Path) -> PathBuf {
    if !is_glob(path) {
        return path.to_path_buf();
    }
    path.components().take_while(|component| !has_pattern(component.as_os_str())).collect()
}

/// A path without `.` and `..`, by its text alone.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn has_pattern(text: &OsStr) -> bool {
    text.as_encoded_bytes().iter().any(|byte| matches!(byte, b'*' | b'?' | b'[' | b'{'))
}
