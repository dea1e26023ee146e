//! What a hostile client sends, each case by its number in the catalogue of our HTTP
//! server: S1 slow, S2 many, S3 paths, S4 Host, S5 the operator's addresses, S6 caches and
//! proxies, S7 ranges, S8 framing, S9 line ends, S10 patterns, S11 stampedes.

use super::client::{PATIENCE, Server, filled_store, settings, start, start_with};
use feedmill::serve::{Limits, Settings};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Headers that no answer lacks.
fn is_guarded(answer: &super::client::Answer) -> bool {
    answer.header("x-content-type-options") == Some("nosniff")
        && answer
            .header("content-security-policy")
            .is_some_and(|policy| policy.starts_with("default-src 'none'"))
}

#[tokio::test]
async fn s1_who_sends_or_reads_slowly_is_cut() {
    let limits = Limits {
        header: Duration::from_millis(150),
        write_stall: Duration::from_millis(150),
        drain: Duration::from_millis(100),
    };
    let server = start_with(filled_store(), Settings { limits, ..settings() }).await;
    for begun in ["", "GET /blog.atom HTTP/1.1\r\n", "GET /blog.atom HTTP/1.1\r\nHost: x\r\nX-A: "] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let over = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(over.is_ok(), "{begun:?} keeps its connection");
    }
    // A body that is promised and never comes.
    for (path, password) in
        [("/api/refresh", "Bearer t0ken"), ("/api/refresh", "Basic OnQwa2Vu"), ("/hub", "")]
    {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {password}\r\nContent-Length: 100\r\n\r\npage="
        );
        let answer = tokio::time::timeout(PATIENCE, server.raw(head.as_bytes())).await;
        assert!(answer.is_ok(), "{path} {password} keeps its connection");
    }
    assert_eq!(server.get("/blog.atom").await.status, 200);
}

#[tokio::test]
async fn s2_idle_connections_cost_nobody_else() {
    let server = start_with(filled_store(), Settings { max_connections: 300, ..settings() }).await;
    let mut idle = Vec::new();
    for _ in 0..250 {
        idle.push(TcpStream::connect(server.address).await.unwrap());
    }
    assert_eq!(server.get("/blog.atom").await.status, 200);
    drop(idle);
    assert_eq!(server.get("/blog.atom").await.status, 200);
}

#[tokio::test]
async fn s3_paths_name_what_is_published_or_nothing() {
    let server = start().await;
    for path in [
        "/..%2fetc%2fpasswd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/../blog.atom",
        "/./blog.atom",
        "/blog.atom%00",
        "/blog%00.atom",
        "/blog\\..\\x.atom",
        "/%5cblog.atom",
        "//blog.atom",
        "/blog//category/x.atom",
        "/BLOG.atom",
        "/Blog.ATOM",
        "/%C0%AE%C0%AE/blog.atom",
        "/blog/category/%C0%AF.atom",
        "/blog/category/%ED%A0%80.atom",
        "/blog%2Fcategory%2Fx.atom",
        "/blog/category/a%2F..%2Fb.atom",
        "/blog/archive/..%2f0.atom",
        "/blog/archive/-1.atom",
        "/t//blog.atom",
        "/t/x/../blog.atom",
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(is_guarded(&answer), "{path}");
    }
    assert_eq!(server.get("/%62log.atom").await.text(), server.get("/blog.atom").await.text());
}

