//! One integration binary: links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]
mod architecture;
mod store;

mod publish;

mod cases;
mod config;
mod cron;

mod collect;
mod origin;

mod posts;
mod posts_oracles;
mod serve;
mod definition;
mod init;

mod read_feed;
mod app;
mod daemon;
