//! Telling others of changes: pings to hubs, and our own hub's deliveries.
//!
//! In: changes and requests, by way of a [`Desk`]. Out: messages, a few at once, tried
//! again after longer and longer waits; who subscribed and what was told, in the store.
//! Of several changes of one document only the last is told. All goes out under the
//! address policy of fetches: a callback in a private network is refused like a source
//! there. Never knows what a document says.

use crate::clock::Clock;
use crate::collect::{Fetch, FetchRequest, Post, PostRequest};
use crate::model::{Change, Content, HubDesk, HubRequest};
use crate::store::{Store, Subscriber};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write,
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::mpsc, task::JoinSet};

/// The waits before each next try; after the last there is none.
const BACK_OFF: [TimeDelta; 5] = [
    TimeDelta::seconds(30),
    TimeDelta::minutes(2),
    TimeDelta::minutes(10),
    TimeDelta::hours(1),
    TimeDelta::hours(6),
];

/// Messages under way at once, and to one server.
const AT_ONCE: usize = 16;
const AT_ONE_SERVER: usize = 2;

/// Requests to our hub that wait to be verified.
const MOST_WAITING: usize = 256;

/// The longest that one message may take.
const PATIENCE: Duration = Duration::from_secs(20);

enum Order {
    Changed(Change),
    Asked(HubRequest),
}

/// Where changes and requests are handed in.
#[derive(Clone)]
pub struct Desk {
    orders: mpsc::UnboundedSender<Order>,
    waiting: Arc<AtomicUsize>,
}

impl HubDesk for Desk {
    fn asked(&self, request: HubRequest) -> bool {
        if self.waiting.fetch_add(1, Ordering::Relaxed) >= MOST_WAITING {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        self.orders.send(Order::Asked(request)).is_ok()
    }

    fn changed(&self, change: Change) {
        // Without a herald the daemon is ending; what was not told is told after the next start.
        let _ = self.orders.send(Order::Changed(change));
    }
}

/// Whom a message is for, and on which document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    Ping { hub: String, topic: String },
    Deliver { callback: String, topic: String },
    Verify { callback: String, topic: String },
}

impl Key {
    fn url(&self) -> &str {
        match self {
            Self::Ping { hub, .. } => hub,
            Self::Deliver { callback, .. } | Self::Verify { callback, .. } => callback,
        }
    }

    /// The server that it is for.
    fn server(&self) -> &str {
        let url = self.url();
        url.split('/').nth(2).unwrap_or(url)
    }
}

#[derive(Debug, Clone)]
enum Message {
    /// The `ETag` that is told.
    Ping(String),
    Deliver {
        etag: String,
        content: Content,
        secret: Option<String>,
    },
    Verify(HubRequest),
}

#[derive(Debug, Clone)]
struct Job {
    message: Message,
    due: DateTime<Utc>,
    tries: usize,
}

/// How a message ended.
enum Ended {
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

/// One task that owns every message.
pub struct Herald {
    lines: Wires,
    orders: mpsc::UnboundedReceiver<Order>,
    waiting: Arc<AtomicUsize>,
    jobs: BTreeMap<Key, Job>,
    busy: HashMap<Key, Job>,
}

impl Herald {
    /// A herald and the desk that it takes its orders from.
    pub fn new(lines: Wires) -> (Self, Desk) {
        let (sender, orders) = mpsc::unbounded_channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let desk = Desk { orders: sender, waiting: Arc::clone(&waiting) };
        (Self { lines, orders, waiting, jobs: BTreeMap::new(), busy: HashMap::new() }, desk)
    }

