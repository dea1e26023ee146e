//! What wants the token: status, metrics, refreshing.

use super::client::{Answer, Server, start};
use super::fake::time;
use feedmill::model::{FeedStatus, Outcome, Problem, SourceReport, SourceStatus, Spell, Status};
use std::sync::Arc;
use std::time::Duration;

const BEARER: (&str, &str) = ("Authorization", "Bearer t0ken");
/// `anyone:t0ken`
const BASIC: (&str, &str) = ("Authorization", "Basic YW55b25lOnQwa2Vu");

fn status() -> Status {
    Status {
        version: "0.0.1".into(),
        started: Some(time("2026-11-21T09:00:00Z")),
        feeds: vec![FeedStatus {
            feed: "blog".into(),
            valid: true,
            entries: 2,
            updated: Some(time("2026-11-21T09:30:00Z")),
            problems: Vec::new(),
            sources: vec![
                SourceStatus {
                    source: "example-org".into(),
                    kind: "feed".into(),
                    location: "https://example.org/feed".into(),
                    current_location: "https://example.org/feed".into(),
                    last: Some(time("2026-11-21T09:59:00Z")),
                    outcome: Some(Outcome::Failed),
                    next: Some(time("2026-11-21T10:15:00Z")),
                    next_because: "back-off".into(),
                    failures: 2,
                    since: Some(time("2026-11-21T09:44:00Z")),
                    succeeded: Some(time("2026-11-21T09:29:00Z")),
                    asks: vec!["max-age 900 s".into()],
                    bytes: Some(1234),
                    subscription: None,
                    entries: 1,
                    problems: vec![Problem::error("https://example.org/feed", "answered <500>")],
                    ..SourceStatus::default()
                },
                SourceStatus { source: "posts".into(), kind: "posts".into(), ..SourceStatus::default() },
            ],
        }],
    }
}

async fn started() -> Server {
    let server = start().await;
    *server.refresher.status.lock().unwrap() = status();
    server
}

#[tokio::test]
async fn without_the_token_there_is_a_way_to_it() {
    let server = started().await;
    for (method, path) in [
        ("GET", "/metrics"),
        ("GET", "/status"),
        ("GET", "/status.atom"),
        ("GET", "/api/status"),
        ("GET", "/api/runs/r1"),
        ("POST", "/api/refresh"),
        ("POST", "/api/feeds/blog/refresh"),
    ] {
        for authorization in
            ["", "Bearer wrong", "Bearer", "Basic dDBrZW4=", "Basic YTpiOnQwa2Vu", "Bearer m3trics"]
        {
            if (path, authorization) == ("/metrics", "Bearer m3trics") {
                continue;
            }
            server.clock.advance(Duration::from_mins(1));
            let answer = server.ask(method, path, &[("Authorization", authorization)]).await;
            assert_eq!(answer.status, 401, "{path} {authorization}");
            assert_eq!(
                answer.header("www-authenticate"),
                Some(
                    "Basic realm=\"feedmill, the token lies in /var/lib/feedmill/api-token\", charset=\"UTF-8\""
                )
            );
            assert!(!answer.text().contains("0.0.1"), "the version is nobody else's business");
        }
        if method == "GET" && path != "/api/runs/r1" {
            assert_eq!(server.get_with(path, &[BEARER]).await.status, 200, "{path}");
            assert_eq!(server.get_with(path, &[BASIC]).await.status, 200, "{path}");
        }
    }
    assert!(server.refresher.runs.lock().unwrap().is_empty());
    let metrics = server.get_with("/metrics", &[("Authorization", "Bearer m3trics")]).await;
    assert_eq!(metrics.status, 200);
}

