//! A place that leads to another entry, or is not where it was written, is told of and
//! never followed: not into a category's documents, its archives or a mix.

use crate::store::{insert, record, settle, start};
use crate::store_file::sql;
use feedmill::model::{CategoryPath, EntryOrder, Facet};
use feedmill::store::{Commit, Selection, ServeStore, SqliteStore, Store};
use std::collections::BTreeSet;
use std::path::Path;

/// Entries 1 to 3 under `x`, 4 to 6 under `y`, all of one moment.
fn fill(state: &Path) {
    let store = SqliteStore::open(state).unwrap();
    let source = store.adopt(&[record("news", &["a"])], start()).unwrap().remove(0);
    let of = |(id, category): (usize, &str)| insert(&format!("https://e.example/{id}"), start(), category);
    let inserts = (1..=6).zip(["x", "x", "x", "y", "y", "y"]).map(of).collect();
    let settle = settle(&source);
    store.apply(Commit { source: source.row, now: start(), inserts, settle, ..Commit::default() }).unwrap();
}

const OF_X: &str = "facet = (SELECT row FROM facet WHERE kind = 1 AND value = 'x')";

#[test]
fn a_place_that_is_not_as_it_was_written_is_told_of_and_not_followed() {
    for change in [
        // To an entry of another category, of the very same moment.
        "UPDATE place SET entry = 5 WHERE entry = 2 AND OF_X",
        "UPDATE place SET arrived = 9 WHERE entry = 2 AND OF_X",
        "UPDATE place SET stands_at = stands_at + 4096 WHERE entry = 2 AND OF_X",
        "UPDATE place SET facet = 77 WHERE entry = 2 AND OF_X",
    ] {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path());
        sql(&folder.path().join("feedmill.db"), &change.replace("OF_X", OF_X));
        let store = SqliteStore::open(folder.path()).unwrap();
        let facet = Facet::Category(CategoryPath::parse("x").unwrap());
        let selection =
            Selection { feeds: &["news"], among: &[], facet: &facet, order: EntryOrder::Published, limit: 2 };
        let arrivals = store.arrivals(&selection).unwrap();
        let rows: BTreeSet<i64> = arrivals.iter().map(|arrival| arrival.entry.0).collect();
        let damage = store.damage();
        drop(store);
        assert_eq!(rows, BTreeSet::from([1, 3]), "{change}");
        assert_eq!(damage[0].message, "the list of entries in `x` is damaged", "{change}");
        for order in [EntryOrder::Published, EntryOrder::Added] {
            let store = SqliteStore::open(folder.path()).unwrap();
            let selection = Selection { order, limit: 50, ..selection.clone() };
            let found = store.select(&selection).unwrap();
            let ids: Vec<&str> = found.iter().map(|entry| entry.entry.id.as_str()).collect();
            assert_eq!(ids, ["https://e.example/1", "https://e.example/3"], "{change}");
            let damage = store.damage();
            assert_eq!(damage.len(), 1, "{change}");
            assert_eq!(damage[0].message, "the list of entries in `x` is damaged", "{change}");
        }
        let checked = SqliteStore::check(folder.path()).unwrap();
        assert!(checked.damage.iter().any(|line| line.starts_with("the place row of ")), "{checked:?}");
    }
}

#[test]
fn a_feed_with_a_damaged_place_lends_nothing() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let whole = "facet = (SELECT row FROM facet WHERE kind = 0)";
    sql(
        &folder.path().join("feedmill.db"),
        &format!("UPDATE place SET arrived = 9 WHERE entry = 2 AND {whole}"),
    );
    let store = SqliteStore::open(folder.path()).unwrap();
    let error = store.lent("news", "mix").unwrap_err().to_string();
    assert_eq!(
        error,
        "reading what a feed shows: the list of a feed's entries is damaged\n  help: `feedmill store check` lists all damage, `feedmill store restore FILE` puts a backup in its place"
    );
}
