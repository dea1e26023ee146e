//! The oracle itself: told a lie about what was published, it says so. Else it would find
//! nothing wrong whatever a fault had done.

use crate::Scale;
use crate::chance::Chance;
use crate::table::Row;
use crate::world::World;

pub(crate) fn run(_: Scale, _: &mut Chance) -> Vec<Row> {
    let mut missed = Vec::new();
    let mut lies = 0;
    while let Some(what) = lie(lies, &mut missed) {
        println!("  {what}");
        lies += 1;
    }
    let first = missed.first().map_or(String::new(), |first| format!("; {first}"));
    vec![Row::new(
        "the oracle is lied to",
        "each lie is found out",
        format!("{lies} lies, {} missed{first}", missed.len()),
        lies > 0 && missed.is_empty(),
    )]
}

/// One lie about a world of its own; `None` where there are no more.
fn lie(which: usize, missed: &mut Vec<String>) -> Option<String> {
    let mut world = World::with(1, 6, "schedule: every 1h");
    let daemon = world.app.start();
    let before = world.survey(&daemon);
    assert!(before.is_clean(), "{}", before.told());
    let (lie, wanted) = world.lie(which)?;
    let told = world.survey(&daemon).told();
    if !told.contains(wanted) {
        missed.push(format!("{lie}: {told}"));
    }
    Some(format!("{lie}: {told}"))
}
