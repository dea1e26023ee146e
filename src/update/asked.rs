//! Which posts have to be mapped again because others came, went or changed.
//!
//! In: what moved in a folder, and what a post asked of the site's others when it was
//! mapped. Out: whether that would be answered otherwise now.

use crate::collect::files::FileStamp;
use crate::map::posts::Site;
use crate::store::KnownFile;
use std::collections::HashMap;
use std::collections::HashSet;

/// Paths that came, went or changed, and what posts that came or went are called.
#[derive(Debug, Default)]
pub(super) struct Moved {
    what: HashSet<String>,
}

impl Moved {
    /// Takes note of a file that is as it was, or not; `known` is what it was.
    pub(super) fn note(&mut self, site: &Site, path: &str, known: Option<&KnownFile>) {
        self.what.insert(path.to_owned());
        if known.is_none() {
            self.what.extend(site.called(path));
        }
    }

    /// What has left among these.
    pub(super) fn note_gone(&mut self, site: &Site, posts: &[FileStamp], known: &HashMap<String, KnownFile>) {
        let there: HashSet<&str> = posts.iter().map(|stamp| stamp.path.as_str()).collect();
        for path in known.keys().filter(|path| !there.contains(path.as_str())) {
            self.note(site, path, None);
        }
    }

    /// Whether a post that asked for these asked for any of it.
    pub(super) fn answers(&self, asked: &[String]) -> bool {
        !self.what.is_empty() && asked.iter().any(|what| what.is_empty() || self.what.contains(what))
    }
}
