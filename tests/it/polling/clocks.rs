//! Clocks that are wrong, are set right, and the nights when they change.

use crate::origin::Origin;
use crate::polling::daemon::{Daemon, hours, minutes, rss};
use chrono::{DateTime, TimeDelta, Utc};
use feedmill::model::{EntryOrder, Facet, FeedEntry};
use feedmill::store::Selection;

fn feed(origin: &Origin, entries: &[&str]) {
    let fields = format!("ETag: \"{}\"\r\nContent-Type: application/rss+xml\r\n", entries.len());
    origin.answer_from_now("/feed", crate::origin::ok(&fields, rss("", entries)));
}

fn shown(daemon: &Daemon) -> Vec<FeedEntry> {
    let selection =
        Selection { feeds: &["f"], among: &[], facet: &Facet::Whole, order: EntryOrder::Added, limit: 50 };
    let mut entries = daemon.store.select(&selection).unwrap();
    entries.sort_by(|one, other| one.entry.id.cmp(&other.entry.id));
    entries
}

fn date(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[tokio::test]
async fn ids_and_dates_stay_whatever_the_clock_does() {
    let origin = Origin::start();
    feed(&origin, &["a"]);
    let mut daemon = Daemon::with(&format!("feed: {}, schedule: 1h", origin.url("/feed"))).await;
    let mut names = vec!["a", "b", "c", "d", "e"].into_iter();
    let mut published = vec![names.next().unwrap()];
    let year = hours(24 * 365);
    for (jump, ahead) in [(hours(1), false), (hours(1), true), (year, false), (year, true)] {
        let before = shown(&daemon);
        let asked = origin.requests().len();
        if ahead {
            daemon.pass(jump).await;
        } else {
            daemon.kept.clock.turn_back(jump);
            daemon.settled().await;
        }
        assert!(origin.requests().len() <= asked + 1, "one more request at most");
        assert_eq!(shown(&daemon), before, "{jump:?}");
        // Within an interval something fresh is there, and the old ones are as they were.
        published.push(names.next().unwrap());
        feed(&origin, &published);
        daemon.pass_in_steps(minutes(70), minutes(5)).await;
        let after = shown(&daemon);
        assert_eq!(after.len(), published.len());
        assert_eq!(after[..before.len()], before);
        daemon = daemon.restart(minutes(1)).await;
        assert_eq!(shown(&daemon), after);
    }
}

#[tokio::test]
async fn a_machine_that_starts_in_1970_polls_once_and_is_right_once_its_clock_is() {
    let origin = Origin::start();
    feed(&origin, &["a"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    let before = shown(&daemon);
    let kept = daemon.stop().await;
    let right = kept.clock.clone();
    let behind = (feedmill::clock::Clock::now(&right) - date("1970-01-01T00:00:09Z")).to_std().unwrap();
    kept.clock.turn_back(behind);
    let daemon = kept.start().await;
    daemon.settled().await;
    daemon.pass(minutes(1)).await;
    assert!(origin.requests().len() <= 2, "no burst");
    assert_eq!(shown(&daemon), before);
    feed(&origin, &["a", "b"]);
    daemon.pass(behind).await;
    daemon.pass_in_steps(minutes(70), minutes(5)).await;
    assert!(origin.requests().len() <= 4);
    assert_eq!(shown(&daemon)[..1], before);
    assert_eq!(shown(&daemon).len(), 2);
}

#[tokio::test]
async fn a_daily_poll_runs_once_in_the_nights_when_clocks_change() {
    for night in ["2026-03-28T20:00:00Z", "2026-10-24T20:00:00Z"] {
        let origin = Origin::start();
        feed(&origin, &["a"]);
        let url = origin.url("/feed");
        let daemon =
            Daemon::with(&format!("feed: \"{url}\", schedule: \"30 2 * * *\", timezone: Europe/Berlin"))
                .await;
        let ahead = date(night) - daemon.now();
        daemon.pass(ahead.to_std().unwrap()).await;
        let before = origin.requests().len();
        daemon.pass_in_steps(hours(12), minutes(10)).await;
        assert_eq!(origin.requests().len(), before + 1, "{night}");
        assert!(daemon.wait() > TimeDelta::hours(6), "{night}");
    }
}

/// Twenty restarts in an hour with 2,000 feeds that were due long ago.
#[tokio::test]
async fn restarts_with_two_thousand_overdue_feeds_ask_each_once_an_interval() {
    let origin = Origin::start();
    let answer = crate::origin::ok("ETag: \"1\"\r\nContent-Type: application/rss+xml\r\n", rss("", &["a"]));
    let mut daemon = {
        let fetch = feedmill::collect::Fetcher::new(crate::polling::daemon::settings()).unwrap();
        let mut politeness = crate::polling::daemon::politeness();
        politeness.host.limits.at_once = 64;
        politeness.host.limits.interval = std::time::Duration::ZERO;
        crate::polling::daemon::Kept::new(std::sync::Arc::new(fetch), politeness).start().await
    };
    let count = if cfg!(debug_assertions) { 400 } else { 2000 };
    let sources: Vec<String> = (0..count)
        .map(|number| {
            origin.answer_from_now(&format!("/{number}"), &answer);
            format!("feed: {}, schedule: 3h", origin.url(&format!("/{number}")))
        })
        .collect();
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.pass_in_steps(minutes(10), minutes(1)).await;
    assert_eq!(origin.requests().len(), count);
    daemon = daemon.restart(hours(10)).await;
    for _ in 0..20 {
        daemon.pass(std::time::Duration::from_secs(20)).await;
        daemon = daemon.restart(minutes(2)).await;
    }
    daemon.pass_in_steps(minutes(10), minutes(1)).await;
    assert_eq!(origin.requests().len(), 2 * count, "once at first, once when overdue");
}
