//! A text's HTML → the same, clean: what is clean already, and what isn't.

use crate::inputs;
use criterion::{Criterion, Throughput};
use feedmill::map::sanitize::clean_html;
use std::hint::black_box;

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("clean");
    let base = "https://blog.example.org/one/".parse().unwrap();
    let (tidy, dirty) = (inputs::html(1, inputs::POST), inputs::dirty_html(1, inputs::POST));
    let clean = clean_html(&dirty, Some(&base));
    assert!(!clean.contains("track()") && clean.contains("https://blog.example.org/other/"));
    for (name, text) in [("a clean post", tidy), ("a dirty post", dirty)] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| clean_html(black_box(&text), Some(&base))));
    }
    group.finish();
}
