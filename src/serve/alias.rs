//! Old addresses that a feed goes on answering: `/atom.xml`, `/categories/:slug/feed.xml`.
//!
//! In: the aliases of the outlets, a request's path. Out: the canonical address whose
//! document is served there, self link and all; the files of a static export. An
//! address of our own goes before an alias, but for the guesses that only lead on. Those
//! of a feed that needs a token are below it, and nowhere else.

use crate::model::Access;
use crate::model::Facet;
use crate::model::Format;
use crate::model::Outlet;
use crate::serve::address::Address;
use crate::serve::address::file_name;
use crate::serve::address::folded;
use crate::serve::resolve::Found;
use crate::serve::resolve::below_token;
use crate::serve::scope;
use crate::serve::shelf::Shelf;
use crate::serve::shelf::Shelved;
use crate::store::FacetKind;
use crate::store::ServeStore;
use crate::store::StoreError;
use percent_encoding::percent_decode_str;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// What stands for a name in an alias.
const SLUG: &str = ":slug";
/// What an alias with a slash at its end is written as in a static export.
const INDEX: &str = "index.xml";

/// Every alias on the shelf.
#[derive(Debug, Clone, Default)]
pub(crate) struct Aliases {
    /// Decoded path → the canonical one, decoded.
    exact: HashMap<String, String>,
    /// Decoded path below a token → the feed, which need not be one that the token opens.
    private: HashMap<String, (String, Format)>,
    patterns: Vec<Pattern>,
}

/// An alias with a `:slug` in it.
#[derive(Debug, Clone)]
struct Pattern {
    feed: String,
    format: Format,
    /// Categories or tags.
    kind: FacetKind,
    /// Decoded, around the name.
    before: String,
    after: String,
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
    fn name_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        let name = path.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        let fits = !name.is_empty() && (self.kind == FacetKind::Category || !name.contains('/'));
        fits.then_some(name)
    }
}

/// Finds what a decoded path names that no address of ours names.
pub(crate) fn find(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base: &str,
    path: &str,
) -> Result<Found, StoreError> {
    let (token, path) = below_token(path);
    for path in [path, &format!("{base}{path}")] {
        if let Some((feed, format)) = shelf.aliases.private.get(path)
            && let Some(token) = token
        {
            if let Some(shelved) = shelf.opened_by(feed, token) {
                return Ok(Found::Here(Address::new(&shelved.outlet, Facet::Whole), Some(*format)));
            }
            if let Some(fate) = shelf.away(feed, Some(token)) {
                return Ok(Found::of(fate));
            }
        }
        for pattern in &shelf.aliases.patterns {
            let (Some(name), Some(shelved)) = (pattern.name_in(path), shelf.shown(&pattern.feed, token))
            else {
                continue;
            };
            let facets = parts(store, shelved, pattern.kind)?;
            let exact = facets.iter().find(|part| part.spelled == name);
            let wanted = slugs(name);
            if let Some(part) = exact.or_else(|| facets.iter().find(|part| part.slug == wanted)) {
                return Ok(Found::Here(part.address.clone(), Some(pattern.format)));
            }
        }
    }
    Ok(Found::Nowhere)
}

/// A category or a tag, as addresses have it and as most generators write it.
struct Part {
    address: Address,
    spelled: String,
    slug: String,
}

fn parts(store: &dyn ServeStore, shelved: &Shelved, kind: FacetKind) -> Result<Vec<Part>, StoreError> {
    let part = |facet: Facet| {
        let address = Address::new(&shelved.outlet, facet);
        let spelled = address.names().join("/");
        Part { slug: slugs(&spelled), spelled, address }
    };
    let known = scope::facets(store, shelved, kind)?;
    Ok(known.into_iter().map(|count| part(count.facet)).collect())
}

/// Each name in lower case, with a `-` for whatever is no letter and no digit.
fn slugs(names: &str) -> String {
    names.split('/').map(slug).collect::<Vec<_>>().join("/")
}

fn slug(name: &str) -> String {
    let plain: String = name.nfc().collect::<String>().to_lowercase();
    let words = plain.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-")
}

/// The files of a feed's aliases in a static export, each with what is written there. A
/// name stands in one as it is spelled and as a slug, where these differ.
pub fn alias_files(
    store: &dyn ServeStore,
    shelf: &Shelf,
    feed: &str,
) -> Result<Vec<(PathBuf, Address, Format)>, StoreError> {
    let Some(shelved) = shelf.get(feed) else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for alias in shelved.outlet.aliases.iter().filter(|alias| !alias.path.contains(SLUG)) {
        let path = percent_decode_str(&alias.path).decode_utf8_lossy();
        files.push((file(&path), Address::new(&shelved.outlet, Facet::Whole), alias.format));
    }
    for pattern in shelf.aliases.patterns.iter().filter(|pattern| pattern.feed == feed) {
        for part in parts(store, shelved, pattern.kind)? {
            for name in [&part.spelled, &part.slug].into_iter().filter(|name| !name.is_empty()) {
                let path = format!("{}{name}{}", pattern.before, pattern.after);
                files.push((file(&path), part.address.clone(), pattern.format));
            }
        }
    }
    let mut taken = BTreeSet::new();
    files.retain(|(path, ..)| taken.insert(folded(path)));
    Ok(files)
}

fn file(path: &str) -> PathBuf {
    let whole = if path.ends_with('/') { format!("{path}{INDEX}") } else { path.to_owned() };
    whole.trim_start_matches('/').split('/').map(file_name).collect()
}

#[cfg(test)]
mod tests {
    use super::{Aliases, file, kind, slugs};
    use crate::model::{Alias, Format};
    use crate::serve::shelf::plain_outlet;
    use crate::store::FacetKind;
    use std::borrow::Cow;
    use std::path::Path;

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
    fn slugs_are_those_of_most_generators() {
        for (name, slug) in
            [("Big Data", "big-data"), ("生活/城市", "生活/城市"), ("C++", "c"), (" CI / CD ", "ci/cd")]
        {
            assert_eq!(slugs(name), slug);
        }
        assert_eq!(kind("/feed/by_tag/"), FacetKind::Tag);
        assert_eq!(kind("/stage/"), FacetKind::Category);
    }

    #[test]
    fn a_file_stays_in_its_folder() {
        assert_eq!(file("/feed/"), Path::new("feed/index.xml"));
        assert_eq!(file("/categories/../x.xml"), Path::new("categories/%2E%2E/x.xml"));
    }
}
