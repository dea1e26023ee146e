//! A post that stands at a URL is read like a file.

use crate::app::App;
use crate::origin::{Origin, bare, ok};
use serde_json::{Value, json};

const PLACE: &str = "/me/blog/main/docs/_posts/2024-05-06-hello-you.md";
const POST: &str = "---\ntitle: Hello\ncategories: [a, b]\ntags: [x]\n---\nText with [a link](/about/).\n";

fn app(origin: &Origin, keys: &str) -> App {
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], min_interval: 0s, host_interval: 0s}\n");
    let url = origin.url(PLACE);
    app.write(
        "feeds/notes.yaml",
        &format!("sources:\n  - posts: {url}\n    url: https://notes.example.org\n{keys}"),
    );
    app
}

fn built(app: &App, code: i32) -> Value {
    let output = app.run(&["build", "--out", "out", "--format", "json"]);
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    result["sources"][0].clone()
}

fn served(app: &App) -> Value {
    serde_json::from_str(&std::fs::read_to_string(app.path("out/notes.json")).unwrap()).unwrap()
}

#[test]
fn a_post_by_url_is_read_as_its_generator_would() {
    let origin = Origin::start();
    origin.answer(PLACE, ok("Content-Type: text/plain; charset=utf-8\r\nETag: \"1\"\r\n", POST));
    let app = app(&origin, "    timezone: Asia/Shanghai\n");
    let preview = app.run(&["preview", "notes", "--stage", "map", "--format", "json"]);
    let preview: Value = serde_json::from_slice(&preview.stdout).unwrap();
    let entry = json!({
        "id": "https://notes.example.org/a/b/2024/05/06/hello-you",
        "title": "Hello",
        "link": "https://notes.example.org/a/b/2024/05/06/hello-you.html",
        "published": "2024-05-06T00:00:00+08:00",
        "authors": [],
        "categories": [["a"], ["b"]],
        "tags": ["x"],
        "content": "<p>Text with <a href=\"https://notes.example.org/about/\">a link</a>.</p>",
        "enclosures": [],
        "at": "2024-05-06-hello-you.md",
    });
    assert_eq!((&preview["format"], &preview["entries"]), (&json!("jekyll"), &json!([entry])));
    let found = built(&app, 0);
    assert_eq!((&found["outcome"], &found["new"]), (&json!("updated"), &json!(1)));
    assert_eq!(served(&app)["items"][0]["id"], entry["id"]);

    // It is asked for like any URL, and what it says anew is shown under its old id.
    origin.answer_from_now(PLACE, bare(304, ""));
    assert_eq!(built(&app, 0)["outcome"], "unchanged");
    assert_eq!(origin.last_field("if-none-match").as_deref(), Some("\"1\""));
    origin.answer_from_now(PLACE, ok("", POST.replace("Hello", "Hello again")));
    assert_eq!(built(&app, 0)["changed"], 1);
    let item = &served(&app)["items"][0];
    assert_eq!((&item["id"], &item["title"]), (&entry["id"], &json!("Hello again")));

    // What it is on other days: no more to be seen as a draft, then again, under its old id.
    origin.answer_from_now(PLACE, ok("", POST.replace("title: Hello", "title: Hello\npublished: false")));
    assert_eq!(built(&app, 0)["gone"], 1);
    assert_eq!(served(&app)["items"], json!([]));
    origin.answer_from_now(PLACE, ok("", POST.replace("Hello", "\"Hello \"you\"\"")));
    let found = built(&app, 0);
    assert_eq!(found["problems"][0]["at"], format!("{}:2:16", origin.url(PLACE)), "{found}");
    let item = &served(&app)["items"][0];
    assert_eq!((&item["id"], &item["title"]), (&entry["id"], &json!("Hello \"you\"")));
}

#[test]
fn no_answer_but_a_post_changes_what_is_served() {
    let origin = Origin::start();
    origin.answer(PLACE, ok("", POST));
    let app = app(&origin, "");
    built(&app, 0);
    let page = "<!DOCTYPE html><title>Sign in</title>";
    for (answer, message) in [
        (ok("Content-Type: text/html; charset=utf-8\r\n", "<p>Sign in</p>"), "answered a page, no post"),
        (ok("Content-Type: text/plain\r\n", page), "answered a page, no post"),
        (ok("", ""), "the answer is empty"),
        (bare(404, "").into_bytes(), "answered 404"),
    ] {
        origin.answer_from_now(PLACE, &answer);
        let found = built(&app, 2);
        assert_eq!(
            (&found["outcome"], &found["problems"][0]["message"]),
            (&json!("failed"), &json!(message))
        );
        assert_eq!(found["problems"][0]["at"], origin.url(PLACE));
        assert_eq!(served(&app)["items"][0]["title"], "Hello");
    }
}

#[test]
fn the_preview_of_a_posts_url_takes_the_keys_of_posts() {
    let origin = Origin::start();
    origin.answer("/post.md", ok("", "+++\ntitle = \"T\"\ndate = 2024-05-06\ndraft = true\n+++\nText.\n"));
    origin.answer("/x.md", ok("", "---\ntitle: \"A \"B\" C\"\n---\nText.\n"));
    let app = app(&origin, "");
    let seen = |path: &str, keys: &[&str]| -> Value {
        let url = origin.url(path);
        let arguments: Vec<&str> =
            ["preview", &url, "--format", "json"].iter().chain(keys).copied().collect();
        serde_json::from_slice(&app.run(&arguments).stdout).unwrap()
    };
    // A draft is read, and no entry.
    let draft = seen("/post.md", &["--site", "hugo", "--url", "https://h.example.org/"]);
    assert_eq!((&draft["format"], &draft["entries"]), (&json!("hugo"), &json!([])));
    let broken = seen("/x.md", &["--site", "hexo", "--url", "https://h.example.org/"]);
    assert_eq!(broken["entries"][0]["title"], "A \"B\" C");
    let places: Vec<&Value> = broken["problems"].as_array().unwrap().iter().map(|one| &one["at"]).collect();
    assert_eq!(places, [&origin.url("/x.md"), &format!("{}:2:12", origin.url("/x.md"))]);
}
