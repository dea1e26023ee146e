//! A disk that loses what was synced, no file handles, little memory.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::trace::{self, Fault};
use crate::until::until;
use crate::world::{World, path};
use std::{
    fs,
    net::TcpStream,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    vec![failing_sync(scale, chance), no_handles(scale), little_memory(scale, chance)]
}

fn failing_sync(scale: Scale, chance: &mut Chance) -> Row {
    const FAULT: &str = "`fsync` answers `EIO`";
    if !trace::is_here() {
        return Row::skipped(FAULT, trace::MISSING);
    }
    let mut world = World::with(4, 3, "schedule: every 2s");
    let mut daemon = world.app.start();
    world.refresh();
    let (mut slow, mut shown, mut struck) = (0, 0, 0);
    let times = scale.of(10, 1);
    for at in 0..times {
        let log = world.app.path("trace.log");
        // The first sync of a commit, the second, the third: a log begun anew is synced more often.
        let inject = format!("fsync,fdatasync:error=EIO:when={}+", 1 + at % 3);
        let fault = Fault::attach(daemon.pid(), &inject, None, log);
        let began = Instant::now();
        while !fault.struck() && began.elapsed() < Duration::from_secs(15) {
            (0..4).for_each(|feed| world.press.publish(&path(feed), 1));
            world.change(chance);
            until(Duration::from_millis(2500), || fault.struck());
        }
        // Long enough for what was not stored to be served, if it were.
        let newest = crate::press::id(&path(3), world.press.published(&path(3)));
        let served = || daemon.get("/f3.json").body.contains(&format!("\"{newest}\""));
        let served = until(Duration::from_secs(1), served).is_some();
        struck += usize::from(fault.struck());
        // What can't be made to last is not told as stored: nothing of it is served yet.
        shown += usize::from(at % 3 == 0 && served);
        fault.end();
        slow += usize::from(world.fresh(&daemon, LIMIT).is_none());
    }
    daemon.kill();
    let daemon = world.app.start();
    let tally = world.survey(&daemon);
    let found = format!(
        "{struck} times: {shown} times served though it was not stored, {slow} times not over it in 30 s; {}",
        tally.told()
    );
    Row::new(
        FAULT,
        "told as lost and stored again; nothing served that isn't stored",
        found,
        shown + slow == 0 && tally.is_clean() && struck > 0,
    )
}

fn no_handles(scale: Scale) -> Row {
    const FAULT: &str = "no file handles left (`prlimit --nofile`)";
    let mut world = World::with(4, 3, "schedule: every 2s");
    let handles = scale.of(96, 64);
    let Ok(daemon) = world.app.spawn_under(&["prlimit", &format!("--nofile={handles}:{handles}")]).ready()
    else {
        return Row::skipped(FAULT, "prlimit is not installed, or it could not start under it");
    };
    world.refresh();
    let clients: Vec<TcpStream> =
        (0..handles * 2).filter_map(|_| TcpStream::connect(&daemon.address).ok()).collect();
    (0..4).for_each(|feed| world.press.publish(&path(feed), 1));
    let before = cpu(daemon.pid());
    std::thread::sleep(Duration::from_secs(scale.of(10, 2)));
    let busy = cpu(daemon.pid()) - before;
    let held = clients.len();
    drop(clients);
    let over = world.fresh(&daemon, LIMIT);
    let tally = world.survey(&daemon);
    let told = over
        .map_or("not over it in 30 s".into(), |over| format!("over it after {:.1} s", over.as_secs_f64()));
    let spent = busy.as_secs_f64();
    let found = format!(
        "{handles} handles, {held} clients: {spent:.1} s of processor time meanwhile, {told}; {}",
        tally.told()
    );
    let idle = busy < Duration::from_secs(scale.of(5, 1));
    Row::new(FAULT, "no spinning, over it in 30 s", found, over.is_some() && idle && tally.is_clean())
}

/// Processor time used so far.
fn cpu(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: u64 = [11, 12].iter().filter_map(|at| fields.get(*at)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn little_memory(scale: Scale, chance: &mut Chance) -> Row {
    let fault = "little memory (`prlimit --as`)";
    let mut world = World::with(8, 40, "schedule: every 1s");
    world.press.grow(true);
    let (mut refused, mut ran, mut died) = (0, 0, 0);
    for step in 0..scale.of(24_u64, 3) {
        let bytes = (40 << 20) + step * scale.of(16 << 20, 200 << 20);
        world.post();
        world.change(chance);
        match world.app.spawn_under(&["prlimit", &format!("--as={bytes}")]).ready() {
            Err(_) => refused += 1,
            Ok(mut daemon) => match daemon.end(Duration::from_millis(700)) {
                Some(_) => died += 1,
                None => {
                    ran += 1;
                    daemon.kill();
                }
            },
        }
    }
    let daemon = world.app.start();
    let tally = world.survey(&daemon);
    let found = format!("{refused} starts refused, {died} ended later, {ran} ran; {}", tally.told());
    Row::new(fault, "runs or ends, loses nothing", found, tally.is_clean())
}
