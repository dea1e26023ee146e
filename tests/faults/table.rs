//! What was found, as a table for people.

use std::{fmt, fs, path::Path, time::Duration};

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

pub(crate) struct Table {
    seed: u64,
    pub(crate) rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, rows: Vec::new() }
    }

    /// Writes `docs/faults.md`.
    pub(crate) fn write(&self) {
        let mut text = format!(
            "# What faults do to feedmill\n\n\
             Written by `make faults` (seed {}; `tests/faults` has the scripts). The program itself is run\n\
             against an origin that remembers every id it published. After each fault two things are\n\
             looked at: **conservation** (each entry that was published is stored exactly once, with its id,\n\
             dates and bytes unchanged) and **liveness** (a fresh entry appears once the fault is over).\n\n\
             | fault | to be reached | found | |\n|---|---|---|---|\n",
            self.seed
        );
        for row in &self.rows {
            let mark = match row.passed {
                Some(true) => "passed",
                Some(false) => "**failed**",
                None => "not tried",
            };
            text += &format!("| {} | {} | {} | {mark} |\n", row.fault, row.reach, row.found);
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("faults.md"), text).unwrap();
        println!("written: docs/faults.md");
    }
}

/// The value below which this share of them lies.
pub(crate) fn quantile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let place = ((times.len() as f64 - 1.0) * share).round() as usize;
    times.get(place).copied().unwrap_or_default()
}
