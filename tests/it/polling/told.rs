//! What is told of polling: to publishers on a page, to the operator in status and metrics.

use super::daemon::rss;
use crate::app::App;
use crate::origin::{Origin, bare, ok};
use chrono::{Timelike, Utc};
use std::time::{Duration, Instant};

const TOKEN: &str = "Authorization: Bearer t0ken\r\n";

fn app() -> App {
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s}\napi: {token_file: token}\n");
    app.write("config/token", "t0ken\n");
    app
}

#[test]
fn publishers_find_the_page_that_every_request_names() {
    let origin = Origin::start();
    origin.answer("/feed", ok("", rss("", &["a"])));
    let app = app();
    app.write("feeds/news.yaml", &format!("sources: [{{feed: {}}}]\n", origin.url("/feed")));
    let daemon = app.start();
    assert!(app.run(&["refresh", "--wait"]).status.code().is_some());
    let agent = origin.last_field("user-agent").unwrap();
    let expected = format!("feedmill/{} (+https://feeds.example.org/about/bot)", env!("CARGO_PKG_VERSION"));
    assert_eq!(agent, expected);
    let page = daemon.get("/about/bot");
    assert_eq!((page.status, page.field("content-type").as_deref()), (200, Some("text/html; charset=utf-8")));
    assert!(page.body.contains(&format!("<code>{agent}</code>")), "{}", page.body);
    for said in
        ["<h2>What it does</h2>", "<h2>How to slow it down</h2>", "<h2>How to stop it</h2>", "410 Gone"]
    {
        assert!(page.body.contains(said), "{said}");
    }
    assert_eq!(daemon.get("/about/bot/").status, 308);
    let metrics =
        daemon.request(&format!("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{TOKEN}\r\n"));
    for (name, value) in [
        ("feedmill_scheduled_sources", Some("1")),
        ("feedmill_queued_sources", Some("0")),
        ("feedmill_running_collections", Some("0")),
        ("feedmill_scheduled_polls_total", Some("0")),
        ("feedmill_poll_lateness_seconds{quantile=\"0.99\"}", Some("0.0")),
        ("feedmill_tick_age_seconds", None),
    ] {
        let line = metrics.body.lines().find(|line| line.starts_with(&format!("{name} ")));
        let found = line.and_then(|line| line.rsplit(' ').next());
        assert!(found.is_some() && (value.is_none() || found == value), "{name}: {line:?}");
    }
}

/// An hour and a day that are not skipped in a day from now, whenever that is.
fn skipped() -> (u32, chrono::DateTime<Utc>) {
    let now = Utc::now();
    ((now.hour() + 12) % 24, now + chrono::Duration::days(4))
}

