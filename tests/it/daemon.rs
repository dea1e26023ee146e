//! The daemon as it is run: end to end, through crashes, reloads and bad input.

use crate::app::{App, Daemon};
use crate::origin::{Origin, ok};
use serde_json::Value;
use std::{collections::BTreeMap, fs, process::Command, sync::mpsc, time::Duration};

const SITE: &str = "title: News\nurl: https://news.example.org\ntimezone: Asia/Shanghai\n";

pub(crate) fn site(posts: usize) -> App {
    let app = App::new("");
    app.write("site/_config.yml", SITE);
    for number in 0..posts {
        app.post(number, &format!("Post {number}"));
    }
    app.write("feeds/news.yaml", "limit: 10000\nsources:\n  - posts: ../site\n    schedule: every 1h\n");
    app
}

/// Every entry of a JSON Feed: id → (title, date).
fn entries(daemon: &Daemon, path: &str) -> BTreeMap<String, (String, String)> {
    let answer = daemon.get(path);
    assert_eq!(answer.status, 200, "{}", answer.head);
    let items = answer.json()["items"].as_array().unwrap().clone();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap_or_default().to_owned();
    let map: BTreeMap<_, _> = items
        .iter()
        .map(|item| (text(item, "id"), (text(item, "title"), text(item, "date_published"))))
        .collect();
    assert_eq!(map.len(), items.len(), "no entry stands twice");
    map
}

