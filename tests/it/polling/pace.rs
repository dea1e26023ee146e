//! Pace: when the next poll comes, and that it never comes before.

use super::daemon::{Daemon, feed, hours, minutes, rss};
use crate::origin::{Origin, bare, ok};
use chrono::TimeDelta;
use feedmill::model::Outcome;
use std::time::Duration;

/// The wait after one poll of an answer, in seconds, jitter and all, and its reason.
async fn after(keys: &str, fields: &str, channel: &str) -> (i64, String) {
    let origin = Origin::start();
    origin.answer("/feed", ok(&format!("ETag: \"1\"\r\n{fields}"), rss(channel, &["a"])));
    let daemon = Daemon::with(&format!("feed: {}{keys}", origin.url("/feed"))).await;
    let because = daemon.source().next_because;
    (daemon.next_poll(&origin).await.num_seconds(), because)
}

/// Whether a wait is this long, with jitter: a tenth more at most, and ten minutes at most.
fn about(seconds: i64, waited: i64) -> bool {
    (seconds..=seconds + (seconds / 10).min(600)).contains(&waited)
}

#[tokio::test]
async fn every_wish_of_an_origin_lengthens_the_wait_and_none_shortens_it() {
    const HOUR: i64 = 3600;
    const DAY: i64 = 24 * HOUR;
    for (keys, fields, channel, seconds, because) in [
        ("", "", "", HOUR, "schedule"),
        (", schedule: 15m", "", "", 900, "schedule"),
        (", schedule: every 1s", "", "", 300, "min_interval"),
        (", schedule: 2h", "Cache-Control: max-age=60\r\n", "", 2 * HOUR, "schedule"),
        ("", "Cache-Control: public, max-age=7200\r\n", "", 2 * HOUR, "max-age"),
        ("", "Cache-Control: max-age=9000\r\nAge: 1800\r\n", "", 2 * HOUR, "max-age"),
        (
            "",
            "Date: Wed, 04 Mar 2026 00:00:00 GMT\r\nExpires: Wed, 04 Mar 2026 03:00:00 GMT\r\n",
            "",
            3 * HOUR,
            "max-age",
        ),
        (
            "",
            "Cache-Control: max-age=7200\r\nDate: Wed, 04 Mar 2026 00:00:00 GMT\r\nExpires: Thu, 05 Mar 2026 00:00:00 GMT\r\n",
            "",
            2 * HOUR,
            "max-age",
        ),
        ("", "Expires: 0\r\n", "", HOUR, "schedule"),
        ("", "Cache-Control: no-store, max-age=90000\r\n", "", HOUR, "schedule"),
        ("", "", "<ttl>180</ttl>", 3 * HOUR, "ttl"),
        (", schedule: 6h", "", "<ttl>180</ttl>", 6 * HOUR, "schedule"),
        ("", "", "<ttl>0</ttl>", HOUR, "schedule"),
        ("", "Cache-Control: max-age=7200\r\n", "<ttl>180</ttl>", 3 * HOUR, "ttl"),
        (
            "",
            "",
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            6 * HOUR,
            "updatePeriod",
        ),
        ("", "Retry-After: 10800\r\n", "", 3 * HOUR, "retry-after"),
        ("", "Cache-Control: max-age=31536000\r\n", "", 31 * DAY, "max-age, no longer than 31 days"),
        ("", "", "<ttl>4000000</ttl>", 31 * DAY, "ttl, no longer than 31 days"),
    ] {
        let (waited, said) = after(keys, fields, channel).await;
        assert!(about(seconds, waited), "{keys} {fields} {channel}: {waited} s");
        assert_eq!(said, because, "{keys} {fields} {channel}");
    }
}

