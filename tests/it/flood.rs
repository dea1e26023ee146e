//! The flood guard, through the whole program.

use crate::app::{App, Daemon};
use crate::origin::{Origin, bare, ok};
use serde_json::Value;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// One item: guid and link from `id`, and the title of one with a date; the rest from its number.
fn item(id: &str, number: u32, dated: bool) -> String {
    let date = format!("<pubDate>{:02} Mar 2026 {:02}:00:00 GMT</pubDate>", 1 + number / 24, number % 24);
    let (date, title) = if dated { (date, id.to_owned()) } else { (String::new(), number.to_string()) };
    format!(
        "<item><guid>{id}</guid><link>https://e.example/{id}</link><title>Item {title}</title>{date}</item>"
    )
}

fn feed(items: impl IntoIterator<Item = String>) -> Vec<u8> {
    let items: String = items.into_iter().collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
    ok("ETag: \"1\"\r\nContent-Type: application/rss+xml\r\n", feed.as_bytes())
}

fn dated(prefix: &str, numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    feed(numbers.into_iter().map(|number| item(&format!("{prefix}{number}"), number, true)))
}

struct Stage {
    origin: Origin,
    app: App,
    daemon: Daemon,
}

fn stage(first: Vec<u8>) -> Stage {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    let source = format!("limit: 1000\nsources:\n  - feed: {}\n    id: it\n", origin.url("/feed"));
    app.write("feeds/r.yaml", &source);
    origin.answer_from_now("/feed", first);
    let daemon = app.start();
    let stage = Stage { origin, app, daemon };
    stage.refresh();
    assert_eq!(stage.shown().len(), 20);
    stage
}

impl Stage {
    fn refresh(&self) -> Value {
        let output = self.app.run(&["refresh", "--wait", "--format", "json"]);
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["sources"][0].clone()
    }

    fn poll(&self, answer: impl AsRef<[u8]>) -> Value {
        self.origin.answer_from_now("/feed", answer);
        self.refresh()
    }

    /// Waits until nothing is held.
    fn lets_through(&self) {
        let deadline = Instant::now() + Duration::from_secs(90);
        let status = || {
            let output = self.app.run(&["status", "--format", "json"]);
            serde_json::from_slice::<Value>(&output.stdout).unwrap()
        };
        while status()["feeds"][0]["sources"][0]["outcome"] == "held" {
            assert!(Instant::now() < deadline, "it is still held");
            let _ = self.daemon.wait_until(Duration::from_millis(20));
        }
    }

