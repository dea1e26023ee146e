//! `kill -9` at every write, sync and rename of one cycle: collecting three feeds and a
//! folder, and writing every document.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::trace;
use crate::world::World;
use std::{collections::BTreeMap, fs, path::Path, process::Command};

const CALLS: [&str; 7] = ["write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate"];
const FAULT: &str = "`kill -9` at every write, sync, rename and unlink of a collection of new, edited and removed entries that writes its documents";

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    if !trace::is_here() {
        return vec![Row::skipped(FAULT, trace::MISSING)];
    }
    let mut world = World::new(3, 8);
    // The state before: everything collected once, then more has come.
    build(&world, None);
    fs::rename(world.app.path("state"), world.app.path("before")).unwrap();
    fs::remove_dir_all(world.app.path("out")).unwrap();
    (0..3).for_each(|feed| world.press.publish(&crate::world::path(feed), 2));
    (0..4).for_each(|_| world.post());
    (0..12).for_each(|_| world.change(chance));
    let modes = [(false, "of what has come since"), (true, "that begins with nothing")];
    modes.map(|(fresh, what)| mode(scale, &world, fresh, what)).into()
}

/// All points of one collection: one over an earlier state, or a `fresh` one, in which posts that
/// were dated anew have the ids that their dates give them.
fn mode(scale: Scale, world: &World, fresh: bool, what: &str) -> Row {
    restore(world, fresh);
    build(world, None);
    let expected = documents(&world.app.path("out"));
    let (mut points, mut wrong) = (0, Vec::new());
    for (call, file) in targets().into_iter().step_by(scale.of(1, 5)) {
        for at in (1..).step_by(scale.of(1, 24)) {
            restore(world, fresh);
            let inject = format!("{call}:signal=SIGKILL:when={at}");
            if !build(world, Some((&inject, file))) {
                break;
            }
            points += 1;
            if points % 50 == 0 {
                println!("  {points} points");
            }
            wrong.extend(after(world, &expected, fresh).map(|what| format!("{inject} {file}: {what}")));
        }
    }
    let found = match wrong.first() {
        None => format!("{points} points, after each of them the same documents, the store sound"),
        Some(first) => format!("{points} points, {} wrong; {first}", wrong.len()),
    };
    Row::new(format!("{FAULT} {what}"), "100 % pass", found, wrong.is_empty() && points > 0)
}

/// Each call, and on which file: strace counts by thread, and the writer of the store and
/// that of the documents are two.
fn targets() -> Vec<(&'static str, &'static str)> {
    let mut targets: Vec<_> = CALLS.iter().map(|call| (*call, "")).collect();
    for file in ["state/feedmill.db", "state/feedmill.db-wal", "state/feedmill.db.new"] {
        targets.extend(["pwrite64", "fsync", "fdatasync"].map(|call| (call, file)));
    }
    targets
}

/// What is wrong after a kill, if anything is.
fn after(world: &World, expected: &BTreeMap<String, Vec<u8>>, fresh: bool) -> Option<String> {
    // A kill before the store had its name leaves none.
    let there = world.app.path("state/feedmill.db").exists();
    if (!fresh || there)
        && let Some(damage) = world.check().into_iter().next()
    {
        return Some(damage);
    }
    // Whatever documents are there are whole ones.
    let whole =
        |bytes: &[u8]| bytes.trim_ascii_end().ends_with(b">") || bytes.trim_ascii_end().ends_with(b"}");
    for (name, bytes) in documents(&world.app.path("out")) {
        if !name.contains(".feedmill-part") && !whole(&bytes) && expected.contains_key(&name) {
            return Some(format!("`{name}` is torn"));
        }
    }
    build(world, None);
    let found = documents(&world.app.path("out"));
    let differing = expected.iter().find(|(name, bytes)| found.get(*name) != Some(*bytes));
    if let Some((name, _)) = differing {
        return Some(format!("`{name}` differs"));
    }
    if let Some(left) = found.keys().find(|name| !expected.contains_key(*name)) {
        return Some(format!("`{left}` is left behind"));
    }
    world.check().into_iter().next()
}

/// The state as it was before the cycle, or none.
fn restore(world: &World, fresh: bool) {
    for folder in ["state", "out"] {
        let _ = fs::remove_dir_all(world.app.path(folder));
    }
    if fresh {
        return;
    }
    let (from, to) = (world.app.path("before"), world.app.path("state"));
    assert!(Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap().success());
}

/// Builds; whether it was killed.
fn build(world: &World, fault: Option<(&str, &str)>) -> bool {
    let arguments = ["build", "--out", "out"];
    let output = match fault {
        None => world.app.run(&arguments),
        Some((inject, file)) => match trace::killed(&world.app, &arguments, inject, file) {
            Ok(()) => return true,
            Err(output) => output,
        },
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    false
}

/// Every file below a folder, by its path there.
fn documents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten().flatten() {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}
