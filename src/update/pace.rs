//! When a source is due next: its timetable, what its origin asked for, how it went → a time and why.
//!
//! Pure. What an origin asks for lengthens any wait and shortens none; failures
//! lengthen it further; jitter only adds.

use crate::definition::{SourceKind, Timetable};
use crate::store::{Asked, SourceState};
use crate::update::Job;
use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use std::time::Duration;

/// However long an origin asks for, it is asked again within this.
const LONGEST_ASKED: Duration = Duration::from_hours(31 * 24);
/// `auto` for a folder: the watch brings changes at once, this catches what it missed.
const FOLDER_RESCAN: Duration = Duration::from_mins(15);
/// `auto` for a feed starts here and stays within the two.
const SHORTEST_AUTO: Duration = Duration::from_hours(1);
const LONGEST_AUTO: Duration = Duration::from_hours(24);
/// The wait after the first failure doubles with each further one, up to a day …
const FIRST_BACK_OFF: Duration = Duration::from_mins(15);
const LONGEST_BACK_OFF: Duration = Duration::from_hours(24);
/// … and begins here where the origin said 429 or 503.
const FIRST_HOLD: Duration = Duration::from_hours(1);
/// While its hub sends what is new, a feed is polled only for what got lost.
const WHILE_SUBSCRIBED: Duration = Duration::from_hours(24);
/// Jitter adds a tenth, and no more than this.
const MOST_JITTER: Duration = Duration::from_mins(10);

/// A due time and its reason, in a word or two for the status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// When.
    pub at: DateTime<Utc>,
    /// Why then.
    pub because: String,
}

impl Due {
    /// Later, if this wait from `now` is longer than all before.
    fn at_least(&mut self, now: DateTime<Utc>, wait: Duration, because: &str) {
        let at = now + wait.min(LONGEST_ASKED);
        if at > self.at {
            let capped = if wait > LONGEST_ASKED { ", no longer than 31 days" } else { "" };
            *self = Self { at, because: format!("{because}{capped}") };
        }
    }
}

/// The next due time of a source whose collection began at `job.now` and ended in `state`.
pub(super) fn next(job: &Job, state: &SourceState) -> Due {
    let now = job.now;
    let mut due = by_timetable(job, state);
    if !matches!(job.source.kind, SourceKind::Feed(_)) {
        return due;
    }
    due.at_least(now, job.floor, "min_interval");
    let asked = &state.asked;
    for (wait, because) in [
        (asked.fresh_for, "max-age"),
        (asked.ttl, "ttl"),
        (asked.period.filter(|_| asked.base.is_none()), "updatePeriod"),
        (next_period(asked, now), "updateBase"),
    ] {
        if let Some(wait) = wait {
            due.at_least(now, wait, because);
        }
    }
    if state.failures > 0 {
        let failures = state.failures.max(job.url_failures.saturating_add(1));
        due.at_least(now, back_off(failures, state.busy), "back-off");
    }
    if let Some(left) = job.lease_ends.and_then(|end| (end - now).to_std().ok()) {
        due.at_least(now, left.min(WHILE_SUBSCRIBED), "websub");
    }
    if let Some(wait) = state.not_before.and_then(|until| (until - now).to_std().ok()) {
        due.at_least(now, wait, "retry-after");
    }
    let share = share(job);
    due.at += jitter((due.at - now).to_std().unwrap_or_default(), share);
    past_skipped(due, asked, MOST_JITTER.mul_f64(share))
}

/// The end of the hours that are skipped, where now is one of them.
pub(super) fn skipped_until(job: &Job) -> Option<DateTime<Utc>> {
    let now = Due { at: job.now, because: String::new() };
    let due = past_skipped(now, &job.state.asked, MOST_JITTER.mul_f64(share(job)));
    Some(due.at).filter(|at| *at > job.now)
}

/// How long a URL is left alone that has failed so many times in a row; `busy` where
/// it said 429 or 503.
pub(super) fn back_off(failures: u32, busy: bool) -> Duration {
    let first = if busy { FIRST_HOLD } else { FIRST_BACK_OFF };
    first.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_BACK_OFF)
}

/// The time until which an origin is left alone that asks for this wait.
pub(super) fn patience(now: DateTime<Utc>, wait: Duration) -> DateTime<Utc> {
    // A little beyond the cap, so that the status can tell that it was capped.
    now + wait.min(LONGEST_ASKED + Duration::from_secs(1))
}

