//! Twins and feeds made of feeds, while retention lets entries go and the flood guard holds
//! some: whoever leaves, ids and dates stay, and nothing is left behind.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use feedmill::store::SqliteStore;
use std::collections::BTreeMap;

const FEEDS: [&str; 4] = ["a", "c", "d", "all"];

/// One item: its guid, the page it links to, its day.
fn item(guid: &str, page: &str, day: u32) -> String {
    format!(
        "<item><guid isPermaLink=\"false\">{guid}</guid><link>https://e.example/{page}</link><title>{page}</title>\
         <description>Text of {page} by {guid}.</description><pubDate>{day:02} Mar 2026 08:00:00 GMT</pubDate></item>"
    )
}

fn feed(items: &[String]) -> Vec<u8> {
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{}</channel></rss>", items.concat());
    ok("Content-Type: application/rss+xml\r\n", feed.as_bytes())
}

/// `a` has two sources with twins, `c` is made of `a`, `d` of `c`.
struct Stage {
    origin: Origin,
    app: App,
    daemon: Daemon,
}

impl Stage {
    fn new(retention: &str, one: &[String], two: &[String]) -> Self {
        let origin = Origin::start();
        let app = App::new(&format!(
            "fetch: {{allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}}\nretention: {retention}\n"
        ));
        let (first, second) = (origin.url("/one"), origin.url("/two"));
        app.write(
            "feeds/a.yaml",
            &format!(
                "dedupe: url\nsources:\n  - {{feed: \"{first}\", id: one}}\n  - {{feed: \"{second}\", id: two}}\n"
            ),
        );
        app.write("feeds/c.yaml", "sources: [{from: a, tags: [mixed]}]\n");
        app.write("feeds/d.yaml", "sources: [{from: c}]\n");
        origin.answer_from_now("/one", feed(one));
        origin.answer_from_now("/two", feed(two));
        let daemon = app.start();
        let stage = Self { origin, app, daemon };
        stage.refresh();
        stage
    }

