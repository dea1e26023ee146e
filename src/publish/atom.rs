//! A feed as Atom 1.0 (RFC 4287).
//!
//! In: a [`Feed`]. Out: its document. Never leaves out what the RFC demands: where a
//! feed has no date, no author or an entry no title, something that says least stands in.

use crate::model::{self, Date, Deleted, Feed, FeedEntry, Origin, Person, widely_known_tag};
use crate::publish::{
    HISTORY, Place, TOMBSTONES, address, atom_xml, channel_title, date, enclosure, extensions, length, terms,
    text,
};
use atom_syndication::extension::{Extension, ExtensionMap};
use atom_syndication::{Category, Content, Entry, Generator, Link, Source, Text};
use chrono::SecondsFormat;
use std::collections::{BTreeMap, HashSet};

/// The longest title that an entry without one gets, in characters.
const EXCERPT: usize = 60;

/// The document.
pub(super) fn write(feed: &Feed, place: &Place) -> Vec<u8> {
    let channel = &feed.channel;
    let title = channel_title(feed);
    let authors = people(&channel.authors);
    let said: Vec<Vec<model::Extension>> =
        feed.entries.iter().map(|entry| extensions::of_atom_entry(&entry.entry)).collect();
    let document = atom_syndication::Feed {
        id: address::atom_iri(&channel.id),
        updated: written(channel.updated.as_ref()).unwrap_or_else(date::unknown),
        // Every entry needs an author, its own or the feed's (§4.1.1).
        authors: if authors.is_empty() { people(&[Person::named(title.as_str())]) } else { authors },
        title: plain(&title),
        subtitle: channel.description.as_deref().and_then(text::line).map(|line| plain(&line)),
        rights: channel.rights.as_deref().and_then(text::line).map(|line| plain(&line)),
        icon: address::maybe(channel.icon.as_deref()),
        generator: Some(Generator { value: "feedmill".to_owned(), ..Generator::default() }),
        links: feed_links(feed, place),
        entries: feed
            .entries
            .iter()
            .zip(ids(&feed.entries))
            .zip(&said)
            .map(|((from, id), said)| entry(from, id, said))
            .collect(),
        lang: widely_known_tag(channel.language.as_deref()),
        namespaces: namespaces(&said, place, !feed.deleted.is_empty()),
        extensions: mark(place).into_iter().chain(tombstones(&feed.deleted)).collect(),
        ..atom_syndication::Feed::default()
    };
    let languages: Vec<Option<String>> =
        feed.entries.iter().map(|entry| widely_known_tag(entry.entry.language.as_deref())).collect();
    atom_xml::write(&document, &languages, length(feed))
}

fn feed_links(feed: &Feed, place: &Place) -> Vec<Link> {
    let site = address::maybe(feed.channel.link.as_deref()).unwrap_or_else(|| place.page_url.clone());
    let mut links: Vec<Link> = place
        .links()
        .into_iter()
        .map(|(rel, url)| link(rel, url, (rel != "hub").then_some("application/atom+xml")))
        .collect();
    links.insert(1, link("alternate", &site, None));
    links
}

fn namespaces(
    written: &[Vec<model::Extension>],
    place: &Place,
    has_deleted: bool,
) -> BTreeMap<String, String> {
    let prefixes = extensions::prefixes(written.iter().flatten());
    let namespace = |prefix: String| Some((prefix.clone(), extensions::namespace(&prefix)?.to_owned()));
    let history = place.archive.as_ref().map(|_| ("fh".to_owned(), HISTORY.to_owned()));
    let tombstones = has_deleted.then(|| ("at".to_owned(), TOMBSTONES.to_owned()));
    prefixes.into_iter().filter_map(namespace).chain(history).chain(tombstones).collect()
}

