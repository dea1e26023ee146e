//! Old addresses that a feed goes on answering: `/atom.xml`, `/categories/:slug/feed.xml`.
//!
//! In: the aliases of the outlets, a request's path. Out: the canonical address whose
//! document is served there, self link and all. An address of our own goes before an
//! alias, but for the guesses that only lead on. Those of a feed that needs a token are
//! below it, and nowhere else. Never asks the store: what has a name in it is `aliased`'s.

use crate::model::Access;
use crate::model::Format;
use crate::model::Outlet;
use crate::serve::address::below_token;
use crate::store::FacetKind;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// What stands for a name in an alias.
pub(crate) const SLUG: &str = ":slug";

/// Every alias on the shelf.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    /// Decoded path → the canonical one, decoded.
    exact: HashMap<String, String>,
    /// Decoded path below a token → the feed, which need not be one that the token opens.
    pub(crate) private: HashMap<String, (String, Format)>,
    pub(crate) patterns: Vec<Pattern>,
}

/// An alias with a `:slug` in it.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    pub(crate) feed: String,
    pub(crate) format: Format,
    /// Categories or tags.
    pub(crate) kind: FacetKind,
    /// Decoded, around the name.
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Aliases {
    /// The aliases of these outlets; of two on one path the first counts.
    pub(crate) fn new(outlets: &[Arc<Outlet>]) -> Self {
        let mut aliases = Self::default();
        for outlet in outlets {
            let is_private = outlet.access != Access::Public;
            for alias in &outlet.aliases {
                let path = percent_decode_str(&alias.path).decode_utf8_lossy();
                if let Some((before, after)) = path.split_once(SLUG) {
                    aliases.patterns.push(Pattern {
                        feed: outlet.id.clone(),
                        format: alias.format,
                        kind: kind(before),
                        before: before.to_owned(),
                        after: after.to_owned(),
                    });
                } else if is_private {
                    let served = (outlet.id.clone(), alias.format);
                    aliases.private.entry(path.into_owned()).or_insert(served);
                } else {
                    let canonical = format!("/{}.{}", outlet.id, alias.format.extension());
                    aliases.exact.entry(path.into_owned()).or_insert(canonical);
                }
            }
        }
        aliases
    }

    /// The canonical path, where this one is an alias of a whole feed. `base` is the path
    /// of the public address, which an alias may begin with.
    pub(crate) fn canonical<'a>(&self, base: &str, path: Cow<'a, str>) -> Cow<'a, str> {
        if self.exact.is_empty() {
            return path;
        }
        let below = || (!base.is_empty()).then(|| self.exact.get(&format!("{base}{path}"))).flatten();
        match self.exact.get(path.as_ref()).or_else(below) {
            Some(canonical) => Cow::Owned(canonical.clone()),
            None => path,
        }
    }
}

impl Aliases {
    /// Whether a path that ends in a slash may be an alias that does.
    pub(crate) fn take_slash(&self, base: &str, path: &str) -> bool {
        let (token, path) = below_token(path);
        let paths = [path.to_owned(), format!("{base}{path}")];
        let with_slash = || self.patterns.iter().filter(|pattern| pattern.after.ends_with('/'));
        paths.iter().any(|path| {
            (token.is_some() && self.private.contains_key(path))
                || with_slash().any(|pattern| pattern.name_in(path).is_some())
        })
    }
}

/// A folder before the name says whether it is a tag's: `/tags/:slug`, `/feed/by_tag/:slug.xml`.
fn kind(before: &str) -> FacetKind {
    let is_tag = |word: &str| matches!(word.to_lowercase().as_str(), "tag" | "tags" | "标签");
    if before.split(['/', '_', '-']).any(is_tag) { FacetKind::Tag } else { FacetKind::Category }
}

impl Pattern {
    /// What stands where the name belongs.
    pub(crate) fn name_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        let name = path.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        let fits = !name.is_empty() && (self.kind == FacetKind::Category || !name.contains('/'));
        fits.then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::{Aliases, kind};
    use crate::model::{Alias, Format};
    use crate::serve::shelf::plain_outlet;
    use crate::store::FacetKind;
    use std::borrow::Cow;

    fn aliases(paths: &[&str]) -> Aliases {
        let mut outlet = plain_outlet("blog");
        outlet.aliases =
            paths.iter().map(|&path| Alias { path: path.into(), format: Format::Atom }).collect();
        Aliases::new(&[outlet.into()])
    }

    #[test]
    fn an_alias_is_found_below_the_base_and_without_it() {
        let aliases = aliases(&["/atom.xml", "/blog/feed/", "/%E9%87%91.xml"]);
        let canonical =
            |base: &str, path: &'static str| aliases.canonical(base, Cow::Borrowed(path)).into_owned();
        assert_eq!(canonical("", "/atom.xml"), "/blog.atom");
        assert_eq!(canonical("/blog", "/feed/"), "/blog.atom");
        assert_eq!(canonical("", "/金.xml"), "/blog.atom");
        assert_eq!(canonical("", "/feed/"), "/feed/");
    }

    #[test]
    fn a_pattern_takes_what_stands_where_the_name_belongs() {
        let aliases = aliases(&["/categories/:slug/feed.xml", "/feed/by_tag/:slug.xml"]);
        let [category, tag] = aliases.patterns.as_slice() else { panic!() };
        assert_eq!(category.name_in("/categories/生活/城市/feed.xml"), Some("生活/城市"));
        assert_eq!(category.name_in("/categories//feed.xml"), None);
        assert_eq!(tag.name_in("/feed/by_tag/rust.xml"), Some("rust"));
        assert_eq!(tag.name_in("/feed/by_tag/a/b.xml"), None);
    }

    #[test]
    fn an_address_says_whether_it_is_for_tags() {
        assert_eq!(kind("/feed/by_tag/"), FacetKind::Tag);
        assert_eq!(kind("/stage/"), FacetKind::Category);
    }
}
