//! A feed ready to be put out: channel and entries, and which part of it in which format.

use crate::model::{CategoryPath, Date, Entry, Extension, Person};
use chrono::{DateTime, Utc};
use std::fmt;

/// A feed, or one category, tag, author or source of it, ready to be put out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Feed {
    /// What the document says of itself.
    pub channel: Channel,
    /// Newest first, already limited.
    pub entries: Vec<FeedEntry>,
    /// Those that were in it and were deleted, newest first; Atom alone can say it (RFC 6721).
    pub deleted: Vec<Deleted>,
}

/// An entry that was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// The id that Atom carried.
    pub atom_id: String,
    /// When that was noticed.
    pub at: DateTime<Utc>,
}

/// What a document says of itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Channel {
    /// Absolute IRI, chosen once and kept.
    pub id: String,
    /// Plain text.
    pub title: String,
    /// Plain text.
    pub description: Option<String>,
    /// The site that the feed speaks for, absolute.
    pub link: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Who speaks.
    pub authors: Vec<Person>,
    /// Absolute address of a picture.
    pub icon: Option<String>,
    /// Licence or copyright line.
    pub rights: Option<String>,
    /// The newest change among the entries; a fixed time where there are none.
    pub updated: Option<Date>,
    /// What the feed says beside all this.
    pub extensions: Vec<Extension>,
}

/// An entry as it is put out: with its lasting ids and the dates it stands at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeedEntry {
    /// The entry; its `id` is the one that RSS and JSON Feed carry, its
    /// `categories` and `tags` are those it is filed under here.
    pub entry: Entry,
    /// The id that Atom carries: the same, or an `urn:uuid:` where it isn't an absolute IRI.
    pub atom_id: String,
    /// The smaller of the written date and the time first seen; never in the future.
    pub published: Date,
    /// When it last changed; `None` means as published.
    pub updated: Option<Date>,
}

/// Which entries of a feed a document holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Facet {
    /// All of them.
    Whole,
    /// Those filed under this path or below it.
    Category(CategoryPath),
    /// Those with this tag.
    Tag(String),
    /// Those by this author, by the name that is shown.
    Author(String),
    /// Those from this source, by its id (below `all`: `<feed>/<id>`).
    Source(String),
}

/// The three formats that everything is published in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Atom 1.0, RFC 4287.
    Atom,
    /// RSS 2.0.
    Rss,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Atom, Self::Rss, Self::Json];

    /// The extension in addresses and of files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Atom => "atom",
            Self::Rss => "rss",
            Self::Json => "json",
        }
    }

    /// The format of this extension.
    pub fn from_extension(extension: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.extension() == extension)
    }

    /// The media type, without a charset.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Atom => "application/atom+xml",
            Self::Rss => "application/rss+xml",
            Self::Json => "application/feed+json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Atom => "Atom",
            Self::Rss => "RSS",
            Self::Json => "JSON Feed",
        })
    }
}
