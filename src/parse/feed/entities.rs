//! Character references in text and attributes → characters.
//!
//! XML's five names, HTML's two thousand, and the few that a document declares
//! itself. What is unknown stays as it was written. Declared entities are expanded
//! once, never within one another, and only so much of them (no file, no address
//! is ever opened for one).

use memchr::memmem;
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Names longer than this are text.
const MAX_NAME: usize = 40;
/// Declared entities beyond this are left as text.
const MAX_DECLARED: usize = 64;
/// A declared entity's value beyond this is not taken.
const MAX_VALUE: usize = 1024;
/// All that declared entities may bring, in bytes.
const MAX_EXPANDED: usize = 256 * 1024;

/// What windows-1252 has at 0x80 to 0x9f: what `&#146;` means wherever it is written.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// HTML's names, without `&` and `;`.
static NAMES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    entities::ENTITIES
        .iter()
        .filter_map(|entity| {
            let name = entity.entity.strip_prefix('&')?.strip_suffix(';')?;
            Some((name, entity.characters))
        })
        .collect()
});

/// The entities that a document declares in its own `DOCTYPE`.
#[derive(Debug, Default)]
pub(super) struct Declared {
    values: Vec<(String, String)>,
    expanded: std::cell::Cell<usize>,
}

impl Declared {
    /// Reads the internal subset of a `DOCTYPE`; external and parameter entities are passed over.
    pub(super) fn read(&mut self, doctype: &str) {
        for declaration in doctype.split("<!ENTITY").skip(1) {
            if self.values.len() >= MAX_DECLARED {
                return;
            }
            let Some((name, value)) = declaration.trim_start().split_once(char::is_whitespace) else {
                continue;
            };
            let value = value.trim_start();
            let Some(quote) = value.chars().next().filter(|first| matches!(first, '"' | '\'')) else {
                continue;
            };
            let Some((value, _)) = value.get(1..).and_then(|rest| rest.split_once(quote)) else {
                continue;
            };
            if value.len() <= MAX_VALUE && name != "%" {
                self.values.push((name.to_owned(), decode(value, None).into_owned()));
            }
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.values.iter().find(|(declared, _)| declared == name)?;
        let expanded = self.expanded.get() + value.len();
        (expanded <= MAX_EXPANDED).then(|| {
            self.expanded.set(expanded);
            value.as_str()
        })
    }
}

/// Appends what `&name;` stands for, or the reference as it was written.
pub(super) fn push(out: &mut String, name: &str, declared: Option<&Declared>) {
    if let Some(number) = name.strip_prefix('#') {
        match numbered(number) {
            Numbered::Letter(letter) => out.push(letter),
            Numbered::Nothing => {}
            Numbered::NoNumber => push_raw(out, name),
        }
    } else if let Some(value) = declared.and_then(|declared| declared.get(name)) {
        out.push_str(value);
    } else if let Some(value) = named(name) {
        out.push_str(value);
    } else {
        push_raw(out, name);
    }
}

/// The text with each pair of references to the halves of one character
/// (`&#55357;&#56832;`, as JavaScript and .NET write them) made that character; `None` where
/// there is none.
pub(super) fn with_pairs_joined(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for at in memmem::find_iter(text.as_bytes(), "&#") {
        let joined = text.get(at + 2..).and_then(pair).filter(|_| at >= done);
        if let Some((letter, rest)) = joined {
            out.push_str(text.get(done..at).unwrap_or_default());
            out.push(letter);
            done = text.len() - rest.len();
        }
    }
    (done > 0).then(|| out + text.get(done..).unwrap_or_default())
}

/// The character of two halves whose first number stands here, and what follows it.
fn pair(text: &str) -> Option<(char, &str)> {
    let (high, after) = half(text)?;
    let (low, after) = half(after.strip_prefix("&#")?)?;
    Some((char::decode_utf16([high, low]).next()?.ok()?, after))
}

/// The half of a pair whose number stands here, and what follows it.
fn half(text: &str) -> Option<(u16, &str)> {
    let end = text.bytes().take(8).position(|byte| byte == b';')?;
    let (number, after) = (text.get(..end)?, text.get(end + 1..)?);
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u16::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    (0xd800..0xe000).contains(&code).then_some((code, after))
}

fn push_raw(out: &mut String, name: &str) {
    out.push('&');
    out.push_str(name);
    out.push(';');
}

fn named(name: &str) -> Option<&'static str> {
    match name {
        "lt" => Some("<"),
        "gt" => Some(">"),
        "amp" => Some("&"),
        "quot" => Some("\""),
        "apos" => Some("'"),
        "nbsp" => Some("\u{a0}"),
        _ => NAMES.get(name).copied(),
    }
}

