//! JSON Feed 1.1, and 1.0.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::json::{Kind, Node};
use crate::lint::xml::Element;
use crate::lint::{html, value};
use std::collections::HashSet;

/// What may stand at a key.
#[derive(Clone, Copy)]
enum Shape {
    /// Text with something in it.
    Text,
    /// Text that may be empty.
    Any,
    Html,
    Url,
    Date,
    Language,
    MediaType,
    Number,
    Flag,
    Texts,
    Objects(&'static [(&'static str, Shape)]),
    One(&'static [(&'static str, Shape)]),
    /// Looked at elsewhere.
    Items,
}

const AUTHOR: &[(&str, Shape)] = &[("name", Shape::Text), ("url", Shape::Url), ("avatar", Shape::Url)];
const HUB: &[(&str, Shape)] = &[("type", Shape::Text), ("url", Shape::Url)];
const ATTACHMENT: &[(&str, Shape)] = &[
    ("url", Shape::Url),
    ("mime_type", Shape::MediaType),
    ("title", Shape::Text),
    ("size_in_bytes", Shape::Number),
    ("duration_in_seconds", Shape::Number),
];
const FEED: &[(&str, Shape)] = &[
    ("version", Shape::Text),
    ("title", Shape::Text),
    ("home_page_url", Shape::Url),
    ("feed_url", Shape::Url),
    ("description", Shape::Text),
    ("user_comment", Shape::Text),
    ("next_url", Shape::Url),
    ("icon", Shape::Url),
    ("favicon", Shape::Url),
    ("author", Shape::One(AUTHOR)),
    ("authors", Shape::Objects(AUTHOR)),
    ("language", Shape::Language),
    ("expired", Shape::Flag),
    ("hubs", Shape::Objects(HUB)),
    ("items", Shape::Items),
];
const ITEM: &[(&str, Shape)] = &[
    ("id", Shape::Text),
    ("url", Shape::Url),
    ("external_url", Shape::Url),
    ("title", Shape::Text),
    ("content_html", Shape::Html),
    ("content_text", Shape::Any),
    ("summary", Shape::Text),
    ("image", Shape::Url),
    ("banner_image", Shape::Url),
    ("date_published", Shape::Date),
    ("date_modified", Shape::Date),
    ("author", Shape::One(AUTHOR)),
    ("authors", Shape::Objects(AUTHOR)),
    ("tags", Shape::Texts),
    ("language", Shape::Language),
    ("attachments", Shape::Objects(ATTACHMENT)),
];

/// Judges a JSON Feed.
pub(super) fn judge(feed: &Node, found: &mut Found<'_>) -> String {
    if !matches!(feed.kind, Kind::Object(_)) {
        found.add(Rule::NotAFeed, feed.at, format!("this is {}, not a feed", feed.word()));
        return "json".to_owned();
    }
    for key in ["version", "title", "items"] {
        if feed.get(key).is_none() {
            found.add(Rule::MissingElement, feed.at, format!("the feed has no `{key}`"));
        }
    }
    let version = feed.get("version").and_then(Node::text).unwrap_or_default();
    let number = version.rsplit('/').next().unwrap_or_default().to_owned();
    if let Some(node) = feed.get("version") {
        match version {
            "https://jsonfeed.org/version/1.1" => {}
            "https://jsonfeed.org/version/1" => {
                found.add(Rule::OldVersion, node.at, "this is JSON Feed 1.0");
            }
            other => {
                let message = format!("`{}` is no version of JSON Feed", quoted(other));
                found.add(Rule::BadVersion, node.at, message);
            }
        }
    }
    object(feed, FEED, "the feed", found);
    own_address(feed, found);
    if let Some(old) = feed.get("author").filter(|_| number == "1.1") {
        found.add(Rule::SaidTwice, old.at, "`author` is JSON Feed 1.0's; 1.1 has `authors`");
    }
    items(feed, found);
    format!("json feed {number}")
}

fn own_address(feed: &Node, found: &mut Found<'_>) {
    let Some(node) = feed.get("feed_url") else {
        return found.add(Rule::MissingSelf, feed.at, "the feed has no `feed_url`");
    };
    if let (Some(url), Some(location)) = (node.text(), found.location)
        && url != location
    {
        let message = format!("`feed_url` is `{}`, the feed stands at `{}`", quoted(url), quoted(location));
        found.add(Rule::SelfDiffers, node.at, message);
    }
}

