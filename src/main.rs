//! feedmill keeps a set of feeds; see the library's map.

use std::process::ExitCode;

/// Set up in `.cargo/config.toml`. Debug builds have the system's, which tools that watch
/// memory know.
#[cfg(not(debug_assertions))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    feedmill::cli::main()
}
