//! Where redirects lead, and where they don't.

use super::http::{body, fetcher, get, now};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{FetchErrorKind, FetchRequest};

#[tokio::test]
async fn a_chain_is_permanent_only_if_every_hop_is() {
    for (statuses, permanent) in [
        (&[301][..], true),
        (&[308], true),
        (&[301, 308, 301], true),
        (&[302], false),
        (&[303], false),
        (&[307], false),
        (&[301, 302], false),
        (&[302, 301], false),
        (&[301, 301, 301, 301, 301], true),
    ] {
        let origin = Origin::start();
        for (number, &status) in statuses.iter().enumerate() {
            origin.answer(&format!("/{number}"), bare(status, &format!("Location: /{}\r\n", number + 1)));
        }
        let last = format!("/{}", statuses.len());
        origin.answer(&last, ok("", "x"));
        let fetched = get(&origin.url("/0")).await.unwrap();
        let facts = fetched.facts();
        assert_eq!(facts.final_url, origin.url(&last));
        assert_eq!(facts.permanent_url, permanent.then(|| origin.url(&last)), "{statuses:?}");
    }
}

#[tokio::test]
async fn odd_locations_are_read_as_they_are_meant() {
    for (location, path) in [
        ("next", "/a/next"),
        ("../next", "/next"),
        ("?page=2", "/a/b?page=2"),
        ("  /next  ", "/next"),
        ("/next#part", "/next"),
        ("/with space", "/with%20space"),
        ("/中文", "/%E4%B8%AD%E6%96%87"),
        ("/a%2Fb", "/a%2Fb"),
        ("/tab\there", "/tabhere"),
    ] {
        let origin = Origin::start();
        origin.answer("/a/b", bare(302, &format!("Location: {location}\r\n")));
        origin.answer(path, ok("", "x"));
        let fetched = get(&origin.url("/a/b")).await.unwrap();
        assert_eq!(fetched.facts().final_url, origin.url(path), "{location}");
    }
    let origin = Origin::start();
    origin.answer("/", b"HTTP/1.1 302 X\r\nLocation: /\xe9\r\nContent-Length: 0\r\n\r\n");
    origin.answer("/%E9", ok("", "x"));
    assert_eq!(body(&get(&origin.url("/")).await.unwrap()), "x");
    let other = Origin::start();
    other.answer("/", ok("", "y"));
    origin.answer("/scheme-less", bare(301, &format!("Location: //{}/\r\n", other.address())));
    assert_eq!(body(&get(&origin.url("/scheme-less")).await.unwrap()), "y");
}

#[tokio::test]
async fn redirects_that_are_not_followed() {
    for (fields, message) in [
        ("", "answered 301 without a `Location`"),
        ("Location: \r\n", "answered 301 without a `Location`"),
        ("Location: http://\r\n", "redirects to `http://`: empty host"),
        (
            "Location: http://[fe80::1%25eth0]/\r\n",
            "redirects to `http://[fe80::1%25eth0]/`: invalid IPv6 address",
        ),
        ("Location: /0\r\n", "redirects in a loop, back to `ORIGIN/0`"),
        ("Location: #self\r\n", "redirects in a loop, back to `ORIGIN/0`"),
        ("Location: file:///etc/passwd\r\n", "blocked by policy: `file` is neither http nor https"),
        ("Location: ftp://example.org/\r\n", "blocked by policy: `ftp` is neither http nor https"),
        ("Location: data:text/xml,<rss/>\r\n", "blocked by policy: `data` is neither http nor https"),
        ("Location: javascript:alert(1)\r\n", "blocked by policy: `javascript` is neither http nor https"),
        (
            "Location: http://169.254.169.254/latest/\r\n",
            "blocked by policy: 169.254.169.254 is a link-local address; `fetch.allow` can let it through",
        ),
    ] {
        let origin = Origin::start();
        origin.answer("/0", bare(301, fields));
        let error = get(&origin.url("/0")).await.unwrap_err();
        assert_eq!(error.message, message.replace("ORIGIN", origin.url("").as_str()));
        let kind = if message.starts_with("blocked") {
            FetchErrorKind::Blocked
        } else {
            FetchErrorKind::BadRedirect
        };
        assert_eq!(error.kind, kind);
        assert_eq!(origin.requests().len(), 1);
    }
}

#[tokio::test]
async fn loops_and_long_chains_end() {
    let origin = Origin::start();
    origin.answer("/a", bare(302, "Location: /b\r\n"));
    origin.answer("/b", bare(302, "Location: /a\r\n"));
    let error = get(&origin.url("/a")).await.unwrap_err();
    assert_eq!(error.message, format!("redirects in a loop, back to `{}`", origin.url("/a")));
    assert_eq!((error.status, error.url), (Some(302), origin.url("/b")));
    for number in 0..7 {
        origin.answer(&format!("/{number}"), bare(301, &format!("Location: /{}\r\n", number + 1)));
    }
    let error = get(&origin.url("/0")).await.unwrap_err();
    assert_eq!(error.message, "redirects more than 5 times");
    assert_eq!(origin.requests().len(), 2 + 6);
    origin.answer("/long", bare(301, &format!("Location: /{}\r\n", "x".repeat(9000))));
    let error = get(&origin.url("/long")).await.unwrap_err();
    assert_eq!(error.message, "answered 301 with a `Location` of 9001 bytes");
}

#[tokio::test]
async fn credentials_in_a_location_are_not_used() {
    let (origin, other) = (Origin::start(), Origin::start());
    let with_user = other.url("/").replace("http://", "http://admin:admin@");
    origin.answer("/", bare(302, &format!("Location: {with_user}\r\n")));
    other.answer("/", bare(401, ""));
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.headers = vec![("X-Key".to_owned(), "a".to_owned())];
    let error = fetcher().fetch(&request).await.unwrap_err();
    assert_eq!(other.last_field("authorization"), None);
    assert_eq!(error.to_string(), format!("{}: answered 401", other.url("/")));
    assert_eq!(
        error.help.as_deref(),
        Some("credentials and headers go to the source's own origin alone: give this address as its URL")
    );
}
