//! What may have come and gone between two polls.
//!
//! Pure. A feed that has archives (RFC 5005) and none of the entries that it had the last
//! time has had more news than it holds. What it lost stands where its own links lead;
//! these are told and never followed: content doesn't choose what is fetched.

use crate::model::Problem;
use crate::parse::feed::Hints;
use crate::update::Job;
use crate::update::flood::Arrivals;
use crate::update::retain;

/// A warning where entries may be missing; `url` is the feed's.
pub(super) fn told(job: &Job, hints: &Hints, arrivals: &Arrivals<'_>, url: &str) -> Option<Problem> {
    let before = hints.prev_archive.as_ref().or(hints.next.as_ref())?;
    let same_definition = job.state.collect_hash == Some(job.source.collect_hash);
    let is_known = |stored| retain::stands(stored, arrivals.at_origin);
    let has_gap = job.state.collected
        && same_definition
        && arrivals.complete
        && !arrivals.inserts.is_empty()
        && !arrivals.stored.is_empty()
        && !arrivals.stored.iter().any(is_known);
    has_gap.then(|| {
        let message =
            format!("no entry of the last poll is in the feed; what came between stands at {before}");
        Problem::warning(url, message).with_help("a shorter `schedule` misses none")
    })
}
