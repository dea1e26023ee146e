//! WebSub as a subscriber sees it: what hubs send to a callback, and who takes it.

use std::{future::Future, pin::Pin};

/// Takes what hubs send. A callback's name is the random last part of its address.
pub trait Subscriber: Send + Sync {
    /// Whether a callback is one of ours.
    fn knows<'a>(&'a self, callback: &'a str) -> Answering<'a, bool>;
    /// A hub asks whether its message to us was meant (W3C WebSub §5.3), or says that
    /// it won't have us (§5.2).
    fn verify<'a>(&'a self, callback: &'a str, intent: Intent) -> Answering<'a, Verdict>;
    /// A hub brings content (W3C WebSub §7); whether the callback is one of ours. What
    /// is not signed as agreed is dropped later, and its sender is not told.
    fn deliver<'a>(&'a self, callback: &'a str, delivery: Delivery) -> Answering<'a, bool>;
}

/// An answer under way.
pub type Answering<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a hub asks or says at a callback, as it wrote it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intent {
    /// `hub.mode`: `subscribe`, `unsubscribe` or `denied`.
    pub mode: String,
    /// `hub.topic`.
    pub topic: String,
    /// `hub.lease_seconds`, where it is a number.
    pub lease_seconds: Option<u64>,
    /// `hub.reason`.
    pub reason: Option<String>,
}

/// What becomes of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is ours: the challenge is echoed.
    Confirmed,
    /// It was heard and needs no echo.
    Noted,
    /// Nobody here asked for that.
    Unknown,
}

/// Content that a hub brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Delivery {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `X-Hub-Signature`.
    pub signature: Option<String>,
    /// The bytes that are signed.
    pub body: Vec<u8>,
}
