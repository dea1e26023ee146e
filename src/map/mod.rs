//! Being built.

pub mod category;
pub mod date;
pub mod markdown;
pub mod posts;
