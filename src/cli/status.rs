//! `feedmill status`: what the running daemon knows of each source.

use crate::cli::{Global, Outcome, Output, config, daemon};
use crate::config::Environment;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) fn run(global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let answer = daemon::ask(&config, &json!({ "status": true }))?;
    match global.format {
        Output::Json => println!("{answer}"),
        Output::Text => tell(&answer),
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(status: &Value) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("–").to_owned();
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    println!("feedmill {}, since {}", text(status, "version"), text(status, "started"));
    for feed in status.get("feeds").and_then(Value::as_array).into_iter().flatten() {
        let valid = feed.get("valid").and_then(Value::as_bool).unwrap_or(true);
        let bad = if valid { "" } else { "  (its file is bad: the last good definition goes on)" };
        println!(
            "\n{}  {} entries, changed {}{bad}",
            text(feed, "feed"),
            number(feed, "entries"),
            text(feed, "updated")
        );
        problems(feed, "  ");
        for source in feed.get("sources").and_then(Value::as_array).into_iter().flatten() {
            let failures = match number(source, "failures") {
                0 => String::new(),
                failures => format!(" ({failures} in a row)"),
            };
            println!(
                "  {}  {}{failures}, last {}, next {} ({}), {} entries",
                text(source, "source"),
                text(source, "outcome"),
                text(source, "last"),
                text(source, "next"),
                text(source, "next_because"),
                number(source, "entries")
            );
            if let Some(told) = source.get("websub").and_then(Value::as_str) {
                println!("    {told}");
            }
            problems(source, "    ");
        }
    }
}

fn problems(of: &Value, indent: &str) {
    for problem in of.get("problems").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
        println!("{indent}{}: {}", text("at"), text("message"));
    }
}