/// What was deleted, and when, RFC 6721 §3.
fn tombstones(deleted: &[Deleted]) -> ExtensionMap {
    let tombstone = |deleted: &Deleted| {
        let when = deleted.at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let attributes = [("ref", address::atom_iri(&deleted.atom_id)), ("when", when)];
        Extension {
            name: "at:deleted-entry".to_owned(),
            attrs: attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Extension::default()
        }
    };
    let all: Vec<Extension> = deleted.iter().map(tombstone).collect();
    let named = (!all.is_empty()).then(|| BTreeMap::from([("deleted-entry".to_owned(), all)]));
    named.map(|named| ("at".to_owned(), named)).into_iter().collect()
}

/// An archive's mark, RFC 5005 §4.
fn mark(place: &Place) -> ExtensionMap {
    let Some(_) = place.archive else {
        return ExtensionMap::new();
    };
    let mark = Extension { name: "fh:archive".to_owned(), ..Extension::default() };
    BTreeMap::from([("fh".to_owned(), BTreeMap::from([("archive".to_owned(), vec![mark])]))])
}

/// The entries' ids as Atom carries them. Of two that are written differently and one here
/// (`/é` and `/%C3%A9`), the one that is written so keeps it, else the first.
fn ids(entries: &[FeedEntry]) -> Vec<String> {
    let carried: Vec<String> = entries.iter().map(|entry| address::atom_iri(&entry.atom_id)).collect();
    let as_written = |(entry, id): &(&FeedEntry, &String)| entry.atom_id == **id;
    let mut taken: HashSet<String> =
        entries.iter().zip(&carried).filter(as_written).map(|(_, id)| id.clone()).collect();
    let told_apart = entries.iter().zip(carried).map(|(entry, mut id)| {
        while entry.atom_id != id && !taken.insert(id.clone()) {
            id = address::urn(&id);
        }
        id
    });
    told_apart.collect()
}

fn entry(from: &FeedEntry, id: String, said: &[model::Extension]) -> Entry {
    let entry = &from.entry;
    let published = written(Some(&from.published));
    let updated = written(from.updated.as_ref()).or(published).unwrap_or_else(date::unknown);
    let title = title(from);
    let body = Body::of(from, &title);
    Entry {
        id,
        title: plain(&title),
        updated,
        published,
        authors: people(&entry.authors),
        categories: categories(from),
        links: links(from),
        rights: entry.rights.as_deref().and_then(text::line).map(|line| plain(&line)),
        source: entry.origin.as_ref().and_then(|origin| source(origin, updated)),
        summary: body.summary,
        content: body.content,
        extensions: by_prefix(said),
        ..Entry::default()
    }
}

/// Its title, else how its text begins, else where it leads.
fn title(from: &FeedEntry) -> String {
    let entry = &from.entry;
    let words = || {
        let words = text::words(&text::html(entry.summary.as_deref().or(entry.content.as_deref()))?)?;
        let excerpt: String = words.chars().take(EXCERPT).collect();
        Some(if excerpt.len() < words.len() { format!("{}…", excerpt.trim_end()) } else { excerpt })
    };
    entry
        .title
        .as_deref()
        .and_then(text::line)
        .or_else(words)
        .or_else(|| address::maybe(entry.link.as_deref()))
        .unwrap_or_else(|| address::atom_iri(&from.atom_id))
}

/// The text of an entry. One that has none says its title once more, as its summary
/// where there is a link to follow and as its content where not (§4.1.2).
struct Body {
    summary: Option<Text>,
    content: Option<Content>,
}

impl Body {
    fn of(from: &FeedEntry, title: &str) -> Self {
        let summary = text::html(from.entry.summary.as_deref());
        let content = text::html(from.entry.content.as_deref());
        let linked = address::maybe(from.entry.link.as_deref()).is_some();
        match (summary, content) {
            (summary, Some(content)) => {
                Self { summary: summary.map(Text::html), content: Some(html(content)) }
            }
            (Some(summary), None) if linked => Self { summary: Some(Text::html(summary)), content: None },
            (Some(summary), None) => Self { summary: None, content: Some(html(summary)) },
            (None, None) if linked => Self { summary: Some(Text::html(text::escaped(title))), content: None },
            (None, None) => Self { summary: None, content: Some(html(text::escaped(title))) },
        }
    }
}

