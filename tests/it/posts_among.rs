//! Posts of one source in several places, and what many of them ask of each other.

use crate::app::App;
use chrono::{DateTime, Utc};
use feedmill::definition::{Compat, GeneratorConfig, PostsSource, SiteKind};
use feedmill::map::posts::{Others, Site, SiteFiles};
use feedmill::model::Entry;
use std::cell::Cell;
use std::collections::HashMap;
use std::path::PathBuf;

/// A site of these posts, each mapped; and how many times one of them was read for another.
fn mapped(kind: SiteKind, config: &str, posts: &HashMap<String, String>) -> (Vec<Entry>, usize) {
    let mut paths: Vec<String> = posts.keys().cloned().collect();
    paths.sort();
    let source = PostsSource {
        paths: Vec::new(),
        written: Vec::new(),
        site: kind,
        compat: Compat::Plain,
        url: Some("https://e.example.org".to_owned()),
        permalink: None,
        permalink_timezone: None,
        timezone: Some(chrono_tz::UTC),
        fallback_timezone: chrono_tz::UTC,
        timezone_assumed: false,
        fallback_url: None,
        generator_config: GeneratorConfig::Found,
        ids_from: None,
    };
    let found = SiteFiles {
        config: Some((PathBuf::from("_config.yml"), config.to_owned())),
        paths: paths.clone(),
        ..SiteFiles::default()
    };
    let (site, problems) = Site::resolve(&source, &found);
    assert_eq!(problems, []);
    let reads = Cell::new(0);
    let others = Others::new(|path| {
        reads.set(reads.get() + 1);
        posts.get(path).map(|text| text.clone().into_bytes())
    });
    let now: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
    let entries = paths.iter().filter_map(|path| {
        let mapped = site.map(path, posts[path].as_bytes(), &others, now);
        assert_eq!(mapped.problems, [], "{path}");
        mapped.entry
    });
    (entries.collect(), reads.get())
}

#[test]
fn posts_that_all_name_all_are_read_once_each() {
    let many = 100;
    for (kind, folder, extension, tag) in [
        (SiteKind::Jekyll, "_posts/2024-01-01-", "md", "post_url 2024-01-01-"),
        (SiteKind::Hexo, "source/_posts/", "md", "post_path "),
    ] {
        let links: Vec<String> = (0..many).map(|n| format!("- [{n}]({{% {tag}p{n} %}})\n")).collect();
        let posts = (0..many).map(|n| {
            let text = format!("---\ntitle: P{n}\ndate: 2024-01-01\n---\n{}", links.concat());
            (format!("{folder}p{n}.{extension}"), text)
        });
        let (entries, reads) = mapped(kind, "title: All\n", &posts.collect());
        assert_eq!((entries.len(), reads), (many, many));
        for entry in entries {
            let content = entry.content.unwrap();
            assert_eq!((content.matches("<a href=").count(), content.contains("\"#\"")), (many, false));
        }
    }
}

#[test]
fn twenty_thousand_posts_share_no_number() {
    let posts: HashMap<String, String> = (0..20_000)
        .map(|n| {
            let title = if n % 2 == 0 { String::new() } else { format!("title: Post {n}\n") };
            (format!("source/_posts/p{n:05}.md"), format!("---\n{title}date: 2024-01-01\n---\n"))
        })
        .collect();
    let config = "permalink: p/:abbrlink/\nabbrlink: {alg: crc16, rep: dec}\n";
    let (entries, reads) = mapped(SiteKind::Hexo, config, &posts);
    let links: HashMap<String, String> =
        entries.into_iter().map(|entry| (entry.link.unwrap(), entry.at)).collect();
    assert_eq!((links.len(), reads), (20_000, 20_000));
    assert_eq!(links["https://e.example.org/p/0/"], "source/_posts/p00000.md");
}

#[test]
fn a_list_within_one_site_has_its_addresses() {
    let app = App::new("");
    app.write("site/hugo.toml", "title = 'S'\nbaseURL = 'https://s.example.org/'\n");
    app.write("site/content/posts/a.md", "---\ntitle: A\ndate: 2024-01-02\n---\na\n");
    app.write("site/content/notes/a.md", "---\ntitle: N\ndate: 2024-01-01\n---\nn\n");
    let list = "sources:\n  - {posts: [../site/content/posts, ../site/content/notes, ../site/content/notes/a.md], timezone: UTC}\n";
    app.write("feeds/s.yaml", list);
    let daemon = app.start();
    assert!(app.run(&["refresh", "--wait"]).status.success());
    let items = daemon.get("/s.json").json()["items"].as_array().unwrap().clone();
    let urls: Vec<&str> = items.iter().map(|item| item["url"].as_str().unwrap()).collect();
    assert_eq!(urls, ["https://s.example.org/posts/a/", "https://s.example.org/notes/a/"]);
}

