//! A daemon without its server: real scheduler, store and fetcher on a made-up clock.

use crate::origin::Origin;
use chrono::{DateTime, TimeDelta, Utc};
use feedmill::clock::{Clock, MadeUpClock};
use feedmill::collect::{Fetch, FetchSettings, Fetcher, Post};
use feedmill::definition;
use feedmill::model::{Defaults, Outcome, Problem, Refresher, SourceReport, SourceStatus};
use feedmill::schedule::{Handle, HealthChange, HostLimits, HostRules, Politeness, Redefinition, Scheduler};
use feedmill::store::{SqliteStore, Store};
use feedmill::update::{Retention, Stages};
use std::{fs, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

/// A Wednesday, at an odd time.
pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-04T09:17:23Z".parse().unwrap()
}

pub(crate) fn hours(hours: u64) -> Duration {
    Duration::from_secs(hours * 3600)
}

pub(crate) fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

/// As the shipped config has it.
pub(crate) fn politeness() -> Politeness {
    Politeness {
        at_once: 64,
        host: HostRules {
            limits: HostLimits { at_once: 1, interval: Duration::from_secs(1) },
            min_interval: minutes(5),
            timeout: None,
        },
        hosts: [].into(),
    }
}

pub(crate) fn settings() -> FetchSettings {
    FetchSettings {
        user_agent: "feedmill/0.1 (+https://example.org/)".to_owned(),
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        ..FetchSettings::default()
    }
}

/// An RSS feed with these entries.
pub(crate) fn rss(channel: &str, entries: &[&str]) -> String {
    let items: Vec<String> = entries
        .iter()
        .map(|id| format!("<item><guid isPermaLink=\"false\">{id}</guid><title>{id}</title></item>"))
        .collect();
    let items = items.concat();
    format!("<rss version=\"2.0\"><channel><title>Harbour news</title>{channel}{items}</channel></rss>")
}

/// What a daemon keeps when it stops.
pub(crate) struct Kept {
    folder: TempDir,
    pub(crate) clock: MadeUpClock,
    fetch: Arc<dyn Fetch>,
    politeness: Politeness,
    post: Option<Arc<dyn Post>>,
    retention: Retention,
}

impl Kept {
    pub(crate) fn new(fetch: Arc<dyn Fetch>, politeness: Politeness) -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("feeds")).unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        Self {
            folder,
            clock: MadeUpClock::at(start()),
            fetch,
            politeness,
            post: None,
            retention: Retention::default(),
        }
    }

    /// With this to speak to hubs.
    pub(crate) fn posting(self, post: Arc<dyn Post>) -> Self {
        Self { post: Some(post), ..self }
    }

    /// With entries of remote sources kept so long.
    pub(crate) fn retaining(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// Starts over what is kept, with the feed files as they are.
    pub(crate) async fn start(self) -> Daemon {
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&self.folder.path().join("state")).unwrap());
        let stages = Stages {
            store: Arc::clone(&store),
            fetcher: Arc::clone(&self.fetch),
            max_post: 1 << 20,
            sandboxed: false,
            retention: self.retention,
            looks: feedmill::update::Looks::default(),
            places: tokio::sync::Semaphore::new(4),
        };
        let clock: Arc<dyn Clock> = Arc::new(self.clock.clone());
        let (scheduler, handle) = Scheduler::new(Arc::new(stages), clock, self.politeness.clone());
        let scheduler = match &self.post {
            Some(post) => scheduler.subscribing(Arc::clone(post)),
            None => scheduler,
        };
        let mut scheduler = scheduler;
        let health = std::sync::Mutex::new(scheduler.health());
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(scheduler.run(async {
            let _ = stopped.await;
        }));
        let daemon = Daemon { kept: self, store, handle, health, stop, running };
        daemon.reload().await;
        daemon
    }
}

