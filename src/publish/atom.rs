//! A feed as Atom 1.0 (RFC 4287).
//!
//! In: a [`Feed`]. Out: its document. Never leaves out what the RFC demands: where a
//! feed has no date, no author or an entry no title, something that says least stands in.

use crate::model::{Date, Feed, FeedEntry, Origin, Person};
use crate::publish::enclosure;
use crate::publish::xml::{Document, Tag};
use crate::publish::{HISTORY, Place, address, channel_title, date, language, length, terms, text};
use std::borrow::Cow;

/// The longest title that an entry without one gets, in characters.
const EXCERPT: usize = 60;

/// The document.
pub(super) fn write(feed: &Feed, place: &Place) -> Vec<u8> {
    let channel = &feed.channel;
    let mut document = Document::new(length(feed));
    let images = feed.entries.iter().any(|entry| entry.entry.image.is_some());
    document
        .tag("feed")
        .with("xmlns", "http://www.w3.org/2005/Atom")
        .maybe("xmlns:fh", place.archive.as_ref().map(|_| HISTORY))
        .maybe("xmlns:media", images.then_some("http://search.yahoo.com/mrss/"))
        .maybe("xml:lang", language::language(channel.language.as_deref()).as_deref())
        .open();
    let title = channel_title(feed);
    plain(document.tag("title"), &title);
    document.tag("id").body(&address::atom_iri(&channel.id));
    let updated = written(channel.updated.as_ref()).unwrap_or_else(date::unknown);
    document.tag("updated").body(&updated.to_rfc3339());
    // Every entry needs an author, its own or the feed's (§4.1.1).
    if !people(&mut document, &channel.authors) {
        people(&mut document, &[Person::named(title.as_str())]);
    }
    document.tag("generator").plain("feedmill");
    if let Some(icon) = address::maybe(channel.icon.as_deref()) {
        document.tag("icon").body(&icon);
    }
    feed_links(&mut document, feed, place);
    for (name, line) in [("rights", &channel.rights), ("subtitle", &channel.description)] {
        if let Some(line) = line.as_deref().and_then(text::line) {
            plain(document.tag(name), &line);
        }
    }
    if place.archive.is_some() {
        document.tag("fh:archive").empty();
    }
    for each in &feed.entries {
        entry(&mut document, each);
    }
    document.close("feed");
    document.finish()
}

fn feed_links(document: &mut Document, feed: &Feed, place: &Place) {
    let site = address::maybe(feed.channel.link.as_deref()).unwrap_or_else(|| place.page_url.clone());
    for (number, (rel, url)) in place.links().into_iter().enumerate() {
        if number == 1 {
            link(document, "alternate", &site).empty();
        }
        let kind = (rel != "hub").then_some("application/atom+xml");
        link(document, rel, url).maybe("type", kind).empty();
    }
    if place.links().len() == 1 {
        link(document, "alternate", &site).empty();
    }
}

