//! `WebSub`: documents that name hubs, pings, and our own hub with a scripted subscriber.

use super::archives::Stage;
use super::client::{PATIENCE, Server, outlet, start_on};
use feedmill::clock::Clock;
use feedmill::collect::{
    Facts, Fetch, FetchError, FetchErrorKind, FetchRequest, FetchSettings, Fetched, Fetcher, Fetching, Post,
    PostRequest, Posted, Posting,
};
use feedmill::model::{Access, Hub, Outlet, Pass};
use feedmill::schedule::{Herald, Wires};
use feedmill::serve::announce;
use feedmill::store::HubStore;
use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const TOPIC: &str = "https://feeds.example.org/news.atom";

/// The rest of the world: says what it is told to, and keeps what it was told.
#[derive(Default)]
struct World {
    statuses: Mutex<VecDeque<u16>>,
    posts: Mutex<Vec<PostRequest>>,
    asked: Mutex<Vec<String>>,
    /// Subscribers say that they did not ask for it.
    denies: bool,
}

impl Post for World {
    fn post<'a>(&'a self, request: &'a PostRequest) -> Posting<'a> {
        self.posts.lock().unwrap().push(request.clone());
        let status = self.statuses.lock().unwrap().pop_front().unwrap_or(202);
        let posted =
            Posted { status, final_url: request.url.clone(), text: String::new(), retry_after: None };
        Box::pin(async move { Ok(posted) })
    }
}

impl Fetch for World {
    fn fetch<'a>(&'a self, request: &'a FetchRequest) -> Fetching<'a> {
        self.asked.lock().unwrap().push(request.url.clone());
        let challenge = request.url.split("hub.challenge=").nth(1).unwrap().split('&').next().unwrap();
        let body = if self.denies { b"no".to_vec() } else { challenge.as_bytes().to_vec() };
        let facts = Facts { final_url: request.url.clone(), ..Facts::default() };
        Box::pin(async move { Ok(Fetched::Body { body, content_type: None, facts }) })
    }
}

struct Play {
    stage: Stage,
    server: Server,
    world: Arc<World>,
}

async fn play(outlet: Outlet, world: World) -> Play {
    let mut stage = Stage::new();
    stage.add(2, false);
    let server = start_on(stage.store.clone(), vec![outlet]).await;
    let world = Arc::new(world);
    let clock: Arc<dyn Clock> = Arc::new(server.clock.clone());
    let (herald, desk) =
        Herald::new(Wires { post: world.clone(), fetch: world.clone(), store: stage.store.clone(), clock });
    server.site.open_hub(Arc::new(desk.clone()));
    tokio::spawn(herald.run(pending()));
    tokio::spawn(announce(Arc::clone(&server.site), Arc::new(desk), pending()));
    Play { stage, server, world }
}

fn with(hubs: Vec<Hub>) -> Outlet {
    Outlet { hubs, ..outlet("news") }
}

/// Waits for this.
async fn until(mut holds: impl FnMut() -> bool) {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "it never came");
}

impl Play {
    async fn looked(&self) {
        until(|| self.stage.store.announced("https://feeds.example.org/news.json").unwrap().is_some()).await;
    }

    fn posts(&self) -> Vec<PostRequest> {
        self.world.posts.lock().unwrap().clone()
    }

    /// Lets everybody do what they can without the time going on.
    async fn rest(&self) {
        self.turns(50, || false).await;
    }

    /// Lets everybody work until this holds, for as many turns as a second's work may take:
    /// counted, since on a busy machine nobody knows how long a turn is.
    async fn work_until(&self, holds: impl Fn() -> bool) {
        self.turns(1000, holds).await;
    }

    /// So many turns for everybody, here and on the threads that may block.
    async fn turns(&self, most: usize, holds: impl Fn() -> bool) {
        for _ in 0..most {
            if holds() {
                return;
            }
            tokio::task::yield_now().await;
            tokio::task::spawn_blocking(|| ()).await.unwrap();
        }
    }

