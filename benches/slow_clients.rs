//! Five thousand clients that take a byte a second, and two hundred that don't.
//!
//!     cargo bench --bench slow_clients
//!
//! Prints the others' times, when the last slow one was cut, and what memory grew by.
//! Needs 20,000 file descriptors (`ulimit -n 20000`), half for each side.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::cast_precision_loss,
    clippy::default_trait_access,
    clippy::disallowed_methods,
    clippy::format_collect,
    missing_docs,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "stages/site.rs"]
mod site;

use chrono::{DateTime, Utc};
use feedmill::model::Entry;
use feedmill::serve::{Listener, serve};
use feedmill::store::{Commit, FeedRecord, Placing, SourceRecord, SourceState, SqliteStore, Store, Written};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

const SLOW: usize = 5000;
const QUICK: usize = 200;
const ROUNDS: usize = 25;

/// A feed of fifty entries, 200 kB in all.
fn fill(store: &SqliteStore) {
    let now: DateTime<Utc> = "2026-03-01T08:00:00Z".parse().unwrap();
    let record = FeedRecord {
        id: "main".into(),
        atom_id: "urn:uuid:00000000-0000-5000-8000-000000000001".into(),
        definition_hash: [1; 32],
        was: Vec::new(),
        sources: vec![SourceRecord {
            key: "id:a".into(),
            id: "a".into(),
            kind: "posts".into(),
            location: "/posts".into(),
        }],
    };
    let state = store.adopt(&[record], now).unwrap().remove(0);
    let insert = |number: u32| {
        let id = format!("https://blog.example.org/{number}");
        let content: String = (0..40)
            .map(|line| format!("<p>Line {line} of entry {number}: {}</p>", "words ".repeat(13)))
            .collect();
        let entry = Entry {
            id: id.clone(),
            keys: vec![id],
            title: Some(format!("Entry {number}")),
            content: Some(content),
            ..Entry::default()
        };
        Written {
            entry,
            filed: Default::default(),
            raw_hash: [2; 16],
            served_hash: [3; 16],
            stands_at: now,
            placing: Placing::default(),
        }
    };
    let settle = SourceState { collected: true, ..state.clone() };
    store
        .apply(Commit {
            source: state.row,
            now,
            inserts: (0..50).map(insert).collect(),
            settle: Some(settle),
            ..Commit::default()
        })
        .unwrap();
}

/// Bytes of memory that this process holds.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Asks, and takes a byte a second until it is cut.
async fn slow(address: SocketAddr) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address).await.unwrap();
    stream.write_all(b"GET /main.atom HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut byte = [0];
    while matches!(stream.read(&mut byte).await, Ok(1)) {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// How many connections the server counts.
async fn open(address: SocketAddr) -> usize {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let ask = b"GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer token\r\nConnection: close\r\n\r\n";
    stream.write_all(ask).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let line = text.lines().find(|line| line.starts_with("feedmill_connections ")).unwrap_or_default();
    line.split(' ').nth(1).and_then(|count| count.parse().ok()).unwrap_or(0)
}

async fn quick(address: SocketAddr) -> Vec<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(
                b"GET /main.atom HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n",
            )
            .await
            .unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert!(all.starts_with(b"HTTP/1.1 200"));
        times.push(began.elapsed());
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    times
}

#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(SqliteStore::open(folder.path()).unwrap());
    fill(&store);
    let site = site::site(store);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(Listener::Tcp(listener), Arc::clone(&site), std::future::pending()));
    quick(address).await;
    let before = memory();
    let began = Instant::now();
    let slow: Vec<_> = (0..SLOW).map(|_| tokio::spawn(slow(address))).collect();
    // A burst of that many fills the queue of connections that wait to be accepted; what is
    // measured is how others fare beside them.
    while open(address).await < SLOW && began.elapsed() < Duration::from_secs(10) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let quick: Vec<_> = (0..QUICK).map(|_| tokio::spawn(quick(address))).collect();
    let (mut most, mut most_open, mut cut) = (before, 0, None);
    while began.elapsed() < Duration::from_secs(40) {
        tokio::time::sleep(Duration::from_millis(250)).await;
        most = most.max(memory());
        let now = open(address).await;
        most_open = most_open.max(now);
        if most_open > SLOW / 2 && now <= QUICK + 1 && cut.is_none() {
            cut = Some(began.elapsed());
        }
    }
    let mut times = Vec::new();
    for one in quick {
        times.extend(one.await.unwrap());
    }
    times.sort();
    let at = |share: usize| times[(times.len() - 1) * share / 1000];
    println!(
        "others, while {SLOW} took a byte a second: p50 {:?}, p99 {:?}, most {:?} of {}",
        at(500),
        at(990),
        at(1000),
        times.len()
    );
    println!("{most_open} connections at most; the slow ones were cut after {cut:?}");
    println!(
        "memory grew by {:.1} MB at most, both sides together",
        (most.saturating_sub(before)) as f64 / 1e6
    );
    drop(slow);
}
