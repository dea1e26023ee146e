//! What one feed on the shelf asks of the store: of itself, or, for `all`, of its members.
//!
//! In: a facet as addresses name it. Out: the store's answer in the same terms. Below
//! `all` a source goes by feed and id; the store is asked of that one feed.

use crate::model::{Deleted, Facet, FeedEntry};
use crate::serve::shelf::{ALL, Shelved};
use crate::store::{Arrival, FacetCount, FacetKind, Selection, ServeStore, StoreError};

/// The feeds to ask and the facet as they know it; `None` for a source of no member.
fn scope<'a>(shelved: &'a Shelved, facet: &Facet) -> Option<(Vec<&'a str>, Facet)> {
    if let Facet::Source(source) = facet
        && shelved.outlet.id == ALL
    {
        let (member, id) = source.split_once('/')?;
        let member = shelved.feeds.iter().find(|feed| *feed == member)?;
        return Some((vec![member], Facet::Source(id.to_owned())));
    }
    Some((members(shelved), facet.clone()))
}

/// The feeds whose entries it shows, by id.
fn members(shelved: &Shelved) -> Vec<&str> {
    shelved.feeds.iter().map(String::as_str).collect()
}

/// The newest entries of a facet, as many as a document of this feed holds.
pub(crate) fn select(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Vec<FeedEntry>, StoreError> {
    match scope(shelved, facet) {
        Some((feeds, facet)) => store.select(&Selection {
            feeds: &feeds,
            among: &members(shelved),
            facet: &facet,
            order: shelved.outlet.order,
            limit: shelved.outlet.limit,
        }),
        None => Ok(Vec::new()),
    }
}

/// The entries of a facet that were deleted, and that readers are told of.
pub(crate) fn deleted(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Vec<Deleted>, StoreError> {
    match scope(shelved, facet) {
        Some((feeds, facet)) => store.deleted(&feeds, &facet),
        None => Ok(Vec::new()),
    }
}

/// Everything that a facet shows in the order of arrival; nothing where a document holds it all.
pub(crate) fn arrivals(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Vec<Arrival>, StoreError> {
    match scope(shelved, facet) {
        Some((feeds, facet)) => store.arrivals(&Selection {
            feeds: &feeds,
            among: &[],
            facet: &facet,
            order: shelved.outlet.order,
            limit: shelved.outlet.limit,
        }),
        None => Ok(Vec::new()),
    }
}

/// These arrivals as this feed puts them out.
pub(crate) fn arrived(
    store: &dyn ServeStore,
    shelved: &Shelved,
    arrivals: &[Arrival],
) -> Result<Vec<FeedEntry>, StoreError> {
    store.arrived(&members(shelved), arrivals)
}

/// Whether anything was ever filed there.
pub(crate) fn knows(store: &dyn ServeStore, shelved: &Shelved, facet: &Facet) -> Result<bool, StoreError> {
    scope(shelved, facet).map_or(Ok(false), |(feeds, facet)| store.knows(&feeds, &facet))
}

/// A known facet that differs in case or normal form alone.
pub(crate) fn resembling(
    store: &dyn ServeStore,
    shelved: &Shelved,
    facet: &Facet,
) -> Result<Option<Facet>, StoreError> {
    let Some((feeds, asked)) = scope(shelved, facet) else {
        return Ok(None);
    };
    let near = store.resembling(&feeds, &asked)?;
    Ok(near.map(|near| match (feeds.as_slice(), near) {
        ([member], Facet::Source(id)) if shelved.outlet.id == ALL => Facet::Source(format!("{member}/{id}")),
        (_, near) => near,
    }))
}

/// Every facet of a kind that was ever used.
pub(crate) fn facets(
    store: &dyn ServeStore,
    shelved: &Shelved,
    kind: FacetKind,
) -> Result<Vec<FacetCount>, StoreError> {
    if kind != FacetKind::Source || shelved.outlet.id != ALL {
        return store.facets(&members(shelved), kind);
    }
    let mut all = Vec::new();
    for feed in &shelved.feeds {
        all.extend(store.facets(&[feed], kind)?.into_iter().map(|mut count| {
            if let Facet::Source(id) = &mut count.facet {
                *id = format!("{feed}/{id}");
            }
            count
        }));
    }
    Ok(all)
}
