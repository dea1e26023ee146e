//! What a `_config.yml` means to Jekyll.

use crate::map::posts::SiteFiles;
use crate::map::posts::basis::Basis;
use crate::map::posts::meta::flat;
use crate::map::posts::others::Known;
use crate::model::Problem;
use crate::yaml::Node;
use globset::{Glob, GlobSet, GlobSetBuilder};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Jekyll's settings, resolved.
#[derive(Debug, Clone)]
pub(in crate::map::posts) struct Settings {
    /// Address and base path, normalised; empty when unknown.
    pub(in crate::map::posts) base: String,
    /// The folder that posts stand in where nothing else says so.
    pub(in crate::map::posts) folder: String,
    pub(super) permalink: String,
    pub(super) future: bool,
    pub(super) unpublished: bool,
    pub(super) collections_dir: String,
    pub(super) excerpt_separator: Option<String>,
    /// Extensions that are Markdown, without a dot.
    pub(super) markdown: Vec<String>,
    defaults: Vec<Default>,
    exclude: Vec<String>,
    exclude_globs: GlobSet,
    include: Vec<String>,
    config: Option<Node>,
    /// The site's posts, for `post_url`.
    known: Known,
    /// What posts may put in, by name.
    includes: Arc<BTreeMap<String, String>>,
}

/// Values for the posts below a path.
#[derive(Debug, Clone)]
struct Default {
    path: String,
    /// Of twins with one path the one that names a type wins.
    has_type: bool,
    glob: Option<globset::GlobMatcher>,
    values: Node,
}

/// What Jekyll leaves out of every site: installed gems bring posts of their own.
const ALWAYS_LEFT_OUT: [&str; 9] = [
    ".sass-cache",
    ".jekyll-cache",
    "gemfiles",
    "node_modules",
    "vendor/bundle/",
    "vendor/cache/",
    "vendor/gems/",
    "vendor/ruby/",
    "_site",
];

impl Settings {
    pub(in crate::map::posts) fn new(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> Self {
        let posts = basis.node("collections").and_then(|node| node.get("posts"));
        let own = |key| posts.and_then(|node| node.get(key)).and_then(Node::text);
        let permalink = basis
            .source
            .permalink
            .as_deref()
            .or_else(|| own("permalink"))
            .or_else(|| basis.text("permalink"))
            .unwrap_or("date");
        let of_source = basis.source.permalink.as_ref().and(basis.source.written.first());
        problems.extend(super::url::unknown(style(permalink), of_source.unwrap_or(&basis.at)));
        let list = |key| basis.node(key).map(|node| flat(node).into_iter().map(str::to_owned).collect());
        let exclude: Vec<String> = list("exclude").unwrap_or_default();
        let collections_dir = basis.text("collections_dir").unwrap_or_default().trim_matches('/').to_owned();
        let posts_future = posts.and_then(|node| node.get("future")).and_then(Node::boolean) == Some(true);
        Self {
            base: base(basis),
            folder: if collections_dir.is_empty() {
                "_posts".into()
            } else {
                format!("{collections_dir}/_posts")
            },
            permalink: style(permalink).to_owned(),
            future: basis.is("future", true) || posts_future,
            unpublished: basis.is("unpublished", true),
            collections_dir,
            excerpt_separator: excerpt_separator(basis),
            markdown: basis
                .text("markdown_ext")
                .unwrap_or("markdown,mkdown,mkdn,mkd,md")
                .split(',')
                .map(|extension| extension.trim().to_ascii_lowercase())
                .collect(),
            defaults: defaults(basis),
            exclude_globs: globs(&exclude, basis, problems),
            exclude,
            include: list("include").unwrap_or_default(),
            config: basis.config.cloned(),
            known: Known::default(),
            includes: Arc::default(),
        }
    }

    /// Takes note of the site's `_includes`.
    pub(in crate::map::posts) fn take_includes(&mut self, found: &SiteFiles) {
        let named = |(path, text): &(String, String)| {
            Some((path.strip_prefix("_includes/")?.to_owned(), text.clone()))
        };
        self.includes = Arc::new(found.data.iter().filter_map(named).collect());
    }

    /// The text that posts put in by this name.
    pub(super) fn include(&self, name: &str) -> Option<&str> {
        self.includes.get(name).map(String::as_str)
    }

    /// Takes note of the site's posts, by their paths below its root.
    pub(in crate::map::posts) fn know(&mut self, paths: impl Iterator<Item = String>) {
        self.known = Known::new(paths.filter(|path| super::is_post(self, path)));
    }

    /// The path of a post, by its name below `_posts` or, where only that is written, by its file's.
    pub(super) fn post_named(&self, name: &str) -> Option<&str> {
        self.known.named(name, |path| self.names(path))
    }

    /// What tags call a post, the weightiest first.
    pub(in crate::map::posts) fn names(&self, path: &str) -> [Option<String>; 2] {
        let below = super::around_posts(self, path).and_then(|(_, below)| below.rsplit_once('.'));
        let below = below.map(|(stem, _)| stem.to_owned());
        let file = below.as_ref().and_then(|stem| stem.rsplit('/').next()).map(str::to_owned);
        [below, file]
    }

    /// Whether the site's posts are known.
    pub(super) fn knows_posts(&self) -> bool {
        !self.known.is_empty()
    }

    /// Whether an address can be told from a file's name: no category and no time is in it.
    pub(super) fn is_by_name(&self) -> bool {
        !["categories", ":hour", ":minute", ":second", ":lang"]
            .iter()
            .any(|part| self.permalink.contains(part))
    }

    /// The path of `base`, without a last slash.
    pub(super) fn base_path(&self) -> &str {
        let rest = self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest);
        let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default();
        path.trim_end_matches('/')
    }

