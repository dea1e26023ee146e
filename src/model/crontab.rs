//! A crontab line → its times, as `crontab(5)` means them.
//!
//! In: 5 fields, or 6 with seconds first, or `@hourly` and its like. Out: the next
//! time after another, in a zone. The fields are read here, since the `cron` crate
//! counts Sunday as 1 and takes day of month and day of week together; it finds
//! the times on the wall clock, and what a changing clock does to them is decided
//! here, by Vixie cron's rules:
//!
//! - A line with fixed times that fall into the hour that is skipped runs once, right
//!   after it; in the hour that repeats it runs once, the first time.
//! - A line that begins its minutes, hours or seconds with `*` runs by the time that
//!   passes: nothing is made up for in the skipped hour, and the repeated hour counts twice.

use chrono::{DateTime, Duration, MappedLocalTime, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::Tz;
use std::str::FromStr;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// A crontab line, read.
#[derive(Debug, Clone)]
pub struct Crontab {
    /// One schedule, or two where a day may come by its date or by its weekday.
    schedules: Vec<cron::Schedule>,
    /// It runs by the time that passes, not at fixed times of the day.
    running: bool,
}

/// One of the six fields.
struct Field {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
    /// What the first of `names` stands for.
    first: u32,
}

const FIELDS: [Field; 6] = [
    Field { name: "second", least: 0, most: 59, names: &[], first: 0 },
    Field { name: "minute", least: 0, most: 59, names: &[], first: 0 },
    Field { name: "hour", least: 0, most: 23, names: &[], first: 0 },
    Field { name: "day of month", least: 1, most: 31, names: &[], first: 0 },
    Field { name: "month", least: 1, most: 12, names: &MONTHS, first: 1 },
    Field { name: "day of week", least: 0, most: 7, names: &WEEKDAYS, first: 0 },
];

impl Crontab {
    /// Reads a line; the error says which field is wrong and what it may be. A line
    /// that never comes due (`0 0 30 2 *`) is an error too.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = match line.trim() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            word if word.starts_with('@') => {
                return Err(format!(
                    "`{word}` is none of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`"
                ));
            }
            line => line,
        };
        let mut texts: Vec<&str> = line.split_ascii_whitespace().collect();
        match texts.len() {
            5 => texts.insert(0, "0"),
            6 => {}
            number => {
                return Err(format!(
                    "a cron line has 5 fields, or 6 with seconds first, and `{line}` has {number}"
                ));
            }
        }
        let [second, minute, hour, day, month, weekday] = texts.as_slice() else {
            return Err("a cron line has 5 or 6 fields".into());
        };
        let mut spelled = Vec::new();
        for (field, text) in FIELDS.iter().zip(&texts) {
            spelled.push(field.spell(text)?);
        }
        let [seconds, minutes, hours, days, months, weekdays] = spelled.as_slice() else {
            return Err("a cron line has 5 or 6 fields".into());
        };
        // crontab(5): where both are restricted, the day comes when either matches.
        let either = !day.starts_with('*') && !weekday.starts_with('*');
        let choices = if either {
            vec![(days.as_str(), "*"), ("*", weekdays.as_str())]
        } else {
            vec![(days.as_str(), weekdays.as_str())]
        };
        let mut schedules = Vec::new();
        for (days, weekdays) in choices {
            let text = format!("{seconds} {minutes} {hours} {days} {months} {weekdays}");
            let schedule = cron::Schedule::from_str(&text).map_err(|error| format!("`{line}`: {error}"))?;
            schedules.push(schedule);
        }
        let by_the_clock = texts.len() == 6 && second.starts_with('*');
        let running = by_the_clock || minute.starts_with('*') || hour.starts_with('*');
        let crontab = Self { schedules, running };
        let leap_year = DateTime::from_timestamp(946_684_800, 0).unwrap_or_default();
        if crontab.on_the_wall(leap_year.naive_utc()).is_none() {
            return Err(format!("`{line}` never comes due: no month `{month}` has a day `{day}`"));
        }
        Ok(crontab)
    }

    /// The first time after another; `None` after the year 2100.
    pub fn next_after(&self, after: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        if self.running { self.next_running(after, timezone) } else { self.next_fixed(after, timezone) }
    }

    /// The next time on a wall clock that never changes.
    fn on_the_wall(&self, after: NaiveDateTime) -> Option<NaiveDateTime> {
        self.schedules
            .iter()
            .filter_map(|schedule| schedule.after(&after.and_utc()).next())
            .min()
            .map(|time| time.naive_utc())
    }

    fn next_fixed(&self, after: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        let mut wall = after.with_timezone(&timezone).naive_local();
        loop {
            wall = self.on_the_wall(wall)?;
            let due = match timezone.from_local_datetime(&wall) {
                MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _) => time,
                MappedLocalTime::None => after_the_gap(wall, timezone)?,
            };
            // In the hour that repeats, the first pass may lie behind already.
            if due > after {
                return Some(due.to_utc());
            }
        }
    }

    fn next_running(&self, after: DateTime<Utc>, timezone: Tz) -> Option<DateTime<Utc>> {
        let mut from = after;
        let mut offset = offset_at(from, timezone);
        let mut due = self.on_the_wall(after.naive_utc() + offset)? - offset;
        loop {
            // A day at a time, so that no change of the clock is stepped over.
            let horizon = from + Duration::days(1);
            if offset_at(horizon, timezone) == offset {
                if due <= horizon.naive_utc() {
                    return Some(due.and_utc());
                }
                from = horizon;
                continue;
            }
            let change = first_change(from, horizon, timezone);
            if due < change.naive_utc() {
                return Some(due.and_utc());
            }
            from = change;
            offset = offset_at(change, timezone);
            let just_before = change.naive_utc() + offset - Duration::seconds(1);
            due = self.on_the_wall(just_before)? - offset;
        }
    }
}

