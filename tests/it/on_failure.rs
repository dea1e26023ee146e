//! The command of `on_failure`, through the whole program.

use crate::app::{App, Daemon};
use crate::origin::{Origin, bare, ok};
use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

/// Writes what it was told into a file of its own, given its name whole.
const TELL: &str = "#!/bin/sh\nn=0; while [ -e told.$n ]; do n=$((n+1)); done\n\
    printf '%s|%s|%s|%s|%s|%s' \"$1\" \"$FEEDMILL_FEED\" \"$FEEDMILL_SOURCE\" \"$FEEDMILL_OUTCOME\" \"$FEEDMILL_MESSAGE\" \"$NOTIFY_SOCKET\" > part\n\
    mv part told.$n\n";

fn app(script: &str, origin: &Origin) -> App {
    let app = App::new(
        "fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\non_failure: [./tell, two words]\n",
    );
    app.write("state/tell", script);
    fs::set_permissions(app.path("state/tell"), fs::Permissions::from_mode(0o755)).unwrap();
    app.write("feeds/r.yaml", &format!("sources:\n  - feed: {}\n    id: it\n", origin.url("/feed")));
    app
}

fn feed(title: &str) -> Vec<u8> {
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>R</title><item><title>{title}</title></item></channel></rss>"
    );
    ok("Content-Type: application/rss+xml\r\n", feed.as_bytes())
}

/// What the command was told the so-manieth time.
fn told(app: &App, daemon: &Daemon, time: usize) -> String {
    let file = app.path(&format!("state/told.{time}"));
    for _ in 0..1000 {
        if let Ok(told) = fs::read_to_string(&file) {
            return told;
        }
        let _ = daemon.wait_until(Duration::from_millis(20));
    }
    panic!("the command did not run a {}. time", time + 1);
}

#[test]
fn the_command_is_run_once_when_a_source_fails_and_once_when_it_is_back() {
    let origin = Origin::start();
    let app = app(TELL, &origin);
    origin.answer_from_now("/feed", feed("one"));
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    origin.answer_from_now("/feed", bare(500, ""));
    app.run(&["refresh", "--wait"]);
    app.run(&["refresh", "--wait"]);
    let url = origin.url("/feed");
    assert_eq!(told(&app, &daemon, 0), format!("two words|r|it|failed|{url}: error: answered 500|"));
    // A restart is no new failure.
    drop(daemon);
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    origin.answer_from_now("/feed", feed("two"));
    app.run(&["refresh", "--wait"]);
    assert_eq!(told(&app, &daemon, 1), "two words|r|it|updated||");
    app.run(&["refresh", "--wait"]);
    // The next that it is told is the next change: nothing was told of what stayed well.
    origin.answer_from_now("/feed", bare(503, ""));
    app.run(&["refresh", "--wait"]);
    assert_eq!(told(&app, &daemon, 2), format!("two words|r|it|failed|{url}: error: answered 503|"));
}

#[test]
fn a_command_that_hangs_or_is_not_there_holds_nothing_up() {
    let origin = Origin::start();
    let app = app("#!/bin/sh\nexec sleep 1000\n", &origin);
    origin.answer_from_now("/feed", bare(500, ""));
    let mut daemon = app.start();
    app.run(&["refresh", "--wait"]);
    origin.answer_from_now("/feed", feed("one"));
    assert_eq!(app.run(&["refresh", "--wait"]).status.code(), Some(0));
    assert!(daemon.get("/r.atom").body.contains("one"));
    daemon.signal("TERM");
    assert_eq!(daemon.end(Duration::from_secs(10)), Some(0));
    fs::remove_file(app.path("state/tell")).unwrap();
    origin.answer_from_now("/feed", bare(500, ""));
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    let line = daemon.wait_for("`on_failure` could not be run").unwrap();
    assert!(line.contains("No such file or directory"), "{line}");
}
