//! Origins that lie, stall and flood: each ends in its own named failure, soon.

use super::http::{body, gzip, now, settings};
use crate::origin::{Origin, Step, ok};
use feedmill::collect::{FetchError, FetchErrorKind, FetchRequest, FetchSettings, Fetcher};
use std::{io::Write as _, time::Duration};

const MIB: u64 = 1024 * 1024;
const LONG: Duration = Duration::from_secs(20);

/// Limits short enough to wait for.
pub(super) fn short() -> FetchSettings {
    FetchSettings {
        timeout: Duration::from_millis(900),
        idle_timeout: Duration::from_millis(300),
        max_body: MIB,
        ..settings()
    }
}

async fn failed(origin: &Origin, settings: FetchSettings) -> FetchError {
    let request = FetchRequest::new(origin.url("/"), now());
    Fetcher::new(settings).unwrap().fetch(&request).await.unwrap_err()
}

async fn said(steps: Vec<Step>) -> (FetchErrorKind, String) {
    let origin = Origin::start();
    origin.script("/", steps);
    let error = failed(&origin, short()).await;
    (error.kind, error.message)
}

fn send(text: &str) -> Step {
    Step::Send(text.as_bytes().to_vec())
}

#[tokio::test]
async fn silence_ends() {
    use FetchErrorKind::TimedOut;
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n";
    let idle = (TimedOut, "timed out: nothing came for 300 ms".to_owned());
    assert_eq!(said(vec![Step::Wait(LONG)]).await, idle);
    assert_eq!(said(vec![send("HTTP/1.1 200 OK\r\nServ"), Step::Wait(LONG)]).await, idle);
    assert_eq!(said(vec![send(head), Step::Wait(LONG)]).await, idle);
    assert_eq!(said(vec![send(head), send("<rss>"), Step::Wait(LONG)]).await, idle);
}

