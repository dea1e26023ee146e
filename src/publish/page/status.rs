//! How every feed and source stands, for the operator.

use crate::model::{FeedStatus, Outcome, Problem, Ran, Severity, SourceStatus, Status};
use crate::publish::page::words::say;
use crate::publish::page::{Head, Tongue, When, page};
use serde::Serialize;

/// The operator's page.
#[derive(Debug, Clone)]
pub struct StatusPage<'a> {
    /// How things stand.
    pub status: &'a Status,
    /// The index page's address; the feeds' pages and the API lie below it.
    pub home: String,
    /// Goes back with every form in the field `page`: tells that it came from this page.
    pub marker: String,
    /// What the page itself speaks.
    pub tongue: Tongue,
}

#[derive(Serialize)]
struct View<'a> {
    version: &'a str,
    started: Option<When>,
    base: &'a str,
    marker: &'a str,
    sources: usize,
    failing: usize,
    feeds: Vec<FeedView<'a>>,
}

#[derive(Serialize)]
struct FeedView<'a> {
    id: &'a str,
    valid: bool,
    entries: usize,
    updated: Option<When>,
    problems: Vec<ProblemView<'a>>,
    sources: Vec<SourceView<'a>>,
}

#[derive(Serialize)]
struct SourceView<'a> {
    id: &'a str,
    kind: &'a str,
    location: &'a str,
    /// Where it was found last, if elsewhere.
    moved_to: Option<&'a str>,
    last: Option<When>,
    outcome: &'static str,
    next: Option<When>,
    next_because: &'a str,
    /// How its WebSub subscription stands.
    subscription: Option<&'a str>,
    failures: u32,
    /// When it last was well, where it isn't.
    succeeded: Option<When>,
    asks: String,
    bytes: Option<u64>,
    entries: usize,
    problems: Vec<ProblemView<'a>>,
    /// The last collections, for the plot.
    runs: Vec<RunView>,
    /// The same in words.
    runs_said: String,
}

/// One bar of the plot.
#[derive(Serialize)]
struct RunView {
    place: usize,
    when: When,
    outcome: &'static str,
    height: u8,
}

#[derive(Serialize)]
struct ProblemView<'a> {
    at: &'a str,
    word: &'static str,
    message: &'a str,
    help: Option<&'a str>,
}

/// The page.
pub fn status_page(input: &StatusPage<'_>) -> String {
    let status = input.status;
    let sources = || status.feeds.iter().flat_map(|feed| &feed.sources);
    let view = View {
        version: &status.version,
        started: status.started.map(When::at_utc),
        base: input.home.trim_end_matches('/'),
        marker: &input.marker,
        sources: sources().count(),
        failing: sources().filter(|source| is_failing(source)).count(),
        feeds: status.feeds.iter().map(feed_view).collect(),
    };
    let (title, tongue) = (say(input.tongue, "Status"), input.tongue);
    let head = Head { title, tongue, noindex: true, home: Some(&input.home), ..Head::default() };
    page(&head, "status.html", &view)
}

fn is_failing(source: &SourceStatus) -> bool {
    source.failures > 0 || matches!(source.outcome, Some(Outcome::Failed | Outcome::Held))
}

fn feed_view(feed: &FeedStatus) -> FeedView<'_> {
    FeedView {
        id: &feed.feed,
        valid: feed.valid,
        entries: feed.entries,
        updated: feed.updated.map(When::at_utc),
        problems: problems(&feed.problems),
        sources: feed.sources.iter().map(source_view).collect(),
    }
}

fn source_view(source: &SourceStatus) -> SourceView<'_> {
    let elsewhere = !source.current_location.is_empty() && source.current_location != source.location;
    SourceView {
        id: &source.source,
        kind: &source.kind,
        location: &source.location,
        moved_to: elsewhere.then_some(source.current_location.as_str()),
        last: source.last.map(When::at_utc),
        outcome: source.outcome.map_or("waiting", Outcome::word),
        next: source.next.map(When::at_utc),
        next_because: &source.next_because,
        subscription: source.subscription.as_deref(),
        failures: source.failures,
        succeeded: source.succeeded.filter(|_| source.failures > 0).map(When::at_utc),
        asks: source.asks.join(", "),
        bytes: source.bytes,
        entries: source.entries,
        problems: problems(&source.problems),
        runs: source.history.iter().enumerate().map(run_view).collect(),
        runs_said: in_words(&source.history),
    }
}

fn run_view((place, ran): (usize, &Ran)) -> RunView {
    let height = match ran.outcome {
        Outcome::Unchanged | Outcome::Deferred => 6,
        Outcome::Updated | Outcome::Failed | Outcome::Held => 18,
    };
    RunView { place: place * 4, when: When::at_utc(ran.at), outcome: ran.outcome.word(), height }
}

/// `last 12 runs: 9 unchanged, 2 updated, 1 failed`.
fn in_words(history: &[Ran]) -> String {
    let all = [Outcome::Unchanged, Outcome::Updated, Outcome::Failed, Outcome::Held, Outcome::Deferred];
    let counts = all.into_iter().filter_map(|outcome| {
        let count = history.iter().filter(|ran| ran.outcome == outcome).count();
        (count > 0).then(|| format!("{count} {}", outcome.word()))
    });
    format!("last {} runs: {}", history.len(), counts.collect::<Vec<_>>().join(", "))
}

fn problems(problems: &[Problem]) -> Vec<ProblemView<'_>> {
    problems
        .iter()
        .map(|problem| ProblemView {
            at: &problem.at,
            word: match problem.severity {
                Severity::Warning => "warning",
                Severity::Error => "error",
            },
            message: &problem.message,
            help: problem.help.as_deref(),
        })
        .collect()
}
