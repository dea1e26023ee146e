//! Conditional requests (RFC 9110 §13): whether the asker has it already.
//!
//! In: a request's headers, a document's stored facts. Out: send, not modified, or
//! failed. Never looks at the bytes.

use crate::serve::coding::Coding;
use chrono::{DateTime, Utc};
use http::{
    HeaderMap, HeaderName,
    header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE},
};

/// What servers append to a tag for a coding: ours, and those that proxies are known to add.
const SUFFIXES: [&str; 7] = ["-gz", "-br", "-zst", "-gzip", "--gzip", "-zstd", "-df"];

/// What a request says it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Conditions {
    none_match: Option<Tags>,
    matches: Option<Tags>,
    modified_since: Option<DateTime<Utc>>,
    unmodified_since: Option<DateTime<Utc>>,
}

/// The tags of one header.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Tags {
    Any,
    /// Without quotes; whether it was weak beside it.
    These(Vec<(String, bool)>),
}

/// What becomes of a conditional request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// 200.
    Send,
    /// 304.
    NotModified,
    /// 412.
    Failed,
}

impl Conditions {
    /// Reads the four headers; what cannot be read is as if it were not there.
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        Self {
            none_match: tags(headers, &IF_NONE_MATCH),
            matches: tags(headers, &IF_MATCH),
            modified_since: date(headers, &IF_MODIFIED_SINCE),
            unmodified_since: date(headers, &IF_UNMODIFIED_SINCE),
        }
    }

    /// Judges in the order of RFC 9110 §13.2.2. `last_modified` is absent while it
    /// may not be sent.
    pub(crate) fn judge(&self, etag: &str, last_modified: Option<DateTime<Utc>>) -> Verdict {
        let matched = match &self.matches {
            Some(tags) => tags.hold(etag, false),
            None => match (self.unmodified_since, last_modified) {
                (Some(since), Some(last)) => last <= since,
                _ => true,
            },
        };
        if !matched {
            return Verdict::Failed;
        }
        let known = match &self.none_match {
            Some(tags) => tags.hold(etag, true),
            None => match (self.modified_since, last_modified) {
                (Some(since), Some(last)) => last <= since,
                _ => false,
            },
        };
        if known { Verdict::NotModified } else { Verdict::Send }
    }
}

impl Tags {
    /// Whether one of them is the document's tag, in whatever coding it was sent.
    fn hold(&self, etag: &str, weakly: bool) -> bool {
        match self {
            Self::Any => true,
            Self::These(tags) => tags.iter().any(|(tag, weak)| {
                (weakly || !weak)
                    && tag
                        .strip_prefix(etag)
                        .is_some_and(|suffix| suffix.is_empty() || SUFFIXES.contains(&suffix))
            }),
        }
    }
}

/// The tag as it is sent in this coding, quoted and strong.
pub(crate) fn entity_tag(etag: &str, coding: Coding) -> String {
    format!("\"{etag}{}\"", coding.tag_suffix())
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Option<Tags> {
    let mut tags = Vec::new();
    let mut seen = false;
    for value in headers.get_all(name) {
        let Ok(value) = value.to_str() else { continue };
        seen = true;
        for tag in members(value).map(str::trim).filter(|tag| !tag.is_empty()) {
            if tag == "*" {
                return Some(Tags::Any);
            }
            let (tag, weak) = match tag.strip_prefix("W/").or_else(|| tag.strip_prefix("w/")) {
                Some(tag) => (tag, true),
                None => (tag, false),
            };
            // Some readers lose the quotes.
            tags.push((tag.trim_matches('"').to_owned(), weak));
        }
    }
    seen.then_some(Tags::These(tags))
}

/// The members of a list: a comma between quotes is part of a tag (RFC 9110 §8.8.3).
fn members(list: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    list.split(move |letter: char| {
        quoted ^= letter == '"';
        letter == ',' && !quoted
    })
}

fn date(headers: &HeaderMap, name: &HeaderName) -> Option<DateTime<Utc>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    // Two dates are no date.
    if values.next().is_some() {
        return None;
    }
    httpdate::parse_http_date(value.trim()).ok().map(DateTime::from)
}