#[tokio::test]
async fn hours_and_days_to_be_skipped_are() {
    // Collected at 09:17 on a Wednesday.
    let skip = |hours: &[u32]| {
        let hours: Vec<String> = hours.iter().map(|hour| format!("<hour>{hour}</hour>")).collect();
        format!("<skipHours>{}</skipHours>", hours.concat())
    };
    for (channel, from, until) in [
        (skip(&[10, 11]), "2026-03-04T12:00:00Z", "2026-03-04T12:10:00Z"),
        (skip(&[9, 24]), "2026-03-04T10:17:23Z", "2026-03-04T10:27:23Z"),
        (skip(&(0..24).collect::<Vec<_>>()), "2026-03-04T10:17:23Z", "2026-03-04T10:27:23Z"),
        (
            "<skipDays><day>Wednesday</day><day>Thursday</day></skipDays>".to_owned(),
            "2026-03-06T00:00:00Z",
            "2026-03-06T00:10:00Z",
        ),
    ] {
        let origin = Origin::start();
        origin.answer("/feed", ok("ETag: \"1\"\r\n", rss(&channel, &["a"])));
        let daemon = Daemon::on(&origin, "/feed").await;
        let next = daemon.source().next.unwrap().to_rfc3339();
        assert!(next.as_str() >= from && next.as_str() <= until, "{channel}: {next}");
        daemon.next_poll(&origin).await;
    }
}

#[tokio::test]
async fn periods_are_counted_from_their_base() {
    let origin = Origin::start();
    let channel =
        "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateBase>2020-01-01T12:00+00:00</sy:updateBase>";
    origin.answer("/feed", ok("ETag: \"1\"\r\n", rss(channel, &["a"])));
    let daemon = Daemon::on(&origin, "/feed").await;
    let source = daemon.source();
    let next = source.next.unwrap().to_rfc3339();
    assert_eq!(source.next_because, "updateBase");
    assert!(("2026-03-04T12:00:00".."2026-03-04T12:17:00").contains(&next.as_str()), "{next}");
    daemon.next_poll(&origin).await;
}

#[tokio::test]
async fn retry_after_in_both_forms_on_every_status_that_asks_for_it() {
    let date = "Date: Mon, 02 Mar 2026 00:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 09:00:00 GMT\r\n";
    for (status, fields, seconds) in [
        (429, "Retry-After: 32400\r\n", 9 * 3600),
        (503, "Retry-After: 32400\r\n", 9 * 3600),
        (403, "Retry-After: 32400\r\n", 9 * 3600),
        (404, date, 9 * 3600),
        (429, date, 9 * 3600),
        (302, "Retry-After: 32400\r\n", 9 * 3600),
        (429, "Retry-After: 99999999999999999999999\r\n", 31 * 24 * 3600),
        (503, "Retry-After: soon\r\n", 3600),
        (429, "Retry-After: 1\r\n", 3600),
    ] {
        let origin = Origin::start();
        origin.answer("/feed", bare(status, fields));
        let daemon = Daemon::on(&origin, "/feed").await;
        let waited = daemon.next_poll(&origin).await.num_seconds();
        assert!(about(seconds, waited), "{status} {fields}: {waited} s");
    }
}

