//! The store's file: damaged, foreign, newer, empty, copied and put back.

use crate::app::App;
use crate::store::{insert, record, settle, start};
use feedmill::model::{EntryOrder, Facet};
use feedmill::store::{Commit, Selection, ServeStore, SqliteStore, Store};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A store with three entries, closed again: one file.
pub(crate) fn filled() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), &["1", "2", "3"]);
    let path = folder.path().join("feedmill.db");
    (folder, path)
}

fn fill(state: &Path, ids: &[&str]) {
    let store = SqliteStore::open(state).unwrap();
    let state = store.adopt(&[record("news", &["a"])], start()).unwrap().remove(0);
    let inserts = ids.iter().map(|id| insert(&format!("https://e.example/{id}"), start(), "x/y")).collect();
    let settle = settle(&state);
    let commit = Commit { source: state.row, now: start(), inserts, settle, ..Commit::default() };
    store.apply(commit).unwrap();
}

fn ids(store: &SqliteStore) -> Vec<String> {
    readable_ids(store).unwrap()
}

/// Of a store that may be damaged: none where that is found out.
fn readable_ids(store: &SqliteStore) -> Option<Vec<String>> {
    let selection = Selection {
        feeds: &["news"],
        among: &[],
        facet: &Facet::Whole,
        order: EntryOrder::Published,
        limit: 50,
    };
    Some(store.select(&selection).ok()?.into_iter().map(|entry| entry.entry.id).collect())
}

fn refused(state: &Path) -> String {
    let db = state.join("feedmill.db");
    let error = SqliteStore::open(state).err().unwrap().to_string();
    error.replace(&db.display().to_string(), "DB")
}

/// Runs SQL on the closed file without our own functions, and so without the triggers
/// that use them.
pub(crate) fn sql(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut triggers =
        connection.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").unwrap();
    let triggers: Vec<(String, String)> = triggers
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    connection.execute_batch(sql).unwrap();
    for (_, sql) in &triggers {
        connection.execute_batch(sql).unwrap();
    }
}

#[test]
fn an_empty_a_foreign_a_newer_and_a_damaged_store_are_told_apart_and_left_alone() {
    let (folder, path) = filled();
    let whole = fs::read(&path).unwrap();
    let refused_with = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let told = refused(folder.path());
        assert_eq!(fs::read(&path).unwrap(), bytes, "never wiped: {told}");
        told
    };
    assert_eq!(
        refused_with(b""),
        "opening the store `DB`: the file is empty (0 bytes): what was in it is gone\n  help: put a backup in its place with `feedmill store restore FILE`, or remove the file to begin anew"
    );
    assert_eq!(
        refused_with(&b"no database at all, only some text ".repeat(40)),
        "opening the store `DB`: the file is not an SQLite database\n  help: move the file away, or give another directory with `--state DIR`"
    );
    let mut newer = whole.clone();
    newer[60..64].copy_from_slice(&7_u32.to_be_bytes());
    assert_eq!(
        refused_with(&newer),
        "opening the store `DB`: it was written by a newer feedmill (store version 7, this one knows 1)\n  help: install that version again, or start with an empty state directory"
    );
    let mut none = whole.clone();
    none[60..64].copy_from_slice(&0_u32.to_be_bytes());
    assert_eq!(
        refused_with(&none),
        "opening the store `DB`: it says that it is of store version 0, which there never was\n  help: `feedmill store check` lists all damage, `feedmill store restore FILE` puts a backup in its place"
    );
    let mut foreign = whole.clone();
    foreign[68..72].copy_from_slice(&99_u32.to_be_bytes());
    assert_eq!(
        refused_with(&foreign),
        "opening the store `DB`: the database belongs to another program\n  help: give feedmill a directory of its own with `--state DIR`"
    );
    assert_eq!(
        refused_with(&whole[..whole.len() / 2]),
        "opening the store `DB`: database disk image is malformed\n  help: `feedmill store check` lists all damage, `feedmill store restore FILE` puts a backup in its place"
    );
    fs::write(&path, &whole).unwrap();
    assert_eq!(ids(&SqliteStore::open(folder.path()).unwrap()).len(), 3);
}