#[tokio::test]
async fn health_needs_none() {
    let server = started().await;
    let answer = server.get("/health/live").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "live\n"));
    let answer = server.get("/health/ready").await;
    assert_eq!((answer.status, answer.text().as_str()), (503, "not ready\n"));
    server.site.mark_ready();
    let answer = server.get("/health/ready").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ready\n"));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn the_status_as_json() {
    let server = started().await;
    let answer = server.get_with("/api/status", &[BEARER]).await;
    assert_eq!(
        answer.text(),
        concat!(
            r#"{"version":"0.0.1","started":"2026-11-21T09:00:00Z","feeds":[{"feed":"blog","valid":true,"#,
            r#""entries":2,"updated":"2026-11-21T09:30:00Z","sources":[{"source":"example-org","kind":"feed","#,
            r#""location":"https://example.org/feed","current_location":"https://example.org/feed","#,
            r#""last":"2026-11-21T09:59:00Z","last_success":"2026-11-21T09:29:00Z","outcome":"failed","#,
            r#""next":"2026-11-21T10:15:00Z","next_because":"back-off","failures":2,"#,
            r#""asks":["max-age 900 s"],"bytes":1234,"entries":1,"problems":[{"at":"https://example.org/feed","#,
            r#""message":"answered <500>"}]},{"source":"posts","kind":"posts","location":"","current_location":"","#,
            r#""next_because":"","failures":0,"entries":0,"problems":[]}]}]}"#,
            "\n"
        )
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

async fn refresh(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    server.ask("POST", path, headers).await
}

#[tokio::test]
async fn a_refresh_is_accepted_and_can_be_followed() {
    let server = started().await;
    let answer = refresh(&server, "/api/refresh", &[BEARER]).await;
    assert_eq!((answer.status, answer.text().as_str()), (202, "{\"run\":\"r1\"}\n"));
    let running = server.get_with("/api/runs/r1", &[BEARER]).await;
    assert_eq!((running.status, running.text().as_str()), (202, "{\"run\":\"r1\",\"sources\":[]}\n"));
    server.refresher.end();
    assert_eq!(server.get_with("/api/runs/r1", &[BEARER]).await.status, 200);
    let unknown = server.get_with("/api/runs/r9", &[BEARER]).await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.text(), "{\"error\":\"no run has this id; the last hundred are remembered\"}\n");
    let nobody = refresh(&server, "/api/feeds/nobody/refresh", &[BEARER]).await;
    assert_eq!((nobody.status, nobody.text().as_str()), (404, "{\"error\":\"no feed has this id\"}\n"));
    let wrong = refresh(&server, "/api/refresh?wait=soon", &[BEARER]).await;
    assert_eq!(wrong.status, 400);
    assert_eq!(wrong.text(), "{\"error\":\"`wait` is a duration, as in `wait=30s`\"}\n");
    assert_eq!(server.get_with("/api/refresh", &[BEARER]).await.status, 405);
    assert_eq!(server.refresher.runs.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn waiting_ends_with_the_run_or_the_time() {
    let server = Arc::new(started().await);
    let waiting = |path: &'static str| {
        let server = Arc::clone(&server);
        tokio::spawn(async move { refresh(&server, path, &[BEARER]).await })
    };
    let runs = || server.refresher.runs.lock().unwrap().len();
    let late = waiting("/api/refresh?wait=30s");
    while runs() < 1 {
        tokio::task::yield_now().await;
    }
    // The wait begins after the run is there; time goes on until it is over.
    while !late.is_finished() {
        server.clock.advance(Duration::from_secs(30));
        tokio::task::yield_now().await;
    }
    let late = late.await.unwrap();
    assert_eq!((late.status, late.text().as_str()), (202, "{\"run\":\"r1\"}\n"));
    let soon = waiting("/api/feeds/blog/refresh?wait=10m");
    while runs() < 2 {
        tokio::task::yield_now().await;
    }
    server.refresher.runs.lock().unwrap()[1].sources.push(SourceReport {
        feed: "blog".into(),
        source: "posts".into(),
        outcome: Outcome::Unchanged,
        new: 0,
        changed: 0,
        gone: 0,
        failures: 2,
        problems: Vec::new(),
        next: None,
    });
    server.refresher.end();
    let soon = soon.await.unwrap();
    assert_eq!(soon.status, 200);
    assert_eq!(
        soon.text(),
        concat!(
            r#"{"run":"r2","sources":[{"feed":"blog","source":"posts","outcome":"unchanged","#,
            r#""new":0,"changed":0,"gone":0,"failures":2,"problems":[],"next":null}]}"#,
            "\n"
        )
    );
}

#[tokio::test]
async fn a_password_counts_only_from_our_own_page() {
    let server = started().await;
    let refused = "{\"error\":\"a POST with a password must come from this server's own page; use `Authorization: Bearer`\"}";
    for (headers, status) in [
        (vec![BASIC], 403),
        (vec![BASIC, ("Sec-Fetch-Site", "cross-site")], 403),
        (vec![BASIC, ("Sec-Fetch-Site", "same-site")], 403),
        (vec![BASIC, ("Origin", "https://evil.example")], 403),
        (vec![BASIC, ("Origin", "null")], 403),
        (vec![BASIC, ("Referer", "https://feeds.example.org.evil.example/")], 403),
        (vec![BASIC, ("Sec-Fetch-Site", "same-origin")], 202),
        (vec![BASIC, ("Origin", "https://feeds.example.org")], 202),
        (vec![BASIC, ("Referer", "https://feeds.example.org/status")], 202),
        (vec![BEARER, ("Sec-Fetch-Site", "cross-site")], 202),
    ] {
        let answer = refresh(&server, "/api/refresh", &headers).await;
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 403 {
            assert_eq!(answer.text(), refused);
        }
    }
}

#[tokio::test]
async fn the_status_page_has_forms_that_work_without_tls() {
    let server = started().await;
    let page = server.get_with("/status", &[BASIC]).await;
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").unwrap().contains("form-action 'self'"));
    let text = page.text();
    assert!(text.contains("answered &lt;500&gt;"), "{text}");
    let mark = text.split("name=\"page\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(text.contains("action=\"/api/feeds/blog/refresh\""), "{text}");
    for (mark, status) in [(mark, 303), ("0", 403)] {
        let body = format!("page={mark}");
        let answer = server
            .raw(
                format!(
                    "POST /api/feeds/blog/refresh HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                     Authorization: {}\r\nOrigin: null\r\nAccept: text/html,*/*\r\n\
                     Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                    BASIC.1,
                    body.len()
                )
                .as_bytes(),
            )
            .await;
        assert_eq!(answer.status, status);
        if status == 303 {
            assert_eq!(answer.header("location"), Some("/status"));
        }
    }
}

