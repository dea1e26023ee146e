//! Who asks and for what: one program a state, feeds alone, each in the one way that
//! knows validators.

use crate::app::App;
use crate::origin::{Origin, bare, ok};

const CONFIG: &str = "fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n";
const FEED: &str =
    "<rss version=\"2.0\"><channel><title>R</title><item><title>A</title></item></channel></rss>";

fn told(output: &std::process::Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}

#[test]
fn a_second_program_on_the_state_asks_nothing() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", ok("ETag: \"1\"\r\n", FEED));
    let app = App::new(CONFIG);
    app.write("feeds/remote.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    let asked = origin.requests().len();
    for command in [["run"].as_slice(), &["run", "--role", "poll"], &["build", "--out", "public"]] {
        let output = app.run(command);
        let told = told(&output);
        assert!(!output.status.success(), "{command:?}: {told}");
        assert!(told.contains(&format!("another feedmill holds it (pid {})", daemon.pid())), "{told}");
    }
    assert_eq!(origin.requests().len(), asked, "no request of theirs");
    origin.answer_from_now("/feed", bare(304, ""));
    app.run(&["refresh", "--wait"]);
    assert_eq!(origin.requests().len(), asked + 1, "the first one goes on");
    assert_eq!(origin.last_field("if-none-match").as_deref(), Some("\"1\""));
}

#[test]
fn kinds_that_are_not_read_are_refused_by_name_and_never_asked_for() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", ok("ETag: \"1\"\r\n", FEED));
    let app = App::new(CONFIG);
    let kinds = ["html", "json", "sitemap", "opml"];
    for kind in kinds {
        app.write(
            &format!("feeds/{kind}.yaml"),
            &format!("sources:\n  - {kind}: {}\n", origin.url("/other")),
        );
    }
    let icon = format!("link: {}\nicon: {}\n", origin.url("/"), origin.url("/icon.png"));
    app.write("feeds/remote.yaml", &format!("{icon}sources:\n  - feed: {}\n", origin.url("/feed")));
    let checked = told(&app.run(&["check"]));
    for kind in kinds {
        assert!(checked.contains(&format!("{kind}.yaml:2:")), "{kind}: {checked}");
    }
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    assert_eq!(daemon.get("/remote.atom").status, 200);
    for path in ["/remote", "/", "/html.atom", "/status"] {
        daemon.get(path);
    }
    origin.answer_from_now("/feed", bare(304, ""));
    app.run(&["refresh", "--wait"]);
    // One at the start may stand before the two that were asked for.
    let requests = origin.requests();
    assert!((2..=3).contains(&requests.len()), "{requests:?}");
    assert!(requests.iter().all(|request| request.starts_with("GET /feed HTTP/1.1\r\n")), "{requests:?}");
    assert_eq!(origin.last_field("if-none-match").as_deref(), Some("\"1\""));
}

#[test]
fn what_we_serve_ourselves_is_not_asked_for_whatever_the_config_calls_it() {
    let app = App::new("");
    let config =
        "listen: localhost:0\nbase_url: https://feeds.example.org\nlog: {format: text}\nstate: ../state\n";
    app.write("config/feedmill.yaml", &format!("{config}{CONFIG}"));
    let daemon = app.start();
    app.write("feeds/mine.yaml", &format!("sources: [{{feed: 'http://{}/all.atom'}}]\n", daemon.address));
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    let expected = format!("{} is our own address", daemon.address);
    loop {
        let said = told(&app.run(&["refresh", "mine", "--wait"]));
        if said.contains(&expected) {
            break;
        }
        assert!(!said.contains("updated"), "{said}");
        assert!(std::time::Instant::now() < deadline, "{said}");
    }
}
