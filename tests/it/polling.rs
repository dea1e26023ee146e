//! What an origin sees of us over days and weeks.

mod daemon;
mod day;
mod hosts;
mod moving;
mod pace;
mod simulated_day;
mod validators;
