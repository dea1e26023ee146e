//! Our own documents that come back as a source's feed, through the whole program.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use serde_json::Value;

const ROUNDS: usize = 5;
const OWN: &str = "https://feeds.example.org";

fn feed(ids: &[&str]) -> Vec<u8> {
    let item = |id: &&str| {
        format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><title>{id}</title><category>c</category></item>"
        )
    };
    let items: String = ids.iter().map(item).collect();
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
    ok("Content-Type: application/rss+xml\r\n", feed.as_bytes())
}

fn app() -> App {
    App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n")
}

fn entries(daemon: &Daemon, feed: &str) -> usize {
    daemon.get(&format!("/{feed}.json")).json()["items"].as_array().unwrap().len()
}

/// What a refresh says of a source.
fn refreshed(app: &App, source: &str) -> Value {
    let output = app.run(&["refresh", "--wait", "--format", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let sources = said["sources"].as_array().unwrap();
    sources.iter().find(|found| found["source"] == source).unwrap().clone()
}

/// A feed `r` whose source `back` gives what `document` says, and those that take from it:
/// how many entries `r` shows after each round, and what the last one said of `back`.
fn rounds(document: &str, change: impl Fn(String) -> String) -> (Vec<usize>, Value) {
    let origin = Origin::start();
    let app = app();
    let (real, back) = (origin.url("/feed"), origin.url("/back"));
    let sources = format!("sources:\n  - feed: {real}\n  - {{feed: \"{back}\", id: back}}\n");
    app.write("feeds/r.yaml", &format!("limit: 1000\naliases: {{/old.xml: rss}}\n{sources}"));
    app.write("feeds/second.yaml", "limit: 1000\nsources: [{from: r}]\n");
    app.write("feeds/third.yaml", "limit: 1000\nsources: [{from: [second], id: mixed}]\n");
    origin.answer_from_now("/feed", feed(&["https://e.example/1", "e2"]));
    origin.answer_from_now("/back", feed(&["https://e.example/1", "e2"]));
    let daemon = app.start();
    let mut said = Value::Null;
    let round = |_| {
        said = refreshed(&app, "back");
        let answer = daemon.get(document);
        assert_eq!(answer.status, 200, "{document}");
        origin.answer_from_now("/back", ok("", change(answer.body).as_bytes()));
        entries(&daemon, "r")
    };
    let counts = (0..ROUNDS).map(round).collect();
    (counts, said)
}

#[test]
fn our_own_document_is_refused_by_name_and_nothing_of_it_is_stored() {
    for (document, own) in [
        ("/r.atom", "/r.atom"),
        ("/r.rss", "/r.rss"),
        ("/r.json", "/r.json"),
        ("/old.xml", "/r.rss"),
        ("/r/category/c.atom", "/r/category/c.atom"),
        ("/all.rss", "/all.rss"),
        ("/second.json", "/second.json"),
        ("/third.atom", "/third.atom"),
        ("/third/source/mixed.rss", "/third/source/mixed.rss"),
    ] {
        let (counts, said) = rounds(document, |body| body);
        // The first round is two sources with the same feed.
        assert_eq!(counts, [4; ROUNDS], "{document}");
        assert_eq!(said["outcome"], "failed", "{document}: {said}");
        let message = said["problems"][0]["message"].as_str().unwrap();
        let expected = format!("this is our own document `{OWN}{own}`, which holds what this source brings");
        assert!(message.starts_with(&expected), "{message}");
    }
}

/// A mirror that leaves the self link out: what we call entries by tells that they are ours.
#[test]
fn what_comes_back_without_our_name_on_it_does_not_multiply() {
    for document in ["/r.atom", "/r.rss", "/r.json", "/third.atom"] {
        let (counts, said) = rounds(document, |body| body.replace(OWN, "https://mirror.example"));
        assert_eq!(counts, [4; ROUNDS], "{document}: {said}");
    }
}

#[test]
fn two_mills_that_follow_each_other_come_to_rest() {
    let origin = Origin::start();
    let (here, there) = (app(), app());
    let feeds = |app: &App, real: &str, other: &str| {
        let text = format!(
            "limit: 1000\nsources:\n  - feed: {}\n  - {{feed: \"{}\", id: other}}\n",
            origin.url(real),
            origin.url(other)
        );
        app.write("feeds/r.yaml", &text);
    };
    there.write(
        "config/feedmill.yaml",
        &std::fs::read_to_string(there.path("config/feedmill.yaml"))
            .unwrap()
            .replace(OWN, "https://there.example.org"),
    );
    feeds(&here, "/one", "/there");
    feeds(&there, "/two", "/here");
    for (path, ids) in [("/one", ["https://e.example/1", "e2"]), ("/two", ["https://e.example/1", "e3"])] {
        origin.answer_from_now(path, feed(&ids));
    }
    origin.answer_from_now("/here", feed(&[]));
    origin.answer_from_now("/there", feed(&[]));
    let (first, second) = (here.start(), there.start());
    let round = |_| {
        refreshed(&here, "other");
        origin.answer_from_now("/here", ok("", first.get("/r.atom").body.as_bytes()));
        refreshed(&there, "other");
        origin.answer_from_now("/there", ok("", second.get("/r.atom").body.as_bytes()));
        (entries(&first, "r"), entries(&second, "r"))
    };
    let counts: Vec<_> = (0..8).map(round).collect();
    assert_eq!(counts[3..], [counts[7]; 5], "{counts:?}");
}

#[test]
fn another_feed_of_ours_may_be_followed_by_way_of_a_mirror() {
    let origin = Origin::start();
    let app = app();
    app.write("feeds/a.yaml", &format!("sources: [{{feed: \"{}\"}}]\n", origin.url("/feed")));
    app.write("feeds/b.yaml", &format!("sources: [{{feed: \"{}\", id: back}}]\n", origin.url("/back")));
    origin.answer_from_now("/feed", feed(&["https://e.example/1", "e2"]));
    origin.answer_from_now("/back", feed(&[]));
    let daemon = app.start();
    refreshed(&app, "back");
    origin.answer_from_now("/back", ok("", daemon.get("/a.atom").body.as_bytes()));
    assert_eq!(refreshed(&app, "back")["outcome"], "updated");
    assert_eq!((entries(&daemon, "a"), entries(&daemon, "b")), (2, 2));
    // An address that we only stand in for is no mark of ours either.
    let from_the_site = format!(
        "<rss version=\"2.0\"><channel><title>R</title><atom:link rel=\"self\" href=\"{OWN}/feed.xml\"/><item><guid>n</guid></item></channel></rss>"
    );
    origin.answer_from_now("/back", ok("", from_the_site.as_bytes()));
    assert_eq!(refreshed(&app, "back")["outcome"], "updated");
    assert_eq!(entries(&daemon, "b"), 3);
}