#[tokio::test]
async fn s4_no_host_chooses_anything() {
    let server = start().await;
    let plain = server.get("/blog.atom").await;
    assert!(plain.text().contains("https://feeds.example.org/blog.atom") && !plain.text().contains("evil"));
    for head in [
        "GET /blog.atom HTTP/1.0\r\n\r\n",
        "GET /blog.atom HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        "GET /blog.atom HTTP/1.1\r\nHost: rebound.example:1234\r\nConnection: close\r\n\r\n",
        "GET http://other.example/blog.atom HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n",
    ] {
        let answer = server.raw(head.as_bytes()).await;
        assert_eq!((answer.status, answer.text() == plain.text()), (200, true), "{head}");
    }
    // A page that was rebound to our address has no token, and its POST no mark of ours.
    let rebound =
        server.raw(b"GET /status HTTP/1.1\r\nHost: rebound.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!(rebound.status, 401);
    let slash = server.raw(b"GET /blog/ HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n").await;
    assert_eq!((slash.status, slash.header("location")), (308, Some("/blog")));
}

#[tokio::test]
async fn s5_the_operators_addresses_want_the_token() {
    let server = start().await;
    let bearer = ("Authorization", "Bearer t0ken");
    for path in ["/status", "/metrics", "/api/status", "/status.atom", "/api/runs/1"] {
        assert_eq!(server.get(path).await.status, 401, "{path}");
        assert_eq!(server.get(&format!("{path}?token=t0ken")).await.status, 401, "{path}");
    }
    for path in ["/api/refresh", "/api/feeds/blog/refresh"] {
        assert_eq!(server.get_with(path, &[bearer]).await.status, 405, "{path}: GET changes nothing");
        assert_eq!(server.ask("POST", path, &[]).await.status, 401, "{path}");
        let basic = ("Authorization", "Basic OnQwa2Vu");
        for foreign in
            [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")]
        {
            let answer = server.ask("POST", path, &[basic, foreign]).await;
            assert_eq!(answer.status, 403, "{path} {foreign:?}");
        }
        assert_eq!(server.ask("POST", path, &[bearer]).await.status, 202, "{path}");
    }
}

#[tokio::test]
async fn s5_guessing_is_slowed_down() {
    let server = start().await;
    let wrong = [("Authorization", "Bearer guess")];
    for _ in 0..10 {
        assert_eq!(server.get_with("/status", &wrong).await.status, 401);
    }
    let refused = server.get_with("/status", &wrong).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("60")));
    assert_eq!(server.get_with("/status", &[("Authorization", "Bearer t0ken")]).await.status, 429);
    assert_eq!(server.get("/blog.atom").await.status, 200, "all else goes on");
    server.clock.advance(Duration::from_secs(61));
    assert_eq!(server.get_with("/status", &[("Authorization", "Bearer t0ken")]).await.status, 200);
}

