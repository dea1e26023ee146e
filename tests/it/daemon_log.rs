//! What the daemon writes to its log: whole lines, in one form, whoever reads them how fast.

use crate::app::{App, Daemon};
use crate::daemon::site;
use crate::origin::{Origin, ok};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

#[test]
fn dropped_lines_are_told_of_in_the_form_of_the_others() {
    let app = site(1);
    let keys: String = (0..2000).map(|number| format!("key{number}: 1\n")).collect();
    for number in 0..5 {
        app.write(&format!("feeds/bad{number}.yaml"), &format!("{keys}sources: [{{posts: ../site}}]\n"));
    }
    let mut command = app.command(&["run"]);
    let mut daemon = command.env("FEEDMILL_LOG__FORMAT", "json").spawn().unwrap();
    // Nobody reads its log until the feed files are read.
    let deadline = Instant::now() + Duration::from_secs(60);
    while !String::from_utf8_lossy(&app.run(&["status"]).stdout).contains("\nnews ") {
        assert!(Instant::now() < deadline);
    }
    let log = BufReader::new(daemon.stderr.take().unwrap());
    let mut lines = log.lines().map(|line| line.unwrap());
    let notice = lines.find(|line| line.contains("were dropped")).unwrap();
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let notice: Value = serde_json::from_str(&notice).unwrap_or_else(|_| panic!("{notice}"));
    let said = notice["fields"]["message"].as_str().unwrap();
    assert!(said.ends_with(" log lines were dropped: whoever reads them was too slow"), "{said}");
    assert_eq!((&notice["level"], &notice["target"]), (&"WARN".into(), &"feedmill::cli::log_lines".into()));
    assert!(notice["timestamp"].as_str().unwrap().ends_with('Z'), "{notice}");
}

#[test]
fn the_log_is_json_where_nobody_reads_it_at_a_terminal() {
    let app = site(1);
    let mut command = app.command(&["run"]);
    command.env("FEEDMILL_LOG__FORMAT", "auto");
    let daemon = Daemon::spawn(command);
    let ready = daemon.wait_for("\"ready\"").unwrap();
    let line: Value = serde_json::from_str(&ready).unwrap();
    assert_eq!((&line["level"], &line["fields"]["message"]), (&"INFO".into(), &"ready".into()));
}

/// S9 of the catalogue of hostile input, as far as the log goes.
#[test]
fn a_line_of_the_log_is_one_line_whoever_wrote_what_it_tells() {
    let origin = Origin::start();
    let item = "<item><title>Bridge returned error 503! (\nERROR forged\r\u{85}ERROR forged)</title></item>";
    origin.answer("/feed", ok("", format!("<rss version=\"2.0\"><channel>{item}</channel></rss>")));
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s}\n");
    let daemon = app.start();
    app.write("feeds/a.yaml", &format!("sources: [{{feed: \"{}\"}}]\n", origin.url("/feed")));
    for path in
        ["/a.atom?q=%0aERROR%20forged", "/%0d%0aERROR%20forged", "/a/category/x%0aERROR%20forged.atom"]
    {
        daemon.get(path);
    }
    daemon.signal("HUP");
    let told = daemon.wait_for("503!").unwrap();
    assert_eq!(told.matches("ERROR forged").count(), 2, "{told}");
    daemon.signal("TERM");
    let rest: Vec<String> = daemon.log.iter().collect();
    assert!(rest.iter().all(|line| !line.contains("forged")), "{rest:#?}");
}
