//! A folder of posts → entries, as the site's own generator publishes them.
//!
//! In: what stands in the folder (listing, site config, each post's bytes). Out:
//! the [`Site`] that was found, and for each post an entry or none, with problems.
//! Never opens a file, never cleans HTML, never asks what time it is.
//!
//! One file a generator: which files are posts, dates, categories, addresses, ids.

mod address;
mod aside;
mod branches;
mod basis;
mod config;
mod decode;
mod eleventy;
mod entry;
mod hexo;
mod hugo;
mod jekyll;
mod meta;
mod others;
mod pelican;
mod recognise;
mod root;
mod settings;
mod shortcode;
mod tags;
mod template;
mod title;
mod zola;

pub use others::Others;
pub use root::{Place, places};

use crate::definition::{Compat, Pick, PostsSource};
use crate::map::markdown::Excess;
use crate::model::{Channel, Entry, Person, Problem};
use crate::parse::front_matter::{Fences, FrontMatter, read_plain};
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
    /// Other files that say something of the posts, by their path below the root: those
    /// that [`is_data`] names, what stands beside the config, global data.
    pub data: Vec<(String, String)>,
    /// How some of the files begin, where there is no config to tell the generator by.
    pub heads: Vec<String>,
}

/// Whether a file says something of posts beside it without being one: Hugo's
/// `_index.md`, Eleventy's directory data. `path` counts from the site's root.
pub fn is_data(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let above = folder.rsplit('/').next().unwrap_or_default();
    name == "_index.md"
        || name.rsplit_once('.').is_some_and(|(stem, end)| {
            stem.ends_with(".11tydata") && matches!(end, "json" | "js" | "cjs" | "mjs")
        })
        || name.strip_suffix(".json").is_some_and(|stem| stem == above)
}

/// One posts source with all its settings resolved.
#[derive(Debug, Clone)]
pub struct Site {
    /// Why these rules hold, for `check`: "`site: jekyll` says so".
    pub recognised_because: String,
    strict: bool,
    /// A folder of files, with nothing of a generator about it.
    is_bare: bool,
    /// Nobody asks for contents and summaries.
    is_without_texts: bool,
    /// Files that the source names one by one: whatever they are called, they are posts.
    named: Vec<String>,
    zone: Tz,
    /// Ends in `/` unless empty.
    prefix: String,
    home: address::Home,
    /// Where ids begin, and where they began at `ids_from`.
    former: Option<(String, String)>,
    fields: BTreeMap<String, Vec<Pick>>,
    people: BTreeMap<String, Person>,
    authors: Vec<Person>,
    channel: Channel,
    generator: Generator,
}

#[derive(Debug, Clone)]
enum Generator {
    Jekyll(Box<jekyll::Settings>),
    Hexo(Box<hexo::Settings>),
    Hugo(Box<hugo::Settings>),
    Zola(Box<zola::Settings>),
    Pelican(Box<pelican::Settings>),
    Eleventy(Box<eleventy::Settings>),
}

impl Generator {
    /// How its posts' front matter is fenced.
    fn fences(&self) -> Fences {
        match self {
            Self::Jekyll(_) => Fences::Jekyll,
            Self::Hexo(_) => Fences::Hexo,
            Self::Hugo(_) => Fences::Hugo,
            Self::Zola(_) => Fences::Zola,
            Self::Pelican(_) => Fences::Pelican,
            Self::Eleventy(_) => Fences::Eleventy,
        }
    }

    /// Its word, its name, and how its posts are known.
    fn names(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Jekyll(_) => {
                ("jekyll", "Jekyll", "its posts are named `YYYY-MM-DD-title.md`, in a folder `_posts`")
            }
            Self::Hexo(_) => ("hexo", "Hexo", "its posts are Markdown files in `source/_posts`"),
            Self::Hugo(_) => ("hugo", "Hugo", "its pages are Markdown files in `content`"),
            Self::Zola(_) => ("zola", "Zola", "its pages are Markdown files in `content`"),
            Self::Pelican(_) => (
                "pelican",
                "Pelican",
                "its articles are Markdown, HTML and reStructuredText files below `PATH`",
            ),
            Self::Eleventy(_) => ("eleventy", "Eleventy", "its posts are Markdown or HTML files"),
        }
    }
}

