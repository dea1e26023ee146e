//! Origins that mean harm, each with an end of its own, beside good ones that are on time.

use super::daemon::{Daemon, Kept, feed, politeness, rss, settings};
use crate::app::App;
use crate::collect::tls::{h2_harm, untrusted};
use crate::origin::{Origin, Step, bare, ok};
use crate::tls_origin::{Scripted, file, root};
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::model::{Outcome, Refresher};
use feedmill::schedule::Politeness;
use serde_json::Value;
use std::{io::Write as _, net::SocketAddr, sync::Arc, time::Duration};

/// Limits that no busy machine comes near, for those who are to end by something else than time.
fn patient() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_mins(5),
        connect_timeout: Duration::from_mins(5),
        idle_timeout: Duration::from_mins(5),
        max_body: 256 * 1024,
        min_rate: 4096,
        min_rate_over: Duration::from_mins(5),
        ..settings()
    }
}

/// The same for those who are to end because they say nothing.
fn hurried() -> FetchSettings {
    FetchSettings {
        connect_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(3),
        ..patient()
    }
}

fn gzip_bomb() -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        writer.write_all(&vec![b' '; 1 << 20]).unwrap();
    }
    writer.finish().unwrap()
}

fn drip() -> Vec<Step> {
    let mut steps = vec![Step::Send(b"HTTP/1.1 200 OK\r\n\r\n".to_vec())];
    for _ in 0..60 {
        steps.extend([Step::Send(b"x".to_vec()), Step::Wait(Duration::from_millis(100))]);
    }
    steps
}

fn zstd_bomb() -> Vec<u8> {
    zstd::encode_all(vec![b' '; 64 << 20].as_slice(), 1).unwrap()
}

fn brotli_bomb() -> Vec<u8> {
    let mut bomb = Vec::new();
    brotli::CompressorWriter::new(&mut bomb, 4096, 1, 22).write_all(&vec![b' '; 64 << 20]).unwrap();
    bomb
}

