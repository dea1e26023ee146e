//! `init` and `import` by the program itself: the files that it writes and what it says.

use super::cases::same;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own with a copy of a case's files.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(case: Option<&str>) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        if let Some(case) = case {
            let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/init").join(case);
            for below in ["site", "feeds"].map(|name| from.join(name)).iter().filter(|folder| folder.exists())
            {
                copy(below, &place.path(&below.file_name().unwrap().to_string_lossy()));
            }
        }
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_feedmill"))
            .current_dir(self.folder.path())
            .env_clear()
            .env("FEEDMILL_STATE", "state")
            .env("FEEDMILL_DEFAULTS__TIMEZONE", "Asia/Shanghai")
            .env("FEEDMILL_FETCH__ALLOW", "[127.0.0.0/8]")
            .args(arguments)
            .output()
            .unwrap()
    }

    /// What a command printed, the temporary folder called ROOT.
    fn told(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let mut told = String::from_utf8(output.stdout).unwrap();
        told.push_str(&String::from_utf8(output.stderr).unwrap());
        if let Some(code) = output.status.code().filter(|code| *code != 0) {
            writeln!(told, "exit {code}").unwrap();
        }
        let real = fs::canonicalize(self.folder.path()).unwrap();
        told.replace(&*real.to_string_lossy(), "ROOT").replace(&*self.folder.path().to_string_lossy(), "ROOT")
    }

    /// Every feed file with its text.
    fn feeds(&self) -> String {
        let mut files = Vec::new();
        walk(&self.path("feeds"), &mut files);
        files.sort();
        let mut told = String::new();
        for file in files {
            let shown = file.strip_prefix(self.folder.path()).unwrap().display();
            write!(told, "==> {shown}\n{}", fs::read_to_string(&file).unwrap()).unwrap();
        }
        told.replace(&*self.folder.path().to_string_lossy(), "ROOT")
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

/// Runs `init` on a case and compares the feed file and everything it said.
#[track_caller]
fn case(name: &str, arguments: &[&str]) -> Place {
    let place = Place::new(Some(name));
    let told = place.told(arguments);
    same(&format!("tests/init/{name}/output.txt"), &told);
    same(&format!("tests/init/{name}/feeds.txt"), &place.feeds());
    place
}

#[test]
fn a_jekyll_site_with_its_feed() {
    let place = case("jekyll", &["init", "--from", "site"]);
    assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
    // What it says comes true: the old address and the new one are the same document.
    assert!(place.run(&["build", "--out", "out"]).status.success());
    let new = fs::read_to_string(place.path("out/blog-example-org.atom")).unwrap();
    assert_eq!(fs::read_to_string(place.path("out/notes/atom.xml")).unwrap(), new);
    assert_eq!(new.matches("<entry>").count(), 3);
    assert!(new.contains("<id>https://blog.example.org/notes/atom.xml</id>"), "{new}");
    assert!(new.contains("<id>https://blog.example.org/notes/2026/03/04/fourth</id>"), "{new}");
    let tag = fs::read_to_string(place.path("out/notes/feed/by_tag/rust.xml")).unwrap();
    assert_eq!(tag, fs::read_to_string(place.path("out/blog-example-org/tag/rust.atom")).unwrap());
}

#[test]
fn a_jekyll_site_in_json() {
    let place = Place::new(Some("jekyll"));
    let told = place.told(&["init", "--from", "site", "--id", "notes", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&told).unwrap();
    same("tests/init/jekyll/output.json", &format!("{value:#}\n"));
    assert!(place.path("feeds/notes.yaml").is_file());
}

#[test]
fn a_site_that_moved_and_whose_feed_differs() {
    let place = Place::new(Some("jekyll-differs"));
    let told = place.told(&["init", "--from", "site", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&told).unwrap();
    same("tests/init/jekyll-differs/compared.json", &format!("{:#}\n", value["compared"]));
    same("tests/init/jekyll-differs/feeds.txt", &place.feeds());
    // The same as text.
    fs::remove_dir_all(place.path("feeds")).unwrap();
    let told = place.told(&["init", "--from", "site"]);
    let compared: Vec<&str> = told
        .lines()
        .skip_while(|line| !line.starts_with("compared"))
        .take_while(|line| !line.is_empty())
        .collect();
    same("tests/init/jekyll-differs/compared.txt", &(compared.join("\n") + "\n"));
}

#[test]
fn a_pelican_site_as_it_is_published() {
    let place = case("pelican", &["init", "--from", "site"]);
    assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
    assert!(place.run(&["build", "--out", "out"]).status.success());
    let one = |path: &str| fs::read_to_string(place.path(path)).unwrap();
    assert_eq!(one("out/feeds/all.atom.xml"), one("out/notes-example-org.atom"));
    assert_eq!(one("out/feeds/weather.atom.xml"), one("out/notes-example-org/category/weather.atom"));
    assert_eq!(one("out/feeds/tag/outside.atom.xml"), one("out/notes-example-org/tag/outside.atom"));
}

#[test]
fn a_zola_site_with_a_taxonomy() {
    let place = case("zola", &["init", "--from", "site"]);
    assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
    assert!(place.run(&["build", "--out", "out"]).status.success());
    let one = |path: &str| fs::read_to_string(place.path(path)).unwrap();
    assert_eq!(one("out/rss.xml"), one("out/garden-example-org.rss"));
    assert_eq!(one("out/tags/green/atom.xml"), one("out/garden-example-org/tag/green.atom"));
}

#[test]
fn a_zola_site_whose_addresses_have_changed() {
    case("zola-moved", &["init", "--from", "site"]);
}

#[test]
fn a_hexo_site_without_a_time_zone() {
    let place = case("hexo", &["init", "--from", "site/source/_posts"]);
    assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
}

#[test]
fn a_hexo_site_that_is_built_in_another_zone() {
    let place = case("hexo-zone", &["init", "--from", "site"]);
    assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
}

#[test]
fn a_site_that_says_little_beside_a_feed_with_its_alias() {
    case("bare", &["init", "--from", "site"]);
}

#[test]
fn a_difference_where_the_generator_misreads() {
    case("misread", &["init", "--from", "site"]);
}

#[test]
fn an_absolute_folder_is_written_as_it_is_given() {
    let place = Place::new(Some("hexo"));
    let site = place.path("site").to_string_lossy().into_owned();
    place.run(&["init", "--from", &site]);
    let text = place.feeds();
    assert!(text.contains("  - posts: ROOT/site "), "{text}");
}

#[test]
fn nothing_is_overwritten() {
    let place = Place::new(Some("jekyll"));
    fs::create_dir_all(place.path("feeds/group")).unwrap();
    for file in ["feeds/mine.yaml", "feeds/group/other.yml", "feeds/broken.yaml"] {
        fs::write(place.path(file), "sources: 1\n").unwrap();
    }
    let before = place.feeds();
    for id in ["mine", "other", "broken"] {
        let told = place.told(&["init", "--from", "site", "--id", id]);
        let wanted = format!(
            "error: there is a feed `{id}` already in feeds; nothing was written\n  help: name another with `--id ID`\nexit 1\n"
        );
        assert_eq!(told, wanted);
    }
    assert_eq!(place.feeds(), before);
    // An id that was made up moves on to the next that is free.
    fs::write(place.path("feeds/blog-example-org.yaml"), "sources: 1\n").unwrap();
    place.run(&["init", "--from", "site"]);
    assert!(place.path("feeds/blog-example-org-2.yaml").is_file());
    assert_eq!(
        place.told(&["init", "--from", "site"]),
        "error: site is collected already, in feeds/blog-example-org-2.yaml; nothing was written\nexit 1\n"
    );
}

#[test]
fn what_cannot_be_done_says_why() {
    let place = Place::new(Some("jekyll"));
    fs::create_dir_all(place.path("empty")).unwrap();
    fs::write(place.path("note.txt"), "hello").unwrap();
    for (arguments, wanted) in [
        (
            &["--from", "nowhere"][..],
            "error: `nowhere` cannot be read: No such file or directory (os error 2)\n  help: `--from` takes a site's folder, its folder of posts, or a URL\nexit 1\n",
        ),
        (
            &["--from", "note.txt"],
            "error: `note.txt` cannot be read: Not a directory (os error 20)\n  help: `--from` takes a site's folder, its folder of posts, or a URL\nexit 1\n",
        ),
        (
            &["--from", "site", "--id", "All"],
            "error: `All` cannot be a feed's id: letters a-z, digits, `-` and `_`, no `-` or `_` in front\n  help: name another with `--id ID`\nexit 1\n",
        ),
        (
            &["--from", "site", "--id", "all"],
            "error: `all` cannot be a feed's id: its address is taken\n  help: name another with `--id ID`\nexit 1\n",
        ),
        (
            &["--from", "site", "--feed", "none.xml"],
            "error: none.xml: can't be read: No such file or directory (os error 2)\nexit 1\n",
        ),
        (
            &["--from", "site", "--feed", "note.txt"],
            "error: note.txt: this is not a feed; it is plain text or something unknown\nexit 1\n",
        ),
        (
            &["--from", "https://x.example/", "--feed", "x.xml"],
            "error: `--feed` is the feed of a site's folder; `--from` is a URL here\n  help: give the feed's address to `--from` alone\nexit 1\n",
        ),
    ] {
        let whole: Vec<&str> = std::iter::once("init").chain(arguments.iter().copied()).collect();
        assert_eq!(place.told(&whole), wanted, "{arguments:?}");
    }
    let told = place.told(&["init", "--from", "empty"]);
    assert!(told.ends_with("nothing was written\nexit 1\n"), "{told}");
    assert_eq!(place.feeds(), "");
}

/// Answers each path with a type and a body until the test ends; its address.
fn origin(answers: &[(&'static str, &'static str, String)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answers: Vec<_> =
        answers.iter().map(|(path, kind, body)| (*path, *kind, body.replace("ORIGIN", &address))).collect();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut request = String::new();
            reader.read_line(&mut request).unwrap();
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap_or(0) > 2 {
                line.clear();
            }
            let path = request.split(' ').nth(1).unwrap_or_default();
            let answer = match answers.iter().find(|(known, ..)| *known == path) {
                Some((_, "moved", target)) => {
                    format!(
                        "HTTP/1.1 301 Moved\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                    )
                }
                Some((_, kind, body)) => format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                    body.len()
                ),
                None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            };
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

const FEED: &str = "<rss version='2.0'><channel><title>Somebody: else</title><link>https://else.example/</link><description>All of it</description><language>en</language><item><title>A</title><guid>1</guid></item></channel></rss>";

#[test]
fn a_feed_a_page_and_a_feed_that_moved() {
    let page = "<!doctype html><head><link rel=alternate type='application/rss+xml' href='/comments.xml'><link rel=alternate type='application/atom+xml' href='/gone.xml'><link rel=alternate type='application/rss+xml' href='/feed.xml'></head>";
    let address = origin(&[
        ("/", "text/html", page.into()),
        ("/feed.xml", "application/rss+xml", FEED.into()),
        ("/comments.xml", "application/rss+xml", FEED.into()),
        ("/old.xml", "moved", "ORIGIN/feed.xml".into()),
        ("/bare", "text/html", "<!doctype html><title>x</title>".into()),
    ]);
    for (path, case) in [
        ("/feed.xml", "feed"),
        ("/", "page"),
        ("/old.xml", "moved"),
        ("/bare", "bare-page"),
        ("/none", "no-answer"),
    ] {
        let place = Place::new(None);
        let told = place.told(&["init", "--from", &format!("{address}{path}"), "--id", "else"]);
        let whole = format!("{told}\n{}", place.feeds()).replace(&address, "http://ORIGIN");
        same(&format!("tests/init/remote/{case}.txt"), &whole);
        if case == "feed" {
            assert_eq!(place.told(&["check"]).lines().last(), Some("1 feed in ROOT/feeds"));
            let again = place.told(&["init", "--from", &format!("{address}/feed.xml")]);
            assert_eq!(
                again,
                format!(
                    "error: {address}/feed.xml is collected already, in feeds/else.yaml; nothing was written\nexit 1\n"
                )
            );
        }
    }
}

#[test]
fn a_list_of_subscriptions() {
    let place = Place::new(None);
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import/list.opml");
    fs::copy(list, place.path("list.opml")).unwrap();
    let told = place.told(&["import", "list.opml"]);
    same("tests/import/output.txt", &told);
    same("tests/import/feeds.txt", &place.feeds());
    let before = place.feeds();
    // A second time nothing is new.
    let again = place.told(&["import", "list.opml", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&again).unwrap();
    same("tests/import/again.json", &format!("{value:#}\n"));
    assert_eq!(place.feeds(), before);
    assert_eq!(place.told(&["check"]).lines().last(), Some("7 feeds in ROOT/feeds"));
    for (text, wanted) in [
        ("", "error: x.opml: this is no list of subscriptions; it is empty\nexit 1\n"),
        (FEED, "error: x.opml: this is no list of subscriptions; it has no `<opml>`\nexit 1\n"),
    ] {
        fs::write(place.path("x.opml"), text).unwrap();
        assert_eq!(place.told(&["import", "x.opml"]), wanted);
    }
    assert_eq!(
        place.told(&["import", "gone.opml"]),
        "error: `gone.opml` cannot be read: No such file or directory (os error 2)\nexit 1\n"
    );
}

#[test]
fn what_is_collected_already_and_what_names_nothing() {
    let place = Place::new(None);
    let post = |below: &str| {
        fs::create_dir_all(place.path(below)).unwrap();
        fs::write(place.path(below).join("2024-01-01-a.md"), "---\ntitle: A\n---\nText.\n").unwrap();
    };
    post("site/_posts");
    assert_eq!(
        place.told(&["init", "--from", ""]),
        "error: `--from` names nothing\n  help: `--from .` is the current folder\nexit 1\n"
    );
    // Without an address there is nothing to lead to.
    let told = place.told(&["init", "--from", "site"]);
    assert!(told.contains("the site's address isn't known: with `url:`"), "{told}");
    assert!(!told.contains("example.org") && !told.contains("nginx"), "{told}");
    assert_eq!(
        place.told(&["init", "--from", "site/_posts"]),
        "error: site/_posts is collected already, in feeds/site.yaml; nothing was written\nexit 1\n"
    );
    post("wide/blog/_posts");
    place.run(&["init", "--from", "wide/blog/_posts", "--id", "part"]);
    let told = place.told(&["init", "--from", "wide/blog"]);
    assert!(told.contains("  some of its posts are collected already, in feeds/part.yaml\n"), "{told}");
}
