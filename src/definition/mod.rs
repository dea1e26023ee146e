//! What to publish: one `feeds/<id>.yaml` is one [`Definition`].
//!
//! In: a folder of YAML files. Out: definitions, and a [`crate::model::Problem`]
//! with file, line and column for everything wrong in any of them. Never opens a
//! connection, never reads a post.

mod access;
mod address;
mod alias;
mod among;
mod category;
mod feed;
mod filter;
mod hash;
mod hub;
mod id;
mod inherited;
mod kind;
mod known;
mod load;
mod loaded;
mod made_of;
mod source;
mod template;
mod word;

pub use crate::model::{Crontab, Defaults, Timetable};
pub use address::is_ours;
pub use filter::{Condition, Filter, Pattern};
pub use id::{is_id, is_reserved};
pub use load::load;
pub use loaded::Loaded;
pub use made_of::with_theirs;
pub use template::{LONGEST_TEXT, Made, Pick, Template};

use crate::model::{CategoryPath, Outlet};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

/// One feed as its file defines it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The file it came from.
    pub file: PathBuf,
    /// BLAKE3 over everything that changes what is collected or served: a document
    /// is rendered again when it moves. Schedules and the file's name are not in it.
    pub hash: [u8; 32],
    /// How it is put out. Shared with who serves it.
    pub outlet: Arc<Outlet>,
    /// `false` keeps the file and serves nothing.
    pub enabled: bool,
    /// Its sources that are enabled and those that are not, in the order of the file. Shared with
    /// who collects them.
    pub sources: Vec<Arc<Source>>,
}

/// One configured input of a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// Name in addresses and status.
    pub id: String,
    /// What the store knows it by within its feed: `id:NAME` where the file gives
    /// an id, else `KIND:LOCATION`. The order in the file means nothing.
    pub key: String,
    /// What it is and where.
    pub kind: SourceKind,
    /// Off: not collected; what it brought stays.
    pub enabled: bool,
    /// When it is collected.
    pub timetable: Timetable,
    /// The zone that a cron line is read in.
    pub timezone: chrono_tz::Tz,
    /// Limit of one collection, redirects and body included; `None` is `fetch.timeout`.
    pub timeout: Option<Duration>,
    /// Entry field → metadata keys and templates, first that has a value wins.
    pub map: BTreeMap<String, Vec<Pick>>,
    /// How its entries are filed.
    pub filing: Filing,
    /// At most so many newest entries a collection.
    pub take: Option<usize>,
    /// Older entries are not taken.
    pub since: Since,
    /// What becomes of an entry that the source no longer has.
    pub on_delete: OnDelete,
    /// What becomes of pictures that only count readers.
    pub trackers: Trackers,
    /// Subscribed to where it names a WebSub hub.
    pub websub: bool,
    /// Hash over what changes the mapping (kind, location, map, posts keys): when
    /// it moves, the source is collected again unconditionally.
    pub collect_hash: [u8; 32],
}

/// How a source's entries are filed; acts on the way out, at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filing {
    /// Added to each entry.
    pub categories: Vec<CategoryPath>,
    /// Added to each entry.
    pub tags: Vec<String>,
    /// What becomes of the source's own categories.
    pub own: OwnCategories,
    /// From the feed's `categories.*.into`: this path and all below it stand there instead.
    pub into: Vec<(CategoryPath, CategoryPath)>,
    /// What it has to pass: the source's own filter, then its feed's.
    pub filters: Vec<Filter>,
    /// What makes two entries of different sources one.
    pub dedupe: Dedupe,
    /// The source's id, for filters that name it.
    pub source: String,
}

/// What makes entries of several sources one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Dedupe {
    /// Nothing does.
    #[default]
    None,
    /// The same id; scheme, `www.` and a last slash apart.
    Id,
    /// The same link; as ids, and tracking parameters apart.
    Url,
}

/// What becomes of a source's own categories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum OwnCategories {
    /// They stay categories.
    #[default]
    Keep,
    /// Each name becomes a tag.
    Tags,
    /// They fall away.
    Drop,
}

/// Which entries are old enough to be left out at the first collection.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Since {
    /// None.
    #[default]
    All,
    /// Those dated before the source was first collected.
    Now,
    /// Those dated before this.
    Date(crate::model::Date),
}