fn by_timetable(job: &Job, state: &SourceState) -> Due {
    let (source, now) = (&job.source, job.now);
    let schedule = |at| Due { at, because: "schedule".to_owned() };
    if let Some(at) = source.timetable.next_after(now, source.timezone) {
        return schedule(at);
    }
    match (&source.timetable, &source.kind) {
        (Timetable::Auto, SourceKind::Feed(_)) if state.collected && state.validators.is_empty() => {
            Due { at: now + LONGEST_AUTO, because: "no ETag or Last-Modified".to_owned() }
        }
        (Timetable::Auto, SourceKind::Feed(_)) => {
            let half = state.change_interval.map_or(0, |seconds| u64::from(seconds) / 2);
            schedule(now + Duration::from_secs(half).clamp(SHORTEST_AUTO, LONGEST_AUTO))
        }
        _ => schedule(now + FOLDER_RESCAN),
    }
}

/// Until the next of the periods that are counted from `sy:updateBase`.
fn next_period(asked: &Asked, now: DateTime<Utc>) -> Option<Duration> {
    let (base, period) = (asked.base?, asked.period.filter(|period| !period.is_zero())?);
    let period = TimeDelta::from_std(period).ok()?.num_milliseconds();
    let into = (now - base).num_milliseconds().rem_euclid(period);
    u64::try_from(period - into).ok().map(Duration::from_millis)
}

/// 0 to 1, always the same for one source of one daemon: feeds that were added
/// together are not asked together for ever, nor one feed by all daemons at once.
fn share(job: &Job) -> f64 {
    let mut hasher = blake3::Hasher::new_keyed(blake3::hash(&job.instance).as_bytes());
    hasher.update(job.feed.as_bytes()).update(b"\n").update(job.source.key.as_bytes());
    let [low, high, ..] = *hasher.finalize().as_bytes();
    f64::from(u16::from_le_bytes([low, high])) / f64::from(u16::MAX)
}

fn jitter(wait: Duration, share: f64) -> Duration {
    // Whole milliseconds, which is what the store keeps.
    let milliseconds = (wait / 10).min(MOST_JITTER).mul_f64(share).as_millis();
    Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))
}

/// Moves on into the next hour that the feed doesn't ask to skip, and not to its very
/// beginning; a feed that skips every hour is not believed.
fn past_skipped(due: Due, asked: &Asked, into_hour: Duration) -> Due {
    let skipped =
        |at: DateTime<Utc>| asked.skip_hours.contains(&at.hour()) || asked.skip_days.contains(&at.weekday());
    if !skipped(due.at) {
        return due;
    }
    let hour = due.at - TimeDelta::minutes(i64::from(due.at.minute())) - seconds_into_minute(due.at);
    let hours = (1..=7 * 24).map(|hours| hour + TimeDelta::hours(hours));
    match hours.into_iter().find(|at| !skipped(*at)) {
        Some(at) => {
            let into = Duration::from_secs(into_hour.as_secs());
            Due { at: at + into, because: "skipHours or skipDays".into() }
        }
        None => due,
    }
}

fn seconds_into_minute(at: DateTime<Utc>) -> TimeDelta {
    TimeDelta::seconds(i64::from(at.second())) + TimeDelta::nanoseconds(i64::from(at.nanosecond()))
}

/// The average time between changes, the older ones counting less and less.
pub(super) fn change_interval(state: &SourceState, changed: bool, now: DateTime<Utc>) -> Option<u32> {
    // At the first good answer, after failures and over a clock that was put back
    // nothing is learnt.
    let last = state.last.filter(|_| state.collected && state.failures == 0);
    let Some(since_last) = last.and_then(|last| (now - last).to_std().ok()) else {
        return state.change_interval;
    };
    let seconds = u32::try_from(since_last.as_secs()).unwrap_or(u32::MAX);
    Some(match (state.change_interval, changed) {
        (None, true) => seconds,
        (None, false) => seconds.saturating_mul(2),
        (Some(before), true) => (before / 4).saturating_mul(3).saturating_add(seconds / 4),
        (Some(before), false) => before.saturating_add(seconds / 4).min(14 * 24 * 3600),
    })
}
