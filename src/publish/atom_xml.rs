//! An Atom feed as the `atom_syndication` crate knows it → bytes.
//!
//! In: a [`Feed`], the language of each entry, for which the crate has no place, and
//! about how long it will be. Out: its document. Writes what [`super::atom`] fills in, in the order of the crate's
//! own writer, which can't write `<` in a title as validators want it, and puts a
//! feed's extensions behind its entries, where RFC 4287's grammar wants none. Never
//! decides what is in a document.

use crate::publish::xml::{Document, Tag};
use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Entry, Feed, Link, Person, Source, Text, TextType};

/// The document.
pub(super) fn write(feed: &Feed, entry_languages: &[Option<String>], length: usize) -> Vec<u8> {
    let mut document = Document::new(length);
    let mut root = document.tag("feed").with("xmlns", "http://www.w3.org/2005/Atom");
    for (prefix, uri) in &feed.namespaces {
        root = root.with(&format!("xmlns:{prefix}"), uri);
    }
    root.maybe("xml:lang", feed.lang.as_deref()).open();
    text(&mut document, "title", Some(&feed.title));
    document.body("id", Some(&feed.id));
    document.body("updated", Some(&feed.updated.to_rfc3339()));
    people(&mut document, &feed.authors);
    categories(&mut document, &feed.categories);
    document.plain("generator", feed.generator.as_ref().map(|generator| generator.value.as_str()));
    document.body("icon", feed.icon.as_deref());
    links(&mut document, &feed.links);
    text(&mut document, "rights", feed.rights.as_ref());
    text(&mut document, "subtitle", feed.subtitle.as_ref());
    extensions(&mut document, &feed.extensions);
    let languages = entry_languages.iter().map(Option::as_deref).chain(std::iter::repeat(None));
    for (one, language) in feed.entries.iter().zip(languages) {
        entry(&mut document, one, language);
    }
    document.close("feed");
    document.finish()
}

fn entry(document: &mut Document, entry: &Entry, language: Option<&str>) {
    document.tag("entry").maybe("xml:lang", language).open();
    text(document, "title", Some(&entry.title));
    document.body("id", Some(&entry.id));
    document.body("updated", Some(&entry.updated.to_rfc3339()));
    people(document, &entry.authors);
    categories(document, &entry.categories);
    links(document, &entry.links);
    document.body("published", entry.published.map(|published| published.to_rfc3339()).as_deref());
    text(document, "rights", entry.rights.as_ref());
    if let Some(origin) = &entry.source {
        source(document, origin);
    }
    if let Some(summary) = &entry.summary {
        document.tag("summary").maybe("type", kind(summary)).body(&summary.value);
    }
    if let Some(content) = &entry.content {
        document
            .tag("content")
            .maybe("type", content.content_type.as_deref())
            .body(content.value.as_deref().unwrap_or_default());
    }
    extensions(document, &entry.extensions);
    document.close("entry");
}

fn source(document: &mut Document, source: &Source) {
    document.tag("source").open();
    text(document, "title", Some(&source.title));
    document.body("id", Some(&source.id));
    document.body("updated", Some(&source.updated.to_rfc3339()));
    links(document, &source.links);
    document.close("source");
}

fn text(document: &mut Document, name: &str, text: Option<&Text>) {
    if let Some(text) = text {
        document.tag(name).maybe("type", kind(text)).plain(&text.value);
    }
}

fn kind(text: &Text) -> Option<&'static str> {
    (text.r#type == TextType::Html).then_some("html")
}

fn people(document: &mut Document, people: &[Person]) {
    for person in people {
        document.tag("author").open();
        document.plain("name", Some(&person.name));
        document.body("email", person.email.as_deref());
        document.body("uri", person.uri.as_deref());
        document.close("author");
    }
}

fn categories(document: &mut Document, categories: &[Category]) {
    for category in categories {
        document.tag("category").with("term", &category.term).empty();
    }
}

fn links(document: &mut Document, links: &[Link]) {
    for link in links {
        document
            .tag("link")
            .with("href", &link.href)
            .with("rel", &link.rel)
            .maybe("type", link.mime_type.as_deref())
            .maybe("title", link.title.as_deref())
            .maybe("length", link.length.as_deref())
            .empty();
    }
}

fn extensions(document: &mut Document, extensions: &ExtensionMap) {
    for extension in extensions.values().flat_map(|named| named.values()).flatten() {
        element(document, extension);
    }
}

fn element(document: &mut Document, extension: &Extension) {
    let attributes = extension.attrs.iter();
    let tag =
        attributes.fold(document.tag(&extension.name), |tag: Tag<'_>, (name, value)| tag.with(name, value));
    if extension.children.is_empty() {
        return tag.plain(extension.value.as_deref().unwrap_or_default());
    }
    tag.open();
    for child in extension.children.values().flatten() {
        element(document, child);
    }
    document.close(&extension.name);
}
