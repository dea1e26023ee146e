//! What is stored and what was read → what has changed.

use crate::inputs::{self, rules};
use criterion::{BatchSize, Criterion, Throughput};
use feedmill::definition::Filing;
use feedmill::model::Entry;
use feedmill::store::{EntryRow, Recalled};
use feedmill::update::Decider;

/// Entries of a large folder.
const POSTS: usize = 2000;

/// These entries as the store recalls them.
fn stored(entries: &[Entry]) -> Vec<Recalled> {
    let recalled = |(row, insert): (i64, feedmill::store::Written)| Recalled {
        row: EntryRow(row),
        keys: insert.entry.keys,
        at: insert.entry.at,
        raw_hash: insert.raw_hash,
        served_hash: insert.served_hash,
        first_seen: inputs::start(),
        stands_at: insert.stands_at,
        gone: false,
        held: false,
    };
    (1..).zip(inputs::inserts(entries.to_vec())).map(recalled).collect()
}

/// How many entries each of these changes by: new, replaced, touched.
fn decide(stored: &[Recalled], fresh: Vec<Entry>) -> (usize, usize, usize) {
    let changes = Decider::new(stored).decide(fresh, &rules(&Filing::default()));
    (changes.inserts.len(), changes.replaces.len(), changes.touches.len())
}

pub fn bench(criterion: &mut Criterion) {
    let feed = inputs::feed_entries();
    let posts = inputs::entries(POSTS, inputs::POST);
    let (feed_stored, posts_stored) = (stored(&feed), stored(&posts));
    let mut edited = feed.clone();
    for entry in &mut edited {
        entry.title = Some("Another title".to_owned());
    }
    let cases = [
        ("a feed, all new", &[][..], feed.clone(), (feed.len(), 0, 0)),
        ("a feed, nothing changed", &feed_stored, feed, (0, 0, 0)),
        ("a feed, all edited", &feed_stored, edited, (0, inputs::ITEMS, 0)),
        ("2,000 posts, nothing changed", &posts_stored, posts, (0, 0, 0)),
    ];
    let mut group = criterion.benchmark_group("decide");
    for (name, stored, fresh, expected) in cases {
        assert_eq!(decide(stored, fresh.clone()), expected, "{name}");
        group.throughput(Throughput::Elements(fresh.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(|| fresh.clone(), |fresh| decide(stored, fresh), BatchSize::LargeInput);
        });
    }
    group.finish();
}
