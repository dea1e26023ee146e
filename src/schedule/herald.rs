//! Telling others of changes: pings to hubs, and our own hub's deliveries.
//!
//! In: changes and requests, by way of a [`Desk`]. Out: messages, a few at once, tried
//! again after longer and longer waits; who subscribed and what was told, in the store.
//! Of several changes of one document only the last is told. Never sends itself: that is [`super::wires`]'.
//! Never knows what a document says.

use super::wires::{Ended, Key, Message, Wires};
use crate::model::{Change, Content, HubDesk, HubRequest};
use crate::store::{Store, Subscriber};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::{BTreeMap, HashMap},
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

#[derive(Debug, Clone)]
struct Job {
    message: Message,
    due: DateTime<Utc>,
    tries: usize,
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
                Some(order) = self.orders.recv() => self.take(order).await,
                Some(Ok((key, ended))) = sent.join_next() => self.settle(key, ended).await,
                () = rest => {}
            }
        }
    }

    async fn take(&mut self, order: Order) {
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
                    self.keep_announced(&topic, &etag).await;
                }
                for hub in ping {
                    self.put(Key::Ping { hub, topic: topic.clone() }, Message::Ping(etag.clone()));
                }
                if let Some(content) = content {
                    self.deliver(&topic, &etag, &content).await;
                }
            }
        }
    }

    /// A message for everyone who has not had this document yet.
    async fn deliver(&mut self, topic: &str, etag: &str, content: &Content) {
        let (of, now) = (topic.to_owned(), self.lines.clock.now());
        let subscribers = self.lines.ask(move |store| store.subscribers(&of, now)).await;
        for Subscriber { callback, secret, delivered, .. } in subscribers.unwrap_or_default() {
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
        if self.busy.len() >= AT_ONCE {
            return;
        }
        let now = self.lines.clock.now();
        let due: Vec<Key> =
            self.jobs.iter().filter(|(_, job)| job.due <= now).map(|(key, _)| key.clone()).collect();
        for key in due {
            if self.busy.len() >= AT_ONCE {
                break;
            }
            let of_server = self.busy.keys().filter(|busy| busy.server() == key.server()).count();
            if of_server >= AT_ONE_SERVER || self.busy.contains_key(&key) {
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

    async fn settle(&mut self, key: Key, ended: Ended) {
        let Some(job) = self.busy.remove(&key) else { return };
        if matches!(job.message, Message::Verify(_)) {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        match ended {
            Ended::Done => self.done(&key, &job.message).await,
            Ended::Refused => {
                if let Key::Deliver { callback, topic } = key {
                    self.lines.ask(move |store| store.unsubscribe(&topic, &callback)).await;
                }
            }
            Ended::Failed { why, wait } => self.again(key, job, &why, wait).await,
        }
    }

    async fn again(&mut self, key: Key, job: Job, why: &str, wait: Option<Duration>) {
        let url = key.url().to_owned();
        let back_off = BACK_OFF.get(job.tries).filter(|_| !matches!(job.message, Message::Verify(_)));
        let Some(back_off) = back_off else {
            tracing::warn!(url, "given up telling of a change: {why}");
            // A hub that was not reached for hours is told of the next change.
            if let Message::Ping(_) = &job.message {
                self.done(&key, &job.message).await;
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

    async fn done(&self, key: &Key, message: &Message) {
        match (key, message) {
            (Key::Ping { topic, .. }, Message::Ping(etag)) => {
                let more = |other: &Key| matches!(other, Key::Ping { topic: of, .. } if of == topic);
                if !self.jobs.keys().chain(self.busy.keys()).any(more) {
                    self.keep_announced(topic, etag).await;
                }
            }
            (Key::Deliver { callback, topic }, Message::Deliver { etag, .. }) => {
                let (topic, callback, etag) = (topic.clone(), callback.clone(), etag.clone());
                self.lines.ask(move |store| store.delivered(&topic, &callback, &etag)).await;
            }
            (Key::Verify { .. }, Message::Verify(request)) => self.verified(request.clone()).await,
            _ => {}
        }
    }

    async fn verified(&self, request: HubRequest) {
        let now = self.lines.clock.now();
        let HubRequest { callback, topic, secret, lease, subscribe } = request;
        let remember = move |store: &dyn Store| {
            if !subscribe {
                return store.unsubscribe(&topic, &callback);
            }
            let expires = now + TimeDelta::from_std(lease).unwrap_or_default();
            let delivered = store.announced(&topic).unwrap_or_default();
            store.subscribe(&Subscriber { topic, callback, secret, expires, delivered }, now)
        };
        self.lines.ask(remember).await;
    }

    async fn keep_announced(&self, topic: &str, etag: &str) {
        let (topic, etag) = (topic.to_owned(), etag.to_owned());
        self.lines.ask(move |store| store.keep_announced(&topic, &etag)).await;
    }
}
