//! Filters as a feed's file writes them, beside when they let an entry be seen.

use super::{Filtered, windows};
use crate::definition::{Filing, load};
use crate::model::{Defaults, Entry, Person, Timetable, Window};
use chrono::{DateTime, Utc};

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn filing(filter: &str, of_source: &str) -> Filing {
    let home = tempfile::tempdir().unwrap();
    let text = format!(
        "filter: {filter}\nsources: [{{feed: 'https://e.example/f', id: one, filter: {of_source}}}]\n"
    );
    std::fs::write(home.path().join("a.yaml"), &text).unwrap();
    let defaults =
        Defaults { schedule: Timetable::Auto, limit: 50, timezone: chrono_tz::UTC, timezone_assumed: false };
    let loaded = load(home.path(), &defaults);
    assert_eq!(loaded.problems, [], "{text}");
    loaded.definitions[0].sources[0].filing.clone()
}

fn entry() -> Entry {
    Entry {
        title: Some("Rust 1.95 is out".into()),
        link: Some("https://e.example/2026/rust".into()),
        authors: vec![Person { name: Some("Ann".into()), email: Some("ann@e.example".into()), url: None }],
        content: Some("<p>The <b>borrow</b> checker &amp; more</p>".into()),
        tags: vec!["own".into()],
        meta: vec![
            ("level".into(), "3".into()),
            ("kind".into(), "note".into()),
            ("kind".into(), "long".into()),
        ],
        ..Entry::default()
    }
}

/// When the entry, which stands at 1 March, may be seen; `all` and `never` in a word.
fn seen(entry: &Entry, filing: &Filing) -> String {
    let categories = [crate::model::CategoryPath::parse("tech/languages/rust").unwrap()];
    let tags = ["filed".to_owned()];
    let stands_at = time("2026-03-01T00:00:00Z");
    let seen = Filtered { entry, categories: &categories, tags: &tags, stands_at };
    let day =
        |time: Option<DateTime<Utc>>| time.map_or(String::new(), |time| time.format("%m-%d").to_string());
    match windows(&seen, filing) {
        None => "all".into(),
        Some(windows) if windows.is_empty() => "never".into(),
        Some(windows) => {
            let told = |window: &Window| format!("{}..{}", day(window.from), day(window.until));
            windows.iter().map(told).collect::<Vec<_>>().join(" ")
        }
    }
}

#[test]
fn conditions_beside_when_they_hold() {
    for (filter, expected) in [
        ("{include: [{title: rust}]}", "never"),
        ("{include: [{title: '(?i)rust'}]}", "all"),
        ("{include: {title: Rust}}", "all"),
        ("{include: [{title: Go}, {title: Rust}]}", "all"),
        ("{include: [{title: Rust, author: Bob}]}", "never"),
        ("{include: [{title: Rust, author: '^ann@'}]}", "all"),
        ("{exclude: [{title: Rust}]}", "never"),
        ("{include: [{title: Rust}], exclude: [{author: Ann}]}", "never"),
        ("{include: [{content: 'borrow checker & more'}]}", "all"),
        ("{exclude: [{content: '<b>'}]}", "all"),
        ("{exclude: [{link: /2026/}]}", "never"),
        ("{exclude: [{category: tech}]}", "never"),
        ("{exclude: [{category: languages/rust}]}", "never"),
        ("{exclude: [{category: tech/rust}]}", "all"),
        ("{exclude: [{category: tec}]}", "all"),
        ("{include: [{tag: own}]}", "all"),
        ("{include: [{tag: filed}]}", "all"),
        ("{include: [{tag: Filed}]}", "never"),
        ("{include: [{source: one}]}", "all"),
        ("{include: [{meta.level: '^[34]$'}]}", "all"),
        ("{include: [{meta.kind: long}]}", "all"),
        ("{include: [{meta.other: ''}]}".replace("''", "'.*'").leak() as &str, "never"),
        ("{include: [{newer_than: 7d}]}", "..03-08"),
        ("{exclude: [{older_than: 7d}]}", "..03-08"),
        ("{include: [{older_than: 1d}]}", "03-02.."),
        ("{include: [{older_than: 1d, newer_than: 7d}]}", "03-02..03-08"),
        ("{exclude: [{older_than: 1d, newer_than: 7d}]}", "..03-02 03-08.."),
        ("{include: [{newer_than: 2d}, {title: Go}], exclude: [{older_than: 1d}]}", "..03-02"),
        ("{include: [{newer_than: 1d}, {older_than: 7d}]}", "..03-02 03-08.."),
        ("{include: [{newer_than: 1d, title: Go}]}", "never"),
        ("{include: [{newer_than: 2d}, {newer_than: 4d}, {older_than: 3d}]}", "all"),
    ] {
        assert_eq!(seen(&entry(), &filing(filter, "{}")), expected, "{filter}");
    }
}

#[test]
fn both_filters_have_to_let_it_through() {
    let both = filing("{include: [{newer_than: 7d}]}", "{include: [{older_than: 1d}]}");
    assert_eq!(seen(&entry(), &both), "03-02..03-08");
    let own = Entry { visible_from: Some(time("2026-03-03T00:00:00Z")), ..entry() };
    assert_eq!(seen(&own, &both), "03-03..03-08");
    assert_eq!(seen(&own, &filing("{include: [{title: Rust}]}", "{}")), "all", "its own span holds");
}
