//! When a source is collected: as it is written, and when that is next.

use crate::model::Crontab;
use crate::model::parse_duration;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use std::time::Duration;

/// When a source is collected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Timetable {
    /// As often as it really changes, within bounds.
    #[default]
    Auto,
    /// This long after the last.
    Every(Duration),
    /// At the times of a crontab line (its text; [`Crontab`] gives the times).
    Cron(String),
}

impl Timetable {
    /// Reads `auto`, `every 15m`, `15m`, `@hourly` or a cron line of 5 or 6 fields;
    /// the error says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text == "auto" {
            return Ok(Self::Auto);
        }
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let interval = match words.as_slice() {
            ["every", interval] => Some(*interval),
            [word] if !word.starts_with('@') => Some(*word),
            _ => None,
        };
        let Some(interval) = interval else {
            Crontab::parse(text)?;
            return Ok(Self::Cron(words.join(" ")));
        };
        let every = parse_duration(interval).map_err(|_| {
            format!("expected `auto`, `every 15m`, `15m`, `@hourly` or a cron line, found `{text}`")
        })?;
        if every.is_zero() {
            return Err("a schedule has to be at least `1s` long".into());
        }
        Ok(Self::Every(every))
    }

    /// The first time after another; `None` for [`Timetable::Auto`], whose pace
    /// the scheduler finds, and for a line that was not read by [`Timetable::parse`].
    pub fn next_after(&self, after: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        match self {
            Self::Auto => None,
            Self::Every(every) => after.checked_add_signed(chrono::Duration::from_std(*every).ok()?),
            Self::Cron(line) => Crontab::parse(line).ok()?.next_after(after, timezone),
        }
    }
}

impl std::fmt::Display for Timetable {
    /// As it is written.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => formatter.write_str("auto"),
            Self::Every(every) => write!(formatter, "every {}", crate::model::show_duration(*every)),
            Self::Cron(line) => formatter.write_str(line),
        }
    }
}
