//! Polls 10,000 feeds for a simulated day and prints how politely and how punctually:
//! `cargo bench --bench polite_day [-- FEEDS HOURS]`. Fails if a request came early, a
//! host was crowded, or one poll in a hundred was 5 s late or more.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a bench prints, and fails by panicking"
)]

#[path = "../tests/it/polling/simulated_day.rs"]
mod simulated_day;

use std::time::Duration;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let feeds = numbers.first().copied().unwrap_or(10_000);
    let hours = numbers.get(1).copied().unwrap_or(24);
    for (feeds, hours, tarpits) in [(feeds, hours, false), (1000.min(feeds), 6.min(hours), true)] {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let runtime = builder.enable_all().start_paused(true).build().unwrap();
        let time = Duration::from_secs(hours * 3600);
        let figures = runtime.block_on(simulated_day::poll(usize::try_from(feeds).unwrap(), time, tarpits));
        let half = if tarpits { ", half of them tarpits" } else { "" };
        println!("{feeds} feeds{half}, {hours} h of simulated time\n{figures}");
        assert_eq!((figures.early, figures.crowding), (0, 0));
        assert!(figures.at_once <= 64);
        assert!(figures.well.1[1] < chrono::TimeDelta::seconds(5));
    }
}
