//! Rendered documents, kept in memory up to a bound in bytes; the longest unused go first.
//!
//! In: a document's path, what was made of it. Out: the same, while it lasts. Shared
//! bytes are counted once, with the document that they belong to.

use crate::model::Format;
use crate::serve::coding::Coding;
use crate::serve::conditional::{entity_tag, http_date};
use crate::store::DocumentFacts;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::HeaderValue;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::OnceCell;

/// The heads of a document's answers as they were written last, each with its second: one
/// for each coding with the document, one without.
#[derive(Debug, Default)]
pub(crate) struct Heads([Mutex<Option<(i64, Bytes)>>; 8]);

impl Heads {
    /// The head that was written in this second, else a new one.
    pub(crate) fn in_second(&self, slot: usize, second: i64, write: impl FnOnce() -> Bytes) -> (Bytes, bool) {
        let Some(slot) = self.0.get(slot) else {
            return (write(), true);
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((written, head)) = &*slot
            && *written == second
        {
            return (head.clone(), false);
        }
        let head = write();
        *slot = Some((second, head.clone()));
        (head, true)
    }
}

/// What an entry costs beside its bytes: its maps, its facts, its key twice, a few heads.
const OVERHEAD: usize = 1536;

/// What a document was checked against: while both stand, it is as good as new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The store's count of visible changes; `None` where a store has none, and every
    /// request has to ask.
    pub(crate) generation: Option<u64>,
    /// The shelf's number.
    pub(crate) shelf: u64,
    /// For what shows how things stand: the minute, counted from 1970; 0 for all else.
    pub(crate) minute: i64,
}

/// A document as it is known: its facts, and its bytes where somebody wanted them.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    /// Checked against this.
    pub(crate) stamp: Stamp,
    /// What the validators come from.
    pub(crate) facts: DocumentFacts,
    /// Absent while nobody wanted more than a 304.
    pub(crate) body: Option<Arc<Bodies>>,
    /// What it is.
    pub(crate) kind: Kind,
    /// Its validators as they are sent.
    pub(crate) validators: Arc<Validators>,
    /// How long it may be kept by readers, as it was worked out last.
    pub(crate) age: Arc<Age>,
    /// The heads of its answers as they were written last.
    pub(crate) heads: Arc<Heads>,
    /// The `Link` field, where it names hubs.
    pub(crate) link: Option<HeaderValue>,
    /// The feed whose next collection bounds its age; `None` for several.
    pub(crate) feed: Option<String>,
}

/// `ETag` and `Last-Modified`, written once.
#[derive(Debug)]
pub(crate) struct Validators {
    etags: [Option<HeaderValue>; 4],
    last_modified: Option<HeaderValue>,
}

impl Validators {
    pub(crate) fn of(facts: &DocumentFacts) -> Arc<Self> {
        let etag = |coding| HeaderValue::from_str(&entity_tag(&facts.etag, coding)).ok();
        Arc::new(Self {
            etags: [Coding::Identity, Coding::Gzip, Coding::Brotli, Coding::Zstd].map(etag),
            last_modified: HeaderValue::from_str(&http_date(facts.last_modified)).ok(),
        })
    }

    pub(crate) fn etag(&self, coding: Coding) -> Option<HeaderValue> {
        let [identity, gzip, brotli, zstd] = &self.etags;
        let etag = match coding {
            Coding::Identity => identity,
            Coding::Gzip => gzip,
            Coding::Brotli => brotli,
            Coding::Zstd => zstd,
        };
        etag.clone()
    }

    pub(crate) fn last_modified(&self) -> Option<HeaderValue> {
        self.last_modified.clone()
    }
}

/// Seconds that were worked out in a second, and hold for as long: who has a thousand
/// sources need not look through them for every request.
#[derive(Debug, Default)]
pub(crate) struct Age(AtomicU64);

