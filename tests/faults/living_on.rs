//! What happens in a long life: a second daemon, backups while it runs, reloads, a folder
//! that goes and comes back.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::until::until;
use crate::world::World;
use std::{
    fs,
    time::{Duration, Instant},
};

pub(crate) fn run(scale: Scale, chance: &mut Chance) -> Vec<Row> {
    vec![second_daemon(), backups(scale, chance), reloads(scale, chance), vanishing(scale)]
}

fn second_daemon() -> Row {
    let mut world = World::new(4, 3);
    let daemon = world.app.start();
    let began = Instant::now();
    let second = world.app.run(&["run"]);
    let took = began.elapsed();
    let told = String::from_utf8_lossy(&second.stderr).into_owned();
    let named = told.contains(&format!("another feedmill holds it (pid {})", daemon.pid()));
    let tally = world.survey(&daemon);
    let found = format!(
        "exit {:?} after {} ms, {}; the first goes on: {}",
        second.status.code().unwrap_or(-1),
        took.as_millis(),
        if named { "naming the first" } else { "not naming the first" },
        tally.told()
    );
    let passed =
        named && second.status.code() == Some(1) && took <= Duration::from_secs(1) && tally.is_clean();
    Row::new(
        "a second daemon on the same state",
        "exits in 1 s, names the first, which is unharmed",
        found,
        passed,
    )
}

fn backups(scale: Scale, chance: &mut Chance) -> Row {
    let mut world = World::new(scale.of(30, 6), 10);
    world.press.grow(true);
    let daemon = world.app.start();
    let (count, mut unsound) = (scale.of(50, 3), 0);
    for _ in 0..count {
        world.post();
        world.change(chance);
        let taken = world.app.run(&["store", "backup", "copy/feedmill.db"]);
        fs::create_dir_all(world.app.path("copy")).unwrap();
        let taken = if taken.status.success() {
            taken
        } else {
            world.app.run(&["store", "backup", "copy/feedmill.db"])
        };
        let sound = feedmill::store::SqliteStore::check(&world.app.path("copy"));
        unsound +=
            usize::from(!taken.status.success() || sound.is_ok_and(|checked| !checked.damage.is_empty()));
    }
    let tally = world.survey(&daemon);
    let found = format!("{count} backups while feeds grow: {unsound} not sound; {}", tally.told());
    Row::new("backup of a store in use", "each sound", found, unsound == 0 && tally.is_clean())
}

fn reloads(scale: Scale, chance: &mut Chance) -> Row {
    let mut world = World::new(scale.of(30, 6), 30);
    world.press.grow(true);
    let daemon = world.app.start();
    let count = scale.of(100, 5);
    for reload in 0..count {
        world.post();
        world.change(chance);
        let title = format!("title: Reload {reload}\n");
        let feed = fs::read_to_string(world.app.path("feeds/f1.yaml")).unwrap();
        let rest: String =
            feed.lines().filter(|line| !line.starts_with("title:")).map(|line| format!("{line}\n")).collect();
        world.app.write("feeds/f1.yaml", &(title + &rest));
        if reload % 3 == 0 {
            world.app.write("feeds/f2.yaml", "titel: broken\n");
        } else {
            let url = world.press.url("/2");
            world.app.write(
                "feeds/f2.yaml",
                &format!("limit: 10000\nsources:\n  - feed: {url}\n    schedule: every 1s\n"),
            );
        }
        daemon.signal("HUP");
        let taken_on = format!("\"Reload {reload}\"");
        until(Duration::from_secs(5), || daemon.get("/f1.json").body.contains(&taken_on));
    }
    world.app.write(
        "feeds/f2.yaml",
        &format!("limit: 10000\nsources:\n  - feed: {}\n    schedule: every 1s\n", world.press.url("/2")),
    );
    daemon.signal("HUP");
    let fresh = world.fresh(&daemon, Duration::from_secs(10));
    let tally = world.survey(&daemon);
    let found =
        format!("{count} reloads while feeds grow, a third of them with a broken file: {}", tally.told());
    Row::new(
        "reload during work",
        "nothing lost, a fresh entry appears",
        found,
        fresh.is_some() && tally.is_clean(),
    )
}

fn vanishing(scale: Scale) -> Row {
    let mut world = World::new(1, 40);
    let daemon = world.app.start();
    drop(world.survey(&daemon));
    let (times, mut less) = (scale.of(20, 2), 0);
    for _ in 0..times {
        fs::rename(world.app.path("site"), world.app.path("away")).unwrap();
        world.refresh();
        let shown = daemon.get("/news.json").json()["items"].as_array().unwrap().len();
        less += usize::from(shown != 40);
        fs::rename(world.app.path("away"), world.app.path("site")).unwrap();
        world.refresh();
    }
    let tally = world.survey(&daemon);
    let found = format!("{times} times: {less} times less was served; {}", tally.told());
    Row::new("a folder that vanishes and comes back", "nothing leaves", found, less == 0 && tally.is_clean())
}
