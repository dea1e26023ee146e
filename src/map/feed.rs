//! A feed as it says it → entries in our terms.

mod texts;

use crate::definition::{Source, SourceKind, Trackers};
use crate::map::effort::Effort;
use crate::map::enclosure::{complete, enclosure, picture_among, seconds};
use crate::map::feed_date::{self, Habit};
use crate::map::identity::{self, Identity, Marks};
use crate::map::{extensions, links, people, plain};
use crate::model::{CategoryPath, Channel, Date, Distinct, Enclosure, Entry, Extension, Origin, Problem};
use crate::parse::feed::{FeedDocument, Hints, KEYWORD_ENDS, Link, RawChannel, RawEntry, Text};
use chrono::DateTime;
use chrono_tz::Tz;
use std::cmp::Reverse;
use std::collections::HashSet;
use url::Url;

/// Entries beyond this are left out, the oldest first.
const MAX_ENTRIES: usize = 10_000;
/// Problems of one kind that are told one by one.
const MAX_TOLD: usize = 20;

/// A feed in our terms.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MappedFeed {
    /// What the feed says of itself; `id` is empty where it has none.
    pub channel: Channel,
    /// As [`FeedDocument::format`].
    pub format: String,
    /// In the feed's order, with ids, keys and dates as the source wrote them; not yet cleaned.
    pub entries: Vec<Entry>,
    /// The keys of entries that it says were deleted (RFC 6721); none of them is among the entries.
    pub deleted: HashSet<String>,
    /// What the feed asks of whoever polls it.
    pub hints: Hints,
    /// Whether it was read to its end: an entry that is missing from a feed that
    /// was cut short is not gone, and the answer's validators are not to be kept.
    pub complete: bool,
    /// What could not be used.
    pub problems: Vec<Problem>,
}

impl MappedFeed {
    /// The same with what its entries have from it: in Atom and JSON Feed the feed's
    /// authors are those of an entry that names none (RFC 4287 §4.2.1, JSON Feed 1.1),
    /// and its licence that of an entry without one.
    #[must_use]
    pub fn with_inherited(mut self) -> Self {
        let inherits = self.format.starts_with("atom") || self.format.starts_with("json");
        for entry in &mut self.entries {
            if inherits && entry.authors.is_empty() && entry.origin.is_none() {
                entry.authors.clone_from(&self.channel.authors);
            }
            if entry.rights.is_none() && entry.origin.is_none() {
                entry.rights.clone_from(&self.channel.rights);
            }
        }
        self
    }
}

/// What a source's definition says of how its feed is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// Where they are dropped, what [`without_trackers`](crate::map::without_trackers)
    /// knows them by is kept.
    pub trackers: Trackers,
    /// Dates that name no zone are read in this one.
    pub zone: Tz,
}

impl Reading {
    /// Those of a source.
    pub fn of(source: &Source) -> Self {
        let zone = match &source.kind {
            SourceKind::Feed(feed) => feed.timezone,
            SourceKind::Posts(_) | SourceKind::From(_) => Tz::UTC,
        };
        Self { trackers: source.trackers, zone }
    }
}

impl Default for Reading {
    /// Trackers stay, dates without a zone are UTC.
    fn default() -> Self {
        Self { trackers: Trackers::Keep, zone: Tz::UTC }
    }
}

/// Maps a feed that was fetched from `feed_url`.
pub fn map(document: &FeedDocument, feed_url: &str, reading: Reading) -> MappedFeed {
    let base = Url::parse(feed_url).ok();
    let dates = document.entries.iter().flat_map(|raw| [&raw.published, &raw.updated]).flatten();
    let language = document.channel.language.as_deref();
    let mapping = Mapping {
        base: base.as_ref(),
        home: texts::home(&document.channel, base.as_ref()),
        trackers: reading.trackers,
        habit: Habit::of(reading.zone, language, dates.map(String::as_str)),
        lines: document.format.starts_with("json"),
        effort: Effort::default(),
    };
    let mut problems = document.problems.clone();
    let mut entries = Vec::with_capacity(document.entries.len());
    let mut undated = 0_usize;
    for (place, raw) in document.entries.iter().enumerate() {
        let mut entry = mapping.entry(raw);
        entry.at = (place + 1).to_string();
        for (name, written, read) in
            [("published", &raw.published, entry.published), ("updated", &raw.updated, entry.updated)]
        {
            if let (Some(written), None) = (written, read) {
                undated += 1;
                if undated <= MAX_TOLD {
                    problems.push(unread_date(feed_url, &entry.at, name, written));
                }
            }
        }
        entries.push(entry);
    }
    let identities = identify(document, &entries);
    for (entry, Identity { id, keys }) in entries.iter_mut().zip(identities) {
        (entry.id, entry.keys) = (id, keys);
    }
    if let refused @ 1.. = mapping.effort.refused() {
        let message =
            format!("the HTML of the feed costs too much to clean, {refused} texts were made plain");
        problems.push(Problem::warning(feed_url, message));
    }
    if entries.len() > MAX_ENTRIES {
        keep_newest(&mut entries);
        let message =
            format!("the feed has more than {MAX_ENTRIES} entries, the newest {MAX_ENTRIES} were kept");
        problems.push(Problem::warning(feed_url, message));
    }
    let deleted = withdrawn(document, &mut entries);
    MappedFeed {
        channel: mapping.channel(&document.channel),
        format: document.format.clone(),
        entries,
        deleted,
        hints: document.hints.clone(),
        complete: document.complete,
        problems,
    }
}

