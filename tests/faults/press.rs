//! An origin with many feeds that grow by an entry at every poll, and remembers what it
//! published.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

/// Entries that stand in a document; older ones have left it.
const WINDOW: u32 = 40;

pub(crate) struct Press {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// By path: the number of the newest entry.
    feeds: Mutex<HashMap<String, u32>>,
    /// By path: answers that are given as they are.
    fixed: Mutex<HashMap<String, Arc<Vec<u8>>>>,
    /// By path: requests.
    asked: Mutex<HashMap<String, usize>>,
    /// Every poll finds a new entry.
    growing: AtomicBool,
    /// Milliseconds before an answer.
    delay: AtomicU64,
    waiting: AtomicUsize,
}

impl Press {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                // One that is cut off has nothing more to say.
                thread::Builder::new().stack_size(128 << 10).spawn(move || talk(&stream, &shared)).unwrap();
            }
        });
        Self { address, shared }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn grow(&self, growing: bool) {
        self.shared.growing.store(growing, Ordering::SeqCst);
    }

    pub(crate) fn delay(&self, delay: Duration) {
        self.shared.delay.store(delay.as_millis() as u64, Ordering::SeqCst);
    }

    /// Requests that wait for their answer.
    pub(crate) fn waiting(&self) -> usize {
        self.shared.waiting.load(Ordering::SeqCst)
    }

    /// This path has so many entries more.
    pub(crate) fn publish(&self, path: &str, more: u32) {
        *self.shared.feeds.lock().unwrap().entry(path.to_owned()).or_default() += more;
    }

    /// How many entries this path has published.
    pub(crate) fn published(&self, path: &str) -> u32 {
        self.shared.feeds.lock().unwrap().get(path).copied().unwrap_or(0)
    }

    /// This path answers with these bytes.
    pub(crate) fn fix(&self, path: &str, body: Vec<u8>) {
        self.shared.fixed.lock().unwrap().insert(path.to_owned(), Arc::new(body));
    }

    pub(crate) fn asked(&self) -> HashMap<String, usize> {
        self.shared.asked.lock().unwrap().clone()
    }
}

/// The id of an entry.
pub(crate) fn id(path: &str, number: u32) -> String {
    format!("urn:press:{}:{number}", path.trim_start_matches('/'))
}

/// The document of a path whose newest entry has this number.
pub(crate) fn document(path: &str, newest: u32) -> String {
    let mut text = format!("<rss version=\"2.0\"><channel><title>Feed {path}</title>");
    for number in (newest.saturating_sub(WINDOW) + 1..=newest).rev() {
        let (id, minute, hour, day) =
            (id(path, number), number % 60, number / 60 % 24, 1 + number / 1440 % 28);
        text += &format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><title>Entry {number} of {path}</title><link>https://e.example{path}/{number}</link>\
             <category>c{}</category><pubDate>{day:02} Mar 2026 {hour:02}:{minute:02}:00 GMT</pubDate>\
             <description>&lt;p&gt;The text of entry {number}, which stays as it is.&lt;/p&gt;</description></item>",
            number % 7
        );
    }
    text + "</channel></rss>"
}

fn talk(mut stream: &TcpStream, shared: &Shared) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    loop {
        let first = lines.next()?.ok()?;
        let path = first.split(' ').nth(1)?.to_owned();
        let mut known = None;
        for line in lines.by_ref() {
            let line = line.ok()?;
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(": ")
                && name.eq_ignore_ascii_case("if-none-match")
            {
                known = Some(value.to_owned());
            }
        }
        *shared.asked.lock().unwrap().entry(path.clone()).or_default() += 1;
        let delay = shared.delay.load(Ordering::SeqCst);
        if delay > 0 {
            shared.waiting.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(delay));
            shared.waiting.fetch_sub(1, Ordering::SeqCst);
        }
        let fixed = shared.fixed.lock().unwrap().get(&path).cloned();
        let answer =
            fixed.map_or_else(|| grown(shared, &path, known.as_deref()), |body| whole("\"fixed\"", &body));
        stream.write_all(&answer).ok()?;
    }
}

fn grown(shared: &Shared, path: &str, known: Option<&str>) -> Vec<u8> {
    let newest = {
        let mut feeds = shared.feeds.lock().unwrap();
        let newest = feeds.entry(path.to_owned()).or_default();
        *newest += u32::from(shared.growing.load(Ordering::SeqCst));
        *newest
    };
    let etag = format!("\"{newest}\"");
    if known == Some(&etag) {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n").into_bytes();
    }
    whole(&etag, document(path, newest).as_bytes())
}

fn whole(etag: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
