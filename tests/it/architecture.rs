//! Holds the table of who may import whom, as `ARCHITECTURE.md` tells it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A room and the rooms it may import. `cli` may import everything.
const TABLE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("yaml", &[]),
    ("clock", &[]),
    ("config", &["model", "yaml"]),
    ("definition", &["model", "yaml"]),
    ("collect", &["definition", "model"]),
    ("parse", &["model", "yaml"]),
    ("map", &["parse", "definition", "model", "yaml"]),
    ("store", &["model"]),
    ("lint", &["model"]),
    ("publish", &["lint", "model"]),
    ("update", &["store", "map", "parse", "collect", "definition", "model"]),
    ("schedule", &["update", "store", "definition", "collect", "model", "clock"]),
    ("serve", &["store", "publish", "model", "clock"]),
];

#[test]
fn every_room_imports_only_what_the_table_allows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    for (room, allowed) in TABLE {
        for file in files(&root, room) {
            let text = fs::read_to_string(&file).unwrap();
            let is_own_test = |line: &str| line.trim() == "use super::*;";
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !is_own_test(line)) {
                let place = format!("{}:{}", file.strip_prefix(&root).unwrap().display(), number + 1);
                if line.contains("crate::{") || climbs_out(&file, &root, line) {
                    broken.push(format!(
                        "{place}: write `use crate::room::Thing`, so that this test can read it"
                    ));
                }
                for other in rooms(line).filter(|other| other != room && !allowed.contains(&other.as_str())) {
                    broken.push(format!("{place}: `{room}` may not import `{other}`"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_room_is_in_the_table_and_in_lib() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let lib = fs::read_to_string(root.join("lib.rs")).unwrap();
    let declared: BTreeSet<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let mut table: BTreeSet<&str> = TABLE.iter().map(|(room, _)| *room).collect();
    table.insert("cli");
    assert_eq!(declared, table);
}

#[test]
fn one_place_opens_connections_one_reads_the_clock_one_the_environment() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    for file in walk(&root) {
        let path = file.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&file).unwrap();
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let mut holds = |needle: &str, rooms: &[&str]| {
            if code.iter().any(|line| line.contains(needle))
                && !rooms.iter().any(|room| path.starts_with(room))
            {
                broken.push(format!("{path}: `{needle}` belongs to {}", rooms.join(", ")));
            }
        };
        holds("reqwest::", &["collect/"]);
        holds("Utc::now()", &["clock.rs"]);
        holds("SystemTime::now()", &["clock.rs"]);
        holds("env::var", &["config/"]);
        holds("rusqlite", &["store/sqlite"]);
        holds("StatusCode", &["serve/", "collect/"]);
        holds("TcpStream::connect", &[]);
        holds("UnixStream::connect", &["serve/onward.rs", "serve/control.rs", "cli/daemon.rs"]);
        // Tests of these may read what they are given.
        let is_pure = !path.ends_with("_tests.rs")
            && ["parse/", "map/", "lint/", "publish/", "update/decide"].iter().any(|at| path.starts_with(at));
        if is_pure {
            for needle in ["std::fs", "std::net", "tokio::"] {
                holds(needle, &[]);
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// Whether a path in this line climbs by `super::` to where other rooms are.
fn climbs_out(file: &Path, root: &Path, line: &str) -> bool {
    let below = file.strip_prefix(root).unwrap();
    let names = below.components().count();
    let depth = if file.ends_with("mod.rs") { names - 1 } else { names };
    line.contains(&"super::".repeat(depth))
}

fn files(root: &Path, room: &str) -> Vec<PathBuf> {
    let folder = root.join(room);
    let own = root.join(format!("{room}.rs"));
    let below = if folder.is_dir() { walk(&folder) } else { Vec::new() };
    below.into_iter().chain(own.is_file().then_some(own)).collect()
}

pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The rooms that a line of code names by `crate::room`.
fn rooms(line: &str) -> impl Iterator<Item = String> + '_ {
    let code = if line.trim_start().starts_with("//") { "" } else { line };
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
}
