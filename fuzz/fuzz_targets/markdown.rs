#![no_main]
#[path = "../../tests/it/fuzzed/bodies.rs"]
#[allow(dead_code, reason = "the other targets' bodies stand beside")]
mod bodies;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::any_markdown(data));