    fn shown(&self) -> BTreeSet<String> {
        let items = self.daemon.get("/r.json").json()["items"].as_array().unwrap().clone();
        items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn names(prefix: &str, numbers: impl IntoIterator<Item = u32>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| format!("{prefix}{number}")).collect()
}

#[test]
fn new_ids_for_old_entries_are_held_until_they_are_accepted() {
    let stage = stage(dated("a", 1..=20));
    let before = stage.daemon.get("/r.atom").body;
    let report = stage.poll(dated("b", 1..=20));
    assert_eq!((&report["outcome"], &report["new"]), (&"held".into(), &20.into()));
    let told = report["problems"][0]["message"].as_str().unwrap().to_owned();
    assert!(
        told.starts_with("20 entries came under new ids or in a flood, and are not shown before 2"),
        "{told}"
    );
    assert_eq!(stage.daemon.get("/r.atom").body, before);
    assert_eq!(stage.poll(bare(304, ""))["outcome"], "held", "a 304 doesn't change that");
    let asking = stage.app.run(&["refresh", "--wait"]);
    assert_eq!(asking.status.code(), Some(0), "nor is it a failure");
    assert_eq!(stage.poll(bare(500, ""))["outcome"], "failed");
    assert_eq!(stage.poll(bare(304, ""))["outcome"], "held", "nor does a failure");
    assert_eq!(report["problems"][0]["help"], "`feedmill accept r/it` shows them at once");
    let asked = stage.origin.requests().len();
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    stage.lets_through();
    assert_eq!(stage.origin.requests().len(), asked, "accepting asks nobody");
    assert_eq!(stage.shown(), names("a", 1..=20).into_iter().chain(names("b", 1..=20)).collect());
    assert_eq!(stage.poll(dated("b", 1..=21))["outcome"], "updated");
    assert_eq!(stage.shown().len(), 41);
}

#[test]
fn new_ids_without_dates_are_known_by_their_titles() {
    let undated = |prefix: &str, numbers: std::ops::RangeInclusive<u32>| {
        feed(numbers.map(|number| item(&format!("{prefix}{number}"), number, false)))
    };
    let stage = stage(undated("a", 1..=20));
    assert_eq!(stage.poll(undated("a", 21..=40))["outcome"], "updated", "simply new");
    assert_eq!(stage.poll(undated("b", 21..=40))["outcome"], "held");
    assert_eq!(stage.shown().len(), 40);
}

#[test]
fn new_ids_for_what_is_the_same_are_no_flood() {
    let under = |old: &str, new: &str| {
        feed((1..=20).map(|number| {
            let item = item(&format!("{old}{number}"), number, true);
            item.replace("<guid>", &format!("<guid>{new}")).replace(".example/", &format!(".example/{new}"))
        }))
    };
    let stage = stage(dated("a", 1..=20));
    let report = stage.poll(under("a", "x"));
    assert_eq!(
        (&report["outcome"], &report["new"], &report["changed"]),
        (&"updated".into(), &0.into(), &20.into())
    );
    assert_eq!(stage.shown(), names("a", 1..=20));
    // Nor are they doubled while they are held.
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    for new in ["y", "z"] {
        let report = stage.poll(under("b", new));
        assert_eq!((&report["outcome"], &report["new"]), (&"held".into(), &0.into()), "{report}");
    }
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    stage.lets_through();
    assert_eq!(stage.shown(), names("a", 1..=20).into_iter().chain(names("b", 1..=20)).collect());
}

#[test]
fn what_the_origin_takes_back_is_withdrawn() {
    let stage = stage(dated("a", 1..=20));
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    let report = stage.poll(dated("a", 1..=21));
    assert_eq!((&report["outcome"], &report["new"]), (&"updated".into(), &1.into()));
    assert_eq!(report["problems"].as_array().unwrap().len(), 0);
    assert_eq!(stage.shown(), names("a", 1..=21));
    assert_eq!(feedmill::store::SqliteStore::check(&stage.app.path("state")).unwrap().entries, 21);
}

/// Old entries under new ids are held; beside them an entry that is newer than any stays fresh.
#[test]
fn what_is_simply_new_is_shown_while_the_rest_is_held() {
    let stage = stage(dated("a", 1..=20));
    let report = stage.poll(dated("b", 1..=21));
    let told = report["problems"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("20 entries came under new ids"), "{told}");
    let with = |fresh: std::ops::RangeInclusive<u32>| &names("a", 1..=20) | &names("b", fresh);
    assert_eq!(stage.shown(), with(21..=21));
    assert_eq!(stage.poll(dated("b", 2..=23))["outcome"], "held");
    assert_eq!(stage.shown(), with(21..=23));
    // The origin's other server has the old ids, and an entry that is newer still.
    stage.poll(dated("a", 4..=24));
    assert!(stage.shown().contains("a24"), "{:?}", stage.shown());
    assert!(!stage.shown().contains("b5"));
}

/// A list of the newest: some of what is held has left it before anybody accepts.
#[test]
fn what_leaves_the_list_while_it_is_held_is_shown_all_the_same() {
    let stage = stage(dated("a", 1..=20));
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    let report = stage.poll(dated("b", 11..=25));
    assert_eq!((&report["outcome"], &report["new"]), (&"held".into(), &5.into()));
    let told = report["problems"][0]["message"].as_str().unwrap();
    assert!(told.starts_with("20 entries came"), "{told}");
    let report = stage.poll(dated("b", 26..=40));
    assert!(report["problems"][0]["message"].as_str().unwrap().starts_with("20 entries came"), "{report}");
    // What is newer than all that was known is simply new.
    assert_eq!(stage.shown(), &names("a", 1..=20) | &names("b", 21..=40));
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    stage.lets_through();
    assert_eq!(stage.shown(), names("a", 1..=20).into_iter().chain(names("b", 1..=40)).collect());
}

#[test]
fn what_leaves_while_it_is_held_is_withdrawn_where_entries_go_with_their_origin() {
    let stage = stage(dated("a", 1..=20));
    let url = stage.origin.url("/feed");
    let source = |more: &str| format!("limit: 1000\nsources:\n  - feed: {url}\n    id: it\n{more}");
    stage.app.write("feeds/r.yaml", &source("    on_delete: remove\n"));
    stage.daemon.wait_for("feed files read").unwrap();
    assert_eq!(stage.poll(dated("a", 1..=20))["outcome"], "unchanged");
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    let report = stage.poll(dated("b", 11..=20));
    assert!(report["problems"][0]["message"].as_str().unwrap().starts_with("10 entries came"), "{report}");
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    stage.lets_through();
    assert_eq!(stage.shown(), names("b", 11..=20));
}

#[test]
fn what_a_document_that_was_cut_short_lacks_is_not_withdrawn() {
    let stage = stage(dated("a", 1..=20));
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    let items: String = (1..=5).map(|number| item(&format!("a{number}"), number, true)).collect();
    let cut = format!("<rss version=\"2.0\"><channel><title>R</title>{items}<item><guid>a6");
    let report = stage.poll(ok("ETag: \"2\"\r\n", cut));
    let told = report["problems"][0]["message"].as_str().unwrap();
    assert!(report["outcome"] == "held" && told.starts_with("20 entries came under new ids"), "{report}");
    assert_eq!(stage.shown(), names("a", 1..=20), "nor do those leave that are shown");
    // The same five in a whole document: the twenty are taken back.
    let report = stage.poll(dated("a", 1..=5));
    assert_eq!((&report["outcome"], report["problems"].as_array().unwrap().len()), (&"unchanged".into(), 0));
    assert_eq!(feedmill::store::SqliteStore::check(&stage.app.path("state")).unwrap().entries, 20);
}

#[test]
fn more_than_ever_is_held_and_what_is_simply_new_is_not() {
    let stage = stage(dated("a", 100..=119));
    assert_eq!(stage.poll(dated("a", 120..=400))["outcome"], "updated", "an origin that was away for long");
    let old = feed(
        (0..60)
            .map(|number| item(&format!("c{number}"), 99, true))
            .chain((390..=400).map(|n| item(&format!("a{n}"), n, true))),
    );
    assert_eq!(stage.poll(old)["outcome"], "updated", "fewer than four times what came once");
    let undated =
        feed((0..1200).map(|number| item(&format!("d{number}"), 7, false)).chain([item("a400", 400, true)]));
    let report = stage.poll(undated);
    assert_eq!((&report["outcome"], &report["new"]), (&"held".into(), &1200.into()));
    assert!(stage.shown().iter().all(|id| !id.starts_with('d')));
}

#[test]
fn a_changed_definition_is_no_flood() {
    let stage = stage(dated("a", 1..=20));
    stage.origin.answer_from_now("/moved", dated("b", 1..=20));
    let source = format!("limit: 1000\nsources:\n  - feed: {}\n    id: it\n", stage.origin.url("/moved"));
    stage.app.write("feeds/r.yaml", &source);
    stage.daemon.wait_for("feed files read").unwrap();
    stage.refresh();
    assert_eq!(stage.shown().len(), 40);
}

#[test]
fn one_source_is_accepted_by_its_name_and_none_that_is_not_held() {
    let stage = stage(dated("a", 1..=20));
    let refused = |name: &str| {
        let output = stage.app.run(&["accept", name]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(refused("it"), "error: nothing of `r/it` is held\n");
    assert_eq!(refused("that"), "error: no source has the id `that`\n");
    let source = format!("sources:\n  - feed: {}\n    id: it\n", stage.origin.url("/other"));
    stage.app.write("feeds/other.yaml", &source);
    stage.daemon.wait_for("feed files read feeds=2").unwrap();
    assert_eq!(stage.poll(dated("b", 1..=20))["outcome"], "held");
    let told = "error: several sources have the id `it`: say which, `other/it` or `r/it`\n";
    assert_eq!(refused("it"), told);
    assert_eq!(stage.shown().len(), 20);
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    stage.lets_through();
    assert_eq!(stage.shown().len(), 40);
}

#[test]
fn an_empty_document_empties_a_feed_only_when_it_is_accepted_or_said_again() {
    let stage = stage(dated("a", 1..=20));
    let url = stage.origin.url("/feed");
    let source = format!("limit: 1000\nsources:\n  - {{feed: \"{url}\", id: it, on_delete: remove}}\n");
    stage.app.write("feeds/r.yaml", &source);
    stage.daemon.wait_for("feed files read").unwrap();
    assert_eq!(stage.poll(dated("a", 1..=20))["outcome"], "unchanged");
    let all = names("a", 1..=20);
    let empty = |title: &str| {
        let text = format!("<rss version=\"2.0\"><channel><title>{title}</title></channel></rss>");
        ok("Content-Type: application/rss+xml\r\n", text)
    };
    for _ in 0..2 {
        let report = stage.poll(empty("R"));
        let problem = &report["problems"][0];
        let told = "has lost 20 entries and has no entries any more: \
                    what it had stays until that is accepted, or said again";
        assert_eq!((&report["outcome"], &problem["message"]), (&"failed".into(), &told.into()), "{report}");
        assert_eq!(problem["help"], "`feedmill accept r/it` lets them go");
        assert_eq!(stage.shown(), all);
    }
    // It is back as it was.
    let report = stage.poll(dated("a", 1..=20));
    assert_eq!((&report["outcome"], &report["changed"]), (&"unchanged".into(), &0.into()), "{report}");
    assert_eq!(stage.poll(empty("R"))["outcome"], "failed");
    assert!(stage.app.run(&["accept", "r/it"]).status.success());
    let deadline = Instant::now() + Duration::from_secs(90);
    while !stage.shown().is_empty() {
        assert!(Instant::now() < deadline, "it is still held");
        let _ = stage.daemon.wait_until(Duration::from_millis(20));
    }
    assert_eq!(stage.poll(dated("a", 1..=20))["outcome"], "updated");
    assert_eq!(stage.poll(empty("R"))["outcome"], "failed");
    let report = stage.poll(empty("S"));
    assert_eq!((&report["outcome"], &report["gone"]), (&"updated".into(), &20.into()), "{report}");
}
