//! A feed, or one part of it, as a page to read and to subscribe from.

use crate::model::language_tag;
use crate::model::{Facet, Feed, FeedEntry};
use crate::publish::enclosure::{self, File};
use crate::publish::page::{
    Above, Document, DocumentView, Head, Part, PartView, Tongue, When, documents, page, parts,
};
use crate::publish::{address, channel_title, date, names, text};
use serde::Serialize;

/// A feed's page.
pub struct FeedPage<'a> {
    /// What the documents hold as well.
    pub feed: &'a Feed,
    /// What the page itself speaks.
    pub tongue: Tongue,
    /// The same in each format.
    pub documents: Vec<Document>,
    /// The index page's address.
    pub home: String,
    /// The page of the whole feed and its title, on that of a part.
    pub whole: Option<(String, String)>,
    /// The feed's categories, in the order to be shown.
    pub categories: Vec<Part>,
    /// The feed's categories as OPML.
    pub categories_opml: Option<String>,
    /// The address of a category's or a tag's page; `None` leaves its name without a link.
    pub address_of: &'a dyn Fn(&Facet) -> Option<String>,
}

#[derive(Serialize)]
struct View<'a> {
    title: &'a str,
    description: Option<String>,
    language: Option<String>,
    link: Option<String>,
    documents: Vec<DocumentView<'a>>,
    categories: Vec<PartView<'a>>,
    categories_opml: Option<&'a str>,
    entries: Vec<EntryView>,
}

#[derive(Serialize)]
struct EntryView {
    title: String,
    link: Option<String>,
    language: Option<String>,
    published: Option<When>,
    updated: Option<When>,
    authors: Vec<String>,
    filed: Vec<FiledView>,
    body: Option<String>,
    comments: Option<String>,
    files: Vec<FileView>,
    source: Option<String>,
}

#[derive(Serialize)]
struct FiledView {
    name: String,
    url: Option<String>,
}

#[derive(Serialize)]
struct FileView {
    name: String,
    url: String,
    detail: String,
}

/// The page: autodiscovery, how to subscribe, its categories, its entries as a reader
/// would show them, each linking to its own page.
pub fn feed_page(input: &FeedPage<'_>) -> String {
    let title = channel_title(input.feed);
    let channel = &input.feed.channel;
    let view = View {
        title: &title,
        description: channel.description.as_deref().and_then(text::line),
        language: language_tag(channel.language.as_deref()),
        link: address::maybe(channel.link.as_deref()),
        documents: documents(&input.documents),
        categories: parts(&input.categories),
        categories_opml: input.categories_opml.as_deref(),
        entries: input.feed.entries.iter().map(|entry| entry_view(entry, input.address_of)).collect(),
    };
    let head = Head {
        title: &title,
        tongue: input.tongue,
        noindex: true,
        alternates: documents(&input.documents),
        opml: None,
        home: Some(&input.home),
        above: input.whole.as_ref().map(|(url, title)| Above { url, title }),
    };
    page(&head, "feed.html", &view)
}

fn entry_view(from: &FeedEntry, address_of: &dyn Fn(&Facet) -> Option<String>) -> EntryView {
    let entry = &from.entry;
    let link = address::maybe(entry.link.as_deref());
    let body = text::html(entry.content.as_deref()).or_else(|| text::html(entry.summary.as_deref()));
    let title = entry.title.as_deref().and_then(text::line);
    let published = date::plausible(Some(&from.published));
    EntryView {
        title: title.or_else(|| link.clone()).unwrap_or_else(|| "Untitled".to_owned()),
        link,
        language: language_tag(entry.language.as_deref()),
        updated: date::plausible(from.updated.as_ref())
            .filter(|updated| {
                published.is_none_or(|published| published.date_naive() != updated.date_naive())
            })
            .map(|date| When::at(&date)),
        published: published.map(|date| When::at(&date)),
        authors: names(&entry.authors),
        filed: filed(from, address_of),
        body: body.map(|body| quiet_images(&body)),
        comments: address::maybe(entry.comments.as_deref()),
        files: enclosure::files(&entry.enclosures).into_iter().map(file_view).collect(),
        source: entry.origin.as_ref().and_then(|origin| text::line(origin.title.as_deref()?)),
    }
}

/// Categories by their whole path, then tags.
fn filed(from: &FeedEntry, address_of: &dyn Fn(&Facet) -> Option<String>) -> Vec<FiledView> {
    let categories =
        from.entry.categories.iter().map(|path| (path.to_string(), Facet::Category(path.clone())));
    let tags = from.entry.tags.iter().map(|tag| (format!("#{tag}"), Facet::Tag(tag.clone())));
    categories
        .chain(tags)
        .filter_map(|(name, facet)| Some(FiledView { name: text::line(&name)?, url: address_of(&facet) }))
        .collect()
}

fn file_view(file: File) -> FileView {
    let path = file.url.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or(path);
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    let size = file.length.filter(|length| *length > 0).map(size);
    FileView {
        name: file.title.or_else(|| text::line(&decoded)).unwrap_or_else(|| file.url.clone()),
        detail: [Some(file.media_type), size].into_iter().flatten().collect::<Vec<_>>().join(", "),
        url: file.url,
    }
}

/// A size as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
    }
}

/// Clean HTML whose pictures load when they come into view, without telling their host
/// where they are shown; one that says nothing of itself is passed over by what reads
/// pages out. The first of two like attributes counts, so ours win.
fn quiet_images(html: &str) -> String {
    let mut written = String::with_capacity(html.len() + 64);
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        written.push_str(&rest[..start]);
        let tag = &rest[start..];
        // To the end of the tag, so that what an attribute holds is never taken for one.
        let (tag, after) = tag.split_at(text::tag_end(tag));
        let image = tag.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("<img"))
            && tag[4..].starts_with([' ', '\n', '\t', '/', '>']);
        if image {
            written.push_str("<img loading=\"lazy\" referrerpolicy=\"no-referrer\"");
            if !tag.to_ascii_lowercase().contains(" alt=") {
                written.push_str(" alt=\"\"");
            }
            written.push_str(&tag[4..]);
        } else {
            written.push_str(tag);
        }
        rest = after;
    }
    written.push_str(rest);
    written
}
