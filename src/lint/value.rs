//! Values that a specification gives a form: dates, addresses, media types, languages, people.

use crate::lint::Rule;
use crate::lint::found::{Found, quoted};
use crate::model::Date;
use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

/// Nothing was published as a feed before.
const FIRST_YEAR: i32 = 1990;

/// A date as RFC 3339 has it, with `T` and `Z` in upper case, at which something can have been published.
pub(super) fn rfc3339(value: &str, at: usize, found: &mut Found<'_>) {
    if let Some(date) = rfc3339_form(value, at, found) {
        plausible(date, value, at, found);
    }
}

/// Any date as RFC 3339 has it.
pub(super) fn rfc3339_form(value: &str, at: usize, found: &mut Found<'_>) -> Option<Date> {
    let shaped = value.len() >= 20
        && value.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            0..19 => byte.is_ascii_digit(),
            _ => byte.is_ascii_digit() || matches!(byte, b'.' | b':' | b'+' | b'-' | b'Z'),
        });
    let date = Date::parse_from_rfc3339(value).ok().filter(|_| shaped);
    if date.is_none() {
        found.add(Rule::BadDate, at, format!("`{}` is no date of RFC 3339", quoted(value)));
    }
    date
}

/// A date as W3C's note on dates has it (`dc:date`): a year, a day, or a moment.
pub(super) fn w3c_date(value: &str, at: usize, found: &mut Found<'_>) {
    let digits =
        |text: &str, count: usize| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_month = value.split_once('-').is_some_and(|(year, month)| digits(year, 4) && digits(month, 2));
    let is_day = value.len() == 10 && NaiveDate::parse_from_str(value, "%Y-%m-%d").is_ok();
    if digits(value, 4) || is_month || is_day {
        return;
    }
    // Seconds may be left out here.
    let with_seconds =
        value.get(..16).zip(value.get(16..)).map(|(minute, zone)| format!("{minute}:00{zone}"));
    match with_seconds.filter(|_| value.get(16..17).is_some_and(|next| next != ":")) {
        Some(full) => rfc3339(&full, at, found),
        None => rfc3339(value, at, found),
    }
}

