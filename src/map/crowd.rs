//! Feeds with more entries than anybody reads.
//!
//! In: what a feed says. Out: how much of it is kept, and a problem that says so. Never
//! decides what is stored.

use crate::map::feed::date_of;
use crate::model::{Entry, Problem};
use crate::parse::feed::RawEntry;
use std::cmp::Reverse;
use std::collections::HashSet;

/// Entries beyond this are left out, the oldest first.
const MAX_ENTRIES: usize = 10_000;

/// Whether an entry has neither an id nor anything to be shown. One start tag that is written
/// again and again leaves thousands of them, of which the first is enough.
pub(super) fn says_nothing(raw: &RawEntry, entry: &Entry) -> bool {
    raw.id.as_deref().is_none_or(|id| id.trim().is_empty())
        && raw.published.is_none()
        && raw.updated.is_none()
        && *entry == Entry::default()
}

/// What to tell of so many entries that say nothing.
pub(super) fn silent(count: usize, feed_url: &str) -> Option<Problem> {
    let message = format!("{count} entries say nothing at all, the first of them was kept");
    (count > 1).then(|| Problem::warning(feed_url, message))
}

/// Keeps the newest entries, in the feed's order; undated ones count as oldest, the
/// first of them as newest. What to tell of it, where some were left out.
pub(super) fn keep_newest(entries: &mut Vec<Entry>, feed_url: &str) -> Option<Problem> {
    if entries.len() <= MAX_ENTRIES {
        return None;
    }
    let mut places: Vec<usize> = (0..entries.len()).collect();
    places.sort_by_key(|place| Reverse(entries.get(*place).and_then(date_of)));
    let kept: HashSet<usize> = places.into_iter().take(MAX_ENTRIES).collect();
    let mut place = 0..;
    entries.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
    let message = format!("the feed has more than {MAX_ENTRIES} entries, the newest {MAX_ENTRIES} were kept");
    Some(Problem::warning(feed_url, message))
}
