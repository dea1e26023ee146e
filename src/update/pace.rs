//! When a source is due next: its timetable, what its origin asked for, how it went → a time and why.
//!
//! Pure. What an origin asks for lengthens any wait and shortens none; jitter only adds.

use crate::definition::{Source, SourceKind, Timetable};
use crate::store::{Asked, SourceState};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::time::Duration;

/// However long an origin asks for, it is asked again within this.
const LONGEST_ASKED: Duration = Duration::from_secs(31 * 24 * 3600);
/// `auto` for a folder: the watch brings changes at once, this catches what it missed.
const FOLDER_RESCAN: Duration = Duration::from_secs(15 * 60);
/// `auto` for a feed starts here and stays within the two.
const SHORTEST_AUTO: Duration = Duration::from_secs(3600);
const LONGEST_AUTO: Duration = Duration::from_secs(24 * 3600);
/// The wait after the first failure doubles with each further one, up to a day.
const FIRST_BACK_OFF: Duration = Duration::from_secs(15 * 60);
const LONGEST_BACK_OFF: Duration = Duration::from_secs(24 * 3600);

/// A due time and its reason, in a word or two for the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: DateTime<Utc>,
    /// Why then.
    pub because: String,
}

/// The next due time of a source that was collected at `now`. `floor` is the
/// shortest time between two requests to its URL; zero for a folder.
pub(super) fn next(source: &Source, state: &SourceState, floor: Duration, now: DateTime<Utc>) -> Due {
    let asked = &state.asked;
    let remote = matches!(source.kind, SourceKind::Feed(_));
    let mut due = Due { at: by_timetable(source, state, remote, now), because: "schedule".into() };
    if !remote {
        return due;
    }
    let mut at_least = |wait: Duration, because: &str| {
        let at = now + wait.min(LONGEST_ASKED);
        if at > due.at {
            due = Due { at, because: because.to_owned() };
        }
    };
    at_least(floor, "min_interval");
    for (wait, because) in [(asked.fresh_for, "max-age"), (asked.ttl, "ttl"), (asked.period, "updatePeriod")]
    {
        wait.into_iter().for_each(|wait| at_least(wait, because));
    }
    if state.failures > 0 {
        let doubled = FIRST_BACK_OFF.saturating_mul(1 << (state.failures - 1).min(10));
        at_least(doubled.min(LONGEST_BACK_OFF), "back-off");
    }
    if let Some(not_before) = state.not_before
        && not_before > due.at
    {
        due = Due { at: not_before.min(now + LONGEST_ASKED), because: "retry-after".into() };
    }
    let late = jitter(source, (due.at - now).to_std().unwrap_or_default());
    due.at += late;
    past_skipped(due, asked)
}

fn by_timetable(source: &Source, state: &SourceState, remote: bool, now: DateTime<Utc>) -> DateTime<Utc> {
    if let Some(at) = source.timetable.next_after(now, source.timezone) {
        return at;
    }
    let wait = match (&source.timetable, remote) {
        (Timetable::Auto, true) => {
            let half = state.change_interval.map_or(0, |seconds| u64::from(seconds) / 2);
            Duration::from_secs(half).clamp(SHORTEST_AUTO, LONGEST_AUTO)
        }
        _ => FOLDER_RESCAN,
    };
    now + wait
}

/// Up to a tenth more, at most ten minutes, always the same for one source: feeds
/// that were added together are not asked together for ever.
fn jitter(source: &Source, wait: Duration) -> Duration {
    let seed = blake3::hash(source.key.as_bytes());
    let [low, high, ..] = *seed.as_bytes();
    let share = f64::from(u16::from_le_bytes([low, high])) / f64::from(u16::MAX);
    Duration::from_secs((wait.as_secs_f64().min(6000.0) * 0.1 * share) as u64)
}

/// Moves on to the next hour that the feed doesn't ask to skip; a feed that skips
/// every hour is not believed.
fn past_skipped(mut due: Due, asked: &Asked) -> Due {
    let start = due.at;
    for _ in 0..7 * 24 {
        if !asked.skip_hours.contains(&due.at.hour()) && !asked.skip_days.contains(&due.at.weekday()) {
            return due;
        }
        let into_hour = i64::from(due.at.minute() * 60 + due.at.second());
        due = Due {
            at: due.at + chrono::Duration::seconds(3600 - into_hour),
            because: "skipHours or skipDays".into(),
        };
    }
    Due { at: start, ..due }
}

/// The average time between changes, the older ones counting less and less.
pub(super) fn change_interval(state: &SourceState, changed: bool, now: DateTime<Utc>) -> Option<u32> {
    let since_last = state.last.and_then(|last| (now - last).to_std().ok())?;
    let seconds = u32::try_from(since_last.as_secs()).unwrap_or(u32::MAX);
    Some(match (state.change_interval, changed) {
        (None, true) => seconds,
        (None, false) => seconds.saturating_mul(2),
        (Some(before), true) => (before / 4).saturating_mul(3).saturating_add(seconds / 4),
        (Some(before), false) => before.saturating_add(seconds / 4).min(14 * 24 * 3600),
    })
}
