//! A feed as RSS 2.0.
//!
//! In: a [`Feed`]. Out: its document. Never writes `author` (a bare name is wrong
//! there: names go to `dc:creator`), a second enclosure (`media:content`), or an empty
//! element.

use crate::model::{Feed, FeedEntry, Origin};
use crate::publish::enclosure::{self, File};
use crate::publish::xml::Document;
use crate::publish::{HISTORY, Place, address, channel_title, date, language, length, names, terms, text};
use std::borrow::Cow;

/// The document.
pub(super) fn write(feed: &Feed, place: &Place) -> Vec<u8> {
    let channel = &feed.channel;
    let title = text::without_end_tags(&channel_title(feed));
    let link = address::maybe(channel.link.as_deref()).unwrap_or_else(|| place.page_url.clone());
    let mut document = Document::new(length(feed));
    open(&mut document, feed, place);
    document.tag("channel").open();
    document.tag("title").plain(&title);
    document.tag("link").body(&link);
    let description = channel.description.as_deref().and_then(plain);
    document.tag("description").plain(description.as_deref().unwrap_or(&title));
    if let Some(language) = language::language(channel.language.as_deref()) {
        document.tag("language").body(&language);
    }
    if let Some(rights) = channel.rights.as_deref().and_then(plain) {
        document.tag("copyright").plain(&rights);
    }
    if let Some(updated) = date::plausible(channel.updated.as_ref()) {
        document.tag("lastBuildDate").body(&date::rfc822(&updated));
    }
    document.tag("generator").plain("feedmill");
    image(&mut document, feed, &title, &link);
    links(&mut document, place);
    for name in names(&channel.authors) {
        document.tag("dc:creator").plain(&name);
    }
    for entry in &feed.entries {
        item(&mut document, entry);
    }
    document.close("channel");
    document.close("rss");
    document.finish()
}

/// The outermost element, with the namespaces that the document uses.
fn open(document: &mut Document, feed: &Feed, place: &Place) {
    let entries = || feed.entries.iter().map(|entry| &entry.entry);
    let content = entries().any(|entry| {
        text::html(entry.summary.as_deref()).is_some() && text::html(entry.content.as_deref()).is_some()
    });
    let named = |entry: &crate::model::Entry| {
        !names(&entry.authors).is_empty() || entry.rights.as_deref().and_then(plain).is_some()
    };
    let core = !names(&feed.channel.authors).is_empty() || entries().any(named);
    let media = entries().any(|entry| entry.image.is_some() || !entry.enclosures.is_empty());
    document
        .tag("rss")
        .with("version", "2.0")
        .with("xmlns:atom", "http://www.w3.org/2005/Atom")
        .maybe("xmlns:content", content.then_some("http://purl.org/rss/1.0/modules/content/"))
        .maybe("xmlns:dc", core.then_some("http://purl.org/dc/elements/1.1/"))
        .maybe("xmlns:fh", place.archive.as_ref().map(|_| HISTORY))
        .maybe("xmlns:media", media.then_some("http://search.yahoo.com/mrss/"))
        .open();
}

/// Where the document stands, and an archive's mark.
fn links(document: &mut Document, place: &Place) {
    for (rel, url) in place.links() {
        let kind = (rel != "hub").then_some("application/rss+xml");
        document.tag("atom:link").with("href", url).with("rel", rel).maybe("type", kind).empty();
    }
    if place.archive.is_some() {
        document.tag("fh:archive").empty();
    }
}

