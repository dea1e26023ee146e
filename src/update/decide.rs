//! What has changed: stored rows, fresh entries and the time → [`Changes`].
//!
//! Pure: nothing is read, fetched or stored here, and deciding twice on what the
//! first decision left changes nothing. An entry is cleaned only when its source's
//! bytes moved, and counts as changed only when what would be served differs. In which order
//! entries stand says nothing of which is which.

use crate::definition::{Filing, Since, Trackers};
use crate::map;
use crate::model::{Date, Entry};
use crate::store::{Commit, EntryRow, Recalled, Touch, Written};
use crate::update::{Counts, Job, filing};
use chrono::{DateTime, Duration, SubsecRound, Utc};
use std::collections::{HashMap, HashSet};

/// What holds while deciding.
pub struct Rules<'a> {
    /// When the collection began.
    pub now: DateTime<Utc>,
    /// Links without a base of their own are resolved against this.
    pub base: &'a str,
    /// How entries are filed.
    pub filing: &'a Filing,
    /// What becomes of pictures that only count readers.
    pub trackers: Trackers,
    /// Older entries are not taken.
    pub since: Since,
    /// When the source was first collected.
    pub first_collected: DateTime<Utc>,
}

impl<'a> Rules<'a> {
    /// Those of a job, for what came from this address.
    pub(super) fn of(job: &'a Job, base: &'a str) -> Self {
        Self {
            now: job.now,
            base,
            filing: &job.source.filing,
            trackers: job.source.trackers,
            since: job.source.since,
            // A clock that was wrong then must not keep out what comes now.
            first_collected: job.state.first_collected.map_or(job.now, |first| first.min(job.now)),
        }
    }
}

/// What a collection changes.
#[derive(Debug, Default)]
pub struct Changes {
    /// Not there before.
    pub inserts: Vec<Written>,
    /// Served differently from now on.
    pub replaces: Vec<(EntryRow, Written)>,
    /// Other bytes, the same entry.
    pub touches: Vec<Touch>,
    /// Back as they were.
    pub returns: Vec<Touch>,
    /// Keys that these entries had once, where they have had too many.
    pub outworn: Vec<(EntryRow, String)>,
}

/// An entry that moves its keys at every poll is known by so many of them; then by those
/// that it has now.
const MOST_KEYS: usize = 8;

impl Changes {
    pub(super) fn counts(&self) -> Counts {
        let changed = self.replaces.len() + self.returns.len();
        Counts { new: self.inserts.len(), changed, gone: 0 }
    }

    /// This commit with all of it.
    pub(super) fn put_into(self, commit: Commit) -> Commit {
        let Self { inserts, replaces, touches, returns, outworn } = self;
        Commit { inserts, replaces, touches, returns, outworn, ..commit }
    }
}

/// Decides over one collection, which may come in batches: what a batch has
/// claimed is not free for the next.
pub struct Decider<'a> {
    stored: &'a [Recalled],
    known: HashMap<&'a str, usize>,
    renamed: HashMap<String, usize>,
    claimed: HashSet<usize>,
    stands: Option<&'a dyn Fn(&str) -> bool>,
    seen: usize,
}

impl<'a> Decider<'a> {
    /// Over what is stored of a source.
    pub fn new(stored: &'a [Recalled]) -> Self {
        let mut known: HashMap<&str, usize> = HashMap::new();
        for (place, row) in stored.iter().enumerate() {
            known.extend(row.keys.iter().map(|key| (key.as_str(), place)));
        }
        Self { stored, known, renamed: HashMap::new(), claimed: HashSet::new(), stands: None, seen: 0 }
    }

    /// Whether one of its keys leads to a stored entry.
    pub(super) fn knows(&self, entry: &Entry) -> bool {
        entry.keys.iter().any(|key| self.known.contains_key(key.as_str()))
    }

    /// Takes what has this key for the stored entry at this place, besides what its own keys
    /// lead to.
    pub(super) fn rename(&mut self, key: String, place: usize) {
        self.renamed.insert(key, place);
    }

    /// An entry whose own place still `stands` is no other's: an entry at a new place with
    /// the same id is a new one.
    #[must_use]
    pub fn keeping(mut self, stands: &'a dyn Fn(&str) -> bool) -> Self {
        self.stands = Some(stands);
        self
    }

    /// What these fresh entries mean.
    pub fn decide(&mut self, fresh: Vec<Entry>, rules: &Rules<'_>) -> Changes {
        let mut changes = Changes::default();
        let claims = self.claims(&fresh);
        // A post is where its file is; the place of an entry in a feed is none of its own.
        let has_moved = |stored: &Recalled, at: &str| self.stands.is_some() && stored.at != at;
        let mut seen = self.seen;
        for (entry, claim) in fresh.into_iter().zip(claims) {
            let place = seen;
            seen += 1;
            // Before the hash of what came: an entry is cleaned anew where this changes it.
            let entry = map::without_trackers(entry, rules.trackers);
            match claim.and_then(|row| self.stored.get(row)) {
                Some(recalled) => {
                    let has_moved = has_moved(recalled, &entry.at);
                    changes.compare(recalled, entry, rules, has_moved);
                }
                None if is_too_old(&entry, rules) => {}
                None => changes.insert(entry, place, rules),
            }
        }
        self.seen = seen;
        changes
    }

