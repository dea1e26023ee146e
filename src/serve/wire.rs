//! The shapes of the API's JSON, which the commands' `--format json` shares.
//!
//! In: reports and the status. Out: JSON values. What is not known is left out, never null;
//! but a result always has `next`.

use crate::model::{FeedStatus, Problem, RunReport, SourceReport, SourceStatus, Status};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::Value;

#[derive(Serialize)]
struct Run<'a> {
    run: &'a str,
    sources: Vec<Collected<'a>>,
}

#[derive(Serialize)]
struct Collected<'a> {
    feed: &'a str,
    source: &'a str,
    outcome: &'static str,
    new: usize,
    changed: usize,
    gone: usize,
    #[serde(skip_serializing_if = "is_none")]
    failures: u32,
    problems: Vec<Trouble<'a>>,
    /// There in every result: null where it is never collected again by itself.
    next: Option<String>,
}

#[derive(Serialize)]
struct Trouble<'a> {
    at: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct Whole<'a> {
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<String>,
    feeds: Vec<OneFeed<'a>>,
}

#[derive(Serialize)]
struct OneFeed<'a> {
    feed: &'a str,
    valid: bool,
    entries: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    updated: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Trouble<'a>>,
    sources: Vec<OneSource<'a>>,
}

#[derive(Serialize)]
struct OneSource<'a> {
    source: &'a str,
    kind: &'a str,
    location: &'a str,
    current_location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_success: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    next_because: &'a str,
    failures: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    websub: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    asks: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    entries: usize,
    problems: Vec<Trouble<'a>>,
}

/// The result of a refresh, or what is known of it so far.
pub fn run_json(report: &RunReport) -> Value {
    value(&Run { run: &report.run, sources: report.sources.iter().map(collected).collect() })
}

/// How every feed and source stands.
pub fn status_json(status: &Status) -> Value {
    value(&Whole {
        version: &status.version,
        started: status.started.map(time),
        feeds: status.feeds.iter().map(one_feed).collect(),
    })
}

fn value(shape: &impl Serialize) -> Value {
    // Strings and numbers always serialise.
    serde_json::to_value(shape).unwrap_or_default()
}

fn collected(report: &SourceReport) -> Collected<'_> {
    Collected {
        feed: &report.feed,
        source: &report.source,
        outcome: report.outcome.word(),
        new: report.new,
        changed: report.changed,
        gone: report.gone,
        failures: report.failures,
        problems: troubles(&report.problems),
        next: report.next.map(time),
    }
}

fn one_feed(feed: &FeedStatus) -> OneFeed<'_> {
    OneFeed {
        feed: &feed.feed,
        valid: feed.valid,
        entries: feed.entries,
        updated: feed.updated.map(time),
        problems: troubles(&feed.problems),
        sources: feed.sources.iter().map(one_source).collect(),
    }
}

fn one_source(source: &SourceStatus) -> OneSource<'_> {
    OneSource {
        source: &source.source,
        kind: &source.kind,
        location: &source.location,
        current_location: &source.current_location,
        last: source.last.map(time),
        last_success: source.succeeded.map(time),
        outcome: source.outcome.map(crate::model::Outcome::word),
        next: source.next.map(time),
        next_because: &source.next_because,
        failures: source.failures,
        websub: source.subscription.as_deref(),
        asks: &source.asks,
        bytes: source.bytes,
        entries: source.entries,
        problems: troubles(&source.problems),
    }
}

fn troubles<'a>(problems: &'a [Problem]) -> Vec<Trouble<'a>> {
    let trouble = |problem: &'a Problem| Trouble {
        at: &problem.at,
        message: &problem.message,
        help: problem.help.as_deref(),
    };
    problems.iter().map(trouble).collect()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what the serialiser calls")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::{run_json, status_json};
    use crate::model::{FeedStatus, Outcome, Problem, RunReport, SourceReport, SourceStatus, Status};

    #[test]
    fn a_result_reads_as_the_interface_says() {
        let report = RunReport {
            run: "r1".into(),
            done: true,
            sources: vec![SourceReport {
                feed: "finance".into(),
                source: "finews".into(),
                outcome: Outcome::Updated,
                new: 3,
                changed: 1,
                gone: 0,
                failures: 0,
                problems: vec![Problem::error("_posts/x.md:3:8", "no date").with_help("write one")],
                next: Some("2026-11-21T22:05:00Z".parse().unwrap()),
            }],
        };
        assert_eq!(
            run_json(&report).to_string(),
            concat!(
                r#"{"run":"r1","sources":[{"feed":"finance","source":"finews","outcome":"updated","new":3,"#,
                r#""changed":1,"gone":0,"problems":[{"at":"_posts/x.md:3:8","message":"no date","help":"write one"}],"#,
                r#""next":"2026-11-21T22:05:00Z"}]}"#
            )
        );
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let status = Status {
            version: "1".into(),
            started: None,
            feeds: vec![FeedStatus {
                feed: "a".into(),
                sources: vec![SourceStatus { source: "s".into(), ..SourceStatus::default() }],
                ..FeedStatus::default()
            }],
        };
        assert_eq!(
            status_json(&status).to_string(),
            concat!(
                r#"{"version":"1","feeds":[{"feed":"a","valid":false,"entries":0,"sources":["#,
                r#"{"source":"s","kind":"","location":"","current_location":"","next_because":"","#,
                r#""failures":0,"entries":0,"problems":[]}]}]}"#
            )
        );
    }
}