#[test]
fn a_file_that_is_gone_while_its_log_is_there_is_no_beginning() {
    let (folder, path) = filled();
    fs::remove_file(&path).unwrap();
    let log = folder.path().join("feedmill.db-wal");
    fs::write(&log, "frames").unwrap();
    let told = refused(folder.path());
    assert_eq!(
        told,
        "opening the store `DB`: the file is gone, but its write-ahead log `DB-wal` is there\n  help: put both back, or a backup with `feedmill store restore FILE`; remove the log to begin anew"
    );
    assert_eq!(fs::read_to_string(log).unwrap(), "frames");
}

#[test]
fn a_damaged_source_ends_the_start() {
    let (folder, path) = filled();
    sql(&path, "UPDATE source SET due = due + 1");
    assert_eq!(
        refused(folder.path()),
        "opening the store `DB`: what is known of the source `news/a` is damaged\n  help: `feedmill store check` lists all damage, `feedmill store restore FILE` puts a backup in its place"
    );
}

#[test]
fn a_damaged_body_is_named_and_never_served() {
    let (folder, path) = filled();
    let mut bytes = fs::read(&path).unwrap();
    // LZ4 writes what is new as it is; the middle body loses a bit of its text.
    let mark = b"{\"title\":";
    let bodies: Vec<usize> =
        (0..bytes.len() - mark.len()).filter(|at| bytes[*at..].starts_with(mark)).collect();
    assert_eq!(bodies.len(), 3);
    bytes[bodies[1] + 30] ^= 1;
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    assert_eq!(ids(&store), ["https://e.example/1", "https://e.example/3"]);
    let damage = store.damage();
    assert_eq!(damage.len(), 1);
    assert_eq!(
        (damage[0].feed.as_str(), damage[0].message.as_str()),
        ("news", "the entry `https://e.example/2` is damaged")
    );
    let found = SqliteStore::check(folder.path()).unwrap();
    assert_eq!(
        (found.entries, found.damage),
        (3, vec!["the body row of `https://e.example/2` is damaged".into()])
    );
}

#[test]
fn check_finds_what_does_not_agree() {
    let cases = [
        (
            "UPDATE entry SET first_seen = 0 WHERE row = 2",
            "the entry row of `https://e.example/2` is damaged",
        ),
        (
            "UPDATE entry SET shown = 0 WHERE row = 2",
            "the entry in row 2 stands in 6 facets where 0 are right",
        ),
        (
            "DELETE FROM place WHERE entry = 2 AND facet = 1",
            "the entry in row 2 stands in 5 facets where 6 are right",
        ),
        (
            "DELETE FROM entry_key WHERE entry = 2; DELETE FROM body WHERE entry = 2",
            "the entry `https://e.example/2` has no body",
        ),
        ("UPDATE facet SET shown = 9 WHERE kind = 0", "the facet `` counts 9 entries where 3 stand"),
        ("UPDATE feed SET atom_id = 'urn:x'", "the feed row of `news` is damaged"),
        ("UPDATE place SET entry = 77 WHERE entry = 2 AND facet = 1", "a place belongs to no entry (row 77)"),
        (
            "UPDATE entry_key SET entry = 77 WHERE key = 'id:https://e.example/2'",
            "a key leads to no entry: `id:https://e.example/2`",
        ),
        (
            "UPDATE entry_key SET key = 'id:x' WHERE key = 'id:https://e.example/2'",
            "the entry_key row of `id:x` is damaged",
        ),
        ("UPDATE facet SET value = 'z' WHERE value = 'x'", "the facet row of `z` is damaged"),
        (
            "UPDATE facet SET lent = 1 WHERE kind = 0",
            "the facet `` counts 1 entries of other feeds where 0 stand",
        ),
        ("INSERT INTO twins VALUES (1, 'k', 77, 5)", "the twins row of `k` is damaged"),
        (
            "UPDATE entry SET twin_key = 'k' WHERE row = 2",
            "nothing tells which of its twins came before the entry `https://e.example/2`",
        ),
        (
            "UPDATE entry SET face = 77 WHERE row = 2",
            "the entry `https://e.example/2` is shown under the id of one that is gone",
        ),
        (
            "UPDATE entry SET lent_by = 77 WHERE row = 2",
            "the entry `https://e.example/2` stands for one that is gone",
        ),
        ("INSERT INTO forgotten VALUES (1, x'00', 5)", "the forgotten row of `00` is damaged"),
        ("UPDATE instance SET id = x'00'", "the instance row of `00` is damaged"),
        ("UPDATE instance SET id = x'00', arrivals = 3", "the instance row of `00` is damaged"),
        (
            "UPDATE sqlite_sequence SET seq = 1 WHERE name = 'entry'",
            "the last entry that was made is not number 3, as the store remembers",
        ),
        (
            "UPDATE place SET arrived = 7 WHERE entry = 2",
            "the entry in row 2 doesn't stand where it is filed: ``",
        ),
        (
            "UPDATE entry SET arrived = 7 WHERE row = 2",
            "the entry in row 2 doesn't stand where it is filed: ``",
        ),
        ("INSERT INTO announced VALUES ('t', 'e', 5)", "the announced row of `t` is damaged"),
        (
            "INSERT INTO subscriber VALUES ('t', 'c', NULL, 1, NULL, 5)",
            "the subscriber row of `c` is damaged",
        ),
        ("INSERT INTO past VALUES (77, 1, 0, x'00', '', 5)", "what an entry was belongs to none (row 77)"),
        ("DROP INDEX twins_by_face", "the schema of `twins_by_face` is damaged"),
    ];
    for (change, expected) in cases {
        let (folder, path) = filled();
        sql(&path, "");
        assert_eq!(SqliteStore::check(folder.path()).unwrap().damage, [""; 0]);
        sql(&path, change);
        let found = SqliteStore::check(folder.path()).unwrap().damage;
        assert!(found.iter().any(|line| line == expected), "{change}: {found:#?}");
    }
}

