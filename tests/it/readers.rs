//! Who finds a feed where: private feeds, feeds under another name, elsewhere or gone,
//! and choices by URL, asked of the running daemon.

use crate::app::{Answer, App, Daemon};

const ANN: &str = "ann-0123456789abcdef";
const BOB: &str = "bob-0123456789abcdef";

fn app(feeds: &[(&str, &str)]) -> App {
    let app = App::new("");
    app.write("site/_config.yml", "title: Site\nurl: https://site.example.org\ntimezone: UTC\n");
    for (number, title) in [(1, "One"), (2, "Two")] {
        app.post(number, title);
    }
    for (feed, text) in feeds {
        app.write(&format!("feeds/{feed}.yaml"), text);
    }
    app
}

/// Starts it and waits until everything was collected once.
fn start(app: &App) -> Daemon {
    let daemon = app.start();
    let refreshed = app.run(&["refresh", "--wait"]);
    assert!(refreshed.status.success(), "{}", String::from_utf8_lossy(&refreshed.stderr));
    daemon
}

/// Reloads and asks until the answer is as it is to be; the folder is watched too, so
/// that nobody knows which reading brings it.
fn reload_until(daemon: &Daemon, path: &str, fits: impl Fn(&Answer) -> bool) -> Answer {
    daemon.signal("HUP");
    for _ in 0..500 {
        let answer = daemon.get(path);
        if fits(&answer) {
            return answer;
        }
        let _ = daemon.wait_until(std::time::Duration::from_millis(20));
    }
    panic!("{path} did not change")
}

/// Status and where it leads.
fn way(answer: &Answer) -> String {
    let status = answer.status;
    answer.field("location").map_or_else(|| status.to_string(), |location| format!("{status} {location}"))
}

#[test]
fn a_private_feed_is_at_its_tokens_addresses_alone() {
    let app = app(&[
        ("public", "sources: [{posts: ../site}]\n"),
        (
            "secret",
            "access: token\ntoken_file: ../tokens\ntitle: Hush\nwas: [former]\nsources: [{posts: ../site}]\n",
        ),
    ]);
    app.write("tokens", &format!("# readers\nann: {ANN}\nbob: {BOB}\n"));
    let daemon = start(&app);
    for extension in ["atom", "rss", "json"] {
        let answer = daemon.get(&format!("/t/{ANN}/secret.{extension}"));
        assert_eq!(answer.status, 200, "{extension}");
        assert_eq!(answer.field("cache-control").as_deref(), Some("private, max-age=300"), "{extension}");
        let own = format!("https://feeds.example.org/t/{ANN}/secret.{extension}");
        assert!(answer.body.contains(&own), "{}", answer.body);
    }
    let bobs = daemon.get(&format!("/t/{BOB}/secret/category/news.atom"));
    assert_eq!(bobs.status, 200);
    assert!(bobs.body.contains(BOB) && !bobs.body.contains(ANN), "each has the address that was asked for");
    let page = daemon.get(&format!("/t/{ANN}/secret")).body;
    assert!(
        page.contains(&format!("/t/{ANN}/secret/category/news"))
            && page.contains(&format!("/t/{ANN}/secret/categories.opml")),
        "{page}"
    );
    for path in [
        "/secret.atom",
        "/secret",
        "/secret.xml",
        "/secret/categories.opml",
        "/secret/category/news.atom",
        "/t/ann/secret.atom",
        "/t/ann-0123456789abcdeF/secret.atom",
        "/t//secret.atom",
        "/t/secret.atom",
        &format!("/t/{ANN}/public.atom"),
        &format!("/t/{ANN}/nothing.atom"),
        &format!("/t/{ANN}/secret/tag/never.atom"),
        &format!("/t/{ANN}/public/categories.opml"),
        "/t/ann-0123456789abcdeF/former.atom",
        "/former.atom",
    ] {
        assert_eq!(way(&daemon.get(path)), "404", "{path}");
    }
    assert_eq!(way(&daemon.get(&format!("/t/{ANN}/former.rss"))), format!("301 /t/{ANN}/secret.rss"));
    for path in ["/", "/feeds.opml", "/all.atom", "/all", "/public"] {
        let body = daemon.get(path).body;
        assert!(!body.to_lowercase().contains("secret") && !body.contains("Hush"), "{path}: {body}");
    }
    assert_eq!(daemon.get("/all.json").json()["items"].as_array().unwrap().len(), 2);

    app.write("tokens", &format!("bob: {BOB}\n"));
    reload_until(&daemon, &format!("/t/{ANN}/secret.atom"), |answer| answer.status == 404);
    assert_eq!(daemon.get(&format!("/t/{BOB}/secret.atom")).status, 200);
    let log: Vec<String> = daemon.log.try_iter().collect();
    let log = log.join("\n");
    assert!(!log.contains("0123456789abcdef"), "{log}");
    let out = app.path("out");
    drop(daemon);
    assert!(app.run(&["build", "--out", out.to_str().unwrap()]).status.success());
    assert!(!out.join("secret.atom").exists() && !out.join("t").exists(), "a static export guards nothing");
}

