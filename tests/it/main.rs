//! One integration binary: links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]
#![allow(
    clippy::pedantic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests are read once and run often; `UPDATE` is their own variable"
)]

mod app;
mod architecture;
mod cases;
mod catalogue;
mod check;
mod circles;
mod collect;
mod commonmark;
mod config;
mod cpu;
mod cron;
mod daemon;
mod daemon_log;
mod definition;
mod extensions;
mod fault_report;
mod feed_limits;
mod feed_zone;
mod flood;
mod fuzzed;
mod hostile_feeds;
mod hostile_posts;
mod hostile_published;
mod hostile_shapes;
mod hostile_state;
mod init;
mod lint;
mod looped;
mod markdown;
mod mixing;
mod mixing_retention;
mod moving_dates;
mod on_failure;
mod origin;
mod pipes;
mod polling;
mod post_links;
mod posts;
mod posts_among;
mod posts_by_url;
mod posts_oracles;
mod posts_over_time;
mod preview;
mod publish;
mod read_feed;
mod readers;
mod retention;
mod roles;
mod same_entries;
mod samples;
mod sandbox;
mod serve;
mod shell;
mod site_configs;
mod spoiled_feeds;
mod stampede;
mod store;
mod store_damage;
mod store_file;
mod store_places;
mod tls_origin;
mod tombstones;
mod trackers;
