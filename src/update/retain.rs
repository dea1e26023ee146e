//! How long entries of a remote source are kept.
//!
//! Pure but for one question to the store. What still stands at the origin is never
//! let go, however old it is; what was let go is known by its best key and is not
//! taken again.

use crate::model::Entry;
use crate::store::{EntryRow, Recalled, SourceRow, Store, StoreError, Written};
use chrono::{DateTime, TimeDelta, Utc};
use std::{cmp::Reverse, collections::HashSet};

/// How long entries of remote sources are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// The newest so many of a source; 0 is all.
    pub entries: usize,
    /// So many days; 0 is for ever.
    pub days: u32,
}

/// Every key of what stands at the origin now.
pub(super) fn keys(at_origin: &[Entry]) -> HashSet<String> {
    at_origin.iter().flat_map(|entry| entry.keys.iter().cloned()).collect()
}

/// Whether the origin still has a stored entry.
pub(super) fn stands(entry: &Recalled, at_origin: &HashSet<String>) -> bool {
    entry.keys.iter().any(|key| at_origin.contains(key))
}

impl Retention {
    /// What stands at an earlier date is too old by `now`; `None` where nothing ever is.
    fn oldest(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        (self.days > 0).then(|| now.checked_sub_signed(TimeDelta::days(self.days.into())).unwrap_or_default())
    }

    /// The newest so many may stay; `None` where all may.
    fn most(self) -> Option<usize> {
        (self.entries > 0).then_some(self.entries)
    }

    /// What stands before this would be let go at once, did it not stand at the origin.
    pub(super) fn too_old_before(self, stored: &[Recalled], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut dates: Vec<_> =
            stored.iter().filter(|entry| !entry.held).map(|entry| entry.stands_at).collect();
        dates.sort_unstable_by_key(|date| Reverse(*date));
        let last = self.most().and_then(|most| dates.get(most - 1).copied());
        last.max(self.oldest(now))
    }

    /// Those that go though the origin has nothing new to say: they left it before, and have
    /// become too old since, or fewer are kept than were.
    pub(super) fn lapsed(
        self,
        store: &dyn Store,
        source: SourceRow,
        now: DateTime<Utc>,
    ) -> Result<Vec<EntryRow>, StoreError> {
        match (self.oldest(now), self.most()) {
            (None, None) => Ok(Vec::new()),
            (oldest, most) => store.departed(source, oldest, most),
        }
    }

    /// Those that the origin no longer has, but for what is let go already: they may go while it
    /// answers 304. None where nothing ever does.
    pub(super) fn departed(
        self,
        stored: &[Recalled],
        at_origin: &HashSet<String>,
        let_go: &[EntryRow],
    ) -> Vec<(EntryRow, DateTime<Utc>)> {
        let let_go: HashSet<EntryRow> = let_go.iter().copied().collect();
        let has_left =
            |entry: &&Recalled| !entry.held && !let_go.contains(&entry.row) && !stands(entry, at_origin);
        let kept = stored.iter().filter(|_| self.days > 0 || self.entries > 0);
        kept.filter(has_left).map(|entry| (entry.row, entry.stands_at)).collect()
    }

    /// The stored entries to be let go once `new` more have come.
    pub(super) fn outlived(
        self,
        stored: &[Recalled],
        at_origin: &HashSet<String>,
        new: usize,
        now: DateTime<Utc>,
    ) -> Vec<EntryRow> {
        let mut rows: Vec<&Recalled> = stored.iter().filter(|entry| !entry.held).collect();
        rows.sort_by_key(|entry| Reverse((entry.stands_at, entry.row)));
        let oldest = self.oldest(now);
        let too_old = |entry: &Recalled| oldest.is_some_and(|oldest| entry.stands_at < oldest);
        let too_many = |place: usize| self.entries > 0 && place + new >= self.entries;
        rows.into_iter()
            .enumerate()
            .filter(|(place, entry)| (too_many(*place) || too_old(entry)) && !stands(entry, at_origin))
            .map(|(_, entry)| entry.row)
            .collect()
    }
}

/// Leaves out what retention has let go before. An entry is known by its best key
/// alone: a link may lead to many, a guid leads to one. Only of what is too old to stay anyway any
/// key will do: a feed that writes other guids now, or in another format, digs nothing out.
pub(super) fn leave_forgotten(
    store: &dyn Store,
    source: SourceRow,
    too_old_before: Option<DateTime<Utc>>,
    inserts: &mut Vec<Written>,
) -> Result<(), StoreError> {
    if inserts.is_empty() {
        return Ok(());
    }
    let telling = |insert: &Written| {
        let is_old = insert.entry.published.is_some()
            && too_old_before.is_some_and(|before| insert.stands_at < before);
        let many = if is_old { usize::MAX } else { 1 };
        insert.entry.keys.iter().take(many).cloned().collect::<Vec<_>>()
    };
    let keys: Vec<String> = inserts.iter().flat_map(telling).collect();
    let forgotten = store.forgotten(source, &keys)?;
    inserts.retain(|insert| !telling(insert).iter().any(|key| forgotten.contains(key)));
    Ok(())
}

/// What a feed says of entries of ours comes back where it follows one of ours: an id that
/// we made for an entry is that entry's, whoever tells of it.
pub(super) fn leave_own(
    store: &dyn Store,
    source: SourceRow,
    inserts: &mut Vec<Written>,
) -> Result<(), StoreError> {
    let ids = inserts.iter().map(|insert| &insert.entry.id);
    let ids: Vec<String> = ids.filter(|id| id.starts_with("urn:uuid:")).cloned().collect();
    if !ids.is_empty() {
        let made = store.made(source, &ids)?;
        inserts.retain(|insert| !made.contains(&insert.entry.id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-31T00:00:00Z".parse().unwrap()
    }

    fn stored(row: i64, days_old: i64) -> Recalled {
        let at = now() - TimeDelta::days(days_old);
        Recalled {
            row: EntryRow(row),
            keys: vec![format!("guid:{row}")],
            at: String::new(),
            raw_hash: [0; 16],
            served_hash: [0; 16],
            first_seen: at,
            stands_at: at,
            gone: false,
            held: false,
        }
    }

    fn outlived(retention: Retention, at_origin: &[i64], new: usize) -> Vec<i64> {
        let stored: Vec<Recalled> = (1..=6).map(|row| stored(row, 10 * row)).collect();
        let keys = at_origin.iter().map(|row| format!("guid:{row}")).collect();
        let mut rows: Vec<i64> =
            retention.outlived(&stored, &keys, new, now()).into_iter().map(|row| row.0).collect();
        rows.sort_unstable();
        rows
    }

    #[test]
    fn the_oldest_go_and_what_stands_at_the_origin_stays() {
        let four = Retention { entries: 4, days: 0 };
        assert_eq!(outlived(four, &[], 0), [5, 6]);
        assert_eq!(outlived(four, &[], 2), [3, 4, 5, 6]);
        assert_eq!(outlived(four, &[6], 2), [3, 4, 5]);
        assert_eq!(outlived(four, &[1, 2, 3, 4, 5, 6], 9), [0; 0]);
        assert_eq!(outlived(Retention { entries: 0, days: 35 }, &[5], 9), [4, 6]);
        assert_eq!(outlived(Retention { entries: 5, days: 35 }, &[], 0), [4, 5, 6]);
        assert_eq!(outlived(Retention::default(), &[], 100), [0; 0]);
        assert_eq!(outlived(Retention { entries: 0, days: u32::MAX }, &[], 100), [0; 0]);
    }
}