#[tokio::test]
async fn a_redirect_that_asks_for_patience_is_followed_and_not_asked_again_before() {
    let origin = Origin::start();
    origin.answer("/feed", bare(302, "Location: /there\r\nRetry-After: 32400\r\n"));
    feed(&origin, "/there", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    assert_eq!((daemon.entries("f"), daemon.source().next_because.as_str()), (1, "retry-after"));
    assert!(about(9 * 3600, daemon.wait().num_seconds()), "{}", daemon.wait());
}

#[tokio::test]
async fn failures_double_the_wait_up_to_a_day_and_never_shorten_it() {
    for (keys, status, first) in
        [("", 500, 3600), ("", 429, 3600), (", schedule: 5m", 404, 900), (", schedule: 6h", 403, 6 * 3600)]
    {
        let origin = Origin::start();
        origin.answer("/feed", bare(status, ""));
        let daemon = Daemon::with(&format!("feed: {}{keys}", origin.url("/feed"))).await;
        let mut waits = Vec::new();
        for _ in 0..10 {
            waits.push(daemon.next_poll(&origin).await.num_seconds());
        }
        assert!(about(first, waits[0]), "{status}: {waits:?}");
        for pair in waits.windows(2) {
            assert!(pair[1] >= pair[0], "{status}: {waits:?}");
            assert!(pair[1] <= 2 * pair[0] + 600, "{status}: {waits:?}");
        }
        assert!(about(24 * 3600, waits[9]), "{status}: {waits:?}");
        assert_eq!(daemon.source().next_because, "back-off");
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
        daemon.next_poll(&origin).await;
        daemon.next_poll(&origin).await;
        let wait = daemon.wait().num_seconds();
        assert!(wait <= 6 * 3600 + 600, "{status}: well again, but waits {wait} s");
    }
}

#[tokio::test]
async fn auto_asks_an_origin_without_validators_once_a_day_and_a_written_schedule_holds() {
    let origin = Origin::start();
    feed(&origin, "/feed", "", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    let waited = daemon.next_poll(&origin).await.num_seconds();
    assert!(about(24 * 3600, waited), "{waited}");
    assert_eq!(daemon.source().next_because, "no ETag or Last-Modified");
    let daemon = Daemon::with(&format!("feed: {}, schedule: 1h", origin.url("/feed"))).await;
    let waited = daemon.next_poll(&origin).await.num_seconds();
    assert!(about(3600, waited), "{waited}");
}

#[tokio::test]
async fn auto_follows_how_often_a_feed_changes() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"0\"\r\n", &["0"]);
    origin.answer("/feed", bare(304, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    let mut waits = Vec::new();
    for _ in 0..60 {
        waits.push(daemon.next_poll(&origin).await.num_seconds());
    }
    assert!(about(3600, waits[0]) && waits[20] > 2 * 3600 && about(24 * 3600, waits[59]), "{waits:?}");
    let busy = Origin::start();
    for number in 0..80 {
        let entry = number.to_string();
        feed(&busy, "/feed", &format!("ETag: \"{number}\"\r\n"), &[&entry]);
    }
    let daemon = Daemon::on(&busy, "/feed").await;
    for _ in 0..40 {
        let waited = daemon.next_poll(&busy).await.num_seconds();
        assert!(about(3600, waited), "{waited}");
    }
}

#[tokio::test]
async fn due_times_are_absolute_and_a_restart_is_no_poll() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let mut daemon = Daemon::on(&origin, "/feed").await;
    let next = daemon.source().next;
    for _ in 0..11 {
        daemon = daemon.restart(minutes(5)).await;
        assert_eq!((origin.requests().len(), daemon.source().next), (1, next));
    }
    daemon.next_poll(&origin).await;
}

#[tokio::test]
async fn sleep_and_clocks_that_jump_are_one_poll() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    for (jump, polls) in [(hours(24 * 30), 2), (hours(24 * 3650), 3)] {
        daemon.pass(jump).await;
        daemon.pass_in_steps(minutes(50), minutes(5)).await;
        assert_eq!(origin.requests().len(), polls, "{jump:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_put_back_neither_polls_nor_stalls() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.pass(minutes(20)).await;
    daemon.kept.clock.turn_back(hours(24 * 365));
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 1);
    daemon.pass_in_steps(minutes(90), minutes(5)).await;
    assert_eq!(origin.requests().len(), 2);
    let daemon = {
        let kept = daemon.stop().await;
        kept.clock.turn_back(hours(24 * 365));
        kept.start().await
    };
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 2);
    daemon.pass_in_steps(minutes(90), minutes(5)).await;
    assert_eq!(origin.requests().len(), 3);
}

