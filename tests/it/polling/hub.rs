//! An origin that is its own hub, and daemons that subscribe there.

use super::daemon::{Daemon, Kept, politeness, rss, settings};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{Fetcher, Post};
use feedmill::model::{Delivery, Intent, Refresher, Verdict};
use ring::hmac;
use std::{collections::HashMap, sync::Arc, time::Duration};

pub(super) const TOPIC: &str = "https://news.example.org/feed.xml";

/// An origin that is its own hub.
pub(super) struct Hub {
    pub(super) origin: Origin,
}

impl Hub {
    pub(super) fn start() -> Self {
        let hub = Self { origin: Origin::start() };
        hub.origin.answer("/hub", bare(202, ""));
        hub.publish(&["one", "two"]);
        hub
    }

    /// The feed as a poll sees it from now on; its body changes, the hub stays.
    pub(super) fn publish(&self, entries: &[&str]) {
        self.origin.answer_from_now("/feed", ok("ETag: \"a\"\r\n", rss(&self.links(), entries)));
    }

    pub(super) fn links(&self) -> String {
        let hub = self.origin.url("/hub");
        format!(
            "<link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{hub}\"/>\
             <link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"{TOPIC}\"/>"
        )
    }

    pub(super) fn source(&self) -> String {
        format!("feed: {}", self.origin.url("/feed"))
    }

    /// What the hub was asked, each as its fields.
    pub(super) fn asked(&self) -> Vec<HashMap<String, String>> {
        let posts = self.origin.requests().into_iter().filter(|request| request.starts_with("POST /hub "));
        posts
            .map(|request| {
                let (_, body) = request.split_once("\r\n\r\n").unwrap();
                url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
            })
            .collect()
    }

    pub(super) fn polls(&self) -> usize {
        self.origin.requests().iter().filter(|request| request.starts_with("GET /feed ")).count()
    }
}

/// The last part of a callback.
pub(super) fn name(asked: &HashMap<String, String>) -> String {
    asked["hub.callback"].strip_prefix("https://feeds.example.org/hub/callback/").unwrap().to_owned()
}

pub(super) fn intent(mode: &str, topic: &str, lease_seconds: u64) -> Intent {
    let mode = mode.to_owned();
    Intent { mode, topic: topic.to_owned(), lease_seconds: Some(lease_seconds), reason: None }
}

pub(super) fn signature(secret: &str, body: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body.as_bytes());
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={hex}")
}

pub(super) async fn empty() -> Daemon {
    let fetcher = Arc::new(Fetcher::new(settings()).unwrap());
    let post: Arc<dyn Post> = Arc::clone(&fetcher) as Arc<dyn Post>;
    Kept::new(fetcher, politeness()).posting(post).start().await
}

/// A daemon whose feed `f` wants to be subscribed, polled once.
pub(super) async fn wanting(hub: &Hub) -> Daemon {
    let daemon = empty().await;
    daemon.write("f", &format!("websub: true\nsources: [{{{}, schedule: 1h}}]\n", hub.source())).await;
    // Hub and origin are one host here, asked once a second.
    daemon.pass(Duration::from_secs(2)).await;
    daemon
}

/// The same once the hub has verified.
pub(super) async fn subscribed(hub: &Hub, lease_seconds: u64) -> Daemon {
    let daemon = wanting(hub).await;
    let verdict =
        daemon.verify(&name(hub.asked().last().unwrap()), intent("subscribe", TOPIC, lease_seconds)).await;
    assert_eq!(verdict, Verdict::Confirmed);
    daemon
}

impl Daemon {
    pub(super) async fn verify(&self, callback: &str, intent: Intent) -> Verdict {
        self.handle.subscriber().unwrap().verify(callback, intent).await
    }

    /// A hub brings this; whether the callback was known.
    pub(super) async fn brought(&self, callback: &str, signature: Option<String>, body: &str) -> bool {
        let body = body.as_bytes().to_vec();
        let delivery = Delivery { content_type: Some("application/rss+xml".to_owned()), signature, body };
        let known = self.handle.subscriber().unwrap().deliver(callback, delivery).await;
        self.settled().await;
        known
    }

    pub(super) fn told(&self) -> Option<String> {
        self.source().subscription
    }
}
