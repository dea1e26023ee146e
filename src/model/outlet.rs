//! How one feed is put out: the part of a definition that serving needs.

use crate::model::{CategoryPath, Format, Hub, Person};
use std::{collections::BTreeMap, fmt};

/// One feed as it is put out. Made from a definition, handed to `serve` and to
/// `build`; the store knows the entries, this says how they are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlet {
    /// The feed's id, its file's stem: `finance` is served at `/finance.atom`.
    pub id: String,
    /// Folders below `feeds/`, outermost first: outlines in the OPML.
    pub group: Vec<String>,
    /// Plain text; the id where the definition has none.
    pub title: String,
    /// Plain text.
    pub description: Option<String>,
    /// The site that the feed speaks for.
    pub link: Option<String>,
    /// BCP 47 tag.
    pub language: Option<String>,
    /// Who speaks.
    pub author: Option<Person>,
    /// Absolute address of a picture.
    pub icon: Option<String>,
    /// Licence or copyright line.
    pub rights: Option<String>,
    /// Entries in a document.
    pub limit: usize,
    /// What entries are sorted by.
    pub order: EntryOrder,
    /// How much of each entry is put out.
    pub content: ContentMode,
    /// In the index page and the OPML.
    pub listed: bool,
    /// Its entries are in `all`.
    pub in_all: bool,
    /// What the definition says of single categories.
    pub categories: BTreeMap<CategoryPath, CategoryInfo>,
    /// Ids of its sources, in the order of the file.
    pub sources: Vec<String>,
    /// Old addresses that are answered with its documents.
    pub aliases: Vec<Alias>,
    /// Its own Atom id, in place of the one that was made at first publishing.
    pub feed_id: Option<String>,
    /// Ids that it had before: their addresses lead here.
    pub was: Vec<String>,
    /// Whether it is still here.
    pub fate: Fate,
    /// Who may read it.
    pub access: Access,
    /// Hubs that tell of its changes; none where it needs a token.
    pub hubs: Vec<Hub>,
}

/// An old address that a document of the feed is served at, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// A path below the public address, as written: `/atom.xml`. A `:slug` in it stands
    /// for a category's name; for a tag's, where a folder before it says so (`tags`, `by_tag`).
    pub path: String,
    /// What is served there.
    pub format: Format,
}

/// Whether a feed is still published here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is.
    #[default]
    Here,
    /// It is published at this address now.
    Moved(String),
    /// It is published no more.
    Gone,
}

/// Who may read a feed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    #[default]
    Public,
    /// Whoever has one of these, at its address alone.
    Token(Vec<Pass>),
}

/// A token and whose it is. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pass {
    /// For the operator: what to take out to revoke it.
    pub name: String,
    /// Stands in addresses.
    pub token: String,
}

impl fmt::Debug for Pass {
    /// The name, and a mark that moves with the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = blake3::derive_key("feedmill 2026-11-22 mark of a token", self.token.as_bytes());
        let mark = blake3::Hash::from_bytes(mark).to_hex();
        write!(formatter, "{}({})", self.name, mark.get(..8).unwrap_or_default())
    }
}

/// What a definition says of one category.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CategoryInfo {
    /// Shown instead of the category's name.
    pub title: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// Stands for the name in addresses.
    pub slug: Option<String>,
    /// Slugs that it had: addresses with them lead here.
    pub former_slugs: Vec<String>,
    /// Another full path: this path and all below it are filed there instead.
    pub into: Option<CategoryPath>,
}

/// What the entries of a feed are sorted by, newest first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EntryOrder {
    /// The date they stand at.
    #[default]
    Published,
    /// The time they were first seen.
    Added,
}

/// How much of an entry is put out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ContentMode {
    /// All there is.
    #[default]
    Full,
    /// No content, a summary at most.
    Summary,
    /// Title and link alone.
    Title,
}
