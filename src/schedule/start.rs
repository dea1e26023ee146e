//! What is due, when, and whether it may start now.
//!
//! Whoever asks, nothing goes out to a URL before the time that its origin, its host
//! or our own floor allows: [`Scheduler::patience`] is asked before every start.

use crate::definition::SourceKind;
use crate::schedule::task::{Patience, Task, Terms};
use crate::schedule::{Finished, Gate, Lines, Place, Scheduler, TICK};
use crate::store::SourceRow;
use crate::update::Job;
use chrono::{DateTime, TimeDelta, Utc};
use std::{sync::Arc, time::Duration};

/// Folders collected at once: reading and mapping is work for a core each.
const FOLDERS_AT_ONCE: usize = 2;
/// So much overdue is the mark of a restart, a sleep or a clock that jumped …
const LONG_OVERDUE: TimeDelta = TimeDelta::seconds(60);
/// … after which so many a second are polled, not all at once.
const CATCHING_UP: usize = 16;

impl Scheduler {
    /// Starts what may start, and says how long to sleep.
    pub(super) fn start_due(&mut self) -> Duration {
        let now = self.clock.now();
        if self.waits_for_clock(now) {
            return TICK;
        }
        self.notice_clock(now);
        self.spread_overdue(now);
        while let Some((_, _, row)) = self.queue.first().copied().filter(|(at, _, _)| *at <= now) {
            if !self.release_in_time(row, now) {
                self.line_up(row);
            }
        }
        while self.busy.folders < FOLDERS_AT_ONCE
            && let Some(row) = self.lines.folders.pop_front()
        {
            self.start_folder(row, now);
        }
        while self.busy.feeds < self.politeness.at_once
            && let Some(row) = self.next_feed()
        {
            self.start_feed(row, now);
        }
        let hubs = self.tend_subscriptions(now);
        self.note_load();
        let next = [self.queue.first().map(|(at, _, _)| *at), self.turn, hubs].into_iter().flatten().min();
        let wake = next.map_or(now + TICK, |next| next.clamp(now, now + TICK));
        (wake - now).to_std().unwrap_or_default()
    }

    /// Of those that there is a place for, the one that is due the longest: whoever failed
    /// or was never asked has fewer places, but waits no longer for a host that is shared.
    fn next_feed(&mut self) -> Option<SourceRow> {
        let at_once = self.politeness.at_once;
        let (most_failing, most_unproven) = ((at_once / 2).max(1), (at_once - at_once / 8).max(1));
        let untried = self.busy.failing + self.busy.untried < most_unproven;
        let failing = untried && self.busy.failing < most_failing;
        let since = |row: &SourceRow| self.tasks.get(row).map(Task::waits_since);
        let Lines { feeds, untried: new, failing: ill, .. } = &self.lines;
        let places = [(feeds, true), (new, untried), (ill, failing)];
        let fronts = places.iter().enumerate().filter(|(_, (_, allowed))| *allowed);
        let fronts = fronts.filter_map(|(line, (rows, _))| Some((since(rows.front()?), line)));
        let line = match fronts.min()?.1 {
            0 => &mut self.lines.feeds,
            1 => &mut self.lines.untried,
            _ => &mut self.lines.failing,
        };
        line.pop_front()
    }

    /// Puts a source in the queue at this time, and nowhere else in it.
    pub(super) fn enqueue(&mut self, row: SourceRow, at: Option<DateTime<Utc>>) {
        let Some(task) = self.tasks.get_mut(&row) else { return };
        if let Some((at, since)) = task.queued.take() {
            self.queue.remove(&(at, since, row));
        }
        if let Some(at) = at {
            let since = task.waits_since();
            task.queued = Some((at, since));
            self.queue.insert((at, since, row));
        }
    }

    /// Its time has come: it goes where it waits for a place.
    pub(super) fn line_up(&mut self, row: SourceRow) {
        self.enqueue(row, None);
        let Some(task) = self.tasks.get_mut(&row) else { return };
        if task.ready || task.running {
            return;
        }
        let line = match &task.source.kind {
            SourceKind::Posts(_) => &mut self.lines.folders,
            SourceKind::Feed(_) if task.state.failures > 0 && !task.is_awaited() => &mut self.lines.failing,
            SourceKind::Feed(_) if !task.state.collected && !task.is_awaited() => &mut self.lines.untried,
            SourceKind::Feed(_) => &mut self.lines.feeds,
            // Brought up to date by `mix`, whenever one of its feeds has moved.
            SourceKind::From(_) => return,
        };
        task.ready = true;
        if task.is_awaited() {
            line.push_front(row);
        } else {
            line.push_back(row);
        }
    }

