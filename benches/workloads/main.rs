//! The program whole, beside what of its peers is installed: `cargo bench --bench workloads [-- POSTS FEEDS]`.
//!
//! W1: posts to all feeds of their categories, cold and with nothing changed (Hugo).
//! W2: a first poll and two with nothing new (newsboat). W4: at rest. CPU is user and
//! system time of the process and its children; ratios are what to compare.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    missing_docs,
    reason = "a bench prints, measures, and fails by panicking"
)]

#[allow(dead_code, reason = "made for more than is measured here")]
mod input;
mod meter;
mod polls;
mod posts;

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let posts = numbers.first().copied().unwrap_or(2000);
    let feeds = numbers.get(1).copied().unwrap_or(300);
    println!("{:34}{:>9}{:>9}{:>10}  beside", "", "wall s", "cpu s", "peak MiB");
    posts::run(posts);
    polls::run(feeds);
}
