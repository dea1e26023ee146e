//! A disk that is full: at many points of a commit, and for a while.

use crate::Scale;
use crate::app::Daemon;
use crate::chance::Chance;
use crate::press;
use crate::table::{Row, quantile};
use crate::tally::Tally;
use crate::trace::{self, Fault};
use crate::until::until;
use crate::world::{World, path};
use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const POINTS: &str = "disk full (`ENOSPC`) from some write of a commit on";
const WHILE: &str = "a file system of 4 MB that is full for a while";
const START: &str = "`kill -9` on a full disk, and a start before there is room";
/// Recovery takes no longer.
const LIMIT: Duration = Duration::from_secs(30);
/// Daemons that are worked on at once: each waits most of the time.
const AT_ONCE: usize = 8;

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    let mut rows = vec![points(scale, chance)];
    rows.push(small_disk(scale, chance));
    rows
}

/// A start before there is room.
pub(crate) fn run_starts(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    vec![starts(scale, chance)]
}

/// What one daemon went through.
#[derive(Default)]
struct Went {
    points: usize,
    unanswered: usize,
    stuck: usize,
    recovered: Vec<Duration>,
    tally: Tally,
}

fn points(scale: Scale, chance: &mut Chance) -> Row {
    if !trace::is_here() {
        return Row::skipped(POINTS, trace::MISSING);
    }
    let at_once = scale.of(AT_ONCE, 2);
    let wanted = scale.of(200, 2) / at_once;
    let seeds: Vec<u64> = (0..at_once).map(|_| chance.next()).collect();
    let threads =
        seeds.into_iter().map(|seed| thread::spawn(move || one_daemon(wanted, &mut Chance::new(seed))));
    let threads: Vec<_> = threads.collect();
    let mut all = Went::default();
    for went in threads.into_iter().map(|thread| thread.join().unwrap()) {
        all.points += went.points;
        all.unanswered += went.unanswered;
        all.stuck += went.stuck;
        all.recovered.extend(went.recovered);
        let (published, changes) = (all.tally.published, all.tally.changes);
        let both = (published + went.tally.published, changes + went.tally.changes);
        all.tally.add(went.tally);
        (all.tally.published, all.tally.changes) = both;
    }
    let most = quantile(&mut all.recovered, 1.0);
    let half = quantile(&mut all.recovered, 0.5);
    let found = format!(
        "{} points, {} requests unanswered meanwhile; recovered unaided after {:.1} s (p50), {:.1} s (most), {} never; {}",
        all.points,
        all.unanswered,
        half.as_secs_f64(),
        most.as_secs_f64(),
        all.stuck,
        all.tally.told()
    );
    let passed = all.points > 0 && all.unanswered + all.stuck == 0 && most <= LIMIT && all.tally.is_clean();
    Row::new(POINTS, "feeds answer throughout, recovery unaided in 30 s", found, passed)
}

fn one_daemon(wanted: usize, chance: &mut Chance) -> Went {
    let mut world = World::with(4, 3, "schedule: every 2s");
    let daemon = world.app.start();
    world.refresh();
    let mut went = Went::default();
    for _ in 0..wanted * 2 {
        if went.points == wanted {
            break;
        }
        let file = ["state/feedmill.db-wal", "state/feedmill.db-wal", "state/feedmill.db"][chance.below(3)];
        let (file, log) = (world.app.path(file), world.app.path("trace.log"));
        let inject = format!("pwrite64,ftruncate,fallocate:error=ENOSPC:when={}+", 1 + chance.below(40));
        let fault = Fault::attach(daemon.pid(), &inject, Some(&file), log);
        (0..4).for_each(|feed| world.press.publish(&path(feed), 2));
        world.post();
        world.change(chance);
        let struck = until(Duration::from_secs(6), || fault.struck()).is_some();
        went.unanswered += unanswered(&daemon);
        fault.end();
        if !struck {
            continue;
        }
        went.points += 1;
        match recovered(&world, &daemon) {
            Some(after) => went.recovered.push(after),
            None => went.stuck += 1,
        }
    }
    went.tally.add(world.survey(&daemon));
    went
}

/// Requests that got no whole feed.
fn unanswered(daemon: &Daemon) -> usize {
    let paths = ["/f0.json", "/f1.atom", "/f2.rss", "/news.json", "/all.atom"];
    paths.iter().filter(|path| daemon.get(path).status != 200).count()
}

/// How long until all feeds show their newest.
fn recovered(world: &World, daemon: &Daemon) -> Option<Duration> {
    let began = Instant::now();
    for feed in 0..world.feeds {
        let newest = format!("\"{}\"", press::id(&path(feed), world.press.published(&path(feed))));
        let left = (LIMIT + Duration::from_secs(10)).saturating_sub(began.elapsed());
        until(left, || daemon.get(&format!("/f{feed}.json")).body.contains(&newest))?;
    }
    Some(began.elapsed())
}

