//! Word of a change: soon, once, and not for nothing.

use feedmill::collect::watch::{Changed, Watcher};
use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, timeout};

/// No event takes longer; a test that waits for one fails then.
const DEADLINE: Duration = Duration::from_secs(5);

struct Scene {
    folder: TempDir,
    watcher: Watcher,
    changed: Receiver<Changed>,
}

impl Scene {
    async fn of(below: &str) -> (Self, PathBuf) {
        let folder = TempDir::new().unwrap();
        let root = folder.path().join(below);
        fs::create_dir_all(&root).unwrap();
        let scene = Self::watching(folder, &[&root]).await;
        (scene, root)
    }

    async fn watching(folder: TempDir, roots: &[&Path]) -> Self {
        fs::create_dir_all(folder.path().join("probe")).unwrap();
        let (watcher, changed) = Watcher::start().unwrap();
        let scene = Self { folder, watcher, changed };
        scene.watch(roots).await;
        scene
    }

    /// Watches these, and the folder that tells the end of what went before.
    async fn watch(&self, roots: &[&Path]) {
        let mut roots: Vec<PathBuf> = roots.iter().map(|root| root.to_path_buf()).collect();
        roots.push(self.folder.path().join("probe"));
        assert_eq!(self.watcher.watch(roots).await, []);
    }

    /// How long until the next change is told.
    async fn told(&mut self, root: &Path) -> Duration {
        let start = Instant::now();
        let changed = timeout(DEADLINE, self.changed.recv()).await.expect("an event");
        assert_eq!(changed.map(|changed| changed.root), Some(root.to_path_buf()));
        start.elapsed()
    }

    /// Every root told of by what went before: a change of the probe comes after it.
    async fn rest(&mut self) -> Vec<PathBuf> {
        let probe = self.folder.path().join("probe");
        fs::write(probe.join("x"), "x").unwrap();
        let mut told = Vec::new();
        loop {
            let changed = timeout(DEADLINE, self.changed.recv()).await.expect("the probe");
            let root = changed.unwrap().root;
            if root == probe {
                break;
            }
            told.push(root);
        }
        // What is due together is told together, in any order.
        told.extend(std::iter::from_fn(|| self.changed.try_recv().ok()).map(|changed| changed.root));
        told
    }
}

#[tokio::test]
async fn a_closed_file_is_told_at_once_and_once() {
    let (mut scene, root) = Scene::of("posts").await;
    fs::write(root.join("a.md"), "text").unwrap();
    let took = scene.told(&root).await;
    assert!(took < Duration::from_millis(900), "{took:?}");
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
}

#[tokio::test]
async fn moves_and_removals_are_told_at_once() {
    let (mut scene, root) = Scene::of("posts").await;
    let outside = scene.folder.path().join("a.md");
    fs::write(&outside, "text").unwrap();
    fs::rename(&outside, root.join("a.md")).unwrap();
    let mut took = vec![scene.told(&root).await];
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
    fs::rename(root.join("a.md"), root.join("b.md")).unwrap();
    took.push(scene.told(&root).await);
    fs::remove_file(root.join("b.md")).unwrap();
    took.push(scene.told(&root).await);
    assert!(took.iter().all(|took| *took < Duration::from_millis(900)), "{took:?}");
}

#[tokio::test]
async fn a_file_held_open_is_told_when_it_has_settled() {
    let (mut scene, root) = Scene::of("posts").await;
    let mut file = fs::File::create(root.join("a.md")).unwrap();
    file.write_all(b"half").unwrap();
    let took = scene.told(&root).await;
    assert!(took > Duration::from_millis(900), "{took:?}");
    file.write_all(b" more").unwrap();
    drop(file);
    let took = scene.told(&root).await;
    assert!(took < Duration::from_millis(900), "{took:?}");
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
}

#[tokio::test]
async fn folders_that_come_later_are_watched_too() {
    let (mut scene, root) = Scene::of("posts").await;
    fs::create_dir_all(root.join("2026/11")).unwrap();
    scene.told(&root).await;
    // Told twice where the inner folder came after the outer was walked.
    scene.rest().await;
    fs::write(root.join("2026/11/a.md"), "text").unwrap();
    scene.told(&root).await;
    let moved = scene.folder.path().join("moved");
    fs::create_dir_all(moved.join("deep")).unwrap();
    fs::rename(&moved, root.join("moved")).unwrap();
    scene.told(&root).await;
    fs::write(root.join("moved/deep/a.md"), "text").unwrap();
    scene.told(&root).await;
}