/// An origin with a path for each reason to wait, and these paths.
fn reasons_to_wait() -> (Origin, [&'static str; 8]) {
    let origin = Origin::start();
    let (hour, day) = skipped();
    let day = day.format("%A").to_string();
    let wishes = format!(
        "<ttl>90</ttl><skipHours><hour>{hour:02}</hour></skipHours><skipDays><day>{day:<9}</day></skipDays>"
    );
    let hub = format!(
        "<link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"hub\" href=\"{}\"/>\
         <link xmlns=\"http://www.w3.org/2005/Atom\" rel=\"self\" href=\"https://a.example/feed\"/>",
        origin.url("/hub")
    );
    origin.answer("/hub", "HTTP/1.1 400 No\r\nContent-Length: 7\r\n\r\nnot you");
    for (path, answer) in [
        ("/missing", bare(404, "").into_bytes()),
        ("/gone", bare(410, "").into_bytes()),
        ("/busy", bare(429, "Retry-After: 7200\r\n").into_bytes()),
        ("/parked", ok("Content-Type: text/html\r\n", "<html><title>Buy this domain</title><body>For sale")),
        ("/private", bare(302, "Location: http://10.0.0.1/\r\n").into_bytes()),
        ("/fresh", ok("Cache-Control: max-age=90000\r\n", rss(&wishes, &["a"]))),
        ("/moved", bare(302, "Location: /there\r\n").into_bytes()),
        ("/there", ok("ETag: \"a\"\r\n", rss("", &["a"]))),
        ("/pushed", ok("ETag: \"a\"\r\n", rss(&hub, &["a"]))),
    ] {
        origin.answer(path, answer);
    }
    (origin, ["missing", "gone", "busy", "parked", "private", "fresh", "moved", "pushed"])
}

#[test]
fn the_status_says_why_each_source_waits() {
    let (origin, paths) = reasons_to_wait();
    let app = app();
    let sources =
        paths.map(|path| format!("  - {{id: {path}, feed: {}}}\n", origin.url(&format!("/{path}"))));
    app.write("feeds/f.yaml", &format!("websub: true\nsources:\n{}", sources.concat()));
    let _daemon = app.start();
    let deadline = Instant::now() + Duration::from_secs(30);
    let told = loop {
        let output = app.run(&["status"]);
        let told = String::from_utf8(output.stdout).unwrap();
        if told.contains("not subscribed at") && told.matches("last 20").count() == paths.len() {
            break told;
        }
        assert!(Instant::now() < deadline, "{told}");
    };
    // Times are the machine's own here; what they are is tested on a made-up clock.
    let time = regex::Regex::new(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
    let told = time.replace_all(&told, "TIME").replace(&origin.url(""), "ORIGIN");
    let (hour, day) = skipped();
    let skips = format!("skipHours {hour}, skipDays {}", day.format("%a"));
    let told = told.replace(&skips, "skipHours HOUR, skipDays DAY");
    let (_, told) = told.split_once("\nf  ").unwrap();
    assert_eq!(
        told,
        "3 entries, changed TIME
  missing  failed (1 in a row), last TIME, next TIME (schedule), 0 entries
    ORIGIN/missing: answered 404
  gone  failed (1 in a row), last TIME, next – (gone), 0 entries
    ORIGIN/gone: answered 410
  busy  failed (1 in a row), last TIME, next TIME (retry-after), 0 entries
    its origin asks: no request before TIME
    ORIGIN/busy: answered 429
  parked  failed (1 in a row), last TIME, next TIME (schedule), 0 entries
    ORIGIN/parked: this is a page, not a feed; it announces none (its title is `Buy this domain`)
  private  failed (1 in a row), last TIME, next TIME (schedule), 0 entries
    http://10.0.0.1/: blocked by policy: 10.0.0.1 is a private address; `fetch.allow` can let it through
      help: add `\"10.0.0.1:80\"` to `fetch.allow` in the config
  fresh  updated, last TIME, next TIME (max-age), 1 entries, 226 bytes
    its origin asks: max-age 90000 s, ttl 90 min, skipHours HOUR, skipDays DAY
  moved  updated, last TIME, next TIME (schedule), 1 entries, 134 bytes
    ORIGIN/moved is at ORIGIN/there now
  pushed  updated, last TIME, next TIME (schedule), 1 entries, 305 bytes
    not subscribed at ORIGIN/hub: the hub answered 400: not you
"
    );
}

#[test]
fn check_warns_where_no_hub_can_reach_us() {
    let app = App::new("");
    app.write("feeds/pushed.yaml", "websub: true\nsources: [{feed: https://a.example/feed}]\n");
    app.write("feeds/plain.yaml", "sources: [{feed: https://a.example/feed}]\n");
    // Behind a password it is never subscribed to.
    app.write(
        "feeds/own.yaml",
        "websub: true\nsources: [{feed: https://a.example/feed, headers: {X-A: b}}]\n",
    );
    let warnings = |base_url: &str| {
        let output = app.command(&["check"]).env("FEEDMILL_BASE_URL", base_url).output().unwrap();
        assert!(output.status.success());
        let told = String::from_utf8(output.stdout).unwrap().replace(app.path("").to_str().unwrap(), "");
        told.lines()
            .filter(|line| line.contains("websub") || line.contains("help"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(warnings("https://feeds.example.org"), "");
    assert_eq!(
        warnings("http://feeds.example.org"),
        "feeds/pushed.yaml:1:1: warning: `websub` has no effect: no hub can reach `http://feeds.example.org`\n  \
         help: set `base_url` in the config to a public https address"
    );
    assert!(warnings("https://feeds.lan").contains("no hub can reach `https://feeds.lan`"));
}
