//! A folder of posts through the stages.
//!
//! Files that are as they were are not read; posts go in batches, and nothing of a
//! collection is shown before its last. What is gone is known from the listing:
//! a folder that is gone, empty or has lost more than half removes nothing.

use crate::collect::files::{self, FileStamp, ReadError};
use crate::definition::{OnDelete, SourceKind};
use crate::map;
use crate::map::posts::Others;
use crate::model::{Entry, Outcome, Problem};
use crate::store::{Commit, EntryRow, KnownFile, Recalled, SourceState, StoreError};
use crate::update::asked::Moved;
use crate::update::folder::{self, Folder, look};
use crate::update::renamed::Vanished;
use crate::update::site_config;
use crate::update::still::{self, Still};
use crate::update::{Changes, Counts, Decider, Done, Job, Rules, Stages, after, flood, put, settle, touched};
use chrono::SubsecRound;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        mpsc::{self, SyncSender},
    },
    thread,
};

/// Posts in one commit.
const BATCH: usize = 400;
/// Collects a folder once. Blocks.
pub(super) fn update(stages: &Stages, job: &Job) -> Result<Done, StoreError> {
    let SourceKind::Posts(posts) = &job.source.kind else {
        return fail(stages, job, Problem::error(job.source.id.clone(), "is no folder of posts"));
    };
    if let Some(done) = touched::update(stages, job)? {
        return Ok(done);
    }
    let folder = match look(&job.source, posts, stages.sandboxed) {
        Ok(folder) => folder,
        Err(problem) => return fail(stages, job, problem),
    };
    if let Some(problem) = site_config::lost(job, &folder.config) {
        return fail(stages, job, problem);
    }
    let known = stages.store.files(job.state.row)?;
    if is_as_it_was(job, &folder, &known) {
        let mut problems = folder.problems.clone();
        problems.extend(known.into_iter().flat_map(|file| file.problems));
        let state = state(job, Outcome::Unchanged, problems, &folder);
        stages.looks.keep(job, folder);
        return settle(stages, job, state, (Commit::default(), Counts::default()));
    }
    let stored = stages.store.recall(job.state.row)?;
    // What has come since a hold began is no part of what was there.
    let since = job.state.since.filter(|_| job.state.failures > 0).map(|since| since.trunc_subsecs(3));
    let was_there = |entry: &&Recalled| !entry.gone && since.is_none_or(|since| entry.first_seen < since);
    let live = stored.iter().filter(was_there).count();
    let has_live = stored.iter().any(|entry| !entry.gone);
    if folder.posts.is_empty() && has_live && !job.accept {
        let at = posts.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
        let problem =
            Problem::error(at, format!("has no posts any more; its {live} entries stay as they are"));
        return fail(
            stages,
            job,
            problem.with_help(format!("`feedmill accept {}/{}` lets them go", job.feed, job.source.id)),
        );
    }
    let there: HashSet<&str> = folder.posts.iter().map(|stamp| stamp.path.as_str()).collect();
    // A file that was moved while the folder was listed is listed at both of its places.
    let stands =
        |path: &str| there.contains(path) && folder.stamp(path).is_some_and(|stamp| stamp.absolute.exists());
    let decider = Decider::new(&stored).keeping(&stands);
    let mut collection = Collection::new(stages, job, &folder, known, decider);
    if folder.complete && collection.has_new() {
        collection.vanished = Some(Vanished::of(&*stages.store, &stored, &|path| there.contains(path))?);
    }
    let done = collection.collect(live)?;
    stages.looks.keep(job, folder);
    Ok(done)
}

/// Whether every file is one that was read, and as it was: then nothing else has to be
/// looked at. Both lists stand in the order of their paths.
fn is_as_it_was(job: &Job, folder: &Folder, known: &[KnownFile]) -> bool {
    !is_read_again(job, folder)
        && folder.complete
        && !folder.posts.is_empty()
        && folder.posts.len() == known.len()
        && folder
            .posts
            .iter()
            .zip(known)
            .all(|(stamp, known)| stamp.path == known.path && is_same(stamp, known))
}

