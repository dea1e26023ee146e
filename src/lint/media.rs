//! Media RSS 1.5.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{html, text, value};

/// Attributes that hold a whole number.
const WHOLE: &[&str] = &["width", "height", "fileSize", "channels"];
/// Attributes that hold a number.
const NUMBERS: &[&str] = &["bitrate", "duration", "framerate", "samplingrate"];
/// Attributes that hold one of a few words.
const WORDS: &[(&str, &[&str])] = &[
    ("medium", &["image", "audio", "video", "document", "executable"]),
    ("expression", &["sample", "full", "nonstop"]),
    ("isDefault", &["true", "false"]),
    ("relationship", &["allow", "deny"]),
    ("algo", &["md5", "sha-1"]),
];
/// Attributes that hold a time within a recording.
const TIMES: &[&str] = &["time", "start", "end"];

/// Judges one element, without those in it.
pub(super) fn judge(element: &Element<'_>, found: &mut Found<'_>) {
    attributes(element, found);
    match element.local {
        "thumbnail" | "player" => text::required_url(element, "url", found),
        "content" => content(element, found),
        "group" if element.all("media", "content").count() < 2 => {
            found.add(Rule::BadExtension, element.at, "`media:group` holds fewer than two of one thing");
        }
        "title" | "description" | "text" => texts(element, found),
        "category" => {
            text::plain(element, found);
            if let Some(label) = element.attribute("label")
                && let Some((_, tag)) = html::end_tag(label)
            {
                found.add(Rule::MarkupInText, element.at, format!("`label` holds the tag `</{tag}>`"));
            }
        }
        "hash" => {
            let length = if element.attribute("algo") == Some("sha-1") { 40 } else { 32 };
            let content = element.trimmed();
            if content.len() != length || !content.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                found.add(Rule::BadExtension, element.at, format!("`{}` is no hash", quoted(content)));
            }
        }
        "rating" if element.attribute("scheme").is_none_or(|scheme| scheme == "urn:simple") => {
            value::word(element.trimmed(), &["adult", "nonadult"], element.place(0), found);
        }
        "restriction" => {
            text::required(element, "relationship", found);
            if let Some(kind) = element.attribute("type") {
                value::word(kind, &["country", "uri"], element.at, found);
            }
        }
        "adult" => found.add(Rule::Obsolete, element.at, "`media:rating` took the place of `media:adult`"),
        _ => {}
    }
}

/// What of a media element holds others, of whichever namespace.
pub(super) fn holds_others(element: &Element<'_>) -> bool {
    matches!(element.local, "group" | "content")
}

fn attributes(element: &Element<'_>, found: &mut Found<'_>) {
    for attribute in element.attributes.iter().filter(|attribute| !attribute.value.is_empty()) {
        let (name, content, at) = (attribute.local, attribute.value.as_str(), attribute.at);
        if WHOLE.contains(&name) {
            value::number(content, at, found);
        } else if NUMBERS.contains(&name) && !content.starts_with(|first: char| first.is_ascii_digit()) {
            found.add(Rule::BadNumber, at, format!("`{}` is no number", quoted(content)));
        } else if let Some((_, known)) = WORDS.iter().find(|(word, _)| *word == name) {
            value::word(content, known, at, found);
        } else if TIMES.contains(&name) && content != "now" && !is_time(content) {
            found.add(Rule::BadExtension, at, format!("`{}` is no time", quoted(content)));
        } else if name == "lang" {
            value::language(content, at, found);
        } else if name == "scheme" || name == "url" && element.local == "copyright" {
            value::full_url(content, at, found);
        }
    }
}

/// `12:05:35.5`, or seconds.
fn is_time(content: &str) -> bool {
    content
        .split(':')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

fn content(element: &Element<'_>, found: &mut Found<'_>) {
    if let Some(url) = element.attribute("url") {
        value::full_url(url, element.at, found);
    } else if element.child("media", "player").is_none() {
        found.add(Rule::MissingAttribute, element.at, "`media:content` has no `url`");
    }
    if let Some(kind) = element.attribute("type") {
        value::media_type(kind, element.at, found);
    }
}

fn texts(element: &Element<'_>, found: &mut Found<'_>) {
    match element.attribute("type") {
        Some("html") => html::judge(element, found),
        None | Some("plain") => text::plain(element, found),
        Some(other) => {
            let message = format!(
                "`{}` has the type `{}`, which is none of plain, html",
                element.name(),
                quoted(other)
            );
            found.add(Rule::BadExtension, element.at, message);
        }
    }
}
