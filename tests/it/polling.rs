//! What an origin sees of us over days and weeks.

mod daemon;
mod hosts;
mod moving;
mod pace;
mod validators;