#[tokio::test]
async fn a_feed_tells_each_change_of_health_once() {
    let server = started().await;
    let first = server.get_with("/status.atom", &[BASIC]).await;
    assert_eq!(first.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    let ids = |text: &str| -> Vec<String> {
        let mut ids = text.split("<id>").skip(2);
        ids.by_ref().map(|rest| rest.split("</id>").next().unwrap().to_owned()).collect()
    };
    let text = first.text();
    assert!(text.contains("blog / example-org has begun to fail"), "{text}");
    assert_eq!(ids(&text).len(), 1);
    server.refresher.status.lock().unwrap().feeds[0].sources[0].failures = 3;
    assert_eq!(ids(&server.get_with("/status.atom", &[BASIC]).await.text()), ids(&text));
    {
        let mut status = server.refresher.status.lock().unwrap();
        let source = &mut status.feeds[0].sources[0];
        let since = source.since.unwrap_or(time("2026-11-21T09:15:00Z"));
        source.before = [Spell { since, failing: true, problems: source.problems.clone() }].into();
        (source.failures, source.since) = (0, Some(time("2026-11-21T10:15:00Z")));
    }
    let well = server.get_with("/status.atom", &[BASIC]).await.text();
    assert!(well.contains("blog / example-org is well"), "{well}");
    assert_eq!(ids(&well).len(), 2, "one that has passed is told all the same");
    assert_eq!(ids(&well)[1..], ids(&text)[..]);
}

#[tokio::test]
async fn metrics_name_each_source() {
    let server = started().await;
    server.get("/blog.atom").await;
    server.get_with("/blog.atom", &[("If-None-Match", "*")]).await;
    let text = server.get_with("/metrics", &[BEARER]).await.text();
    for line in [
        "feedmill_build_info{version=\"0.0.1\"} 1",
        "feedmill_documents_total{status=\"200\"} 1",
        "feedmill_documents_total{status=\"304\"} 1",
        "feedmill_renders_total 1",
        "feedmill_connections 1",
        "feedmill_cache_documents 1",
        "feedmill_feed_valid{feed=\"blog\"} 1",
        "feedmill_source_outcome{feed=\"blog\",source=\"example-org\",outcome=\"failed\"} 1",
        "feedmill_source_age_seconds{feed=\"blog\",source=\"example-org\"} 60.0",
        "feedmill_source_next_due_seconds{feed=\"blog\",source=\"example-org\"} 900.0",
        "feedmill_source_failures{feed=\"blog\",source=\"example-org\"} 2",
        "feedmill_source_entries{feed=\"blog\",source=\"example-org\"} 1",
        "feedmill_source_failures{feed=\"blog\",source=\"posts\"} 0",
    ] {
        assert!(text.lines().any(|known| known == line), "no line {line}:\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
}

#[tokio::test]
async fn the_index_says_how_collections_go_and_names_no_place() {
    let server = started().await;
    let page = server.get("/").await.text();
    assert!(
        page.contains(
            "<span>collected <time datetime=\"2026-11-21T09:59:00Z\">2026-11-21 09:59 UTC</time></span>"
        ),
        "{page}"
    );
    assert!(
        page.contains("1 of its 2 sources can&#39;t be read just now; what came before stays."),
        "{page}"
    );
    assert!(!page.contains("//example.org/") && !page.contains("answered"), "{page}");
}
