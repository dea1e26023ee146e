//! A feed's bytes → a document, and a document → entries.

use crate::inputs;
use criterion::{Criterion, Throughput};
use feedmill::map::feed::Reading;
use feedmill::{map, parse::feed::parse};
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    for (name, text) in [("rss", inputs::rss()), ("atom", inputs::atom()), ("json", inputs::json())] {
        let document = parse(text.as_bytes(), None, inputs::URL).unwrap();
        let mapped = map::feed::map(&document, inputs::URL, Reading::default());
        assert_eq!((mapped.entries.len(), mapped.problems.as_slice()), (inputs::ITEMS, &[][..]), "{name}");
        let mut group = criterion.benchmark_group("feed");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(format!("parse {name}"), |bencher| {
            bencher.iter(|| parse(black_box(text.as_bytes()), None, inputs::URL).unwrap());
        });
        group.throughput(Throughput::Elements(inputs::ITEMS as u64));
        group.bench_function(format!("map {name}"), |bencher| {
            bencher.iter(|| map::feed::map(black_box(&document), inputs::URL, Reading::default()));
        });
        group.finish();
    }
}