/// A byte anywhere in the file is flipped: what is served then is what was served
/// before, or less of it, or nothing; and `check` knows where it is less.
#[test]
fn a_flipped_byte_is_found_or_harmless() {
    let (folder, path) = filled();
    let whole = fs::read(&path).unwrap();
    let expected = ids(&SqliteStore::open(folder.path()).unwrap());
    fs::write(&path, &whole).unwrap();
    let mut seed = 7_u64;
    for _ in 0..40 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from(seed >> 33).unwrap() % whole.len();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (seed >> 20 & 7);
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("feedmill.db{ending}")));
        }
        fs::write(&path, &bytes).unwrap();
        let sound = SqliteStore::check(folder.path()).is_ok_and(|checked| checked.damage.is_empty());
        let store = match SqliteStore::open(folder.path()) {
            Ok(store) => store,
            Err(error) => {
                assert!(!sound, "byte {at}: found sound, but {error:?}");
                continue;
            }
        };
        if let Some(found) = readable_ids(&store) {
            assert!(found == expected || !sound, "byte {at}: {found:?} and found sound");
            assert!(found.iter().all(|id| expected.contains(id)), "byte {at}: {found:?}");
        } else {
            assert!(!sound, "byte {at}: not readable, but found sound");
        }
    }
}

fn news(app: &App) {
    app.write("site/_config.yml", "title: News\nurl: https://news.example.org\n");
    app.post(1, "One");
    app.write("feeds/news.yaml", "sources:\n  - posts: ../site\n    schedule: every 1h\n");
}

