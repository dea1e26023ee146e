//! Decide and store: 400 entries, as a folder's batch has them.

use crate::input;
use criterion::{BatchSize, Criterion};
use feedmill::definition::{Filing, Since};
use feedmill::model::{Entry, EntryOrder, Facet};
use feedmill::store::{Commit, Selection, Settle, SqliteStore, Store};
use feedmill::update::{Decider, Rules};

const BATCH: usize = 400;

pub(crate) fn benches(criterion: &mut Criterion) {
    decide(criterion);
    store(criterion);
}

fn decide(criterion: &mut Criterion) {
    let entries: Vec<Entry> = (0..BATCH).map(input::entry).collect();
    let filing = Filing::default();
    let rules = Rules {
        now: input::now(),
        base: "https://example.org/",
        filing: &filing,
        since: Since::All,
        first_collected: input::now(),
    };
    criterion.bench_function("decide 400 new", |bench| {
        bench.iter_batched(
            || entries.clone(),
            |fresh| Decider::new(&[]).decide(fresh, &rules),
            BatchSize::LargeInput,
        );
    });
}

fn commit(store: &SqliteStore) -> Commit {
    let state = store.adopt(&[input::record()], input::now()).unwrap().remove(0);
    let inserts = (0..BATCH).map(input::insert).collect();
    let source = state.row;
    Commit { source, now: input::now(), inserts, settle: Some(Settle { state }), ..Commit::default() }
}

fn store(criterion: &mut Criterion) {
    criterion.bench_function("store 400 new", |bench| {
        bench.iter_batched(
            || {
                let folder = tempfile::tempdir().unwrap();
                let store = SqliteStore::open(folder.path()).unwrap();
                let commit = commit(&store);
                (folder, store, commit)
            },
            |(folder, store, commit)| {
                store.apply(commit).unwrap();
                (folder, store)
            },
            BatchSize::PerIteration,
        );
    });
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path()).unwrap();
    store.apply(commit(&store)).unwrap();
    let newest =
        Selection { feeds: &["news"], facet: &Facet::Whole, order: EntryOrder::Published, limit: 50 };
    criterion.bench_function("choose 50 of 400", |bench| bench.iter(|| store.select(&newest).unwrap()));
}
