//! A post's text → its front matter and where its body begins.

use crate::inputs;
use criterion::{Criterion, Throughput};
use feedmill::parse::front_matter::{Fences, State, read_plain};
use std::hint::black_box;

const POSTS: usize = 100;

/// A generator's name, its fences, and what makes its posts.
type Kind = (&'static str, Fences, fn(usize) -> String);

pub fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("front matter");
    group.throughput(Throughput::Elements(POSTS as u64));
    let kinds: [Kind; 3] = [
        ("jekyll", Fences::Jekyll, inputs::jekyll),
        ("hexo", Fences::Hexo, inputs::hexo),
        ("hugo, toml", Fences::Hugo, inputs::hugo),
    ];
    for (name, fences, post) in kinds {
        let posts: Vec<String> = (0..POSTS).map(post).collect();
        let whole = |post: &String| read_plain(post, fences).state == State::Read;
        assert!(posts.iter().all(whole), "{name}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for post in &posts {
                    black_box(read_plain(post, fences));
                }
            });
        });
    }
    group.finish();
}