    /// Tells until `shutdown` resolves; what is under way then is told again after the next start.
    pub async fn run(mut self, shutdown: impl Future<Output = ()>) {
        let mut shutdown = pin!(shutdown);
        let mut sent: JoinSet<(Key, Ended)> = JoinSet::new();
        loop {
            self.send_due(&mut sent);
            let next = self.jobs.iter().filter(|(key, _)| !self.busy.contains_key(key));
            let now = self.lines.clock.now();
            // What is due and did not go out waits for one of those under way.
            let next = next.map(|(_, job)| job.due).filter(|due| self.busy.is_empty() || *due > now).min();
            let wait =
                next.map(|due| (due - now).to_std().unwrap_or_default().max(Duration::from_millis(50)));
            let clock = Arc::clone(&self.lines.clock);
            let rest = async move {
                match wait {
                    Some(wait) => clock.sleep(wait).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = &mut shutdown => return,
                Some(order) = self.orders.recv() => self.take(order),
                Some(Ok((key, ended))) = sent.join_next() => self.settle(key, ended),
                () = rest => {}
            }
        }
    }

    fn take(&mut self, order: Order) {
        match order {
            Order::Asked(request) => {
                let key = Key::Verify { callback: request.callback.clone(), topic: request.topic.clone() };
                if self.put(key, Message::Verify(request)) {
                    self.waiting.fetch_sub(1, Ordering::Relaxed);
                }
            }
            Order::Changed(change) => {
                let Change { topic, etag, ping, content } = change;
                if ping.is_empty() {
                    self.keep_announced(&topic, &etag);
                }
                for hub in ping {
                    self.put(Key::Ping { hub, topic: topic.clone() }, Message::Ping(etag.clone()));
                }
                if let Some(content) = content {
                    self.deliver(&topic, &etag, &content);
                }
            }
        }
    }

    /// A message for everyone who has not had this document yet.
    fn deliver(&mut self, topic: &str, etag: &str, content: &Content) {
        let subscribers = match self.lines.store.subscribers(topic, self.lines.clock.now()) {
            Ok(subscribers) => subscribers,
            Err(error) => return tracing::error!("cannot read who is subscribed: {error}"),
        };
        for Subscriber { callback, secret, delivered, .. } in subscribers {
            if delivered.as_deref() != Some(etag) {
                let key = Key::Deliver { callback, topic: topic.to_owned() };
                let (etag, content) = (etag.to_owned(), content.clone());
                self.put(key, Message::Deliver { etag, content, secret });
            }
        }
    }

    /// Queues a message in place of an older one, whose wait it keeps; whether there was one.
    fn put(&mut self, key: Key, message: Message) -> bool {
        let due = self.lines.clock.now();
        if let Some(job) = self.jobs.get_mut(&key) {
            job.message = message;
            return true;
        }
        self.jobs.insert(key, Job { message, due, tries: 0 });
        false
    }

    fn send_due(&mut self, sent: &mut JoinSet<(Key, Ended)>) {
        let now = self.lines.clock.now();
        let due: Vec<Key> =
            self.jobs.iter().filter(|(_, job)| job.due <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            let of_server = self.busy.keys().filter(|busy| busy.server() == key.server()).count();
            if self.busy.len() >= AT_ONCE || of_server >= AT_ONE_SERVER || self.busy.contains_key(&key) {
                continue;
            }
            let Some(job) = self.jobs.remove(&key) else { continue };
            self.busy.insert(key.clone(), job.clone());
            let lines = self.lines.clone();
            sent.spawn(async move {
                let ended = lines.send(&key, &job.message).await;
                (key, ended)
            });
        }
    }

    fn settle(&mut self, key: Key, ended: Ended) {
        let Some(job) = self.busy.remove(&key) else { return };
        if matches!(job.message, Message::Verify(_)) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        match ended {
            Ended::Done => self.done(&key, &job.message),
            Ended::Refused => {
                if let Key::Deliver { callback, topic } = &key {
                    tell_trouble(self.lines.store.unsubscribe(topic, callback));
                }
            }
            Ended::Failed { why, wait } => self.again(key, job, &why, wait),
        }
    }

    fn again(&mut self, key: Key, job: Job, why: &str, wait: Option<Duration>) {
        let url = key.url().to_owned();
        let back_off = BACK_OFF.get(job.tries).filter(|_| !matches!(job.message, Message::Verify(_)));
        let Some(back_off) = back_off else {
            tracing::warn!(url, "given up telling of a change: {why}");
            // A hub that was not reached for hours is told of the next change.
            if let Message::Ping(_) = &job.message {
                self.done(&key, &job.message);
            }
            return;
        };
        tracing::debug!(url, "could not tell of a change: {why}");
        let wait = wait.and_then(|wait| TimeDelta::from_std(wait).ok()).unwrap_or_default();
        let due = self.lines.clock.now() + wait.clamp(*back_off, TimeDelta::days(1));
        // A newer one that came meanwhile goes out in its place, but no sooner.
        let message = self.jobs.remove(&key).map_or(job.message, |newer| newer.message);
        self.jobs.insert(key, Job { message, due, tries: job.tries + 1 });
    }

    fn done(&self, key: &Key, message: &Message) {
        match (key, message) {
            (Key::Ping { topic, .. }, Message::Ping(etag)) => {
                let more = |other: &Key| matches!(other, Key::Ping { topic: of, .. } if of == topic);
                if !self.jobs.keys().chain(self.busy.keys()).any(more) {
                    self.keep_announced(topic, etag);
                }
            }
            (Key::Deliver { callback, topic }, Message::Deliver { etag, .. }) => {
                tell_trouble(self.lines.store.delivered(topic, callback, etag));
            }
            (Key::Verify { callback, topic }, Message::Verify(request)) => {
                self.verified(callback, topic, request);
            }
            _ => {}
        }
    }

    fn verified(&self, callback: &str, topic: &str, request: &HubRequest) {
        let (store, now) = (&self.lines.store, self.lines.clock.now());
        if !request.subscribe {
            return tell_trouble(store.unsubscribe(topic, callback));
        }
        let lease = TimeDelta::from_std(request.lease).unwrap_or_default();
        let subscription = Subscriber {
            topic: topic.to_owned(),
            callback: callback.to_owned(),
            secret: request.secret.clone(),
            expires: now + lease,
            delivered: store.announced(topic).unwrap_or_default(),
        };
        tell_trouble(store.subscribe(&subscription, now));
    }

    fn keep_announced(&self, topic: &str, etag: &str) {
        tell_trouble(self.lines.store.keep_announced(topic, etag));
    }
}

fn tell_trouble(outcome: Result<(), crate::store::StoreError>) {
    if let Err(error) = outcome {
        tracing::error!("cannot remember what was told: {error}");
    }
}

impl Wires {
    async fn send(&self, key: &Key, message: &Message) -> Ended {
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
            Ok(crate::collect::Fetched::Body { body, .. }) if body.trim_ascii() == challenge.as_bytes() => {
                Ended::Done
            }
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
