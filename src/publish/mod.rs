//! A feed → bytes in one of its formats.
//!
//! In: a [`Feed`] and where it will stand. Out: a document that the W3C validator at AA,
//! RFC 4287's grammar, the JSON Feed schema and `xmllint` find nothing wrong with,
//! whatever the entries hold; the same bytes for the same feed. Never reads a clock,
//! a file or the store, and never cleans HTML: what comes in is clean.

mod address;
mod atom;
mod atom_xml;
mod date;
mod enclosure;
mod extensions;
mod json_feed;
pub mod opml;
pub mod page;
mod rss;
mod rss_xml;
mod text;
mod xml;

pub use address::{address, atom_iri};
pub use date::{rfc822, rfc3339};
pub use text::escaped;

use crate::model::{Distinct, Entry, Feed, Format, Person};

/// Where a document will stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The document's own address, absolute, as it is served.
    pub self_url: String,
    /// Our page of the same entries, absolute: the link where a feed speaks for no site.
    pub page_url: String,
    /// `WebSub` hubs that tell of changes, absolute.
    pub hubs: Vec<String>,
    /// The archive of what is no longer in the document (RFC 5005 §4), absolute.
    pub older: Option<String>,
    /// Where an archive belongs; `None` for a document to subscribe to.
    pub archive: Option<Archive>,
}

/// Where an archive document belongs, RFC 5005 §4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// The document to subscribe to, absolute.
    pub current: String,
    /// The archive of what came after it, absolute.
    pub newer: String,
}

impl Place {
    /// The links of a document beside its alternate, each with its relation.
    fn links(&self) -> Vec<(&'static str, &str)> {
        let archive = self.archive.iter();
        let around = archive.flat_map(|archive| {
            [("current", archive.current.as_str()), ("next-archive", archive.newer.as_str())]
        });
        std::iter::once(("self", self.self_url.as_str()))
            .chain(self.hubs.iter().map(|hub| ("hub", hub.as_str())))
            .chain(around)
            .chain(self.older.iter().map(|older| ("prev-archive", older.as_str())))
            .collect()
    }
}

/// The namespace of RFC 5005.
const HISTORY: &str = "http://purl.org/syndication/history/1.0";

/// The namespace of RFC 6721.
const TOMBSTONES: &str = "http://purl.org/atompub/tombstones/1.0";

/// Bytes of one document, about: the oldest entries beyond this are left out of it.
const MAX_DOCUMENT: usize = 32 * 1024 * 1024;

/// The feed as a document; the same feed gives the same bytes. The oldest entries are left
/// out that would make it larger than any reader takes (32 MiB), the newest never is.
///
/// # Panics
/// In a debug build, where our own judge finds fault with the document: whatever comes in,
/// nothing goes out that a validator would complain of.
pub fn publish(feed: &Feed, format: Format, place: &Place) -> Vec<u8> {
    let fitting = fitting(feed);
    let shorter;
    let feed = if fitting < feed.entries.len() {
        let entries = feed.entries.iter().take(fitting).cloned().collect();
        shorter = Feed { channel: feed.channel.clone(), entries, deleted: feed.deleted.clone() };
        &shorter
    } else {
        feed
    };
    let document = match format {
        Format::Atom => atom::write(feed, place),
        Format::Rss => rss::write(feed, place),
        Format::Json => json_feed::write(feed, place),
    };
    #[cfg(debug_assertions)]
    judged(&document, Some(&place.self_url));
    document
}

/// Larger documents are not judged: a debug build takes seconds for them.
#[cfg(debug_assertions)]
const JUDGED: usize = 2 << 20;

/// Looks at what is published as the strictest reader would.
#[cfg(debug_assertions)]
fn judged(document: &[u8], location: Option<&str>) {
    if document.len() > JUDGED {
        return;
    }
    let verdict =
        crate::lint::judge(document, crate::lint::Asked { location, ..crate::lint::Asked::default() });
    // An id goes out as its source wrote it, however short or odd that is.
    let ids_own = [crate::lint::Rule::WeakId, crate::lint::Rule::OddId];
    let told: Vec<String> = verdict
        .findings
        .iter()
        .filter(|found| !ids_own.contains(&found.rule))
        .map(|found| format!("{}:{}: {} [{}]", found.line, found.column, found.message, found.rule.name()))
        .collect();
    let text = String::from_utf8_lossy(document);
    assert!(told.is_empty(), "a document that is published has faults:\n{}\n{text}", told.join("\n"));
}

/// How long an XML document of a feed will be, in bytes, about: it is allocated once.
fn length(feed: &Feed) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, |text| text.len() + text.len() / 8);
    let entry = |entry: &Entry| 1024 + text(&entry.content) + text(&entry.summary);
    feed.entries.iter().map(|each| entry(&each.entry)).sum::<usize>() + 4096
}

fn texts(entry: &Entry) -> [&str; 2] {
    [&entry.content, &entry.summary].map(|text| text.as_deref().unwrap_or_default())
}

/// How many of the newest entries fit into a document.
fn fitting(feed: &Feed) -> usize {
    let plain = |entry: &Entry| texts(entry).iter().map(|text| text.len()).sum::<usize>();
    // No escape is longer than seven characters.
    if feed.entries.iter().map(|each| plain(&each.entry)).sum::<usize>() < MAX_DOCUMENT / 8 {
        return feed.entries.len();
    }
    let escaped = |text: &str| {
        let bytes = text.as_bytes();
        text.len()
            + 4 * memchr::memchr3_iter(b'&', b'<', b'>', bytes).count()
            + memchr::memchr3_iter(b'"', b'\n', b'\\', bytes).count()
    };
    let mut room = MAX_DOCUMENT;
    let fits = feed.entries.iter().take_while(|each| {
        let length = 1024 + texts(&each.entry).iter().map(|text| escaped(text)).sum::<usize>();
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    });
    fits.count().max(1)
}

/// A channel's title; its id where that is blank.
fn channel_title(feed: &Feed) -> String {
    text::line(&feed.channel.title)
        .or_else(|| text::line(&feed.channel.id))
        .unwrap_or_else(|| "feed".to_owned())
}

/// The names to show of these people, each once.
fn names(people: &[Person]) -> Vec<String> {
    let names = people.iter().filter_map(Person::label).filter_map(text::name);
    names.collect::<Distinct<_>>().into_list()
}

/// What an entry is filed under, as one list for formats that know no hierarchy: each
/// category as its whole path, `金融/中证网/资讯`, then the tags; each once.
fn terms(entry: &Entry) -> Vec<String> {
    let paths = entry.categories.iter().map(ToString::to_string);
    let terms = paths.chain(entry.tags.iter().cloned()).filter_map(|term| text::line(&term));
    terms.collect::<Distinct<_>>().into_list()
}
