//! What holds where a feed's file says nothing.

use crate::model::Timetable;

/// What holds where a feed's file says nothing: `defaults` in the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Defaults {
    /// When sources are collected.
    pub schedule: Timetable,
    /// Entries in a document.
    pub limit: usize,
    /// For cron lines and for dates without a zone.
    pub timezone: chrono_tz::Tz,
    /// The zone is this machine's, nobody wrote it down: posts that lean on it
    /// change their dates with the machine.
    pub timezone_assumed: bool,
}

impl Default for Defaults {
    /// `auto`, 50 entries, UTC.
    fn default() -> Self {
        Self { schedule: Timetable::Auto, limit: 50, timezone: chrono_tz::UTC, timezone_assumed: true }
    }
}
