//! What an origin sees of us.

use super::http::{fetcher, get, now};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{FetchErrorKind, FetchRequest};
use feedmill::definition::Auth;

#[tokio::test]
async fn the_request_is_this_and_nothing_more() {
    let origin = Origin::start();
    origin.answer("/feed", ok("Set-Cookie: a=b\r\n", "<rss/>"));
    let fetcher = fetcher();
    for _ in 0..2 {
        fetcher.fetch(&FetchRequest::new(origin.url("/feed"), now())).await.unwrap();
    }
    let mut lines: Vec<String> = origin.requests()[1].split("\r\n").map(str::to_owned).collect();
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            "GET /feed HTTP/1.1",
            "",
            "",
            "accept-encoding: gzip, br, zstd",
            "accept: application/atom+xml, application/rss+xml, application/feed+json, \
             application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
             text/html;q=0.5, */*;q=0.1",
            &format!("host: {}", origin.address()),
            "user-agent: feedmill/0.1 (+https://example.org/bot)",
        ]
    );
    assert_eq!(origin.connections(), 1, "kept alive");
}

#[tokio::test]
async fn headers_and_credentials_stay_at_their_origin() {
    let (home, away) = (Origin::start(), Origin::start());
    home.answer("/start", bare(302, "Location: /next\r\n"));
    home.answer("/next", bare(302, &format!("Location: {}\r\n", away.url("/there"))));
    away.answer("/there", bare(302, &format!("Location: {}\r\n", home.url("/back"))));
    home.answer("/back", ok("", "x"));
    let mut request = FetchRequest::new(home.url("/start"), now());
    request.headers = vec![("X-Key".to_owned(), "s3cret".to_owned())];
    request.auth = Some(Auth::Basic("user:pass".to_owned()));
    fetcher().fetch(&request).await.unwrap();
    for head in home.requests() {
        assert!(head.contains("\r\nx-key: s3cret\r\n"), "{head}");
        assert!(head.contains("\r\nauthorization: Basic dXNlcjpwYXNz\r\n"), "{head}");
    }
    assert_eq!(away.last_field("x-key"), None);
    assert_eq!(away.last_field("authorization"), None);
    assert_eq!(away.last_field("referer"), None);

    away.answer("/bearer", ok("", "x"));
    let mut request = FetchRequest::new(away.url("/bearer"), now());
    request.auth = Some(Auth::Bearer("t0ken".to_owned()));
    fetcher().fetch(&request).await.unwrap();
    assert_eq!(away.last_field("authorization").as_deref(), Some("Bearer t0ken"));
}

#[tokio::test]
async fn credentials_in_a_url_are_sent_but_never_shown() {
    let origin = Origin::start();
    let url = origin.url("/").replace("http://", "http://us%C3%A9r:p%40ss@");
    let error = get(&url).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{}: answered 404", origin.url("/")));
    assert_eq!(origin.last_field("authorization").as_deref(), Some("Basic dXPDqXI6cEBzcw=="));
    let error = get("http://user:pass@:x/").await.unwrap_err();
    assert!(!error.to_string().contains("pass"), "{error}");
}

#[tokio::test]
async fn headers_that_a_definition_cannot_send() {
    let origin = Origin::start();
    for (name, value, message) in [
        ("Host", "x", "the header `Host` can't be set"),
        ("X-Forwarded-For", "x", "the header `X-Forwarded-For` can't be set"),
        ("Cookie2\r\nX", "x", "`Cookie2\\r\\nX` is no header name"),
        ("", "x", "`` is no header name"),
        ("X-A", "a\r\nX-B: b", "the header `X-A` has characters that no header can have"),
        ("authorization", "Basic x", "the header `authorization` is only sent through `auth`"),
        ("User-Agent", "Mozilla/5.0", "the header `User-Agent` can't be set"),
        ("Accept-Encoding", "xz", "the header `Accept-Encoding` can't be set"),
        ("Transfer-Encoding", "chunked", "the header `Transfer-Encoding` can't be set"),
        ("Sec-Fetch-Site", "none", "the header `Sec-Fetch-Site` can't be set"),
        ("Remote-Groups", "admin", "the header `Remote-Groups` can't be set"),
        ("X-Forwarded", "for=1.2.3.4", "the header `X-Forwarded` can't be set"),
        ("CF-Connecting-IP", "1.2.3.4", "the header `CF-Connecting-IP` can't be set"),
        ("X-Auth-Request-User", "root", "the header `X-Auth-Request-User` can't be set"),
        ("Tailscale-User-Login", "root", "the header `Tailscale-User-Login` can't be set"),
        ("Cookie", "a=b", "the header `Cookie` can't be set"),
        ("Cache-Control", "no-cache", "the header `Cache-Control` can't be set"),
        ("Pragma", "no-cache", "the header `Pragma` can't be set"),
    ] {
        let mut request = FetchRequest::new(origin.url("/"), now());
        request.headers = vec![(name.to_owned(), value.to_owned())];
        let error = fetcher().fetch(&request).await.unwrap_err();
        assert_eq!(error.message, message);
        assert_eq!(error.kind, FetchErrorKind::Unusable);
    }
    assert_eq!(origin.requests(), Vec::<String>::new());
}
