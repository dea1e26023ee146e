//! What an origin sees of us and what we make of its answers.

use crate::origin::{Origin, Step, bare, ok};
use chrono::{DateTime, Utc};
use feedmill::collect::{FetchError, FetchErrorKind, FetchRequest, FetchSettings, Fetched, Fetcher};
use feedmill::model::Validators;
use std::{io::Write as _, time::Duration};

pub(super) fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(super) fn settings() -> FetchSettings {
    FetchSettings {
        user_agent: "feedmill/0.1 (+https://example.org/bot)".to_owned(),
        allow: vec!["127.0.0.0/8".parse().unwrap()],
        ..FetchSettings::default()
    }
}

pub(super) fn fetcher() -> Fetcher {
    Fetcher::new(settings()).unwrap()
}

pub(super) async fn get(url: &str) -> Result<Fetched, FetchError> {
    fetcher().fetch(&FetchRequest::new(url, now())).await
}

pub(super) fn body(fetched: &Fetched) -> String {
    match fetched {
        Fetched::Body { body, .. } => String::from_utf8_lossy(body).into_owned(),
        Fetched::NotModified(_) => panic!("304"),
    }
}

pub(super) fn gzip(text: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(text).unwrap();
    writer.finish().unwrap()
}

#[tokio::test]
async fn a_body_comes_with_its_facts() {
    let origin = Origin::start();
    origin.answer(
        "/feed",
        ok(
            "ETag: W/\"a\"\r\nLast-Modified: Sat, 32 Foo 2041\r\nCache-Control: public, max-age=600\r\nAge: 100\r\n\
             Date: Sat, 21 Nov 2026 11:00:00 GMT\r\nContent-Type: text/xml; charset=GBK\r\nLink: <https://hub.example/>; rel=hub\r\n",
            "<rss/>",
        ),
    );
    let Fetched::Body { body, content_type, facts } = get(&origin.url("/feed#top")).await.unwrap() else {
        panic!("304")
    };
    assert_eq!(body, b"<rss/>");
    assert_eq!(content_type.as_deref(), Some("text/xml; charset=GBK"));
    assert_eq!(facts.validators.etag.as_deref(), Some(b"W/\"a\"".as_slice()));
    assert_eq!(facts.validators.last_modified.as_deref(), Some(b"Sat, 32 Foo 2041".as_slice()));
    assert_eq!(facts.fresh_for, Some(Duration::from_secs(500)));
    assert_eq!(facts.date, Some("2026-11-21T11:00:00Z".parse().unwrap()));
    assert_eq!(facts.final_url, origin.url("/feed"));
    assert_eq!(facts.permanent_url, None);
    assert_eq!(facts.links, ["<https://hub.example/>; rel=hub"]);
    assert_eq!(facts.wire_bytes, 6);
}

#[tokio::test]
async fn validators_go_back_byte_for_byte() {
    for (etag, modified) in [
        (&b"\"plain\""[..], &b"Sat, 21 Nov 2026 11:00:00 GMT"[..]),
        (b"W/\"weak\"", b"21 Nov 2041 11:00:00 +0800"),
        (b"no quotes, junk", b"0"),
        (b"\"\xe4\xb8\xad\xff\"", b"yesterday"),
    ] {
        let origin = Origin::start();
        let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: ".to_vec();
        answer.extend_from_slice(etag);
        answer.extend_from_slice(b"\r\nLast-Modified: ");
        answer.extend_from_slice(modified);
        answer.extend_from_slice(b"\r\n\r\nx");
        origin.answer("/", &answer);
        origin.answer("/", bare(304, ""));
        let first = get(&origin.url("/")).await.unwrap();
        assert_eq!(origin.last_field("if-none-match"), None);
        let mut request = FetchRequest::new(origin.url("/"), now());
        request.validators = first.facts().validators.clone();
        let second = fetcher().fetch(&request).await.unwrap();
        let Fetched::NotModified(facts) = second else { panic!("200") };
        assert_eq!(facts.validators, request.validators, "a 304 without new ones keeps them");
        let chars = |bytes: &[u8]| bytes.iter().map(|&byte| char::from(byte)).collect::<String>();
        assert_eq!(origin.last_field("if-none-match"), Some(chars(etag)));
        assert_eq!(origin.last_field("if-modified-since"), Some(chars(modified)));
    }
}

