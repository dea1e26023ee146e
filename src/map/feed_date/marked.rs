//! Numbers of a date with marks between them: times, and days of every order.

use super::reading::{Reading, century};
use super::tokens::Token;
use chrono::{Datelike as _, NaiveDate, Weekday};

/// The first two of three numbers with slashes between them, the last of which is a year.
pub(super) fn with_slashes(tokens: &[Token]) -> Option<(u64, u64)> {
    tokens.windows(5).find_map(|five| match five {
        [
            Token::Number(first, 1 | 2),
            Token::Mark('/'),
            Token::Number(second, 1 | 2),
            Token::Mark('/'),
            Token::Number(_, 2 | 4),
        ] => Some((*first, *second)),
        _ => None,
    })
}

/// A date from the day of its week on, where words stand before it that are no part of it:
/// a message of the server's (`line 3 Mon, 02 Mar …`).
pub(super) fn behind_words(tokens: &[Token]) -> &[Token] {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let is_day = |two: &[Token]| match two {
        [Token::Word(word), Token::Mark(',')] => DAYS.contains(&word.as_str()),
        _ => false,
    };
    let Some(place) = tokens.windows(2).position(is_day) else { return tokens };
    let (before, date) = tokens.split_at(place);
    let has_time = before.windows(2).any(|two| matches!(two, [Token::Number(..), Token::Mark(_)]));
    let has_words = before.iter().any(|token| matches!(token, Token::Word(_)));
    if has_words && !has_time { date } else { tokens }
}

/// A decimal fraction of a second, as a number of so many digits.
pub(super) fn nanoseconds(value: u64, digits: usize) -> Option<u32> {
    let digits = u32::try_from(digits).ok()?;
    let scaled = match digits {
        0..=9 => value.saturating_mul(10_u64.pow(9 - digits)),
        _ => value / 10_u64.saturating_pow(digits - 9),
    };
    Some(u32::try_from(scaled).unwrap_or(0).min(999_999_999))
}

impl Reading {
    /// `14h`, `14h30`, `14 h 30`, `14 Uhr 30`.
    pub(super) fn hours(&mut self, rest: &[Token]) -> Option<usize> {
        let is_unit = |word: &String| matches!(word.as_str(), "h" | "uhr");
        let (hour, length) = match rest {
            [Token::Number(hour, 1 | 2), Token::Word(unit), ..] if is_unit(unit) => (*hour, 2),
            [Token::Number(hour, 1 | 2), Token::Space, Token::Word(unit), ..] if is_unit(unit) => (*hour, 3),
            _ => return None,
        };
        if self.hour.is_some() {
            return None;
        }
        self.hour = u32::try_from(hour).ok();
        let (minute, more) = match rest.get(length..)? {
            [Token::Number(minute, 2), ..] => (*minute, 1),
            [Token::Space, Token::Number(minute, 2), ..] => (*minute, 2),
            _ => return Some(length),
        };
        self.minute = u32::try_from(minute).ok()?;
        Some(length + more)
    }

    /// `h:mm`, `h:mm:ss`, with a fraction; after `T` without colons.
    pub(super) fn time(&mut self, rest: &[Token]) -> Option<usize> {
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
        self.nanosecond = nanoseconds(*value, *digits).unwrap_or(0);
        2
    }

    /// Three numbers, or a number, a month's name and a number, with the same mark between.
    pub(super) fn marked_date(&mut self, rest: &[Token]) -> Option<usize> {
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
            (Token::Word(word), _) if *digits == 4 && word == "w" => self.week(*first, rest.get(3..)?),
            _ => None,
        }
    }

    /// `11 04 2020`, as RFC 822 has it but for the month's name.
    pub(super) fn spaced_date(&mut self, rest: &[Token]) -> Option<usize> {
        let [
            Token::Number(day, 1 | 2),
            Token::Space,
            Token::Number(month, 2),
            Token::Space,
            Token::Number(year, 4),
            ..,
        ] = rest
        else {
            return None;
        };
        if self.day.is_some() || self.month.is_some() || self.year.is_some() {
            return None;
        }
        self.day = u32::try_from(*day).ok();
        self.month = u32::try_from(*month).ok();
        self.year = i32::try_from(*year).ok();
        Some(5)
    }

    /// The end of a span of days, of which the first counts.
    pub(super) fn second_date(&self, rest: &[Token]) -> Option<usize> {
        let is_second = self.year.is_some() && self.day.is_some();
        let is_date = matches!(
            rest,
            [
                Token::Number(_, 4),
                Token::Mark('-' | '/' | '.'),
                Token::Number(_, 1 | 2),
                Token::Mark('-' | '/' | '.'),
                Token::Number(_, 1 | 2),
                ..
            ]
        );
        (is_second && is_date).then_some(5)
    }

    /// `2026-W10-1` (ISO 8601): behind the `W`, a week and a day of it, Monday where none is.
    fn week(&mut self, year: u64, rest: &[Token]) -> Option<usize> {
        let (week, day, length) = match rest {
            [Token::Number(week, 2), Token::Mark('-'), Token::Number(day @ 1..=7, 1), ..] => (*week, *day, 6),
            [Token::Number(week, 2), ..] => (*week, 1, 4),
            _ => return None,
        };
        let weekday = Weekday::try_from(u8::try_from(day - 1).ok()?).ok()?;
        let day = NaiveDate::from_isoywd_opt(i32::try_from(year).ok()?, u32::try_from(week).ok()?, weekday)?;
        (self.year, self.month, self.day) = (Some(day.year()), Some(day.month()), Some(day.day()));
        Some(length)
    }

    /// Which of three numbers is the year, and which the day: by their size, else by the
    /// mark (`2.1.2026` and `2-1-2026` are January) and the feed's habit (`2/1/2026`).
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
        } else if first > 12 || ((mark != '/' || self.day_first) && second <= 12) {
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
}
