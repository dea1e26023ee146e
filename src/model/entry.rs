//! One item of a feed, whatever it came from, and its parts.

use crate::model::{CategoryPath, Extension};
use chrono::{DateTime, FixedOffset, Utc};

/// An instant with the offset that it was written in.
pub type Date = DateTime<FixedOffset>;

/// One item, as its source wrote it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Entry {
    /// The source's own id, byte for byte: Atom `id`, RSS `guid`, or what the
    /// site's generator would have published.
    pub id: String,
    /// How the entry is found again among the stored ones, best first: a post
    /// by its path and then its id, a remote entry by its guid and then its link.
    pub keys: Vec<String>,
    /// Plain text, no markup.
    pub title: Option<String>,
    /// The entry's page, absolute.
    pub link: Option<String>,
    /// When it was published, as written.
    pub published: Option<Date>,
    /// When it was last changed, as written; absent means as published.
    pub updated: Option<Date>,
    /// Who wrote it.
    pub authors: Vec<Person>,
    /// Where it is filed.
    pub categories: Vec<CategoryPath>,
    /// Keywords without a hierarchy.
    pub tags: Vec<String>,
    /// A shorter text beside the content, HTML.
    pub summary: Option<String>,
    /// The whole text, HTML; where a source has one text alone, it is this.
    pub content: Option<String>,
    /// The picture that stands for the entry, absolute.
    pub image: Option<String>,
    /// Files that go with it.
    pub enclosures: Vec<Enclosure>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Licence or copyright line, plain text.
    pub rights: Option<String>,
    /// The page with its comments, absolute.
    pub comments: Option<String>,
    /// The feed it was first published in (the formats' `source` element).
    pub origin: Option<Origin>,
    /// What it says beside all this: podcasts, media, places, replies.
    pub extensions: Vec<Extension>,
    /// Not shown before this time (a post dated in the future).
    pub visible_from: Option<DateTime<Utc>>,
    /// Not shown from this time on (an expired post).
    pub visible_until: Option<DateTime<Utc>>,
    /// Where it stands in its source: the post's path, or the place in the feed.
    pub at: String,
    /// A post's metadata for filters to look at: key (dotted) and value, a list's key once
    /// an item. Never served.
    pub meta: Vec<(String, String)>,
}

impl Entry {
    /// What its authors are shown as.
    pub fn author_labels(&self) -> Vec<String> {
        self.authors.iter().filter_map(Person::label).map(str::to_owned).collect()
    }
}

/// Someone who wrote an entry or a feed; at least one field is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// The name to show.
    pub name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Home page, absolute.
    pub url: Option<String>,
}

impl Person {
    /// A person known by name alone.
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// What to show: the name, else the e-mail address, else the page.
    pub fn label(&self) -> Option<&str> {
        self.name.as_deref().or(self.email.as_deref()).or(self.url.as_deref())
    }
}

/// A file that goes with an entry: an episode, a picture, an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enclosure {
    /// Absolute address.
    pub url: String,
    /// Media type, `audio/mpeg`.
    pub media_type: Option<String>,
    /// Size in bytes.
    pub length: Option<u64>,
    /// A title of its own.
    pub title: Option<String>,
    /// Playing time in seconds.
    pub duration_seconds: Option<u64>,
}

/// The feed that an entry was first published in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// That feed's id.
    pub id: Option<String>,
    /// That feed's title.
    pub title: Option<String>,
    /// That feed's own address.
    pub url: Option<String>,
    /// That feed's site.
    pub link: Option<String>,
}
