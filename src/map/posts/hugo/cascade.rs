//! What sections and the whole site hand down to their pages (`cascade`), and to which of them.
//!
//! Hugo's `hugolib` and its documentation of `cascade`: the nearest says first.

use super::params::free;
use crate::map::posts::config::text;
use crate::yaml::Node;
use globset::{GlobBuilder, GlobMatcher};

/// Values for the pages below a folder.
#[derive(Debug, Clone)]
pub(super) struct Cascade {
    /// Below the content; empty for all of it.
    folder: String,
    /// The pages that are meant, where not all are: their paths below the content.
    path: Option<GlobMatcher>,
    language: Option<GlobMatcher>,
    pub(super) values: Node,
}

impl Cascade {
    /// Of a value: one mapping or several, its keys in lower case. What is aimed at other kinds of
    /// pages, or at another environment than the one that sites are published from, doesn't count.
    pub(super) fn all(node: &Node, folder: &str) -> Vec<Self> {
        let items = node.list().unwrap_or(std::slice::from_ref(node)).iter();
        items.flat_map(|item| Self::of(item, folder)).collect()
    }

    fn of(item: &Node, folder: &str) -> Vec<Self> {
        let target = item.get("target").or_else(|| item.get("_target"));
        let said = |key: &str| text(target, &[key]).map(str::to_lowercase);
        let is_for_pages = said("kind").is_none_or(|kind| kind.contains("page") || kind.contains('*'));
        let is_published = said("environment").is_none_or(|name| matches(&name, "production"));
        if !is_for_pages || !is_published {
            return Vec::new();
        }
        // A pattern that can't be read means no page.
        let (path, language) = (said("path"), said("lang"));
        let globs = (path.as_deref().map(glob), language.as_deref().map(glob));
        if matches!(globs, (Some(None), _) | (_, Some(None))) {
            return Vec::new();
        }
        let values = [Some(item.clone()), item.get("params").map(free)].into_iter().flatten();
        values
            .map(|values| Self {
                folder: folder.to_owned(),
                path: globs.0.clone().flatten(),
                language: globs.1.clone().flatten(),
                values,
            })
            .collect()
    }

    /// Whether a page gets it, by its path below the content.
    pub(super) fn holds(&self, below: &str, language: &str) -> bool {
        let is_below = self.folder.is_empty()
            || below.strip_prefix(self.folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        is_below
            && self.language.as_ref().is_none_or(|glob| glob.is_match(language))
            && self.path.as_ref().is_none_or(|glob| names(below).iter().any(|name| glob.is_match(name)))
    }

    /// How deep the folder lies: the deepest says first.
    pub(super) fn depth(&self) -> usize {
        self.folder.len()
    }
}

/// What a page is called in a target: as its file, and without extension or `index`.
fn names(below: &str) -> Vec<String> {
    let whole = format!("/{}", below.to_lowercase());
    let stem = whole.rsplit_once('.').map_or(whole.as_str(), |(stem, _)| stem).to_owned();
    let bundle = stem.strip_suffix("/index").map(str::to_owned);
    [Some(whole), bundle, Some(stem)].into_iter().flatten().collect()
}

fn glob(pattern: &str) -> Option<GlobMatcher> {
    GlobBuilder::new(pattern).literal_separator(true).build().ok().map(|glob| glob.compile_matcher())
}

fn matches(pattern: &str, name: &str) -> bool {
    glob(pattern).is_some_and(|glob| glob.is_match(name))
}
