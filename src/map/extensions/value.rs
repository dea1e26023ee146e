//! One value of another vocabulary: as it may be put out, or not at all.

use crate::map::{links, plain};
use crate::model::podcast_category;
use crate::parse::feed::Text;
use url::Url;

/// Characters of a value that has no shape of its own.
const MAX_FREE: usize = 512;

/// What a value has to be.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// None is taken.
    Nothing,
    /// Plain text, one line, cut at so many characters.
    Line(usize),
    /// A line that has to fit as it is.
    Free,
    /// A whole number from 1.
    Count,
    /// A whole number.
    Whole,
    /// A number that isn't negative.
    Number,
    /// Seconds, read from `h:mm:ss` too.
    Seconds,
    /// A moment in a film: seconds or `h:mm:ss`.
    Time,
    /// An address of the web.
    Address,
    /// Pictures of several sizes, as HTML's `srcset` names them.
    SourceSet,
    /// An id: an address of the web, `tag:` or `urn:`.
    Iri,
    /// A mail address.
    Email,
    /// `type/subtype`.
    MediaType,
    /// One of these, case apart.
    Word(&'static [&'static str]),
    /// `true` or `false`, read from Apple's older words too.
    Explicit,
    /// One of Apple's categories, or of what stands under them.
    AppleCategory,
    Latitude,
    Longitude,
    /// Latitude and longitude.
    Point,
    /// At least two points.
    Path,
}

impl Kind {
    /// The value as it may be put out.
    pub(super) fn read(self, written: &str, base: Option<&Url>) -> Option<String> {
        let written = written.trim();
        if written.is_empty() {
            return None;
        }
        match self {
            Self::Nothing => None,
            Self::Line(most) => Some(cut(&line(written)?, most)),
            Self::Free => line(written).filter(|line| line.chars().count() <= MAX_FREE),
            Self::Count => {
                written.parse::<u64>().ok().filter(|count| *count > 0).map(|count| count.to_string())
            }
            Self::Whole => written.parse::<u64>().ok().map(|count| count.to_string()),
            Self::Number => is_number(written).then(|| written.to_owned()),
            Self::Seconds => crate::map::enclosure::seconds(written).map(|seconds| seconds.to_string()),
            Self::Time => is_time(written).then(|| with_hours(written)),
            Self::Address => links::web(written, base),
            Self::SourceSet => links::source_set(written, base),
            Self::Iri => iri(written),
            Self::Email => email(written),
            Self::MediaType => media_type(written),
            Self::Word(words) => {
                words.iter().find(|word| word.eq_ignore_ascii_case(written)).map(|word| (*word).to_owned())
            }
            Self::Explicit => explicit(written),
            Self::AppleCategory => podcast_category(&line(written)?).map(str::to_owned),
            Self::Latitude => within(written, 90.0),
            Self::Longitude => within(written, 180.0),
            Self::Point => points(written).filter(|point| point.split(' ').count() == 2),
            Self::Path => points(written).filter(|path| path.split(' ').count() >= 4),
        }
    }
}

fn line(written: &str) -> Option<String> {
    plain::line(&Text { value: written.to_owned(), html: true, base: None })
}

fn cut(line: &str, most: usize) -> String {
    match line.char_indices().nth(most.saturating_sub(1)) {
        Some((at, _)) if line.chars().count() > most => {
            format!("{}…", line.get(..at).unwrap_or_default().trim_end())
        }
        _ => line.to_owned(),
    }
}

fn is_number(written: &str) -> bool {
    let (whole, part) = written.split_once('.').unwrap_or((written, "0"));
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part)
}

fn is_time(written: &str) -> bool {
    let parts: Vec<&str> = written.split(':').collect();
    match parts.as_slice() {
        [seconds] => is_number(seconds),
        [minutes, seconds] => is_number(minutes) && is_number(seconds) && seconds.len() >= 2,
        [hours, minutes, seconds] => {
            is_number(hours)
                && minutes.len() == 2
                && is_number(minutes)
                && is_number(seconds)
                && seconds.len() >= 2
        }
        _ => false,
    }
}