    /// Its host is free again.
    pub(super) fn unpark(&mut self, row: SourceRow) {
        if let Some(task) = self.tasks.get_mut(&row) {
            task.ready = false;
        }
        self.line_up(row);
    }

    /// Until when a source's URL is not asked, and why: its origin's word, our floor
    /// under every URL, its host's being busy.
    pub(super) fn patience(&self, row: SourceRow, now: DateTime<Utc>) -> Option<Patience> {
        let task = self.tasks.get(&row)?;
        task.request?;
        let (_, rules) = self.politeness.of(&self.first_url(row)?);
        let mut reasons = self.patience_with(row, rules, now);
        for member in self.members(row) {
            let until = member.state.not_before;
            let because =
                if member.state.busy { "it answered 429 or 503" } else { "its origin asks for patience" };
            reasons.extend(until.map(|until| Patience { until, because }));
            reasons.extend(member.state.last.map(|last| floor(last, now, rules.min_interval)));
        }
        reasons.into_iter().filter(|patience| patience.until > now).max()
    }

    /// The sources that are polled with this one, itself among them.
    pub(super) fn members(&self, row: SourceRow) -> impl Iterator<Item = &Task> {
        self.member_rows(row).into_iter().filter_map(|row| self.tasks.get(&row))
    }

    fn member_rows(&self, row: SourceRow) -> Vec<SourceRow> {
        let request = self.tasks.get(&row).and_then(|task| task.request);
        let mut rows = request.and_then(|request| self.sharing.get(&request)).cloned().unwrap_or_default();
        // It is not among them where it was asked for though it is switched off.
        if !rows.contains(&row) {
            rows.push(row);
        }
        rows.retain(|member| {
            let task = self.tasks.get(member);
            *member == row || task.is_some_and(|task| !task.state.gone)
        });
        rows
    }

    pub(super) fn start_folder(&mut self, row: SourceRow, now: DateTime<Utc>) {
        let Some(task) = self.tasks.get_mut(&row) else { return };
        task.ready = false;
        if task.running {
            return;
        }
        let (_, mut rules) = self.politeness.of("");
        rules.min_interval = Duration::ZERO;
        let job =
            task.begin(Terms { rules, url_failures: 0, instance: self.instance, now, lease_ends: None });
        self.busy.folders += 1;
        self.spawn(Place::Folder, Vec::new(), None, vec![(row, job)]);
    }

    fn start_feed(&mut self, row: SourceRow, now: DateTime<Utc>) {
        let Some(task) = self.tasks.get_mut(&row) else { return };
        task.ready = false;
        let accepted = task.accept;
        if task.running || (task.state.gone && !accepted) {
            return;
        }
        // What is kept has been asked for; its origin is not asked again.
        let kept = self.members(row).any(|task| task.kept.is_some());
        if !kept && let Some(patience) = self.patience(row, now) {
            self.put_off(row, patience);
            return;
        }
        // What is collected already may be settled by this answer as well: one after the other.
        if self.members(row).any(|task| task.running) {
            return self.enqueue(row, Some(now + TICK));
        }
        let task = self.tasks.get(&row).filter(|_| !kept && !accepted);
        if let Some(at) = task.and_then(|task| task.skipped_until(self.terms(&task.source, now))) {
            return self.skip_until(row, at);
        }
        let Some(hosts) = self.hosts(row) else {
            return self.look_up(row);
        };
        match self.gate.enter(&hosts, now) {
            Gate::Open => {}
            Gate::NotBefore(at) => return self.enqueue(row, Some(at)),
            Gate::Full(host) => {
                if let Some(task) = self.tasks.get_mut(&row) {
                    task.ready = true;
                }
                self.parked.entry(host).or_default().push(row);
                return;
            }
        }
        let failing = self.note_lateness(row, now);
        let untried = !failing && self.tasks.get(&row).is_some_and(|task| !task.state.collected);
        let (asks, jobs) = self.begin(row, now);
        self.busy.feeds += 1;
        self.busy.failing += usize::from(failing);
        self.busy.untried += usize::from(untried);
        let hosts = hosts.into_iter().map(|(host, _)| host).collect();
        self.spawn(Place::Feed { failing, untried }, hosts, asks, jobs);
    }

