//! A document or page as it is answered: known, checked, made when it has to be.
//!
//! In: a piece and what the asker has of it. Out: facts and, where they are needed,
//! bytes. Made once a change by whoever asks first; the others wait for it. Where
//! stored facts answer, nothing is made at all, also right after a start.

use crate::serve::basis::Basis;
use crate::serve::cache::{Bodies, Kept, Stamp, Validators};
use crate::serve::coding::Coding;
use crate::serve::conditional::{Conditions, Verdict};
use crate::serve::hubs;
use crate::serve::piece::Piece;
use crate::serve::shelf::{ALL, Shelf};
use crate::serve::site::Site;
use crate::store::{DocumentFacts, StoreError};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use std::sync::Arc;

/// Why a document cannot be had.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Its feed has left the shelf meanwhile.
    Gone,
    /// The store could not be read, and nothing was kept.
    Unreadable,
    /// Too many wait for choices of their own.
    Busy,
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
    let waiting = match &piece {
        Piece::Chosen(..) => Arc::clone(&site.choosers).try_acquire_owned().map(Some),
        _ => Ok(None),
    };
    let Ok(waiting) = waiting else { return Err(Failure::Busy) };
    let task = obtain_in_turn(Arc::clone(site), piece, conditions.clone());
    let task = async move {
        let made = task.await;
        drop(waiting);
        made
    };
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
    // The index says how things stand, which moves without a change in the store.
    let minute = if matches!(piece, Piece::Index(_)) { site.clock.now().timestamp() / 60 } else { 0 };
    let stamp = Stamp { minute, ..site.stamp(&shelf) };
    let before = site.cache.get(&key).filter(|kept| kept.kind == piece.kind());
    if let Some(kept) = &before
        && answers(kept, stamp, &conditions, site.clock.now())
    {
        return Ok(Arc::clone(kept));
    }
    // Whoever asks for choices, however many, leaves room for what everybody reads.
    let lane = if matches!(piece, Piece::Chosen(..)) { &site.choices } else { &site.renders };
    let _place = lane.acquire().await;
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
        let facts = basis.facts(&bytes, known, now);
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
            validators: Validators::of(&facts),
            facts,
            body: bytes.map(|bytes| Arc::new(Bodies::new(bytes))),
            kind: self.piece.kind(),
            age: Arc::default(),
            heads: Arc::default(),
            link: self.link(),
            feed: self.piece.feed().filter(|feed| *feed != ALL).map(str::to_owned),
        }
    }

    fn link(&self) -> Option<HeaderValue> {
        let Piece::Document(address, format) = &self.piece else { return None };
        let shelved = self.shelf.of(address).filter(|_| address.leaf().is_none())?;
        let base = &self.site.base.url;
        let self_url = format!("{base}{}", address.url_path(*format));
        HeaderValue::from_str(&hubs::link(&hubs::hubs(shelved, base), &self_url)?).ok()
    }

    /// What the piece is made from; `None` where its feed is not on the shelf.
    fn basis(&self, now: DateTime<Utc>) -> Result<Option<Basis>, StoreError> {
        let shelved = self.piece.shelved(&self.shelf);
        if shelved.is_empty() && self.piece.feed().is_some() {
            return Ok(None);
        }
        let (store, base) = (&*self.site.store, self.site.base.url.as_str());
        let basis = Basis::of(store, base, self.piece.kind(), &shelved, now)?;
        Ok(Some(match self.stamp.minute {
            0 => basis,
            minute => basis.in_minute(minute),
        }))
    }
}