fn refresh(app: &App) -> Value {
    let output = app.run(&["refresh", "--wait", "--format", "json"]);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn documents(daemon: &Daemon) -> Vec<(String, String, String)> {
    let paths = ["/news.atom", "/news.rss", "/news.json", "/news/category/news.atom", "/all.atom"];
    let of = |path: &&str| {
        let answer = daemon.get(path);
        (answer.field("etag").unwrap(), answer.field("last-modified").unwrap(), answer.body)
    };
    paths.iter().map(of).collect()
}

#[test]
fn a_no_op_refresh_and_a_restart_give_the_same_bytes_and_etags() {
    let app = site(3);
    let daemon = app.start();
    refresh(&app);
    let before = documents(&daemon);
    assert_eq!(refresh(&app)["sources"][0]["outcome"], "unchanged");
    assert_eq!(documents(&daemon), before);
    drop(daemon);
    let daemon = app.start();
    let etag = &before[0].0;
    let asked =
        format!("GET /news.atom HTTP/1.1\r\nHost: x\r\nIf-None-Match: {etag}\r\nConnection: close\r\n\r\n");
    assert_eq!(daemon.request(&asked).status, 304, "a restart answers 304");
    assert_eq!(documents(&daemon), before);
}

#[test]
fn what_was_written_while_the_daemon_was_down_is_there_after_its_start() {
    let app = site(3);
    let daemon = app.start();
    refresh(&app);
    drop(daemon);
    app.post(7, "Written meanwhile");
    let daemon = app.start();
    daemon.wait_for("new=1 changed=0 gone=0").unwrap();
    let titles: Vec<String> = entries(&daemon, "/news.json").into_values().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Post 0", "Post 1", "Post 2", "Written meanwhile"]);
}

#[test]
fn a_new_an_edited_and_a_removed_post_are_noticed_by_watching() {
    let app = site(3);
    let daemon = app.start();
    refresh(&app);
    app.post(7, "A new one");
    daemon.wait_for("new=1 changed=0 gone=0").unwrap();
    app.post(1, "Edited");
    daemon.wait_for("new=0 changed=1 gone=0").unwrap();
    fs::remove_file(app.path("site/_posts/2026-03-01-00002.md")).unwrap();
    daemon.wait_for("new=0 changed=0 gone=1").unwrap();
    let titles: Vec<String> = entries(&daemon, "/news.json").into_values().map(|(title, _)| title).collect();
    assert_eq!(titles, ["Post 0", "Edited", "A new one"]);
}

#[test]
fn a_thumbnail_with_another_random_number_is_no_change() {
    let app = site(0);
    let post = |random: u32| {
        let image = format!("https://picsum.example.org/400/300?random={random}");
        let text =
            format!("---\ntitle: T\ndate: 2026-03-01 08:00:00 +0800\nthumbnail: {image}\n---\n<p>x</p>\n");
        app.write("site/_posts/2026-03-01-a.md", &text);
    };
    post(1);
    let daemon = app.start();
    refresh(&app);
    let before = daemon.get("/news.atom").body;
    post(2);
    assert_eq!(refresh(&app)["sources"][0]["outcome"], "unchanged");
    assert_eq!(daemon.get("/news.atom").body, before);
}

#[test]
fn killed_while_collecting_nothing_is_lost_and_nothing_stands_twice() {
    let app = site(450);
    let mut seen: BTreeMap<String, (String, String)> = BTreeMap::new();
    for round in 0..24_u64 {
        let number = usize::try_from(round).unwrap();
        for post in 0..20 {
            app.post(1000 + number * 20 + post, &format!("Round {round}, post {post}"));
        }
        let mut daemon = app.spawn();
        // At another moment each time, from before the store is open to after the last commit.
        let _ = daemon.wait_until(Duration::from_millis(round * 37 % 400));
        daemon.kill();
    }
    let daemon = app.start();
    refresh(&app);
    let found = entries(&daemon, "/news.json");
    assert_eq!(found.len(), 450 + 24 * 20);
    for (id, entry) in found {
        assert!(seen.insert(id.clone(), entry.clone()).is_none_or(|before| before == entry), "{id}");
    }
}

#[test]
fn a_feed_killed_between_polls_keeps_its_entries_and_their_dates() {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/remote.yaml", &format!("limit: 1000\nsources:\n  - feed: {}\n", origin.url("/feed")));
    let mut published: BTreeMap<String, (String, String)> = BTreeMap::new();
    for round in 0..20_u64 {
        let items: String = (0..=round)
            .map(|item| format!("<item><guid>urn:x:{item}</guid><title>Item {item}</title></item>"))
            .collect();
        let feed = format!("<rss version=\"2.0\"><channel><title>R</title>{items}</channel></rss>");
        origin.answer_from_now(
            "/feed",
            ok(&format!("ETag: \"{round}\"\r\nContent-Type: application/rss+xml\r\n"), feed.as_bytes()),
        );
        let mut daemon = app.start();
        if round % 2 == 0 {
            refresh(&app);
        }
        for (id, entry) in entries(&daemon, "/remote.json") {
            let before = published.insert(id.clone(), entry.clone());
            assert!(before.is_none_or(|before| before == entry), "{id} moved in round {round}");
        }
        daemon.kill();
    }
    let daemon = app.start();
    refresh(&app);
    assert_eq!(entries(&daemon, "/remote.json").len(), 20);
}

#[test]
fn an_unchanged_source_costs_its_origin_one_304() {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/remote.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    let feed = "<rss version=\"2.0\"><channel><title>R</title><item><title>A</title></item></channel></rss>";
    origin.answer_from_now(
        "/feed",
        ok("ETag: W/\"odd\"\r\nContent-Type: application/rss+xml\r\n", feed.as_bytes()),
    );
    let daemon = app.start();
    refresh(&app);
    let before = daemon.get("/remote.atom").body;
    origin.answer_from_now("/feed", crate::origin::bare(304, ""));
    let asked = origin.requests().len();
    assert_eq!(refresh(&app)["sources"][0]["outcome"], "unchanged");
    assert_eq!(origin.requests().len(), asked + 1);
    assert_eq!(origin.last_field("if-none-match").as_deref(), Some("W/\"odd\""));
    assert_eq!(daemon.get("/remote.atom").body, before);
}

#[test]
fn an_origin_that_answers_a_page_an_error_or_nothing_changes_nothing() {
    let origin = Origin::start();
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/remote.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    let feed = "<rss version=\"2.0\"><channel><title>R</title><item><title>A</title></item></channel></rss>";
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let daemon = app.start();
    refresh(&app);
    let before = daemon.get("/remote.atom").body;
    let page =
        "<!DOCTYPE html><html><head><link rel=alternate type=application/rss+xml href=/x.xml></head></html>";
    let answers = [
        (ok("Content-Type: text/html\r\n", page.as_bytes()), "this is a page"),
        (crate::origin::bare(500, "").into_bytes(), "answered 500"),
        (ok("Content-Type: application/rss+xml\r\n", b""), "empty"),
    ];
    for (answer, message) in answers {
        origin.answer_from_now("/feed", answer);
        let report = refresh(&app);
        assert_eq!(report["sources"][0]["outcome"], "failed");
        let told = report["sources"][0]["problems"][0]["message"].as_str().unwrap().to_owned();
        assert!(told.contains(message), "{told}");
        assert_eq!(daemon.get("/remote.atom").body, before);
    }
}

#[test]
fn a_folder_that_is_gone_or_empty_or_has_lost_more_than_half_is_held() {
    let app = site(4);
    fs::create_dir(app.path("site/_posts/old")).unwrap();
    for number in 0..3 {
        let name = format!("2026-03-01-{number:05}.md");
        fs::rename(app.path(&format!("site/_posts/{name}")), app.path(&format!("site/_posts/old/{name}")))
            .unwrap();
    }
    let daemon = app.start();
    refresh(&app);
    let before = daemon.get("/news.atom").body;
    // All three at once: the folder is watched.
    fs::rename(app.path("site/_posts/old"), app.path("old")).unwrap();
    let held = app.run(&["refresh", "--wait", "--format", "json"]);
    assert_eq!(held.status.code(), Some(2), "it is a failure");
    let held: Value = serde_json::from_slice(&held.stdout).unwrap();
    let held = &held["sources"][0];
    assert_eq!(held["outcome"], "held", "{held}");
    assert!(held["failures"].as_u64() >= Some(1), "{held}");
    assert_eq!(held["problems"][0]["help"], "`feedmill accept news/site` lets them go");
    assert_eq!(daemon.get("/news.atom").body, before);
    fs::rename(app.path("site"), app.path("elsewhere")).unwrap();
    assert_eq!(refresh(&app)["sources"][0]["outcome"], "failed");
    assert_eq!(daemon.get("/news.atom").body, before);
    fs::rename(app.path("elsewhere"), app.path("site")).unwrap();
    assert!(app.run(&["accept", "site"]).status.success());
    daemon.wait_for("gone=3").unwrap();
    assert_eq!(entries(&daemon, "/news.json").len(), 1);
}

#[test]
fn a_bad_feed_file_goes_on_under_its_last_good_definition() {
    let app = site(2);
    let daemon = app.start();
    refresh(&app);
    app.write("feeds/news.yaml", "titel: x\nsources: []\n");
    let told = daemon.wait_for("news.yaml:1:1").unwrap();
    assert!(told.contains("`titel`"), "{told}");
    daemon.wait_for("feed files read").unwrap();
    assert_eq!(entries(&daemon, "/news.json").len(), 2);
    app.write("feeds/news.yaml", "title: Renamed\nsources:\n  - posts: ../site\n");
    daemon.wait_for("feed files read").unwrap();
    assert!(daemon.get("/news.atom").body.contains("<title>Renamed</title>"));
    fs::remove_file(app.path("feeds/news.yaml")).unwrap();
    daemon.wait_for("feed files read feeds=0").unwrap();
    assert_eq!(daemon.get("/news.atom").status, 404);
}

#[test]
fn sighup_reads_again_and_sigterm_ends_within_ten_seconds() {
    let app = site(1);
    let mut daemon = app.start();
    daemon.signal("HUP");
    daemon.wait_for("feed files read").unwrap();
    daemon.signal("TERM");
    assert_eq!(daemon.end(Duration::from_secs(10)), Some(0));
    assert!(!app.path("state/control.sock").exists());
}

#[test]
fn a_taken_port_a_taken_state_and_a_bad_config_end_the_start() {
    let app = site(1);
    let daemon = app.start();
    let second = app.run(&["run"]);
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(told.contains(&format!("another feedmill holds it (pid {})", daemon.pid())), "{told}");
    let port = App::new("");
    let config = fs::read_to_string(port.path("config/feedmill.yaml")).unwrap();
    port.write("config/feedmill.yaml", &config.replace("127.0.0.1:0", &daemon.address));
    let told = String::from_utf8_lossy(&port.run(&["run"]).stderr).into_owned();
    assert!(told.contains("help: another program listens there"), "{told}");
    port.write("config/feedmill.yaml", "listne: x\nfetch: {per_host: many}\n");
    let output = port.run(&["run"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told.contains("feedmill.yaml:1:1: error:") && told.contains("feedmill.yaml:2:19: error:"),
        "{told}"
    );
}

#[test]
fn the_api_wants_its_token_and_refreshes() {
    let app = site(1);
    let daemon = app.start();
    assert_eq!(daemon.get("/api/status").status, 401);
    let token = fs::read_to_string(app.path("state/api-token")).unwrap();
    let post = format!(
        "POST /api/feeds/news/refresh?wait=30s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        token.trim()
    );
    let answer = daemon.request(&post);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.json()["sources"][0]["feed"], "news");
    assert!(answer.json()["sources"][0]["next"].is_string());
}

#[test]
fn refreshing_what_is_not_there_says_so() {
    let app = site(1);
    let told = String::from_utf8_lossy(&app.run(&["refresh"]).stderr).into_owned();
    assert!(told.contains("no daemon answers; looked at") && told.contains("state/control.sock"), "{told}");
    app.write("feeds/bad.yaml", "titel: Bad\n");
    let _daemon = app.start();
    let output = app.run(&["refresh", "nope", "--wait"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "error: no feed has the id `nope`\n");
    let output = app.run(&["refresh", "bad", "--wait"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let why = "feeds/bad.yaml:1:1: error: unknown key `titel`, the nearest known key is `title`";
    assert!(told.contains("the file of the feed `bad` can't be used\n") && told.contains(why), "{told}");
}

#[test]
fn a_signal_ends_it_though_the_feed_files_are_being_read() {
    let app = site(1);
    let mut daemon = app.start();
    let pipe = app.path("feeds/tokens");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    app.write(
        "feeds/slow.yaml",
        "access: token\ntoken_file: tokens\nsources:\n  - {posts: ../site, id: slow}\n",
    );
    daemon.signal("HUP");
    // Opened by both: the reading has begun, and does not end as long as we write nothing.
    let (opened, is_open) = mpsc::channel();
    std::thread::spawn(move || opened.send(fs::OpenOptions::new().write(true).open(pipe)));
    let _writer = is_open.recv_timeout(Duration::from_secs(30)).unwrap().unwrap();
    daemon.signal("TERM");
    assert_eq!(daemon.end(Duration::from_secs(10)), Some(0));
}

#[test]
fn a_folder_of_feeds_that_cannot_be_read_ends_the_start_and_a_build() {
    let app = site(1);
    assert_eq!(app.run(&["build", "--out", "out"]).status.code(), Some(0));
    let before = fs::read(app.path("out/feeds.opml")).unwrap();
    let told = |arguments: &[&str]| {
        let ended = app.run(arguments);
        assert_eq!(ended.status.code(), Some(1), "{arguments:?}");
        String::from_utf8(ended.stderr).unwrap().replace(&app.path("").display().to_string(), "")
    };
    let missing = "elsewhere: error: the folder of feeds cannot be read: No such file or directory (os error 2)\n  help: make it";
    assert_eq!(
        told(&["run", "--feeds", "elsewhere"]),
        format!("{missing} readable, or name another with `feeds` in the configuration or `--feeds DIR`\n")
    );
    assert_eq!(
        told(&["build", "--out", "out", "--feeds", "elsewhere"]),
        format!(
            "{missing}, or name another with `feeds` in the configuration or `--feeds DIR`\n\
             error: not every feed file could be looked for, so nothing was written\n"
        )
    );
    assert_eq!(fs::read(app.path("out/feeds.opml")).unwrap(), before);
}