/// Whether the definition or the site's config moved, so that every post is mapped again.
fn is_read_again(job: &Job, folder: &Folder) -> bool {
    job.state.collect_hash != Some(job.source.collect_hash) || job.state.body_hash != Some(folder.fingerprint)
}

fn is_same(stamp: &FileStamp, known: &KnownFile) -> bool {
    known.modified_ns == stamp.modified_ns && known.size == stamp.size && known.inode == stamp.inode
}

fn fail(stages: &Stages, job: &Job, problem: Problem) -> Result<Done, StoreError> {
    let state = after(job, Outcome::Failed, vec![problem]);
    settle(stages, job, state, (Commit::default(), Counts::default()))
}

struct Collection<'a> {
    stages: &'a Stages,
    job: &'a Job,
    folder: &'a Folder,
    others: Others<'a>,
    known: HashMap<String, KnownFile>,
    decider: Decider<'a>,
    /// What new posts may be under another name.
    vanished: Option<Vanished>,
    base: String,
    problems: Vec<Problem>,
    /// Files that were read and are no posts now: what they gave has left. With whether that
    /// is their own word: they were edited.
    emptied: HashMap<String, bool>,
    /// What came, went or changed: posts that asked for it are mapped again.
    moved: Moved,
    /// Files that are there but could not be read: what they gave stays.
    unread: HashSet<String>,
    still: Still,
    counts: Counts,
    last: Commit,
}

impl<'a> Collection<'a> {
    fn new(
        stages: &'a Stages,
        job: &'a Job,
        folder: &'a Folder,
        known: Vec<KnownFile>,
        decider: Decider<'a>,
    ) -> Self {
        let known: HashMap<String, KnownFile> =
            known.into_iter().map(|file| (file.path.clone(), file)).collect();
        let mut moved = Moved::default();
        for stamp in &folder.posts {
            let before = known.get(&stamp.path);
            if !before.is_some_and(|before| is_same(stamp, before)) {
                moved.note(&folder.site, &stamp.path, before);
            }
        }
        if folder.complete {
            moved.note_gone(&folder.site, &folder.posts, &known);
        }
        Self {
            stages,
            job,
            folder,
            others: folder.others(stages.max_post),
            known,
            decider,
            vanished: None,
            base: folder.site.channel().link.unwrap_or_default(),
            problems: folder.problems.clone(),
            emptied: HashMap::new(),
            moved,
            unread: HashSet::new(),
            still: Still::new(job.now),
            counts: Counts::default(),
            last: Commit::default(),
        }
    }

    /// Whether there is a file that was never read.
    fn has_new(&self) -> bool {
        self.folder.posts.iter().any(|stamp| !self.known.contains_key(&stamp.path))
    }

    fn collect(mut self, live: usize) -> Result<Done, StoreError> {
        let again = is_read_again(self.job, self.folder);
        let store = Arc::clone(&self.stages.store);
        // A batch is stored while the next one is read and mapped.
        thread::scope(|scope| {
            let (commits, queue) = mpsc::sync_channel::<Commit>(1);
            let storing = scope.spawn(move || queue.into_iter().try_for_each(|commit| store.apply(commit)));
            self.read_all(again, &commits);
            drop(commits);
            storing.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })?;
        let held = self.leave(live);
        self.finish(held)
    }

    /// Reads what has to be read, and hands it on in batches.
    fn read_all(&mut self, again: bool, commits: &SyncSender<Commit>) {
        let mut fresh = Vec::new();
        let mut commit = Commit::default();
        for stamp in &self.folder.posts {
            let asked = self.known.get(&stamp.path).map(|known| known.asked.as_slice());
            let again = again || asked.is_some_and(|asked| self.moved.answers(asked));
            if !again && self.is_known(stamp) {
                continue;
            }
            self.read(stamp, again, &mut fresh, &mut commit);
            if commit.files.len() >= BATCH {
                let batch = self.decide(std::mem::take(&mut fresh), std::mem::take(&mut commit));
                if batch.is_some_and(|batch| commits.send(batch).is_err()) {
                    // The store has failed, and says why.
                    return;
                }
            }
        }
        if let Some(batch) = self.decide(fresh, commit) {
            // As above.
            let _ = commits.send(batch);
        }
    }

