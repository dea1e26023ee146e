//! A date as a person or a script wrote it → day, time and zone, as far as each was written.
//!
//! In: text. Out: a [`Stamp`]. Never asks what time it is, and never guesses a
//! zone: which one holds where none is written is for the caller to say.

use crate::model::Date;
use chrono::{DateTime, Days, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::Tz;

/// Longer texts are cut: no date is longer.
const MAX_BYTES: usize = 128;

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
    /// Whether something stands in it that means nothing.
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
    /// `2022-4-18`, `2022/04/18`, `2022.4.18`, `4/18/2022`.
    Numbers,
    /// `18 Apr 2022`, `April 18, 2022`.
    Words,
    /// `2022年4月18日`.
    Chinese,
    /// `1650294560000`.
    Count,
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
            let offset = zone.from_local_datetime(&before).earliest().map_or_else(
                || FixedOffset::east_opt(0),
                |date| Some(*date.fixed_offset().offset()),
            );
            let utc = offset.map_or(when, |offset| when - offset);
            zone.from_utc_datetime(&utc).fixed_offset()
        }
    }
}

/// Reads what is plainly written: ISO 8601, RFC 2822, names of months, numbers with
/// slashes, Chinese, counts since 1970. `None` where no whole day is in it.
pub fn read(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let end = text.floor_char_boundary(MAX_BYTES.min(text.len()));
    let text = text.get(..end)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return count(text);
    }
    let mut reader = Reader {
        rest: text,
        ..Reader::default()
    };
    reader.numeric_day();
    while reader.step() {}
    reader.finish()
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
        8 => {
            let day = NaiveDate::parse_from_str(text, "%Y%m%d").ok()?;
            Some(stamp(
                day.and_time(NaiveTime::MIN),
                Zone::None,
                Style::Numbers,
                false,
            ))
        }
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

#[derive(Default)]
struct Reader<'a> {
    rest: &'a str,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    style: Option<Style>,
    time: Option<(u32, u32, u32, u32)>,
    has_seconds: bool,
    afternoon: Option<bool>,
    zone: Option<Zone>,
    has_strays: bool,
}

