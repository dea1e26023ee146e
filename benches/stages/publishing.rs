//! Publish a document of fifty entries in each format; serve it over one connection.

use crate::input;
use chrono::{DateTime, Utc};
use criterion::{Criterion, Throughput};
use feedmill::clock::SystemClock;
use feedmill::model::{
    Access, Channel, ContentMode, EntryOrder, Fate, Feed, Format, NoSuchFeed, Outlet, Refresher, RunReport,
    Status, Waiting,
};
use feedmill::publish::{Place, publish};
use feedmill::serve::{AllSettings, Limits, Listener, Parts, Secret, Settings, Site, serve};
use feedmill::store::{Commit, Settle, SqliteStore, Store};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

const ENTRIES: usize = 50;

pub(crate) fn benches(criterion: &mut Criterion) {
    let feed = Feed {
        channel: Channel { id: "urn:uuid:1".into(), title: "news".into(), ..Channel::default() },
        entries: (0..ENTRIES).map(input::feed_entry).collect(),
    };
    let place = Place { self_url: "https://feeds.example.org/news.atom".into(), ..Place::default() };
    let mut group = criterion.benchmark_group("publish 50");
    for format in Format::ALL {
        let bytes = publish(&feed, format, &place).len();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format.extension(), |bench| {
            bench.iter(|| publish(black_box(&feed), format, &place))
        });
    }
    group.finish();
    serving(criterion);
}

fn serving(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let address = runtime.block_on(start(folder.path()));
    let ask = |stream: &mut TcpStream, headers: &str| {
        write!(stream, "GET /news.atom HTTP/1.1\r\nHost: x\r\n{headers}\r\n").unwrap();
        answer(stream)
    };
    let mut stream = TcpStream::connect(address).unwrap();
    let etag = ask(&mut stream, "");
    let matching = format!("If-None-Match: {etag}\r\n");
    for (name, headers) in
        [("serve plain", ""), ("serve gzip", "Accept-Encoding: gzip\r\n"), ("serve 304", matching.as_str())]
    {
        criterion.bench_function(name, |bench| bench.iter(|| ask(&mut stream, headers)));
    }
    drop(stream);
    runtime.shutdown_timeout(Duration::from_secs(1));
}

/// Reads one answer to its end; its `ETag`.
fn answer(stream: &mut TcpStream) -> String {
    let mut read = Vec::with_capacity(1 << 18);
    let mut part = [0; 1 << 16];
    loop {
        let length = stream.read(&mut part).unwrap();
        assert_ne!(length, 0, "the server has hung up");
        read.extend_from_slice(&part[..length]);
        let Some(head) = read.windows(4).position(|end| end == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&read[..head]).into_owned();
        let field = |name: &str| {
            let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with(name))?;
            line.split_once(": ").map(|(_, value)| value.to_owned())
        };
        let body: usize = field("content-length:").and_then(|length| length.parse().ok()).unwrap_or(0);
        if read.len() >= head + 4 + body {
            return field("etag:").unwrap();
        }
    }
}

async fn start(state: &std::path::Path) -> SocketAddr {
    let store = SqliteStore::open(state).unwrap();
    let known = store.adopt(&[input::record()], input::now()).unwrap().remove(0);
    store
        .apply(Commit {
            source: known.row,
            now: input::now(),
            inserts: (0..ENTRIES).map(input::insert).collect(),
            settle: Some(Settle { state: known }),
            ..Commit::default()
        })
        .unwrap();
    let site = Site::new(Parts {
        store: Arc::new(store),
        clock: Arc::new(SystemClock),
        refresher: Arc::new(Idle),
        outlets: vec![outlet()],
        settings: settings(),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(Listener::Tcp(listener), site, std::future::pending()));
    address
}

fn outlet() -> Outlet {
    Outlet {
        id: "news".into(),
        group: Vec::new(),
        title: "news".into(),
        description: None,
        link: None,
        language: None,
        author: None,
        icon: None,
        rights: None,
        limit: ENTRIES,
        order: EntryOrder::Published,
        content: ContentMode::Full,
        listed: true,
        in_all: true,
        categories: BTreeMap::new(),
        sources: vec!["a".into()],
        aliases: Vec::new(),
        feed_id: None,
        was: Vec::new(),
        fate: Fate::Here,
        access: Access::Public,
        hubs: Vec::new(),
    }
}

fn settings() -> Settings {
    Settings {
        base_url: "http://127.0.0.1:8787".into(),
        max_age: Duration::from_mins(5),
        max_connections: 1000,
        version: "0".into(),
        all: AllSettings { publish: false, title: "All".into(), limit: ENTRIES },
        token: Secret::new("token"),
        token_place: "nowhere".into(),
        metrics_token: None,
        trusted_proxy: Vec::new(),
        limits: Limits::default(),
        cache_bytes: 64 << 20,
    }
}

struct Idle;

impl Refresher for Idle {
    fn refresh(&self, _: &[String]) -> Result<String, NoSuchFeed> {
        Ok(String::new())
    }
    fn run(&self, _: &str) -> Option<RunReport> {
        None
    }
    fn wait(&self, _: &str) -> Waiting {
        Box::pin(async {})
    }
    fn status(&self) -> Status {
        Status::default()
    }
    fn next_due(&self, _: Option<&str>) -> Option<DateTime<Utc>> {
        None
    }
}
