//! Polls 1,000 feeds on real sockets, half of them tarpits, and prints how punctually the
//! others were asked: `cargo bench --bench tarpits [-- FEEDS SECONDS ROUNDS]`. Fails if one
//! poll in a hundred of a good feed was 5 s late or more. Scheduler, store and fetcher are
//! as they are, on the machine's own clock; every feed is a host of its own.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

use chrono::TimeDelta;
use feedmill::clock::SystemClock;
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::definition;
use feedmill::model::Defaults;
use feedmill::schedule::{HostLimits, HostRules, Lateness, Politeness, Redefinition, Scheduler};
use feedmill::store::SqliteStore;
use feedmill::update::{Retention, Stages};
use std::{
    fmt::Write as _,
    fs,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let number = |place: usize, usual| numbers.get(place).copied().unwrap_or(usual);
    let (feeds, seconds, rounds) = (number(0, 1000), number(1, 30), number(2, 3));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let figures = runtime.block_on(poll(
        usize::try_from(feeds).unwrap(),
        Duration::from_secs(seconds),
        u32::try_from(rounds).unwrap(),
        Duration::from_secs(10),
    ));
    println!("{feeds} feeds every {seconds} s on sockets, half of them tarpits of 10 s\n{figures}");
    assert!(figures.well.quantile(0.99) < TimeDelta::seconds(5));
}

const FEED: &str =
    "<rss version=\"2.0\"><channel><title>t</title><item><guid>a</guid></item></channel></rss>";

/// How it went.
#[derive(Debug)]
struct Figures {
    /// Requests that good origins saw.
    asked: usize,
    /// Connections that tarpits took.
    caught: usize,
    /// Until every good feed had been asked once.
    first_round: Duration,
    /// How late the polls of good feeds after that started.
    well: Lateness,
    /// Peak of the process's memory in KiB.
    peak: u64,
}

/// Polls so many feeds, each a host of its own and half of them tarpits, every `every`
/// for so long; silence ends after `patience`.
async fn poll(feeds: usize, every: Duration, rounds: u32, patience: Duration) -> Figures {
    let (asked, caught) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("feeds")).unwrap();
    let seconds = every.as_secs();
    let mut file = "sources:\n".to_owned();
    for number in 0..feeds {
        let port = origin(number % 2 == 1, Arc::clone(&asked), Arc::clone(&caught)).await;
        writeln!(file, "  - {{feed: \"http://127.0.0.1:{port}/\", schedule: {seconds}s}}").unwrap();
    }
    fs::write(folder.path().join("feeds/f.yaml"), file).unwrap();
    let allow = vec!["127.0.0.0/8".parse().unwrap()];
    let settings = FetchSettings { allow, idle_timeout: patience, ..FetchSettings::default() };
    let stages = Stages {
        store: Arc::new(SqliteStore::open(&folder.path().join("state")).unwrap()),
        fetcher: Arc::new(Fetcher::new(settings).unwrap()),
        max_post: 1 << 20,
        sandboxed: false,
        retention: Retention::default(),
        looks: feedmill::update::Looks::default(),
        places: tokio::sync::Semaphore::new(4),
    };
    let limits = HostLimits { at_once: 1, interval: Duration::from_secs(1) };
    let host = HostRules { limits, min_interval: every, timeout: None };
    let politeness = Politeness { at_once: 64, host, hosts: [].into() };
    let (scheduler, handle) = Scheduler::new(Arc::new(stages), Arc::new(SystemClock), politeness);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(scheduler.run(async {
        let _ = stopped.await;
    }));
    let loaded = definition::load(&folder.path().join("feeds"), &Defaults::default());
    let definitions = loaded.definitions;
    let base_url = "https://feeds.example.org".to_owned();
    let begun = Instant::now();
    handle.redefine(Redefinition { definitions, base_url, ..Redefinition::default() }).await.unwrap();
    let good = feeds.div_ceil(2);
    let reach = |wanted: usize| {
        let asked = Arc::clone(&asked);
        async move {
            while asked.load(Ordering::Relaxed) < wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    let most = every * rounds + patience * u32::try_from(feeds / 64 + 4).unwrap();
    let rounds = usize::try_from(rounds).unwrap();
    let first_round = async {
        reach(good).await;
        begun.elapsed()
    };
    let first_round = tokio::time::timeout(most, first_round).await.expect("not every good feed was asked");
    tokio::time::timeout(most, reach(good * (1 + rounds))).await.expect("good feeds wait for tarpits");
    let [well, _] = handle.lateness();
    drop(stop);
    running.await.unwrap();
    let (asked, caught) = (asked.load(Ordering::Relaxed), caught.load(Ordering::Relaxed));
    Figures { asked, caught, first_round, well, peak: peak() }
}

/// A server of its own on a free port; its port.
async fn origin(tarpit: bool, asked: Arc<AtomicUsize>, caught: Arc<AtomicUsize>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let asked = Arc::clone(&asked);
            if tarpit {
                caught.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(hold(stream));
            } else {
                tokio::spawn(answer(stream, asked));
            }
        }
    });
    port
}

/// Reads what comes and says nothing until the other side goes.
async fn hold(mut stream: TcpStream) {
    let mut bytes = [0; 1024];
    while matches!(stream.read(&mut bytes).await, Ok(read) if read > 0) {}
}

async fn answer(mut stream: TcpStream, asked: Arc<AtomicUsize>) {
    let mut bytes = [0; 4096];
    while matches!(stream.read(&mut bytes).await, Ok(read) if read > 0) {
        asked.fetch_add(1, Ordering::Relaxed);
        let head = format!("HTTP/1.1 200 OK\r\nETag: \"a\"\r\nContent-Length: {}\r\n\r\n", FEED.len());
        if stream.write_all(format!("{head}{FEED}").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// `VmHWM` of this process in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

impl std::fmt::Display for Figures {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let late = |share| TimeDelta::as_seconds_f64(self.well.quantile(share));
        writeln!(formatter, "good origins asked   {} times, tarpits {}", self.asked, self.caught)?;
        writeln!(formatter, "first round          {:.1} s", self.first_round.as_secs_f64())?;
        let (half, p99, all) = (late(0.5), late(0.99), late(1.0));
        writeln!(
            formatter,
            "late, good           p50 {half:.1} s, p99 {p99:.1} s, most {all:.1} s, of {} polls",
            self.well.polls()
        )?;
        writeln!(
            formatter,
            "memory               {} MiB at most, the origins' own included",
            self.peak / 1024
        )
    }
}