#[tokio::test]
async fn only_what_was_given_is_sent_and_a_304_renews_it() {
    let origin = Origin::start();
    origin.answer("/", bare(304, "ETag: \"new\"\r\n"));
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.validators.last_modified = Some(b"then".to_vec());
    let fetched = fetcher().fetch(&request).await.unwrap();
    assert_eq!(origin.last_field("if-none-match"), None);
    assert_eq!(
        fetched.facts().validators,
        Validators { etag: Some(b"\"new\"".to_vec()), last_modified: Some(b"then".to_vec()) }
    );
}

#[tokio::test]
async fn a_200_without_validators_clears_them() {
    let origin = Origin::start();
    origin.answer("/", ok("ETag: \r\n", "x"));
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.validators.etag = Some(b"\"old\"".to_vec());
    let fetched = fetcher().fetch(&request).await.unwrap();
    assert_eq!(fetched.facts().validators, Validators::default());
}

#[tokio::test]
async fn validators_go_only_to_the_url_that_gave_them() {
    let origin = Origin::start();
    origin.answer("/old", bare(302, "Location: /new\r\n"));
    origin.answer("/new", bare(304, ""));
    let mut request = FetchRequest::new(origin.url("/old"), now());
    request.validators.etag = Some(b"\"a\"".to_vec());
    request.validators_from = Some(origin.url("/new"));
    fetcher().fetch(&request).await.unwrap();
    let sent: Vec<_> = origin.requests().iter().map(|head| head.contains("if-none-match: \"a\"")).collect();
    assert_eq!(sent, [false, true]);
    request.validators_from = Some(origin.url("/elsewhere"));
    let error = fetcher().fetch(&request).await.unwrap_err();
    assert_eq!(error.message, "answered 304 to an unconditional request");
}

#[tokio::test]
async fn how_long_an_origin_calls_it_fresh() {
    let date = "Date: Sat, 21 Nov 2026 11:00:00 GMT\r\n";
    for (fields, expected) in [
        ("", None),
        ("Cache-Control: max-age=60\r\n", Some(60)),
        ("Cache-Control: private\r\nCache-Control: Max-Age = \"60\"\r\n", Some(60)),
        ("Cache-Control: max-age=60\r\nAge: 100\r\n", Some(0)),
        ("Cache-Control: max-age=60, no-store\r\n", None),
        ("Cache-Control: s-maxage=60\r\n", None),
        ("Cache-Control: max-age=-1\r\n", None),
        ("Cache-Control: max-age=99999999999999999999\r\n", Some(366 * 86_400)),
        ("Expires: Sat, 21 Nov 2026 12:00:00 GMT\r\n", Some(3600)),
        ("Expires: Sat, 21 Nov 2026 10:00:00 GMT\r\n", Some(0)),
        ("Expires: 0\r\n", Some(0)),
        ("Expires: Sat, 21 Nov 2026 12:00:00 GMT\r\nCache-Control: max-age=5\r\n", Some(5)),
    ] {
        let origin = Origin::start();
        origin.answer("/", ok(&format!("{date}{fields}"), "x"));
        let fetched = get(&origin.url("/")).await.unwrap();
        assert_eq!(fetched.facts().fresh_for, expected.map(Duration::from_secs), "{fields}");
    }
    // An origin that doesn't tell its own time is judged by ours.
    let origin = Origin::start();
    let expires = httpdate::fmt_http_date((now() + chrono::TimeDelta::hours(3)).into());
    origin.answer("/", ok(&format!("Expires: {expires}\r\n"), "x"));
    let fetched = get(&origin.url("/")).await.unwrap();
    let fresh_for = fetched.facts().fresh_for.unwrap().as_secs();
    assert!((10_799..=10_800).contains(&fresh_for), "{fresh_for}");
}

