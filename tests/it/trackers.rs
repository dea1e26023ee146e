//! `trackers: drop`, through the whole program.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use serde_json::Value;

const FEED: &str = "<rss version=\"2.0\"><channel><title>R</title>\
    <item><guid>1</guid><title>One</title><description><![CDATA[<p>one</p><img src=\"https://t.example/1.gif\" width=\"1\" height=\"1\">]]></description></item>\
    <item><guid>2</guid><title>Two</title><description><![CDATA[<p>two<br></p><img src=\"https://t.example/2.gif\" style=\"display:none\"><img src=\"https://e.example/a.png\" width=\"90\" height=\"60\">]]></description></item>\
    </channel></rss>";

fn start(origin: &Origin, body: &[u8]) -> (App, Daemon) {
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/r.yaml", &definition(origin, ""));
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", body));
    let daemon = app.start();
    assert!(app.run(&["refresh", "--wait"]).status.success());
    (app, daemon)
}

fn definition(origin: &Origin, more: &str) -> String {
    format!("limit: 1000\nsources:\n  - feed: {}\n    id: it\n{more}", origin.url("/feed"))
}

fn items(daemon: &Daemon) -> Vec<Value> {
    daemon.get("/r.json").json()["items"].as_array().unwrap().clone()
}

fn contents(daemon: &Daemon) -> Vec<String> {
    items(daemon).iter().map(|item| item["content_html"].as_str().unwrap().to_owned()).collect()
}

/// The document's own base is known when its HTML is read, and cleans it there and then.
const BASED: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:base=\"https://r.example/\"><title>R</title><id>r</id>\
    <entry><id>1</id><title>One</title><content type=\"html\">&lt;p>one&lt;/p>&lt;img style='display:none' src='1.gif'></content></entry>\
    </feed>";

#[test]
fn a_documents_base_changes_no_picture_that_is_kept() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, BASED.as_bytes());
    assert_eq!(contents(&daemon), ["<p>one</p><img src=\"https://r.example/1.gif\">"]);
    app.write("feeds/r.yaml", &definition(&origin, "    trackers: drop\n"));
    daemon.wait_for("changed=1").unwrap();
    assert_eq!(contents(&daemon), ["<p>one</p>"]);
    app.write("feeds/r.yaml", &definition(&origin, "    trackers: keep\n"));
    daemon.wait_for("changed=1").unwrap();
    assert_eq!(contents(&daemon), ["<p>one</p><img src=\"https://r.example/1.gif\">"]);
}

#[test]
fn trackers_stay_until_they_are_dropped() {
    let origin = Origin::start();
    let (app, daemon) = start(&origin, FEED.as_bytes());
    assert_eq!(
        contents(&daemon),
        [
            "<p>one</p><img src=\"https://t.example/1.gif\" width=\"1\" height=\"1\">",
            "<p>two<br></p><img src=\"https://t.example/2.gif\"><img src=\"https://e.example/a.png\" width=\"90\" height=\"60\">",
        ]
    );
    app.write("feeds/r.yaml", &definition(&origin, "    trackers: drop\n"));
    daemon.wait_for("changed=2").unwrap();
    assert_eq!(
        contents(&daemon),
        ["<p>one</p>", "<p>two<br></p><img src=\"https://e.example/a.png\" width=\"90\" height=\"60\">"],
        "the same bytes are cleaned anew"
    );
}
