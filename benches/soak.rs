//! A simulated day with a thousand sources and faults, in minutes: the real scheduler, the
//! real store and real folders, on paused time, with an origin in the same process.
//! `cargo bench --bench soak [-- SOURCES HOURS]`. Prints memory, handles and missed polls
//! by the hour, and fails if memory grows by 5 % after the first hour, handles are not
//! flat, or a source that was well was not polled when it was due.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::pedantic,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::clock::Clock;
use feedmill::collect::{Facts, Fetch, FetchError, FetchErrorKind, FetchRequest, Fetched, Fetching};
use feedmill::definition;
use feedmill::model::{Defaults, EntryOrder, Facet, Validators};
use feedmill::schedule::{Handle, HostLimits, HostRules, Politeness, Redefinition, Scheduler};
use feedmill::store::{Selection, SqliteStore, Store};
use feedmill::update::{Retention, Stages};
use std::{
    collections::HashMap,
    fs,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

/// As `make install` builds the program.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const INTERVAL: TimeDelta = TimeDelta::minutes(30);
/// Every twentieth source is a folder of posts.
const FOLDERS: usize = 20;

/// Time as tokio has it when it is paused.
#[derive(Clone, Copy)]
struct PausedClock {
    start: DateTime<Utc>,
    began: Instant,
}

impl Clock for PausedClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.began.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Origins that grow, fail, time out, break off and go silent by the clock.
struct Origins {
    clock: PausedClock,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    requests: usize,
    faults: usize,
    missed: usize,
    last: HashMap<String, (DateTime<Utc>, bool)>,
}

enum Manner {
    Well,
    Status,
    TimesOut,
    CutOff,
    NoFeed,
}

/// What a source's origin does in this hour: one in eight has a fault.
fn manner(number: usize, hour: i64) -> Manner {
    let scattered = (number as u64 ^ (hour as u64) << 20).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    match scattered % 32 {
        0 => Manner::Status,
        1 => Manner::TimesOut,
        2 => Manner::CutOff,
        3 => Manner::NoFeed,
        _ => Manner::Well,
    }
}

/// A feed changes every third hour, a third of them in each.
fn edition(number: usize, hour: i64) -> i64 {
    (hour + number as i64 % 3) / 3
}

/// The last thirty entries.
fn document(number: usize, hour: i64) -> Vec<u8> {
    let newest = 30 + edition(number, hour);
    let item = |entry: i64| {
        format!(
            "<item><guid isPermaLink=\"false\">{number}-{entry}</guid><title>Entry {entry} of {number}</title>\
             <category>c{}</category><description>{}</description></item>",
            entry % 5,
            "&lt;p&gt;A paragraph of text.&lt;/p&gt;".repeat(8)
        )
    };
    let items: String = (newest - 29..=newest).rev().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title>{items}</channel></rss>").into_bytes()
}

impl Origins {
    fn note(&self, url: &str, well: bool) {
        let now = self.clock.now();
        let mut log = self.log.lock().unwrap();
        log.requests += 1;
        log.faults += usize::from(!well);
        let before = log.last.insert(url.to_owned(), (now, well));
        // After a failure our own back-off counts; after a success the schedule alone.
        if before.is_some_and(|(last, was_well)| was_well && now - last > INTERVAL * 2) {
            log.missed += 1;
        }
    }
}

impl Fetch for Origins {
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        Box::pin(async move {
            let number: usize = request.url.rsplit('/').next().unwrap().parse().unwrap();
            let hour = (self.clock.now() - self.clock.start).num_hours();
            let manner = manner(number, hour);
            self.note(&request.url, matches!(manner, Manner::Well));
            tokio::time::sleep(Duration::from_millis(200)).await;
            let etag = format!("\"{}\"", edition(number, hour)).into_bytes();
            let facts = Facts {
                validators: Validators { etag: Some(etag.clone()), last_modified: None },
                final_url: request.url.clone(),
                ..Facts::default()
            };
            let failed = |kind| FetchError {
                url: request.url.clone(),
                status: None,
                retry_after: None,
                kind,
                message: "failed".into(),
                help: None,
            };
            let body = |body| Ok(Fetched::Body { body, content_type: None, facts: facts.clone() });
            match manner {
                Manner::Status => Err(failed(FetchErrorKind::Status)),
                Manner::TimesOut => {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                    Err(failed(FetchErrorKind::TimedOut))
                }
                Manner::CutOff => {
                    let whole = document(number, hour);
                    body(whole[..whole.len() / 2].to_vec())
                }
                Manner::NoFeed => body(b"<!DOCTYPE html><title>Log in</title>".to_vec()),
                Manner::Well if request.validators.etag.as_deref() == Some(&etag) => {
                    Ok(Fetched::NotModified(facts))
                }
                Manner::Well => body(document(number, hour)),
            }
        })
    }
}

/// Folders that get a post an hour, and now and then are not there.
struct Folders<'a> {
    root: &'a Path,
    count: usize,
}

impl Folders<'_> {
    fn place(&self, folder: usize) -> std::path::PathBuf {
        self.root.join(format!("site{folder}"))
    }

    fn post(&self, hour: i64) {
        for folder in 0..self.count {
            let (place, away) = (self.place(folder), self.root.join(format!("away{folder}")));
            if away.exists() {
                fs::rename(&away, &place).unwrap();
            }
            let posts = place.join("_posts");
            fs::create_dir_all(&posts).unwrap();
            fs::write(place.join("_config.yml"), "url: https://e.example\ntimezone: UTC\n").unwrap();
            let text = format!("---\ntitle: Post {hour}\ncategories: news\n---\nA paragraph of *text*.\n");
            fs::write(posts.join(format!("2026-01-{:02}-p{hour}.md", 1 + hour % 28)), text).unwrap();
            if (folder as i64 + hour) % 11 == 3 {
                fs::rename(&place, &away).unwrap();
            }
        }
    }
}