/// What became of one post.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapped {
    /// `None`: the site does not publish it.
    pub entry: Option<Entry>,
    /// What is wrong with it, each at `path:line:column`.
    pub problems: Vec<Problem>,
    /// What it asked of the site's other posts: paths, names ([`Site::called`]), an empty
    /// one for all of them. When one of these changes, comes or goes, it maps to something else.
    pub asked: Vec<String>,
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
            let (_, name, help) = site.generator.names();
            let message = format!("none of the {files} files here is a post to {name}");
            problems.push(Problem::warning(found.root.display().to_string(), message).with_help(help));
        }
        (site, problems)
    }

    /// The same with a map from entry fields to metadata keys (dotted) and templates, the
    /// first that has a value wins over what the generator would take.
    #[must_use]
    pub fn with_fields(mut self, fields: BTreeMap<String, Vec<Pick>>) -> Self {
        self.fields = fields;
        self
    }

    /// The same, entries having neither content nor summary, which are most of the work;
    /// unless a template of the fields may speak of them.
    #[must_use]
    pub fn without_texts(mut self) -> Self {
        let mut picks = self.fields.values().flatten();
        self.is_without_texts = !picks.any(|pick| matches!(pick, Pick::Template(_)));
        self
    }

    /// The generator whose rules hold, `jekyll`, `hugo`.
    pub fn generator(&self) -> &'static str {
        self.generator.names().0
    }

    /// Whether the generator takes this file as a post; `path` counts from what `posts` names.
    pub fn is_post(&self, path: &str) -> bool {
        let whole = self.whole(path);
        match &self.generator {
            Generator::Jekyll(settings) => jekyll::is_post(settings, &whole),
            Generator::Hexo(settings) => hexo::is_post(settings, &whole),
            Generator::Hugo(settings) => hugo::is_post(settings, &whole),
            Generator::Zola(settings) => zola::is_post(settings, &whole),
            Generator::Pelican(settings) => pelican::is_post(settings, &whole),
            Generator::Eleventy(settings) => eleventy::is_post(settings, &whole),
        }
    }

    /// Whether a file that is no post is one that posts may link to or put in, by its path.
    pub fn is_page(&self, path: &str) -> bool {
        let end = path.rsplit('.').next().unwrap_or_default();
        let is_linked = match &self.generator {
            Generator::Pelican(_) | Generator::Zola(_) => true,
            // What a post may put in from beside it.
            Generator::Jekyll(_) => format!("/{}", self.whole(path)).contains("/_posts/"),
            _ => false,
        };
        is_linked && matches!(end, "md" | "markdown" | "rst" | "html" | "txt")
    }

    /// What other posts may call this one, which is there now or no more; `path` as above.
    pub fn called(&self, path: &str) -> Vec<String> {
        let whole = self.whole(path);
        let names = match &self.generator {
            Generator::Jekyll(settings) => settings.names(&whole),
            Generator::Hexo(settings) => settings.names(&whole),
            _ => return Vec::new(),
        };
        names.into_iter().flatten().collect()
    }

    /// The same site as its generator reads it, its misreadings included.
    #[must_use]
    pub fn strictly(&self) -> Self {
        Self { strict: true, is_bare: false, ..self.clone() }
    }

    /// Maps one post; `path` counts from what `posts` names, `others` gives what it says of others.
    pub fn map(&self, path: &str, bytes: &[u8], others: &Others<'_>, now: DateTime<Utc>) -> Mapped {
        let mut problems = Vec::new();
        let text = decode::text(path, bytes, &mut problems);
        self.map_text((path, &text, None), problems, others, now)
    }

    /// Maps one post by this site, read plainly, and by the same one read [`strictly`](Self::strictly),
    /// texts apart; front matter that both read alike is read once.
    pub fn map_twice(
        &self,
        strict: &Self,
        (path, bytes): (&str, &[u8]),
        others: &Others<'_>,
        now: DateTime<Utc>,
    ) -> (Mapped, Mapped) {
        let mut problems = Vec::new();
        let text = decode::text(path, bytes, &mut problems);
        let read = read_plain(&text, self.generator.fences());
        let ours = self.map_text((path, &text, Some(&read)), problems.clone(), others, now);
        (ours, strict.map_text((path, &text, Some(&read)), problems, others, now))
    }

    fn map_text(
        &self,
        (path, text, read): (&str, &str, Option<&FrontMatter<'_>>),
        mut problems: Vec<Problem>,
        others: &Others<'_>,
        now: DateTime<Utc>,
    ) -> Mapped {
        if self.strict && !problems.is_empty() && matches!(self.generator, Generator::Jekyll(_)) {
            // Jekyll skips a file that isn't UTF-8.
            return Mapped { problems, ..Mapped::default() };
        }
        if self.holds_aside(path, text) {
            return Mapped { problems, ..Mapped::default() };
        }
        let whole = self.whole(path);
        let file = PostFile { path, whole: &whole, text, read, others, now };
        let entry = match &self.generator {
            Generator::Jekyll(settings) => jekyll::map(self, settings, &file, &mut problems),
            Generator::Hexo(settings) => hexo::map(self, settings, &file, &mut problems),
            Generator::Hugo(settings) => hugo::map(self, settings, &file, &mut problems),
            Generator::Zola(settings) => zola::map(self, settings, &file, &mut problems),
            Generator::Pelican(settings) => pelican::map(self, settings, &file, &mut problems),
            Generator::Eleventy(settings) => eleventy::map(self, settings, &file, &mut problems),
        };
        let is_rendered = entry.as_ref().is_some_and(|entry| entry.content.is_some());
        if let Some(excess) = is_rendered.then(|| Excess::of(text)).flatten() {
            problems.push(Problem::warning(file.at(1, 1), excess.message()));
        }
        let entry = entry.map(|entry| self.with_former_id(entry));
        Mapped { entry, problems, asked: others.take_asked() }
    }

    /// Whether this is a file about the folder, `README.md` and the like, and no post: in a
    /// folder without a site's config, where it has no front matter.
    pub fn is_aside(&self, path: &str, bytes: &[u8]) -> bool {
        self.holds_aside(path, &decode::text(path, bytes, &mut Vec::new()))
    }

    fn holds_aside(&self, path: &str, text: &str) -> bool {
        self.is_bare && !self.named.iter().any(|named| named == path) && aside::is_aside(path, text)
    }

    /// The id that the entry had at `ids_from`.
    fn with_former_id(&self, mut entry: Entry) -> Entry {
        let Some((now, before)) = &self.former else {
            return entry;
        };
        if let Some(rest) = entry.id.strip_prefix(now.as_str()).filter(|_| !self.fields.contains_key("id")) {
            entry.id = format!("{before}{rest}");
            entry.keys = vec![format!("path:{}", entry.at), format!("id:{}", entry.id)];
        }
        entry
    }

    /// What the site says of itself, for a feed that says nothing of its own.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    fn whole(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The text of another post, by its path below the root.
    fn other(&self, whole: &str, file: &PostFile<'_>) -> Option<String> {
        file.others.text(whole.strip_prefix(&self.prefix)?)
    }

    /// Where a post is that others link to, by its path below the root; found once by `find`.
    fn linked(
        &self,
        whole: &str,
        file: &PostFile<'_>,
        find: impl FnOnce() -> Option<others::Linked>,
    ) -> Option<others::Linked> {
        file.others.linked(whole.strip_prefix(&self.prefix)?, find)
    }

    /// Whether the posts stand in a folder that only generators have.
    fn has_folder(found: &SiteFiles) -> bool {
        let prefix = format!("{}/", found.posts_prefix);
        let is_generators = |path: &str| path.split('/').any(|folder| folder == "_posts");
        is_generators(&prefix) || found.paths.iter().any(|path| is_generators(path))
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
    /// Its front matter read plainly, where that is known by now.
    read: Option<&'a FrontMatter<'a>>,
    others: &'a Others<'a>,
    now: DateTime<Utc>,
}

impl PostFile<'_> {
    fn at(&self, line: usize, column: usize) -> String {
        format!("{}:{line}:{column}", self.path)
    }
}
