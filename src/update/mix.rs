//! A feed made of other feeds: what they show → entries that stand for theirs.
//!
//! Nothing is fetched and no text is copied. Done again whenever what they show has
//! moved; an entry that leaves its feed leaves this one.

use crate::definition::{Filing, Since, Source, SourceKind};
use crate::model::{Entry, Outcome};
use crate::store::{
    Commit, EntryRow, Lent, Placing, Recalled, SourceState, Store, StoreError, Touch, Written,
};
use crate::update::{Counts, Done, Job, Offered, after, filing, put, report};
use std::collections::{HashMap, HashSet};

/// Why a source that is made of feeds is never due.
const BECAUSE: &str = "whenever its feeds change";

/// Brings a source that is made of feeds up to date; `None` where nothing has moved. Blocks.
///
/// # Errors
/// The store could not be read or written.
pub fn mix(store: &dyn Store, job: &Job) -> Result<Option<Done>, StoreError> {
    let SourceKind::From(feeds) = &job.source.kind else { return Ok(None) };
    let mark = mark(store, &job.source, feeds)?;
    if job.state.collected && job.state.body_hash == Some(mark) {
        return Ok(None);
    }
    let mut shown = Vec::new();
    let mut roots = HashSet::new();
    for feed in feeds {
        // One entry by two ways is one entry.
        shown.extend(store.lent(feed, &job.feed)?.into_iter().filter(|lent| roots.insert(lent.root)));
    }
    newest(&mut shown, job.source.take);
    let stored = store.recall(job.state.row)?;
    let there: HashSet<EntryRow> = shown.iter().map(|lent| lent.face).collect();
    let (stays, left): (Vec<&Recalled>, Vec<&Recalled>) =
        stored.iter().partition(|row| lender(row).is_some_and(|face| there.contains(&face)));
    let mixing = Mixing { store, job, known: by_face(&stays), left: by_face(&left) };
    let mut commit = mixing.changes(&shown)?;
    let goes_on: HashSet<EntryRow> = commit.replaces.iter().map(|(row, _)| *row).collect();
    commit.gone =
        left.iter().filter(|row| !row.gone && !goes_on.contains(&row.row)).map(|row| row.row).collect();
    let (new, changed) = (commit.inserts.len(), commit.replaces.len() + commit.returns.len());
    let counts = Counts { new, changed, gone: commit.gone.len() };
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    let mut state = after(job, outcome, Vec::new());
    state.body_hash = Some(mark);
    state.due = None;
    state.due_because = BECAUSE.into();
    put(store, job, state, (commit, counts)).map(Some)
}

/// What a refresh of such a source reports where nothing has moved.
pub fn unmoved(job: &Job) -> Done {
    let state = SourceState { outcome: Some(Outcome::Unchanged), ..SourceState::clone(&job.state) };
    let report = report(&job.feed, &job.source, &state, Outcome::Unchanged, Counts::default());
    Done { report, state, offer: Offered::Unknown, kept: None }
}

/// Moves when one of the feeds does.
fn mark(store: &dyn Store, source: &Source, feeds: &[String]) -> Result<[u8; 32], StoreError> {
    let mut mark = blake3::Hasher::new();
    mark.update(&source.collect_hash);
    for feed in feeds {
        let facts = store.feed(feed)?.filter(|facts| facts.defined);
        let sequence = facts.map_or_else(|| "none".into(), |facts| facts.sequence.to_string());
        mark.update(format!("\n{feed} {sequence}").as_bytes());
    }
    Ok(mark.finalize().into())
}

fn newest(shown: &mut Vec<Lent>, take: Option<usize>) {
    shown.sort_by(|a, b| b.stands_at.cmp(&a.stands_at).then(a.row.cmp(&b.row)));
    shown.truncate(take.unwrap_or(usize::MAX));
}

/// Found again by the row whose id it bears: a twin that takes another's place changes
/// no id here either.
fn key(face: EntryRow) -> String {
    format!("lent:{}", face.0)
}

fn lender(row: &Recalled) -> Option<EntryRow> {
    row.keys.iter().find_map(|key| key.strip_prefix("lent:")?.parse().ok()).map(EntryRow)
}

fn by_face<'a>(stored: &[&'a Recalled]) -> HashMap<EntryRow, &'a Recalled> {
    stored.iter().filter_map(|row| Some((lender(row)?, *row))).collect()
}

struct Mixing<'a> {
    store: &'a dyn Store,
    job: &'a Job,
    /// What stands for an entry that is shown, by the row that is shown.
    known: HashMap<EntryRow, &'a Recalled>,
    /// What stands for one that isn't any more, by that one's row.
    left: HashMap<EntryRow, &'a Recalled>,
}

impl Mixing<'_> {
    fn changes(&self, shown: &[Lent]) -> Result<Commit, StoreError> {
        let mut commit = Commit::default();
        for lent in shown {
            match self.known.get(&lent.face) {
                Some(known) if known.raw_hash == lent.mark && !known.gone => {}
                Some(known) if known.raw_hash == lent.mark => {
                    let Written { placing, .. } = self.borrow(lent)?;
                    commit.returns.push(Touch {
                        row: known.row,
                        raw_hash: lent.mark,
                        keys: known.keys.clone(),
                        at: known.at.clone(),
                        meta: Vec::new(),
                        placing,
                    });
                }
                Some(known) => commit.replaces.push((known.row, self.borrow(lent)?)),
                None => self.take_in(lent, &mut commit)?,
            }
        }
        Ok(commit)
    }

    /// One that was not there before, unless an entry of the same id has just left: its source is
    /// called otherwise or stands in another feed now, and readers have it.
    fn take_in(&self, lent: &Lent, commit: &mut Commit) -> Result<(), StoreError> {
        let written = self.borrow(lent)?;
        let bearer = self.store.bearer(self.job.state.row, &written.entry.id)?;
        let former = bearer.and_then(|row| self.left.iter().find(|(_, former)| former.row == row));
        match former {
            Some((face, former)) => {
                commit.outworn.push((former.row, key(*face)));
                commit.replaces.push((former.row, written));
            }
            None if self.is_too_old(lent) => {}
            None => commit.inserts.push(written),
        }
        Ok(())
    }

    /// Another feed's entry as it is stored here.
    fn borrow(&self, lent: &Lent) -> Result<Written, StoreError> {
        let filing: &Filing = &self.job.source.filing;
        let whole = self.store.lend(lent.row)?;
        let whole = Entry { visible_from: None, visible_until: None, keys: vec![key(lent.face)], ..whole };
        let (filed, placing) = filing::file(&whole, lent.stands_at, filing);
        // The text stays where it is.
        let entry = Entry { content: None, summary: None, meta: Vec::new(), ..whole };
        Ok(Written {
            entry,
            filed,
            placing: Placing { lent_by: Some(lent.row), ..placing },
            raw_hash: lent.mark,
            served_hash: lent.mark,
            stands_at: lent.stands_at,
        })
    }

    fn is_too_old(&self, lent: &Lent) -> bool {
        match self.job.source.since {
            Since::All => false,
            Since::Now => {
                let now = self.job.now;
                lent.stands_at < self.job.state.first_collected.map_or(now, |first| first.min(now))
            }
            Since::Date(date) => lent.stands_at < date.to_utc(),
        }
    }
}
