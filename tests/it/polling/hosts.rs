//! Hosts: one at a time and spaced, shared polls, held URLs and held hosts.

use super::daemon::{Daemon, Kept, feed, hours, minutes, politeness, rss, settings};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::Fetcher;
use feedmill::model::{Outcome, Refresher};
use feedmill::schedule::{HostLimits, HostRules, Politeness};
use std::{sync::Arc, time::Duration};

async fn with(politeness: Politeness) -> Daemon {
    Kept::new(Arc::new(Fetcher::new(settings()).unwrap()), politeness).start().await
}

fn sources(origin: &Origin, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("feed: {}", origin.url(&format!("/{number}")))).collect()
}

async fn define(daemon: &Daemon, feed: &str, sources: &[String]) {
    let sources: Vec<&str> = sources.iter().map(String::as_str).collect();
    daemon.define(feed, &sources).await;
}

#[tokio::test]
async fn one_host_is_asked_once_a_second() {
    let origin = Origin::start();
    let other = Origin::start();
    let daemon = Daemon::empty().await;
    define(&daemon, "f", &[sources(&origin, 5), sources(&other, 1)].concat()).await;
    daemon.settled().await;
    assert_eq!((origin.requests().len(), other.requests().len()), (1, 1));
    for asked in 2..=5 {
        daemon.pass(Duration::from_millis(999)).await;
        assert_eq!(origin.requests().len(), asked - 1);
        daemon.pass(Duration::from_millis(1)).await;
        assert_eq!(origin.requests().len(), asked);
    }
    assert_eq!(origin.connections(), 1, "kept alive");
}

#[tokio::test]
async fn a_bridge_of_ones_own_may_be_asked_as_fast_as_its_owner_says() {
    let origin = Origin::start();
    let rules = HostRules {
        limits: HostLimits { at_once: 8, interval: Duration::ZERO },
        min_interval: minutes(1),
        timeout: None,
    };
    let hosts = [(origin.address().to_string(), rules)].into();
    let daemon = with(Politeness { hosts, ..politeness() }).await;
    let sources: Vec<String> =
        sources(&origin, 300).iter().map(|source| format!("{source}, schedule: 1m")).collect();
    for number in 0..300 {
        feed(&origin, &format!("/{number}"), "ETag: \"1\"\r\n", &["a"]);
    }
    define(&daemon, "f", &sources).await;
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 300);
    daemon.pass_in_steps(minutes(2), Duration::from_secs(1)).await;
    assert!((600..900).contains(&origin.requests().len()), "{}", origin.requests().len());
}

#[tokio::test]
async fn a_host_has_the_timeout_that_its_owner_gave_it() {
    let origin = Origin::start();
    origin.script("/0", vec![crate::origin::Step::Wait(Duration::from_mins(1))]);
    let timeout = Some(Duration::from_millis(150));
    let hosts = [("127.0.0.1".to_owned(), HostRules { timeout, ..politeness().host })].into();
    let daemon = with(Politeness { hosts, ..politeness() }).await;
    define(&daemon, "f", &sources(&origin, 1)).await;
    daemon.settled().await;
    assert_eq!(daemon.problem(), "timed out after 150 ms");
    let own: Vec<String> =
        sources(&origin, 1).iter().map(|source| format!("{source}, timeout: 1s")).collect();
    define(&daemon, "f", &own).await;
    daemon.pass(minutes(5)).await;
    daemon.refresh().await;
    assert_eq!(daemon.problem(), "timed out after 1 s");
}

#[tokio::test]
async fn a_url_in_ten_feeds_is_asked_once() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b"]);
    let daemon = Daemon::empty().await;
    let keys = format!("feed: {}", origin.url("/feed"));
    for number in 0..10 {
        daemon.define(&format!("f{number}"), &[&keys]).await;
        if number > 0 {
            // Newly named: not within five minutes of the last request, then whole.
            daemon.settled().await;
            assert_eq!(origin.requests().len(), number);
            daemon.pass(minutes(5)).await;
        }
        daemon.settled().await;
        assert_eq!(origin.requests().len(), number + 1);
        assert!(origin.last_field("if-none-match").is_none());
        assert_eq!(daemon.entries(&format!("f{number}")), 2);
    }
    origin.answer("/feed", bare(304, ""));
    for polls in 11..20 {
        daemon.pass(hours(25)).await;
        assert_eq!(origin.requests().len(), polls);
        assert_eq!(origin.last_field("if-none-match").unwrap(), "\"1\"");
    }
    let run = daemon.handle.refresh(&[]).unwrap();
    daemon.handle.wait(&run).await;
    assert_eq!(daemon.handle.run(&run).unwrap().sources.len(), 10);
    assert_eq!(origin.requests().len(), 19, "within five minutes: deferred");
    daemon.pass(minutes(5)).await;
    let run = daemon.handle.refresh(&[]).unwrap();
    daemon.handle.wait(&run).await;
    let report = daemon.handle.run(&run).unwrap();
    assert!(report.sources.iter().all(|source| source.outcome == Outcome::Unchanged), "{report:?}");
    assert_eq!(origin.requests().len(), 20);
}