    /// The URL that is asked, and one job for every source that asks the same.
    fn begin(&mut self, row: SourceRow, now: DateTime<Utc>) -> (Option<String>, Vec<(SourceRow, Job)>) {
        let rows = self.member_rows(row);
        let url_failures = self.members(row).map(|task| task.state.failures).max().unwrap_or(0);
        let kept = self.members(row).any(|task| task.kept.is_some());
        let asks = self.first_url(row);
        if let Some(url) = asks.as_deref().filter(|_| !kept) {
            self.visit(url, now);
        }
        let mut jobs = Vec::new();
        for row in rows {
            self.enqueue(row, None);
            let request = self.tasks.get(&row).and_then(|task| task.request.filter(|_| task.source.websub));
            let lease_ends = self.lease_ends(request);
            let Some(task) = self.tasks.get_mut(&row) else { continue };
            let (_, rules) = self.politeness.of(&super::board::location(&task.source));
            let terms = Terms { rules, url_failures, instance: self.instance, now, lease_ends };
            jobs.push((row, Job { asks: asks.clone(), ..task.begin(terms) }));
        }
        (asks, jobs)
    }

    fn spawn(
        &mut self,
        place: Place,
        hosts: Vec<String>,
        asked: Option<String>,
        jobs: Vec<(SourceRow, Job)>,
    ) {
        let stages = Arc::clone(&self.stages);
        let (rows, jobs): (Vec<SourceRow>, Vec<Job>) = jobs.into_iter().unzip();
        self.running.spawn(async move {
            let done = crate::update::update(&stages, jobs).await;
            Finished { place, hosts, asked, done: rows.into_iter().zip(done).collect(), looked_up: None }
        });
    }

    /// Its time has come in an hour that its feed asks to skip.
    fn skip_until(&mut self, row: SourceRow, at: DateTime<Utc>) {
        let Some(task) = self.tasks.get_mut(&row) else { return };
        task.owe(at, "skipHours or skipDays");
        let state = Arc::clone(&task.state);
        self.enqueue(row, Some(at));
        self.show(row, state);
    }

    /// Not now after all: it waits its time, and whoever waits for it is told.
    fn put_off(&mut self, row: SourceRow, patience: Patience) {
        let Some(task) = self.tasks.get_mut(&row) else { return };
        let runs = task.dismiss();
        let report = task.deferred(Some(patience));
        // Whoever accepts it does so whatever its plan, even where it has none any more.
        let poll =
            if task.accept { Some(patience.until) } else { task.due().map(|due| due.max(patience.until)) };
        let wake = poll.into_iter().chain(task.released_at()).min();
        let mut shown = Arc::clone(&task.state);
        if poll > shown.due {
            let shown = Arc::make_mut(&mut shown);
            (shown.due, shown.due_because) = (poll, patience.because.to_owned());
        }
        self.enqueue(row, wake);
        self.show(row, shown);
        self.report(row, &runs, &report);
    }

    /// How much waits and runs, for the metrics.
    fn note_load(&self) {
        let parked: usize = self.parked.values().map(Vec::len).sum();
        let Lines { folders, feeds, failing, untried } = &self.lines;
        let queued = parked + folders.len() + feeds.len() + failing.len() + untried.len();
        if let Ok(mut board) = self.board.write() {
            board.load = [self.queue.len(), queued, self.running.len()];
        }
    }

    /// Notes how late a scheduled poll starts; whether it failed the last time.
    fn note_lateness(&self, row: SourceRow, now: DateTime<Utc>) -> bool {
        let Some(task) = self.tasks.get(&row) else { return false };
        let failing = task.state.failures > 0;
        if let (Some(due), Some(_), false) = (task.state.due, task.state.last, task.is_awaited())
            && let Ok(mut board) = self.board.write()
        {
            let [well, ill] = &mut board.lateness;
            if failing { ill } else { well }.note(now - due);
        }
        failing
    }

    /// What is long overdue (after a restart, a sleep, a clock put forward) is polled
    /// once each, and so many a second.
    fn spread_overdue(&mut self, now: DateTime<Utc>) {
        let line = (now - LONG_OVERDUE, DateTime::<Utc>::MIN_UTC, SourceRow(i64::MIN));
        let overdue = self.queue.range(..line).map(|(_, _, row)| *row);
        let overdue: Vec<SourceRow> = overdue
            .filter(|row| {
                let task = self.tasks.get(row);
                task.is_some_and(|task| task.request.is_some() && task.state.last.is_some() && !task.spread)
            })
            .collect();
        for (place, row) in overdue.into_iter().enumerate() {
            if let Some(task) = self.tasks.get_mut(&row) {
                task.spread = true;
            }
            let seconds = i64::try_from(place / CATCHING_UP).unwrap_or(i64::MAX);
            self.enqueue(row, Some(now + TimeDelta::seconds(seconds)));
        }
    }
}

/// The floor under every URL. A time that is still to come was set by a clock that has
/// been put back since: it is as if now.
pub(super) fn floor(last: DateTime<Utc>, now: DateTime<Utc>, min_interval: Duration) -> Patience {
    Patience { until: last.min(now) + min_interval, because: "it was asked only just (`fetch.min_interval`)" }
}
