//! One integration binary: links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod feed_limits;
mod read_feed;
