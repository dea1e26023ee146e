//! Origins that mean harm, each with an end of its own, beside good ones that are on time.

use super::daemon::{Daemon, Kept, feed, politeness, rss, settings};
use crate::origin::{Origin, Step, bare, ok};
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::model::{Outcome, Refresher};
use feedmill::schedule::Politeness;
use std::{io::Write as _, sync::Arc, time::Duration};

/// Limits of the shipped config, made small.
fn limits() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_secs(8),
        connect_timeout: Duration::from_millis(500),
        idle_timeout: Duration::from_millis(400),
        max_body: 256 * 1024,
        min_rate: 4096,
        min_rate_over: Duration::from_millis(500),
        ..settings()
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
    for _ in 0..40 {
        steps.extend([Step::Send(b"x".to_vec()), Step::Wait(Duration::from_millis(100))]);
    }
    steps
}

/// Each with the failure that it has to end in.
fn origins() -> Vec<(Vec<Step>, &'static str)> {
    let send = |bytes: &[u8]| Step::Send(bytes.to_vec());
    let forever = |head: &[u8], piece: &[u8]| vec![Step::Send(head.to_vec()), Step::Forever(piece.to_vec())];
    let minute = Step::Wait(Duration::from_mins(1));
    let plain = |head: &str| vec![Step::Send(head.as_bytes().to_vec()), Step::Close];
    let both = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    vec![
        (vec![minute.clone()], "timed out: nothing came for 400 ms"),
        (vec![send(b"HTTP/1.1 200 OK\r\n\r\n<rss>"), minute.clone()], "timed out: nothing came for 400 ms"),
        (vec![send(b"HTTP/1.1 200 O"), minute], "timed out: nothing came for 400 ms"),
        (drip(), "too slow: less than 4 KiB a second over 500 ms"),
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
        (vec![Step::Send(ok("Content-Encoding: gzip\r\n", gzip_bomb()))], "the body is larger than 256 KiB"),
        (plain("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss"), "the body was cut short"),
        (plain("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<rss"), "the answer is not HTTP"),
        (
            plain("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n<rss"),
            "the answer is not HTTP",
        ),
        (plain(both), "the answer is not HTTP"),
        (plain("<rss version=\"2.0\"></rss>\r\n\r\n"), "the answer is not HTTP"),
        (vec![Step::Close], "the connection was closed before an answer"),
        (
            vec![Step::Send(ok("Content-Encoding: gzip, br\r\n", "x"))],
            "2 content codings one upon the other: `gzip, br`",
        ),
        (vec![Step::Send(bare(302, "Location: /\r\n").into_bytes())], "redirects in a loop"),
        (
            vec![Step::Send(bare(302, "Location: http://169.254.169.254/\r\n").into_bytes())],
            "blocked by policy",
        ),
        (vec![Step::Send(bare(304, "").into_bytes())], "answered 304 to an unconditional request"),
        (vec![Step::Send(ok("Content-Type: text/html\r\n", "<html><body>Please log in"))], "this is a page"),
    ]
}

async fn beside(hostile: &[Origin], good: &[Origin], at_once: usize) -> Daemon {
    let fetcher = Arc::new(Fetcher::new(limits()).unwrap());
    let daemon = Kept::new(fetcher, Politeness { at_once, ..politeness() }).start().await;
    for (name, origins) in
        [("f", hostile), ("good", good)].into_iter().filter(|(_, origins)| !origins.is_empty())
    {
        let sources: Vec<String> =
            origins.iter().map(|origin| format!("feed: {}", origin.url("/"))).collect();
        daemon.define(name, &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    }
    daemon
}

fn good(count: usize) -> Vec<Origin> {
    let origins: Vec<Origin> = (0..count).map(|_| Origin::start()).collect();
    for origin in &origins {
        feed(origin, "/", "ETag: \"1\"\r\n", &["a"]);
    }
    origins
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hostile_origin_ends_in_its_own_failure_and_the_good_ones_are_done() {
    let stories = origins();
    let hostile: Vec<Origin> = stories.iter().map(|_| Origin::start()).collect();
    for (origin, (steps, _)) in hostile.iter().zip(&stories) {
        origin.script("/", steps.clone());
    }
    let good = good(20);
    let begun = tokio::time::Instant::now();
    let daemon = beside(&hostile, &good, 64).await;
    daemon.settled().await;
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
    let status = daemon.handle.status();
    for ((_, expected), source) in stories.iter().zip(&status.feeds[0].sources) {
        let message = &source.problems[0].message;
        assert!(message.starts_with(expected), "expected `{expected}`, was `{message}`");
        assert_eq!((source.outcome, source.failures), (Some(Outcome::Failed), 1), "{message}");
    }
    assert!(status.feeds[1].sources.iter().all(|source| source.outcome == Some(Outcome::Updated)));
}

#[tokio::test]
async fn good_feeds_do_not_wait_for_tarpits_that_are_known() {
    let tarpits: Vec<Origin> = (0..24).map(|_| Origin::start()).collect();
    for origin in &tarpits {
        origin.script("/", vec![Step::Wait(Duration::from_mins(1))]);
    }
    let good = good(12);
    let daemon = beside(&tarpits, &good, 8).await;
    daemon.settled().await;
    // Two hours later everything is due, with eight places for 24 tarpits: at most four
    // of those are taken by them, and the twelve go through the others one by one.
    daemon.kept.clock.advance(Duration::from_hours(2));
    let asked = || good.iter().map(|origin| origin.requests().len()).sum::<usize>();
    let tarpitted = || tarpits.iter().map(|origin| origin.requests().len()).sum::<usize>();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while asked() < 24 {
        assert!(tokio::time::Instant::now() < deadline);
        // The overdue are spread over seconds.
        daemon.kept.clock.advance(Duration::from_millis(100));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert!(tarpitted() <= 24 + 8, "{}", tarpitted());
    daemon.settled().await;
}

#[tokio::test]
async fn good_feeds_do_not_wait_for_tarpits_that_are_new() {
    let good = good(12);
    let daemon = beside(&[], &good, 8).await;
    daemon.settled().await;
    let tarpits: Vec<Origin> = (0..24).map(|_| Origin::start()).collect();
    for origin in &tarpits {
        origin.script("/", vec![Step::Wait(Duration::from_mins(1))]);
    }
    let sources: Vec<String> = tarpits.iter().map(|origin| format!("feed: {}", origin.url("/"))).collect();
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.kept.clock.advance(Duration::from_hours(2));
    let asked = || good.iter().map(|origin| origin.requests().len()).sum::<usize>();
    let tarpitted = || tarpits.iter().map(|origin| origin.requests().len()).sum::<usize>();
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while asked() < 24 {
        assert!(tokio::time::Instant::now() < deadline);
        daemon.kept.clock.advance(Duration::from_millis(100));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    // Seven of eight places are theirs, and 400 ms each.
    assert!(tarpitted() <= 14, "{}", tarpitted());
    daemon.settled().await;
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
