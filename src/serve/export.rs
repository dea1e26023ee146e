//! Documents for a folder of files: what stands there is made anew only where it has to be.
//!
//! In: the store, the shelf, an address, the files that are there. Out: the bytes of
//! those that have to be written. What was made is remembered as what is served is, so
//! that neither the next export nor a daemon on the same store makes it again. Never
//! touches a file.

use crate::model::Format;
use crate::publish::publish;
use crate::serve::address::Address;
use crate::serve::base::Base;
use crate::serve::basis::{self, Basis};
use crate::serve::cache::Kind;
use crate::serve::render::{gather, subscribed_at};
use crate::serve::shelf::Shelf;
use crate::store::{DocumentFacts, ServeStore, StoreError, document_path};
use chrono::{DateTime, Utc};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// One export; several threads may ask it at once.
pub struct Export<'a> {
    store: &'a dyn ServeStore,
    shelf: &'a Shelf,
    base_url: String,
    now: DateTime<Utc>,
    archived: bool,
    /// By feed and format: the same for every address of a feed.
    bases: Mutex<HashMap<(String, Format), Basis>>,
    made: Mutex<Vec<(String, DocumentFacts)>>,
}

impl<'a> Export<'a> {
    /// An export of what is on the shelf, as it is now; documents lead to their archives
    /// where they are `archived`.
    pub fn new(
        store: &'a dyn ServeStore,
        shelf: &'a Shelf,
        base_url: &str,
        now: DateTime<Utc>,
        archived: bool,
    ) -> Self {
        let base_url = Base::new(base_url).url;
        Self { store, shelf, base_url, now, archived, bases: Mutex::default(), made: Mutex::default() }
    }

    /// The document at an address in each of these formats, its entries chosen once:
    /// `None` where the file beside the format holds it already, or no such feed is on
    /// the shelf.
    ///
    /// # Errors
    /// The store can't be read.
    pub fn documents(
        &self,
        address: &Address,
        files: &[(Format, Option<Vec<u8>>)],
    ) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        let mut feed = None;
        let mut documents = Vec::with_capacity(files.len());
        for (format, file) in files {
            documents.push(self.document(address, *format, file.as_deref(), &mut feed)?);
        }
        Ok(documents)
    }

    fn document(
        &self,
        address: &Address,
        format: Format,
        file: Option<&[u8]>,
        feed: &mut Option<crate::model::Feed>,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(shelved) = self.shelf.of(address) else {
            return Ok(None);
        };
        let path = self.path(address, format);
        let basis = self.basis(address, format)?;
        let known = self.store.document(&path)?;
        if let (Some(known), Some(file)) = (&known, file)
            && known.rendered_from == basis.rendered_from
            && known.etag == basis::etag(file)
        {
            return Ok(None);
        }
        let feed = match feed {
            Some(feed) => feed,
            None => feed.insert(gather(self.store, shelved, &address.facet)?),
        };
        let place = subscribed_at(self.store, shelved, &self.base_url, (address, format), self.archived)?;
        let bytes = publish(feed, format, &place);
        let facts = basis.facts(&bytes, known.as_ref(), self.now);
        if known.as_ref() != Some(&facts) {
            self.made.lock().unwrap_or_else(PoisonError::into_inner).push((path, facts));
        }
        Ok(file.is_none_or(|file| file != bytes).then_some(bytes))
    }

    /// What the store knows it by. Without its archives it isn't what is served there.
    fn path(&self, address: &Address, format: Format) -> String {
        let path = document_path(&address.key(), format);
        if self.archived { path } else { format!("{path}?archives=no") }
    }

    fn basis(&self, address: &Address, format: Format) -> Result<Basis, StoreError> {
        let key = (address.feed.clone(), format);
        let mut known = self.bases.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(basis) = known.get(&key) {
            return Ok(basis.clone());
        }
        let shelved: Vec<_> = self.shelf.of(address).into_iter().collect();
        let basis = Basis::of(self.store, &self.base_url, Kind::Document(format), &shelved, self.now)?;
        known.insert(key, basis.clone());
        Ok(basis)
    }

    /// Remembers what was made.
    ///
    /// # Errors
    /// The store can't be written.
    pub fn finish(self) -> Result<(), StoreError> {
        let made = self.made.into_inner().unwrap_or_else(PoisonError::into_inner);
        if made.is_empty() { Ok(()) } else { self.store.keep_documents(made) }
    }
}