#[test]
fn a_list_over_two_sites_is_refused_by_name() {
    let app = App::new("");
    for (site, post) in [("j1", "2024-01-01-a"), ("j2", "2024-01-01-a")] {
        app.write(
            &format!("{site}/_config.yml"),
            &format!("url: https://{site}.example.org\ntimezone: UTC\n"),
        );
        app.write(&format!("{site}/_posts/{post}.md"), "---\ntitle: A\n---\na\n");
    }
    app.write("feeds/j.yaml", "sources:\n  - posts: [../j1/_posts, ../j2/_posts]\n");
    let checked = app.run(&["check"]);
    let told = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
    let place = |below: &str| app.path(below).canonicalize().unwrap().display().to_string();
    let message = format!(
        "stands in the site of `{}`, and `{}` in that of `{}`\n  help: make each a source of its own",
        place("j2/_config.yml"),
        place("j1/_posts"),
        place("j1/_config.yml")
    );
    assert!(told.contains(&message), "{told}");
    assert!(!checked.status.success());
    // Without a config there is one site for all of them.
    for site in ["j1", "j2"] {
        std::fs::remove_file(app.path(&format!("{site}/_config.yml"))).unwrap();
    }
    let told = String::from_utf8(app.run(&["check"]).stdout).unwrap();
    assert!(told.contains(": 2 posts, jekyll"), "{told}");
}

#[test]
fn a_site_behind_a_folder_that_has_none_is_refused_by_name() {
    let app = App::new("");
    app.write("loose/a.md", "---\ntitle: A\n---\na\n");
    app.write("site/hugo.toml", "baseURL = \"https://h.example.org/\"\n");
    app.write("site/content/posts/b.md", "---\ntitle: B\n---\nb\n");
    app.write(
        "feeds/h.yaml",
        "sources:\n  - posts: [../loose, ../site/content]\n    url: https://h.example.org\n",
    );
    let checked = app.run(&["check"]);
    let told = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
    let place = |below: &str| app.path(below).canonicalize().unwrap().display().to_string();
    let expected = format!(
        "stands in the site of `{}`, and `{}` in none\n  help: make each a source of its own",
        place("site/hugo.toml"),
        place("loose"),
    );
    assert!(told.contains(&expected), "{told}");
}

#[test]
fn a_time_zone_of_the_feed_or_the_config_is_one() {
    for (config, feed, warns) in [
        ("", "", true),
        ("", "timezone: Asia/Tokyo\n", false),
        ("defaults: {timezone: Asia/Tokyo}\n", "", false),
    ] {
        let app = App::new("");
        let fixed = "listen: 127.0.0.1:0\nbase_url: https://feeds.example.org\nstate: ../state\n";
        app.write("config/feedmill.yaml", &format!("{fixed}{config}"));
        app.write("blog/_config.yml", "url: https://b.example.org\n");
        app.write("blog/_posts/2024-01-01-a.md", "---\ntitle: A\n---\na\n");
        app.write("feeds/b.yaml", &format!("{feed}sources:\n  - posts: ../blog\n"));
        let checked = app.run(&["check"]);
        let told = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
        let message = "neither the source nor the site says a time zone";
        assert_eq!(told.contains(message), warns, "{config}{feed}: {told}");
    }
}

#[test]
fn a_site_whose_feed_has_excerpts_alone_gives_the_first_paragraph() {
    let posts = HashMap::from([(
        "_posts/2024-01-01-a.md".to_owned(),
        "---\ntitle: A\n---\nFirst *words*.\n\nSecond.\n".to_owned(),
    )]);
    for (config, summary) in [
        ("feed: {excerpt_only: true}", Some("<p>First <em>words</em>.</p>")),
        ("feed: {excerpt_only: true}\nexcerpt_separator: words", Some("<p>First *</p>")),
        ("feed: {excerpt_only: false}", None),
    ] {
        let (entries, _) = mapped(SiteKind::Jekyll, config, &posts);
        assert_eq!(entries[0].summary.as_deref().map(str::trim), summary, "{config}");
    }
}

#[test]
fn html_without_front_matter_is_no_page_of_hugo() {
    let post = |name: &str, text: &str| (format!("content/posts/{name}"), text.to_owned());
    let posts = HashMap::from([
        post("bare.html", "<p>copied as it is</p>\n"),
        post("page.html", "---\ntitle: Page\ndate: 2024-01-01\n---\n<p>text</p>\n"),
        post("empty.html", "---\n---\n<p>text</p>\n"),
        post("bare.md", "text\n"),
    ]);
    let (entries, _) = mapped(SiteKind::Hugo, "", &posts);
    let ids: Vec<&str> = entries.iter().map(|entry| entry.id.rsplit('/').nth(1).unwrap()).collect();
    assert_eq!(ids, ["bare", "empty", "page"]);
    assert_eq!(entries[0].content.as_deref().map(str::trim), Some("<p>text</p>"), "it is the Markdown one");
}
