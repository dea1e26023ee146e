//! What serving asks: read by connections of its own, beside the writer.

use super::{SqliteStore, apply, arrive, bury, choose, read, select};
use crate::model::{Choice, Deleted, Facet, FeedEntry};
use crate::store::{
    Arrival, Damage, DocumentFacts, FacetCount, FacetKind, FeedFacts, Part, Said, Selection, ServeStore,
    StoreError,
};

use std::sync::Arc;

impl ServeStore for SqliteStore {
    fn feed(&self, feed: &str) -> Result<Option<FeedFacts>, StoreError> {
        self.read("reading a feed", |connection| read::feed(connection, feed))
    }

    fn said(&self, feeds: &[&str]) -> Result<Vec<Said>, StoreError> {
        self.read("reading what sources say", |connection| read::said(connection, feeds))
    }

    fn select(&self, selection: &Selection<'_>) -> Result<Vec<FeedEntry>, StoreError> {
        let (entries, damaged) =
            self.read("choosing entries", |connection| select::select(connection, selection))?;
        self.tell(selection.feeds, damaged);
        Ok(entries)
    }

    fn deleted(&self, feeds: &[&str], facet: &Facet) -> Result<Vec<Deleted>, StoreError> {
        self.read("reading what was deleted", |connection| bury::deleted(connection, feeds, facet))
    }

    fn choose(&self, selection: &Selection<'_>, choice: &Choice) -> Result<Vec<FeedEntry>, StoreError> {
        let (entries, damaged) =
            self.read("choosing entries", |connection| choose::choose(connection, selection, choice))?;
        self.tell(selection.feeds, damaged);
        Ok(entries)
    }

    fn arrivals(&self, selection: &Selection<'_>) -> Result<Vec<Arrival>, StoreError> {
        let (arrivals, damaged) =
            self.read("listing arrivals", |connection| arrive::arrivals(connection, selection))?;
        self.tell(selection.feeds, damaged);
        Ok(arrivals)
    }

    fn arrived(&self, feeds: &[&str], arrivals: &[Arrival]) -> Result<Vec<FeedEntry>, StoreError> {
        let (entries, damaged) =
            self.read("reading an archive", |connection| arrive::entries(connection, feeds, arrivals))?;
        self.tell(feeds, damaged);
        Ok(entries)
    }

    fn knows(&self, feeds: &[&str], facet: &Facet) -> Result<bool, StoreError> {
        self.read("looking up a facet", |connection| {
            Ok(!select::facet_rows(connection, feeds, facet)?.is_empty())
        })
    }

    fn resembling(&self, feeds: &[&str], facet: &Facet) -> Result<Option<Facet>, StoreError> {
        self.read("looking for a facet like it", |connection| select::resembling(connection, feeds, facet))
    }

    fn facets(&self, feeds: &[&str], kind: FacetKind) -> Result<Vec<FacetCount>, StoreError> {
        self.read("listing facets", |connection| select::facets(connection, feeds, kind))
    }

    fn document(&self, path: &str) -> Result<Option<DocumentFacts>, StoreError> {
        if let Some(facts) = self.rendered.get(path) {
            return Ok(Some(facts));
        }
        self.read("reading a document's facts", |connection| read::document(connection, path))
    }

    /// Returns at once. At a power cut the last may be lost: the same bytes are made again then.
    fn keep_document(&self, path: &str, facts: &DocumentFacts) -> Result<(), StoreError> {
        if !self.rendered.put(path, facts) {
            return Ok(());
        }
        let (writing, settling) = (Arc::clone(&self.rendered), Arc::clone(&self.rendered));
        self.writer.write_later(
            "keeping documents' facts",
            move |connection| writing.write(connection),
            move |outcome| settling.settle(outcome),
        )
    }

    fn keep_documents(&self, documents: Vec<(String, DocumentFacts)>) -> Result<(), StoreError> {
        self.writer.write("keeping documents' facts", true, move |connection| {
            documents.iter().try_for_each(|(path, facts)| apply::keep_document(connection, path, facts))
        })
    }

    fn damage(&self) -> Vec<Damage> {
        let damaged = self.damage.lock();
        let damaged = damaged.iter().flat_map(|damaged| damaged.iter());
        damaged.map(|(what, feed)| Damage { feed: feed.clone(), message: what.to_string() }).collect()
    }

    fn generation(&self) -> Option<u64> {
        // The lock on the state directory sees to it that nobody else writes what is shown.
        (self.part != Part::Serving).then(|| self.writer.commits())
    }
}
