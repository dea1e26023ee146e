//! `on_delete: tombstone`: what has left its source is gone everywhere, and Atom says so
//! (RFC 6721); and what a feed by URL says so of its own.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use std::fs;

/// What the Atom document at a path tells of as deleted.
fn told(daemon: &Daemon, path: &str) -> Vec<String> {
    let body = daemon.get(path).body;
    let graves = body.split("<at:deleted-entry ").skip(1);
    graves.map(|rest| rest.split(['"']).nth(1).unwrap().to_owned()).collect()
}

fn ids(daemon: &Daemon, path: &str) -> Vec<String> {
    let items = daemon.get(path).json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn refresh(app: &App) {
    let output = app.run(&["refresh", "--wait"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_post_that_is_deleted_is_told_of_in_atom_until_it_is_back() {
    let app = App::new("");
    app.write("site/_config.yml", "url: https://n.example.org\ntimezone: UTC\n");
    (1..=4).for_each(|number| app.post(number, &format!("Post {number}")));
    app.write("site/_posts/2026-03-01-00005.md", "---\ntitle: Other\ncategories: talk\n---\nText.\n");
    let source = "sources:\n  - posts: ../site\n    on_delete: tombstone\n    schedule: every 1h\n";
    app.write("feeds/n.yaml", source);
    app.write("feeds/made.yaml", "sources: [{from: [n]}]\n");
    let daemon = app.start();
    refresh(&app);
    let before = daemon.get("/n.atom").body;
    assert!(!before.contains("at:") && before.contains("Post 2"), "{before}");
    let post = app.path("site/_posts/2026-03-01-00002.md");
    let text = fs::read(&post).unwrap();
    fs::remove_file(&post).unwrap();
    refresh(&app);
    let id = "https://n.example.org/news/2026/02/28/00002".to_owned();
    for path in ["/n.atom", "/n/category/news.atom", "/all.atom", "/made.atom"] {
        assert_eq!(told(&daemon, path).join(" "), id, "{path}");
    }
    assert_eq!(told(&daemon, "/n/category/talk.atom"), [""; 0]);
    let atom = daemon.get("/n.atom").body;
    assert!(atom.contains("xmlns:at=\"http://purl.org/atompub/tombstones/1.0\""), "{atom}");
    let when = atom.split("when=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(
        atom.contains(&format!("<updated>{}", when.trim_end_matches('Z'))),
        "the feed has changed: {atom}"
    );
    assert!(!ids(&daemon, "/n.json").contains(&id) && !daemon.get("/n.rss").body.contains("deleted"));
    // Our own judge and our own reader take it as it is meant.
    app.write("n.atom", &atom);
    let judged = app.run(&["lint", "n.atom"]);
    let said = String::from_utf8_lossy(&judged.stdout);
    assert!(judged.status.success() && !said.contains("at:"), "{said}");
    let read = app.run(&["preview", "n.atom", "--stage", "map", "--format", "json"]);
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    assert_eq!(read["entries"].as_array().unwrap().len(), 4);
    // The same bytes after a restart.
    drop(daemon);
    let daemon = app.start();
    assert_eq!(daemon.get("/n.atom").body, atom);
    fs::write(&post, text).unwrap();
    refresh(&app);
    assert_eq!(told(&daemon, "/n.atom"), [""; 0]);
    assert!(ids(&daemon, "/n.json").contains(&id));
    assert_eq!(feedmill::store::SqliteStore::check(&app.path("state")).unwrap().damage, [""; 0]);
}

#[test]
fn posts_are_kept_where_that_is_asked_for_unless_they_say_otherwise() {
    let app = App::new("");
    app.write("site/_config.yml", "url: https://n.example.org\ntimezone: UTC\n");
    (1..=6).for_each(|number| app.post(number, &format!("Post {number}")));
    app.write("feeds/n.yaml", "sources:\n  - posts: ../site\n    on_delete: keep\n    schedule: every 1h\n");
    let daemon = app.start();
    refresh(&app);
    fs::remove_file(app.path("site/_posts/2026-03-01-00002.md")).unwrap();
    app.write("site/_posts/2026-03-01-00003.md", "---\ntitle: Post 3\npublished: false\n---\nNo more.\n");
    refresh(&app);
    let ids = ids(&daemon, "/n.json");
    let has = |number: u32| ids.iter().any(|id| id.ends_with(&format!("0000{number}")));
    assert!(has(2) && !has(3) && ids.len() == 5, "{ids:?}");
}

fn entry(number: u32, updated: &str) -> String {
    format!(
        "<entry><id>tag:e.example,2026:{number}</id><title>Entry {number}</title><updated>{updated}</updated></entry>"
    )
}

fn atom(body: &str) -> Vec<u8> {
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:at=\"http://purl.org/atompub/tombstones/1.0\">\
         <id>tag:e.example,2026:feed</id><title>Remote</title><updated>2026-03-03T00:00:00Z</updated>{body}</feed>"
    );
    ok("Content-Type: application/atom+xml\r\n", feed)
}

fn stage(on_delete: &str) -> (Origin, App, Daemon) {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    let url = origin.url("/feed");
    app.write("feeds/r.yaml", &format!("sources:\n  - feed: {url}\n    on_delete: {on_delete}\n"));
    let four: String = (1..=4).map(|number| entry(number, "2026-03-01T00:00:00Z")).collect();
    origin.answer_from_now("/feed", atom(&four));
    let daemon = app.start();
    refresh(&app);
    assert_eq!(ids(&daemon, "/r.json").len(), 4);
    (origin, app, daemon)
}

/// 1 is deleted and shown no more; 2 was written again since; 3 was not; 4 is cut off.
fn deletions() -> String {
    let grave = |number: u32| {
        format!(
            "<at:deleted-entry ref=\"tag:e.example,2026:{number}\" when=\"2026-03-02T00:00:00Z\"><at:by><name>N</name></at:by>\
             <at:comment>Gone</at:comment><title>Not the feed's</title></at:deleted-entry>"
        )
    };
    (1..=3).map(grave).collect::<String>()
        + &entry(2, "2026-03-02T12:00:00Z")
        + &entry(3, "2026-03-01T00:00:00Z")
}

#[test]
fn what_a_feed_says_it_deleted_goes_where_entries_go_with_their_origin() {
    for (on_delete, buried) in [("remove", 0), ("tombstone", 3)] {
        let (origin, app, daemon) = stage(on_delete);
        origin.answer_from_now("/feed", atom(&deletions()));
        refresh(&app);
        assert_eq!(ids(&daemon, "/r.json"), ["tag:e.example,2026:2"], "{on_delete}");
        assert_eq!(told(&daemon, "/r.atom").len(), buried, "{on_delete}");
        assert!(!daemon.get("/r.atom").body.contains("Not the feed's"));
    }
}

#[test]
fn what_a_feed_says_it_deleted_is_kept_where_all_is_and_is_not_taken_anew() {
    let (origin, app, daemon) = stage("keep");
    origin.answer_from_now("/feed", atom(&deletions()));
    refresh(&app);
    let mut kept = ids(&daemon, "/r.json");
    kept.sort_unstable();
    assert_eq!(
        kept,
        ["tag:e.example,2026:1", "tag:e.example,2026:2", "tag:e.example,2026:3", "tag:e.example,2026:4"]
    );
    let grave = "<at:deleted-entry ref=\"tag:e.example,2026:9\" when=\"2026-03-02T00:00:00Z\"/>".to_owned();
    origin.answer_from_now("/feed", atom(&(grave + &entry(9, "2026-03-01T00:00:00Z"))));
    refresh(&app);
    assert!(!ids(&daemon, "/r.json").contains(&"tag:e.example,2026:9".to_owned()));
}

#[test]
fn what_a_feed_that_was_cut_short_says_it_deleted_goes_and_nothing_else() {
    let (origin, app, daemon) = stage("tombstone");
    let grave = "<at:deleted-entry ref=\"tag:e.example,2026:1\" when=\"2026-03-02T00:00:00Z\"/>";
    let cut =
        String::from_utf8(atom(&format!("{grave}{}<entry><id>u", entry(2, "2026-03-01T00:00:00Z")))).unwrap();
    let body = cut.split("\r\n\r\n").nth(1).unwrap().trim_end_matches("</feed>").to_owned();
    origin.answer_from_now("/feed", ok("Content-Type: application/atom+xml\r\n", body));
    refresh(&app);
    assert_eq!(told(&daemon, "/r.atom"), ["tag:e.example,2026:1"]);
    let mut left = ids(&daemon, "/r.json");
    left.sort_unstable();
    assert_eq!(left, ["tag:e.example,2026:2", "tag:e.example,2026:3", "tag:e.example,2026:4"]);
}