/// A time as HTTP writes it, to the second.
pub(crate) fn http_date(time: DateTime<Utc>) -> String {
    time.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::{Conditions, Verdict, http_date};
    use chrono::{DateTime, Utc};
    use http::{HeaderMap, HeaderName, HeaderValue};

    const ETAG: &str = "0123456789abcdef";

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn judge(headers: &[(&'static str, &str)]) -> Verdict {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
        }
        Conditions::read(&map).judge(ETAG, Some(time("2026-11-21T10:00:00Z")))
    }

    #[test]
    fn if_none_match_in_every_form() {
        let known = [
            "\"0123456789abcdef\"",
            "W/\"0123456789abcdef\"",
            "w/\"0123456789abcdef\"",
            "0123456789abcdef",
            "\"0123456789abcdef-gz\"",
            "\"0123456789abcdef-br\"",
            "W/\"0123456789abcdef-zst\"",
            "\"0123456789abcdef-gzip\"",
            "\"0123456789abcdef--gzip\"",
            "*",
            "\"other\", \"0123456789abcdef\"",
            "\"other\",W/\"0123456789abcdef-br\" , \"x\"",
            ", ,\"0123456789abcdef\",",
        ];
        for value in known {
            assert_eq!(judge(&[("if-none-match", value)]), Verdict::NotModified, "{value}");
        }
        for value in [
            "\"0123456789abcde\"",
            "\"0123456789abcdef0\"",
            "\"0123456789abcdef-exe\"",
            "\"0123456789ABCDEF\"",
            "\"\"",
            "",
            "W/",
            "\"-gz\"",
        ] {
            assert_eq!(judge(&[("if-none-match", value)]), Verdict::Send, "{value}");
        }
        assert_eq!(
            judge(&[("if-none-match", "\"a\""), ("if-none-match", "\"0123456789abcdef\"")]),
            Verdict::NotModified
        );
    }

    #[test]
    fn dates_count_only_without_tags() {
        let same = "Sat, 21 Nov 2026 10:00:00 GMT";
        let older = "Sat, 21 Nov 2026 09:59:59 GMT";
        let newer = "Sun, 22 Nov 2026 10:00:00 GMT";
        for (headers, verdict) in [
            (vec![("if-modified-since", same)], Verdict::NotModified),
            (vec![("if-modified-since", newer)], Verdict::NotModified),
            (vec![("if-modified-since", older)], Verdict::Send),
            (vec![("if-modified-since", "Saturday, 21-Nov-26 10:00:00 GMT")], Verdict::NotModified),
            (vec![("if-modified-since", "Sat Nov 21 10:00:00 2026")], Verdict::NotModified),
            (vec![("if-modified-since", "yesterday")], Verdict::Send),
            (vec![("if-modified-since", "")], Verdict::Send),
            (vec![("if-modified-since", same), ("if-modified-since", same)], Verdict::Send),
            (vec![("if-none-match", "\"x\""), ("if-modified-since", same)], Verdict::Send),
            (vec![("if-none-match", "*"), ("if-modified-since", older)], Verdict::NotModified),
            (vec![("if-unmodified-since", same)], Verdict::Send),
            (vec![("if-unmodified-since", older)], Verdict::Failed),
            (vec![("if-match", "\"x\"")], Verdict::Failed),
            (vec![("if-match", "*")], Verdict::Send),
            (vec![("if-match", "\"0123456789abcdef-gz\"")], Verdict::Send),
            (vec![("if-match", "W/\"0123456789abcdef\"")], Verdict::Failed),
            (vec![("if-match", "*"), ("if-unmodified-since", older)], Verdict::Send),
            (vec![("if-match", "*"), ("if-none-match", "*")], Verdict::NotModified),
        ] {
            assert_eq!(judge(&headers), verdict, "{headers:?}");
        }
    }

    #[test]
    fn a_time_that_may_not_be_sent_is_not_compared() {
        let mut map = HeaderMap::new();
        let value = HeaderValue::from_static("Sat, 21 Nov 2026 10:00:00 GMT");
        map.insert("if-modified-since", value);
        assert_eq!(Conditions::read(&map).judge(ETAG, None), Verdict::Send);
    }

    #[test]
    fn dates_are_written_as_http_wants() {
        assert_eq!(http_date(time("2026-11-01T09:05:03.999Z")), "Sun, 01 Nov 2026 09:05:03 GMT");
    }
}
