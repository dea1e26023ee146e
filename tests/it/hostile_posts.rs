//! Hostile posts by group, each through the program's own `preview` or `build`, bounded
//! in time and memory: what is told of each stands in `tests/hostile_posts/*.txt`
//! (UPDATE=1 rewrites).
//!
//! | group | here | where else |
//! |---|---|---|
//! | Y1-Y15 YAML, TOML, JSON | `fields` | `parse/front_matter/tests.rs`, `posts.rs` |
//! | Y16 a draft flips | `files::what_changes_in_a_folder_is_told_by_content` | `samples.rs` |
//! | F1, F3, F4, F10, F11, F12 | `files::a_folder_full_of_traps` | `collect/files.rs` |
//! | F2 swap race | | `collect/files.rs`: `only_the_file_that_was_listed_is_read` |
//! | F5 deep, many | `files::a_folder_full_of_traps` | `collect/files.rs`, `collect/watch.rs` |
//! | F6 half-written, F7 editors | | `collect/watch.rs`, `collect/files.rs` |
//! | F8 times, F9 gone | `files::what_changes_in_a_folder_is_told_by_content` | `daemon.rs` |
//! | M1-M6 Markdown | `markdown` | `commonmark.rs`, `map/sanitize/tests.rs` |
//! | D1-D7 dates | `dates` | `map/date/tests.rs`, `store.rs` (D7), `polling/` (D5) |

mod dates;
mod fields;
mod files;
mod markdown;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Seconds of the processor: two, of a build that is made to be used.
const TIME: &str = if cfg!(debug_assertions) { "40" } else { "2" };
/// Address space in KiB: the program's own code and threads, and what one post may take.
const MEMORY: &str = "1500000";

/// A post's file by generator.
const PATHS: [(&str, &str); 6] = [
    ("jekyll", "_posts/2023-12-31-a.md"),
    ("hexo", "source/_posts/a.md"),
    ("hugo", "content/posts/a.md"),
    ("zola", "content/blog/a.md"),
    ("pelican", "content/a.md"),
    ("eleventy", "posts/a.md"),
];

/// The front matter of a generator around these lines and this body.
fn post(site: &str, date: &str, lines: &str, body: &str) -> String {
    match site {
        "zola" => format!("+++\ntitle = \"t\"\ndate = {date}\n{lines}+++\n{body}\n"),
        "pelican" => format!("Title: t\nDate: {date}\n{lines}\n{body}\n"),
        _ => format!("---\ntitle: t\ndate: {date}\n{lines}---\n{body}\n"),
    }
}

/// What the program says of a folder with this post alone, within its bounds.
fn told(site: &str, text: &[u8]) -> String {
    let (_, path) = PATHS.into_iter().find(|(name, _)| *name == site).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, text).unwrap();
    preview(site, folder.path())
}

fn preview(site: &str, folder: &Path) -> String {
    let output = Command::new("sh")
        .args([
            "-c",
            "ulimit -v $0; ulimit -t $1; shift; exec \"$@\"",
            MEMORY,
            TIME,
            env!("CARGO_BIN_EXE_feedmill"),
            "preview",
        ])
        .arg(folder)
        .args(["--site", site, "--url", "https://x.example", "--timezone", "America/New_York"])
        .args(["--stage", "map", "--format", "json"])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{site}: {}, {errors}", output.status);
    let seen: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    entries(&seen)
}

/// `title|date|tags|content` of each entry and every problem, long texts by their length.
fn entries(seen: &serde_json::Value) -> String {
    let mut told = String::new();
    for entry in seen["entries"].as_array().unwrap() {
        let field = |key: &str| short(entry[key].as_str().unwrap_or("-"));
        let tags: Vec<&str> =
            entry["tags"].as_array().into_iter().flatten().map(|tag| tag.as_str().unwrap()).collect();
        let (title, date) = (field("title"), field("published"));
        writeln!(told, "  {title} | {date} | {} | {}", short(&tags.join("; ")), field("content")).unwrap();
    }
    for problem in seen["problems"].as_array().unwrap() {
        let at = problem["at"].as_str().unwrap();
        writeln!(told, "  ! {}: {}", short(at), short(problem["message"].as_str().unwrap())).unwrap();
    }
    told
}

fn short(text: &str) -> String {
    if text.len() > 160 { format!("{} bytes", text.len()) } else { text.escape_debug().to_string() }
}

/// Each case for each generator; equal answers are told once.
fn hold<'a>(file: &str, cases: impl IntoIterator<Item = (&'a str, Vec<(&'a str, Vec<u8>)>)>) {
    let mut whole = String::new();
    for (name, posts) in cases {
        let mut answers: Vec<(Vec<&str>, String)> = Vec::new();
        for (site, text) in posts {
            let (_, path) = PATHS.into_iter().find(|(name, _)| *name == site).unwrap();
            let answer = told(site, &text).replace(path, "POST");
            match answers.iter_mut().find(|(_, known)| *known == answer) {
                Some((sites, _)) => sites.push(site),
                None => answers.push((vec![site], answer)),
            }
        }
        writeln!(whole, "{name}").unwrap();
        for (sites, answer) in answers {
            write!(whole, " {}\n{answer}", sites.join(", ")).unwrap();
        }
    }
    super::cases::same(&format!("tests/hostile_posts/{file}.txt"), &whole);
}
