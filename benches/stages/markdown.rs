//! Markdown → HTML, in the dialects of the generators that are met most.

use crate::inputs;
use criterion::{Criterion, Throughput};
use feedmill::map::markdown::{Dialect, render};
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("markdown");
    let text = inputs::markdown(1);
    group.throughput(Throughput::Bytes(text.len() as u64));
    let dialects =
        [("kramdown", Dialect::Kramdown), ("marked", Dialect::Marked), ("goldmark", Dialect::Goldmark)];
    for (name, dialect) in dialects {
        assert!(render(&text, dialect).contains("</h2>"), "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| render(black_box(&text), dialect)));
    }
    group.finish();
}