    /// Lets time go on, a second at a time, until this holds: who was busy when a second
    /// passed waits for the next.
    async fn comes(&self, holds: impl Fn() -> bool) {
        let wait = async {
            while !holds() {
                self.server.clock.advance(Duration::from_secs(1));
                self.work_until(&holds).await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "it never came");
    }

    async fn ask(&self, fields: &[(&str, &str)]) -> (u16, String) {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let head = format!(
            "POST /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let answer = self.server.raw(head.as_bytes()).await;
        (answer.status, answer.text())
    }

    fn subscriptions(&self) -> usize {
        self.stage.store.subscribers(TOPIC, self.server.clock.now()).unwrap().len()
    }
}

#[tokio::test]
async fn documents_name_their_hubs() {
    let hubs = vec![Hub::At("https://hub.example/?a=1&b=2".into()), Hub::Builtin];
    let play = play(with(hubs), World::default()).await;
    let atom = play.server.get("/news.atom").await;
    let link = format!(
        "<https://hub.example/?a=1&b=2>; rel=\"hub\", <https://feeds.example.org/hub>; rel=\"hub\", <{TOPIC}>; rel=\"self\""
    );
    assert_eq!(atom.header("link"), Some(link.as_str()));
    let text = atom.text();
    assert!(text.contains("<link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\"/>"), "{text}");
    let etag = atom.header("etag").unwrap();
    let unmodified = play.server.get_with("/news.atom", &[("If-None-Match", etag)]).await;
    assert_eq!((unmodified.status, unmodified.header("link")), (304, Some(link.as_str())));
    let rss = play.server.get("/news/category/odd.rss").await;
    assert!(
        rss.text().contains("<atom:link href=\"https://hub.example/?a=1&amp;b=2\" rel=\"hub\"/>"),
        "{}",
        rss.text()
    );
    assert!(
        rss.header("link")
            .unwrap()
            .ends_with("<https://feeds.example.org/news/category/odd.rss>; rel=\"self\"")
    );
    let json: serde_json::Value = serde_json::from_slice(&play.server.get("/news.json").await.body).unwrap();
    assert_eq!(
        json["hubs"][1],
        serde_json::json!({"type": "WebSub", "url": "https://feeds.example.org/hub"})
    );
    for path in ["/all.atom", "/news", "/news.atom?category=odd", "/feeds.opml"] {
        assert_eq!(play.server.get(path).await.header("link"), None, "{path}");
    }
}

#[tokio::test]
async fn what_changed_while_the_store_could_not_be_read_is_told_once_it_can() {
    let mut play = play(with(vec![Hub::At("https://hub.example/".into())]), World::default()).await;
    play.looked().await;
    play.rest().await;
    play.stage.add(1, false);
    play.stage.database().execute_batch("ALTER TABLE place RENAME TO elsewhere").unwrap();
    for _ in 0..3 {
        play.server.clock.advance(Duration::from_secs(1));
        play.rest().await;
    }
    assert_eq!(play.posts().len(), 0);
    play.stage.database().execute_batch("ALTER TABLE elsewhere RENAME TO place").unwrap();
    play.comes(|| play.posts().len() >= 3).await;
}

#[tokio::test]
async fn a_hub_is_told_once_the_bytes_have_changed() {
    let mut play = play(with(vec![Hub::At("https://hub.example/".into())]), World::default()).await;
    assert_eq!(play.server.get("/news/category/odd.atom").await.status, 200);
    play.looked().await;
    play.server.clock.advance(Duration::from_secs(5));
    play.rest().await;
    assert_eq!(play.posts().len(), 0, "nothing has changed");
    play.world.statuses.lock().unwrap().push_back(503);
    play.stage.add(1, false);
    play.stage.add(1, false);
    play.comes(|| play.posts().len() >= 4).await;
    play.rest().await;
    let mut told: Vec<String> =
        play.posts().iter().map(|post| String::from_utf8(post.body.clone()).unwrap()).collect();
    told.sort();
    let form = |path: &str| {
        let topic = format!("https%3A%2F%2Ffeeds.example.org%2F{path}");
        format!("hub.mode=publish&hub.url={topic}&hub.topic={topic}")
    };
    assert_eq!(told, ["news%2Fcategory%2Fodd.atom", "news.atom", "news.json", "news.rss"].map(form));
    assert!(play.posts().iter().all(|post| post.url == "https://hub.example/"));
    play.server.clock.advance(Duration::from_secs(20));
    play.rest().await;
    assert_eq!(play.posts().len(), 4, "the one that failed waits");
    play.server.clock.advance(Duration::from_secs(31));
    play.comes(|| play.posts().len() == 5).await;
    play.server.clock.advance(Duration::from_hours(8));
    play.rest().await;
    assert_eq!(play.posts().len(), 5);
}

#[tokio::test]
async fn what_needs_a_token_names_no_hub() {
    let pass = Pass { name: "ann".into(), token: "s3cret".into() };
    let private = Outlet { access: Access::Token(vec![pass]), ..with(vec![Hub::Builtin]) };
    let mut play = play(private, World::default()).await;
    let atom = play.server.get("/t/s3cret/news.atom").await;
    assert_eq!((atom.status, atom.header("link")), (200, None));
    assert!(!atom.text().contains("rel=\"hub\""));
    play.stage.add(1, false);
    play.server.clock.advance(Duration::from_secs(2));
    play.rest().await;
    assert_eq!(play.posts().len(), 0);
    for topic in ["https://feeds.example.org/t/s3cret/news.atom", TOPIC] {
        let fields =
            [("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.callback", "https://s.example/")];
        assert_eq!(play.ask(&fields).await.0, 400, "{topic}");
    }
}

const SUBSCRIBE: [(&str, &str); 4] = [
    ("hub.mode", "subscribe"),
    ("hub.topic", TOPIC),
    ("hub.callback", "https://s.example/cb?id=7"),
    ("hub.secret", "s3cret"),
];

#[tokio::test]
async fn our_hub_hands_on_what_changed_and_signs_it() {
    let mut play = play(with(vec![Hub::Builtin]), World::default()).await;
    play.looked().await;
    assert_eq!(play.ask(&SUBSCRIBE).await, (202, "it will be verified\n".to_owned()));
    until(|| play.subscriptions() == 1).await;
    let asked = play.world.asked.lock().unwrap()[0].clone();
    assert!(
        asked.starts_with("https://s.example/cb?id=7&hub.mode=subscribe&hub.topic=https%3A%2F%2Ffeeds.example.org%2Fnews.atom&hub.challenge=")
            && asked.ends_with("&hub.lease_seconds=864000"),
        "{asked}"
    );
    play.server.clock.advance(Duration::from_secs(2));
    play.rest().await;
    assert_eq!(play.posts().len(), 0, "they have it");
    play.world.statuses.lock().unwrap().push_back(500);
    play.stage.add(1, false);
    play.comes(|| play.posts().len() == 1).await;
    play.rest().await;
    play.server.clock.advance(Duration::from_secs(31));
    play.comes(|| play.posts().len() == 2).await;
    let post = play.posts().remove(1);
    let served = play.server.get("/news.atom").await;
    assert_eq!((post.url.as_str(), &post.body), ("https://s.example/cb?id=7", &served.body));
    assert_eq!(post.content_type, "application/atom+xml; charset=utf-8");
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, b"s3cret");
    let tag: String =
        ring::hmac::sign(&key, &served.body).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let headers: Vec<(&str, &str)> =
        post.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [("Link", served.header("link").unwrap()), ("X-Hub-Signature", format!("sha256={tag}").as_str())]
    );
    // Gone for good: never again.
    play.rest().await;
    play.world.statuses.lock().unwrap().push_back(410);
    play.stage.add(1, false);
    play.comes(|| play.subscriptions() == 0).await;
}

