//! Group C of the hostile cases: config, time and storage. Each case by number, and what
//! proves it: tests here and elsewhere, and parts of `make faults`.

use crate::app::App;
use crate::origin::{Origin, ok};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

/// Number and case, and its proofs by file and name below `tests`.
const CASES: [(&str, &[&str]); 17] = [
    (
        "C1 unknown keys, wrong types, twins, two things at one address",
        &[
            "it/config::cases",
            "it/definition::cases",
            "it/daemon::a_taken_port_a_taken_state_and_a_bad_config_end_the_start",
            "it/daemon::a_bad_feed_file_goes_on_under_its_last_good_definition",
        ],
    ),
    ("C2 a file of secrets that everybody can read", &["it/hostile_state::open_secrets_are_told"]),
    (
        "C3 durations that are 0, negative, endless",
        &["it/hostile_state::odd_durations_are_refused_or_bounded"],
    ),
    (
        "C4 no config in the config, a folder for it, a reload while it is written",
        &[
            "it/hostile_state::an_empty_config_is_the_defaults_and_a_folder_is_none",
            "it/hostile_state::files_that_are_half_written_at_a_reload_lose_nothing",
        ],
    ),
    (
        "C5 a source or a category that is taken out keeps its entries",
        &[
            "it/store::a_source_that_is_no_longer_defined_is_hidden_and_comes_back_whole",
            "it/store::filing_anew_moves_entries_at_once",
        ],
    ),
    (
        "C6 a clock that goes back, jumps, or begins in 1970",
        &[
            "it/polling/pace::sleep_and_clocks_that_jump_are_one_poll",
            "it/polling/pace::a_clock_that_is_put_back_neither_polls_nor_stalls",
            "it/polling/clocks::ids_and_dates_stay_whatever_the_clock_does",
            "it/polling/clocks::a_machine_that_starts_in_1970_polls_once_and_is_right_once_its_clock_is",
        ],
    ),
    (
        "C7 the nights when clocks change",
        &[
            "it/cron::fixed_times_in_the_night_that_skips_an_hour_run_right_after_it",
            "it/cron::fixed_times_in_the_night_that_repeats_an_hour_run_once",
            "it/polling/clocks::a_daily_poll_runs_once_in_the_nights_when_clocks_change",
        ],
    ),
    (
        "C8 the disk is full",
        &[
            "faults/full_disk::points",
            "faults/full_disk::small_disk",
            "it/polling/validators::what_the_store_could_not_take_is_stored_later_without_asking_again",
        ],
    ),
    (
        "C9 a state directory that is read-only or can't be one",
        &["faults/limits::read_only", "it/hostile_state::a_state_directory_that_can_be_none_ends_the_start"],
    ),
    ("C10 fsync fails", &["faults/limits::failing_sync"]),
    (
        "C11 a damaged, cut, empty, foreign, newer database",
        &[
            "it/store_file::an_empty_a_foreign_a_newer_and_a_damaged_store_are_told_apart_and_left_alone",
            "it/store_file::a_file_that_is_gone_while_its_log_is_there_is_no_beginning",
            "it/store_file::backup_and_restore_replace_nothing_they_should_not",
            "faults/damaged::flips",
            "faults/damaged::cuts",
        ],
    ),
    (
        "C12 two daemons on one store",
        &["it/store::a_second_daemon_is_refused_by_the_first_ones_pid", "faults/living_on::second_daemon"],
    ),
    (
        "C13 killed at any instruction",
        &[
            "it/daemon::killed_while_collecting_nothing_is_lost_and_nothing_stands_twice",
            "faults/kills::run",
            "faults/points::run",
        ],
    ),
    // There is no such store: it is refused by name, without repeating its password.
    ("C14 PostgreSQL that is down, read-only, behind", &["it/config::cases"]),
    ("C15 a lease holder that froze", &["it/config::cases"]),
    // Nothing is released, so that there is one schema: made whole or not at all.
    (
        "C16 an upgrade killed half-way, two versions",
        &[
            "faults/points::run",
            "it/store_file::an_empty_a_foreign_a_newer_and_a_damaged_store_are_told_apart_and_left_alone",
        ],
    ),
    (
        "C17 nobody reads the log, or it is closed",
        &["it/hostile_state::a_log_that_nobody_reads_holds_nothing_up"],
    ),
];

#[test]
fn every_case_has_proofs_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    for (place, (case, proofs)) in CASES.iter().enumerate() {
        assert!(case.starts_with(&format!("C{} ", place + 1)), "{case}");
        assert!(!proofs.is_empty());
        for proof in *proofs {
            let (file, name) = proof.split_once("::").unwrap();
            let text = fs::read_to_string(root.join(format!("{file}.rs"))).unwrap();
            assert!(text.contains(&format!("fn {name}(")), "{case}: there is no `{proof}`");
        }
    }
}

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
