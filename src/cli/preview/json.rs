//! The shape of `preview --stage map --format json`: what is not known is left out, never null.

use crate::cli::preview::Seen;
use crate::cli::preview::raw::Raw;
use crate::model::{Date, Enclosure, Entry, Extension, Person, Problem};
use crate::parse::feed::Hints;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

pub(super) fn seen(seen: &Seen) -> Value {
    let channel = &seen.channel;
    let mut object = Map::new();
    object.insert("format".into(), json!(seen.format));
    put(&mut object, "id", Some(&channel.id).filter(|id| !id.is_empty()));
    put(&mut object, "title", Some(&channel.title).filter(|title| !title.is_empty()));
    put(&mut object, "subtitle", channel.description.as_ref());
    put(&mut object, "link", channel.link.as_ref());
    put(&mut object, "language", channel.language.as_ref());
    put(&mut object, "updated", channel.updated.as_ref().map(date).as_ref());
    object.insert("authors".into(), channel.authors.iter().map(person).collect());
    put(&mut object, "icon", channel.icon.as_ref());
    put(&mut object, "rights", channel.rights.as_ref());
    put_extensions(&mut object, &channel.extensions);
    let hints = hints(&seen.hints);
    if !hints.is_empty() {
        object.insert("hints".into(), Value::Object(hints));
    }
    object.insert("entries".into(), seen.entries.iter().map(entry).collect());
    object.insert("problems".into(), problems(seen));
    Value::Object(object)
}

/// What each source gave at an earlier stage.
pub(super) fn sources(seen: &Seen, shape: impl Fn(&Raw) -> Value) -> Value {
    let sources: Vec<Value> = seen.raw.iter().map(shape).collect();
    json!({ "sources": sources, "problems": problems(seen) })
}

fn problems(seen: &Seen) -> Value {
    seen.problems.iter().chain(&seen.failed).map(problem).collect()
}

/// What the feed asks of whoever polls it, and where it says that it and the rest of it are.
fn hints(hints: &Hints) -> Map<String, Value> {
    let mut object = Map::new();
    put(&mut object, "self", hints.self_url.as_ref());
    put(&mut object, "next", hints.next.as_ref());
    put(&mut object, "prev_archive", hints.prev_archive.as_ref());
    put(&mut object, "moved_to", hints.moved_to.as_ref());
    put(&mut object, "update_period", hints.update_period.as_ref());
    put(&mut object, "update_base", hints.update_base.as_ref());
    for (key, number) in [("update_frequency", hints.update_frequency), ("ttl_minutes", hints.ttl_minutes)] {
        object.extend(number.map(|number| (key.to_owned(), json!(number))));
    }
    for (key, list) in [
        ("skip_hours", json!(hints.skip_hours)),
        ("skip_days", json!(hints.skip_days)),
        ("hubs", json!(hints.hubs)),
    ] {
        if list.as_array().is_some_and(|list| !list.is_empty()) {
            object.insert(key.into(), list);
        }
    }
    object
}

fn entry(entry: &Entry) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), json!(entry.id));
    put(&mut object, "title", entry.title.as_ref());
    put(&mut object, "link", entry.link.as_ref());
    put(&mut object, "published", entry.published.as_ref().map(date).as_ref());
    put(&mut object, "updated", entry.updated.as_ref().map(date).as_ref());
    object.insert("authors".into(), entry.authors.iter().map(person).collect());
    object.insert("categories".into(), entry.categories.iter().map(|path| json!(path.names())).collect());
    object.insert("tags".into(), json!(entry.tags));
    put(&mut object, "summary", entry.summary.as_ref());
    put(&mut object, "content", entry.content.as_ref());
    put(&mut object, "image", entry.image.as_ref());
    object.insert("enclosures".into(), entry.enclosures.iter().map(enclosure).collect());
    put(&mut object, "language", entry.language.as_ref());
    put(&mut object, "rights", entry.rights.as_ref());
    put(&mut object, "comments", entry.comments.as_ref());
    put_extensions(&mut object, &entry.extensions);
    object.insert("at".into(), json!(entry.at));
    Value::Object(object)
}

fn person(person: &Person) -> Value {
    let mut object = Map::new();
    put(&mut object, "name", person.name.as_ref());
    put(&mut object, "email", person.email.as_ref());
    put(&mut object, "url", person.url.as_ref());
    Value::Object(object)
}

fn enclosure(enclosure: &Enclosure) -> Value {
    let mut object = Map::new();
    object.insert("url".into(), json!(enclosure.url));
    put(&mut object, "media_type", enclosure.media_type.as_ref());
    if let Some(length) = enclosure.length {
        object.insert("length".into(), json!(length));
    }
    put(&mut object, "title", enclosure.title.as_ref());
    if let Some(seconds) = enclosure.duration_seconds {
        object.insert("duration_seconds".into(), json!(seconds));
    }
    Value::Object(object)
}

fn put_extensions(object: &mut Map<String, Value>, extensions: &[Extension]) {
    if !extensions.is_empty() {
        object.insert("extensions".into(), extensions.iter().map(extension).collect());
    }
}

fn extension(extension: &Extension) -> Value {
    let mut object = Map::new();
    object.insert("name".into(), json!(extension.name));
    put(&mut object, "text", extension.text.as_ref());
    if !extension.attributes.is_empty() {
        let attributes = extension.attributes.iter().map(|(name, value)| (name.clone(), json!(value)));
        object.insert("attributes".into(), Value::Object(attributes.collect()));
    }
    if !extension.children.is_empty() {
        let children = extension.children.iter().map(self::extension).collect();
        object.insert("children".into(), children);
    }
    Value::Object(object)
}

pub(super) fn problem(problem: &Problem) -> Value {
    json!({ "at": problem.at, "message": problem.message })
}

fn put(object: &mut Map<String, Value>, key: &str, value: Option<&String>) {
    if let Some(value) = value {
        object.insert(key.into(), json!(value));
    }
}

/// RFC 3339 with the offset as written; fractions only where there are any.
fn date(date: &Date) -> String {
    date.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
