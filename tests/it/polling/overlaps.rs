//! What happens while a collection is under way: others of the same source, new
//! definitions, an `accept`. Nothing is collected twice at once, and nothing is lost.

use super::daemon::{Daemon, feed, hours, minutes, rss};
use super::hub::{Hub, name, signature, subscribed};
use super::turnstile::{self, Turnstile, poll_under_way};
use crate::origin::{Origin, bare, ok};
use chrono::TimeDelta;
use feedmill::collect::touched::Touched;
use feedmill::model::{Delivery, Facet, Outcome, Refresher};
use feedmill::store::Selection;
use std::{fs, sync::Arc, time::Duration};
use tempfile::TempDir;

/// The same items under other ids.
fn renamed(prefix: &str) -> String {
    let item = |number| {
        format!(
            "<item><guid isPermaLink=\"false\">{prefix}{number}</guid><title>Item {number}</title></item>"
        )
    };
    let items: String = (0..10).map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>")
}

fn answer(origin: &Origin, etag: &str, body: String) {
    origin.answer_from_now("/feed", ok(&format!("ETag: \"{etag}\"\r\n"), body));
}

/// Feed `f` with these further keys of its source, polled once, and its turnstile.
async fn polled(origin: &Origin, keys: &str) -> (Arc<Turnstile>, Daemon) {
    let (turnstile, daemon) = turnstile::daemon().await;
    daemon.define("f", &[&format!("feed: {}{keys}", origin.url("/feed"))]).await;
    daemon.settled().await;
    daemon.pass(minutes(6)).await;
    (turnstile, daemon)
}

/// The same with ten entries under ids of another kind, which are held.
async fn held(origin: &Origin, keys: &str) -> (Arc<Turnstile>, Daemon) {
    answer(origin, "1", renamed("a"));
    let (turnstile, daemon) = polled(origin, keys).await;
    answer(origin, "2", renamed("b"));
    assert_eq!(daemon.refresh().await.outcome, Outcome::Held);
    (turnstile, daemon)
}

fn filed(daemon: &Daemon, category: &str) -> usize {
    let facet = Facet::Category(feedmill::model::CategoryPath::parse(category).unwrap());
    let order = feedmill::model::EntryOrder::Published;
    let selection = Selection { feeds: &["f"], among: &[], facet: &facet, order, limit: 50 };
    daemon.store.select(&selection).unwrap().len()
}

#[tokio::test]
async fn a_poll_waits_for_what_a_hub_brings_to_another_that_shares_it() {
    let hub = Hub::start();
    let daemon = subscribed(&hub, 864_000).await;
    daemon.define("g", &[&format!("{}, schedule: 1h", hub.source())]).await;
    daemon.pass(minutes(6)).await;
    assert_eq!((daemon.entries("f"), daemon.entries("g")), (2, 2));
    let (polls, asked) = (hub.polls(), hub.asked().remove(0));
    hub.publish(&["one", "two", "three"]);
    let body = rss("", &["one", "two", "three"]);
    // What the hub brings can't be stored yet: it is under way.
    let database = daemon.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let (callback, content_type) = (name(&asked), Some("application/rss+xml".to_owned()));
    let signature = Some(signature(&asked["hub.secret"], &body));
    let subscriber = daemon.handle.subscriber().unwrap();
    let delivery = Delivery { content_type, signature, body: body.into_bytes() };
    assert!(subscriber.deliver(&callback, delivery).await);
    daemon.kept.clock.advance(hours(2));
    for _ in 0..3 {
        assert!(subscriber.knows(&callback).await);
    }
    assert_eq!(hub.polls(), polls, "`g` is due and waits");
    database.execute_batch("COMMIT").unwrap();
    daemon.settled().await;
    daemon.pass(Duration::from_secs(1)).await;
    assert_eq!((daemon.entries("f"), daemon.entries("g"), hub.polls()), (3, 3, polls + 1));
}

#[tokio::test]
async fn a_source_that_leaves_and_comes_back_while_it_is_polled_is_polled_once() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let (turnstile, daemon) = polled(&origin, "").await;
    answer(&origin, "2", rss("", &["a", "b", "c"]));
    let run = poll_under_way(&turnstile, &daemon).await;
    daemon.remove("f").await;
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.kept.clock.advance(hours(3));
    let joined = daemon.handle.refresh(&["f".to_owned()]).unwrap();
    assert_eq!(turnstile::end(&turnstile, &daemon, &joined).await.new, 2);
    assert_eq!(daemon.handle.run(&run).unwrap().sources[0].outcome, Outcome::Deferred);
    // Once more when that has ended: hours have passed meanwhile.
    assert!((2..=3).contains(&origin.requests().len()));
    assert_eq!(daemon.entries("f"), 3);
}

