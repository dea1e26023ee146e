//! Group C of the hostile cases: config, time and storage, as far as no other test has them (see
//! `catalogue`).

use crate::app::App;
use crate::origin::{Origin, ok};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::{Duration, Instant},
};

fn check(app: &App) -> String {
    let output = app.run(&["check"]);
    let folder = app.folder.path().display().to_string();
    String::from_utf8(output.stdout).unwrap().replace(&format!("{folder}/"), "")
}

#[test]
fn open_secrets_are_told() {
    let app = App::new("");
    for (name, text) in [("pass", "ann:opensesame\n"), ("readers", "ann: opensesameopensesame\n")] {
        app.write(name, text);
        fs::set_permissions(app.path(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    app.write(
        "feeds/a.yaml",
        "access: token\ntoken_file: ../readers\nsources: [{feed: 'https://e.example/f', auth: {basic_file: ../pass}}]\n",
    );
    let told = check(&app);
    for line in [
        "feeds/a.yaml:2:13: warning: `token_file`: everybody on this machine can read that file",
        "feeds/a.yaml:3:60: warning: `sources[1].auth.basic_file`: everybody on this machine can read that file",
    ] {
        assert!(told.contains(line), "{line} is not in\n{told}");
    }
    assert!(!told.contains("opensesame"), "{told}");
    for name in ["pass", "readers"] {
        fs::set_permissions(app.path(name), fs::Permissions::from_mode(0o640)).unwrap();
    }
    assert!(!check(&app).contains("everybody"));
    app.write("config/token", "a-token-of-ones-own\n");
    fs::set_permissions(app.path("config/token"), fs::Permissions::from_mode(0o644)).unwrap();
    let config = fs::read_to_string(app.path("config/feedmill.yaml")).unwrap();
    app.write("config/feedmill.yaml", &format!("{config}api: {{token_file: token}}\n"));
    let daemon = app.spawn();
    let line = daemon.wait_for("everybody on this machine can read the token file").unwrap();
    assert!(line.contains("chmod o-r"), "{line}");
}

#[test]
fn odd_durations_are_refused_or_bounded() {
    let app = App::new("");
    app.write("feeds/a.yaml", "sources: [{feed: 'https://e.example/f'}]\n");
    for (schedule, sound) in [
        ("999999999d", false),
        ("-5m", false),
        ("99999999999999999999s", false),
        ("0m", false),
        ("1.5h", false),
        ("every 0s", false),
        ("1s", true),
        ("365d", true),
    ] {
        app.write(
            "feeds/a.yaml",
            &format!("sources: [{{feed: 'https://e.example/f', schedule: '{schedule}'}}]\n"),
        );
        let output = app.run(&["check"]);
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.success(), sound, "{schedule}: {told}");
        assert!(sound || told.contains("a.yaml:1:51: error: `sources[1].schedule`"), "{schedule}: {told}");
    }
    app.write("feeds/a.yaml", "sources: [{feed: 'https://e.example/f'}]\n");
    for value in ["999999999d", "-1s", "soon", "18446744073709551616s"] {
        app.write("config/feedmill.yaml", &format!("state: ../state\nfetch: {{timeout: {value}}}\n"));
        let told = check(&app);
        assert!(told.contains("config/feedmill.yaml:2:18: error: `fetch.timeout`"), "{value}: {told}");
    }
}

#[test]
fn an_empty_config_is_the_defaults_and_a_folder_is_none() {
    let app = App::new("");
    app.write("feeds/a.yaml", "sources: [{feed: 'https://e.example/f'}]\n");
    for text in ["", "# nothing but words\n", "---\n"] {
        app.write("config/feedmill.yaml", text);
        let output = app.run(&["check", "--state", "state"]);
        assert!(output.status.success(), "{text:?}: {}", String::from_utf8_lossy(&output.stdout));
    }
    fs::remove_file(app.path("config/feedmill.yaml")).unwrap();
    fs::create_dir(app.path("config/feedmill.yaml")).unwrap();
    let output = app.run(&["--config", "config/feedmill.yaml", "check"]);
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    assert!(output.status.code() == Some(1) && told.contains("directory"), "{told}");
}

#[test]
fn files_that_are_half_written_at_a_reload_lose_nothing() {
    let app = App::new("");
    app.write("site/_config.yml", "url: https://news.example.org\ntimezone: UTC\n");
    (0..5).for_each(|number| app.post(number, "A post"));
    let whole = "title: News of the harbour\nsources:\n  - posts: ../site\n    schedule: every 1h\n";
    app.write("feeds/news.yaml", whole);
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    let before = daemon.get("/news.json").json()["items"].clone();
    // In place, as some editors write: every length that a reader may find.
    for end in (0..whole.len()).step_by(5) {
        fs::write(app.path("feeds/news.yaml"), &whole[..end]).unwrap();
        daemon.signal("HUP");
        daemon.wait_for("feed files read").unwrap();
        // Cut in the folder's name, it names another.
        if !whole[..end].contains("posts:") {
            assert_eq!(daemon.get("/news.json").json()["items"], before, "cut at {end}");
        }
    }
    fs::write(app.path("feeds/news.yaml"), whole).unwrap();
    daemon.signal("HUP");
    daemon.wait_for("feed files read").unwrap();
    app.run(&["refresh", "--wait"]);
    assert_eq!(daemon.get("/news.json").json()["items"], before);
}

#[test]
fn a_state_directory_that_can_be_none_ends_the_start() {
    let app = App::new("");
    app.write("a-file", "x");
    for (state, why) in
        [("a-file", "File exists"), ("a-file/below", "Not a directory"), ("/proc/feedmill", "No such file")]
    {
        let output = app.run(&["--state", state, "run"]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{state}");
        assert!(told.contains("opening the state directory") && told.contains(why), "{told}");
        assert!(told.contains("help: give a directory that can be written"), "{told}");
    }
}

#[test]
fn a_start_that_was_killed_while_it_made_the_token_is_made_good() {
    let app = App::new("");
    app.write("state/api-token.part-1", "");
    app.write("feeds/a.yaml", "sources: [{posts: ../posts}]\n");
    fs::create_dir_all(app.path("posts")).unwrap();
    let daemon = app.start();
    assert_eq!(daemon.get("/health/live").status, 200);
    assert_eq!(fs::read_to_string(app.path("state/api-token")).unwrap().trim().len(), 64);
    let parts = fs::read_dir(app.path("state")).unwrap();
    let parts = parts.filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(".part"));
    assert_eq!(parts.count(), 1, "that of the start that was killed, and none of this one");
}

#[test]
fn a_log_that_nobody_reads_holds_nothing_up() {
    let origin = Origin::start();
    let feed =
        "<rss version=\"2.0\"><channel><title>R</title><item><title>One</title></item></channel></rss>";
    origin.answer_from_now("/feed", ok("Content-Type: application/rss+xml\r\n", feed.as_bytes()));
    let app = App::new("fetch: {allow: [\"127.0.0.0/8\"], host_interval: 0s, min_interval: 0s}\n");
    app.write("feeds/r.yaml", &format!("sources:\n  - feed: {}\n", origin.url("/feed")));
    // A thousand lines at every reading, more than any pipe holds.
    let keys: String = (0..1000).map(|key| format!("wrong-{key}: x\n")).collect();
    app.write("feeds/wrong.yaml", &keys);
    let mut child = app.command(&["run"]).stdout(Stdio::null()).spawn().unwrap();
    let unread = child.stderr.take().unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while app.run(&["refresh", "r", "--wait"]).status.code() != Some(0) && Instant::now() < until {
        std::thread::yield_now();
    }
    let hang_up = || {
        let sent = std::process::Command::new("kill").args(["-HUP", &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    };
    for _ in 0..8 {
        hang_up();
        assert_eq!(app.run(&["refresh", "r", "--wait"]).status.code(), Some(0));
    }
    drop(unread);
    for _ in 0..3 {
        hang_up();
        assert_eq!(app.run(&["refresh", "r", "--wait"]).status.code(), Some(0));
    }
    assert!(std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
