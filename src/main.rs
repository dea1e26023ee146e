//! feedmill.
fn main() {}
