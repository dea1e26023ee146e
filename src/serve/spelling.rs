//! Names as addresses spell them: slugs, names with a `/`, other cases, categories that
//! have moved.
//!
//! In: the segments of an address and what a feed's definition says of its categories.
//! Out: the names that they stand for. Asks no store: whether anything is there is
//! `resolve`'s to find out.

use crate::model::{CategoryPath, Facet, Outlet};
use crate::serve::address::written;
use crate::serve::shelf::{ALL, Shelf, Shelved};
use crate::store::FacetKind;
use unicode_normalization::UnicodeNormalization;

/// How far `into` is followed: definitions that lead in a circle lead nowhere.
const MOST_MOVES: usize = 16;

/// The category that an address names below a feed: by names and slugs, where it is now.
fn category(outlet: &Outlet, names: &[&str]) -> Option<CategoryPath> {
    let path = CategoryPath::from_names(unslugged(outlet, names))?;
    Some(moved(outlet, &path).unwrap_or(path))
}

pub(super) fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase()
}

/// The names that the segments of an address stand for: a slug, or a name whose `/` is written `-`.
pub(super) fn unslugged(outlet: &Outlet, segments: &[&str]) -> Vec<String> {
    names_of(outlet, segments, |_, _| false)
}

/// The category that had one of these segments for its slug.
pub(super) fn of_former_slug(outlet: &Outlet, kind: FacetKind, segments: &[&str]) -> Option<CategoryPath> {
    let had = |path: &CategoryPath, segment: &str| {
        outlet.categories.get(path).is_some_and(|info| info.former_slugs.iter().any(|slug| slug == segment))
    };
    let names = (kind == FacetKind::Category).then(|| names_of(outlet, segments, had))?;
    let path = CategoryPath::from_names(&names).filter(|_| names != unslugged(outlet, segments))?;
    Some(moved(outlet, &path).unwrap_or(path))
}

/// The names that segments stand for; last of all what is `also` one.
fn names_of(outlet: &Outlet, segments: &[&str], also: impl Fn(&CategoryPath, &str) -> bool) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(segments.len());
    for segment in segments {
        let child = |by: &dyn Fn(&CategoryPath) -> bool| {
            outlet
                .categories
                .keys()
                .find(|path| {
                    path.names().split_last().is_some_and(|(_, above)| above == names.as_slice()) && by(path)
                })
                .map(|path| path.leaf().to_owned())
        };
        let slug = |path: &CategoryPath| {
            outlet.categories.get(path).and_then(|info| info.slug.as_deref()) == Some(*segment)
        };
        let name = child(&slug)
            .or_else(|| child(&|path| path.leaf() == *segment))
            .or_else(|| child(&|path| written(path.leaf()) == *segment))
            .or_else(|| child(&|path| also(path, segment)))
            .unwrap_or_else(|| (*segment).to_owned());
        names.push(name);
    }
    names
}

/// Where `into` has put this path; `None` where it stays.
pub(super) fn moved(outlet: &Outlet, path: &CategoryPath) -> Option<CategoryPath> {
    let mut now = path.clone();
    for _ in 0..MOST_MOVES {
        // The innermost that says so decides.
        let next = now.and_above().collect::<Vec<_>>().into_iter().rev().find_map(|above| {
            let into = outlet.categories.get(&above)?.into.as_ref()?;
            let rest = now.names().iter().skip(above.names().len());
            CategoryPath::from_names(into.names().iter().chain(rest))
        });
        match next {
            Some(next) if next != now => now = next,
            _ => return (now != *path).then_some(now),
        }
    }
    None
}

/// A source below `all` whose feed is called otherwise now.
pub(super) fn renamed(shelf: &Shelf, shelved: &Shelved, facet: &Facet) -> Option<Facet> {
    let Facet::Source(name) = facet else { return None };
    let (member, id) = name.split_once('/').filter(|_| shelved.outlet.id == ALL)?;
    let now = shelf.now_called(member).filter(|now| shelved.feeds.iter().any(|feed| feed == now))?;
    (!shelved.feeds.iter().any(|feed| feed == member)).then(|| Facet::Source(format!("{now}/{id}")))
}

/// A slug or a source's id that is written in another case.
pub(super) fn in_other_case(outlet: &Outlet, kind: FacetKind, names: &[&str]) -> Option<Facet> {
    match (kind, names) {
        (FacetKind::Source, [id]) if outlet.id != ALL => {
            let known = outlet.sources.iter().find(|known| known != id && folded(known) == folded(id))?;
            Some(Facet::Source(known.clone()))
        }
        (FacetKind::Category, _) => {
            let slugs = || outlet.categories.values().filter_map(|info| info.slug.as_deref());
            let slug = |name: &str| slugs().find(|slug| folded(slug) == folded(name));
            let segments: Vec<&str> = names.iter().map(|name| slug(name).unwrap_or(name)).collect();
            (segments != names).then(|| category(outlet, &segments).map(Facet::Category))?
        }
        _ => None,
    }
}
