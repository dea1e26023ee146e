//! A day of polling in simulated time: a scheduler and a store as they are, origins
//! without a network that watch how they are asked. The test takes a part of it, the
//! bench `polite_day` the whole.

use chrono::{DateTime, TimeDelta, Utc};
use feedmill::clock::Clock;
use feedmill::collect::{
    Facts, Fetch, FetchError, FetchErrorKind, FetchRequest, Fetched, Fetching, LookingUp,
};
use feedmill::definition;
use feedmill::model::{Defaults, Validators};
use feedmill::schedule::{HostLimits, HostRules, Politeness, Redefinition, Scheduler};
use feedmill::store::{SqliteStore, Store};
use feedmill::update::Stages;
use std::{
    collections::{HashMap, HashSet},
    fmt, fs,
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

const FLOOR: TimeDelta = TimeDelta::minutes(5);
const HOUR: TimeDelta = TimeDelta::hours(1);

/// Time as tokio has it when it is paused: it goes on when everybody waits for it.
#[derive(Clone, Copy)]
pub struct PausedClock {
    start: DateTime<Utc>,
    began: Instant,
}

impl PausedClock {
    fn start() -> Self {
        Self { start: "2026-03-04T09:17:23Z".parse().unwrap(), began: Instant::now() }
    }
}

impl Clock for PausedClock {
    fn now(&self) -> DateTime<Utc> {
        self.start + self.began.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// What was seen.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// Requests in all.
    pub requests: usize,
    /// Requests before their time.
    pub early: usize,
    /// Requests to a host or an address that was being asked, or was less than a second ago.
    pub crowding: usize,
    /// The most at once.
    pub at_once: usize,
    /// Until every source was asked once.
    pub first_round: TimeDelta,
    /// Scheduled polls after the first of each source that was well, and how late they
    /// started: half of them, 99 in a hundred, all.
    pub well: (u64, [TimeDelta; 3]),
    /// The same of sources that had failed the last time.
    pub failing: (u64, [TimeDelta; 3]),
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests, early, crowding, at_once, first_round, .. } = self;
        writeln!(formatter, "requests           {requests}, {early} of them early")?;
        writeln!(formatter, "crowded a host     {crowding}, or its address")?;
        writeln!(formatter, "at once            {at_once} at most")?;
        writeln!(formatter, "first round        {:.1} s", first_round.as_seconds_f64())?;
        for (name, (polls, late)) in [("late, well", &self.well), ("late, failing", &self.failing)] {
            let [half, p99, all] = late.map(TimeDelta::as_seconds_f64);
            writeln!(
                formatter,
                "{name:<18} p50 {half:.1} s, p99 {p99:.1} s, most {all:.1} s, of {polls} polls"
            )?;
        }
        Ok(())
    }
}

struct Origins {
    clock: PausedClock,
    /// Every second one takes a connection and says nothing.
    half_are_tarpits: bool,
    log: Mutex<Log>,
}

#[derive(Default)]
struct Log {
    figures: Figures,
    urls: HashMap<String, DateTime<Utc>>,
    /// Names and addresses: how often each is being asked, and since when.
    hosts: HashMap<String, (usize, DateTime<Utc>)>,
    /// Names that were resolved.
    known: HashSet<String>,
    in_flight: usize,
}

/// What an origin does, by the number of the feed.
struct Manner {
    latency: Duration,
    wait: TimeDelta,
    answer: Result<(), (FetchErrorKind, Option<Duration>)>,
    fresh_for: Option<Duration>,
}

fn manner(number: usize, half_are_tarpits: bool) -> Manner {
    let scattered = number.wrapping_mul(0x9e37_79b9) >> 8;
    let latency = Duration::from_millis(50 + (scattered % 1400) as u64);
    let written = HOUR;
    let usual = Manner { latency, wait: written, answer: Ok(()), fresh_for: None };
    if half_are_tarpits && scattered.is_multiple_of(2) {
        let latency = Duration::from_secs(10);
        return Manner { answer: Err((FetchErrorKind::TimedOut, None)), latency, ..usual };
    }
    match scattered % 100 {
        _ if half_are_tarpits => usual,
        0..3 => Manner { answer: Err((FetchErrorKind::Status, None)), ..usual },
        3 => {
            let wait = Duration::from_hours(2);
            Manner { answer: Err((FetchErrorKind::Busy, Some(wait))), wait: TimeDelta::hours(2), ..usual }
        }
        4..6 => Manner {
            answer: Err((FetchErrorKind::TimedOut, None)),
            latency: Duration::from_secs(30),
            ..usual
        },
        6..16 => Manner { fresh_for: Some(Duration::from_hours(3)), wait: TimeDelta::hours(3), ..usual },
        _ => usual,
    }
}

impl Origins {
    fn begin(&self, url: &str, host: &str, wait: TimeDelta) {
        let now = self.clock.now();
        let mut log = self.log.lock().unwrap();
        log.in_flight += 1;
        log.figures.requests += 1;
        log.figures.at_once = log.figures.at_once.max(log.in_flight);
        match log.urls.insert(url.to_owned(), now) {
            Some(last) => log.figures.early += usize::from(now - last < wait.max(FLOOR)),
            None => log.figures.first_round = now - self.clock.start,
        }
        for place in [host.to_owned(), address(host).to_string()] {
            let seen = log.hosts.get(&place).copied();
            let crowded = seen.is_some_and(|(busy, last)| busy > 0 || now - last < TimeDelta::seconds(1));
            log.figures.crowding += usize::from(crowded);
            log.hosts.insert(place, (seen.map_or(0, |(busy, _)| busy) + 1, now));
        }
    }

