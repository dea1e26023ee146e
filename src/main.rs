//! feedmill keeps a set of feeds; see the library's map.

use std::process::ExitCode;

/// Set up in `.cargo/config.toml`. Without the feature it is the system's, which tools that
/// watch memory know.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    feedmill::cli::main()
}
