//! Which address names what, and where the others lead.

use super::client::{filled_store, settings, start, start_with};

/// A request's path, the status that answers it, where it leads.
type Case = (&'static str, u16, Option<&'static str>);

const CASES: &[Case] = &[
    ("/blog.atom", 200, None),
    ("/blog.rss", 200, None),
    ("/blog.json", 200, None),
    ("/blog", 200, None),
    ("/all.atom", 200, None),
    ("/all", 200, None),
    ("/", 200, None),
    ("/feeds.opml", 200, None),
    ("/feeds.opml?format=rss", 200, None),
    ("/feeds.opml?format=json", 400, None),
    ("/blog/categories.opml", 200, None),
    ("/all/categories.opml", 200, None),
    ("/nobody/categories.opml", 404, None),
    // Guesses of other programs.
    ("/blog.xml", 301, Some("/blog.atom")),
    ("/blog/feed", 301, Some("/blog.atom")),
    ("/blog/rss.xml", 301, Some("/blog.rss")),
    ("/blog/atom.xml", 301, Some("/blog.atom")),
    ("/nobody.xml", 404, None),
    // Categories: by slug, by name, written, below, moved, otherwise spelled.
    ("/blog/category/finance.atom", 200, None),
    ("/blog/category/%E9%87%91%E8%9E%8D.atom", 200, None),
    ("/blog/category/finance", 200, None),
    ("/blog/category/Finance.atom", 302, Some("/blog/category/finance.atom")),
    ("/blog/category/CI-CD.rss", 200, None),
    ("/blog/category/CI%2FCD.rss", 404, None),
    ("/blog/category/ci-cd.rss", 302, Some("/blog/category/CI-CD.rss")),
    ("/blog/category/empty.json", 200, None),
    ("/blog/category/never.json", 404, None),
    ("/blog/category/old.atom", 301, Some("/blog/category/finance/%E4%B8%AD%E8%AF%81%E7%BD%91.atom")),
    ("/blog/category/finance/never.atom", 404, None),
    ("/blog/category.atom", 404, None),
    // Tags, authors, sources.
    ("/blog/tag/Rust.json", 200, None),
    ("/blog/tag/rust.json", 302, Some("/blog/tag/Rust.json")),
    ("/blog/tag/rust", 302, Some("/blog/tag/Rust")),
    ("/blog/tag/c-c++.json", 200, None),
    ("/blog/tag/Rust/more.json", 404, None),
    ("/blog/author/ZNing.atom", 200, None),
    ("/blog/author/Nobody.atom", 404, None),
    ("/blog/source/posts.atom", 200, None),
    ("/blog/source/wire.atom", 404, None),
    ("/blog/source/Posts.atom", 302, Some("/blog/source/posts.atom")),
    ("/news/source/posts.atom", 200, None),
    ("/all/source/news/wire.atom", 200, None),
    ("/all/source/news/posts.atom", 200, None),
    ("/all/source/wire.atom", 404, None),
    ("/all/tag/Rust.atom", 200, None),
    // One canonical address.
    ("/blog/", 308, Some("/blog")),
    ("/blog.atom/", 308, Some("/blog.atom")),
    ("/health/live/", 308, Some("/health/live")),
    ("/nobody/", 404, None),
    ("//evil.example/", 404, None),
    ("//blog.atom", 404, None),
    ("/blog//tag/Rust.json", 404, None),
    // Nothing of ours.
    ("/nobody.atom", 404, None),
    ("/Blog.atom", 404, None),
    ("/blog.html", 404, None),
    ("/api", 404, None),
    ("/api/other", 404, None),
    ("/..%2f..%2fetc/passwd", 404, None),
    ("/../../etc/passwd", 404, None),
    ("/blog/tag/%00.atom", 404, None),
    ("/blog/tag/x%0d%0aSet-Cookie:a.atom", 404, None),
    ("/blog/tag/%FF.atom", 404, None),
    ("/blog\\tag", 404, None),
    ("http://evil.example/blog.atom", 200, None),
    ("/blog.atom?utm_source=x&callback=y", 200, None),
];

#[tokio::test]
async fn addresses_beside_their_answers() {
    let server = start().await;
    for &(path, status, location) in CASES {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("location")), (status, location), "{path}");
        let always = ["x-content-type-options", "content-security-policy", "referrer-policy"];
        for header in always {
            assert!(answer.header(header).is_some(), "{path} lacks {header}");
        }
        assert!(!answer.text().contains("evil.example"), "{path}");
    }
}

#[tokio::test]
async fn two_spellings_of_a_category_are_one_document() {
    let server = start().await;
    let slug = server.get("/blog/category/finance.atom").await;
    let name = server.get("/blog/category/%E9%87%91%E8%9E%8D.atom").await;
    assert_eq!((slug.head(), slug.body), (name.head(), name.body));
}