impl Age {
    /// What holds in this second, worked out where nobody did yet.
    pub(crate) fn at(&self, now: DateTime<Utc>, work_out: impl FnOnce() -> i64) -> i64 {
        // 32 bits of the time, 32 of the age.
        let second = now.timestamp().unsigned_abs() & 0xffff_ffff;
        let known = self.0.load(Ordering::Relaxed);
        if known != 0 && known >> 32 == second {
            return i64::try_from(known & 0xffff_ffff).unwrap_or_default();
        }
        let age = work_out();
        self.0.store((second << 32) | (age.unsigned_abs() & 0xffff_ffff), Ordering::Relaxed);
        age
    }
}

/// What is served at an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A feed document.
    Document(Format),
    /// One of those that hold what is no longer in a document.
    Archive(Format),
    /// An OPML list.
    Opml,
    /// A page for people.
    Page,
}

impl Kind {
    /// Whether a path and this query name one alone, whatever the headers say: pages go by
    /// language, lists by `format`.
    pub(crate) fn is_by_path(self, query: Option<&str>) -> bool {
        match self {
            Self::Document(_) | Self::Archive(_) => true,
            Self::Opml => query.is_none(),
            Self::Page => false,
        }
    }
}

/// A body in every coding that was asked for.
#[derive(Debug)]
pub(crate) struct Bodies {
    /// As rendered.
    pub(crate) identity: Bytes,
    gzip: OnceCell<Bytes>,
    brotli: OnceCell<Bytes>,
    zstd: OnceCell<Bytes>,
}

impl Bodies {
    pub(crate) fn new(identity: Vec<u8>) -> Self {
        Self {
            identity: Bytes::from(identity),
            gzip: OnceCell::new(),
            brotli: OnceCell::new(),
            zstd: OnceCell::new(),
        }
    }

    /// The bytes in this coding, where somebody asked for it before.
    pub(crate) fn ready(&self, coding: Coding) -> Option<Bytes> {
        match self.cell(coding) {
            Some(cell) => cell.get().cloned(),
            None => Some(self.identity.clone()),
        }
    }

    /// The bytes in this coding, made once; `None` where that cannot be done.
    pub(crate) async fn make(&self, coding: Coding) -> Option<Bytes> {
        let Some(cell) = self.cell(coding) else {
            return Some(self.identity.clone());
        };
        let identity = self.identity.clone();
        let made = cell.get_or_try_init(|| async move {
            let coded = tokio::task::spawn_blocking(move || coding.encode(&identity)).await;
            coded.ok().and_then(Result::ok).map(Bytes::from).ok_or(())
        });
        made.await.ok().cloned()
    }

    fn cell(&self, coding: Coding) -> Option<&OnceCell<Bytes>> {
        match coding {
            Coding::Identity => None,
            Coding::Gzip => Some(&self.gzip),
            Coding::Brotli => Some(&self.brotli),
            Coding::Zstd => Some(&self.zstd),
        }
    }

    fn bytes(&self) -> usize {
        [&self.gzip, &self.brotli, &self.zstd]
            .into_iter()
            .filter_map(OnceCell::get)
            .map(Bytes::len)
            .sum::<usize>()
            + self.identity.len()
    }
}

/// The kept documents.
#[derive(Debug)]
pub(crate) struct Cache {
    most: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<Arc<str>, Slot>,
    /// Oldest use first.
    uses: BTreeMap<u64, Arc<str>>,
    tick: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Slot {
    kept: Arc<Kept>,
    used: u64,
    cost: usize,
}

impl Cache {
    /// A cache of at most so many bytes.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, inner: Mutex::default() }
    }

