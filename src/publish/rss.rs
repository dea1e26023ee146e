//! A feed as RSS 2.0.
//!
//! In: a [`Feed`]. Out: its document. Never writes `author` (a bare name is wrong
//! there: names go to `dc:creator`), a second enclosure (`media:content`), or an empty
//! element.

use crate::model::{self, Entry, Feed, FeedEntry, Origin, widely_known_tag};
use crate::publish::extensions::{self, Written};
use crate::publish::{
    HISTORY, Place, address, channel_title, date, enclosure, length, names, rss_xml, terms, text,
};
use rss::extension::dublincore::DublinCoreExtension;
use rss::extension::{Extension, ExtensionMap};
use rss::{Category, Channel, Enclosure, Guid, Image, Item, Source};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The document.
pub(super) fn write(feed: &Feed, place: &Place) -> Vec<u8> {
    let channel = &feed.channel;
    let title = text::without_tags(&channel_title(feed));
    let link = address::maybe(channel.link.as_deref()).unwrap_or_else(|| place.page_url.clone());
    let written = extensions::of_rss(feed);
    let mut head = by_prefix(&written.head);
    head.extend(links(place));
    let items: Vec<Item> =
        feed.entries.iter().zip(&written.entries).map(|(from, written)| item(from, written)).collect();
    let document = Channel {
        description: channel.description.as_deref().and_then(plain).unwrap_or_else(|| title.clone()),
        language: widely_known_tag(channel.language.as_deref()),
        copyright: channel.rights.as_deref().and_then(plain),
        last_build_date: date::plausible(channel.updated.as_ref()).map(|date| date::rfc822(&date)),
        generator: Some("feedmill".to_owned()),
        image: image(feed, &title, &link),
        extensions: head,
        dublin_core_ext: creators(&names(&channel.authors)),
        namespaces: namespaces(feed, place, &items, &written),
        items,
        title,
        link,
        ..Channel::default()
    };
    rss_xml::write(&document, length(feed))
}

/// The namespaces that the document uses.
fn namespaces(feed: &Feed, place: &Place, items: &[Item], written: &Written) -> BTreeMap<String, String> {
    let all = written.head.iter().chain(written.entries.iter().flatten());
    let others = extensions::prefixes(all)
        .into_iter()
        .filter_map(|prefix| Some((prefix.clone(), extensions::namespace(&prefix)?.to_owned())));
    let core =
        !names(&feed.channel.authors).is_empty() || items.iter().any(|item| item.dublin_core_ext.is_some());
    [
        ("atom", "http://www.w3.org/2005/Atom", true),
        (
            "content",
            "http://purl.org/rss/1.0/modules/content/",
            items.iter().any(|item| item.content.is_some()),
        ),
        ("dc", "http://purl.org/dc/elements/1.1/", core),
        ("fh", HISTORY, place.archive.is_some()),
    ]
    .into_iter()
    .filter(|(_, _, used)| *used)
    .map(|(prefix, uri, _)| (prefix.to_owned(), uri.to_owned()))
    .chain(others)
    .collect()
}

fn item(from: &FeedEntry, written: &[model::Extension]) -> Item {
    let entry = &from.entry;
    let link = address::maybe(entry.link.as_deref());
    let title = entry.title.as_deref().and_then(plain);
    // `description` stands before `content:encoded`, and alone where there is one text.
    let (description, content) =
        match (text::html(entry.summary.as_deref()), text::html(entry.content.as_deref())) {
            (Some(summary), content) => (Some(summary), content),
            (None, content) => (content, None),
        };
    let nameless = || text::escaped(&link.clone().unwrap_or_else(|| address::atom_iri(&from.atom_id)));
    let description =
        if title.is_none() { description.or_else(|| Some(nameless().into())) } else { description };
    Item {
        title,
        description: description.map(Cow::into_owned),
        content: content.map(Cow::into_owned),
        guid: Some(guid(from, link.as_deref())),
        pub_date: date::plausible(Some(&from.published)).map(|date| date::rfc822(&date)),
        comments: address::maybe(entry.comments.as_deref()),
        source: entry.origin.as_ref().and_then(source),
        dublin_core_ext: dublin_core(from),
        categories: categories(from),
        enclosure: enclosure(entry),
        extensions: item_extensions(from, written),
        link,
        ..Item::default()
    }
}

/// A line of plain text as readers that take it for HTML can show it too.
fn plain(line: &str) -> Option<String> {
    Some(text::without_tags(&text::line(line)?))
}