impl Field {
    /// The field as the `cron` crate wants it: `*` or a list of numbers.
    fn spell(&self, text: &str) -> Result<String, String> {
        let mut chosen = std::collections::BTreeSet::new();
        for part in text.split(',') {
            let (range, step) = match part.split_once('/') {
                None => (part, 1),
                Some((range, step)) => (range, self.step(part, range, step)?),
            };
            let (first, last) = match range.split_once('-') {
                _ if range == "*" => (self.least, self.most),
                None => (self.number(range)?, self.number(range)?),
                Some((first, last)) => (self.number(first)?, self.number(last)?),
            };
            if first > last {
                return Err(format!("the {} range `{part}` runs backwards", self.name));
            }
            chosen.extend((first..=last).step_by(step));
        }
        if self.most == 7 {
            // 0 and 7 are both Sunday; the crate counts from 1.
            let sunday = chosen.remove(&7) | chosen.remove(&0);
            chosen = chosen.into_iter().map(|day| day + 1).collect();
            if sunday {
                chosen.insert(1);
            }
        }
        let all = if self.most == 7 { 7 } else { self.most - self.least + 1 };
        if chosen.len() == all as usize {
            return Ok("*".into());
        }
        let numbers: Vec<String> = chosen.iter().map(u32::to_string).collect();
        Ok(numbers.join(","))
    }

    fn step(&self, part: &str, range: &str, step: &str) -> Result<usize, String> {
        if range != "*" && !range.contains('-') {
            return Err(format!(
                "the {} `{part}` has a step without a range, write `{range}-{}/{step}`",
                self.name, self.most
            ));
        }
        step.parse().ok().filter(|step| *step > 0 && *step <= self.most as usize).ok_or_else(|| {
            format!("the {} `{part}` has a step that is not from 1 to {}", self.name, self.most)
        })
    }

    fn number(&self, text: &str) -> Result<u32, String> {
        let lower = text.to_ascii_lowercase();
        let named = (lower.len() >= 3)
            .then(|| {
                self.names.iter().position(|name| *name == lower || name.get(..3) == Some(lower.as_str()))
            })
            .flatten()
            .and_then(|place| u32::try_from(place).ok());
        if let Some(place) = named {
            return Ok(self.first + place);
        }
        text.parse()
            .ok()
            .filter(|number| {
                text.bytes().all(|byte| byte.is_ascii_digit()) && (self.least..=self.most).contains(number)
            })
            .ok_or_else(|| {
                let or_name = if self.names.is_empty() { "" } else { " or a name" };
                format!(
                    "the {} `{text}` is not a number from {} to {}{or_name}",
                    self.name, self.least, self.most
                )
            })
    }
}

fn offset_at(time: DateTime<Utc>, timezone: Tz) -> Duration {
    let offset = timezone.offset_from_utc_datetime(&time.naive_utc()).fix();
    Duration::seconds(i64::from(offset.local_minus_utc()))
}

/// The first second with another offset than `from`; `to` has another one.
fn first_change(from: DateTime<Utc>, to: DateTime<Utc>, timezone: Tz) -> DateTime<Utc> {
    let old = offset_at(from, timezone);
    let (mut same, mut other) = (from.timestamp(), to.timestamp());
    while other - same > 1 {
        let middle = same + (other - same) / 2;
        let time = DateTime::from_timestamp(middle, 0).unwrap_or(to);
        if offset_at(time, timezone) == old {
            same = middle;
        } else {
            other = middle;
        }
    }
    DateTime::from_timestamp(other, 0).unwrap_or(to)
}

/// The first time that exists after one that the clock skips.
fn after_the_gap(skipped: NaiveDateTime, timezone: Tz) -> Option<DateTime<Tz>> {
    let at = |seconds: i64| timezone.from_local_datetime(&(skipped + Duration::seconds(seconds)));
    // The longest gap there was is the day that Samoa left out.
    let (mut inside, mut outside) = (0, 2 * 24 * 60 * 60);
    while outside - inside > 1 {
        let middle = i64::midpoint(inside, outside);
        if matches!(at(middle), MappedLocalTime::None) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    at(outside).earliest()
}
