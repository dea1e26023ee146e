//! A folder of posts → entries, as the site's own generator publishes them.
//!
//! In: what stands in the folder (listing, site config, each post's bytes). Out:
//! the [`Site`] that was found, and for each post an entry or none, with problems.
//! Never opens a file, never cleans HTML, never asks what time it is.
//!
//! One file a generator: which files are posts, dates, categories, addresses, ids.

mod address;
mod decode;
mod entry;
mod hexo;
mod jekyll;
mod meta;
mod recognise;
mod root;
mod settings;
mod title;

pub use root::{Place, places};

use crate::definition::{Compat, PostsSource};
use crate::model::{Channel, Entry, Person, Problem};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What stands in a site, gathered before any post is read.
#[derive(Debug, Clone, Default)]
pub struct SiteFiles {
    /// The site's root.
    pub root: PathBuf,
    /// The site's config: the path to name in problems, and its text.
    pub config: Option<(PathBuf, String)>,
    /// The text of `_data/authors.yml`.
    pub authors: Option<String>,
    /// Every candidate below what `posts` names, `/` between the names.
    pub paths: Vec<String>,
    /// From the site's root to what `posts` names: `""`, `_posts`, `source/_posts`.
    pub posts_prefix: String,
}

/// One posts source with all its settings resolved.
#[derive(Debug, Clone)]
pub struct Site {
    /// Why these rules hold, for `check`: "`site: jekyll` says so".
    pub recognised_because: String,
    strict: bool,
    zone: Tz,
    /// Ends in `/` unless empty.
    prefix: String,
    home: address::Home,
    fields: BTreeMap<String, Vec<String>>,
    people: BTreeMap<String, Person>,
    authors: Vec<Person>,
    channel: Channel,
    generator: Generator,
}

#[derive(Debug, Clone)]
enum Generator {
    Jekyll(Box<jekyll::Settings>),
    Hexo(Box<hexo::Settings>),
}

/// What became of one post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapped {
    /// `None`: the site does not publish it.
    pub entry: Option<Entry>,
    /// What is wrong with it, each at `path:line:column`.
    pub problems: Vec<Problem>,
}

impl Site {
    /// Resolves the settings: a key of the source goes before the site's config, that
    /// before the feed's link and the generator's default. What cannot be used
    /// becomes a problem and counts as not written.
    pub fn resolve(source: &PostsSource, found: &SiteFiles) -> (Self, Vec<Problem>) {
        let mut problems = Vec::new();
        let site = settings::resolve(source, found, &mut problems);
        let files = found.paths.len();
        if files > 0 && !found.paths.iter().any(|path| site.is_post(path)) {
            let (name, help) = match site.generator {
                Generator::Jekyll(_) => {
                    ("Jekyll", "its posts are named `YYYY-MM-DD-title.md`, in a folder `_posts`")
                }
                Generator::Hexo(_) => ("Hexo", "its posts are Markdown files in `source/_posts`"),
            };
            let message = format!("none of the {files} files here is a post to {name}");
            problems.push(Problem::warning(found.root.display().to_string(), message).with_help(help));
        }
        (site, problems)
    }

    /// The same with a map from entry fields to metadata keys (dotted), the first
    /// that has a value wins over what the generator would take.
    #[must_use]
    pub fn with_fields(mut self, fields: BTreeMap<String, Vec<String>>) -> Self {
        self.fields = fields;
        self
    }

    /// The generator whose rules hold, `jekyll` or `hexo`.
    pub fn generator(&self) -> &'static str {
        match self.generator {
            Generator::Jekyll(_) => "jekyll",
            Generator::Hexo(_) => "hexo",
        }
    }

    /// Whether the generator takes this file as a post; `path` counts from what `posts` names.
    pub fn is_post(&self, path: &str) -> bool {
        let whole = self.whole(path);
        match &self.generator {
            Generator::Jekyll(settings) => jekyll::is_post(settings, &whole),
            Generator::Hexo(settings) => hexo::is_post(settings, &whole),
        }
    }

    /// Maps one post; `path` counts from what `posts` names.
    pub fn map(&self, path: &str, bytes: &[u8], now: DateTime<Utc>) -> Mapped {
        let mut problems = Vec::new();
        let text = decode::text(path, bytes, &mut problems);
        if self.strict && !problems.is_empty() && matches!(self.generator, Generator::Jekyll(_)) {
            // Jekyll skips a file that isn't UTF-8.
            return Mapped { entry: None, problems };
        }
        let whole = self.whole(path);
        let file = PostFile { path, whole: &whole, text: &text, now };
        let entry = match &self.generator {
            Generator::Jekyll(settings) => jekyll::map(self, settings, &file, &mut problems),
            Generator::Hexo(settings) => hexo::map(self, settings, &file, &mut problems),
        };
        Mapped { entry, problems }
    }

    /// What the site says of itself, for a feed that says nothing of its own.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    fn whole(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    fn is_strict(compat: Compat) -> bool {
        compat == Compat::Strict
    }
}

/// One post's file while it is mapped.
struct PostFile<'a> {
    /// Below what `posts` names.
    path: &'a str,
    /// Below the site's root.
    whole: &'a str,
    text: &'a str,
    now: DateTime<Utc>,
}

impl PostFile<'_> {
    fn at(&self, line: usize, column: usize) -> String {
        format!("{}:{line}:{column}", self.path)
    }
}
