//! Values that several keys share: counts, durations.

use crate::model::parse_duration;
use crate::yaml::Node;
use crate::yaml::describe;
use std::time::Duration;

/// Puts what is written in the place of a default.
pub(super) fn replace<T>(default: &mut T, written: Option<T>) {
    if let Some(written) = written {
        *default = written;
    }
}

/// A whole number within bounds.
pub(super) fn count(node: &Node, least: u64, most: u64) -> Result<usize, String> {
    let number = node.as_number(least, most)?;
    usize::try_from(number).map_err(|error| error.to_string())
}

/// A duration, `0s` too.
pub(super) fn duration(node: &Node) -> Result<Duration, String> {
    let reason = match node.text() {
        Some(text) => match parse_duration(text) {
            Ok(duration) => return Ok(duration),
            Err(reason) => reason,
        },
        None => "expected a duration such as `15m`".into(),
    };
    Err(expected_from(&reason, node))
}

/// A duration above zero.
pub(super) fn some_time(node: &Node) -> Result<Duration, String> {
    let duration = duration(node)?;
    if duration.is_zero() { Err("expected a duration above `0s`".into()) } else { Ok(duration) }
}

/// A reason that says what was expected, with what was found.
pub(super) fn expected_from(reason: &str, node: &Node) -> String {
    format!("{reason}, found {}", describe(node))
}
