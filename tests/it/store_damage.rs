//! Damage that is met while a store is in use: it stays told, whatever is written after it.

use crate::store::{insert, record, settle, start};
use crate::store_file::{filled, sql};
use feedmill::store::{Commit, EntryRow, FeedRecord, HubStore, SourceState, SqliteStore, Store, Subscriber};

/// What is written to a damaged row later does not make it sound: the damage stays told.
#[test]
fn damage_is_not_blessed_by_what_is_written_after_it() {
    let cases = [
        ("UPDATE feed SET atom_id = 'urn:x'", "the feed row of `news` is damaged"),
        ("UPDATE feed SET changed_at = 7, sequence = 9", "the feed row of `news` is damaged"),
        ("UPDATE source SET due = due + 1", "the source row of `news/a` is damaged"),
        ("UPDATE source SET most_new = 1000", "the source row of `news/a` is damaged"),
        (
            "UPDATE entry SET first_seen = 0 WHERE row = 2",
            "the entry row of `https://e.example/2` is damaged",
        ),
        (
            "UPDATE entry SET urn = 'urn:other' WHERE row = 1",
            "the entry row of `https://e.example/1` is damaged",
        ),
        ("UPDATE instance SET arrivals = 70", "the instance row of "),
        (
            "INSERT INTO subscriber VALUES ('t', 'https://c.example/', 'changed', 99999999999999, 'e', 5)",
            "the subscriber row of `https://c.example/` is damaged",
        ),
    ];
    for (change, expected) in cases {
        let (folder, path) = filled();
        let store = SqliteStore::open(folder.path()).unwrap();
        let known = store.adopt(&[record("news", &["a"])], start()).unwrap().remove(0);
        sql(&path, change);
        write_everything(&store, &known);
        drop(store);
        let found = SqliteStore::check(folder.path()).unwrap().damage;
        assert!(found.iter().any(|line| line.starts_with(expected)), "{change}: {found:#?}");
    }
}

/// All that writes to rows that are there; what fails for the damage may do so.
fn write_everything(store: &SqliteStore, known: &SourceState) {
    let (row, later) = (known.row, start() + chrono::TimeDelta::hours(1));
    let written = || insert("https://e.example/2", later, "z");
    for sources in [&["a"][..], &[], &["b", "a"], &["a"]] {
        let _ = store.adopt(&[record("news", sources)], later);
    }
    let news = FeedRecord { was: vec!["news".into()], ..record("paper", &["a"]) };
    let _ = store.adopt(&[news], later);
    let back = FeedRecord { was: vec!["paper".into()], ..record("news", &["a"]) };
    let _ = store.adopt(&[back], later);
    let commit = |commit: Commit| {
        let _ = store.apply(Commit { source: row, now: later, settle: settle(known), ..commit });
    };
    commit(Commit { replaces: vec![(EntryRow(2), written())], ..Commit::default() });
    commit(Commit { gone: vec![EntryRow(1)], ..Commit::default() });
    commit(Commit { inserts: vec![insert("https://e.example/9", later, "x")], ..Commit::default() });
    let _ = store.refile(row, store.filings(row).unwrap_or_default(), [7; 32], later);
    let _ = store.put_right(known, known.last);
    let _ = store.turn_over(start());
    let _ = store.turn_over(later);
    let _ = store.delivered("t", "https://c.example/", "f");
}

#[test]
fn whoever_subscribes_again_replaces_a_damaged_row_whole() {
    let (folder, path) = filled();
    let store = SqliteStore::open(folder.path()).unwrap();
    sql(
        &path,
        "INSERT INTO subscriber VALUES ('t', 'https://c.example/', 'changed', 99999999999999, 'e', 5)",
    );
    assert_eq!(store.subscribers("t", start()).unwrap(), []);
    let subscriber = Subscriber {
        topic: "t".into(),
        callback: "https://c.example/".into(),
        secret: Some("s".into()),
        expires: start() + chrono::TimeDelta::days(1),
        delivered: None,
    };
    store.subscribe(&subscriber, start()).unwrap();
    assert_eq!(store.subscribers("t", start()).unwrap(), [subscriber]);
}

/// The number of a store's version says less than its tables, before a release.
#[test]
fn a_store_of_another_build_is_refused_by_the_tables_that_differ_and_left_alone() {
    for (change, told) in [
        ("DROP TABLE visit", "`visit`"),
        ("DROP TABLE visit; ALTER TABLE document ADD COLUMN more TEXT", "`document`, `visit`"),
        ("CREATE TABLE later (x)", "`later`"),
    ] {
        let (folder, path) = filled();
        sql(&path, change);
        let bytes = std::fs::read(&path).unwrap();
        let error = SqliteStore::open(folder.path()).err().unwrap();
        assert_eq!(error.cause, format!("its tables are not those of this feedmill: {told}"));
        assert!(error.help.unwrap().starts_with("go on with the feedmill that wrote it"));
        assert_eq!(std::fs::read(&path).unwrap(), bytes);
    }
}
