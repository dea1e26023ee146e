//! `store backup` and `store restore`, killed at every write, sync, link, rename and unlink:
//! what there was is there afterwards, under one name or the other, and whole; done again,
//! it is done.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::trace;
use crate::world::World;
use feedmill::store::SqliteStore;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

const CALLS: [&str; 8] =
    ["write", "pwrite64", "fsync", "fdatasync", "linkat", "rename", "unlink", "ftruncate"];
/// What a backup does, and at least so often.
const WITHIN: [(&str, usize); 4] = [("pwrite64", 40), ("fdatasync", 3), ("fsync", 2), ("rename", 1)];

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    const FAULT: &str = "`kill -9` at every step of a restore";
    if !trace::is_here() {
        return vec![Row::skipped(FAULT, trace::MISSING)];
    }
    let mut world = World::new(3, 8);
    let stores = Stores::make(&mut world, chance);
    let restores = points(scale, |inject| stores.restore(&world, inject));
    let over = points(scale, |inject| stores.backup(&world, inject, true));
    let first = points(scale, |inject| stores.backup(&world, inject, false));
    let mut rows = vec![
        restores
            .row(FAULT, "the old store or the backup is in place, nothing is lost, done again it is done"),
        over.row(
            "`kill -9` at every step of a backup over an older one",
            "the older or the new one is there, whole; the store as it was",
        ),
        first.row("the same where there was none", "none or the new one is there, whole"),
    ];
    rows.push(while_it_runs(scale, &mut world, &stores, chance));
    rows
}

/// What came of all kills.
struct Points {
    points: usize,
    wrong: Vec<String>,
}

impl Points {
    fn row(self, fault: &str, reach: &str) -> Row {
        let Self { points, wrong } = self;
        let first = wrong.first().map_or(String::new(), |first| format!("; {first}"));
        let found = format!("{points} points, {} wrong{first}", wrong.len());
        Row::new(fault, reach, found, points > 0 && wrong.is_empty())
    }
}

/// Kills at every call there is, until none is left; `kill` says whether it was one, and what
/// was wrong then.
fn points(scale: Scale, mut kill: impl FnMut(&str) -> Option<Result<(), String>>) -> Points {
    let mut found = Points { points: 0, wrong: Vec::new() };
    for call in CALLS {
        for at in (1..).step_by(scale.of(1, 9)) {
            let inject = format!("{call}:signal=SIGKILL:when={at}");
            let Some(outcome) = kill(&inject) else { break };
            found.points += 1;
            found.wrong.extend(outcome.err().map(|what| format!("{inject}: {what}")));
        }
    }
    found
}

/// An older store and a newer one, of which the older is backed up.
struct Stores {
    old: BTreeSet<String>,
    new: BTreeSet<String>,
}

impl Stores {
    /// The newer one's daemon was killed: a part of it is in its log alone.
    fn make(world: &mut World, chance: &mut Chance) -> Self {
        let mut daemon = world.app.start();
        world.refresh();
        assert!(world.app.run(&["store", "backup", "older.db"]).status.success());
        let old = entries(&world.app.path("older.db")).unwrap();
        (0..3).for_each(|feed| world.press.publish(&crate::world::path(feed), 2));
        world.post();
        world.change(chance);
        assert!(world.survey(&daemon).is_clean());
        daemon.kill();
        assert!(fs::metadata(world.app.path("state/feedmill.db-wal")).unwrap().len() > 0);
        fs::rename(world.app.path("state"), world.app.path("newer")).unwrap();
        copy(world, "newer", "state");
        let new = entries(&world.app.path("state/feedmill.db")).unwrap();
        assert!(new.len() > old.len());
        Self { old, new }
    }

    fn is_either(&self, what: &str, found: Result<BTreeSet<String>, String>) -> Result<(), String> {
        match found? {
            found if found == self.old || found == self.new => Ok(()),
            found => Err(format!("{what} has {} entries", found.len())),
        }
    }

    /// `None` where it was not killed any more.
    fn restore(&self, world: &World, inject: &str) -> Option<Result<(), String>> {
        copy(world, "newer", "state");
        trace::killed(&world.app, &["store", "restore", "older.db"], inject, "").ok()?;
        Some(self.after_restore(world))
    }

    fn after_restore(&self, world: &World) -> Result<(), String> {
        let store = world.app.path("state/feedmill.db");
        self.is_either("the store", entries(&store))?;
        sound(&world.app.path("state"))?;
        self.nothing_lost(world)?;
        let again = world.app.run(&["store", "restore", "older.db"]);
        if !again.status.success() {
            return Err(format!("again: {}", String::from_utf8_lossy(&again.stderr)));
        }
        if entries(&store)? != self.old || world.app.path("state/feedmill.db.part").exists() {
            return Err("done again, it is not restored".to_owned());
        }
        sound(&world.app.path("state"))?;
        self.nothing_lost(world)
    }

