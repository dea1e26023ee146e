//! Being built.

pub mod date;
pub mod markdown;
pub mod posts;
