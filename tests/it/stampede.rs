//! Many at once: refreshes, readers of a document that has changed, connections beyond what
//! the system gives.

use crate::app::{Answer, App, Daemon};
use crate::origin::{Origin, Step, ok};
use std::{fs, net::TcpStream, thread, time::Duration};

const MANY: usize = 1000;

/// So many of these at once; the answers.
fn at_once(daemon: &Daemon, request: &str) -> Vec<Answer> {
    let asks: Vec<_> = (0..MANY)
        .map(|_| {
            let (address, request) = (daemon.address.clone(), request.to_owned());
            thread::Builder::new()
                .stack_size(128 * 1024)
                .spawn(move || Daemon::ask(&address, &request))
                .unwrap()
        })
        .collect();
    asks.into_iter().map(|ask| ask.join().unwrap()).collect()
}

fn with_token(app: &App, method: &str, path: &str) -> String {
    let token = fs::read_to_string(app.path("state/api-token")).unwrap();
    let token = token.trim();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

fn count(app: &App, daemon: &Daemon, what: &str) -> u64 {
    let metrics = daemon.request(&with_token(app, "GET", "/metrics")).body;
    let line = metrics.lines().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("{metrics}"));
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn a_thousand_refreshes_are_two_collections_and_a_thousand_readers_one_rendering() {
    let origin = Origin::start();
    let item = "<item><title>A</title><guid>a</guid><link>https://e.example/a</link></item>";
    let feed = ok("", format!("<rss version=\"2.0\"><channel><title>T</title>{item}</channel></rss>"));
    origin.script("/feed", vec![Step::Send(feed.clone())]);
    origin.script("/feed", vec![Step::Wait(Duration::from_secs(2)), Step::Send(feed)]);
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "The first");
    app.write("feeds/news.yaml", "sources: [{posts: ../site, schedule: 1d}]\n");
    app.write(
        "feeds/wire.yaml",
        &format!("sources: [{{feed: \"{}\", schedule: 1d}}]\n", origin.url("/feed")),
    );
    let daemon = app.start();
    while !daemon.get("/all.json").body.contains("e.example/a") {}
    assert_eq!(origin.requests().len(), 1);

    for answer in at_once(&daemon, &with_token(&app, "POST", "/api/feeds/wire/refresh?wait=5m")) {
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.json()["sources"][0]["outcome"], "unchanged", "{}", answer.body);
    }
    // Who comes late may be told of a second one.
    assert!(origin.requests().len() <= 3, "{} requests", origin.requests().len());

    app.post(999, "The latest");
    while !daemon.get("/news.json").body.contains("The latest") {}
    let rendered = count(&app, &daemon, "feedmill_renders_total");
    let answers = at_once(&daemon, "GET /news.atom HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assert!(answers.iter().all(|answer| answer.status == 200 && answer.body == answers[0].body));
    assert!(answers[0].body.contains("The latest"));
    assert_eq!(count(&app, &daemon, "feedmill_renders_total"), rendered + 1);
}

/// Hundredths of a second that a process was busy for.
fn busy(daemon: &Daemon) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", daemon.pid())).unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ').map(str::to_owned).collect::<Vec<_>>();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn out_of_descriptors_it_waits_without_spinning_and_goes_on() {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "One");
    app.write("feeds/news.yaml", "sources: [{posts: ../site}]\n");
    let daemon = app.spawn_under(&["prlimit", "--nofile=64"]).ready().unwrap();
    let crowd: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&daemon.address).unwrap()).collect();
    let told = daemon.wait_for("cannot accept connections").unwrap();
    assert!(told.contains("Too many open files (os error 24); trying again"), "{told}");
    let before = busy(&daemon);
    let _ = daemon.wait_until(Duration::from_millis(500));
    let spent = busy(&daemon) - before;
    assert!(spent <= 20, "{spent} hundredths of half a second are spent on nothing");
    drop(crowd);
    assert_eq!(daemon.get("/news.atom").status, 200);
    assert!(daemon.log.try_iter().filter(|line| line.contains("cannot accept")).count() <= 5);
}

#[test]
fn a_thousand_who_come_at_once_find_room_to_wait() {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "One");
    app.write("feeds/news.yaml", "sources: [{posts: ../site}]\n");
    let daemon = app.start();
    daemon.signal("STOP");
    // Who finds no room is asked to come again in a second.
    let (address, patience) = (daemon.address.parse().unwrap(), Duration::from_millis(900));
    let crowd: Vec<_> = (0..MANY).map(|_| TcpStream::connect_timeout(&address, patience)).collect();
    daemon.signal("CONT");
    assert_eq!(crowd.iter().filter(|connected| connected.is_err()).count(), 0);
    assert_eq!(daemon.get("/health/live").status, 200);
}