/// What a number between `&#` and `;` stands for.
enum Numbered {
    Letter(char),
    /// No character that may be kept.
    Nothing,
    NoNumber,
}

fn numbered(number: &str) -> Numbered {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Numbered::NoNumber;
    }
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    let letter = match code {
        0x80..=0x9f => from_windows_1252(code),
        0x09 | 0x0a | 0x0d => char::from_u32(code),
        0..0x20 | 0x7f | 0xfffe | 0xffff => None,
        _ => char::from_u32(code),
    };
    letter.map_or(Numbered::Nothing, Numbered::Letter)
}

/// What windows-1252 has at `code`, 0x80 to 0x9f.
pub(super) fn from_windows_1252(code: u32) -> Option<char> {
    let place = usize::try_from(code.checked_sub(0x80)?).ok()?;
    let letter = WINDOWS_1252.get(place).copied()?;
    (!letter.is_control()).then_some(letter)
}

/// Every reference in `text` replaced by what it stands for; borrowed where there is none.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    decode(text, None)
}

/// As [`unescape`], with the entities that the document declares.
pub(super) fn decode<'t>(text: &'t str, declared: Option<&Declared>) -> Cow<'t, str> {
    let Some(first) = text.find('&') else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    let (head, mut rest) = text.split_at(first);
    out.push_str(head);
    while let Some(after) = rest.strip_prefix('&') {
        rest = after;
        match reference(after) {
            Some((name, tail)) => {
                push(&mut out, name, declared);
                rest = tail;
            }
            None => out.push('&'),
        }
        let (plain, tail) = rest.split_at(rest.find('&').unwrap_or(rest.len()));
        out.push_str(plain);
        rest = tail;
    }
    Cow::Owned(out)
}

/// The name of the reference that `after` (what stands behind a `&`) begins with, and the rest.
fn reference(after: &str) -> Option<(&str, &str)> {
    let end = after
        .bytes()
        .take(MAX_NAME)
        .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'_' | b'.' | b'-')))?;
    let (name, tail) = after.split_at_checked(end)?;
    let tail = tail.strip_prefix(';')?;
    (!name.is_empty()).then_some((name, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_reference_is_read_once() {
        for (written, meant) in [
            ("AT&amp;T &lt;b&gt; &quot;&apos;", "AT&T <b> \"'"),
            ("&eacute;&hellip;&nbsp;&CounterClockwiseContourIntegral;", "é…\u{a0}∳"),
            ("&#65;&#x42;&#146;&#x80;", "AB\u{2019}€"),
            ("a&#0;b&#x1F;c&#xD800;d&#xFFFFFFF;e&#99999999999999;", "abcde"),
            ("a & b &unknown; &; &#x; R&D; &", "a & b &unknown; &; &#x; R&D; &"),
            ("&amp;amp;", "&amp;"),
        ] {
            assert_eq!(unescape(written), meant, "{written}");
        }
        assert!(matches!(unescape("plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn declared_entities_are_read_once_and_bounded() {
        let mut declared = Declared::default();
        declared.read(
            "rss [<!ENTITY me \"Zoë &amp; I\"> <!ENTITY % p SYSTEM 'x'> <!ENTITY f SYSTEM 'file:///etc/passwd'>\
             <!ENTITY lol '&me;&me;'>]",
        );
        assert_eq!(decode("&me; &f; &lol;", Some(&declared)), "Zoë & I &f; &me;&me;");
        let mut bomb = Declared::default();
        bomb.read(&format!("<!ENTITY a '{}'>", "x".repeat(1000)));
        let text = "&a;".repeat(100_000);
        assert!(decode(&text, Some(&bomb)).len() < MAX_EXPANDED + text.len());
    }
}
