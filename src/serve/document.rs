//! A document or page as it is answered: known, checked, made when it has to be.
//!
//! In: a piece and what the asker has of it. Out: facts and, where they are needed,
//! bytes. Made once a change by whoever asks first; the others wait for it. Where
//! stored facts answer, nothing is made at all, also right after a start.

use crate::serve::announce;
use crate::serve::cache::{Bodies, Kept, Stamp};
use crate::serve::coding::Coding;
use crate::serve::conditional::{Conditions, Verdict};
use crate::serve::piece::Piece;
use crate::serve::render::never_adopted;
use crate::serve::shelf::{ALL, Shelf};
use crate::serve::site::Site;
use crate::store::{DocumentFacts, StoreError};
use bytes::Bytes;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use http::HeaderValue;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Goes up when the same entries come out as other bytes.
const REVISION: &str = concat!(env!("CARGO_PKG_VERSION"), "-1");

/// Who is making what just now.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// A place among those who want the same document.
struct Flight<'a> {
    flights: &'a Flights,
    key: &'a str,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Flights {
    fn board<'a>(&'a self, key: &'a str) -> Flight<'a> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Arc::clone(flights.entry(key.to_owned()).or_default());
        drop(flights);
        Flight { flights: self, key, turn }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and ours: nobody else is on board.
        if Arc::strong_count(&self.turn) == 2 {
            flights.remove(self.key);
        }
    }
}

/// Why a document cannot be had.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Its feed has left the shelf meanwhile.
    Gone,
    /// The store could not be read, and nothing was kept.
    Unreadable,
}

/// Whether what is kept answers this request: it was checked against the stamp, and has
/// a body or the asker needs none.
pub(crate) fn answers(kept: &Kept, stamp: Stamp, conditions: &Conditions, now: DateTime<Utc>) -> bool {
    let checked = stamp.generation.is_some() && kept.stamp == stamp;
    checked
        && (kept.body.is_some()
            || conditions.judge(&kept.facts.etag, sendable(&kept.facts, now)) != Verdict::Send)
}

/// `Last-Modified`, unless it lies in the future: two changes within a second, or a clock
/// that was set back.
pub(crate) fn sendable(facts: &DocumentFacts, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    (facts.last_modified <= now).then_some(facts.last_modified)
}

/// The piece as it is now. What was begun is ended, also when the asker has hung up, so
/// that coming and going makes no work.
pub(crate) async fn obtain(
    site: &Arc<Site>,
    piece: Piece,
    conditions: &Conditions,
) -> Result<Arc<Kept>, Failure> {
    let task = obtain_in_turn(Arc::clone(site), piece, conditions.clone());
    tokio::spawn(task).await.unwrap_or(Err(Failure::Unreadable))
}

/// A body in a coding, made by whoever asks first.
pub(crate) async fn coded(
    site: &Arc<Site>,
    key: &str,
    bodies: &Arc<Bodies>,
    coding: Coding,
) -> (Bytes, Coding) {
    if let Some(bytes) = bodies.ready(coding) {
        return (bytes, coding);
    }
    let (site, key, task) = (Arc::clone(site), key.to_owned(), Arc::clone(bodies));
    let made = tokio::spawn(async move {
        let _place = site.renders.acquire().await;
        let made = task.make(coding).await;
        site.cache.grew(&key);
        made
    });
    match made.await {
        Ok(Some(bytes)) => (bytes, coding),
        // Bytes that cannot be coded go as they are.
        _ => (bodies.identity.clone(), Coding::Identity),
    }
}

async fn obtain_in_turn(site: Arc<Site>, piece: Piece, conditions: Conditions) -> Result<Arc<Kept>, Failure> {
    let key = piece.key();
    let flight = site.flights.board(&key);
    let _turn = flight.turn.lock().await;
    // Whoever was before us may have made it, of later entries than we asked for.
    let shelf = site.shelf();
    let stamp = site.stamp(&shelf);
    let before = site.cache.get(&key).filter(|kept| kept.kind == piece.kind());
    if let Some(kept) = &before
        && answers(kept, stamp, &conditions, site.clock.now())
    {
        return Ok(Arc::clone(kept));
    }
    let _place = site.renders.acquire().await;
    let work = Work {
        site: Arc::clone(&site),
        shelf,
        stamp,
        key: key.clone(),
        piece,
        conditions,
        before: before.clone(),
    };
    let made = tokio::task::spawn_blocking(move || work.freshen()).await;
    match made {
        Ok(Ok(Some(kept))) => {
            let kept = Arc::new(kept);
            site.cache.put(&key, Arc::clone(&kept));
            Ok(kept)
        }
        Ok(Ok(None)) => Err(Failure::Gone),
        Ok(Err(error)) => {
            tracing::error!("cannot read what is served at {key:?}: {error}");
            before.filter(|kept| kept.body.is_some()).ok_or(Failure::Unreadable)
        }
        Err(panic) => {
            tracing::error!("rendering {key:?} ended badly: {panic}");
            before.filter(|kept| kept.body.is_some()).ok_or(Failure::Unreadable)
        }
    }
}

/// Everything that looking up and rendering needs, away from the async threads.
struct Work {
    site: Arc<Site>,
    shelf: Arc<Shelf>,
    stamp: Stamp,
    key: String,
    piece: Piece,
    conditions: Conditions,
    before: Option<Arc<Kept>>,
}

/// What a document is made from.
struct Basis {
    rendered_from: String,
    changed_at: DateTime<Utc>,
}