#[tokio::test]
async fn statuses_that_are_no_document() {
    use FetchErrorKind::{Busy, Gone, Status};
    for (status, kind) in [
        (201, Status),
        (204, Status),
        (205, Status),
        (206, Status),
        (226, Status),
        (300, Status),
        (304, Status),
        (305, Status),
        (400, Status),
        (401, Status),
        (403, Status),
        (404, Status),
        (410, Gone),
        (429, Busy),
        (500, Status),
        (502, Status),
        (503, Busy),
        (999, Status),
    ] {
        let origin = Origin::start();
        origin.answer("/", bare(status, ""));
        let error = get(&origin.url("/")).await.unwrap_err();
        let expected = match status {
            304 => "answered 304 to an unconditional request".to_owned(),
            _ => format!("answered {status}"),
        };
        assert_eq!((error.message, error.status), (expected, Some(status)));
        assert_eq!(error.kind, kind, "{status}");
        assert_eq!(error.url, origin.url("/"));
    }
}

#[tokio::test]
async fn retry_after_in_both_forms() {
    for (status, fields, expected) in [
        (429, "Retry-After: 120\r\n", Some(120)),
        (
            503,
            "Date: Sat, 21 Nov 2026 10:00:00 GMT\r\nRetry-After: Sat, 21 Nov 2026 11:00:00 GMT\r\n",
            Some(3600),
        ),
        // Without a date of its own: from our clock, which stands at 12:00.
        (503, "Retry-After: Sat, 21 Nov 2026 12:00:30 GMT\r\n", Some(30)),
        (503, "Retry-After: Sat, 21 Nov 2026 09:00:00 GMT\r\n", Some(0)),
        (403, "Retry-After: 5\r\n", Some(5)),
        (302, "Retry-After: 7\r\n", Some(7)),
        (429, "Retry-After: 99999999999999999999999\r\n", Some(366 * 86_400)),
        (429, "Retry-After: 60, 3600\r\n", Some(3600)),
        (429, "Retry-After: 10\r\nRetry-After: 7200\r\n", Some(7200)),
        (429, "Retry-After: \"90\"\r\n", Some(90)),
        (429, "Retry-After: 120s\r\n", Some(120)),
        (429, "Retry-After: 2026-11-21T12:01:00Z\r\n", Some(60)),
        (429, "RateLimit-Reset: 7200\r\n", Some(7200)),
        (429, "X-RateLimit-Reset: 321.0\r\n", Some(321)),
        (503, "Date: Sat, 21 Nov 2026 10:00:00 GMT\r\nX-RateLimit-Reset: 1795255260\r\n", Some(60)),
        (429, "Retry-After: 5\r\nRateLimit-Reset: 7200\r\n", Some(5)),
        (403, "RateLimit-Reset: 7200\r\n", None),
        (429, "Retry-After: soon\r\n", None),
        (429, "Retry-After: -1\r\n", None),
        (429, "", None),
    ] {
        let origin = Origin::start();
        origin.answer("/", bare(status, fields));
        let error = get(&origin.url("/")).await.unwrap_err();
        assert_eq!(error.retry_after, expected.map(Duration::from_secs), "{fields}");
    }
}