fn items(feed: &Node, found: &mut Found<'_>) {
    let Some(list) = feed.get("items") else { return };
    if !matches!(list.kind, Kind::List(_)) {
        return found.add(Rule::WrongKind, list.at, format!("`items` is {}, not a list", list.word()));
    }
    let mut ids = HashSet::new();
    for item in list.items() {
        if !matches!(item.kind, Kind::Object(_)) {
            found.add(Rule::WrongKind, item.at, format!("an item is {}, not an object", item.word()));
            continue;
        }
        object(item, ITEM, "the item", found);
        match item.get("id").and_then(Node::text) {
            None if item.get("id").is_none() => {
                found.add(Rule::MissingElement, item.at, "the item has no `id`");
            }
            Some(id) if !ids.insert(id) => {
                found.add(Rule::DuplicateId, item.at, format!("`{}` is another item's id too", quoted(id)));
            }
            _ => {}
        }
        if item.get("content_html").is_none() && item.get("content_text").is_none() {
            found.add(Rule::NoContent, item.at, "the item has neither `content_html` nor `content_text`");
        }
        for attachment in item.get("attachments").map(Node::items).unwrap_or_default() {
            for key in ["url", "mime_type"] {
                if attachment.get(key).is_none() {
                    found.add(Rule::MissingElement, attachment.at, format!("the attachment has no `{key}`"));
                }
            }
        }
    }
}

fn object(object: &Node, known: &[(&str, Shape)], name: &str, found: &mut Found<'_>) {
    let mut seen = HashSet::new();
    for (key, at, node) in object.entries() {
        if !seen.insert(key.as_str()) {
            found.add(Rule::DuplicateElement, *at, format!("{name} has `{}` twice", quoted(key)));
        }
        match known.iter().find(|(known, _)| known == key) {
            Some((_, shape)) => value_of(key, node, *shape, found),
            None if key.starts_with('_') => {}
            None => found.add(Rule::UnknownKey, *at, format!("{name} knows no `{}`", quoted(key))),
        }
    }
}

fn value_of(key: &str, node: &Node, shape: Shape, found: &mut Found<'_>) {
    let fits = match shape {
        Shape::Number => matches!(node.kind, Kind::Number(number) if number >= 0.0),
        Shape::Flag => matches!(node.kind, Kind::Flag),
        Shape::Texts | Shape::Objects(_) => matches!(node.kind, Kind::List(_)),
        Shape::One(_) => matches!(node.kind, Kind::Object(_)),
        Shape::Items => true,
        _ => node.text().is_some(),
    };
    if !fits {
        return found.add(Rule::WrongKind, node.at, format!("`{key}` is {}", node.word()));
    }
    match shape {
        Shape::Objects(known) => {
            for inner in node.items() {
                if inner.entries().is_empty() {
                    found.add(
                        Rule::Blank,
                        inner.at,
                        format!("`{key}` holds {} with nothing in it", inner.word()),
                    );
                }
                object(inner, known, &format!("`{key}`"), found);
            }
        }
        Shape::One(known) => object(node, known, &format!("`{key}`"), found),
        Shape::Texts => {
            for inner in node.items() {
                match inner.text() {
                    None => found.add(Rule::WrongKind, inner.at, format!("`{key}` holds {}", inner.word())),
                    Some(text) if text.trim().is_empty() => {
                        found.add(Rule::Blank, inner.at, format!("`{key}` holds an empty text"));
                    }
                    Some(_) => {}
                }
            }
        }
        _ => text_of(key, node, shape, found),
    }
}

fn text_of(key: &str, node: &Node, shape: Shape, found: &mut Found<'_>) {
    let (text, at) = (node.text().unwrap_or_default(), node.at);
    if let Some(letter) = text.chars().find(|letter| matches!(letter, '\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{80}'..='\u{9f}' | '\u{fffd}')) {
        let message = format!("U+{:04X} in `{key}` is a character that shows nothing", u32::from(letter));
        found.add(Rule::BadCharacter, at, message);
    }
    match shape {
        Shape::Url => value::full_url(text, at, found),
        // A post of 1960 is one here: no reader leaves it out.
        Shape::Date => {
            value::rfc3339_form(text, at, found);
        }
        Shape::Language => value::language(text, at, found),
        Shape::MediaType => value::media_type(text, at, found),
        Shape::Html => {
            // Places within the text are those of the value: JSON escapes what HTML is full of.
            html::judge(&Element::of_text(key, text, at), found);
        }
        Shape::Text if text.trim().is_empty() => {
            found.add(Rule::Blank, at, format!("`{key}` is empty"));
        }
        _ => {}
    }
}
