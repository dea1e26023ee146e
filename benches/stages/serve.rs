//! A document of 280 kB from the cache, over a socket that stays open: plain, gzip, 304.

use crate::inputs;
use crate::site::site;
use crate::store::Opened;
use criterion::{Criterion, Throughput};
use feedmill::serve::{Listener, serve};
use std::{
    future::pending,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
};
use tokio::{net::TcpListener, runtime::Runtime};

/// One connection, and what it reads into.
struct Client {
    stream: BufReader<TcpStream>,
    body: Vec<u8>,
}

/// An answer's head, and how many bytes came after it.
struct Answer {
    status: String,
    headers: Vec<String>,
    length: usize,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream: BufReader::with_capacity(1 << 16, stream), body: Vec::new() }
    }

    /// Asks with this header, and reads the answer to its end.
    fn get(&mut self, header: &str) -> Answer {
        let request = format!("GET /main.atom HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n");
        self.stream.get_mut().write_all(request.as_bytes()).unwrap();
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            assert!(self.stream.read_line(&mut line).unwrap() > 0, "the connection was closed");
            if line == "\r\n" {
                break;
            }
            lines.push(line.trim_end().to_owned());
        }
        let mut answer = Answer { status: lines.remove(0), headers: lines, length: 0 };
        if !answer.status.contains("304") {
            answer.length = answer.header("content-length").unwrap().parse().unwrap();
        }
        self.body.resize(answer.length, 0);
        self.stream.read_exact(&mut self.body).unwrap();
        answer
    }
}

pub fn bench(criterion: &mut Criterion) {
    let opened = Opened::new();
    opened.apply(inputs::inserts(inputs::entries(50, inputs::POST)));
    let Opened { folder, store, .. } = opened;
    let site = site(Arc::new(store));
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let mut client = Client::new(listener.local_addr().unwrap());
    runtime.spawn(serve(Listener::Tcp(listener), site, pending()));
    let first = client.get("Accept-Encoding: identity");
    assert!(first.length > 50 * inputs::POST, "{}", first.status);
    let same = format!("If-None-Match: {}", first.header("etag").unwrap());
    let mut group = criterion.benchmark_group("serve");
    group.throughput(Throughput::Elements(1));
    let cases = [
        ("plain", "Accept-Encoding: identity", "HTTP/1.1 200 OK"),
        ("gzip", "Accept-Encoding: gzip", "HTTP/1.1 200 OK"),
        ("304", &same, "HTTP/1.1 304 Not Modified"),
    ];
    for (name, header, status) in cases {
        let answer = client.get(header);
        assert_eq!(answer.status, status, "{name}");
        assert_eq!(answer.header("content-encoding"), (name == "gzip").then_some("gzip"));
        group.bench_function(name, |bencher| bencher.iter(|| client.get(header).length));
    }
    group.finish();
    drop((runtime, folder));
}