fn entry(document: &mut Document, from: &FeedEntry) {
    let entry = &from.entry;
    let published = written(Some(&from.published));
    let updated = written(from.updated.as_ref()).or(published).unwrap_or_else(date::unknown);
    let title = title(from);
    let language = language::language(entry.language.as_deref());
    document.tag("entry").maybe("xml:lang", language.as_deref()).open();
    plain(document.tag("title"), &title);
    document.tag("id").body(&address::atom_iri(&from.atom_id));
    document.tag("updated").body(&updated.to_rfc3339());
    people(document, &entry.authors);
    // One category a path, its term the whole path, `金融/中证网/资讯`, and one a tag. No
    // labels: some readers show them instead of the term, and would then disagree with
    // what RSS and JSON Feed say.
    for term in terms(entry) {
        document.tag("category").with("term", &term).empty();
    }
    let address = address::maybe(entry.link.as_deref());
    links(document, from, address.as_deref());
    if let Some(published) = published {
        document.tag("published").body(&published.to_rfc3339());
    }
    if let Some(rights) = entry.rights.as_deref().and_then(text::line) {
        plain(document.tag("rights"), &rights);
    }
    if let Some(origin) = &entry.origin {
        source(document, origin, updated);
    }
    texts(document, from, &title, address.is_some());
    if let Some(image) = address::maybe(entry.image.as_deref()) {
        document.tag("media:thumbnail").with_apostrophes("url", &image).empty();
    }
    document.close("entry");
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

/// The texts of an entry. One that has none says its title once more, as its summary
/// where there is a link to follow and as its content where not (§4.1.2).
fn texts(document: &mut Document, from: &FeedEntry, title: &str, linked: bool) {
    let summary = text::html(from.entry.summary.as_deref());
    let content = text::html(from.entry.content.as_deref());
    let (summary, content) = match (summary, content) {
        (None, None) => (Some(Cow::Owned(text::escaped(title))), None),
        texts => texts,
    };
    let (summary, content) = if content.is_none() && !linked { (None, summary) } else { (summary, content) };
    for (name, text) in [("summary", summary), ("content", content)] {
        if let Some(text) = text {
            document.tag(name).with("type", "html").body(&text);
        }
    }
}

/// Plain text as a text construct: of type `text`, but for one with an end tag in it,
/// which validators take for forgotten markup: that is said in HTML.
fn plain(tag: Tag<'_>, line: &str) {
    if text::has_end_tag(line) {
        tag.with("type", "html").plain(&text::escaped(line));
    } else {
        tag.plain(line);
    }
}

fn links(document: &mut Document, from: &FeedEntry, address: Option<&str>) {
    if let Some(address) = address {
        link(document, "alternate", address).empty();
    }
    if let Some(comments) = address::maybe(from.entry.comments.as_deref()) {
        link(document, "replies", &comments).empty();
    }
    for file in enclosure::files(&from.entry.enclosures) {
        // An attribute is no place for what could be taken for markup.
        let title = file.title.filter(|title| !title.contains(['<', '&']));
        link(document, "enclosure", &file.url)
            .with("type", &file.media_type)
            .maybe("title", title.as_deref())
            .maybe("length", file.length.map(|length| length.to_string()).as_deref())
            .empty();
    }
}

fn link<'d>(document: &'d mut Document, rel: &str, href: &str) -> Tag<'d> {
    document.tag("link").with("href", href).with("rel", rel)
}

/// Each once, by the name to show; whether there was any.
fn people(document: &mut Document, people: &[Person]) -> bool {
    let mut written: Vec<String> = Vec::new();
    for person in people {
        let Some(name) = person.label().and_then(text::name).filter(|name| !written.contains(name)) else {
            continue;
        };
        document.tag("author").open();
        document.tag("name").plain(&name);
        if let Some(email) = person.email.as_deref().and_then(email) {
            document.tag("email").body(&email);
        }
        if let Some(uri) = address::maybe(person.url.as_deref()) {
            document.tag("uri").body(&uri);
        }
        document.close("author");
        written.push(name);
    }
    !written.is_empty()
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
fn source(document: &mut Document, origin: &Origin, updated: Date) {
    let id = origin.id.as_deref().filter(|id| !id.trim().is_empty());
    let (Some(id), Some(title)) = (id, origin.title.as_deref().and_then(text::line)) else {
        return;
    };
    document.tag("source").open();
    plain(document.tag("title"), &title);
    document.tag("id").body(&address::atom_iri(id));
    document.tag("updated").body(&updated.to_rfc3339());
    for (rel, url) in [("self", &origin.url), ("alternate", &origin.link)] {
        if let Some(url) = address::maybe(url.as_deref()) {
            link(document, rel, &url).empty();
        }
    }
    document.close("source");
}

/// A date that Atom can write and a reader believes.
fn written(date: Option<&Date>) -> Option<Date> {
    Some(date::offset_in_minutes(&date::plausible(date)?, 1))
}
