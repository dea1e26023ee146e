//! OPML 2.0: lists of subscriptions.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{text, value};

const HEAD: &[&str] = &[
    "title",
    "dateCreated",
    "dateModified",
    "ownerName",
    "ownerEmail",
    "ownerId",
    "expansionState",
    "vertScrollState",
    "windowTop",
    "windowLeft",
    "windowBottom",
    "windowRight",
];
const OUTLINE: &[&str] = &[
    "text",
    "type",
    "isComment",
    "isBreakpoint",
    "created",
    "category",
    "xmlUrl",
    "htmlUrl",
    "description",
    "language",
    "title",
    "version",
    "url",
];

/// Judges `<opml>`.
pub(super) fn judge(root: &Element<'_>, found: &mut Found<'_>) -> String {
    let version = text::required(root, "version", found).unwrap_or_default();
    text::attributes(root, &["version"], found);
    if !matches!(version, "1.0" | "1.1" | "2.0") {
        found.add(Rule::BadVersion, root.at, format!("there is no OPML {}", quoted(version)));
    }
    text::once(root, &[], found);
    for name in ["head", "body"] {
        if root.child("", name).is_none() {
            found.add(Rule::MissingElement, root.at, format!("`opml` has no `{name}`"));
        }
    }
    for child in root.children.iter().filter(|child| !child.is("", "head") && !child.is("", "body")) {
        found.add(Rule::UnknownElement, child.at, format!("`{}` may not stand in `opml`", child.name()));
    }
    root.all("", "head").for_each(|one| head(one, found));
    for body in root.all("", "body") {
        if body.child("", "outline").is_none() {
            found.add(Rule::MissingElement, body.at, "`body` has no `outline`");
        }
        outlines(body, found);
    }
    format!("opml {version}")
}

fn head(head: &Element<'_>, found: &mut Found<'_>) {
    text::once(head, &[], found);
    for child in head.children.iter().filter(|child| child.space.is_empty()) {
        let (at, content) = (child.place(0), child.trimmed());
        match child.local {
            "dateCreated" | "dateModified" => value::rfc822(content, at, found),
            "ownerEmail" if !value::is_email(content) => {
                found.add(Rule::BadContact, at, format!("`{}` is no e-mail address", quoted(content)));
            }
            "ownerId" => value::web_url(content, at, found),
            name if name.starts_with("window") || name == "vertScrollState" => {
                value::number(content, at, found);
            }
            name if !HEAD.contains(&name) => {
                found.add(Rule::UnknownElement, child.at, format!("`{name}` may not stand in `head`"));
            }
            _ => {}
        }
    }
}

fn outlines(parent: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(parent, found);
    let mut left: Vec<&Element<'_>> = parent.children.iter().rev().collect();
    while let Some(element) = left.pop() {
        if element.is("", "outline") {
            outline(element, found);
            left.extend(element.children.iter().rev());
        } else if element.space.is_empty() {
            let message = format!("`{}` may not stand in `{}`", element.name(), parent.name());
            found.add(Rule::UnknownElement, element.at, message);
        }
    }
}

fn outline(outline: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(outline, OUTLINE, found);
    text::required(outline, "text", found);
    for name in ["isComment", "isBreakpoint"] {
        if let Some(word) = outline.attribute(name) {
            value::word(word, &["true", "false"], outline.at, found);
        }
    }
    if let Some(date) = outline.attribute("created") {
        value::rfc822(date, outline.at, found);
    }
    for name in ["xmlUrl", "htmlUrl", "url"] {
        if let Some(url) = outline.attribute(name).filter(|url| !url.is_empty()) {
            value::web_url(url, outline.at, found);
        }
    }
    match outline.attribute("type") {
        Some("rss") => feed(outline, found),
        Some("link" | "include") => {
            if outline.attribute("url").is_none() {
                found.add(Rule::ThinOutline, outline.at, "the outline has a type, and no `url`");
            }
        }
        Some(_) => {}
        None => {
            let odd = ["title", "xmlUrl", "htmlUrl", "version"]
                .into_iter()
                .find(|name| outline.attribute(name).is_some());
            if let Some(name) = odd {
                let message = format!("the outline has `{name}`, and no `type`");
                found.add(Rule::MissingOutlineType, outline.at, message);
            }
        }
    }
}

fn feed(outline: &Element<'_>, found: &mut Found<'_>) {
    for name in ["xmlUrl", "title"] {
        if outline.attribute(name).is_none_or(str::is_empty) {
            found.add(Rule::ThinOutline, outline.at, format!("the feed's outline has no `{name}`"));
        }
    }
    if let Some(version) = outline.attribute("version") {
        value::word(version, &["RSS", "RSS1", "RSS2", "scriptingNews"], outline.at, found);
    }
    if let Some(tag) = outline.attribute("language") {
        value::language(tag, outline.at, found);
    }
}
