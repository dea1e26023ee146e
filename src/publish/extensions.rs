//! Elements of other vocabularies, and in which document they may stand.
//!
//! In: a channel's and an entry's extensions as they are stored. Out: those that the
//! W3C validator lets stand where they would. Apple's elements call for one another:
//! they stand together or not at all.

use crate::model::language_tag;
use crate::model::{Channel, Entry, Extension, Feed};
use crate::publish::enclosure::{self, File};
use crate::publish::{address, text};
use std::collections::BTreeSet;

/// Each usual prefix and its namespace.
const NAMESPACES: [(&str, &str); 8] = [
    ("creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"),
    ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("georss", "http://www.georss.org/georss"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("podcast", "https://podcastindex.org/namespace/1.0"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
];

/// RSS's own elements stand in it, which the validator takes for elements without a namespace:
/// JSON Feed alone has it.
const ON_AIR: &str = "podcast:liveItem";
/// A namespace that the validator warns of: JSON Feed alone has its elements.
const CHAPTERS: &str = "psc";

/// Extensions of files that Apple's directory plays.
const APPLE_FILES: [&str; 7] = ["m4a", "mp3", "mov", "mp4", "m4v", "pdf", "epub"];

/// The namespace of a usual prefix.
pub(super) fn namespace(prefix: &str) -> Option<&'static str> {
    NAMESPACES.iter().find(|(known, _)| *known == prefix).map(|(_, namespace)| *namespace)
}

/// The prefixes of these elements and of those in them.
pub(super) fn prefixes<'e>(extensions: impl Iterator<Item = &'e Extension>) -> BTreeSet<String> {
    extensions.flat_map(Extension::tree).map(|extension| extension.prefix().to_owned()).collect()
}

/// What stands in the head of an RSS document, and what of each entry.
pub(super) struct Written {
    pub(super) head: Vec<Extension>,
    /// In the order of the entries.
    pub(super) entries: Vec<Vec<Extension>>,
}

/// Everything that an RSS document of this feed may say.
pub(super) fn of_rss(feed: &Feed) -> Written {
    let apple = apple_head(feed);
    let mut head = legal(&feed.channel.extensions);
    head.retain(|extension| extension.prefix() != "itunes" && extension.name != ON_AIR);
    let entries = feed.entries.iter().map(|entry| of_item(&entry.entry, apple.is_some())).collect();
    head.extend(apple.unwrap_or_default());
    Written { head, entries }
}

/// Everything that an Atom entry may say: Apple's are for RSS alone, a licence is a link.
pub(super) fn of_atom_entry(entry: &Entry) -> Vec<Extension> {
    let mut extensions = legal(&entry.extensions);
    extensions.retain(|extension| !matches!(extension.prefix(), "itunes" | "creativeCommons" | CHAPTERS));
    with_thumbnail(entry, &mut extensions);
    extensions
}

/// The addresses of its licences.
pub(super) fn licenses(extensions: &[Extension]) -> Vec<String> {
    let licenses = extensions.iter().filter(|extension| extension.name == "creativeCommons:license");
    licenses.filter_map(|license| address::maybe(license.text.as_deref())).collect()
}

/// Apple's elements of the head where there are all that it calls for; `None` where the
/// document can't have any.
fn apple_head(feed: &Feed) -> Option<Vec<Extension>> {
    let channel = &feed.channel;
    language_tag(channel.language.as_deref())?;
    let mut own = legal(&channel.extensions);
    own.retain(|extension| extension.prefix() == "itunes");
    let has = |name: &str| own.iter().any(|extension| extension.name == name);
    if !has("itunes:category") {
        return None;
    }
    let more = [
        (!has("itunes:explicit")).then(|| explicit(feed)),
        if has("itunes:owner") { None } else { Some(owner(channel).or_else(|| locker(channel))?) },
    ];
    own.extend(more.into_iter().flatten());
    Some(own)
}

/// Whether any entry says that it is.
fn explicit(feed: &Feed) -> Extension {
    let says = |extension: &Extension| {
        extension.name == "itunes:explicit" && extension.text.as_deref() == Some("true")
    };
    let any = feed.entries.iter().any(|entry| entry.entry.extensions.iter().any(says));
    simple("itunes:explicit", if any { "true" } else { "false" })
}

/// The feed's own author, who has to have a mail address.
fn owner(channel: &Channel) -> Option<Extension> {
    let author = channel.authors.iter().find(|author| author.email.is_some())?;
    owned_by(author.email.as_deref()?, author.name.as_deref())
}

/// Who keeps the podcast from being moved, and so says who owns it.
fn locker(channel: &Channel) -> Option<Extension> {
    let found = |name: &str| channel.extensions.iter().find(|extension| extension.name == name);
    let author = found("itunes:author").and_then(|author| author.text.as_deref());
    owned_by(found("podcast:locked")?.attribute("owner")?, author)
}

fn owned_by(email: &str, name: Option<&str>) -> Option<Extension> {
    let name = name.and_then(plain).filter(|name| name.chars().count() <= 255);
    let name = name.map(|name| simple("itunes:name", &name));
    let children = [Some(simple("itunes:email", email)), name].into_iter().flatten().collect();
    is_email(email).then(|| Extension { name: "itunes:owner".to_owned(), children, ..Extension::default() })
}

