//! What a feed's documents say that only its sources know: a podcast's owner, its categories.
//!
//! In: the store and a part of a feed. Out: the words of its only source, or what can
//! be said of several: Apple's categories of all of them.

use crate::model::Extension;
use crate::serve::shelf::{ALL, Shelved};
use crate::store::{Said, ServeStore, StoreError};

/// Apple's directory takes so many categories of a podcast.
const MAX_CATEGORIES: usize = 3;

/// What the sources of a part of a feed say of themselves. `all` says nothing.
pub(super) fn of(store: &dyn ServeStore, shelved: &Shelved) -> Result<Said, StoreError> {
    if shelved.outlet.id == ALL {
        return Ok(Said::default());
    }
    let feeds: Vec<&str> = shelved.feeds.iter().map(String::as_str).collect();
    let mut all = store.said(&feeds)?;
    if all.len() == 1 {
        return Ok(all.remove(0));
    }
    let mut categories: Vec<Extension> = Vec::new();
    for extension in all.iter().flat_map(|said| &said.extensions) {
        let known = categories.iter().any(|known| known.attribute("text") == extension.attribute("text"));
        if extension.name == "itunes:category" && !known && categories.len() < MAX_CATEGORIES {
            categories.push(extension.clone());
        }
    }
    Ok(Said { language: None, extensions: categories })
}