    fn refresh(&self) {
        let output = self.app.run(&["refresh", "--wait"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(SqliteStore::check(&self.app.path("state")).unwrap().damage, [""; 0]);
    }

    fn bring(&self, path: &str, items: &[String]) {
        self.origin.answer_from_now(path, feed(items));
        self.refresh();
    }

    /// Title → id, date and text, by feed.
    fn shown(&self, feed: &str) -> BTreeMap<String, [String; 3]> {
        let json = self.daemon.get(&format!("/{feed}.json")).json();
        let entry = |item: &serde_json::Value| {
            let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
            (text("title"), ["id", "date_published", "content_html"].map(text))
        };
        json["items"].as_array().unwrap().iter().map(entry).collect()
    }

    fn titles(&self) -> [String; 4] {
        FEEDS.map(|feed| self.shown(feed).into_keys().collect::<Vec<_>>().join(" "))
    }

    /// Id and date of one entry in every feed.
    fn marks(&self, title: &str) -> Vec<(String, String)> {
        FEEDS
            .iter()
            .map(|feed| {
                let [id, date, _] = self.shown(feed)[title].clone();
                (id, date)
            })
            .collect()
    }
}

#[test]
fn a_twin_that_is_let_go_leaves_its_id_and_date_to_the_other_in_every_feed() {
    let one =
        |days: &[u32]| days.iter().map(|day| item(&format!("o{day}"), &format!("p{day}"), *day)).collect();
    let first: Vec<String> = one(&[1, 2, 3]);
    let stage = Stage::new("{entries: 3}", &first, &[]);
    // The twin comes later and is filed behind the first.
    stage.bring("/two", &[item("t1", "p1", 5)]);
    let before = stage.marks("p1");
    assert_eq!(before[0].0, "o1");
    assert_eq!(before.iter().filter(|mark| **mark == before[0]).count(), 4, "{before:?}");
    assert!(stage.shown("d")["p1"][2].contains("by o1"));
    // Retention lets the first go: the other's text, under the id and the date that were there.
    let newer: Vec<String> = one(&[2, 3, 4, 6]);
    stage.bring("/one", &newer);
    assert_eq!(stage.marks("p1"), before);
    assert!(stage.shown("d")["p1"][2].contains("by t1"));
    assert_eq!(stage.titles(), ["p1 p2 p3 p4 p6"; 4]);
    // It does not come back, and the other keeps what it has.
    let again: Vec<String> = one(&[1, 3, 4, 6, 7]);
    stage.bring("/one", &again);
    assert_eq!(stage.marks("p1"), before);
    // A restart has the same.
    let Stage { origin, app, mut daemon } = stage;
    daemon.kill();
    let stage = Stage { daemon: app.start(), origin, app };
    assert_eq!(stage.marks("p1"), before);
    // The other is let go as well: nothing is left of either, anywhere.
    let many: Vec<String> =
        (1..=4).map(|day| item(&format!("u{day}"), &format!("q{day}"), 10 + day)).collect();
    stage.bring("/two", &many);
    assert_eq!(stage.titles(), ["p3 p4 p6 p7 q1 q2 q3 q4"; 4]);
    let last: Vec<String> = one(&[4, 6, 7, 8]);
    stage.bring("/one", &last);
    assert_eq!(stage.titles(), ["p4 p6 p7 p8 q1 q2 q3 q4"; 4]);
    let store = rusqlite::Connection::open(stage.app.path("state/feedmill.db")).unwrap();
    let rows = |sql: &str| store.query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap();
    assert_eq!(rows("SELECT count(*) FROM entry WHERE id IN ('o1', 't1', 'o2', 'o3')"), 0);
    assert_eq!(rows("SELECT count(*) FROM twins WHERE key LIKE '%p1'"), 0);
}

#[test]
fn what_is_lent_goes_with_its_lender_and_no_other_entry_takes_its_place() {
    let old: Vec<String> = (1..=3).map(|day| item(&format!("o{day}"), &format!("p{day}"), day)).collect();
    let stage = Stage::new("{entries: 2}", &old, &[]);
    for round in 0..5_u32 {
        let items: Vec<String> = (0..3)
            .map(|number| {
                let number = 4 + round * 3 + number;
                item(&format!("o{number}"), &format!("p{number}"), number)
            })
            .collect();
        stage.bring("/one", &items);
        let own = stage.shown("a");
        assert_eq!(own.len(), 3);
        for feed in FEEDS {
            assert_eq!(stage.shown(feed), own, "{feed} in round {round}");
        }
    }
    let store = rusqlite::Connection::open(stage.app.path("state/feedmill.db")).unwrap();
    let left: u32 = store.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 9, "three a feed, nothing of those let go");
}

#[test]
fn what_is_held_is_lent_to_nobody_until_it_is_let_through() {
    let items = |prefix: &str| -> Vec<String> {
        (1..=8).map(|day| item(&format!("{prefix}{day}"), &format!("{prefix}-p{day}"), day)).collect()
    };
    let stage = Stage::new("{entries: 0}", &items("o"), &[item("t1", "n-p1", 9)]);
    let before: Vec<_> = FEEDS.iter().map(|feed| stage.shown(feed)).collect();
    assert_eq!(before[0].len(), 9);
    // All ids and addresses change at once; one of the new addresses is a twin of the other source's.
    stage.bring("/one", &items("n"));
    assert_eq!(FEEDS.iter().map(|feed| stage.shown(feed)).collect::<Vec<_>>(), before, "held");
    let marks = stage.marks("n-p1");
    assert!(stage.app.run(&["accept", "one"]).status.success());
    stage.daemon.wait_for("collected").unwrap();
    stage.refresh();
    let own = stage.shown("a");
    assert_eq!(own.len(), 16, "{own:?}");
    assert!(own["n-p1"][2].contains("by n1"), "the first source's text");
    assert_eq!(stage.marks("n-p1"), marks, "under the id that was there");
    for feed in FEEDS {
        assert_eq!(stage.shown(feed), own, "{feed}");
    }
    // The source takes back what it brought while it is held: nothing is left of it.
    stage.bring("/one", &items("x"));
    assert_eq!(stage.shown("d"), own);
    stage.bring("/one", &items("n"));
    assert_eq!(stage.shown("d"), own);
    let store = rusqlite::Connection::open(stage.app.path("state/feedmill.db")).unwrap();
    let held: u32 =
        store.query_row("SELECT count(*) FROM entry WHERE id LIKE 'x%'", [], |row| row.get(0)).unwrap();
    assert_eq!(held, 0);
}

/// A source that is called otherwise is the same source: what it brought stays, in its feed and
/// in those that are made of it, also what its origin has no longer.
#[test]
fn a_source_that_is_called_otherwise_keeps_what_it_brought() {
    let items = |days: &[u32]| -> Vec<String> {
        days.iter().map(|day| item(&format!("g{day}"), &format!("p{day}"), *day)).collect()
    };
    let stage = Stage::new("{entries: 0}", &items(&[1, 2, 3]), &[]);
    stage.bring("/one", &items(&[3, 4]));
    let before = FEEDS.map(|feed| stage.shown(feed));
    assert_eq!(stage.titles(), ["p1 p2 p3 p4"; 4]);
    let define = |more: &str| {
        let url = stage.origin.url("/one");
        stage.app.write("feeds/a.yaml", &format!("sources:\n  - {{feed: \"{url}\"{more}}}\n"));
        stage.daemon.signal("HUP");
        stage.daemon.wait_for("feed files read").unwrap();
        stage.refresh();
    };
    for more in [", id: other", "", ", id: 127-0-0-1", ", id: one"] {
        define(more);
        assert_eq!(FEEDS.map(|feed| stage.shown(feed)), before, "{more}");
    }
    // Another place with the same entries: their ids are the same ones for everybody who has them.
    stage.origin.answer_from_now("/moved", feed(&items(&[3, 4])));
    let url = stage.origin.url("/moved");
    stage.app.write("feeds/a.yaml", &format!("sources: [{{feed: \"{url}\", id: elsewhere}}]\n"));
    stage.daemon.signal("HUP");
    stage.daemon.wait_for("feed files read").unwrap();
    stage.refresh();
    stage.refresh();
    for (feed, before) in FEEDS.iter().zip(&before).take(3) {
        let now = stage.shown(feed);
        assert_eq!(now.keys().collect::<Vec<_>>(), ["p3", "p4"], "{feed}");
        assert_eq!((&now["p3"][0], &now["p4"][0]), (&before["p3"][0], &before["p4"][0]), "{feed}");
    }
}