#[tokio::test]
async fn our_hub_believes_nobody_unasked() {
    let play = play(with(vec![Hub::Builtin]), World { denies: true, ..World::default() }).await;
    play.looked().await;
    assert_eq!(play.ask(&SUBSCRIBE).await.0, 202);
    until(|| play.world.asked.lock().unwrap().len() == 1).await;
    play.rest().await;
    assert_eq!(play.subscriptions(), 0);
    for (field, value, why) in [
        ("hub.mode", "publish", "`hub.mode` is `subscribe` or `unsubscribe`\n"),
        ("hub.topic", "https://other.example/news.atom", "`hub.topic` is no document of ours\n"),
        ("hub.topic", "https://feeds.example.org/nobody.atom", "`hub.topic` is no document of ours\n"),
        ("hub.topic", "https://feeds.example.org/all.atom", "this hub does not tell of `hub.topic`\n"),
        ("hub.topic", "https://feeds.example.org/%6eews.atom", "this hub does not tell of `hub.topic`\n"),
        (
            "hub.callback",
            "ftp://s.example/",
            "`hub.callback` is an http or https address of at most 2048 bytes\n",
        ),
        (
            "hub.callback",
            "https://u:p@s.example/",
            "`hub.callback` is an http or https address of at most 2048 bytes\n",
        ),
        (
            "hub.callback",
            "https://s.example/#x",
            "`hub.callback` is an http or https address of at most 2048 bytes\n",
        ),
        ("hub.lease_seconds", "soon", "`hub.lease_seconds` is a whole number\n"),
    ] {
        let mut fields: Vec<(&str, &str)> =
            SUBSCRIBE.into_iter().filter(|(name, _)| *name != field).collect();
        fields.push((field, value));
        assert_eq!(play.ask(&fields).await, (400, why.to_owned()), "{field} {value}");
    }
    let long = "x".repeat(200);
    let mut fields = SUBSCRIBE.to_vec();
    fields[3].1 = &long;
    assert_eq!(play.ask(&fields).await.0, 400);
    assert_eq!(play.server.get("/hub").await.status, 405);
}