#[tokio::test]
async fn filing_that_changes_while_it_is_polled_holds_for_what_comes() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let (turnstile, daemon) = polled(&origin, ", categories: [A]").await;
    answer(&origin, "2", rss("", &["a", "b"]));
    let run = poll_under_way(&turnstile, &daemon).await;
    daemon.define("f", &[&format!("feed: {}, categories: [B]", origin.url("/feed"))]).await;
    assert_eq!(turnstile::end(&turnstile, &daemon, &run).await.new, 1);
    assert_eq!((filed(&daemon, "A"), filed(&daemon, "B")), (0, 2));
}

#[tokio::test]
async fn a_schedule_that_changes_while_it_is_polled_holds_from_that_poll_on() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let (turnstile, daemon) = polled(&origin, ", schedule: 2h").await;
    let run = poll_under_way(&turnstile, &daemon).await;
    daemon.define("f", &[&format!("feed: {}, schedule: 10m", origin.url("/feed"))]).await;
    turnstile::end(&turnstile, &daemon, &run).await;
    assert!(daemon.wait() <= TimeDelta::minutes(11), "{}", daemon.wait());
}

#[tokio::test]
async fn a_schedule_is_taken_on_whatever_the_last_wait_was_for() {
    for (fields, because) in
        [("", "no ETag or Last-Modified"), ("ETag: \"1\"\r\nCache-Control: max-age=20000\r\n", "max-age")]
    {
        let origin = Origin::start();
        feed(&origin, "/feed", fields, &["a"]);
        let daemon = Daemon::on(&origin, "/feed").await;
        assert_eq!(daemon.source().next_because, because);
        daemon.define("f", &[&format!("feed: {}, schedule: 8h", origin.url("/feed"))]).await;
        let (wait, because) = (daemon.wait(), daemon.source().next_because);
        assert!(wait >= TimeDelta::hours(8) && wait <= TimeDelta::minutes(491), "{wait}");
        assert_eq!(because, "schedule");
    }
}

#[tokio::test]
async fn a_definition_that_changes_while_it_is_polled_is_collected_as_soon_as_may_be() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a", "b", "c"]);
    let (turnstile, daemon) = polled(&origin, ", schedule: 12h, take: 1").await;
    assert_eq!(daemon.entries("f"), 1);
    let run = poll_under_way(&turnstile, &daemon).await;
    daemon.define("f", &[&format!("feed: {}, schedule: 12h, take: 3", origin.url("/feed"))]).await;
    turnstile::end(&turnstile, &daemon, &run).await;
    assert_eq!((daemon.entries("f"), origin.requests().len()), (1, 2));
    daemon.pass_in_steps(minutes(5), minutes(1)).await;
    assert_eq!((daemon.entries("f"), origin.requests().len()), (3, 3));
}

#[tokio::test]
async fn what_is_accepted_while_it_is_polled_is_shown_when_that_is_over() {
    let origin = Origin::start();
    let (turnstile, daemon) = held(&origin, "").await;
    daemon.pass(minutes(6)).await;
    let run = poll_under_way(&turnstile, &daemon).await;
    assert!(daemon.handle.accept("f/127-0-0-1").is_ok());
    turnstile::end(&turnstile, &daemon, &run).await;
    assert_eq!((daemon.entries("f"), daemon.source().outcome), (20, Some(Outcome::Updated)));
    // What comes next was not accepted.
    answer(&origin, "3", renamed("c"));
    daemon.pass(minutes(6)).await;
    assert_eq!(daemon.refresh().await.outcome, Outcome::Held);
}

