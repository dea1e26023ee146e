//! W2: a daemon that polls feeds, and W4: the same at rest.

use crate::{input, meter};
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Addresses that the feeds are spread over, so that politeness to a host is no brake.
const HOSTS: usize = 64;

pub(crate) fn run(feeds: usize) {
    let origin = origin();
    let folder = tempfile::tempdir().unwrap();
    let urls: Vec<String> = (0..feeds)
        .map(|feed| format!("http://127.0.1.{}:{}/{feed}.xml", feed % HOSTS + 1, origin.port()))
        .collect();
    write(folder.path(), &urls);
    let newsboat = |root: &Path| {
        let mut command = Command::new("newsboat");
        command
            .env("HOME", root)
            .args(["-q", "-u", "urls", "-c", "cache.db", "-C", "newsboat", "-x", "reload"]);
        meter::run(command.current_dir(root))
    };
    let mut daemon = Daemon::start(folder.path());
    for (round, name) in ["first poll", "nothing new", "nothing new"].into_iter().enumerate() {
        let cost = daemon.poll();
        let peer = if round < 2 { newsboat(folder.path()) } else { None };
        cost.tell(&format!("W2 {feeds} feeds, {name}"), peer.map(|peer| ("newsboat", peer)));
        println!(
            "{:34}{:9.0} feeds/s, {:.2} ms of CPU a feed",
            "",
            feeds as f64 / cost.wall,
            cost.cpu * 1000.0 / feeds as f64
        );
    }
    daemon.stop();
    let mut daemon = Daemon::start(folder.path());
    std::thread::sleep(Duration::from_secs(5));
    let before = meter::of(&daemon.child);
    std::thread::sleep(Duration::from_secs(10));
    let cpu = meter::of(&daemon.child) - before;
    let resident = meter::memory(&daemon.child, "VmRSS:");
    meter::Cost { wall: 10.0, cpu, peak: resident }.tell(&format!("W4 {feeds} feeds, at rest"), None);
    daemon.stop();
}

fn write(root: &Path, urls: &[String]) {
    fs::create_dir_all(root.join("feeds")).unwrap();
    for (number, url) in urls.iter().enumerate() {
        let text = format!("schedule: '@yearly'\nsources:\n  - feed: {url}\n");
        fs::write(root.join(format!("feeds/f{number:05}.yaml")), text).unwrap();
    }
    let config = "listen: 127.0.0.1:0\nlog: {format: text}\ndefaults: {timezone: UTC}\n\
        fetch: {allow: [127.0.0.0/8], host_interval: 0s, min_interval: 0s, per_host: 8}\n";
    fs::write(root.join("feedmill.yaml"), config).unwrap();
    fs::write(root.join("urls"), urls.join("\n")).unwrap();
    fs::write(root.join("newsboat"), "reload-threads 16\nmax-items 0\n").unwrap();
}

struct Daemon {
    child: Child,
    address: String,
    token: String,
}

impl Daemon {
    fn start(root: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_feedmill"));
        command.current_dir(root).args([
            "--config",
            "feedmill.yaml",
            "--feeds",
            "feeds",
            "--state",
            "state",
            "run",
        ]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let ready = lines.find(|line| line.contains("ready listen=")).unwrap();
        let address = ready.split("listen=").nth(1).unwrap().trim_start_matches('"');
        let address = address.split(['"', ' ']).next().unwrap().to_owned();
        // Whatever else it says is read, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let token = fs::read_to_string(root.join("state/api-token")).unwrap().trim().to_owned();
        Self { child, address, token }
    }

    /// Everything once, and what that took.
    fn poll(&self) -> meter::Cost {
        let (began, before) = (Instant::now(), meter::of(&self.child));
        let mut stream = TcpStream::connect(self.address.trim_start_matches("http://")).unwrap();
        write!(
            stream,
            "POST /api/refresh?wait=10m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            self.token
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && !answer.contains("\"failed\""), "{answer}");
        meter::Cost {
            wall: began.elapsed().as_secs_f64(),
            cpu: meter::of(&self.child) - before,
            peak: meter::memory(&self.child, "VmHWM:"),
        }
    }

    fn stop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A server of feeds that answers 304 to its own `ETag`.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let address = listener.local_addr().unwrap();
    let body = Arc::new(input::rss());
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let body = Arc::clone(&body);
            std::thread::spawn(move || answer(stream, &body));
        }
    });
    address
}

fn answer(stream: TcpStream, body: &str) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut out = stream;
    loop {
        let mut asked = String::new();
        loop {
            let line = lines.next()?.ok()?;
            if line.is_empty() {
                break;
            }
            asked += &line.to_ascii_lowercase();
            asked.push('\n');
        }
        let mut text = String::new();
        if asked.contains("if-none-match: \"1\"") {
            text.push_str("HTTP/1.1 304 Not Modified\r\nETag: \"1\"\r\n\r\n");
        } else {
            let length = body.len();
            write!(text, "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nContent-Type: application/rss+xml\r\nContent-Length: {length}\r\n\r\n{body}").ok()?;
        }
        out.write_all(text.as_bytes()).ok()?;
    }
}
