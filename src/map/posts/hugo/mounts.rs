//! Which folders of a site are its content, and where in the content they stand: `contentDir`, those
//! of the languages, and `module.mounts` in their place.
//!
//! Hugo's documentation of `module.mounts`, and `hugofs/rootmapping_fs`.

use crate::map::posts::config::text;
use crate::map::posts::meta::flat;
use crate::model::Problem;
use crate::yaml::Node;
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The content's folders, the one that says most of a path first.
#[derive(Debug, Clone, Default)]
pub(super) struct Mounts(Vec<Mount>);

#[derive(Debug, Clone)]
struct Mount {
    /// A folder below the site's, or a file.
    source: String,
    /// Where below the content it stands; empty for all of it.
    target: String,
    language: Option<String>,
    /// Of paths below the source; none for all.
    takes: Option<GlobSet>,
    leaves: GlobSet,
}

/// A path below the content.
#[derive(Debug, Clone, Copy)]
pub(super) struct Below<'a> {
    /// The folders that it is mounted at.
    pub(super) target: &'a str,
    /// Its own below them.
    pub(super) rest: &'a str,
    /// The language whose folder that is.
    pub(super) language: Option<&'a str>,
}

impl<'a> Below<'a> {
    pub(super) fn whole(self) -> Cow<'a, str> {
        match (self.target, self.rest) {
            ("", rest) => rest.into(),
            (target, "") => target.into(),
            (target, rest) => format!("{target}/{rest}").into(),
        }
    }

    /// The names that it is made of.
    pub(super) fn names(self) -> impl Iterator<Item = &'a str> {
        let of = |path: &'a str| path.split('/').filter(|name| !name.is_empty());
        of(self.target).chain(of(self.rest))
    }
}

impl Mounts {
    /// Of a config whose keys are in lower case, and its languages with their folders; `at` names it in problems.
    pub(super) fn new(
        config: Option<&Node>,
        languages: &BTreeMap<String, Option<String>>,
        at: &str,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let written = config.and_then(|node| node.get("module")?.get("mounts")?.list()).unwrap_or_default();
        let mut mounts: Vec<Mount> =
            written.iter().filter_map(|node| Mount::written(node, at, problems)).collect();
        if mounts.is_empty() {
            let folder = text(config, &["contentdir"]).unwrap_or("content").trim_matches('/');
            let own = languages.iter().filter_map(|(name, folder)| Some((name, folder.as_ref()?)));
            mounts.extend(own.map(|(name, folder)| Mount::plain(folder, Some(name))));
            if languages.values().any(Option::is_none) {
                mounts.push(Mount::plain(folder, None));
            }
        }
        // A folder within another is the one that is meant.
        mounts.sort_by_key(|mount| std::cmp::Reverse(mount.source.len()));
        Self(mounts)
    }

    /// The path below the content, by its path below the site's folder.
    pub(super) fn below<'a>(&'a self, path: &'a str) -> Option<Below<'a>> {
        self.0.iter().find_map(|mount| mount.below(path))
    }

    /// The language whose folder `is_it`.
    pub(super) fn language_of(&self, is_it: impl Fn(&str) -> bool) -> Option<&str> {
        self.0.iter().find(|mount| mount.language.is_some() && is_it(&mount.source))?.language.as_deref()
    }

    /// The folder of a language.
    pub(super) fn folder_in(&self, language: &str) -> Option<&str> {
        let its = |mount: &&Mount| mount.language.as_deref() == Some(language);
        self.0.iter().find(its).map(|mount| mount.source.as_str())
    }

    /// The folder that posts stand in: one that holds some of these paths.
    pub(super) fn folder(&self, paths: &[String]) -> &str {
        let holds = |mount: &&Mount| paths.iter().any(|path| mount.below(path).is_some());
        let widest = || self.0.iter().rev();
        widest().find(holds).or_else(|| widest().next()).map_or("content", |mount| mount.source.as_str())
    }
}

impl Mount {
    fn plain(source: &str, language: Option<&String>) -> Self {
        Self {
            source: source.to_owned(),
            target: String::new(),
            language: language.cloned(),
            takes: None,
            leaves: GlobSet::empty(),
        }
    }

    /// `None` for what isn't content.
    fn written(node: &Node, at: &str, problems: &mut Vec<Problem>) -> Option<Self> {
        let target = text(Some(node), &["target"])?.trim_matches('/');
        let target = match target.strip_prefix("content")? {
            "" => "",
            rest => rest.strip_prefix('/')?,
        };
        let source = text(Some(node), &["source"])?.trim_start_matches("./").trim_matches('/');
        let list = |key: &str| node.get(key).map(flat).unwrap_or_default();
        let (not, only): (Vec<&str>, Vec<&str>) =
            list("files").into_iter().partition(|pattern| pattern.starts_with('!'));
        let leaves = list("excludefiles").into_iter().chain(not);
        let leaves: Vec<&str> = leaves.map(|pattern| pattern.trim_start_matches(['!', ' '])).collect();
        let takes: Vec<&str> = list("includefiles").into_iter().chain(only).collect();
        let mut set = |patterns: Vec<&str>| globs(&patterns, at, problems);
        let languages = text(Some(node), &["lang"]);
        Some(Self {
            source: source.to_owned(),
            target: target.to_owned(),
            language: languages.map(str::to_lowercase),
            leaves: set(leaves),
            takes: (!takes.is_empty()).then(|| set(takes)),
        })
    }

    fn below<'a>(&'a self, path: &'a str) -> Option<Below<'a>> {
        let rest = path.strip_prefix(self.source.as_str())?;
        let rest = if self.source.is_empty() || rest.is_empty() { rest } else { rest.strip_prefix('/')? };
        let is_taken = self.takes.as_ref().is_none_or(|takes| takes.is_match(rest));
        (is_taken && !self.leaves.is_match(rest)).then_some(Below {
            target: &self.target,
            rest,
            language: self.language.as_deref(),
        })
    }
}

fn globs(patterns: &[&str], at: &str, problems: &mut Vec<Problem>) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        match glob(pattern.trim_start_matches('/')) {
            Ok(glob) => drop(set.add(glob)),
            Err(error) => {
                problems.push(Problem::warning(at, format!("`module.mounts`: {}", error.kind())));
            }
        }
    }
    set.build().unwrap_or_default()
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}