/// A real file system with no room left.
fn small_disk(scale: Scale, chance: &mut Chance) -> Row {
    let mut world = World::with(4, 3, "schedule: every 2s");
    let Some(_disk) = Mounted::tmpfs(&world.app.path("state"), "4m") else {
        return Row::skipped(WHILE, "mounting is not permitted here");
    };
    let daemon = world.app.start();
    world.refresh();
    let filler = world.app.path("state/filler");
    // As much as fits; the rest is what it is for.
    let _ = fs::write(&filler, vec![0; 8 << 20]);
    let full = Duration::from_secs(scale.of(30, 2));
    let (began, mut asked, mut failed) = (Instant::now(), 0, 0);
    while began.elapsed() < full {
        // No more than stay at the origin until there is room.
        (0..4).for_each(|feed| world.press.publish(&path(feed), 1));
        world.post();
        world.change(chance);
        until(Duration::from_secs(1), || {
            failed += unanswered(&daemon);
            asked += 5;
            false
        });
    }
    fs::remove_file(filler).unwrap();
    let after = recovered(&world, &daemon);
    let tally = world.survey(&daemon);
    let told = after.map_or("never".into(), |after| format!("after {:.1} s", after.as_secs_f64()));
    let found = format!(
        "full for {} s: {failed} of {asked} requests unanswered; recovered unaided {told}; {}",
        full.as_secs(),
        tally.told()
    );
    let passed = failed == 0 && after.is_some_and(|after| after <= LIMIT) && tally.is_clean();
    Row::new(WHILE, "feeds answer throughout, recovery unaided in 30 s", found, passed)
}

/// Killed while there is no room, and started again before there is any.
fn starts(scale: Scale, chance: &mut Chance) -> Row {
    let mut world = World::with(4, 3, "schedule: every 2s");
    let state = world.app.path("state");
    let Some(_disk) = Mounted::tmpfs(&state, "4m") else {
        return Row::skipped(START, "mounting is not permitted here");
    };
    let mut tally = Tally::default();
    let (mut refused, mut failed, mut recoveries) = (0, 0, Vec::new());
    let times = scale.of(20, 1);
    drop(world.app.start());
    for _ in 0..times {
        let mut daemon = world.app.start();
        world.refresh();
        let filler = state.join("filler");
        let _ = fs::write(&filler, vec![0; 8 << 20]);
        (0..4).for_each(|feed| world.press.publish(&path(feed), 1));
        world.post();
        world.change(chance);
        thread::sleep(Duration::from_millis(chance.below(4000) as u64));
        daemon.kill();
        let Ok(daemon) = world.app.spawn().ready() else {
            refused += 1;
            fs::remove_file(filler).unwrap();
            continue;
        };
        failed += unanswered(&daemon);
        fs::remove_file(filler).unwrap();
        recoveries.extend(recovered(&world, &daemon));
        tally.add(world.survey(&daemon));
    }
    let stuck = times - refused - recoveries.len();
    let most = quantile(&mut recoveries, 1.0);
    let found = format!(
        "{times} times: {refused} starts refused, {failed} requests unanswered before there was room, recovered unaided after {:.1} s (most), {stuck} never; {}",
        most.as_secs_f64(),
        tally.told()
    );
    let passed = refused + failed + stuck == 0 && most <= LIMIT && tally.is_clean();
    Row::new(START, "serves what is stored, recovery unaided in 30 s", found, passed)
}

/// A file system of our own, until it is dropped.
pub(crate) struct Mounted(std::path::PathBuf);

impl Mounted {
    pub(crate) fn tmpfs(at: &std::path::Path, size: &str) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }

    /// A new ext4 in a file, mounted there.
    pub(crate) fn ext4(image: &std::path::Path, at: &std::path::Path) -> Option<Self> {
        fs::File::create(image).unwrap().set_len(64 << 20).unwrap();
        let mut command = Command::new("mkfs.ext4");
        command.args(["-q", "-F"]).arg(image).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then_some(())?;
        Self::of(image, at)
    }

    /// A file system in a file, mounted there.
    pub(crate) fn of(image: &std::path::Path, at: &std::path::Path) -> Option<Self> {
        fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-o", "loop"]).arg(image).arg(at).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success()).then(|| Self(at.to_owned()))
    }

    pub(crate) fn remount(&self, how: &str) -> bool {
        let mut command = Command::new("mount");
        command.args(["-o", &format!("remount,{how}")]).arg(&self.0).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