/// Chapters leave out hours that are none; nothing else does.
fn with_hours(written: &str) -> String {
    match written.split_once(':') {
        Some((minutes, seconds)) if !seconds.contains(':') => format!("00:{minutes:0>2}:{seconds}"),
        _ => written.to_owned(),
    }
}

fn iri(written: &str) -> Option<String> {
    let lower = written.get(..4).unwrap_or_default().to_ascii_lowercase();
    match lower.as_str() {
        "http" => links::web(written, None),
        "tag:" | "urn:" if links::is_plain(written) => Some(written.to_owned()),
        _ => None,
    }
}

fn email(written: &str) -> Option<String> {
    let (user, host) = written.strip_prefix("mailto:").unwrap_or(written).split_once('@')?;
    let word = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let is_host = host.contains('.') && host.split('.').all(|label| word(label, b"-"));
    (word(user, b"_-+.") && is_host).then(|| format!("{user}@{host}"))
}

fn media_type(written: &str) -> Option<String> {
    let kind = written.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let word = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.+_".contains(&byte))
    };
    kind.split_once('/').is_some_and(|(kind, sub)| word(kind) && word(sub)).then_some(kind)
}

fn explicit(written: &str) -> Option<String> {
    let said = match written.to_ascii_lowercase().as_str() {
        "true" | "yes" | "explicit" => "true",
        "false" | "no" | "clean" => "false",
        _ => return None,
    };
    Some(said.to_owned())
}

fn within(written: &str, most: f64) -> Option<String> {
    let digits = written.strip_prefix(['-', '+']).unwrap_or(written);
    let value: f64 = written.parse().ok()?;
    (is_number(digits) && value.abs() <= most).then(|| written.trim_start_matches('+').to_owned())
}

/// Latitudes and longitudes in turn, parted by one space.
fn points(written: &str) -> Option<String> {
    let words: Vec<&str> =
        written.split([' ', ',', '\n', '\t']).map(str::trim).filter(|word| !word.is_empty()).collect();
    let mut found = Vec::new();
    for pair in words.chunks(2) {
        let [latitude, longitude] = pair else { return None };
        found.push(within(latitude, 90.0)?);
        found.push(within(longitude, 180.0)?);
    }
    Some(found.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_shape_or_left_out() {
        for (kind, written, meant) in [
            (Kind::Line(4), "<b>abc</b>&amp; more", Some("abc…")),
            (Kind::Line(9), "abc &lt;d", Some("abc <d")),
            (Kind::Count, "07", Some("7")),
            (Kind::Count, "0", None),
            (Kind::Whole, "00", Some("0")),
            (Kind::Whole, "2.5", None),
            (Kind::Number, "12.5", Some("12.5")),
            (Kind::Number, "-1", None),
            (Kind::Number, "1e5", None),
            (Kind::Seconds, "1:02:03", Some("3723")),
            (Kind::Time, "12:05:35.1", Some("12:05:35.1")),
            (Kind::Time, "3:07.435", Some("00:03:07.435")),
            (Kind::Time, "1:2", None),
            (Kind::Address, "javascript:alert(1)", None),
            (Kind::Iri, "tag:example.org,2026:1", Some("tag:example.org,2026:1")),
            (Kind::Iri, "one", None),
            (Kind::Email, "mailto:a@example.org", Some("a@example.org")),
            (Kind::Email, "a at example.org", None),
            (Kind::MediaType, "Text/VTT; charset=utf-8", Some("text/vtt")),
            (Kind::Word(&["Yes"]), "yes", Some("Yes")),
            (Kind::Explicit, "clean", Some("false")),
            (Kind::AppleCategory, "TV &amp; Film", Some("TV & Film")),
            (Kind::AppleCategory, "Podcasting", None),
            (Kind::Point, "45.256, -71.92", Some("45.256 -71.92")),
            (Kind::Point, "95 1", None),
            (Kind::Path, "45.2 -110.4 46.4 -109.4", Some("45.2 -110.4 46.4 -109.4")),
            (Kind::Path, "45.2 -110.4 46.4", None),
        ] {
            assert_eq!(kind.read(written, None).as_deref(), meant, "{kind:?} {written}");
        }
    }
}