    /// A text of the site's config, by its dotted key.
    pub(super) fn scalar(&self, key: &str) -> Option<&str> {
        key.split('.').try_fold(self.config.as_ref()?, |node, key| node.get(key))?.text()
    }

    /// Values from `defaults`, the most specific first.
    pub(super) fn defaults_for<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a Node> {
        self.defaults
            .iter()
            .filter(move |default| match &default.glob {
                Some(glob) => {
                    glob.is_match(path)
                        || std::path::Path::new(path).ancestors().any(|above| glob.is_match(above))
                }
                None => path.starts_with(&default.path),
            })
            .map(|default| &default.values)
    }

    pub(super) fn excludes(&self, path: &str) -> bool {
        ALWAYS_LEFT_OUT.iter().any(|pattern| path.starts_with(pattern))
            || self.exclude.iter().any(|pattern| path.starts_with(pattern.trim_start_matches('/')))
            || std::path::Path::new(path).ancestors().any(|above| self.exclude_globs.is_match(above))
    }

    pub(super) fn includes(&self, path: &str) -> bool {
        self.include.iter().any(|pattern| pattern.trim_matches('/') == path)
    }
}

/// Where excerpts end: what the config says, or at the first blank line where its feed has
/// nothing but excerpts (jekyll-feed's `excerpt_only`).
fn excerpt_separator(basis: &Basis<'_>) -> Option<String> {
    let own = basis.node("excerpt_separator").and_then(Node::text).filter(|text| !text.trim().is_empty());
    let alone = || basis.node("feed")?.get("excerpt_only")?.boolean()?.then_some("\n\n");
    own.or_else(alone).map(str::to_owned)
}

fn globs(patterns: &[String], basis: &Basis<'_>, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns.iter().filter(|pattern| pattern.contains(['*', '?', '['])) {
        match Glob::new(pattern) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                problems.push(Problem::warning(&basis.at, format!("`exclude: {pattern}`: {}", error.kind())));
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

fn defaults(basis: &Basis<'_>) -> Vec<Default> {
    let items = basis.node("defaults").and_then(Node::list).unwrap_or_default();
    let mut found: Vec<Default> = items
        .iter()
        .filter_map(|item| {
            let text = |key| item.get("scope")?.get(key)?.text();
            let kind = text("type");
            if kind.is_some_and(|kind| !matches!(kind, "posts" | "post")) {
                return None;
            }
            let path = text("path").unwrap_or_default().trim_start_matches('/').to_owned();
            let glob = path.contains('*').then(|| Glob::new(&path).ok()).flatten();
            Some(Default {
                glob: glob.map(|glob| glob.compile_matcher()),
                path,
                has_type: kind.is_some(),
                values: item.get("values")?.clone(),
            })
        })
        .collect();
    // Longer paths first, then those with a type, then the later ones.
    found.reverse();
    found.sort_by_key(|default| std::cmp::Reverse((default.path.len(), default.has_type)));
    found
}

/// A named style's template, or the template itself.
fn style(permalink: &str) -> &str {
    match permalink {
        "date" => "/:categories/:year/:month/:day/:title:output_ext",
        "pretty" => "/:categories/:year/:month/:day/:title/",
        "ordinal" => "/:categories/:year/:y_day/:title:output_ext",
        "weekdate" => "/:categories/:year/W:week/:short_day/:title:output_ext",
        "none" => "/:categories/:title:output_ext",
        template => template,
    }
}

/// `url` + `baseurl` as `absolute_url` joins them. An address from elsewhere that has
/// a path of its own is the whole address.
fn base(basis: &Basis<'_>) -> String {
    let baseurl = basis.text("baseurl").unwrap_or_default().trim_end_matches('/');
    let slash = if baseurl.is_empty() || baseurl.starts_with('/') { "" } else { "/" };
    if basis.url_is_configs {
        return normal(&format!("{}{slash}{baseurl}", basis.url));
    }
    let url = basis.url.trim_end_matches('/');
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if url.is_empty() {
        // What the generator writes without an address.
        return format!("{slash}{baseurl}");
    }
    if has_path { normal(url) } else { normal(&format!("{url}{slash}{baseurl}")) }
}

/// Host in lower case and punycode, path percent-encoded; a last slash only where it was written.
fn normal(url: &str) -> String {
    let Ok(parsed) = url::Url::parse(url) else {
        return url.to_owned();
    };
    let normal = String::from(parsed);
    if url.ends_with('/') { normal } else { normal.trim_end_matches('/').to_owned() }
}