impl<'a> Reader<'a> {
    fn digits(&mut self) -> Option<&'a str> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at_checked(length).filter(|_| length > 0)?;
        self.rest = rest;
        Some(digits)
    }

    fn eat(&mut self, any: &[char]) -> Option<char> {
        let first = self.rest.chars().next().filter(|first| any.contains(first))?;
        self.rest = self.rest.get(first.len_utf8()..)?;
        Some(first)
    }

    /// A day in numbers at the very beginning; leaves everything as it was where there is none.
    fn numeric_day(&mut self) -> Option<()> {
        let before = self.rest;
        let parts = self.three_numbers();
        let Some(([first, second, third], separator)) = parts else {
            self.rest = before;
            return None;
        };
        let number = |text: &str| text.parse::<u32>().ok();
        let (year, month, day) = if first.len() == 4 {
            (first, number(second)?, number(third)?)
        } else if third.len() == 4 {
            let (first, second) = (number(first)?, number(second)?);
            // Month first, as JavaScript and Go read it, unless that can't be.
            let (month, day) = if first > 12 || separator == '.' {
                (second, first)
            } else {
                (first, second)
            };
            (third, month, day)
        } else {
            self.rest = before;
            return None;
        };
        self.year = year.parse().ok();
        (self.month, self.day) = (Some(month), Some(day));
        let iso = separator == '-' && first.len() == 4 && second.len() == 2 && third.len() == 2;
        self.style = Some(match separator {
            '年' => Style::Chinese,
            '-' if iso => Style::Iso,
            _ => Style::Numbers,
        });
        Some(())
    }

    fn three_numbers(&mut self) -> Option<([&'a str; 3], char)> {
        let first = self.digits()?;
        let separator = self.eat(&['-', '/', '.', '年'])?;
        let _ = self.eat(&[' ']);
        let second = self.digits().filter(|digits| digits.len() <= 2)?;
        self.eat(&[if separator == '年' { '月' } else { separator }])?;
        let _ = self.eat(&[' ']);
        let third = self.digits()?;
        let _ = self.eat(&['日', '号', '號']);
        Some(([first, second, third], separator))
    }

    /// Takes one more piece; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else {
            return false;
        };
        if first.is_ascii_digit() {
            self.number();
        } else if matches!(first, '+' | '-') && self.time.is_some() && self.offset().is_some() {
        } else if first == '(' {
            let end = self.rest.find(')').map_or(self.rest.len(), |end| end + 1);
            self.rest = self.rest.get(end..).unwrap_or_default();
        } else if first.is_alphabetic() {
            self.word();
        } else {
            self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
        }
        true
    }

    fn number(&mut self) {
        let Some(digits) = self.digits() else { return };
        let clock = self.rest.starts_with([':', '时', '時', '点', '點']);
        if clock && digits.len() <= 2 && self.time.is_none() {
            self.clock(digits);
        } else if self.day.is_none() && digits.len() <= 2 {
            self.day = digits.parse().ok();
            self.rest = ["st", "nd", "rd", "th"]
                .iter()
                .find_map(|ending| self.rest.strip_prefix(ending))
                .unwrap_or(self.rest);
        } else if self.year.is_none() && matches!(digits.len(), 2 | 4) {
            self.year = digits.parse().ok().map(|year: i32| match year {
                _ if digits.len() == 4 => year,
                ..50 => year + 2000,
                _ => year + 1900,
            });
        } else {
            self.has_strays = true;
        }
    }

    fn clock(&mut self, hour: &str) {
        let hour = hour.parse().unwrap_or(99);
        self.eat(&[':', '时', '時', '点', '點']);
        let minute = self.digits().map_or(0, |digits| digits.parse().unwrap_or(99));
        let mut second = 0;
        let mut nanos = 0;
        if self.eat(&[':', '分']).is_some()
            && let Some(digits) = self.digits()
        {
            second = digits.parse().unwrap_or(99);
            self.has_seconds = true;
            self.eat(&['秒']);
            if self.rest.starts_with(['.', ','])
                && self.rest.as_bytes().get(1).is_some_and(u8::is_ascii_digit)
            {
                self.eat(&['.', ',']);
                let digits = self.digits().unwrap_or_default();
                nanos = digits
                    .bytes()
                    .chain(std::iter::repeat(b'0'))
                    .take(9)
                    .fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            }
        }
        self.time = Some((hour, minute, second, nanos));
    }

    /// `+08:00`, `+0800`, `+8`, after a time.
    fn offset(&mut self) -> Option<()> {
        let before = self.rest;
        let sign = if self.eat(&['+', '-'])? == '-' { -1 } else { 1 };
        let Some(digits) = self.digits() else {
            self.rest = before;
            return None;
        };
        let four = matches!(digits.len(), 3 | 4);
        let (hours, minutes) = digits.split_at_checked(if four { digits.len() - 2 } else { digits.len() })?;
        let mut minutes: i32 = minutes.parse().unwrap_or(0);
        if !four && self.rest.starts_with(':') {
            self.eat(&[':']);
            minutes = self.digits()?.parse().ok()?;
        }
        let seconds = sign * (hours.parse::<i32>().ok()?.checked_mul(3600)? + minutes.checked_mul(60)?);
        let offset = FixedOffset::east_opt(seconds)?;
        self.zone = Some(if four {
            Zone::FourDigits(offset)
        } else {
            Zone::Offset(offset)
        });
        Some(())
    }

    fn word(&mut self) {
        let is_part = |c: char| c.is_alphabetic() || matches!(c, '/' | '_');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "t" => {}
            "am" | "上午" | "凌晨" => self.afternoon = Some(false),
            "pm" | "下午" | "晚上" => self.afternoon = Some(true),
            _ if self.month.is_none() && month(&lower).is_some() => {
                self.month = month(&lower);
                self.style = Some(Style::Words);
            }
            _ if weekday(&lower) => {}
            _ => match zone(word) {
                Some(zone) if self.zone.is_none() => self.zone = Some(zone),
                _ => self.has_strays = true,
            },
        }
    }

    fn finish(self) -> Option<Stamp> {
        let year = self.year.filter(|year| (1..=9999).contains(year))?;
        let day = NaiveDate::from_ymd_opt(year, self.month?, self.day?)?;
        let (hour, minute, second, nanos) = self.time.unwrap_or_default();
        let hour = match self.afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        let when = if (hour, minute, second) == (24, 0, 0) {
            day.checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN)
        } else {
            // A leap second counts as the one before it.
            day.and_hms_nano_opt(hour, minute, if second == 60 { 59 } else { second }, nanos)?
        };
        Some(Stamp {
            when,
            zone: self.zone.unwrap_or(Zone::None),
            style: self.style?,
            has_time: self.time.is_some(),
            has_seconds: self.has_seconds,
            has_strays: self.has_strays,
        })
    }
}