#[tokio::test]
async fn s6_a_proxy_is_believed_on_who_asks_alone() {
    let forged = [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Proto", "gopher"),
        ("X-Forwarded-Prefix", "/evil"),
        ("X-Forwarded-Port", "1"),
        ("X-Original-URL", "/status"),
        ("X-Rewrite-URL", "/status"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Forwarded", "for=203.0.113.7;host=evil.example;proto=gopher"),
        ("X-Forwarded-For", "203.0.113.7"),
    ];
    for trusted in [&[][..], &["127.0.0.0/8"][..]] {
        let trusted_proxy = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let server = start_with(filled_store(), Settings { trusted_proxy, ..settings() }).await;
        for path in ["/blog.atom", "/blog.json", "/feeds.opml", "/", "/blog/"] {
            let plain = server.get(path).await;
            for header in forged {
                let answer = server.get_with(path, &[header]).await;
                assert_eq!((answer.head(), answer.text()), (plain.head(), plain.text()), "{path} {header:?}");
            }
        }
    }
}

#[tokio::test]
async fn s6_who_is_refused_depends_on_trusted_proxies_alone() {
    let ask = async |server: &Server, who: &str| {
        let headers = [("Authorization", "Bearer guess"), ("X-Forwarded-For", who)];
        server.get_with("/status", &headers).await.status
    };
    let lone = start().await;
    let trusted_proxy = vec!["127.0.0.0/8".parse().unwrap()];
    let proxied = start_with(filled_store(), Settings { trusted_proxy, ..settings() }).await;
    for number in 0..10 {
        assert_eq!(ask(&lone, &format!("203.0.113.{number}")).await, 401);
        assert_eq!(ask(&proxied, "203.0.113.1").await, 401);
    }
    assert_eq!(ask(&lone, "203.0.113.99").await, 429, "a made-up header is no way around");
    assert_eq!(ask(&proxied, "203.0.113.1").await, 429);
    assert_eq!(ask(&proxied, "198.51.100.9, 203.0.113.1").await, 429, "nor is one before the proxy's");
    assert_eq!(ask(&proxied, "203.0.113.2").await, 401, "others go on");
}

#[tokio::test]
async fn s6_an_unknown_query_is_not_repeated() {
    let server = start().await;
    let plain = server.get("/blog.atom").await;
    let asked = server.get("/blog.atom?utm_source=evil&x=%3Cscript%3E").await;
    assert_eq!(asked.text(), plain.text());
    assert_eq!(server.get("/blog/?x=evil%0d%0a").await.header("location"), Some("/blog"));
}

#[tokio::test]
async fn s7_ranges_are_ignored() {
    let server = start().await;
    let plain = server.get("/blog.atom").await;
    let many = format!("bytes={}", "0-,".repeat(1000));
    for range in ["bytes=0-10", "bytes=-1", "bytes=5-1", many.trim_end_matches(',')] {
        let answer = server.get_with("/blog.atom", &[("Range", range)]).await;
        assert_eq!((answer.status, answer.text() == plain.text()), (200, true), "{range}");
        assert_eq!(answer.header("accept-ranges"), None);
    }
}

#[tokio::test]
async fn s8_what_is_framed_twice_is_refused() {
    let server = start().await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(10_000));
    for (head, statuses) in [
        (
            "POST /api/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            &[400][..],
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", &[400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\n", &[400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", &[400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", &[400]),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 10485760\r\n\r\n", &[413]),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", &[400]),
        ("GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        ("FOO\r\n\r\n", &[400]),
        ("GET blog.atom HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        ("GET ftp://x/health/live HTTP/1.1\r\nHost: x\r\n\r\n", &[400]),
        (long.as_str(), &[414, 431, 400]),
        (many.as_str(), &[431, 400]),
    ] {
        let answer = server.raw(head.as_bytes()).await;
        assert!(statuses.contains(&answer.status), "{} {:.60}", answer.status, head);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{head:.60}");
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    }
    // With both, the length is void (RFC 9112 §6.3): what follows is never a second request.
    let both = b"GET /blog.atom HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(both).await.unwrap();
    let mut all = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    let text = String::from_utf8_lossy(&all);
    assert!(text.matches("HTTP/1.1 ").count() <= 1, "{text}");
}

#[tokio::test]
async fn s9_line_ends_never_get_into_headers() {
    let server = start().await;
    for path in [
        "/blog%0d%0aSet-Cookie:%20a=b/",
        "/blog/category/x%0d%0aSet-Cookie:%20a=b/",
        "/blog.atom?category=x%0d%0aSet-Cookie:%20a=b",
        "/blog/category/x%E2%80%A8y.atom",
        "/all.atom?q=%0aLocation:%20//evil",
    ] {
        let answer = server.get(path).await;
        assert!(answer.header("set-cookie").is_none() && answer.header("location").is_none(), "{path}");
    }
}

#[tokio::test]
async fn s10_words_in_an_address_are_no_patterns() {
    let server = start().await;
    for words in ["(a%2B)%2B%24", "%5B", "a.*b", "%28%3F%3C", "%5C"] {
        assert_eq!(server.get(&format!("/blog.atom?q={words}")).await.status, 200, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s11_a_thousand_who_ask_at_once_have_one_rendered() {
    let server = std::sync::Arc::new(
        start_with(filled_store(), Settings { max_connections: 2000, ..settings() }).await,
    );
    *server.store.slow.lock().unwrap() = Duration::from_millis(50);
    let ask = |_| {
        let server = std::sync::Arc::clone(&server);
        tokio::spawn(async move { server.get("/blog.atom").await.status })
    };
    for asked in (0..1000).map(ask).collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), 200);
    }
    assert_eq!(server.store.selects.load(Ordering::SeqCst), 1);
}
