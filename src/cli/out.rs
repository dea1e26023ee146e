//! What commands print: results on stdout, problems on stderr.
//!
//! A reader that has gone (`feedmill preview … | head`) stops nothing: the rest is said to
//! nobody, and the exit code is what it would have been. Whatever else keeps a result from
//! being written is told at the end, by [`finish`].

use std::fmt::Arguments;
use std::io;
use std::io::{ErrorKind, Write as _};
use std::sync::Mutex;

/// The first failure.
static FAILED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints a line of results, as `println!` does.
macro_rules! say {
    ($($words:tt)*) => {
        $crate::cli::out::line(format_args!($($words)*))
    };
}
pub(super) use say;

/// Prints a line of results.
pub(super) fn line(words: Arguments<'_>) {
    let mut stdout = io::stdout().lock();
    note(stdout.write_fmt(words).and_then(|()| stdout.write_all(b"\n")));
}

/// Prints results as they are.
pub(super) fn bytes(bytes: &[u8]) {
    note(io::stdout().lock().write_all(bytes));
}

/// Prints a line of problems; where that can't be, there is nobody to tell it.
pub(super) fn complain(words: Arguments<'_>) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_fmt(words).and_then(|()| stderr.write_all(b"\n"));
}

fn note(written: io::Result<()>) {
    let Err(error) = written else { return };
    if error.kind() != ErrorKind::BrokenPipe
        && let Ok(mut failed) = FAILED.lock()
    {
        failed.get_or_insert(error);
    }
}

/// Writes out what is left.
///
/// # Errors
/// What kept a result from being written, unless it is that its reader has gone.
pub(super) fn finish() -> io::Result<()> {
    note(io::stdout().lock().flush());
    match FAILED.lock().ok().and_then(|mut failed| failed.take()) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}
