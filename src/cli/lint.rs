//! `feedmill lint FILE|URL…`: judges feeds, with line and column. Exit 0, or 1 where one
//! holds an error; warnings alone let it pass.
//!
//! Needs no config file, no daemon and no store; a URL is fetched as sources are.

use crate::cli::out::say;
use crate::cli::{Failure, Global, Outcome, Output, config, setup, whole_file};
use crate::clock::{Clock, SystemClock};
use crate::collect::{FetchRequest, Fetched};
use crate::config::Environment;
use crate::lint::{Asked, Finding, Verdict, judge};
use crate::model::{Problem, Severity};
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct Lint {
    /// Feeds: RSS, Atom, JSON Feed, or lists of feeds in OPML; `-` is what comes on stdin
    #[arg(value_name = "FILE|URL", required = true)]
    documents: Vec<String>,
}

pub(super) fn run(lint: &Lint, global: &Global, environment: &Environment) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut bad = false;
    let mut told = Vec::new();
    for feed in &lint.documents {
        let verdict = match runtime.block_on(verdict(feed, global, environment)) {
            Ok(verdict) => verdict,
            // One that can't be read says nothing of the others.
            Err(failure) if lint.documents.len() > 1 => {
                bad = true;
                match global.format {
                    Output::Text => failure.tell(),
                    Output::Json => told.push(json!({ "feed": feed, "error": failure.told.join("\n") })),
                }
                continue;
            }
            Err(failure) => return Err(failure),
        };
        bad |= errors(&verdict) > 0;
        match global.format {
            Output::Text => tell(feed, &verdict),
            Output::Json => told.push(in_json(feed, &verdict)),
        }
    }
    if global.format == Output::Json {
        say!("{}", json!({ "ok": !bad, "feeds": told }));
    }
    Ok(ExitCode::from(u8::from(bad)))
}

async fn verdict(feed: &str, global: &Global, environment: &Environment) -> Result<Verdict, Failure> {
    let now = Some(SystemClock.now().fixed_offset());
    if feed == "-" {
        let bytes = whole_file::read_from(std::io::stdin().lock(), feed)?;
        return Ok(judge(&bytes, Asked { now, ..Asked::default() }));
    }
    if !feed.starts_with("http://") && !feed.starts_with("https://") {
        let path = environment.current().join(feed);
        let bytes = whole_file::read(&path, feed)?;
        return Ok(judge(&bytes, Asked { now, ..Asked::default() }));
    }
    let fetcher = setup::fetcher(&config(global, environment)?)?;
    match fetcher.fetch(&FetchRequest::new(feed, SystemClock.now())).await? {
        Fetched::Body { body, content_type, facts } => {
            let asked =
                Asked { now, location: Some(&facts.final_url), content_type: content_type.as_deref() };
            Ok(judge(&body, asked))
        }
        Fetched::NotModified(_) => Err(Failure::new(format!("{feed}: answered 304 to a first request"))),
    }
}

fn tell(feed: &str, verdict: &Verdict) {
    for finding in &verdict.findings {
        say!("{}", problem(feed, finding));
    }
    let not_shown = not_shown(verdict);
    if not_shown > 0 {
        say!("{feed}: {not_shown} more are not shown");
    }
    let (errors, all) = (errors(verdict), verdict.findings.len() + not_shown);
    let format = if verdict.format.is_empty() { "no feed" } else { &verdict.format };
    let count = |some: usize, what: &str| format!("{some} {what}{}", if some == 1 { "" } else { "s" });
    say!("{feed}: {format}, {}, {}", count(errors, "error"), count(all - errors, "warning"));
}

fn errors(verdict: &Verdict) -> usize {
    let shown = verdict.findings.iter().filter(|finding| finding.rule.severity() == Severity::Error);
    shown.count() + verdict.left_out.0
}

fn not_shown(verdict: &Verdict) -> usize {
    verdict.left_out.0 + verdict.left_out.1
}

/// `file:line:column: error: what is wrong [rule]`, and the step that mends it.
fn problem(feed: &str, finding: &Finding) -> Problem {
    let at = format!("{feed}:{}:{}", finding.line, finding.column);
    let message = format!("{} [{}]", finding.message, finding.rule.name());
    let severity = finding.rule.severity();
    Problem { at, severity, message, help: Some(finding.rule.help().to_owned()) }
}

fn in_json(feed: &str, verdict: &Verdict) -> Value {
    let problems: Vec<Value> = verdict
        .findings
        .iter()
        .map(|finding| {
            let severity = match finding.rule.severity() {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            json!({
                "at": format!("{feed}:{}:{}", finding.line, finding.column),
                "severity": severity,
                "rule": finding.rule.name(),
                "message": finding.message,
                "help": finding.rule.help(),
            })
        })
        .collect();
    let not_shown = not_shown(verdict);
    json!({ "feed": feed, "format": verdict.format, "problems": problems, "not_shown": not_shown })
}
