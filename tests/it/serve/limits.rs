//! Clients that are slow, many or wrong, and the end.

use super::client::{PATIENCE, Server, filled_store, settings, start, start_with};
use super::fake::entry;
use feedmill::serve::{Limits, Listener, serve};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream, UnixListener, UnixStream};

/// More than the system takes of an answer that nobody reads.
const LARGE: usize = 12_000_000;

async fn short() -> Server {
    let mut settings = settings();
    settings.limits = Limits {
        header: Duration::from_secs(1),
        write_stall: Duration::from_millis(100),
        drain: Duration::from_millis(200),
    };
    settings.cache_bytes = 64 << 20;
    start_with(filled_store(), settings).await
}

async fn read_all(mut stream: TcpStream) -> usize {
    let mut all = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await;
    // A connection that is reset was cut too.
    let _ = read.expect("the connection was not cut");
    all.len()
}

#[tokio::test]
async fn who_sends_slowly_is_cut() {
    let server = short().await;
    for sent in ["", "GET /blog.atom HT", "GET /blog.atom HTTP/1.1\r\nHost: x\r\nX-A: "] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        assert_eq!(read_all(stream).await, 0, "{sent:?}");
    }
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(read_all(idle).await > 0);
}

#[tokio::test]
async fn who_takes_nothing_is_cut() {
    let mut settings = settings();
    // Only what is tested: a busy machine may be late with the head of a request.
    settings.limits.write_stall = Duration::from_millis(100);
    settings.cache_bytes = 64 << 20;
    let server = start_with(filled_store(), settings).await;
    // More than the system keeps for a connection whose other end takes little at once.
    server.store.change("blog", "2026-11-21T10:00:00Z", |entries| {
        let mut large = entry(5, "Large", &[], &[]);
        large.entry.content = Some(format!("<p>{}</p>", "x".repeat(LARGE)));
        entries.push(("posts".into(), large));
    });
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(server.address).await.unwrap();
    stream.write_all(b"GET /blog.json HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    // The server's side is open until it is cut; only then the cap has a place again.
    let metrics = || async {
        let headers = [("Authorization", "Bearer t0ken")];
        server.get_with("/metrics", &headers).await.text()
    };
    let cut = async {
        while !metrics().await.lines().any(|line| line == "feedmill_connections 1")
            || !metrics().await.contains("feedmill_documents_total{status=\"200\"} 1")
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, cut).await.expect("the connection was not cut");
    assert!(read_all(stream).await < LARGE);
}

#[tokio::test]
async fn one_too_many_waits_for_a_place() {
    let mut settings = settings();
    settings.max_connections = 1;
    settings.limits.header = Duration::from_millis(300);
    let server = start_with(filled_store(), settings).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = tokio::time::timeout(PATIENCE, server.get("/health/live")).await.unwrap();
    assert_eq!(second.status, 200);
    assert_eq!(read_all(first).await, 0);
}

#[tokio::test]
async fn one_connection_takes_many_requests() {
    let server = start().await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    for path in ["/blog.atom", "/nobody.atom", "/blog.rss"] {
        let asked = format!("HEAD {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        stream.write_all(asked.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        assert!(head.starts_with(b"HTTP/1.1 "), "{path}");
    }
}

#[tokio::test]
async fn requests_that_are_none() {
    let server = start().await;
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let heads = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-A: b\r\n".repeat(500));
    let ranges = format!(
        "GET /blog.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: bytes={}\r\n\r\n",
        vec!["0-"; 1000].join(",")
    );
    for (bytes, status) in [
        ("nonsense\r\n\r\n", 400),
        ("GET /blog.atom HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n", 413),
        ("POST /api/refresh HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n", 413),
        ("CONNECT evil.example:80 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        ("OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 204),
        // RFC 9112 §3.2: each names one host; HTTP/1.0 knows none.
        ("GET /blog.atom HTTP/1.1\r\n\r\n", 400),
        ("GET /blog.atom HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET /blog.atom HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET /blog.atom HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET http://a/blog.atom HTTP/1.1\r\n\r\n", 400),
        ("GET /blog.atom HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n", 200),
        ("GET /blog.atom HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", 200),
        ("GET /blog.atom HTTP/1.0\r\n\r\n", 200),
        // Where a body ends that nobody reads, those before us may see otherwise.
        ("GET /blog.atom HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (
            "HEAD / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\n",
            400,
        ),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (long.as_str(), 414),
        (heads.as_str(), 431),
        (ranges.as_str(), 200),
    ] {
        let answer = tokio::time::timeout(PATIENCE, server.raw(bytes.as_bytes())).await.unwrap();
        let shown = &bytes[..bytes.len().min(60)];
        assert_eq!(answer.status, status, "{shown}");
    }
    assert_eq!(server.get("/health/live").await.status, 200);
}

#[tokio::test]
async fn stopping_lets_open_requests_end() {
    let mut server = start().await;
    *server.store.slow.lock().unwrap() = Duration::from_millis(200);
    let address = server.address;
    let mut open = TcpStream::connect(address).await.unwrap();
    open.write_all(b"GET /blog.atom HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let idle = TcpStream::connect(address).await.unwrap();
    let selects = || server.store.selects.load(std::sync::atomic::Ordering::SeqCst);
    while selects() == 0 {
        tokio::task::yield_now().await;
    }
    server.stop.take().unwrap().send(()).unwrap();
    assert!(read_all(open).await > 500);
    assert_eq!(read_all(idle).await, 0);
    let ended = tokio::time::timeout(PATIENCE, server.ended).await;
    ended.expect("it did not end in time").unwrap().unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_those_who_wait() {
    let mut server = start().await;
    let mut waiting = TcpStream::connect(server.address).await.unwrap();
    waiting
        .write_all(b"POST /api/refresh?wait=10m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t0ken\r\n\r\n")
        .await
        .unwrap();
    while server.refresher.runs.lock().unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
    server.stop.take().unwrap().send(()).unwrap();
    let mut answer = String::new();
    waiting.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202 ") && answer.ends_with("{\"run\":\"r1\"}\n"), "{answer}");
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_socket_in_the_file_system_serves_too() {
    let server = start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("http.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let ended =
        tokio::spawn(serve(Listener::Unix(listener), Arc::clone(&server.site), std::future::pending()));
    let mut stream = UnixStream::connect(&path).await.unwrap();
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\nlive\n"), "{answer}");
    ended.abort();
}
