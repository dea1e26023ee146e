//! Power that fails: what was written and not synced is gone, or some of it. `kill -9` cannot
//! show that, as the kernel keeps what was written; here every write and sync of a daemon is
//! noted and its store put together again as a disk may have it at some moment.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::trace;
use crate::world::{World, path};
use feedmill::store::SqliteStore;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::Path,
};

const FAULT: &str = "power fails: of what was not synced nothing is left, or any part of it";

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    if !trace::is_here() {
        return vec![Row::skipped(FAULT, trace::MISSING)];
    }
    let mut world = World::with(4, 12, "schedule: every 1h");
    let daemon = world.app.start();
    assert!(world.survey(&daemon).is_clean());
    let log = world.app.path("power.trace");
    let noting = trace::Noting::attach(daemon.pid(), log.clone());
    let mut disk = Disk::of(&world.app.path("state"));
    let base = sequences(&world.app.path("state")).unwrap();
    for round in 0..scale.of(40, 6) {
        // Now and then nothing is new: what such polls write is not synced.
        if round % 3 > 0 {
            world.press.publish(&path(round % 4), 1 + (round % 5) as u32);
            world.post();
            world.change(chance);
            world.change(chance);
        }
        world.refresh();
    }
    noting.end();
    drop(daemon);
    let steps = steps(&fs::read_to_string(log).unwrap());
    let cuts = scale.of(200, 12);
    let mut at: Vec<usize> = (0..cuts).map(|_| chance.below(steps.len() + 1)).collect();
    at.sort_unstable();
    let (mut acknowledged, mut told, mut wrong) = (BTreeMap::new(), 0, Vec::new());
    let mut at = at.into_iter().peekable();
    for (place, step) in steps.iter().enumerate() {
        while at.next_if_eq(&place).is_some() {
            wrong.extend(
                after(&disk, chance, &base, &acknowledged).map(|what| format!("step {place}: {what}")),
            );
        }
        match step {
            Step::Told(feed) => {
                *acknowledged.entry(feed.clone()).or_insert(0) += 1;
                told += 1;
            }
            Step::Disk(file, change) => disk.take(file, change),
        }
    }
    let first = wrong.first().map_or(String::new(), |first| format!("; {first}"));
    let found = format!(
        "{cuts} moments among {} writes and syncs of {told} collections that changed something: {} where one that was told as stored is lost or the store not sound{first}",
        steps.len() - told,
        wrong.len()
    );
    let passed = wrong.is_empty() && told > 0;
    vec![Row::new(FAULT, "nothing that was stored is lost, the store sound", found, passed)]
}

/// What the daemon did.
enum Step {
    /// It told that a collection of this feed changed something and is stored.
    Told(String),
    Disk(String, Change),
}

enum Change {
    Write(usize, Vec<u8>),
    Cut(usize),
    Remove,
    Sync,
}

/// A file as it is on the disk, and what may not be there yet.
#[derive(Default)]
struct File {
    lasting: Vec<u8>,
    pending: Vec<(Option<usize>, Vec<u8>)>,
}

struct Disk(HashMap<String, File>);

impl Disk {
    /// What is there is there: nobody writes just now.
    fn of(state: &Path) -> Self {
        let names = ["feedmill.db", "feedmill.db-wal"];
        let read = |name: &str| fs::read(state.join(name)).unwrap_or_default();
        Self(names.map(|name| (name.to_owned(), File { lasting: read(name), pending: Vec::new() })).into())
    }

    fn take(&mut self, file: &str, change: &Change) {
        let file = self.0.entry(file.to_owned()).or_default();
        match change {
            Change::Write(at, bytes) => file.pending.push((Some(*at), bytes.clone())),
            Change::Cut(length) => file.pending.push((None, vec![0; *length])),
            Change::Remove => file.pending.push((None, Vec::new())),
            Change::Sync => {
                let pending = std::mem::take(&mut file.pending);
                pending.iter().for_each(|change| put(&mut file.lasting, change));
            }
        }
    }

    /// What is left of it: of what is pending nothing, or a part, a page of which may be torn.
    fn left(&self, chance: &mut Chance) -> Vec<(String, Vec<u8>)> {
        let keeps = chance.below(3);
        let mut left = Vec::new();
        for (name, file) in &self.0 {
            let mut bytes = file.lasting.clone();
            for (at, written) in &file.pending {
                let kept = match (keeps, at) {
                    (0, _) => continue,
                    (1, Some(_)) if chance.below(2) == 0 => continue,
                    (1, Some(_)) if chance.below(4) == 0 => written.len() / 512 * 512 / 2,
                    _ => written.len(),
                };
                put(&mut bytes, &(*at, written[..kept].to_vec()));
            }
            left.push((name.clone(), bytes));
        }
        left
    }
}

/// A write at a place, or without one a new length.
fn put(bytes: &mut Vec<u8>, (at, written): &(Option<usize>, Vec<u8>)) {
    let Some(at) = at else { return bytes.resize(written.len(), 0) };
    let end = at + written.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[*at..end].copy_from_slice(written);
}

