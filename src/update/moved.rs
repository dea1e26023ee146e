//! A feed that says it has moved for good: believed only after three polls over seven
//! days that led to the same https address and found the feed there.
//!
//! Captive portals and sold domains answer 301 as well; until then every poll begins at
//! the defined address.

use crate::collect::{Facts, FetchErrorKind};
use crate::definition::SourceKind;
use crate::store::{Moving, SourceState};
use crate::update::Job;
use chrono::TimeDelta;
use url::Url;

/// Polls in a row that must lead there …
const POLLS: u32 = 3;
/// … the last at least so long after the first.
const OVER: TimeDelta = TimeDelta::days(7);
/// An adopted address that failed so often in a row is given up.
const MOST_FAILURES: u32 = 3;

/// Notes where a good answer came from.
pub(super) fn note(state: &mut SourceState, job: &Job, facts: &Facts) {
    let target = facts.permanent_url.as_ref().filter(|to| may_be_adopted(job, to));
    let Some(to) = target else {
        state.moving = None;
        return;
    };
    let moving = match state.moving.take().filter(|moving| moving.to == *to) {
        Some(moving) => Moving { polls: moving.polls.saturating_add(1), ..moving },
        None => Moving { to: to.clone(), since: job.now, polls: 1 },
    };
    if moving.polls >= POLLS && job.now - moving.since >= OVER {
        state.adopted = Some(moving.to);
    } else {
        state.moving = Some(moving);
    }
}

/// Notes a failure: an adopted address that has ended, or keeps failing, is given up
/// for the defined one.
pub(super) fn failed(state: &mut SourceState, kind: FetchErrorKind) {
    if kind == FetchErrorKind::Gone || state.failures >= MOST_FAILURES {
        state.adopted = None;
    }
}

/// Over https alone; and where headers or credentials go along, only within the origin
/// that they were given for.
fn may_be_adopted(job: &Job, to: &str) -> bool {
    let SourceKind::Feed(feed) = &job.source.kind else { return false };
    let (Ok(from), Ok(to)) = (Url::parse(&feed.url), Url::parse(to)) else { return false };
    let private = feed.auth.is_some()
        || !feed.headers.is_empty()
        || !from.username().is_empty()
        || from.password().is_some();
    to.scheme() == "https" && (!private || from.origin() == to.origin())
}
