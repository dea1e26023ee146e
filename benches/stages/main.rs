//! What each stage costs, on inputs that are made here: `cargo bench --bench stages`.
//!
//! In the order of the pipe: front matter, Markdown, feed parse, sanitise, decide,
//! store, publish, serve. `docs/performance.md` says how these add up.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "a bench fails by panicking")]

mod input;
mod publishing;
mod reading;
mod storing;

use criterion::Criterion;
use std::time::Duration;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    reading::benches(&mut criterion);
    storing::benches(&mut criterion);
    publishing::benches(&mut criterion);
    criterion.final_summary();
}
