//! Ten thousand bad feeds and posts beside a thousand good feeds.

use crate::Scale;
use crate::app::{App, Daemon};
use crate::chance::Chance;
use crate::mutate::mutate;
use crate::press::{self, Press};
use crate::table::Row;
use crate::until::until;
use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

/// Sources in one feed file.
const A_FILE: usize = 100;
const MEMORY_KB: u64 = 256 << 10;

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    let (bad, posts, good) = (scale.of(8000, 60), scale.of(2000, 40), scale.of(1000, 20));
    let press = Press::start();
    let app = App::new(
        "fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s, per_host: 64, timeout: 20s}\n",
    );
    spoil(&app, &press, chance, bad, posts);
    sources(&app, &press, "bad", bad, "1h");
    sources(&app, &press, "good", good, "20s");
    (0..good).for_each(|number| press.publish(&format!("/good/{number}"), 2));
    let mut daemon = app.start();
    let first = all_good(&daemon, good, 2, Duration::from_secs(scale.of(900, 60)));
    let asked = || press.asked().keys().filter(|path| path.starts_with("/bad/")).count();
    until(Duration::from_secs(scale.of(900, 60)), || asked() >= bad);
    let asked = asked();
    // A fresh entry in every good one, while the bad ones are there.
    (0..good).for_each(|number| press.publish(&format!("/good/{number}"), 1));
    let fresh = all_good(&daemon, good, 3, Duration::from_secs(60));
    let refreshed = app.run(&["refresh", "posts", "--wait"]);
    let memory = peak(daemon.pid());
    let alive = daemon.get("/health/ready").status == 200;
    daemon.signal("TERM");
    let ended = daemon.end(Duration::from_secs(10));
    let log: Vec<String> = daemon.log.try_iter().collect();
    let panics =
        log.iter().filter(|line| line.contains("panicked") || line.contains("a bug in feedmill")).count();
    let told = |time: Option<Duration>| {
        time.map_or("never".into(), |time| format!("after {:.1} s", time.as_secs_f64()))
    };
    let found = format!(
        "{asked} bad feeds and {posts} bad posts collected beside {good} good feeds: {panics} panics, {} MiB at most; \
         all good ones {} from the start, something fresh in each {}",
        memory >> 10,
        told(first),
        told(fresh)
    );
    for line in log.iter().filter(|line| line.contains("panicked")).take(3) {
        println!("{line}");
    }
    // `refresh` exits with 2 where a source failed, which a folder of bad posts may.
    let collected = refreshed.status.code().is_some_and(|code| code != 1);
    let on_time = fresh.is_some_and(|fresh| fresh <= Duration::from_secs(25));
    let passed = panics == 0
        && memory <= MEMORY_KB
        && alive
        && ended == Some(0)
        && asked == bad
        && on_time
        && collected;
    vec![Row::new(
        "bad feeds and posts",
        "0 panics, 256 MiB, the good ones within an interval (20 s) and 5 s",
        found,
        passed,
    )]
}

/// Bad feeds at the origin, and a folder of bad posts.
fn spoil(app: &App, press: &Press, chance: &mut Chance, feeds: usize, posts: usize) {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut good = below(&samples.join("spoiled_feeds"));
    good.push(press::document("/sample", 30).into_bytes());
    for number in 0..feeds {
        let (one, other) = (chance.below(good.len()), chance.below(good.len()));
        press.fix(&format!("/bad/{number}"), mutate(&good[one], &good[other], chance));
    }
    let good: Vec<Vec<u8>> = ["hugo", "jekyll", "zola", "hexo", "pelican", "eleventy"]
        .iter()
        .flat_map(|name| below(&samples.join("posts").join(name).join("site")))
        .filter(|post| post.len() > 20)
        .collect();
    fs::create_dir_all(app.path("site/_posts")).unwrap();
    app.write("site/_config.yml", "url: https://news.example.org\n");
    for number in 0..posts {
        let (one, other) = (chance.below(good.len()), chance.below(good.len()));
        let text = mutate(&good[one], &good[other], chance);
        fs::write(app.path(&format!("site/_posts/2026-03-01-{number:05}.md")), text).unwrap();
    }
    app.write("feeds/posts.yaml", "sources: [{posts: ../site}]\n");
}

/// Every file below a folder, in the order of their names.
fn below(folder: &Path) -> Vec<Vec<u8>> {
    let mut names: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    names.sort();
    let of = |path: &std::path::PathBuf| {
        if path.is_dir() { below(path) } else { fs::read(path).into_iter().collect() }
    };
    names.iter().flat_map(of).collect()
}

fn sources(app: &App, press: &Press, name: &str, count: usize, schedule: &str) {
    for file in 0..count.div_ceil(A_FILE) {
        let numbers = file * A_FILE..((file + 1) * A_FILE).min(count);
        let source = |number| {
            let url = press.url(&format!("/{name}/{number}"));
            format!("  - {{feed: \"{url}\", id: s{number}, schedule: {schedule}}}\n")
        };
        let sources: String = numbers.map(source).collect();
        app.write(&format!("feeds/{name}{file}.yaml"), &format!("limit: 10000\nsources:\n{sources}"));
    }
}

/// How long until every good feed shows so many entries of each source.
fn all_good(daemon: &Daemon, good: usize, entries: usize, within: Duration) -> Option<Duration> {
    let began = Instant::now();
    for file in 0..good.div_ceil(A_FILE) {
        let wanted = ((file + 1) * A_FILE).min(good) - file * A_FILE;
        until(within.saturating_sub(began.elapsed()), || {
            let body = daemon.get(&format!("/good{file}.json")).body;
            body.matches("\"urn:press:good/").count() >= wanted * entries
        })?;
    }
    Some(began.elapsed())
}

/// The most memory that it ever had, in kilobytes.
pub(crate) fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}