impl Work {
    /// The piece as it is now; `None` where its feed is not on the shelf.
    fn freshen(self) -> Result<Option<Kept>, StoreError> {
        let now = self.site.clock.now();
        let Some(basis) = self.basis(now)? else {
            return Ok(None);
        };
        if let Some(before) = &self.before
            && before.facts.rendered_from == basis.rendered_from
            && self.enough(before.body.is_some(), &before.facts, now)
        {
            return Ok(Some(Kept { stamp: self.stamp, ..Kept::clone(before) }));
        }
        let remembered = self.piece.is_remembered();
        let stored = if remembered { self.site.store.document(&self.key)? } else { None };
        if let Some(facts) = &stored
            && facts.rendered_from == basis.rendered_from
            && self.enough(false, facts, now)
        {
            return Ok(Some(self.kept(facts.clone(), None)));
        }
        let Some(bytes) = self.piece.render(&self.site, &self.shelf)? else {
            return Ok(None);
        };
        self.site.metrics.rendered();
        let known = stored.as_ref().or(self.before.as_ref().map(|before| &before.facts));
        let facts = facts(&bytes, basis, known, now);
        if remembered
            && stored.as_ref() != Some(&facts)
            && let Err(error) = self.site.store.keep_document(&self.key, &facts)
        {
            // It is served all the same; after a restart it is rendered once more.
            tracing::warn!("cannot remember what is served at {:?}: {error}", self.key);
        }
        Ok(Some(self.kept(facts, Some(bytes))))
    }

    fn enough(&self, has_body: bool, facts: &DocumentFacts, now: DateTime<Utc>) -> bool {
        has_body || self.conditions.judge(&facts.etag, sendable(facts, now)) != Verdict::Send
    }

    fn kept(&self, facts: DocumentFacts, bytes: Option<Vec<u8>>) -> Kept {
        Kept {
            stamp: self.stamp,
            facts,
            body: bytes.map(|bytes| Arc::new(Bodies::new(bytes))),
            kind: self.piece.kind(),
            link: self.link(),
            feed: self.piece.feed().filter(|feed| *feed != ALL).map(str::to_owned),
        }
    }

    fn link(&self) -> Option<HeaderValue> {
        let Piece::Document(address, format) = &self.piece else { return None };
        let shelved = self.shelf.of(address).filter(|_| address.leaf().is_none())?;
        let base = &self.site.base.url;
        let self_url = format!("{base}{}", address.url_path(*format));
        HeaderValue::from_str(&announce::link(&announce::hubs(shelved, base), &self_url)?).ok()
    }

    /// Where each feed stands, what its definition says, where everything is served, and by which code.
    fn basis(&self, now: DateTime<Utc>) -> Result<Option<Basis>, StoreError> {
        let shelved = self.piece.shelved(&self.shelf);
        if shelved.is_empty() && self.piece.feed().is_some() {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{REVISION}\n{:?}\n{}\n", self.piece.kind(), self.site.base.url).as_bytes());
        let mut changed_at = None;
        for shelved in shelved {
            hasher.update(shelved.hash.as_bytes());
            for feed in &shelved.feeds {
                let Some(facts) = self.site.store.feed(feed)? else {
                    return Err(never_adopted(feed));
                };
                hasher.update(format!("\n{feed} {}", facts.sequence).as_bytes());
                changed_at = changed_at.max(Some(facts.changed_at));
            }
        }
        Ok(Some(Basis { rendered_from: short_hex(hasher.finalize()), changed_at: changed_at.unwrap_or(now) }))
    }
}

/// The facts of freshly rendered bytes. The same bytes as before keep their time; other
/// bytes get a later one, to the second, however little time has passed.
fn facts(bytes: &[u8], basis: Basis, before: Option<&DocumentFacts>, now: DateTime<Utc>) -> DocumentFacts {
    let etag = short_hex(blake3::hash(bytes));
    let last_modified = match before {
        Some(before) if before.etag == etag => before.last_modified,
        Some(before) => whole_second(now).max(before.last_modified + TimeDelta::seconds(1)),
        None => whole_second(basis.changed_at.min(now)),
    };
    DocumentFacts { rendered_from: basis.rendered_from, etag, last_modified }
}

fn whole_second(time: DateTime<Utc>) -> DateTime<Utc> {
    time.duration_trunc(TimeDelta::seconds(1)).unwrap_or(time)
}

/// 128 bits: enough to tell documents apart.
fn short_hex(hash: blake3::Hash) -> String {
    hash.to_hex().get(..32).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Basis, facts, sendable};
    use chrono::{DateTime, Utc};

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn basis(changed_at: &str) -> Basis {
        Basis { rendered_from: "r".into(), changed_at: time(changed_at) }
    }

    #[test]
    fn the_time_moves_with_the_bytes_alone() {
        let now = time("2026-11-21T10:00:00.7Z");
        let first = facts(b"one", basis("2026-11-21T09:00:00.5Z"), None, now);
        assert_eq!(first.last_modified, time("2026-11-21T09:00:00Z"));
        let same = facts(b"one", basis("2026-11-21T09:59:00Z"), Some(&first), now);
        assert_eq!(same.last_modified, first.last_modified);
        let other = facts(b"two", basis("2026-11-21T09:59:00Z"), Some(&first), now);
        assert_eq!(other.last_modified, time("2026-11-21T10:00:00Z"));
        assert_eq!(sendable(&other, now), Some(other.last_modified));
        let third = facts(b"three", basis("2026-11-21T10:00:00Z"), Some(&other), now);
        assert_eq!(third.last_modified, time("2026-11-21T10:00:01Z"));
        assert_eq!(sendable(&third, now), None);
        assert_eq!(sendable(&third, time("2026-11-21T10:00:01Z")), Some(third.last_modified));
    }

    #[test]
    fn a_change_in_the_future_is_one_of_now() {
        let now = time("2026-11-21T10:00:00Z");
        let first = facts(b"one", basis("2027-01-01T00:00:00Z"), None, now);
        assert_eq!(first.last_modified, now);
    }
}
