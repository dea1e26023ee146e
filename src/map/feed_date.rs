//! Dates as feeds write them → an instant with its offset.
//!
//! RFC 822 and 2822 in all their broken forms, RFC 3339 and ISO 8601 in theirs,
//! asctime, month names in some twenty languages, Chinese, Japanese and Korean,
//! seconds since 1970. Not a list of formats: the text is cut into numbers and words,
//! and each says what it is by its shape and its neighbours. Never guesses a day that
//! isn't there; a date without a zone is read in the source's.

mod names;
mod tokens;

use crate::map::date::in_zone;
use crate::model::Date;
use chrono::{DateTime, Duration, FixedOffset, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use names::{month, zone};
use tokens::{Token, tokens};

/// Longer texts are cut here: no date is this long.
const MAX_LENGTH: usize = 128;
/// Two-digit years below this are in this century.
const PIVOT: i32 = 70;

/// Reads a date, in this zone where it names none; `None` where it names no day.
pub fn parse(text: &str, zone: Tz) -> Option<Date> {
    match read(text)? {
        Moment::Fixed(date) => Some(date),
        Moment::Local(when) => Some(in_zone(when, zone)),
    }
}

/// What a text says of a moment.
enum Moment {
    /// With its offset.
    Fixed(Date),
    /// What a clock on some wall showed.
    Local(NaiveDateTime),
}

fn read(text: &str) -> Option<Moment> {
    let text = text.trim();
    let text = text.get(..text.floor_char_boundary(MAX_LENGTH))?;
    // A year before the first: what an empty date is in some programs.
    if text.starts_with("-0") {
        return None;
    }
    let tokens = tokens(text);
    if let [Token::Number(value, digits)] = tokens.as_slice() {
        return compact(*value, *digits);
    }
    let mut reading = Reading::default();
    let mut at = 0;
    while at < tokens.len() {
        at += reading.take(&tokens, at).max(1);
    }
    reading.finish()
}

/// A text that is one number: seconds or milliseconds since 1970, or a date without marks.
fn compact(value: u64, digits: usize) -> Option<Moment> {
    let value = i64::try_from(value).ok()?;
    let counted = |seconds| Some(Moment::Fixed(DateTime::from_timestamp(seconds, 0)?.fixed_offset()));
    match digits {
        4 => date(value, 1, 1).filter(|_| value > 0).map(Moment::Local),
        8 => date(value / 10_000, value / 100 % 100, value % 100)
            .map(Moment::Local)
            .or_else(|| counted(value))
            .filter(|_| value >= 10_000_000),
        9 | 10 => counted(value),
        13 => Some(Moment::Fixed(DateTime::from_timestamp_millis(value)?.fixed_offset())),
        12 | 14 => {
            let (value, seconds) = if digits == 14 { (value / 100, value % 100) } else { (value, 0) };
            let (day, time) = (value / 10_000, value % 10_000);
            let seconds = time / 100 * 3600 + time % 100 * 60 + seconds;
            let day = date(day / 10_000, day / 100 % 100, day % 100)?;
            day.checked_add_signed(Duration::seconds(seconds)).map(Moment::Local)
        }
        _ => None,
    }
}

fn date(year: i64, month: i64, day: i64) -> Option<NaiveDateTime> {
    let day = NaiveDate::from_ymd_opt(
        i32::try_from(year).ok().filter(|year| *year > 0)?,
        u32::try_from(month).ok()?,
        u32::try_from(day).ok()?,
    )?;
    day.and_hms_opt(0, 0, 0)
}

#[derive(Debug, Default)]
struct Reading {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    /// Day of the year (ISO 8601 ordinal dates).
    ordinal: Option<u32>,
    hour: Option<u32>,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Twelve hours later, or twelve o'clock is midnight.
    afternoon: Option<bool>,
    /// Seconds east.
    offset: Option<i32>,
}

impl Reading {
    /// Reads what stands at `at`; answers how many tokens that was.
    fn take(&mut self, tokens: &[Token], at: usize) -> usize {
        let rest = tokens.get(at..).unwrap_or_default();
        match rest {
            [Token::Number(value, digits), ..] => self
                .ideographic(rest)
                .or_else(|| self.time(rest))
                .or_else(|| self.marked_date(rest))
                .unwrap_or_else(|| self.bare(*value, *digits)),
            [Token::Mark(sign @ ('+' | '-')), Token::Number(..), ..] if self.hour.is_some() => {
                self.sign(*sign, rest)
            }
            [Token::Word(word), ..] => self.word(word, rest.get(1..).unwrap_or_default(), at),
            _ => 1,
        }
    }

    /// `年 月 日 时 分 秒` and their Korean and Japanese kin behind a number.
    fn ideographic(&mut self, rest: &[Token]) -> Option<usize> {
        let (value, unit, length) = match rest {
            [Token::Number(value, _), Token::Word(unit), ..] => (*value, unit, 2),
            [Token::Number(value, _), Token::Space, Token::Word(unit), ..] => (*value, unit, 3),
            _ => return None,
        };
        let value = u32::try_from(value).ok()?;
        match unit.as_str() {
            "年" | "년" => self.year = i32::try_from(value).ok().map(century),
            "月" | "월" => self.month = Some(value),
            "日" | "일" | "号" | "號" => self.day = Some(value),
            "时" | "時" | "시" | "点" | "點" => self.hour = Some(value),
            "分" | "분" => self.minute = value,
            "秒" | "초" => self.second = value,
            _ => return None,
        }
        Some(length)
    }

    /// `h:mm`, `h:mm:ss`, with a fraction; after `T` without colons.
    fn time(&mut self, rest: &[Token]) -> Option<usize> {
        let [Token::Number(hour, 1 | 2), Token::Mark(':' | '.'), Token::Number(minute, 1 | 2), ..] = rest
        else {
            return None;
        };
        let colon = rest.get(1) == Some(&Token::Mark(':'));
        if self.hour.is_some() || !colon && self.day.is_none() {
            return None;
        }
        if !colon && (*hour > 24 || *minute > 59) {
            return None;
        }
        self.hour = u32::try_from(*hour).ok();
        self.minute = u32::try_from(*minute).ok()?;
        let mut length = 3;
        if let Some([Token::Mark(':' | '.'), Token::Number(second, 1 | 2)]) = rest.get(3..5) {
            self.second = u32::try_from(*second).ok()?;
            length = 5;
            length += self.fraction(rest.get(5..).unwrap_or_default());
        }
        Some(length)
    }

    fn fraction(&mut self, rest: &[Token]) -> usize {
        let [Token::Mark('.' | ',' | ':'), Token::Number(value, digits), ..] = rest else {
            return 0;
        };
        let Ok(digits) = u32::try_from(*digits) else {
            return 0;
        };
        let scaled = match digits {
            0..=9 => value.saturating_mul(10_u64.pow(9 - digits)),
            _ => value / 10_u64.saturating_pow(digits - 9),
        };
        self.nanosecond = u32::try_from(scaled).unwrap_or(0).min(999_999_999);
        2
    }

    /// Three numbers, or a number, a month's name and a number, with the same mark between.
    fn marked_date(&mut self, rest: &[Token]) -> Option<usize> {
        if self.year.is_some() || self.day.is_some() {
            return None;
        }
        let [Token::Number(first, digits), Token::Mark(mark @ ('-' | '/' | '.')), second, ..] = rest else {
            return None;
        };
        match (second, rest.get(3..5)) {
            (Token::Number(second, _), Some([Token::Mark(again), Token::Number(third, third_digits)]))
                if again == mark =>
            {
                self.numbers((*first, *digits), *second, (*third, *third_digits), *mark)?;
                Some(5)
            }
            (Token::Number(second, 3), _) if *digits == 4 && *mark == '-' => {
                self.year = i32::try_from(*first).ok();
                self.ordinal = u32::try_from(*second).ok();
                Some(3)
            }
            (Token::Number(second, 1 | 2), _) if *digits == 4 => {
                self.year = i32::try_from(*first).ok();
                self.month = u32::try_from(*second).ok();
                self.day = Some(1);
                Some(3)
            }
            _ => None,
        }
    }

    /// Which of three numbers is the year, and which the day: by their size, else by
    /// the mark (`2/1/2026` is February, `2.1.2026` and `2-1-2026` are January).
    fn numbers(
        &mut self,
        (first, first_digits): (u64, usize),
        second: u64,
        (third, third_digits): (u64, usize),
        mark: char,
    ) -> Option<()> {
        let year_first = first_digits >= 3 || (third_digits < 3 && mark == '-' && first_digits == 2);
        let (year, month, day) = if year_first {
            (first, second, third)
        } else if first > 12 || (mark != '/' && second <= 12) {
            (third, second, first)
        } else {
            (third, first, second)
        };
        let written = if year_first { first_digits } else { third_digits };
        let year = i32::try_from(year).ok()?;
        self.year = Some(if written < 3 { century(year) } else { year });
        self.month = u32::try_from(month).ok();
        self.day = u32::try_from(day).ok();
        Some(())
    }

    /// A number on its own: a date without marks, a year, a day, a time behind `T`.
    fn bare(&mut self, value: u64, digits: usize) -> usize {
        let Ok(number) = u32::try_from(value) else {
            return 1;
        };
        match digits {
            8 if self.year.is_none() => {
                self.year = i32::try_from(number / 10_000).ok();
                self.month = Some(number / 100 % 100);
                self.day = Some(number % 100);
            }
            4 | 6 if self.hour.is_none() && self.day.is_some() && self.year.is_some() => {
                let number = if digits == 4 { number * 100 } else { number };
                self.hour = Some(number / 10_000);
                self.minute = number / 100 % 100;
                self.second = number % 100;
            }
            4 if self.year.is_none() => self.year = i32::try_from(number).ok(),
            1 | 2 if self.day.is_none() && (1..=31).contains(&number) => self.day = Some(number),
            2 if self.year.is_none() => self.year = i32::try_from(number).ok().map(century),
            1 | 2 if self.hour.is_none() && self.day.is_some() && self.year.is_some() => {
                self.hour = Some(number);
            }
            3 if self.year.is_none() => self.year = i32::try_from(number + 1900).ok(),
            _ => {}
        }
        1
    }

    /// `+0200`, `+02:00`, `+2`, behind a time.
    fn sign(&mut self, sign: char, rest: &[Token]) -> usize {
        let (hours, minutes, length) = match rest {
            [_, Token::Number(hours, 1 | 2), Token::Mark(':' | '.'), Token::Number(minutes, 1 | 2), ..] => {
                (*hours, *minutes, 4)
            }
            [_, Token::Number(both, 3 | 4), ..] => (*both / 100, *both % 100, 2),
            [_, Token::Number(both, 6), ..] => (*both / 10_000, *both / 100 % 100, 2),
            [_, Token::Number(hours, 1 | 2), ..] => (*hours, 0, 2),
            _ => return 1,
        };
        let seconds = i32::try_from(hours * 3600 + minutes * 60).unwrap_or(i32::MAX);
        if hours <= 15 && minutes < 60 {
            self.offset = Some(if sign == '-' { -seconds } else { seconds });
        }
        length
    }

    fn word(&mut self, word: &str, rest: &[Token], at: usize) -> usize {
        match word {
            "上" | "前" | "오" | "午" | "凌" | "早" | "晚" | "下" | "后" | "後" | "전" | "후" | "中" =>
            {
                self.half_day(word);
            }
            "am" | "a" if self.hour.is_some() && (word == "am" || is_dotted(rest)) => {
                self.afternoon = Some(false);
            }
            "pm" | "p" if self.hour.is_some() && (word == "pm" || is_dotted(rest)) => {
                self.afternoon = Some(true);
            }
            _ => {
                // The longest name wins over the day of the week that begins alike,
                // and the later word over an earlier one (`mar. 6 janv.`).
                if let Some(month) = month(word)
                    .filter(|_| self.month.is_none() || (self.year.is_none() && self.hour.is_none()))
                {
                    self.month = Some(month);
                } else if let Some(offset) = zone(word).filter(|_| self.hour.is_some() && at > 0) {
                    self.offset = self.offset.or(Some(offset));
                }
            }
        }
        1
    }

    /// 上午 下午 午前 午後 오전 오후, one character at a time.
    fn half_day(&mut self, word: &str) {
        match word {
            "上" | "前" | "전" | "凌" | "早" => self.afternoon = Some(false),
            "下" | "后" | "後" | "후" | "晚" => self.afternoon = Some(true),
            _ => {}
        }
    }

    fn finish(self) -> Option<Moment> {
        let year = self.year?;
        let day = match self.ordinal {
            Some(ordinal) => NaiveDate::from_yo_opt(year, ordinal)?,
            None => match self.month {
                Some(month) => NaiveDate::from_ymd_opt(year, month, self.day.unwrap_or(1))?,
                None if self.day.is_none() && self.hour.is_none() => NaiveDate::from_ymd_opt(year, 1, 1)?,
                None => return None,
            },
        };
        if !(1..=9999).contains(&year) {
            return None;
        }
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (12, Some(false)) => 0,
            (hour @ 0..12, Some(true)) => hour + 12,
            (hour, _) => hour,
        };
        if hour > 24 || self.minute > 59 || self.second > 60 {
            return None;
        }
        let seconds = i64::from(hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        let time = Duration::seconds(seconds) + Duration::nanoseconds(i64::from(self.nanosecond));
        let local = day.and_hms_opt(0, 0, 0)?.checked_add_signed(time)?;
        let Some(offset) = self.offset else { return Some(Moment::Local(local)) };
        local.and_local_timezone(FixedOffset::east_opt(offset)?).single().map(Moment::Fixed)
    }
}

fn is_dotted(rest: &[Token]) -> bool {
    matches!(rest, [Token::Mark('.'), Token::Word(m), ..] if m == "m")
}

fn century(year: i32) -> i32 {
    match year {
        0..PIVOT => year + 2000,
        PIVOT..100 => year + 1900,
        _ => year,
    }
}

#[cfg(test)]
mod tests;
