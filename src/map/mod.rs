//! A document → entries.
//!
//! In: what `parse` read. Out: [`crate::model::Entry`] values in the terms of Atom,
//! with the source's own ids, dates and offsets, and a problem for each value that
//! could not be used. Opens nothing, never asks for the time, decides nothing about
//! what is stored.

pub mod posts;
pub mod feed;

pub mod category;
pub mod date;
mod allowed;
mod checkboxes;
mod enclosure;
mod effort;
mod elements;
mod extensions;
pub mod feed_date;
pub mod fingerprint;
pub mod identity;
mod frames;
mod hidden;
mod lazy_images;
pub mod links;
mod long_texts;
pub mod markdown;
mod nesting;
mod people;
pub mod plain;
mod proven_clean;
pub mod same_address;
pub mod sanitize;
mod settled;
mod stray_brackets;
mod tags;

mod clean;
mod filter;
mod trackers;
mod twin;

pub use clean::clean;
pub use filter::{Filtered, windows};
pub use fingerprint::{hash, raw_hash, served_hash};
pub use trackers::without_trackers;
pub use twin::twin_key;

/// Counts up when the same posts would be mapped to other entries: then every post is read again.
pub const VERSION: u32 = 4;
