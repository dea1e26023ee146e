//! JSON Feed 1.0 and 1.1, leniently: numbers as ids, one author in place of a list,
//! a value of the wrong type is no value.

mod mend;
mod pieces;
mod stream;

use super::caps::Cuts;
use super::document::{
    FeedDocument, Hints, Link, NotAFeed, NotAFeedKind, RawCategory, RawChannel, RawEnclosure, RawEntry,
    RawExtension, RawPerson, Text,
};
use super::markup;
use super::xml::MAX_ENTRIES;
use crate::model::Problem;
use serde::de::DeserializeSeed;
use serde_json::Value;
use stream::{Items, MAX_DEPTH, Object};
use url::Url;

/// Bytes of an extension's text.
const MAX_EXTENSION: usize = 16 * 1024;

/// Reads a JSON Feed; any other JSON is an error that says so.
pub(super) fn read(text: &str, url: &str) -> Result<FeedDocument, NotAFeed> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let text = &*mend::with_long_ids_quoted(text);
    let base = Url::parse(url).ok();
    let reading = Reading { base: base.as_ref() };
    let mut found = Found::read(text, reading, url);
    if found.fault.is_some() {
        let mended = mend::mended(text);
        if mended != text {
            let again = Found::read(&mended, reading, url);
            if again.fault.is_none() || again.entries.len() > found.entries.len() {
                let fault = found.fault.take();
                found = again;
                let told = fault.map(|fault| format!("what is no JSON in the feed was mended ({fault})"));
                found.problems.extend(told.map(|told| Problem::warning(url, told)));
            }
        }
    }
    if found.fault.is_some() {
        found.go_on(text);
    }
    found.into_document(reading, url)
}

/// What was read of a document, as far as it could be.
struct Found<'u> {
    head: Object,
    reading: Reading<'u>,
    entries: Vec<RawEntry>,
    /// Items so far, of any kind; `None` before there is a list of them.
    seen: Option<usize>,
    /// Whether one of them looks like an item.
    has_item: bool,
    is_object: bool,
    /// What reading stopped at.
    fault: Option<serde_json::Error>,
    /// Items that could not be read, where the others were.
    left_out: usize,
    cuts: Cuts<'u>,
    problems: Vec<Problem>,
}

impl Items for Found<'_> {
    fn begin(&mut self) {
        (self.seen, self.has_item) = (Some(0), false);
        self.entries.clear();
    }

    fn wants(&mut self) -> bool {
        let seen = self.seen.get_or_insert_default();
        *seen += 1;
        // One more than is kept shows that there are more.
        *seen <= MAX_ENTRIES + 1
    }

    fn take(&mut self, item: &Object) {
        self.has_item |= is_item(item);
        if self.entries.len() < MAX_ENTRIES && self.seen.is_some_and(|seen| seen <= MAX_ENTRIES) {
            let mut entry = self.reading.entry(item);
            self.cuts.entry(&mut entry, self.entries.len() + 1);
            if self.cuts.takes(&entry) {
                self.entries.push(entry);
            }
        }
    }
}

impl<'u> Found<'u> {
    fn read(text: &str, reading: Reading<'u>, url: &'u str) -> Self {
        let mut found = Self {
            head: Object::new(),
            reading,
            entries: Vec::new(),
            seen: None,
            has_item: false,
            is_object: false,
            fault: None,
            left_out: 0,
            cuts: Cuts::new(url),
            problems: Vec::new(),
        };
        let mut head = Object::new();
        let mut reader = serde_json::Deserializer::from_str(text);
        match (stream::Document { head: &mut head, items: &mut found }).deserialize(&mut reader) {
            Ok(is_object) => {
                found.is_object = is_object;
                if let Err(error) = reader.end() {
                    let message = format!("what follows the feed was left out ({error})");
                    found.problems.push(Problem::warning(url, message));
                }
            }
            Err(error) => found.fault = Some(error),
        }
        found.head = head;
        found
    }

    /// Reads item by item what can't be read as a whole.
    fn go_on(&mut self, text: &str) {
        let before = std::mem::take(&mut self.entries);
        let (seen, has_item, mut unread) = (self.seen, self.has_item, 0);
        self.begin();
        for item in pieces::items(text) {
            match item {
                Some(item) if is_item(&item) && self.wants() => self.take(&item),
                Some(_) => {}
                None => unread += 1,
            }
        }
        if self.entries.len() > before.len() {
            (self.is_object, self.left_out) = (true, unread);
        } else {
            (self.entries, self.seen, self.has_item) = (before, seen, has_item);
        }
    }

