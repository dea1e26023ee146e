//! What one source gave before it is mapped: the shapes of `preview --stage collect` and
//! `--stage parse`. A scalar of front matter is its own text, nothing guessed of it.

use crate::parse::feed::{
    FeedDocument, Link, RawCategory, RawChannel, RawEnclosure, RawEntry, RawExtension, RawPerson, Text,
};
use crate::parse::front_matter::{Fences, FrontMatter, read_html, read_plain, read_rst};
use crate::yaml;
use serde_json::{Map, Value, json};

/// What was collected, and what it was read as.
pub(super) enum Raw {
    Feed { at: String, bytes: usize, media_type: Option<String>, document: Box<FeedDocument> },
    Posts { at: String, generator: &'static str, because: String, files: Vec<Post> },
}

/// A post's file.
pub(super) struct Post {
    pub(super) at: String,
    pub(super) bytes: u64,
    /// `None` where it can't be read.
    pub(super) text: Option<String>,
}

impl Raw {
    /// One line for what was fetched, or one a file.
    pub(super) fn collected_lines(&self) -> Vec<String> {
        match self {
            Self::Feed { at, bytes, media_type, .. } => {
                let media_type = media_type.as_deref().unwrap_or("no content type");
                vec![format!("{at}: {bytes} bytes, {media_type}")]
            }
            Self::Posts { generator, because, files, .. } => {
                let files = files.iter().map(|file| format!("{} ({} bytes)", file.at, file.bytes));
                std::iter::once(format!("{generator}: {because}")).chain(files).collect()
            }
        }
    }

    pub(super) fn collected(&self) -> Value {
        match self {
            Self::Feed { at, bytes, media_type, .. } => object([
                ("kind", json!("feed")),
                ("at", json!(at)),
                ("bytes", json!(bytes)),
                ("media_type", json!(media_type)),
            ]),
            Self::Posts { at, generator, because, files } => object([
                ("kind", json!("posts")),
                ("at", json!(at)),
                ("generator", json!(generator)),
                ("because", json!(because)),
                ("files", list(files, |file| json!({ "at": file.at, "bytes": file.bytes }))),
            ]),
        }
    }

