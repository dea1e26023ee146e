//! A date as a person or a script wrote it → day, time and zone, as far as each was written.
//!
//! In: text. Out: a [`Stamp`]. Never asks what time it is, and never guesses a
//! zone: which one holds where none is written is for the caller to say.

mod reader;

use crate::model::Date;
use chrono::{DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;
use reader::Reader;

/// Longer texts are cut: no date is longer.
const MAX_BYTES: usize = 128;
/// Four digits that stand alone are a year within these.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2199;

/// A date as written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp {
    /// The wall clock where it was written; midnight without a time.
    pub when: NaiveDateTime,
    /// The zone, where one is written.
    pub zone: Zone,
    /// How the day is written.
    pub style: Style,
    /// Whether a time of day is written.
    pub has_time: bool,
    /// Whether seconds are written.
    pub has_seconds: bool,
    /// Whether more stands in it than day, clock and zone: `PM`, a weekday, a stray number.
    pub has_strays: bool,
}

/// The zone of a [`Stamp`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Zone {
    /// None is written.
    None,
    /// `Z`.
    Zulu,
    /// `+08:00`, `+8`.
    Offset(FixedOffset),
    /// `+0800`.
    FourDigits(FixedOffset),
    /// A name that RFC 822 has: `GMT`, `EST`.
    Rfc822(FixedOffset),
    /// Another abbreviation that means one thing: `JST`.
    Abbreviation(FixedOffset),
    /// A name of the zone database: `Asia/Tokyo`.
    Name(Tz),
    /// A count of seconds or milliseconds since 1970.
    Epoch,
}

/// How the day of a [`Stamp`] is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// `2022-04-18`.
    Iso,
    /// `2022-4-18`.
    Dashes,
    /// `2022/04/18`, `2022.4.18`, `4/18/2022`, `20220418`.
    Numbers,
    /// `18 Apr 2022`, `April 18, 2022`.
    Words,
    /// `2022年4月18日`.
    Chinese,
    /// `1650294560000`.
    Count,
    /// A month, `2022-04`: its first day.
    IsoMonth,
    /// A month otherwise, `2022/4`, `April 2022`.
    Month,
    /// A year, `2022`: its first day.
    Year,
}

impl Stamp {
    /// The instant, where the text says one by itself.
    pub fn instant(&self) -> Option<Date> {
        match self.zone {
            Zone::None => None,
            Zone::Zulu | Zone::Epoch => Some(self.when.and_utc().fixed_offset()),
            Zone::Offset(offset)
            | Zone::FourDigits(offset)
            | Zone::Rfc822(offset)
            | Zone::Abbreviation(offset) => offset.from_local_datetime(&self.when).single(),
            Zone::Name(zone) => Some(in_zone(self.when, zone)),
        }
    }
}

/// A wall clock read in a zone. In the hour that comes twice the first holds; a
/// time that is left out counts as that much later.
pub fn in_zone(when: NaiveDateTime, zone: Tz) -> Date {
    match zone.from_local_datetime(&when) {
        LocalResult::Single(date) | LocalResult::Ambiguous(date, _) => date.fixed_offset(),
        LocalResult::None => {
            let before = when - chrono::Duration::hours(3);
            let offset = zone
                .from_local_datetime(&before)
                .earliest()
                .map_or_else(|| FixedOffset::east_opt(0), |date| Some(*date.fixed_offset().offset()));
            let utc = offset.map_or(when, |offset| when - offset);
            zone.from_utc_datetime(&utc).fixed_offset()
        }
    }
}

/// Reads what is plainly written: ISO 8601, RFC 2822, names of months, numbers with
/// slashes, Chinese, counts since 1970. A month or a year alone means its first day;
/// `None` where not even that is in it.
pub fn read(text: &str) -> Option<Stamp> {
    read_by(text, false)
}

/// The same where a day in numbers is written as Ruby reads it: `6/5/2022` and `06-05-2022`
/// are in May, `06-05-22` is in 2006.
pub fn read_day_first(text: &str) -> Option<Stamp> {
    read_by(text, true)
}

fn read_by(text: &str, day_first: bool) -> Option<Stamp> {
    let text = text.trim();
    let end = text.floor_char_boundary(MAX_BYTES.min(text.len()));
    let text = text.get(..end)?;
    // `20220506T070809`
    let (day, time) = text.split_at_checked(8).unwrap_or((text, ""));
    let packed = time.strip_prefix(['T', ' ']).map(|time| format!("{day}{time}"));
    let packed =
        packed.filter(|all| matches!(all.len(), 12 | 14) && all.bytes().all(|byte| byte.is_ascii_digit()));
    let text = packed.as_deref().unwrap_or(text);
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return count(text);
    }
    Reader::read(text, day_first)
}

/// Digits alone: milliseconds, seconds, or a day (and time) without separators.
fn count(text: &str) -> Option<Stamp> {
    let number: i64 = text.parse().ok()?;
    let stamp = |when, zone, style, has_time| Stamp {
        when,
        zone,
        style,
        has_time,
        has_seconds: has_time,
        has_strays: false,
    };
    match text.len() {
        4 => {
            let year = i32::try_from(number).ok().filter(|year| YEARS.contains(year))?;
            let day = NaiveDate::from_ymd_opt(year, 1, 1)?;
            Some(stamp(day.and_time(NaiveTime::MIN), Zone::None, Style::Year, false))
        }
        8 => {
            let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
            Some(stamp(day.and_time(NaiveTime::MIN), Zone::None, Style::Numbers, false))
        }
        12 if let Some(when) = to_the_minute(text) => Some(stamp(when, Zone::None, Style::Numbers, true)),
        14 => {
            let when = NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M%S").ok()?;
            Some(stamp(when, Zone::None, Style::Numbers, true))
        }
        9..=10 => {
            let when = DateTime::<Utc>::from_timestamp(number, 0)?.naive_utc();
            Some(stamp(when, Zone::Epoch, Style::Count, true))
        }
        11..=13 => {
            let when = DateTime::<Utc>::from_timestamp_millis(number)?.naive_utc();
            Some(stamp(when, Zone::Epoch, Style::Count, true))
        }
        _ => None,
    }
}

/// `202205060708`, of our centuries.
fn to_the_minute(text: &str) -> Option<NaiveDateTime> {
    let is_ours = text.starts_with("19") || text.starts_with("20");
    NaiveDateTime::parse_from_str(text, "%Y%m%d%H%M").ok().filter(|_| is_ours)
}

#[cfg(test)]
mod tests;
