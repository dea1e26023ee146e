//! stub
use crate::cli::{Global, Outcome};
use crate::config::Environment;
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Preview {}
pub(super) fn run(_: &Preview, _: &Global, _: &Environment) -> Outcome { Ok(std::process::ExitCode::SUCCESS) }
