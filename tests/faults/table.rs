//! What was found, as a table for people.

use crate::report;
use std::{fmt, fs, path::Path, process::Command, time::Duration};

/// One line of the table.
pub(crate) struct Row {
    pub(crate) fault: String,
    pub(crate) reach: String,
    pub(crate) found: String,
    /// `None`: could not be tried here.
    pub(crate) passed: Option<bool>,
}

impl Row {
    pub(crate) fn new(fault: impl Into<String>, reach: &str, found: impl Into<String>, passed: bool) -> Self {
        Self { fault: fault.into(), reach: reach.into(), found: found.into(), passed: Some(passed) }
    }

    pub(crate) fn skipped(fault: &str, why: &str) -> Self {
        Self { fault: fault.into(), reach: String::new(), found: why.into(), passed: None }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mark = match self.passed {
            Some(true) => "ok    ",
            Some(false) => "FAILED",
            None => "skip  ",
        };
        write!(formatter, "{mark} {}: {}", self.fault, self.found)
    }
}

/// Where what was found is written.
pub(crate) struct Table {
    parts: Vec<&'static str>,
    seed: u64,
}

impl Table {
    pub(crate) fn new(parts: &[&'static str], seed: u64) -> Self {
        Self { parts: parts.to_vec(), seed }
    }

    /// A part begins: what it found the last time is no longer claimed.
    pub(crate) fn begin(&self, part: &str) {
        self.write(part, &format!("{}, begun and not finished\n", self.run(part)));
    }

    /// A part has ended.
    pub(crate) fn end(&self, part: &str, took: Duration, rows: &[Row]) {
        let mut text = format!("{}, {} s\n\n", self.run(part), took.as_secs());
        text += "| fault | to be reached | found | | commit |\n|---|---|---|---|---|\n";
        for row in rows {
            let mark = match row.passed {
                Some(true) => "passed",
                Some(false) => "**failed**",
                None => "not tried",
            };
            let found = row.found.replace('|', "\\|");
            text += &format!("| {} | {} | {found} | {mark} | {} |\n", row.fault, row.reach, commit());
        }
        self.write(part, &text);
    }

    fn run(&self, part: &str) -> String {
        format!("`make faults SEED={} PART={part}`, commit {}, {}", self.seed, commit(), today())
    }

    fn write(&self, part: &str, section: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
        let old = fs::read_to_string(&path).unwrap_or_default();
        fs::write(path, report::renewed(&old, HEAD, &self.parts, part, section)).unwrap();
    }
}

const HEAD: &str = "# What faults do to feedmill\n\n\
    Written by `make faults`; the scripts are in `tests/faults`. The program itself is run against an\n\
    origin that remembers every id it published, while entries and posts are added, edited, dated anew,\n\
    taken back and deleted. After each fault two things are looked at: **conservation** (each entry that\n\
    was published is stored exactly once, under its id and the time it was first seen; unchanged ones byte\n\
    for byte; an edit is there as a whole or not at all, and there in the end; what was taken back is gone\n\
    in the end, its id kept) and **liveness** (a fresh entry appears once the fault is over).\n\
    `make faults SEED=N` does the same again, `make faults PART=kills` one part of it, which leaves the rows\n\
    of the others as they are. The program is built without optimisation; each row names the commit that\n\
    it was measured on.\n";

/// What was run: the commit where there is one to be named, and whether it was that alone.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(name) = git(&["rev-parse", "--short", "HEAD"]) else { return "unknown".to_owned() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs"]);
    if changed.is_some_and(|changed| !changed.is_empty()) { format!("{name} with changes") } else { name }
}

/// The day, UTC.
fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}

/// The value below which this share of them lies.
pub(crate) fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let place = ((times.len() as f64 - 1.0) * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}
