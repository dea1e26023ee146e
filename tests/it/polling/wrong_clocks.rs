//! Clocks that were wrong for a while: nothing that they set outlives them.

use super::daemon::{Daemon, feed, hours, minutes};
use super::hub::{Hub, TOPIC, intent, name, subscribed};
use super::turnstile::{self, poll_under_way};
use crate::origin::{Origin, bare, ok};
use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::{Outcome, Verdict};
use std::time::Duration;

const DAY: u64 = 24;

/// So far ahead clocks are here.
fn ahead() -> Duration {
    hours(400 * DAY)
}

/// An RSS feed of entries with these dates, called by them.
fn dated(dates: &[DateTime<Utc>]) -> String {
    let item = |date: &DateTime<Utc>| {
        let (id, date) = (date.to_rfc3339(), date.to_rfc2822());
        format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><title>x</title><pubDate>{date}</pubDate></item>"
        )
    };
    let items: String = dates.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>")
}

/// The state of a source as the store has it.
fn stored(daemon: &Daemon) -> feedmill::store::SourceState {
    daemon.store.source(feedmill::store::SourceRow(1)).unwrap()
}

#[tokio::test]
async fn a_clock_that_is_put_back_while_a_poll_is_under_way() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let (turnstile, daemon) = turnstile::daemon().await;
    daemon.define("f", &[&format!("feed: {}, schedule: 1h", origin.url("/feed"))]).await;
    daemon.settled().await;
    daemon.pass(ahead()).await;
    daemon.pass(hours(1)).await;
    let asked = origin.requests().len();
    let run = poll_under_way(&turnstile, &daemon).await;
    daemon.kept.clock.turn_back(ahead());
    let report = turnstile::end(&turnstile, &daemon, &run).await;
    let soon = daemon.now() + TimeDelta::minutes(66);
    assert!(report.next.unwrap() <= soon, "{report:?}");
    assert!(daemon.source().next.unwrap() <= soon && daemon.source().last.unwrap() <= daemon.now());
    let kept = stored(&daemon);
    assert!(kept.due.unwrap() <= soon && kept.last.unwrap() <= daemon.now(), "{kept:?}");
    daemon.pass_in_steps(minutes(70), minutes(5)).await;
    assert_eq!(origin.requests().len(), asked + 2);
}

