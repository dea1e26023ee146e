//! Log lines on stderr, in nobody's way: a reader that is slow, stuck or gone costs lines,
//! never the work that they tell of.

use crate::clock::Clock;
use crate::clock::SystemClock;
use chrono::SecondsFormat;
use serde_json::json;
use std::{
    io::{self, Write},
    sync::mpsc::{self, Receiver, SyncSender, TrySendError},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that wait for a slow reader; of more the rest is dropped and counted.
const WAITING: usize = 4096;
/// At the end of the program, what still waits is given so long.
const AT_THE_END: Duration = Duration::from_secs(1);

/// What lines look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// Where lines go.
#[derive(Clone)]
pub(super) struct Lines {
    queue: SyncSender<Said>,
    dropped: Arc<AtomicUsize>,
}

enum Said {
    Line(Vec<u8>),
    /// All lines before it are written.
    Done(SyncSender<()>),
}

/// Writes what still waits when it is dropped, as far as somebody reads it.
pub(super) struct Flush(Option<Lines>);

impl Lines {
    /// Starts the thread that writes; where there can't be one, nothing is logged.
    pub(super) fn start(form: Form) -> Self {
        let (queue, lines) = mpsc::sync_channel(WAITING);
        let dropped = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&dropped);
        // Without it there is nowhere to say so.
        let _ = std::thread::Builder::new().name("log".into()).spawn(move || write(&lines, &counted, form));
        Self { queue, dropped }
    }

    pub(super) fn flush(&self) -> Flush {
        Flush(Some(self.clone()))
    }
}

impl Flush {
    /// For a log that goes elsewhere.
    pub(super) fn nothing() -> Self {
        Self(None)
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        let Some(lines) = self.0.take() else { return };
        let (done, is_done) = mpsc::sync_channel(1);
        if lines.queue.try_send(Said::Done(done)).is_ok() {
            // Nobody reads: the rest is lost.
            let _ = is_done.recv_timeout(AT_THE_END);
        }
    }
}

fn write(lines: &Receiver<Said>, dropped: &AtomicUsize, form: Form) {
    while let Ok(said) = lines.recv() {
        let mut stderr = io::stderr().lock();
        // Whoever read it may be gone; the work goes on.
        match said {
            Said::Line(line) => drop(stderr.write_all(&line)),
            Said::Done(done) => drop(done.try_send(())),
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let _ = writeln!(stderr, "{}", notice(lost, form));
        }
    }
}

/// What is said of lost lines, with the keys that the others have.
fn notice(lost: usize, form: Form) -> String {
    let message = format!("{lost} log lines were dropped: whoever reads them was too slow");
    match form {
        Form::Text => message,
        Form::Json => json!({
            "timestamp": SystemClock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
            "level": "WARN",
            "fields": { "message": message },
            "target": module_path!(),
        })
        .to_string(),
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { lines: self.clone(), bytes: Vec::new() }
    }
}

/// One line that is being put together; it goes out whole.
pub(super) struct Line {
    lines: Lines,
    bytes: Vec<u8>,
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let line = Said::Line(std::mem::take(&mut self.bytes));
        if let Err(TrySendError::Full(_)) = self.lines.queue.try_send(line) {
            self.lines.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
