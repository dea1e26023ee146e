//! What a `pelicanconf.py` says, as far as it is plainly written.

use super::url::Slugs;
use crate::map::posts::SiteFiles;
use crate::map::posts::basis::Basis;
use crate::map::posts::config::{at, scalar, text, with};
use crate::map::posts::meta::flat;
use crate::model::Problem;
use crate::yaml::{Key, Node, Value};
use globset::{Glob, GlobSet, GlobSetBuilder};
use regex::Regex;

/// Pelican's settings, resolved.
#[derive(Debug, Clone)]
pub(in crate::map::posts) struct Settings {
    /// The site's address without a last slash; empty when unknown.
    pub(in crate::map::posts) base: String,
    /// `PATH`; empty where articles stand at the root.
    pub(in crate::map::posts) folder: String,
    pub(super) slugs: Slugs,
    pub(super) article_url: String,
    /// Of static pages, which articles link to.
    pub(super) page_url: String,
    /// For articles in another language than the site's.
    pub(super) language_url: String,
    pub(super) language: String,
    pub(super) author: String,
    pub(super) default_category: String,
    pub(super) hides_future: bool,
    slug_from_name: bool,
    folder_is_category: bool,
    paths: Vec<String>,
    excludes: Vec<String>,
    ignored: GlobSet,
    /// Extensions that `READERS` turns off.
    unread: Vec<String>,
    of_name: Option<Regex>,
    of_path: Option<Regex>,
    /// `EXTRA_PATH_METADATA`: a path, and the values of what stands there.
    extra: Vec<(String, Node)>,
    defaults: Node,
}

/// The site's config with the keys that all rules ask for.
pub(in crate::map::posts) fn config(own: Option<&Node>) -> Node {
    let get = |key: &str| text(own, &[key]).map(scalar);
    // `publishconf.py` may have an empty one, for relative links; the address is known all the same.
    let pairs = own.and_then(Node::map).unwrap_or_default();
    let written = |(key, node): &&(Key, Node)| {
        key.text == "SITEURL" && node.text().is_some_and(|text| !text.trim().is_empty())
    };
    let address = pairs.iter().rev().find(written).and_then(|(_, node)| node.text()).map(scalar);
    let over = vec![
        ("url", address),
        ("title", get("SITENAME")),
        ("description", get("SITESUBTITLE")),
        ("author", get("AUTHOR")),
        ("lang", get("DEFAULT_LANG").or_else(|| Some(scalar("en")))),
        ("timezone", get("TIMEZONE").or_else(|| Some(scalar("UTC")))),
    ];
    with(own, over)
}

impl Settings {
    pub(in crate::map::posts) fn new(
        basis: &Basis<'_>,
        found: &SiteFiles,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let list = |key: &str| -> Vec<String> {
            let names = basis.node(key).map(flat).unwrap_or_default();
            names.into_iter().map(|name| name.trim_matches('/').to_owned()).collect()
        };
        let word = |key: &str, default: &str| basis.text(key).unwrap_or(default).to_owned();
        let pages =
            if basis.node("PAGE_PATHS").is_some() { list("PAGE_PATHS") } else { vec!["pages".into()] };
        let name = basis.text("FILENAME_METADATA").unwrap_or(r"(?P<date>\d{4}-\d{2}-\d{2}).*");
        let permalink = basis.source.permalink.clone();
        let article_url = permalink.unwrap_or_else(|| word("ARTICLE_URL", "{slug}.html"));
        Self {
            base: basis.url.trim_end_matches('/').to_owned(),
            folder: folder(basis, found),
            slugs: Slugs::new(basis, problems),
            language_url: word("ARTICLE_LANG_URL", "{slug}-{lang}.html"),
            article_url,
            page_url: word("PAGE_URL", "pages/{slug}.html"),
            language: word("DEFAULT_LANG", "en"),
            author: word("AUTHOR", ""),
            default_category: word("DEFAULT_CATEGORY", "misc"),
            hides_future: basis.is("WITH_FUTURE_DATES", false),
            slug_from_name: basis.text("SLUGIFY_SOURCE") == Some("basename"),
            folder_is_category: !basis.is("USE_FOLDER_AS_CATEGORY", false),
            paths: list("ARTICLE_PATHS"),
            excludes: [list("ARTICLE_EXCLUDES"), pages].concat(),
            ignored: ignored(basis, problems),
            unread: unread(basis),
            of_name: pattern(basis, "FILENAME_METADATA", name, problems),
            of_path: basis
                .text("PATH_METADATA")
                .and_then(|text| pattern(basis, "PATH_METADATA", text, problems)),
            extra: extra(basis),
            defaults: defaults(basis),
        }
    }

    /// What ids begin with.
    pub(in crate::map::posts) fn tag_authority(&self) -> String {
        let host = url::Url::parse(&self.base).ok().and_then(|url| url.host_str().map(str::to_owned));
        format!("tag:{},", host.unwrap_or_default())
    }

