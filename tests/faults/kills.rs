//! `kill -9` at random moments while 50 feeds and a folder are collected.

use crate::Scale;
use crate::chance::Chance;
use crate::table::{Row, quantile};
use crate::tally::Tally;
use crate::world::World;
use std::time::{Duration, Instant};

/// Everything is compared after so many kills.
const SURVEY: usize = 25;

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    let (kills, feeds) = (scale.of(1000, 6), scale.of(50, 10));
    let mut world = World::with(feeds, 30, "schedule: every 3s");
    world.press.grow(true);
    let (mut tally, mut ready, mut early) = (Tally::default(), Vec::new(), 0);
    for kill in 1..=kills {
        world.post();
        world.change(chance);
        let wait = Duration::from_millis(chance.below(700) as u64);
        let began = Instant::now();
        let mut daemon = world.app.spawn();
        match wait_ready(&mut daemon, wait) {
            Some(()) => {
                ready.push(began.elapsed());
                if kill % 4 == 0 {
                    tally.add(world.glance(&daemon, chance.below(feeds)));
                }
                std::thread::sleep(wait.saturating_sub(began.elapsed()));
            }
            None => early += 1,
        }
        daemon.kill();
        if kill % SURVEY == 0 || kill == kills {
            // Compared while nothing more comes.
            world.press.grow(false);
            let daemon = world.app.start();
            tally.add(world.survey(&daemon));
            world.press.grow(true);
            println!("  {kill} kills: {}", tally.told());
        }
    }
    let found = format!("{kills} kills, {early} of them before it was ready: {}", tally.told());
    let p50 = quantile(&mut ready, 0.5);
    let p99 = quantile(&mut ready, 0.99);
    vec![
        Row::new(
            format!(
                "`kill -9` at random, {feeds} feeds with new entries at every poll and a folder, all of them edited, dated anew and taken back"
            ),
            "0 lost, 0 twice, 0 changed, 0 torn, 0 stale",
            found,
            tally.is_clean(),
        ),
        Row::new(
            "ready again after a kill",
            "1 s at p99",
            format!("{} ms at p50, {} ms at p99 of {} starts", p50.as_millis(), p99.as_millis(), ready.len()),
            p99 <= Duration::from_secs(1),
        ),
    ]
}

fn wait_ready(daemon: &mut crate::app::Daemon, within: Duration) -> Option<()> {
    let until = Instant::now() + within;
    loop {
        let line = daemon.log.recv_timeout(until.saturating_duration_since(Instant::now())).ok()?;
        if let Some((_, address)) = line.split_once("ready listen=") {
            daemon.address = address.trim_matches('"').split(['"', ' ']).next()?.to_owned();
            return Some(());
        }
    }
}
