//! `feedmill completions SHELL`: prints completions for a shell.

use crate::cli::Cli;
use clap::{Args, CommandFactory};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(super) fn run(completions: &Completions) -> ExitCode {
    clap_complete::generate(completions.shell, &mut Cli::command(), "feedmill", &mut std::io::stdout());
    ExitCode::SUCCESS
}
