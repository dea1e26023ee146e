//! Bytes → a document.
//!
//! In: the bytes of a feed or a post and what the server said of them. Out: text,
//! then a document that keeps every value as it was written, and a
//! [`crate::model::Problem`] for everything that had to be mended. Never opens
//! anything, never asks for the time.

pub mod charset;
pub mod data;
pub mod feed;
pub mod front_matter;
pub mod tag;
