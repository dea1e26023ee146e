//! What `init` did, for people and for programs.

use crate::cli::init::compare::Changed;
use crate::cli::init::compare::Comparison;
use crate::cli::init::compare::New;
use crate::cli::init::compare::Seen;
use crate::cli::init::paste::Paste;
use crate::model::Problem;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use std::fmt::Write;

/// Differences of a kind that are told one by one.
const MOST: usize = 10;

/// What was found, written and seen.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) file: String,
    pub(super) feed: String,
    /// The path or URL that is collected.
    pub(super) source: String,
    /// The generator, or the feed's format.
    pub(super) format: String,
    /// Why it is that generator.
    pub(super) because: Option<String>,
    pub(super) title: String,
    pub(super) url: Option<String>,
    pub(super) entries: usize,
    /// The page that announced the feed, and all that it announces.
    pub(super) announced: Option<(String, Vec<String>)>,
    pub(super) comparison: Option<Comparison>,
    pub(super) notes: Vec<String>,
    pub(super) problems: Vec<Problem>,
    pub(super) paste: Option<Paste>,
}

impl Report {
    pub(super) fn as_text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) {
        let because = self.because.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        let place = self.url.as_ref().map(|url| format!(", {url}")).unwrap_or_default();
        // Writing to a string does not fail.
        let _ = writeln!(out, "wrote {}", self.file);
        let _ = writeln!(out, "  {}{place}", if self.title.is_empty() { &self.feed } else { &self.title });
        let _ = writeln!(out, "  {}{because}: {}, {}", self.format, self.source, counted(self.entries));
        if let Some((page, all)) = &self.announced {
            let _ = writeln!(out, "  announced by {page}; all that it announces:");
            for url in all {
                let _ = writeln!(out, "    {url}");
            }
        }
        for note in &self.notes {
            let _ = writeln!(out, "  {note}");
        }
        for problem in &self.problems {
            let _ = writeln!(out, "{problem}");
        }
        if let Some(comparison) = &self.comparison {
            out.push('\n');
            compared(out, comparison);
        }
        if let Some(paste) = &self.paste {
            out.push('\n');
            out.push_str(&paste.text());
        }
        out.push_str("\nNext: `feedmill check` reads it, `feedmill run` serves it.\n");
    }

    pub(super) fn as_json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        };
        put("file", Some(json!(self.file)));
        put("feed", Some(json!(self.feed)));
        put("source", Some(json!(self.source)));
        put("format", Some(json!(self.format)));
        put("because", self.because.as_ref().map(|why| json!(why)));
        put("title", (!self.title.is_empty()).then(|| json!(self.title)));
        put("url", self.url.as_ref().map(|url| json!(url)));
        put("entries", Some(json!(self.entries)));
        put("announced", self.announced.as_ref().map(|(page, all)| json!({ "by": page, "feeds": all })));
        put("compared", self.comparison.as_ref().map(comparison_json));
        put("notes", Some(json!(self.notes)));
        put("problems", Some(self.problems.iter().map(problem_json).collect()));
        put("paste", self.paste.as_ref().map(Paste::as_json));
        Value::Object(object)
    }
}

fn compared(out: &mut String, found: &Comparison) {
    let (new, changed) = (found.new.len(), found.changed.len());
    let missing = match found.missing.len() {
        0 => String::new(),
        count => format!(", {count} missing"),
    };
    let _ = writeln!(
        out,
        "compared with {} ({}, {}): {new} new, {changed} changed{missing}",
        found.with,
        found.format,
        counted(found.entries)
    );
    let reworded = found.reworded.len();
    if found.noticed() == 0 && reworded == 0 {
        let _ = writeln!(out, "  a subscriber notices nothing: the words of the texts are the same, too");
    } else if found.noticed() == 0 {
        let _ = writeln!(out, "  no entry shows as new; {reworded} of {} have other words", found.texts);
    } else if reworded > 0 {
        let _ = writeln!(out, "  the texts of {reworded} of {} have other words", found.texts);
    }
    differences(out, found);
    if found.older > 0 {
        let _ = writeln!(out, "  {} more, from before the old feed's oldest", found.older);
    }
    if found.updated > 0 {
        let _ = writeln!(out, "  {} differ in `updated` alone, which few readers show", found.updated);
    }
}

