//! By way of a proxy: `fetch.proxy`, and no other.

use super::hostile::short;
use super::http::{body, now};
use crate::app::App;
use crate::origin::{Origin, bare, ok};
use crate::tls_origin::{H2Origin, Scripted, root};
use feedmill::collect::{Fetch as _, FetchErrorKind, FetchRequest, FetchSettings, Fetcher};
use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A proxy that makes tunnels, all of them to one address.
struct Tunnels {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Tunnels {
    fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                thread::spawn(move || tunnel(client, target, &seen));
            }
        });
        Self { address, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn tunnel(mut client: TcpStream, target: SocketAddr, heads: &Mutex<Vec<String>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if !matches!(client.read(&mut byte), Ok(1)) {
            return;
        }
        head.push(byte[0]);
    }
    heads.lock().unwrap().push(String::from_utf8(head).unwrap());
    let mut server = TcpStream::connect(target).unwrap();
    client.write_all(b"HTTP/1.1 200 Go\r\n\r\n").unwrap();
    let (mut up, mut down) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || std::io::copy(&mut up, &mut down));
    let _ = std::io::copy(&mut server, &mut client);
}

/// Nothing private is allowed here: the proxy itself may stand anywhere.
fn through(proxy: &str) -> Fetcher {
    let settings = FetchSettings { proxy: Some(proxy.to_owned()), allow: Vec::new(), ..short() };
    Fetcher::new(settings).unwrap().trusting(&root()).unwrap()
}

#[tokio::test]
async fn http_is_asked_in_absolute_form_and_the_proxy_resolves() {
    let proxy = Origin::start();
    proxy.answer("http://feeds.example/feed?a=b", ok("ETag: \"1\"\r\n", "x"));
    proxy.answer("http://feeds.example:8080/moved", bare(302, "Location: //other.example/\r\n"));
    proxy.answer("http://other.example/", bare(302, "Location: http://127.0.0.1/\r\n"));
    let fetcher = through(&proxy.url("/"));
    let get = async |url: &str| fetcher.fetch(&FetchRequest::new(url, now())).await;
    assert_eq!(body(&get("http://feeds.example/feed?a=b").await.unwrap()), "x");
    let request = proxy.requests().pop().unwrap();
    assert!(request.starts_with("GET http://feeds.example/feed?a=b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("host: feeds.example\r\n"), "{request}");
    // Each hop goes through it, and an address that a hop names is judged here.
    let error = get("http://feeds.example:8080/moved").await.unwrap_err();
    assert_eq!((error.kind, error.url.as_str()), (FetchErrorKind::Blocked, "http://127.0.0.1/"));
    for url in [
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "https://192.168.1.1/",
        "http://a.example:25/",
    ] {
        assert_eq!(get(url).await.unwrap_err().kind, FetchErrorKind::Blocked, "{url}");
    }
    assert_eq!(proxy.requests().len(), 3);
    // Where the names lead is not known here, nor asked.
    assert_eq!(fetcher.addresses("http://feeds.example/feed"), Some(Vec::new()));
}

#[tokio::test]
async fn https_goes_through_a_tunnel_whose_other_end_has_to_be_the_host() {
    let origin = H2Origin::start();
    origin.answer("/feed", &[("etag", "\"1\"")], "y");
    let tunnels = Tunnels::to(SocketAddr::new("127.0.0.1".parse().unwrap(), origin.port()));
    let fetcher = through(&format!("http://{}", tunnels.address));
    for _ in 0..2 {
        let request = FetchRequest::new("https://a.origin.example/feed", now());
        assert_eq!(body(&fetcher.fetch(&request).await.unwrap()), "y");
    }
    let error = fetcher.fetch(&FetchRequest::new("https://bank.example/", now())).await.unwrap_err();
    assert_eq!(error.message, "no trusted connection: the certificate is for another host");
    let heads = tunnels.heads();
    let lines: Vec<&str> = heads.iter().map(|head| head.lines().next().unwrap()).collect();
    assert_eq!(lines, ["CONNECT a.origin.example:443 HTTP/1.1", "CONNECT bank.example:443 HTTP/1.1"]);
    // The proxy learns who asks, and neither what nor with which credentials.
    assert!(!heads.concat().contains("/feed") && !heads.concat().contains("if-none-match"));
    assert_eq!(origin.requests().len(), 2);
}

#[tokio::test]
async fn a_proxy_that_refuses_or_is_not_there_is_said_so() {
    let proxy = Origin::start();
    proxy.answer("a.origin.example:443", bare(407, "Proxy-Authenticate: Basic\r\n"));
    let fetcher = through(&proxy.url("/"));
    let error = fetcher.fetch(&FetchRequest::new("https://a.origin.example/", now())).await.unwrap_err();
    assert_eq!(error.message, "could not connect: tunnel error: proxy authorization required");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let fetcher = through(&format!("http://{gone}"));
    let error = fetcher.fetch(&FetchRequest::new("http://a.example/", now())).await.unwrap_err();
    assert_eq!(error.message, "could not connect: connection refused");
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let (origin, decoy) = (Origin::start(), Scripted::showing("good", 1));
    let feed = "<rss version=\"2.0\"><channel><title>t</title><item><guid>a</guid></item></channel></rss>";
    origin.answer("/feed", ok("ETag: \"1\"\r\n", feed));
    let app = App::new("fetch: {allow: [127.0.0.0/8]}\n");
    app.write("feeds/f.yaml", &format!("sources: [{{feed: {}}}]\n", origin.url("/feed")));
    let proxy = decoy.url("").replace("https://", "http://");
    let mut command = app.command(&["build", "--out", "out"]);
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, &proxy);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!((origin.requests().len(), decoy.connections()), (1, (0, 0)));
    // Without the word of the config; with it, the same address is asked.
    app.write("feeds/f.yaml", "sources: [{feed: http://feeds.example/feed}]\n");
    let output =
        app.command(&["build", "--out", "out"]).env("FEEDMILL_FETCH__PROXY", &proxy).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(decoy.connections().0, 1);
}
