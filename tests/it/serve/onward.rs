//! What is handed on to the process that collects: as it came, and not waited for for ever.

use super::client::{Server, start_before};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// A server that hands on, where it does, and the folder that this stands in.
async fn started() -> (Server, UnixListener, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("poll.sock");
    let collects = UnixListener::bind(&socket).unwrap();
    (start_before(&socket).await, collects, folder)
}

/// The head of the next request that is handed on.
async fn handed_on(collects: &UnixListener) -> (UnixStream, String) {
    let (mut stream, _) = collects.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    (stream, String::from_utf8(head).unwrap())
}

#[tokio::test]
async fn one_that_hangs_is_waited_for_as_long_as_it_may_wait_itself() {
    let (server, collects, _folder) = started().await;
    let late = async {
        let (mut stream, _) = handed_on(&collects).await;
        server.clock.advance(Duration::from_mins(10));
        stream.write_all(b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\n{}").await.unwrap();
    };
    let (answer, ()) = tokio::join!(server.ask("POST", "/api/refresh?wait=10m", &[]), late);
    assert_eq!((answer.status, answer.text().as_str()), (202, "{}"));
    let never = async {
        let hung = handed_on(&collects).await;
        server.clock.advance(Duration::from_mins(11));
        hung
    };
    let answered = async { tokio::join!(server.get("/api/status"), never) };
    let (answer, _hung) = tokio::time::timeout(Duration::from_secs(30), answered).await.unwrap();
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
}

#[tokio::test]
async fn what_belongs_to_one_connection_goes_no_further() {
    let (server, collects, _folder) = started().await;
    let answering = async {
        let (mut stream, head) = handed_on(&collects).await;
        let answer = "HTTP/1.1 200 OK\r\nConnection: close, X-Theirs\r\nX-Theirs: 1\r\nKeep-Alive: timeout=9\r\n\
                      Trailer: X-End\r\nX-Kept: 2\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
        head
    };
    let fields = [
        ("Connection", "X-Own , keep-alive"),
        ("X-Own", "1"),
        ("Keep-Alive", "timeout=5"),
        ("TE", "trailers"),
        ("Proxy-Connection", "close"),
        ("X-Forwarded-For", "198.51.100.7"),
        ("X-Kept", "1"),
    ];
    let (answer, head) = tokio::join!(server.get_with("/api/status", &fields), answering);
    let mut names: Vec<&str> = head.lines().skip(1).filter_map(|line| line.split(':').next()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    assert_eq!(names, ["host", "x-forwarded-for", "x-kept"], "{head}");
    assert!(head.contains("x-forwarded-for: 127.0.0.1\r\n"), "{head}");
    assert_eq!((answer.header("x-kept"), answer.header("x-theirs")), (Some("2"), None));
    assert_eq!((answer.header("keep-alive"), answer.header("trailer")), (None, Some("X-End")));
}
