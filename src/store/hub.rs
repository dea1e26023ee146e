//! WebSub: what hubs were told, who subscribed to ours.

use crate::store::StoreError;
use chrono::{DateTime, Utc};

/// Somebody who is told of a document's changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// The document's address, absolute.
    pub topic: String,
    /// Where to tell them.
    pub callback: String,
    /// Signs what is sent.
    pub secret: Option<String>,
    /// When it ends unless it is renewed.
    pub expires: DateTime<Utc>,
    /// The `ETag` of what they were sent last, or had when they came.
    pub delivered: Option<String>,
}

/// What a store keeps for hubs; one that keeps nothing tells nobody.
pub trait HubStore {
    /// The `ETag` that hubs were last told of.
    fn announced(&self, _topic: &str) -> Result<Option<String>, StoreError> {
        Ok(None)
    }
    /// Remembers it.
    fn keep_announced(&self, _topic: &str, _etag: &str) -> Result<(), StoreError> {
        Ok(())
    }
    /// The paths of a feed's documents that were ever rendered, but for archives.
    fn documents(&self, _feed: &str) -> Result<Vec<String>, StoreError> {
        Ok(Vec::new())
    }
    /// Who is subscribed to a document by `now`.
    fn subscribers(&self, _topic: &str, _now: DateTime<Utc>) -> Result<Vec<Subscriber>, StoreError> {
        Ok(Vec::new())
    }
    /// How many subscribers lead to one server: those whose callback begins with `origin`.
    fn callbacks(&self, _origin: &str, _now: DateTime<Utc>) -> Result<usize, StoreError> {
        Ok(0)
    }
    /// Keeps a subscription, or renews it.
    fn subscribe(&self, _subscription: &Subscriber, _now: DateTime<Utc>) -> Result<(), StoreError> {
        Ok(())
    }
    /// Ends one.
    fn unsubscribe(&self, _topic: &str, _callback: &str) -> Result<(), StoreError> {
        Ok(())
    }
    /// Remembers what a subscriber was sent.
    fn delivered(&self, _topic: &str, _callback: &str, _etag: &str) -> Result<(), StoreError> {
        Ok(())
    }
}
