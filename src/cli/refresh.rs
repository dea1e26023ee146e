//! `feedmill refresh [FEED…] [--wait]`: asks the running daemon to collect now.
//! Exit 0, 2 if a source failed, 1 if it could not be asked.

use crate::cli::out::say;
use crate::cli::{Global, Outcome, Output, config, daemon};
use crate::config::Environment;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Refresh {
    /// Feeds by id; all where none is named
    #[arg(value_name = "FEED")]
    named: Vec<String>,
    /// Waits until every source has its outcome, and tells it
    #[arg(long)]
    wait: bool,
}

pub(super) fn run(refresh: &Refresh, global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let answer = daemon::ask(&config, &json!({ "refresh": refresh.named, "wait": refresh.wait }))?;
    match global.format {
        Output::Json => say!("{answer}"),
        Output::Text => tell(&answer, refresh.wait),
    }
    Ok(exit_code(&answer))
}

/// 2 where a source failed.
pub(super) fn exit_code(report: &Value) -> ExitCode {
    let sources = report.get("sources").and_then(Value::as_array);
    let failed = |source: &Value| source.get("outcome").and_then(Value::as_str) == Some("failed");
    ExitCode::from(if sources.is_some_and(|sources| sources.iter().any(failed)) { 2 } else { 0 })
}

/// One line a source, its problems below it.
pub(super) fn tell(report: &Value, waited: bool) {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    if !waited {
        say!("asked for: run {}", text(report, "run"));
        return;
    }
    for source in report.get("sources").and_then(Value::as_array).into_iter().flatten() {
        let count = |key: &str| source.get(key).and_then(Value::as_u64).unwrap_or(0);
        let counts = match (count("new"), count("changed"), count("gone")) {
            (0, 0, 0) => String::new(),
            (new, changed, gone) => format!(": {new} new, {changed} changed, {gone} gone"),
        };
        let next = text(source, "next");
        let next = if next.is_empty() { next } else { format!(", next {next}") };
        let (feed, id, outcome) = (text(source, "feed"), text(source, "source"), text(source, "outcome"));
        say!("{feed}/{id} {outcome}{counts}{next}");
        for problem in source.get("problems").and_then(Value::as_array).into_iter().flatten() {
            say!("  {}: {}", text(problem, "at"), text(problem, "message"));
        }
    }
}
