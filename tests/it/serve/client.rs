//! A server on a port of its own, and a client that writes and reads bytes.

use super::fake::{FakeRefresher, FakeStore, entry, time};
use feedmill::clock::MadeUpClock;
use feedmill::model::{Access, CategoryInfo, CategoryPath, ContentMode, EntryOrder, Fate, Outlet};
use feedmill::serve::{AllSettings, Limits, Listener, Manners, Parts, Secret, Settings, Site, serve};
use feedmill::store::ServeStore;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// However busy the machine, what a test waits for has come by then: it is reached only where
/// a test fails.
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) site: Arc<Site>,
    pub(super) store: Arc<FakeStore>,
    pub(super) refresher: Arc<FakeRefresher>,
    pub(super) clock: MadeUpClock,
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) ended: JoinHandle<std::io::Result<()>>,
}

pub(super) fn outlet(id: &str) -> Outlet {
    Outlet {
        id: id.into(),
        group: Vec::new(),
        title: format!("The {id} feed"),
        description: None,
        link: Some("https://blog.example.org/".into()),
        language: Some("en".into()),
        author: None,
        icon: None,
        rights: None,
        limit: 50,
        order: EntryOrder::Published,
        content: ContentMode::Full,
        listed: true,
        in_all: true,
        categories: BTreeMap::new(),
        sources: vec!["posts".into()],
        aliases: Vec::new(),
        feed_id: None,
        was: Vec::new(),
        fate: Fate::Here,
        access: Access::Public,
        hubs: Vec::new(),
    }
}

pub(super) fn settings() -> Settings {
    Settings {
        base_url: "https://feeds.example.org".into(),
        max_age: Duration::from_mins(5),
        max_connections: 100,
        version: "0.0.1".into(),
        all: AllSettings { publish: true, title: "All feeds".into(), limit: 50 },
        token: Secret::new("t0ken"),
        token_place: "/var/lib/feedmill/api-token".into(),
        metrics_token: Some(Secret::new("m3trics")),
        trusted_proxy: Vec::new(),
        limits: Limits::default(),
        cache_bytes: 1 << 20,
        manners: Manners {
            floor: Duration::from_mins(5),
            gap: Duration::from_secs(1),
            at_once: 1,
            exceptions: false,
        },
    }
}

/// Two feeds: `blog` with categories, a slug, and one that moved; `news`, out of lists.
pub(super) fn outlets() -> Vec<Outlet> {
    let mut blog = outlet("blog");
    let info = |slug: Option<&str>, title: Option<&str>, into: Option<&str>| CategoryInfo {
        title: title.map(str::to_owned),
        description: None,
        slug: slug.map(str::to_owned),
        into: into.and_then(CategoryPath::parse),
        former_slugs: Vec::new(),
    };
    for (path, info) in
        [("金融", info(Some("finance"), Some("Money"), None)), ("old", info(None, None, Some("金融/中证网")))]
    {
        blog.categories.insert(CategoryPath::parse(path).unwrap(), info);
    }
    let mut news = outlet("news");
    news.listed = false;
    vec![blog, news]
}

pub(super) fn filled_store() -> Arc<FakeStore> {
    let store = FakeStore::default();
    store.adopt_feed("blog");
    store.adopt_feed("news");
    store.change("blog", "2026-11-21T09:00:00Z", |entries| {
        entries.push(("posts".into(), entry(1, "One", &[&["金融", "中证网"]], &["Rust", "c/c++"])));
        entries.push(("posts".into(), entry(2, "Two", &[&["CI/CD"]], &["Rust"])));
        entries.push(("posts".into(), entry(3, "Three", &[&["empty"]], &[])));
    });
    store.change("blog", "2026-11-21T09:30:00Z", |entries| entries.truncate(2));
    store.change("news", "2026-11-21T09:10:00Z", |entries| {
        entries.push(("wire".into(), entry(4, "Four", &[], &[])));
    });
    Arc::new(store)
}

pub(super) async fn start() -> Server {
    start_with(filled_store(), settings()).await
}

pub(super) async fn start_with(store: Arc<FakeStore>, settings: Settings) -> Server {
    serve_site(store.clone(), store, (outlets(), settings), None).await
}

/// A server that hands on to this socket what it can't answer itself.
pub(super) async fn start_before(socket: &Path) -> Server {
    let store = filled_store();
    serve_site(store.clone(), store, (outlets(), settings()), Some(socket)).await
}

/// A server on another store than the one in memory.
pub(super) async fn start_on(store: Arc<dyn ServeStore>, outlets: Vec<Outlet>) -> Server {
    serve_site(store, Arc::new(FakeStore::default()), (outlets, settings()), None).await
}

async fn serve_site(
    asked: Arc<dyn ServeStore>,
    store: Arc<FakeStore>,
    (outlets, settings): (Vec<Outlet>, Settings),
    onward: Option<&Path>,
) -> Server {
    let refresher =
        Arc::new(FakeRefresher { feeds: vec!["blog".into(), "news".into()], ..FakeRefresher::default() });
    let clock = MadeUpClock::at(time("2026-11-21T10:00:00Z"));
    let site = Site::new(Parts {
        store: asked,
        clock: Arc::new(clock.clone()),
        refresher: refresher.clone(),
        outlets: outlets.into_iter().map(Arc::new).collect(),
        settings,
    });
    if let Some(socket) = onward {
        site.hand_on(socket.to_owned());
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let ended = tokio::spawn(serve(Listener::Tcp(listener), Arc::clone(&site), async {
        let _ = stopped.await;
    }));
    Server { address, site, store, refresher, clock, stop: Some(stop), ended }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name);
        values.next().map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// The headers but for the date, sorted, a line each.
    pub(super) fn head(&self) -> String {
        let mut lines: Vec<String> = self
            .headers
            .iter()
            .filter(|(name, _)| name != "date" && name != "connection")
            .map(|(name, value)| format!("{name}: {value}\n"))
            .collect();
        lines.sort();
        format!("{}\n{}", self.status, lines.concat())
    }
}

impl Server {
    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    pub(super) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers).await
    }

    pub(super) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        self.raw(head.as_bytes()).await
    }

    /// Sends these bytes and reads all that comes.
    pub(super) async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut all = Vec::new();
        // A server that closes on unread bytes resets the connection after its answer.
        let _ = stream.read_to_end(&mut all).await;
        parse(&all)
    }
}

pub(super) fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(bytes.len());
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).map_or(0, |code| code.parse().unwrap());
    Answer {
        status,
        headers: lines
            .map(|line| {
                let (name, value) = line.split_once(": ").unwrap();
                (name.to_ascii_lowercase(), value.to_owned())
            })
            .collect(),
        body: bytes.get(end + 4..).unwrap_or_default().to_vec(),
    }
}
