//! What a document comes with, when it is made, and what it is made of.

use super::client::{outlet, outlets, settings, start, start_on, start_with};
use super::fake::{entry, time};
use feedmill::model::{ContentMode, Facet, FeedEntry, Format};
use feedmill::serve::{addresses, file_paths, render, render_categories_opml, render_opml};
use feedmill::store::{FeedRecord, ServeStore, SqliteStore, Store};
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// What a commit does to a feed's entries.
type Change = fn(&mut Vec<(String, FeedEntry)>);

fn selects(server: &super::client::Server) -> usize {
    server.store.selects.load(SeqCst)
}

#[tokio::test]
async fn a_document_and_its_not_modified() {
    let server = start().await;
    let first = server.get("/blog.atom").await;
    let etag = first.header("etag").unwrap().to_owned();
    assert_eq!(
        first.head(),
        format!(
            "200\n\
             access-control-allow-origin: *\n\
             access-control-expose-headers: ETag, Last-Modified\n\
             cache-control: public, max-age=300\n\
             content-length: {}\n\
             content-security-policy: default-src 'none'; sandbox\n\
             content-type: application/atom+xml; charset=utf-8\n\
             etag: {etag}\n\
             last-modified: Sat, 21 Nov 2026 09:30:00 GMT\n\
             referrer-policy: no-referrer\n\
             vary: Accept-Encoding\n\
             x-content-type-options: nosniff\n",
            first.body.len()
        )
    );
    assert!(first.text().contains("href=\"https://feeds.example.org/blog.atom\""));
    let second = server.get_with("/blog.atom", &[("If-None-Match", &etag)]).await;
    assert_eq!(
        second.head(),
        format!(
            "304\n\
             access-control-allow-origin: *\n\
             access-control-expose-headers: ETag, Last-Modified\n\
             cache-control: public, max-age=300\n\
             content-security-policy: default-src 'none'; sandbox\n\
             etag: {etag}\n\
             last-modified: Sat, 21 Nov 2026 09:30:00 GMT\n\
             referrer-policy: no-referrer\n\
             vary: Accept-Encoding\n\
             x-content-type-options: nosniff\n"
        )
    );
    assert!(second.header("date").is_some() && second.body.is_empty());
}

#[tokio::test]
async fn a_restart_answers_304_without_rendering_and_the_same_bytes() {
    let server = start().await;
    let first = server.get("/blog.json").await;
    let again = start_with(server.store.clone(), settings()).await;
    let before = selects(&server);
    let etag = first.header("etag").unwrap();
    let known = again.get_with("/blog.json", &[("If-None-Match", etag)]).await;
    assert_eq!((known.status, selects(&server)), (304, before));
    let since = first.header("last-modified").unwrap();
    let known = again.get_with("/blog.json", &[("If-Modified-Since", since)]).await;
    assert_eq!((known.status, selects(&server)), (304, before));
    let whole = again.get("/blog.json").await;
    assert_eq!((whole.head(), &whole.body), (first.head(), &first.body));
}

#[tokio::test]
async fn nothing_is_asked_of_the_store_twice() {
    let server = start().await;
    server.get("/blog.rss").await;
    let (selected, asked) = (selects(&server), server.store.asked.load(SeqCst));
    for _ in 0..5 {
        assert_eq!(server.get("/blog.rss").await.status, 200);
    }
    assert_eq!((selects(&server), server.store.asked.load(SeqCst)), (selected, asked));
    server.store.touch();
    assert_eq!(server.get("/blog.rss").await.status, 200);
    assert_eq!(selects(&server), selected, "a commit that shows nowhere renders nothing");
    assert!(server.store.asked.load(SeqCst) > asked);
}

#[tokio::test]
async fn a_store_that_others_write_to_is_asked_each_time() {
    let server = start().await;
    server.store.without_generation.store(true, SeqCst);
    let first = server.get("/blog.atom").await;
    assert_eq!(server.get("/blog.atom").await.body, first.body);
    assert_eq!(selects(&server), 1);
    server.store.change("blog", "2026-11-21T09:40:00Z", |entries| {
        entries.push(("posts".into(), entry(5, "Five", &[], &[])));
    });
    assert!(server.get("/blog.atom").await.text().contains("Five"));
}

