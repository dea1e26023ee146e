//! Validators: what is sent back, byte for byte, and when it is not.

use super::daemon::{Daemon, feed, hours, minutes, rss};
use crate::origin::{Origin, Step, bare, ok};

fn field(request: &str, name: &str) -> Option<String> {
    request.split("\r\n").find_map(|line| {
        let (field, value) = line.split_once(": ")?;
        field.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// `If-None-Match` and `If-Modified-Since` of every request so far.
fn sent(origin: &Origin) -> Vec<(Option<String>, Option<String>)> {
    let requests = origin.requests();
    requests
        .iter()
        .map(|request| (field(request, "if-none-match"), field(request, "if-modified-since")))
        .collect()
}

fn both(etag: &str, date: &str) -> (Option<String>, Option<String>) {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    (some(etag), some(date))
}

/// Polls once for each answer, then once more; what was sent with each.
async fn story(answers: &[Vec<u8>]) -> Vec<(Option<String>, Option<String>)> {
    let origin = Origin::start();
    for answer in answers {
        origin.answer("/feed", answer);
    }
    let daemon = Daemon::on(&origin, "/feed").await;
    for _ in answers {
        daemon.pass(hours(30)).await;
    }
    sent(&origin)
}

#[tokio::test]
async fn the_first_poll_has_none_and_the_next_has_both_byte_for_byte() {
    for (etag, date) in [
        ("\"a\"", "Sat, 21 Nov 2026 11:00:00 GMT"),
        ("W/\"weak\"", "Sat, 32 Foo 2041 25:61:00 CEST"),
        ("no quotes at all", "yesterday"),
        ("\"\u{e9}\u{fc}\u{80}\"", "2026-11-21T12:00:00+01:00"),
        ("\"one\", \"two\"", "0"),
        ("\"only a tag\"", ""),
        ("", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ] {
        let mut head = Vec::new();
        for (name, value) in [("ETag", etag), ("Last-Modified", date)] {
            if !value.is_empty() {
                head.extend(format!("{name}: ").bytes());
                // One byte a char, as the origin keeps requests.
                head.extend(value.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()));
                head.extend(b"\r\n");
            }
        }
        let body = rss("", &["a"]);
        let mut answer = b"HTTP/1.1 200 OK\r\n".to_vec();
        answer.extend(head);
        answer.extend(format!("Content-Length: {}\r\n\r\n{body}", body.len()).bytes());
        let sent = story(&[answer, bare(304, "").into_bytes()]).await;
        assert_eq!(sent, [both("", ""), both(etag, date), both(etag, date)], "{etag} {date}");
    }
}

#[tokio::test]
async fn a_304_with_new_validators_updates_them() {
    let sent = story(&[
        ok("ETag: \"1\"\r\nLast-Modified: A\r\n", rss("", &["a"])),
        bare(304, "ETag: \"2\"\r\n").into_bytes(),
        bare(304, "").into_bytes(),
    ])
    .await;
    assert_eq!(sent, [both("", ""), both("\"1\"", "A"), both("\"2\"", "A"), both("\"2\"", "A")]);
}

#[tokio::test]
async fn an_unchanged_body_with_new_validators_updates_them() {
    let sent = story(&[
        ok("ETag: \"1\"\r\nLast-Modified: A\r\n", rss("", &["a"])),
        ok("ETag: \"2\"\r\nLast-Modified: A\r\n", rss("", &["a"])),
        ok("Last-Modified: B\r\n", rss("", &["a"])),
        ok("", rss("", &["a"])),
    ])
    .await;
    assert_eq!(sent, [both("", ""), both("\"1\"", "A"), both("\"2\"", "A"), both("", "B"), both("", "")]);
}

#[tokio::test]
async fn another_body_with_the_same_date_updates_the_tag_and_none_clears_both() {
    let sent = story(&[
        ok("ETag: \"1\"\r\nLast-Modified: A\r\n", rss("", &["a"])),
        ok("ETag: \"2\"\r\nLast-Modified: A\r\n", rss("", &["a", "b"])),
        ok("", rss("", &["a", "b", "c"])),
    ])
    .await;
    assert_eq!(sent, [both("", ""), both("\"1\"", "A"), both("\"2\"", "A"), both("", "")]);
}

#[tokio::test]
async fn what_could_not_be_used_keeps_the_old_ones() {
    let cut = b"HTTP/1.1 200 OK\r\nETag: \"2\"\r\nContent-Length: 900\r\n\r\n<rss".to_vec();
    let broken_off = rss("", &["a", "b"]).replace("</channel></rss>", "<item><title>c");
    for bad in [
        ok("ETag: \"2\"\r\nContent-Type: text/html\r\n", "<!DOCTYPE html><html><body>Sold</body></html>"),
        ok("ETag: \"2\"\r\n", ""),
        ok("ETag: \"2\"\r\nContent-Encoding: gzip\r\n", "\u{1f}"),
        ok("ETag: \"2\"\r\nContent-Encoding: br, gzip\r\n", "x"),
        ok("ETag: \"2\"\r\n", broken_off),
        bare(206, "ETag: \"2\"\r\n").into_bytes(),
        bare(404, "ETag: \"2\"\r\n").into_bytes(),
        bare(500, "ETag: \"2\"\r\n").into_bytes(),
        bare(503, "ETag: \"2\"\r\n").into_bytes(),
        bare(403, "ETag: \"2\"\r\nLast-Modified: B\r\n").into_bytes(),
    ] {
        let first = ok("ETag: \"1\"\r\nLast-Modified: A\r\n", rss("", &["a"]));
        let sent = story(&[first, bad.clone()]).await;
        let bad = String::from_utf8_lossy(&bad).into_owned();
        assert_eq!(sent, [both("", ""), both("\"1\"", "A"), both("\"1\"", "A")], "{bad}");
    }
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    origin.script("/feed", vec![Step::Send(cut), Step::Close]);
    origin.answer("/feed", bare(304, ""));
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.pass(hours(30)).await;
    assert_eq!(daemon.problem(), "the body was cut short");
    daemon.pass(hours(30)).await;
    assert_eq!(sent(&origin), [both("", ""), both("\"1\"", ""), both("\"1\"", "")]);
    assert_eq!(daemon.entries("f"), 1);
}

#[tokio::test]
async fn they_survive_a_restart_and_are_never_dropped_for_good_measure() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\nCache-Control: no-store\r\nExpires: 0\r\n", &["a"]);
    origin.answer("/feed", bare(304, ""));
    let mut daemon = Daemon::on(&origin, "/feed").await;
    for _ in 0..30 {
        daemon = daemon.restart(hours(25)).await;
    }
    let sent = sent(&origin);
    assert_eq!(sent.len(), 31);
    assert!(sent[1..].iter().all(|sent| *sent == both("\"1\"", "")), "{sent:?}");
}

#[tokio::test]
async fn another_address_credentials_or_mapping_starts_without() {
    let origin = Origin::start();
    for path in ["/feed", "/other"] {
        feed(&origin, path, "ETag: \"1\"\r\n", &["a"]);
    }
    let daemon = Daemon::with(&format!("id: s, feed: {}", origin.url("/feed"))).await;
    for keys in [
        format!("id: s, feed: {}", origin.url("/other")),
        format!("id: s, feed: {}, headers: {{X-Key: k}}", origin.url("/other")),
        format!("id: s, feed: {}, headers: {{X-Key: k}}, take: 3", origin.url("/other")),
    ] {
        daemon.pass(minutes(20)).await;
        let before = origin.requests().len();
        daemon.define("f", &[&keys]).await;
        daemon.pass(minutes(6)).await;
        let sent = sent(&origin);
        assert_eq!(sent[before..], [both("", "")], "{keys}");
    }
    daemon.pass(hours(2)).await;
    assert_eq!(sent(&origin).last().unwrap(), &both("\"1\"", ""));
}

#[tokio::test]
async fn a_304_that_nobody_asked_for_is_an_error_and_one_with_a_body_is_not() {
    let origin = Origin::start();
    origin.answer("/feed", bare(304, "ETag: \"1\"\r\n"));
    feed(&origin, "/feed", "ETag: \"2\"\r\n", &["a"]);
    origin.answer("/feed", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n");
    let daemon = Daemon::on(&origin, "/feed").await;
    assert_eq!(daemon.problem(), "answered 304 to an unconditional request");
    daemon.pass(hours(2)).await;
    daemon.pass(hours(2)).await;
    assert_eq!((daemon.source().failures, daemon.entries("f")), (0, 1));
    assert_eq!(sent(&origin), [both("", ""), both("", ""), both("\"2\"", "")]);
}

/// A crash, a full disk, a fault of the store: in the middle of what is stored, at
/// either end of it.
#[tokio::test]
async fn validators_and_entries_are_stored_together_or_not_at_all() {
    for fault in [
        "BEFORE INSERT ON entry WHEN NEW.id = 'b'",
        "AFTER UPDATE OF etag ON source WHEN NEW.etag = CAST('\"2\"' AS BLOB)",
    ] {
        let origin = Origin::start();
        feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
        feed(&origin, "/feed", "ETag: \"2\"\r\n", &["a", "b", "c"]);
        let daemon = Daemon::on(&origin, "/feed").await;
        let database = daemon.database();
        database
            .execute_batch(&format!("CREATE TRIGGER fault {fault} BEGIN SELECT RAISE(ABORT, 'fault'); END"))
            .unwrap();
        daemon.pass(hours(2)).await;
        assert_eq!((daemon.source().failures, daemon.entries("f")), (1, 1), "{fault}");
        database.execute_batch("DROP TRIGGER fault").unwrap();
        drop(database);
        let daemon = daemon.restart(hours(25)).await;
        assert_eq!(sent(&origin), [both("", ""), both("\"1\"", ""), both("\"1\"", "")], "{fault}");
        assert_eq!((daemon.source().failures, daemon.entries("f")), (0, 3), "{fault}");
    }
}

#[tokio::test]
async fn what_the_store_could_not_take_is_stored_later_without_asking_again() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    feed(&origin, "/feed", "ETag: \"2\"\r\n", &["a", "b", "c"]);
    let daemon = Daemon::on(&origin, "/feed").await;
    let database = daemon.database();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    database.execute_batch(fault).unwrap();
    daemon.pass(hours(2)).await;
    assert_eq!((daemon.source().failures, daemon.entries("f")), (1, 1));
    assert_eq!(daemon.problem(), "storing a collection: database or disk is full");
    assert_eq!(daemon.source().next_because, "the store failed");
    database.execute_batch("DROP TRIGGER fault").unwrap();
    daemon.pass(std::time::Duration::from_secs(15)).await;
    assert_eq!((daemon.source().failures, daemon.entries("f")), (0, 3));
    assert_eq!(sent(&origin), [both("", ""), both("\"1\"", "")], "its origin was asked once");
}

#[tokio::test]
async fn a_first_answer_that_the_store_could_not_take_is_stored_later_too() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    let daemon = Daemon::empty().await;
    let database = daemon.database();
    let fault = "CREATE TRIGGER fault BEFORE INSERT ON entry BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END";
    database.execute_batch(fault).unwrap();
    daemon.define("f", &[&format!("feed: {}", origin.url("/feed"))]).await;
    daemon.settled().await;
    assert_eq!(daemon.problem(), "storing a collection: database or disk is full");
    let source = daemon.source();
    assert_eq!((source.failures, source.next_because.as_str()), (1, "the store failed"));
    assert_eq!(daemon.wait(), chrono::TimeDelta::seconds(10));
    database.execute_batch("DROP TRIGGER fault").unwrap();
    daemon.pass(std::time::Duration::from_secs(15)).await;
    assert_eq!((daemon.source().failures, daemon.entries("f")), (0, 1));
    assert_eq!(sent(&origin), [both("", "")], "its origin was asked once");
}

#[tokio::test]
async fn a_document_that_was_cut_short_elsewhere_gives_them_no_other_address() {
    let origin = Origin::start();
    feed(&origin, "/feed", "ETag: \"1\"\r\n", &["a"]);
    origin.answer("/feed", bare(302, &format!("Location: {}\r\n", origin.url("/other"))));
    let broken_off = rss("", &["a", "b"]).replace("</channel></rss>", "<item><title>c");
    origin.answer("/other", ok("ETag: \"2\"\r\n", broken_off));
    let daemon = Daemon::on(&origin, "/feed").await;
    daemon.pass(hours(30)).await;
    daemon.pass(hours(30)).await;
    let sent: Vec<(String, Option<String>)> = origin
        .requests()
        .iter()
        .map(|request| (request.split(' ').nth(1).unwrap().to_owned(), field(request, "if-none-match")))
        .collect();
    let (home, other) =
        (|tag: Option<&str>| ("/feed".to_owned(), tag.map(str::to_owned)), ("/other".to_owned(), None));
    let one = Some("\"1\"");
    assert_eq!(sent, [home(None), home(one), other.clone(), home(one), other]);
}