#[tokio::test]
async fn every_coding_we_ask_for_is_read() {
    let text = "中文 feed ".repeat(1000);
    let plain = text.as_bytes();
    let deflated = |raw: bool| {
        let mut out = Vec::new();
        if raw {
            let mut writer = flate2::write::DeflateEncoder::new(&mut out, flate2::Compression::fast());
            writer.write_all(plain).unwrap();
        } else {
            let mut writer = flate2::write::ZlibEncoder::new(&mut out, flate2::Compression::fast());
            writer.write_all(plain).unwrap();
        }
        out
    };
    let mut brotlied = Vec::new();
    brotli::CompressorWriter::new(&mut brotlied, 4096, 5, 22).write_all(plain).unwrap();
    let zstded = zstd::encode_all(plain, 3).unwrap();
    let (front, back) = plain.split_at(1000);
    let padded = [gzip(front), gzip(back), vec![0; 512]].concat();
    for (coding, wire) in [
        ("gzip", gzip(plain)),
        ("X-GZIP", gzip(plain)),
        ("identity, gzip", gzip(plain)),
        ("gzip", padded),
        ("gzip", plain.to_vec()),
        ("zstd", plain.to_vec()),
        ("", gzip(plain)),
        ("identity", plain.to_vec()),
        ("deflate", deflated(false)),
        ("deflate", deflated(true)),
        ("br", brotlied),
        ("zstd", zstded),
    ] {
        let origin = Origin::start();
        let length = wire.len() as u64;
        origin.answer("/", ok(&format!("Content-Encoding: {coding}\r\n"), wire));
        let fetched = get(&origin.url("/")).await.unwrap();
        assert_eq!(body(&fetched), text, "{coding}");
        assert_eq!(fetched.facts().wire_bytes, length);
    }
}

#[tokio::test]
async fn a_misdirected_request_is_asked_once_more_over_a_new_connection() {
    let origin = Origin::start();
    origin.answer("/", bare(421, ""));
    origin.answer("/", ok("", "x"));
    assert_eq!(body(&get(&origin.url("/")).await.unwrap()), "x");
    assert_eq!((origin.requests().len(), origin.connections()), (2, 2));
}

#[tokio::test]
async fn a_connection_that_was_closing_is_no_failure() {
    let origin = Origin::start();
    origin.answer("/", ok("", "a"));
    origin.script("/", vec![Step::Close]);
    origin.answer("/", ok("", "b"));
    origin.script("/", vec![Step::Close]);
    let fetcher = fetcher();
    let request = FetchRequest::new(origin.url("/"), now());
    for meant in ["a", "b"] {
        assert_eq!(body(&fetcher.fetch(&request).await.unwrap()), meant);
    }
    assert_eq!((origin.requests().len(), origin.connections()), (3, 2));
    // A new connection that ends so is asked no more than once.
    let fetcher = Fetcher::new(settings()).unwrap();
    let error = fetcher.fetch(&request).await.unwrap_err();
    assert_eq!(error.message, "the connection was closed before an answer");
    assert_eq!(origin.requests().len(), 4);
}

#[tokio::test]
async fn an_origin_that_takes_no_conditions_is_asked_without() {
    let origin = Origin::start();
    origin.answer("/", bare(412, ""));
    origin.answer("/", ok("ETag: \"2\"\r\n", "a"));
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.validators = Validators { etag: Some(b"\"1\"".to_vec()), last_modified: None };
    let fetched = fetcher().fetch(&request).await.unwrap();
    assert_eq!((body(&fetched).as_str(), &fetched.facts().validators), ("a", &Validators::default()));
    assert!(!origin.requests()[1].to_ascii_lowercase().contains("if-none-match"));
}

#[tokio::test]
async fn fields_that_are_none_are_passed_over() {
    let origin = Origin::start();
    let odd = "Warning: division by zero in feed.php\r\nX Bad: x\r\nX-Spaced : y\r\nno colon at all\r\nX-Folded: a\r\n  b\r\nETag: \"1\"\r\n";
    origin.answer("/", ok(odd, "a"));
    let fetched = fetcher().fetch(&FetchRequest::new(origin.url("/"), now())).await.unwrap();
    assert_eq!(body(&fetched), "a");
    assert_eq!(fetched.facts().validators.etag.as_deref(), Some(b"\"1\"".as_slice()));
}

#[tokio::test]
async fn old_servers_are_fine() {
    let origin = Origin::start();
    origin.script(
        "/",
        vec![Step::Send(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss/>".to_vec()), Step::Close],
    );
    assert_eq!(body(&get(&origin.url("/")).await.unwrap()), "<rss/>");
}