fn item(document: &mut Document, from: &FeedEntry) {
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
        if title.is_none() { description.or_else(|| Some(Cow::Owned(nameless()))) } else { description };
    document.tag("item").open();
    if let Some(title) = &title {
        document.tag("title").plain(title);
    }
    if let Some(link) = &link {
        document.tag("link").body(link);
    }
    if let Some(description) = description {
        document.tag("description").body(&description);
    }
    for term in terms(entry) {
        document.tag("category").plain(&text::without_end_tags(&term));
    }
    if let Some(comments) = address::maybe(entry.comments.as_deref()) {
        document.tag("comments").body(&comments);
    }
    let more = enclosure(document, enclosure::files(&entry.enclosures));
    guid(document, from, link.as_deref());
    if let Some(published) = date::plausible(Some(&from.published)) {
        document.tag("pubDate").body(&date::rfc822(&published));
    }
    if let Some(origin) = &entry.origin {
        source(document, origin);
    }
    if let Some(content) = content {
        document.tag("content:encoded").body(&content);
    }
    extensions(document, from, &more);
    document.close("item");
}

/// A line of plain text as readers that take it for HTML can show it too.
fn plain(line: &str) -> Option<String> {
    Some(text::without_end_tags(&text::line(line)?))
}

/// The entry's id as it is; a permalink where it is the very address that opens.
fn guid(document: &mut Document, from: &FeedEntry, link: Option<&str>) {
    let id = text::legal(&from.entry.id);
    let id = id.trim();
    let permalink = link == Some(id) && id.starts_with("http");
    let tag = document.tag("guid").maybe("isPermaLink", (!permalink).then_some("false"));
    if id.is_empty() {
        tag.body(&address::atom_iri(&from.atom_id));
    } else {
        tag.body(id);
    }
}

/// The one enclosure that an item may have; those that are left for `media:content`.
fn enclosure(document: &mut Document, mut files: Vec<File>) -> Vec<File> {
    if let Some(place) = files.iter().position(|file| address::is_enclosure_address(&file.url)) {
        let file = files.remove(place);
        document
            .tag("enclosure")
            .with("url", &file.url)
            // 0 says that nobody knows.
            .with("length", &file.length.unwrap_or_default().to_string())
            .with("type", &file.media_type)
            .empty();
    }
    files
}

/// `atom:updated` where the entry was changed, the files beside the first, the picture,
/// names and rights.
fn extensions(document: &mut Document, from: &FeedEntry, files: &[File]) {
    let updated = date::plausible(from.updated.as_ref()).filter(|updated| *updated != from.published);
    if let Some(updated) = updated.as_ref().and_then(date::rfc3339) {
        document.tag("atom:updated").body(&updated);
    }
    for file in files {
        let size = file.length.filter(|length| *length > 0).map(|length| length.to_string());
        let duration = file.duration_seconds.map(|seconds| seconds.to_string());
        document
            .tag("media:content")
            .maybe("duration", duration.as_deref())
            .maybe("fileSize", size.as_deref())
            .with("type", &file.media_type)
            .with("url", &file.url)
            .empty();
    }
    if let Some(url) = address::maybe(from.entry.image.as_deref()) {
        document.tag("media:thumbnail").with("url", &url).empty();
    }
    for name in names(&from.entry.authors) {
        document.tag("dc:creator").plain(&name);
    }
    if let Some(rights) = from.entry.rights.as_deref().and_then(plain) {
        document.tag("dc:rights").plain(&rights);
    }
}

/// The channel's picture, where its name is that of a picture as RSS knows them; title
/// and link are the channel's own, as the specification wants.
fn image(document: &mut Document, feed: &Feed, title: &str, link: &str) {
    let Some(url) = address::maybe(feed.channel.icon.as_deref()) else {
        return;
    };
    let extension = url.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    if matches!(extension.as_str(), "gif" | "jpg" | "jpeg" | "png") {
        document.tag("image").open();
        document.tag("url").body(&url);
        document.tag("title").plain(title);
        document.tag("link").body(link);
        document.close("image");
    }
}

/// The feed that the entry was first published in; RSS wants its address.
fn source(document: &mut Document, origin: &Origin) {
    if let Some(url) = address::maybe(origin.url.as_deref()) {
        let title = origin.title.as_deref().and_then(plain);
        document.tag("source").with("url", &url).plain(title.as_deref().unwrap_or_default());
    }
}
