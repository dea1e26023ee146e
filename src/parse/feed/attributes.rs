//! The attributes of a start tag, as leniently as a browser reads them: unquoted,
//! without a value, twice (the first counts), with a `<` inside.

use super::entities::{Declared, decode};
use std::borrow::Cow;

/// Attributes of one tag beyond this are not looked at.
const MAX_ATTRIBUTES: usize = 256;

/// The names and raw values in `raw`, what stands behind a tag's name.
pub(super) fn iter(raw: &str) -> impl Iterator<Item = (&str, &str)> {
    Attributes { rest: raw }.take(MAX_ATTRIBUTES)
}

/// The value of the first attribute of this name, case apart, references resolved;
/// a prefix that the name has no need of is passed over (`rss:href`).
pub(super) fn get<'t>(raw: &'t str, name: &str, declared: &Declared) -> Option<Cow<'t, str>> {
    if raw.is_empty() {
        return None;
    }
    iter(raw)
        .find(|(found, _)| found.eq_ignore_ascii_case(name))
        .map(|(_, value)| decode(value, Some(declared)))
}

struct Attributes<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.trim_start_matches(|letter: char| {
            letter.is_ascii_whitespace() || matches!(letter, '/' | '=' | '"' | '\'')
        });
        let end = rest.find(|letter: char| letter.is_ascii_whitespace() || matches!(letter, '=' | '/'));
        let (name, rest) = rest.split_at(end.unwrap_or(rest.len()));
        if name.is_empty() {
            return None;
        }
        let after = rest.trim_start();
        let Some(value) = after.strip_prefix('=').map(str::trim_start) else {
            self.rest = rest;
            return Some((name, ""));
        };
        let (value, rest) = if let Some(quote @ (b'"' | b'\'')) = value.as_bytes().first() {
            let inner = value.get(1..).unwrap_or_default();
            let (value, rest) = inner.split_once(char::from(*quote)).unwrap_or((inner, ""));
            // `url="https://… length="7"`: the quote that closed it opens the next one's value.
            let ran_on = value.ends_with('=') && rest.starts_with(|next: char| next.is_ascii_alphanumeric());
            match value.find(|letter: char| letter.is_ascii_whitespace()).filter(|_| ran_on) {
                Some(end) => inner.split_at(end),
                None => (value, rest),
            }
        } else {
            let end = value.find(|letter: char| letter.is_ascii_whitespace());
            value.split_at(end.unwrap_or(value.len()))
        };
        self.rest = rest;
        Some((name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_one_is_read() {
        let raw = " a=\"1\" b = '2 > 1' c=three/four d e=\"\" a=\"again\" x:f='g&amp;h'";
        let found: Vec<_> = iter(raw).collect();
        assert_eq!(
            found,
            [
                ("a", "1"),
                ("b", "2 > 1"),
                ("c", "three/four"),
                ("d", ""),
                ("e", ""),
                ("a", "again"),
                ("x:f", "g&amp;h"),
            ]
        );
        let declared = Declared::default();
        assert_eq!(get(raw, "A", &declared).as_deref(), Some("1"));
        assert_eq!(get(raw, "x:f", &declared).as_deref(), Some("g&h"));
        assert_eq!(get(raw, "missing", &declared), None);
        let ran_on: Vec<_> = iter(" url=\"http://x/ length=\"7\" type=\"a/b\"").collect();
        assert_eq!(ran_on, [("url", "http://x/"), ("length", "7"), ("type", "a/b")]);
        assert_eq!(get(" href=\"unclosed", "href", &declared).as_deref(), Some("unclosed"));
    }
}
