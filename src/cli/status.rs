//! `feedmill status`: what the running daemon knows of each source.

use crate::cli::out::say;
use crate::cli::{Global, Outcome, Output, config, daemon};
use crate::config::Environment;
use serde_json::{Value, json};
use std::process::ExitCode;

pub(super) fn run(global: &Global, environment: &Environment) -> Outcome {
    let config = config(global, environment)?;
    let answer = daemon::ask(&config, &json!({ "status": true }))?;
    match global.format {
        Output::Json => say!("{answer}"),
        Output::Text => tell(&answer),
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(status: &Value) {
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or("–").to_owned();
    let number = |value: &Value, key: &str| value.get(key).and_then(Value::as_u64).unwrap_or(0);
    say!("feedmill {}, since {}", text(status, "version"), text(status, "started"));
    for feed in status.get("feeds").and_then(Value::as_array).into_iter().flatten() {
        let valid = feed.get("valid").and_then(Value::as_bool).unwrap_or(true);
        let bad = if valid { "" } else { "  (its file is bad: the last good definition goes on)" };
        say!(
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
            let bytes = source.get("bytes").and_then(Value::as_u64);
            let bytes = bytes.map_or_else(String::new, |bytes| format!(", {bytes} bytes"));
            say!(
                "  {}  {}{failures}, last {}, next {} ({}), {} entries{bytes}",
                text(source, "source"),
                text(source, "outcome"),
                text(source, "last"),
                text(source, "next"),
                text(source, "next_because"),
                number(source, "entries")
            );
            tell_more(source);
            if let Some(told) = source.get("websub").and_then(Value::as_str) {
                say!("    {told}");
            }
            problems(source, "    ");
        }
    }
}

/// Where it is now, until when it was well, and what its origin asks, where there is something to say.
fn tell_more(source: &Value) {
    let text = |key: &str| source.get(key).and_then(Value::as_str);
    if let Some(now) = text("current_location").filter(|now| Some(*now) != text("location")) {
        say!("    {} is at {now} now", text("location").unwrap_or_default());
    }
    if let (Some(well), Some(1..)) = (text("last_success"), source.get("failures").and_then(Value::as_u64)) {
        say!("    was well at {well}");
    }
    let asks = source.get("asks").and_then(Value::as_array).into_iter().flatten();
    let asks: Vec<&str> = asks.filter_map(Value::as_str).collect();
    if !asks.is_empty() {
        say!("    its origin asks: {}", asks.join(", "));
    }
}

fn problems(of: &Value, indent: &str) {
    for problem in of.get("problems").and_then(Value::as_array).into_iter().flatten() {
        let text = |key: &str| problem.get(key).and_then(Value::as_str).unwrap_or_default();
        say!("{indent}{}: {}", text("at"), text("message"));
        if let Some(help) = problem.get("help").and_then(Value::as_str) {
            say!("{indent}  help: {help}");
        }
    }
}
