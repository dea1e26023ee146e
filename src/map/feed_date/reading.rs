//! Tokens of a date, one after the other → what each says of the moment.

use super::Moment;
use super::names::{Place, month, zone};
use super::tokens::Token;
use chrono::{Duration, FixedOffset, NaiveDate};
use chrono_tz::Tz;

/// Two-digit years below this are in this century.
const PIVOT: i32 = 70;

#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) year: Option<i32>,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    /// Day of the year (ISO 8601 ordinal dates).
    pub(super) ordinal: Option<u32>,
    pub(super) hour: Option<u32>,
    pub(super) minute: u32,
    pub(super) second: u32,
    pub(super) nanosecond: u32,
    /// Twelve hours later, or twelve o'clock is midnight.
    pub(super) afternoon: Option<bool>,
    /// The year before the first of an era (`令和`).
    pub(super) era: Option<i32>,
    /// Seconds east.
    pub(super) offset: Option<i32>,
    /// It was written with a sign, not as a name.
    pub(super) is_signed: bool,
    /// The zone by its name, where no offset is written.
    pub(super) zone: Option<Tz>,
    /// Whether `4/11/2026` is a day of November.
    pub(super) day_first: bool,
    /// A number that is no day stands where one has to be.
    pub(super) no_day: bool,
}

impl Reading {
    /// Reads what stands at `at`; answers how many tokens that was.
    pub(super) fn take(&mut self, tokens: &[Token], at: usize) -> usize {
        let rest = tokens.get(at..).unwrap_or_default();
        match rest {
            [Token::Number(value, digits), ..] => self
                .ideographic(rest)
                .or_else(|| self.hours(rest))
                .or_else(|| self.time(rest))
                .or_else(|| self.marked_date(rest))
                .or_else(|| self.second_date(rest))
                .or_else(|| self.spaced_date(rest))
                .unwrap_or_else(|| self.bare(*value, *digits)),
            [Token::Mark(sign @ ('+' | '-')), Token::Number(..), ..] if self.hour.is_some() => {
                self.sign(*sign, rest)
            }
            [Token::Mark(sign @ ('+' | '-')), Token::Space, Token::Number(value, 4), ..]
                if self.hour.is_some() && self.year.is_some() =>
            {
                self.sign(*sign, &[Token::Mark(*sign), Token::Number(*value, 4)]) + 1
            }
            [Token::Word(word), ..] => self.word(word, rest.get(1..).unwrap_or_default(), at),
            _ => 1,
        }
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
            // Before any month: `32 Nov`, `0 Nov`.
            1 | 2 | 4 if self.day.is_none() && self.month.is_none() => self.no_day = true,
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
        // Behind an offset nothing is one: Go writes what its clock counts (`m=+0.001`).
        if hours <= 15 && minutes < 60 && !self.is_signed {
            self.offset = Some(if sign == '-' { -seconds } else { seconds });
            self.is_signed = true;
        }
        length
    }

    fn word(&mut self, word: &str, rest: &[Token], at: usize) -> usize {
        if self.eastern(word, rest) {
            return 1;
        }
        match word {
            "am" | "pm" if self.hour.is_none() && is_before_time(rest) => {
                self.afternoon = Some(word == "pm");
            }
            "am" | "a" if self.hour.is_some() && (word == "am" || is_dotted(rest)) => {
                self.afternoon = Some(false);
            }
            "pm" | "p" if self.hour.is_some() && (word == "pm" || is_dotted(rest)) => {
                self.afternoon = Some(true);
            }
            // Vietnamese counts its months.
            "tháng" | "thg" => {
                if let [Token::Space, Token::Number(number, 1 | 2), ..] = rest {
                    self.month = u32::try_from(*number).ok();
                    return 3;
                }
            }
            _ => {
                // The longest name wins over the day of the week that begins alike,
                // and the later word over an earlier one (`mar. 6 janv.`).
                if let Some(month) = month(word)
                    .filter(|_| self.month.is_none() || (self.year.is_none() && self.hour.is_none()))
                {
                    self.month = Some(month);
                } else if let Some(place) = zone(word).filter(|_| self.hour.is_some() && at > 0) {
                    match place {
                        Place::East(seconds) => self.offset = self.offset.or(Some(seconds)),
                        Place::Zone(zone) => self.zone = self.zone.or(Some(zone)),
                    }
                }
            }
        }
        1
    }

    /// The moment, where it names a day.
    pub(super) fn finish(self) -> Option<Moment> {
        let year = self.year.filter(|_| !self.no_day)?;
        let day = match self.ordinal {
            Some(ordinal) => NaiveDate::from_yo_opt(year, ordinal)?,
            None => match self.month {
                Some(month) => NaiveDate::from_ymd_opt(year, month, self.day.unwrap_or(1))?,
                None if self.day.is_none() && self.hour.is_none() => NaiveDate::from_ymd_opt(year, 1, 1)?,
                None => return None,
            },
        };
        // The year 1 is where an empty date of Go, .NET and WordPress lies.
        if !(2..=9999).contains(&year) {
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
        let Some(offset) = self.offset else { return Some(Moment::Local(local, self.zone)) };
        local.and_local_timezone(FixedOffset::east_opt(offset)?).single().map(Moment::Fixed)
    }
}

/// Whether a time follows at once, and is the last word on itself.
fn is_before_time(rest: &[Token]) -> bool {
    matches!(rest, [Token::Space, Token::Number(_, 1 | 2), Token::Mark(':'), Token::Number(_, 2)])
}

fn is_dotted(rest: &[Token]) -> bool {
    matches!(rest, [Token::Mark('.'), Token::Word(m), ..] if m == "m")
}

/// A year that may have been written with two digits.
pub(super) fn century(year: i32) -> i32 {
    match year {
        0..PIVOT => year + 2000,
        PIVOT..100 => year + 1900,
        _ => year,
    }
}