#[test]
fn a_feed_that_was_renamed_keeps_its_history_and_its_readers() {
    let app = app(&[("old", "sources: [{posts: ../site}]\ncategories: {news: {slug: n}}\n")]);
    let daemon = start(&app);
    let id =
        |answer: &Answer| answer.body.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned();
    let before = id(&daemon.get("/old.atom"));
    std::fs::remove_file(app.path("feeds/old.yaml")).unwrap();
    app.write("feeds/new.yaml", "sources: [{posts: ../site}]\ncategories: {news: {slug: n}}\nwas: old\n");
    let after = reload_until(&daemon, "/new.atom", |answer| answer.status == 200);
    assert_eq!((id(&after), after.body.matches("<entry>").count()), (before.clone(), 2));
    for (path, expected) in [
        ("/old.atom", "301 /new.atom"),
        ("/old", "301 /new"),
        ("/old.xml", "301 /new.xml"),
        ("/old/category/news.rss", "301 /new/category/news.rss"),
        ("/old/tag/%E9%87%91%20x.json", "301 /new/tag/%E9%87%91%20x.json"),
        ("/older.atom", "404"),
    ] {
        assert_eq!(way(&daemon.get(path)), expected, "{path}");
    }

    // The file was renamed first and told of it then: the young history gives way.
    std::fs::remove_file(app.path("feeds/new.yaml")).unwrap();
    app.write("feeds/third.yaml", "sources: [{posts: ../site}]\n");
    let own = reload_until(&daemon, "/third.atom", |answer| answer.status == 200);
    assert_ne!(id(&own), before);
    app.write("feeds/third.yaml", "sources: [{posts: ../site}]\nwas: [new, old]\n");
    reload_until(&daemon, "/third.atom", |answer| id(answer) == before);
    assert_eq!(way(&daemon.get("/old.atom")), "301 /third.atom");
}

#[test]
fn a_feed_that_went_elsewhere_or_is_gone_says_so_at_every_address() {
    let app = app(&[
        ("here", "sources: [{posts: ../site}]\n"),
        ("moved", "moved: https://example.com/新.atom?a=b\nwas: before\n"),
        ("gone", "gone: true\nsources: [{posts: ../site}]\n"),
    ]);
    let daemon = start(&app);
    for path in
        ["/moved.atom", "/moved.json", "/moved", "/moved/feed", "/moved/tag/x.rss", "/moved/categories.opml"]
    {
        assert_eq!(way(&daemon.get(path)), "301 https://example.com/%E6%96%B0.atom?a=b", "{path}");
    }
    assert_eq!(way(&daemon.get("/before.atom")), "301 /moved.atom");
    for path in ["/gone.atom", "/gone", "/gone/category/x.atom", "/gone/categories.opml"] {
        assert_eq!(way(&daemon.get(path)), "410", "{path}");
    }
    assert_eq!(daemon.get("/gone.atom").body, "this feed is published no more\n");
    let opml = daemon.get("/feeds.opml").body;
    assert!(opml.contains("here.atom") && !opml.contains("gone") && !opml.contains("moved"), "{opml}");
    assert_eq!(daemon.get("/all.json").json()["items"].as_array().unwrap().len(), 2);
}

#[test]
fn categories_that_are_called_otherwise_keep_their_addresses() {
    let app = app(&[(
        "a",
        "sources: [{posts: ../site, id: s}]\ncategories:\n  Tech: {slug: [technologie, technik]}\n  Never: {into: Tech/Never}\n  C-D: {into: Tech/CD}\n",
    )]);
    app.write("site/_posts/2026-04-01-a.md", "---\ntitle: A\ncategories: [Tech, [C/D]]\n---\nx\n");
    app.write("site/_posts/2026-04-02-b.md", "---\ntitle: B\ncategory: Tech\n---\nx\n");
    let daemon = start(&app);
    for (path, expected) in [
        ("/a/category/technologie.atom", "200"),
        ("/a/category/Tech.atom", "200"),
        ("/a/category/technik.atom", "301 /a/category/technologie.atom"),
        ("/a/category/technik", "301 /a/category/technologie"),
        // What nobody ever used is nowhere, wherever it would go.
        ("/a/category/Never.atom", "404"),
        // `C/D` is another category than the one that goes away.
        ("/a/category/C-D.atom", "200"),
    ] {
        assert_eq!(way(&daemon.get(path)), expected, "{path}");
    }
    std::fs::rename(app.path("feeds/a.yaml"), app.path("feeds/b.yaml")).unwrap();
    let text = std::fs::read_to_string(app.path("feeds/b.yaml")).unwrap();
    app.write("feeds/b.yaml", &format!("was: [a]\n{text}"));
    daemon.signal("HUP");
    daemon.wait_for("feed files read feeds=1").unwrap();
    assert_eq!(way(&daemon.get("/all/source/a/s.atom")), "301 /all/source/b/s.atom");
    assert_eq!(way(&daemon.get("/a/category/technik.atom")), "301 /b/category/technik.atom");
}