    fn end(&self, host: &str) {
        let mut log = self.log.lock().unwrap();
        log.in_flight -= 1;
        for place in [host.to_owned(), address(host).to_string()] {
            log.hosts.get_mut(&place).unwrap().0 -= 1;
        }
    }
}

fn host(url: &str) -> &str {
    url.trim_start_matches("https://").split('/').next().unwrap()
}

/// Where a host is: of the small ones, three in ten share their address with two others.
fn address(host: &str) -> SocketAddr {
    let number: u32 = host.trim_matches(|letter: char| !letter.is_ascii_digit()).parse().unwrap();
    let number = if host.starts_with("small") && number % 10 < 3 { number - number % 10 } else { number };
    let kind = if host.starts_with("large") { 1 } else { 2 };
    SocketAddr::new(Ipv4Addr::from((kind << 24) + number).into(), 443)
}

impl Fetch for Origins {
    fn addresses(&self, url: &str) -> Option<Vec<SocketAddr>> {
        self.log.lock().unwrap().known.get(host(url)).map(|host| vec![address(host)])
    }

    fn look_up<'a>(&'a self, url: &'a str) -> LookingUp<'a> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(30)).await;
            self.log.lock().unwrap().known.insert(host(url).to_owned());
        })
    }

    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        Box::pin(async move {
            assert!(self.log.lock().unwrap().known.contains(host(&request.url)));
            let (host, number) = request.url.trim_start_matches("https://").split_once('/').unwrap();
            let manner = manner(number.parse().unwrap(), self.half_are_tarpits);
            self.begin(&request.url, host, manner.wait);
            tokio::time::sleep(manner.latency).await;
            self.end(host);
            let facts = Facts {
                validators: Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None },
                fresh_for: manner.fresh_for,
                final_url: request.url.clone(),
                ..Facts::default()
            };
            match manner.answer {
                Ok(()) if !request.validators.is_empty() => Ok(Fetched::NotModified(facts)),
                Ok(()) => {
                    let item = "<item><guid isPermaLink=\"false\">a</guid><title>a</title></item>";
                    let body =
                        format!("<rss version=\"2.0\"><channel><title>t</title>{item}</channel></rss>");
                    Ok(Fetched::Body { body: body.into_bytes(), content_type: None, facts })
                }
                Err((kind, retry_after)) => Err(FetchError {
                    url: request.url.clone(),
                    status: None,
                    retry_after,
                    kind,
                    message: "failed".into(),
                    help: None,
                }),
            }
        })
    }
}

/// Nine of ten feeds two or three a host, the others fifty a host, or one a host; half
/// of them hourly.
fn write_feeds(folder: &Path, feeds: usize, one_a_host: bool) {
    let small = (feeds * 4 / 10).max(1);
    let large = (feeds / 500).max(1);
    for file in 0..feeds.div_ceil(100) {
        let numbers = file * 100..((file + 1) * 100).min(feeds);
        let sources: Vec<String> = numbers
            .map(|number| {
                let host = if one_a_host {
                    format!("host{number}.example")
                } else if number % 10 == 9 {
                    format!("large{}.example", number / 10 % large)
                } else {
                    format!("small{}.example", number % small)
                };
                let schedule = if number % 2 == 0 { "1h" } else { "auto" };
                format!("  - {{feed: \"https://{host}/{number}\", schedule: {schedule}}}\n")
            })
            .collect();
        fs::write(folder.join(format!("f{file}.yaml")), format!("sources:\n{}", sources.concat())).unwrap();
    }
}

/// Polls so many feeds for so long. The runtime's time has to be paused.
pub async fn poll(feeds: usize, time: Duration, half_are_tarpits: bool) -> Figures {
    let folder = tempfile::tempdir().unwrap();
    for name in ["feeds", "state"] {
        fs::create_dir(folder.path().join(name)).unwrap();
    }
    write_feeds(&folder.path().join("feeds"), feeds, half_are_tarpits);
    let clock = PausedClock::start();
    let origins = Arc::new(Origins { clock, half_are_tarpits, log: Mutex::default() });
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("state")).unwrap());
    let fetcher = Arc::clone(&origins) as Arc<dyn Fetch>;
    let stages = Stages {
        store,
        fetcher,
        max_post: 1 << 20,
        sandboxed: false,
        retention: feedmill::update::Retention::default(),
        looks: feedmill::update::Looks::default(),
        places: tokio::sync::Semaphore::new(4),
    };
    let host = HostRules {
        limits: HostLimits { at_once: 1, interval: Duration::from_secs(1) },
        min_interval: FLOOR.to_std().unwrap(),
        timeout: None,
    };
    let politeness = Politeness { at_once: 64, host, hosts: HashMap::new() };
    let (scheduler, handle) = Scheduler::new(Arc::new(stages), Arc::new(clock), politeness);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async {
        let _ = stopped.await;
    }));
    let loaded = definition::load(&folder.path().join("feeds"), &Defaults::default());
    assert_eq!(loaded.definitions.len(), feeds.div_ceil(100), "{:?}", loaded.problems.first());
    let redefinition = Redefinition {
        definitions: loaded.definitions,
        problems: HashMap::new(),
        base_url: "https://feeds.example.org".into(),
        on_request: false,
    };
    handle.redefine(redefinition).await.unwrap();
    tokio::time::sleep(time).await;
    drop(stop);
    running.await.unwrap();
    let [well, failing] = handle
        .lateness()
        .map(|lateness| (lateness.polls(), [0.5, 0.99, 1.0].map(|share| lateness.quantile(share))));
    let log = origins.log.lock().unwrap();
    Figures { well, failing, ..log.figures.clone() }
}