#[tokio::test]
async fn other_credentials_are_another_request() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::empty().await;
    daemon.define("a", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.define("b", &[&format!("feed: {}, headers: {{X-Key: k}}", origin.url("/feed"))]).await;
    daemon.pass(Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 2);
    assert!(origin.requests()[0].contains("x-key") != origin.requests()[1].contains("x-key"));
}

#[tokio::test]
async fn a_new_feed_waits_with_the_others_for_a_url_that_is_left_alone() {
    let origin = Origin::start();
    origin.answer("/feed", bare(429, "Retry-After: 36000\r\n"));
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.define("g", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.pass(hours(9)).await;
    assert_eq!(origin.requests().len(), 1);
    daemon.pass(hours(2)).await;
    assert_eq!(origin.requests().len(), 2);
}

#[tokio::test]
async fn two_busy_urls_hold_themselves_and_three_hold_their_host() {
    let origin = Origin::start();
    for path in 0..3 {
        origin.answer(&format!("/{path}"), bare(503, "Retry-After: 7200\r\n"));
    }
    for path in 3..9 {
        feed(&origin, &format!("/{path}"), "ETag: \"1\"\r\n", &["a"]);
    }
    let paths = |numbers: &[usize]| -> Vec<String> {
        numbers.iter().map(|number| format!("feed: {}", origin.url(&format!("/{number}")))).collect()
    };
    let daemon = Daemon::empty().await;
    let seconds =
        async |count| daemon.pass_in_steps(Duration::from_secs(count), Duration::from_secs(1)).await;
    define(&daemon, "a", &paths(&[0, 1])).await;
    seconds(3).await;
    define(&daemon, "b", &paths(&[3])).await;
    seconds(3).await;
    assert_eq!((origin.requests().len(), daemon.entries("b")), (3, 1));
    // A good answer between them: the host as a whole is not busy.
    define(&daemon, "c", &paths(&[2, 4])).await;
    seconds(3).await;
    assert_eq!((origin.requests().len(), daemon.entries("c")), (5, 1));
    // Two more hours, and all three are busy one after the other, with no good answer between.
    let busy = Origin::start();
    for path in 0..3 {
        busy.answer(&format!("/{path}"), bare(503, "Retry-After: 7200\r\n"));
    }
    feed(&busy, "/good", "ETag: \"1\"\r\n", &["a"]);
    define(&daemon, "d", &sources(&busy, 3)).await;
    seconds(4).await;
    assert_eq!(busy.requests().len(), 3);
    daemon.define("f", &[&format!("feed: {}", busy.url("/good"))]).await;
    seconds(60).await;
    assert_eq!(busy.requests().len(), 3);
    let report = daemon.refresh().await;
    assert_eq!(report.outcome, Outcome::Deferred);
    assert!(report.problems[0].message.ends_with("three addresses of its host answered 429 or 503"));
    let daemon = daemon.restart(hours(1)).await;
    assert_eq!(busy.requests().len(), 3, "held over a restart");
    daemon.pass_in_steps(hours(2), minutes(1)).await;
    assert_eq!(daemon.entries("f"), 1);
}

#[tokio::test]
async fn failing_feeds_together_are_asked_no_faster_than_one() {
    let origin = Origin::start();
    origin.answer("/feed", bare(500, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    for _ in 0..8 {
        daemon.next_poll(&origin).await;
    }
    daemon.define("g", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.settled().await;
    let before = origin.requests().len();
    // The new one asks once at its time, then waits as long as the old.
    daemon.pass_in_steps(hours(20), minutes(10)).await;
    assert!(origin.requests().len() <= before + 1, "{} more", origin.requests().len() - before);
}

#[tokio::test]
async fn refreshes_join_the_poll_that_runs_and_single_flight_is_kept() {
    let origin = Origin::start();
    origin.script(
        "/feed",
        vec![
            crate::origin::Step::Wait(Duration::from_millis(200)),
            crate::origin::Step::Send(ok("ETag: \"1\"\r\n", rss("", &["a"]))),
        ],
    );
    let daemon = Daemon::empty().await;
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    let runs: Vec<String> = (0..1000).map(|_| daemon.handle.refresh(&["f".to_owned()]).unwrap()).collect();
    for run in &runs {
        daemon.handle.wait(run).await;
        assert_eq!(daemon.handle.run(run).unwrap().sources[0].outcome, Outcome::Updated);
    }
    assert_eq!(origin.requests().len(), 1);
}

#[tokio::test]
async fn a_thousand_refreshes_of_a_folder_are_two_scans_at_most() {
    let site = tempfile::tempdir().unwrap();
    std::fs::write(site.path().join("2026-01-02-a.md"), "---\ntitle: A\n---\nText.\n").unwrap();
    let daemon = Daemon::empty().await;
    let source = format!(
        "posts: {}, url: \"https://example.org/\", site: jekyll, schedule: 1d",
        site.path().display()
    );
    daemon.define("f", &[&source]).await;
    daemon.settled().await;
    let before = daemon.source().history.len();
    let runs: Vec<String> = (0..1000).map(|_| daemon.handle.refresh(&["f".to_owned()]).unwrap()).collect();
    // Each collection has a time of its own.
    let waiting = async {
        for run in &runs {
            daemon.handle.wait(run).await;
            assert_eq!(daemon.handle.run(run).unwrap().sources[0].outcome, Outcome::Unchanged);
        }
    };
    daemon.meanwhile(waiting).await;
    let scans = daemon.source().history.len() - before;
    assert!((1..=2).contains(&scans), "{scans} scans");
}

#[tokio::test]
async fn at_a_host_with_more_to_ask_than_may_be_asked_everybody_has_a_turn() {
    let origin = Origin::start();
    let rules = HostRules { min_interval: minutes(1), ..politeness().host };
    let hosts = [(origin.address().to_string(), rules)].into();
    let daemon = with(Politeness { hosts, ..politeness() }).await;
    let sources: Vec<String> =
        sources(&origin, 90).iter().map(|source| format!("{source}, schedule: 1m")).collect();
    for number in 0..90 {
        feed(&origin, &format!("/{number}"), "ETag: \"1\"\r\n", &["a"]);
    }
    define(&daemon, "f", &sources).await;
    daemon.settled().await;
    daemon.pass_in_steps(minutes(6), Duration::from_secs(1)).await;
    let asked = |number: usize| {
        let line = format!("GET /{number} ");
        origin.requests().iter().filter(|request| request.starts_with(&line)).count()
    };
    let asked: Vec<usize> = (0..90).map(asked).collect();
    // Four each, more or less by chance of when each is due.
    assert!(asked.iter().all(|times| (2..=7).contains(times)), "{asked:?}");
}

#[tokio::test]
async fn a_damaged_row_of_one_feed_stops_no_other_that_shares_its_polls() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.define("g", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.settled().await;
    daemon.pass(hours(2)).await;
    assert_eq!((daemon.entries("f"), daemon.entries("g")), (1, 1));
    let damage = "UPDATE entry_key SET checksum = checksum + 1 WHERE source =
                  (SELECT source.row FROM source JOIN feed ON feed.row = source.feed WHERE feed.id = 'g')";
    assert!(daemon.database().execute(damage, []).unwrap() > 0);
    for (more, etag) in [(&["a", "b"][..], "2"), (&["a", "b", "c"], "3")] {
        let answer = ok(&format!("ETag: \"{etag}\"\r\n"), rss("", more));
        origin.answer_from_now("/feed", answer);
        daemon.pass_in_steps(hours(48), hours(1)).await;
        assert_eq!(daemon.entries("f"), more.len());
        assert_eq!(daemon.source_of("g").outcome, Some(Outcome::Failed));
    }
}

#[tokio::test]
async fn a_thousand_overdue_feeds_are_polled_over_a_minute() {
    let origins: Vec<Origin> = (0..100).map(|_| Origin::start()).collect();
    let mut files = Vec::new();
    for origin in &origins {
        for path in 0..10 {
            feed(origin, &format!("/{path}"), "ETag: \"1\"\r\n", &["a"]);
        }
        files.extend(sources(origin, 10));
    }
    let daemon = Daemon::empty().await;
    define(&daemon, "f", &files).await;
    daemon.pass_in_steps(Duration::from_secs(12), Duration::from_secs(1)).await;
    let count = || origins.iter().map(|origin| origin.requests().len()).sum::<usize>();
    assert_eq!(count(), 1000);
    let daemon = daemon.restart(hours(48)).await;
    let mut counts = vec![count() - 1000];
    for _ in 0..80 {
        daemon.pass(Duration::from_secs(1)).await;
        counts.push(count() - 1000);
    }
    assert!(counts.windows(2).all(|pair| pair[1] - pair[0] <= 64), "{counts:?}");
    assert!(counts[0] <= 16 && counts[58] < 1000, "{counts:?}");
    assert_eq!(counts[80], 1000, "{counts:?}");
}
