//! Being built.

pub mod front_matter;
