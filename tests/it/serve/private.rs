//! Feeds that a token opens: everything is below it, for one reader alone, and nowhere else.

use super::client::{Answer, Server, filled_store, outlets, settings, start_with};
use feedmill::model::{Access, Alias, Fate, Format, Pass};

/// `blog` for two readers, with an old id and old addresses; `news` for everybody.
async fn start() -> Server {
    start_below("https://feeds.example.org").await
}

async fn start_below(base_url: &str) -> Server {
    let settings = feedmill::serve::Settings { base_url: base_url.into(), ..settings() };
    let server = start_with(filled_store(), settings).await;
    let mut outlets = outlets();
    let pass = |name: &str, token: &str| Pass { name: name.into(), token: token.into() };
    outlets[0].access = Access::Token(vec![pass("ann", "t0k"), pass("bob", "b0b")]);
    outlets[0].was = vec!["diary".into()];
    let aliases = [("/atom.xml", Format::Rss), ("/feed/", Format::Json), ("/tags/:slug.xml", Format::Atom)];
    outlets[0].aliases = aliases.map(|(path, format)| Alias { path: path.into(), format }).to_vec();
    server.site.shelve(outlets);
    server
}

/// What an answer says of itself: its status, what may keep it, where it leads, what scripts
/// of other sites may do.
fn told(answer: &Answer) -> (u16, &str, Option<&str>, bool) {
    let scripts = answer.headers.iter().any(|(name, _)| name.starts_with("access-control"));
    (answer.status, answer.header("cache-control").unwrap_or(""), answer.header("location"), scripts)
}

#[tokio::test]
async fn every_answer_below_a_token_is_for_one_reader() {
    let server = start().await;
    let (kept, led, not) = ("private, max-age=300", "private, max-age=60", "private, no-store");
    for (method, path, expected) in [
        ("GET", "/t/t0k/blog.atom", (200, kept, None)),
        ("HEAD", "/t/b0b/blog.json", (200, kept, None)),
        ("GET", "/t/t0k/blog", (200, kept, None)),
        ("GET", "/t/t0k/blog/categories.opml", (200, kept, None)),
        ("GET", "/t/t0k/blog/categories.opml?format=rss", (200, kept, None)),
        ("GET", "/t/t0k/blog/categories.opml?format=x", (400, not, None)),
        ("GET", "/t/t0k/blog/category/finance.rss", (200, kept, None)),
        ("GET", "/t/t0k/blog.atom?tag=Rust", (200, kept, None)),
        ("GET", "/t/t0k/blog.atom?limit=x", (400, not, None)),
        ("GET", "/t/t0k/atom.xml", (200, kept, None)),
        ("GET", "/t/t0k/feed/", (200, kept, None)),
        ("GET", "/t/t0k/tags/c-c.xml", (200, kept, None)),
        ("GET", "/t/t0k/tags/nobody.xml", (404, not, None)),
        ("GET", "/t/t0k/blog/", (308, led, Some("/t/t0k/blog"))),
        ("GET", "/t/t0k/blog.atom/", (308, led, Some("/t/t0k/blog.atom"))),
        ("GET", "/t/t0k/blog.xml", (301, led, Some("/t/t0k/blog.atom"))),
        ("GET", "/t/t0k/blog/tag/rust.atom", (302, led, Some("/t/t0k/blog/tag/Rust.atom"))),
        ("GET", "/t/t0k/diary.atom", (301, led, Some("/t/t0k/blog.atom"))),
        ("GET", "/t/t0k/diary/categories.opml", (301, led, Some("/t/t0k/blog/categories.opml"))),
        ("GET", "/t/t0k/blog/tag/nobody.atom", (404, not, None)),
        ("GET", "/t/t0k/news.atom", (404, not, None)),
        ("GET", "/t/guess/blog.atom", (404, not, None)),
        ("GET", "/t/guess/atom.xml", (404, not, None)),
        ("GET", "/t/guess/diary.atom", (404, not, None)),
    ] {
        let answer = server.ask(method, path, &[]).await;
        assert_eq!(told(&answer), (expected.0, expected.1, expected.2, false), "{method} {path}");
        assert_eq!(answer.header("link"), None, "{method} {path}");
    }
    assert_eq!(told(&server.ask("OPTIONS", "/t/t0k/blog.atom", &[]).await), (204, "", None, false));
    let first = server.get("/t/t0k/blog.atom").await;
    let again =
        server.get_with("/t/t0k/blog.atom", &[("If-None-Match", first.header("etag").unwrap())]).await;
    assert_eq!(told(&again), (304, kept, None, false));
}

