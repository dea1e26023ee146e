//! What is owed to a URL and to its host, whichever sources ask and however the feed files
//! change: holds, the floor, hosts behind redirects.

use super::daemon::{Daemon, Kept, feed, hours, minutes, politeness, rss, settings};
use crate::origin::{Origin, Step, bare, ok};
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::model::Outcome;
use feedmill::schedule::{HostLimits, HostRules, Politeness};
use std::{sync::Arc, time::Duration};

/// An origin that asks to be left alone for an hour, and a daemon that has heard it.
async fn held() -> (Origin, Daemon, String) {
    let origin = Origin::start();
    origin.answer("/feed", bare(429, "Retry-After: 3600\r\n"));
    let source = format!("feed: {}", origin.url("/feed"));
    let daemon = Daemon::empty().await;
    daemon.define("f", &[&source]).await;
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 1);
    (origin, daemon, source)
}

/// Nothing is asked before the hour is over, whoever asks; then something is.
async fn keeps_to_the_hour(origin: &Origin, daemon: Daemon, feeds: &[&str], change: &str) {
    let daemon = daemon.restart(minutes(1)).await;
    for _ in 0..5 {
        for feed in feeds {
            daemon.refresh_feed(feed).await;
        }
        daemon.pass(minutes(11)).await;
        assert_eq!(origin.requests().len(), 1, "{change}: asked before its time");
    }
    daemon.pass(minutes(75)).await;
    assert!(origin.requests().len() > 1, "{change}: never asked again");
}

#[tokio::test]
async fn a_hold_is_kept_though_the_source_gets_a_header() {
    let (origin, daemon, source) = held().await;
    daemon.define("f", &[&format!("{source}, headers: {{X-Key: k}}")]).await;
    daemon.settled().await;
    keeps_to_the_hour(&origin, daemon, &["f"], "a header").await;
}

#[tokio::test]
async fn a_hold_is_kept_though_the_feed_file_gets_another_name() {
    let (origin, daemon, source) = held().await;
    daemon.remove("f").await;
    daemon.define("g", &[&source]).await;
    daemon.settled().await;
    keeps_to_the_hour(&origin, daemon, &["g"], "another name").await;
}

#[tokio::test]
async fn a_hold_is_kept_though_another_feed_names_the_url_alone() {
    let (origin, daemon, source) = held().await;
    daemon.define("f", &[&format!("{source}, enabled: false")]).await;
    // A fragment makes no other URL.
    daemon.define("g", &[&format!("feed: '{}#top'", source.trim_start_matches("feed: "))]).await;
    daemon.settled().await;
    keeps_to_the_hour(&origin, daemon, &["g"], "another feed").await;
}

#[tokio::test]
async fn a_hold_is_kept_though_the_url_goes_and_comes_back() {
    let (origin, daemon, source) = held().await;
    let other = Origin::start();
    feed(&other, "/feed", "ETag: \"1\"\r\n", &["a"]);
    daemon.define("f", &[&format!("id: one, {source}")]).await;
    daemon.define("f", &[&format!("id: one, feed: {}", other.url("/feed"))]).await;
    daemon.settled().await;
    assert_eq!(other.requests().len(), 1);
    daemon.define("f", &[&format!("id: one, {source}")]).await;
    daemon.settled().await;
    keeps_to_the_hour(&origin, daemon, &["f"], "there and back").await;
}

#[tokio::test]
async fn the_floor_is_the_urls_through_a_restart_and_a_clock_put_back() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    let kept = daemon.stop().await;
    let daemon = kept.start().await;
    daemon.remove("f").await;
    daemon.define("g", &[&format!("feed: {}, headers: {{X-Key: k}}", origin.url("/feed"))]).await;
    daemon.pass(minutes(4)).await;
    assert_eq!(origin.requests().len(), 1);
    daemon.pass(minutes(1)).await;
    assert_eq!(origin.requests().len(), 2);
    // What was written while the clock was a year ahead holds nobody for longer.
    daemon.kept.clock.advance(hours(365 * 24));
    daemon.settled().await;
    let asked = origin.requests().len();
    let kept = daemon.stop().await;
    kept.clock.turn_back(hours(365 * 24));
    let daemon = kept.start().await;
    daemon.define("h", &[&format!("feed: {}, headers: {{X-Key: l}}", origin.url("/feed"))]).await;
    daemon.pass(minutes(4)).await;
    assert_eq!(origin.requests().len(), asked);
    daemon.pass(minutes(6)).await;
    assert!(origin.requests().len() > asked);
}