pub(crate) struct Daemon {
    pub(crate) kept: Kept,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) handle: Handle,
    health: std::sync::Mutex<mpsc::Receiver<HealthChange>>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Daemon {
    /// One feed `f` with these keys of its one source, collected once.
    pub(crate) async fn with(keys: &str) -> Self {
        let daemon = Self::empty().await;
        daemon.define("f", &[keys]).await;
        daemon.settled().await;
        daemon
    }

    /// The same for a path of an origin, on the default schedule.
    pub(crate) async fn on(origin: &Origin, path: &str) -> Self {
        Self::with(&format!("feed: {}", origin.url(path))).await
    }

    pub(crate) async fn empty() -> Self {
        Kept::new(Arc::new(Fetcher::new(settings()).unwrap()), politeness()).start().await
    }

    /// Writes a feed file and takes it on; a source is a YAML flow mapping without its braces.
    pub(crate) async fn define(&self, feed: &str, sources: &[&str]) {
        let sources: Vec<String> = sources.iter().map(|keys| format!("  - {{{keys}}}\n")).collect();
        self.write(feed, &format!("sources:\n{}", sources.concat())).await;
    }

    /// Writes a whole feed file and takes it on.
    pub(crate) async fn write(&self, feed: &str, text: &str) {
        fs::write(self.file(feed), text).unwrap();
        self.reload().await;
    }

    pub(crate) async fn remove(&self, feed: &str) {
        fs::remove_file(self.file(feed)).unwrap();
        self.reload().await;
    }

    pub(crate) fn file(&self, feed: &str) -> std::path::PathBuf {
        self.kept.folder.path().join("feeds").join(format!("{feed}.yaml"))
    }

    pub(crate) async fn reload(&self) {
        self.handle.redefine(self.definitions()).await.unwrap();
    }

    /// The feed files as they are.
    pub(crate) fn definitions(&self) -> Redefinition {
        let defaults = Defaults { timezone: chrono_tz::UTC, ..Defaults::default() };
        let loaded = definition::load(&self.kept.folder.path().join("feeds"), &defaults);
        let errors: Vec<&Problem> = loaded.problems.iter().filter(|problem| problem.is_error()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        Redefinition {
            definitions: loaded.definitions,
            problems: [].into(),
            base_url: "https://feeds.example.org".into(),
            on_request: false,
        }
    }

    /// Everything that is due has been done.
    pub(crate) async fn settled(&self) {
        self.handle.settled().await;
    }

    /// Time goes on by so much at a stroke, and what is due then is done.
    pub(crate) async fn pass(&self, time: Duration) {
        self.kept.clock.advance(time);
        self.settled().await;
    }

    /// Time goes on for as long as this takes, a little with every breath.
    pub(crate) async fn meanwhile(&self, work: impl Future<Output = ()>) {
        let ticking = async {
            loop {
                self.kept.clock.advance(Duration::from_millis(1));
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            () = work => {}
            () = ticking => {}
        }
    }

    /// Time goes on in steps.
    pub(crate) async fn pass_in_steps(&self, time: Duration, step: Duration) {
        let mut passed = Duration::ZERO;
        while passed < time {
            self.pass(step).await;
            passed += step;
        }
    }

    /// Stands right before the next poll of feed `f`, then at it; how long that took.
    pub(crate) async fn next_poll(&self, origin: &Origin) -> TimeDelta {
        let last = self.source().last.unwrap();
        let before = origin.requests().len();
        let wait = self.wait();
        self.pass((wait - TimeDelta::milliseconds(1)).to_std().unwrap()).await;
        assert_eq!(origin.requests().len(), before, "polled before its time");
        self.pass(Duration::from_millis(1)).await;
        assert_eq!(origin.requests().len(), before + 1, "not polled at its time");
        self.now() - last
    }

    /// From now to the next poll of feed `f`.
    pub(crate) fn wait(&self) -> TimeDelta {
        self.source().next.expect("is due again") - self.now()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.kept.clock.now()
    }

    /// The first source of feed `f`.
    pub(crate) fn source(&self) -> SourceStatus {
        self.source_of("f")
    }

    pub(crate) fn source_of(&self, feed: &str) -> SourceStatus {
        let status = self.handle.status();
        status.feeds.into_iter().find(|status| status.feed == feed).unwrap().sources.remove(0)
    }

    pub(crate) fn entries(&self, feed: &str) -> usize {
        self.store.feed(feed).unwrap().unwrap().entries
    }

    /// A second connection to the store's database, to put faults into it.
    pub(crate) fn database(&self) -> rusqlite::Connection {
        rusqlite::Connection::open(self.kept.folder.path().join("state/feedmill.db")).unwrap()
    }

    /// The one problem of feed `f`'s source.
    pub(crate) fn problem(&self) -> String {
        let source = self.source();
        assert_eq!((source.outcome, source.problems.len()), (Some(Outcome::Failed), 1), "{source:?}");
        source.problems[0].message.clone()
    }

    /// What was told of the health of sources since it was last asked.
    pub(crate) fn health(&self) -> Vec<Outcome> {
        let mut health = self.health.lock().unwrap();
        std::iter::from_fn(|| health.try_recv().ok()).map(|change| change.outcome).collect()
    }

    /// Refreshes feed `f` and waits for it.
    pub(crate) async fn refresh(&self) -> SourceReport {
        self.refresh_feed("f").await
    }

    /// The same for another feed.
    pub(crate) async fn refresh_feed(&self, feed: &str) -> SourceReport {
        let run = self.handle.refresh(&[feed.to_owned()]).unwrap();
        self.handle.wait(&run).await;
        self.handle.run(&run).unwrap().sources.remove(0)
    }

    /// Stops and starts again, so much later.
    pub(crate) async fn restart(self, after: Duration) -> Self {
        let kept = self.stop().await;
        kept.clock.advance(after);
        let daemon = kept.start().await;
        daemon.settled().await;
        daemon
    }

    /// Stops while something holds the store up, which then is let go.
    pub(crate) async fn stop_beside(self, held: rusqlite::Connection) -> Kept {
        let Self { kept, store, handle, stop, running, .. } = self;
        drop(stop);
        let stopped = tokio::time::timeout(Duration::from_secs(4), running).await;
        drop(held);
        stopped.expect("it stops at once").unwrap();
        drop((handle, store));
        kept
    }

    pub(crate) async fn stop(self) -> Kept {
        let Self { kept, store, handle, stop, running, .. } = self;
        drop(stop);
        running.await.unwrap();
        drop((handle, store));
        kept
    }
}

/// Sends the answer `200` with these fields and body at every request.
pub(crate) fn feed(origin: &Origin, path: &str, fields: &str, entries: &[&str]) {
    origin.answer(path, crate::origin::ok(fields, rss("", entries)));
}