#[tokio::test]
async fn every_edit_and_deletion_moves_the_validators() {
    let server = start().await;
    let mut last = server.get("/blog.atom").await;
    let changes: [(&str, Change); 3] = [
        ("Sat, 21 Nov 2026 10:01:00 GMT", |entries| {
            entries.push(("posts".into(), entry(5, "Five", &[], &[])));
        }),
        ("Sat, 21 Nov 2026 10:02:00 GMT", |entries| {
            entries[0].1.entry.title = Some("One, mended".into());
        }),
        ("Sat, 21 Nov 2026 10:03:00 GMT", |entries| {
            entries.pop();
        }),
    ];
    for (modified, change) in changes {
        server.clock.advance(Duration::from_mins(1));
        server.store.change("blog", "2026-11-21T10:00:30Z", change);
        let now = server.get("/blog.atom").await;
        assert_eq!(now.header("last-modified"), Some(modified));
        assert_ne!(now.header("etag"), last.header("etag"));
        for header in ["etag", "last-modified"] {
            let name = if header == "etag" { "If-None-Match" } else { "If-Modified-Since" };
            let asked = server.get_with("/blog.atom", &[(name, last.header(header).unwrap())]).await;
            assert_eq!(asked.status, 200, "{header}");
        }
        last = now;
    }
}

#[tokio::test]
async fn a_second_change_within_a_second_is_not_hidden_by_the_date() {
    let server = start().await;
    server.get("/blog.atom").await;
    for title in ["a", "b"] {
        server.store.change("blog", "2026-11-21T10:00:00Z", |entries| {
            entries[0].1.entry.title = Some(title.into());
        });
        server.get("/blog.atom").await;
    }
    let since = [("If-Modified-Since", "Sat, 21 Nov 2026 10:00:00 GMT")];
    let now = server.get_with("/blog.atom", &since).await;
    assert_eq!((now.status, now.header("last-modified")), (200, None));
    server.clock.advance(Duration::from_secs(1));
    let later = server.get("/blog.atom").await;
    assert_eq!(later.header("last-modified"), Some("Sat, 21 Nov 2026 10:00:01 GMT"));
}

#[tokio::test]
async fn a_thousand_who_ask_at_once_get_one_rendering() {
    let server = Arc::new(start().await);
    *server.store.slow.lock().unwrap() = Duration::from_millis(30);
    let asks: Vec<_> = (0..60)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(
                async move { server.get_with("/blog.atom", &[("Accept-Encoding", "br")]).await.status },
            )
        })
        .collect();
    for ask in asks {
        assert_eq!(ask.await.unwrap(), 200);
    }
    assert_eq!(selects(&server), 1);
}

#[tokio::test]
async fn who_asks_for_many_choices_holds_up_nobody_else() {
    let server = Arc::new(start().await);
    *server.store.slow.lock().unwrap() = Duration::from_millis(100);
    let asks: Vec<_> = (0..40)
        .map(|number| {
            let server = Arc::clone(&server);
            tokio::spawn(async move { server.get(&format!("/blog.atom?q=word{number}")).await.status })
        })
        .collect();
    while selects(&server) == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.get("/news.atom").await.status, 200);
    assert!(!asks.iter().all(tokio::task::JoinHandle::is_finished), "it waited for all of them");
    for ask in asks {
        assert_eq!(ask.await.unwrap(), 200);
    }
}

#[tokio::test]
async fn who_hangs_up_makes_no_more_work() {
    let server = start().await;
    *server.store.slow.lock().unwrap() = Duration::from_millis(50);
    for _ in 0..10 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let asked = b"GET /blog.atom HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(asked).await.unwrap();
        while selects(&server) == 0 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(server.get("/blog.atom").await.status, 200);
    assert_eq!(selects(&server), 1);
}

#[tokio::test]
async fn what_was_good_is_served_while_the_store_is_not() {
    let server = start().await;
    let good = server.get("/blog.atom").await;
    server.store.broken.store(true, SeqCst);
    server.store.touch();
    let kept = server.get("/blog.atom").await;
    assert_eq!((kept.head(), kept.body), (good.head(), good.body));
    let other = server.get("/blog.rss").await;
    assert_eq!((other.status, other.header("retry-after")), (503, Some("60")));
    assert_eq!(other.text(), "this cannot be read just now; try again in a minute\n");
}

#[tokio::test]
async fn max_age_lasts_to_the_next_collection_within_bounds() {
    let server = start().await;
    for (due, age) in [
        (None, 300),
        (Some("2026-11-21T10:02:02Z"), 120),
        (Some("2026-11-21T10:00:10Z"), 60),
        (Some("2026-11-21T09:00:00Z"), 60),
        (Some("2026-11-22T10:00:00Z"), 300),
    ] {
        *server.refresher.due.lock().unwrap() = due.map(time);
        // It is worked out once a second.
        server.clock.advance(Duration::from_secs(1));
        let answer = server.get("/blog.atom").await;
        assert_eq!(answer.header("cache-control"), Some(format!("public, max-age={age}").as_str()));
    }
}

