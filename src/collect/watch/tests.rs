//! What can't be brought about at will: a queue that runs over, watches that run out.

use super::{Changed, Events, MOST_EVENTS, Sight, Teller, Touched, Trees, Watcher};
use crate::model::Problem;
use notify::event::{AccessKind, AccessMode, CreateKind, Flag};
use notify::{Config, ErrorKind, Event, EventHandler, EventKind, RecursiveMode, WatcherKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;

/// A system that has so many watches left, and tells nothing by itself.
struct Scarce(usize);

impl notify::Watcher for Scarce {
    fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
        Ok(Self(0))
    }

    fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
        let left = self.0.checked_sub(1);
        self.0 = left.unwrap_or(0);
        left.map(|_| ()).ok_or_else(|| notify::Error::new(ErrorKind::MaxFilesWatch))
    }

    fn unwatch(&mut self, _: &Path) -> notify::Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn kind() -> WatcherKind {
        WatcherKind::NullWatcher
    }
}

struct Scene {
    _folder: TempDir,
    roots: Vec<PathBuf>,
    teller: Teller,
    watcher: Watcher,
    changed: Receiver<Changed>,
}

/// Two folders under watch, with so many watches left for them.
async fn scene(left: usize) -> (Scene, Vec<Problem>) {
    let folder = TempDir::new().unwrap();
    let roots = ["a", "b"].map(|name| folder.path().canonicalize().unwrap().join(name));
    for root in &roots {
        std::fs::create_dir(root).unwrap();
    }
    let (teller, events): (Teller, Events) = Teller::new();
    let (watcher, told) = Watcher::of(Trees::of(Box::new(Scarce(left))), events);
    let problems = watcher.watch(roots.to_vec()).await;
    (Scene { _folder: folder, roots: roots.to_vec(), teller, watcher, changed: told }, problems)
}

impl Scene {
    /// The next two changes: of each root that all of it may have changed.
    async fn all_told(&mut self) {
        let mut told = vec![self.changed.recv().await.unwrap(), self.changed.recv().await.unwrap()];
        told.sort_by(|one, other| one.root.cmp(&other.root));
        let all = self.roots.iter().map(|root| Changed { root: root.clone(), touched: Touched::Anything });
        assert_eq!(told, all.collect::<Vec<_>>());
    }
}

fn closed(path: PathBuf) -> Event {
    Event::new(EventKind::Access(AccessKind::Close(AccessMode::Write))).add_path(path)
}

#[tokio::test]
async fn the_systems_queue_that_ran_over_is_a_change_of_every_folder() {
    let (mut scene, problems) = scene(100).await;
    assert_eq!(problems, []);
    let mut sight = scene.watcher.sight();
    scene.teller.tell(Ok(Event::new(EventKind::Other).set_flag(Flag::Rescan)));
    scene.all_told().await;
    sight.changed().await.unwrap();
    assert_eq!(*sight.borrow(), Sight { unwatched: Vec::new(), lost: 1 });
}

#[tokio::test]
async fn more_events_than_wait_are_a_change_of_every_folder() {
    let (mut scene, _) = scene(100).await;
    let mut sight = scene.watcher.sight();
    // Nobody takes one up in between: this thread is the only one.
    for number in 0..=MOST_EVENTS {
        scene.teller.tell(Ok(closed(scene.roots[0].join(format!("{number}.md")))));
    }
    scene.all_told().await;
    sight.changed().await.unwrap();
    assert_eq!(sight.borrow_and_update().lost, 1);
    // What comes afterwards is told as ever.
    let path = scene.roots[1].join("x.md");
    std::fs::write(&path, "x").unwrap();
    scene.teller.tell(Ok(closed(path.clone())));
    let changed = Changed { root: scene.roots[1].clone(), touched: Touched::file(path) };
    assert_eq!(scene.changed.recv().await, Some(changed));
    assert!(!sight.has_changed().unwrap());
}

#[tokio::test]
async fn a_folder_without_a_watch_is_named_and_told_of() {
    // `a`, `b`, above each of them the same folder, and one to come.
    let (mut scene, problems) = scene(5).await;
    assert_eq!(problems, []);
    let mut sight = scene.watcher.sight();
    sight.mark_unchanged();
    let below = scene.roots[0].join("2024");
    std::fs::create_dir_all(below.join("05")).unwrap();
    scene.teller.tell(Ok(Event::new(EventKind::Create(CreateKind::Folder)).add_path(below)));
    let changed = scene.changed.recv().await.unwrap();
    assert_eq!(changed, Changed { root: scene.roots[0].clone(), touched: Touched::Anything });
    sight.changed().await.unwrap();
    let at = scene.roots[0].display().to_string();
    let message = "is not watched, only looked at on schedule: the system's limit of watches is reached";
    let help = "raise `fs.inotify.max_user_watches` with sysctl";
    let problem = Problem::warning(at, message).with_help(help);
    assert_eq!(*sight.borrow(), Sight { unwatched: vec![problem], lost: 0 });
}

/// A system that writes down what it is asked to forget.
struct Forgetful(Arc<Mutex<Vec<PathBuf>>>);

impl notify::Watcher for Forgetful {
    fn new<F: EventHandler>(_: F, _: Config) -> notify::Result<Self> {
        Ok(Self(Arc::default()))
    }

    fn watch(&mut self, _: &Path, _: RecursiveMode) -> notify::Result<()> {
        Ok(())
    }

    fn unwatch(&mut self, path: &Path) -> notify::Result<()> {
        self.0.lock().unwrap().push(path.to_path_buf());
        Ok(())
    }

    fn kind() -> WatcherKind {
        WatcherKind::NullWatcher
    }
}

#[test]
fn what_happens_to_one_root_leaves_the_watch_of_another() {
    let folder = TempDir::new().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let roots = ["a", "b"].map(|name| real.join(name));
    for root in &roots {
        std::fs::create_dir_all(root.join("below")).unwrap();
    }
    let forgotten = Arc::new(Mutex::new(Vec::new()));
    let mut trees = Trees::of(Box::new(Forgetful(Arc::clone(&forgotten))));
    trees.set(&roots);
    trees.renew_at(&roots[0]);
    assert_eq!(*forgotten.lock().unwrap(), [roots[0].clone(), roots[0].join("below")]);
}
