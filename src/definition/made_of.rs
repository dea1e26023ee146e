//! Feeds that are made of feeds: whose entries are in them.

use crate::definition::{Source, SourceKind};
use std::collections::HashSet;

/// These feeds and all that they are made of, each once. `sources` gives those of a feed by
/// its id; what is switched off brings nothing in.
pub fn with_theirs<'s, S>(feeds: &[String], sources: impl Fn(&str) -> S) -> HashSet<String>
where
    S: IntoIterator<Item = &'s Source>,
{
    let mut found: HashSet<String> = feeds.iter().cloned().collect();
    let mut left = feeds.to_vec();
    while let Some(id) = left.pop() {
        for source in sources(&id).into_iter().filter(|source| source.enabled) {
            if let SourceKind::From(more) = &source.kind {
                left.extend(more.iter().filter(|id| found.insert((*id).clone())).cloned());
            }
        }
    }
    found
}