#[tokio::test]
async fn a_forced_refresh_keeps_to_what_the_origin_said() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    origin.answer("/feed", bare(500, ""));
    origin.answer("/feed", bare(429, "Retry-After: 7200\r\n"));
    origin.answer("/feed", bare(503, ""));
    origin.answer("/feed", bare(410, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    let url = origin.url("/feed");
    let deferred = async |seconds: i64, why: &str| {
        let report = daemon.refresh().await;
        assert_eq!(report.outcome, Outcome::Deferred);
        let until = daemon.now() + TimeDelta::seconds(seconds);
        let expected = format!("is not asked before {}: {why}", until.format("%Y-%m-%dT%H:%M:%SZ"));
        assert_eq!(
            (report.problems[0].at.as_str(), report.problems[0].message.as_str()),
            (&*url, &*expected)
        );
        assert!(report.next.unwrap() >= until);
    };
    let just = "it was asked only just (`fetch.min_interval`)";
    deferred(300, just).await;
    daemon.pass(minutes(2)).await;
    deferred(180, just).await;
    daemon.pass(minutes(3)).await;
    // Before the schedule, and before our own back-off.
    assert_eq!(daemon.refresh().await.outcome, Outcome::Failed);
    daemon.pass(minutes(5)).await;
    assert_eq!(daemon.refresh().await.outcome, Outcome::Failed);
    deferred(7200, "it answered 429 or 503").await;
    daemon.pass(minutes(119)).await;
    deferred(60, "it answered 429 or 503").await;
    daemon.pass(minutes(1)).await;
    assert_eq!(daemon.refresh().await.outcome, Outcome::Failed);
    // The third failure in a row, without a word of how long: an hour, doubled twice.
    deferred(4 * 3600, "it answered 429 or 503").await;
    daemon.pass(hours(4)).await;
    assert_eq!(daemon.refresh().await.outcome, Outcome::Failed);
    daemon.pass(hours(24 * 60)).await;
    let report = daemon.refresh().await;
    assert_eq!((report.outcome, report.next), (Outcome::Deferred, None));
    assert_eq!(report.problems[0].message, "is gone (410) and not asked again");
    assert_eq!(origin.requests().len(), 5);
}

#[tokio::test]
async fn what_is_disabled_or_removed_is_asked_no_more() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.define("f", &[&format!("feed: {}, enabled: false", origin.url("/feed"))]).await;
    daemon.pass(hours(100)).await;
    daemon.define("f", &[&format!("feed: {}, enabled: true", origin.url("/feed"))]).await;
    daemon.pass(Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 2);
    daemon.remove("f").await;
    daemon.pass(hours(100)).await;
    assert_eq!(origin.requests().len(), 2);
}

#[tokio::test]
async fn a_changed_schedule_holds_from_the_last_poll_on() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::with(&format!("feed: {}, schedule: 1d", origin.url("/feed"))).await;
    daemon.pass(hours(1)).await;
    daemon.define("f", &[&format!("feed: {}, schedule: 2h", origin.url("/feed"))]).await;
    let waited = daemon.next_poll(&origin).await.num_seconds();
    assert!(about(2 * 3600, waited), "{waited}");
}

#[tokio::test]
async fn jitter_is_each_feeds_and_each_daemons_own() {
    let origins: Vec<Origin> = (0..40).map(|_| Origin::start()).collect();
    let mut all = Vec::new();
    for _ in 0..2 {
        let daemon = Daemon::empty().await;
        for (number, origin) in origins.iter().enumerate() {
            feed(origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
            daemon.define(&format!("f{number}"), &[&format!("feed: {}", origin.url("/feed"))]).await;
        }
        daemon.settled().await;
        let waits: Vec<i64> = (0..40)
            .map(|number| {
                (daemon.source_of(&format!("f{number}")).next.unwrap() - daemon.now()).num_seconds()
            })
            .collect();
        assert!(waits.iter().all(|wait| about(3600, *wait)), "{waits:?}");
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least < 3600 + 120 && *most > 3600 + 240, "{waits:?}");
        all.push(waits);
    }
    assert_ne!(all[0], all[1]);
}
