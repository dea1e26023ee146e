use crate::app::App;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::time::{Duration, SystemTime};

const TEXT: &str = "---\ntitle: good\ndate: 2024-01-02\n---\nb\n";

fn site() -> App {
    let app = App::new("");
    app.write("feeds/f.yaml", "sources:\n  - {posts: ../site, site: hugo, url: https://x.example}\n");
    fs::create_dir_all(app.path("site/content/posts")).unwrap();
    app
}

/// Builds, and gives the exit code, what it said of this folder's posts, and the entries.
fn build(app: &App) -> (Option<i32>, String, Vec<Value>) {
    let output = app.run(&["build", "--out", "out"]);
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    let text = fs::read_to_string(app.path("out/f.json")).unwrap_or_else(|_| "{\"items\": []}".into());
    let feed: Value = serde_json::from_str(&text).unwrap();
    (output.status.code(), said.into_owned(), feed["items"].as_array().unwrap().clone())
}

fn texts(entries: &[Value], key: &str) -> Vec<String> {
    let mut found: Vec<String> =
        entries.iter().map(|entry| entry[key].as_str().unwrap_or_default().to_owned()).collect();
    found.sort();
    found
}

#[test]
fn a_folder_full_of_traps() {
    let app = site();
    let posts = app.path("site/content/posts");
    let put = |name: &OsStr| fs::write(posts.join(name), TEXT).unwrap();
    // F1
    symlink("/etc/shadow", posts.join("f1-shadow.md")).unwrap();
    symlink("..", posts.join("f1-parent")).unwrap();
    symlink("f1-loop.md", posts.join("f1-loop.md")).unwrap();
    symlink("/proc/self", posts.join("f1-proc")).unwrap();
    // F3
    assert!(Command::new("mkfifo").arg(posts.join("f3-pipe.md")).status().unwrap().success());
    let _socket = UnixListener::bind(posts.join("f3-socket.md")).unwrap();
    symlink("/dev/zero", posts.join("f3-zero.md")).unwrap();
    // F4
    let long = "l".repeat(252) + ".md";
    let bytes: [&[u8]; 11] = [
        b"f4-new\nline.md",
        b"-rf.md",
        b"f4-\xff\xfe.md",
        b"f4...md",
        b"f4%00%2e%2e%2f.md",
        long.as_bytes(),
        "f4-\u{202e}dm.md".as_bytes(),
        b"f4-case.md",
        b"f4-CASE.md",
        "f4-\u{e9}.md".as_bytes(),
        "f4-e\u{301}.md".as_bytes(),
    ];
    bytes.iter().for_each(|name| put(OsStr::from_bytes(name)));
    // F5
    let mut deep = posts.join("f5");
    for _ in 0..500 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join("f5.md"), TEXT).unwrap();
    // F10: root reads everything; then it is one more good post.
    put(OsStr::new("f10.md"));
    fs::set_permissions(posts.join("f10.md"), fs::Permissions::from_mode(0o0)).unwrap();
    let is_readable = File::open(posts.join("f10.md")).is_ok();
    // F11
    File::create(posts.join("f11.md")).unwrap().set_len(1 << 40).unwrap();
    // F12
    put(OsStr::new("f12-one.md"));
    fs::hard_link(posts.join("f12-one.md"), posts.join("f12-two.md")).unwrap();

    let (code, said, entries) = build(&app);
    assert_eq!(code, Some(0), "{said}");
    let good = bytes.len() + 2 + usize::from(is_readable);
    assert_eq!(entries.len(), good, "{said}\n{:#?}", texts(&entries, "id"));
    let mut ids = texts(&entries, "id");
    ids.dedup();
    assert_eq!(ids.len(), good, "every post has an id of its own: {ids:#?}");
    assert!(texts(&entries, "title").iter().all(|title| title == "good"));
    let links = texts(&entries, "url");
    assert!(links.iter().all(|link| link.starts_with("https://x.example/posts/")), "{links:#?}");
    assert!(!links.iter().any(|link| link.contains("/../") || link.contains('\n')), "{links:#?}");
    for (name, why) in [
        ("f1-shadow.md", "is a link out of the folder"),
        ("f1-proc", "is a link out of the folder"),
        ("f1-loop.md", "is a link that leads nowhere"),
        ("f3-zero.md", "is a link out of the folder"),
        ("f5/", "is more than 64 folders deep"),
        ("f11.md", "is larger than 16 MiB"),
    ] {
        assert!(said.lines().any(|line| line.contains(name) && line.contains(why)), "{name}: {said}");
    }
    let (_, _, again) = build(&app);
    assert_eq!(texts(&again, "id"), texts(&entries, "id"), "ids are stable");
    fs::set_permissions(posts.join("f10.md"), fs::Permissions::from_mode(0o644)).unwrap();
}

