//! Atom 1.0 (RFC 4287), with its history (RFC 5005); and Atom's elements in RSS.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::lint::xml::Element;
use crate::lint::{atom_link, atom_text, extensions, podcast, text, value};
use std::collections::HashSet;

/// Elements that may stand more than once.
const MANY: &[&str] = &["atom:author", "atom:category", "atom:contributor", "atom:link", "atom:entry"];
const PAGING: &[&str] = &["first", "last", "next", "previous", "prev-archive", "next-archive"];

/// Judges `<feed>`, or a document that is one `<entry>`.
pub(super) fn judge(root: &Element<'_>, found: &mut Found<'_>) -> String {
    if root.local == "entry" {
        entry(root, Some("the entry has no author"), found);
    } else {
        feed(root, found);
    }
    "atom 1.0".to_owned()
}

fn feed(feed: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(feed, &[], found);
    metadata(feed, "feed", found);
    self_link(feed, found);
    history(feed, found);
    let mut entries = false;
    for child in &feed.children {
        if child.is("atom", "entry") {
            entries = true;
        } else if entries && child.space == "atom" {
            let message = format!("`{}` stands behind an entry", child.local);
            found.add(Rule::MisplacedMetadata, child.at, message);
        }
    }
    let authorless = match feed.child("atom", "author") {
        Some(_) => None,
        None => Some("neither the entry nor the feed has an author"),
    };
    for one in feed.all("atom", "entry") {
        entry(one, authorless, found);
    }
    unique(feed, found);
    let spoken = feed.attribute_in("xml", "lang").is_some();
    podcast::judge(feed, "entry", spoken, found);
}

fn unique(feed: &Element<'_>, found: &mut Found<'_>) {
    let mut seen = HashSet::new();
    let ids: Vec<&Element<'_>> =
        feed.all("atom", "entry").filter_map(|entry| entry.child("atom", "id")).collect();
    for id in ids.iter().filter(|id| !seen.insert(id.trimmed())) {
        let message = format!("`{}` is another entry's id too", quoted(id.trimmed()));
        found.add(Rule::DuplicateEntry, id.at, message);
    }
    if let Some(first) = ids.first().filter(|_| ids.len() > 9 && seen.len() == 1) {
        found.add(Rule::DuplicateId, first.at, "every entry has the same id");
    }
}

/// What a feed and a copied source say of themselves.
fn metadata(feed: &Element<'_>, name: &str, found: &mut Found<'_>) {
    text::no_text(feed, found);
    let many: Vec<&str> = MANY.iter().copied().chain(extensions::MANY.iter().copied()).collect();
    text::once(feed, &many, found);
    atom_link::alternates(feed, found);
    for needed in ["id", "title", "updated"] {
        if feed.child("atom", needed).is_none() {
            let (rule, message) = match name {
                "source" => (Rule::ThinSource, format!("`source` has no `{needed}`")),
                _ => (Rule::MissingElement, format!("`{name}` has no `{needed}`")),
            };
            found.add(rule, feed.at, message);
        }
    }
    for child in &feed.children {
        match child.name().as_str() {
            "atom:title" | "atom:subtitle" | "atom:rights" => atom_text::construct(child, found),
            "atom:icon" | "atom:logo" => {
                text::not_blank(child, found);
                text::no_children(child, found);
                value::iri_reference(&child.text, child.place(0), found);
            }
            "atom:entry" if name == "feed" => {}
            "atom:generator" => generator(child, found),
            _ => shared(child, name, found),
        }
    }
}

fn generator(generator: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(generator, &["uri", "version"], found);
    text::no_children(generator, found);
    text::not_blank(generator, found);
    if let Some(uri) = generator.attribute("uri") {
        value::iri_reference(uri, generator.at, found);
    }
    if generator.attribute("version").is_some_and(str::is_empty) {
        found.add(Rule::Blank, generator.at, "`version` is empty");
    }
    text::plain(generator, found);
}

