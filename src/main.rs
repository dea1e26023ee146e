//! feedmill keeps a set of feeds; see the library's map.

use std::process::ExitCode;

fn main() -> ExitCode {
    feedmill::cli::main()
}
