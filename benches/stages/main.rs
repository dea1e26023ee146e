//! What each stage costs by itself, on inputs made here: `cargo bench --bench stages`,
//! `… -- serve` for those whose name has that, `… -- --test` to run each once.
//!
//! One file a stage; `inputs` makes posts and feeds, the same at every run.

#![allow(
    clippy::unwrap_used,
    clippy::format_push_string,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub,
    reason = "a bench fails by panicking, and documents itself by its names"
)]

mod clean;
mod decide;
mod feed;
mod front_matter;
mod inputs;
mod markdown;
mod publish;
mod serve;
mod site;
mod store;

use criterion::{Criterion, criterion_group, criterion_main};
use std::time::Duration;

/// A minute and a half for all of them together.
fn brief() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = stages;
    config = brief();
    targets =
        front_matter::bench,
        markdown::bench,
        feed::bench,
        clean::bench,
        decide::bench,
        store::bench,
        publish::bench,
        serve::bench
}
criterion_main!(stages);
