//! `feedmill check` on folders of posts: what the generators themselves would publish.

use crate::app::App;
use serde_json::{Value, json};

const CONFIG: &str = "title: Notes\nurl: https://notes.example.org\ntimezone: Asia/Shanghai\n";

fn site() -> App {
    let app = App::new("");
    app.write("feeds/notes.yaml", "sources:\n  - {posts: ../blog, id: blog}\n");
    app.write("blog/_config.yml", CONFIG);
    let post = |name: &str, text: &str| app.write(&format!("blog/source/_posts/{name}.md"), text);
    post("plain", "---\ntitle: Plain\ndate: 2024-01-01 10:00:00\ntags: [a]\n---\nText.\n");
    post("zone", "---\ntitle: Zone\ndate: 2024-01-02T20:00:00Z\n---\nText.\n");
    post("blank", "\n\n\n---\ntitle: Blank lines\ndate: 2024-01-03 10:00:00\ntags: [b]\n---\nText.\n");
    post("broken", "---\ntitle: \"A \"quoted\" word\"\ndate: 2024-01-04 10:00:00\n---\nText.\n");
    post("off", "---\ntitle: Off\npublished: no\n---\nText.\n");
    app
}

#[test]
fn check_says_what_the_generator_would_publish() {
    let app = site();
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    let feeds = format!("1 feed in {}\n", app.path("feeds").display());
    let config = app.path("blog/_config.yml").display().to_string();
    let zone = format!(
        "{config}: warning: the day in addresses is taken to be that of Asia/Shanghai; Hexo takes the zone of the machine that builds the site
  help: add `permalink_timezone: UTC` to the source where a build service does, else `Asia/Shanghai`
"
    );
    let warnings = "blog/source/_posts/blank.md:4:1: warning: Hexo would not read this front matter: it begins after 3 blank lines
blog/source/_posts/broken.md:2:12: warning: broken front matter: invalid trailing content after double-quoted scalar; read key by key, Hexo would not publish the post
blog/source/_posts/zone.md:3:7: warning: Hexo would publish this at 2024-01-02T20:00:00+08:00
";
    let expected = "notes/blog: 4 posts, hexo: its posts are in `source/_posts`
  by hexo itself: 1 left out, 1 published in addition, 2 published otherwise (`compat: strict` reads as it does)
    source/_posts/blank.md: link none, title none, no date, tags none
    source/_posts/broken.md: left out
    source/_posts/off.md: published
    source/_posts/zone.md: date 2024-01-02T20:00:00+08:00
";
    assert_eq!(told, format!("{zone}{warnings}{expected}{feeds}"));
    let json: Value = serde_json::from_slice(&app.run(&["check", "--format", "json"]).stdout).unwrap();
    let site = &json["sites"][0];
    assert_eq!(
        (&site["source"], &site["generator"], &site["posts"]),
        (&json!("notes/blog"), &json!("hexo"), &json!(4))
    );
    assert_eq!(
        site["strictly"][1],
        json!({"at": "source/_posts/broken.md", "outcome": "left out", "changes": []})
    );
    app.write("feeds/notes.yaml", "sources:\n  - {posts: ../blog, id: blog, compat: strict}\n");
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    let broken = "blog/source/_posts/broken.md:2:12: warning: broken front matter: invalid trailing content after double-quoted scalar\n";
    assert_eq!(
        told,
        format!("{zone}{broken}notes/blog: 4 posts, hexo: its posts are in `source/_posts`\n{feeds}")
    );
}

#[test]
fn check_names_what_is_no_post_in_a_bare_folder() {
    let app = App::new("");
    app.write(
        "feeds/bare.yaml",
        "sources:\n  - {posts: ../bare, id: bare, url: \"https://bare.example.org\", timezone: UTC}\n",
    );
    app.write("bare/README.md", "# About\n");
    app.write("bare/sub/LICENSE.md", "MIT\n");
    app.write("bare/one.md", "---\ntitle: One\ndate: 2024-01-01\n---\nText.\n");
    app.write("bare/index.md", "---\ntitle: A post all the same\ndate: 2024-01-02\n---\nText.\n");
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    let expected = "bare/bare: 2 posts, hexo: its posts' names don't begin with a date
  no posts, as they have no front matter: README.md, sub/LICENSE.md
";
    assert_eq!(told, format!("{expected}1 feed in {}\n", app.path("feeds").display()));
}

