//! One post through its life: hidden and shown again, retitled, renamed, moved to another
//! address. A reader who has it never sees it a second time.

use crate::app::App;
use serde_json::Value;
use std::fs;

const FEED: &str = "title: T\nsources:\n  - {posts: ../blog, id: blog, timezone: UTC}\n";

fn config(url: &str) -> String {
    format!("title: Blog\nurl: {url}\npermalink: /:year/:slug/\n")
}

/// Id and link of each item of the feed, after a collection.
fn items(app: &App) -> Vec<(String, String)> {
    let output = app.run(&["build", "--out", "out"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(app.path("out/blog.json")).unwrap();
    let feed: Value = serde_json::from_str(&text).unwrap();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    feed["items"].as_array().unwrap().iter().map(|item| (text(item, "id"), text(item, "url"))).collect()
}

#[test]
fn a_post_keeps_its_id_through_its_life() {
    let app = App::new("");
    app.write("feeds/blog.yaml", FEED);
    app.write("blog/_config.yml", &config("http://old.example.org"));
    app.write("blog/_posts/2024-01-01-other.md", "---\ntitle: Other\n---\nText.\n");
    let post = |front: &str| app.write("blog/_posts/2024-01-02-a.md", &format!("---\n{front}\n---\nText.\n"));
    let other = |host: &str| ("http://old.example.org/2024/other".to_owned(), format!("{host}/2024/other/"));
    let ours = |link: &str| ("http://old.example.org/2024/a".to_owned(), link.to_owned());

    post("title: First");
    let old = "http://old.example.org";
    assert_eq!(items(&app), [ours("http://old.example.org/2024/a/"), other(old)]);
    // A draft again: it goes; published again: it is the same entry.
    post("title: First\ndraft: true");
    assert_eq!(items(&app), [other(old)]);
    post("title: First");
    assert_eq!(items(&app), [ours("http://old.example.org/2024/a/"), other(old)]);
    // Another title and another address of its own.
    post("title: Second\nslug: b");
    assert_eq!(items(&app), [ours("http://old.example.org/2024/b/"), other(old)]);
    // Another file with the same address: found by its generator's id.
    fs::rename(app.path("blog/_posts/2024-01-02-a.md"), app.path("blog/_posts/2024-01-02-b.md")).unwrap();
    assert_eq!(items(&app).len(), 2);
    // The site moves: links follow, ids stay.
    app.write("blog/_config.yml", &config("https://new.example.net"));
    let moved = items(&app);
    assert_eq!(moved[1], other("https://new.example.net"));
    assert_eq!(moved[0].1, "https://new.example.net/2024/b/");
}