    fn into_document(mut self, reading: Reading<'_>, url: &str) -> Result<FeedDocument, NotAFeed> {
        let complete = self.fault.is_none();
        match self.fault {
            Some(fault) if self.entries.is_empty() => {
                return Err(other(format!("this is JSON that can't be read: {fault}")));
            }
            Some(fault) if self.left_out > 0 => {
                let count = self.left_out;
                let message = format!("{count} of the entries can't be read and were left out ({fault})");
                self.problems.push(Problem::warning(url, message));
            }
            Some(fault) => {
                let kept = self.entries.len();
                let message = format!("the feed can't be read behind its first {kept} entries ({fault})");
                self.problems.push(Problem::warning(url, message));
            }
            None if !self.is_object => {
                return Err(other("this is JSON, not a feed: a JSON Feed is an object".to_owned()));
            }
            None => {}
        }
        let version = self.head.get("version").and_then(Value::as_str).unwrap_or_default();
        let number = version.split_once("jsonfeed.org/version/").map(|(_, number)| number.trim_matches('/'));
        // A list of none is left out by programs that leave out what is empty.
        let Some(seen) = self.seen.or(number.map(|_| 0)) else {
            return Err(other(describe(&self.head)));
        };
        if number.is_none() && !self.has_item && self.head.get("home_page_url").is_none() {
            return Err(other(describe(&self.head)));
        }
        // The last time it was asked for there was none.
        if seen > MAX_ENTRIES + 1 {
            let message =
                format!("the feed has more than {MAX_ENTRIES} entries, the first {MAX_ENTRIES} were taken");
            self.problems.push(Problem::warning(url, message));
        }
        let (mut channel, mut hints) = (reading.channel(&self.head), reading.hints(&self.head));
        self.cuts.head(&mut channel, &mut hints);
        self.problems.extend(self.cuts.problems());
        Ok(FeedDocument {
            format: number.map_or("json feed".to_owned(), |number| format!("json feed {number}")),
            channel,
            entries: self.entries,
            deleted: Vec::new(),
            hints,
            complete,
            problems: self.problems,
        })
    }
}

fn other(message: String) -> NotAFeed {
    NotAFeed { kind: NotAFeedKind::Json, message }
}

/// What some API answered, in its own words where it has any.
fn describe(object: &Object) -> String {
    let said = ["error", "message", "detail", "title"].iter().find_map(|key| match object.get(*key)? {
        Value::String(text) if !text.is_empty() => Some(text.chars().take(200).collect::<String>()),
        Value::Object(inner) => {
            inner.get("message").and_then(Value::as_str).map(|text| text.chars().take(200).collect())
        }
        _ => None,
    });
    match said {
        Some(said) => format!("this is JSON, not a feed; it says `{said}`"),
        None => "this is JSON, not a feed: it has no `items`".to_owned(),
    }
}

fn is_item(item: &Object) -> bool {
    ["id", "url", "content_html", "content_text"].iter().any(|key| item.contains_key(*key))
}

/// A string, or a number in its own digits; trimmed, never empty.
fn string(object: &Object, key: &str) -> Option<String> {
    let value = match object.get(key)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!value.is_empty()).then_some(value)
}

/// A list, or what stands alone where a list should.
fn list<'o>(object: &'o Object, key: &str) -> &'o [Value] {
    match object.get(key) {
        Some(Value::Array(list)) => list,
        None | Some(Value::Null) => &[],
        Some(alone) => std::slice::from_ref(alone),
    }
}

fn text(object: &Object, key: &str, html: bool) -> Option<Text> {
    string(object, key).map(|value| Text { value, html, base: None })
}

/// What our own documents say beside the specification's keys.
fn extensions(object: &Object, depth: usize) -> Vec<RawExtension> {
    let key = if depth == MAX_DEPTH { "_extensions" } else { "children" };
    let list = object.get(key).and_then(Value::as_array).filter(|_| depth > 0);
    list.into_iter().flatten().filter_map(|extension| one_extension(extension.as_object()?, depth)).collect()
}

fn one_extension(object: &Object, depth: usize) -> Option<RawExtension> {
    let attributes = object.get("attributes").and_then(Value::as_object).into_iter().flatten();
    Some(RawExtension {
        name: string(object, "name")?,
        attributes: attributes
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect(),
        // Plain text, where the XML formats have markup.
        text: match string(object, "text") {
            Some(text) if !text.starts_with("http") => {
                let text = markup::cut(&text, MAX_EXTENSION);
                text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
            }
            text => text.unwrap_or_default(),
        },
        children: extensions(object, depth - 1),
    })
}

