//! Old addresses: what is served there is the document itself.

use super::client::{Server, outlets, settings, start_with};
use feedmill::model::{Alias, Format};

async fn start_below(base_url: &str) -> Server {
    let settings = feedmill::serve::Settings { base_url: base_url.into(), ..settings() };
    let server = start_with(super::client::filled_store(), settings).await;
    let mut outlets = outlets();
    let aliases = [
        ("/atom.xml", Format::Atom),
        ("/index.xml", Format::Rss),
        ("/feed/", Format::Rss),
        ("/blog/feed", Format::Json),
        ("/%E9%87%91.xml", Format::Atom),
        ("/site/old.xml", Format::Atom),
        ("/categories/:slug/feed.xml", Format::Atom),
        ("/feed/by_tag/:slug.xml", Format::Rss),
        ("/tags/:slug/", Format::Rss),
    ];
    outlets[0].aliases = aliases.map(|(path, format)| Alias { path: path.into(), format }).to_vec();
    outlets[0].feed_id = Some("https://blog.example.org/atom.xml".into());
    server.site.shelve(outlets);
    server
}

const CASES: &[(&str, &str)] = &[
    ("/atom.xml", "/blog.atom"),
    ("/index.xml", "/blog.rss"),
    ("/feed/", "/blog.rss"),
    // A guess that would lead on.
    ("/blog/feed", "/blog.json"),
    ("/%e9%87%91.xml", "/blog.atom"),
    ("/categories/finance/feed.xml", "/blog/category/finance.atom"),
    (
        "/categories/finance/%E4%B8%AD%E8%AF%81%E7%BD%91/feed.xml",
        "/blog/category/finance/%E4%B8%AD%E8%AF%81%E7%BD%91.atom",
    ),
    ("/categories/ci-cd/feed.xml", "/blog/category/CI-CD.atom"),
    ("/feed/by_tag/rust.xml", "/blog/tag/Rust.rss"),
    ("/feed/by_tag/Rust.xml", "/blog/tag/Rust.rss"),
    ("/feed/by_tag/c-c.xml", "/blog/tag/c-c%2B%2B.rss"),
    ("/tags/rust/", "/blog/tag/Rust.rss"),
    ("/tags/c-c++/", "/blog/tag/c-c%2B%2B.rss"),
];

#[tokio::test]
async fn an_alias_is_the_document_itself() {
    let server = start_below("https://feeds.example.org").await;
    for (alias, canonical) in CASES {
        let at_alias = server.get(alias).await;
        let at_home = server.get(canonical).await;
        assert_eq!(at_alias.status, 200, "{alias}");
        assert_eq!((at_alias.head(), at_alias.text()), (at_home.head(), at_home.text()), "{alias}");
        let own = format!("https://feeds.example.org{canonical}");
        assert!(at_alias.text().contains(&own), "{alias} does not name {own}");
    }
    for nowhere in [
        "/atom.xml/",
        "/feed",
        "/old.xml",
        "/categories/never/feed.xml",
        "/categories//feed.xml",
        "/feed/by_tag/a/b.xml",
        "/tags/never/",
        "/tags/rust",
    ] {
        assert_eq!(server.get(nowhere).await.status, 404, "{nowhere}");
    }
}

#[tokio::test]
async fn an_alias_answers_conditions_head_and_options() {
    let server = start_below("https://feeds.example.org").await;
    let etag = server.get("/blog.atom").await.header("etag").unwrap().to_owned();
    let again = server.get_with("/atom.xml", &[("If-None-Match", &etag)]).await;
    assert_eq!((again.status, again.body.len()), (304, 0));
    let head = server.ask("HEAD", "/atom.xml", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    let options = server.ask("OPTIONS", "/atom.xml", &[]).await;
    assert_eq!((options.status, options.header("access-control-allow-origin")), (204, Some("*")));
    assert_eq!(server.ask("POST", "/atom.xml", &[]).await.status, 405);
}

#[tokio::test]
async fn an_alias_may_begin_with_the_path_of_the_public_address() {
    let server = start_below("https://example.org/site").await;
    for path in
        ["/site/old.xml", "/old.xml", "/site/atom.xml", "/atom.xml", "/site/categories/finance/feed.xml"]
    {
        assert_eq!(server.get(path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_feeds_own_id_is_the_one_that_was_written() {
    let server = start_below("https://feeds.example.org").await;
    let text = server.get("/blog.atom").await.text();
    assert!(text.contains("<id>https://blog.example.org/atom.xml</id>"), "{text}");
    // A part has an id of its own, which `feed_id` does not move.
    let part = server.get("/blog/tag/Rust.atom").await.text();
    assert!(!part.contains("<id>https://blog.example.org/atom.xml</id>"), "{part}");
}
