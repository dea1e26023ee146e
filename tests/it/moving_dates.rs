//! Dates that move at every poll, through the whole program.

use crate::app::App;
use crate::origin::{Origin, ok};
use serde_json::Value;

/// What a refresh counts of the one source, and the feed as it is served then.
fn polled(app: &App, origin: &Origin, item: &str) -> ([u64; 2], Vec<u8>) {
    let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{item}</channel></rss>");
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let output = app.run(&["build", "--out", "out", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    let count = |key: &str| said["sources"][0][key].as_u64().unwrap();
    ([count("new"), count("changed")], std::fs::read(app.path("out/r.atom")).unwrap())
}

#[test]
fn a_date_that_moves_at_every_poll_is_no_change() {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/r.yaml", &format!("sources: [{{feed: \"{}\"}}]\n", origin.url("/feed")));
    let item = |id: &str, title: &str, date: &str| {
        format!("<item><guid>{id}</guid><title>{title}</title><pubDate>{date}</pubDate></item>")
    };
    // Later than first seen, however late this test is run.
    let moving = |minute: usize| item("a", "A", &format!("Sun, 01 Jan 2090 10:{minute:02}:00 GMT"));
    let (counts, first) = polled(&app, &origin, &moving(0));
    assert_eq!(counts, [1, 0]);
    for minute in 1..4 {
        let (counts, served) = polled(&app, &origin, &moving(minute));
        assert_eq!(counts, [0, 0], "poll {minute}");
        assert!(served == first, "not a byte has moved at poll {minute}");
    }
    // What is edited beside it counts, and so does a date that is served.
    assert_eq!(polled(&app, &origin, &item("a", "B", "Sun, 01 Jan 2090 10:09:00 GMT")).0, [0, 1]);
    assert_eq!(polled(&app, &origin, &item("a", "B", "Thu, 01 Jan 2026 10:00:00 GMT")).0, [0, 1]);
    assert_eq!(polled(&app, &origin, &item("a", "B", "Thu, 01 Jan 2026 10:01:00 GMT")).0, [0, 1]);
}
