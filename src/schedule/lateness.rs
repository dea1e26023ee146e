//! How late polls started, against the time that they were due.

use chrono::TimeDelta;
use std::collections::BTreeMap;

/// A lateness in milliseconds beyond which it is all the same.
const LATEST: i64 = 24 * 3600 * 1000;

/// Counts of polls by how late they were.
#[derive(Debug, Clone, Default)]
pub struct Lateness {
    polls: u64,
    /// By tenths of a second.
    by_tenth: BTreeMap<i64, u64>,
}

impl Lateness {
    /// One more poll that started so long after it was due.
    pub(super) fn note(&mut self, late: TimeDelta) {
        self.polls += 1;
        *self.by_tenth.entry(late.num_milliseconds().clamp(0, LATEST) / 100).or_default() += 1;
    }

    /// Scheduled polls so far; neither the first of a source nor one that was asked for.
    pub fn polls(&self) -> u64 {
        self.polls
    }

    /// The lateness that this share (0 to 1) of polls did not exceed, to a tenth of a second.
    pub fn quantile(&self, share: f64) -> TimeDelta {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count"
        )]
        let wanted = (self.polls as f64 * share).ceil() as u64;
        let mut seen = 0;
        let reached = self.by_tenth.iter().find(|(_, count)| {
            seen += **count;
            seen >= wanted
        });
        TimeDelta::milliseconds(reached.map_or(0, |(tenth, _)| tenth * 100))
    }
}