#[tokio::test]
async fn a_source_that_is_gone_is_asked_again_when_it_is_accepted_and_may_be_asked() {
    let origin = Origin::start();
    origin.answer("/feed", bare(410, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    answer(&origin, "1", rss("", &["a"]));
    assert!(daemon.handle.accept("127-0-0-1").is_ok());
    daemon.settled().await;
    daemon.reload().await;
    assert_eq!(origin.requests().len(), 1, "it was asked only just");
    daemon.pass_in_steps(minutes(5), minutes(1)).await;
    assert_eq!((origin.requests().len(), daemon.entries("f")), (2, 1));
}

#[tokio::test]
async fn what_is_held_is_shown_after_a_day_whenever_its_next_poll_is() {
    for then in ["304", "410"] {
        let origin = Origin::start();
        let (_, daemon) = held(&origin, ", schedule: every 7d").await;
        origin.answer_from_now("/feed", bare(then.parse().unwrap(), ""));
        if then == "410" {
            daemon.pass(minutes(6)).await;
            assert_eq!(daemon.refresh().await.outcome, Outcome::Failed);
        }
        let asked = origin.requests().len();
        daemon.pass_in_steps(hours(23), hours(1)).await;
        assert_eq!(daemon.entries("f"), 10, "{then}");
        daemon.pass_in_steps(hours(1), minutes(10)).await;
        assert_eq!((daemon.entries("f"), origin.requests().len()), (20, asked), "{then}");
    }
}

#[tokio::test]
async fn a_folder_that_changed_is_not_forgotten_over_new_definitions() {
    let folders: Vec<TempDir> = (0..3).map(|_| TempDir::new().unwrap()).collect();
    let post = |folder: &TempDir, day: u32| {
        let file = folder.path().join(format!("2026-03-0{day}-post.md"));
        fs::write(&file, "---\ntitle: Post\n---\nText.\n").unwrap();
        file
    };
    folders.iter().for_each(|folder| drop(post(folder, 1)));
    let sources: Vec<String> = folders
        .iter()
        .map(|folder| format!("posts: {}, site: jekyll, schedule: 1d", folder.path().display()))
        .collect();
    let daemon = Daemon::empty().await;
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.settled().await;
    assert_eq!(daemon.entries("f"), 3);
    // Both places are taken by folders that can't be stored yet.
    let database = daemon.database();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    for folder in &folders {
        let file = post(folder, 2);
        daemon.handle.changed(folder.path().to_owned(), Touched::file(file));
    }
    tokio::join!(daemon.reload(), async { database.execute_batch("COMMIT").unwrap() });
    daemon.settled().await;
    assert_eq!(daemon.entries("f"), 6);
}

#[tokio::test]
async fn a_source_that_its_host_holds_back_says_until_when() {
    let origin = Origin::start();
    for path in 0..3 {
        origin.answer(&format!("/{path}"), bare(503, "Retry-After: 7200\r\n"));
    }
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::empty().await;
    daemon.define("f", &[&format!("feed: {}, schedule: 1h", origin.url("/feed"))]).await;
    daemon.settled().await;
    daemon.pass(minutes(50)).await;
    let sources: Vec<String> =
        (0..3).map(|number| format!("feed: {}", origin.url(&format!("/{number}")))).collect();
    daemon.define("a", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
    daemon.pass_in_steps(Duration::from_secs(4), Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 4);
    daemon.pass(minutes(30)).await;
    let source = daemon.source();
    assert!(source.next.unwrap() > daemon.now() + TimeDelta::minutes(80), "{source:?}");
    assert_eq!(source.next_because, "three addresses of its host answered 429 or 503");
    daemon.pass_in_steps(minutes(95), minutes(1)).await;
    assert_eq!(daemon.source().next_because, "schedule");
}

#[tokio::test]
async fn how_a_source_stood_before_is_remembered_ten_times_back() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let mut daemon = Daemon::with(&format!("feed: {}, schedule: 1h", origin.url("/feed"))).await;
    for round in 0..6 {
        origin.answer_from_now("/feed", bare(500 + round, ""));
        daemon.pass(hours(30)).await;
        answer(&origin, "1", rss("", &["a"]));
        daemon.pass(hours(30)).await;
    }
    daemon = daemon.restart(minutes(1)).await;
    let before = daemon.source().before;
    let told: Vec<Option<&str>> = before
        .iter()
        .map(|spell| Some(spell.problems.first()?.message.as_str()).filter(|_| spell.failing))
        .collect();
    let failed = ["answered 501", "answered 502", "answered 503", "answered 504", "answered 505"];
    let expected: Vec<Option<&str>> = failed.iter().flat_map(|told| [Some(*told), None]).collect();
    assert_eq!(told, expected[..9]);
    assert!(before.is_sorted_by_key(|spell| spell.since));
    assert_eq!(before.len(), 9);
}

#[tokio::test]
async fn what_an_origin_asked_for_is_told_though_the_schedule_waits_longer() {
    for (fields, asks) in
        [("Retry-After: 7000\r\n", vec!["no request before 2026-03-04T11:14:03Z"]), ("", vec![])]
    {
        let origin = Origin::start();
        origin.answer("/feed", bare(503, fields));
        let daemon = Daemon::with(&format!("feed: {}, schedule: 6h", origin.url("/feed"))).await;
        let source = daemon.source();
        assert_eq!(source.next_because, "schedule");
        assert_eq!(source.asks, asks);
    }
}