    /// The newer store is in its place, or beside it.
    fn nothing_lost(&self, world: &World) -> Result<(), String> {
        let names = fs::read_dir(world.app.path("state")).unwrap().flatten().map(|entry| entry.path());
        let is_store = |path: &std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name == "feedmill.db"
                || (name.contains(".before-") && !name.ends_with("-wal") && !name.ends_with("-shm"))
        };
        let kept = names.filter(is_store).any(|path| entries(&path).is_ok_and(|found| found == self.new));
        if kept { Ok(()) } else { Err("the store that was there is lost".to_owned()) }
    }

    fn backup(&self, world: &World, inject: &str, over: bool) -> Option<Result<(), String>> {
        copy(world, "newer", "state");
        for ending in ["", ".part", ".part-journal"] {
            let _ = fs::remove_file(world.app.path(&format!("copy.db{ending}")));
        }
        if over {
            fs::copy(world.app.path("older.db"), world.app.path("copy.db")).unwrap();
        }
        trace::killed(&world.app, &["store", "backup", "copy.db"], inject, "").ok()?;
        Some(self.after_backup(world, over))
    }

    fn after_backup(&self, world: &World, over: bool) -> Result<(), String> {
        let there = world.app.path("copy.db");
        if over || there.exists() {
            self.is_either("the backup", entries(&there))?;
        }
        sound(&world.app.path("state"))?;
        if entries(&world.app.path("state/feedmill.db"))? != self.new {
            return Err("the store is another".to_owned());
        }
        again(world)?;
        if entries(&there)? == self.new { Ok(()) } else { Err("done again, it is not the store".to_owned()) }
    }
}

/// A backup that nobody breaks off, and what it leaves behind.
fn again(world: &World) -> Result<(), String> {
    let again = world.app.run(&["store", "backup", "copy.db"]);
    if !again.status.success() {
        return Err(format!("again: {}", String::from_utf8_lossy(&again.stderr)));
    }
    let left = ["copy.db.part", "copy.db.part-journal"].iter().any(|name| world.app.path(name).exists());
    if left { Err("a part of a copy is left behind".to_owned()) } else { Ok(()) }
}

fn while_it_runs(scale: Scale, world: &mut World, stores: &Stores, chance: &mut Chance) -> Row {
    copy(world, "newer", "state");
    fs::copy(world.app.path("older.db"), world.app.path("copy.db")).unwrap();
    let daemon = world.app.start();
    world.press.grow(true);
    let (mut kills, mut wrong) = (0, Vec::new());
    for round in 0..scale.of(60, 3) {
        world.change(chance);
        let (call, most) = WITHIN[chance.below(WITHIN.len())];
        let inject = format!("{call}:signal=SIGKILL:when={}", 1 + chance.below(most));
        let killed = trace::killed(&world.app, &["store", "backup", "copy.db"], &inject, "").is_ok();
        kills += usize::from(killed);
        if let Err(what) = entries(&world.app.path("copy.db")).and_then(|found| {
            let grown = found.is_superset(&stores.old);
            if grown { Ok(()) } else { Err(format!("a backup of {} entries", found.len())) }
        }) {
            wrong.push(format!("{round}: {inject}: {what}"));
        }
    }
    wrong.extend(again(world).err());
    let tally = world.survey(&daemon);
    let first = wrong.first().map_or(String::new(), |first| format!("; {first}"));
    let found = format!(
        "{kills} backups killed while feeds grow, {} wrong{first}; the daemon goes on: {}",
        wrong.len(),
        tally.told()
    );
    Row::new(
        "backups killed beside a daemon",
        "the older or the new one is there, whole; the daemon unharmed",
        found,
        kills > 0 && wrong.is_empty() && tally.is_clean(),
    )
}

fn copy(world: &World, from: &str, to: &str) {
    let (from, to) = (world.app.path(from), world.app.path(to));
    let _ = fs::remove_dir_all(&to);
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// The ids of all entries in a file; why it can't be read. Read from a copy: whoever opens a
/// store last takes its log in, which is no business of ours.
fn entries(file: &Path) -> Result<BTreeSet<String>, String> {
    let told = |error: rusqlite::Error| format!("{}: {error}", file.display());
    let apart = tempfile::tempdir().unwrap();
    for ending in ["", "-wal", "-journal"] {
        let _ = fs::copy(format!("{}{ending}", file.display()), apart.path().join(format!("db{ending}")));
    }
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    let connection = rusqlite::Connection::open_with_flags(apart.path().join("db"), flags).map_err(told)?;
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(told)?;
    if whole != "ok" {
        return Err(format!("{}: {whole}", file.display()));
    }
    let mut statement = connection.prepare("SELECT feed || ' ' || id FROM entry").map_err(told)?;
    let rows = statement.query_map([], |row| row.get(0)).map_err(told)?;
    rows.collect::<Result<_, _>>().map_err(told)
}

fn sound(state: &Path) -> Result<(), String> {
    let checked = SqliteStore::check(state).map_err(|error| error.to_string())?;
    checked.damage.into_iter().next().map_or(Ok(()), Err)
}
