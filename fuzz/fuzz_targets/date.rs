#![no_main]
#[path = "../../tests/it/fuzzed/bodies.rs"]
#[allow(dead_code, reason = "the other target's body stands beside")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::any_date(data));
