//! What a document is made from, and what is remembered of it once it is made.
//!
//! In: where each feed stands, what its definition says, where everything is served,
//! by which code. Out: a hash that moves when the bytes may; facts of the bytes.
//! Never renders: while the hash holds, nothing has to be.

use crate::serve::cache::Kind;
use crate::serve::render::never_adopted;
use crate::serve::shelf::Shelved;
use crate::store::{DocumentFacts, ServeStore, StoreError};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::sync::Arc;

/// Goes up when the same entries come out as other bytes.
const REVISION: &str = concat!(env!("CARGO_PKG_VERSION"), "-1");

/// What a document is made from.
#[derive(Debug, Clone)]
pub(crate) struct Basis {
    /// Holds as long as the same bytes come of it.
    pub(crate) rendered_from: String,
    changed_at: DateTime<Utc>,
}

impl Basis {
    /// Of what is on the shelf for one kind of document; `base_url` has no slash at its end.
    pub(crate) fn of(
        store: &dyn ServeStore,
        base_url: &str,
        kind: Kind,
        shelved: &[&Arc<Shelved>],
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        let mut hasher = blake3::Hasher::new();
        hasher.update(format!("{REVISION}\n{kind:?}\n{base_url}\n").as_bytes());
        let mut changed_at = None;
        for shelved in shelved {
            hasher.update(shelved.hash.as_bytes());
            for feed in &shelved.feeds {
                let Some(facts) = store.feed(feed)? else {
                    return Err(never_adopted(feed));
                };
                hasher.update(format!("\n{feed} {}", facts.sequence).as_bytes());
                changed_at = changed_at.max(Some(facts.changed_at));
            }
        }
        Ok(Self { rendered_from: short_hex(hasher.finalize()), changed_at: changed_at.unwrap_or(now) })
    }

    /// The same for bytes that also say how things stand in a minute.
    pub(crate) fn in_minute(self, minute: i64) -> Self {
        Self { rendered_from: format!("{}-{minute}", self.rendered_from), ..self }
    }

    /// The facts of freshly rendered bytes. The same bytes as before keep their time; other
    /// bytes get a later one, to the second, however little time has passed.
    pub(crate) fn facts(
        &self,
        bytes: &[u8],
        before: Option<&DocumentFacts>,
        now: DateTime<Utc>,
    ) -> DocumentFacts {
        let etag = etag(bytes);
        let last_modified = match before {
            Some(before) if before.etag == etag => before.last_modified,
            Some(before) => whole_second(now).max(before.last_modified + TimeDelta::seconds(1)),
            None => whole_second(self.changed_at.min(now)),
        };
        DocumentFacts { rendered_from: self.rendered_from.clone(), etag, last_modified }
    }
}

/// What tells these bytes from others.
pub(crate) fn etag(bytes: &[u8]) -> String {
    short_hex(blake3::hash(bytes))
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
    use super::Basis;
    use crate::serve::document::sendable;
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
        let first = basis("2026-11-21T09:00:00.5Z").facts(b"one", None, now);
        assert_eq!(first.last_modified, time("2026-11-21T09:00:00Z"));
        let same = basis("2026-11-21T09:59:00Z").facts(b"one", Some(&first), now);
        assert_eq!(same.last_modified, first.last_modified);
        let other = basis("2026-11-21T09:59:00Z").facts(b"two", Some(&first), now);
        assert_eq!(other.last_modified, time("2026-11-21T10:00:00Z"));
        assert_eq!(sendable(&other, now), Some(other.last_modified));
        let third = basis("2026-11-21T10:00:00Z").facts(b"three", Some(&other), now);
        assert_eq!(third.last_modified, time("2026-11-21T10:00:01Z"));
        assert_eq!(sendable(&third, now), None);
        assert_eq!(sendable(&third, time("2026-11-21T10:00:01Z")), Some(third.last_modified));
    }

    #[test]
    fn a_change_in_the_future_is_one_of_now() {
        let now = time("2026-11-21T10:00:00Z");
        let first = basis("2027-01-01T00:00:00Z").facts(b"one", None, now);
        assert_eq!(first.last_modified, now);
    }
}
