//! Which folders of the system are watched for which roots.
//!
//! In: roots, and folders that came and went. Out: one watch a folder, hidden ones,
//! packages and output apart, and one above each root, so that a root is noticed
//! that is removed, replaced or made later. Never judges an event.

use super::folder::{DEEPEST, base, is_skipped, plain};
use crate::model::Problem;
use notify::{ErrorKind, Event, RecursiveMode};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The roots and the watches for them.
pub(super) struct Trees {
    watcher: Box<dyn notify::Watcher + Send>,
    roots: Vec<Root>,
    watched: BTreeSet<PathBuf>,
}

struct Root {
    /// As it was given.
    given: PathBuf,
    /// Without links in the folders above it: how events about itself name it.
    place: PathBuf,
    /// Without links: how events below it name it. The same as `place` where it isn't there.
    real: PathBuf,
    problem: Option<Problem>,
}

impl Trees {
    /// Nothing watched yet.
    ///
    /// # Errors
    /// The system's limit of watchers.
    pub(super) fn new(tell: impl Fn(notify::Result<Event>) + Send + 'static) -> Result<Self, Problem> {
        let watcher = notify::recommended_watcher(tell).map_err(|error| {
            Problem::warning("inotify", format!("folders can't be watched: {}", why(&error)))
                .with_help("raise `fs.inotify.max_user_instances` with sysctl")
        })?;
        Ok(Self::of(Box::new(watcher)))
    }

    pub(super) fn of(watcher: Box<dyn notify::Watcher + Send>) -> Self {
        Self { watcher, roots: Vec::new(), watched: BTreeSet::new() }
    }

    /// Watches these roots and no others. What is watched already is so all the time: nothing that
    /// happens there meanwhile is missed.
    pub(super) fn set(&mut self, roots: &[PathBuf]) {
        let before = std::mem::take(&mut self.watched);
        self.watch_all(roots);
        for folder in before.difference(&self.watched) {
            // Gone already where the folder is.
            let _ = self.watcher.unwatch(folder);
        }
    }

    /// Looks at every root again, as if for the first time: another may stand in its place.
    pub(super) fn renew(&mut self) {
        for folder in std::mem::take(&mut self.watched) {
            // Gone already where the folder is.
            let _ = self.watcher.unwatch(&folder);
        }
        let given: Vec<PathBuf> = self.roots.iter().map(|root| root.given.clone()).collect();
        self.watch_all(&given);
    }

    /// Looks at the roots again where another may stand at this path now. What is watched
    /// elsewhere is so all the time.
    pub(super) fn renew_at(&mut self, path: &Path) {
        let roots: Vec<PathBuf> = self.roots.iter().map(|root| root.given.clone()).collect();
        // The same path, maybe another folder.
        self.forget(path);
        self.set(&roots);
    }

    fn watch_all(&mut self, roots: &[PathBuf]) {
        self.roots = roots.iter().map(|given| Root::of(given)).collect();
        for index in 0..self.roots.len() {
            let Some(root) = self.roots.get(index) else {
                continue;
            };
            let (real, place) = (root.real.clone(), root.place.clone());
            let above = place.ancestors().skip(1).find(|folder| folder.is_dir());
            let outcome = above.map_or(Ok(()), |above| self.watch(above)).and_then(|()| self.below(&real));
            if let (Err(error), Some(root)) = (outcome, self.roots.get_mut(index)) {
                root.problem = Some(unwatched(&root.given, &error));
            }
        }
    }

    /// Watches a folder that came to be below a root.
    pub(super) fn add(&mut self, folder: &Path) {
        if let Err(error) = self.below(folder) {
            for root in &mut self.roots {
                if folder.starts_with(&root.real) {
                    root.problem = Some(unwatched(&root.given, &error));
                }
            }
        }
    }

    /// A folder that is gone or moved away: its watches would tell of another place.
    pub(super) fn forget(&mut self, folder: &Path) {
        let gone: Vec<PathBuf> = self
            .watched
            .range(folder.to_path_buf()..)
            .take_while(|watched| watched.starts_with(folder))
            .cloned()
            .collect();
        for folder in gone {
            self.watched.remove(&folder);
            let _ = self.watcher.unwatch(&folder);
        }
    }

    /// Whether a path is a root's own or above one.
    pub(super) fn leads_to_a_root(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| root.place.starts_with(path) || root.real.starts_with(path))
    }

    /// Whether a path is below a root.
    pub(super) fn concerns(&self, path: &Path) -> bool {
        self.roots.iter().any(|root| path.starts_with(&root.real))
    }

    /// The roots, as they were given, that a change at this path is a change of.
    pub(super) fn roots_of(&self, path: &Path) -> impl Iterator<Item = PathBuf> {
        self.roots
            .iter()
            .filter(move |root| {
                path.starts_with(&root.real) || root.place.starts_with(path) || root.real.starts_with(path)
            })
            .map(|root| root.given.clone())
    }

    /// Where the roots are.
    pub(super) fn real_roots(&self) -> Vec<PathBuf> {
        self.roots.iter().map(|root| root.real.clone()).collect()
    }

    /// What is not watched, and why.
    pub(super) fn problems(&self) -> Vec<Problem> {
        self.roots.iter().filter_map(|root| root.problem.clone()).collect()
    }

    /// A folder and those below it.
    fn below(&mut self, start: &Path) -> notify::Result<()> {
        if !start.is_dir() {
            return Ok(());
        }
        let mut folders = vec![(start.to_path_buf(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            // Before it is read, so that what comes in between is told.
            self.watch(&folder)?;
            if depth == DEEPEST {
                continue;
            }
            let Ok(entries) = fs::read_dir(&folder) else {
                continue;
            };
            for entry in entries.flatten() {
                // Links are not entered: they lead within a root, which is watched.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) && !is_skipped(&entry.path()) {
                    folders.push((entry.path(), depth + 1));
                }
            }
        }
        Ok(())
    }

    fn watch(&mut self, folder: &Path) -> notify::Result<()> {
        match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.watched.insert(folder.to_path_buf());
                Ok(())
            }
            // Gone again, or not ours to look into: a listing says so.
            Err(error) if matches!(error.kind, ErrorKind::PathNotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Root {
    fn of(given: &Path) -> Self {
        let path = base(&plain(given));
        let place = path
            .ancestors()
            .skip(1)
            .find_map(|above| {
                let real = fs::canonicalize(above).ok()?;
                Some(real.join(path.strip_prefix(above).ok()?))
            })
            .unwrap_or_else(|| path.clone());
        Self {
            given: given.to_path_buf(),
            real: fs::canonicalize(&path).unwrap_or_else(|_| place.clone()),
            place,
            problem: None,
        }
    }
}

fn unwatched(root: &Path, error: &notify::Error) -> Problem {
    let problem = Problem::warning(
        root.display().to_string(),
        format!("is not watched, only looked at on schedule: {}", why(error)),
    );
    match error.kind {
        ErrorKind::MaxFilesWatch => problem.with_help("raise `fs.inotify.max_user_watches` with sysctl"),
        _ => problem,
    }
}

fn why(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the system's limit of watches is reached".to_owned(),
        ErrorKind::Io(error) => error.kind().to_string(),
        other => format!("{other:?}"),
    }
}
