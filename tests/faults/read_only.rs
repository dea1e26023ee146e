//! A state directory that can only be read: from the start, and all at once.

use crate::Scale;
use crate::app::Daemon;
use crate::chance::Chance;
use crate::full_disk::Mounted;
use crate::press;
use crate::table::Row;
use crate::trace::{self, Fault};
use crate::until::until;
use crate::world::{World, path};
use std::time::Duration;

/// Recovery takes no longer.
const LIMIT: Duration = Duration::from_secs(30);
const NAMED: &str =
    "failed: store: error: storing a collection: the file system of the state directory is read-only";
const MISSING: &str = "mounting is not permitted here";

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    vec![at_once(scale, chance), for_a_while(scale, chance), from_the_start()]
}

/// As a kernel does with a file system that it trusts no more.
fn at_once(scale: Scale, chance: &mut Chance) -> Row {
    const FAULT: &str = "the file system turns read-only below the daemon (ext4, `remount,abort`)";
    let mut world = World::with(4, 3, "schedule: every 2s");
    let (state, image) = (world.app.path("state"), world.app.path("disk.img"));
    let Some(disk) = Mounted::ext4(&image, &state) else { return Row::skipped(FAULT, MISSING) };
    let mut daemon = world.app.start();
    world.refresh();
    drop(world.survey(&daemon));
    assert!(disk.remount("abort"));
    let went = worked_on(&mut world, &daemon, chance, scale.of(10, 1));
    let told = daemon.log.try_iter().any(|line| line.contains(NAMED));
    let alive = daemon.get("/health/live").status;
    daemon.signal("TERM");
    let code = daemon.end(Duration::from_secs(10));
    // What the journal has is put in place by the next mount.
    drop(disk);
    let again = Mounted::of(&image, &state);
    let daemon = world.app.start();
    let tally = world.survey(&daemon);
    let found = format!(
        "{} of {} requests unanswered, {} times served though it was not stored, {}; exit {code:?}; mounted and started again {}",
        went.unanswered,
        went.asked,
        went.shown,
        if told { "the log says why" } else { "the log says nothing" },
        tally.told()
    );
    let passed = went.is_clean() && told && alive == 200 && code == Some(0) && again.is_some();
    Row::new(
        FAULT,
        "feeds answer throughout, nothing served that isn't stored, nothing lost after a mount",
        found,
        passed && tally.is_clean(),
    )
}

/// Every call that would write answers `EROFS`, and then no more.
fn for_a_while(scale: Scale, chance: &mut Chance) -> Row {
    const FAULT: &str = "every write answers `EROFS` for a while";
    const CALLS: &str = "pwrite64,pwritev,ftruncate,fallocate,fsync,fdatasync,unlink,rename";
    if !trace::is_here() {
        return Row::skipped(FAULT, trace::MISSING);
    }
    let mut world = World::with(4, 3, "schedule: every 2s");
    let daemon = world.app.start();
    world.refresh();
    let (mut went, mut struck, mut slow) = (Went::default(), 0, 0);
    let times = scale.of(5, 1);
    for _ in 0..times {
        let log = world.app.path("trace.log");
        let fault = Fault::attach(daemon.pid(), &format!("{CALLS}:error=EROFS"), None, log);
        went.add(worked_on(&mut world, &daemon, chance, scale.of(5, 1)));
        struck += usize::from(fault.struck());
        fault.end();
        slow += usize::from(world.fresh(&daemon, LIMIT).is_none());
    }
    let tally = world.survey(&daemon);
    let found = format!(
        "{struck} times: {} of {} requests unanswered, {} times served though it was not stored, {slow} times not over it in 30 s; {}",
        went.unanswered,
        went.asked,
        went.shown,
        tally.told()
    );
    Row::new(
        FAULT,
        "feeds answer throughout, nothing served that isn't stored, recovery unaided in 30 s",
        found,
        struck == times && slow == 0 && went.is_clean() && tally.is_clean(),
    )
}

#[derive(Default)]
struct Went {
    asked: usize,
    unanswered: usize,
    shown: usize,
}

impl Went {
    fn is_clean(&self) -> bool {
        self.unanswered + self.shown == 0
    }

    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.unanswered += other.unanswered;
        self.shown += other.shown;
    }
}

/// So many rounds of news, of which nothing can be stored, each through a poll.
fn worked_on(world: &mut World, daemon: &Daemon, chance: &mut Chance, rounds: usize) -> Went {
    let mut went = Went::default();
    for _ in 0..rounds {
        let asked = world.press.asked().values().sum::<usize>();
        (0..4).for_each(|feed| world.press.publish(&path(feed), 1));
        world.post();
        world.change(chance);
        // An answer that can't be stored is kept: its origin is not asked again meanwhile.
        until(Duration::from_secs(3), || world.press.asked().values().sum::<usize>() >= asked + 4);
        for path in ["/f0.json", "/f1.atom", "/f2.rss", "/news.json", "/all.atom"] {
            went.asked += 1;
            went.unanswered += usize::from(daemon.get(path).status != 200);
        }
        let newest = press::id(&path(3), world.press.published(&path(3)));
        went.shown += usize::from(daemon.get("/f3.json").body.contains(&format!("\"{newest}\"")));
    }
    went
}

fn from_the_start() -> Row {
    const FAULT: &str = "a start on a read-only state directory";
    let mut world = World::with(4, 3, "schedule: every 2s");
    let Some(disk) = Mounted::tmpfs(&world.app.path("state"), "64m") else {
        return Row::skipped(FAULT, MISSING);
    };
    drop(world.app.start());
    assert!(disk.remount("ro"));
    let output = world.app.run(&["run"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    disk.remount("rw");
    let daemon = world.app.start();
    let tally = world.survey(&daemon);
    let clear = output.status.code() == Some(1) && told.contains("opening the state directory");
    let found = format!(
        "ends with code {:?} and names it; then {}",
        output.status.code().unwrap_or(-1),
        tally.told()
    );
    Row::new(FAULT, "a clear error, nothing lost", found, clear && tally.is_clean())
}