fn html(value: impl Into<String>) -> Content {
    Content { value: Some(value.into()), content_type: Some("html".to_owned()), ..Content::default() }
}

/// Plain text as a text construct: of type `text`, but for one with an end tag in it,
/// which validators take for forgotten markup: that is said in HTML.
fn plain(line: &str) -> Text {
    if text::has_end_tag(line) { Text::html(text::escaped(line)) } else { Text::plain(line) }
}

fn links(from: &FeedEntry) -> Vec<Link> {
    let entry = &from.entry;
    let alternate = address::maybe(entry.link.as_deref()).map(|url| link("alternate", &url, None));
    let replies = address::maybe(entry.comments.as_deref()).map(|url| link("replies", &url, None));
    let enclosures = enclosure::files(&entry.enclosures).into_iter().map(|file| Link {
        length: file.length.map(|length| length.to_string()),
        // An attribute is no place for what could be taken for markup.
        title: file.title.filter(|title| !title.contains(['<', '&'])),
        ..link("enclosure", &file.url, Some(&file.media_type))
    });
    let licenses = extensions::licenses(&entry.extensions).into_iter().map(|url| link("license", &url, None));
    alternate.into_iter().chain(replies).chain(licenses).chain(enclosures).collect()
}

fn link(rel: &str, href: &str, media_type: Option<&str>) -> Link {
    Link {
        rel: rel.to_owned(),
        href: href.to_owned(),
        mime_type: media_type.map(str::to_owned),
        ..Link::default()
    }
}

/// One category a path, its term the whole path, `金融/中证网/资讯`, and one a tag. No
/// labels: some readers show them instead of the term, and would then disagree with
/// what RSS and JSON Feed say.
fn categories(from: &FeedEntry) -> Vec<Category> {
    terms(&from.entry).into_iter().map(|term| Category { term, ..Category::default() }).collect()
}

fn people(people: &[Person]) -> Vec<atom_syndication::Person> {
    let mut written: Vec<atom_syndication::Person> = Vec::new();
    for person in people {
        let Some(name) = person.label().and_then(text::name) else {
            continue;
        };
        if !written.iter().any(|known| known.name == name) {
            written.push(atom_syndication::Person {
                name,
                email: person.email.as_deref().and_then(email),
                uri: address::maybe(person.url.as_deref()),
                ..atom_syndication::Person::default()
            });
        }
    }
    written
}

/// An address as RFC 4287's grammar and the W3C validator take it: `x@host.tld`.
fn email(email: &str) -> Option<String> {
    let email = email.trim();
    let (user, host) = email.rsplit_once('@')?;
    let word = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let fine = word(user, b"_-+.'!#$%&*/=?^`{|}~")
        && host.contains('.')
        && host.split('.').all(|label| word(label, b"-"))
        && !host.rsplit('.').next().is_some_and(|last| last.starts_with('-'));
    fine.then(|| email.to_owned())
}

/// Where the entry was first published. Its feed's own date isn't known; that of the
/// entry stands in, since that feed changed then at the latest.
fn source(origin: &Origin, updated: Date) -> Option<Source> {
    let links = [("self", &origin.url), ("alternate", &origin.link)];
    Some(Source {
        id: address::atom_iri(origin.id.as_deref().filter(|id| !id.trim().is_empty())?),
        title: plain(&text::line(origin.title.as_deref()?)?),
        updated,
        links: links
            .into_iter()
            .filter_map(|(rel, url)| Some(link(rel, &address::maybe(url.as_deref())?, None)))
            .collect(),
        ..Source::default()
    })
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

/// A date that Atom can write and a reader believes.
fn written(date: Option<&Date>) -> Option<Date> {
    Some(date::offset_in_minutes(&date::plausible(date)?, 1))
}
