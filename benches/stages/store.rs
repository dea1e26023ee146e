//! Changes → SQLite on disk, and the narrow rows back.

use crate::inputs;
use criterion::{BatchSize, Criterion, Throughput};
use feedmill::model::{EntryOrder, Facet};
use feedmill::store::{
    Commit, FeedRecord, Selection, ServeStore, SourceRecord, SourceState, SqliteStore, Store, Written,
};
use std::hint::black_box;

/// Entries of one commit: a batch of a large folder.
const BATCH: usize = 500;
/// Entries in the store that is read.
const STORED: usize = 5000;

/// A store in a folder that goes with it, and its one source.
pub struct Opened {
    pub folder: tempfile::TempDir,
    pub store: SqliteStore,
    state: SourceState,
}

impl Opened {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path()).unwrap();
        let source = SourceRecord {
            key: "id:a".into(),
            id: "a".into(),
            kind: "posts".into(),
            location: "/posts".into(),
        };
        let record = FeedRecord {
            id: "main".into(),
            atom_id: "urn:uuid:00000000-0000-5000-8000-000000000001".into(),
            definition_hash: [1; 32],
            was: Vec::new(),
            sources: vec![source],
        };
        let state = store.adopt(&[record], inputs::start()).unwrap().remove(0);
        Self { folder, store, state }
    }

    /// Stores these entries as one whole collection.
    pub fn apply(&self, inserts: Vec<Written>) {
        let settle = SourceState { collected: true, ..self.state.clone() };
        let commit = Commit {
            source: self.state.row,
            now: inputs::start(),
            inserts,
            settle: Some(settle),
            ..Commit::default()
        };
        self.store.apply(commit).unwrap();
    }
}

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("store");
    let inserts = inputs::inserts(inputs::entries(BATCH, inputs::POST));
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("apply 500 new entries", |bencher| {
        let ready = || (Opened::new(), inserts.clone());
        let apply = |(opened, inserts): (Opened, Vec<Written>)| {
            opened.apply(inserts);
            opened
        };
        bencher.iter_batched(ready, apply, BatchSize::PerIteration);
    });
    let full = Opened::new();
    full.apply(inputs::inserts(inputs::entries(STORED, inputs::ITEM)));
    group.throughput(Throughput::Elements(1));
    group.bench_function("apply nothing new", |bencher| bencher.iter(|| full.apply(Vec::new())));
    assert_eq!(full.store.recall(full.state.row).unwrap().len(), STORED);
    group.throughput(Throughput::Elements(STORED as u64));
    group.bench_function("recall 5,000 entries", |bencher| {
        bencher.iter(|| full.store.recall(black_box(full.state.row)).unwrap());
    });
    let selection = Selection {
        feeds: &["main"],
        among: &[],
        facet: &Facet::Whole,
        order: EntryOrder::Published,
        limit: 20,
    };
    group.throughput(Throughput::Elements(20));
    group.bench_function("select the newest 20", |bencher| {
        bencher.iter(|| full.store.select(black_box(&selection)).unwrap());
    });
    group.finish();
}