/// What is wrong once the machine is up again, if anything is.
fn after(
    disk: &Disk,
    chance: &mut Chance,
    base: &BTreeMap<String, i64>,
    acknowledged: &BTreeMap<String, i64>,
) -> Option<String> {
    let state = tempfile::tempdir().unwrap();
    for (name, bytes) in disk.left(chance) {
        fs::write(state.path().join(name), bytes).unwrap();
    }
    if let Err(error) = SqliteStore::open(state.path()) {
        return Some(error.to_string());
    }
    let checked = SqliteStore::check(state.path()).map(|checked| checked.damage);
    if let Some(damage) = checked.unwrap_or_else(|error| vec![error.to_string()]).first() {
        return Some(damage.clone());
    }
    let found = sequences(state.path()).unwrap_or_default();
    acknowledged.iter().find_map(|(feed, changes)| {
        let (wanted, there) = (base.get(feed)? + changes, found.get(feed).copied().unwrap_or(0));
        (there < wanted).then(|| format!("{feed} stands at change {there}, and {wanted} was stored"))
    })
}

/// How often what a feed shows has changed.
fn sequences(state: &Path) -> Option<BTreeMap<String, i64>> {
    let connection = rusqlite::Connection::open(state.join("feedmill.db")).ok()?;
    let mut statement = connection.prepare("SELECT id, sequence FROM feed").ok()?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
    rows.collect::<Result<_, _>>().ok()
}

/// What strace has noted, in order. A call that another thread's came between is begun where it
/// stands first and ended where it is resumed: a write counts from its beginning, a sync from its end.
fn steps(log: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut syncing: HashMap<&str, String> = HashMap::new();
    for line in log.lines() {
        let Some((thread, call)) = line.split_once(char::is_whitespace) else { continue };
        let call = call.trim_start();
        if call.starts_with("<... f") && call.contains("sync resumed>") {
            if let Some(file) = syncing.remove(thread).filter(|_| call.ends_with("= 0")) {
                steps.push(Step::Disk(file, Change::Sync));
            }
            continue;
        }
        let Some((name, arguments)) = call.split_once('(') else { continue };
        if name == "write" {
            steps.extend(told(&bytes(arguments)).into_iter().map(Step::Told));
            continue;
        }
        let Some(file) = file(name, arguments) else { continue };
        match name {
            "pwrite64" => {
                let at = arguments.rsplit('"').next().unwrap_or_default();
                let at = at.split([',', ')', ' ']).filter(|word| !word.is_empty()).nth(1);
                let at = at.and_then(|at| at.parse().ok()).unwrap_or_else(|| panic!("{call}"));
                steps.push(Step::Disk(file, Change::Write(at, bytes(arguments))));
            }
            "ftruncate" => {
                let length = arguments.split(", ").nth(1).unwrap_or_default();
                let length = length.split([')', ' ']).next().and_then(|length| length.parse().ok());
                steps.push(Step::Disk(file, Change::Cut(length.unwrap_or(0))));
            }
            "unlink" => steps.push(Step::Disk(file, Change::Remove)),
            "fsync" | "fdatasync" if call.contains("unfinished") => drop(syncing.insert(thread, file)),
            "fsync" | "fdatasync" if call.ends_with("= 0") => steps.push(Step::Disk(file, Change::Sync)),
            _ => {}
        }
    }
    steps
}

/// The file of the store that a call is about.
fn file(name: &str, arguments: &str) -> Option<String> {
    let path = if name == "unlink" {
        String::from_utf8(bytes(arguments)).ok()?
    } else {
        let shown = arguments.split_once('<')?.1.split_once('>')?.0;
        if shown.contains("\\x") { String::from_utf8(hex(shown)).ok()? } else { shown.to_owned() }
    };
    let name = path.rsplit('/').next()?.to_owned();
    ["feedmill.db", "feedmill.db-wal"].contains(&name.as_str()).then_some(name)
}

/// The bytes of the first string of a call's arguments.
fn bytes(arguments: &str) -> Vec<u8> {
    arguments.split('"').nth(1).map(hex).unwrap_or_default()
}

fn hex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).map(|byte| u8::from_str_radix(&byte[..2], 16).unwrap()).collect()
}

/// The feeds of which a piece of the log tells that a collection changed something.
fn told(log: &[u8]) -> Vec<String> {
    let log = String::from_utf8_lossy(log).into_owned();
    let of = |line: &str| {
        let (_, line) = line.split_once(" collected feed=")?;
        let moved = ["new=", "changed=", "gone="].iter().any(|word| {
            let count = line.split_once(word).map_or("0", |(_, count)| count);
            !count.starts_with('0')
        });
        let feed = line.trim_start_matches('"').split(['"', ' ']).next()?;
        moved.then(|| feed.to_owned())
    };
    log.lines().filter_map(of).collect()
}
