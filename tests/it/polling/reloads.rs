//! Definitions that change while somebody waits, a store that keeps the scheduler waiting, and
//! what a feed made of feeds says when it can't be read.

use super::daemon::{Daemon, feed, hours, minutes, rss};
use crate::origin::{Origin, Step, bare, ok};
use feedmill::model::{Outcome, Refresher, RunReport};
use std::{fs, time::Duration};

/// The store can't be written until this is dropped.
fn hold(daemon: &Daemon) -> rusqlite::Connection {
    let held = daemon.database();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    held
}

/// What was begun has got as far as it gets.
async fn rest() {
    for _ in 0..50 {
        tokio::task::yield_now().await;
        tokio::task::spawn_blocking(|| ()).await.unwrap();
    }
}

async fn ended(daemon: &Daemon, run: &str) -> RunReport {
    let wait = tokio::time::timeout(Duration::from_secs(20), daemon.handle.wait(run));
    wait.await.expect("the run ends");
    daemon.handle.run(run).unwrap()
}

fn told(report: &RunReport) -> Vec<String> {
    let mut told: Vec<String> = report
        .sources
        .iter()
        .map(|source| {
            let problems: Vec<&str> =
                source.problems.iter().map(|problem| problem.message.as_str()).collect();
            format!("{} {} {}", source.feed, source.outcome.word(), problems.join(" "))
        })
        .collect();
    told.sort();
    told
}

#[tokio::test]
async fn a_refresh_of_what_is_just_being_removed_ends() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    let held = hold(&daemon);
    fs::remove_file(daemon.file("f")).unwrap();
    let handle = daemon.handle.clone();
    let definitions = daemon.definitions();
    let redefining = tokio::spawn(async move { handle.redefine(definitions).await });
    rest().await;
    let run = daemon.handle.refresh(&["f".to_owned()]).unwrap();
    drop(held);
    redefining.await.unwrap().unwrap();
    let report = ended(&daemon, &run).await;
    assert_eq!(told(&report), ["f deferred is no longer defined"]);
}

#[tokio::test]
async fn a_refresh_of_a_feed_made_of_feeds_that_is_removed_ends() {
    let origin = Origin::start();
    origin.script(
        "/feed",
        vec![Step::Wait(Duration::from_millis(500)), Step::Send(ok("ETag: \"1\"\r\n", rss("", &["a"])))],
    );
    let daemon = Daemon::empty().await;
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.write("m", "sources: [{from: f}]\n").await;
    let run = daemon.handle.refresh(&["m".to_owned()]).unwrap();
    rest().await;
    daemon.remove("m").await;
    let report = ended(&daemon, &run).await;
    assert_eq!(told(&report), ["f updated ", "m deferred is no longer defined"]);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_store() {
    let daemon = Daemon::empty().await;
    let held = hold(&daemon);
    let handle = daemon.handle.clone();
    let definitions = daemon.definitions();
    tokio::spawn(async move { handle.redefine(definitions).await });
    rest().await;
    daemon.stop_beside(held).await;
}

#[tokio::test]
async fn a_damaged_lender_is_shown_where_it_lends_and_well_again_once_it_is() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.write("m", "sources: [{from: f}]\n").await;
    daemon.settled().await;
    assert_eq!(daemon.entries("m"), 2);
    let spoil = |by: i64| {
        let of_f =
            "(SELECT min(entry.row) FROM entry JOIN feed ON feed.row = entry.feed WHERE feed.id = 'f')";
        let spoilt = format!("UPDATE place SET checksum = checksum + ({by}) WHERE entry = {of_f}");
        assert!(daemon.database().execute(&spoilt, []).unwrap() > 0);
    };
    spoil(1);
    origin.answer_from_now("/feed", ok("ETag: \"2\"\r\n", rss("", &["a", "b", "c"])));
    daemon.pass(hours(2)).await;
    origin.answer_from_now("/feed", bare(304, ""));
    for _ in 0..3 {
        daemon.pass_in_steps(hours(2), minutes(30)).await;
        let source = daemon.source_of("m");
        assert_eq!((source.outcome, source.failures, source.problems.len()), (Some(Outcome::Failed), 1, 1));
        assert_eq!(
            source.problems[0].message,
            "reading what a feed shows: the list of a feed's entries is damaged"
        );
    }
    let run = daemon.handle.refresh(&["m".to_owned()]).unwrap();
    let report = ended(&daemon, &run).await;
    assert_eq!(
        told(&report)[1],
        "m failed reading what a feed shows: the list of a feed's entries is damaged"
    );
    assert_eq!(daemon.entries("m"), 2, "what it had stays");
    spoil(-1);
    daemon.pass(hours(2)).await;
    let source = daemon.source_of("m");
    assert_eq!((source.failures, source.problems.len(), daemon.entries("m")), (0, 0, 3));
}
