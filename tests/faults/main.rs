//! Faults: what happens to the program when it is killed, when its disk is full, when what
//! it reads is hostile. `make faults` runs all of it and writes `docs/faults.md`;
//! `cargo test` runs a little of each part.
//!
//! `cargo test --test faults -- [full] [seed=N] [PART…]`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::pedantic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    missing_docs,
    dead_code,
    reason = "a fault test prints, measures real time, and fails by panicking; it shares `app` with the tests"
)]

#[path = "../it/app.rs"]
mod app;
mod bytes;
mod chance;
mod copies;
mod damaged;
mod full_disk;
mod hostile;
mod kills;
mod limits;
mod living_on;
mod mutate;
mod oracle;
mod points;
mod power;
mod press;
mod read_only;
mod report;
mod stopping;
mod story;
mod table;
mod tally;
mod trace;
mod until;
mod world;

use chance::Chance;
use std::time::Instant;
use table::{Row, Table};

/// How much of it is done.
#[derive(Clone, Copy)]
pub(crate) struct Scale {
    full: bool,
}

impl Scale {
    /// The first number with `full`, the second in the short run.
    pub(crate) fn of<T>(self, full: T, short: T) -> T {
        if self.full { full } else { short }
    }
}

type Part = fn(Scale, &mut Chance) -> Vec<Row>;

const PARTS: [(&str, Part); 14] = [
    ("oracle", oracle::run),
    ("kills", kills::run),
    ("points", points::run),
    ("power", power::run),
    ("copies", copies::run),
    ("disk", full_disk::run),
    ("starts", full_disk::run_starts),
    ("limits", limits::run),
    ("read-only", read_only::run),
    ("damage", damaged::run),
    ("hostile", hostile::run),
    ("stopping", stopping::run),
    ("living", living_on::run),
    ("bytes", bytes::run),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let scale = Scale { full: words.iter().any(|word| word == "full") };
    let seed = words.iter().find_map(|word| word.strip_prefix("seed=")?.parse().ok());
    let seed = seed.unwrap_or_else(|| if scale.full { u64::from(std::process::id()) } else { 7 });
    let chosen: Vec<&String> =
        words.iter().filter(|word| *word != "full" && !word.starts_with("seed=")).collect();
    println!("seed {seed}{}", if scale.full { "" } else { ", a short run (`make faults` runs all of it)" });
    let (table, mut failed) = (Table::new(&PARTS.map(|(name, _)| name), seed), 0);
    for (name, part) in PARTS {
        if !chosen.is_empty() && !chosen.iter().any(|word| *word == name) {
            continue;
        }
        let began = Instant::now();
        if scale.full {
            table.begin(name);
        }
        let rows = part(scale, &mut Chance::new(seed));
        for row in &rows {
            println!("{row}");
        }
        println!("  ({name}: {:.0} s)", began.elapsed().as_secs_f64());
        failed += rows.iter().filter(|row| row.passed == Some(false)).count();
        if scale.full {
            table.end(name, began.elapsed(), &rows);
        }
    }
    if failed > 0 {
        println!("{failed} of them failed; run again with `seed={seed}`");
        std::process::exit(1);
    }
}