/// Elements that a feed and an entry have in common.
fn shared(child: &Element<'_>, parent: &str, found: &mut Found<'_>) {
    match child.name().as_str() {
        "atom:id" => id(child, found),
        "atom:updated" => date(child, found),
        "atom:author" | "atom:contributor" => person(child, found),
        "atom:category" => category(child, found),
        "atom:link" => atom_link::judge(child, parent, found),
        _ if child.space == "atom" => {
            let message = format!("`{}` may not stand in `{parent}`", child.local);
            found.add(Rule::UnknownElement, child.at, message);
        }
        _ if child.space.is_empty() => {
            let message = format!("`{}` stands in no namespace", child.local);
            found.add(Rule::UnknownNamespace, child.at, message);
        }
        _ => extensions::judge(child, found),
    }
}

fn id(id: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(id, &[], found);
    text::no_children(id, found);
    if id.text != id.trimmed() {
        found.add(Rule::BadId, id.at, "white space stands around the id");
    }
    value::id(id.trimmed(), id.place(0), found);
}

fn date(date: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(date, &[], found);
    text::no_children(date, found);
    value::rfc3339(&date.text, date.place(0), found);
}

fn person(person: &Element<'_>, found: &mut Found<'_>) {
    text::no_text(person, found);
    text::once(person, &[], found);
    text::attributes(person, &[], found);
    if person.child("atom", "name").is_none() {
        found.add(Rule::MissingElement, person.at, format!("`{}` has no `name`", person.local));
    }
    for child in &person.children {
        match child.name().as_str() {
            "atom:name" => {
                text::not_blank(child, found);
                text::no_children(child, found);
                text::plain(child, found);
                let within = child.text.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                if within.is_some_and(|(address, _)| value::is_email(address)) {
                    let message = format!("the name `{}` holds an e-mail address", quoted(&child.text));
                    found.add(Rule::EmailInName, child.at, message);
                }
            }
            "atom:email" if !value::is_email(child.trimmed()) => {
                let message = format!("`{}` is no e-mail address", quoted(child.trimmed()));
                found.add(Rule::BadContact, child.at, message);
            }
            "atom:email" => {}
            "atom:uri" => {
                text::not_blank(child, found);
                value::iri_reference(&child.text, child.place(0), found);
            }
            _ if child.space == "atom" => {
                let message = format!("`{}` may not stand in `{}`", child.local, person.local);
                found.add(Rule::UnknownElement, child.at, message);
            }
            _ => extensions::judge(child, found),
        }
    }
}

fn category(category: &Element<'_>, found: &mut Found<'_>) {
    text::attributes(category, &["term", "scheme", "label"], found);
    text::no_text(category, found);
    if let Some(term) = text::required(category, "term", found)
        && term.trim().is_empty()
    {
        found.add(Rule::Blank, category.at, "`term` is empty");
    }
    if let Some(scheme) = category.attribute("scheme") {
        let fault = value::url_fault(scheme, true);
        if let Some(fault) = fault {
            found.add(Rule::BadUrl, category.at, format!("the scheme `{}` {fault}", quoted(scheme)));
        }
    }
    if let Some(label) = category.attribute("label") {
        atom_text::label(label, "label", category.at, found);
    }
}

/// What is said of an entry that has no author of its own, if anything is.
fn entry(entry: &Element<'_>, authorless: Option<&str>, found: &mut Found<'_>) {
    text::no_text(entry, found);
    text::attributes(entry, &[], found);
    let many: Vec<&str> = MANY.iter().copied().chain(extensions::MANY.iter().copied()).collect();
    text::once(entry, &many, found);
    atom_link::alternates(entry, found);
    for needed in ["id", "title", "updated"] {
        if entry.child("atom", needed).is_none() {
            found.add(Rule::MissingElement, entry.at, format!("`entry` has no `{needed}`"));
        }
    }
    let source = entry.child("atom", "source");
    let own = [Some(entry), source].into_iter().flatten().any(|of| of.child("atom", "author").is_some());
    if let Some(message) = authorless.filter(|_| !own) {
        found.add(Rule::MissingAuthor, entry.at, message);
    }
    for child in &entry.children {
        match child.name().as_str() {
            "atom:title" | "atom:summary" | "atom:rights" => atom_text::construct(child, found),
            "atom:content" => atom_text::content(child, found),
            "atom:published" => date(child, found),
            "atom:source" => metadata(child, "source", found),
            _ => shared(child, "entry", found),
        }
    }
    texts(entry, found);
}

