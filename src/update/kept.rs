//! An answer that the store could not take (a full disk), kept so that it is stored once
//! that is possible: its origin is not asked again for it.

use crate::collect::{FetchError, Fetched};
use std::sync::Arc;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Kibibytes that all kept answers take together; what finds no room is fetched again,
/// after a back-off.
const ROOM: u32 = 32 << 10;

static FREE: Semaphore = Semaphore::const_new(ROOM as usize);

/// An answer that waits for the store.
#[derive(Debug)]
pub struct Kept {
    pub(super) answer: Result<Fetched, FetchError>,
    _room: SemaphorePermit<'static>,
}

impl Kept {
    /// Keeps it where there is room.
    pub(super) fn new(answer: Result<Fetched, FetchError>) -> Option<Arc<Self>> {
        let bytes = match &answer {
            Ok(Fetched::Body { body, .. }) => body.len(),
            Ok(Fetched::NotModified(_)) | Err(_) => 0,
        };
        let room = FREE.try_acquire_many(u32::try_from(bytes >> 10).ok()?.saturating_add(1)).ok()?;
        Some(Arc::new(Self { answer, _room: room }))
    }
}