fn told(app: &App, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = app.run(arguments);
    let state = app.path("state").display().to_string();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&state, "STATE");
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_running_daemon_is_backed_up_and_only_a_stopped_one_restored() {
    let app = App::new("");
    news(&app);
    let mut daemon = app.start();
    app.run(&["refresh", "--wait"]);
    let backup = app.run(&["store", "backup", "copy.db"]);
    assert_eq!(String::from_utf8_lossy(&backup.stdout), "the store is backed up to copy.db\n");
    assert!(app.path("copy.db").exists() && !app.path("copy.db-wal").exists());
    assert_eq!(
        told(&app, &["store", "check"]),
        (Some(0), "the store is sound: 1 entries\n".into(), String::new())
    );
    let (code, _, error) = told(&app, &["store", "restore", "copy.db"]);
    assert_eq!(code, Some(1));
    assert!(
        error.starts_with("error: opening the state directory `STATE`: another feedmill holds it (pid "),
        "{error}"
    );
    daemon.wait_for("new=1").unwrap();
    app.post(2, "Two");
    assert_eq!(app.run(&["refresh", "--wait"]).status.code(), Some(0));
    assert_eq!(daemon.get("/news.json").json()["items"].as_array().unwrap().len(), 2);
    daemon.kill();
    let (code, out, error) = told(&app, &["store", "restore", "copy.db"]);
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let kept =
        out.strip_prefix("the store is restored from copy.db; the old one is kept as STATE/").unwrap().trim();
    assert!(kept.starts_with("feedmill.db.before-"), "{kept}");
    assert!(!app.path(&format!("state/{kept}-wal")).exists(), "the log was taken in before");
    let aside = rusqlite::Connection::open(app.path(&format!("state/{kept}"))).unwrap();
    let entries: i64 = aside.query_row("SELECT count(*) FROM entry", [], |row| row.get(0)).unwrap();
    assert_eq!(entries, 2, "the old store is kept with its log");
    assert_eq!(
        told(&app, &["store", "check", "--format", "json"]).1,
        "{\"sound\":true,\"entries\":1,\"damage\":[]}\n"
    );
    let daemon = app.start();
    app.run(&["refresh", "--wait"]);
    assert_eq!(daemon.get("/news.json").json()["items"].as_array().unwrap().len(), 2);
}

#[test]
fn backup_and_restore_replace_nothing_they_should_not() {
    let app = App::new("");
    news(&app);
    let none = "error: opening the store `STATE/feedmill.db`: there is none\n  help: name the state directory with `--state DIR`; `feedmill run` makes a store in it\n";
    assert_eq!(told(&app, &["store", "check"]), (Some(1), String::new(), none.into()));
    fill(&app.path("state"), &["1"]);
    app.write("notes.txt", "my notes, which nobody has a copy of");
    assert_eq!(
        told(&app, &["store", "backup", "notes.txt"]).2,
        "error: backing the store up to `notes.txt`: the file is there and is no store of feedmill's (the file is not an SQLite database)\n  help: give a name that is free, or one of an older backup\n"
    );
    assert_eq!(
        told(&app, &["store", "backup", "config"]).2,
        "error: backing the store up to `config`: it is a folder\n  help: name a file in it\n"
    );
    assert_eq!(told(&app, &["store", "restore", "nosuch", "--state", "new"]).0, Some(1));
    assert!(!app.path("new").exists(), "nothing is made where nothing is restored");
    assert_eq!(
        told(&app, &["store", "restore", "notes.txt"]).2,
        "error: opening the store `notes.txt`: the file is not an SQLite database\n  help: name a file that `feedmill store backup` has made\n"
    );
    fs::hard_link(app.path("state/feedmill.db"), app.path("hard.db")).unwrap();
    std::os::unix::fs::symlink(app.path("state/feedmill.db"), app.path("soft.db")).unwrap();
    for itself in ["state/feedmill.db", "hard.db", "soft.db"] {
        assert_eq!(
            told(&app, &["store", "backup", itself]).2,
            format!("error: backing the store up to `{itself}`: that is the store itself\n")
        );
    }
    assert!(SqliteStore::check(&app.path("state")).unwrap().damage.is_empty());
    for link in ["hard.db", "soft.db"] {
        fs::remove_file(app.path(link)).unwrap();
    }
    assert_eq!(
        told(&app, &["store", "restore", "state/feedmill.db"]).2,
        "error: restoring the store from `state/feedmill.db`: that is the store itself\n"
    );
    sql(&app.path("state/feedmill.db"), "UPDATE entry SET id = 'x'");
    let (code, out, error) = told(&app, &["store", "check"]);
    assert_eq!((code, out.as_str()), (Some(1), "the entry row of `x` is damaged\n"));
    assert_eq!(
        error,
        "error: the store in `STATE` is damaged\n  help: stop the daemon and put a backup in its place with `feedmill store restore FILE`\n"
    );
    assert_eq!(
        told(&app, &["store", "backup", "copy.db"]).2,
        "error: backing the store up to `copy.db`: it is damaged: the entry row of `x` is damaged\n  help: `feedmill store check` lists all damage; nothing was replaced\n"
    );
    assert!(!app.path("copy.db").exists() && !app.path("copy.db.part").exists());
}
