//! A date's text, piece by piece: numbers, names of months, clock, zone.

use super::{Stamp, Style, Zone};
use chrono::{Days, FixedOffset, NaiveDate, NaiveTime};

/// What stands behind an hour.
const CLOCK: [char; 6] = [':', '时', '時', '点', '點', 'h'];

#[derive(Default)]
pub(super) struct Reader<'a> {
    rest: &'a str,
    /// `4/5/2022` is the fourth of May, and `22-05-04` begins with its year.
    day_first: bool,
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
    pub(super) fn read(text: &'a str, day_first: bool) -> Option<Stamp> {
        let mut reader = Reader { rest: text, day_first, ..Self::default() };
        if reader.numeric_day().is_none() {
            reader.numeric_month();
        }
        while reader.step() {}
        reader.finish()
    }

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
            let starts = first > 12 || separator == '.' || self.day_first && second <= 12;
            let (month, day) = if starts { (second, first) } else { (first, second) };
            (third, month, day)
        } else if self.day_first && [first, second, third].iter().all(|part| part.len() == 2) {
            let century = if number(first)? < 69 { 2000 } else { 1900 };
            self.year = i32::try_from(century + number(first)?).ok();
            (self.month, self.day, self.style) = (number(second), number(third), Some(Style::Numbers));
            return Some(());
        } else if !self.day_first && third.len() == 2 && number(first)? <= 12 && separator != '.' {
            // `5/6/22`, month first as above.
            let century = if number(third)? < 69 { 2000 } else { 1900 };
            self.year = i32::try_from(century + number(third)?).ok();
            (self.month, self.day, self.style) = (number(first), number(second), Some(Style::Numbers));
            return Some(());
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
            '-' if first.len() == 4 => Style::Dashes,
            _ => Style::Numbers,
        });
        Some(())
    }

    /// `2022-04`, `2022/4`, `2022年4月`, and nothing behind it.
    fn numeric_month(&mut self) -> Option<()> {
        let before = self.rest;
        let found = self.two_numbers();
        let Some((year, month, style)) = found.filter(|_| self.rest.is_empty()) else {
            self.rest = before;
            return None;
        };
        (self.year, self.month, self.day) = (Some(year), Some(month), Some(1));
        self.style = Some(style);
        Some(())
    }

    fn two_numbers(&mut self) -> Option<(i32, u32, Style)> {
        let year = self.digits().filter(|digits| digits.len() == 4)?;
        let separator = self.eat(&['-', '/', '.', '年'])?;
        let month = self.digits().filter(|digits| digits.len() <= 2)?;
        let style = match separator {
            '年' => self.eat(&['月']).map(|_| Style::Chinese)?,
            '-' if month.len() == 2 => Style::IsoMonth,
            _ => Style::Month,
        };
        Some((year.parse().ok()?, month.parse().ok()?, style))
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
            let has_day = self.day.is_some() || self.month.is_some() || self.year.is_some();
            if has_day || self.time.is_none() || self.numeric_day().is_none() {
                self.number();
            }
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
        let is_hour = digits.len() <= 2 && self.time.is_none();
        if is_hour && self.rest.starts_with(CLOCK) {
            self.clock(digits);
        } else if is_hour && self.is_half_of_day() {
            self.time = Some((digits.parse().unwrap_or(99), 0, 0, 0));
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

    /// Whether `am` or `pm` follows.
    fn is_half_of_day(&self) -> bool {
        let word = self.rest.trim_start_matches(' ');
        let is_one = |text: &str| {
            let rest = word.get(text.len()..).unwrap_or_default();
            word.get(..text.len()).is_some_and(|word| word.eq_ignore_ascii_case(text))
                && !rest.starts_with(char::is_alphanumeric)
        };
        is_one("am") || is_one("pm")
    }

    fn clock(&mut self, hour: &str) {
        let hour = hour.parse().unwrap_or(99);
        let is_letter = self.eat(&CLOCK) == Some('h');
        let minute = self.digits().map_or(0, |digits| digits.parse().unwrap_or(99));
        if is_letter {
            self.eat(&['m']);
        }
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
        self.zone = Some(if four { Zone::FourDigits(offset) } else { Zone::Offset(offset) });
        Some(())
    }

    fn word(&mut self) {
        let is_part = |c: char| c.is_alphabetic() || matches!(c, '/' | '_');
        let length = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        let word = word.trim_end_matches('/');
        let lower = word.to_ascii_lowercase();
        match lower.as_str() {
            "t" => {}
            "am" | "上午" | "凌晨" => self.afternoon = Some(false),
            "pm" | "下午" | "晚上" => self.afternoon = Some(true),
            _ if self.month.is_none() && month(&lower).is_some() => {
                self.month = month(&lower);
                self.style = Some(Style::Words);
            }
            _ if weekday(&lower) => self.has_strays = true,
            _ => match zone(word) {
                Some(zone) if self.zone.is_none() => self.zone = Some(zone),
                // `+0100 CET`: the same once more.
                Some(Zone::Abbreviation(_) | Zone::Rfc822(_)) if word != "T" => {}
                _ => self.has_strays = true,
            },
        }
    }

    fn finish(mut self) -> Option<Stamp> {
        if self.style == Some(Style::Words) && self.day.is_none() && self.time.is_none() {
            (self.day, self.style) = (Some(1), Some(Style::Month));
        }
        let year = self.year.filter(|year| (1..=9999).contains(year))?;
        let day = NaiveDate::from_ymd_opt(year, self.month?, self.day?);
        let day = day.or_else(|| {
            self.has_strays = true;
            rolled(year, self.month?, self.day?)
        })?;
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
            has_strays: self.has_strays || self.afternoon.is_some(),
        })
    }
}

/// `2018-02-31` is the third of March, as Ruby and JavaScript have it.
fn rolled(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    (day <= 31).then(|| first.checked_add_days(Days::new(u64::from(day.checked_sub(1)?))))?
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
    const NAMES: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    word.starts_with("星期") || (word.len() >= 3 && NAMES.iter().any(|name| name.starts_with(word)))
}

fn zone(word: &str) -> Option<Zone> {
    let hours = |hours: i32| FixedOffset::east_opt(hours * 3600);
    let upper = word.to_ascii_uppercase();
    Some(match upper.as_str() {
        "Z" => Zone::Zulu,
        "UTC" | "GMT" | "UT" => Zone::Rfc822(hours(0)?),
        "EDT" => Zone::Rfc822(hours(-4)?),
        "EST" | "CDT" => Zone::Rfc822(hours(-5)?),
        "CST" | "MDT" => Zone::Rfc822(hours(-6)?),
        "MST" | "PDT" => Zone::Rfc822(hours(-7)?),
        "PST" => Zone::Rfc822(hours(-8)?),
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
