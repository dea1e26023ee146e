//! A feed as JSON Feed 1.1.
//!
//! In: a [`Feed`]. Out: its document. Never writes a key outside the specification, or
//! one that is null, but for `_extensions`.

use crate::model::language_tag;
use crate::model::{Extension, Feed, FeedEntry, Person};
use crate::publish::enclosure::{self, File};
use crate::publish::{Place, address, channel_title, date, length, terms, text};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The document.
pub(super) fn write(feed: &Feed, place: &Place) -> Vec<u8> {
    let channel = &feed.channel;
    let document = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: channel_title(feed),
        home_page_url: address::maybe(channel.link.as_deref()).unwrap_or_else(|| place.page_url.clone()),
        feed_url: &place.self_url,
        next_url: place.older.as_deref(),
        hubs: place.hubs.iter().map(|url| Hub { kind: "WebSub", url }).collect(),
        description: channel.description.as_deref().and_then(text::line),
        icon: address::maybe(channel.icon.as_deref()),
        authors: authors(&channel.authors),
        language: language_tag(channel.language.as_deref()),
        extensions: extras(&channel.extensions),
        items: feed.entries.iter().map(item).collect(),
    };
    let mut bytes = Vec::with_capacity(length(feed));
    // Into memory, and of strings and numbers alone: nothing here can fail.
    let _ = serde_json::to_writer_pretty(&mut bytes, &document);
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize)]
struct Document<'a> {
    version: &'static str,
    title: String,
    home_page_url: String,
    feed_url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    hubs: Vec<Hub<'a>>,
    #[serde(rename = "_extensions", skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<Extra>,
    items: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Hub<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    url: &'a str,
}

#[derive(Serialize)]
struct Item<'a> {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
    #[serde(rename = "_extensions", skip_serializing_if = "Vec::is_empty")]
    extensions: Vec<Extra>,
}

/// An element of another vocabulary, under its usual prefix.
#[derive(Serialize)]
struct Extra {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attributes: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    children: Vec<Extra>,
}

#[derive(Serialize)]
struct Author {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Attachment {
    url: String,
    mime_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<u64>,
}

fn item(from: &FeedEntry) -> Item<'_> {
    let entry = &from.entry;
    let title = entry.title.as_deref().and_then(text::line);
    let html = text::html(entry.content.as_deref());
    let summary = text::html(entry.summary.as_deref()).and_then(|summary| text::words(&summary));
    // An item has to have a text: one without says its title, or where it leads.
    let content_text = html.is_none().then(|| {
        let stand_in =
            summary.clone().or_else(|| title.clone()).or_else(|| address::maybe(entry.link.as_deref()));
        stand_in.unwrap_or_default()
    });
    Item {
        id: id(from),
        url: address::maybe(entry.link.as_deref()),
        content_html: html,
        content_text,
        summary,
        title,
        image: address::maybe(entry.image.as_deref()),
        date_published: date::rfc3339(&from.published),
        date_modified: from.updated.as_ref().and_then(date::rfc3339),
        authors: authors(&entry.authors),
        tags: terms(entry),
        language: language_tag(entry.language.as_deref()),
        attachments: enclosure::files(&entry.enclosures).into_iter().map(attachment).collect(),
        extensions: extras(&entry.extensions),
    }
}

fn extras(extensions: &[Extension]) -> Vec<Extra> {
    let extra = |extension: &Extension| Extra {
        name: extension.name.clone(),
        text: extension.text.as_deref().and_then(text::line),
        attributes: extension.attributes.iter().cloned().collect(),
        children: extras(&extension.children),
    };
    extensions.iter().map(extra).collect()
}

/// The entry's id as it is.
fn id(from: &FeedEntry) -> String {
    let id = text::legal(&from.entry.id);
    let id = id.trim();
    if id.is_empty() { address::atom_iri(&from.atom_id) } else { id.to_owned() }
}

/// Each by the name to show; `url` is their page, else their mail address as `mailto:`.
fn authors(people: &[Person]) -> Vec<Author> {
    let mut authors: Vec<Author> = Vec::new();
    for person in people {
        let Some(name) = person.label().and_then(text::line) else {
            continue;
        };
        if authors.iter().any(|author| author.name == name) {
            continue;
        }
        let mail = person.email.as_deref().filter(|mail| mail.contains('@'));
        authors.push(Author {
            name,
            url: address::maybe(person.url.as_deref())
                .or_else(|| address(&format!("mailto:{}", mail?.trim()))),
        });
    }
    authors
}

fn attachment(file: File) -> Attachment {
    Attachment {
        url: file.url,
        mime_type: file.media_type,
        title: file.title,
        size_in_bytes: file.length,
        duration_in_seconds: file.duration_seconds,
    }
}