#[tokio::test]
async fn what_editors_leave_beside_is_no_event() {
    let (mut scene, root) = Scene::of("posts").await;
    for name in ["a.md~", ".a.md.swp", ".#a.md", "4913", "x.tmp", ".git"] {
        fs::write(root.join(name), "x").unwrap();
        fs::remove_file(root.join(name)).unwrap();
    }
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
    fs::create_dir(root.join("node_modules")).unwrap();
    fs::write(root.join("node_modules/a.md"), "x").unwrap();
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_editor_that_saves_by_renaming_makes_one_event() {
    let (mut scene, root) = Scene::of("posts").await;
    fs::write(root.join("a.md"), "old").unwrap();
    scene.told(&root).await;
    // As vim does with backupcopy=no.
    fs::rename(root.join("a.md"), root.join("a.md~")).unwrap();
    fs::write(root.join("a.md"), "new").unwrap();
    fs::remove_file(root.join("a.md~")).unwrap();
    scene.told(&root).await;
    assert_eq!(scene.rest().await, Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_root_that_goes_and_comes_back_is_noticed() {
    let (mut scene, root) = Scene::of("site/posts").await;
    fs::remove_dir_all(scene.folder.path().join("site")).unwrap();
    scene.told(&root).await;
    scene.rest().await;
    fs::create_dir_all(&root).unwrap();
    scene.told(&root).await;
    scene.rest().await;
    fs::write(root.join("a.md"), "text").unwrap();
    scene.told(&root).await;
}

#[tokio::test]
async fn a_root_that_is_not_there_yet_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("not/yet");
    let mut scene = Scene::watching(folder, &[&root]).await;
    fs::create_dir_all(&root).unwrap();
    scene.told(&root).await;
}

#[tokio::test]
async fn a_link_that_is_swapped_is_noticed() {
    let (mut scene, root) = Scene::of("releases/1").await;
    let next = scene.folder.path().join("releases/2");
    fs::create_dir_all(&next).unwrap();
    let link = scene.folder.path().join("current");
    std::os::unix::fs::symlink(&root, &link).unwrap();
    scene.watch(&[&link]).await;
    fs::write(root.join("a.md"), "text").unwrap();
    scene.told(&link).await;
    let fresh = scene.folder.path().join("fresh");
    std::os::unix::fs::symlink(&next, &fresh).unwrap();
    fs::rename(&fresh, &link).unwrap();
    scene.told(&link).await;
    scene.rest().await;
    fs::write(next.join("b.md"), "text").unwrap();
    scene.told(&link).await;
}

#[tokio::test]
async fn one_file_and_a_glob_are_watched_as_such() {
    let (mut scene, root) = Scene::of("posts").await;
    let file = root.join("one.md");
    fs::write(&file, "text").unwrap();
    let glob = scene.folder.path().join("other/*.md");
    fs::create_dir_all(scene.folder.path().join("other")).unwrap();
    scene.rest().await;
    scene.watch(&[&file, &glob]).await;
    fs::write(root.join("two.md"), "text").unwrap();
    fs::write(scene.folder.path().join("other/x.md"), "text").unwrap();
    scene.told(&glob).await;
    fs::write(&file, "new").unwrap();
    scene.told(&file).await;
}

/// A reload says anew what is to be watched: what is written in that very moment is noticed.
#[tokio::test]
async fn nothing_is_missed_while_other_roots_come_and_go() {
    let (mut scene, root) = Scene::of("posts").await;
    let other = scene.folder.path().join("other");
    fs::create_dir_all(&other).unwrap();
    for round in 0..60 {
        let file = root.join(format!("{round}.md"));
        let writing = tokio::task::spawn_blocking(move || fs::write(file, "text").unwrap());
        let roots: &[&Path] = if round % 2 == 0 { &[&root] } else { &[&root, &other] };
        scene.watch(roots).await;
        writing.await.unwrap();
        assert!(scene.rest().await.contains(&root), "round {round}");
    }
}
