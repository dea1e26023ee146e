//! How long entries of remote sources are kept, through the whole program.

use crate::app::{App, Daemon};
use crate::origin::{Origin, bare, ok};
use feedmill::store::SqliteStore;
use std::{collections::BTreeSet, ops::RangeInclusive};

fn feed(items: impl IntoIterator<Item = u32>) -> Vec<u8> {
    let item = |number: u32| {
        let (day, hour) = (1 + number / 24 % 28, number % 24);
        let date = format!("{day:02} Mar 2026 {hour:02}:00:00 GMT");
        let text = "words that take some room ".repeat(40);
        format!(
            "<item><guid>urn:x:{number}</guid><title>Item {number}</title><pubDate>{date}</pubDate><description>{text}{number}</description></item>"
        )
    };
    let items: String = items.into_iter().map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
    ok("Content-Type: application/rss+xml\r\nETag: \"r\"\r\n", feed.as_bytes())
}

fn start(origin: &Origin, retention: &str) -> (App, Daemon) {
    let app = App::new(&format!(
        "fetch: {{allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}}\nretention: {retention}\n"
    ));
    app.write("feeds/r.yaml", &format!("limit: 1000\nsources:\n  - feed: {}\n", origin.url("/feed")));
    origin.answer_from_now("/feed", feed(1..=10));
    let daemon = app.start();
    (app, daemon)
}

fn numbers(app: &App, daemon: &Daemon) -> BTreeSet<u32> {
    app.run(&["refresh", "--wait"]);
    let items = daemon.get("/r.json").json()["items"].as_array().unwrap().clone();
    items
        .iter()
        .map(|item| item["id"].as_str().unwrap().rsplit(':').next().unwrap().parse().unwrap())
        .collect()
}

fn set(range: RangeInclusive<u32>) -> BTreeSet<u32> {
    range.collect()
}

#[test]
fn the_newest_stay_and_what_was_let_go_does_not_come_back() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, "{entries: 15}");
    assert_eq!(numbers(&app, &daemon), set(1..=10));
    origin.answer_from_now("/feed", feed(5..=14));
    assert_eq!(numbers(&app, &daemon), set(1..=14));
    origin.answer_from_now("/feed", feed(9..=18));
    assert_eq!(numbers(&app, &daemon), set(4..=18));
    // The origin digs an old one out again: it was let go and stays so.
    origin.answer_from_now("/feed", feed((9..=18).chain([2])));
    assert_eq!(numbers(&app, &daemon), set(4..=18));
    assert_eq!(SqliteStore::check(&app.path("state")).unwrap().damage, [""; 0]);
}

#[test]
fn what_was_let_go_does_not_come_back_under_other_guids() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, "{entries: 5}");
    let item = |id: &str, number: u32| {
        format!(
            "<item><guid isPermaLink=\"false\">{id}:{number}</guid><link>https://e.example/{number}</link><title>Item {number}</title><pubDate>{:02} Mar 2026 00:00:00 GMT</pubDate></item>",
            number
        )
    };
    let bring = |id: &str, numbers: RangeInclusive<u32>| {
        let items: String = numbers.map(|number| item(id, number)).collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
        origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
        numbers_of(&app, &daemon)
    };
    // The collection of the start is over before anything else is there.
    assert_eq!(numbers_of(&app, &daemon).len(), 10);
    let first = bring("x", 11..=20);
    assert!((11..=20).all(|number| first.contains(&format!("x:{number}"))), "{first:?}");
    assert_eq!(bring("x", 18..=23), ["x:18", "x:19", "x:20", "x:21", "x:22", "x:23"]);
    let after = bring("y", 12..=23);
    assert!(after.iter().all(|id| id.starts_with("x:")), "{after:?}");
    assert_eq!(after.len(), 6);
}

fn numbers_of(app: &App, daemon: &Daemon) -> Vec<String> {
    app.run(&["refresh", "--wait"]);
    let items = daemon.get("/r.json").json()["items"].as_array().unwrap().clone();
    let mut ids: Vec<String> = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[test]
fn what_still_stands_at_the_origin_is_never_let_go() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, "{entries: 3, days: 1}");
    assert_eq!(numbers(&app, &daemon), set(1..=10));
    origin.answer_from_now("/feed", feed(1..=12));
    assert_eq!(numbers(&app, &daemon), set(1..=12));
    origin.answer_from_now("/feed", feed((11..=13).chain([1])));
    assert_eq!(numbers(&app, &daemon), (11..=13).chain([1]).collect());
}

#[test]
fn fewer_are_kept_from_the_next_answer_on_even_a_304() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, "{entries: 100}");
    assert_eq!(numbers(&app, &daemon), set(1..=10));
    origin.answer_from_now("/feed", feed((8..=20).chain([2])));
    assert_eq!(numbers(&app, &daemon), set(1..=20));
    drop(daemon);
    let config = std::fs::read_to_string(app.path("config/feedmill.yaml")).unwrap();
    app.write("config/feedmill.yaml", &config.replace("{entries: 100}", "{entries: 15}"));
    let daemon = app.start();
    origin.answer_from_now("/feed", bare(304, ""));
    // The newest fifteen, and the one that still stands at its origin.
    assert_eq!(numbers(&app, &daemon), (6..=20).chain([2]).collect());
    assert_eq!(numbers(&app, &daemon), (6..=20).chain([2]).collect());
    origin.answer_from_now("/feed", feed(1..=20));
    assert_eq!(numbers(&app, &daemon), (6..=20).chain([2]).collect(), "what was let go doesn't come back");
    assert_eq!(SqliteStore::check(&app.path("state")).unwrap().damage, [""; 0]);
}

#[test]
fn the_database_does_not_grow_with_what_has_been_let_go() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, "{entries: 20}");
    let size = |round: u32| {
        origin.answer_from_now("/feed", feed(round * 10..=round * 10 + 9));
        assert!(numbers(&app, &daemon).len() <= 20);
        let db = rusqlite::Connection::open(app.path("state/feedmill.db")).unwrap();
        db.query_row("PRAGMA page_count", [], |row| row.get::<_, u32>(0)).unwrap()
    };
    let sizes: Vec<u32> = (1..=24).map(size).collect();
    assert!(sizes[23] <= sizes[5] + 2, "{sizes:?}");
}
