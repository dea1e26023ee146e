//! What an origin wishes counts whenever a poll begins, and whatever came with it.

use super::daemon::{Daemon, feed, hours, minutes, rss};
use crate::origin::{Origin, Step, bare, ok};
use feedmill::model::Outcome;
use std::time::Duration;

fn skipping(hours: std::ops::Range<u32>) -> String {
    let hours: Vec<String> = hours.map(|hour| format!("<hour>{hour}</hour>")).collect();
    format!("<skipHours>{}</skipHours>", hours.concat())
}

#[tokio::test]
async fn a_poll_that_is_late_does_not_fall_into_hours_to_be_skipped() {
    // Collected at 09:17, due again at about ten; not to be asked from noon to eight.
    let origin = Origin::start();
    origin.answer("/feed", ok("ETag: \"1\"\r\n", rss(&skipping(12..20), &["a"])));
    let daemon = Daemon::on(&origin, "/feed").await;
    let daemon = daemon.restart(hours(4)).await;
    assert_eq!(origin.requests().len(), 1, "it is quarter past one");
    let source = daemon.source();
    let next = source.next.unwrap().to_rfc3339();
    assert!(("2026-03-04T20:00".."2026-03-04T20:11").contains(&next.as_str()), "{next}");
    assert_eq!(source.next_because, "skipHours or skipDays");
    daemon.pass_in_steps(hours(6), minutes(5)).await;
    assert_eq!(origin.requests().len(), 1);
    daemon.pass_in_steps(hours(1), minutes(5)).await;
    assert_eq!(origin.requests().len(), 2);
}

#[tokio::test]
async fn whoever_asks_in_hours_to_be_skipped_is_answered() {
    let origin = Origin::start();
    origin.answer("/feed", ok("ETag: \"1\"\r\n", rss(&skipping(12..20), &["a"])));
    let daemon = Daemon::on(&origin, "/feed").await;
    let daemon = daemon.restart(hours(4)).await;
    origin.answer_from_now("/feed", ok("ETag: \"2\"\r\n", rss(&skipping(12..20), &["a", "b"])));
    assert_eq!(daemon.refresh().await.outcome, Outcome::Updated);
    // So is the operator who wants other things of it.
    daemon.pass(minutes(10)).await;
    daemon.define("f", &[&format!("feed: {}, since: 2020-01-01", origin.url("/feed"))]).await;
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn an_origin_that_asks_for_patience_is_heard_whatever_else_it_says() {
    let page = "<!DOCTYPE html><html><body>Come back later";
    let cut = b"HTTP/1.1 200 OK\r\nRetry-After: 36000\r\nContent-Length: 900\r\n\r\n<rss".to_vec();
    for steps in [
        vec![Step::Send(ok("Retry-After: 36000\r\n", page))],
        vec![Step::Send(ok("Retry-After: 36000\r\n", ""))],
        vec![Step::Send(ok("Retry-After: 36000\r\nContent-Encoding: br, gzip\r\n", "x"))],
        vec![Step::Send(cut), Step::Close],
    ] {
        let origin = Origin::start();
        origin.script("/feed", steps.clone());
        let daemon = Daemon::on(&origin, "/feed").await;
        let source = daemon.source();
        assert_eq!(
            (source.outcome, source.next_because.as_str()),
            (Some(Outcome::Failed), "retry-after"),
            "{steps:?}"
        );
        assert!(daemon.wait() >= chrono::TimeDelta::hours(10), "{steps:?}");
        daemon.pass(hours(9)).await;
        assert_eq!(daemon.refresh().await.outcome, Outcome::Deferred, "{steps:?}");
        feed(&origin, "/feed", "", &["a"]);
        daemon.pass(hours(3)).await;
        assert!(origin.requests().len() >= 2);
    }
    // A page that asks for nothing is asked again as ever.
    let origin = Origin::start();
    origin.answer("/feed", bare(200, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.pass(Duration::from_mins(20)).await;
    daemon.pass_in_steps(hours(2), minutes(10)).await;
    assert!(origin.requests().len() >= 2);
}
