//! `feedmill completions SHELL`: prints completions for a shell.

use crate::cli::Cli;
use crate::cli::out;
use clap::{Args, CommandFactory};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    shell: clap_complete::Shell,
}

pub(super) fn run(completions: &Completions) -> ExitCode {
    let mut text = Vec::new();
    clap_complete::generate(completions.shell, &mut Cli::command(), "feedmill", &mut text);
    out::bytes(&text);
    ExitCode::SUCCESS
}