    /// Whether a file is as it was; its problems still stand.
    fn is_known(&mut self, stamp: &FileStamp) -> bool {
        let Some(known) = self.known.get(&stamp.path) else {
            return false;
        };
        let same = is_same(stamp, known);
        if same {
            self.problems.extend(known.problems.iter().cloned());
        }
        same
    }

    fn gave_entry(&self, stamp: &FileStamp) -> bool {
        self.known.get(&stamp.path).is_some_and(|known| known.key.is_some())
    }

    /// As it is once it stands still; of a first collection nothing could stay as it was.
    fn settled(&mut self, stamp: &FileStamp) -> Option<FileStamp> {
        let is_known = self.known.get(&stamp.path).is_some_and(|known| is_same(stamp, known));
        let settled = if is_known || !self.job.state.collected {
            Some(stamp.clone())
        } else {
            self.still.wait_for(stamp)
        };
        if settled.is_none() {
            self.unread.insert(stamp.path.clone());
        }
        settled
    }

    fn read(&mut self, stamp: &FileStamp, again: bool, fresh: &mut Vec<Entry>, commit: &mut Commit) {
        let Some(stamp) = &self.settled(stamp) else { return };
        let bytes = match files::read(stamp, self.stages.max_post) {
            // An empty file where a post stood is being written, or was lost.
            Ok(bytes) if bytes.trim_ascii().is_empty() && self.gave_entry(stamp) => {
                self.problems
                    .push(Problem::warning(stamp.path.clone(), "is empty; its entry stays as it was"));
                self.unread.insert(stamp.path.clone());
                return;
            }
            Ok(bytes) => bytes,
            Err(error) => {
                self.unread.insert(stamp.path.clone());
                if !matches!(error, ReadError::Gone | ReadError::Changed) {
                    self.problems.push(error.at(stamp));
                }
                return;
            }
        };
        let hash = map::hash(&bytes);
        let mut file = folder::record(stamp, hash, self.job.now);
        if let Some(known) = self.known.get(&stamp.path).filter(|known| known.hash == hash && !again) {
            file.key.clone_from(&known.key);
            file.problems.clone_from(&known.problems);
            file.asked.clone_from(&known.asked);
        } else {
            let mapped = self.folder.site.map(&stamp.path, &bytes, &self.others, self.job.now);
            let unreadable = mapped.problems.iter().any(Problem::is_error);
            (file.problems, file.asked) = (mapped.problems, mapped.asked);
            match mapped.entry {
                Some(entry) => {
                    file.key = entry.keys.first().cloned();
                    fresh.push(entry);
                }
                // A post that was good and is broken now stays as it was last good.
                None if unreadable => drop(self.unread.insert(stamp.path.clone())),
                None => {
                    let before = self.known.get(&stamp.path);
                    let is_own_word = before.is_some_and(|before| before.hash != hash);
                    self.emptied.insert(stamp.path.clone(), is_own_word);
                }
            }
        }
        self.problems.extend(file.problems.iter().cloned());
        commit.files.push(file);
    }

    /// What a batch brings that is new, with the files it came from. What changes or shows
    /// what is served waits for the last commit, and so does word of the files that said so:
    /// a collection that is broken off before it reads them again.
    fn decide(&mut self, fresh: Vec<Entry>, mut commit: Commit) -> Option<Commit> {
        let rules = Rules::of(self.job, &self.base);
        if let Some(vanished) = &self.vanished {
            vanished.recognise(&fresh, &mut self.decider, &self.base);
        }
        let Changes { inserts, replaces, touches, returns, outworn } = self.decider.decide(fresh, &rules);
        let new: HashSet<&str> =
            inserts.iter().filter_map(|insert| insert.entry.keys.first()).map(String::as_str).collect();
        let files = std::mem::take(&mut commit.files);
        let is_new = |file: &KnownFile| file.key.as_deref().is_some_and(|key| new.contains(key));
        let (new_files, waiting): (Vec<KnownFile>, Vec<KnownFile>) = files.into_iter().partition(is_new);
        self.last.files.extend(waiting);
        self.counts.new += inserts.len();
        self.counts.changed += replaces.len() + returns.len();
        self.last.replaces.extend(replaces);
        self.last.returns.extend(returns);
        self.last.touches.extend(touches);
        self.last.outworn.extend(outworn);
        if inserts.is_empty() {
            return None;
        }
        Some(Commit { source: self.job.state.row, now: self.job.now, inserts, files: new_files, ..commit })
    }

