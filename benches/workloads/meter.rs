//! What a process took: time, CPU, memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Clock ticks a second in `/proc`, on every Linux there is.
const TICKS: f64 = 100.0;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
    /// Largest resident memory of the process itself, in MiB.
    pub(crate) peak: f64,
}

impl Cost {
    /// One line of the table; with what a peer took for the same, how many times as much that is.
    pub(crate) fn tell(&self, what: &str, peer: Option<(&str, Self)>) {
        let beside = peer.map(|(name, peer)| {
            format!("{name}: {:.1}x wall, {:.1}x cpu", peer.wall / self.wall, peer.cpu / self.cpu.max(0.01))
        });
        println!(
            "{what:34}{:9.2}{:9.2}{:10.1}  {}",
            self.wall,
            self.cpu,
            self.peak,
            beside.unwrap_or_default()
        );
    }
}

/// Runs a command to its end; `None` where it isn't installed.
pub(crate) fn run(command: &mut Command) -> Option<Cost> {
    let (began, before) = (Instant::now(), of_children());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
    let mut peak: f64 = 0.0;
    loop {
        peak = peak.max(memory(&child, "VmHWM:"));
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{command:?} failed");
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Some(Cost { wall: began.elapsed().as_secs_f64(), cpu: of_children() - before, peak })
}

/// CPU seconds of a running process so far.
pub(crate) fn of(child: &Child) -> f64 {
    ticks(&format!("/proc/{}/stat", child.id()), 11)
}

fn of_children() -> f64 {
    ticks("/proc/self/stat", 13)
}

/// Two fields of a `stat` file, counted from behind the name.
fn ticks(path: &str, first: usize) -> f64 {
    let stat = fs::read_to_string(path).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[first].parse::<f64>().unwrap() + fields[first + 1].parse::<f64>().unwrap()) / TICKS
}

/// A line of the process's status, in MiB.
pub(crate) fn memory(child: &Child, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or("0");
    found.split_whitespace().next().and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
