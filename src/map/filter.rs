//! When an entry may be seen: its own span of time and what its filters say → windows.
//!
//! Pure. An age is turned into moments at which the entry appears and goes, so that
//! nobody has to look at every entry again as time passes.

use crate::definition::{Condition, Filing, Filter};
use crate::map::plain;
use crate::model::{CategoryPath, Entry, Window};
use chrono::{DateTime, Utc};
use std::time::Duration;

/// Spans in milliseconds since 1970, in order, apart from each other; the end is not in it.
type Spans = Vec<(i64, i64)>;

const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

/// An entry as filters see it.
pub struct Filtered<'a> {
    /// As its source wrote it, clean.
    pub entry: &'a Entry,
    /// The categories that it is filed under; its own count too.
    pub categories: &'a [CategoryPath],
    /// Likewise its tags.
    pub tags: &'a [String],
    /// The date it stands at.
    pub stands_at: DateTime<Utc>,
}

/// When the entry may be seen; `None` where no filter has anything to say, none at all
/// in the list where it is left out for good.
pub fn windows(seen: &Filtered<'_>, filing: &Filing) -> Option<Vec<Window>> {
    if filing.filters.is_empty() {
        return None;
    }
    let millis = |time: DateTime<Utc>| time.timestamp_millis();
    let own =
        (seen.entry.visible_from.map_or(i64::MIN, millis), seen.entry.visible_until.map_or(i64::MAX, millis));
    let mut spans = vec![own];
    for filter in &filing.filters {
        spans = both(&spans, &let_through(filter, seen, &filing.source));
    }
    (spans != [own]).then(|| spans.into_iter().map(window).collect())
}

fn window((from, until): (i64, i64)) -> Window {
    let time = |millis: i64| DateTime::from_timestamp_millis(millis);
    Window { from: time(from), until: time(until) }
}

fn let_through(filter: &Filter, seen: &Filtered<'_>, source: &str) -> Spans {
    let any = |conditions: &[Condition]| {
        conditions.iter().fold(Spans::new(), |spans, condition| either(spans, holds(condition, seen, source)))
    };
    let included = if filter.include.is_empty() { vec![ALWAYS] } else { any(&filter.include) };
    both(&included, &outside(&any(&filter.exclude)))
}

/// When a condition holds.
fn holds(condition: &Condition, seen: &Filtered<'_>, source: &str) -> Option<(i64, i64)> {
    let entry = seen.entry;
    let holds = condition.title.as_ref().is_none_or(|pattern| {
        pattern.is_in(entry.title.as_deref().unwrap_or_default())
    }) && condition.link.as_ref().is_none_or(|pattern| pattern.is_in(entry.link.as_deref().unwrap_or_default()))
        && condition.author.as_ref().is_none_or(|pattern| {
            entry.authors.iter().flat_map(|person| [&person.name, &person.email]).flatten().any(|text| pattern.is_in(text))
        })
        && condition.source.as_ref().is_none_or(|id| id == source)
        && condition.tag.as_ref().is_none_or(|tag| seen.tags.contains(tag) || entry.tags.contains(tag))
        && condition.category.as_ref().is_none_or(|wanted| {
            seen.categories.iter().chain(&entry.categories).any(|path| is_at_some_level(wanted, path))
        })
        && condition.meta.iter().all(|(key, pattern)| {
            entry.meta.iter().any(|(name, value)| name == key && pattern.is_in(value))
        })
        // Last, since it is the most work.
        && condition.content.as_ref().is_none_or(|pattern| {
            [&entry.content, &entry.summary].into_iter().flatten().any(|html| pattern.is_in(&plain::shown(html)))
        });
    let at = seen.stands_at.timestamp_millis();
    let after = |age: Duration| at.saturating_add(i64::try_from(age.as_millis()).unwrap_or(i64::MAX));
    let span = (condition.older_than.map_or(i64::MIN, after), condition.newer_than.map_or(i64::MAX, after));
    (holds && span.0 < span.1).then_some(span)
}

/// Whether these names stand one below the other in the path.
fn is_at_some_level(wanted: &CategoryPath, path: &CategoryPath) -> bool {
    path.names().windows(wanted.names().len()).any(|names| names == wanted.names())
}

fn both(one: &Spans, other: &Spans) -> Spans {
    let shared = one.iter().flat_map(|a| other.iter().map(move |b| (a.0.max(b.0), a.1.min(b.1))));
    shared.filter(|span| span.0 < span.1).collect()
}

fn either(mut spans: Spans, more: Option<(i64, i64)>) -> Spans {
    spans.extend(more);
    spans.sort_unstable();
    let mut apart = Spans::new();
    for span in spans {
        match apart.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => apart.push(span),
        }
    }
    apart
}

fn outside(spans: &Spans) -> Spans {
    let mut gaps = Spans::new();
    let mut from = i64::MIN;
    for span in spans {
        if from < span.0 {
            gaps.push((from, span.0));
        }
        from = span.1;
    }
    if from < i64::MAX {
        gaps.push((from, i64::MAX));
    }
    gaps
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
