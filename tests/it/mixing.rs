//! Filters, twins and feeds made of feeds, through the program: what is in the documents
//! after each change of the feed files.

use crate::app::App;
use std::collections::BTreeMap;

/// An item as JSON Feed has it.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Item {
    id: String,
    #[serde(default)]
    title: String,
    date_published: String,
    #[serde(default)]
    tags: Vec<String>,
}

fn app() -> App {
    let app = App::new("");
    app.write("site/_config.yml", "title: Site\nurl: https://site.example.org\ntimezone: UTC\n");
    app
}

fn post(app: &App, site: &str, day: u32, name: &str, front: &str) {
    let text = format!("---\ntitle: {name}\n{front}---\n<p>Text of {name}.</p>\n");
    app.write(&format!("{site}/_posts/2026-03-{day:02}-{name}.md"), &text);
}

/// Collects everything, whatever the exit status, and gives what it said.
fn build(app: &App) -> String {
    let output = app.run(&["build", "--out", "out"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    told
}

fn items(app: &App, document: &str) -> Vec<Item> {
    let text = std::fs::read_to_string(app.path(&format!("out/{document}.json"))).unwrap();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(json["items"].clone()).unwrap()
}

fn titles(app: &App, document: &str) -> Vec<String> {
    items(app, document).into_iter().map(|item| item.title).collect()
}

fn ids(app: &App, document: &str) -> BTreeMap<String, (String, String)> {
    items(app, document).into_iter().map(|item| (item.title, (item.id, item.date_published))).collect()
}

#[test]
fn a_filter_acts_at_once_and_taking_it_away_brings_entries_back() {
    let app = app();
    for (day, name, front) in [
        (1, "one", "categories: [news, local]\nlevel: 1\n"),
        (2, "two", "categories: news\nlevel: 2\n"),
        (3, "three", "level: 3\n"),
    ] {
        post(&app, "site", day, name, front);
    }
    let feed = |more: &str| app.write("feeds/a.yaml", &format!("{more}sources: [{{posts: ../site}}]\n"));
    feed("");
    app.write("feeds/b.yaml", "sources: [{posts: ../site, id: b, filter: {include: [{title: t}]}}]\n");
    build(&app);
    assert_eq!(titles(&app, "a"), ["three", "two", "one"]);
    assert_eq!(titles(&app, "b"), ["three", "two"]);
    assert_eq!(titles(&app, "all").len(), 5);
    let before = ids(&app, "a");
    for (filter, expected) in [
        ("filter: {exclude: [{title: ^t}]}\n", &["one"][..]),
        ("filter: {include: [{category: news}]}\n", &["two", "one"]),
        ("filter: {include: [{category: local}, {meta.level: '[3-9]'}]}\n", &["three", "one"]),
        (
            "filter: {include: [{older_than: 1d}], exclude: [{newer_than: 90d, tag: x}, {title: two}]}\n",
            &["three", "one"],
        ),
        ("filter: {include: [{newer_than: 1d}]}\n", &[]),
    ] {
        feed(filter);
        build(&app);
        assert_eq!(titles(&app, "a"), expected, "{filter}");
        assert_eq!(titles(&app, "all").len(), expected.len() + 2, "{filter}");
    }
    assert_eq!(titles(&app, "a/category/news"), [""; 0], "nothing is left in the category either");
    feed("");
    build(&app);
    assert_eq!(ids(&app, "a"), before);
}

#[test]
fn metadata_that_is_not_served_can_move_an_entry_in_and_out() {
    let app = app();
    post(&app, "site", 1, "one", "level: 1\n");
    post(&app, "site", 2, "two", "level: 1\n");
    app.write("feeds/a.yaml", "filter: {exclude: [{meta.level: 2}]}\nsources: [{posts: ../site}]\n");
    build(&app);
    let before = ids(&app, "a");
    post(&app, "site", 1, "one", "level: 2\n");
    build(&app);
    assert_eq!(titles(&app, "a"), ["two"]);
    post(&app, "site", 1, "one", "level: 1\n");
    build(&app);
    assert_eq!(ids(&app, "a"), before);
}

#[test]
fn twins_are_one_entry_that_keeps_its_id_and_date() {
    let app = app();
    for (site, base) in [("site", "https://site.example.org"), ("copy", "http://www.site.example.org")] {
        app.write(&format!("{site}/_config.yml"), &format!("url: {base}\ntimezone: UTC\n"));
    }
    post(&app, "copy", 2, "two", "categories: copied\ntags: [c]\nauthor: Copyist\n");
    post(&app, "copy", 3, "three", "");
    post(&app, "site", 1, "one", "permalink: /2026/03/02/other.html\n");
    let sources =
        "sources: [{posts: ../site, categories: first}, {posts: ../copy, source_categories: keep}]\n";
    app.write("feeds/a.yaml", &format!("dedupe: url\n{}", sources));
    // Both give the address of a post by its category; the copy's is made the same.
    let copy = "---\ntitle: two\npermalink: /2026/03/02/two.html\ncategories: copied\ntags: [c]\n---\nx\n";
    app.write("copy/_posts/2026-03-02-two.md", copy);
    build(&app);
    assert_eq!(titles(&app, "a"), ["three", "two", "one"]);
    let before = ids(&app, "a");

    // The first source brings the twin later: its text, both categories, the id and date that were there.
    let own = "---\ntitle: Two of the site\ndate: 2026-03-09\npermalink: /2026/03/02/two.html\n---\ny\n";
    app.write("site/_posts/2026-03-09-two.md", own);
    build(&app);
    let now = items(&app, "a");
    assert_eq!(titles(&app, "a"), ["three", "Two of the site", "one"]);
    assert_eq!((&now[1].id, &now[1].date_published), (&before["two"].0, &before["two"].1));
    assert_eq!(now[1].tags, ["first", "copied", "c"]);
    assert_eq!(titles(&app, "a/category/copied"), ["Two of the site"]);

    // It leaves again, then the other does: what is left keeps both.
    std::fs::remove_file(app.path("copy/_posts/2026-03-02-two.md")).unwrap();
    build(&app);
    let now = items(&app, "a");
    assert_eq!((&now[1].id, &now[1].date_published), (&before["two"].0, &before["two"].1));
    assert_eq!(now[1].tags, ["first"]);
    app.write("copy/_posts/2026-03-02-two.md", copy);
    std::fs::remove_file(app.path("site/_posts/2026-03-09-two.md")).unwrap();
    build(&app);
    assert_eq!(ids(&app, "a"), before);

    // Without the key each stands for itself; with it again, all is as it was.
    app.write("site/_posts/2026-03-09-two.md", own);
    app.write("feeds/a.yaml", sources);
    build(&app);
    assert_eq!(titles(&app, "a"), ["Two of the site", "three", "two", "one"]);
    app.write("feeds/a.yaml", &format!("dedupe: url\n{}", sources));
    build(&app);
    assert_eq!(titles(&app, "a"), ["three", "Two of the site", "one"]);
    assert_eq!(items(&app, "a")[1].id, before["two"].0);

    // In the other order it is the other's text.
    app.write(
        "feeds/a.yaml",
        "dedupe: url\nsources: [{posts: ../copy}, {posts: ../site, categories: first}]\n",
    );
    build(&app);
    let now = items(&app, "a");
    assert_eq!((now[1].title.as_str(), &now[1].id), ("two", &before["two"].0));
    assert_eq!(now[1].tags, ["copied", "first", "c"]);
}

#[test]
fn twins_of_two_feeds_in_one_source_are_one_entry() {
    let app = app();
    app.write("copy/_config.yml", "url: http://www.site.example.org\ntimezone: UTC\n");
    post(&app, "site", 2, "two", "permalink: /two.html\ncategories: first\n");
    post(&app, "copy", 3, "copy-of-two", "permalink: /two.html\ncategories: second\n");
    // One source's own are two, whatever they link to.
    post(&app, "site", 4, "x", "permalink: /x.html\n");
    post(&app, "site", 5, "y", "permalink: /x.html\n");
    app.write("feeds/a.yaml", "in_all: false\nsources: [{posts: ../site}]\n");
    app.write("feeds/b.yaml", "in_all: false\nsources: [{posts: ../copy}]\n");
    app.write("feeds/c.yaml", "dedupe: url\nsources: [{from: [a, b], id: both}]\n");
    build(&app);
    assert_eq!(titles(&app, "c"), ["y", "x", "two"]);
    let first = items(&app, "c").remove(2);
    assert_eq!(first.tags, ["first", "second"]);
    // In the other order it is the other's text, under the same id and date.
    app.write("feeds/c.yaml", "dedupe: url\nsources: [{from: [b, a], id: both}]\n");
    build(&app);
    let tags = vec!["second".into(), "first".into()];
    assert_eq!(items(&app, "c")[2], Item { title: "copy-of-two".into(), tags, ..first });

    // Both through a feed that shows both.
    app.write("feeds/b.yaml", "in_all: false\nsources: [{posts: ../copy}, {posts: ../site}]\n");
    app.write("feeds/c.yaml", "dedupe: url\nsources: [{from: b, id: one}]\n");
    build(&app);
    assert_eq!(titles(&app, "b"), ["y", "x", "copy-of-two", "two"]);
    assert_eq!(titles(&app, "c"), ["y", "x", "copy-of-two"]);
}

#[test]
fn a_feed_made_of_feeds_has_their_entries_under_their_ids() {
    let app = app();
    app.write("other/_config.yml", "url: https://other.example.org\ntimezone: UTC\n");
    post(&app, "site", 1, "one", "categories: news\n");
    post(&app, "site", 3, "three", "");
    post(&app, "other", 2, "two", "");
    post(&app, "other", 1, "zero", "tags: hidden\n");
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\ncategories: {news: {into: News/Old}}\n");
    app.write("feeds/b.yaml", "sources: [{posts: ../other}]\n");
    let mixed = "filter: {exclude: [{title: three}, {tag: hidden}]}\nsources: [{from: [a, b], categories: [Mixed], tags: [m]}]\n";
    app.write("feeds/c.yaml", mixed);
    app.write("feeds/d.yaml", "sources: [{from: c, source_categories: drop}, {from: a}]\n");
    build(&app);
    assert_eq!(titles(&app, "c"), ["two", "one"]);
    let one = &items(&app, "c")[1];
    assert_eq!(
        *one,
        Item { tags: vec!["News/Old".into(), "Mixed".into(), "m".into()], ..items(&app, "a")[1].clone() }
    );
    assert_eq!(titles(&app, "c/category/News"), ["one"]);
    assert_eq!(titles(&app, "c/source/a-b"), ["two", "one"]);
    // `d` has `one` by two ways; `all` has each once.
    assert_eq!(titles(&app, "all"), ["three", "two", "zero", "one"]);

    // An edit, a new post and one that leaves are in all of them after one run.
    post(&app, "site", 1, "one", "categories: [news, more]\n");
    post(&app, "other", 4, "four", "");
    std::fs::remove_file(app.path("other/_posts/2026-03-02-two.md")).unwrap();
    build(&app);
    assert_eq!(titles(&app, "c"), ["four", "one"]);
    assert_eq!(items(&app, "c")[1].tags, ["News/Old", "more", "Mixed", "m"].map(String::from));
    let whole = |document: &str| std::fs::read_to_string(app.path(&format!("out/{document}.atom"))).unwrap();
    assert!(whole("c").contains("Text of four."), "the text is that of its feed");
    let before = ["a", "b", "c", "d", "all"].map(whole);
    build(&app);
    assert_eq!(["a", "b", "c", "d", "all"].map(whole), before, "nothing moves without a change");

    // Without its own feed in `all`, an entry is there through the other.
    app.write("feeds/b.yaml", "in_all: false\nsources: [{posts: ../other}]\n");
    app.write("feeds/d.yaml", "in_all: false\nsources: [{from: c}]\n");
    build(&app);
    assert_eq!(titles(&app, "all"), ["four", "three", "one"]);
}

#[test]
fn ids_stay_where_sources_are_moved() {
    let app = app();
    app.write("other/_config.yml", "url: https://other.example.org\ntimezone: UTC\n");
    post(&app, "site", 1, "one", "");
    post(&app, "site", 2, "two", "");
    post(&app, "other", 3, "three", "");
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\n");
    app.write("feeds/b.yaml", "sources: [{posts: ../other}]\n");
    app.write("feeds/c.yaml", "sources: [{from: a}]\n");
    build(&app);
    let whole = ["a", "all"].map(|document| ids(&app, document));
    let mixed = ids(&app, "c");
    // A feed more in the mix.
    app.write("feeds/c.yaml", "sources: [{from: [b, a]}]\n");
    build(&app);
    let mut more = ids(&app, "c");
    assert!(more.remove("three").is_some());
    assert_eq!(more, mixed);
    assert_eq!(["a", "all"].map(|document| ids(&app, document)), whole);
    // The folder goes elsewhere, and comes back.
    std::fs::rename(app.path("site"), app.path("blog")).unwrap();
    app.write("feeds/a.yaml", "sources: [{posts: ../blog}]\n");
    build(&app);
    assert_eq!(["a", "all"].map(|document| ids(&app, document)), whole);
    std::fs::rename(app.path("blog"), app.path("site")).unwrap();
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\n");
    build(&app);
    assert_eq!(["a", "all"].map(|document| ids(&app, document)), whole);
    // Both at once: each id stands once.
    std::fs::create_dir(app.path("copy")).unwrap();
    app.write("copy/_config.yml", "url: https://site.example.org\ntimezone: UTC\n");
    post(&app, "copy", 1, "one", "");
    app.write("feeds/a.yaml", "sources: [{posts: ../copy}]\n");
    build(&app);
    assert_eq!(ids(&app, "a")["one"], whole[0]["one"]);
    app.write("feeds/a.yaml", "sources: [{posts: ../copy}, {posts: ../site}]\n");
    build(&app);
    let all: Vec<String> = items(&app, "a").into_iter().map(|item| item.id).collect();
    assert_eq!(all.len(), 3);
    assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "{all:?}");
}

#[test]
fn a_mix_follows_a_feed_that_is_called_otherwise() {
    let app = app();
    post(&app, "site", 1, "one", "");
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\n");
    app.write("feeds/c.yaml", "sources: [{from: [a]}]\n");
    build(&app);
    let before = ids(&app, "c");
    std::fs::remove_file(app.path("feeds/a.yaml")).unwrap();
    app.write("feeds/b.yaml", "was: [a]\nsources: [{posts: ../site}]\n");
    let told = build(&app);
    assert!(told.contains("feeds/c.yaml:1:19: warning: `sources[1].from`: `a` is called `b` now"), "{told}");
    assert_eq!(ids(&app, "c"), before);
    app.write("feeds/c.yaml", "sources: [{from: [b]}]\n");
    build(&app);
    assert_eq!(ids(&app, "c"), before);
}

#[test]
fn a_list_of_categories_names_none_that_has_moved() {
    let app = app();
    post(&app, "site", 1, "one", "categories: news\n");
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\n");
    assert!(app.run(&["build", "--out", "out", "--pages"]).status.success());
    let list = || std::fs::read_to_string(app.path("out/a/categories.opml")).unwrap();
    assert!(list().contains("/a/category/news.atom"), "{}", list());
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\ncategories: {news: {into: Old}}\n");
    assert!(app.run(&["build", "--out", "out", "--pages"]).status.success());
    assert!(list().contains("/a/category/Old.atom") && !list().contains("/news.atom"), "{}", list());
}

#[test]
fn what_is_private_is_in_all_by_no_way() {
    let app = app();
    post(&app, "site", 1, "one", "");
    app.write("other/_config.yml", "url: https://other.example.org\ntimezone: UTC\n");
    post(&app, "other", 2, "secret", "");
    app.write("tokens", "ann: 0123456789abcdef0123\n");
    app.write("feeds/a.yaml", "sources: [{posts: ../site}]\n");
    app.write("feeds/p.yaml", "access: token\ntoken_file: ../tokens\nsources: [{posts: ../other}]\n");
    app.write("feeds/m.yaml", "sources: [{from: [a, p]}]\n");
    app.write("feeds/n.yaml", "sources: [{from: [m]}]\n");
    build(&app);
    for (document, expected) in [("m", &["secret", "one"][..]), ("n", &["secret", "one"]), ("all", &["one"])]
    {
        assert_eq!(titles(&app, document), expected, "{document}");
    }
}
