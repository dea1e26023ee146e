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
    clippy::disallowed_methods,
    reason = "tests are read once and run often; `UPDATE` is their own variable"
)]

mod app;
mod architecture;
mod cases;
mod collect;
mod config;
mod cron;
mod daemon;
mod definition;
mod mixing;
mod origin;
mod posts;
mod posts_oracles;
mod publish;
mod read_feed;
mod readers;
mod serve;
mod store;
