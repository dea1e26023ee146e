//! The short way beside the long one: a request that is answered on the connection itself
//! gets what the server proper (which takes every request with `Connection: close`) gives.

use super::client::{Answer, PATIENCE, Server, filled_store, parse, start, start_with};
use super::fake::entry;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept.
struct Kept(TcpStream);

impl Kept {
    async fn to(server: &Server) -> Self {
        Self(TcpStream::connect(server.address).await.unwrap())
    }

    async fn send(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// The next answer, to a request with this method.
    async fn next(&mut self, method: &str) -> Answer {
        tokio::time::timeout(PATIENCE, self.read(method)).await.expect("no answer came")
    }

    async fn read(&mut self, method: &str) -> Answer {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.expect("the connection was cut"));
        }
        let mut answer = parse(&head);
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        if method != "HEAD" {
            answer.body = vec![0; length];
            self.0.read_exact(&mut answer.body).await.unwrap();
        }
        answer
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let fields: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n").into_bytes()
}

#[tokio::test]
async fn both_ways_answer_alike() {
    let server = start().await;
    for path in ["/blog.atom", "/blog/tag/Rust.json", "/feeds.opml", "/blog.rss"] {
        let tag = server.get(path).await.header("etag").unwrap().to_owned();
        for headers in [
            &[][..],
            &[("Accept-Encoding", "gzip, br")],
            &[("Accept-Encoding", "zstd"), ("User-Agent", "a reader")],
            &[("If-None-Match", tag.as_str()), ("Accept-Encoding", "gzip")],
            &[("If-None-Match", "\"x\"")],
            &[("If-Modified-Since", "Sun, 22 Nov 2026 10:00:00 GMT")],
            &[("If-Match", "\"x\"")],
            &[("connection", "Keep-Alive"), ("Accept", "text/html")],
        ] {
            for method in ["GET", "HEAD"] {
                alike(&server, method, path, headers).await;
            }
        }
    }
}

async fn alike(server: &Server, method: &str, path: &str, headers: &[(&str, &str)]) {
    // This one makes what is to be made.
    let long = server.ask(method, path, headers).await;
    let mut connection = Kept::to(server).await;
    for _ in 0..3 {
        connection.send(&request(method, path, headers)).await;
        let short = connection.next(method).await;
        let case = format!("{method} {path} {headers:?}");
        assert_eq!(short.head(), long.head(), "{case}");
        assert_eq!(short.body, long.body, "{case}");
        assert_eq!(short.header("date").map(str::len), Some(29), "{case}");
    }
}

#[tokio::test]
async fn requests_come_in_pieces_together_and_with_others_between() {
    let server = start().await;
    let whole = server.get("/blog.atom").await;
    let mut connection = Kept::to(&server).await;
    for byte in request("GET", "/blog.atom", &[]) {
        connection.send(&[byte]).await;
    }
    assert_eq!(connection.next("GET").await.body, whole.body);
    let plain = request("GET", "/blog.atom", &[]);
    connection.send(&[&b"\r\n"[..], &plain, &plain, &plain[..10]].concat()).await;
    for _ in 0..2 {
        assert_eq!(connection.next("GET").await.body, whole.body);
    }
    // What is not ready goes the long way, whatever came before and comes after.
    connection.send(&[&plain[10..], &request("GET", "/health/live", &[]), &plain].concat()).await;
    assert_eq!(connection.next("GET").await.body, whole.body);
    assert_eq!(connection.next("GET").await.text(), "live\n");
    assert_eq!(connection.next("GET").await.body, whole.body);
    connection.send(&request("POST", "/blog.atom", &[("Content-Length", "0")])).await;
    assert_eq!(connection.next("POST").await.status, 405);
    connection.send(&plain).await;
    assert_eq!(connection.next("GET").await.body, whole.body);
}

#[tokio::test]
async fn what_is_odd_goes_the_long_way() {
    let server = start().await;
    let whole = server.get("/blog.atom").await;
    let long = "x".repeat(20_000);
    for headers in [
        &[("Cookie", long.as_str())][..],
        &[("Transfer-Encoding", "identity")],
        &[("Content-Length", "1")],
        &[("Upgrade", "websocket"), ("Connection", "upgrade")],
        &[("Connection", "close")],
        &vec![("X-A", "b"); 60],
    ] {
        let mut connection = Kept::to(&server).await;
        connection.send(&request("GET", "/blog.atom", headers)).await;
        let answer = connection.next("GET").await;
        assert!(answer.status == 400 || answer.body == whole.body, "{:?}", headers.first());
    }
    for head in ["GET /blog.atom HTTP/1.0\r\n\r\n", "GET http://x/blog.atom HTTP/1.1\r\nHost: x\r\n\r\n"] {
        let mut connection = Kept::to(&server).await;
        connection.send(head.as_bytes()).await;
        assert_eq!(connection.next("GET").await.body, whole.body, "{head}");
    }
}

#[tokio::test]
async fn a_change_is_seen_by_the_next_request_of_a_connection() {
    let server = start().await;
    let before = server.get("/blog.atom").await;
    let mut connection = Kept::to(&server).await;
    let asked = request("GET", "/blog.atom", &[("If-None-Match", before.header("etag").unwrap())]);
    connection.send(&asked).await;
    assert_eq!(connection.next("GET").await.status, 304);
    server.store.change("blog", "2026-11-21T09:45:00Z", |entries| {
        entries.push(("posts".into(), entry(9, "Nine", &[], &[])));
    });
    connection.send(&asked).await;
    let after = connection.next("GET").await;
    assert_eq!(after.status, 200);
    assert!(after.text().contains("Nine"));
    server.clock.advance(Duration::from_secs(5));
    let mut connection = Kept::to(&server).await;
    for date in ["Sat, 21 Nov 2026 10:00:05 GMT", "Sat, 21 Nov 2026 10:00:06 GMT"] {
        connection.send(&request("HEAD", "/blog.atom", &[])).await;
        assert_eq!(connection.next("HEAD").await.header("date"), Some(date), "a head holds for a second");
        server.clock.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn answers_on_both_ways_are_counted() {
    let server = start_with(filled_store(), super::client::settings()).await;
    server.get("/blog.atom").await;
    let mut connection = Kept::to(&server).await;
    for _ in 0..3 {
        connection.send(&request("GET", "/blog.atom", &[])).await;
        connection.next("GET").await;
    }
    let metrics = server.get_with("/metrics", &[("Authorization", "Bearer t0ken")]).await.text();
    assert!(metrics.contains("feedmill_documents_total{status=\"200\"} 4\n"), "{metrics}");
}
