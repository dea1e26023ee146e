//! Waiting for what a real process does: asked again and again, with a deadline.

use std::{
    thread,
    time::{Duration, Instant},
};

/// Between two questions.
const PACE: Duration = Duration::from_millis(20);

/// How long until this is so; `None` where it is not within the time.
pub(crate) fn until(within: Duration, mut is_so: impl FnMut() -> bool) -> Option<Duration> {
    let began = Instant::now();
    while !is_so() {
        if began.elapsed() > within {
            return None;
        }
        thread::sleep(PACE);
    }
    Some(began.elapsed())
}
