//! Bytes → entries: front matter, Markdown, feed parse, sanitise.

use crate::input;
use criterion::{Criterion, Throughput};
use feedmill::map::markdown::{self, Dialect};
use feedmill::parse::front_matter::{Fences, read_plain};
use std::hint::black_box;
use url::Url;

pub(crate) fn benches(criterion: &mut Criterion) {
    let post = input::front_matter(7) + &input::clean_html(7);
    criterion.bench_function("front matter", |bench| {
        bench.iter(|| read_plain(black_box(&post), Fences::Jekyll));
    });
    let text = input::markdown(7);
    let mut group = criterion.benchmark_group("bytes");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("markdown", |bench| {
        bench.iter(|| markdown::render(black_box(&text), Dialect::Goldmark));
    });
    let feed = input::rss();
    group.throughput(Throughput::Bytes(feed.len() as u64));
    group.bench_function("feed parse", |bench| {
        bench.iter(|| {
            feedmill::parse::feed::parse(black_box(feed.as_bytes()), None, "https://example.org/").unwrap()
        });
    });
    let base = Url::parse("https://example.org/").unwrap();
    for (name, html) in [("sanitise clean", input::clean_html(7)), ("sanitise dirty", input::dirty_html(7))] {
        group.throughput(Throughput::Bytes(html.len() as u64));
        group.bench_function(name, |bench| {
            bench.iter(|| feedmill::map::sanitize::clean_html(black_box(&html), Some(&base)));
        });
    }
    group.finish();
}
