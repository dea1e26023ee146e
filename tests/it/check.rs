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
    let feeds = format!("1 feeds in {}\n", app.path("feeds").display());
    let expected = "notes/blog: 4 posts, hexo: its posts are in `source/_posts`
  by hexo itself: 1 left out, 1 published in addition, 2 published otherwise (`compat: strict` reads as it does)
    source/_posts/blank.md: link `https://notes.example.org/blank/`, title none, no date, tags none
    source/_posts/broken.md: left out
    source/_posts/off.md: published
    source/_posts/zone.md: link `https://notes.example.org/2024/01/02/zone/`, date 2024-01-02T20:00:00+08:00
";
    assert_eq!(told, format!("{expected}{feeds}"));
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
    assert_eq!(told, format!("notes/blog: 4 posts, hexo: its posts are in `source/_posts`\n{feeds}"));
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
    assert_eq!(told, format!("{expected}1 feeds in {}\n", app.path("feeds").display()));
}