fn is_email(text: &str) -> bool {
    text.is_ascii() && text.contains('@') && !text.contains([' ', '<', '>', '&'])
}

fn simple(name: &str, text: &str) -> Extension {
    Extension { name: name.to_owned(), text: Some(text.to_owned()), ..Extension::default() }
}

/// What an item says: its own, the files that have no enclosure, its picture.
fn of_item(entry: &Entry, apple: bool) -> Vec<Extension> {
    let mut extensions = legal(&entry.extensions);
    extensions.retain(|extension| extension.prefix() != CHAPTERS);
    let files = enclosure::files(&entry.enclosures);
    let first = files.iter().find(|file| address::is_enclosure_address(&file.url));
    let apple = apple && first.is_none_or(|file| is_for_apple(&file.url));
    let mut duration = first.and_then(|file| file.duration_seconds).filter(|seconds| *seconds > 0);
    if apple {
        if !extensions.iter().any(|extension| extension.name == "itunes:duration") {
            extensions.extend(duration.map(|seconds| simple("itunes:duration", &seconds.to_string())));
        }
        duration = None;
    } else {
        as_podcast(&mut extensions);
    }
    let told: Vec<String> = extensions
        .iter()
        .flat_map(Extension::tree)
        .filter(|extension| extension.name == "media:content")
        .filter_map(|extension| extension.attribute("url").map(str::to_owned))
        .collect();
    let untold = files.iter().filter(|file| {
        !told.contains(&file.url) && (duration.is_some() || first.is_none_or(|first| first.url != file.url))
    });
    extensions.extend(untold.map(media_content));
    with_thumbnail(entry, &mut extensions);
    extensions
}

/// A file's ending is all that tells whether Apple plays it. The W3C validator, which takes
/// a query string for part of it, judges files of no item whose head is Apple's already.
fn is_for_apple(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('.').next().is_some_and(|extension| APPLE_FILES.contains(&extension))
}

/// Where Apple's elements can't stand, those that the podcast namespace has too.
fn as_podcast(extensions: &mut Vec<Extension>) {
    for (apple, podcast) in [("itunes:season", "podcast:season"), ("itunes:episode", "podcast:episode")] {
        let number = extensions.iter().find(|extension| extension.name == apple);
        if let Some(number) = number.and_then(|extension| extension.text.clone())
            && !extensions.iter().any(|extension| extension.name == podcast)
        {
            extensions.push(simple(podcast, &number));
        }
    }
    extensions.retain(|extension| extension.prefix() != "itunes");
}

fn media_content(file: &File) -> Extension {
    let mut attributes = vec![("url", file.url.clone()), ("type", file.media_type.clone())];
    attributes
        .extend(file.length.filter(|length| *length > 0).map(|length| ("fileSize", length.to_string())));
    attributes.extend(file.duration_seconds.map(|seconds| ("duration", seconds.to_string())));
    with_attributes("media:content", attributes)
}

/// The entry's picture, where no thumbnail of its own shows it.
fn with_thumbnail(entry: &Entry, extensions: &mut Vec<Extension>) {
    let Some(url) = address::maybe(entry.image.as_deref()) else { return };
    let first = extensions.iter().position(|extension| extension.name == "media:thumbnail");
    let shows = first.and_then(|place| extensions.get(place));
    if shows.and_then(|extension| extension.attribute("url")) != Some(&url) {
        // The first picture is the one that stands for the entry.
        let place = first.unwrap_or(extensions.len());
        extensions.insert(place, with_attributes("media:thumbnail", vec![("url", url)]));
    }
}

fn with_attributes(name: &str, attributes: Vec<(&str, String)>) -> Extension {
    let attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Extension { name: name.to_owned(), attributes, ..Extension::default() }
}

/// The same as every reader takes it: addresses as URIs, text without what XML can't hold.
fn legal(extensions: &[Extension]) -> Vec<Extension> {
    extensions.iter().filter_map(one_legal).collect()
}

fn one_legal(extension: &Extension) -> Option<Extension> {
    let mut attributes = Vec::new();
    for (name, value) in &extension.attributes {
        let value = match (extension.name.as_str(), name.as_str()) {
            // The id of another entry, as we would write it.
            ("thr:in-reply-to", "ref") => address::atom_iri(value),
            _ if is_address(value) && name != "srcset" => address(value)?,
            _ => match text::line(value) {
                // An attribute is no place for what could be taken for markup.
                Some(line) if !line.contains('<') => line,
                _ => continue,
            },
        };
        attributes.push((name.clone(), value));
    }
    let text = match extension.text.as_deref() {
        Some(text) if is_address(text) => Some(address(text)?),
        text => text.and_then(plain),
    };
    let children = legal(&extension.children);
    let says = text.is_some() || !attributes.is_empty() || !children.is_empty();
    says.then(|| Extension { name: extension.name.clone(), attributes, text, children })
}

fn plain(line: &str) -> Option<String> {
    Some(text::without_tags(&text::line(line)?))
}

fn is_address(value: &str) -> bool {
    value.starts_with("https://") || value.starts_with("http://")
}
