//! What was found, as a table for people.

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

/// Keeps what a part found beside what the others did the last time, and writes all of it
/// to `docs/faults.md`.
pub(crate) fn write(part: &str, parts: &[&str], seed: u64, took: Duration, rows: &[Row]) {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    fs::create_dir_all(&kept).unwrap();
    let mut text = format!(
        "## {part}\n\n`make faults SEED={seed} PART={part}`, {}{}, {} s\n\n| fault | to be reached | found | |\n|---|---|---|---|\n",
        commit(),
        today(),
        took.as_secs()
    );
    for row in rows {
        let mark = match row.passed {
            Some(true) => "passed",
            Some(false) => "**failed**",
            None => "not tried",
        };
        text += &format!("| {} | {} | {} | {mark} |\n", row.fault, row.reach, row.found.replace('|', "\\|"));
    }
    fs::write(kept.join(part), text).unwrap();
    let mut whole = HEAD.to_owned();
    for part in parts {
        whole += "\n";
        whole +=
            &fs::read_to_string(kept.join(part)).unwrap_or_else(|_| format!("## {part}\n\nnot run yet\n"));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("faults.md"), whole).unwrap();
}

const HEAD: &str = "# What faults do to feedmill\n\n\
    Written by `make faults`; the scripts are in `tests/faults`. The program itself is run against an\n\
    origin that remembers every id it published, while entries and posts are added, edited, dated anew,\n\
    taken back and deleted. After each fault two things are looked at: **conservation** (each entry that\n\
    was published is stored exactly once, under its id and the time it was first seen; unchanged ones byte\n\
    for byte; an edit is there as a whole or not at all, and there in the end; what was taken back is gone\n\
    in the end, its id kept) and **liveness** (a fresh entry appears once the fault is over).\n\
    `make faults SEED=N` does the same again, `make faults PART=kills` one part of it. The program is built\n\
    without optimisation; each part names the commit that it was run on.\n";

/// What was run: the commit, where there is one to be named.
fn commit() -> String {
    let mut command = Command::new("git");
    command.args(["rev-parse", "--short", "HEAD"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = command.output().ok().filter(|output| output.status.success());
    let name = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    name.map_or(String::new(), |name| format!("commit {name}, "))
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
