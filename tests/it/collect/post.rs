//! Small messages out: what the other side sees, and what is made of its answer.

use super::http::{fetcher, now, settings};
use crate::origin::{Origin, Step, bare};
use feedmill::collect::{FetchErrorKind, FetchSettings, Fetcher, PostRequest, Posted};
use std::time::Duration;

fn form(url: String) -> PostRequest {
    PostRequest::form(url, &[("hub.mode", "subscribe"), ("hub.topic", "https://a.example/?x=中&y")], now())
}

#[tokio::test]
async fn the_message_is_this_and_nothing_more() {
    let origin = Origin::start();
    origin.answer("/hub", "HTTP/1.1 202 Accepted\r\nRetry-After: 7\r\nContent-Length: 9\r\n\r\n all well");
    let url = origin.url("/hub").replace("http://", "http://user:pass@");
    let request = form(url).with_header("X-Hub-Signature", "sha256=00");
    let posted = fetcher().post(&request).await.unwrap();
    let expected = Posted {
        status: 202,
        final_url: origin.url("/hub"),
        text: "all well".to_owned(),
        retry_after: Some(Duration::from_secs(7)),
    };
    assert_eq!(posted, expected);
    let mut lines: Vec<String> = origin.requests()[0].split("\r\n").map(str::to_owned).collect();
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            "POST /hub HTTP/1.1",
            "",
            "accept: text/plain, */*;q=0.5",
            "content-length: 75",
            "content-type: application/x-www-form-urlencoded",
            &format!("host: {}", origin.address()),
            "hub.mode=subscribe&hub.topic=https%3A%2F%2Fa.example%2F%3Fx%3D%E4%B8%AD%26y",
            "user-agent: feedmill/0.1 (+https://example.org/bot)",
            "x-hub-signature: sha256=00",
        ]
    );
}

#[tokio::test]
async fn every_status_is_an_answer_and_only_307_and_308_are_followed() {
    let origin = Origin::start();
    origin.answer("/400", "HTTP/1.1 400 No\r\nContent-Length: 5\r\n\r\nno\r\n\n");
    assert_eq!(fetcher().post(&form(origin.url("/400"))).await.unwrap().text, "no");
    for status in [200, 204, 301, 302, 303, 404, 410, 503] {
        origin.answer(&format!("/{status}"), bare(status, "Location: /there\r\n"));
        let posted = fetcher().post(&form(origin.url(&format!("/{status}")))).await.unwrap();
        assert_eq!(posted.status, status);
    }
    for status in [307, 308] {
        let away = Origin::start();
        let path = format!("/{status}");
        origin.answer(&path, bare(status, &format!("Location: {}\r\n", away.url("/there"))));
        away.answer("/there", bare(202, ""));
        let request = PostRequest::bytes(origin.url(&path), "text/xml", b"<a/>\xff".to_vec(), now());
        let posted = fetcher().post(&request.with_header("X-Hub-Signature", "s")).await.unwrap();
        assert_eq!((posted.status, posted.final_url), (202, away.url("/there")));
        let seen = away.requests().remove(0);
        assert!(seen.starts_with("POST /there ") && seen.ends_with("\r\n\r\n<a/>\u{ff}"), "{seen}");
        assert_eq!(away.last_field("x-hub-signature").as_deref(), Some("s"));
    }
    assert!(!origin.requests().iter().any(|seen| seen.contains("/there HTTP") || seen.starts_with("GET")));
}

#[tokio::test]
async fn what_is_no_answer() {
    let origin = Origin::start();
    origin.answer("/loop", bare(307, "Location: /loop\r\n"));
    origin.answer("/nowhere", bare(308, ""));
    origin.answer("/inside", bare(307, "Location: http://10.0.0.1/\r\n"));
    origin.script("/cut", vec![Step::Close]);
    for (path, kind, message) in [
        (
            "/loop",
            FetchErrorKind::BadRedirect,
            format!("redirects in a loop, back to `{}`", origin.url("/loop")),
        ),
        ("/nowhere", FetchErrorKind::BadRedirect, "answered 308 without a `Location`".to_owned()),
        (
            "/inside",
            FetchErrorKind::Blocked,
            "blocked by policy: 10.0.0.1 is a private address; `fetch.allow` can let it through".to_owned(),
        ),
        ("/cut", FetchErrorKind::CutShort, "the connection was closed before an answer".to_owned()),
    ] {
        let error = fetcher().post(&form(origin.url(path))).await.unwrap_err();
        assert_eq!((error.kind, error.message), (kind, message), "{path}");
    }
    let strict = Fetcher::new(FetchSettings { allow: Vec::new(), ..settings() }).unwrap();
    let before = origin.connections();
    let error = strict.post(&form(origin.url("/loop"))).await.unwrap_err();
    assert_eq!((error.kind, origin.connections()), (FetchErrorKind::Blocked, before));
    for (name, message) in [
        ("Authorization", "the header `Authorization` is only sent through `auth`"),
        ("Host", "the header `Host` can't be set"),
    ] {
        let error = fetcher().post(&form(origin.url("/loop")).with_header(name, "x")).await.unwrap_err();
        assert_eq!(error.message, message);
    }
}

#[tokio::test]
async fn a_server_that_is_silent_or_never_ends() {
    let origin = Origin::start();
    origin.script("/silent", vec![Step::Wait(Duration::from_mins(1))]);
    let endless = b"HTTP/1.1 202 X\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    origin.script("/forever", vec![Step::Send(endless), Step::Forever(b"3\r\nabc\r\n".to_vec())]);
    let quick = Fetcher::new(FetchSettings { timeout: Duration::from_millis(200), ..settings() }).unwrap();
    let error = quick.post(&form(origin.url("/silent"))).await.unwrap_err();
    assert_eq!((error.kind, error.message.as_str()), (FetchErrorKind::TimedOut, "timed out after 200 ms"));
    let posted = Fetcher::new(settings()).unwrap().post(&form(origin.url("/forever"))).await.unwrap();
    assert_eq!((posted.status, posted.text.len()), (202, 2048));
}