/// The entry's id as it is; a permalink where it is the very address that opens.
fn guid(from: &FeedEntry, link: Option<&str>) -> Guid {
    let id = text::legal(&from.entry.id);
    let id = id.trim();
    Guid {
        permalink: link == Some(id) && id.starts_with("http"),
        value: if id.is_empty() { address::atom_iri(&from.atom_id) } else { id.to_owned() },
    }
}

fn categories(from: &FeedEntry) -> Vec<Category> {
    terms(&from.entry)
        .into_iter()
        .map(|term| Category { name: text::without_tags(&term), domain: None })
        .collect()
}

fn creators(names: &[String]) -> Option<DublinCoreExtension> {
    (!names.is_empty())
        .then(|| DublinCoreExtension { creators: names.to_vec(), ..DublinCoreExtension::default() })
}

fn dublin_core(from: &FeedEntry) -> Option<DublinCoreExtension> {
    let rights: Vec<String> = from.entry.rights.as_deref().and_then(plain).into_iter().collect();
    let names = names(&from.entry.authors);
    (!rights.is_empty() || !names.is_empty()).then(|| DublinCoreExtension {
        creators: names,
        rights,
        ..DublinCoreExtension::default()
    })
}

/// The one enclosure that an item may have; the other files are `media:content`.
fn enclosure(entry: &Entry) -> Option<Enclosure> {
    let files = enclosure::files(&entry.enclosures);
    let first = files.into_iter().find(|file| address::is_enclosure_address(&file.url))?;
    Some(Enclosure {
        // 0 says that nobody knows.
        length: first.length.unwrap_or_default().to_string(),
        url: first.url,
        mime_type: first.media_type,
    })
}

/// `atom:updated` where the entry was changed, and what other vocabularies say.
fn item_extensions(from: &FeedEntry, written: &[model::Extension]) -> ExtensionMap {
    let mut extensions = by_prefix(written);
    let updated = date::plausible(from.updated.as_ref()).filter(|updated| *updated != from.published);
    if let Some(updated) = updated.as_ref().and_then(date::rfc3339) {
        let element = Extension { value: Some(updated), ..element("atom:updated", &[]) };
        extensions.insert("atom".to_owned(), BTreeMap::from([("updated".to_owned(), vec![element])]));
    }
    extensions
}

fn by_prefix(written: &[model::Extension]) -> ExtensionMap {
    let mut extensions = ExtensionMap::new();
    for extension in written {
        let of_prefix = extensions.entry(extension.prefix().to_owned()).or_default();
        of_prefix.entry(extension.name.clone()).or_default().push(as_element(extension));
    }
    extensions
}

fn as_element(extension: &model::Extension) -> Extension {
    let mut children: BTreeMap<String, Vec<Extension>> = BTreeMap::new();
    for child in &extension.children {
        children.entry(child.name.clone()).or_default().push(as_element(child));
    }
    Extension {
        name: extension.name.clone(),
        value: extension.text.clone(),
        attrs: extension.attributes.iter().cloned().collect(),
        children,
    }
}

fn element(name: &str, attributes: &[(&str, String)]) -> Extension {
    Extension {
        name: name.to_owned(),
        attrs: attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        ..Extension::default()
    }
}

/// Where the document stands, and an archive's mark.
fn links(place: &Place) -> ExtensionMap {
    let link = |(rel, url): (&str, &str)| {
        let mut attributes = vec![("rel", rel.to_owned()), ("href", url.to_owned())];
        if rel != "hub" {
            attributes.push(("type", "application/rss+xml".to_owned()));
        }
        element("atom:link", &attributes)
    };
    let links = place.links().into_iter().map(link).collect();
    let mut extensions = BTreeMap::from([("atom".to_owned(), BTreeMap::from([("link".to_owned(), links)]))]);
    if place.archive.is_some() {
        let mark = BTreeMap::from([("archive".to_owned(), vec![element("fh:archive", &[])])]);
        extensions.insert("fh".to_owned(), mark);
    }
    extensions
}

/// The channel's picture, where its name is that of a picture as RSS knows them; title
/// and link are the channel's own, as the specification wants.
fn image(feed: &Feed, title: &str, link: &str) -> Option<Image> {
    let url = address::maybe(feed.channel.icon.as_deref())?;
    let extension = url.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    matches!(extension.as_str(), "gif" | "jpg" | "jpeg" | "png").then(|| Image {
        url,
        title: title.to_owned(),
        link: link.to_owned(),
        ..Image::default()
    })
}

/// The feed that the entry was first published in; RSS wants its address.
fn source(origin: &Origin) -> Option<Source> {
    Some(Source {
        url: address::maybe(origin.url.as_deref())?,
        title: origin.title.as_deref().and_then(plain),
    })
}
