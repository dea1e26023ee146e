//! An item of RSS.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{atom, extensions, text, value};
use std::collections::HashSet;

/// What RSS 2.0 knows in an item.
const KNOWN: &[&str] = &[
    "title",
    "link",
    "description",
    "author",
    "category",
    "comments",
    "enclosure",
    "guid",
    "pubDate",
    "source",
];
/// Elements that may stand more than once; further enclosures have a rule of their own.
const MANY: &[&str] =
    &["category", "enclosure", "atom:link", "atom:contributor", "atom:category", "atom:content"];
/// Pairs of elements of which readers take one.
const PAIRS: &[(&str, (&str, &str))] = &[
    ("author", ("dc", "creator")),
    ("category", ("dc", "subject")),
    ("pubDate", ("dc", "date")),
    ("pubDate", ("atom", "published")),
    ("guid", ("atom", "id")),
    ("source", ("dc", "source")),
];

pub(super) fn judge(item: &Element<'_>, version: &str, found: &mut Found<'_>) {
    text::no_text(item, found);
    text::attributes(item, &[], found);
    let many: Vec<&str> = MANY.iter().copied().chain(extensions::MANY.iter().copied()).collect();
    text::once(item, &many, found);
    if item.child("", "title").is_none() && item.child("", "description").is_none() {
        found.add(Rule::MissingElement, item.at, "`item` has neither `title` nor `description`");
    }
    if item.child("", "guid").is_none() && version.starts_with("2.") {
        found.add(Rule::MissingGuid, item.at, "`item` has no `guid`");
    }
    for (place, child) in item.children.iter().enumerate() {
        match child.name().as_str() {
            "content:encoded" => {
                let before = item.children.get(..place).unwrap_or_default();
                if !before.iter().any(|other| other.is("", "description")) {
                    let message = "no `description` stands before `content:encoded`";
                    found.add(Rule::TextOrder, child.at, message);
                }
                text::body(child, found);
            }
            _ if child.space.is_empty() => own(child, version, found),
            _ if child.space == "atom" => atom::in_item(child, found),
            _ => extensions::judge(child, found),
        }
    }
    for (own, (space, local)) in PAIRS {
        if let (Some(_), Some(other)) = (item.child("", own), item.child(space, local)) {
            found.add(Rule::SaidTwice, other.at, format!("`{own}` and `{}` say the same", other.name()));
        }
    }
    if let Some(second) = item.all("", "enclosure").nth(1) {
        found.add(Rule::SeveralEnclosures, second.at, "`item` has a second `enclosure`");
    }
}

fn own(child: &Element<'_>, version: &str, found: &mut Found<'_>) {
    let (at, content) = (child.place(0), child.trimmed());
    if !KNOWN.contains(&child.local) {
        return found.add(
            Rule::UnknownElement,
            child.at,
            format!("`{}` may not stand in `item`", child.name()),
        );
    }
    let attributes: &[&str] = match child.local {
        "category" => &["domain"],
        "source" => &["url"],
        "guid" => &["isPermaLink"],
        "enclosure" => &["url", "length", "type"],
        _ => &[],
    };
    text::attributes(child, attributes, found);
    text::no_children(child, found);
    match child.local {
        "title" | "category" => {
            text::not_blank(child, found);
            text::plain_in_rss(child, found);
        }
        "description" if version == "0.91" => text::plain_in_rss(child, found),
        "description" => text::body(child, found),
        "link" | "comments" => value::full_url(content, at, found),
        "author" => value::contact(content, at, found),
        "pubDate" => value::rfc822(content, at, found),
        "guid" => guid(child, found),
        "source" => {
            if let Some(url) = text::required(child, "url", found) {
                value::full_url(url, child.at, found);
            }
            text::plain_in_rss(child, found);
        }
        "enclosure" => enclosure(child, found),
        _ => {}
    }
}

fn guid(guid: &Element<'_>, found: &mut Found<'_>) {
    let (at, content) = (guid.place(0), guid.trimmed());
    let said = guid.attribute("isPermaLink");
    if let Some(said) = said {
        value::word(said, &["true", "false"], guid.at, found);
    }
    if said.is_none_or(|said| said == "true") {
        let lower = content.to_ascii_lowercase();
        let fault = value::url_fault(content, false);
        if fault.is_some() || lower.starts_with("tag:") || lower.starts_with("urn:uuid:") {
            let message = format!("`{}` is no address that opens", quoted(content));
            found.add(Rule::BadPermalink, at, message);
        }
    } else if content.is_empty() {
        found.add(Rule::Blank, guid.at, "`guid` is empty");
    } else if content.len() < 9 && content.bytes().all(|byte| byte.is_ascii_digit()) {
        found.add(Rule::WeakId, at, format!("`{content}` is a short number"));
    }
}

fn enclosure(enclosure: &Element<'_>, found: &mut Found<'_>) {
    if let Some(url) = text::required(enclosure, "url", found) {
        value::web_url(url, enclosure.at, found);
    }
    if let Some(length) = text::required(enclosure, "length", found) {
        value::number(length, enclosure.at, found);
    }
    if let Some(kind) = text::required(enclosure, "type", found) {
        value::media_type(kind, enclosure.at, found);
    }
}

/// Each guid belongs to one item.
pub(super) fn unique(channel: &Element<'_>, found: &mut Found<'_>) {
    let mut seen = HashSet::new();
    for guid in channel.all("", "item").filter_map(|item| item.child("", "guid")) {
        if !seen.insert(guid.trimmed()) {
            let message = format!("`{}` is another item's guid too", quoted(guid.trimmed()));
            found.add(Rule::DuplicateId, guid.at, message);
        }
    }
}