/// What an origin does, and the failure that it has to end in.
type Case = (Vec<Step>, &'static str);

/// What origins do that speak in plain text.
fn plain() -> Vec<Case> {
    [late_and_endless(), badly_coded(), not_http(), misleading()].concat()
}

fn late_and_endless() -> Vec<Case> {
    let send = |bytes: &[u8]| Step::Send(bytes.to_vec());
    let forever = |head: &[u8], piece: &[u8]| vec![Step::Send(head.to_vec()), Step::Forever(piece.to_vec())];
    let minute = Step::Wait(Duration::from_mins(1));
    vec![
        (vec![minute.clone()], "timed out: nothing came for 3 s"),
        (vec![send(b"HTTP/1.1 200 OK\r\n\r\n<rss>"), minute.clone()], "timed out: nothing came for 3 s"),
        (vec![send(b"HTTP/1.1 200 O"), minute.clone()], "timed out: nothing came for 3 s"),
        (forever(b"HTTP/1.1 200 OK\r\n\r\n", &vec![b'x'; 65536]), "the body is larger than 256 KiB"),
        (
            forever(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                &[b"1000\r\n".as_slice(), &[b'x'; 4096], b"\r\n"].concat(),
            ),
            "the body is larger than 256 KiB",
        ),
        (forever(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n"), "the answer is not HTTP"),
        (forever(b"HTTP/1.1 200 OK\r\nX-Long: ", &vec![b'x'; 65536]), "the answer is not HTTP"),
    ]
}

fn badly_coded() -> Vec<Case> {
    vec![
        (vec![Step::Send(ok("Content-Encoding: gzip\r\n", gzip_bomb()))], "the body is larger than 256 KiB"),
        (vec![Step::Send(ok("Content-Encoding: zstd\r\n", zstd_bomb()))], "the body is larger than 256 KiB"),
        (vec![Step::Send(ok("Content-Encoding: br\r\n", brotli_bomb()))], "the body is larger than 256 KiB"),
        (
            vec![Step::Send(ok("Content-Encoding: gzip\r\n", b"\x1f\x8b\x08 no more"))],
            "the body can't be decoded",
        ),
        (vec![Step::Send(ok("Content-Encoding: rot13\r\n", "x"))], "unknown content coding `rot13`"),
        (
            vec![Step::Send(ok("Content-Encoding: gzip, br\r\n", "x"))],
            "2 content codings one upon the other: `gzip, br`",
        ),
    ]
}

fn not_http() -> Vec<Case> {
    let plain = |head: &str| vec![Step::Send(head.as_bytes().to_vec()), Step::Close];
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let minute = Step::Wait(Duration::from_mins(1));
    vec![
        (plain("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss"), "the body was cut short"),
        (plain("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<rss"), "the answer is not HTTP"),
        (
            plain("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n<rss"),
            "the answer is not HTTP",
        ),
        (plain(both), "the answer is not HTTP"),
        (plain("<rss version=\"2.0\"></rss>\r\n\r\n"), "the answer is not HTTP"),
        (plain("HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n"), "the answer is not HTTP"),
        (
            vec![Step::Send(b"HTTP/1.1 102 Wait\r\n\r\n".repeat(50)), minute],
            "timed out: nothing came for 3 s",
        ),
        (vec![Step::Close], "the connection was closed before an answer"),
    ]
}

fn misleading() -> Vec<Case> {
    vec![
        (vec![Step::Send(bare(302, "Location: /\r\n").into_bytes())], "redirects in a loop"),
        (
            vec![Step::Send(bare(302, "Location: http://169.254.169.254/\r\n").into_bytes())],
            "blocked by policy",
        ),
        (vec![Step::Send(bare(302, "Location: file:///etc/passwd\r\n").into_bytes())], "blocked by policy"),
        (vec![Step::Send(bare(302, "Location: http://0xa.1:22/\r\n").into_bytes())], "blocked by policy"),
        (vec![Step::Send(bare(302, "").into_bytes())], "answered 302 without a `Location`"),
        (vec![Step::Send(bare(206, "").into_bytes())], "answered 206"),
        (vec![Step::Send(bare(999, "").into_bytes())], "answered 999"),
        (vec![Step::Send(bare(304, "").into_bytes())], "answered 304 to an unconditional request"),
        (vec![Step::Send(ok("Content-Type: text/html\r\n", "<html><body>Please log in"))], "this is a page"),
    ]
}

/// Every origin that means harm, as long as this lives, by its URL and the failure that it
/// has to end in.
struct Harm {
    targets: Vec<(String, String)>,
    _origins: (Vec<Origin>, Vec<Scripted>),
}

/// In plain text, over TLS and over HTTP/2.
fn harm() -> Harm {
    let (mut targets, mut origins, mut secure) = (Vec::new(), Vec::new(), Vec::new());
    for (steps, failure) in plain() {
        let origin = Origin::start();
        origin.script("/", steps);
        targets.push((origin.url("/"), failure.to_owned()));
        origins.push(origin);
    }
    let h2 = h2_harm().into_iter().map(|(_, origin, failure)| (origin, failure));
    for (origin, failure) in h2.chain(untrusted()) {
        let failure = failure.replace("1500 ms", "3 s");
        targets.push((origin.url("/"), failure));
        secure.push(origin);
    }
    Harm { targets, _origins: (origins, secure) }
}

/// Names that mean harm, by what they resolve to.
fn names() -> Vec<(String, String)> {
    [
        ("http://none.example/", "could not resolve `none.example`"),
        ("http://slow.example/", "timed out: "),
        ("http://private.example/", "blocked by policy: `private.example` is 10.0.0.1, a private address"),
        ("http://mapped.example/", "blocked by policy: `mapped.example` is ::ffff:10.0.0.1"),
        ("http://odd.example:9/", "blocked by policy: port 9 is no web port"),
        ("http://all.example/", "blocked by policy: `all.example` is 10.0.0.1, a private address"),
        ("http://l\u{43e}calhost/", "could not resolve `xn--lcalhost-nbh`"),
    ]
    .map(|(url, failure)| (url.to_owned(), failure.to_owned()))
    .into()
}

fn resolve(name: &str, port: u16) -> Vec<SocketAddr> {
    let addresses = match name {
        "private.example" => vec!["10.0.0.1".to_owned()],
        "odd.example" => vec!["93.184.215.14".to_owned()],
        "mapped.example" => vec!["[::ffff:10.0.0.1]".to_owned()],
        "all.example" => {
            (0..1000).map(|number| format!("10.0.{}.{}", number / 250, number % 250 + 1)).collect()
        }
        "slow.example" => {
            std::thread::sleep(Duration::from_secs(4));
            Vec::new()
        }
        _ => Vec::new(),
    };
    addresses.iter().map(|address| format!("{address}:{port}").parse().unwrap()).collect()
}

/// Those that mean harm as feed `f`, the others as `good`.
async fn beside(limits: FetchSettings, hostile: &[String], good: &[Origin], at_once: usize) -> Daemon {
    let fetcher = Fetcher::new(limits).unwrap().trusting(&root()).unwrap().resolving(resolve);
    let daemon = Kept::new(Arc::new(fetcher), Politeness { at_once, ..politeness() }).start().await;
    for (name, urls) in [("f", hostile), ("good", &urls(good))] {
        define(&daemon, name, urls).await;
    }
    daemon
}

async fn define(daemon: &Daemon, name: &str, urls: &[String]) {
    if !urls.is_empty() {
        let sources: Vec<String> = urls.iter().map(|url| format!("feed: '{url}'")).collect();
        daemon.define(name, &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
}

fn urls(origins: &[Origin]) -> Vec<String> {
    origins.iter().map(|origin| origin.url("/")).collect()
}

fn good(count: usize) -> Vec<Origin> {
    let origins: Vec<Origin> = (0..count).map(|_| Origin::start()).collect();
    for origin in &origins {
        feed(origin, "/", "ETag: \"1\"\r\n", &["a"]);
    }
    origins
}

/// Who hangs up after nonsense: which of the two is seen first is chance.
fn hung_up(expected: &str, message: &str) -> bool {
    expected.ends_with("`FRAME_SIZE_ERROR`") && message == "the connection was closed before an answer"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hostile_origin_ends_in_its_own_failure_and_the_good_ones_are_done() {
    let harm = harm();
    let (silent, others): (Vec<_>, Vec<_>) = harm
        .targets
        .iter()
        .cloned()
        .chain(names())
        .partition(|(_, failure)| failure.starts_with("timed out"));
    let hundred = good(100);
    for (limits, targets, good) in [(patient(), others, &hundred[..]), (hurried(), silent, &[])] {
        let hostile: Vec<String> = targets.iter().map(|(url, _)| url.clone()).collect();
        let daemon = beside(limits, &hostile, good, 64).await;
        daemon.settled().await;
        let status = daemon.handle.status();
        for ((url, expected), source) in targets.iter().zip(&status.feeds[0].sources) {
            let message = &source.problems[0].message;
            let is_expected = message.starts_with(expected) || hung_up(expected, message);
            assert!(is_expected, "{url}: expected `{expected}`, was `{message}`");
            assert_eq!((source.outcome, source.failures), (Some(Outcome::Failed), 1), "{message}");
        }
        let mut good = status.feeds.iter().skip(1).flat_map(|feed| &feed.sources);
        assert!(good.all(|source| source.outcome == Some(Outcome::Updated)));
    }
}

#[tokio::test]
async fn an_origin_that_drips_is_too_slow() {
    let origin = Origin::start();
    origin.script("/", drip());
    let limits = FetchSettings { min_rate_over: Duration::from_secs(1), ..patient() };
    let daemon = beside(limits, &[origin.url("/")], &[], 64).await;
    daemon.settled().await;
    let status = daemon.handle.status();
    let problem = &status.feeds[0].sources[0].problems[0];
    assert_eq!(problem.message, "too slow: less than 4 KiB a second over 1 s");
}

/// The program itself, with its own limits but the time of a fetch.
#[test]
fn beside_all_of_them_the_program_stays_small() {
    let (harm, good) = (harm(), good(100));
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s}\n");
    // The good ones have all the time that a busy machine may need.
    let harmful: Vec<String> = harm.targets.iter().map(|(url, _)| url.clone()).collect();
    for (name, urls, timeout) in [("f", harmful, "20s"), ("good", urls(&good), "5m")] {
        let source = |url: &String| format!("  - {{feed: \"{url}\", timeout: {timeout}}}\n");
        let sources: Vec<String> = urls.iter().map(source).collect();
        app.write(&format!("feeds/{name}.yaml"), &format!("sources:\n{}", sources.concat()));
    }
    let certificates = format!("SSL_CERT_FILE={}", file("root.crt").display());
    let daemon = app.spawn_under(&["env", &certificates]).ready().unwrap();
    let deadline = std::time::Instant::now() + Duration::from_mins(10);
    let feeds = loop {
        let output = app.run(&["status", "--format", "json"]);
        let status: Value = serde_json::from_slice(&output.stdout).unwrap();
        let feeds = status["feeds"].as_array().unwrap().clone();
        let mut sources = feeds.iter().flat_map(|feed| feed["sources"].as_array().unwrap());
        if sources.all(|source| source["outcome"].is_string()) {
            break feeds;
        }
        assert!(std::time::Instant::now() < deadline, "{status:#}");
    };
    // Each by the right name: the test above. A busy machine may run out of time first.
    for source in feeds[0]["sources"].as_array().unwrap() {
        assert_eq!(source["outcome"], "failed", "{source}");
    }
    for source in feeds[1]["sources"].as_array().unwrap() {
        assert_eq!(source["outcome"], "updated", "{source}");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.pid())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("{} hostile origins, 100 good feeds: {} MiB at most", harm.targets.len(), peak / 1024);
    assert!(peak < 256 * 1024, "{peak} KiB");
}

/// Origins that fail once, at once, and say nothing at all from then on.
fn tarpits(failing_first: bool) -> Vec<Origin> {
    let origins: Vec<Origin> = (0..24).map(|_| Origin::start()).collect();
    for origin in &origins {
        if failing_first {
            origin.answer("/", bare(500, ""));
        }
        origin.script("/", vec![Step::Wait(Duration::from_mins(5))]);
    }
    origins
}

fn requests(origins: &[Origin]) -> usize {
    origins.iter().map(|origin| origin.requests().len()).sum()
}

/// Two hours later everything is due: the good ones are all asked once more, however long
/// the others take.
async fn is_asked_again(daemon: &Daemon, good: &[Origin]) {
    let before = requests(good);
    daemon.kept.clock.advance(Duration::from_hours(2));
    let deadline = tokio::time::Instant::now() + Duration::from_mins(2);
    while requests(good) < before + good.len() {
        assert!(tokio::time::Instant::now() < deadline);
        // The overdue are spread over seconds.
        daemon.kept.clock.advance(Duration::from_millis(100));
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn good_feeds_do_not_wait_for_tarpits_that_are_known() {
    let (tarpits, good) = (tarpits(true), good(12));
    let daemon = beside(patient(), &urls(&tarpits), &good, 8).await;
    daemon.settled().await;
    is_asked_again(&daemon, &good).await;
    // Four of eight places at most are theirs.
    let asked = requests(&tarpits) - 24;
    assert!(asked <= 4, "{asked}");
}

#[tokio::test]
async fn good_feeds_do_not_wait_for_tarpits_that_are_new() {
    let (tarpits, good) = (tarpits(false), good(12));
    let daemon = beside(patient(), &[], &good, 8).await;
    daemon.settled().await;
    define(&daemon, "f", &urls(&tarpits)).await;
    is_asked_again(&daemon, &good).await;
    // Seven of eight places at most are theirs.
    let asked = requests(&tarpits);
    assert!(asked <= 7, "{asked}");
}

#[tokio::test]
async fn a_flapping_feed_has_each_entry_once() {
    let origin = Origin::start();
    for _ in 0..10 {
        origin.answer("/", ok("ETag: \"a\"\r\n", rss("", &["a", "b"])));
        origin.answer("/", ok("ETag: \"b\"\r\n", rss("", &["b", "c"])));
    }
    let daemon = Daemon::on(&origin, "/").await;
    for _ in 0..19 {
        daemon.pass(Duration::from_hours(30)).await;
    }
    assert_eq!((origin.requests().len(), daemon.entries("f")), (20, 3));
}
