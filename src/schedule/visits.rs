//! What is remembered of URLs and hosts, whichever sources ask them.
//!
//! In: how polls ended. Out: until when a URL, or all of its host, is left alone. It
//! outlives definitions: a source that is renamed, gets a header or comes back is not a
//! new request to its origin.

use crate::schedule::politeness::HostRules;
use crate::schedule::start::floor;
use crate::schedule::task::Patience;
use crate::schedule::{Scheduler, board};
use crate::store::{SourceRow, SourceState, Visit, visited};
use crate::update::{self, Done};
use chrono::{DateTime, TimeDelta, Utc};
use url::Url;

/// What is known of URLs that nobody asks now is kept so long.
const KEPT: TimeDelta = TimeDelta::days(1);

impl Scheduler {
    /// The URL that a source's poll begins at: the defined one, or the one that it, or one
    /// that shares its polls, has moved to.
    pub(super) fn first_url(&self, row: SourceRow) -> Option<String> {
        let defined = self.tasks.get(&row).map(|task| board::location(&task.source));
        self.members(row).find_map(|task| task.state.adopted.clone()).or(defined)
    }

    /// Where a poll is known to go: its URL, and where it was answered or failed the last time.
    pub(super) fn urls(&self, row: SourceRow) -> Vec<String> {
        let Some(task) = self.tasks.get(&row) else { return Vec::new() };
        let state = &task.state;
        let failed_at = failed_at(state).map(str::to_owned);
        [self.first_url(row), state.current_location.clone(), failed_at].into_iter().flatten().collect()
    }

    /// What an earlier run of the daemon knew.
    pub(super) fn recall_visits(&mut self, stored: Vec<Visit>, now: DateTime<Utc>) {
        for mut visit in stored {
            if visit.last > now {
                // Set by a clock that was ahead. What the sources know of it was put right, and stored.
                let is_of_url = |row| self.first_url(row).is_some_and(|url| visited(&url) == visit.url);
                let of_url = self.tasks.iter().filter(|(row, _)| is_of_url(**row));
                let asked = of_url.filter_map(|(_, task)| task.state.last).max();
                visit.rebase(now);
                visit.last = asked.map_or(now, |asked| asked.min(now));
            }
            self.visits.entry(visit.url).or_insert(visit);
        }
    }

    /// A URL is being asked.
    pub(super) fn visit(&mut self, url: &str, now: DateTime<Utc>) {
        let url = visited(url);
        let visit = Visit { url, last: now, not_before: None, busy: false };
        self.visits.entry(url).or_insert(visit).last = now;
    }

    /// Until when a URL is left alone for what was seen of it and of the hosts that its poll
    /// goes to.
    pub(super) fn patience_with(
        &self,
        row: SourceRow,
        rules: HostRules,
        now: DateTime<Utc>,
    ) -> Vec<Patience> {
        let urls = self.urls(row);
        let mut reasons = Vec::new();
        if let Some(visit) = urls.first().and_then(|url| self.visits.get(&visited(url))) {
            let because = if visit.busy { "it answered 429 or 503" } else { "its origin asks for patience" };
            reasons.extend(visit.not_before.map(|until| Patience { until, because }));
            reasons.push(floor(visit.last, now, rules.min_interval));
        }
        let because = "three addresses of its host answered 429 or 503";
        for url in urls {
            let held = self.gate.held_until(&self.politeness.of(&url).0, now);
            reasons.extend(held.map(|until| Patience { until, because }));
        }
        reasons
    }

    /// What the answer to a poll says of its URL and of the hosts on the way.
    pub(super) fn note_answer(&mut self, asked: Option<&str>, done: &[(SourceRow, Done)]) {
        let Some((url, (_, first))) = asked.zip(done.first()) else { return };
        if let Some(visit) = self.visits.get_mut(&visited(url)) {
            visit.not_before = done.iter().filter_map(|(_, done)| done.state.not_before).max();
            visit.busy = done.iter().any(|(_, done)| done.state.busy);
        }
        self.note_host(url, &first.state);
    }

    /// What a state says of the host that a poll began at, and of the one that it ended at.
    pub(super) fn note_host(&mut self, url: &str, state: &SourceState) {
        let (home, _) = self.politeness.of(url);
        match strike(state) {
            Some((at, request, until)) => {
                let (host, _) = self.politeness.of(at.unwrap_or(url));
                self.gate.busy(&host, request, until);
            }
            None if state.failures == 0 => {
                let end = state.current_location.as_deref().map(|end| self.politeness.of(end).0);
                self.gate.well(&home);
                if let Some(host) = end {
                    self.gate.well(&host);
                }
            }
            None => {}
        }
    }

    /// Forgets URLs that nobody asks any more and that are left alone no longer.
    pub(super) fn tidy_visits(&mut self, now: DateTime<Utc>) {
        if self.visits.len() <= 2 * self.sharing.len() + 64 {
            return;
        }
        let in_use: std::collections::HashSet<[u8; 32]> =
            self.tasks.keys().filter_map(|row| self.first_url(*row)).map(|url| visited(&url)).collect();
        let kept = KEPT.max(TimeDelta::from_std(self.politeness.host.min_interval).unwrap_or(KEPT));
        self.visits.retain(|url, visit| {
            in_use.contains(url)
                || visit.last + kept > now
                || visit.not_before.is_some_and(|until| until > now)
        });
    }
}

/// Where a source failed the last time: the URL that its problem names.
fn failed_at(state: &SourceState) -> Option<&str> {
    let at = state.problems.first().filter(|_| state.failures > 0)?.at.as_str();
    Url::parse(at).is_ok_and(|url| url.has_host()).then_some(at)
}

/// The URL that said 429 or 503, for which request, and until when that counts against its
/// host: no shorter than we would leave a URL alone that names no time.
fn strike(state: &SourceState) -> Option<(Option<&str>, [u8; 32], DateTime<Utc>)> {
    let (request, last) = (state.request_hash.filter(|_| state.busy)?, state.last?);
    let until = state.not_before.max(Some(last + update::back_off(1)))?;
    Some((failed_at(state), request, until))
}
