//! Dates as feeds write them → an instant with its offset.
//!
//! RFC 822 and 2822 in all their broken forms, RFC 3339 and ISO 8601 in theirs,
//! asctime, month names in some thirty languages, Chinese, Japanese and Korean,
//! seconds since 1970. Not a list of formats: the text is cut into numbers and words,
//! and each says what it is by its shape and its neighbours. Never guesses a day that
//! isn't there; a date without a zone is read in the source's.

mod eastern;
mod marked;
mod names;
mod reading;
mod tokens;

use crate::map::date::in_zone;
use crate::model::Date;
use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use reading::Reading;
use tokens::{Token, tokens};

/// Longer texts are cut here: no date is this long.
const MAX_LENGTH: usize = 128;

/// What a date leaves open, as the others of its feed say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Habit {
    /// The zone of dates that name none.
    pub zone: Tz,
    /// Whether `4/11/2026` is a day of November.
    pub day_first: bool,
}

impl Habit {
    /// In a feed in this language, with these dates: one that can be read in one way only
    /// says how the others are read, else the language does. Only the English of the United
    /// States, which is that of feeds that name none, writes the month first.
    pub fn of<'t>(zone: Tz, language: Option<&str>, dates: impl Iterator<Item = &'t str>) -> Self {
        let (mut days, mut months) = (false, false);
        for date in dates.filter(|date| date.contains('/')) {
            match marked::with_slashes(&tokens(cut(date))) {
                Some((13..=31, 1..=12)) => days = true,
                Some((1..=12, 13..=31)) => months = true,
                _ => {}
            }
        }
        let language = language.unwrap_or_default().trim().to_ascii_lowercase();
        let american = ["", "en", "en-us", "en_us"].contains(&language.as_str());
        Self { zone, day_first: if days == months { !american } else { days } }
    }
}

/// Reads a date; `None` where it names no day.
pub fn parse(text: &str, habit: Habit) -> Option<Date> {
    match read(text, habit.day_first)? {
        Moment::Fixed(date) => Some(date),
        Moment::Local(when, named) => Some(in_whole_minutes(in_zone(when, named.unwrap_or(habit.zone)))),
    }
}

/// The same clock on the wall with an offset as dates are written: before there were zones, each
/// place had its own to the second.
fn in_whole_minutes(date: Date) -> Date {
    let seconds = date.offset().local_minus_utc();
    if seconds % 60 == 0 {
        return date;
    }
    let offset = FixedOffset::east_opt(seconds / 60 * 60);
    offset.and_then(|offset| date.naive_local().and_local_timezone(offset).single()).unwrap_or(date)
}

/// What a text says of a moment.
enum Moment {
    /// With its offset.
    Fixed(Date),
    /// What a clock on some wall showed, and in which zone, where that is named.
    Local(NaiveDateTime, Option<Tz>),
}

fn cut(text: &str) -> &str {
    let text = text.trim();
    text.get(..text.floor_char_boundary(MAX_LENGTH)).unwrap_or_default()
}

fn read(text: &str, day_first: bool) -> Option<Moment> {
    let text = cut(text);
    // A year before the first: what an empty date is in some programs.
    if text.starts_with("-0") {
        return None;
    }
    // As .NET writes them in JSON.
    let text =
        text.strip_prefix("/Date(").and_then(|text| text.split([')', '+', '-']).next()).unwrap_or(text);
    let (zone, text) = without_zone(text);
    let tokens = tokens(&eastern::with_digits(&text));
    let tokens = marked::behind_words(&tokens);
    match tokens {
        [Token::Number(value, digits)] => return compact(*value, *digits),
        // Seconds since 1970 as Python counts them.
        [Token::Number(value, 9 | 10), Token::Mark('.'), Token::Number(part, digits)] => {
            let nanoseconds = marked::nanoseconds(*part, *digits)?;
            let date = DateTime::from_timestamp(i64::try_from(*value).ok()?, nanoseconds)?;
            return Some(Moment::Fixed(date.fixed_offset()));
        }
        _ => {}
    }
    let mut reading = Reading { zone, day_first, ..Reading::default() };
    let mut at = 0;
    while at < tokens.len() {
        at += reading.take(tokens, at).max(1);
    }
    reading.finish()
}

/// `Asia/Tokyo` where it stands in a text, and the text without it.
fn without_zone(text: &str) -> (Option<Tz>, String) {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "/_+-".contains(letter);
    let named = text.split(|letter| !is_part(letter)).find_map(|word| {
        let area = word.find(|letter: char| letter.is_ascii_alphabetic())?;
        let name = word.get(area..).filter(|name| name.contains('/'))?;
        Some((name, name.parse().ok()?))
    });
    match named {
        Some((name, zone)) => (Some(zone), text.replace(name, " ")),
        None => (None, text.to_owned()),
    }
}

/// A text that is one number: seconds or milliseconds since 1970, or a date without marks.
fn compact(value: u64, digits: usize) -> Option<Moment> {
    let value = i64::try_from(value).ok()?;
    let counted = |seconds| Some(Moment::Fixed(DateTime::from_timestamp(seconds, 0)?.fixed_offset()));
    let local = |when| Moment::Local(when, None);
    match digits {
        4 => date(value, 1, 1).filter(|_| value > 0).map(local),
        8 => date(value / 10_000, value / 100 % 100, value % 100).map(local),
        9 | 10 => counted(value),
        13 => Some(Moment::Fixed(DateTime::from_timestamp_millis(value)?.fixed_offset())),
        16 => Some(Moment::Fixed(DateTime::from_timestamp_micros(value)?.fixed_offset())),
        12 | 14 => {
            let (value, seconds) = if digits == 14 { (value / 100, value % 100) } else { (value, 0) };
            let (day, time) = (value / 10_000, value % 10_000);
            let seconds = time / 100 * 3600 + time % 100 * 60 + seconds;
            let day = date(day / 10_000, day / 100 % 100, day % 100)?;
            day.checked_add_signed(Duration::seconds(seconds)).map(local)
        }
        _ => None,
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<NaiveDateTime> {
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok().filter(|year| *year > 1)?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    day.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
mod tests;
