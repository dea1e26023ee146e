//! Zola's slugs, and the dates that file names begin with.

use crate::map::date;
use crate::model::Date;
use chrono::{DateTime, NaiveDate, NaiveTime};
use chrono_tz::Tz;
use deunicode::deunicode_char;
use regex::Regex;
use std::sync::LazyLock;

/// `slugify.paths`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slugs {
    /// Written in ASCII, everything else a `-`.
    On,
    /// Only what file systems refuse goes.
    Safe,
    /// As it stands.
    Off,
}

impl Slugs {
    pub(super) fn named(word: Option<&str>) -> Self {
        match word {
            Some("safe") => Self::Safe,
            Some("off") => Self::Off,
            _ => Self::On,
        }
    }

    pub(super) fn path(self, text: &str) -> String {
        match self {
            Self::On => ascii(text),
            Self::Safe => {
                let text = text.trim_end_matches([' ', '.']);
                text.chars().filter(|character| !"<>:\"/\\|?*".contains(*character)).collect()
            }
            Self::Off => text.to_owned(),
        }
    }
}

fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let written =
            if character.is_ascii() { None } else { Some(deunicode_char(character).unwrap_or("-")) };
        let mut own = [0; 4];
        for byte in written.unwrap_or_else(|| character.encode_utf8(&mut own)).bytes() {
            if byte.is_ascii_alphanumeric() {
                out.push(char::from(byte.to_ascii_lowercase()));
            } else if !out.is_empty() && !out.ends_with('-') {
                out.push('-');
            }
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// What a file's name says.
pub(super) struct Dated<'a> {
    when: Option<&'a str>,
    pub(super) slug: Option<&'a str>,
}

impl Dated<'_> {
    pub(super) fn day(&self, zone: Tz) -> Option<Date> {
        let text = self.when?;
        DateTime::parse_from_rfc3339(text).ok().or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(date::in_zone(day.and_time(NaiveTime::MIN), zone))
        })
    }
}

/// `2022-04-18-slug`, `2022-04-18T23:09:20Z_slug`.
pub(super) fn dated(name: &str) -> Dated<'_> {
    static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let day = r"(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])";
        let time =
            r"(?:T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d))?)";
        Regex::new(&format!(r"^{day}{time}(?:\s?[_-](.+)$)?")).ok()
    });
    let found = PATTERN.as_ref().and_then(|pattern| pattern.captures(name));
    let group = |index| found.as_ref().and_then(|found| found.get(index)).map(|found| found.as_str());
    Dated { when: group(1), slug: group(2) }
}

/// The day that an address says, `2014/12/12/slug`, as sites with templates of their own have it.
pub(super) fn day_in(path: &str, zone: Tz) -> Option<Date> {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    parts.windows(3).find_map(|window| {
        let [year, month, day] = window else { return None };
        let is_day = year.len() == 4
            && month.len() <= 2
            && day.len() <= 2
            && window.iter().all(|part| is_number(part));
        let day = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
        is_day.then(|| date::in_zone(day.and_time(NaiveTime::MIN), zone))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_written_in_ascii_unless_told_otherwise() {
        for (text, on, safe) in [
            ("日本", "ri-ben", "日本"),
            ("héhé", "hehe", "héhé"),
            (" Mixed Case (x)! ", "mixed-case-x", " Mixed Case (x)!"),
            ("a/b: c", "a-b-c", "ab c"),
        ] {
            assert_eq!((Slugs::On.path(text), Slugs::Safe.path(text)), (on.into(), safe.into()));
        }
    }

    #[test]
    fn a_name_gives_date_and_slug() {
        let found = dated("2022-04-18_a-b");
        assert_eq!((found.when, found.slug), (Some("2022-04-18"), Some("a-b")));
        let found = dated("2022-04-18T23:09:20+08:00-x");
        assert_eq!((found.when, found.slug), (Some("2022-04-18T23:09:20+08:00"), Some("x")));
        assert_eq!(dated("2022-13-18-x").when, None);
        assert_eq!(dated("2022-04-18").slug, None);
    }
}