#[tokio::test]
async fn a_reload_shows_at_once_and_only_where_it_matters() {
    let server = start().await;
    let (blog, news) = (server.get("/blog.atom").await, server.get("/news.atom").await);
    let mut changed = outlets();
    changed[0].title = "Renamed".into();
    changed[0].limit = 1;
    changed[0].content = ContentMode::Title;
    server.site.shelve(changed);
    let now = server.get("/blog.atom").await.text();
    assert!(now.contains("<title>Renamed</title>") || now.contains("Renamed"), "{now}");
    assert_eq!(now.matches("<entry>").count(), 1);
    assert!(!now.contains("the whole text"));
    assert_eq!(server.get("/news.atom").await.head(), news.head());
    server.site.shelve(outlets());
    assert_eq!(server.get("/blog.atom").await.body, blog.body);
    server.site.shelve(vec![outlet("news")]);
    assert_eq!(server.get("/blog.atom").await.status, 404);
}

#[tokio::test]
async fn facets_have_titles_and_ids_of_their_own() {
    let server = start().await;
    let mut ids = std::collections::BTreeSet::new();
    for (path, title) in [
        ("/blog.json", "The blog feed"),
        ("/blog/category/finance.json", "Money – The blog feed"),
        ("/blog/category/finance/%E4%B8%AD%E8%AF%81%E7%BD%91.json", "中证网 – The blog feed"),
        ("/blog/tag/Rust.json", "Rust – The blog feed"),
        ("/blog/author/ZNing.json", "ZNing – The blog feed"),
        ("/blog/source/posts.json", "posts – The blog feed"),
        ("/all.json", "All feeds"),
        ("/all/source/blog/posts.json", "blog/posts – All feeds"),
    ] {
        let text = server.get(path).await.text();
        let feed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(feed["title"], title, "{path}");
        assert_eq!(feed["feed_url"], format!("https://feeds.example.org{path}"));
        let atom = server.get(&path.replace(".json", ".atom")).await.text();
        let id = atom.split("<id>").nth(1).unwrap().split("</id>").next().unwrap().to_owned();
        assert!(id.starts_with("urn:uuid:") && ids.insert(id), "{path}");
    }
}

#[test]
fn every_document_can_be_had_without_http() {
    let store = super::client::filled_store();
    let all = settings().all;
    let shelf = feedmill::serve::Shelf::new(outlets(), &all);
    let there = addresses(&*store, &shelf, "blog").unwrap();
    let paths: Vec<String> = there.iter().map(|address| address.url_path(Format::Rss)).collect();
    assert_eq!(
        paths,
        [
            "/blog.rss",
            "/blog/category/CI-CD.rss",
            "/blog/category/empty.rss",
            "/blog/category/finance.rss",
            "/blog/category/finance/%E4%B8%AD%E8%AF%81%E7%BD%91.rss",
            "/blog/tag/Rust.rss",
            "/blog/tag/c-c%2B%2B.rss",
            "/blog/author/ZNing.rss",
            "/blog/source/posts.rss",
        ]
    );
    let files = file_paths(&there, Format::Rss);
    assert_eq!(files[4].to_str(), Some("blog/category/finance/中证网.rss"));
    let base = "https://feeds.example.org";
    let rss = render(&*store, &shelf, base, (&there[4], Format::Rss), true).unwrap().unwrap();
    assert!(String::from_utf8(rss).unwrap().contains("https://feeds.example.org/blog/category/finance/"));
    assert_eq!(there[0].facet, Facet::Whole);
    let opml = String::from_utf8(render_opml(&shelf, base, "All feeds", Format::Rss)).unwrap();
    assert!(opml.contains("/blog.rss") && opml.contains("/all.rss") && !opml.contains("/news.rss"));
    let opml = render_categories_opml(&*store, &shelf, base, &there[0], Format::Atom).unwrap().unwrap();
    assert!(String::from_utf8(opml).unwrap().contains("/blog/category/CI-CD.atom"));
    assert!(addresses(&*store, &shelf, "nobody").unwrap().is_empty());
}

#[tokio::test]
async fn the_real_store_is_asked_only_after_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    let record = FeedRecord {
        id: "blog".into(),
        atom_id: "urn:uuid:00000000-0000-5000-8000-000000000001".into(),
        definition_hash: [1; 32],
        was: Vec::new(),
        sources: Vec::new(),
    };
    let before = store.generation();
    store.adopt(&[record], time("2026-11-21T09:00:00Z")).unwrap();
    assert!(store.generation() > before);
    let server = start_on(Arc::new(store), vec![outlet("blog")]).await;
    let first = server.get("/blog.atom").await;
    assert_eq!(first.status, 200);
    let etag = first.header("etag").unwrap();
    assert_eq!(server.get_with("/blog.atom", &[("If-None-Match", etag)]).await.status, 304);
    assert_eq!(server.get("/blog/tag/never.atom").await.status, 404);
    assert_eq!(server.get("/").await.status, 200);
    assert_eq!(server.get("/all.json").await.status, 200);
}
