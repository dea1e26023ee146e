//! Our own documents that come back as a source's feed, through the whole program.

use crate::app::App;
use crate::origin::{Origin, ok};

const ROUNDS: usize = 8;

fn feed(ids: [&str; 2]) -> Vec<u8> {
    let items =
        ids.map(|id| format!("<item><guid isPermaLink=\"false\">{id}</guid><title>{id}</title></item>"));
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{}</channel></rss>", items.concat());
    ok("Content-Type: application/rss+xml\r\n", feed.as_bytes())
}

/// How many entries are shown after each round in which `/back` gives the feed's own document.
fn counts(ids: [&str; 2], document: &str, more: &str) -> Vec<usize> {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    let (real, back) = (origin.url("/feed"), origin.url("/back"));
    app.write("feeds/r.yaml", &format!("limit: 1000\n{more}sources:\n  - feed: {real}\n  - feed: {back}\n"));
    origin.answer_from_now("/feed", feed(ids));
    origin.answer_from_now("/back", feed(ids));
    let daemon = app.start();
    let round = |_| {
        assert!(app.run(&["refresh", "--wait"]).status.success());
        origin.answer_from_now("/back", ok("", daemon.get(document).body.as_bytes()));
        daemon.get("/r.json").json()["items"].as_array().unwrap().len()
    };
    (0..ROUNDS).map(round).collect()
}

/// Without `dedupe`, and where Atom had to make up an address for an id, such a loop does grow
/// up to the feed's limits.
#[test]
fn what_comes_back_from_ourselves_is_the_same_entry_under_its_address() {
    let ids = ["https://e.example/1", "https://e.example/2"];
    for document in ["/r.atom", "/r.rss", "/r.json"] {
        assert_eq!(counts(ids, document, "dedupe: id\n"), [2; ROUNDS], "{document}");
    }
}
