//! What is at an old address, and which files a static export has for it.
//!
//! In: the aliases of the shelf, a request's path. Out: the part of a feed that is served there;
//! the files of a feed's aliases. Never leads to a feed that needs a token but below that token.

use crate::model::{Facet, Format};
use crate::serve::address::{Address, below_token, file_name, folded};
use crate::serve::alias::SLUG;
use crate::serve::resolve::Found;
use crate::serve::scope;
use crate::serve::shelf::{Shelf, Shelved};
use crate::store::{FacetKind, ServeStore, StoreError};
use percent_encoding::percent_decode_str;
use std::{collections::BTreeSet, path::PathBuf};
use unicode_normalization::UnicodeNormalization;

/// What an alias with a slash at its end is written as in a static export.
const INDEX: &str = "index.xml";

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
    use super::{file, slugs};
    use std::path::Path;

    #[test]
    fn slugs_are_those_of_most_generators() {
        for (name, slug) in
            [("Big Data", "big-data"), ("生活/城市", "生活/城市"), ("C++", "c"), (" CI / CD ", "ci/cd")]
        {
            assert_eq!(slugs(name), slug);
        }
    }

    #[test]
    fn a_file_stays_in_its_folder() {
        assert_eq!(file("/feed/"), Path::new("feed/index.xml"));
        assert_eq!(file("/categories/../x.xml"), Path::new("categories/%2E%2E/x.xml"));
    }
}
