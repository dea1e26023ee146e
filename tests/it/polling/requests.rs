//! What every request is, over days and whatever the origin answers.

use super::daemon::{Daemon, Kept, feed, hours, politeness, rss, settings};
use crate::origin::{Origin, bare, ok};
use crate::tls_origin::{H2Origin, root};
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::model::{Outcome, Refresher as _};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

#[tokio::test]
async fn the_same_request_whatever_was_answered_and_nothing_beside_it() {
    let origin = Origin::start();
    let beside = "<image><url>/favicon.ico</url><link>/</link></image><icon>/icon.png</icon>\
        <item><guid>x</guid><link>/article</link><enclosure url=\"/file.mp3\" type=\"audio/mpeg\"/>\
        <description>&lt;img src=\"/picture.png\"&gt;</description></item>";
    origin.answer("/feed?a=b", ok("ETag: \"1\"\r\nSet-Cookie: a=b\r\n", rss(beside, &["a"])));
    for status in [403, 500, 429, 404, 200, 304, 503, 400, 406] {
        origin.answer("/feed?a=b", bare(status, "Set-Cookie: c=d; Path=/\r\n"));
    }
    let daemon = Daemon::on(&origin, "/feed?a=b").await;
    for _ in 0..12 {
        daemon.pass(hours(30)).await;
    }
    let requests = origin.requests();
    assert_eq!(requests.len(), 13);
    let lines: BTreeSet<&str> = requests.iter().flat_map(|request| request.split("\r\n")).collect();
    let host = format!("host: {}", origin.address());
    let own = ["", "GET /feed?a=b HTTP/1.1", &host, "if-none-match: \"1\""];
    assert_eq!(lines, own.into_iter().chain(FIELDS).collect());
}

#[tokio::test]
async fn statuses_that_are_no_whole_document_are_errors() {
    for status in [204, 205, 206, 226, 300, 402, 418, 451, 599, 999] {
        let origin = Origin::start();
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
        origin.answer("/feed", bare(status, ""));
        let daemon = Daemon::on(&origin, "/feed").await;
        daemon.pass(hours(2)).await;
        assert_eq!((daemon.problem(), daemon.entries("f")), (format!("answered {status}"), 1));
    }
}

/// A firewall that lets no `If-None-Match` through: the feed isn't lost for ever.
#[tokio::test]
async fn an_origin_that_refuses_conditions_is_asked_without_in_the_end() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    for _ in 0..3 {
        origin.answer("/feed", bare(400, ""));
    }
    feed(&origin, "/feed", "ETag: \"2\"\r\n", &["a", "b"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    for _ in 0..4 {
        daemon.pass(hours(30)).await;
    }
    let asked = origin.requests().iter().map(|request| request.contains("if-none-match")).collect::<Vec<_>>();
    assert_eq!(asked, [false, true, true, true, false]);
    assert_eq!(daemon.entries("f"), 2);
}

#[tokio::test]
async fn a_connection_is_kept_for_a_while_and_not_for_ever() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let settings = FetchSettings { idle_timeout: Duration::from_millis(50), ..settings() };
    let daemon = Kept::new(Arc::new(Fetcher::new(settings).unwrap()), politeness()).start().await;
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.settled().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    while origin.open() > 0 {
        assert!(tokio::time::Instant::now() < deadline, "kept open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(origin.connections(), 1);
}

#[tokio::test]
async fn two_polls_of_a_host_go_over_one_http_2_connection() {
    let origin = H2Origin::start();
    for path in ["/a", "/b"] {
        origin.answer(path, &[("etag", "\"1\""), ("last-modified", "yesterday")], rss("", &["a"]));
    }
    let fetcher = Fetcher::new(settings()).unwrap().trusting(&root()).unwrap();
    let daemon = Kept::new(Arc::new(fetcher), politeness()).start().await;
    let sources = ["/a", "/b"].map(|path| format!("feed: {}", origin.url(path)));
    daemon.define("f", &sources.each_ref().map(String::as_str)).await;
    daemon.settled().await;
    daemon.pass(Duration::from_secs(1)).await;
    assert_eq!(daemon.entries("f"), 2);
    daemon.pass(hours(30)).await;
    daemon.pass(Duration::from_secs(1)).await;
    let requests = origin.requests();
    assert_eq!((requests.len(), origin.connections()), (4, 1));
    for (place, request) in requests.iter().enumerate() {
        assert_eq!((request.version(), request.method()), (http::Version::HTTP_2, &http::Method::GET));
        let fields: BTreeSet<String> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let mut expected: BTreeSet<String> = FIELDS.map(str::to_owned).into();
        if place >= 2 {
            expected.extend(["if-none-match: \"1\"".to_owned(), "if-modified-since: yesterday".to_owned()]);
        }
        assert_eq!(fields, expected);
    }
    let sources = daemon.handle.status().feeds.remove(0).sources;
    assert!(sources.iter().all(|source| source.outcome == Some(Outcome::Unchanged)), "{sources:?}");
}

/// What every request says.
const FIELDS: [&str; 3] = [
    "accept-encoding: gzip, br, zstd",
    "accept: application/atom+xml, application/rss+xml, application/feed+json, \
     application/rdf+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, \
     text/html;q=0.5, */*;q=0.1",
    "user-agent: feedmill/0.1 (+https://example.org/)",
];
