//! A few posts that a watch named, without looking at the others.
//!
//! In: the job, and what is remembered of the folder's last whole collection. Out: what
//! a whole collection would come to, or nothing: a post that is gone, unreadable, no
//! post any more or empty, one that others link to, a site's config that moved. Then all of it is
//! looked at.

use crate::collect::files;
use crate::collect::files::FileStamp;
use crate::collect::touched::Touched;
use crate::definition::SourceKind;
use crate::map;
use crate::map::posts::{Others, Site};
use crate::model::{Entry, Outcome, Problem};
use crate::store::{Commit, KnownFile, SourceRow, SourceState, StoreError};
use crate::update::asked::Moved;
use crate::update::folder::{Folder, record};
use crate::update::{Counts, Decider, Done, Job, Rules, Stages, after, flood, put};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What whole collections leave behind, by source.
#[derive(Default)]
pub struct Looks {
    by_source: Mutex<HashMap<SourceRow, Arc<Look>>>,
}

/// A folder as it was last looked at.
struct Look {
    site: Site,
    /// The folder, without links.
    root: PathBuf,
    fingerprint: [u8; 32],
    collect_hash: [u8; 32],
    /// Whether posts came since, which the site doesn't know by name.
    has_grown: AtomicBool,
}

impl Looks {
    /// Remembers a folder that was collected whole, where it is one folder.
    pub(super) fn keep(&self, job: &Job, folder: Folder) {
        let root = match &job.source.kind {
            SourceKind::Posts(posts) => files::one_folder(&posts.paths).filter(|_| folder.complete),
            _ => None,
        };
        let mut looks = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(root) = root else {
            looks.remove(&job.state.row);
            return;
        };
        let (site, fingerprint) = (folder.site, folder.fingerprint);
        let (collect_hash, has_grown) = (job.source.collect_hash, AtomicBool::new(false));
        let look = Look { site, root, fingerprint, collect_hash, has_grown };
        looks.insert(job.state.row, Arc::new(look));
    }

    /// What still holds for this job.
    fn of(&self, job: &Job) -> Option<Arc<Look>> {
        let looks = self.by_source.lock().unwrap_or_else(PoisonError::into_inner);
        let look = looks.get(&job.state.row)?;
        let holds = look.collect_hash == job.source.collect_hash
            && job.state.collect_hash == Some(look.collect_hash)
            && job.state.body_hash == Some(look.fingerprint)
            && matches!(job.state.outcome, Some(Outcome::Updated | Outcome::Unchanged))
            && !job.accept;
        holds.then(|| Arc::clone(look))
    }
}

/// Collects what was touched; `None` where all has to be looked at. Blocks.
pub(super) fn update(stages: &Stages, job: &Job) -> Result<Option<Done>, StoreError> {
    let (Touched::Files(paths), Some(look)) = (&job.touched, stages.looks.of(job)) else {
        return Ok(None);
    };
    let stamps: Option<Vec<FileStamp>> = paths
        .iter()
        .map(|path| files::stamp(&look.root, path).filter(|stamp| look.site.is_post(&stamp.path)))
        .collect();
    let Some(stamps) = stamps else {
        return Ok(None);
    };
    let names: Vec<&str> = stamps.iter().map(|stamp| stamp.path.as_str()).collect();
    let mut known: HashMap<String, KnownFile> = stages
        .store
        .files_at(job.state.row, &names)?
        .into_iter()
        .map(|file| (file.path.clone(), file))
        .collect();
    if is_asked_for(stages, job, &look, (&stamps, &known))? {
        return Ok(None);
    }
    let Some(Read { files, fresh, problems }) = read(stages, job, &look, (&stamps, &mut known)) else {
        return Ok(None);
    };
    let keys: Vec<&str> = fresh.iter().flat_map(|entry| &entry.keys).map(String::as_str).collect();
    let recalled = stages.store.recall_keys(job.state.row, &keys)?;
    // Nothing else was touched: what another file gave stands as long as that does.
    let stands = |path: &str| look.root.join(path).exists();
    let base = look.site.channel().link.unwrap_or_default();
    let rules = Rules::of(job, &base);
    let changes = Decider::new(&recalled).keeping(&stands).decide(fresh, &rules);
    let mut counts = changes.counts();
    let mut commit = changes.put_into(Commit { files, ..Commit::default() });
    let mut state = state(job, counts, problems);
    flood::note(stages, job, &mut state, (&mut commit, &mut counts))?;
    put(&*stages.store, job, state, (commit, counts)).map(Some)
}

/// Whether a post that isn't touched asked for one that is, and has to be mapped again too.
fn is_asked_for(
    stages: &Stages,
    job: &Job,
    look: &Look,
    (stamps, known): (&[FileStamp], &HashMap<String, KnownFile>),
) -> Result<bool, StoreError> {
    let mut moved = Moved::default();
    for stamp in stamps {
        let before = known.get(&stamp.path);
        look.has_grown.fetch_or(before.is_none(), Ordering::Relaxed);
        moved.note(&look.site, &stamp.path, before);
    }
    let asking = stages.store.files_asking(job.state.row)?;
    Ok(asking.iter().any(|file| moved.answers(&file.asked)))
}

/// What the touched files hold.
struct Read {
    files: Vec<KnownFile>,
    /// Of those with another text than before.
    fresh: Vec<Entry>,
    /// The source's, with theirs.
    problems: Vec<Problem>,
}

/// Reads and maps them; `None` where one can't be read or is no post now.
fn read(
    stages: &Stages,
    job: &Job,
    look: &Look,
    (stamps, known): (&[FileStamp], &mut HashMap<String, KnownFile>),
) -> Option<Read> {
    let mut found = Read { files: Vec::new(), fresh: Vec::new(), problems: job.state.problems.clone() };
    let others = Others::new(|path| {
        files::read(&files::stamp(&look.root, &look.root.join(path))?, stages.max_post).ok()
    });
    for stamp in stamps {
        let bytes = files::read(stamp, stages.max_post).ok()?;
        let gave_entry = known.get(&stamp.path).is_some_and(|known| known.key.is_some());
        if gave_entry && bytes.trim_ascii().is_empty() {
            return None;
        }
        let mut file = record(stamp, map::hash(&bytes), job.now);
        match known.remove(&stamp.path) {
            Some(before) if before.hash == file.hash => {
                (file.key, file.problems, file.asked) = (before.key, before.problems, before.asked);
            }
            before => {
                let mapped = look.site.map(&stamp.path, &bytes, &others, job.now);
                if !mapped.asked.is_empty() && look.has_grown.load(Ordering::Relaxed) {
                    return None;
                }
                let entry = mapped.entry?;
                let old: Vec<Problem> = before.into_iter().flat_map(|file| file.problems).collect();
                found.problems.retain(|problem| !old.contains(problem));
                (file.key, file.problems) = (entry.keys.first().cloned(), mapped.problems);
                file.asked = mapped.asked;
                found.fresh.push(entry);
            }
        }
        found.problems.extend(file.problems.iter().cloned());
        found.files.push(file);
    }
    Some(found)
}

/// The source's state: when all of it is looked at next stays as it was.
fn state(job: &Job, counts: Counts, mut problems: Vec<Problem>) -> SourceState {
    problems.sort();
    problems.dedup();
    let outcome = if counts == Counts::default() { Outcome::Unchanged } else { Outcome::Updated };
    after(job, outcome, problems)
}