#[test]
fn what_changes_in_a_folder_is_told_by_content() {
    let app = site();
    let posts = app.path("site/content/posts");
    let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
    let write = |name: &str, title: &str, more: &str, time: SystemTime| {
        let text = format!("---\ntitle: {title}\ndate: 2024-01-02\n{more}---\nb\n");
        fs::write(posts.join(name), text).unwrap();
        File::open(posts.join(name)).unwrap().set_modified(time).unwrap();
    };
    for name in ["a.md", "b.md", "c.md", "d.md", "e.md"] {
        write(name, "old", "", at(0));
    }
    let (_, _, first) = build(&app);
    assert_eq!(first.len(), 5);
    let before = fs::read_to_string(app.path("out/f.json")).unwrap();

    // F8: touched, and its time put back: nothing is new.
    write("a.md", "old", "", at(500));
    write("b.md", "old", "", at(0) - Duration::from_secs(90_000));
    assert_eq!(build(&app).0, Some(0));
    assert_eq!(fs::read_to_string(app.path("out/f.json")).unwrap(), before);
    // F8: a new text with an older time, and one of another size with the same time.
    write("a.md", "new a", "", at(0) - Duration::from_secs(90_000));
    write("b.md", "new b", "", at(0) - Duration::from_secs(90_000));
    let (_, _, second) = build(&app);
    assert_eq!(texts(&second, "title"), ["new a", "new b", "old", "old", "old"]);
    assert_eq!(texts(&second, "id"), texts(&first, "id"));

    // F7: saved by renaming over it, a copy and a swap file beside: one changed entry.
    fs::write(posts.join("c.md~"), TEXT).unwrap();
    fs::write(posts.join(".c.md.swp"), TEXT).unwrap();
    fs::write(posts.join("c.tmp"), TEXT).unwrap();
    write("c.md.part", "new c", "", at(900));
    fs::rename(posts.join("c.md.part"), posts.join("c.md")).unwrap();
    let (_, _, third) = build(&app);
    assert_eq!(texts(&third, "title"), ["new a", "new b", "new c", "old", "old"]);
    assert_eq!(texts(&third, "id"), texts(&first, "id"));

    // Y16: a draft again, and then no more: it goes and comes with its id.
    write("d.md", "old", "draft: true\n", at(950));
    assert_eq!(build(&app).2.len(), 4);
    write("d.md", "old", "", at(960));
    assert_eq!(texts(&build(&app).2, "id"), texts(&first, "id"));

    // F9: the folder is gone or empty: a failure, and all is still served.
    for (move_away, back) in [("site", "away"), ("site/content/posts", "away")] {
        fs::rename(app.path(move_away), app.path(back)).unwrap();
        if move_away != "site" {
            fs::create_dir(app.path(move_away)).unwrap();
        }
        let (code, said, entries) = build(&app);
        assert_eq!((code, entries.len()), (Some(2), 5), "{said}");
        if move_away != "site" {
            fs::remove_dir(app.path(move_away)).unwrap();
        }
        fs::rename(app.path(back), app.path(move_away)).unwrap();
    }
    let (code, _, last) = build(&app);
    assert_eq!((code, texts(&last, "id")), (Some(0), texts(&first, "id")));
}

/// A daemon that watches: what one written file changes is what a whole scan would find.
#[test]
fn one_file_of_a_watched_folder_is_enough() {
    let app = site();
    let posts = app.path("site/content/posts");
    for name in ["a.md", "b.md", "c.md"] {
        fs::write(posts.join(name), TEXT).unwrap();
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        File::open(posts.join(name)).unwrap().set_modified(long_ago).unwrap();
    }
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    // What was told before it was ready is not told again.
    while daemon.log.recv_timeout(Duration::from_millis(500)).is_ok() {}
    let feed = || daemon.get("/f.json").json()["items"].as_array().unwrap().clone();
    let before = feed();
    assert_eq!(before.len(), 3);
    let told = |text: &str, name: &str| {
        fs::write(posts.join(name), text).unwrap();
        daemon.wait_for("collected").unwrap();
    };

    told("---\ntitle: second\ndate: 2024-01-02\n---\nb\n", "b.md");
    assert_eq!(texts(&feed(), "title"), ["good", "good", "second"]);
    assert_eq!(texts(&feed(), "id"), texts(&before, "id"));
    // A problem of one post stands beside those of the others, and goes with it.
    told("---\ntitle: third\ndate: 2024-13-02\n---\nb\n", "c.md");
    told("---\ntitle: second\ntitle: b\ndate: 2024-01-02\n---\nb\n", "b.md");
    let status = app.run(&["status", "--format", "json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    let problems = status["feeds"][0]["sources"][0]["problems"].as_array().unwrap();
    let places: Vec<&str> = problems.iter().map(|problem| problem["at"].as_str().unwrap()).collect();
    assert_eq!(places, ["content/posts/b.md:3:1", "content/posts/c.md:3:7"]);
    told(TEXT, "c.md");
    let status = app.run(&["status", "--format", "json"]);
    let status: Value = serde_json::from_slice(&status.stdout).unwrap();
    assert_eq!(status["feeds"][0]["sources"][0]["problems"].as_array().unwrap().len(), 1);

    // A new post, one under the address of another, a draft, and one that is removed.
    told(TEXT, "d.md");
    told("---\ntitle: twin\nurl: /posts/a/\ndate: 2024-01-02\n---\nb\n", "e.md");
    let now = feed();
    assert_eq!(texts(&now, "title"), ["b", "good", "good", "good", "twin"]);
    let id_of = |title: &str| now.iter().find(|entry| entry["title"] == title).unwrap()["id"].clone();
    assert!(id_of("twin").as_str().unwrap().starts_with("urn:uuid:"), "the first keeps its id");
    told("---\ntitle: good\ndate: 2024-01-02\ndraft: true\n---\nb\n", "d.md");
    assert_eq!(feed().len(), 4);
    fs::remove_file(posts.join("e.md")).unwrap();
    daemon.wait_for("collected").unwrap();
    assert_eq!(texts(&feed(), "title"), ["b", "good", "good"]);
}