#[tokio::test]
async fn a_host_that_many_are_sent_to_is_asked_in_turn_once_it_is_known() {
    let target = Origin::start();
    let daemon = Daemon::empty().await;
    let origins: Vec<Origin> = (0..6).map(|_| Origin::start()).collect();
    let mut sources = Vec::new();
    for (number, origin) in origins.iter().enumerate() {
        let location = target.url(&format!("/{number}"));
        origin.answer("/feed", bare(302, &format!("Location: {location}\r\n")));
        sources.push(format!("feed: {}", origin.url("/feed")));
    }
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.settled().await;
    assert_eq!(target.requests().len(), 6, "nobody could know");
    // All are due again: the status says where each failed.
    let daemon = daemon.restart(hours(48)).await;
    for asked in 7..=12 {
        assert_eq!(target.requests().len(), asked);
        daemon.pass(Duration::from_secs(1)).await;
    }
}

#[tokio::test]
async fn a_host_is_left_alone_for_what_it_said_itself() {
    let home = Origin::start();
    feed(&home, "/good", "ETag: \"1\"\r\n", &["a"]);
    let busy = Origin::start();
    let daemon = Daemon::empty().await;
    let mut sources = vec![format!("feed: {}, schedule: 30m", home.url("/good"))];
    for number in 0..3 {
        let path = format!("/{number}");
        busy.answer(&path, bare(503, ""));
        home.answer(&path, bare(302, &format!("Location: {}\r\n", busy.url(&path))));
        sources.push(format!("feed: {}", home.url(&path)));
    }
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.pass_in_steps(Duration::from_secs(10), Duration::from_secs(1)).await;
    assert_eq!((home.requests().len(), busy.requests().len()), (4, 3));
    // The good feed is polled as ever; one that newly names the busy host waits for it.
    feed(&busy, "/other", "ETag: \"1\"\r\n", &["a"]);
    daemon.define("g", &[&format!("feed: {}", busy.url("/other"))]).await;
    daemon.pass_in_steps(minutes(40), minutes(1)).await;
    let good = home.requests().iter().filter(|request| request.starts_with("GET /good ")).count();
    assert_eq!((good, busy.requests().len()), (2, 3));
    // A restart knows as much.
    let daemon = daemon.restart(Duration::from_secs(1)).await;
    assert_eq!(daemon.refresh_feed("g").await.outcome, Outcome::Deferred);
    daemon.pass_in_steps(minutes(90), minutes(1)).await;
    assert!(busy.requests().iter().any(|request| request.starts_with("GET /other ")));
}

#[tokio::test]
async fn a_host_that_names_a_second_is_left_alone_all_the_same() {
    let origin = Origin::start();
    let daemon = Daemon::empty().await;
    let mut sources = Vec::new();
    for number in 0..8 {
        origin.answer(&format!("/{number}"), bare(429, "Retry-After: 1\r\n"));
        sources.push(format!("feed: {}", origin.url(&format!("/{number}"))));
    }
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.pass_in_steps(Duration::from_secs(20), Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 3);
    daemon.pass_in_steps(minutes(59), minutes(1)).await;
    assert_eq!(origin.requests().len(), 3);
    daemon.pass_in_steps(minutes(30), Duration::from_secs(10)).await;
    assert!(origin.requests().len() > 3);
}

#[tokio::test]
async fn a_source_in_a_hurry_does_not_cut_those_that_share_its_poll() {
    let origin = Origin::start();
    let late = [Step::Wait(Duration::from_millis(1300)), Step::Send(ok("ETag: \"1\"\r\n", rss("", &["a"])))];
    origin.script("/feed", late.to_vec());
    let daemon = Daemon::empty().await;
    let source = format!("feed: {}", origin.url("/feed"));
    daemon.write("f", &format!("sources: [{{{source}}}]\n")).await;
    daemon.write("g", &format!("sources: [{{{source}, timeout: 1s}}]\n")).await;
    daemon.settled().await;
    daemon.pass(minutes(6)).await;
    assert_eq!((daemon.entries("f"), daemon.entries("g")), (1, 1));
    // One that gives no time has the fetcher's.
    let fetcher = Fetcher::new(FetchSettings { timeout: Duration::from_millis(300), ..settings() }).unwrap();
    let daemon = Kept::new(Arc::new(fetcher), politeness()).start().await;
    daemon.define("f", &[&source]).await;
    daemon.settled().await;
    assert_eq!(daemon.problem(), "timed out after 300 ms");
}

#[tokio::test]
async fn rules_of_a_host_hold_for_its_urls() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let rules = HostRules {
        limits: HostLimits { at_once: 1, interval: Duration::ZERO },
        min_interval: minutes(1),
        timeout: None,
    };
    let hosts = [(origin.address().to_string(), rules)].into();
    let fetcher = Arc::new(Fetcher::new(settings()).unwrap());
    let daemon = Kept::new(fetcher, Politeness { hosts, ..politeness() }).start().await;
    daemon.define("a", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.define("b", &[&format!("feed: {}, headers: {{X-Key: k}}", origin.url("/feed"))]).await;
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 1);
    daemon.pass(minutes(1)).await;
    assert_eq!(origin.requests().len(), 2);
}
