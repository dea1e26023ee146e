//! Atom's links: where they lead, and as what.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{atom_text, text, value};
use std::collections::HashSet;

/// Relations that are registered for feeds (RFC 4287, 4685, 4946, 5005, 5023, WebSub …).
const RELATIONS: &[&str] = &[
    "alternate",
    "current",
    "describedby",
    "edit",
    "edit-media",
    "enclosure",
    "first",
    "hub",
    "last",
    "license",
    "next",
    "next-archive",
    "payment",
    "prev-archive",
    "previous",
    "related",
    "replies",
    "search",
    "self",
    "service",
    "up",
    "via",
];
/// Relations of whole feeds, RFC 5005.
const HISTORY: &[&str] = &["current", "first", "last", "next", "next-archive", "prev-archive", "previous"];
/// What RFC 4287 lets a relation be written as too.
const LONG: &str = "http://www.iana.org/assignments/relation/";

/// A link's relation; `alternate` where it says none.
pub(super) fn relation<'e>(link: &'e Element<'_>) -> &'e str {
    let written = link.attribute("rel").unwrap_or("alternate");
    written.strip_prefix(LONG).unwrap_or(written)
}

pub(super) fn judge(link: &Element<'_>, parent: &str, found: &mut Found<'_>) {
    text::attributes(link, &["type", "title", "rel", "href", "length", "hreflang"], found);
    if !link.trimmed().is_empty() {
        found.add(Rule::LinkText, link.at, "text stands in `link`");
    }
    let relation = relation(link);
    if relation.is_empty() {
        found.add(Rule::Blank, link.at, "`rel` is empty");
    } else if !RELATIONS.contains(&relation) && value::url_fault(relation, true).is_some() {
        found.add(Rule::BadRel, link.at, format!("`{}` is no registered relation", quoted(relation)));
    }
    if HISTORY.contains(&relation) && matches!(parent, "entry" | "item") {
        found.add(Rule::BadRel, link.at, format!("`{relation}` is a relation of feeds, not of entries"));
    }
    if let Some(href) = text::required(link, "href", found) {
        value::iri_reference(href, link.at, found);
    }
    if let Some(count) = link.attribute_in("thr", "count") {
        value::number(count, link.at, found);
    }
    if let Some(date) = link.attribute_in("thr", "updated") {
        value::rfc3339(date, link.at, found);
    }
    if let Some(kind) = link.attribute("type") {
        value::media_type(kind, link.at, found);
        let main = kind.split(';').next().unwrap_or_default();
        let is_feed = matches!(main, "application/atom+xml" | "application/rss+xml" | "application/rdf+xml");
        if relation == "self" && !is_feed && value::is_media_type(kind) {
            found.add(Rule::WrongType, link.at, format!("the link `self` has the type `{}`", quoted(kind)));
        }
    }
    if let Some(language) = link.attribute("hreflang") {
        value::language(language, link.at, found);
    }
    if let Some(length) = link.attribute("length") {
        value::number(length, link.at, found);
    }
    if let Some(title) = link.attribute("title") {
        if title.trim().is_empty() {
            found.add(Rule::Blank, link.at, "`title` is empty");
        }
        atom_text::label(title, "title", link.at, found);
    }
}

/// One alternate a type and language, RFC 4287 §4.1.1.
pub(super) fn alternates(parent: &Element<'_>, found: &mut Found<'_>) {
    let mut seen = HashSet::new();
    for link in parent.all("atom", "link").filter(|link| relation(link) == "alternate") {
        let kind =
            (link.attribute("type").unwrap_or_default(), link.attribute("hreflang").unwrap_or_default());
        if !seen.insert(kind) {
            let message = format!("`{}` has a second alternate of this type and language", parent.local);
            found.add(Rule::DuplicateLink, link.at, message);
        }
    }
}
