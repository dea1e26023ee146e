//! A site's config that is away, cut or broken for a moment: what was read by it stays.

use crate::app::App;
use serde_json::Value;
use std::fs;

/// Id, config with its text, a post's path, and how the config looks when it is cut.
const SITES: [(&str, &str, &str, &str, &str); 6] = [
    (
        "hugo",
        "hugo.toml",
        "baseURL = \"https://h.example.org/\"\n[permalinks]\nposts = \"/:year/:slug/\"\n",
        "content/posts/p{}.md",
        "baseURL = ",
    ),
    (
        "hexo",
        "_config.yml",
        "title: X\nurl: https://x.example.org\npermalink: :year/:title/\nsource_dir: source\n",
        "source/_posts/p{}.md",
        "title: X\nurl: [a",
    ),
    (
        "jekyll",
        "_config.yml",
        "title: J\nurl: https://j.example.org\nexclude: [secret]\n",
        "_posts/2024-01-02-p{}.md",
        "title: J\nu",
    ),
    (
        "zola",
        "config.toml",
        "base_url = \"https://z.example.org\"\ntitle = \"Z\"\n",
        "content/blog/p{}.md",
        "base_url = \"h",
    ),
    (
        "pelican",
        "pelicanconf.py",
        "SITENAME = 'P'\nSITEURL = 'https://p.example.org'\nPATH = 'content'\n",
        "content/p{}.md",
        "SITENAME = 'P'\nSITEURL = 'htt",
    ),
    (
        "eleventy",
        ".eleventy.js",
        "module.exports = function (c) { return { dir: { input: 'src' } } }\n",
        "src/posts/p{}.md",
        "module.exp",
    ),
];

fn post(app: &App, (id, _, _, path, _): (&str, &str, &str, &str, &str), number: usize) {
    let front = format!("title: Post {number}\ndate: 2024-01-02 10:00:00\n");
    let text = match id {
        "zola" => format!("+++\ntitle = \"Post {number}\"\ndate = 2024-01-02\n+++\nText.\n"),
        "pelican" => format!("Title: Post {number}\nDate: 2024-01-02 10:00\n\nText.\n"),
        _ => format!("---\n{front}---\nText.\n"),
    };
    app.write(&format!("{id}/{}", path.replace("{}", &number.to_string())), &text);
}

/// What each feed shows.
fn items(app: &App) -> Vec<Value> {
    let read = |id: &str| fs::read_to_string(app.path(&format!("out/{id}.json"))).unwrap();
    SITES.iter().map(|(id, ..)| serde_json::from_str::<Value>(&read(id)).unwrap()["items"].clone()).collect()
}

/// The sources after a collection, by their order.
fn build(app: &App) -> Vec<Value> {
    let output = app.run(&["build", "--out", "out", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut sources = report["sources"].as_array().unwrap().clone();
    let place = |source: &Value| SITES.iter().position(|site| source["feed"] == site.0);
    sources.sort_by_key(place);
    sources
}

#[test]
fn a_config_that_is_away_or_cut_holds_what_was_read_by_it() {
    let app = App::new("");
    for site in SITES {
        let (id, config, text, ..) = site;
        app.write(
            &format!("feeds/{id}.yaml"),
            &format!("title: T\nsources:\n  - {{posts: ../{id}, id: b}}\n"),
        );
        app.write(&format!("{id}/{config}"), text);
        (1..=3).for_each(|number| post(&app, site, number));
        if id == "hugo" {
            let future = "---\ntitle: Expired\ndate: 2024-01-02\nexpiryDate: 2024-02-01\n---\nText.\n";
            app.write("hugo/content/posts/e.md", future);
        }
        app.write(&format!("{id}/secret/_posts/2024-01-01-s.md"), "---\ntitle: Excluded\n---\nText.\n");
    }
    app.write("eleventy/package.json", "{\"devDependencies\": {\"@11ty/eleventy\": \"3\"}}");
    assert!(build(&app).iter().all(|source| source["outcome"] == "updated"));
    let before = items(&app);
    let said = |source: &Value| source["problems"].to_string();
    let holds = |why: &str| {
        for (source, (id, config, ..)) in build(&app).iter().zip(SITES) {
            assert_eq!(source["outcome"], "failed", "{id} {why}: {source}");
            assert!(said(source).contains(&format!("{id}/{config}")), "{id} {why}: {source}");
            assert!(said(source).contains("so its entries stay as they are"), "{id} {why}: {source}");
            let help = format!("put it right, or `feedmill accept {id}/b` goes on without");
            assert!(said(source).contains(&help), "{id} {why}: {source}");
        }
        assert_eq!(items(&app), before, "{why}");
    };
    for (id, config, ..) in SITES {
        fs::remove_file(app.path(&format!("{id}/{config}"))).unwrap();
    }
    holds("away");
    SITES.iter().for_each(|site| post(&app, *site, 4));
    holds("away, with a new post");
    for (id, config, _, _, cut) in SITES {
        app.write(&format!("{id}/{config}"), cut);
    }
    holds("cut");
    for (id, config, ..) in SITES {
        app.write(&format!("{id}/{config}"), "\n");
    }
    holds("empty");
    for (id, config, text, ..) in SITES {
        app.write(&format!("{id}/{config}"), text);
    }
    for (source, (id, ..)) in build(&app).iter().zip(SITES) {
        assert_eq!((&source["outcome"], &source["new"]), (&"updated".into(), &1.into()), "{id}: {source}");
        assert_eq!(source["changed"], 0, "{id}: {source}");
    }
}

#[test]
fn a_site_that_really_lost_its_config_is_accepted_or_defined_anew() {
    let app = App::new("");
    let feed = "title: T\nsources:\n  - {posts: ../blog, id: b, url: \"https://a.example.org\"}\n";
    app.write("feeds/blog.yaml", feed);
    app.write("blog/_config.yml", "title: J\ntimezone: UTC\n");
    app.write("blog/_posts/2024-01-02-a.md", "---\ntitle: A\n---\nText.\n");
    let outcome = || {
        let output = app.run(&["build", "--out", "out", "--format", "json"]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["sources"][0]["outcome"].as_str().unwrap().to_owned()
    };
    assert_eq!(outcome(), "updated");
    // Under another name it is the same site's.
    fs::rename(app.path("blog/_config.yml"), app.path("blog/_config.yaml")).unwrap();
    assert_eq!(outcome(), "unchanged");
    fs::remove_file(app.path("blog/_config.yaml")).unwrap();
    assert_eq!([outcome(), outcome()], ["failed", "failed"]);
    app.write("feeds/blog.yaml", &feed.replace("id: b", "id: b, site: jekyll"));
    assert_eq!([outcome(), outcome()], ["unchanged", "unchanged"]);
    // A fault that was there from the start holds nothing.
    app.write("blog/_config.yml", "title: [J\n");
    assert_eq!([outcome(), outcome()], ["unchanged", "unchanged"]);
    app.write("blog/_config.yml", "title: J\n");
    assert_eq!(outcome(), "unchanged");
    app.write("blog/_config.yml", "title: [J\n");
    assert_eq!(outcome(), "failed");
    let daemon = app.start();
    assert!(app.run(&["accept", "blog/b"]).status.success());
    app.run(&["refresh", "--wait"]);
    let status: Value = serde_json::from_slice(&app.run(&["status", "--format", "json"]).stdout).unwrap();
    assert_eq!(status["feeds"][0]["sources"][0]["outcome"], "unchanged", "{status}");
    drop(daemon);
}
