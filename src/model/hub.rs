//! WebSub: who is told of changes, and what passes between serving and telling.

use bytes::Bytes;
use std::time::Duration;

/// A hub that a feed names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hub {
    /// Our own.
    Builtin,
    /// Somebody's, at this address.
    At(String),
}

/// A document whose bytes have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its address, absolute.
    pub topic: String,
    /// Tells its bytes from others.
    pub etag: String,
    /// Hubs of others to be told.
    pub ping: Vec<String>,
    /// What our own hub hands to its subscribers; `None` where the feed does not use it.
    pub content: Option<Content>,
}

/// A document as our hub hands it on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The document.
    pub bytes: Bytes,
    /// Its media type.
    pub media_type: String,
    /// The `Link` field with hub and self.
    pub link: String,
}

/// Somebody wants to be told of changes, or no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubRequest {
    /// Or no more.
    pub subscribe: bool,
    /// The document.
    pub topic: String,
    /// Where to tell them.
    pub callback: String,
    /// For how long, within our bounds.
    pub lease: Duration,
    /// Signs what is sent to them.
    pub secret: Option<String>,
}

/// What serving hands to whoever tells others.
pub trait HubDesk: Send + Sync {
    /// Takes a request whose intent has to be verified; `false` where there are too many.
    fn asked(&self, request: HubRequest) -> bool;
    /// Takes a change.
    fn changed(&self, change: Change);
}