    /// What is kept at this path.
    pub(crate) fn get(&self, path: &str) -> Option<Arc<Kept>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.tick += 1;
        let tick = inner.tick;
        let slot = inner.kept.get_mut(path)?;
        let used = std::mem::replace(&mut slot.used, tick);
        let kept = Arc::clone(&slot.kept);
        if let Some(path) = inner.uses.remove(&used) {
            inner.uses.insert(tick, path);
        }
        Some(kept)
    }

    /// Keeps this in place of what was there, and lets go of what was unused longest.
    pub(crate) fn put(&self, path: &str, kept: Arc<Kept>) {
        let cost = cost(path, &kept);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.remove(path);
        if cost > self.most {
            return;
        }
        inner.tick += 1;
        let used = inner.tick;
        let path: Arc<str> = Arc::from(path);
        inner.uses.insert(used, Arc::clone(&path));
        inner.kept.insert(path, Slot { kept, used, cost });
        inner.bytes += cost;
        inner.shrink(self.most);
    }

    /// Counts a body anew that got another coding.
    pub(crate) fn grew(&self, path: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(slot) = inner.kept.get_mut(path) else {
            return;
        };
        let now = cost(path, &slot.kept);
        let before = std::mem::replace(&mut slot.cost, now);
        inner.bytes = inner.bytes.saturating_sub(before) + now;
        inner.shrink(self.most);
    }

    /// Bytes and documents kept now.
    pub(crate) fn size(&self) -> (usize, usize) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        (inner.bytes, inner.kept.len())
    }
}

impl Inner {
    fn remove(&mut self, path: &str) {
        if let Some(slot) = self.kept.remove(path) {
            self.uses.remove(&slot.used);
            self.bytes = self.bytes.saturating_sub(slot.cost);
        }
    }

    fn shrink(&mut self, most: usize) {
        while self.bytes > most {
            let Some((_, path)) = self.uses.pop_first() else {
                break;
            };
            if let Some(slot) = self.kept.remove(&path) {
                self.bytes = self.bytes.saturating_sub(slot.cost);
            }
        }
    }
}

fn cost(path: &str, kept: &Kept) -> usize {
    OVERHEAD + path.len() + kept.body.as_ref().map_or(0, |body| body.bytes())
}

#[cfg(test)]
mod tests {
    use super::{Bodies, Cache, Kept, Kind, OVERHEAD, Stamp, Validators};
    use crate::serve::coding::Coding;
    use crate::store::DocumentFacts;
    use std::sync::Arc;

    fn kept(bytes: usize) -> Arc<Kept> {
        let facts = DocumentFacts {
            rendered_from: String::new(),
            etag: String::new(),
            last_modified: "2026-11-21T10:00:00Z".parse().unwrap(),
        };
        Arc::new(Kept {
            stamp: Stamp { generation: Some(1), shelf: 1, minute: 0 },
            validators: Validators::of(&facts),
            facts,
            body: Some(Arc::new(Bodies::new(vec![b'x'; bytes]))),
            kind: Kind::Opml,
            age: Arc::default(),
            heads: Arc::default(),
            link: None,
            feed: None,
        })
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let cache = Cache::new(3 * (OVERHEAD + 2 + 1000));
        for path in ["/a", "/b", "/c"] {
            cache.put(path, kept(1000));
        }
        assert!(cache.get("/a").is_some());
        cache.put("/d", kept(1000));
        let there = ["/a", "/b", "/c", "/d"].map(|path| cache.get(path).is_some());
        assert_eq!(there, [true, false, true, true]);
        assert_eq!(cache.size(), (3 * (OVERHEAD + 2 + 1000), 3));
    }

    #[test]
    fn one_too_large_is_not_kept_and_costs_no_other() {
        let cache = Cache::new(OVERHEAD + 2000);
        cache.put("/a", kept(1000));
        cache.put("/b", kept(5000));
        assert!(cache.get("/a").is_some() && cache.get("/b").is_none());
        cache.put("/a", kept(1500));
        assert_eq!(cache.size(), (OVERHEAD + 2 + 1500, 1));
    }

    #[tokio::test]
    async fn codings_are_made_once_and_counted() {
        let cache = Cache::new(1_000_000);
        let document = kept(10_000);
        cache.put("/a", Arc::clone(&document));
        let body = document.body.as_ref().unwrap();
        assert!(body.ready(Coding::Gzip).is_none());
        let first = body.make(Coding::Gzip).await.unwrap();
        let second = body.ready(Coding::Gzip).unwrap();
        assert_eq!(first.as_ptr(), second.as_ptr());
        cache.grew("/a");
        assert_eq!(cache.size().0, OVERHEAD + 2 + 10_000 + first.len());
    }
}