#[tokio::test]
async fn a_host_that_was_busy_by_a_wrong_clock_is_asked_again_in_time() {
    let origin = Origin::start();
    for path in 0..3 {
        origin.answer(&format!("/{path}"), bare(503, "Retry-After: 7200\r\n"));
    }
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::empty().await;
    daemon.pass(ahead()).await;
    let sources: Vec<String> =
        (0..3).map(|number| format!("feed: {}", origin.url(&format!("/{number}")))).collect();
    daemon.define("a", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.pass_in_steps(Duration::from_secs(4), Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 3);
    daemon.kept.clock.turn_back(ahead());
    daemon.settled().await;
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.pass(minutes(100)).await;
    assert_eq!(origin.requests().len(), 3, "it still is busy");
    daemon.pass_in_steps(minutes(25), minutes(1)).await;
    assert_eq!(daemon.entries("f"), 1);
}

#[tokio::test]
async fn a_lease_by_a_wrong_clock_is_renewed_all_the_same() {
    for restarted in [false, true] {
        let hub = Hub::start();
        let daemon = subscribed(&hub, 864_000).await;
        daemon.pass(ahead()).await;
        daemon.pass_in_steps(minutes(2), Duration::from_secs(10)).await;
        let again = name(hub.asked().last().unwrap());
        let verdict = daemon.verify(&again, intent("subscribe", TOPIC, 864_000)).await;
        assert_eq!(verdict, Verdict::Confirmed);
        daemon.settled().await;
        let asked = hub.asked().len();
        let daemon = if restarted {
            let kept = daemon.stop().await;
            kept.clock.turn_back(ahead());
            kept.start().await
        } else {
            daemon.kept.clock.turn_back(ahead());
            daemon
        };
        daemon.pass_in_steps(hours(9 * DAY + 3), hours(2)).await;
        assert!(hub.asked().len() > asked, "renewed: {restarted}");
        let ends = daemon.store.subscriptions().unwrap()[0].lease_ends.unwrap();
        assert!(ends <= daemon.now() + TimeDelta::days(31), "{ends}: {restarted}");
    }
}

#[tokio::test]
async fn reloads_and_restarts_begin_no_interval_anew() {
    for restarts in [false, true] {
        let origin = Origin::start();
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
        let mut daemon = Daemon::empty().await;
        daemon.pass(ahead()).await;
        daemon.define("f", &[&format!("feed: {}, schedule: 24h", origin.url("/feed"))]).await;
        daemon.settled().await;
        assert_eq!(origin.requests().len(), 1);
        if restarts {
            let kept = daemon.stop().await;
            kept.clock.turn_back(ahead());
            daemon = kept.start().await;
        } else {
            daemon.kept.clock.turn_back(ahead());
        }
        daemon.settled().await;
        let now = daemon.now();
        let kept = stored(&daemon);
        let times = [kept.last, kept.first_collected, kept.since, kept.succeeded];
        assert!(times.into_iter().flatten().all(|time| time <= now), "{kept:?}");
        let shown = daemon.source();
        assert!(shown.history.iter().all(|ran| ran.at <= now) && shown.last <= Some(now), "{shown:?}");
        assert_eq!(shown.succeeded, kept.succeeded);
        for _ in 0..7 {
            if restarts {
                daemon = daemon.restart(hours(20)).await;
            } else {
                daemon.pass(hours(20)).await;
                daemon.reload().await;
                daemon.settled().await;
            }
        }
        assert!((4..=7).contains(&origin.requests().len()), "{} in 140 h", origin.requests().len());
    }
}

#[tokio::test]
async fn what_comes_after_a_first_poll_by_a_wrong_clock_is_taken() {
    for ahead_at_first in [true, false] {
        let origin = Origin::start();
        let daemon = Daemon::empty().await;
        let right = daemon.now();
        let put = |daemon: &Daemon, forward: bool| {
            if forward { daemon.kept.clock.advance(ahead()) } else { daemon.kept.clock.turn_back(ahead()) }
        };
        put(&daemon, ahead_at_first);
        let old = right - TimeDelta::days(900);
        origin.answer_from_now("/feed", ok("ETag: \"1\"\r\n", dated(&[old])));
        daemon.define("f", &[&format!("feed: {}, schedule: 1h, since: now", origin.url("/feed"))]).await;
        daemon.settled().await;
        assert_eq!(daemon.entries("f"), 0);
        put(&daemon, !ahead_at_first);
        daemon.settled().await;
        let new = right + TimeDelta::minutes(30);
        origin.answer_from_now("/feed", ok("ETag: \"2\"\r\n", dated(&[new, old])));
        daemon.pass_in_steps(minutes(70), minutes(5)).await;
        assert_eq!(daemon.entries("f"), 1, "{ahead_at_first}");
    }
}

#[tokio::test]
async fn a_clock_that_was_never_set_collects_nothing_and_says_so() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::empty().await;
    let right = daemon.now();
    let behind = (right - "1970-01-01T00:00:09Z".parse::<DateTime<Utc>>().unwrap()).to_std().unwrap();
    daemon.kept.clock.turn_back(behind);
    let posts = tempfile::TempDir::new().unwrap();
    std::fs::write(posts.path().join("2026-03-01-a.md"), "---\ntitle: A\n---\nx\n").unwrap();
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.define("p", &[&format!("posts: {}, site: jekyll", posts.path().display())]).await;
    let report = daemon.refresh().await;
    assert_eq!(report.outcome, Outcome::Deferred);
    assert_eq!(
        report.problems[0].message,
        "is not asked before 2020-01-01T00:00:00Z: the clock of this machine is not set"
    );
    daemon.pass_in_steps(hours(3), hours(1)).await;
    assert_eq!((origin.requests().len(), daemon.entries("f"), daemon.entries("p")), (0, 0, 0));
    daemon.pass(behind).await;
    daemon.pass(Duration::from_secs(1)).await;
    assert_eq!((origin.requests().len(), daemon.entries("f"), daemon.entries("p")), (1, 1, 1));
    assert!(stored(&daemon).first_collected.unwrap() >= right);
}
