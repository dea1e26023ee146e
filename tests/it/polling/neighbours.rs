//! Several names at one address: asked as one host, unless the operator says otherwise.

use super::daemon::{Daemon, Kept, feed, hours, politeness, settings};
use crate::origin::{Origin, Step};
use feedmill::collect::{FetchSettings, Fetcher};
use feedmill::model::Refresher as _;
use feedmill::schedule::{HostLimits, HostRules, Politeness};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// A daemon for which every `….example` is at this address, and how often it asked.
async fn all_at(address: SocketAddr, politeness: Politeness) -> (Daemon, Arc<AtomicUsize>) {
    let looked_up = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looked_up);
    let fetcher = Fetcher::new(settings()).unwrap().resolving(move |name, _| {
        counted.fetch_add(1, Ordering::SeqCst);
        if name.ends_with(".example") { vec![address] } else { Vec::new() }
    });
    (Kept::new(Arc::new(fetcher), politeness).start().await, looked_up)
}

/// Sources `a0.example`, `a1.example` …, each with a path of its own.
fn sources(origin: &Origin, count: usize) -> Vec<String> {
    let port = origin.address().port();
    (0..count).map(|number| format!("feed: 'http://a{number}.example:{port}/{number}'")).collect()
}

async fn define(daemon: &Daemon, sources: &[String]) {
    daemon.define("f", &sources.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

fn origin(paths: usize) -> Origin {
    let origin = Origin::start();
    for path in 0..paths {
        feed(&origin, &format!("/{path}"), "ETag: \"1\"\r\n", &["a"]);
    }
    origin
}

#[tokio::test]
async fn names_at_one_address_are_asked_as_one_host() {
    let (origin, other) = (origin(4), origin(1));
    let (daemon, looked_up) = all_at(origin.address(), politeness()).await;
    // The last names the address itself, the one before it another one.
    let itself = format!("feed: {}", origin.url("/3"));
    let elsewhere = format!("feed: {}", other.url("/0"));
    define(&daemon, &[sources(&origin, 3), vec![elsewhere, itself]].concat()).await;
    daemon.settled().await;
    assert_eq!((origin.requests().len(), other.requests().len()), (1, 1));
    for asked in 2..=4 {
        daemon.pass(Duration::from_millis(999)).await;
        assert_eq!(origin.requests().len(), asked - 1);
        daemon.pass(Duration::from_millis(1)).await;
        assert_eq!(origin.requests().len(), asked);
    }
    // Once before the first poll of each, and once to connect: then the connection tells.
    let before = looked_up.load(Ordering::SeqCst);
    assert!((4..=6).contains(&before), "{before}");
    daemon.pass_in_steps(hours(48), Duration::from_secs(600)).await;
    assert!(origin.requests().len() >= 8);
    assert!(looked_up.load(Ordering::SeqCst) <= before + origin.connections());
}

#[tokio::test]
async fn a_slow_one_is_waited_for_and_a_restart_knows_no_better() {
    let origin = origin(2);
    let slow = vec![Step::Wait(Duration::from_millis(300)), Step::Close];
    origin.script("/slow", slow);
    let (daemon, _) = all_at(origin.address(), politeness()).await;
    let slow = format!("feed: 'http://slow.example:{}/slow'", origin.address().port());
    define(&daemon, &[vec![slow], sources(&origin, 2)].concat()).await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while origin.requests().is_empty() {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    daemon.kept.clock.advance(Duration::from_secs(20));
    // The scheduler has been round once more when it answers.
    daemon.reload().await;
    assert_eq!((origin.requests().len(), origin.open()), (1, 1), "one in flight");
    daemon.pass_in_steps(Duration::from_secs(4), Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 3);
    let daemon = daemon.restart(hours(48)).await;
    assert_eq!(origin.requests().len(), 4);
    daemon.pass_in_steps(Duration::from_secs(10), Duration::from_secs(1)).await;
    assert_eq!(origin.requests().len(), 6);
}

#[tokio::test]
async fn what_is_switched_off_while_its_name_is_looked_up_is_not_asked() {
    let origin = origin(1);
    let (address, (asks, asked)) = (origin.address(), std::sync::mpsc::channel());
    let (go_on, gone_on) = std::sync::mpsc::channel::<()>();
    let gone_on = std::sync::Mutex::new(gone_on);
    let fetcher = Fetcher::new(settings()).unwrap().resolving(move |_, _| {
        asks.send(()).unwrap();
        // Ends when the test has let go.
        let _ = gone_on.lock().unwrap().recv();
        vec![address]
    });
    let daemon = Kept::new(Arc::new(fetcher), politeness()).start().await;
    let source = format!("feed: 'http://a.example:{}/0'", address.port());
    daemon.define("f", &[&source]).await;
    tokio::task::spawn_blocking(move || asked.recv_timeout(Duration::from_secs(20))).await.unwrap().unwrap();
    daemon.define("f", &[&format!("{source}, enabled: false")]).await;
    drop(go_on);
    daemon.settled().await;
    assert_eq!(origin.requests().len(), 0);
}

#[tokio::test]
async fn what_the_operator_wrote_for_a_host_or_an_address_stands() {
    let free = HostRules { limits: HostLimits { at_once: 8, interval: Duration::ZERO }, ..politeness().host };
    for (keys, at_once) in [
        (&["a0.example", "a1.example", "a2.example"][..], 3),
        (&["127.0.0.1"], 3),
        (&["a0.example"], 2),
        (&["elsewhere.example"], 1),
    ] {
        let origin = origin(3);
        let hosts = keys.iter().map(|key| ((*key).to_owned(), free)).collect();
        let (daemon, _) = all_at(origin.address(), Politeness { hosts, ..politeness() }).await;
        define(&daemon, &sources(&origin, 3)).await;
        daemon.settled().await;
        assert_eq!(origin.requests().len(), at_once, "{keys:?}");
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_or_takes_its_time_fails_as_itself() {
    let fetcher = Fetcher::new(FetchSettings { connect_timeout: Duration::from_millis(200), ..settings() });
    let fetcher = fetcher.unwrap().resolving(|name, _| {
        if name == "slow.example" {
            std::thread::sleep(Duration::from_millis(700));
        }
        Vec::new()
    });
    let daemon = Kept::new(Arc::new(fetcher), politeness()).start().await;
    define(&daemon, &["none", "slow"].map(|name| format!("feed: https://{name}.example/"))).await;
    daemon.settled().await;
    let status = daemon.handle.status();
    let problems: Vec<&str> =
        status.feeds[0].sources.iter().map(|source| source.problems[0].message.as_str()).collect();
    assert_eq!(problems, ["could not resolve `none.example`", "timed out: no connection within 200 ms"]);
}

#[tokio::test]
async fn behind_a_proxy_the_names_of_one_domain_are_asked_as_one_host() {
    let proxy = Origin::start();
    let names = ["a.example.org", "b.example.org", "example.org", "a.example.co.uk", "b.other.co.uk"];
    for name in names {
        feed(&proxy, &format!("http://{name}/"), "ETag: \"1\"\r\n", &["a"]);
    }
    let fetcher = Fetcher::new(FetchSettings { proxy: Some(proxy.url("")), ..settings() }).unwrap();
    let free = HostRules { limits: HostLimits { at_once: 8, interval: Duration::ZERO }, ..politeness().host };
    let politeness = Politeness { hosts: [("b.example.org".to_owned(), free)].into(), ..politeness() };
    let daemon = Kept::new(Arc::new(fetcher), politeness).start().await;
    define(&daemon, &names.map(|name| format!("feed: http://{name}/"))).await;
    daemon.settled().await;
    // Of `example.org` one, and the one that its owner has freed.
    assert_eq!(proxy.requests().len(), 4);
    daemon.pass(Duration::from_millis(999)).await;
    assert_eq!(proxy.requests().len(), 4);
    daemon.pass(Duration::from_millis(1)).await;
    assert_eq!(proxy.requests().len(), 5);
}
