//! A post that names another: what becomes of it when that one comes, moves and goes.

use crate::app::{App, Daemon};
use std::fs;

fn write(app: &App, name: &str, head: &str, body: &str) {
    app.write(&format!("site/_posts/{name}.md"), &format!("---\ntitle: T\n{head}---\n{body}\n"));
}

/// The text of the entry at this path of the site.
fn content(daemon: &Daemon, path: &str) -> String {
    let items = daemon.get("/news.json").json()["items"].as_array().unwrap().clone();
    let item = items.iter().find(|item| item["url"] == format!("https://news.example.org{path}")).unwrap();
    item["content_html"].as_str().unwrap().to_owned()
}

fn warns(app: &App) -> bool {
    String::from_utf8(app.run(&["status"]).stdout).unwrap().contains("there is no such post")
}

#[test]
fn a_link_follows_the_post_that_it_names() {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\n");
    app.write("feeds/news.yaml", "limit: 1000\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
    write(&app, "2026-01-01-a", "", "[b]({% post_url 2026-01-02-b %})");
    write(&app, "2026-01-01-z", "", "z");
    let daemon = app.start();
    assert!(app.run(&["refresh", "--wait"]).status.success());
    let a = || content(&daemon, "/2026/01/01/a.html");
    let to = |address: &str| format!("<p><a href=\"{address}\">b</a></p>");
    assert_eq!((a(), warns(&app)), (to("https://news.example.org/2026/01/01/a.html#"), true));
    write(&app, "2026-01-02-b", "", "b");
    daemon.wait_for("new=1 changed=1 gone=0").unwrap();
    assert_eq!((a(), warns(&app)), (to("https://news.example.org/2026/01/02/b.html"), false));
    write(&app, "2026-01-02-b", "permalink: /moved/\n", "b");
    daemon.wait_for("new=0 changed=2 gone=0").unwrap();
    assert_eq!(a(), to("https://news.example.org/moved/"));
    fs::remove_file(app.path("site/_posts/2026-01-02-b.md")).unwrap();
    daemon.wait_for("new=0 changed=1 gone=1").unwrap();
    assert_eq!((a(), warns(&app)), (to("https://news.example.org/2026/01/01/a.html#"), true));
    // A post that came by itself, and then one that names it.
    write(&app, "2026-01-03-c", "", "c");
    daemon.wait_for("new=1 changed=0 gone=0").unwrap();
    write(&app, "2026-01-04-d", "", "[b]({% post_url 2026-01-03-c %})");
    daemon.wait_for("new=1 changed=0 gone=0").unwrap();
    assert_eq!(content(&daemon, "/2026/01/04/d.html"), to("https://news.example.org/2026/01/03/c.html"));
}
