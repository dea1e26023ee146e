//! Who is making which document just now, so that each is made once.
//!
//! In: a document's key. Out: a place in its queue. Never knows what is made.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Who is making what just now.
#[derive(Debug, Default)]
pub(crate) struct Flights(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

/// A place among those who want the same document.
pub(crate) struct Flight<'a> {
    flights: &'a Flights,
    key: &'a str,
    pub(crate) turn: Arc<tokio::sync::Mutex<()>>,
}

impl Flights {
    pub(crate) fn board<'a>(&'a self, key: &'a str) -> Flight<'a> {
        let mut flights = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = Arc::clone(flights.entry(key.to_owned()).or_default());
        drop(flights);
        Flight { flights: self, key, turn }
    }
}

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The map's and ours: nobody else is on board.
        if Arc::strong_count(&self.turn) == 2 {
            flights.remove(self.key);
        }
    }
}
