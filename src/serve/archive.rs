//! Archives of a feed too long for one document (RFC 5005 §4), rendered.
//!
//! In: the sheets that the feed is cut into. Out: the document of one, the addresses of all.
//! Never decides what is in one.

use crate::model::Format;
use crate::publish::{Archive, publish};
use crate::serve::address::Address;
use crate::serve::render::{dress, place};
use crate::serve::scope;
use crate::serve::sheets::sheets;
use crate::serve::shelf::Shelf;
use crate::store::{ServeStore, StoreError};

/// The archive at an address; `None` where there is no such feed, or no such archive any more.
pub fn render_archive(
    store: &dyn ServeStore,
    shelf: &Shelf,
    base_url: &str,
    address: &Address,
    format: Format,
) -> Result<Option<Vec<u8>>, StoreError> {
    let (Some(shelved), Some(leaf)) = (shelf.of(address), address.leaf()) else {
        return Ok(None);
    };
    let sheets = sheets(store, shelved, &address.facet)?;
    let Some(sheet) = sheets.get(leaf.number).filter(|sheet| sheet.leaf == *leaf) else {
        return Ok(None);
    };
    let entries = scope::arrived(store, shelved, &sheet.arrivals)?;
    let feed = dress(store, shelved, &address.facet, entries)?;
    let current = address.at(None);
    let url = |path: String| format!("{base_url}{path}");
    let mut place = place(base_url, address, format);
    place.page_url = url(current.page_path());
    // An address without a mark leads on to whatever stands there when somebody asks.
    place.archive = Some(Archive {
        current: url(current.url_path(format)),
        newer: url(current.number_path(leaf.number + 1, format)),
    });
    let older = leaf.number.checked_sub(1).and_then(|number| sheets.get(number));
    place.older = older.map(|older| url(current.at(Some(older.leaf.clone())).url_path(format)));
    Ok(Some(publish(&feed, format, &place)))
}

/// The addresses of all archives of a part of a feed, oldest first.
pub fn archives(
    store: &dyn ServeStore,
    shelf: &Shelf,
    address: &Address,
) -> Result<Vec<Address>, StoreError> {
    let Some(shelved) = shelf.of(address) else {
        return Ok(Vec::new());
    };
    let sheets = sheets(store, shelved, &address.facet)?;
    Ok(sheets.into_iter().map(|sheet| address.at(Some(sheet.leaf))).collect())
}