/// Takes out what the feed says was deleted after it was written last; the keys of those, and of all
/// others that are deleted. An entry that was written later was restored (RFC 6721 §3).
fn withdrawn(document: &FeedDocument, entries: &mut Vec<Entry>) -> HashSet<String> {
    let keys = |id: &str| {
        let marks = Marks { guid: Some(id), ..Marks::default() };
        identity::identify(&[marks]).into_iter().flat_map(|identity| identity.keys)
    };
    let mut deleted = HashSet::new();
    for (id, when) in &document.deleted {
        let when = when.as_deref().and_then(|when| DateTime::parse_from_rfc3339(when).ok());
        let is_it = |entry: &Entry| entry.id == *id;
        let written = |entry: &Entry| entry.updated.or(entry.published);
        let stays = |entry: &Entry| match (when, written(entry)) {
            (Some(when), Some(written)) => written > when,
            // Who says that it was deleted and shows it all the same means what he shows.
            _ => true,
        };
        if entries.iter().any(|entry| is_it(entry) && stays(entry)) {
            continue;
        }
        entries.retain(|entry| !is_it(entry));
        deleted.extend(keys(id));
    }
    deleted
}

/// Keeps the newest entries, in the feed's order; undated ones count as oldest, the
/// first of them as newest.
fn keep_newest(entries: &mut Vec<Entry>) {
    let mut places: Vec<usize> = (0..entries.len()).collect();
    places.sort_by_key(|place| Reverse(entries.get(*place).and_then(date_of)));
    let kept: HashSet<usize> = places.into_iter().take(MAX_ENTRIES).collect();
    let mut place = 0..;
    entries.retain(|_| place.next().is_some_and(|place| kept.contains(&place)));
}

fn unread_date(url: &str, at: &str, name: &str, written: &str) -> Problem {
    let shown: String = written.chars().take(60).collect();
    Problem::warning(url, format!("the {name} date of entry {at} can't be read: `{shown}`"))
}

fn identify(document: &FeedDocument, entries: &[Entry]) -> Vec<Identity> {
    let marks: Vec<Marks<'_>> =
        document.entries.iter().zip(entries).map(|(raw, entry)| marks(raw, entry)).collect();
    identity::identify(&marks)
}

fn marks<'t>(raw: &'t RawEntry, entry: &'t Entry) -> Marks<'t> {
    Marks {
        guid: raw.id.as_deref(),
        link: entry.link.as_deref(),
        title: entry.title.as_deref(),
        published: entry.published,
        unread: raw.published.as_deref(),
        text: raw.content.as_ref().or(raw.summary.as_ref()).map(|text| text.value.as_str()),
    }
}

struct Mapping<'b> {
    base: Option<&'b Url>,
    /// The feed's page, where the feed lies on the same host.
    home: Option<Url>,
    trackers: Trackers,
    habit: Habit,
    /// Plain texts keep their lines (JSON Feed's `content_text`).
    lines: bool,
    effort: Effort,
}

