//! Numbers for Prometheus.
//!
//! In: counts as they happen, the status when asked. Out: the text format. A source
//! that is no longer defined has no line any more.

use crate::model::{Pulse, Status};
use chrono::{DateTime, Utc};
use http::StatusCode;
use prometheus_client::{
    encoding::{EncodeLabelSet, text},
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};
use std::sync::atomic::{AtomicI64, AtomicU64};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfSource {
    feed: String,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfOutcome {
    feed: String,
    source: String,
    outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

type Integers<L> = Family<L, Gauge<i64, AtomicI64>>;
type Decimals<L> = Family<L, Gauge<f64, AtomicU64>>;

/// The counts that serving keeps.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    documents: Family<Answer, Counter>,
    renders: Counter,
    connections: Gauge,
    cache_bytes: Gauge,
    cache_documents: Gauge,
}

/// A connection, counted while it lives.
#[derive(Debug)]
pub(crate) struct OpenConnection(Gauge);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    pub(crate) fn new(version: &str) -> Self {
        let mut registry = Registry::with_prefix("feedmill");
        let metrics = (
            Family::<Answer, Counter>::default(),
            Counter::default(),
            [Gauge::default(), Gauge::default(), Gauge::default()],
        );
        let (documents, renders, [connections, cache_bytes, cache_documents]) = metrics;
        let build = Info::new(vec![("version".to_owned(), version.to_owned())]);
        registry.register("build", "The version that runs", build);
        registry.register("documents", "Documents and pages answered, by status", documents.clone());
        registry.register("renders", "Documents and pages rendered", renders.clone());
        registry.register("connections", "Connections open now", connections.clone());
        registry.register("cache_bytes", "Bytes of documents kept in memory", cache_bytes.clone());
        registry.register("cache_documents", "Documents kept in memory", cache_documents.clone());
        Self { registry, documents, renders, connections, cache_bytes, cache_documents }
    }

    /// Counts an answer to a request for a document.
    pub(crate) fn answered(&self, status: StatusCode) {
        let label = Answer { status: status.as_u16() };
        self.documents.get_or_create(&label).inc();
    }

    /// Counts a rendering.
    pub(crate) fn rendered(&self) {
        self.renders.inc();
    }

    /// Counts a connection until the value is dropped.
    pub(crate) fn connection(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    /// Everything as text: our own counts, the cache's size, how every source stands at `now`.
    pub(crate) fn text(
        &self,
        (status, pulse): (&Status, Option<Pulse>),
        cache: (usize, usize),
        now: DateTime<Utc>,
    ) -> String {
        self.cache_bytes.set(i64::try_from(cache.0).unwrap_or(i64::MAX));
        self.cache_documents.set(i64::try_from(cache.1).unwrap_or(i64::MAX));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = text::encode_registry(&mut text, &self.registry);
        let mut kept = sources(status, now);
        if let Some(pulse) = pulse {
            scheduler(&mut kept, &pulse);
        }
        let _ = text::encode(&mut text, &kept);
        text
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfShare {
    quantile: &'static str,
}

/// How the scheduler itself goes.
fn scheduler(registry: &mut Registry, pulse: &Pulse) {
    let number = |number: usize| {
        let gauge = Gauge::<i64, AtomicI64>::default();
        gauge.set(i64::try_from(number).unwrap_or(i64::MAX));
        gauge
    };
    let tick = Gauge::<f64, AtomicU64>::default();
    tick.set(pulse.tick_age);
    let polls = Counter::<u64, AtomicU64>::default();
    polls.inc_by(pulse.polls);
    let late = Decimals::<OfShare>::default();
    for (quantile, seconds) in ["0.5", "0.99"].into_iter().zip(pulse.late) {
        late.get_or_create(&OfShare { quantile }).set(seconds);
    }
    registry.register("tick_age_seconds", "Since the scheduler last looked at its clock", tick);
    registry.register("scheduled_sources", "Sources that wait for their time", number(pulse.scheduled));
    let help = "Sources whose time has come and that wait for a place or their host";
    registry.register("queued_sources", help, number(pulse.queued));
    registry.register("running_collections", "Collections that run", number(pulse.running));
    registry.register("scheduled_polls", "Scheduled polls of feeds that were well", polls);
    let help = "How late such a poll started: the share of polls that were no later";
    registry.register("poll_lateness_seconds", help, late);
}

fn sources(status: &Status, now: DateTime<Utc>) -> Registry {
    let outcome = Integers::<OfOutcome>::default();
    let age = Decimals::<OfSource>::default();
    let due = Decimals::<OfSource>::default();
    let succeeded = Integers::<OfSource>::default();
    let failures = Integers::<OfSource>::default();
    let entries = Integers::<OfSource>::default();
    let valid = Integers::<OfFeed>::default();
    for feed in &status.feeds {
        let of_feed = OfFeed { feed: feed.feed.clone() };
        valid.get_or_create(&of_feed).set(i64::from(feed.valid));
        for source in &feed.sources {
            let label = OfSource { feed: feed.feed.clone(), source: source.source.clone() };
            if let Some(word) = source.outcome.map(crate::model::Outcome::word) {
                let label = OfOutcome {
                    feed: feed.feed.clone(),
                    source: source.source.clone(),
                    outcome: word.to_owned(),
                };
                outcome.get_or_create(&label).set(1);
            }
            if let Some(last) = source.last {
                age.get_or_create(&label).set((now - last).as_seconds_f64());
            }
            if let Some(at) = source.succeeded {
                succeeded.get_or_create(&label).set(at.timestamp());
            }
            if let Some(next) = source.next {
                due.get_or_create(&label).set((next - now).as_seconds_f64());
            }
            failures.get_or_create(&label).set(i64::from(source.failures));
            let shown = i64::try_from(source.entries).unwrap_or(i64::MAX);
            entries.get_or_create(&label).set(shown);
        }
    }
    let mut registry = Registry::with_prefix("feedmill");
    registry.register("feed_valid", "Whether the feed's file is good", valid);
    registry.register("source_outcome", "1 for how the last collection ended", outcome);
    registry.register("source_age_seconds", "Since the last collection began", age);
    let help = "When the last collection began that did not fail";
    registry.register("source_last_success_timestamp_seconds", help, succeeded);
    registry.register("source_next_due_seconds", "Until the next; below zero when late", due);
    registry.register("source_failures", "Collections in a row that failed", failures);
    registry.register("source_entries", "Entries shown", entries);
    registry
}
