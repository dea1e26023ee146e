//! 60 private targets, asked for directly, by redirect, by name and in four IPv6 forms:
//! none of it reaches the decoy that listens at every address this machine has.

use super::http::{now, settings};
use crate::origin::{Origin, bare, ok};
use feedmill::collect::{FetchErrorKind, FetchRequest, FetchSettings, Fetcher};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Counts connections to one port at every address, IPv4 and IPv6.
struct Decoy {
    port: u16,
    reached: Arc<AtomicUsize>,
}

impl Decoy {
    fn start() -> Self {
        let all: [IpAddr; 2] = ["::".parse().unwrap(), "0.0.0.0".parse().unwrap()];
        let first = TcpListener::bind((all[0], 0)).or_else(|_| TcpListener::bind((all[1], 0))).unwrap();
        let port = first.local_addr().unwrap().port();
        let reached = Arc::new(AtomicUsize::new(0));
        // Where `::` takes IPv4 as well, the second is in use already.
        for listener in [Some(first), TcpListener::bind((all[1], port)).ok()].into_iter().flatten() {
            let reached = Arc::clone(&reached);
            thread::spawn(move || {
                for _ in listener.incoming() {
                    reached.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, reached }
    }
}

/// 60 IPv4 addresses that no feed is at; the first 20 are this machine's own.
fn targets() -> Vec<Ipv4Addr> {
    let mut targets = Vec::new();
    for last in 1..=16 {
        targets.push(Ipv4Addr::new(127, last, 3 * last, last));
    }
    targets.extend([[127, 0, 0, 1], [127, 0, 0, 53], [127, 255, 255, 254], [0, 0, 0, 0]].map(Ipv4Addr::from));
    for [a, b] in [[10, 0], [10, 255], [172, 16], [172, 31], [192, 168], [169, 254], [100, 64], [100, 127]] {
        for last in [1, 169, 254] {
            targets.push(Ipv4Addr::new(a, b, last, last));
        }
    }
    targets.extend(
        [
            [0, 1, 2, 3],
            [0, 255, 255, 255],
            [192, 0, 0, 1],
            [192, 0, 0, 170],
            [192, 0, 2, 1],
            [198, 51, 100, 1],
            [203, 0, 113, 1],
            [192, 88, 99, 1],
            [198, 18, 0, 1],
            [198, 19, 255, 254],
            [224, 0, 0, 1],
            [239, 255, 255, 250],
            [240, 0, 0, 1],
            [250, 1, 2, 3],
            [255, 255, 255, 254],
            [255, 255, 255, 255],
        ]
        .map(Ipv4Addr::from),
    );
    targets
}

/// The ways to write one address that lead to it, or might.
fn spellings(target: Ipv4Addr) -> Vec<String> {
    let number = u32::from(target);
    let [a, b, c, d] = target.octets();
    let (high, low) = (number >> 16, number & 0xffff);
    vec![
        target.to_string(),
        number.to_string(),
        format!("0x{number:x}"),
        format!("0{a:o}.{b}.0x{c:x}.{d}"),
        format!("[::ffff:{target}]"),
        format!("[::{high:x}:{low:x}]"),
        format!("[64:ff9b::{high:x}:{low:x}]"),
        format!("[2002:{high:x}:{low:x}::1]"),
        format!("[2001:0:1:1:0:0:{:x}:{:x}]", !high & 0xffff, !low & 0xffff),
    ]
}

#[tokio::test]
async fn no_packet_reaches_a_decoy() {
    let (decoy, origin) = (Decoy::start(), Origin::start());
    let targets = targets();
    assert_eq!(targets.len(), 60);
    let settings = FetchSettings {
        allow: vec![origin.address().to_string().parse().unwrap()],
        ..FetchSettings::default()
    };
    let names = targets.clone();
    let fetcher = Fetcher::new(settings).unwrap().resolving(move |name, port| {
        let number: usize = name.trim_start_matches('t').split('.').next().unwrap().parse().unwrap();
        let target = names[number];
        let mapped = target.to_ipv6_mapped();
        [IpAddr::from(target), IpAddr::from(mapped)].map(|address| SocketAddr::new(address, port)).to_vec()
    });
    let mut asked = 0;
    for (number, target) in targets.into_iter().enumerate() {
        let mut urls: Vec<String> =
            spellings(target).iter().map(|host| format!("http://{host}:{}/", decoy.port)).collect();
        urls.push(format!("http://t{number}.example:{}/", decoy.port));
        for (spelling, url) in urls.into_iter().enumerate() {
            let path = format!("/{number}/{spelling}");
            origin.answer(&path, bare(302, &format!("Location: {url}\r\n")));
            for url in [url, origin.url(&path)] {
                let error = fetcher.fetch(&FetchRequest::new(&url, now())).await.unwrap_err();
                assert_eq!(error.kind, FetchErrorKind::Blocked, "{url}: {error}");
                asked += 1;
            }
        }
    }
    assert_eq!((asked, decoy.reached.load(Ordering::SeqCst)), (60 * 10 * 2, 0));
    println!("60 targets, 10 spellings, directly and by redirect: {asked} requests, none at the decoy");
    // The decoy does count what reaches it.
    let open = FetchSettings { allow: vec!["127.0.0.0/8".parse().unwrap()], ..FetchSettings::default() };
    let url = format!("http://127.9.9.9:{}/", decoy.port);
    Fetcher::new(open).unwrap().fetch(&FetchRequest::new(url, now())).await.unwrap_err();
    assert_eq!(decoy.reached.load(Ordering::SeqCst), 1);
}

/// A good origin, and one on the same port at an address that may not be asked.
fn pair() -> (Origin, Origin) {
    let good = Origin::start();
    good.answer("/", ok("Connection: close\r\n", "x"));
    let bad = good.beside();
    (good, bad)
}

/// A fetcher for which 127.0.0.1 is public and other private addresses are not.
fn half_open(lookup: impl Fn(&str) -> Vec<SocketAddr> + Send + Sync + 'static) -> Fetcher {
    let settings = FetchSettings { allow: vec!["127.0.0.1".parse().unwrap()], ..FetchSettings::default() };
    Fetcher::new(settings).unwrap().resolving(move |name, _| lookup(name))
}

async fn ask(fetcher: &Fetcher, name: &str, origin: &Origin) -> Result<(), (FetchErrorKind, String)> {
    let url = format!("http://{name}:{}/", origin.address().port());
    let fetched = fetcher.fetch(&FetchRequest::new(url, now())).await;
    fetched.map(drop).map_err(|error| (error.kind, error.message))
}

#[tokio::test]
async fn a_name_that_changes_its_mind_or_has_two_is_judged_at_every_connection() {
    let (origin, decoy) = pair();
    let (good, bad) = (origin.address(), decoy.address());
    let asked = AtomicUsize::new(0);
    let fetcher = half_open(move |name| match name {
        "both.example" => vec![bad, good],
        _ if asked.fetch_add(1, Ordering::SeqCst) == 0 => vec![good],
        _ => vec![bad],
    });
    ask(&fetcher, "both.example", &origin).await.unwrap();
    ask(&fetcher, "rebinding.example", &origin).await.unwrap();
    let (kind, _) = ask(&fetcher, "rebinding.example", &origin).await.unwrap_err();
    assert_eq!((kind, decoy.connections()), (FetchErrorKind::Blocked, 0));
}

#[tokio::test]
async fn a_name_whose_answer_lives_no_longer_than_the_question_is_looked_up_once_a_connection() {
    let (origin, other) = pair();
    other.answer("/", ok("Connection: close\r\n", "x"));
    let places = [origin.address(), other.address()];
    let looked_up = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looked_up);
    // Of two addresses another one at each question: TTL 0.
    let fetcher = Fetcher::new(settings())
        .unwrap()
        .resolving(move |_, _| vec![places[counted.fetch_add(1, Ordering::SeqCst) % 2]]);
    for asked in 1..=6_usize {
        ask(&fetcher, "fleeting.example", &origin).await.unwrap();
        assert_eq!(looked_up.load(Ordering::SeqCst), asked, "judged and connected to by one answer");
        let connections = [origin.connections(), other.connections()];
        assert_eq!(connections, [asked.div_ceil(2), asked / 2], "to the one that was judged");
    }
}

#[tokio::test]
async fn answers_that_are_cut_short_or_hold_a_thousand_are_taken_as_they_are() {
    let (origin, decoy) = pair();
    let (good, bad) = (origin.address(), decoy.address());
    let fetcher = half_open(move |name| match name {
        // What stood behind the cut is unknown: the rest is what there is.
        "rest.example" => vec![good],
        // The resolver gives a cut answer up, and names what it has: nothing.
        "cut.example" => Vec::new(),
        "late.example" => [vec![bad; 999], vec![good]].concat(),
        _ => vec![bad; 1000],
    });
    for name in ["rest.example", "late.example"] {
        ask(&fetcher, name, &origin).await.unwrap();
    }
    let unresolved = (FetchErrorKind::Unresolved, "could not resolve `cut.example`".to_owned());
    assert_eq!(ask(&fetcher, "cut.example", &origin).await.unwrap_err(), unresolved);
    let (kind, message) = ask(&fetcher, "thousand.example", &origin).await.unwrap_err();
    assert_eq!(kind, FetchErrorKind::Blocked, "{message}");
    let said = "blocked by policy: `thousand.example` is 127.0.0.2, a loopback address";
    assert!(message.starts_with(said), "{message}");
    assert_eq!(decoy.connections(), 0);
}