impl Mapping<'_> {
    /// The entry's page: its alternate link, else a guid that is one.
    fn page(&self, raw: &RawEntry) -> Option<String> {
        let link = page_of(&raw.links).and_then(|href| links::web(href, self.base));
        link.or_else(|| {
            let id = raw.id.as_deref().filter(|_| raw.id_is_link)?;
            links::web(id, None)
        })
    }

    fn date(&self, written: Option<&str>) -> Option<Date> {
        feed_date::parse(written?, self.habit)
    }

    fn entry(&self, raw: &RawEntry) -> Entry {
        let link = self.page(raw);
        let (content, summary) = self.texts(raw, link.as_deref());
        let mut enclosures = self.enclosures(raw);
        let image = raw
            .images
            .iter()
            .find_map(|image| links::web(image, self.base))
            .or_else(|| picture_among(&enclosures));
        let extensions = self.extensions(raw, &mut enclosures, image.as_deref());
        Entry {
            title: raw.title.as_ref().and_then(plain::line),
            link,
            published: self.date(raw.published.as_deref()),
            updated: self.date(raw.updated.as_deref()),
            authors: people::all(&raw.authors, self.base),
            categories: categories(raw),
            tags: keywords(raw),
            summary,
            content,
            image,
            enclosures,
            language: raw.language.as_deref().and_then(language),
            rights: raw.rights.as_ref().and_then(plain::line),
            comments: raw.comments.as_deref().and_then(|page| links::web(page, self.base)),
            origin: raw.origin.as_ref().map(|origin| Origin {
                id: origin.id.clone(),
                title: origin.title.as_ref().and_then(plain::line),
                url: origin.url.as_deref().and_then(|url| links::web(url, self.base)),
                link: origin.link.as_deref().and_then(|url| links::web(url, self.base)),
            }),
            extensions,
            ..Entry::default()
        }
    }

    /// What the entry says beside the rest, but for what that says already.
    fn extensions(
        &self,
        raw: &RawEntry,
        enclosures: &mut [Enclosure],
        image: Option<&str>,
    ) -> Vec<Extension> {
        let mut found = extensions::of_entry(&raw.extensions, self.base);
        let duration = found.iter().find(|extension| extension.name == "itunes:duration");
        if let (Some(duration), [only]) = (duration, &mut *enclosures) {
            let said = duration.text.as_deref().and_then(|text| text.parse().ok());
            only.duration_seconds = only.duration_seconds.or(said);
        }
        found.retain(|extension| !says_no_more(extension, enclosures, image));
        let licenses = raw.links.iter().filter(|link| link.rel == "license");
        extensions::add_licenses(&mut found, licenses.map(|link| link.href.as_str()));
        found
    }

    fn enclosures(&self, raw: &RawEntry) -> Vec<Enclosure> {
        let mut found: Vec<Enclosure> = Vec::new();
        for written in &raw.enclosures {
            let Some(url) = links::web(&written.url, self.base) else {
                continue;
            };
            let enclosure = enclosure(written, url);
            match found.iter_mut().find(|known| known.url == enclosure.url) {
                Some(known) => complete(known, enclosure),
                None => found.push(enclosure),
            }
        }
        if let (Some(written), [only]) = (&raw.duration, found.as_mut_slice()) {
            only.duration_seconds = only.duration_seconds.or_else(|| seconds(written));
        }
        found
    }

    fn channel(&self, raw: &RawChannel) -> Channel {
        let link = page_of(&raw.links).and_then(|href| links::web(href, self.base));
        Channel {
            id: raw.id.clone().unwrap_or_default(),
            title: raw.title.as_ref().and_then(plain::line).unwrap_or_default(),
            description: raw.description.as_ref().and_then(plain::line),
            link,
            language: raw.language.as_deref().and_then(language),
            authors: people::all(&raw.authors, self.base),
            icon: raw.icon.as_deref().and_then(|icon| links::web(icon, self.base)),
            rights: raw.rights.as_ref().and_then(plain::line),
            updated: self.date(raw.updated.as_deref()),
            extensions: self.head(raw),
        }
    }

    fn head(&self, raw: &RawChannel) -> Vec<Extension> {
        let mut found = extensions::of_head(&raw.extensions, self.base);
        let licenses = raw.links.iter().filter(|link| link.rel == "license");
        extensions::add_licenses(&mut found, licenses.map(|link| link.href.as_str()));
        found
    }
}

/// Whether the picture or an enclosure is all that this says.
fn says_no_more(extension: &Extension, enclosures: &[Enclosure], image: Option<&str>) -> bool {
    match (extension.name.as_str(), enclosures) {
        ("media:thumbnail", _) => extension.attributes.len() == 1 && extension.attribute("url") == image,
        ("itunes:duration", [only]) => {
            extension.text == only.duration_seconds.map(|seconds| seconds.to_string())
        }
        ("media:content", _) => {
            extension.children.is_empty()
                && extension
                    .attributes
                    .iter()
                    .all(|(name, _)| matches!(name.as_str(), "url" | "type" | "fileSize" | "duration"))
                && enclosures.iter().any(|known| Some(known.url.as_str()) == extension.attribute("url"))
        }
        _ => false,
    }
}

/// The link to a page among all links: an alternate that isn't a feed itself.
fn page_of(links: &[Link]) -> Option<&str> {
    let is_page = |link: &&Link| {
        link.media_type
            .as_deref()
            .is_none_or(|kind| matches!(kind.trim(), "text/html" | "application/xhtml+xml"))
    };
    let mut alternates = links.iter().filter(|link| link.rel == "alternate");
    let first = alternates.clone().next();
    let best = alternates.find(is_page).or(first)?;
    Some(best.href.as_str())
}

fn categories(raw: &RawEntry) -> Vec<CategoryPath> {
    let mut found = Distinct::default();
    for category in &raw.categories {
        let written = category.label.as_deref().unwrap_or(&category.term);
        let name = plain::line(&Text { value: written.to_owned(), html: true, base: None });
        found.extend(name.and_then(|name| CategoryPath::from_names([name])));
    }
    found.into_list()
}

fn keywords(raw: &RawEntry) -> Vec<String> {
    let words = raw.keywords.iter().flat_map(|words| words.split(KEYWORD_ENDS));
    words.filter_map(plain::one_line).collect::<Distinct<_>>().into_list()
}

/// A language tag as BCP 47 writes it; `None` for what isn't one.
fn language(written: &str) -> Option<String> {
    // Some name all that a reader would accept, the best first.
    let tag = written.split([',', ';']).next()?.trim().replace('_', "-");
    let is_tag = tag.len() <= 35
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
        && tag.bytes().next().is_some_and(|first| first.is_ascii_alphabetic());
    is_tag.then_some(tag)
}

/// A date of an entry that orders it: published, else updated.
pub fn date_of(entry: &Entry) -> Option<Date> {
    entry.published.or(entry.updated)
}