/// An entry has something to read.
fn texts(entry: &Element<'_>, found: &mut Found<'_>) {
    let summary = entry.child("atom", "summary");
    let Some(content) = entry.child("atom", "content") else {
        if !entry.all("atom", "link").any(|link| atom_link::relation(link) == "alternate") {
            found.add(Rule::NoContent, entry.at, "`entry` has neither `content` nor a link to it");
        }
        if summary.is_none() {
            found.add(Rule::NoText, entry.at, "`entry` has neither `content` nor `summary`");
        }
        return;
    };
    let is_elsewhere = content.attribute("src").is_some() || atom_text::is_binary(content);
    if is_elsewhere && summary.is_none() {
        found.add(Rule::MissingElement, entry.at, "`entry` has content that is no text, and no `summary`");
    }
}

/// RFC 5005: complete feeds, paged feeds, archives.
fn history(feed: &Element<'_>, found: &mut Found<'_>) {
    let relations: Vec<&str> = feed.all("atom", "link").map(atom_link::relation).collect();
    let complete = feed.child("fh", "complete");
    if let Some(page) = relations.iter().find(|relation| complete.is_some() && PAGING.contains(relation)) {
        found.add(Rule::PagedComplete, feed.at, format!("a complete feed has a link `{page}`"));
    }
    if let Some(archive) = feed.child("fh", "archive").filter(|_| complete.is_none()) {
        if !relations.contains(&"current") {
            found.add(Rule::BadArchive, archive.at, "the archive has no link `current`");
        }
        if !relations.contains(&"prev-archive") && !relations.contains(&"next-archive") {
            found.add(
                Rule::BadArchive,
                archive.at,
                "the archive has no link `prev-archive` or `next-archive`",
            );
        }
    }
}

/// A feed links to itself, at the address that it was fetched from.
pub(super) fn self_link(feed: &Element<'_>, found: &mut Found<'_>) {
    let Some(link) = feed.all("atom", "link").find(|link| atom_link::relation(link) == "self") else {
        return found.add(Rule::MissingSelf, feed.at, "the feed has no link `self`");
    };
    let href = link.attribute("href").unwrap_or_default();
    let has_base = [feed, link].iter().any(|of| of.attribute_in("xml", "base").is_some());
    if value::scheme(href).is_none() {
        if !has_base {
            found.add(Rule::RelativeUrl, link.at, format!("the link `self` is `{}`", quoted(href)));
        }
    } else if let Some(location) = found.location.filter(|location| *location != href) {
        let message =
            format!("the link `self` is `{}`, the feed stands at `{}`", quoted(href), quoted(location));
        found.add(Rule::SelfDiffers, link.at, message);
    }
}

/// An element of Atom in a channel of RSS.
pub(super) fn in_channel(child: &Element<'_>, found: &mut Found<'_>) {
    match child.local {
        "link" => atom_link::judge(child, "channel", found),
        "id" => value::full_url(child.trimmed(), child.place(0), found),
        "updated" => date(child, found),
        "author" | "contributor" => person(child, found),
        "title" | "subtitle" | "rights" => atom_text::construct(child, found),
        "generator" => generator(child, found),
        "category" => category(child, found),
        "icon" | "logo" => value::iri_reference(child.trimmed(), child.place(0), found),
        other => {
            found.add(Rule::UnknownElement, child.at, format!("`atom:{other}` may not stand in `channel`"));
        }
    }
}

/// An element of Atom in an item of RSS.
pub(super) fn in_item(child: &Element<'_>, found: &mut Found<'_>) {
    match child.local {
        "link" => atom_link::judge(child, "item", found),
        "id" => value::full_url(child.trimmed(), child.place(0), found),
        "updated" | "published" => date(child, found),
        "author" | "contributor" => person(child, found),
        "title" | "summary" | "rights" => atom_text::construct(child, found),
        "content" => atom_text::content(child, found),
        "category" => category(child, found),
        "source" => metadata(child, "source", found),
        other => found.add(Rule::UnknownElement, child.at, format!("`atom:{other}` may not stand in `item`")),
    }
}