/// Each difference, as far as one reads.
fn differences(out: &mut String, found: &Comparison) {
    let (later, other): (Vec<&New>, Vec<&New>) =
        found.new.iter().partition(|new| new.later && new.was.is_none());
    for New { entry, was, .. } in other.iter().take(MOST) {
        let why = match was {
            Some(was) => format!("shown once more: its id was {was}"),
            None => "not in the old feed".to_owned(),
        };
        let _ = writeln!(out, "  new: {}\n    {why}", named(entry));
    }
    more(out, "new", other.len(), "");
    for New { entry, .. } in later.iter().take(MOST) {
        let _ = writeln!(out, "  new: {}\n    younger than the old feed", named(entry));
    }
    more(out, "new", later.len(), ", younger than the old feed");
    each_changed(out, "changed", &found.changed);
    each_changed(out, "other words", &found.reworded);
    for entry in found.missing.iter().take(MOST) {
        let _ = writeln!(out, "  missing: {}", named(entry));
    }
    more(out, "missing", found.missing.len(), "");
}

fn each_changed(out: &mut String, what: &str, all: &[Changed]) {
    for changed in all.iter().take(MOST) {
        let _ = writeln!(out, "  {what}: {}", named(&changed.entry));
        for (field, was, is) in &changed.fields {
            let _ = writeln!(out, "    {field}: was {was}\n    {:1$}  is  {is}", "", field.len());
        }
    }
    more(out, what, all.len(), "");
}

/// How many of a list were left out.
fn more(out: &mut String, what: &str, count: usize, which: &str) {
    if count > MOST {
        let _ = writeln!(out, "  {what}: {} more{which}; `--format json` names them all", count - MOST);
    }
}

fn counted(entries: usize) -> String {
    if entries == 1 { "1 entry".to_owned() } else { format!("{entries} entries") }
}

fn named(entry: &Seen) -> String {
    let title = entry.title.as_deref().unwrap_or("(no title)");
    format!("{title} <{}>", entry.id)
}

fn seen_json(entry: &Seen) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("id".into(), json!(entry.id));
    object.extend(entry.title.as_ref().map(|title| ("title".to_owned(), json!(title))));
    object.extend(entry.link.as_ref().map(|link| ("link".to_owned(), json!(link))));
    object
}

fn comparison_json(found: &Comparison) -> Value {
    let new = found.new.iter().map(|new| {
        let mut object = seen_json(&new.entry);
        object.extend(new.was.as_ref().map(|was| ("was".to_owned(), json!(was))));
        object.insert("later".into(), json!(new.later));
        Value::Object(object)
    });
    let changed = |changed: &Changed| {
        let mut object = seen_json(&changed.entry);
        let fields =
            changed.fields.iter().map(|(field, was, is)| json!({ "field": field, "was": was, "is": is }));
        object.insert("fields".into(), fields.collect());
        Value::Object(object)
    };
    json!({
        "with": found.with,
        "format": found.format,
        "entries": found.entries,
        "new": new.collect::<Vec<_>>(),
        "changed": found.changed.iter().map(changed).collect::<Vec<_>>(),
        "missing": found.missing.iter().map(seen_json).collect::<Vec<_>>(),
        "older": found.older,
        "updated": found.updated,
        "texts": found.texts,
        "reworded": found.reworded.iter().map(changed).collect::<Vec<_>>(),
    })
}

fn problem_json(problem: &Problem) -> Value {
    let severity = if problem.is_error() { "error" } else { "warning" };
    json!({ "at": problem.at, "severity": severity, "message": problem.message })
}
