//! What was rendered, on its way into the store.
//!
//! Whoever serves does not wait for the writer, which may be at a commit of thousands of
//! entries: facts are kept here until they are committed, and asked for here first. All that
//! wait together are one write. What could not be written is let go: after a restart such a
//! document is rendered once more.

use crate::store::sqlite::apply;
use crate::store::{DocumentFacts, StoreError};
use rusqlite::Connection;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Facts by the path of their document.
pub(super) type Facts = Vec<(String, DocumentFacts)>;

#[derive(Default)]
pub(super) struct Rendered(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    facts: HashMap<String, DocumentFacts>,
    /// Whether a write is on its way that has not begun.
    asked_for: bool,
}

impl Rendered {
    /// Keeps facts in mind; whether a write has to be asked for.
    pub(super) fn put(&self, path: &str, facts: &DocumentFacts) -> bool {
        let mut waiting = self.waiting();
        waiting.facts.insert(path.to_owned(), facts.clone());
        !std::mem::replace(&mut waiting.asked_for, true)
    }

    /// What waits of a path.
    pub(super) fn get(&self, path: &str) -> Option<DocumentFacts> {
        self.waiting().facts.get(path).cloned()
    }

    /// Writes all that waits, in the caller's transaction; what that was.
    pub(super) fn write(&self, connection: &Connection) -> rusqlite::Result<Facts> {
        let facts: Facts = {
            let mut waiting = self.waiting();
            waiting.asked_for = false;
            waiting.facts.iter().map(|(path, facts)| (path.clone(), facts.clone())).collect()
        };
        for (path, facts) in &facts {
            apply::keep_document(connection, path, facts)?;
        }
        Ok(facts)
    }

    /// The write has ended: what was written waits no longer, unless it is another by now;
    /// after a failure nothing does.
    pub(super) fn settle(&self, outcome: Result<Facts, StoreError>) {
        let mut waiting = self.waiting();
        match outcome {
            Ok(written) => {
                for (path, facts) in written {
                    if waiting.facts.get(&path) == Some(&facts) {
                        waiting.facts.remove(&path);
                    }
                }
            }
            Err(error) => {
                waiting.asked_for = false;
                tracing::warn!("cannot remember what is served: {error}");
                waiting.facts.clear();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