#[tokio::test]
async fn drips_end_at_the_lowest_rate_and_at_the_time_limit() {
    let mut drip = vec![send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")];
    for _ in 0..100 {
        drip.extend([send("x"), Step::Wait(Duration::from_millis(50))]);
    }
    let origin = Origin::start();
    origin.script("/", drip);
    let error = failed(&origin, short()).await;
    assert_eq!(error.message, "timed out after 900 ms");
    let slow = FetchSettings { min_rate: 1024, min_rate_over: Duration::from_millis(200), ..short() };
    let error = failed(&origin, slow).await;
    assert_eq!(error.message, "too slow: less than 1 KiB a second over 200 ms");
    assert_eq!((error.kind, error.status), (FetchErrorKind::TimedOut, Some(200)));
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.timeout = Some(Duration::from_millis(100));
    let error = Fetcher::new(short()).unwrap().fetch(&request).await.unwrap_err();
    assert_eq!(error.message, "timed out after 100 ms");
}

#[tokio::test]
async fn a_request_with_a_time_of_its_own_may_wait_that_long() {
    let origin = Origin::start();
    origin.script("/", vec![Step::Wait(Duration::from_millis(500)), Step::Send(ok("", "x"))]);
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.timeout = Some(Duration::from_secs(5));
    let fetched = Fetcher::new(short()).unwrap().fetch(&request).await.unwrap();
    assert_eq!(body(&fetched), "x");
}

#[tokio::test]
async fn bodies_that_never_end_are_cut() {
    let large = (FetchErrorKind::TooLarge, "the body is larger than 1 MiB".to_owned());
    let megabyte = "Content-Length: 1048577\r\n\r\n";
    assert_eq!(said(vec![send(&format!("HTTP/1.1 200 OK\r\n{megabyte}"))]).await, large);
    assert_eq!(said(vec![send("HTTP/1.1 200 OK\r\n\r\n"), Step::Forever(vec![b'x'; 9000])]).await, large);
    let chunk = format!("1000\r\n{}\r\n", "x".repeat(4096));
    assert_eq!(
        said(vec![
            send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Step::Forever(chunk.into_bytes())
        ])
        .await,
        large
    );
    let exact = Origin::start();
    exact.answer("/", ok("", vec![b'x'; 1024 * 1024]));
    let request = FetchRequest::new(exact.url("/"), now());
    assert!(Fetcher::new(short()).unwrap().fetch(&request).await.is_ok());
}

#[tokio::test]
async fn heads_that_never_end_are_cut() {
    for flood in [Step::Forever(b"X-A: b\r\n".to_vec()), Step::Forever(b"x".repeat(4096))] {
        let (kind, message) = said(vec![send("HTTP/1.1 200 OK\r\nX-Long: "), flood]).await;
        assert_eq!(kind, FetchErrorKind::Malformed);
        assert_eq!(message, "the answer is not HTTP: message head is too large");
    }
    // Word that an answer will come is no answer.
    let continued = [send("HTTP/1.1 100 Continue\r\n\r\n"), Step::Wait(Duration::from_millis(20))];
    let (_, message) = said(std::iter::repeat_n(continued, 100).flatten().collect()).await;
    assert_eq!(message, "timed out: nothing came for 300 ms");
}

#[tokio::test]
async fn bombs_stop_at_the_cap() {
    let zeros = vec![0_u8; 8 * 1024 * 1024];
    let mut brotlied = Vec::new();
    brotli::CompressorWriter::new(&mut brotlied, 4096, 3, 22).write_all(&zeros).unwrap();
    let zstded = zstd::encode_all(zeros.as_slice(), 1).unwrap();
    let members = gzip(&zeros[..60 * 1024]).repeat(100);
    for (coding, bomb) in
        [("gzip", gzip(&zeros)), ("", gzip(&zeros)), ("gzip", members), ("br", brotlied), ("zstd", zstded)]
    {
        let origin = Origin::start();
        origin.answer("/", ok(&format!("Content-Encoding: {coding}\r\n"), bomb));
        let error = failed(&origin, FetchSettings { timeout: LONG, ..short() }).await;
        assert_eq!(error.message, "the body is larger than 1 MiB", "{coding}");
        assert_eq!(error.help.as_deref(), Some("raise `fetch.max_body` in the config if it is meant to be"));
    }
}

async fn said_of(coding: &str, wire: &[u8]) -> (FetchErrorKind, String) {
    let origin = Origin::start();
    origin.answer("/", ok(&format!("Content-Encoding: {coding}\r\n"), wire));
    let error = failed(&origin, settings()).await;
    (error.kind, error.message)
}

#[tokio::test]
async fn codings_that_are_not_read() {
    let plain = b"<rss/>".repeat(100);
    for (coding, message) in [
        ("gzip, gzip", "2 content codings one upon the other: `gzip, gzip`"),
        ("gzip\r\nContent-Encoding: br", "2 content codings one upon the other: `gzip, br`"),
        ("xz", "unknown content coding `xz`"),
        ("g\"zip", "unknown content coding `g\\\"zip`"),
        ("br", "the body can't be decoded: cut short or not brotli"),
    ] {
        let expected = (FetchErrorKind::BadCoding, message.to_owned());
        assert_eq!(said_of(coding, &plain).await, expected, "{coding}");
    }
}

#[tokio::test]
async fn coded_bodies_that_are_broken() {
    let plain = b"<rss/>".repeat(100);
    let broken = |why: &str| (FetchErrorKind::BadCoding, format!("the body can't be decoded: {why}"));
    let cut = (FetchErrorKind::CutShort, "the body was cut short".to_owned());
    let mut gzipped = gzip(&plain);
    let length = gzipped.len();
    assert_eq!(said_of("gzip", &gzipped[..length - 9]).await, cut);
    assert_eq!(said_of("gzip", &gzipped[..length - 1]).await, cut);
    gzipped[length - 8] ^= 1;
    let checksum = broken("corrupt gzip stream does not have a matching checksum");
    assert_eq!(said_of("gzip", &gzipped).await, checksum);
    let zstded = zstd::encode_all(plain.as_slice(), 1).unwrap();
    assert_eq!(said_of("zstd", &zstded[..zstded.len() - 3]).await, cut);
    let mut wide = zstd::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.include_contentsize(false).unwrap();
    wide.write_all(&vec![7; 20 * 1024 * 1024]).unwrap();
    let window = broken("Frame requires too much memory for decoding");
    assert_eq!(said_of("zstd", &wide.finish().unwrap()).await, window);
    let mut brotlied = Vec::new();
    brotli::CompressorWriter::new(&mut brotlied, 4096, 3, 22).write_all(&plain).unwrap();
    assert_eq!(said_of("br", &brotlied[..brotlied.len() - 5]).await, broken("cut short or not brotli"));
}

#[tokio::test]
async fn answers_that_end_early() {
    use FetchErrorKind::CutShort;
    let cut = (CutShort, "the body was cut short".to_owned());
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n<rss",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<rss\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n<rss",
    ] {
        assert_eq!(said(vec![send(answer), Step::Close]).await, cut, "{answer}");
    }
    let closed = (CutShort, "the connection was closed before an answer".to_owned());
    assert_eq!(said(vec![Step::Close]).await, closed);
    assert_eq!(said(vec![send("HTTP/1.1 200 OK\r\nContent-"), Step::Close]).await, closed);
}

#[tokio::test]
async fn what_is_not_http() {
    use FetchErrorKind::Malformed;
    for (answer, message) in [
        ("<rss version=\"2.0\"/>\r\n\r\n", "the answer is not HTTP: invalid HTTP version parsed"),
        ("SSH-2.0-OpenSSH_9.9\r\n", "the answer is not HTTP: invalid HTTP version parsed"),
        ("HTTP/1.1 099 X\r\n\r\n", "the answer is not HTTP: invalid HTTP status-code parsed"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "the answer is not HTTP: invalid content-length parsed",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
            "the answer is not HTTP: invalid content-length parsed",
        ),
        ("HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n", "the answer is not HTTP: invalid HTTP header parsed"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            "the answer is not HTTP: both `Content-Length` and `Transfer-Encoding`",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n<rss/>\r\n",
            "the body is not HTTP: Invalid chunk size line: missing size digit",
        ),
    ] {
        let outcome = said(vec![send(answer), Step::Close]).await;
        assert_eq!(outcome, (Malformed, message.to_owned()), "{answer:?}");
    }
}

#[tokio::test]
async fn a_304_with_a_body_does_no_harm() {
    let origin = Origin::start();
    origin.answer("/", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n<rss>");
    let mut request = FetchRequest::new(origin.url("/"), now());
    request.validators.etag = Some(b"\"a\"".to_vec());
    let fetcher = Fetcher::new(short()).unwrap();
    for _ in 0..2 {
        let answer = fetcher.fetch(&request).await.unwrap();
        assert_eq!(answer.facts().validators, request.validators);
    }
}
