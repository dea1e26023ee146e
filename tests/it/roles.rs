//! The daemon as two processes on one state directory: one collects, the other serves.

use crate::app::{App, Daemon};
use crate::origin::{Origin, bare, ok};
use std::{
    fs,
    time::{Duration, Instant},
};

/// However busy the machine, what is collected is served by then.
const PATIENCE: Duration = Duration::from_secs(90);

fn site() -> App {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: UTC\n");
    app.post(1, "First");
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n    schedule: every 1h\n");
    app
}

/// Waits until a document holds this.
fn appears(daemon: &Daemon, path: &str, needle: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = daemon.get(path);
        if answer.body.contains(needle) {
            return;
        }
        assert!(Instant::now() < deadline, "`{needle}` never came to {path}: {}", answer.head);
        // Whoever collects needs the machine more than we do.
        let _ = daemon.wait_until(Duration::from_millis(20));
    }
}

fn with_token(app: &App, request: &str) -> String {
    let token = fs::read_to_string(app.path("state/api-token")).unwrap();
    let token = token.trim();
    format!("{request} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
}

#[test]
fn what_one_collects_the_other_serves_and_hands_on_what_is_asked_of_the_first() {
    let app = site();
    let poll = app.start_role("poll");
    let serve = app.start_role("serve");
    appears(&serve, "/news.atom", "First");
    app.post(2, "Second");
    appears(&serve, "/news.atom", "Second");
    // A changed feed file holds in both.
    app.write("feeds/news.yaml", "title: Renamed\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
    appears(&serve, "/news.rss", "Renamed");
    // What only a scheduler can answer.
    assert_eq!(serve.get("/api/status").status, 401);
    let status = serve.request(&with_token(&app, "GET /api/status"));
    assert_eq!(status.json()["feeds"][0]["sources"][0]["outcome"], "updated", "{}", status.body);
    let refreshed = serve.request(&with_token(&app, "POST /api/feeds/news/refresh?wait=10s"));
    assert_eq!(refreshed.status, 200, "{}", refreshed.head);
    assert_eq!(refreshed.json()["sources"][0]["outcome"], "unchanged");
    assert!(serve.request(&with_token(&app, "GET /metrics")).body.ends_with("# EOF\n"));
    assert!(app.run(&["refresh", "news", "--wait"]).status.success());
    drop(poll);
}

#[test]
fn documents_are_kept_until_the_next_collection_that_the_other_half_has_planned() {
    let app = site();
    // The longest time is five minutes.
    let feed = |every: &str| format!("sources:\n  - posts: ../site\n    schedule: every {every}\n");
    app.write("feeds/soon.yaml", &feed("3m"));
    app.write("feeds/made.yaml", "sources: [{from: [soon]}]\n");
    let _poll = app.start_role("poll");
    let serve = app.start_role("serve");
    let age = |path: &str| -> u64 {
        appears(&serve, path, "First");
        let kept = serve.get(path).field("cache-control").unwrap();
        kept.strip_prefix("public, max-age=").unwrap().parse().unwrap()
    };
    assert_eq!(age("/news.atom"), 300);
    for path in ["/soon.atom", "/made.atom", "/all.atom"] {
        let age = age(path);
        assert!((60..=180).contains(&age), "{path} is kept for {age} s");
    }
}

#[test]
fn the_serving_half_says_on_its_page_how_sources_stand() {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [127.0.0.0/8], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/sad.yaml", &format!("sources: [{{feed: {}}}]\n", origin.url("/feed")));
    app.write("feeds/bad.yaml", &format!("sources: [{{feed: {}}}]\n", origin.url("/other")));
    origin.answer_from_now("/feed", bare(500, ""));
    origin
        .answer_from_now("/other", ok("", "<rss version=\"2.0\"><channel><title>O</title></channel></rss>"));
    let _poll = app.start_role("poll");
    assert_eq!(app.run(&["refresh", "--wait"]).status.code(), Some(2));
    let serve = app.start_role("serve");
    app.write("feeds/bad.yaml", "sources: nothing\n");
    serve.wait_for("feed files read").unwrap();
    let page = serve.get("/");
    assert_eq!(page.status, 200);
    for (said, times) in [
        ("<li class=\"error\">Its source can&#39;t be read just now; what came before stays.</li>", 1),
        ("<li class=\"error\">Its feed file has an error; it goes on as it was before.</li>", 1),
        ("<span>collected <time", 2),
        ("<span>next <time", 2),
    ] {
        assert_eq!(page.body.matches(said).count(), times, "{said}: {}", page.body);
    }
}

#[test]
fn either_goes_on_without_the_other() {
    let app = site();
    let mut poll = app.start_role("poll");
    let mut serve = app.start_role("serve");
    appears(&serve, "/news.atom", "First");
    poll.kill();
    assert!(serve.get("/news.rss").body.contains("First"));
    let away = serve.request(&with_token(&app, "POST /api/refresh"));
    assert_eq!((away.status, away.field("retry-after").as_deref()), (503, Some("5")));
    app.post(2, "While it was away");
    let poll = app.start_role("poll");
    appears(&serve, "/news.atom", "While it was away");
    serve.kill();
    app.post(3, "Collected all the same");
    assert!(app.run(&["refresh", "news", "--wait"]).status.success());
    let serve = app.start_role("serve");
    let before = serve.get("/news.json");
    assert!(before.body.contains("Collected all the same"));
    drop((poll, serve));
    // The whole daemon goes on with what both left.
    let whole = app.start();
    let after = whole.get("/news.json");
    assert_eq!((after.field("etag"), after.body), (before.field("etag"), before.body));
}

#[test]
fn there_is_one_of_each_and_the_serving_half_makes_no_store() {
    let app = site();
    let early = app.run(&["run", "--role", "serve"]);
    let told = String::from_utf8_lossy(&early.stderr).into_owned();
    assert!(told.contains("there is none yet\n  help: start `feedmill run --role poll` first"), "{told}");
    let poll = app.start_role("poll");
    let serve = app.start_role("serve");
    for (role, holder) in [("poll", &poll), ("serve", &serve)] {
        let second = app.run(&["run", "--role", role]);
        let told = String::from_utf8_lossy(&second.stderr).into_owned();
        assert_eq!(second.status.code(), Some(1));
        assert!(told.contains(&format!("another feedmill holds it (pid {})", holder.pid())), "{told}");
    }
    let told = String::from_utf8_lossy(&app.run(&["run"]).stderr).into_owned();
    assert!(told.contains(&format!("another feedmill holds it (pid {})", poll.pid())), "{told}");
    drop(poll);
    let told = String::from_utf8_lossy(&app.run(&["run"]).stderr).into_owned();
    assert!(told.contains(&format!("another feedmill holds it (pid {})", serve.pid())), "{told}");
    assert_eq!(serve.get("/news.atom").status, 200);
}