/// A longer text is no date, in bytes.
const LONGEST_DATE: usize = 256;
/// Zones that have names.
const ZONES: [&str; 11] = ["UT", "GMT", "Z", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT"];

/// A date as RFC 822 has it, with a year of four digits (RFC 2822).
pub(super) fn rfc822(value: &str, at: usize, found: &mut Found<'_>) {
    let Some((date, weekday)) = read_rfc822(value) else {
        return found.add(Rule::BadDate, at, format!("`{}` is no date of RFC 822", quoted(value)));
    };
    if weekday.is_some_and(|weekday| weekday != date.weekday()) {
        return found.add(
            Rule::WrongWeekday,
            at,
            format!("`{}` was not that day of the week", quoted(value)),
        );
    }
    let strict = value.split(' ').all(|word| !word.is_empty() && !word.contains(['\t', '\n']))
        && value.split(' ').rev().nth(2).is_some_and(|year| year.len() == 4)
        && !value.contains('(')
        && value.split_once(',').is_none_or(|(_, rest)| rest.starts_with(' '))
        && value.rsplit(' ').next().is_some_and(|zone| {
            !zone.starts_with(['+', '-']) || zone.ends_with("00") || zone.ends_with("30")
        })
        && !value
            .split(' ')
            .any(|word| word.len() == 1 && word.chars().all(|one| one.is_alphabetic() && one != 'Z'))
        && value.split(' ').filter(|word| word.chars().all(char::is_alphabetic)).all(is_cased);
    if !strict {
        found.add(Rule::OddDate, at, format!("`{}` is a date that some readers can't read", quoted(value)));
    }
    plausible(date, value, at, found);
}

/// `Mar`, `GMT`: as the standard writes it.
fn is_cased(word: &str) -> bool {
    ZONES.contains(&word)
        || word.chars().enumerate().all(|(place, letter)| letter.is_uppercase() == (place == 0))
}

/// The date, and the day of the week that is written before it.
fn read_rfc822(value: &str) -> Option<(Date, Option<Weekday>)> {
    if value.len() > LONGEST_DATE {
        return None;
    }
    let mut plain = value.to_owned();
    while let Some((start, end)) =
        plain.find('(').and_then(|start| Some((start, plain.get(start..)?.find(')')? + start)))
    {
        plain.replace_range(start..=end, " ");
    }
    let (weekday, rest) = match plain.split_once(',') {
        Some((weekday, rest)) => {
            // Whole names are read too, which no date has.
            let weekday = Some(weekday.trim()).filter(|weekday| weekday.len() == 3)?;
            (Some(weekday.parse().ok()?), rest)
        }
        None => (None, plain.as_str()),
    };
    Some((Date::parse_from_rfc2822(rest.trim()).ok()?, weekday))
}

fn plausible(date: Date, value: &str, at: usize, found: &mut Found<'_>) {
    let is_ahead = found.now.is_some_and(|now| date > now + TimeDelta::days(1));
    if date.year() < FIRST_YEAR || is_ahead {
        found.add(Rule::ImplausibleDate, at, format!("nothing was published at `{}`", quoted(value)));
    }
}

/// An absolute address, in ASCII.
pub(super) fn full_url(value: &str, at: usize, found: &mut Found<'_>) {
    if let Some(fault) = url_fault(value, false) {
        found.add(Rule::BadUrl, at, format!("`{}` {fault}", quoted(value)));
    }
}

/// An absolute address of http or https, in ASCII.
pub(super) fn web_url(value: &str, at: usize, found: &mut Found<'_>) {
    if let Some(fault) = url_fault(value, false) {
        found.add(Rule::BadUrl, at, format!("`{}` {fault}", quoted(value)));
    } else if !is_web(value) {
        found.add(Rule::BadUrl, at, format!("`{}` is no address of http or https", quoted(value)));
    }
}

/// A reference as Atom has it: it may hold any letter, and be relative.
pub(super) fn iri_reference(value: &str, at: usize, found: &mut Found<'_>) {
    let fault = match scheme(value) {
        None if value.chars().all(|letter| is_in_urls(letter) || !letter.is_ascii()) => None,
        _ => url_fault(value, true),
    };
    if let Some(fault) = fault {
        found.add(Rule::BadUrl, at, format!("`{}` {fault}", quoted(value)));
    }
}

/// What keeps a text from being an absolute address.
pub(super) fn url_fault(value: &str, letters: bool) -> Option<String> {
    let Some(scheme) = scheme(value) else {
        return Some("is no absolute address".into());
    };
    if let Some(wrong) = value.chars().find(|letter| !is_in_urls(*letter) && (!letters || letter.is_ascii()))
    {
        return Some(format!("holds {wrong:?}, which no address may"));
    }
    let rest = value.get(scheme.len() + 1..).unwrap_or_default();
    let needs_host = ["http", "https", "ftp"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    if needs_host && !rest.strip_prefix("//").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/')) {
        return Some("names no host".into());
    }
    rest.is_empty().then(|| "is a scheme and nothing else".into())
}

fn is_in_urls(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || ";/?:@&=+$.-_!~*'()%,#[]".contains(letter)
}

/// What stands before the first colon, if it can be a scheme.
pub(super) fn scheme(value: &str) -> Option<&str> {
    let (scheme, _) = value.split_once(':')?;
    let mut letters = scheme.chars();
    let begins = letters.next().is_some_and(|first| first.is_ascii_alphabetic());
    (begins && letters.all(|each| each.is_ascii_alphanumeric() || "+-.".contains(each))).then_some(scheme)
}

pub(super) fn is_web(value: &str) -> bool {
    scheme(value)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https"))
}

/// An id of Atom: an absolute IRI in its canonical form.
pub(super) fn id(value: &str, at: usize, found: &mut Found<'_>) {
    let lower = value.to_ascii_lowercase();
    let fault = if let Some(uuid) = lower.strip_prefix("urn:uuid:") {
        let has_form = uuid.len() == 36
            && uuid.bytes().enumerate().all(|(place, byte)| match place {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            });
        (!has_form).then(|| "is no UUID".to_owned())
    } else if let Some(tag) = value.strip_prefix("tag:") {
        (!is_tag(tag)).then(|| "is no tag of RFC 4151".to_owned())
    } else {
        url_fault(value, true)
    };
    if let Some(fault) = fault {
        return found.add(Rule::BadId, at, format!("`{}` {fault}", quoted(value)));
    }
    let authority = value.split_once("://").map(|(_, rest)| rest);
    let host = authority.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_bare = is_web(value) && authority.is_some_and(|rest| !rest.contains(['/', '?', '#']));
    let is_loud = scheme(value).is_some_and(|scheme| scheme.contains(|each: char| each.is_ascii_uppercase()))
        || host
            .is_some_and(|host| host.contains(|each: char| each.is_ascii_uppercase()) || host.ends_with(':'));
    let path = authority.and_then(|rest| rest.find('/').and_then(|start| rest.get(start..)));
    let climbs =
        path.is_some_and(|path| path.contains("/./") || path.contains("/../") || path.ends_with("/."));
    let has_port = host.is_some_and(|host| host.ends_with(":80") || host.ends_with(":443"));
    if is_bare || is_loud || climbs || has_port {
        found.add(Rule::OddId, at, format!("`{}` is not in its canonical form", quoted(value)));
    }
}

/// What follows `tag:`: an authority, a date, a name.
fn is_tag(tag: &str) -> bool {
    let Some((authority, rest)) = tag.split_once(',') else { return false };
    let Some((date, name)) = rest.split_once(':') else { return false };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let parts: Vec<&str> = date.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    !host.is_empty()
        && authority
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-._@".contains(letter))
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        && matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2])
        && name.chars().all(is_in_urls)
}