    pub(super) fn parsed(&self) -> Value {
        match self {
            Self::Feed { at, document, .. } => object([
                ("kind", json!("feed")),
                ("at", json!(at)),
                ("format", json!(document.format)),
                ("complete", json!(document.complete)),
                ("channel", channel(&document.channel)),
                ("entries", list(&document.entries, entry)),
            ]),
            Self::Posts { at, generator, files, .. } => object([
                ("kind", json!("posts")),
                ("at", json!(at)),
                ("generator", json!(generator)),
                ("posts", list(files, |file| post(file, generator))),
            ]),
        }
    }
}

/// Without the keys that have no value.
fn object<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    let known = pairs.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

fn list<T>(items: &[T], shape: impl Fn(&T) -> Value) -> Value {
    items.iter().map(shape).collect()
}

fn text(text: Option<&Text>) -> Value {
    let Some(text) = text else { return Value::Null };
    object([("value", json!(text.value)), ("html", json!(text.html)), ("base", json!(text.base))])
}

fn channel(channel: &RawChannel) -> Value {
    object([
        ("id", json!(channel.id)),
        ("title", text(channel.title.as_ref())),
        ("description", text(channel.description.as_ref())),
        ("links", list(&channel.links, link)),
        ("language", json!(channel.language)),
        ("updated", json!(channel.updated)),
        ("authors", list(&channel.authors, person)),
        ("icon", json!(channel.icon)),
        ("rights", text(channel.rights.as_ref())),
        ("generator", json!(channel.generator)),
        ("extensions", list(&channel.extensions, extension)),
    ])
}

fn entry(entry: &RawEntry) -> Value {
    let origin = entry.origin.as_ref().map_or(Value::Null, |origin| {
        object([
            ("id", json!(origin.id)),
            ("title", text(origin.title.as_ref())),
            ("url", json!(origin.url)),
            ("link", json!(origin.link)),
        ])
    });
    object([
        ("id", json!(entry.id)),
        ("id_is_link", json!(entry.id_is_link)),
        ("title", text(entry.title.as_ref())),
        ("links", list(&entry.links, link)),
        ("published", json!(entry.published)),
        ("updated", json!(entry.updated)),
        ("authors", list(&entry.authors, person)),
        ("categories", list(&entry.categories, category)),
        ("keywords", json!(entry.keywords)),
        ("summary", text(entry.summary.as_ref())),
        ("content", text(entry.content.as_ref())),
        ("images", json!(entry.images)),
        ("enclosures", list(&entry.enclosures, enclosure)),
        ("comments", json!(entry.comments)),
        ("rights", text(entry.rights.as_ref())),
        ("language", json!(entry.language)),
        ("duration", json!(entry.duration)),
        ("origin", origin),
        ("extensions", list(&entry.extensions, extension)),
    ])
}

fn link(link: &Link) -> Value {
    object([("href", json!(link.href)), ("rel", json!(link.rel)), ("media_type", json!(link.media_type))])
}

fn person(person: &RawPerson) -> Value {
    object([("name", json!(person.name)), ("email", json!(person.email)), ("url", json!(person.url))])
}

fn category(category: &RawCategory) -> Value {
    object([
        ("term", json!(category.term)),
        ("label", json!(category.label)),
        ("scheme", json!(category.scheme)),
    ])
}

fn enclosure(enclosure: &RawEnclosure) -> Value {
    object([
        ("url", json!(enclosure.url)),
        ("media_type", json!(enclosure.media_type)),
        ("length", json!(enclosure.length)),
        ("title", json!(enclosure.title)),
        ("duration", json!(enclosure.duration)),
    ])
}

fn extension(element: &RawExtension) -> Value {
    let attributes = element.attributes.iter().map(|(name, value)| (name.clone(), json!(value)));
    object([
        ("name", json!(element.name)),
        ("attributes", Value::Object(attributes.collect())),
        ("text", json!(element.text)),
        ("children", list(&element.children, extension)),
    ])
}

/// Its front matter and what stands below it.
fn post(file: &Post, generator: &str) -> Value {
    let at = ("at", json!(file.at));
    let Some(text) = &file.text else { return object([at]) };
    let found = front_matter(file, text, generator);
    let data = found.data.as_ref().map_or(Value::Null, tree);
    object([at, ("front_matter", data), ("body", json!(found.body))])
}

fn front_matter<'a>(file: &Post, text: &'a str, generator: &str) -> FrontMatter<'a> {
    let ending = file.at.rsplit_once('.').map_or("", |(_, ending)| ending);
    let fences = match (generator, ending) {
        ("pelican", "rst") => return read_rst(text),
        ("pelican", "html" | "htm") => return read_html(text),
        ("hexo", _) => Fences::Hexo,
        ("hugo", _) => Fences::Hugo,
        ("zola", _) => Fences::Zola,
        ("pelican", _) => Fences::Pelican,
        ("eleventy", _) => Fences::Eleventy,
        _ => Fences::Jekyll,
    };
    read_plain(text, fences)
}

fn tree(node: &yaml::Node) -> Value {
    match &node.value {
        _ if node.is_null() => Value::Null,
        yaml::Value::Scalar { text, .. } => json!(text),
        yaml::Value::List(items) => list(items, tree),
        yaml::Value::Map(pairs) => {
            Value::Object(pairs.iter().map(|(key, node)| (key.text.clone(), tree(node))).collect())
        }
    }
}

/// A value for people: a key or an item a line, what stands in it further to the right.
pub(super) fn outline(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let margin = "  ".repeat(depth);
    let mut line = |key: &str, value: &Value| match value {
        Value::Object(_) | Value::Array(_) if !is_empty(value) => {
            lines.push(format!("{margin}{key}"));
            outline(value, depth + 1, lines);
        }
        // What is not there needs no line.
        Value::Object(_) | Value::Array(_) | Value::Null => {}
        Value::String(text) if text.contains('\n') => {
            lines.push(format!("{margin}{key} |"));
            lines.extend(text.lines().map(|line| format!("{margin}  {line}")));
        }
        Value::String(text) => lines.push(format!("{margin}{key} {text}")),
        other => lines.push(format!("{margin}{key} {other}")),
    };
    match value {
        Value::Object(pairs) => pairs.iter().for_each(|(key, value)| line(&format!("{key}:"), value)),
        Value::Array(items) => items.iter().for_each(|item| line("-", item)),
        other => line("-", other),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
}