#[tokio::test]
async fn nothing_that_is_not_listed_is_listed() {
    let server = start().await;
    for path in ["/", "/feeds.opml", "/feeds.opml?format=rss"] {
        let text = server.get(path).await.text();
        assert!(text.contains("https://feeds.example.org/blog"), "{path}: {text}");
        assert!(!text.contains("/news"), "{path}");
    }
    assert!(server.get("/feeds.opml").await.text().contains("/blog.atom"));
    assert!(server.get("/feeds.opml?format=rss").await.text().contains("/blog.rss"));
    let answer = server.get("/feeds.opml").await;
    assert_eq!(answer.header("content-type"), Some("text/x-opml; charset=utf-8"));
}

#[tokio::test]
async fn pages_announce_their_documents() {
    let server = start().await;
    for (path, stem) in [
        ("/blog", "/blog"),
        ("/blog/category/finance", "/blog/category/finance"),
        ("/blog/tag/Rust", "/blog/tag/Rust"),
    ] {
        let page = server.get(path).await;
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
        let text = page.text();
        let above = "<a href=\"https://feeds.example.org/blog\">The blog feed</a></nav>";
        assert_eq!(text.contains(above), path != "/blog", "{path}: a part leads to its feed");
        for (media, extension) in [
            ("application/atom+xml", "atom"),
            ("application/rss+xml", "rss"),
            ("application/feed+json", "json"),
        ] {
            let link = text
                .lines()
                .find(|line| line.contains("rel=\"alternate\"") && line.contains(media))
                .unwrap_or_else(|| panic!("{path}: no {media}"));
            assert!(link.contains(&format!("https://feeds.example.org{stem}.{extension}")), "{link}");
        }
    }
    let policy = server.get("/blog").await;
    let policy = policy.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("img-src http: https: data:"), "{policy}");
}

#[tokio::test]
async fn a_path_in_the_base_is_answered_with_and_without() {
    let mut settings = settings();
    settings.base_url = "https://example.org/feeds".into();
    let server = start_with(filled_store(), settings).await;
    let (with, without) = (server.get("/feeds/blog.atom").await, server.get("/blog.atom").await);
    assert_eq!((with.head(), &with.body), (without.head(), &without.body));
    assert!(with.text().contains("https://example.org/feeds/blog.atom"));
    for (path, location) in [
        ("/blog/feed", "/feeds/blog.atom"),
        ("/feeds/blog/feed", "/feeds/blog.atom"),
        ("/feeds/blog/", "/feeds/blog"),
        ("/blog/tag/rust.atom", "/feeds/blog/tag/Rust.atom"),
    ] {
        assert_eq!(server.get(path).await.header("location"), Some(location), "{path}");
    }
    assert_eq!(server.get("/feeds/").await.status, 200);
    assert_eq!(server.get("/feeds").await.status, 200);
    assert_eq!(server.get("/feeds.opml").await.status, 200);
    assert_eq!(server.get("/feeds/feeds.opml").await.status, 200);
    assert_eq!(server.get("/feeds/status").await.status, 401);
}

#[tokio::test]
async fn a_feed_may_have_the_name_of_the_base() {
    let settings = feedmill::serve::Settings { base_url: "https://example.org/blog".into(), ..settings() };
    let server = start_with(filled_store(), settings).await;
    let index = server.get("/").await.text();
    for (path, other) in [
        ("/blog/blog.atom", "/blog.atom"),
        ("/blog/blog/tag/Rust.json", "/blog/tag/Rust.json"),
        ("/blog/blog/category/CI-CD", "/blog/category/CI-CD"),
        ("/blog/blog/categories.opml", "/blog/categories.opml"),
    ] {
        let (with, without) = (server.get(path).await, server.get(other).await);
        assert_eq!(with.status, 200, "{path}");
        assert_eq!((with.head(), with.body), (without.head(), without.body), "{other}");
    }
    for (path, location) in [
        ("/blog.xml", "/blog/blog.atom"),
        ("/blog/feed", "/blog/blog.atom"),
        ("/blog/tag/rust.json", "/blog/blog/tag/Rust.json"),
        ("/blog/blog/", "/blog/blog"),
    ] {
        assert_eq!(server.get(path).await.header("location"), Some(location), "{path}");
    }
    // Our own addresses go first.
    assert_eq!(server.get("/blog").await.text(), index);
    assert_eq!(server.get("/blog/").await.text(), index);
    assert!(server.get("/blog/blog").await.text().contains("<h1>The blog feed</h1>"));
    assert_eq!(server.get("/blog/news").await.status, 200);
    assert_eq!(server.get("/blog/tag/nobody.json").await.status, 404);
}

