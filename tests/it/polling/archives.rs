//! Feeds whose older entries stand in documents of their own (RFC 5005).

use super::daemon::{Daemon, hours, rss};
use crate::app::App;
use crate::origin::{Origin, ok};

const LINK: &str = "<link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"prev-archive\" href=\"/archive/7\"/>";

#[tokio::test]
async fn what_may_have_been_missed_is_told_and_no_archive_is_asked_for() {
    let origin = Origin::start();
    for entries in [["a", "b"], ["b", "c"], ["g", "h"]] {
        origin.answer("/feed", ok("", rss(LINK, &entries)));
    }
    origin.answer("/feed", ok("", rss(LINK, &["h", "i"])));
    let daemon = Daemon::on(&origin, "/feed").await;
    let told = |daemon: &Daemon| {
        let problems: Vec<String> = daemon.source().problems.iter().map(ToString::to_string).collect();
        problems.join("\n").replace(&origin.url(""), "ORIGIN")
    };
    assert_eq!(told(&daemon), "");
    daemon.pass(hours(30)).await;
    assert_eq!((told(&daemon), daemon.entries("f")), (String::new(), 3));
    daemon.pass(hours(30)).await;
    assert_eq!(
        told(&daemon),
        "ORIGIN/feed: warning: no entry of the last poll is in the feed; what came between stands at ORIGIN/archive/7\n  \
         help: a shorter `schedule` misses none"
    );
    assert_eq!(daemon.entries("f"), 5);
    daemon.pass(hours(30)).await;
    assert_eq!((told(&daemon), daemon.entries("f")), (String::new(), 6));
    assert!(origin.requests().iter().all(|request| request.starts_with("GET /feed ")));
}

#[test]
fn preview_shows_where_the_rest_of_a_feed_is() {
    let app = App::new("");
    let asks = "<ttl>90</ttl><skipHours><hour>3</hour></skipHours><image><url>/logo.png</url></image>";
    app.write("feed.xml", &rss(&format!("{LINK}{asks}"), &["a"]));
    let output = app.run(&["preview", app.path("feed.xml").to_str().unwrap(), "--format", "json"]);
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let hints = &seen["hints"];
    assert_eq!((&hints["ttl_minutes"], &hints["skip_hours"][0]), (&90.into(), &3.into()), "{seen}");
    assert!(hints["prev_archive"].as_str().unwrap().ends_with("/archive/7"), "{seen}");
    assert_eq!(hints.as_object().unwrap().len(), 3, "{seen}");
    app.write("plain.xml", &rss("", &["a"]));
    let output = app.run(&["preview", app.path("plain.xml").to_str().unwrap(), "--format", "json"]);
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(seen.get("hints"), None);
}
