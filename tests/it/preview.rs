//! `feedmill preview`: the stages of a feed, a URL or a path, printed.

use crate::app::App;
use crate::origin::{Origin, bare, ok};
use serde_json::{Value, json};
use std::process::Output;

const RSS: &str = "<rss version=\"2.0\"><channel><title>R</title><link>https://r.example.org/</link>\
    <item><guid>urn:x:1</guid><title>One</title><category>a/b</category><pubDate>Mon, 01 Jan 2024 10:00:00 GMT</pubDate></item>\
    </channel></rss>";

fn site() -> App {
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: Asia/Shanghai\n");
    for (number, title) in ["One", "Two", "Secret", "Four"].into_iter().enumerate() {
        app.post(number, title);
    }
    app
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn parsed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", stderr(output)))
}

#[test]
fn the_published_document_of_a_feed_is_the_one_that_is_served() {
    let app = site();
    let feed =
        "limit: 2\nfeed_id: urn:x:news\nfilter: {exclude: [{title: Secret}]}\nsources:\n  - posts: ../site\n";
    app.write("feeds/news.yaml", feed);
    app.write("feeds/other.yaml", "sources:\n  - posts: ../site\n");
    for format in ["atom", "rss", "json"] {
        let output = app.run(&["preview", "news", "--stage", "publish", "--as", format]);
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
        assert!(!app.path("state").exists(), "nothing is stored");
        let built = app.run(&["build", "--out", "out", "--state", &format!("built-{format}")]);
        assert_eq!(built.status.code(), Some(0), "{}", stderr(&built));
        let document = std::fs::read_to_string(app.path(&format!("out/news.{format}"))).unwrap();
        assert_eq!(stdout(&output), document);
    }
    let published = parsed(&app.run(&["preview", "news", "--stage", "publish", "--as", "json"]));
    let titles: Vec<_> = published["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
    assert_eq!(titles, ["Four", "Two"]);
    assert_eq!(published["feed_url"], "https://feeds.example.org/news.json");
}

#[test]
fn early_stages_have_a_json_of_their_own() {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
    app.write("site/_posts/2024-01-01-a.md", "---\ntitle: A\ntags: [x, y]\ndraft:\n---\nText.\n");
    let stage = |stage: &str| parsed(&app.run(&["preview", "site", "--stage", stage, "--format", "json"]));
    let at = app.path("site").display().to_string();
    let because = "its posts are in `_posts`";
    assert_eq!(
        stage("collect"),
        json!({"sources": [{"kind": "posts", "at": at, "generator": "jekyll", "because": because,
            "files": [{"at": "_posts/2024-01-01-a.md", "bytes": 43}]}], "problems": []})
    );
    let front_matter = json!({"title": "A", "tags": ["x", "y"], "draft": null});
    assert_eq!(
        stage("parse"),
        json!({"sources": [{"kind": "posts", "at": at, "generator": "jekyll",
            "posts": [{"at": "_posts/2024-01-01-a.md", "front_matter": front_matter, "body": "Text.\n"}]}],
            "problems": []})
    );
    let told = stdout(&app.run(&["preview", "site", "--stage", "parse"]));
    assert_eq!(
        told.replace(&at, "AT"),
        "kind: posts\nat: AT\ngenerator: jekyll\nposts:\n  -\n    at: _posts/2024-01-01-a.md\n    front_matter:\n      title: A\n      tags:\n        - x\n        - y\n    body: |\n      Text.\n"
    );
}

#[test]
fn what_a_feed_says_is_printed_as_it_says_it() {
    let app = App::new("");
    app.write("r.xml", RSS);
    let stage = |stage: &str| parsed(&app.run(&["preview", "r.xml", "--stage", stage, "--format", "json"]));
    let at = format!("file://{}", app.path("r.xml").display());
    assert_eq!(
        stage("collect"),
        json!({"sources": [{"kind": "feed", "at": at, "bytes": RSS.len()}], "problems": []})
    );
    let source = &stage("parse")["sources"][0];
    assert_eq!(source["format"], "rss 2.0");
    assert_eq!(source["complete"], true);
    assert_eq!(
        source["entries"],
        json!([{"id": "urn:x:1", "id_is_link": true, "title": {"value": "One", "html": true}, "links": [],
            "published": "Mon, 01 Jan 2024 10:00:00 GMT", "authors": [], "categories": [{"term": "a/b"}],
            "keywords": [], "images": [], "enclosures": [], "extensions": []}])
    );
}

#[test]
fn one_source_that_fails_is_named_and_the_others_are_shown() {
    let app = site();
    let origin = Origin::start();
    origin.answer_from_now("/good", ok("Content-Type: application/rss+xml\r\n", RSS.as_bytes()));
    origin.answer_from_now("/bad", bare(404, ""));
    let sources = format!(
        "sources:\n  - {{feed: \"{}\", id: good}}\n  - {{feed: \"{}\", id: bad}}\n",
        origin.url("/good"),
        origin.url("/bad")
    );
    app.write("feeds/two.yaml", &sources);
    let bad = format!("{}: answered 404", origin.url("/bad"));
    for stage in ["collect", "parse", "map", "publish"] {
        let output = app.run(&["preview", "two", "--stage", stage]);
        assert_eq!(output.status.code(), Some(2), "{stage}");
        let at = if stage == "publish" { "" } else { "two/bad: error: " };
        assert!(stderr(&output).starts_with(&format!("{at}{}", "")), "{}", stderr(&output));
        assert!(stderr(&output).contains("404"), "{bad} in {}", stderr(&output));
        assert!(!stdout(&output).is_empty());
    }
    let mapped = parsed(&app.run(&["preview", "two", "--format", "json"]));
    assert_eq!(mapped["entries"].as_array().unwrap().len(), 1);
    assert_eq!(mapped["problems"][0]["at"], "two/bad");
    app.write("feeds/two.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/bad")));
    for stage in ["map", "publish"] {
        assert_eq!(app.run(&["preview", "two", "--stage", stage]).status.code(), Some(1));
    }
}

