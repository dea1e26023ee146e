//! The shell around the stages: sockets, reloads, permissions, and what commands say of
//! files that are not as they should be.

use crate::app::{App, Daemon};
use crate::origin::{Origin, bare, ok};
use serde_json::Value;
use std::{
    fs,
    io::Write,
    os::unix::{fs::PermissionsExt, net::UnixListener},
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

fn site() -> App {
    let app = App::new("");
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\ntimezone: Asia/Shanghai\n");
    app.post(1, "One");
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n");
    app
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The config with one text in place of another.
fn rewrite(app: &App, from: &str, to: &str) {
    let text = fs::read_to_string(app.path("config/feedmill.yaml")).unwrap();
    assert!(text.contains(from), "{text}");
    app.write("config/feedmill.yaml", &text.replace(from, to));
}

#[test]
fn a_reload_takes_on_what_it_can_of_the_config_and_names_the_rest() {
    let app = site();
    let daemon = app.start();
    rewrite(
        &app,
        "listen: 127.0.0.1:0",
        "listen: 127.0.0.1:1\nall: {title: Everything}\nfetch: {per_host: 3}",
    );
    daemon.signal("HUP");
    daemon.wait_for("changed in the config, but needs a restart: `listen`, `fetch`").unwrap();
    daemon.wait_for("taken on from the config: `all`").unwrap();
    daemon.wait_for("feed files read feeds=1").unwrap();
    assert!(daemon.get("/all.atom").body.contains("<title>Everything</title>"));
    assert!(daemon.get("/feeds.opml").body.contains("<title>Everything</title>"));
    rewrite(&app, "Everything", "Else}\nnope: {a: 1");
    daemon.signal("HUP");
    let told = daemon.wait_for("unknown key").unwrap();
    assert!(told.contains("config/feedmill.yaml:3:1: error: unknown key `nope`"), "{told}");
    daemon.wait_for("the config was not taken on: the daemon goes on as it was").unwrap();
    daemon.wait_for("feed files read feeds=1").unwrap();
    assert!(daemon.get("/all.atom").body.contains("<title>Everything</title>"));
}

#[test]
fn a_reload_lets_through_what_the_config_allows_now() {
    let origin = Origin::start();
    origin.answer_from_now("/feed", ok("", "<rss version=\"2.0\"><channel><title>A</title><item><title>One</title><guid>1</guid></item></channel></rss>"));
    let app = App::new("fetch: {min_interval: 0s, host_interval: 0s}\n");
    app.write("feeds/news.yaml", &format!("sources: [{{feed: \"{}\"}}]\n", origin.url("/feed")));
    let daemon = app.start();
    let refused = app.run(&["refresh", "--wait"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stdout(&refused).contains("blocked by policy"), "{}", stdout(&refused));
    rewrite(&app, "fetch: {", "fetch: {allow: [127.0.0.0/8], ");
    daemon.signal("HUP");
    daemon.wait_for("taken on from the config: `fetch.allow`").unwrap();
    daemon.wait_for("feed files read feeds=1").unwrap();
    let taken = app.run(&["refresh", "--wait"]);
    assert!(stdout(&taken).contains("updated: 1 new"), "{}", stdout(&taken));
    rewrite(&app, "allow: [127.0.0.0/8], ", "");
    daemon.signal("HUP");
    daemon.wait_for("taken on from the config: `fetch.allow`").unwrap();
    daemon.wait_for("feed files read feeds=1").unwrap();
    assert_eq!(app.run(&["refresh", "--wait"]).status.code(), Some(2));
}

#[test]
fn a_reload_may_move_the_folder_of_feeds_and_change_their_defaults() {
    let app = site();
    app.write("others/more.yaml", "sources:\n  - posts: ../site\n");
    let daemon = app.start();
    rewrite(&app, "defaults: {timezone: UTC}", "defaults: {timezone: UTC, limit: 7}\nfeeds: ../others");
    daemon.signal("HUP");
    daemon.wait_for("taken on from the config: `feeds`, `defaults`").unwrap();
    daemon.wait_for("feed files read feeds=1").unwrap();
    assert_eq!((daemon.get("/more.atom").status, daemon.get("/news.atom").status), (200, 404));
    rewrite(&app, "feeds: ../others", "feeds: ../nowhere");
    daemon.signal("HUP");
    daemon.wait_for("the folder of feeds cannot be read").unwrap();
    daemon.wait_for("the config was not taken on").unwrap();
    app.write("others/new.yaml", "sources:\n  - posts: ../site\n");
    daemon.wait_for("feed files read feeds=2").unwrap();
}

#[test]
fn a_socket_for_readers_has_its_permissions_and_is_gone_with_the_daemon() {
    let app = site();
    rewrite(&app, "listen: 127.0.0.1:0", "listen: unix:../mill.sock (0660)");
    let socket = app.path("mill.sock");
    // One that a killed daemon left behind.
    drop(UnixListener::bind(&socket).unwrap());
    let mut daemon = Daemon::spawn(app.command(&["run"]));
    daemon.wait_for("ready").unwrap();
    assert_eq!(mode(&socket), 0o660);
    let second = app.run(&["run", "--state", "other"]);
    assert_eq!(second.status.code(), Some(1));
    let place = format!("unix:{}", fs::canonicalize(app.path("")).unwrap().join("mill.sock").display());
    assert_eq!(
        stderr(&second).lines().filter(|line| !line.contains("INFO")).collect::<Vec<_>>(),
        [
            format!("error: can't listen on `{place}`: another program listens there"),
            "  help: stop it, or give `listen` another path".to_owned()
        ]
    );
    daemon.signal("TERM");
    assert_eq!(daemon.end(Duration::from_secs(20)), Some(0));
    assert!(!socket.exists());
    fs::write(&socket, "mine").unwrap();
    let refused = app.run(&["run"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("a file stands there\n  help: move it away"), "{}", stderr(&refused));
    assert_eq!(fs::read_to_string(&socket).unwrap(), "mine");
}

#[test]
fn rights_of_a_socket_that_cannot_be_used_are_refused_by_name() {
    let app = site();
    for (written, told) in [
        ("unix:../mill.sock (rw)", "expected permissions in octal such as `0660`, found `rw`"),
        ("unix:../mill.sock (0660, no-such-group)", "there is no group `no-such-group`"),
    ] {
        rewrite(&app, "listen: 127.0.0.1:0", &format!("listen: {written}"));
        let refused = app.run(&["run"]);
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(told), "{}", stderr(&refused));
        rewrite(&app, &format!("listen: {written}"), "listen: 127.0.0.1:0");
    }
}

#[test]
fn what_is_stored_is_for_the_daemon_s_own_user() {
    let app = site();
    let build = app.run(&["build", "--out", "out", "--state", "deep/state"]);
    assert_eq!(build.status.code(), Some(0), "{}", stderr(&build));
    assert_eq!(app.run(&["store", "backup", "copy.db", "--state", "deep/state"]).status.code(), Some(0));
    assert_eq!(mode(&app.path("deep/state")), 0o700);
    for file in ["deep/state/feedmill.db", "deep/state/feedmill.lock", "copy.db"] {
        assert_eq!(mode(&app.path(file)), 0o600, "{file}");
    }
    fs::create_dir(app.path("open")).unwrap();
    fs::set_permissions(app.path("open"), fs::Permissions::from_mode(0o750)).unwrap();
    assert_eq!(app.run(&["build", "--out", "out", "--state", "open"]).status.code(), Some(0));
    assert_eq!(mode(&app.path("open")), 0o750, "left as it was");
    assert_eq!(mode(&app.path("open/feedmill.db")), 0o600);
}

#[test]
fn a_state_directory_too_deep_for_a_socket_is_told_with_what_mends_it() {
    let app = site();
    let state = "d".repeat(120);
    let refused = app.run(&["run", "--state", &state]);
    assert_eq!(refused.status.code(), Some(1));
    let told = stderr(&refused);
    assert!(told.contains("\n  help: name a state directory with a shorter path: `--state DIR`\n"), "{told}");
}

#[test]
fn a_source_that_failed_and_is_left_alone_fails_the_next_build_too() {
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s}\n");
    let origin = Origin::start();
    origin.answer_from_now("/bad", bare(404, ""));
    app.write("feeds/two.yaml", &format!("sources:\n  - {{feed: \"{}\", id: bad}}\n", origin.url("/bad")));
    assert_eq!(app.run(&["build", "--out", "out"]).status.code(), Some(2));
    let again = app.run(&["build", "--out", "out"]);
    assert_eq!(again.status.code(), Some(2), "{}", stdout(&again));
    let told = stderr(&again);
    assert!(
        told.starts_with("two/bad: error: its last collection failed, and it is not asked again before ")
    );
    assert!(told.contains("404"), "{told}");
    assert_eq!(origin.requests().len(), 1);
}

#[test]
fn a_refresh_that_is_not_waited_for_has_a_run_alone() {
    let app = site();
    let _daemon = app.start();
    let asked: Value = serde_json::from_slice(&app.run(&["refresh", "--format", "json"]).stdout).unwrap();
    let keys: Vec<&String> = asked.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["run"]);
}

#[test]
fn a_feed_whose_file_never_was_good_is_said_not_to_be_there() {
    let app = site();
    app.write("feeds/bad.yaml", "sources: 1\n");
    let _daemon = app.start();
    let told = stdout(&app.run(&["status"]));
    let line = told.lines().find(|line| line.starts_with("bad "));
    assert!(
        line.is_some_and(|line| line.ends_with("(its file is bad: it isn't there until that is mended)")),
        "{told}"
    );
}

#[test]
fn posts_that_are_collected_already_get_no_second_file() {
    let app = site();
    let again = app.run(&["init", "--from", "site"]);
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(stderr(&again), "error: site is collected already, in feeds/news.yaml; nothing was written\n");
    assert_eq!(fs::read_dir(app.path("feeds")).unwrap().count(), 1);
}

#[test]
fn a_feed_that_comes_on_stdin_is_judged() {
    let app = App::new("");
    let mut command = app.command(&["lint", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"<rss version=\"2.0\"><channel/></rss>").unwrap();
    let judged = child.wait_with_output().unwrap();
    assert!(stdout(&judged).contains("-: rss 2.0, "), "{}{}", stdout(&judged), stderr(&judged));
}

#[test]
fn feed_files_that_are_not_as_they_should_be_are_told_by_name() {
    let app = App::new("limit: 3\n");
    app.write("feeds/none.yaml", "sources:\n  - posts: []\n");
    app.write("feeds/loud.YAML", "sources: []\n");
    app.write("feeds/two.yaml", "sources:\n  - feed: https://a.example.org/\n---\ntitle: Two\n");
    app.write("feeds/ends.yaml", "sources:\n  - feed: https://b.example.org/\n---\n# that is all\n");
    app.write("feeds/Big.yaml", "sources:\n  - feed: https://c.example.org/\n");
    app.write(
        "feeds/keys.yaml",
        "timeout: 3s\ntags: [a]\nenabled: 'true'\nsources:\n  - feed: https://d.example.org/\n    limit: 3\n    per_host: 1\n",
    );
    app.write(
        "feeds/empty.yaml",
        "timezone: UTC\nlink: https://e.example.org/\nsources:\n  - id: hollow\n    site: jekyll\n    timezone: UTC\n    posts: ../hollow\n",
    );
    fs::create_dir(app.path("hollow")).unwrap();
    let told = stdout(&app.run(&["check"]));
    let lines: Vec<&str> =
        told.lines().filter(|line| line.contains(": error: ") || line.contains(": warning: ")).collect();
    assert_eq!(
        lines,
        [
            "config/feedmill.yaml:6:1: error: unknown key `limit`, it is a key of `defaults`",
            "feeds/Big.yaml:1:1: error: `Big` cannot be a feed's id: letters a-z, digits, `-` and `_`, no `-` or `_` in front",
            "feeds/loud.YAML:1:1: warning: is not read: a feed's file ends in `.yaml`",
            "feeds/keys.yaml:1:1: error: unknown key `timeout`, it is a key of a source",
            "feeds/keys.yaml:2:1: error: unknown key `tags`, it is a key of a source",
            "feeds/keys.yaml:3:10: error: `enabled`: expected `true` or `false`, found the text `true`: its quotes make it one",
            "feeds/keys.yaml:6:5: error: unknown key `sources[1].limit`, it is a key of the feed",
            "feeds/keys.yaml:7:5: error: unknown key `sources[1].per_host`, the nearest known key is `posts`",
            "feeds/none.yaml:2:12: error: `sources[1].posts`: expected a folder, a file or a glob, found an empty list",
            "feeds/two.yaml:3:1: error: a second YAML document begins here, and only the first would be read",
            "feeds/empty.yaml:7:12: warning: `hollow` has no posts that jekyll would publish",
        ]
    );
}

#[test]
fn a_build_takes_away_what_it_wrote_of_feeds_that_are_gone_and_nothing_else() {
    let app = site();
    app.write("feeds/off.yaml", "sources:\n  - posts: ../site\n");
    app.write("feeds/bad.yaml", "sources:\n  - posts: ../site\n");
    let build = |arguments: &[&str]| stdout(&app.run(&[&["build", "--out", "out"], arguments].concat()));
    build(&["--pages"]);
    app.write("out/off/mine.txt", "mine");
    app.write("out/other.atom", "mine");
    let there = |path: &str| app.path(path).exists();
    assert!(
        there("out/off/category/news.html") && there("out/index.html") && there("out/off/categories.opml")
    );
    app.write("feeds/off.yaml", "enabled: false\nsources:\n  - posts: ../site\n");
    app.write("feeds/bad.yaml", "sources: 1\n");
    let told = build(&[]);
    assert!(told.ends_with(" documents of feeds that are gone were taken away\n"), "{told}");
    let left: Vec<_> =
        fs::read_dir(app.path("out/off")).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(left, ["mine.txt"]);
    for (path, is_there) in [
        ("out/off.atom", false),
        ("out/off.html", false),
        ("out/bad.atom", true),
        ("out/news.atom", true),
        ("out/news.html", true),
        ("out/other.atom", true),
    ] {
        assert_eq!(there(path), is_there, "{path}");
    }
    assert!(!build(&[]).contains("taken away"));
}

#[test]
fn a_build_writes_names_as_a_static_server_looks_for_them() {
    let app = site();
    app.write(
        "site/_posts/2026-03-12-odd.md",
        "---\ntitle: Odd\ncategories: ['a?b#c%d', '..', 'C/D', 'x: \"y\" | *']\n---\ntext\n",
    );
    app.run(&["build", "--out", "out"]);
    for (file, address) in [
        ("a?b#c%d.atom", "a%3Fb%23c%25d.atom"),
        ("--.atom", "--.atom"),
        ("C-D.atom", "C-D.atom"),
        ("x: \"y\" | *.atom", "x%3A%20%22y%22%20%7C%20%2A.atom"),
    ] {
        let document = fs::read_to_string(app.path("out/news/category").join(file)).expect(file);
        let own = format!("href=\"https://feeds.example.org/news/category/{address}\" rel=\"self\"");
        assert!(document.contains(&own), "{own}\n{document}");
    }
}

#[test]
fn a_command_that_cannot_be_read_is_no_failing_source() {
    let app = App::new("");
    for (arguments, code) in [
        (&["refresh", "--wiat"][..], 1),
        (&["check", "--bogus"], 1),
        (&["build"], 1),
        (&["--help"], 0),
        (&["help", "build"], 0),
        (&["--version"], 0),
    ] {
        assert_eq!(app.run(arguments).status.code(), Some(code), "{arguments:?}");
    }
}
