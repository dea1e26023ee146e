//! An origin with many feeds that grow by an entry at every poll, whose entries are edited, get
//! other dates and are taken back, and which remembers what it published.

use crate::story::{Story, text, title};
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
pub(crate) const WINDOW: u32 = 40;

pub(crate) struct Press {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// By path: the number of the newest entry.
    feeds: Mutex<HashMap<String, u32>>,
    /// By path and number: what became of entries; changes so far are counted.
    stories: Mutex<HashMap<String, Stories>>,
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

type Stories = (usize, HashMap<u32, Story>);

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

    /// What has become of an entry.
    pub(crate) fn story(&self, path: &str, number: u32) -> Story {
        let stories = self.shared.stories.lock().unwrap();
        stories.get(path).and_then(|(_, stories)| stories.get(&number)).cloned().unwrap_or_default()
    }

    /// Something becomes of an entry.
    pub(crate) fn change(&self, path: &str, number: u32, change: impl FnOnce(&mut Story)) {
        let mut stories = self.shared.stories.lock().unwrap();
        let (changes, stories) = stories.entry(path.to_owned()).or_default();
        *changes += 1;
        change(stories.entry(number).or_default());
    }

    /// How many entries of a path were taken back.
    pub(crate) fn taken(&self, path: &str) -> usize {
        let stories = self.shared.stories.lock().unwrap();
        stories.get(path).map_or(0, |(_, stories)| stories.values().filter(|story| story.taken).count())
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
    told(path, newest, &HashMap::new())
}

/// The same, of entries of which something has become.
fn told(path: &str, newest: u32, stories: &HashMap<u32, Story>) -> String {
    let mut document = format!(
        "<rss version=\"2.0\" xmlns:a=\"http://www.w3.org/2005/Atom\"><channel><title>Feed {path}</title>"
    );
    for number in (newest.saturating_sub(WINDOW) + 1..=newest).rev() {
        let story = stories.get(&number).cloned().unwrap_or_default();
        if story.taken {
            continue;
        }
        let (id, revision) = (id(path, number), story.revision());
        let date = story.date(number, revision).format("%d %b %Y %H:%M:%S GMT");
        let updated = story
            .updated()
            .map_or(String::new(), |updated| format!("<a:updated>{}</a:updated>", updated.to_rfc3339()));
        let text = text(number, revision).replace('<', "&lt;");
        document += &format!(
            "<item><guid isPermaLink=\"false\">{id}</guid><title>{}</title><link>https://e.example{path}/{number}</link>\
             <category>c{}</category><pubDate>{date}</pubDate>{updated}<description>{text}</description></item>",
            title("Entry", number, revision),
            number % 7
        );
    }
    document + "</channel></rss>"
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
    let stories = shared.stories.lock().unwrap().get(path).cloned().unwrap_or_default();
    let etag = format!("\"{newest}-{}\"", stories.0);
    if known == Some(&etag) {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {etag}\r\n\r\n").into_bytes();
    }
    whole(&etag, told(path, newest, &stories.1).as_bytes())
}

fn whole(etag: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nETag: {etag}\r\nContent-Type: application/rss+xml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