#[derive(Clone, Copy)]
struct Reading<'b> {
    base: Option<&'b Url>,
}

impl Reading<'_> {
    fn address(self, object: &Object, key: &str) -> Option<String> {
        let written = string(object, key)?;
        Some(match (Url::parse(&written), self.base) {
            (Err(_), Some(base)) => base.join(&written).map_or(written, String::from),
            _ => written,
        })
    }

    fn link(self, object: &Object, key: &str, rel: &str) -> Option<Link> {
        self.address(object, key).map(|href| Link { href, rel: rel.to_owned(), media_type: None })
    }

    fn channel(self, feed: &Object) -> RawChannel {
        RawChannel {
            id: string(feed, "feed_url"),
            title: text(feed, "title", false),
            description: text(feed, "description", false),
            links: [self.link(feed, "home_page_url", "alternate"), self.link(feed, "feed_url", "self")]
                .into_iter()
                .flatten()
                .collect(),
            language: string(feed, "language"),
            updated: None,
            authors: self.authors(feed),
            icon: self.address(feed, "icon").or_else(|| self.address(feed, "favicon")),
            rights: None,
            generator: None,
            extensions: extensions(feed, MAX_DEPTH),
        }
    }

    fn hints(self, feed: &Object) -> Hints {
        let hubs = feed.get("hubs").and_then(Value::as_array).into_iter().flatten();
        Hints {
            self_url: self.address(feed, "feed_url"),
            next: self.address(feed, "next_url"),
            hubs: hubs.filter_map(|hub| self.address(hub.as_object()?, "url")).collect(),
            ..Hints::default()
        }
    }

    /// 1.1 has a list, 1.0 one author; both are found in either, and plain names too.
    fn authors(self, object: &Object) -> Vec<RawPerson> {
        let authors: Vec<_> =
            list(object, "authors").iter().filter_map(|author| self.person(author)).collect();
        if authors.is_empty() {
            object.get("author").and_then(|author| self.person(author)).into_iter().collect()
        } else {
            authors
        }
    }

    fn person(self, value: &Value) -> Option<RawPerson> {
        match value {
            Value::String(name) if !name.trim().is_empty() => {
                Some(RawPerson { name: Some(name.trim().to_owned()), ..RawPerson::default() })
            }
            Value::Object(author) => {
                let url = self.address(author, "url");
                let (email, url) = match url {
                    Some(url) if url.starts_with("mailto:") => {
                        (url.strip_prefix("mailto:").map(str::to_owned), None)
                    }
                    url => (string(author, "email"), url),
                };
                let person = RawPerson { name: string(author, "name"), email, url };
                (person != RawPerson::default()).then_some(person)
            }
            _ => None,
        }
    }

    fn entry(self, item: &Object) -> RawEntry {
        // A text is a list with commas.
        let commas = if item.get("tags").is_some_and(Value::is_string) { &[','][..] } else { &[] };
        let tags = list(item, "tags").iter().filter_map(Value::as_str).flat_map(|tag| tag.split(commas));
        let html = text(item, "content_html", true);
        // A page elsewhere is all there is where the item has none of its own.
        let page = if item.contains_key("url") { "related" } else { "alternate" };
        RawEntry {
            id: string(item, "id"),
            id_is_link: true,
            title: text(item, "title", false),
            links: [self.link(item, "url", "alternate"), self.link(item, "external_url", page)]
                .into_iter()
                .flatten()
                .collect(),
            published: string(item, "date_published"),
            updated: string(item, "date_modified"),
            authors: self.authors(item),
            categories: tags
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .map(|tag| RawCategory { term: tag.to_owned(), ..RawCategory::default() })
                .collect(),
            summary: text(item, "summary", false),
            content: html.or_else(|| text(item, "content_text", false)),
            images: [self.address(item, "image"), self.address(item, "banner_image")]
                .into_iter()
                .flatten()
                .collect(),
            enclosures: list(item, "attachments")
                .iter()
                .filter_map(|attachment| self.enclosure(attachment.as_object()?))
                .collect(),
            language: string(item, "language"),
            extensions: extensions(item, MAX_DEPTH),
            ..RawEntry::default()
        }
    }

    fn enclosure(self, attachment: &Object) -> Option<RawEnclosure> {
        Some(RawEnclosure {
            url: self.address(attachment, "url")?,
            media_type: string(attachment, "mime_type"),
            length: string(attachment, "size_in_bytes"),
            title: string(attachment, "title"),
            duration: string(attachment, "duration_in_seconds"),
        })
    }
}
