//! What a feed says, as it says it: the same for every format, nothing decided yet.

use crate::model::Problem;
use std::fmt;

/// A feed as its bytes have it. Dates, addresses and names are raw text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeedDocument {
    /// `rss 2.0`, `rss 0.91`, `rss 1.0`, `atom 1.0`, `atom 0.3`, `json feed 1.1`, `cdf` …;
    /// without a number where the document names none.
    pub format: String,
    /// What it says of itself.
    pub channel: RawChannel,
    /// Its entries, in its order.
    pub entries: Vec<RawEntry>,
    /// What it says of entries that were deleted (RFC 6721): their ids, each with when that was.
    pub deleted: Vec<(String, Option<String>)>,
    /// What it asks of whoever polls it.
    pub hints: Hints,
    /// Whether it was read to its end; a feed that was cut short holds the
    /// entries before the cut, and what is missing from it says nothing.
    pub complete: bool,
    /// What had to be mended.
    pub problems: Vec<Problem>,
}

/// What a feed says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawChannel {
    /// Atom and JSON Feed only (`id`; JSON: `feed_url`).
    pub id: Option<String>,
    /// Its name.
    pub title: Option<Text>,
    /// `description`, `subtitle`, `tagline`, `info`.
    pub description: Option<Text>,
    /// Addresses, each with what it is to the feed.
    pub links: Vec<Link>,
    /// As written.
    pub language: Option<String>,
    /// `lastBuildDate`, `updated`, `modified`, else `pubDate`, `dc:date`.
    pub updated: Option<String>,
    /// Who speaks.
    pub authors: Vec<RawPerson>,
    /// Address of its small picture, else its large one.
    pub icon: Option<String>,
    /// Copyright line.
    pub rights: Option<Text>,
    /// What made it.
    pub generator: Option<String>,
    /// Elements of other vocabularies.
    pub extensions: Vec<RawExtension>,
}

/// One entry of a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawEntry {
    /// `guid`, `id`, `rdf:about`; never empty.
    pub id: Option<String>,
    /// RSS: whether the guid may serve as the link (not said to be no permalink).
    pub id_is_link: bool,
    /// Its headline.
    pub title: Option<Text>,
    /// Addresses, each with what it is to the entry.
    pub links: Vec<Link>,
    /// `pubDate`, `published`, `issued`, `dc:date`, `created`.
    pub published: Option<String>,
    /// `updated`, `modified`, `dcterms:modified`.
    pub updated: Option<String>,
    /// Who wrote it.
    pub authors: Vec<RawPerson>,
    /// Where it is filed.
    pub categories: Vec<RawCategory>,
    /// Lists of keywords, each as written.
    pub keywords: Vec<String>,
    /// `description`, `summary` and what stands in for them.
    pub summary: Option<Text>,
    /// `content`, `content:encoded`, an XHTML body.
    pub content: Option<Text>,
    /// Pictures that stand for the entry, best first.
    pub images: Vec<String>,
    /// `enclosure`, `media:content`, `attachments`.
    pub enclosures: Vec<RawEnclosure>,
    /// The page with its comments.
    pub comments: Option<String>,
    /// Copyright line.
    pub rights: Option<Text>,
    /// As written: `xml:lang`, `dc:language`, `language`.
    pub language: Option<String>,
    /// Playing time, as written.
    pub duration: Option<String>,
    /// The feed it was first published in.
    pub origin: Option<RawOrigin>,
    /// Elements of other vocabularies.
    pub extensions: Vec<RawExtension>,
}

/// A text and what it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    /// Decoded once: of HTML the markup, of plain text the text.
    pub value: String,
    /// HTML; what RSS leaves open counts as HTML.
    pub html: bool,
    /// What its relative addresses count from, where the document says (`xml:base`).
    pub base: Option<String>,
}

/// An address and what it is to the feed or entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Absolute where the document says what it counts from.
    pub href: String,
    /// `alternate` where nothing is said.
    pub rel: String,
    /// Media type.
    pub media_type: Option<String>,
}

/// Someone, as written: `mail (name)` and the like stand in `name`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawPerson {
    /// Name, or all there is.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Home page.
    pub url: Option<String>,
}

/// A category: what it is called, and what machines call it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawCategory {
    /// The name, or the term of a scheme.
    pub term: String,
    /// What to show in place of the term.
    pub label: Option<String>,
    /// Whose term it is.
    pub scheme: Option<String>,
}

/// A file that goes with an entry; numbers are raw text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawEnclosure {
    /// Absolute where the document says what it counts from.
    pub url: String,
    /// Media type, or the medium alone (`image`).
    pub media_type: Option<String>,
    /// Bytes.
    pub length: Option<String>,
    /// A title of its own.
    pub title: Option<String>,
    /// Playing time: seconds, or `h:mm:ss`.
    pub duration: Option<String>,
}

/// The feed that an entry was first published in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawOrigin {
    /// That feed's id.
    pub id: Option<String>,
    /// That feed's title.
    pub title: Option<Text>,
    /// That feed's own address.
    pub url: Option<String>,
    /// That feed's site.
    pub link: Option<String>,
}

/// An element of a vocabulary beside the formats' own, nothing of it checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RawExtension {
    /// The usual prefix and the name as written: `itunes:episode`.
    pub name: String,
    /// As written but for addresses, which are absolute where the document says what
    /// they count from.
    pub attributes: Vec<(String, String)>,
    /// All of its text.
    pub text: String,
    /// What stands in it.
    pub children: Vec<RawExtension>,
}

/// What a feed asks of whoever polls it, and where the rest of it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// RSS `ttl`, in minutes.
    pub ttl_minutes: Option<u32>,
    /// RSS `skipHours`: hours of the day, 0 to 23, GMT.
    pub skip_hours: Vec<u8>,
    /// RSS `skipDays`: 0 is Monday, GMT.
    pub skip_days: Vec<u8>,
    /// `sy:updatePeriod`: `hourly`, `daily`, `weekly`, `monthly`, `yearly`.
    pub update_period: Option<String>,
    /// `sy:updateFrequency`: times in a period.
    pub update_frequency: Option<u32>,
    /// `sy:updateBase`, as written.
    pub update_base: Option<String>,
    /// WebSub hubs, absolute.
    pub hubs: Vec<String>,
    /// The feed's own address, as it says.
    pub self_url: Option<String>,
    /// RFC 5005: the page after this one of a paged feed.
    pub next: Option<String>,
    /// RFC 5005: the document with the entries before these.
    pub prev_archive: Option<String>,
    /// Where the feed says that it moved (`itunes:new-feed-url`).
    pub moved_to: Option<String>,
}

/// Why bytes are not a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAFeed {
    /// What they are instead.
    pub kind: NotAFeedKind,
    /// In words: lower case, no full stop.
    pub message: String,
}

/// What bytes are that are not a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotAFeedKind {
    /// A page, and the feeds that it announces, absolute, in its order.
    Html {
        /// `<link rel="alternate">` with the type of a feed.
        announces: Vec<String>,
    },
    /// Nothing, or nothing but white space.
    Empty,
    /// JSON of another kind: an API's answer, an error.
    Json,
    /// Something else.
    Other,
}

impl fmt::Display for NotAFeed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for NotAFeed {}