    /// Every stored entry that no fresh one has claimed and of which `left` says
    /// that it has left its source.
    pub fn gone(&self, left: impl Fn(&Recalled) -> bool) -> Vec<EntryRow> {
        let unclaimed = self.stored.iter().enumerate().filter(|(row, _)| !self.claimed.contains(row));
        unclaimed.filter(|(_, row)| !row.gone && left(row)).map(|(_, row)| row.row).collect()
    }

    /// The stored entry that each of these is: all by the best of their keys before any by its
    /// next, so that their order is of no matter.
    fn claims(&mut self, fresh: &[Entry]) -> Vec<Option<usize>> {
        let mut claims = vec![None; fresh.len()];
        for rank in 0.. {
            let mut has_keys = false;
            let mut wishes = Vec::new();
            for (entry, claim) in fresh.iter().zip(&mut claims).filter(|(_, claim)| claim.is_none()) {
                let Some(key) = entry.keys.get(rank) else { continue };
                has_keys = true;
                wishes.extend(self.free(key, entry).map(|row| (row, key, claim)));
            }
            if !has_keys {
                break;
            }
            wishes.sort_by_key(|(row, key, _)| (*row, *key));
            for (row, _, claim) in wishes {
                if self.claimed.insert(row) {
                    *claim = Some(row);
                }
            }
        }
        claims
    }

    /// The stored entry with this key, unless it is another's.
    fn free(&self, key: &str, entry: &Entry) -> Option<usize> {
        let row = *self.known.get(key).or_else(|| self.renamed.get(key))?;
        let stored = self.stored.get(row)?;
        let is_elsewhere =
            !stored.gone && stored.at != entry.at && self.stands.is_some_and(|stands| stands(&stored.at));
        (!self.claimed.contains(&row) && !is_elsewhere).then_some(row)
    }
}

impl Changes {
    fn compare(&mut self, stored: &Recalled, entry: Entry, rules: &Rules<'_>, has_moved: bool) {
        let raw_hash = map::raw_hash(&entry);
        let is_known = entry.keys.iter().any(|key| stored.keys.contains(key));
        if raw_hash == stored.raw_hash && !stored.gone && is_known && !has_moved {
            return;
        }
        if stored.keys.len() > MOST_KEYS {
            let outworn = stored.keys.iter().filter(|key| !entry.keys.contains(key));
            self.outworn.extend(outworn.map(|key| (stored.row, key.clone())));
        }
        let mut entry = map::clean(entry, rules.base);
        let stands_at = match map::feed::date_of(&entry) {
            Some(_) => stands_at(&entry, stored.first_seen, 0),
            None => stored.stands_at,
        };
        let served_hash = served_hash(&mut entry, stands_at);
        if served_hash == stored.served_hash {
            let (_, placing) = filing::file(&entry, stored.stands_at, rules.filing);
            let Entry { keys, at, meta, .. } = entry;
            let list = if stored.gone { &mut self.returns } else { &mut self.touches };
            list.push(Touch { row: stored.row, raw_hash, keys, at, meta, placing });
            return;
        }
        entry.updated = not_ahead(entry.updated, rules.now).or_else(|| Some(rules.now.fixed_offset()));
        let (filed, placing) = filing::file(&entry, stands_at, rules.filing);
        let written = Written { entry, filed, placing, raw_hash, served_hash, stands_at };
        self.replaces.push((stored.row, written));
    }

    fn insert(&mut self, entry: Entry, place: usize, rules: &Rules<'_>) {
        let raw_hash = map::raw_hash(&entry);
        let mut entry = map::clean(entry, rules.base);
        let stands_at = stands_at(&entry, rules.now, place);
        let served_hash = served_hash(&mut entry, stands_at);
        entry.updated = not_ahead(entry.updated, rules.now);
        let (filed, placing) = filing::file(&entry, stands_at, rules.filing);
        self.inserts.push(Written { entry, filed, placing, raw_hash, served_hash, stands_at });
    }
}

/// A change that its source dates in the future is one without a date: readers distrust a
/// feed that says it, and `Last-Modified` must not.
fn not_ahead(updated: Option<Date>, now: DateTime<Utc>) -> Option<Date> {
    updated.filter(|updated| *updated <= now)
}

/// A written date counts as the one that is served: where it is later than that, one that
/// moves at every poll changes nothing.
fn served_hash(entry: &mut Entry, stands_at: DateTime<Utc>) -> [u8; 16] {
    // As exact as the store keeps it.
    let stands_at = stands_at.trunc_subsecs(3);
    let written = entry.published;
    entry.published = written.map(|date| if date > stands_at { stands_at.fixed_offset() } else { date });
    let hash = map::served_hash(entry);
    entry.published = written;
    hash
}

/// The smaller of published and first seen, so that nothing stands in the future;
/// an entry that waits for its minute is first seen then. Without a date: first
/// seen less its place in the source, so that the order of the source stays.
fn stands_at(entry: &Entry, first_seen: DateTime<Utc>, place: usize) -> DateTime<Utc> {
    let seen = entry.visible_from.map_or(first_seen, |from| from.max(first_seen));
    // Atom asks for `updated` alone: an entry without another date stands at that.
    match map::feed::date_of(entry) {
        Some(date) => seen.min(date.to_utc()),
        None => seen - Duration::seconds(i64::try_from(place).unwrap_or(0)),
    }
}

fn is_too_old(entry: &Entry, rules: &Rules<'_>) -> bool {
    let earliest = match rules.since {
        Since::All => return false,
        Since::Now => rules.first_collected,
        Since::Date(date) => date.to_utc(),
    };
    entry.published.is_some_and(|published| published.to_utc() < earliest)
}
