//! Clocks that are wrong, and what becomes of the times that they have set.
//!
//! In: the time, and what was known before it. Out: states, strikes and leases as a clock
//! that had always been right would have set them; stored at once, so that the next reading
//! finds nothing that lies ahead. A clock that was never set collects nothing.

use crate::schedule::Scheduler;
use crate::schedule::task::Patience;
use crate::store::{SourceRow, SourceState, Store, StoreError};
use crate::update::Done;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// 2020-01-01T00:00:00Z. No feedmill is so old: a machine whose clock is behind this has not
/// been told the time yet, and what it collected would be dated by that for ever.
const EARLIEST: i64 = 1_577_836_800;
/// A step back of the clock below this is its being set right.
const PUT_BACK: TimeDelta = TimeDelta::seconds(5);

/// Whether a clock has not been set since the machine was switched on.
pub(super) fn is_unset(now: DateTime<Utc>) -> bool {
    now.timestamp() < EARLIEST
}

/// When such a clock can be believed, for those who are told to wait for it.
fn earliest() -> DateTime<Utc> {
    DateTime::from_timestamp(EARLIEST, 0).unwrap_or_default()
}

/// A clock that was put back: what was set by its old time is moved along, so that nothing
/// waits for a time that is far off now, nor counts from one. Whether anything was.
pub(super) fn rebase(state: &mut SourceState, now: DateTime<Utc>) -> bool {
    if is_unset(now) {
        return false;
    }
    let ahead = state.last.map_or(TimeDelta::zero(), |last| (last - now).max(TimeDelta::zero()));
    let mut moved = !ahead.is_zero();
    let mut right = |at: &mut DateTime<Utc>| {
        if *at > now {
            *at = (*at - ahead).min(now);
            moved = true;
        }
    };
    let past = [&mut state.first_collected, &mut state.since, &mut state.succeeded, &mut state.held_since];
    past.into_iter().flatten().for_each(&mut right);
    state.moving.iter_mut().for_each(|moving| right(&mut moving.since));
    let mut before = state.before.to_vec();
    for spell in &mut before {
        right(&mut spell.since);
    }
    state.before = before.into();
    if state.last.is_none() {
        // Never asked at this address: its time was that of its definition.
        state.due.iter_mut().for_each(&mut right);
    }
    state.last = state.last.map(|last| last - ahead);
    if !ahead.is_zero() {
        state.due = state.due.map(|due| due - ahead);
        state.not_before = state.not_before.map(|until| until - ahead);
    }
    moved
}

/// A state that was set right, and the collection that it is of by the store.
type Righted = (SourceState, Option<DateTime<Utc>>);

impl Scheduler {
    /// A clock that was put back would have everything wait for a time that is far off now.
    pub(super) fn notice_clock(&mut self, now: DateTime<Utc>) {
        let back = self.latest - now;
        if back > PUT_BACK {
            self.visits.values_mut().for_each(|visit| visit.rebase(now));
            self.gate.put_back(self.latest, back);
            self.put_back_subscriptions(back);
            self.turn = Some(now);
            let rows: Vec<SourceRow> = self.tasks.keys().copied().collect();
            let righted = rows.into_iter().filter_map(|row| self.set_right(row, now)).collect();
            self.put_right(righted);
        }
        self.latest = now;
        self.tidy_visits(now);
    }

    fn set_right(&mut self, row: SourceRow, now: DateTime<Utc>) -> Option<Righted> {
        let task = self.tasks.get_mut(&row)?;
        let last = task.state.last;
        let mut state = SourceState::clone(&task.state);
        if !rebase(&mut state, now) {
            return None;
        }
        task.state = Arc::new(state);
        let (state, queued, wake) = (Arc::clone(&task.state), task.queued.is_some(), task.wake());
        if queued {
            self.enqueue(row, wake);
        }
        if let Ok(mut board) = self.board.write()
            && let Some(source) = board.sources.get_mut(&row)
        {
            source.set_right(Arc::clone(&state));
        }
        Some((SourceState::clone(&state), last))
    }

    /// What ends by a clock that was put back since it began.
    pub(super) fn by_this_clock(
        &mut self,
        mut done: Vec<(SourceRow, Done)>,
        now: DateTime<Utc>,
    ) -> Vec<(SourceRow, Done)> {
        let mut righted = Vec::new();
        for (_, done) in &mut done {
            let last = done.state.last;
            if rebase(&mut done.state, now) {
                done.report.next = done.state.due;
                righted.push((done.state.clone(), last));
            }
        }
        self.put_right(righted);
        done
    }

    /// Stores them in the background; what is lost with that is set right again when it is read.
    fn put_right(&mut self, righted: Vec<Righted>) {
        if righted.is_empty() {
            return;
        }
        let store = Arc::clone(&self.store);
        self.writes.spawn_blocking(move || {
            let put = |(state, last): &Righted| store.put_right(state, *last);
            if let Err(error) = righted.iter().try_for_each(put) {
                tracing::error!(%error, "times that a wrong clock has set could not be set right");
            }
        });
    }

    /// Answers a refresh while the clock has not been set; whether that is so.
    pub(super) fn defers_all(&self, row: SourceRow, run: &str) -> bool {
        let unset = is_unset(self.clock.now());
        if let Some(task) = self.tasks.get(&row).filter(|_| unset) {
            let patience = Patience { until: earliest(), because: "the clock of this machine is not set" };
            self.report(row, &[run.to_owned()], &task.deferred(Some(patience)));
        }
        unset
    }

    /// Whether nothing may be collected since the clock has not been set; told once.
    pub(super) fn waits_for_clock(&mut self, now: DateTime<Utc>) -> bool {
        let unset = is_unset(now);
        if unset && !self.clock_told {
            let earliest = earliest().format("%Y-%m-%d");
            tracing::error!(
                "the clock says {}: nothing is collected before {earliest}",
                now.format("%Y-%m-%d")
            );
        }
        self.clock_told = unset;
        unset
    }
}

/// A state as it was read from the store, by the clock as it is; stored where that is another.
///
/// # Errors
/// The store could not be written.
pub(super) fn by_clock(
    store: &dyn Store,
    mut state: SourceState,
    now: DateTime<Utc>,
) -> Result<SourceState, StoreError> {
    let last = state.last;
    if rebase(&mut state, now) {
        store.put_right(&state, last)?;
    }
    Ok(state)
}