#[test]
fn keys_of_a_posts_source_go_with_a_path_and_are_read_as_in_a_feed_file() {
    let app = site();
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n");
    app.write("r.xml", RSS);
    let refused = |arguments: &[&str]| {
        let output = app.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        stderr(&output)
    };
    let with = |flag: &str, what: &str| {
        format!(
            "error: `{flag}` stands for a key of a posts source: it goes with the path of posts, not with {what}\n"
        )
    };
    assert_eq!(refused(&["preview", "news", "--url", "https://x.example.org"]), with("--url", "a feed"));
    assert_eq!(
        refused(&["preview", "news", "--stage", "publish", "--timezone", "UTC"]),
        with("--timezone", "a feed")
    );
    assert_eq!(
        refused(&["preview", "http://x.example.org/", "--compat", "strict"]),
        with("--compat", "a URL")
    );
    assert_eq!(refused(&["preview", "r.xml", "--permalink", "/:title/"]), with("--permalink", "a feed"));
    assert_eq!(
        refused(&["preview", "site", "--url", "nope"]),
        "error: `--url`: expected an address that begins with `https://` or `http://`, found `nope` (relative URL without a base)\n"
    );
}

#[test]
fn a_feed_that_is_not_there_is_told_of_no_other_feeds_file() {
    let app = App::new("");
    app.write("feeds/blob.yaml", "titel: Bad\n");
    let none = app.run(&["preview", "b"]);
    assert_eq!(none.status.code(), Some(1));
    let folder = app.path("feeds");
    let told = format!("error: `b` is no path that is there, and no feed in {}\n", folder.display());
    assert_eq!(stderr(&none), told);
    assert!(
        stderr(&app.run(&["preview", "blob"])).contains("feeds/blob.yaml:1:1: error: unknown key `titel`")
    );
}

#[test]
fn a_path_and_a_feed_of_one_name() {
    let app = App::new("");
    app.write("hx/_posts/2024-01-01-a.md", "---\ntitle: A\n---\nText.\n");
    app.write("feeds/hx.yaml", "title: Mine\nsources:\n  - posts: ../hx\n    url: https://hx.example.org\n");
    let path = app.run(&["preview", "hx"]);
    assert_eq!(stdout(&path).lines().next(), Some("jekyll: (no title) (1 entry)"));
    assert_eq!(
        stderr(&path),
        "`hx` is read as the path here; there is a feed `hx`, too, which `--feeds DIR` or another folder shows\n"
    );
    let feed = app.run(&["preview", "hx", "--feeds", "feeds"]);
    assert_eq!(
        (stdout(&feed).lines().next(), stderr(&feed)),
        (Some("jekyll: Mine (1 entry)"), String::new())
    );
    assert_eq!(stdout(&app.run(&["preview", "./hx", "--feeds", "feeds"])), stdout(&path));
}

#[test]
fn the_document_of_a_path_has_what_shows_now() {
    let app = App::new("");
    let url = ["--site", "hugo", "--url", "https://h.example.org", "--stage", "publish", "--as", "json"];
    app.write("site/content/now.md", "---\ntitle: Now\ndate: 2024-01-01\n---\nText.\n");
    app.write("site/content/then.md", "---\ntitle: Then\ndate: 2999-01-01\n---\nText.\n");
    app.write(
        "site/content/over.md",
        "---\ntitle: Over\ndate: 2020-01-01\nexpiryDate: 2021-01-01\n---\nText.\n",
    );
    let published = parsed(&app.run(&[&["preview", "site"], &url[..]].concat()));
    let titles: Vec<_> = published["items"].as_array().unwrap().iter().map(|item| &item["title"]).collect();
    assert_eq!(titles, ["Now"]);
}
