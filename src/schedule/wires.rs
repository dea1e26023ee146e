//! A message to a hub or to a subscriber, sent once, and how that ended.
//!
//! In: whom it is for and what it says. Out: done, refused, or failed and why. All goes
//! out under the address policy of fetches: a callback in a private network is refused
//! like a source there. Never tries again: when is [`super::herald`]'s.

use crate::clock::Clock;
use crate::collect::{Fetch, FetchRequest, Fetched, Post, PostRequest};
use crate::model::{Content, HubRequest};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::{fmt::Write, sync::Arc, time::Duration};

/// The longest that one message may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Whom a message is for, and on which document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Key {
    Ping { hub: String, topic: String },
    Deliver { callback: String, topic: String },
    Verify { callback: String, topic: String },
}

impl Key {
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Ping { hub, .. } => hub,
            Self::Deliver { callback, .. } | Self::Verify { callback, .. } => callback,
        }
    }

    /// The server that it is for.
    pub(super) fn server(&self) -> &str {
        let url = self.url();
        url.split('/').nth(2).unwrap_or(url)
    }
}

#[derive(Debug, Clone)]
pub(super) enum Message {
    /// The `ETag` that is told.
    Ping(String),
    Deliver {
        etag: String,
        content: Content,
        secret: Option<String>,
    },
    Verify(HubRequest),
}

/// How a message ended.
pub(super) enum Ended {
    Done,
    /// The subscriber is gone for good, or does not want it.
    Refused,
    Failed {
        why: String,
        wait: Option<Duration>,
    },
}

/// What messages go out through.
#[derive(Clone)]
pub struct Wires {
    /// Sends.
    pub post: Arc<dyn Post>,
    /// Asks.
    pub fetch: Arc<dyn Fetch>,
    /// Remembers.
    pub store: Arc<dyn Store>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

impl Wires {
    /// Asks the store, on a thread that may block; what fails is logged, and nothing.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&dyn Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Option<T> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || ask(&*store)).await.ok()? {
            Ok(answer) => Some(answer),
            Err(error) => {
                tracing::error!("cannot look up or remember what hubs are told: {error}");
                None
            }
        }
    }

    pub(super) async fn send(&self, key: &Key, message: &Message) -> Ended {
        let now = self.clock.now();
        let mut request = match (key, message) {
            (Key::Ping { hub, topic }, _) => PostRequest::form(
                hub,
                &[("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)],
                now,
            ),
            (Key::Deliver { callback, .. }, Message::Deliver { content, secret, .. }) => {
                delivery(callback, content, secret.as_deref(), now)
            }
            (Key::Verify { .. }, Message::Verify(request)) => return self.verify(request).await,
            _ => return Ended::Done,
        };
        request.timeout = Some(PATIENCE);
        let ours = matches!(key, Key::Deliver { .. });
        match self.post.post(&request).await {
            Ok(posted) if (200..300).contains(&posted.status) => Ended::Done,
            Ok(posted) if posted.status == 410 && ours => Ended::Refused,
            Ok(posted) => {
                Ended::Failed { why: format!("answered {}", posted.status), wait: posted.retry_after }
            }
            Err(error) => Ended::Failed { why: error.to_string(), wait: None },
        }
    }

    /// Asks at the callback whether this was meant (§5.3): it has to say the challenge back.
    async fn verify(&self, request: &HubRequest) -> Ended {
        let failed = |why: String| Ended::Failed { why, wait: None };
        let mut random = [0_u8; 16];
        if let Err(error) = getrandom::fill(&mut random) {
            return failed(format!("no randomness for a challenge: {error}"));
        }
        let challenge = hex(&random);
        let Ok(mut url) = url::Url::parse(&request.callback) else {
            return failed("the callback is no address".to_owned());
        };
        let mode = if request.subscribe { "subscribe" } else { "unsubscribe" };
        url.query_pairs_mut()
            .append_pair("hub.mode", mode)
            .append_pair("hub.topic", &request.topic)
            .append_pair("hub.challenge", &challenge);
        if request.subscribe {
            url.query_pairs_mut().append_pair("hub.lease_seconds", &request.lease.as_secs().to_string());
        }
        let mut asked = FetchRequest::new(url, self.clock.now());
        asked.timeout = Some(PATIENCE);
        match self.fetch.fetch(&asked).await {
            Ok(Fetched::Body { body, .. }) if body.trim_ascii() == challenge.as_bytes() => Ended::Done,
            Ok(_) => failed("the challenge did not come back".to_owned()),
            Err(error) => failed(error.to_string()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// A document for a subscriber (§7), signed where they gave a secret (§8).
fn delivery(callback: &str, content: &Content, secret: Option<&str>, now: DateTime<Utc>) -> PostRequest {
    let request = PostRequest::bytes(callback, &content.media_type, content.bytes.to_vec(), now)
        .with_header("Link", &content.link);
    let Some(secret) = secret else { return request };
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.as_bytes());
    let tag = ring::hmac::sign(&key, &content.bytes);
    let tag = hex(tag.as_ref());
    request.with_header("X-Hub-Signature", format!("sha256={tag}"))
}