/// What becomes of an entry that its source no longer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDelete {
    /// It leaves the feed; its id is remembered.
    Remove,
    /// It stays.
    Keep,
    /// It leaves the feed, and Atom says so for a while (RFC 6721).
    Tombstone,
}

/// What becomes of pictures that nobody sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Trackers {
    /// They stay.
    #[default]
    Keep,
    /// They are taken out.
    Drop,
}

/// What a source is, and where.
#[derive(Debug, Clone, PartialEq)]
pub enum SourceKind {
    /// Posts on disk, or one post by URL.
    Posts(PostsSource),
    /// A feed by URL.
    Feed(FeedSource),
    /// Other feeds of ours, by id.
    From(Vec<String>),
}

/// A folder, file or glob of posts.
#[derive(Debug, Clone, PartialEq)]
pub struct PostsSource {
    /// Absolute paths or globs.
    pub paths: Vec<PathBuf>,
    /// Where the feed's file names each of them, `feeds/a.yaml:3:12`; none where no file does.
    pub written: Vec<String>,
    /// Which generator's rules hold.
    pub site: SiteKind,
    /// Whether the generator's own misreadings hold too.
    pub compat: Compat,
    /// The site's public address.
    pub url: Option<String>,
    /// Its permalinks in its generator's own words.
    pub permalink: Option<String>,
    /// For the day in permalinks, where the site is built on a machine in another zone than its own.
    pub permalink_timezone: Option<chrono_tz::Tz>,
    /// For dates without a zone, where the source itself says one.
    pub timezone: Option<chrono_tz::Tz>,
    /// The feed's `timezone`, else the daemon's, when neither the source nor the site's config says one.
    pub fallback_timezone: chrono_tz::Tz,
    /// Nobody says that one: it is the machine's.
    pub timezone_assumed: bool,
    /// The feed's `link`, when neither the source nor the site's config says an address.
    pub fallback_url: Option<String>,
    /// Which file is the site's config.
    pub generator_config: GeneratorConfig,
    /// The address that ids are made from, where the site has moved since.
    pub ids_from: Option<String>,
}

/// The config of the site that posts belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum GeneratorConfig {
    /// The one that stands beside or above the posts.
    #[default]
    Found,
    /// None is read.
    None,
    /// This file, absolute.
    File(PathBuf),
}

/// The generator whose rules a posts source follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SiteKind {
    /// Recognised from what is there.
    #[default]
    Auto,
    /// Jekyll 4.
    Jekyll,
    /// Hexo 5–8.
    Hexo,
    /// Hugo 0.111 and later.
    Hugo,
    /// Zola.
    Zola,
    /// Pelican 4 with Markdown.
    Pelican,
    /// Eleventy 3.
    Eleventy,
}

impl SiteKind {
    /// Every kind and the word for it.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("jekyll", Self::Jekyll),
        ("hexo", Self::Hexo),
        ("hugo", Self::Hugo),
        ("zola", Self::Zola),
        ("pelican", Self::Pelican),
        ("eleventy", Self::Eleventy),
        ("auto", Self::Auto),
    ];
}

/// How a post is read where its generator misreads what the author plainly wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Compat {
    /// As it was written, with a problem that says what the generator publishes.
    #[default]
    Plain,
    /// As the generator reads it.
    Strict,
}

/// A feed by URL.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedSource {
    /// Absolute, http or https.
    pub url: String,
    /// Extra headers, sent to this URL's origin alone.
    pub headers: Vec<(String, String)>,
    /// Credentials, sent to this URL's origin alone.
    pub auth: Option<Auth>,
    /// Dates without a zone are read in it: what the source, the feed or the config says,
    /// UTC where none does. Where this machine stands means nothing to a feed from elsewhere.
    pub timezone: chrono_tz::Tz,
    /// It is no feed but a post, read by these keys; their paths are empty.
    pub post: Option<Box<PostsSource>>,
}

/// Credentials from a file. `Debug` shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub enum Auth {
    /// `user:password`.
    Basic(String),
    /// A token.
    Bearer(String),
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Basic(_) => "Basic(…)",
            Self::Bearer(_) => "Bearer(…)",
        })
    }
}