#[tokio::test]
async fn leases_end_and_can_be_taken_back() {
    let mut play = play(with(vec![Hub::Builtin]), World::default()).await;
    play.looked().await;
    let mut fields = SUBSCRIBE.to_vec();
    fields.push(("hub.lease_seconds", "1"));
    play.ask(&fields).await;
    until(|| play.subscriptions() == 1).await;
    play.server.clock.advance(Duration::from_mins(5));
    assert_eq!(play.subscriptions(), 0, "five minutes are the least");
    play.stage.add(1, false);
    play.server.clock.advance(Duration::from_secs(1));
    play.rest().await;
    assert_eq!(play.posts().len(), 0);
    fields.pop();
    fields.push(("hub.lease_seconds", "999999999"));
    play.ask(&fields).await;
    until(|| play.subscriptions() == 1).await;
    play.server.clock.advance(Duration::from_hours(30 * 24 - 1));
    assert_eq!(play.subscriptions(), 1);
    fields[0].1 = "unsubscribe";
    play.ask(&fields).await;
    until(|| play.subscriptions() == 0).await;
}

#[tokio::test]
async fn a_callback_in_a_private_network_is_never_asked() {
    let fetcher = Fetcher::new(FetchSettings::default()).unwrap();
    for callback in
        ["http://127.0.0.1/cb", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest"]
    {
        let request = FetchRequest::new(callback, super::fake::time("2026-11-21T10:00:00Z"));
        let error: FetchError = fetcher.fetch(&request).await.unwrap_err();
        assert_eq!(error.kind, FetchErrorKind::Blocked, "{callback}");
        let post = PostRequest::bytes(callback, "text/plain", Vec::new(), request.now);
        assert_eq!(
            Post::post(&fetcher, &post).await.unwrap_err().kind,
            FetchErrorKind::Blocked,
            "{callback}"
        );
    }
}