    /// What has left goes into the last commit, unless it is so much that it has to
    /// be accepted first; then the problem that says so. What files that are there say of
    /// themselves, as drafts do, counts all the same, unless that alone is so much.
    fn leave(&mut self, live: usize) -> Option<Problem> {
        let there: HashSet<&str> = self.folder.posts.iter().map(|stamp| stamp.path.as_str()).collect();
        let complete = self.folder.complete;
        let keeps = self.job.source.on_delete == OnDelete::Keep;
        let has_left = |entry: &Recalled| {
            let at = entry.at.as_str();
            let file_is_gone = complete && !keeps && !there.contains(at);
            !self.unread.contains(at) && (self.emptied.contains_key(at) || file_is_gone)
        };
        let is_own_word = |entry: &Recalled| self.emptied.get(entry.at.as_str()) == Some(&true);
        let gone: Vec<EntryRow> = self.decider.gone(has_left);
        self.last.buries = self.job.source.on_delete == OnDelete::Tombstone;
        if gone.len() * 2 > live && !self.job.accept {
            let withdrawn: Vec<EntryRow> = self.decider.gone(|entry| has_left(entry) && is_own_word(entry));
            let counts_at_once = withdrawn.len() * 2 <= live;
            let withdrawn = if counts_at_once { withdrawn } else { Vec::new() };
            // The others are read again at each look, until that is accepted.
            self.last.files.retain(|file| match self.emptied.get(&file.path) {
                Some(is_own_word) => *is_own_word && counts_at_once,
                None => true,
            });
            let at = self.job.source.id.clone();
            let left = gone.len() - withdrawn.len();
            let lost = format!("{left} of {live} entries have left at once; they stay as they are");
            let help = format!("`feedmill accept {}/{at}` lets them go", self.job.feed);
            self.counts.gone = withdrawn.len();
            self.last.gone = withdrawn;
            return Some(Problem::error(at, lost).with_help(help));
        }
        if complete {
            let forgotten = self.known.keys().filter(|path| !there.contains(path.as_str()));
            self.last.forgotten_files = forgotten.cloned().collect();
        }
        self.counts.gone = gone.len();
        self.last.gone = gone;
        None
    }

    fn finish(self, held: Option<Problem>) -> Result<Done, StoreError> {
        let Self { stages, job, folder, mut problems, still, mut counts, mut last, .. } = self;
        let outcome = match &held {
            Some(_) => Outcome::Held,
            None if counts == Counts::default() => Outcome::Unchanged,
            None => Outcome::Updated,
        };
        let is_held = held.is_some();
        problems.extend(held);
        // What has left and may not go is a failure, whatever else came.
        let ended = if is_held { Outcome::Failed } else { outcome };
        let mut state = SourceState { outcome: Some(outcome), ..state(job, ended, problems, folder) };
        if is_held {
            // It may be a new definition or config that empties them: its look is not over.
            (state.body_hash, state.collect_hash) = (job.state.body_hash, job.state.collect_hash);
            state.site_config.clone_from(&job.state.site_config);
        }
        if still.has_left {
            state.due = Some(job.now + still::AGAIN);
            state.due_because = "a post is being written".into();
            flood::note(stages, job, &mut state, (&mut last, &mut counts))?;
            return put(&*stages.store, job, state, (last, counts));
        }
        settle(stages, job, state, (last, counts))
    }
}

/// The source's state after this collection.
fn state(job: &Job, outcome: Outcome, mut problems: Vec<Problem>, folder: &Folder) -> SourceState {
    problems.sort();
    problems.dedup();
    let site_config = folder.config.read();
    SourceState { body_hash: Some(folder.fingerprint), site_config, ..after(job, outcome, problems) }
}
