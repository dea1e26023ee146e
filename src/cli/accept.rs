//! `feedmill accept SOURCE`: lets a held source through.

use crate::cli::out::say;
use crate::cli::{Global, Outcome, Output, config, daemon};
use crate::config::Environment;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Accept {
    /// The source's id, or FEED/SOURCE where two feeds have one of that name
    source: String,
}

pub(super) fn run(accept: &Accept, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let answer = daemon::ask(&config, &json!({ "accept": accept.source }))?;
    match global.format {
        Output::Json => say!("{answer}"),
        Output::Text => say!("`{}` is collected now, whatever it has lost", accept.source),
    }
    Ok(ExitCode::SUCCESS)
}