/// A media type.
pub(super) fn media_type(value: &str, at: usize, found: &mut Found<'_>) {
    if !is_media_type(value) {
        found.add(Rule::BadMediaType, at, format!("`{}` is no media type", quoted(value)));
    }
}

pub(super) fn is_media_type(value: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty()
            && !text.contains(|letter: char| letter.is_whitespace() || "()<>,;:\\\"/[]?=".contains(letter))
    };
    let (kind, _) = value.split_once(';').unwrap_or((value, ""));
    kind.trim_end().split_once('/').is_some_and(|(kind, rest)| token(kind) && token(rest))
}

/// A language tag, BCP 47, by its primary language.
pub(super) fn language(value: &str, at: usize, found: &mut Found<'_>) {
    if !crate::model::is_language_tag(value) {
        found.add(Rule::BadLanguage, at, format!("`{}` is no language tag", quoted(value)));
    }
}

/// A whole number that is not negative.
pub(super) fn number(value: &str, at: usize, found: &mut Found<'_>) {
    if value.trim().is_empty() || !value.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        found.add(Rule::BadNumber, at, format!("`{}` is no whole number", quoted(value)));
    }
}

/// One of these words.
pub(super) fn word(value: &str, known: &[&str], at: usize, found: &mut Found<'_>) {
    if !known.contains(&value) {
        found.add(Rule::BadWord, at, format!("`{}` is none of {}", quoted(value), known.join(", ")));
    }
}

/// An e-mail address, RFC 822's `addr-spec` as it is met.
pub(super) fn is_email(value: &str) -> bool {
    let fits = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || more.contains(letter))
    };
    value.split_once('@').is_some_and(|(name, host)| {
        fits(name, "!#$%&'*+-/=?^_`{|}~.")
            && (fits(host, "-.") && !host.starts_with('.') && !host.ends_with('.')
                || host.starts_with('[') && host.ends_with(']'))
    })
}

/// A person of RSS: `ann@example.org (Ann)`.
pub(super) fn contact(value: &str, at: usize, found: &mut Found<'_>) {
    let address = match value.split_once(" (").or_else(|| value.split_once('(')) {
        Some((address, _)) => address.trim(),
        None => match value.split_once('<').and_then(|(_, rest)| rest.split_once('>')) {
            Some((address, _)) => address.trim(),
            None => value.trim(),
        },
    };
    if !is_email(address) {
        found.add(Rule::BadContact, at, format!("`{}` holds no e-mail address", quoted(value)));
    } else if address == value.trim() {
        found.add(Rule::NamelessContact, at, format!("`{}` says no name", quoted(value)));
    }
}
