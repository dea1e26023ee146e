//! A span of time in which an entry may be seen.

use chrono::{DateTime, Utc};

/// From a moment on, up to another and without that one; an end that is open is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// Not before this.
    pub from: Option<DateTime<Utc>>,
    /// Not from this on.
    pub until: Option<DateTime<Utc>>,
}