fn broken_site() -> App {
    let app = App::new("");
    app.write("feeds/notes.yaml", "sources:\n  - {posts: ../blog, id: blog, site: jekyll}\n");
    app.write("blog/_config.yml", CONFIG);
    let post = |name: &str, text: &str| app.write(&format!("blog/_posts/2024-01-0{name}.md"), text);
    post("1-fine", "---\ntitle: Fine\ndate: 2024-01-01 10:00:00\n---\nText.\n");
    post("2-quote", "---\ntitle: \"Open\n---\nText.\n");
    post("3-date", "---\ntitle: Date\ndate: 2024-13-45\n---\nText.\n");
    post("4-edited", "---\ntitle: Edited\nlast_modified_at: nonsense\n---\nText.\n");
    app
}

#[test]
fn check_tells_every_problem_of_posts_where_it_stands() {
    let app = broken_site();
    let checked = app.run(&["check"]);
    let told = String::from_utf8(checked.stdout).unwrap();
    let problems: Vec<&str> = told.lines().filter(|line| line.starts_with("blog/")).collect();
    assert_eq!(
        problems,
        [
            "blog/_posts/2024-01-02-quote.md:2:8: warning: broken front matter: while scanning a quoted scalar, found unexpected end of stream; read key by key, Jekyll would publish the post without it",
            "blog/_posts/2024-01-03-date.md:3:7: warning: `date: 2024-13-45` is no date that can be read",
            "blog/_posts/2024-01-04-edited.md:3:19: warning: `last_modified_at: nonsense` is no date that can be read",
        ]
    );
    assert_eq!(checked.status.code(), Some(0));
    let json: Value = serde_json::from_slice(&app.run(&["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["ok"], json!(true));
    assert_eq!(json["problems"].as_array().unwrap().len(), problems.len());
}

#[test]
fn a_folder_that_cannot_be_listed_is_told_at_its_line_of_the_feeds_file() {
    let app = App::new("");
    app.write("feeds/notes.yaml", "title: Notes\nsources:\n  - posts:\n      - ../blog\n      - /dev/null\n");
    app.write("blog/2024-01-01-a.md", "A\n");
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    let problem = "`/dev/null`: is neither a file nor a folder";
    assert_eq!(told.lines().next(), Some(&*format!("feeds/notes.yaml:5:9: error: {problem}")));
    // What a collection says of it, and the status with it.
    let built = app.run(&["build", "--out", "out", "--format", "json"]);
    assert_eq!(built.status.code(), Some(2));
    let result: Value = serde_json::from_slice(&built.stdout).unwrap();
    assert_eq!(result["sources"][0]["problems"], json!([{"at": "feeds/notes.yaml:5:9", "message": problem}]));
}

#[test]
fn check_names_a_post_that_cannot_be_read() {
    let app = broken_site();
    let post = app.path("blog/_posts/2024-01-01-fine.md");
    std::fs::remove_file(&post).unwrap();
    std::os::unix::fs::symlink("nowhere", &post).unwrap();
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    let line = told.lines().find(|line| line.contains("2024-01-01-fine.md"));
    assert_eq!(line, Some("_posts/2024-01-01-fine.md: warning: is a link that leads nowhere"));
}

#[test]
fn check_tells_so_many_problems_of_posts_and_counts_the_rest() {
    let app = App::new("");
    app.write("feeds/notes.yaml", "sources:\n  - {posts: ../blog, id: blog, site: jekyll}\n");
    app.write("blog/_config.yml", CONFIG);
    for number in 0..120 {
        let text = "---\ntitle: Date\ndate: 2024-13-45\n---\nText.\n";
        app.write(&format!("blog/_posts/2024-01-01-{number}.md"), text);
    }
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    assert_eq!(told.lines().filter(|line| line.starts_with("blog/")).count(), 100);
    let more = "notes/blog: warning: 20 more problems with posts\n  help: `--format json` tells all\n";
    assert!(told.contains(more), "{told}");
    let json: Value = serde_json::from_slice(&app.run(&["check", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["problems"].as_array().unwrap().len(), 120);
}

#[test]
fn check_goes_on_to_the_feeds_after_a_bad_config() {
    let app = App::new("listne: 127.0.0.1:1\n");
    app.write("feeds/bad.yaml", "sourcs: []\n");
    app.write("feeds/blog.yaml", "sources:\n  - {posts: ../blog, url: \"https://b.example.org\"}\n");
    app.write("blog/one.md", "---\ntitle: One\ndate: 2024-01-01\n---\nText.\n");
    let checked = app.run(&["check"]);
    let told = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(
        told.lines().filter(|line| line.contains(": error: ")).collect::<Vec<_>>(),
        [
            "config/feedmill.yaml:6:1: error: unknown key `listne`, the nearest known key is `listen`",
            "feeds/bad.yaml:1:1: error: `sources` is missing: a feed needs at least one",
            "feeds/bad.yaml:1:1: error: unknown key `sourcs`, the nearest known key is `sources`",
        ]
    );
    assert!(told.ends_with(&format!("1 feed in {}\n", app.path("feeds").display())), "{told}");
    assert_eq!(checked.status.code(), Some(1));
    app.write("config/feedmill.yaml", "feeds: \"x\n");
    let told = String::from_utf8(app.run(&["check", "--state", "state"]).stdout).unwrap();
    assert_eq!(
        told.lines().filter(|line| line.contains(": error: ")).collect::<Vec<_>>(),
        [
            "config/feedmill.yaml:1:8: error: while scanning a quoted scalar, found unexpected end of stream",
            "feeds/bad.yaml:1:1: error: `sources` is missing: a feed needs at least one",
            "feeds/bad.yaml:1:1: error: unknown key `sourcs`, the nearest known key is `sources`",
        ]
    );
}

#[test]
fn check_tells_what_would_end_the_start() {
    let app =
        App::new("on_failure: /nosuch/program\napi:\n  token_file: nosuch\n  metrics_token_file: empty\n");
    app.write("config/empty", "\n");
    let config = std::fs::read_to_string(app.path("config/feedmill.yaml")).unwrap();
    let config = config.replace("listen: 127.0.0.1:0", "listen: unix:/nosuch/dir/s.sock");
    let config = config.replace("state: ../state", "state: feedmill.yaml");
    app.write("config/feedmill.yaml", &config);
    app.write(
        "feeds/own.yaml",
        "sources:\n  - {posts: ../blog, id: blog}\n  - feed: https://feeds.example.org/other.atom\n",
    );
    let checked = app.run(&["check"]);
    assert_eq!(checked.status.code(), Some(1));
    let told = String::from_utf8(checked.stdout).unwrap();
    let mut told: Vec<&str> = told.lines().filter(|line| !line.contains("blog")).collect();
    assert!(told.pop().is_some_and(|last| last.starts_with("1 feed in ")));
    let folder = app.path("config").canonicalize().unwrap();
    let folder = folder.display();
    let missing = "No such file or directory (os error 2)";
    assert_eq!(
        told,
        [
            &format!(
                "config/feedmill.yaml:8:15: error: the token file `{folder}/nosuch` can't be read: {missing}"
            ),
            &format!("config/feedmill.yaml:9:23: error: the token file `{folder}/empty` is empty"),
            "  help: write a long random text into it",
            "config/feedmill.yaml:1:9: error: there is no folder `/nosuch/dir` for the socket",
            "  help: make it, or give `listen` another path",
            &format!(
                "config/feedmill.yaml:4:8: error: the state directory `{folder}/feedmill.yaml` can't be written: not a directory"
            ),
            "config/feedmill.yaml:6:13: warning: there is no program `/nosuch/program`",
            "feeds/own.yaml:3:11: error: `https://feeds.example.org/other.atom` is our own address, which is never fetched",
            "  help: name our feed by its id: `from: [id]`",
        ]
    );
}

#[test]
fn check_names_a_feed_that_has_the_name_of_the_base() {
    let app = App::new("base_url: https://example.org/blog/\n".trim_start());
    let config = std::fs::read_to_string(app.path("config/feedmill.yaml")).unwrap();
    app.write("config/feedmill.yaml", &config.replacen("base_url: https://feeds.example.org\n", "", 1));
    for id in ["blog", "other"] {
        app.write(
            &format!("feeds/{id}.yaml"),
            "sources:\n  - {posts: ../blog, url: \"https://b.example.org\"}\n",
        );
    }
    app.write("blog/one.md", "---\ntitle: One\ndate: 2024-01-01\n---\nText.\n");
    let checked = app.run(&["check"]);
    let told = String::from_utf8(checked.stdout).unwrap();
    assert_eq!(
        told.lines().filter(|line| line.contains("base_url")).collect::<Vec<_>>(),
        [
            "feeds/blog.yaml:1:1: warning: `/blog` is the path of `base_url`, so that the index is there: the page of this feed is at `/blog/blog` alone"
        ]
    );
    assert_eq!(checked.status.code(), Some(0));
}
