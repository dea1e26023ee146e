//! What `publish` writes: whole documents beside what they were, and read back by others.

mod awkward;
mod cases;
mod documents;
mod lists;
mod pages;
mod round_trip;