    /// The path below the content.
    pub(super) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        if self.folder.is_empty() {
            return Some(path);
        }
        path.strip_prefix(self.folder.as_str())?.strip_prefix('/')
    }

    /// Whether articles may stand there.
    pub(super) fn takes(&self, below: &str) -> bool {
        let is_in = |folder: &String| {
            folder.is_empty() || below.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        };
        let name = below.rsplit('/').next().unwrap_or(below);
        (self.paths.is_empty() || self.paths.iter().any(is_in))
            && !self.excludes.iter().filter(|folder| !folder.is_empty()).any(is_in)
            && !below.split('/').any(|name| name.starts_with('.'))
            && !self.ignored.is_match(name)
    }

    /// Whether files with this extension are read.
    pub(super) fn reads(&self, extension: &str) -> bool {
        !self.unread.iter().any(|unread| unread == extension)
    }

    /// What a slug is made from.
    pub(super) fn slug_source(&self, title: &str, below: &str) -> String {
        if self.slug_from_name { stem(below).to_owned() } else { title.to_owned() }
    }

    pub(super) fn defaults(&self) -> &Node {
        &self.defaults
    }

    /// What a file's path says of it: its name, the path's pattern, its folder, extra values.
    pub(super) fn of_path(&self, below: &str) -> Node {
        let mut pairs: Vec<(Key, Node)> = Vec::new();
        let mut put = |key: &str, node: Node| {
            pairs.push((Key { text: key.to_lowercase(), names: None, line: 1, column: 1 }, node));
        };
        let folder = below.rsplit('/').nth(1).filter(|folder| !folder.is_empty());
        if let Some(folder) = folder.filter(|_| self.folder_is_category) {
            put("category", scalar(folder));
        }
        for (pattern, text) in [(&self.of_path, below), (&self.of_name, stem(below))] {
            let Some(pattern) = pattern else { continue };
            let Some(found) = pattern.captures(text) else { continue };
            for name in pattern.capture_names().flatten() {
                if let Some(value) = found.name(name) {
                    put(name, scalar(value.as_str()));
                }
            }
        }
        for (path, values) in &self.extra {
            if below == path || below.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/')) {
                for (key, node) in values.map().unwrap_or_default() {
                    put(&key.text, node.clone());
                }
            }
        }
        Node { value: Value::Map(pairs), line: 1, column: 1 }
    }
}

fn stem(below: &str) -> &str {
    let name = below.rsplit('/').next().unwrap_or(below);
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// `PATH`; where no config says it, `content` if there is one.
fn folder(basis: &Basis<'_>, found: &SiteFiles) -> String {
    if let Some(path) = basis.text("PATH") {
        return path.trim_start_matches("./").trim_matches('/').trim_matches('.').to_owned();
    }
    let prefix = format!("{}/", found.posts_prefix);
    let has_content =
        prefix.starts_with("content/") || found.paths.iter().any(|path| path.starts_with("content/"));
    if has_content { "content".into() } else { String::new() }
}

/// Python's patterns match from the beginning.
fn pattern(basis: &Basis<'_>, key: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Regex> {
    let found = Regex::new(&format!("^(?:{text})")).ok();
    if found.is_none() {
        let message = format!("`{key}` is a pattern that can't be read here, so it says nothing of a path");
        problems.push(Problem::warning(&basis.at, message));
    }
    found
}

fn ignored(basis: &Basis<'_>, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in basis.node("IGNORE_FILES").map(flat).unwrap_or_default() {
        match Glob::new(pattern) {
            Ok(glob) => {
                set.add(glob);
            }
            Err(error) => {
                let message = format!("`IGNORE_FILES`: `{pattern}`: {}", error.kind());
                problems.push(Problem::warning(&basis.at, message));
            }
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// `READERS = {"html": None}`.
fn unread(basis: &Basis<'_>) -> Vec<String> {
    let readers = basis.node("READERS").and_then(Node::map).unwrap_or_default();
    let off = readers.iter().filter(|(_, node)| node.is_null());
    off.map(|(key, _)| key.text.to_lowercase()).collect()
}

/// Longer paths hold over shorter ones.
fn extra(basis: &Basis<'_>) -> Vec<(String, Node)> {
    let pairs = basis.node("EXTRA_PATH_METADATA").and_then(Node::map).unwrap_or_default();
    let mut found: Vec<(String, Node)> =
        pairs.iter().map(|(key, node)| (key.text.trim_matches('/').to_owned(), node.clone())).collect();
    found.sort_by_key(|(path, _)| path.len());
    found
}

/// `DEFAULT_METADATA`, and `DEFAULT_DATE` where it is a day.
fn defaults(basis: &Basis<'_>) -> Node {
    let day = basis.node("DEFAULT_DATE").and_then(Node::list).map(|parts| {
        let numbers: Vec<u32> = parts.iter().filter_map(|part| part.text()?.parse().ok()).collect();
        let part = |index: usize, least: u32| numbers.get(index).copied().unwrap_or(least);
        let (hour, minute, second) = (part(3, 0), part(4, 0), part(5, 0));
        scalar(&format!(
            "{:04}-{:02}-{:02} {hour:02}:{minute:02}:{second:02}",
            part(0, 1),
            part(1, 1),
            part(2, 1)
        ))
    });
    let text = basis.text("DEFAULT_DATE").filter(|text| *text != "fs").map(scalar);
    with(at(basis.config, &["DEFAULT_METADATA"]), vec![("date", day.or(text))])
}