#[test]
fn an_address_can_choose_among_a_feeds_entries() {
    let app = app(&[(
        "a",
        "limit: 4\nsources: [{posts: ../site}]\ncategories: {Old: {into: x/y}, x/y: {slug: why}}\n",
    )]);
    for (day, title, front) in [
        (1, "First", "categories: [x, z]\ntags: [t1]\nauthor: Ann\n"),
        (2, "Second", "categories: [Old]\ntags: [t2, t1]\nauthor: Bob\n"),
        (3, "Third", "category: q\nauthor: Ann\n"),
        (4, "Fourth", "categories: [q, [CI/CD]]\ntags: [t2, c/c++]\nauthor: Cem\n"),
        (5, "Fifth", "category: r\n"),
    ] {
        let text = format!("---\ntitle: {title}\n{front}---\n<p>The <b>Straße</b> of {title}.</p>\n");
        app.write(&format!("site/_posts/2026-04-{day:02}-{title}.md"), &text);
    }
    let daemon = start(&app);
    let titles = |query: &str| -> Vec<String> {
        let answer = daemon.get(&format!("/a.json?{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.body);
        let json = answer.json();
        json["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["title"].as_str().unwrap().to_owned())
            .collect()
    };
    for (query, expected) in [
        ("category=x", &["Second", "First"][..]),
        ("category=x&category=q", &["Fourth", "Third", "Second", "First"]),
        ("category=q&not=t2", &["Third"]),
        ("category=x/y", &["Second"]),
        ("category=Old", &["Second"]),
        ("category=x/why&tag=t2", &["Second"]),
        ("tag=t1", &["Second", "First"]),
        ("tag=t1&tag=t2&not=x", &["Fourth"]),
        ("author=Ann&author=Cem&limit=2", &["Fourth", "Third"]),
        ("q=STRASSE+third", &[]),
        ("q=stra%C3%9Fe+third", &["Third"]),
        ("q=bob", &["Second"]),
        ("category=never", &[]),
        ("category=CI-CD", &["Fourth"]),
        ("category=CI/CD", &["Fourth"]),
        ("category=ci-cd", &["Fourth"]),
        ("category=X", &["Second", "First"]),
        ("category=/&limit=1", &["Fifth"]),
        ("tag=c-c%2B%2B", &["Fourth"]),
        ("tag=T1&not=C/C%2B%2B", &["Second", "First"]),
        ("category=q&not=c/c%2B%2B", &["Third"]),
        ("category=q&not=CI-CD", &["Third"]),
        ("author=ann", &["Third", "First"]),
        ("limit=4", &["Fifth", "Fourth", "Third", "Second"]),
        ("limit=99999999999999999999999", &["Fifth", "Fourth", "Third", "Second"]),
        ("limit=1000", &["Fifth", "Fourth", "Third", "Second"]),
        ("x=1", &["Fifth", "Fourth", "Third", "Second"]),
    ] {
        let expected: Vec<String> = expected.iter().map(|title| (*title).to_owned()).collect();
        assert_eq!(titles(query), expected, "{query}");
    }

    let answer = daemon.get("/a.atom?tag=t2&utm_source=x&category=q&tag=t1&tag=t2");
    let own = "https://feeds.example.org/a.atom?category=q&amp;tag=t1&amp;tag=t2";
    assert!(answer.body.contains(&format!("href=\"{own}\"")), "{}", answer.body);
    assert!(answer.body.contains("<title>q, t1, t2 – Site</title>"), "{}", answer.body);
    for (asked, own) in [
        ("category=ci/cd&limit=4", "a.atom?category=CI-CD"),
        ("category=Old&tag=C-C%2B%2B", "a.atom?category=x%2Fwhy&amp;tag=c-c%2B%2B"),
        ("limit=4", "a.atom"),
        ("limit=3&limit=2", "a.atom?limit=2"),
    ] {
        let body = daemon.get(&format!("/a.atom?{asked}")).body;
        assert!(
            body.contains(&format!("href=\"https://feeds.example.org/{own}\" rel=\"self\"")),
            "{asked}: {body}"
        );
    }
    let etag = answer.field("etag").unwrap();
    let again = format!(
        "GET /a.atom?category=q&tag=t1&tag=t2 HTTP/1.1\r\nHost: x\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(daemon.request(&again).status, 304);
    assert_eq!(way(&daemon.get("/a.xml?q=b&tag=a")), "301 /a.atom?q=b&tag=a");
    assert_eq!(way(&daemon.get("/nothing.atom?q=a")), "404");
    let refused = daemon.get("/a.atom?limit=none");
    assert_eq!((refused.status, refused.body.as_str()), (400, "`limit` is a whole number from 1\n"));
    assert!(daemon.get("/a.atom").body.contains("Fifth"), "the feed itself is as it was");
}