fn month(word: &str) -> Option<u32> {
    const NAMES: [&str; 12] = [
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
    if word.len() < 3 {
        return None;
    }
    let place = NAMES.iter().position(|name| name.starts_with(word))?;
    u32::try_from(place + 1).ok()
}

fn weekday(word: &str) -> bool {
    const NAMES: [&str; 7] = [
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    ];
    word.starts_with("星期") || (word.len() >= 3 && NAMES.iter().any(|name| name.starts_with(word)))
}

fn zone(word: &str) -> Option<Zone> {
    let hours = |hours: i32| FixedOffset::east_opt(hours * 3600);
    let upper = word.to_ascii_uppercase();
    Some(match upper.as_str() {
        "Z" => Zone::Zulu,
        "UTC" | "GMT" | "UT" => Zone::Rfc822(hours(0)?),
        "EST" => Zone::Rfc822(hours(-5)?),
        "EDT" => Zone::Rfc822(hours(-4)?),
        "CST" => Zone::Rfc822(hours(-6)?),
        "CDT" => Zone::Rfc822(hours(-5)?),
        "MST" => Zone::Rfc822(hours(-7)?),
        "MDT" => Zone::Rfc822(hours(-6)?),
        "PST" => Zone::Rfc822(hours(-8)?),
        "PDT" => Zone::Rfc822(hours(-7)?),
        "JST" | "KST" => Zone::Abbreviation(hours(9)?),
        "HKT" | "SGT" => Zone::Abbreviation(hours(8)?),
        "MSK" => Zone::Abbreviation(hours(3)?),
        "CEST" | "EET" => Zone::Abbreviation(hours(2)?),
        "CET" => Zone::Abbreviation(hours(1)?),
        "AEST" => Zone::Abbreviation(hours(10)?),
        "AEDT" => Zone::Abbreviation(hours(11)?),
        _ => Zone::Name(word.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let stamp = read(text)?;
        Some(match stamp.instant() {
            Some(date) => date.to_rfc3339(),
            None => stamp.when.to_string(),
        })
    }

    #[test]
    fn what_is_written_is_read() {
        let cases = [
            ("2022-04-18 23:09:20 +0800", "2022-04-18T23:09:20+08:00"),
            ("2022-04-18T23:09:20+08:00", "2022-04-18T23:09:20+08:00"),
            ("2022-04-18T23:09:20.5Z", "2022-04-18T23:09:20.500+00:00"),
            ("2022-04-18 23:09:20", "2022-04-18 23:09:20"),
            ("2022-04-18 23:09", "2022-04-18 23:09:00"),
            ("2022-04-18", "2022-04-18 00:00:00"),
            ("2022/4/8 9:05", "2022-04-08 09:05:00"),
            ("4/18/2022", "2022-04-18 00:00:00"),
            ("Sun, 24 Jul 2022 19:40:00 GMT", "2022-07-24T19:40:00+00:00"),
            ("Sun, 24 Jul 22 19:40 EST", "2022-07-24T19:40:00-05:00"),
            (
                "Sun Jul 24 2022 19:40:00 GMT+0800 (China Standard Time)",
                "2022-07-24T19:40:00+08:00",
            ),
            ("April 18th, 2022 at 9:05 PM", "2022-04-18 21:05:00"),
            ("2022年04月18日", "2022-04-18 00:00:00"),
            ("2022年4月18日 下午3时05分", "2022-04-18 15:05:00"),
            ("2022-04-18 23:09:20 Asia/Tokyo", "2022-04-18T23:09:20+09:00"),
            ("2022-04-18 23:09:20 JST", "2022-04-18T23:09:20+09:00"),
            ("2023-01-29 18:30:22 2023 -0800", "2023-01-29T18:30:22-08:00"),
            ("1650294560000", "2022-04-18T15:09:20+00:00"),
            ("1650294560", "2022-04-18T15:09:20+00:00"),
            ("20220418", "2022-04-18 00:00:00"),
            ("2022-04-18 24:00", "2022-04-19 00:00:00"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59+00:00"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_is_none() {
        for text in [
            "",
            "+0800",
            "12:30:45",
            "2022-02-30",
            "soon",
            "2022-04",
            "0000-01-01",
            "99999-01-01",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
        assert_eq!(shown(&"(".repeat(100_000)), None);
    }

    #[test]
    fn a_clock_change_has_one_answer() {
        let berlin: Tz = "Europe/Berlin".parse().unwrap();
        let wall = |text| read(text).unwrap().when;
        assert_eq!(
            in_zone(wall("2022-03-27 02:30"), berlin).to_rfc3339(),
            "2022-03-27T03:30:00+02:00"
        );
        assert_eq!(
            in_zone(wall("2022-10-30 02:30"), berlin).to_rfc3339(),
            "2022-10-30T02:30:00+02:00"
        );
    }
}