#[tokio::test]
async fn its_own_list_and_pages_stay_below_the_token() {
    let server = start().await;
    let list = server.get("/t/t0k/blog/categories.opml").await.text();
    let page = server.get("/t/t0k/blog").await.text();
    let addresses = list.matches("https://feeds.example.org/").count();
    assert!(addresses > 4, "{list}");
    assert_eq!(list.matches("https://feeds.example.org/t/t0k/blog/category/").count(), addresses);
    assert!(page.contains("href=\"https://feeds.example.org/t/t0k/blog/categories.opml\""), "{page}");
    assert!(!page.contains("example.org/blog"), "{page}");
    assert!(server.get("/t/b0b/blog/categories.opml").await.text().contains("/t/b0b/blog/category/"));
}

#[tokio::test]
async fn without_the_token_there_is_no_trace_of_it() {
    let server = start().await;
    for path in [
        "/blog.atom",
        "/blog",
        "/blog/",
        "/blog.xml",
        "/blog/feed",
        "/blog/categories.opml",
        "/blog/category/finance.atom",
        "/all/source/blog/posts.atom",
        "/diary.atom",
        "/diary/categories.opml",
        "/atom.xml",
        "/feed/",
        "/tags/rust.xml",
        "/t0k/blog.atom",
        "/t/blog.atom",
        "/t/",
    ] {
        assert_eq!(server.get(path).await.status, 404, "{path}");
    }
    for path in ["/", "/feeds.opml", "/all.atom", "/all", "/all/categories.opml", "/news.json"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let text = answer.text();
        for trace in ["blog feed", "feeds.example.org/blog", "t0k", "One", "Rust", "finance", "diary"] {
            assert!(!text.contains(trace), "{path} has {trace:?}:\n{text}");
        }
    }
}

#[tokio::test]
async fn below_a_public_path_it_is_the_same() {
    let server = start_below("https://example.org/feeds").await;
    for path in ["/t/t0k/blog/", "/feeds/t/t0k/blog/"] {
        let answer = server.get(path).await;
        assert_eq!(told(&answer), (308, "private, max-age=60", Some("/feeds/t/t0k/blog"), false), "{path}");
    }
    for path in ["/feeds/t/t0k/atom.xml", "/feeds/t/t0k/blog/categories.opml"] {
        let answer = server.get(path).await;
        assert_eq!(told(&answer), (200, "private, max-age=300", None, false), "{path}");
    }
}

#[tokio::test]
async fn where_it_went_is_for_its_readers_alone() {
    for (fate, status, location) in [
        (Fate::Moved("https://elsewhere.example/feed".into()), 301, Some("https://elsewhere.example/feed")),
        (Fate::Gone, 410, None),
    ] {
        let server = start().await;
        let mut outlets = outlets();
        let pass = Pass { name: "ann".into(), token: "t0k".into() };
        outlets[0].access = Access::Token(vec![pass]);
        outlets[0].was = vec!["diary".into()];
        outlets[0].aliases = vec![Alias { path: "/atom.xml".into(), format: Format::Atom }];
        outlets[0].fate = fate;
        server.site.shelve(outlets);
        let kept = if status == 301 { "private, max-age=60" } else { "private, no-store" };
        for path in ["/t/t0k/blog.atom", "/t/t0k/blog", "/t/t0k/blog/category/finance.rss", "/t/t0k/atom.xml"]
        {
            assert_eq!(told(&server.get(path).await), (status, kept, location, false), "{path}");
        }
        let led = server.get("/t/t0k/diary.atom").await;
        assert_eq!(told(&led), (301, "private, max-age=60", Some("/t/t0k/blog.atom"), false));
        for path in
            ["/blog.atom", "/blog", "/t/guess/blog.atom", "/t/guess/atom.xml", "/atom.xml", "/diary.atom"]
        {
            let answer = server.get(path).await;
            assert_eq!((answer.status, answer.header("location")), (404, None), "{path}");
        }
    }
}