fn write_feeds(root: &Path, sources: usize) -> usize {
    let folders = sources / FOLDERS;
    fs::create_dir_all(root.join("feeds")).unwrap();
    for file in 0..sources.div_ceil(50) {
        let numbers = file * 50..((file + 1) * 50).min(sources);
        let source = |number: usize| {
            if number < folders {
                format!("  - {{posts: ../site{number}, id: s{number}, schedule: 30m}}\n")
            } else {
                format!(
                    "  - {{feed: \"https://h{number}.example/{number}\", id: s{number}, schedule: 30m}}\n"
                )
            }
        };
        let list: String = numbers.map(source).collect();
        fs::write(root.join(format!("feeds/f{file}.yaml")), format!("sources:\n{list}")).unwrap();
    }
    folders
}

/// Kilobytes in memory, those of them that are the program's own and not its file's, and open handles.
fn usage() -> (u64, u64, usize) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let kilobytes = |name| {
        let memory = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        memory.trim().trim_end_matches(" kB").parse().unwrap()
    };
    (kilobytes("VmRSS:"), kilobytes("RssAnon:"), fs::read_dir("/proc/self/fd").unwrap().count())
}

fn start(root: &Path, clock: PausedClock, origins: &Arc<Origins>) -> (Scheduler, Handle, Arc<dyn Store>) {
    fs::create_dir_all(root.join("state")).unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&root.join("state")).unwrap());
    let stages = Stages {
        store: Arc::clone(&store),
        fetcher: Arc::clone(origins) as Arc<dyn Fetch>,
        max_post: 1 << 20,
        sandboxed: false,
        retention: Retention { entries: 32, days: 0 },
        looks: feedmill::update::Looks::default(),
        places: tokio::sync::Semaphore::new(4),
    };
    let host = HostRules {
        limits: HostLimits { at_once: 1, interval: Duration::from_secs(1) },
        min_interval: Duration::from_secs(300),
        timeout: None,
    };
    let politeness = Politeness { at_once: 64, host, hosts: HashMap::new() };
    let (scheduler, handle) = Scheduler::new(Arc::new(stages), Arc::new(clock), politeness);
    (scheduler, handle, store)
}

/// What readers do: every feed is read once an hour.
fn read(store: &dyn Store, feeds: usize) -> usize {
    let read = |feed: usize| {
        let id = format!("f{feed}");
        let selection = Selection {
            feeds: &[&id],
            among: &[],
            facet: &Facet::Whole,
            order: EntryOrder::Published,
            limit: 50,
        };
        store.select(&selection).unwrap().len()
    };
    (0..feeds).map(read).sum()
}

async fn soak(sources: usize, hours: i64) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let folders = Folders { root, count: write_feeds(root, sources) };
    folders.post(0);
    let clock = PausedClock { start: "2026-03-04T09:17:23Z".parse().unwrap(), began: Instant::now() };
    let origins = Arc::new(Origins { clock, log: Mutex::default() });
    let (scheduler, handle, store) = start(root, clock, &origins);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async {
        let _ = stopped.await;
    }));
    let loaded = definition::load(&root.join("feeds"), &Defaults::default());
    let feeds = loaded.definitions.len();
    let redefinition = Redefinition {
        definitions: loaded.definitions,
        problems: HashMap::new(),
        base_url: "https://feeds.example.org".into(),
        on_request: false,
    };
    handle.redefine(redefinition).await.unwrap();
    println!("hour  memory MiB  its own MiB  handles  requests  faults  missed  entries read");
    let mut by_hour = Vec::new();
    for hour in 1..=hours {
        tokio::time::sleep(Duration::from_secs(3600)).await;
        folders.post(hour);
        let read = read(&*store, feeds);
        let (memory, own, handles) = usage();
        let log = origins.log.lock().unwrap();
        let Log { requests, faults, missed, .. } = &*log;
        println!(
            "{hour:>4}  {:>10.1}  {:>11.1}  {handles:>7}  {requests:>8}  {faults:>6}  {missed:>6}  {read:>12}",
            memory as f64 / 1024.0,
            own as f64 / 1024.0
        );
        by_hour.push((memory, own, handles));
    }
    let late = handle.lateness().map(|lateness| lateness.quantile(1.0).as_seconds_f64());
    println!("late at most: {:.1} s where well, {:.1} s after a failure", late[0], late[1]);
    drop(stop);
    running.await.unwrap();
    let missed = origins.log.lock().unwrap().missed;
    let (first, last) = (by_hour[0], *by_hour.last().unwrap());
    let growth = last.0 as f64 / first.0 as f64 - 1.0;
    println!(
        "memory {:+.1} % ({:+.1} % of its own) after the first hour, handles {} then {}, {missed} missed polls",
        growth * 100.0,
        (last.1 as f64 / first.1 as f64 - 1.0) * 100.0,
        first.2,
        last.2
    );
    assert_eq!(missed, 0, "missed polls");
    assert!(last.2 <= first.2 + 4, "handles grow");
    assert!(growth < 0.05, "memory grows");
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sources = numbers.first().copied().unwrap_or(1000);
    let hours = numbers.get(1).copied().unwrap_or(24);
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(soak(sources, hours as i64));
}