#[tokio::test]
async fn odd_names_have_addresses_that_lead_there() {
    let server = start().await;
    let odd = [
        "a\tb",
        "a\nb",
        "..",
        ".",
        "100%",
        "x.atom",
        "q?#&+;",
        "\\",
        " in ner ",
        "CI/CD",
        "\u{202e}rtl",
        "é",
    ];
    server.store.change("news", "2026-11-21T10:00:00Z", |entries| {
        let tagged = |(day, name): (u32, &str)| {
            ("wire".to_owned(), super::fake::entry(day, name, &[&[name, "below"]], &[name]))
        };
        entries.extend((5..).zip(odd).map(tagged));
    });
    for list in ["/news", "/news/categories.opml", "/all/categories.opml"] {
        let text = server.get(list).await.text();
        let links = text.split('"').filter_map(|part| part.strip_prefix("https://feeds.example.org/"));
        let links: std::collections::BTreeSet<String> = links.map(|link| format!("/{link}")).collect();
        assert!(links.len() > odd.len(), "{list}: {links:?}");
        for link in links {
            assert!(!link.split('/').any(|segment| matches!(segment, "." | "..")), "{link} leads elsewhere");
            assert_eq!(server.get(&link).await.status, 200, "{list} has {link}");
        }
    }
}

#[tokio::test]
async fn methods_and_what_scripts_may_read() {
    let server = start().await;
    for (method, path, status, allow) in [
        ("POST", "/blog.atom", 405, Some("GET, HEAD, OPTIONS")),
        ("DELETE", "/blog", 405, Some("GET, HEAD, OPTIONS")),
        ("BREW", "/blog.atom", 405, Some("GET, HEAD, OPTIONS")),
        ("POST", "/", 405, Some("GET,HEAD,OPTIONS")),
        ("POST", "/health/live", 405, Some("GET,HEAD")),
        ("POST", "/feeds.opml", 405, Some("GET,HEAD,OPTIONS")),
        ("POST", "/blog/categories.opml", 405, Some("GET, HEAD, OPTIONS")),
        ("DELETE", "/%FF", 405, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS", "/blog.atom", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS", "/blog", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS", "/", 204, Some("GET, HEAD, OPTIONS")),
        ("OPTIONS", "/api/refresh", 204, Some("POST")),
        ("HEAD", "/nobody.atom", 404, None),
    ] {
        let answer = server.ask(method, path, &[]).await;
        assert_eq!((answer.status, answer.header("allow")), (status, allow), "{method} {path}");
    }
    let preflight = server.ask("OPTIONS", "/blog.atom", &[("Origin", "https://reader.example")]).await;
    assert_eq!(
        preflight.head(),
        "204\n\
         access-control-allow-headers: If-None-Match, If-Modified-Since\n\
         access-control-allow-methods: GET, HEAD, OPTIONS\n\
         access-control-allow-origin: *\n\
         access-control-max-age: 86400\n\
         allow: GET, HEAD, OPTIONS\n\
         content-security-policy: default-src 'none'; sandbox\n\
         referrer-policy: no-referrer\n\
         x-content-type-options: nosniff\n"
    );
    for path in ["/feeds.opml", "/blog/categories.opml", "/blog/archive/0.atom"] {
        let preflight = server.ask("OPTIONS", path, &[("Origin", "https://reader.example")]).await;
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"), "{path}");
    }
    for path in ["/blog", "/", "/status", "/health/ready"] {
        let preflight = server.ask("OPTIONS", path, &[("Origin", "https://reader.example")]).await;
        assert_eq!(preflight.header("access-control-allow-origin"), None, "OPTIONS {path}");
        let answer = server.get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}

#[tokio::test]
async fn the_api_refuses_in_its_own_form() {
    let server = start().await;
    let token = ("Authorization", "Bearer t0ken");
    for (method, path, headers, status, why) in [
        (
            "GET",
            "/api/status",
            &[][..],
            401,
            "this needs the token: `Authorization: Bearer TOKEN`, or the token as password",
        ),
        ("GET", "/api/refresh", &[token], 405, "this address does not take this method"),
        ("GET", "/api/nothing", &[token], 404, "nothing is published at this address"),
        ("POST", "/api/feeds/nobody/refresh", &[token], 404, "no feed has this id"),
        ("POST", "/api/refresh?wait=x", &[token], 400, "`wait` is a duration, as in `wait=30s`"),
    ] {
        let answer = server.ask(method, path, headers).await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (status, Some("application/json")),
            "{path}"
        );
        assert_eq!(answer.text().trim_end(), serde_json::json!({ "error": why }).to_string(), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let page = server.get_with("/api/status", &[("Accept", "text/html")]).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
}

#[tokio::test]
async fn a_browser_gets_its_refusal_as_a_page() {
    let server = start().await;
    let plain = server.get("/nobody").await;
    assert_eq!(
        plain.head(),
        "404\n\
         cache-control: no-store\n\
         content-length: 37\n\
         content-security-policy: default-src 'none'; sandbox\n\
         content-type: text/plain; charset=utf-8\n\
         referrer-policy: no-referrer\n\
         x-content-type-options: nosniff\n"
    );
    assert_eq!(plain.text(), "nothing is published at this address\n");
    let accept = [("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    let page = server.get_with("/%3Cscript%3E", &accept).await;
    assert_eq!(page.status, 404);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let text = page.text();
    assert!(text.contains("nothing is published at this address") && !text.contains("script>"), "{text}");
}
