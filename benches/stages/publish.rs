//! Fifty entries of a post's size → a document in each format.

use crate::inputs;
use criterion::{Criterion, Throughput};
use feedmill::model::{Channel, Feed, FeedEntry, Format};
use feedmill::publish::{Place, publish};
use std::hint::black_box;

fn feed() -> Feed {
    let published = inputs::start().fixed_offset();
    let entry = |entry: feedmill::model::Entry| FeedEntry {
        atom_id: entry.id.clone(),
        published: entry.published.unwrap_or(published),
        updated: None,
        entry,
    };
    Feed {
        channel: Channel {
            id: "urn:uuid:00000000-0000-5000-8000-000000000001".into(),
            title: "Main".into(),
            link: Some("https://blog.example.org/".into()),
            updated: Some(published),
            ..Channel::default()
        },
        entries: inputs::entries(50, inputs::POST).into_iter().map(entry).collect(),
        ..Feed::default()
    }
}

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("publish");
    let feed = feed();
    for format in Format::ALL {
        let place = Place {
            self_url: format!("https://feeds.example.org/main.{}", format.extension()),
            page_url: "https://feeds.example.org/main".into(),
            ..Place::default()
        };
        let length = publish(&feed, format, &place).len();
        assert!(length > 50 * inputs::POST, "{format}");
        group.throughput(Throughput::Bytes(length as u64));
        let name = format.extension();
        group.bench_function(name, |bencher| bencher.iter(|| publish(black_box(&feed), format, &place)));
    }
    group.finish();
}
